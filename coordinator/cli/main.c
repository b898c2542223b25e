/* SPDX-License-Identifier: Apache-2.0 */
/* The product's only main(): find the command, run it on every rank, turn its status into the exit code. */
#include "coordinator/cli/cli.h"
#include "coordinator/cli/process.h"
#include "coordinator/cli/same.h"
#include "coordinator/cli/survey.h"

#include "common/sys/log.h"
#include "common/sys/threads.h"

#include <signal.h>
#include <sodium.h>
#include <string.h>

#ifndef HCL_VERSION
#error "the build defines HCL_VERSION"
#endif

const struct hcl_command hcl_cli_commands[] = {
    { "prove", "prove that MODEL gave its output on INPUT: compile, keygen, prove, verify", hcl_cmd_prove },
    { "verify", "check a proof with a verifying key and public values", hcl_cmd_verify },
    { "compile", "turn MODEL into a circuit and print its layout", hcl_cmd_compile },
    { "plan", "predict what a proof takes on a cluster", hcl_cmd_plan },
    { "keygen", "make the verifying key of a model or circuit", hcl_cmd_keygen },
    { "open-model", "make a key again from its model (and weight seed) and compare", hcl_cmd_open_model },
    { "check", "evaluate every constraint on a witness and name what is violated", hcl_cmd_check },
    { "run", "run MODEL on inputs with the fixed-point interpreter, without a proof", hcl_cmd_run },
    { "srs", "import, verify, describe or create a structured reference string", hcl_cmd_srs },
    { "report", "write the report of a proof as one HTML page", hcl_cmd_report },
    { "inspect", "print what is in a model, circuit, key, proof or SRS file", hcl_cmd_inspect },
    { "export", "write a circuit as data, a key or an SRS in halo2's formats", hcl_cmd_export },
    { "bench", "measure field arithmetic, MSM, NTT and gate evaluation", hcl_cmd_bench },
    { "doctor", "say what of this machine makes proofs slower or fail, with remedies", hcl_cmd_doctor },
    { "manual", "write man pages and completions, made from the tables of options", hcl_cmd_manual },
    { NULL, NULL, NULL },
};

static void print_help(FILE *to)
{
    fputs("Usage: halocline COMMAND [OPTION...] [ARGUMENT...]\n"
          "Proves in zero knowledge that a machine-learning model gave an output.\n\n",
          to);
    for (const struct hcl_command *c = hcl_cli_commands; c->name; c++)
        fprintf(to, "  %-10s %s\n", c->name, c->summary);
    fputs("\n'halocline COMMAND -h' explains one command. Under mpirun every command runs unchanged on all "
          "ranks.\n"
          "Exit codes:\n",
          to);
#define HCL_EXIT(status, code, meaning) fprintf(to, "  %-9d %s\n", (code), (meaning));
#include "common/sys/exit_codes.def"
#undef HCL_EXIT
    fputs("Files of a proof:\n", to);
#define HCL_FILE(name, meaning) fprintf(to, "  %-15s %s\n", name, meaning);
#include "coordinator/cli/files.def"
#undef HCL_FILE
    fputs("Environment:\n", to);
#define HCL_ENVIRONMENT(name, meaning) fprintf(to, "  %-15s %s\n", name, meaning);
#include "coordinator/cli/environment.def"
#undef HCL_ENVIRONMENT
}

static const struct hcl_command *find(const struct hcl_command *table, const char *name)
{
    for (; table->name; table++)
        if (strcmp(table->name, name) == 0)
            return table;
    return NULL;
}

hcl_status hcl_cli_dispatch(struct hcl_cli *cli, const struct hcl_command *table, int argc, char **argv,
                            struct hcl_err *err)
{
    if (cli->survey)
        return hcl_survey_group(cli, table, err);
    const struct hcl_command *found = argc > 1 ? find(table, argv[1]) : NULL;
    if (found) {
        static char name[64];
        snprintf(name, sizeof name, "%.40s %s", cli->name, found->name);
        cli->name = name;
        return found->run(cli, argc - 1, argv + 1, err);
    }
    bool help = argc > 1 && (strcmp(argv[1], "-h") == 0 || strcmp(argv[1], "--help") == 0);
    if (cli->rank == 0 && (help || argc <= 1)) {
        fprintf(help ? stdout : stderr, "Usage: %s COMMAND [OPTION...]\n", cli->name);
        for (const struct hcl_command *c = table; c->name; c++)
            fprintf(help ? stdout : stderr, "  %-8s %s\n", c->name, c->summary);
    }
    if (help)
        return HCL_OK;
    return argc > 1 ? hcl_fail(err, HCL_BAD_INPUT, "unknown command '%s %s'", cli->name, argv[1])
                    : hcl_fail(err, HCL_BAD_INPUT, "a command is missing");
}

/* Runs on every rank; the same message on each is printed once, by rank 0. */
static hcl_status run(struct hcl_cli *cli, const struct hcl_command *command, int argc, char **argv)
{
    struct hcl_err err = { "" };
    char name[64];
    snprintf(name, sizeof name, "halocline %s", command->name);
    cli->name = name;
    hcl_status st = command->run(cli, argc, argv, &err);
    hcl_progress_free(cli->progress);
    cli->progress = NULL;
    if (st != HCL_OK && err.msg[0] && cli->rank == 0)
        hcl_log(HCL_LOG_ERROR, "%s", err.msg);
    return st;
}

/* What is not a command: a question about the program, or a mistake. */
static hcl_status answer(const struct hcl_cli *cli, const char *name)
{
    const bool version = strcmp(name, "--version") == 0;
    const bool help = strcmp(name, "-h") == 0 || strcmp(name, "--help") == 0 || strcmp(name, "help") == 0;
    if (cli->rank == 0 && version)
        puts("halocline " HCL_VERSION);
    else if (cli->rank == 0) {
        if (*name && !help)
            fprintf(stderr, "halocline: unknown command '%s'\n", name);
        print_help(help ? stdout : stderr);
    }
    return version || help ? HCL_OK : HCL_BAD_INPUT;
}

/* The same on all ranks, or nothing: the end of each is the end of all. */
static hcl_status start(struct hcl_cli *cli, int argc, char **argv)
{
    struct hcl_err err = { "" };
    hcl_status st = hcl_cli_same(cli->comm, HCL_VERSION, argc, argv, &err);
    if (st != HCL_OK) {
        if (cli->rank == 0)
            hcl_log(HCL_LOG_ERROR, "%s", err.msg);
        return st;
    }
    const struct hcl_command *command = argc > 1 ? find(hcl_cli_commands, argv[1]) : NULL;
    return command ? run(cli, command, argc - 1, argv + 1) : answer(cli, argc > 1 ? argv[1] : "");
}

static int halocline(int argc, char **argv)
{
    signal(SIGPIPE, SIG_IGN);
    signal(SIGUSR1,
           SIG_IGN); /* a scheduler's warning that time is running out: only checkpoints make use of it */
    signal(SIGUSR2, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN); /* a file-size limit is a failed write, not a death */
    struct hcl_cli cli = { .threads = 1 };
    struct hcl_err err = { "" };
    if (sodium_init() < 0) /* which chooses the fastest code for this processor, before there are threads */
        return HCL_NO_RESOURCE;
    if (hcl_comm_init(&cli.comm, &err) != HCL_OK) {
        hcl_log(HCL_LOG_ERROR, "%s", err.msg);
        return HCL_NO_RESOURCE;
    }
    cli.rank = hcl_comm_rank(cli.comm);
    cli.ranks = hcl_comm_size(cli.comm);
    hcl_status st = start(&cli, argc, argv);
    if (fflush(stdout) != 0 && st == HCL_OK) {
        hcl_log(HCL_LOG_ERROR, "cannot write to stdout");
        st = HCL_NO_RESOURCE;
    }
    hcl_comm_finalize(cli.comm);
    return st;
}

int main(int argc, char **argv)
{
    hcl_process_settle(argv);
    return hcl_process_run(halocline, argc, argv);
}

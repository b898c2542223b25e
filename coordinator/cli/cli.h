/* SPDX-License-Identifier: Apache-2.0 */
/* What every subcommand of `halocline` shares. main.c parses the command's name, builds a struct hcl_cli and
 * calls the command on every rank; the command parses its own options with hcl_cli_parse, calls the library
 * and returns a status, which becomes the exit code. Results go to stdout on rank 0 only, and with --json as
 * one JSON object through hcl_cli_emit; messages and progress go to stderr. */
#ifndef HCL_COORDINATOR_CLI_CLI_H
#define HCL_COORDINATOR_CLI_CLI_H

#include "common/comm/comm.h"
#include "common/sys/progress.h"
#include "common/sys/status.h"

#include <argp.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

struct hcl_cli {
    struct hcl_comm *comm;
    int rank, ranks;
    struct hcl_progress *progress; /* rank 0 only; NULL elsewhere and with --quiet */
    const char *name;              /* "halocline prove" */
    /* Common options. */
    bool json, quiet, verbose, force_threads, no_progress;
    hcl_progress_kind progress_kind;
    int threads;       /* per rank, at least 1 */
    uint64_t memory;   /* budget of this rank in bytes */
    bool memory_given; /* else it is what the machine has */
    /* Set by hcl_cli_parse: nothing is left to do (help was printed). */
    bool finished;
    /* Set: commands append themselves to this list instead of doing anything (coordinator/cli/survey.h). */
    json_t *survey;
    const char *summary; /* of the command, then */
};

typedef hcl_status (*hcl_command_run)(struct hcl_cli *cli, int argc, char **argv, struct hcl_err *err);

struct hcl_command {
    const char *name, *summary;
    hcl_command_run run;
};

/** All commands, ended by NULL. */
extern const struct hcl_command hcl_cli_commands[];

/* What a command takes besides options. */
struct hcl_cli_arguments {
    const char **into[3]; /* where each argument goes, in order; NULL: no more are taken */
    const char **rest;    /* where those behind them go, at most `most`; NULL: there may be none */
    size_t most, *count;  /* of rest; how many there were */
    unsigned least;       /* how many must be given */
    const char **option;  /* set by an option that must be given too; NULL: there is none */
    const char *expected; /* "a model and an input": for the message when something is missing */
};

/** Parse a command's options and arguments (NULL: it takes none) together with the common options. `options`
 * is the command's own argp with its children, whose input is `input`; args_doc and doc come from it. argv[0]
 * is replaced by cli->name. HCL_BAD_INPUT with an empty message: already printed. When cli->finished is set
 * the command returns HCL_OK at once. */
hcl_status hcl_cli_parse(struct hcl_cli *cli, const struct argp *options,
                         const struct hcl_cli_arguments *arguments, int argc, char **argv, void *input,
                         struct hcl_err *err);
typedef hcl_status hcl_cli_work(struct hcl_cli *cli, void *input, struct hcl_err *err);
/** A whole command that one rank can do: parse, then work(cli, input) on rank 0; all return its status. */
hcl_status hcl_cli_run(struct hcl_cli *cli, const struct argp *options,
                       const struct hcl_cli_arguments *arguments, int argc, char **argv, void *input,
                       hcl_cli_work *work, struct hcl_err *err);
/** For a command's parser: print a message in argp's form and stop. */
error_t hcl_cli_usage(struct argp_state *state, const char *fmt, ...) HCL_PRINTF(2, 3);
/** Likewise: read a whole decimal number in [lo, hi], or say that `what` is bad. */
error_t hcl_cli_number(struct argp_state *state, const char *arg, const char *what, long lo, long hi,
                       long *out);
/** The subcommand's own subcommand ("srs import"): find it in a table ended by NULL and run it. */
hcl_status hcl_cli_dispatch(struct hcl_cli *cli, const struct hcl_command *table, int argc, char **argv,
                            struct hcl_err *err);

/** "4G", "512M", "1.5GiB", "1000000" -> bytes. */
bool hcl_cli_parse_size(const char *text, uint64_t *bytes);

/** Print a result: with --json the object, else `text`, one line (printf style, may be NULL). Both are
 * escaped (common/sys/printable.h). Rank 0 only, others drop it. Takes the reference to `object`.
 * HCL_NO_RESOURCE when stdout cannot take it. */
hcl_status hcl_cli_emit(struct hcl_cli *cli, json_t *object, struct hcl_err *err, const char *text, ...)
    HCL_PRINTF(4, 5);

/* The commands, one file each. */
hcl_status hcl_cmd_bench(struct hcl_cli *cli, int argc, char **argv, struct hcl_err *err);
hcl_status hcl_cmd_check(struct hcl_cli *cli, int argc, char **argv, struct hcl_err *err);
hcl_status hcl_cmd_compile(struct hcl_cli *cli, int argc, char **argv, struct hcl_err *err);
hcl_status hcl_cmd_doctor(struct hcl_cli *cli, int argc, char **argv, struct hcl_err *err);
hcl_status hcl_cmd_export(struct hcl_cli *cli, int argc, char **argv, struct hcl_err *err);
hcl_status hcl_cmd_inspect(struct hcl_cli *cli, int argc, char **argv, struct hcl_err *err);
hcl_status hcl_cmd_keygen(struct hcl_cli *cli, int argc, char **argv, struct hcl_err *err);
hcl_status hcl_cmd_manual(struct hcl_cli *cli, int argc, char **argv, struct hcl_err *err);
hcl_status hcl_cmd_open_model(struct hcl_cli *cli, int argc, char **argv, struct hcl_err *err);
hcl_status hcl_cmd_plan(struct hcl_cli *cli, int argc, char **argv, struct hcl_err *err);
hcl_status hcl_cmd_prove(struct hcl_cli *cli, int argc, char **argv, struct hcl_err *err);
hcl_status hcl_cmd_report(struct hcl_cli *cli, int argc, char **argv, struct hcl_err *err);
hcl_status hcl_cmd_run(struct hcl_cli *cli, int argc, char **argv, struct hcl_err *err);
hcl_status hcl_cmd_srs(struct hcl_cli *cli, int argc, char **argv, struct hcl_err *err);
hcl_status hcl_cmd_verify(struct hcl_cli *cli, int argc, char **argv, struct hcl_err *err);

#endif

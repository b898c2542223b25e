/* SPDX-License-Identifier: Apache-2.0 */
/* Options that all commands have, and argp under several ranks: only rank 0 speaks, nobody exits alone. */
#include "coordinator/cli/cli.h"

#include "common/io/json_read.h"
#include "common/sys/cgroup.h"
#include "common/sys/log.h"
#include "common/sys/mem.h"
#include "common/sys/printable.h"
#include "common/sys/threads.h"
#include "coordinator/cli/survey.h"
#include "coordinator/run/place.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>
#include <unistd.h>

enum { KEY_JSON = 0x1000, KEY_MEMORY, KEY_FORCE, KEY_PROGRESS };

static const struct argp_option common_options[] = {
    { NULL, 0, NULL, 0, "Common:", -2 },
    { "json", KEY_JSON, NULL, 0, "Print the result as one JSON object", 0 },
    { "threads", 't', "N", 0,
      "Threads per rank (default: one per core this process may use, the cores shared out among the ranks of "
      "its node). Threads without a processor, or beyond the CPU quota of a control group, are not started",
      0 },
    { "force-threads", KEY_FORCE, NULL, 0, "Start as many threads as --threads says all the same", 0 },
    { "memory", KEY_MEMORY, "SIZE", 0,
      "Memory budget per rank, e.g. 4G (default: 80 % of this node's, shared by "
      "its ranks)",
      0 },
    { "progress", KEY_PROGRESS, "KIND", 0,
      "How progress is shown on stderr: bar, lines (one for each phase), json (an object a line), none "
      "(default: a bar on a "
      "terminal, else lines)",
      0 },
    { "quiet", 'q', NULL, 0, "No progress", 0 },
    { "verbose", 'v', NULL, 0, "More messages", 0 },
    { "help", 'h', NULL, 0, "Print this help", -1 },
    { 0 },
};

bool hcl_cli_parse_size(const char *text, uint64_t *bytes)
{
    static const char units[] = "KMGT";
    char *end;
    errno = 0;
    double v = strtod(text, &end);
    if (errno || end == text || !(v > 0))
        return false;
    const char *unit = *end ? strchr(units, *end & ~0x20) : NULL;
    if (*end && (!unit || (end[1] && strcmp(end + 1, "iB") != 0 && strcmp(end + 1, "B") != 0)))
        return false;
    for (const char *u = units; unit && u <= unit; u++)
        v *= 1024;
    if (v < 1 || v > 1e18)
        return false;
    *bytes = (uint64_t)v;
    return true;
}

error_t hcl_cli_usage(struct argp_state *state, const char *fmt, ...)
{
    if (!(state->flags & ARGP_NO_ERRS)) {
        va_list ap;
        va_start(ap, fmt);
        fprintf(stderr, "%s: ", state->name);
        vfprintf(stderr, fmt, ap);
        fprintf(stderr, "\nTry '%s -h' for more.\n", state->name);
        va_end(ap);
    }
    return EINVAL;
}

error_t hcl_cli_number(struct argp_state *state, const char *arg, const char *what, long lo, long hi,
                       long *out)
{
    char *end;
    errno = 0;
    long v = strtol(arg, &end, 10);
    if (errno || end == arg || *end || v < lo || v > hi)
        return hcl_cli_usage(state, "bad %s '%s', expected %ld..%ld", what, arg, lo, hi);
    *out = v;
    return 0;
}

static error_t parse_progress(struct hcl_cli *cli, const char *arg, struct argp_state *state)
{
    static const struct {
        const char *name;
        hcl_progress_kind kind;
        bool quiet;
    } kinds[] = { { "bar", HCL_PROGRESS_BAR, false },
                  { "lines", HCL_PROGRESS_LINES, false },
                  { "json", HCL_PROGRESS_JSON, false },
                  { "none", HCL_PROGRESS_AUTO, true } };
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (strcmp(arg, kinds[i].name) == 0) {
            cli->progress_kind = kinds[i].kind;
            cli->no_progress = kinds[i].quiet;
            return 0;
        }
    return hcl_cli_usage(state, "unknown kind of progress '%s', expected bar, lines, json or none", arg);
}

static error_t parse_common(int key, char *arg, struct argp_state *state)
{
    struct hcl_cli *cli = state->input;
    long number = 0;
    error_t e;
    switch (key) {
    case KEY_JSON:
        cli->json = true;
        return 0;
    case 'q':
        cli->quiet = true;
        return 0;
    case 'v':
        cli->verbose = true;
        return 0;
    case 't':
        e = hcl_cli_number(state, arg, "number of threads", 1, 4096, &number);
        cli->threads = (int)number;
        return e;
    case KEY_PROGRESS:
        return parse_progress(cli, arg, state);
    case KEY_FORCE:
        cli->force_threads = true;
        return 0;
    case KEY_MEMORY:
        cli->memory_given = true;
        if (!hcl_cli_parse_size(arg, &cli->memory))
            return hcl_cli_usage(state, "bad size '%s', expected e.g. 512M or 4G", arg);
        return 0;
    case 'h':
        cli->finished = true;
        if (cli->rank == 0)
            argp_state_help(state, stdout,
                            ARGP_HELP_USAGE | ARGP_HELP_PRE_DOC | ARGP_HELP_LONG | ARGP_HELP_POST_DOC);
        return ECANCELED;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static error_t parse_arguments(int key, char *arg, struct argp_state *state)
{
    const struct hcl_cli_arguments *a = state->input;
    const unsigned most = sizeof a->into / sizeof *a->into;
    switch (key) {
    case ARGP_KEY_ARG:
        if (state->arg_num < most && a->into[state->arg_num])
            *a->into[state->arg_num] = arg;
        else if (a->rest && *a->count < a->most)
            a->rest[(*a->count)++] = arg;
        else
            return hcl_cli_usage(state, "too many arguments");
        return 0;
    case ARGP_KEY_END:
        if (state->arg_num < a->least || (a->option && !*a->option))
            return hcl_cli_usage(state, "expected %s", a->expected);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

/* The top parser only hands inputs to its children. */
static error_t parse_top(int key, char *arg, struct argp_state *state)
{
    (void)arg;
    if (key != ARGP_KEY_INIT)
        return ARGP_ERR_UNKNOWN;
    memcpy(state->child_inputs, state->input, 3 * sizeof(void *));
    return 0;
}

/* Four fifths of what the machine or the control group allows, shared by the ranks of the node. */
static uint64_t default_memory(const struct hcl_cgroup_limits *limits, int ranks_of_node)
{
    const uint64_t bytes = (uint64_t)sysconf(_SC_PHYS_PAGES) * (uint64_t)sysconf(_SC_PAGESIZE);
    return (limits->memory < bytes ? limits->memory : bytes) / 5 * 4 / (uint64_t)ranks_of_node;
}

/* Say when there are fewer threads than wished. */
static void tell_threads(const struct hcl_cli *cli, const struct hcl_topo_plan *plan, double cpus)
{
    const bool asked = cli->threads > 0;
    char quota[80] = "";
    if (cli->rank != 0 || plan->threads >= plan->wished || (!asked && cli->quiet))
        return;
    if (cpus > 0)
        snprintf(quota, sizeof quota, ", its node the time of %g (the CPU quota of a control group)", cpus);
    hcl_log(asked ? HCL_LOG_WARNING : HCL_LOG_INFO,
            "%d thread%s instead of %d: each rank here has %d processor%s%s%s", plan->threads,
            plan->threads == 1 ? "" : "s", plan->wished, plan->units, plan->units == 1 ? "" : "s", quota,
            asked ? "; --force-threads starts them all the same" : "");
}

/* Threads and their processors: the ranks of a node agree on who gets which cores. Collective. */
static hcl_status place_threads(struct hcl_cli *cli, double cpus, struct hcl_err *err)
{
    const struct hcl_topo_wish wish = { cli->threads, cpus, cli->force_threads };
    struct hcl_topo_plan plan;
    hcl_status st = hcl_place_threads(&plan, cli->comm, &wish, err);
    if (st != HCL_OK)
        return st;
    tell_threads(cli, &plan, cpus);
    cli->threads = plan.threads;
    hcl_threads_choose(plan.threads);
    hcl_topo_plan_clear(&plan);
    return HCL_OK;
}

hcl_status hcl_cli_parse(struct hcl_cli *cli, const struct argp *options,
                         const struct hcl_cli_arguments *arguments, int argc, char **argv, void *input,
                         struct hcl_err *err)
{
    const struct argp own = { .options = options->options,
                              .parser = options->parser,
                              .children = options->children };
    const struct argp common = { .options = common_options, .parser = parse_common };
    const struct argp plain = { .parser = parse_arguments };
    const struct argp_child children[] = {
        { &own, 0, NULL, 0 }, { &common, 0, NULL, 1 }, { &plain, 0, NULL, 2 }, { 0 }
    };
    const struct argp top = {
        .parser = parse_top, .args_doc = options->args_doc, .doc = options->doc, .children = children
    };
    if (cli->survey)
        return hcl_survey_page(cli, options, common_options, err);
    const struct hcl_cli_arguments none = { 0 };
    const void *inputs[] = { input, cli, arguments ? arguments : &none };
    char *name = argv[0];
    argv[0] = (char *)cli->name;
    unsigned flags = ARGP_NO_EXIT | ARGP_NO_HELP | (cli->rank == 0 ? 0 : ARGP_NO_ERRS);
    cli->threads = 0;
    error_t e = argp_parse(&top, argc, argv, flags, NULL, inputs);
    argv[0] = name;
    /* Equal command lines read differently where the environment has POSIXLY_CORRECT. */
    const uint64_t reading[] = { (uint64_t)e, arguments && arguments->count ? *arguments->count : 0 };
    hcl_status st = hcl_comm_same(cli->comm, reading, sizeof reading, "the reading of the command line", err);
    if (st != HCL_OK)
        return st;
    if (cli->finished)
        return HCL_OK;
    if (e)
        return hcl_fail(err, HCL_BAD_INPUT, "%s", "");
    struct hcl_cgroup_limits limits;
    hcl_cgroup_read(&limits, "");
    if (cli->memory == 0)
        cli->memory = default_memory(&limits, hcl_comm_local_size(cli->comm));
    hcl_mem_set_limit(cli->memory);
    hcl_log_init(cli->verbose ? HCL_LOG_DEBUG : HCL_LOG_INFO, cli->rank, cli->rank == 0 ? 1 : cli->ranks);
    if (cli->ranks > 1 && cli->rank == 0)
        hcl_log(HCL_LOG_DEBUG, "%d ranks, %d of them on this node; columns on cosets are %s", cli->ranks,
                hcl_comm_local_size(cli->comm),
                hcl_comm_together(cli->comm) ? "read in their owners' memory"
                : hcl_comm_has_windows(cli->comm)
                    ? "read in their owners' memory on a node, sent between nodes"
                    : "sent");
    if (cli->rank == 0 && !cli->quiet && !cli->no_progress)
        cli->progress = hcl_progress_new(stderr, cli->progress_kind);
    return place_threads(cli, limits.cpus, err);
}

hcl_status hcl_cli_run(struct hcl_cli *cli, const struct argp *options,
                       const struct hcl_cli_arguments *arguments, int argc, char **argv, void *input,
                       hcl_cli_work *work, struct hcl_err *err)
{
    hcl_status st = hcl_cli_parse(cli, options, arguments, argc, argv, input, err);
    if (st != HCL_OK || cli->finished)
        return st;
    return hcl_comm_agree(cli->comm, cli->rank == 0 ? work(cli, input, err) : HCL_OK, err);
}

hcl_status hcl_cli_emit(struct hcl_cli *cli, json_t *object, struct hcl_err *err, const char *text, ...)
{
    int bad = 0;
    if (cli->rank == 0 && cli->json) {
        char *json = object ? hcl_json_text(object, JSON_SORT_KEYS) : NULL;
        bad = !json || puts(json) == EOF;
        free(json);
    } else if (cli->rank == 0 && text) {
        va_list ap;
        va_start(ap, text);
        bad = !hcl_vprint_line(stdout, text, ap);
        va_end(ap);
    }
    json_decref(object);
    if (cli->rank == 0 && fflush(stdout) != 0)
        bad = 1;
    return bad ? hcl_fail(err, HCL_NO_RESOURCE, "cannot write the result to stdout") : HCL_OK;
}

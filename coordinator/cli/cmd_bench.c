/* SPDX-License-Identifier: Apache-2.0 */
/* halocline bench: times of the kernels on this machine, next to what its multiplier allows. */
#include "coordinator/cli/bench_internal.h"

#include "common/poly/domain.h"

#include <string.h>

enum { KEY_LOG_N = 0x100, KEY_BITS, KEY_SIGNED, KEY_REPEAT };

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct hcl_bench *b = state->input;
    switch (key) {
    case KEY_LOG_N:
        return hcl_cli_parse_int(arg, 1, HCL_FR_S, &b->log_n)
                   ? 0
                   : hcl_cli_usage(state, "bad --log-n '%s', expected 1..%d", arg, HCL_FR_S);
    case KEY_BITS:
        return hcl_cli_parse_int(arg, 1, 254, &b->bits)
                   ? 0
                   : hcl_cli_usage(state, "bad --bits '%s', expected 1..254", arg);
    case KEY_SIGNED:
        b->is_signed = true;
        return 0;
    case KEY_REPEAT:
        return hcl_cli_parse_int(arg, 1, 1000, &b->repeat)
                   ? 0
                   : hcl_cli_usage(state, "bad --repeat '%s', expected 1..1000", arg);
    case ARGP_KEY_ARG:
        return hcl_cli_usage(state, "unexpected argument '%s'", arg);
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp_option options[] = {
    { "log-n", KEY_LOG_N, "K", 0, "Size 2^K (default 16)", 0 },
    { "bits", KEY_BITS, "B", 0, "msm: scalars of at most B bits (default 254: random ones)", 0 },
    { "signed", KEY_SIGNED, NULL, 0, "msm: every second scalar negative", 0 },
    { "repeat", KEY_REPEAT, "N", 0, "Timed runs (default 9)", 0 },
    { 0 },
};

typedef hcl_status bench_fn(struct hcl_bench *b, struct hcl_err *err);

/* The benchmark runs on rank 0; the others agree on its status. */
static hcl_status run(struct hcl_cli *cli, int argc, char **argv, const char *doc, bench_fn *bench,
                      struct hcl_err *err)
{
    const struct argp argp = { options, parse, NULL, doc, NULL, NULL, NULL };
    struct hcl_bench b = { .cli = cli, .log_n = 16, .bits = 254, .repeat = 9 };
    hcl_status st = hcl_cli_parse(cli, &argp, argc, argv, &b, err);
    if (st != HCL_OK || cli->finished)
        return st;
    if (cli->rank == 0) {
        hcl_bench_machine(&b);
        st = bench(&b, err);
    }
    return hcl_comm_agree(cli->comm, st, err);
}

static hcl_status run_field(struct hcl_cli *cli, int argc, char **argv, struct hcl_err *err)
{
    return run(cli, argc, argv, "Field arithmetic over vectors of 2^K elements.", hcl_bench_field, err);
}

static hcl_status run_msm(struct hcl_cli *cli, int argc, char **argv, struct hcl_err *err)
{
    return run(cli, argc, argv, "Multi-scalar multiplication over G1 with 2^K points.", hcl_bench_msm, err);
}

static hcl_status run_ntt(struct hcl_cli *cli, int argc, char **argv, struct hcl_err *err)
{
    return run(cli, argc, argv, "Transforms of 2^K elements: plain, inverse, on a coset.", hcl_bench_ntt,
               err);
}

static hcl_status run_eval(struct hcl_cli *cli, int argc, char **argv, struct hcl_err *err)
{
    return run(cli, argc, argv,
               "Gates, polynomial evaluation, division and running products over 2^K elements.",
               hcl_bench_eval, err);
}

hcl_status hcl_cmd_bench(struct hcl_cli *cli, int argc, char **argv, struct hcl_err *err)
{
    static const struct hcl_command table[] = {
        { "field", "field arithmetic, and the limit of the multiplier", run_field },
        { "msm", "multi-scalar multiplication", run_msm },
        { "ntt", "number-theoretic transforms", run_ntt },
        { "eval", "gates, evaluation, division, running products", run_eval },
        { NULL, NULL, NULL },
    };
    return hcl_cli_dispatch(cli, table, argc, argv, err);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* halocline bench: times of the kernels on this machine, next to what its multiplier allows. */
#include "coordinator/cli/bench_internal.h"

#include "common/field/kernel.h"
#include "common/poly/domain.h"

enum { KEY_LOG_N = 0x100, KEY_BITS, KEY_SIGNED, KEY_RUNS, KEY_REPEAT };

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct hcl_bench *b = state->input;
    switch (key) {
    case KEY_LOG_N:
        return hcl_cli_number(state, arg, "--log-n", 1, HCL_FR_S, &b->log_n);
    case KEY_BITS:
        return hcl_cli_number(state, arg, "--bits", 1, 254, &b->bits);
    case KEY_SIGNED:
        b->is_signed = true;
        return 0;
    case KEY_RUNS:
        return hcl_cli_number(state, arg, "--runs", 1, INT32_MAX, &b->runs);
    case KEY_REPEAT:
        return hcl_cli_number(state, arg, "--repeat", 1, 1000, &b->repeat);
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
    { "runs", KEY_RUNS, "L", 0, "msm: each scalar L times in a row (default 1)", 0 },
    { "repeat", KEY_REPEAT, "N", 0, "Timed runs (default 9)", 0 },
    { 0 },
};

static hcl_status measure(struct hcl_cli *cli, void *input, struct hcl_err *err)
{
    struct hcl_bench *b = input;
    b->cli = cli;
    hcl_field_bench_machine(&b->machine);
    b->cycle_seconds = 1e-9 / b->machine.ghz;
    if (!cli->json)
        printf("%s, %.2f GHz, %.1f cycles per field multiplication (multiplier alone: %.1f)\n",
               hcl_field_kernel_name(), b->machine.ghz, b->machine.mul_cycles,
               hcl_field_bench_limit(&b->machine, 100));
    return b->kind(b, err);
}

static hcl_status run(struct hcl_cli *cli, int argc, char **argv, const char *doc, hcl_bench_kind *kind,
                      struct hcl_err *err)
{
    const struct argp argp = { .options = options, .parser = parse, .doc = doc };
    struct hcl_bench b = { .kind = kind, .log_n = 16, .bits = 254, .runs = 1, .repeat = 9 };
    return hcl_cli_run(cli, &argp, NULL, argc, argv, &b, measure, err);
}

static hcl_status run_field(struct hcl_cli *cli, int argc, char **argv, struct hcl_err *err)
{
    return run(
        cli, argc, argv,
        "Field arithmetic, cycles per element over vectors in cache, next to what the multiplier allows.",
        hcl_bench_field, err);
}

static hcl_status run_msm(struct hcl_cli *cli, int argc, char **argv, struct hcl_err *err)
{
    return run(cli, argc, argv, "Multi-scalar multiplication over G1 with 2^K points.", hcl_bench_msm, err);
}

static hcl_status run_ntt(struct hcl_cli *cli, int argc, char **argv, struct hcl_err *err)
{
    return run(cli, argc, argv, "Transforms of 2^K elements: plain and inverse.", hcl_bench_ntt, err);
}

static hcl_status run_coset(struct hcl_cli *cli, int argc, char **argv, struct hcl_err *err)
{
    return run(
        cli, argc, argv,
        "The prover's transforms of columns to cosets of 2^K elements, next to plain ones of that size.",
        hcl_bench_coset, err);
}

static hcl_status run_eval(struct hcl_cli *cli, int argc, char **argv, struct hcl_err *err)
{
    return run(cli, argc, argv,
               "Gates and scans: evaluation, division, running products, recurrences over 2^K elements.",
               hcl_bench_eval, err);
}

static hcl_status run_gemm(struct hcl_cli *cli, int argc, char **argv, struct hcl_err *err)
{
    return run(cli, argc, argv,
               "Matrix products in double precision, as the witness and the float model take them.",
               hcl_bench_gemm, err);
}

static hcl_status run_linear(struct hcl_cli *cli, int argc, char **argv, struct hcl_err *err)
{
    return run(cli, argc, argv,
               "Combinations and evaluations of compact columns: 64 columns of 2^K cells of 1 to 8 bytes.",
               hcl_bench_linear, err);
}

static hcl_status run_srs(struct hcl_cli *cli, int argc, char **argv, struct hcl_err *err)
{
    return run(cli, argc, argv,
               "Points of an SRS of 2^K: those made for development, and Lagrange points from powers of tau.",
               hcl_bench_srs, err);
}

static hcl_status run_calibrate(struct hcl_cli *cli, int argc, char **argv, struct hcl_err *err)
{
    return run(cli, argc, argv,
               "Measure what predictions of times (plan, compile) are scaled by, and keep it in the cache "
               "($HALOCLINE_CACHE) for this model of processor.",
               hcl_bench_calibrate, err);
}

hcl_status hcl_cmd_bench(struct hcl_cli *cli, int argc, char **argv, struct hcl_err *err)
{
    static const struct hcl_command table[] = {
        { "field", "field arithmetic, and the limit of the multiplier", run_field },
        { "msm", "multi-scalar multiplication", run_msm },
        { "ntt", "number-theoretic transforms", run_ntt },
        { "coset", "the prover's transforms to cosets", run_coset },
        { "eval", "gates, evaluation, division, running products, recurrences", run_eval },
        { "gemm", "matrix products of the witness and the float model", run_gemm },
        { "linear", "combination and evaluation of columns of small integers", run_linear },
        { "srs", "making the points of an SRS", run_srs },
        { "calibrate", "measure and keep what predicted times are scaled by", run_calibrate },
        { NULL, NULL, NULL },
    };
    return hcl_cli_dispatch(cli, table, argc, argv, err);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Shared by the benchmarks: options, timing and what all of them print. A benchmark warms up once, then
 * reports the median of `repeat` runs and the best one; both, because a machine that is not idle only ever
 * adds time. */
#ifndef HCL_COORDINATOR_CLI_BENCH_INTERNAL_H
#define HCL_COORDINATOR_CLI_BENCH_INTERNAL_H

#include "common/field/bench_field.h"
#include "common/field/fr.h"
#include "coordinator/cli/cli.h"

struct hcl_bench;
typedef hcl_status hcl_bench_kind(struct hcl_bench *b, struct hcl_err *err);

struct hcl_bench {
    hcl_bench_kind *kind;
    struct hcl_cli *cli;
    long log_n, bits, runs, repeat;
    bool is_signed;
    double cycle_seconds; /* length of a core cycle, measured */
    struct hcl_field_machine machine;
};

struct hcl_bench_time {
    double median, best;
    double cpu; /* median of user and system time, all threads */
};

typedef hcl_status hcl_bench_run(void *work, struct hcl_err *err);

/** Time run(work), `repeat` times after one warm-up. prepare (may be NULL) runs before each, untimed. */
hcl_status hcl_bench_measure(struct hcl_bench_time *out, const struct hcl_bench *b, hcl_bench_run *run,
                             hcl_bench_run *prepare, void *work, struct hcl_err *err);
/** {"bench", "kernel", "cpu", "threads", "median_s", "best_s", ...} to be extended. */
json_t *hcl_bench_object(const struct hcl_bench *b, const char *name, struct hcl_bench_time time);
/** Elements that are random enough for any kernel; the same in every run. */
void hcl_bench_fill(hcl_fr *out, size_t n, uint64_t seed);

/** Of a multi-scalar multiplication with the options of b. */
hcl_status hcl_bench_msm_time(struct hcl_bench_time *out, const struct hcl_bench *b, struct hcl_err *err);

hcl_bench_kind hcl_bench_field, hcl_bench_msm, hcl_bench_ntt, hcl_bench_coset, hcl_bench_eval, hcl_bench_gemm,
    hcl_bench_linear, hcl_bench_srs, hcl_bench_calibrate;

#endif

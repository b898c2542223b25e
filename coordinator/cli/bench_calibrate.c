/* SPDX-License-Identifier: Apache-2.0 */
/* The kinds of work that the cost model scales by, measured next to its constants (compiler/layout/cost.h)
 * and kept for predictions on this processor. One thread; the best of the runs, since a machine that is not
 * idle only ever adds time. */
#include "coordinator/cli/bench_internal.h"
#include "coordinator/cli/speed.h"

#include "common/io/json_read.h"
#include "common/poly/domain.h"
#include "common/sys/mem.h"

enum { COLUMNS = 8 };

struct transforms {
    struct hcl_domain domain;
    hcl_fr *column[COLUMNS];
};

static hcl_status run_transforms(void *p, struct hcl_err *err)
{
    struct transforms *w = p;
    (void)err;
    hcl_intt_batch(&w->domain, w->column, COLUMNS, 1);
    return HCL_OK;
}

/* Seconds of a transform to coefficients, as one of a batch. */
static hcl_status time_transform(double *out, const struct hcl_bench *b, struct hcl_err *err)
{
    struct transforms w = { 0 };
    struct hcl_bench_time time;
    hcl_fr *memory = NULL;
    hcl_status st;
    HCL_TRY(hcl_domain_init(&w.domain, (uint32_t)b->log_n, err));
    HCL_TRY(hcl_mem_alloc((void **)&memory, w.domain.n * COLUMNS, sizeof *memory, "bench values", err));
    hcl_bench_fill(memory, w.domain.n * COLUMNS, 1);
    for (size_t i = 0; i < COLUMNS; i++)
        w.column[i] = memory + i * w.domain.n;
    HCL_TRY(hcl_bench_measure(&time, b, run_transforms, NULL, &w, err));
    *out = time.best / COLUMNS;
done:
    hcl_mem_free(memory);
    hcl_domain_clear(&w.domain);
    return st;
}

hcl_status hcl_bench_calibrate(struct hcl_bench *b, struct hcl_err *err)
{
    const double n = (double)((size_t)1 << b->log_n), k = (double)b->log_n;
    double factor[HCL_SPEED_KINDS] = { 0 }, transform = 0;
    struct hcl_bench_time msm = { 0 };
    char *path = NULL;
    hcl_status st = HCL_OK;
    b->cli->threads = 1;
    factor[HCL_SPEED_FIELD] = hcl_speed_measure_field();
    HCL_TRY(hcl_bench_msm_time(&msm, b, err));
    HCL_TRY(time_transform(&transform, b, err));
    factor[HCL_SPEED_MSM] = msm.best / (n * HCL_COST_MSM_BITS / k * (1 + HCL_COST_MSM_BUCKETS / n));
    factor[HCL_SPEED_NTT] = transform / (n * hcl_cost_ntt(k));
    HCL_TRY(hcl_speed_keep(factor, &path, err));
    st = hcl_cli_emit(
        b->cli,
        json_pack("{s:f, s:f, s:f, s:o}", "field", factor[HCL_SPEED_FIELD], "msm", factor[HCL_SPEED_MSM],
                  "ntt", factor[HCL_SPEED_NTT], "file", hcl_json_string(path)),
        err,
        "times over the reference machine's: field multiplications %.2f, multi-scalar multiplications "
        "%.2f, transforms %.2f; kept for predictions in '%s'\n",
        factor[HCL_SPEED_FIELD], factor[HCL_SPEED_MSM], factor[HCL_SPEED_NTT], path);
done:
    free(path);
    return st;
}

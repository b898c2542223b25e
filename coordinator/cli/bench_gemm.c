/* SPDX-License-Identifier: Apache-2.0 */
/* The matrix products of the arithmetic around a proof, next to what the processor's multiply-add units
 * allow. */
#include "coordinator/cli/bench_internal.h"

#include "common/gemm/gemm.h"
#include "common/sys/mem.h"

enum { ROWS = 256, DEPTH = 2304, COLS = 1024 };

struct work {
    int16_t *a;
    double *b, *c;
    ptrdiff_t *off;
    int threads;
};

static hcl_status run_product(void *p, struct hcl_err *err)
{
    struct work *w = p;
    const struct hcl_gemm_a a = { w->a, HCL_GEMM_I16, DEPTH };
    return hcl_gemm(w->c, COLS, ROWS, COLS, DEPTH, &a, w->b, w->off, w->threads, err);
}

static hcl_status run_vector(void *p, struct hcl_err *err)
{
    struct work *w = p;
    const struct hcl_gemm_a a = { w->a, HCL_GEMM_I16, DEPTH };
    (void)err;
    hcl_gemv(w->c, ROWS, DEPTH, &a, w->b, w->threads);
    return HCL_OK;
}

static hcl_status init(struct work *w, struct hcl_err *err)
{
    const size_t b_len = (size_t)DEPTH * COLS;
    hcl_status st;
    HCL_TRY(hcl_mem_calloc((void **)&w->a, (size_t)ROWS * DEPTH, sizeof *w->a, "bench values", err));
    HCL_TRY(hcl_mem_calloc((void **)&w->b, b_len, sizeof *w->b, "bench values", err));
    HCL_TRY(hcl_mem_calloc((void **)&w->c, (size_t)ROWS * COLS, sizeof *w->c, "bench values", err));
    HCL_TRY(hcl_mem_calloc((void **)&w->off, DEPTH, sizeof *w->off, "bench values", err));
    for (size_t i = 0; i < (size_t)ROWS * DEPTH; i++)
        w->a[i] = (int16_t)(i * 40503 % 65521);
    for (size_t i = 0; i < b_len; i++)
        w->b[i] = (double)(i % 509);
    for (size_t k = 0; k < DEPTH; k++)
        w->off[k] = (ptrdiff_t)(k * COLS);
done:
    return st;
}

hcl_status hcl_bench_gemm(struct hcl_bench *b, struct hcl_err *err)
{
    static const struct {
        const char *name;
        hcl_bench_run *run;
        double products;
    } kinds[] = { { "gemm", run_product, (double)ROWS * DEPTH * COLS },
                  { "gemv", run_vector, (double)ROWS * DEPTH } };
    struct work w = { .threads = b->cli->threads };
    json_t *list = json_array();
    hcl_status st;
    HCL_TRY(init(&w, err));
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        struct hcl_bench_time time;
        HCL_TRY(hcl_bench_measure(&time, b, kinds[i].run, NULL, &w, err));
        const double per_cycle = kinds[i].products / time.median * b->cycle_seconds / w.threads;
        json_t *o = hcl_bench_object(b, kinds[i].name, time);
        json_object_set_new(o, "products", json_real(kinds[i].products));
        json_object_set_new(o, "products_per_cycle", json_real(per_cycle));
        json_array_append_new(list, o);
        if (!b->cli->json)
            printf("%-5s %dx%dx%d, %d threads: median %.3f ms, best %.3f ms, %.2f products per cycle and "
                   "thread\n",
                   kinds[i].name, ROWS, DEPTH, kinds[i].run == run_vector ? 1 : COLS, w.threads,
                   1e3 * time.median, 1e3 * time.best, per_cycle);
    }
    st = hcl_cli_emit(b->cli, json_pack("{s:O}", "results", list), err, NULL);
done:
    json_decref(list);
    hcl_mem_free(w.a);
    hcl_mem_free(w.b);
    hcl_mem_free(w.c);
    hcl_mem_free(w.off);
    return st;
}

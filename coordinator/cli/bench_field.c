/* SPDX-License-Identifier: Apache-2.0 */
#include "coordinator/cli/bench_internal.h"

#include "common/field/fq.h"
#include "common/sys/mem.h"

/* Vectors that stay in the cache are gone over again and again. */
struct work {
    hcl_fr *a, *b, *out, *scratch;
    hcl_fr c;
    hcl_fq p, q;
    size_t n, rounds;
};

#define RUN(name, statement)                                                                                 \
    static hcl_status name(void *p, struct hcl_err *err)                                                     \
    {                                                                                                        \
        struct work *w = p;                                                                                  \
        (void)err;                                                                                           \
        for (size_t i = 0; i < w->rounds; i++)                                                               \
            statement;                                                                                       \
        return HCL_OK;                                                                                       \
    }

RUN(run_add, hcl_fr_add_vec(w->out, w->a, w->b, w->n))
RUN(run_mul, hcl_fr_mul_vec(w->out, w->a, w->b, w->n))
RUN(run_scale, hcl_fr_scale_vec(w->out, w->a, &w->c, w->n))
RUN(run_axpy, hcl_fr_axpy_vec(w->out, w->a, &w->c, w->n))
RUN(run_batch_inv, hcl_fr_batch_inv(w->a, w->scratch, w->n))
RUN(run_scalar_mul, for (size_t j = 0; j < w->n; j++) hcl_fr_mul(&w->out[j], &w->a[j], &w->b[j]))
RUN(run_scalar_inv, for (size_t j = 0; j < w->n / 64; j++) hcl_fr_inv(&w->out[j], &w->a[j]))

hcl_status hcl_bench_field(struct hcl_bench *b, struct hcl_err *err)
{
    static const struct {
        const char *name;
        hcl_bench_run *run;
        double madds, per; /* vpmadd52 of eight elements; elements of n that one round handles */
    } kinds[] = { { "add", run_add, 0, 1 },
                  { "mul", run_mul, 100, 1 },
                  { "scale", run_scale, 100, 1 },
                  { "axpy", run_axpy, 100, 1 },
                  { "batch-inverse", run_batch_inv, 300, 1 },
                  { "one-by-one-mul", run_scalar_mul, 0, 1 },
                  { "one-by-one-inverse", run_scalar_inv, 0, 1.0 / 64 } };
    hcl_status st;
    struct work w = { .n = (size_t)1 << b->log_n };
    void *memory = NULL;
    json_t *list = json_array();
    w.rounds = b->log_n < 17 ? (size_t)1 << (17 - b->log_n) : 1;
    HCL_TRY(hcl_mem_alloc(&memory, 4 * w.n, sizeof(hcl_fr), "bench vectors", err));
    w.a = memory;
    w.b = w.a + w.n;
    w.out = w.b + w.n;
    w.scratch = w.out + w.n;
    hcl_bench_fill(w.a, 3 * w.n, 1);
    hcl_bench_fill(&w.c, 1, 2);
    if (!b->cli->json)
        printf("%.2f GHz, %.2f cycles per vpmadd52: at least %.1f cycles per multiplication\n",
               1e-9 / b->cycle_seconds, b->limit_cycles, hcl_bench_limit(b, 100));
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        struct hcl_bench_time time;
        HCL_TRY(hcl_bench_measure(&time, b, kinds[i].run, NULL, &w, err));
        const double elements = (double)w.n * (double)w.rounds * kinds[i].per;
        const double cycles = time.median / elements / b->cycle_seconds;
        const double limit = hcl_bench_limit(b, kinds[i].madds);
        json_t *o = hcl_bench_object(b, kinds[i].name, time);
        json_object_set_new(o, "cycles_per_element", json_real(cycles));
        json_object_set_new(o, "limit_cycles", json_real(limit));
        json_array_append_new(list, o);
        if (!b->cli->json)
            printf("%-18s %8.2f ns  %8.1f cycles per element%s", kinds[i].name, time.median / elements * 1e9,
                   cycles, limit > 0 ? "" : "\n");
        if (!b->cli->json && limit > 0)
            printf("  (multiplier alone: %.1f)\n", limit);
    }
    st = hcl_cli_emit(b->cli, json_pack("{s:O}", "results", list), err, NULL);
done:
    json_decref(list);
    hcl_mem_free(memory);
    return st;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Times of transforms; those of a batch are per column. */
#include "coordinator/cli/bench_internal.h"

#include "common/poly/domain.h"
#include "common/sys/mem.h"

enum { COLUMNS = 8 };

struct work {
    struct hcl_domain domain;
    hcl_fr *a, *column[COLUMNS];
    size_t columns; /* of a batch */
    int threads;
};

static hcl_status run_ntt(void *p, struct hcl_err *err)
{
    struct work *w = p;
    (void)err;
    hcl_ntt(&w->domain, w->a, w->threads);
    return HCL_OK;
}

static hcl_status run_intt(void *p, struct hcl_err *err)
{
    struct work *w = p;
    (void)err;
    hcl_intt(&w->domain, w->a, w->threads);
    return HCL_OK;
}

static hcl_status run_ntt_batch(void *p, struct hcl_err *err)
{
    struct work *w = p;
    (void)err;
    hcl_ntt_batch(&w->domain, w->column, w->columns, w->threads);
    return HCL_OK;
}

static hcl_status run_intt_batch(void *p, struct hcl_err *err)
{
    struct work *w = p;
    (void)err;
    hcl_intt_batch(&w->domain, w->column, w->columns, w->threads);
    return HCL_OK;
}

hcl_status hcl_bench_ntt(struct hcl_bench *b, struct hcl_err *err)
{
    static const struct {
        const char *name;
        hcl_bench_run *run;
        bool batch;
    } kinds[] = { { "ntt", run_ntt, false },
                  { "intt", run_intt, false },
                  { "ntt-batch", run_ntt_batch, true },
                  { "intt-batch", run_intt_batch, true } };
    hcl_status st;
    struct work w = { .threads = b->cli->threads };
    void *p;
    json_t *list = json_array();
    HCL_TRY(hcl_domain_init(&w.domain, (uint32_t)b->log_n, err));
    w.columns = b->log_n <= 22 ? COLUMNS : 1;
    HCL_TRY(hcl_mem_alloc(&p, w.domain.n * w.columns, sizeof *w.a, "bench values", err));
    w.a = p;
    hcl_bench_fill(w.a, w.domain.n * w.columns, 1);
    for (size_t c = 0; c < w.columns; c++)
        w.column[c] = w.a + c * w.domain.n;
    const double butterflies = (double)w.domain.n / 2 * (double)b->log_n;
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        struct hcl_bench_time time;
        HCL_TRY(hcl_bench_measure(&time, b, kinds[i].run, NULL, &w, err));
        const size_t columns = kinds[i].batch ? w.columns : 1;
        time.median /= (double)columns;
        time.best /= (double)columns;
        const double cycles = time.median / butterflies / b->cycle_seconds;
        const double gb = (double)w.domain.n * 64 / time.median * 1e-9;
        json_t *o = hcl_bench_object(b, kinds[i].name, time);
        json_object_set_new(o, "log_n", json_integer(b->log_n));
        json_object_set_new(o, "columns", json_integer((json_int_t)columns));
        json_object_set_new(o, "cycles_per_butterfly", json_real(cycles));
        json_object_set_new(o, "gb_per_s", json_real(gb));
        json_array_append_new(list, o);
        if (!b->cli->json)
            printf("%-15s 2^%ld, %d threads: median %.3f ms, best %.3f ms, %.1f cycles per butterfly "
                   "(multiplier alone: %.1f), %.2f GB/s\n",
                   kinds[i].name, b->log_n, b->cli->threads, 1e3 * time.median, 1e3 * time.best, cycles,
                   hcl_field_bench_limit(&b->machine, 60), gb);
    }
    st = hcl_cli_emit(b->cli, json_pack("{s:O}", "results", list), err, NULL);
done:
    json_decref(list);
    hcl_mem_free(w.a);
    hcl_domain_clear(&w.domain);
    return st;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "coordinator/cli/bench_internal.h"

#include "common/halo2/eval.h"
#include "common/poly/poly.h"
#include "common/sys/mem.h"

enum { COLUMNS = 4 };

struct work {
    size_t n;
    int threads;
    hcl_fr *column[COLUMNS], *out;
    hcl_fr x, y, value;
    struct hcl_eval eval;
    hcl_fr *scalars, *scratch;
};

static hcl_status run_poly_eval(void *p, struct hcl_err *err)
{
    struct work *w = p;
    (void)err;
    hcl_poly_eval(&w->value, w->column[0], w->n, &w->x, w->threads);
    return HCL_OK;
}

static hcl_status run_div(void *p, struct hcl_err *err)
{
    struct work *w = p;
    (void)err;
    hcl_poly_div_linear(w->out, w->n, &w->x, NULL, w->threads);
    return HCL_OK;
}

static hcl_status run_prefix(void *p, struct hcl_err *err)
{
    struct work *w = p;
    (void)err;
    hcl_prefix_product(w->out, w->n, &w->x, &w->value, w->threads);
    return HCL_OK;
}

static hcl_status run_recurrence(void *p, struct hcl_err *err)
{
    struct work *w = p;
    (void)err;
    hcl_linear_recurrence(w->out, w->column[1], w->n, &w->x, &w->value, w->threads);
    return HCL_OK;
}

/* Blocks of rows on this thread alone, folded as the quotient does it. */
static hcl_status run_gates(void *p, struct hcl_err *err)
{
    struct work *w = p;
    (void)err;
    for (size_t row = 0; row < w->n; row += HCL_EVAL_BLOCK) {
        const hcl_fr *rows[COLUMNS];
        const size_t count = w->n - row < HCL_EVAL_BLOCK ? w->n - row : HCL_EVAL_BLOCK;
        for (size_t i = 0; i < w->eval.num_inputs; i++)
            rows[i] = w->column[w->eval.inputs[i].column.index] + row;
        hcl_eval_fold(w->out + row, &w->y, &w->eval, w->scalars, rows, count, w->scratch);
    }
    return HCL_OK;
}

/* s*(a*b - c) and (a + b)*(b + c)*a: a handful of operations of the kinds that gates are made of. */
static hcl_status compile(struct work *w, struct hcl_err *err)
{
    hcl_status st;
    struct hcl_circuit c;
    uint32_t col[COLUMNS];
    hcl_circuit_init(&c, 6);
    for (size_t i = 0; i < COLUMNS; i++)
        HCL_TRY(hcl_circuit_add_advice(&c, 0, &col[i], err));
    const hcl_expr a = hcl_ex_advice(&c, col[0], 0), b = hcl_ex_advice(&c, col[1], 0);
    const hcl_expr d = hcl_ex_advice(&c, col[2], 0), s = hcl_ex_advice(&c, col[3], 0);
    const hcl_expr polys[2] = { hcl_ex_mul(&c, s, hcl_ex_sub(&c, hcl_ex_mul(&c, a, b), d)),
                                hcl_ex_mul(&c, hcl_ex_mul(&c, hcl_ex_sum(&c, a, b), hcl_ex_sum(&c, b, d)),
                                           a) };
    HCL_TRY(hcl_circuit_add_gate(&c, "bench", polys, 2, err));
    HCL_TRY(hcl_circuit_finish(&c, err));
    HCL_TRY(hcl_eval_compile_gates(&w->eval, &c, err));
    void *p;
    HCL_TRY(hcl_mem_alloc(&p, w->eval.num_scalars + hcl_eval_scratch(&w->eval), sizeof(hcl_fr),
                          "bench program", err));
    w->scalars = p;
    w->scratch = w->scalars + w->eval.num_scalars;
    hcl_eval_scalars(w->scalars, &w->eval, NULL);
done:
    hcl_circuit_clear(&c);
    return st;
}

hcl_status hcl_bench_eval(struct hcl_bench *b, struct hcl_err *err)
{
    static const struct {
        const char *name;
        hcl_bench_run *run;
        size_t moved; /* elements read and written per element, each counted once */
    } kinds[] = { { "evaluation", run_poly_eval, 1 },
                  { "division", run_div, 2 },
                  { "prefix-product", run_prefix, 2 },
                  { "recurrence", run_recurrence, 2 },
                  { "gates", run_gates, COLUMNS + 2 } };
    hcl_status st;
    struct work w = { .n = (size_t)1 << b->log_n, .threads = b->cli->threads };
    void *memory = NULL;
    json_t *list = json_array();
    HCL_TRY(hcl_mem_alloc(&memory, (COLUMNS + 1) * w.n, sizeof(hcl_fr), "bench columns", err));
    hcl_bench_fill(memory, (COLUMNS + 1) * w.n, 1);
    for (size_t i = 0; i < COLUMNS; i++)
        w.column[i] = (hcl_fr *)memory + i * w.n;
    w.out = (hcl_fr *)memory + COLUMNS * w.n;
    hcl_bench_fill(&w.x, 1, 2);
    hcl_bench_fill(&w.y, 1, 3);
    HCL_TRY(compile(&w, err));
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        struct hcl_bench_time time;
        HCL_TRY(hcl_bench_measure(&time, b, kinds[i].run, NULL, &w, err));
        const double each = time.median / (double)w.n, gb = 32e-9 * (double)kinds[i].moved / each;
        const int threads = kinds[i].run == run_gates ? 1 : w.threads;
        json_t *o = hcl_bench_object(b, kinds[i].name, time);
        json_object_set_new(o, "threads", json_integer(threads));
        json_object_set_new(o, "log_n", json_integer(b->log_n));
        json_object_set_new(o, "cycles_per_element", json_real(each / b->cycle_seconds));
        json_object_set_new(o, "gb_per_s", json_real(gb));
        json_array_append_new(list, o);
        if (!b->cli->json)
            printf("%-15s 2^%ld, %d threads: median %.3f ms, best %.3f ms, %.1f cycles per element, "
                   "%.2f GB/s\n",
                   kinds[i].name, b->log_n, threads, 1e3 * time.median, 1e3 * time.best,
                   each / b->cycle_seconds, gb);
    }
    if (!b->cli->json)
        printf("(gates: %zu multiplications per row and 2 of the fold)\n", w.eval.num_multiplications);
    st = hcl_cli_emit(b->cli, json_pack("{s:O}", "results", list), err, NULL);
done:
    json_decref(list);
    hcl_eval_clear(&w.eval);
    hcl_mem_free(w.scalars);
    hcl_mem_free(memory);
    return st;
}

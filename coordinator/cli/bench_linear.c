/* SPDX-License-Identifier: Apache-2.0 */
/* Times of the sums over compact columns, per cell: 64 columns of 2^K cells. */
#include "coordinator/cli/bench_internal.h"

#include "common/poly/linear.h"
#include "common/sys/mem.h"

#include <string.h>

enum { COLUMNS = 64 };

struct work {
    size_t n;
    int threads;
    struct hcl_compact column[COLUMNS];
    const struct hcl_compact *columns[COLUMNS];
    hcl_fr *rows; /* the combination, or what is evaluated against */
    hcl_fr weights[COLUMNS], values[COLUMNS];
};

static hcl_status run_combine(void *p, struct hcl_err *err)
{
    struct work *w = p;
    (void)err;
    hcl_linear_combine(w->rows, false, w->columns, w->weights, COLUMNS, 0, w->n, w->threads);
    return HCL_OK;
}

static hcl_status run_evaluate(void *p, struct hcl_err *err)
{
    struct work *w = p;
    (void)err;
    hcl_linear_evaluate(w->values, w->columns, COLUMNS, w->rows, 0, w->n, w->threads);
    return HCL_OK;
}

/* How fast one thread reads memory: the sum of all words of all columns. */
static hcl_status run_read(void *p, struct hcl_err *err)
{
    struct work *w = p;
    (void)err;
    uint64_t sum = 0;
    for (size_t c = 0; c < COLUMNS; c++) {
        const uint64_t *word = w->column[c].cells;
        for (size_t i = 0; i < w->n * (size_t)w->column[c].width / 8; i++)
            sum += word[i];
    }
    w->values[0].l[0] = sum;
    return HCL_OK;
}

static hcl_status make_columns(struct work *w, int width, struct hcl_err *err)
{
    hcl_status st = HCL_OK;
    uint64_t z = 1;
    for (size_t c = 0; c < COLUMNS; c++) {
        HCL_TRY(hcl_compact_init(&w->column[c], w->n, w->n, width, 0, false, "bench columns", err));
        uint8_t *byte = w->column[c].cells;
        for (size_t i = 0; i < w->n * (size_t)width; i++) {
            z = z * 6364136223846793005u + 1442695040888963407u;
            byte[i] = (uint8_t)(z >> 56);
        }
    }
done:
    return st;
}

static void clear_columns(struct work *w)
{
    for (size_t c = 0; c < COLUMNS; c++)
        hcl_compact_clear(&w->column[c]);
}

static void print_time(const struct hcl_bench *b, const struct work *w, json_t *list, const char *name,
                       int width, struct hcl_bench_time time)
{
    const double cells = (double)w->n * COLUMNS, each = time.median / cells;
    const int products = width == 8 ? 20 : 10; /* vpmadd52 for eight cells */
    const double limit = hcl_field_bench_limit(&b->machine, products) * b->cycle_seconds / b->cli->threads;
    json_t *o = hcl_bench_object(b, name, time);
    json_object_set_new(o, "log_n", json_integer(b->log_n));
    json_object_set_new(o, "columns", json_integer(COLUMNS));
    json_object_set_new(o, "bytes_per_cell", json_integer(width));
    json_object_set_new(o, "ns_per_cell", json_real(1e9 * each));
    json_object_set_new(o, "gb_per_s", json_real(1e-9 * width / each));
    if (strcmp(name, "read") != 0)
        json_object_set_new(o, "multiplier_ns_per_cell", json_real(1e9 * limit));
    json_array_append_new(list, o);
    if (b->cli->json)
        return;
    printf("%-8s int%-2d x %d, 2^%ld, %d threads: median %.3f ms, best %.3f ms, %.2f ns per cell, %.2f GB/s",
           name, 8 * width, COLUMNS, b->log_n, b->cli->threads, 1e3 * time.median, 1e3 * time.best,
           1e9 * each, 1e-9 * width / each);
    if (strcmp(name, "read") == 0)
        printf(" (the memory's limit, one thread)\n");
    else
        printf(" (multiplier alone: %.2f ns)\n", 1e9 * limit);
}

hcl_status hcl_bench_linear(struct hcl_bench *b, struct hcl_err *err)
{
    static const struct {
        const char *name;
        hcl_bench_run *run;
    } kinds[] = { { "combine", run_combine }, { "evaluate", run_evaluate }, { "read", run_read } };
    hcl_status st;
    struct work w = { .n = (size_t)1 << b->log_n, .threads = b->cli->threads };
    void *rows = NULL;
    json_t *list = json_array();
    for (size_t c = 0; c < COLUMNS; c++)
        w.columns[c] = &w.column[c];
    HCL_TRY(hcl_mem_alloc(&rows, w.n, sizeof(hcl_fr), "bench rows", err));
    w.rows = rows;
    hcl_bench_fill(w.rows, w.n, 1);
    hcl_bench_fill(w.weights, COLUMNS, 2);
    for (int width = 1; width <= 8; width *= 2) {
        HCL_TRY(make_columns(&w, width, err));
        for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
            struct hcl_bench_time time;
            HCL_TRY(hcl_bench_measure(&time, b, kinds[i].run, NULL, &w, err));
            print_time(b, &w, list, kinds[i].name, width, time);
        }
        clear_columns(&w);
    }
    st = hcl_cli_emit(b->cli, json_pack("{s:O}", "results", list), err, NULL);
done:
    clear_columns(&w);
    json_decref(list);
    hcl_mem_free(rows);
    return st;
}

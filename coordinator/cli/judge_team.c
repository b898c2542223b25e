/* SPDX-License-Identifier: Apache-2.0 */
#include "coordinator/cli/judge_team.h"

#include "common/sys/mem.h"
#include "common/sys/threads.h"

#include <stdlib.h>
#include <string.h>

#define JUDGE_POSITIONS 16

struct hcl_judge_filter {
    uint64_t rows, depth;
    const float *whole; /* rank 0: in the model */
    float *mine;        /* elsewhere: this rank's rows */
};

/* What rank 0 asks for; filter == count: nothing more. */
struct request {
    uint64_t filter, values; /* values: elements of the images */
    struct hcl_windows windows;
};

/* The filter that a node applies at so many positions, unless it is too few. */
static bool shared(const struct hcl_graph *g, const struct hcl_node *n, struct hcl_judge_filter *out)
{
    const struct hcl_tensor *w = n->inputs[1] == HCL_GRAPH_NONE ? NULL : &g->tensors[n->inputs[1]];
    if ((n->op != HCL_OP_CONV_2D && n->op != HCL_OP_FULLY_CONNECTED) || w == NULL || w->data == NULL)
        return false;
    *out = (struct hcl_judge_filter){ .rows = w->dims[0],
                                      .depth = hcl_tensor_len(w) / w->dims[0],
                                      .whole = w->data };
    return hcl_tensor_len(&g->tensors[n->output]) >= JUDGE_POSITIONS * out->rows;
}

struct hcl_shared_products hcl_judge_team_share(const struct hcl_graph *model, uint32_t items)
{
    struct hcl_shared_products all = { 0 };
    struct hcl_judge_filter f;
    for (size_t i = 0; i < model->num_nodes; i++) {
        const struct hcl_node *n = &model->nodes[i];
        if (!shared(model, n, &f))
            continue;
        const double sums = (double)items * (double)hcl_tensor_len(&model->tensors[n->output]);
        all.multiplications += sums * (double)f.depth;
        all.values += (double)items * (double)hcl_tensor_len(&model->tensors[n->inputs[0]]);
        all.sums += sums;
    }
    return all;
}

static size_t find(const struct hcl_judge_team *t, const float *filter)
{
    size_t i = 0;
    while (i < t->count && t->filters[i].whole != filter)
        i++;
    return i;
}

static hcl_status list(struct hcl_judge_team *t, const struct hcl_graph *g, struct hcl_err *err)
{
    t->filters = calloc(g->num_nodes + 1, sizeof *t->filters);
    if (t->filters == NULL)
        return hcl_fail(err, HCL_NO_RESOURCE, "no memory for %zu filters", g->num_nodes);
    for (size_t i = 0; i < g->num_nodes; i++) {
        struct hcl_judge_filter f;
        if (shared(g, &g->nodes[i], &f) && find(t, f.whole) == t->count)
            t->filters[t->count++] = f;
    }
    return HCL_OK;
}

/* Rows of a filter before those of rank r. */
static size_t first_row(const struct hcl_judge_team *t, const struct hcl_judge_filter *f, int r)
{
    return hcl_comm_first(f->rows, (uint32_t)hcl_comm_size(t->comm), (uint32_t)r);
}

static size_t rows_of(const struct hcl_judge_team *t, const struct hcl_judge_filter *f, int r)
{
    return first_row(t, f, r + 1) - first_row(t, f, r);
}

/* Pieces of `each` bytes a row: to all ranks from rank 0, or the other way round. counts: 2 per rank. */
static void count_bytes(size_t *counts, const struct hcl_judge_team *t, const struct hcl_judge_filter *f,
                        size_t each, bool gather)
{
    const int ranks = hcl_comm_size(t->comm), rank = hcl_comm_rank(t->comm);
    size_t *all = gather ? counts + ranks : counts, *one = gather ? counts : counts + ranks;
    memset(counts, 0, 2 * (size_t)ranks * sizeof *counts);
    for (int r = 0; rank == 0 && r < ranks; r++)
        all[r] = rows_of(t, f, r) * each;
    one[0] = rows_of(t, f, rank) * each;
}

static hcl_status scatter(struct hcl_judge_team *t, struct hcl_judge_filter *f, size_t *counts,
                          struct hcl_err *err)
{
    const int rank = hcl_comm_rank(t->comm);
    float *mine = NULL;
    hcl_status st =
        hcl_mem_alloc((void **)&mine, rows_of(t, f, rank) * f->depth, sizeof *mine, "float model", err);
    st = hcl_comm_agree(t->comm, st, err);
    if (st == HCL_OK) {
        count_bytes(counts, t, f, f->depth * sizeof *mine, false);
        hcl_comm_alltoallv(t->comm, f->whole, counts, mine, counts + hcl_comm_size(t->comm));
    }
    if (rank == 0 || st != HCL_OK) { /* rank 0 has them in the model */
        hcl_mem_free(mine);
        mine = NULL;
    }
    f->mine = mine;
    return st;
}

static size_t positions(const struct hcl_windows *w)
{
    return (size_t)w->images * w->out_h * w->out_w;
}

/* This rank's rows. *sums may be NULL where there are none. */
static hcl_status multiply_rows(double **sums, const struct hcl_judge_team *t,
                                const struct hcl_judge_filter *f, struct hcl_windows w, const double *x,
                                struct hcl_err *err)
{
    const int rank = hcl_comm_rank(t->comm);
    const float *rows = rank == 0 ? f->whole : f->mine;
    const struct hcl_gemm_a a = { rows, HCL_GEMM_F32, f->depth };
    *sums = NULL;
    w.outputs = (uint32_t)rows_of(t, f, rank);
    return w.outputs ? hcl_window_products(sums, &w, x, &a, hcl_threads_available(), err) : HCL_OK;
}

/* The sums of all ranks, on rank 0 in *all. Frees this rank's. */
static hcl_status gather_sums(double **all, double *mine, hcl_status st, const struct hcl_judge_team *t,
                              const struct hcl_judge_filter *f, size_t positions, struct hcl_err *err)
{
    const int ranks = hcl_comm_size(t->comm);
    size_t *counts = calloc(2 * (size_t)ranks, sizeof *counts);
    *all = NULL;
    if (st == HCL_OK && counts == NULL)
        st = hcl_fail(err, HCL_NO_RESOURCE, "no memory for %d ranks", ranks);
    if (st == HCL_OK && hcl_comm_rank(t->comm) == 0)
        st = hcl_mem_alloc((void **)all, f->rows * positions, sizeof **all, "layer", err);
    st = hcl_comm_agree(t->comm, st, err);
    if (st == HCL_OK) {
        count_bytes(counts, t, f, positions * sizeof **all, true);
        hcl_comm_alltoallv(t->comm, mine, counts, *all, counts + ranks);
    } else {
        hcl_mem_free_secret(*all);
        *all = NULL;
    }
    hcl_mem_free_secret(mine);
    free(counts);
    return st;
}

/* Images travel as the floats that they were made of. */
static hcl_status tell_images(const struct hcl_judge_team *t, double **x, const double *from, size_t len,
                              struct hcl_err *err)
{
    float *travelling = NULL;
    hcl_status st = hcl_mem_alloc((void **)&travelling, len, sizeof *travelling, "layer", err);
    if (st == HCL_OK && from == NULL)
        st = hcl_mem_alloc((void **)x, len, sizeof **x, "layer", err);
    st = hcl_comm_agree(t->comm, st, err);
    if (st == HCL_OK) {
        for (size_t i = 0; from != NULL && i < len; i++)
            travelling[i] = (float)from[i];
        hcl_comm_bcast(t->comm, travelling, len * sizeof *travelling, 0);
        for (size_t i = 0; from == NULL && i < len; i++)
            (*x)[i] = (double)travelling[i];
    }
    hcl_mem_free_secret(travelling);
    return st;
}

/* hcl_window_products on rank 0. */
static hcl_status multiply(void *ctx, double **out, const struct hcl_windows *w, const double *x,
                           const struct hcl_gemm_a *filters, struct hcl_err *err)
{
    struct hcl_judge_team *t = ctx;
    struct request q = { .filter = find(t, filters->data),
                         .values = (uint64_t)w->images * w->height * w->width * w->channels,
                         .windows = *w };
    double *mine = NULL;
    if (q.filter == t->count)
        return hcl_window_products(out, w, x, filters, hcl_threads_available(), err);
    const struct hcl_judge_filter *f = &t->filters[q.filter];
    *out = NULL;
    hcl_comm_bcast(t->comm, &q, sizeof q, 0);
    hcl_status st = tell_images(t, NULL, x, (size_t)q.values, err);
    if (st != HCL_OK)
        return st;
    st = multiply_rows(&mine, t, f, *w, x, err);
    return gather_sums(out, mine, st, t, f, positions(w), err);
}

static void serve(const struct hcl_judge_team *t, const struct request *q)
{
    const struct hcl_judge_filter *f = &t->filters[q->filter];
    struct hcl_err err = { "" };
    double *x = NULL, *mine = NULL, *none;
    hcl_status st = tell_images(t, &x, NULL, (size_t)q->values, &err);
    if (st == HCL_OK) {
        st = multiply_rows(&mine, t, f, q->windows, x, &err);
        (void)gather_sums(&none, mine, st, t, f, positions(&q->windows), &err); /* rank 0 knows, too */
    }
    hcl_mem_free_secret(x);
}

void hcl_judge_team_serve(struct hcl_judge_team *t)
{
    struct request q;
    for (;;) {
        hcl_comm_bcast(t->comm, &q, sizeof q, 0);
        if (q.filter == t->count)
            return;
        serve(t, &q);
    }
}

void hcl_judge_team_finish(struct hcl_judge_team *t)
{
    struct request q = { .filter = t->count };
    hcl_comm_bcast(t->comm, &q, sizeof q, 0);
}

hcl_status hcl_judge_team_init(struct hcl_judge_team *t, struct hcl_comm *comm, const struct hcl_graph *model,
                               struct hcl_err *err)
{
    size_t *counts = calloc(2 * (size_t)hcl_comm_size(comm), sizeof *counts);
    hcl_status st =
        counts ? HCL_OK : hcl_fail(err, HCL_NO_RESOURCE, "no memory for %d ranks", hcl_comm_size(comm));
    *t = (struct hcl_judge_team){ .comm = comm, .multiplier = { multiply, t } };
    if (st == HCL_OK && model != NULL)
        st = list(t, model, err);
    HCL_TRY(hcl_comm_agree(comm, st, err));
    hcl_comm_bcast(comm, &t->count, sizeof t->count, 0);
    if (model == NULL) {
        t->filters = calloc((size_t)t->count + 1, sizeof *t->filters);
        st = t->filters
                 ? HCL_OK
                 : hcl_fail(err, HCL_NO_RESOURCE, "no memory for %llu filters", (unsigned long long)t->count);
    }
    HCL_TRY(hcl_comm_agree(comm, st, err));
    for (size_t i = 0; i < t->count; i++) {
        uint64_t shape[] = { t->filters[i].rows, t->filters[i].depth };
        hcl_comm_bcast(comm, shape, sizeof shape, 0);
        t->filters[i].rows = shape[0];
        t->filters[i].depth = shape[1];
        HCL_TRY(scatter(t, &t->filters[i], counts, err));
    }
done:
    free(counts);
    return st;
}

void hcl_judge_team_clear(struct hcl_judge_team *t)
{
    for (size_t i = 0; i < t->count && t->filters; i++)
        hcl_mem_free(t->filters[i].mine);
    free(t->filters);
    *t = (struct hcl_judge_team){ 0 };
}

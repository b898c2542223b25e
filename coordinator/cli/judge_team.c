/* SPDX-License-Identifier: Apache-2.0 */
#include "coordinator/cli/judge_team.h"

#include "common/sys/mem.h"
#include "common/sys/threads.h"
#include "compiler/graph/matmul.h"
#include "compiler/operators/float_operands.h"
#include "compiler/operators/operator.h"
#include "coordinator/cli/judge_graph.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Below so many elements a result is made faster than it is told. */
#define MIN_SHARED 4096
#define MIN_PARALLEL 65536 /* elements that are put in their places */

/* What rank 0 asks for. */
enum { EVALUATE, COMPARE, DONE };
struct request {
    uint32_t what, item;
};

static bool root(const struct hcl_judge_team *t)
{
    return hcl_comm_rank(t->comm) == 0;
}

/* Of `all`, in units, those before rank r's. */
static size_t before(const struct hcl_judge_team *t, size_t all, size_t unit, int r)
{
    return unit * hcl_comm_first(all / unit, (uint32_t)hcl_comm_size(t->comm), (uint32_t)r);
}

/* ---- who evaluates what ---- */

static bool has_constant(const struct hcl_graph *g, const struct hcl_node *n, size_t operand)
{
    return n->inputs[operand] != HCL_GRAPH_NONE && g->tensors[n->inputs[operand]].data != NULL;
}

/* A node's constant filter, which may be cut by outputs; NULL: it has none. */
static const struct hcl_tensor *filter_of(const struct hcl_graph *g, const struct hcl_node *n)
{
    const bool has = hcl_operator_of(n->op)->cut == HCL_CUT_OUTPUTS && has_constant(g, n, 1);
    return has ? &g->tensors[n->inputs[1]] : NULL;
}

static bool shares_filter(const struct hcl_graph *g, const struct hcl_node *n)
{
    const struct hcl_tensor *w = filter_of(g, n);
    return w && hcl_tensor_len(&g->tensors[n->output]) >= HCL_JUDGE_POSITIONS * (size_t)w->dims[0];
}

/* Functions of integers, such as RELU, are no more work than the telling. */
static bool worth_cutting(const struct hcl_graph *g, const struct hcl_node *n)
{
    const struct hcl_operator *op = hcl_operator_of(n->op);
    const struct hcl_function f = hcl_node_function(n);
    return hcl_tensor_len(&g->tensors[n->output]) >= MIN_SHARED &&
           (op->dear || (op->evaluate == NULL && !hcl_function_has(&f, HCL_FN_EXACT)));
}

enum hcl_judge_how hcl_judge_how_of(const struct hcl_graph *g, const struct hcl_node *n)
{
    size_t constants = 0;
    if (shares_filter(g, n))
        return HCL_JUDGE_FILTER;
    for (size_t k = 0; k < HCL_MOST_OPERANDS; k++)
        constants += has_constant(g, n, k) ? hcl_tensor_len(&g->tensors[n->inputs[k]]) : 0;
    if (constants > hcl_tensor_len(&g->tensors[n->output]))
        return HCL_JUDGE_ROOT;
    return worth_cutting(g, n) ? HCL_JUDGE_PARTS : HCL_JUDGE_EVERYWHERE;
}

/* Multiplications of a node that takes none but filters that ranks share, or computed matrices. */
static double shared_multiplications(const struct hcl_graph *model, const struct hcl_node *n, double len)
{
    const struct hcl_tensor *x = &model->tensors[n->inputs[0]], *w = &model->tensors[n->inputs[1]];
    if (n->op == HCL_OP_BATCH_MATMUL)
        return len * hcl_matmul_of(x->dims, n->adj_x, w->dims, n->adj_y).depth;
    return shares_filter(model, n) ? len * (double)hcl_tensor_len(w) / (double)w->dims[0] : 0;
}

struct hcl_shared_products hcl_judge_team_share(const struct hcl_graph *model, uint32_t items)
{
    struct hcl_shared_products all = { 0 };
    double weights = 0;
    for (size_t i = 0; i < model->num_nodes; i++) {
        const struct hcl_node *n = &model->nodes[i];
        const enum hcl_judge_how how = hcl_judge_how_of(model, n);
        const double len = (double)items * (double)hcl_tensor_len(&model->tensors[n->output]);
        const struct hcl_tensor *w = filter_of(model, n);
        const double filter = w ? (double)hcl_tensor_len(w) : 0;
        all.results += len;
        weights += filter;
        all.alone += how == HCL_JUDGE_ROOT ? filter : 0;
        if (how == HCL_JUDGE_FILTER)
            all.windows += shared_multiplications(model, n, len) / (double)w->dims[0];
        if (how == HCL_JUDGE_FILTER || how == HCL_JUDGE_PARTS)
            all.multiplications += shared_multiplications(model, n, len);
        if (how != HCL_JUDGE_EVERYWHERE)
            all.tellings += items;
        if (how == HCL_JUDGE_FILTER || how == HCL_JUDGE_PARTS)
            all.gathered += len;
        else if (how == HCL_JUDGE_ROOT)
            all.told += len;
    }
    all.alone /= fmax(weights, 1);
    all.told += (double)items * (double)hcl_graph_input_len(model);
    return all;
}

/* ---- evaluating ---- */

static struct hcl_judge_node *node_of(const struct hcl_judge_team *t, const struct hcl_float_operands *p)
{
    return &t->nodes[p->n - t->model->nodes];
}

/* Elements that a part has whole ones of. */
static size_t unit_of(const struct hcl_float_operands *p)
{
    return hcl_operator_of(p->n->op)->cut == HCL_CUT_VECTORS ? p->yd[3] : 1;
}

static void begin(void *ctx, const struct hcl_graph *g, struct hcl_float_values *v)
{
    struct hcl_judge_team *t = ctx;
    struct request q = { .what = EVALUATE };
    if (root(t))
        hcl_comm_bcast(t->comm, &q, sizeof q, 0);
    for (size_t i = 0; i < g->num_inputs; i++)
        hcl_comm_bcast(t->comm, v->tensor[g->inputs[i]],
                       hcl_tensor_len(&g->tensors[g->inputs[i]]) * sizeof **v->tensor, 0);
}

static bool part(void *ctx, struct hcl_float_operands *p)
{
    const struct hcl_judge_team *t = ctx;
    const struct hcl_judge_node *n = node_of(t, p);
    const int rank = hcl_comm_rank(t->comm);
    const size_t all = p->to, unit = unit_of(p);
    if (n->how == HCL_JUDGE_ROOT) {
        p->to = root(t) ? all : 0;
        return true;
    }
    if (n->how == HCL_JUDGE_EVERYWHERE)
        return false;
    p->from = before(t, all, unit, rank);
    p->to = before(t, all, unit, rank + 1);
    if (n->how == HCL_JUDGE_FILTER) {
        p->w = root(t) ? p->w : n->rows;
        p->b = p->b == NULL ? NULL : p->b + p->from;
    }
    return true;
}

/* The ranks' elements, one after the other. */
static void gather_elements(const struct hcl_judge_team *t, const struct hcl_float_operands *p,
                            size_t *counts)
{
    for (int r = 0; r < hcl_comm_size(t->comm); r++)
        counts[r] =
            (before(t, p->y_len, unit_of(p), r + 1) - before(t, p->y_len, unit_of(p), r)) * sizeof *p->y;
    memcpy(t->part, p->y + p->from, (p->to - p->from) * sizeof *p->y);
    hcl_comm_allgatherv(t->comm, t->part, p->y, counts);
}

/* Outputs from..to-1 of all positions, beside each other in `packed`, from or to their places. */
static void take_outputs(const struct hcl_float_operands *p, float *packed, size_t from, size_t to, bool back)
{
    const size_t outputs = p->yd[3], positions = p->y_len / outputs, each = to - from;
    const int threads = hcl_threads_available();
#pragma omp parallel for schedule(static)                                                                    \
    num_threads(threads) if (threads > 1 && each * positions > MIN_PARALLEL)
    for (size_t at = 0; at < positions; at++) {
        float *y = p->y + at * outputs + from, *side = packed + at * each;
        memcpy(back ? y : side, back ? side : y, each * sizeof *y);
    }
}

static void gather_outputs(const struct hcl_judge_team *t, const struct hcl_float_operands *p, size_t *counts)
{
    const size_t outputs = p->yd[3], positions = p->y_len / outputs;
    const int ranks = hcl_comm_size(t->comm), rank = hcl_comm_rank(t->comm);
    for (int r = 0; r < ranks; r++)
        counts[r] = (before(t, outputs, 1, r + 1) - before(t, outputs, 1, r)) * positions * sizeof *p->y;
    take_outputs(p, t->part, p->from, p->to, false);
    hcl_comm_allgatherv(t->comm, t->part, t->all, counts);
    for (int r = 0; r < ranks; r++)
        if (r != rank)
            take_outputs(p, t->all + before(t, outputs, 1, r) * positions, before(t, outputs, 1, r),
                         before(t, outputs, 1, r + 1), true);
}

static void gather(void *ctx, const struct hcl_float_operands *p)
{
    const struct hcl_judge_team *t = ctx;
    const enum hcl_judge_how how = node_of(t, p)->how;
    if (how == HCL_JUDGE_ROOT)
        hcl_comm_bcast(t->comm, p->y, p->y_len * sizeof *p->y, 0);
    else if (how == HCL_JUDGE_FILTER)
        gather_outputs(t, p, t->counts);
    else
        gather_elements(t, p, t->counts);
}

static hcl_status end(void *ctx, hcl_status st, struct hcl_err *err)
{
    const struct hcl_judge_team *t = ctx;
    return hcl_comm_agree(t->comm, st, err);
}

/* ---- comparing ---- */

static size_t first_tile(const struct hcl_judge_team *t, const struct hcl_comparison *c, int r)
{
    if (t->cells)
        return hcl_comm_first(c->placed, (uint32_t)hcl_comm_size(t->comm), (uint32_t)r);
    return r > 0 ? c->placed : 0;
}

/* This rank's tiles, and on rank 0, in `all`, everybody's. counts: 2 per rank. */
static void compare_placed(struct hcl_judge_team *t, const struct hcl_comparison *c, const int64_t *y,
                           float *const *want, struct hcl_tile_error *all, size_t *counts)
{
    const int ranks = hcl_comm_size(t->comm), rank = hcl_comm_rank(t->comm);
    const size_t first = first_tile(t, c, rank), last = first_tile(t, c, rank + 1);
    hcl_compare(c, first, last, y, NULL, want, t->errors);
    memset(counts, 0, 2 * (size_t)ranks * sizeof *counts);
    counts[0] = (last - first) * sizeof *all;
    for (int r = 0; rank == 0 && r < ranks; r++)
        counts[ranks + r] = (first_tile(t, c, r + 1) - first_tile(t, c, r)) * sizeof *all;
    hcl_comm_alltoallv(t->comm, t->errors, counts, all, counts + ranks);
}

void hcl_judge_team_compare(struct hcl_judge_team *t, uint32_t item, const int64_t *y,
                            const struct hcl_fx_values *v, float *const *want, struct hcl_tile_error *errors)
{
    struct request q = { .what = COMPARE, .item = item };
    const struct hcl_comparison *c = &t->compared[item];
    hcl_comm_bcast(t->comm, &q, sizeof q, 0);
    compare_placed(t, c, y, want, errors, t->counts);
    hcl_compare(c, c->placed, c->tiles, y, v, want, errors + c->placed);
}

void hcl_judge_team_serve(struct hcl_judge_team *t, const int64_t *y)
{
    struct request q;
    struct hcl_err err = { "" };
    for (;;) {
        hcl_comm_bcast(t->comm, &q, sizeof q, 0);
        if (q.what == DONE)
            return;
        if (q.what == EVALUATE) {
            const hcl_status st = hcl_graph_evaluate(t->model, &t->values, &err);
            (void)st; /* rank 0 has the same, and says what is next */
        } else {
            compare_placed(t, &t->compared[q.item], y, t->values.tensor, NULL, t->counts);
        }
    }
}

void hcl_judge_team_finish(struct hcl_judge_team *t)
{
    struct request q = { .what = DONE };
    hcl_comm_bcast(t->comm, &q, sizeof q, 0);
}

/* ---- what the others are given ---- */

/* Every rank's part of a filter, in place of its rows before. */
static hcl_status scatter_filter(struct hcl_judge_team *t, struct hcl_judge_node *n,
                                 const struct hcl_tensor *w, struct hcl_err *err)
{
    const int ranks = hcl_comm_size(t->comm), rank = hcl_comm_rank(t->comm);
    const size_t depth = hcl_tensor_len(w) / w->dims[0], rows = w->dims[0];
    const size_t mine = before(t, rows, 1, rank + 1) - before(t, rows, 1, rank);
    float *to = NULL;
    hcl_status st = hcl_mem_alloc((void **)&to, mine * depth, sizeof *to, "float model", err);
    st = hcl_comm_agree(t->comm, st, err);
    if (st == HCL_OK) {
        memset(t->counts, 0, 2 * (size_t)ranks * sizeof *t->counts);
        for (int r = 0; rank == 0 && r < ranks; r++)
            t->counts[r] = (before(t, rows, 1, r + 1) - before(t, rows, 1, r)) * depth * sizeof *to;
        t->counts[ranks] = mine * depth * sizeof *to;
        hcl_comm_alltoallv(t->comm, w->data, t->counts, to, t->counts + ranks);
    }
    if (rank == 0 || st != HCL_OK) { /* rank 0 has them in the model */
        hcl_mem_free(to);
        to = NULL;
    }
    n->rows = to;
    n->owns = to != NULL;
    return st;
}

/* Several nodes may have one filter. */
static hcl_status share_filters(struct hcl_judge_team *t, struct hcl_err *err)
{
    hcl_status st = HCL_OK;
    for (size_t i = 0; st == HCL_OK && i < t->model->num_nodes; i++) {
        const uint32_t filter = t->model->nodes[i].inputs[1];
        size_t j = 0;
        if (t->nodes[i].how != HCL_JUDGE_FILTER)
            continue;
        while (t->nodes[j].how != HCL_JUDGE_FILTER || t->model->nodes[j].inputs[1] != filter)
            j++;
        if (j < i)
            t->nodes[i].rows = t->nodes[j].rows;
        else
            st = scatter_filter(t, &t->nodes[i], &t->model->tensors[filter], err);
    }
    return st;
}

static size_t most_shared(const struct hcl_judge_team *t, enum hcl_judge_how how)
{
    size_t most = 0;
    for (size_t i = 0; i < t->model->num_nodes; i++) {
        const size_t len = hcl_tensor_len(&t->model->tensors[t->model->nodes[i].output]);
        most = t->nodes[i].how == how && len > most ? len : most;
    }
    return most;
}

/* Everything that evaluating and comparing take. */
static hcl_status make_room(struct hcl_judge_team *t, struct hcl_err *err)
{
    const size_t whole = most_shared(t, HCL_JUDGE_FILTER), parts = most_shared(t, HCL_JUDGE_PARTS);
    const int rank = hcl_comm_rank(t->comm);
    size_t tiles = 0;
    hcl_status st;
    for (uint32_t i = 0; i < t->items; i++) {
        const struct hcl_comparison *c = &t->compared[i];
        const size_t mine = first_tile(t, c, rank + 1) - first_tile(t, c, rank);
        tiles = mine > tiles ? mine : tiles;
    }
    HCL_TRY(hcl_mem_alloc((void **)&t->part, whole > parts ? whole : parts, sizeof *t->part, "layer", err));
    HCL_TRY(hcl_mem_alloc((void **)&t->all, whole, sizeof *t->all, "layer", err));
    HCL_TRY(hcl_mem_alloc((void **)&t->errors, tiles, sizeof *t->errors, "errors", err));
    if (!root(t))
        HCL_TRY(hcl_float_values_init(&t->values, t->model, err));
    t->values.team = &t->evaluating;
done:
    return st;
}

/* Rank 0's, of one item: descriptions to all, lists of cells to those who have the tiles. */
static hcl_status share_comparison(struct hcl_judge_team *t, struct hcl_comparison *c, struct hcl_err *err)
{
    const int ranks = hcl_comm_size(t->comm), rank = hcl_comm_rank(t->comm);
    uint64_t counts[2] = { c->count, c->num_shifts };
    hcl_status st = HCL_OK;
    uint32_t *list = NULL;
    hcl_comm_bcast(t->comm, counts, sizeof counts, 0);
    if (!root(t)) {
        *c = (struct hcl_comparison){ .count = (size_t)counts[0], .num_shifts = (size_t)counts[1] };
        c->of = calloc(c->count + 1, sizeof *c->of);
        c->shifts = malloc(c->num_shifts + 1);
        st = c->of && c->shifts ? HCL_OK
                                : hcl_fail(err, HCL_NO_RESOURCE, "no memory to compare %zu layers", c->count);
    }
    HCL_TRY(hcl_comm_agree(t->comm, st, err));
    hcl_comm_bcast(t->comm, c->of, c->count * sizeof *c->of, 0);
    hcl_comm_bcast(t->comm, c->shifts, c->num_shifts, 0);
    if (!root(t)) {
        size_t placed = 0;
        for (size_t i = 0; i < c->count; i++)
            placed += c->of[i].computed ? 0 : hcl_compared_tiles(&c->of[i]);
        c->placed = placed;
        st = hcl_comparison_index(c, first_tile(t, c, rank), first_tile(t, c, rank + 1), err);
    }
    HCL_TRY(hcl_comm_agree(t->comm, st, err));
    HCL_CHECK(c->list_at != NULL);
    memset(t->counts, 0, 2 * (size_t)ranks * sizeof *t->counts);
    for (int r = 0; rank == 0 && r < ranks; r++)
        t->counts[r] = (c->list_at[first_tile(t, c, r + 1)] - c->list_at[first_tile(t, c, r)]) * sizeof *list;
    const size_t own = first_tile(t, c, rank + 1) - first_tile(t, c, rank);
    t->counts[ranks] = c->list_at[own] * sizeof *list;
    st = hcl_mem_alloc((void **)&list, c->list_at[own], sizeof *list, "places", err);
    HCL_TRY(hcl_comm_agree(t->comm, st, err));
    hcl_comm_alltoallv(t->comm, c->list, t->counts, list, t->counts + ranks);
    hcl_mem_free(c->list);
    c->list = list;
    list = NULL;
    c->last = c->first + own;
done:
    hcl_mem_free(list);
    return st;
}

static hcl_status share_comparisons(struct hcl_judge_team *t, const struct hcl_judge_subject *subject,
                                    struct hcl_err *err)
{
    hcl_status st = HCL_OK;
    t->compared = calloc((size_t)t->items + 1, sizeof *t->compared);
    if (t->compared == NULL)
        st = hcl_fail(err, HCL_NO_RESOURCE, "no memory to judge %u items", t->items);
    HCL_TRY(hcl_comm_agree(t->comm, st, err));
    for (uint32_t i = 0; i < t->items; i++) {
        if (subject != NULL)
            st = hcl_comparison_init(&t->compared[i], subject->model, subject->fx, i, subject->places, err);
        HCL_TRY(hcl_comm_agree(t->comm, st, err));
        HCL_TRY(share_comparison(t, &t->compared[i], err));
    }
done:
    return st;
}

static hcl_status list_nodes(struct hcl_judge_team *t, const struct hcl_graph *model, struct hcl_err *err)
{
    t->model = model;
    t->nodes = calloc(model->num_nodes + 1, sizeof *t->nodes);
    if (t->nodes == NULL)
        return hcl_fail(err, HCL_NO_RESOURCE, "no memory for %zu nodes", model->num_nodes);
    for (size_t i = 0; i < model->num_nodes; i++)
        t->nodes[i].how = hcl_judge_how_of(model, &model->nodes[i]);
    return HCL_OK;
}

hcl_status hcl_judge_team_init(struct hcl_judge_team *t, struct hcl_comm *comm,
                               const struct hcl_judge_subject *subject, bool cells, struct hcl_err *err)
{
    hcl_status st = HCL_OK;
    *t = (struct hcl_judge_team){ .comm = comm,
                                  .cells = cells,
                                  .evaluating = { begin, part, gather, end, t } };
    t->counts = calloc(2 * (size_t)hcl_comm_size(comm), sizeof *t->counts);
    if (t->counts == NULL)
        st = hcl_fail(err, HCL_NO_RESOURCE, "no memory for %d ranks", hcl_comm_size(comm));
    if (st == HCL_OK && subject != NULL)
        st = list_nodes(t, subject->model, err);
    t->items = subject ? subject->items : 0;
    HCL_TRY(hcl_comm_agree(comm, st, err));
    hcl_comm_bcast(comm, &t->items, sizeof t->items, 0);
    HCL_TRY(hcl_judge_graph_share(comm, t->model, &t->own, &t->nodes, err));
    t->model = subject ? subject->model : &t->own;
    HCL_TRY(share_filters(t, err));
    HCL_TRY(share_comparisons(t, subject, err));
    st = hcl_comm_agree(comm, make_room(t, err), err);
done:
    if (st != HCL_OK)
        hcl_judge_team_clear(t);
    return st;
}

void hcl_judge_team_clear(struct hcl_judge_team *t)
{
    for (size_t i = 0; t->nodes && t->model && i < t->model->num_nodes; i++)
        if (t->nodes[i].owns)
            hcl_mem_free(t->nodes[i].rows);
    for (uint32_t i = 0; t->compared && i < t->items; i++)
        hcl_comparison_clear(&t->compared[i]);
    free(t->nodes);
    free(t->compared);
    free(t->counts);
    hcl_mem_free_secret(t->part);
    hcl_mem_free_secret(t->all);
    hcl_mem_free_secret(t->errors);
    hcl_float_values_clear(&t->values);
    hcl_graph_clear(&t->own);
    *t = (struct hcl_judge_team){ 0 };
}

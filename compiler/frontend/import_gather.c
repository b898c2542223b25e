/* SPDX-License-Identifier: Apache-2.0 */
/* GATHER, GATHER_ND, EMBEDDING_LOOKUP and ONE_HOT. By constant indices elements move. Computed ones are
 * looked up in the rows of a constant table; any other operand is multiplied by rows that are 1 where the
 * index says and 0 elsewhere. These are rows of such a table, looked up by whole numbers (import_lookup.h),
 * which an index beyond them is refused by; of integers that are computed as real numbers they are
 * comparisons, all 0 for an index beyond. */
#include "compiler/frontend/fold.h"
#include "compiler/frontend/import_lookup.h"
#include "compiler/frontend/import_moves.h"
#include <string.h>

/* Widest table of ones: its size counts in the model's weights. */
enum { MOST_WIDE = 4096 };

/* The operands of a GATHER. */
struct gather {
    struct hcl_import *im;
    const struct hcl_tfl_op *op;
    size_t table, index; /* which operands */
    int64_t axis;
    uint32_t batch;
};

/* The entries of a constant operand; from malloc. */
static hcl_status read_indices(const struct hcl_import *im, const struct hcl_tfl_op *op, size_t k,
                               struct hcl_map_shape *shape, int32_t **out)
{
    int64_t *wide = NULL;
    size_t n = 0;
    hcl_status st;
    *out = NULL;
    HCL_TRY(hcl_import_shape_of(im, op->inputs[k], shape));
    wide = malloc((hcl_map_len(shape) + 1) * sizeof *wide);
    *out = malloc((hcl_map_len(shape) + 1) * sizeof **out);
    if (wide == NULL || *out == NULL) {
        st = hcl_fail(im->err, HCL_NO_RESOURCE, "no memory for %zu indices", hcl_map_len(shape));
        goto done;
    }
    HCL_TRY(hcl_import_integers(im, op, k, wide, hcl_map_len(shape), &n));
    for (size_t i = 0; i < n; i++)
        (*out)[i] = wide[i] < INT32_MIN || wide[i] > INT32_MAX ? -1 : (int32_t)wide[i];
done:
    free(wide);
    return st;
}

static hcl_status by_constants(const struct gather *g)
{
    struct hcl_map_shape x, of_index, to = { .rank = 0 };
    uint32_t from, axis, *map = NULL;
    int32_t *index = NULL;
    hcl_status st;
    HCL_TRY(hcl_import_any(g->im, g->op, g->table, &from, &x));
    HCL_TRY(hcl_import_axis(g->im, g->op, g->axis, x.rank, &axis));
    HCL_TRY(read_indices(g->im, g->op, g->index, &of_index, &index));
    st = hcl_map_gather(&to, &map, &x, axis, g->batch, index, &of_index, g->op->name, g->im->err);
    st = hcl_import_mapped(g->im, g->op, st, from, map, &to);
done:
    free(index);
    return st;
}

/* The row of a table for each index. out NULL: the operator's result. */
static hcl_status look_up(struct hcl_import *im, const struct hcl_tfl_op *op, uint32_t index, uint32_t table,
                          const struct hcl_map_shape *to, uint32_t *out)
{
    struct hcl_node n = hcl_import_node(HCL_OP_LOOKUP, index, table);
    return hcl_import_step(im, op, &n, to, out);
}

/* For each of `count` indices a row of `wide` elements: `on` where the index says, else `off`. */
struct hot {
    uint32_t wide;
    float on, off;
};

static hcl_status look_up_hot(struct hcl_import *im, const struct hcl_tfl_op *op, uint32_t index,
                              const struct hot *h, const struct hcl_map_shape *to, uint32_t *out)
{
    const uint32_t numbers = hcl_import_whole(im, index),
                   rows = numbers == HCL_NUMBERS_UNKNOWN ? h->wide : numbers;
    const uint32_t dims[4] = { 1, 1, rows, h->wide };
    const size_t len = (size_t)rows * h->wide;
    uint32_t table;
    float *data;
    hcl_status st;
    if (rows > MOST_WIDE || h->wide > MOST_WIDE)
        return HCL_FAIL_OP(im, op, "computed indices below %u, expected at most %d", rows, MOST_WIDE);
    data = malloc(len * sizeof *data);
    if (data == NULL)
        return hcl_fail(im->err, HCL_NO_RESOURCE, "no memory for a table of %zu entries", len);
    for (size_t i = 0; i < len; i++)
        data[i] = i / h->wide == i % h->wide ? h->on : h->off;
    HCL_TRY(hcl_import_made(im, op, dims, data, &table));
    st = look_up(im, op, index, table, to, out);
done:
    return st;
}

/* A constant of one element. */
static hcl_status number(struct hcl_import *im, const struct hcl_tfl_op *op, float value, uint32_t *out)
{
    const uint32_t dims[4] = { 1, 1, 1, 1 };
    float *data = malloc(sizeof *data);
    if (data == NULL)
        return hcl_fail(im->err, HCL_NO_RESOURCE, "no memory for a number");
    *data = value;
    return hcl_import_made(im, op, dims, data, out);
}

/* off + (on - off) [index = its number] */
static hcl_status compare_hot(struct hcl_import *im, const struct hcl_tfl_op *op, uint32_t index,
                              const struct hot *h, const struct hcl_map_shape *to, uint32_t *out)
{
    const uint32_t count = (uint32_t)(hcl_map_len(to) / h->wide), dims[4] = { 1, 1, 1, h->wide };
    const struct hcl_map_shape one = { 0, { 0 } }, shapes[2] = { { 2, { count, 1 } }, { 1, { h->wide } } },
                               rows[2] = { { 2, { count, h->wide } }, one };
    struct hcl_node n = hcl_import_node(HCL_OP_RESHAPE, index, HCL_GRAPH_NONE);
    float *data = malloc(h->wide * sizeof *data);
    uint32_t x, numbers, c;
    hcl_status st;
    if (data == NULL)
        return hcl_fail(im->err, HCL_NO_RESOURCE, "no memory for %u numbers", h->wide);
    for (uint32_t i = 0; i < h->wide; i++)
        data[i] = (float)i;
    HCL_TRY(hcl_import_made(im, op, dims, data, &numbers));
    HCL_TRY(hcl_import_step(im, op, &n, &shapes[0], &x));
    n = hcl_import_node(HCL_OP_SUB, x, numbers);
    n.act.id = HCL_FN_ZERO;
    HCL_TRY(hcl_import_combine(im, op, n, 1, shapes, NULL, &x));
    HCL_TRY(number(im, op, h->on - h->off, &c));
    HCL_TRY(hcl_import_combine(im, op, hcl_import_node(HCL_OP_MUL, x, c), 1, rows, NULL, &x));
    HCL_TRY(number(im, op, h->off, &c));
    HCL_TRY(hcl_import_combine(im, op, hcl_import_node(HCL_OP_ADD, x, c), 1, rows, NULL, &x));
    n = hcl_import_node(HCL_OP_RESHAPE, x, HCL_GRAPH_NONE);
    st = hcl_import_step(im, op, &n, to, out);
done:
    return st;
}

static hcl_status make_hot(struct hcl_import *im, const struct hcl_tfl_op *op, uint32_t index,
                           const struct hot *h, const struct hcl_map_shape *to, uint32_t *out)
{
    return hcl_import_whole(im, index) > 0 ? look_up_hot(im, op, index, h, to, out)
                                           : compare_hot(im, op, index, h, to, out);
}

/* The constant's rows along its first dimension. */
static hcl_status by_rows(const struct gather *g, uint32_t index, const struct hcl_map_shape *of_index)
{
    const int32_t t = g->op->inputs[g->table];
    struct hcl_map_shape x, to = *of_index;
    uint32_t table;
    hcl_status st;
    HCL_TRY(hcl_import_shape_of(g->im, t, &x));
    if (of_index->rank + x.rank - 1 > HCL_MAP_RANK)
        return HCL_FAIL_OP(g->im, g->op,
                           "a table of %u and indices of %u dimensions, expected at most %d in all", x.rank,
                           of_index->rank, HCL_MAP_RANK);
    for (uint32_t i = 1; i < x.rank; i++)
        to.dims[to.rank++] = x.dims[i];
    const struct hcl_import_shape rows = { { 1, 1, x.dims[0], (uint32_t)(hcl_map_len(&x) / x.dims[0]) }, 2 };
    HCL_TRY(hcl_import_tensor(g->im, t, &rows, &table));
    st = look_up(g->im, g->op, index, table, &to, NULL);
done:
    return st;
}

/* [batch, m, n] of zeros and ones by [batch, n, inner], or [m, n] by [outer, n, inner] each. */
static hcl_status by_product(const struct gather *g, uint32_t index, const struct hcl_map_shape *of_index,
                             uint32_t axis)
{
    struct hcl_map_shape x, to = { .rank = 0 }, as = { 4, { 1, 1, 1, 1 } }, rows = { 4, { 1, 1, 1, 1 } };
    struct hcl_node n;
    uint32_t table, hot, y;
    hcl_status st;
    HCL_TRY(hcl_import_any(g->im, g->op, g->table, &table, &x));
    if (g->batch > 0 && g->batch != axis)
        return HCL_FAIL_OP(g->im, g->op, "computed indices into dimension %u with %u batch dimensions", axis,
                           g->batch);
    for (uint32_t i = 0; i < x.rank; i++)
        as.dims[i < axis ? 1 : i == axis ? 2 : 3] *= x.dims[i];
    rows.dims[1] = g->batch > 0 ? as.dims[1] : 1;
    rows.dims[2] = (uint32_t)(hcl_map_len(of_index) / rows.dims[1]);
    rows.dims[3] = as.dims[2];
    for (uint32_t i = 0; i < x.rank; i++) {
        for (uint32_t j = g->batch; i == axis && j < of_index->rank; j++)
            to.dims[to.rank++] = of_index->dims[j];
        if (i != axis)
            to.dims[to.rank++] = x.dims[i];
    }
    HCL_TRY(make_hot(g->im, g->op, index, &(struct hot){ rows.dims[3], 1, 0 }, &rows, &hot));
    n = hcl_import_node(HCL_OP_RESHAPE, table, HCL_GRAPH_NONE);
    if (hcl_import_is_constant(g->im, table)) {
        const struct hcl_import_shape matrices = { { 1, as.dims[1], as.dims[2], as.dims[3] }, 4 };
        HCL_TRY(hcl_import_tensor(g->im, g->op->inputs[g->table], &matrices, &table));
    } else {
        HCL_TRY(hcl_import_step(g->im, g->op, &n, &as, &table));
    }
    n = hcl_import_node(HCL_OP_BATCH_MATMUL, hot, table);
    as.dims[2] = rows.dims[2];
    HCL_TRY(hcl_import_step(g->im, g->op, &n, &as, &y));
    n = hcl_import_node(HCL_OP_RESHAPE, y, HCL_GRAPH_NONE);
    st = hcl_import_last(g->im, g->op, &n, &to);
done:
    return st;
}

static hcl_status gather(const struct gather *g)
{
    const struct hcl_tfl_tensor *t, *i;
    struct hcl_map_shape x, of_index;
    uint32_t index, axis;
    int32_t from;
    hcl_status st;
    if (g->op->num_inputs < 2 || g->op->inputs[0] == HCL_TFL_ABSENT || g->op->inputs[1] == HCL_TFL_ABSENT)
        return HCL_FAIL_OP(g->im, g->op, "%zu operands, expected 2", g->op->num_inputs);
    t = &g->im->model->tensors[g->op->inputs[g->table]];
    from = g->op->inputs[g->index];
    i = &g->im->model->tensors[from];
    if (i->data != NULL || g->im->folding)
        return by_constants(g);
    HCL_TRY(hcl_import_shape_of(g->im, g->op->inputs[g->table], &x));
    HCL_TRY(hcl_import_axis(g->im, g->op, g->axis, x.rank, &axis));
    if (t->data != NULL && axis == 0)
        from = hcl_import_unwrapped(g->im, from, x.dims[0]);
    HCL_TRY(hcl_import_shape_of(g->im, from, &of_index));
    HCL_TRY(hcl_import_tensor(g->im, from, NULL, &index));
    if (t->data != NULL && axis == 0 && g->batch == 0 && hcl_import_whole(g->im, index) > 0)
        return by_rows(g, index, &of_index);
    st = by_product(g, index, &of_index, axis);
done:
    return st;
}

hcl_status hcl_import_gather(struct hcl_import *im, const struct hcl_tfl_op *op)
{
    struct gather g = { .im = im, .op = op, .table = 0, .index = 1, .axis = op->axis };
    struct hcl_map_shape of_index;
    hcl_status st = HCL_OK;
    if (op->batch_dims < 0 && op->num_inputs > 1 && op->inputs[1] >= 0) {
        HCL_TRY(hcl_import_shape_of(im, op->inputs[1], &of_index));
        g.batch = (uint32_t)(op->batch_dims + (int32_t)of_index.rank);
    } else {
        g.batch = (uint32_t)op->batch_dims;
    }
    st = gather(&g);
done:
    return st;
}

hcl_status hcl_import_embedding_lookup(struct hcl_import *im, const struct hcl_tfl_op *op)
{
    return gather(&(struct gather){ .im = im, .op = op, .table = 1, .index = 0 });
}

hcl_status hcl_import_gather_nd(struct hcl_import *im, const struct hcl_tfl_op *op)
{
    struct hcl_map_shape x, of_index, to = { .rank = 0 };
    uint32_t from, index, *map = NULL;
    int32_t *places = NULL;
    hcl_status st;
    HCL_TRY(hcl_import_any(im, op, 0, &from, &x));
    if (op->num_inputs < 2 || op->inputs[1] == HCL_TFL_ABSENT)
        return HCL_FAIL_OP(im, op, "%zu operands, expected 2", op->num_inputs);
    if (im->model->tensors[op->inputs[1]].data != NULL || im->folding) {
        HCL_TRY(read_indices(im, op, 1, &of_index, &places));
        st = hcl_map_gather_nd(&to, &map, &x, places, &of_index, op->name, im->err);
        st = hcl_import_mapped(im, op, st, from, map, &to);
        goto done;
    }
    HCL_TRY(hcl_import_any(im, op, 1, &index, &of_index));
    if (of_index.rank == 0 || of_index.dims[of_index.rank - 1] != 1 || x.rank == 0)
        return HCL_FAIL_OP(im, op, "%s", "computed places of several numbers, expected one number each");
    of_index.rank--;
    const struct gather g = { .im = im, .op = op, .table = 0, .index = 1 };
    st = im->model->tensors[op->inputs[0]].data != NULL && hcl_import_whole(im, index) > 0
             ? by_rows(&g, index, &of_index)
             : by_product(&g, index, &of_index, 0);
done:
    free(places);
    return st;
}

/* One number of a constant, of any type. */
static hcl_status read_number(const struct hcl_import *im, const struct hcl_tfl_op *op, size_t k, double *out)
{
    struct hcl_numbers n = { .len = 0 };
    hcl_status st;
    if (k >= op->num_inputs || op->inputs[k] == HCL_TFL_ABSENT ||
        im->model->tensors[op->inputs[k]].data == NULL)
        return HCL_FAIL_OP(im, op, "operand %zu is computed or missing, expected a constant", k);
    HCL_TRY(hcl_fold_read(im, op, k, &n));
    if (n.len != 1)
        st = HCL_FAIL_OP(im, op, "operand %zu has %zu entries, expected 1", k, n.len);
    else
        *out = n.is_float ? n.at[0].f : (double)n.at[0].i;
    free(n.at);
done:
    return st;
}

hcl_status hcl_import_one_hot(struct hcl_import *im, const struct hcl_tfl_op *op)
{
    struct hcl_map_shape of_index, to, turned;
    struct hcl_node turn = hcl_import_node(HCL_OP_MOVE, HCL_GRAPH_NONE, HCL_GRAPH_NONE);
    int32_t order[HCL_MAP_RANK];
    double value[4] = { 0 };
    uint32_t index, axis;
    hcl_status st;
    for (size_t k = 1; k < 4; k++)
        HCL_TRY(read_number(im, op, k, &value[k]));
    HCL_TRY(hcl_import_any(im, op, 0, &index, &of_index));
    HCL_TRY(hcl_import_axis(im, op, op->axis, of_index.rank + 1, &axis));
    if (of_index.rank == HCL_MAP_RANK || !(value[1] >= 1 && value[1] <= MOST_WIDE))
        return HCL_FAIL_OP(im, op,
                           "a depth of %g over %u dimensions, expected 1 to %d, and at most %d in all",
                           value[1], of_index.rank, MOST_WIDE, HCL_MAP_RANK);
    const struct hot h = { (uint32_t)value[1], (float)value[2], (float)value[3] };
    to = of_index;
    to.dims[to.rank++] = h.wide;
    if (axis == of_index.rank)
        return make_hot(im, op, index, &h, &to, NULL);
    HCL_TRY(make_hot(im, op, index, &h, &to, &turn.inputs[0]));
    for (uint32_t i = 0; i < to.rank; i++)
        order[i] = (int32_t)(i < axis ? i : i == axis ? to.rank - 1 : i - 1);
    HCL_TRY(hcl_map_transpose(&turned, &turn.map, &to, order, op->name, im->err));
    st = hcl_import_last(im, op, &turn, &turned);
done:
    return st;
}

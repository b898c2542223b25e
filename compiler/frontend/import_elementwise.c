/* SPDX-License-Identifier: Apache-2.0 */
/* Operators of one value at a time that are nodes of other kinds. Truth values are 0 and 1.
 *
 *   MINIMUM, MAXIMUM    of a constant a clamp, else a pool over both operands side by side
 *   comparisons         a difference, exact, and a table of its sign
 *   LOGICAL_AND, OR     a product; whether a sum is positive
 *   SQUARED_DIFFERENCE  a difference and its square
 *   PRELU               x + relu((slope - 1) * x), for slopes up to 1; x - relu((1 - slope) * x) for others;
 *                       of computed slopes relu(x) + slope * (x - relu(x)).
 * The second term of an image is a convolution of one tap, and so is the sum (fuse-residual): two rows SELECT
 * by a constant condition a MOVE, else a node of its own */
#include "compiler/frontend/import.h"
#include "compiler/frontend/import_moves.h"
#include "compiler/operators/elementwise.h"
#include "compiler/operators/shapes.h"
#include <math.h>
#include <string.h>

/* Positions of an image whose channels are worth rows of their own. */
enum { LEAST_IMAGE = 16 };

static hcl_status unary(struct hcl_import *im, const struct hcl_tfl_op *op, hcl_fn fn)
{
    struct hcl_map_shape shape;
    uint32_t x;
    hcl_status st;
    HCL_TRY(hcl_import_any(im, op, 0, &x, &shape));
    st = hcl_import_function(im, op, (struct hcl_function){ .id = fn }, &shape, x, NULL);
done:
    return st;
}

/* A sum, a difference or a product of both operands, and a function of it. */
static hcl_status binary(struct hcl_import *im, const struct hcl_tfl_op *op, hcl_op kind, hcl_fn fn,
                         bool other_way)
{
    struct hcl_node n = hcl_import_node(kind, HCL_GRAPH_NONE, HCL_GRAPH_NONE);
    struct hcl_map_shape shape;
    const hcl_status st = hcl_import_pair(im, op, &n, &shape);
    if (st != HCL_OK) {
        free(n.map);
        return st;
    }
    n.act.id = fn;
    n.reversed = n.reversed != other_way;
    return hcl_import_last(im, op, &n, &shape);
}

hcl_status hcl_import_squared_difference(struct hcl_import *im, const struct hcl_tfl_op *op)
{
    return binary(im, op, HCL_OP_SUB, HCL_FN_SQUARE, false);
}

hcl_status hcl_import_greater(struct hcl_import *im, const struct hcl_tfl_op *op)
{
    return binary(im, op, HCL_OP_SUB, HCL_FN_POSITIVE, false);
}

hcl_status hcl_import_greater_equal(struct hcl_import *im, const struct hcl_tfl_op *op)
{
    return binary(im, op, HCL_OP_SUB, HCL_FN_NOT_NEGATIVE, false);
}

hcl_status hcl_import_less(struct hcl_import *im, const struct hcl_tfl_op *op)
{
    return binary(im, op, HCL_OP_SUB, HCL_FN_POSITIVE, true);
}

hcl_status hcl_import_less_equal(struct hcl_import *im, const struct hcl_tfl_op *op)
{
    return binary(im, op, HCL_OP_SUB, HCL_FN_NOT_NEGATIVE, true);
}

hcl_status hcl_import_equal(struct hcl_import *im, const struct hcl_tfl_op *op)
{
    return binary(im, op, HCL_OP_SUB, HCL_FN_ZERO, false);
}

hcl_status hcl_import_not_equal(struct hcl_import *im, const struct hcl_tfl_op *op)
{
    return binary(im, op, HCL_OP_SUB, HCL_FN_NOT_ZERO, false);
}

hcl_status hcl_import_logical_and(struct hcl_import *im, const struct hcl_tfl_op *op)
{
    return binary(im, op, HCL_OP_MUL, HCL_FN_IDENTITY, false);
}

hcl_status hcl_import_logical_or(struct hcl_import *im, const struct hcl_tfl_op *op)
{
    return binary(im, op, HCL_OP_ADD, HCL_FN_POSITIVE, false);
}

hcl_status hcl_import_logical_not(struct hcl_import *im, const struct hcl_tfl_op *op)
{
    return unary(im, op, HCL_FN_ZERO);
}

/* Between floats, integers and truth values; a float becomes an integer towards 0. */
hcl_status hcl_import_cast(struct hcl_import *im, const struct hcl_tfl_op *op)
{
    struct hcl_map_shape shape;
    struct hcl_node n;
    uint32_t x;
    hcl_status st;
    HCL_TRY(hcl_import_any(im, op, 0, &x, &shape));
    const int32_t from = im->model->tensors[op->inputs[0]].type, to = im->model->tensors[op->outputs[0]].type;
    if (to == HCL_TFL_BOOL && from != HCL_TFL_BOOL)
        return unary(im, op, HCL_FN_NOT_ZERO);
    if (from == HCL_TFL_FLOAT32 && to != HCL_TFL_FLOAT32)
        return unary(im, op, HCL_FN_TRUNC);
    n = hcl_import_node(HCL_OP_RESHAPE, x, HCL_GRAPH_NONE);
    st = hcl_import_last(im, op, &n, &shape);
done:
    return st;
}

/* Both operands, each as long as the result, as the two rows of an image. */
static hcl_status side_by_side(struct hcl_import *im, const struct hcl_tfl_op *op,
                               const struct hcl_node *pair, size_t len, uint32_t *out)
{
    const struct hcl_map_shape rows = { 4, { 1, 2, 1, (uint32_t)len } };
    const size_t other = hcl_tensor_len(&im->graph->tensors[pair->inputs[1]]);
    struct hcl_node n = hcl_import_node(HCL_OP_MOVE, pair->inputs[0], pair->inputs[1]);
    if (len > HCL_TENSOR_MAX_LEN / 2)
        return HCL_FAIL_OP(im, op, "%zu elements, expected at most %zu", len, HCL_TENSOR_MAX_LEN / 2);
    n.map = malloc(2 * len * sizeof *n.map);
    if (n.map == NULL)
        return hcl_fail(im->err, HCL_NO_RESOURCE, "no memory for %zu elements", 2 * len);
    for (size_t i = 0; i < len; i++) {
        n.map[i] = (uint32_t)i;
        n.map[len + i] = (uint32_t)(len + (pair->map != NULL ? pair->map[i] : i % other));
    }
    return hcl_import_step(im, op, &n, &rows, out);
}

static hcl_status extreme(struct hcl_import *im, const struct hcl_tfl_op *op, hcl_op pool)
{
    struct hcl_node pair = hcl_import_node(HCL_OP_MOVE, HCL_GRAPH_NONE, HCL_GRAPH_NONE), n;
    struct hcl_map_shape shape, pooled = { 4, { 1, 1, 1, 0 } };
    uint32_t rows, y;
    hcl_status st;
    HCL_TRY(hcl_import_pair(im, op, &pair, &shape));
    pooled.dims[3] = (uint32_t)hcl_map_len(&shape);
    const struct hcl_tensor *c = &im->graph->tensors[pair.inputs[1]];
    if (c->data != NULL && hcl_tensor_len(c) == 1) {
        const bool most = pool == HCL_OP_MAX_POOL_2D;
        const struct hcl_function limit = { HCL_FN_LIMIT,
                                            { most ? *c->data : -INFINITY, most ? INFINITY : *c->data } },
                                  relu = { .id = HCL_FN_RELU };
        st = hcl_import_function(im, op, most && *c->data == 0 ? relu : limit, &shape, pair.inputs[0], NULL);
        goto done;
    }
    HCL_TRY(side_by_side(im, op, &pair, pooled.dims[3], &rows));
    n = hcl_import_node(pool, rows, HCL_GRAPH_NONE);
    n.kernel_h = 2;
    n.kernel_w = n.stride_y = n.stride_x = 1;
    HCL_TRY(hcl_import_step(im, op, &n, &pooled, &y));
    n = hcl_import_node(HCL_OP_RESHAPE, y, HCL_GRAPH_NONE);
    st = hcl_import_last(im, op, &n, &shape);
done:
    free(pair.map);
    return st;
}

hcl_status hcl_import_minimum(struct hcl_import *im, const struct hcl_tfl_op *op)
{
    return extreme(im, op, HCL_OP_MIN_POOL_2D);
}

hcl_status hcl_import_maximum(struct hcl_import *im, const struct hcl_tfl_op *op)
{
    return extreme(im, op, HCL_OP_MAX_POOL_2D);
}

/* What the slopes are. */
struct slopes {
    bool same, falls;    /* all are one; none is above 1 */
    uint32_t less, sign; /* -|slope - 1|; 1, or -1 where a slope is above 1 */
};

static hcl_status read_slopes(struct hcl_import *im, const struct hcl_tfl_op *op, uint32_t slope,
                              struct slopes *s)
{
    const struct hcl_tensor *t = &im->graph->tensors[slope];
    const size_t len = hcl_tensor_len(t);
    const uint32_t dims[4] = { t->dims[0], t->dims[1], t->dims[2], t->dims[3] };
    float *data = malloc(len * sizeof *data), *sign = malloc(len * sizeof *sign);
    hcl_status st;
    s->same = s->falls = true;
    if (data == NULL || sign == NULL) {
        free(data);
        free(sign);
        return hcl_fail(im->err, HCL_NO_RESOURCE, "no memory for %zu slopes", len);
    }
    for (size_t i = 0; i < len; i++) {
        s->same = s->same && t->data[i] == t->data[0];
        s->falls = s->falls && t->data[i] <= 1;
        data[i] = -fabsf(t->data[i] - 1);
        sign[i] = t->data[i] <= 1 ? 1 : -1;
    }
    st = hcl_import_made(im, op, dims, data, &s->less);
    if (st != HCL_OK) {
        free(sign);
        return st;
    }
    return hcl_import_made(im, op, dims, sign, &s->sign);
}

/* Whether each channel of an image has a factor. */
static bool by_channel(const struct hcl_import *im, const struct hcl_node *pair)
{
    const uint32_t *d = im->graph->tensors[pair->inputs[0]].dims,
                   *w = im->graph->tensors[pair->inputs[1]].dims;
    return hcl_import_is_constant(im, pair->inputs[1]) && pair->map == NULL && w[0] * w[1] * w[2] == 1 &&
           w[3] == d[3] && d[1] * d[2] >= LEAST_IMAGE;
}

/* x by the factors, which meet it as pair tells. Where each channel has one, that is a depthwise convolution
 * of one tap: one row where a product takes three. */
static hcl_status scaled(struct hcl_import *im, const struct hcl_tfl_op *op, const struct hcl_node *pair,
                         uint32_t x, uint32_t factors, hcl_fn fn, const struct hcl_map_shape *shape,
                         uint32_t *out)
{
    struct hcl_node n = hcl_import_node(HCL_OP_MUL, x, factors);
    n.act.id = fn;
    if (by_channel(im, pair)) {
        n.op = HCL_OP_DEPTHWISE_CONV_2D;
        n.kernel_h = n.kernel_w = n.stride_y = n.stride_x = 1;
    } else if (pair->map != NULL) {
        const size_t len = hcl_map_len(shape);
        n.map = malloc(len * sizeof *n.map);
        if (n.map == NULL)
            return hcl_fail(im->err, HCL_NO_RESOURCE, "no memory for %zu elements", len);
        memcpy(n.map, pair->map, len * sizeof *n.map);
    }
    return hcl_import_step(im, op, &n, shape, out);
}

/* relu(x) + slope * min(x, 0), min(x, 0) = x - relu(x), where a slope is above 1 or computed. */
static hcl_status add_parts(struct hcl_import *im, const struct hcl_tfl_op *op, const struct hcl_node *pair,
                            const struct hcl_map_shape *shape)
{
    struct hcl_node n = hcl_import_node(HCL_OP_RELU, pair->inputs[0], HCL_GRAPH_NONE);
    uint32_t positive, negative;
    hcl_status st;
    HCL_TRY(hcl_import_step(im, op, &n, shape, &positive));
    n = hcl_import_node(HCL_OP_SUB, pair->inputs[0], positive);
    HCL_TRY(hcl_import_step(im, op, &n, shape, &negative));
    HCL_TRY(scaled(im, op, pair, negative, pair->inputs[1], HCL_FN_IDENTITY, shape, &negative));
    n = hcl_import_node(HCL_OP_ADD, positive, negative);
    st = hcl_import_last(im, op, &n, shape);
done:
    return st;
}

hcl_status hcl_import_prelu(struct hcl_import *im, const struct hcl_tfl_op *op)
{
    struct hcl_node pair = hcl_import_node(HCL_OP_MUL, HCL_GRAPH_NONE, HCL_GRAPH_NONE), n;
    struct hcl_map_shape shape;
    struct slopes s;
    uint32_t bent;
    hcl_status st;
    HCL_TRY(hcl_import_pair(im, op, &pair, &shape));
    if (pair.reversed) {
        st = HCL_FAIL_OP(im, op, "%s", "its slopes do not broadcast to a computed operand");
        goto done;
    }
    if (!hcl_import_is_constant(im, pair.inputs[1])) {
        st = add_parts(im, op, &pair, &shape);
        goto done;
    }
    HCL_TRY(read_slopes(im, op, pair.inputs[1], &s));
    if (s.same) {
        const float slope = im->graph->tensors[pair.inputs[1]].data[0];
        st = hcl_import_function(im, op, (struct hcl_function){ HCL_FN_LEAKY_RELU, { slope } }, &shape,
                                 pair.inputs[0], NULL);
    } else if (s.falls || by_channel(im, &pair)) {
        HCL_TRY(scaled(im, op, &pair, pair.inputs[0], s.less, HCL_FN_RELU, &shape, &bent));
        if (by_channel(im, &pair))
            HCL_TRY(scaled(im, op, &pair, bent, s.sign, HCL_FN_IDENTITY, &shape, &bent));
        n = hcl_import_node(HCL_OP_ADD, pair.inputs[0], bent);
        st = hcl_import_last(im, op, &n, &shape);
    } else {
        st = add_parts(im, op, &pair, &shape);
    }
done:
    free(pair.map);
    return st;
}

/* What a SELECT reads. */
struct select {
    uint32_t tensor[3];
    struct hcl_map_shape shape[3], to;
};

/* The condition of the first version may be one value for each of the operands' first dimension. */
static hcl_status read_select(struct hcl_import *im, const struct hcl_tfl_op *op, bool by_rows,
                              struct select *s)
{
    struct hcl_map_shape two;
    hcl_status st = HCL_OK;
    for (size_t k = 0; k < 3; k++)
        HCL_TRY(hcl_import_any(im, op, k, &s->tensor[k], &s->shape[k]));
    while (by_rows && s->shape[0].rank > 0 && s->shape[0].rank < s->shape[1].rank)
        s->shape[0].dims[s->shape[0].rank++] = 1;
    HCL_TRY(hcl_import_broadcast(im, op, &s->shape[1], &s->shape[2], &two));
    HCL_TRY(hcl_import_broadcast(im, op, &s->shape[0], &two, &s->to));
done:
    return st;
}

/* By a constant condition nothing is computed: which element of which operand each element is. */
static hcl_status select_constant(struct hcl_import *im, const struct hcl_tfl_op *op, const struct select *s)
{
    const float *condition = im->graph->tensors[s->tensor[0]].data;
    const size_t len = hcl_map_len(&s->to), first = hcl_map_len(&s->shape[1]);
    struct hcl_node n = hcl_import_node(HCL_OP_MOVE, s->tensor[1], s->tensor[2]);
    uint32_t *maps[3] = { NULL, NULL, NULL };
    hcl_status st = HCL_OK;
    for (size_t k = 0; k < 3; k++)
        HCL_TRY(hcl_map_broadcast(&s->to, &maps[k], &s->shape[k], op->name, im->err));
    for (size_t i = 0; i < len; i++)
        maps[1][i] = condition[maps[0][i]] != 0 ? maps[1][i] : (uint32_t)(first + maps[2][i]);
    n.map = maps[1];
    maps[1] = NULL;
    st = hcl_import_last(im, op, &n, &s->to);
done:
    for (size_t k = 0; k < 3; k++)
        free(maps[k]);
    return st;
}

static hcl_status select_computed(struct hcl_import *im, const struct hcl_tfl_op *op, struct select *s)
{
    struct hcl_node n = hcl_import_node(HCL_OP_SELECT, s->tensor[0], s->tensor[1]);
    struct hcl_import_shape to, own;
    hcl_status st = HCL_OK;
    n.inputs[2] = s->tensor[2];
    (void)hcl_import_fits(&s->to, &to);
    for (size_t k = 0; k < 3; k++) {
        (void)hcl_import_fits(&s->shape[k], &own);
        if (k == 0 || !hcl_shape_is_suffix(own.dims, to.dims))
            HCL_TRY(hcl_import_expand(im, op, &n.inputs[k], &s->shape[k], &s->to));
    }
    HCL_TRY(hcl_import_last(im, op, &n, &s->to));
done:
    return st;
}

static hcl_status import_select(struct hcl_import *im, const struct hcl_tfl_op *op, bool by_rows)
{
    struct select s;
    const hcl_status st = read_select(im, op, by_rows, &s);
    if (st != HCL_OK)
        return st;
    return hcl_import_is_constant(im, s.tensor[0]) ? select_constant(im, op, &s)
                                                   : select_computed(im, op, &s);
}

hcl_status hcl_import_select(struct hcl_import *im, const struct hcl_tfl_op *op)
{
    return import_select(im, op, true);
}

hcl_status hcl_import_select_v2(struct hcl_import *im, const struct hcl_tfl_op *op)
{
    return import_select(im, op, false);
}

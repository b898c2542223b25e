/* SPDX-License-Identifier: Apache-2.0 */
/* Sums, those that are products by constant matrices, and what is made of sums of squares.
 *
 *   CUMSUM                       a dense layer of zeros and ones along its axis
 *   L2_POOL_2D                   SQRT of the AVERAGE_POOL_2D of SQUARE
 *   LOCAL_RESPONSE_NORMALIZATION x times a power of a dense layer over its squares */
#include "compiler/frontend/import.h"
#include "compiler/frontend/import_moves.h"
#include "compiler/operators/elementwise.h"
#include <math.h>
#include <string.h>

/* Widest matrix: its size counts in the model's weights. */
enum { MOST_WIDE = 8192 };

/* A matrix [n,n]: `value` where column k is from first(o) to last(o) of row o, else 0. */
static hcl_status band_matrix(struct hcl_import *im, const struct hcl_tfl_op *op, uint32_t n, int64_t first,
                              int64_t last, float value, uint32_t *out)
{
    const uint32_t dims[4] = { n, 1, 1, n };
    float *data;
    if (n > MOST_WIDE)
        return HCL_FAIL_OP(im, op, "a sum over %u elements, expected at most %d", n, MOST_WIDE);
    data = calloc((size_t)n * n, sizeof *data);
    if (data == NULL)
        return hcl_fail(im->err, HCL_NO_RESOURCE, "no memory for a matrix of %u rows", n);
    for (int64_t o = 0; o < n; o++)
        for (int64_t k = 0; k < n; k++)
            data[o * n + k] = k - o >= first && k - o <= last ? value : 0;
    return hcl_import_made(im, op, dims, data, out);
}

/* The axis last, and where the elements come from: *map to there, *back to here. */
static hcl_status turn_axis(struct hcl_import *im, const struct hcl_tfl_op *op, const struct hcl_map_shape *x,
                            uint32_t axis, uint32_t **map, uint32_t **back)
{
    int32_t order[HCL_MAP_RANK];
    struct hcl_map_shape turned;
    uint32_t n = 0;
    hcl_status st;
    for (uint32_t i = 0; i < x->rank; i++)
        if (i != axis)
            order[n++] = (int32_t)i;
    order[n] = (int32_t)axis;
    HCL_TRY(hcl_map_transpose(&turned, map, x, order, op->name, im->err));
    *back = malloc((hcl_map_len(x) + 1) * sizeof **back);
    if (*back == NULL) {
        free(*map);
        *map = NULL;
        return hcl_fail(im->err, HCL_NO_RESOURCE, "no memory for %zu elements", hcl_map_len(x));
    }
    for (size_t i = 0; i < hcl_map_len(x); i++)
        (*back)[(*map)[i]] = (uint32_t)i;
done:
    return st;
}

hcl_status hcl_import_cumsum(struct hcl_import *im, const struct hcl_tfl_op *op)
{
    struct hcl_node there = hcl_import_node(HCL_OP_MOVE, HCL_GRAPH_NONE, HCL_GRAPH_NONE), back = there;
    struct hcl_node dense = hcl_import_node(HCL_OP_FULLY_CONNECTED, HCL_GRAPH_NONE, HCL_GRAPH_NONE);
    struct hcl_map_shape x, rows = { 2, { 0 } };
    int64_t axis;
    size_t entries;
    hcl_status st;
    HCL_TRY(hcl_import_any(im, op, 0, &there.inputs[0], &x));
    HCL_TRY(hcl_import_integers(im, op, 1, &axis, 1, &entries));
    axis += axis < 0 ? x.rank : 0;
    if (entries != 1 || axis < 0 || axis >= x.rank)
        return HCL_FAIL_OP(im, op, "an axis outside of %u dimensions", x.rank);
    rows.dims[1] = x.dims[axis];
    rows.dims[0] = (uint32_t)(hcl_map_len(&x) / rows.dims[1]);
    const int64_t own = op->exclusive ? 1 : 0, far = rows.dims[1];
    HCL_TRY(band_matrix(im, op, rows.dims[1], op->reverse ? own : -far, op->reverse ? far : -own, 1,
                        &dense.inputs[1]));
    HCL_TRY(turn_axis(im, op, &x, (uint32_t)axis, &there.map, &back.map));
    st = hcl_import_step(im, op, &there, &rows, &dense.inputs[0]);
    if (st == HCL_OK)
        st = hcl_import_step(im, op, &dense, &rows, &back.inputs[0]);
    if (st == HCL_OK)
        return hcl_import_last(im, op, &back, &x);
    free(back.map);
done:
    return st;
}

hcl_status hcl_import_l2_pool(struct hcl_import *im, const struct hcl_tfl_op *op)
{
    struct hcl_node pool = hcl_import_node(HCL_OP_AVERAGE_POOL_2D, HCL_GRAPH_NONE, HCL_GRAPH_NONE), last;
    struct hcl_import_shape to = { .rank = 0 };
    struct hcl_map_shape pooled, shape = { .rank = 4 };
    struct hcl_function act;
    uint32_t y;
    hcl_status st;
    if (hcl_import_is_batch(im, op, 0))
        return hcl_import_each_image(im, op, 0, hcl_import_l2_pool);
    HCL_TRY(hcl_import_pool(im, op, &pool, &to));
    if (to.rank == 0)
        return HCL_FAIL_OP(im, op, "a window of %ux%u does not fit", pool.kernel_h, pool.kernel_w);
    act = pool.act;
    pool.act = (struct hcl_function){ .id = HCL_FN_IDENTITY };
    memcpy(shape.dims, im->graph->tensors[pool.inputs[0]].dims, 4 * sizeof *shape.dims);
    pooled = (struct hcl_map_shape){ 4, { 1, to.dims[1], to.dims[2], to.dims[3] } };
    HCL_TRY(hcl_import_function(im, op, (struct hcl_function){ .id = HCL_FN_SQUARE }, &shape, pool.inputs[0],
                                &y));
    pool.inputs[0] = y;
    HCL_TRY(hcl_import_step(im, op, &pool, &pooled, &y));
    if (act.id != HCL_FN_IDENTITY) {
        HCL_TRY(hcl_import_function(im, op, (struct hcl_function){ .id = HCL_FN_SQRT }, &pooled, y, &y));
    } else {
        act.id = HCL_FN_SQRT;
    }
    last = hcl_import_node(hcl_function_op(act.id), y, HCL_GRAPH_NONE);
    last.act = act;
    st = hcl_import_last(im, op, &last, &pooled);
done:
    return st;
}

static struct hcl_function power_of_positive(float exponent)
{
    if (exponent == -0.5F || exponent == -1)
        return (struct hcl_function){ .id = exponent == -1 ? HCL_FN_RECIPROCAL : HCL_FN_RSQRT };
    return (struct hcl_function){ HCL_FN_POWER_OF_POSITIVE, { exponent } };
}

hcl_status hcl_import_response_norm(struct hcl_import *im, const struct hcl_tfl_op *op)
{
    struct hcl_node dense = hcl_import_node(HCL_OP_FULLY_CONNECTED, HCL_GRAPH_NONE, HCL_GRAPH_NONE);
    struct hcl_node last = hcl_import_node(HCL_OP_MUL, HCL_GRAPH_NONE, HCL_GRAPH_NONE);
    struct hcl_map_shape x;
    float *bias;
    hcl_status st;
    HCL_TRY(hcl_import_options(im, op, HCL_TFL_OPTIONS_RESPONSE_NORM));
    HCL_TRY(hcl_import_any(im, op, 0, &last.inputs[0], &x));
    if (x.rank != 4 || x.dims[0] != 1 || !(op->response_bias > 0) || !(op->response_alpha >= 0) ||
        op->radius < 0)
        return HCL_FAIL_OP(
            im, op, "bias %g, alpha %g, radius %d of %u dimensions, expected numbers above 0 and an image",
            (double)op->response_bias, (double)op->response_alpha, op->radius, x.rank);
    const uint32_t dims[4] = { 1, 1, 1, x.dims[3] };
    HCL_TRY(
        band_matrix(im, op, dims[3], -(int64_t)op->radius, op->radius, op->response_alpha, &dense.inputs[1]));
    bias = malloc(dims[3] * sizeof *bias);
    if (bias == NULL)
        return hcl_fail(im->err, HCL_NO_RESOURCE, "no memory for %u channels", dims[3]);
    for (uint32_t i = 0; i < dims[3]; i++)
        bias[i] = op->response_bias;
    HCL_TRY(hcl_import_made(im, op, dims, bias, &dense.inputs[2]));
    HCL_TRY(hcl_import_function(im, op, (struct hcl_function){ .id = HCL_FN_SQUARE }, &x, last.inputs[0],
                                &dense.inputs[0]));
    dense.act = power_of_positive(-op->response_beta);
    HCL_TRY(hcl_import_step(im, op, &dense, &x, &last.inputs[1]));
    st = hcl_import_last(im, op, &last, &x);
done:
    return st;
}

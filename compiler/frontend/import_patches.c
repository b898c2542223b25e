/* SPDX-License-Identifier: Apache-2.0 */
/* A convolution by a computed filter, or with a computed bias, is a product of matrices for each group: what
 * lies under each window is a row of the one (elements of x as often as windows cover them), the filter the
 * other. */
#include "compiler/frontend/import_patches.h"
#include "compiler/frontend/import_moves.h"
#include "compiler/graph/window.h"
#include "compiler/operators/shapes.h"
#include <string.h>

bool hcl_import_computes(const struct hcl_import *im, const struct hcl_tfl_op *op, size_t k)
{
    return op->num_inputs > k && op->inputs[k] != HCL_TFL_ABSENT &&
           im->model->tensors[op->inputs[k]].data == NULL;
}

/* Element of x that tap k of result o reads, or -1. */
static int64_t element(const struct hcl_patch_axis *a, size_t o, size_t k)
{
    const int64_t at = (int64_t)o * a->stride + (int64_t)k * a->step + a->first;
    return at >= 0 && at % a->apart == 0 && at / a->apart < a->in ? at / a->apart : -1;
}

/* Index i as positions along axes of so many elements. */
static void split(size_t at[3], size_t i, size_t b, size_t c)
{
    at[2] = i % c;
    at[1] = i / c % b;
    at[0] = i / c / b;
}

/* Where in x, without batch and channel, tap k of result o reads, or -1. */
static int64_t place(const struct hcl_patch_axis a[3], size_t o, size_t k)
{
    size_t result[3], tap[3];
    int64_t at = 0;
    split(result, o, a[1].out, a[2].out);
    split(tap, k, a[1].taps, a[2].taps);
    for (size_t i = 0; i < 3; i++) {
        const int64_t e = element(&a[i], result[i], tap[i]);
        if (e < 0)
            return -1;
        at = at * a[i].in + e;
    }
    return at;
}

/* x as [groups, positions of the result, taps and channels of a group]. */
static hcl_status add_rows(struct hcl_import *im, const struct hcl_tfl_op *op, const struct hcl_patches *p,
                           const struct hcl_map_shape *rows, uint32_t *out)
{
    const struct hcl_patch_axis *a = p->axis;
    const size_t depth = p->channels / p->groups, results = rows->dims[1] / p->batch,
                 image = (size_t)a[0].in * a[1].in * a[2].in;
    struct hcl_node n = hcl_import_node(HCL_OP_MOVE, p->x, HCL_GRAPH_NONE);
    n.map = malloc(hcl_map_len(rows) * sizeof *n.map);
    if (n.map == NULL)
        return hcl_fail(im->err, HCL_NO_RESOURCE, "no memory for %zu elements", hcl_map_len(rows));
    for (size_t i = 0; i < hcl_map_len(rows); i++) {
        const size_t column = i % rows->dims[2], row = i / rows->dims[2] % rows->dims[1],
                     group = i / rows->dims[2] / rows->dims[1];
        const int64_t at = place(a, row % results, column / depth);
        const size_t channel = group * depth + column % depth;
        n.map[i] =
            at < 0 ? HCL_MAP_NONE : (uint32_t)((row / results * image + (size_t)at) * p->channels + channel);
    }
    return hcl_import_step(im, op, &n, rows, out);
}

/* The products of the groups, [groups, positions, outputs of a group]; by a constant x, which is the second
 * factor, their transposes. */
static hcl_status add_product(struct hcl_import *im, const struct hcl_tfl_op *op, const struct hcl_patches *p,
                              const struct hcl_map_shape *rows, struct hcl_map_shape *product, uint32_t *y)
{
    const uint32_t outputs = p->outputs / p->groups;
    const struct hcl_map_shape weights = {
        3, { p->groups, p->turned ? rows->dims[2] : outputs, p->turned ? outputs : rows->dims[2] }
    };
    struct hcl_node n = hcl_import_node(HCL_OP_RESHAPE, p->filter, HCL_GRAPH_NONE);
    uint32_t x, filter;
    hcl_status st;
    HCL_TRY(add_rows(im, op, p, rows, &x));
    HCL_TRY(hcl_import_step(im, op, &n, &weights, &filter));
    if (hcl_import_is_constant(im, p->x)) {
        n = hcl_import_node(HCL_OP_BATCH_MATMUL, filter, x);
        n.adj_x = p->turned;
        n.adj_y = true;
        *product = (struct hcl_map_shape){ 3, { p->groups, outputs, rows->dims[1] } };
    } else {
        n = hcl_import_node(HCL_OP_BATCH_MATMUL, x, filter);
        n.adj_y = !p->turned;
        *product = (struct hcl_map_shape){ 3, { p->groups, rows->dims[1], outputs } };
    }
    if (p->bias == HCL_GRAPH_NONE)
        n.act = p->act;
    st = hcl_import_step(im, op, &n, product, y);
done:
    return st;
}

/* The products as [positions, outputs]. */
static hcl_status join_groups(struct hcl_import *im, const struct hcl_tfl_op *op, const struct hcl_patches *p,
                              const struct hcl_map_shape *product, uint32_t *y)
{
    const bool turned = hcl_import_is_constant(im, p->x);
    struct hcl_node n = hcl_import_node(HCL_OP_MOVE, *y, HCL_GRAPH_NONE);
    struct hcl_map_shape to;
    hcl_status st = HCL_OK;
    if (p->groups == 1 && !turned)
        return HCL_OK;
    HCL_TRY(hcl_map_transpose(&to, &n.map, product,
                              turned ? (const int32_t[]){ 2, 0, 1 } : (const int32_t[]){ 1, 0, 2 }, op->name,
                              im->err));
    st = hcl_import_step(im, op, &n, &to, y);
done:
    return st;
}

static hcl_status add_bias(struct hcl_import *im, const struct hcl_tfl_op *op, const struct hcl_patches *p,
                           uint32_t positions, uint32_t *y)
{
    const struct hcl_map_shape x[2] = { { 2, { positions, p->outputs } }, { 1, { p->outputs } } };
    struct hcl_node n = hcl_import_node(HCL_OP_RESHAPE, *y, HCL_GRAPH_NONE);
    hcl_status st = HCL_OK;
    if (p->bias == HCL_GRAPH_NONE)
        return HCL_OK;
    HCL_TRY(hcl_import_step(im, op, &n, &x[0], y));
    n = hcl_import_node(HCL_OP_ADD, *y, p->bias);
    n.act = p->act;
    st = hcl_import_combine(im, op, n, 1, x, NULL, y);
done:
    return st;
}

hcl_status hcl_import_patches(struct hcl_import *im, const struct hcl_tfl_op *op, const struct hcl_patches *p,
                              const struct hcl_map_shape *to)
{
    const struct hcl_patch_axis *a = p->axis;
    const uint64_t positions = hcl_map_len(to) / p->outputs,
                   columns = (uint64_t)a[0].taps * a[1].taps * a[2].taps * (p->channels / p->groups);
    struct hcl_map_shape product;
    struct hcl_node n;
    uint32_t y;
    hcl_status st;
    if (columns > HCL_TENSOR_MAX_LEN || positions * p->groups > HCL_TENSOR_MAX_LEN / columns)
        return HCL_FAIL_OP(im, op,
                           "%zu windows of %zu elements by a computed filter, expected at most %zu in all",
                           (size_t)positions * p->groups, (size_t)columns, HCL_TENSOR_MAX_LEN);
    const struct hcl_map_shape rows = { 3, { p->groups, (uint32_t)positions, (uint32_t)columns } };
    HCL_TRY(add_product(im, op, p, &rows, &product, &y));
    HCL_TRY(join_groups(im, op, p, &product, &y));
    HCL_TRY(add_bias(im, op, p, (uint32_t)positions, &y));
    n = hcl_import_node(HCL_OP_RESHAPE, y, HCL_GRAPH_NONE);
    st = hcl_import_last(im, op, &n, to);
done:
    return st;
}

static hcl_status set_axis(const struct hcl_import *im, const struct hcl_tfl_op *op, struct hcl_patch_axis *a,
                           int32_t stride, int32_t dilation)
{
    const uint64_t span = dilation < 1 ? 0 : hcl_window_span(a->taps, (uint32_t)dilation - 1);
    uint32_t before, after;
    if (stride < 1 || dilation < 1 || span > HCL_TENSOR_MAX_LEN ||
        (op->padding != HCL_TFL_SAME && op->padding != HCL_TFL_VALID))
        return HCL_FAIL_OP(im, op, "stride %d, dilation %d and padding kind %d of %u taps", stride, dilation,
                           op->padding, a->taps);
    hcl_import_padding(op->padding == HCL_TFL_SAME, a->in, (uint32_t)span, (uint32_t)stride, &before, &after);
    a->out = hcl_shape_positions(a->in, before, after, span, (uint32_t)stride);
    a->stride = stride;
    a->step = dilation;
    a->first = -(int64_t)before;
    a->apart = 1;
    if (a->out == 0)
        return HCL_FAIL_OP(im, op, "a window over %zu of %u elements does not fit", (size_t)span, a->in);
    return HCL_OK;
}

/* Operands, and axes of so many dimensions between the batch and the channels. */
static hcl_status read_operands(struct hcl_import *im, const struct hcl_tfl_op *op, struct hcl_patches *p,
                                uint32_t axes, uint32_t first_tap, struct hcl_map_shape x[2])
{
    hcl_status st;
    HCL_TRY(hcl_import_activation(im, op, &p->act));
    HCL_TRY(hcl_import_any(im, op, 0, &p->x, &x[0]));
    HCL_TRY(hcl_import_any(im, op, 1, &p->filter, &x[1]));
    if (x[0].rank != axes + 2 || x[1].rank != axes + 2)
        return HCL_FAIL_OP(im, op, "operands of %u and %u dimensions, expected %u", x[0].rank, x[1].rank,
                           axes + 2);
    p->batch = x[0].dims[0];
    p->channels = x[0].dims[axes + 1];
    p->axis[0] = (struct hcl_patch_axis){ 1, 1, 1, 1, 1, 0, 1 };
    for (uint32_t i = 0; i < axes; i++) {
        struct hcl_patch_axis *a = &p->axis[3 - axes + i];
        a->in = x[0].dims[1 + i];
        a->taps = x[1].dims[first_tap + i];
    }
    if (axes == 3)
        HCL_TRY(set_axis(im, op, &p->axis[0], op->stride_d, op->dilation_d));
    HCL_TRY(set_axis(im, op, &p->axis[1], op->stride_h, op->dilation_h));
    HCL_TRY(set_axis(im, op, &p->axis[2], op->stride_w, op->dilation_w));
done:
    return st;
}

/* The bias, and the result. */
static hcl_status add_result(struct hcl_import *im, const struct hcl_tfl_op *op, struct hcl_patches *p,
                             uint32_t axes)
{
    struct hcl_map_shape to = { .rank = 1, .dims = { p->batch } }, bias;
    hcl_status st = HCL_OK;
    p->bias = HCL_GRAPH_NONE;
    if (op->num_inputs > 2 && op->inputs[2] != HCL_TFL_ABSENT) {
        HCL_TRY(hcl_import_any(im, op, 2, &p->bias, &bias));
        if (hcl_map_len(&bias) != p->outputs)
            return HCL_FAIL_OP(im, op, "a bias of %zu entries, expected %u", hcl_map_len(&bias), p->outputs);
    }
    for (uint32_t i = 0; i < axes; i++)
        to.dims[to.rank++] = p->axis[3 - axes + i].out;
    to.dims[to.rank++] = p->outputs;
    if (hcl_map_len(&to) == 0)
        return HCL_FAIL_OP(im, op, "a result of more than %zu elements", HCL_TENSOR_MAX_LEN);
    st = hcl_import_patches(im, op, p, &to);
done:
    return st;
}

hcl_status hcl_import_conv_2d_computed(struct hcl_import *im, const struct hcl_tfl_op *op)
{
    struct hcl_patches p = { .turned = false };
    struct hcl_map_shape x[2];
    hcl_status st;
    HCL_TRY(read_operands(im, op, &p, 2, 1, x));
    p.outputs = x[1].dims[0];
    p.groups = p.channels / x[1].dims[3];
    if (p.groups * x[1].dims[3] != p.channels || p.outputs % p.groups != 0)
        return HCL_FAIL_OP(im, op, "%u outputs of %u channels by filters of %u", p.outputs, p.channels,
                           x[1].dims[3]);
    st = add_result(im, op, &p, 2);
done:
    return st;
}

/* The filter's taps behind its channels: [kh,kw,c,m] as [c][kh,kw][m]. */
hcl_status hcl_import_depthwise_computed(struct hcl_import *im, const struct hcl_tfl_op *op)
{
    struct hcl_patches p = { .turned = true };
    struct hcl_map_shape x[2], turned;
    struct hcl_node n;
    hcl_status st;
    HCL_TRY(read_operands(im, op, &p, 2, 1, x));
    p.outputs = x[1].dims[3];
    p.groups = p.channels;
    if (x[1].dims[0] != 1 || p.outputs % p.channels != 0)
        return HCL_FAIL_OP(im, op, "%u filters of %u outputs for %u channels", x[1].dims[0], p.outputs,
                           p.channels);
    const struct hcl_map_shape taps = { 3,
                                        { x[1].dims[1] * x[1].dims[2], p.channels, p.outputs / p.channels } };
    n = hcl_import_node(HCL_OP_MOVE, p.filter, HCL_GRAPH_NONE);
    HCL_TRY(hcl_map_transpose(&turned, &n.map, &taps, (const int32_t[]){ 1, 0, 2 }, op->name, im->err));
    HCL_TRY(hcl_import_step(im, op, &n, &turned, &p.filter));
    st = add_result(im, op, &p, 2);
done:
    return st;
}

hcl_status hcl_import_conv_3d_computed(struct hcl_import *im, const struct hcl_tfl_op *op)
{
    struct hcl_patches p = { .turned = true, .groups = 1 };
    struct hcl_map_shape x[2];
    hcl_status st;
    HCL_TRY(read_operands(im, op, &p, 3, 0, x));
    p.outputs = x[1].dims[4];
    if (x[1].dims[3] != p.channels)
        return HCL_FAIL_OP(im, op, "a filter of %u channels for %u", x[1].dims[3], p.channels);
    st = add_result(im, op, &p, 3);
done:
    return st;
}

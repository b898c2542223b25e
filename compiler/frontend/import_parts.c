/* SPDX-License-Identifier: Apache-2.0 */
/* What the operators' importers are made of. */
#include "compiler/frontend/import.h"
#include "compiler/graph/window.h"
#include "compiler/operators/elementwise.h"
#include "compiler/operators/operator.h"
#include "compiler/operators/shapes.h"
#include <string.h>

hcl_status hcl_import_activation(const struct hcl_import *im, const struct hcl_tfl_op *op,
                                 struct hcl_function *out)
{
    *out = (struct hcl_function){ .id = HCL_FN_IDENTITY };
    if (hcl_function_of_fused(op->activation, &out->id))
        return HCL_OK;
    return HCL_FAIL_OP(im, op, "fused activation %s (%d) is not supported",
                       hcl_tfl_activation_name(op->activation), op->activation);
}

hcl_status hcl_import_options(const struct hcl_import *im, const struct hcl_tfl_op *op, int options)
{
    if (op->options == options)
        return HCL_OK;
    return HCL_FAIL_OP(im, op, "options of kind %d, expected kind %d", op->options, options);
}

hcl_status hcl_import_axis(const struct hcl_import *im, const struct hcl_tfl_op *op, int64_t axis,
                           uint32_t rank, uint32_t *out)
{
    const int64_t at = axis < 0 ? axis + rank : axis;
    *out = 0;
    if (at < 0 || at >= rank)
        return HCL_FAIL_OP(im, op, "axis %lld of %u dimensions", (long long)axis, rank);
    *out = (uint32_t)at;
    return HCL_OK;
}

struct hcl_node hcl_import_node(hcl_op kind, uint32_t a, uint32_t b)
{
    return (struct hcl_node){ .op = kind, .inputs = { a, b, HCL_GRAPH_NONE, HCL_GRAPH_NONE } };
}

/* Takes the map, also where it fails. */
static hcl_status append(struct hcl_import *im, struct hcl_node *n, hcl_status st)
{
    char name[HCL_TFL_NAME_LEN];
    if (st != HCL_OK) {
        free(n->map);
        n->map = NULL;
        return st;
    }
    snprintf(name, sizeof name, "%s", im->graph->tensors[n->output].name);
    n->name = name; /* copied */
    st = hcl_graph_add_node(im->graph, n, im->err);
    n->name = NULL;
    return st;
}

hcl_status hcl_import_step(struct hcl_import *im, const struct hcl_tfl_op *op, struct hcl_node *n,
                           const struct hcl_map_shape *shape, uint32_t *out)
{
    const char *name = im->model->tensors[op->outputs[0]].name;
    struct hcl_import_shape as;
    if (out == NULL)
        return hcl_import_last(im, op, n, shape);
    (void)hcl_import_fits(shape, &as);
    const hcl_status st = hcl_graph_add_tensor(im->graph, name[0] != '\0' ? name : "unnamed", as.dims,
                                               as.rank, NULL, &n->output, im->err);
    *out = n->output;
    return append(im, n, st);
}

hcl_status hcl_import_last(struct hcl_import *im, const struct hcl_tfl_op *op, struct hcl_node *n,
                           const struct hcl_map_shape *shape)
{
    return append(im, n, hcl_import_result(im, op, 0, shape, &n->output));
}

hcl_status hcl_import_function(struct hcl_import *im, const struct hcl_tfl_op *op, struct hcl_function f,
                               const struct hcl_map_shape *shape, uint32_t x, uint32_t *out)
{
    struct hcl_node n = hcl_import_node(hcl_function_op(f.id), x, HCL_GRAPH_NONE);
    n.act = f;
    return hcl_import_step(im, op, &n, shape, out);
}

hcl_status hcl_import_combine(struct hcl_import *im, const struct hcl_tfl_op *op, struct hcl_node n, int sign,
                              const struct hcl_map_shape x[2], struct hcl_map_shape *to, uint32_t *out)
{
    struct hcl_map_shape both;
    const hcl_status st = hcl_import_meet(im, op, &n, x, &both);
    if (st != HCL_OK) {
        free(n.map);
        return st;
    }
    if (to != NULL)
        *to = both;
    n.reversed = n.reversed != (sign < 0);
    return hcl_import_step(im, op, &n, &both, out);
}

void hcl_import_padding(bool same, uint32_t in, uint32_t kernel, uint32_t stride, uint32_t *before,
                        uint32_t *after)
{
    *before = *after = 0;
    if (!same)
        return;
    uint64_t out = ((uint64_t)in + stride - 1) / stride;
    uint64_t needed = (out - 1) * stride + kernel;
    uint32_t total = needed > in ? (uint32_t)(needed - in) : 0;
    *before = total / 2;
    *after = total - total / 2;
}

hcl_status hcl_import_window(const struct hcl_import *im, const struct hcl_tfl_op *op, struct hcl_node *n,
                             uint32_t channels, struct hcl_import_shape *to)
{
    const uint32_t *x = im->graph->tensors[n->inputs[0]].dims;
    const uint64_t span_h = hcl_window_span(n->kernel_h, n->gap_y),
                   span_w = hcl_window_span(n->kernel_w, n->gap_x);
    if (op->stride_w < 1 || op->stride_h < 1)
        return HCL_FAIL_OP(im, op, "stride %dx%d, expected at least 1x1", op->stride_h, op->stride_w);
    if (op->padding != HCL_TFL_SAME && op->padding != HCL_TFL_VALID)
        return HCL_FAIL_OP(im, op, "padding kind %d, expected SAME or VALID", op->padding);
    if (span_h > HCL_TENSOR_MAX_LEN || span_w > HCL_TENSOR_MAX_LEN)
        return HCL_FAIL_OP(im, op, "window %zux%zu is too large", (size_t)span_h, (size_t)span_w);
    bool same = op->padding == HCL_TFL_SAME;
    n->stride_y = (uint32_t)op->stride_h;
    n->stride_x = (uint32_t)op->stride_w;
    hcl_import_padding(same, x[1], (uint32_t)span_h, n->stride_y, &n->pad_top, &n->pad_bottom);
    hcl_import_padding(same, x[2], (uint32_t)span_w, n->stride_x, &n->pad_left, &n->pad_right);
    const uint32_t h = hcl_shape_positions(x[1], n->pad_top, n->pad_bottom, span_h, n->stride_y);
    const uint32_t w = hcl_shape_positions(x[2], n->pad_left, n->pad_right, span_w, n->stride_x);
    if (h > 0 && w > 0)
        *to = (struct hcl_import_shape){ { x[0], h, w, channels }, 4 };
    return HCL_OK;
}

hcl_status hcl_import_bias(struct hcl_import *im, const struct hcl_tfl_op *op, struct hcl_node *n)
{
    if (op->num_inputs < 3 || op->inputs[2] == HCL_TFL_ABSENT)
        return HCL_OK;
    return hcl_import_operand(im, op, 2, &n->inputs[2]);
}

/* The filter with zeros between its taps, so many along each axis. */
static hcl_status spread_filter(struct hcl_import *im, struct hcl_node *n, uint32_t gap_y, uint32_t gap_x)
{
    const struct hcl_tensor *w = &im->graph->tensors[n->inputs[1]];
    const uint32_t dims[4] = { w->dims[0], (uint32_t)hcl_window_span(w->dims[1], gap_y),
                               (uint32_t)hcl_window_span(w->dims[2], gap_x), w->dims[3] };
    const size_t len = (size_t)dims[0] * dims[1] * dims[2] * dims[3], channels = dims[3];
    float *data;
    char name[HCL_TFL_NAME_LEN];
    if (w->data == NULL)
        return HCL_OK; /* which the checker refuses */
    if (len > HCL_TENSOR_MAX_LEN / 16)
        return hcl_fail(im->err, HCL_BAD_INPUT,
                        "the filter '%s' with zeros for dilation and stride is too large", w->name);
    data = calloc(len, sizeof *data);
    if (data == NULL)
        return hcl_fail(im->err, HCL_NO_RESOURCE, "no memory for the filter '%s' with zeros", w->name);
    for (size_t i = 0; i < hcl_tensor_len(w) / channels; i++) {
        const size_t kx = i % w->dims[2], ky = i / w->dims[2] % w->dims[1], o = i / w->dims[2] / w->dims[1];
        memcpy(data + ((o * dims[1] + ky * (gap_y + 1)) * dims[2] + kx * (gap_x + 1)) * channels,
               w->data + i * channels, channels * sizeof *data);
    }
    n->kernel_h = dims[1];
    n->kernel_w = dims[2];
    snprintf(name, sizeof name, "%s", w->name);
    return hcl_graph_add_tensor(im->graph, name, dims, w->rank, data, &n->inputs[1], im->err);
}

/* Dilation as gaps between taps. A window with a stride has none: its filter gets zeros instead. */
static hcl_status import_dilation(struct hcl_import *im, const struct hcl_tfl_op *op, struct hcl_node *n)
{
    const uint32_t limit = HCL_TENSOR_MAX_LEN;
    uint32_t zeros_y = 0, zeros_x = 0;
    if (op->dilation_h < 1 || op->dilation_w < 1)
        return HCL_FAIL_OP(im, op, "dilation %dx%d, expected at least 1x1", op->dilation_h, op->dilation_w);
    n->gap_y = n->kernel_h > 1 ? (uint32_t)op->dilation_h - 1 : 0;
    n->gap_x = n->kernel_w > 1 ? (uint32_t)op->dilation_w - 1 : 0;
    if (hcl_window_span(n->kernel_h, n->gap_y) > limit || hcl_window_span(n->kernel_w, n->gap_x) > limit)
        return HCL_FAIL_OP(im, op, "a %ux%u window with dilation %dx%d is too large", n->kernel_h,
                           n->kernel_w, op->dilation_h, op->dilation_w);
    if (op->stride_h > 1) {
        zeros_y = n->gap_y;
        n->gap_y = 0;
    }
    if (op->stride_w > 1) {
        zeros_x = n->gap_x;
        n->gap_x = 0;
    }
    return (zeros_y | zeros_x) != 0 ? spread_filter(im, n, zeros_y, zeros_x) : HCL_OK;
}

hcl_status hcl_import_convolution(struct hcl_import *im, const struct hcl_tfl_op *op, struct hcl_node *n,
                                  struct hcl_import_shape *to)
{
    hcl_status st;
    if (n->inputs[0] == HCL_GRAPH_NONE)
        HCL_TRY(hcl_import_operand(im, op, 0, &n->inputs[0]));
    HCL_TRY(hcl_import_operand(im, op, 1, &n->inputs[1]));
    HCL_TRY(hcl_import_bias(im, op, n));
    const uint32_t *w = im->graph->tensors[n->inputs[1]].dims;
    n->kernel_h = w[1];
    n->kernel_w = w[2];
    const uint32_t channels = hcl_operator_of(n->op)->depthwise ? w[3] : w[0];
    HCL_TRY(import_dilation(im, op, n));
    HCL_TRY(hcl_import_window(im, op, n, channels, to));
    HCL_TRY(hcl_import_activation(im, op, &n->act));
done:
    return st;
}

hcl_status hcl_import_pool(struct hcl_import *im, const struct hcl_tfl_op *op, struct hcl_node *n,
                           struct hcl_import_shape *to)
{
    hcl_status st;
    HCL_TRY(hcl_import_options(im, op, HCL_TFL_OPTIONS_POOL_2D));
    HCL_TRY(hcl_import_operand(im, op, 0, &n->inputs[0]));
    if (op->filter_h < 1 || op->filter_w < 1)
        return HCL_FAIL_OP(im, op, "window %dx%d, expected at least 1x1", op->filter_h, op->filter_w);
    n->kernel_h = (uint32_t)op->filter_h;
    n->kernel_w = (uint32_t)op->filter_w;
    HCL_TRY(hcl_import_window(im, op, n, im->graph->tensors[n->inputs[0]].dims[3], to));
    HCL_TRY(hcl_import_activation(im, op, &n->act));
done:
    return st;
}

/* The shape of both operands together: dimensions from the last on are equal, or one of them is 1 or missing.
 */
hcl_status hcl_import_broadcast(const struct hcl_import *im, const struct hcl_tfl_op *op,
                                const struct hcl_map_shape *a, const struct hcl_map_shape *b,
                                struct hcl_map_shape *out)
{
    out->rank = a->rank > b->rank ? a->rank : b->rank;
    for (uint32_t i = 0; i < out->rank; i++) {
        const uint32_t x = i + a->rank < out->rank ? 1 : a->dims[i + a->rank - out->rank],
                       y = i + b->rank < out->rank ? 1 : b->dims[i + b->rank - out->rank];
        if (x != y && x != 1 && y != 1)
            return HCL_FAIL_OP(im, op, "dimensions of %u and %u do not combine", x, y);
        out->dims[i] = x > y ? x : y;
    }
    if (hcl_map_len(out) == 0)
        return HCL_FAIL_OP(im, op, "a result of more than %zu elements", HCL_TENSOR_MAX_LEN);
    return HCL_OK;
}

void hcl_import_shape_as(struct hcl_import *im, const struct hcl_tfl_op *op,
                         const struct hcl_map_shape *shape, struct hcl_import_shape *to)
{
    if (!hcl_import_fits(shape, to))
        im->wide[op->outputs[0]] = *shape;
}

hcl_status hcl_import_expand(struct hcl_import *im, const struct hcl_tfl_op *op, uint32_t *tensor,
                             const struct hcl_map_shape *from, const struct hcl_map_shape *to)
{
    struct hcl_node n = hcl_import_node(HCL_OP_MOVE, *tensor, HCL_GRAPH_NONE);
    hcl_status st;
    if (hcl_map_len(from) == hcl_map_len(to))
        return HCL_OK;
    HCL_TRY(hcl_map_broadcast(to, &n.map, from, op->name, im->err));
    HCL_TRY(hcl_import_step(im, op, &n, to, tensor));
done:
    return st;
}

/* Which element of the second operand each element of the result meets, where it is not its number modulo
 * the operand's length. */
static hcl_status meet(struct hcl_import *im, const struct hcl_tfl_op *op, struct hcl_node *n,
                       const struct hcl_map_shape *from, const struct hcl_map_shape *to)
{
    struct hcl_import_shape a, b;
    (void)hcl_import_fits(to, &a);
    (void)hcl_import_fits(from, &b);
    return hcl_shape_is_suffix(b.dims, a.dims) ? HCL_OK
                                               : hcl_map_broadcast(to, &n->map, from, op->name, im->err);
}

hcl_status hcl_import_pair(struct hcl_import *im, const struct hcl_tfl_op *op, struct hcl_node *n,
                           struct hcl_map_shape *to)
{
    struct hcl_map_shape x[2];
    hcl_status st;
    HCL_TRY(hcl_import_any(im, op, 0, &n->inputs[0], &x[0]));
    HCL_TRY(hcl_import_any(im, op, 1, &n->inputs[1], &x[1]));
    HCL_TRY(hcl_import_meet(im, op, n, x, to));
done:
    return st;
}

hcl_status hcl_import_meet(struct hcl_import *im, const struct hcl_tfl_op *op, struct hcl_node *n,
                           const struct hcl_map_shape x[2], struct hcl_map_shape *to)
{
    hcl_status st;
    HCL_TRY(hcl_import_broadcast(im, op, &x[0], &x[1], to));
    const bool first = hcl_import_is_constant(im, n->inputs[0]),
               second = hcl_import_is_constant(im, n->inputs[1]);
    n->reversed = first != second ? first : hcl_map_len(&x[0]) < hcl_map_len(&x[1]);
    if (n->reversed) {
        const uint32_t t = n->inputs[0];
        n->inputs[0] = n->inputs[1];
        n->inputs[1] = t;
    }
    HCL_TRY(hcl_import_expand(im, op, &n->inputs[0], &x[n->reversed ? 1 : 0], to));
    HCL_TRY(meet(im, op, n, &x[n->reversed ? 0 : 1], to));
done:
    return st;
}

hcl_status hcl_import_binary(struct hcl_import *im, const struct hcl_tfl_op *op, int options,
                             struct hcl_node *n, struct hcl_import_shape *to)
{
    struct hcl_map_shape all;
    hcl_status st;
    if (op->options != HCL_TFL_OPTIONS_NONE) /* absent means no activation */
        HCL_TRY(hcl_import_options(im, op, options));
    HCL_TRY(hcl_import_activation(im, op, &n->act));
    HCL_TRY(hcl_import_pair(im, op, n, &all));
    hcl_import_shape_as(im, op, &all, to);
done:
    return st;
}

bool hcl_import_is_constant(const struct hcl_import *im, uint32_t tensor)
{
    return im->graph->tensors[tensor].data != NULL;
}

void hcl_import_shape_like(const struct hcl_import *im, uint32_t tensor, struct hcl_import_shape *to)
{
    const struct hcl_tensor *t = &im->graph->tensors[tensor];
    memcpy(to->dims, t->dims, sizeof to->dims);
    to->rank = t->rank;
}

hcl_status hcl_import_made(struct hcl_import *im, const struct hcl_tfl_op *op, const uint32_t dims[4],
                           float *data, uint32_t *out)
{
    const char *own = im->model->tensors[op->outputs[0]].name;
    return hcl_graph_add_tensor(im->graph, own[0] != '\0' ? own : "unnamed", dims, 4, data, out, im->err);
}

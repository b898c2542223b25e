/* SPDX-License-Identifier: Apache-2.0 */
#include "compiler/operators/shapes.h"
#include "compiler/graph/window.h"
#include <string.h>

static hcl_status fail_dims(struct hcl_err *err, const struct hcl_node *n, const char *what,
                            const uint32_t got[4], const uint32_t want[4])
{
    return hcl_fail(err, HCL_BAD_INPUT, "%s '%s': %s has shape " HCL_DIMS ", expected " HCL_DIMS,
                    hcl_op_name(n->op), n->name, what, HCL_DIMS_OF(got), HCL_DIMS_OF(want));
}

hcl_status hcl_expect_dims(struct hcl_err *err, const struct hcl_node *n, const char *what,
                           const uint32_t got[4], uint32_t a, uint32_t b, uint32_t c, uint32_t d)
{
    const uint32_t want[4] = { a, b, c, d };
    return memcmp(got, want, sizeof want) == 0 ? HCL_OK : fail_dims(err, n, what, got, want);
}

/* Positions of a window over `span` elements along an axis of `in` with padding; 0 when it does not fit. */
uint32_t hcl_shape_positions(uint32_t in, uint32_t before, uint32_t after, uint64_t span, uint32_t stride)
{
    uint64_t padded = (uint64_t)in + before + after;
    if (stride == 0 || span == 0 || span > padded)
        return 0;
    return (uint32_t)((padded - span) / stride + 1);
}

/* The window fits, and every position overlaps the image: then a maximum or mean is of at least one element.
 */
hcl_status hcl_shape_window(const struct hcl_graph *g, const struct hcl_node *n, uint32_t channels,
                            struct hcl_err *err)
{
    const uint32_t *x = g->tensors[n->inputs[0]].dims, *y = g->tensors[n->output].dims;
    const uint64_t span_h = hcl_window_span(n->kernel_h, n->gap_y),
                   span_w = hcl_window_span(n->kernel_w, n->gap_x);
    if (n->pad_top >= span_h || n->pad_bottom >= span_h || n->pad_left >= span_w || n->pad_right >= span_w)
        return hcl_fail(err, HCL_BAD_INPUT,
                        "%s '%s': padding %u,%u,%u,%u is not smaller than the %zux%zu window",
                        hcl_op_name(n->op), n->name, n->pad_top, n->pad_left, n->pad_bottom, n->pad_right,
                        (size_t)span_h, (size_t)span_w);
    uint32_t h = hcl_shape_positions(x[1], n->pad_top, n->pad_bottom, span_h, n->stride_y);
    uint32_t w = hcl_shape_positions(x[2], n->pad_left, n->pad_right, span_w, n->stride_x);
    if (h == 0 || w == 0)
        return hcl_fail(err, HCL_BAD_INPUT,
                        "%s '%s': a %zux%zu window with stride %ux%u does not fit into " HCL_DIMS,
                        hcl_op_name(n->op), n->name, (size_t)span_h, (size_t)span_w, n->stride_y, n->stride_x,
                        HCL_DIMS_OF(x));
    return hcl_expect_dims(err, n, "output", y, x[0], h, w, channels);
}

hcl_status hcl_shape_pool(const struct hcl_graph *g, const struct hcl_node *n, struct hcl_err *err)
{
    return hcl_shape_window(g, n, g->tensors[n->inputs[0]].dims[3], err);
}

hcl_status hcl_shape_bias(const struct hcl_graph *g, const struct hcl_node *n, uint32_t channels,
                          struct hcl_err *err)
{
    if (n->inputs[2] == HCL_GRAPH_NONE)
        return HCL_OK;
    return hcl_expect_dims(err, n, "bias", g->tensors[n->inputs[2]].dims, 1, 1, 1, channels);
}

hcl_status hcl_shape_constants(const struct hcl_graph *g, const struct hcl_node *n, struct hcl_err *err)
{
    for (size_t k = 1; k < 3 && k < hcl_node_arity(n); k++)
        if (g->tensors[n->inputs[k]].data == NULL)
            return hcl_fail(err, HCL_BAD_INPUT, "%s '%s': operand '%s' is computed, expected a constant",
                            hcl_op_name(n->op), n->name, g->tensors[n->inputs[k]].name);
    return HCL_OK;
}

bool hcl_shape_is_suffix(const uint32_t b[4], const uint32_t a[4])
{
    int k = 0;
    while (k < 4 && b[k] == 1)
        k++;
    return memcmp(b + k, a + k, (size_t)(4 - k) * sizeof *b) == 0;
}

hcl_status hcl_shape_broadcast(const struct hcl_graph *g, const struct hcl_node *n, struct hcl_err *err)
{
    const struct hcl_tensor *a = &g->tensors[n->inputs[0]], *b = &g->tensors[n->inputs[1]];
    for (size_t i = 0; n->map != NULL && i < hcl_tensor_len(a); i++)
        if (n->map[i] >= hcl_tensor_len(b))
            return hcl_fail(err, HCL_BAD_INPUT, "%s '%s': element %zu meets element %u of %zu",
                            hcl_op_name(n->op), n->name, i, n->map[i], hcl_tensor_len(b));
    if (n->map == NULL && !hcl_shape_is_suffix(b->dims, a->dims))
        return hcl_fail(err, HCL_BAD_INPUT,
                        "%s '%s': operand '%s' of shape " HCL_DIMS " cannot be combined with " HCL_DIMS
                        ": expected the last dimensions of it, or a map",
                        hcl_op_name(n->op), n->name, b->name, HCL_DIMS_OF(b->dims), HCL_DIMS_OF(a->dims));
    return hcl_expect_dims(err, n, "output", g->tensors[n->output].dims, a->dims[0], a->dims[1], a->dims[2],
                           a->dims[3]);
}

hcl_status hcl_shape_same(const struct hcl_graph *g, const struct hcl_node *n, struct hcl_err *err)
{
    const uint32_t *x = g->tensors[n->inputs[0]].dims;
    return hcl_expect_dims(err, n, "output", g->tensors[n->output].dims, x[0], x[1], x[2], x[3]);
}

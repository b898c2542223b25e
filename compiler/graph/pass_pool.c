/* SPDX-License-Identifier: Apache-2.0 */
/* An average is linear: an AVERAGE_POOL_2D in front of a convolution goes into its filter, which then reads
 * the elements of the windows themselves,
 *
 *   sum_k w[k] mean_j x[(p s + k) s' + j]  =  sum_(k,j) w[k]/n x[p s s' + k s' + j],
 *
 * at s s' for a stride: one rounding for two, weights for look-ups. */
#include "compiler/graph/edit_internal.h"
#include "compiler/graph/layer_cells.h"
#include "compiler/graph/passes.h"
#include "compiler/graph/window.h"

/* One axis of a pool and the convolution behind it. */
struct axis {
    uint32_t window, step;                       /* of the pool */
    uint32_t kernel, gap, stride, before, after; /* of the convolution, in pooled elements */
    uint32_t image, pooled, outputs;             /* elements */
};

/* The convolution's axis over the pool's operand; false where there is none: windows of padding would have to
 * lie outside of the image as a whole. */
static bool join_axis(const struct axis *a, uint32_t *kernel, uint32_t *stride, uint32_t *before,
                      uint32_t *after)
{
    const uint64_t span = (hcl_window_span(a->kernel, a->gap) - 1) * a->step + a->window;
    const uint64_t padded = (uint64_t)a->before * a->step + a->image;
    const uint64_t steps = (uint64_t)a->stride * a->step, end = (a->outputs - 1) * steps + span;
    if ((a->before > 0 && a->window > a->step) ||
        (a->after > 0 && (uint64_t)a->pooled * a->step < a->image) || end > UINT32_MAX)
        return false;
    *kernel = (uint32_t)span;
    *stride = (uint32_t)steps;
    *before = a->before * a->step;
    *after = end > padded ? (uint32_t)(end - padded) : 0;
    return *after < span;
}

/* The convolution behind a pool: as it is, and over the pool's operand. */
struct pooled {
    struct hcl_node from, to;
};

static bool join(const struct hcl_graph *g, const struct hcl_node *pool, struct pooled *c)
{
    const uint32_t *x = g->tensors[pool->inputs[0]].dims, *p = g->tensors[pool->output].dims,
                   *y = g->tensors[c->from.output].dims;
    const struct hcl_node *n = &c->from;
    const struct axis v = { pool->kernel_h, pool->stride_y, n->kernel_h, n->gap_y, n->stride_y,
                            n->pad_top,     n->pad_bottom,  x[1],        p[1],     y[1] },
                      h = { pool->kernel_w, pool->stride_x, n->kernel_w, n->gap_x, n->stride_x,
                            n->pad_left,    n->pad_right,   x[2],        p[2],     y[2] };
    c->to.inputs[0] = pool->inputs[0];
    c->to.gap_y = c->to.gap_x = 0;
    return join_axis(&v, &c->to.kernel_h, &c->to.stride_y, &c->to.pad_top, &c->to.pad_bottom) &&
           join_axis(&h, &c->to.kernel_w, &c->to.stride_x, &c->to.pad_left, &c->to.pad_right);
}

/* A pool takes up the elements of its windows one by one, and what it leaves is copied. */
static bool saves_cells(const struct hcl_graph *g, const struct hcl_node *pool, const struct pooled *c)
{
    const double pooled = (double)hcl_tensor_len(&g->tensors[pool->output]);
    const struct hcl_layer_shape from = hcl_layer_shape_of(g, &c->from), to = hcl_layer_shape_of(g, &c->to);
    return hcl_layer_weights(&to) <= HCL_TENSOR_MAX_LEN &&
           hcl_layer_cells(&to, true) <
               hcl_layer_cells(&from, false) + pooled * ((double)pool->kernel_h * pool->kernel_w + 1);
}

static bool fits(const struct hcl_graph *g, const struct hcl_node *pool, uint32_t *reader, struct pooled *c)
{
    if (pool->op != HCL_OP_AVERAGE_POOL_2D || pool->act.id != HCL_FN_IDENTITY ||
        (pool->pad_top | pool->pad_bottom | pool->pad_left | pool->pad_right) != 0)
        return false;
    *reader = hcl_graph_only_reader(g, pool->output);
    if (*reader == HCL_GRAPH_NONE)
        return false;
    c->from = c->to = g->nodes[*reader];
    return c->from.op == HCL_OP_CONV_2D && c->from.inputs[0] == pool->output && join(g, pool, c) &&
           saves_cells(g, pool, c);
}

/* One output's filter: w'[k s' + j] += w[k]/n for the elements j of a window. */
static void spread_row(const struct hcl_node *pool, const struct pooled *c, size_t channels,
                       const float *from, float *to)
{
    const float share = (float)(1.0 / ((double)pool->kernel_h * pool->kernel_w));
    const size_t step_y = (size_t)(c->from.gap_y + 1) * pool->stride_y,
                 step_x = (size_t)(c->from.gap_x + 1) * pool->stride_x;
    for (size_t k = 0; k < (size_t)c->from.kernel_h * c->from.kernel_w; k++, from += channels) {
        const size_t y = k / c->from.kernel_w * step_y, x = k % c->from.kernel_w * step_x;
        for (size_t j = 0; j < (size_t)pool->kernel_h * pool->kernel_w; j++) {
            float *at = to + ((y + j / pool->kernel_w) * c->to.kernel_w + x + j % pool->kernel_w) * channels;
            for (size_t i = 0; i < channels; i++)
                at[i] += from[i] * share;
        }
    }
}

static hcl_status spread(struct hcl_graph *g, const struct hcl_node *pool, struct pooled *c,
                         struct hcl_err *err)
{
    const uint32_t w = c->from.inputs[1], outputs = g->tensors[w].dims[0], channels = g->tensors[w].dims[3];
    const uint32_t dims[4] = { outputs, c->to.kernel_h, c->to.kernel_w, channels };
    const size_t row = (size_t)c->from.kernel_h * c->from.kernel_w * channels,
                 wide = (size_t)dims[1] * dims[2] * channels;
    const hcl_status st = hcl_graph_add_like(g, w, dims, true, &c->to.inputs[1], err);
    for (size_t o = 0; st == HCL_OK && o < outputs; o++)
        spread_row(pool, c, channels, g->tensors[w].data + o * row,
                   g->tensors[c->to.inputs[1]].data + o * wide);
    return st;
}

hcl_status hcl_pass_fuse_pool(struct hcl_graph *g, size_t *changes, struct hcl_err *err)
{
    for (size_t i = g->few_weights ? 0 : g->num_nodes; i-- > 0;) {
        struct pooled c;
        uint32_t r;
        if (!fits(g, &g->nodes[i], &r, &c))
            continue;
        const hcl_status st = spread(g, &g->nodes[i], &c, err);
        if (st != HCL_OK)
            return st;
        g->nodes[r] = c.to;
        hcl_graph_absorb(g, r, i);
        ++*changes;
    }
    return HCL_OK;
}

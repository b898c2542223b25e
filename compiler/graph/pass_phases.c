/* SPDX-License-Identifier: Apache-2.0 */
/* A convolution b of stride s reads its operand phase by phase, s*s images of every s-th element, which are
 * copies. Where a convolution a of stride t computes that operand for b alone, it may compute the phases
 * itself, as channels of their own,
 *
 *   a'[y, x, (o, i, j)] = a[y s + i, x s + j, o]      of stride t s, its filters i t and j t elements further
 * on, b'[y, x] = sum_(k, l, i, j) w[k s + i, l s + j] a'[y + k, x + l, (i, j)]      of stride 1,
 *
 * as far as b reads them. The same numbers lie in other places, and nothing is copied but the operand of a',
 * which is smaller or has its phases by the same rule. */
#include "compiler/graph/edit_internal.h"
#include "compiler/graph/layer_cells.h"
#include "compiler/graph/passes.h"
#include <string.h>

/* One axis of both. */
struct two_axes {
    uint32_t image, before_a, kernel_a, stride_a; /* of a's operand */
    uint32_t size, before_b, kernel_b, stride_b;  /* of a's result */
    uint32_t out;
};

/* The same axis of a' and b'. */
struct axis {
    uint32_t phases, size; /* of a's result: those that b reads, elements of one */
    uint32_t kernel, stride, after_a;
    uint32_t taps, before_b, after_b;
};

/* false: a phase would have elements that a's result has not. */
static bool split_axis(const struct two_axes *t, struct axis *s)
{
    const uint32_t step = t->stride_b, taps = (uint32_t)(((uint64_t)t->kernel_b + step - 1) / step);
    const uint32_t phases = step < t->kernel_b ? step : t->kernel_b;
    const uint64_t read = (uint64_t)t->out - 1 + taps; /* of a phase, with padding */
    if (t->before_b % step != 0 || read <= t->before_b / step)
        return false;
    *s = (struct axis){ .phases = phases, .taps = taps, .before_b = t->before_b / step };
    const uint64_t size = read - s->before_b;
    const bool whole = (size - 1) * step + phases <= t->size; /* else what is missing is padding of b */
    s->size = whole ? (uint32_t)size : t->size / step;
    s->after_b = (uint32_t)(size - s->size);
    if (s->size == 0 || s->before_b >= taps || s->after_b >= taps || (!whole && t->size % step != 0))
        return false;
    const uint64_t kernel = t->kernel_a + (uint64_t)(phases - 1) * t->stride_a,
                   stride = (uint64_t)t->stride_a * step, end = (s->size - 1) * stride + kernel,
                   padded = (uint64_t)t->before_a + t->image;
    s->after_a = end > padded ? (uint32_t)(end - padded) : 0;
    s->kernel = (uint32_t)kernel;
    s->stride = (uint32_t)stride;
    return end <= UINT32_MAX && s->after_a < kernel;
}

/* a' and b', whose operands are still those of a and b. */
struct split {
    struct axis v, h;
    struct hcl_node a, b;
};

static bool split(const struct hcl_graph *g, const struct hcl_node *a, const struct hcl_node *b,
                  struct split *s)
{
    const uint32_t *x = g->tensors[a->inputs[0]].dims, *m = g->tensors[a->output].dims,
                   *y = g->tensors[b->output].dims;
    const struct two_axes v = { x[1],       a->pad_top,  a->kernel_h, a->stride_y, m[1],
                                b->pad_top, b->kernel_h, b->stride_y, y[1] },
                          h = { x[2],        a->pad_left, a->kernel_w, a->stride_x, m[2],
                                b->pad_left, b->kernel_w, b->stride_x, y[2] };
    *s = (struct split){ .a = *a, .b = *b };
    if (!split_axis(&v, &s->v) || !split_axis(&h, &s->h))
        return false;
    s->a.kernel_h = s->v.kernel;
    s->a.kernel_w = s->h.kernel;
    s->a.stride_y = s->v.stride;
    s->a.stride_x = s->h.stride;
    s->a.pad_bottom = s->v.after_a;
    s->a.pad_right = s->h.after_a;
    s->b.kernel_h = s->v.taps;
    s->b.kernel_w = s->h.taps;
    s->b.stride_y = s->b.stride_x = 1;
    s->b.pad_top = s->v.before_b;
    s->b.pad_bottom = s->v.after_b;
    s->b.pad_left = s->h.before_b;
    s->b.pad_right = s->h.after_b;
    return true;
}

static bool saves_cells(const struct hcl_graph *g, const struct hcl_node *a, const struct hcl_node *b,
                        const struct split *s)
{
    const struct hcl_layer_shape of_a = hcl_layer_shape_of(g, a), of_b = hcl_layer_shape_of(g, b);
    struct hcl_layer_shape to_a = hcl_layer_shape_of(g, &s->a), to_b = hcl_layer_shape_of(g, &s->b);
    const uint64_t channels = (uint64_t)of_a.outputs * s->v.phases * s->h.phases;
    if (channels > HCL_TENSOR_MAX_LEN)
        return false;
    to_a.outputs = to_b.inputs = (uint32_t)channels;
    to_a.out_h = s->v.size;
    to_a.out_w = s->h.size;
    return hcl_layer_weights(&to_a) <= HCL_TENSOR_MAX_LEN && hcl_layer_weights(&to_b) <= HCL_TENSOR_MAX_LEN &&
           hcl_layer_cells(&to_a, true) + hcl_layer_cells(&to_b, true) <
               hcl_layer_cells(&of_a, true) + hcl_layer_cells(&of_b, true);
}

static bool is_plain(const struct hcl_graph *g, const struct hcl_node *n)
{
    return n->op == HCL_OP_CONV_2D && n->gap_y == 0 && n->gap_x == 0 && g->tensors[n->inputs[1]].data != NULL;
}

static bool fits(const struct hcl_graph *g, size_t b, uint32_t *a, struct split *s)
{
    const struct hcl_node *n = &g->nodes[b];
    if (!is_plain(g, n) || (n->stride_y == 1 && n->stride_x == 1) ||
        hcl_graph_only_reader(g, n->inputs[0]) != b)
        return false;
    *a = hcl_graph_producer(g, n->inputs[0]);
    return *a != HCL_GRAPH_NONE && is_plain(g, &g->nodes[*a]) && g->nodes[*a].inputs[3] == HCL_GRAPH_NONE &&
           split(g, &g->nodes[*a], n, s) && saves_cells(g, &g->nodes[*a], n, s);
}

/* a's filters and biases, for each phase as many elements further on as it begins. */
static hcl_status split_a(struct hcl_graph *g, const struct hcl_node *old, struct split *s,
                          struct hcl_err *err)
{
    const uint32_t filter = old->inputs[1], bias = old->inputs[2], phases = s->v.phases * s->h.phases;
    const uint32_t outputs = g->tensors[filter].dims[0], channels = g->tensors[filter].dims[3];
    const uint32_t dims[4] = { outputs * phases, s->a.kernel_h, s->a.kernel_w, channels },
                   biases[4] = { 1, 1, 1, outputs * phases };
    const size_t row = (size_t)old->kernel_w * channels;
    hcl_status st;
    HCL_TRY(hcl_graph_add_like(g, filter, dims, true, &s->a.inputs[1], err));
    for (size_t k = 0; k < (size_t)outputs * phases * old->kernel_h; k++) {
        const size_t to = k / old->kernel_h, o = to / phases, i = to % phases / s->h.phases,
                     j = to % s->h.phases, y = k % old->kernel_h;
        memcpy(g->tensors[s->a.inputs[1]].data +
                   ((to * dims[1] + y + i * old->stride_y) * dims[2] + j * old->stride_x) * channels,
               g->tensors[filter].data + (o * old->kernel_h + y) * row, row * sizeof(float));
    }
    if (bias == HCL_GRAPH_NONE)
        goto done;
    HCL_TRY(hcl_graph_add_like(g, bias, biases, true, &s->a.inputs[2], err));
    for (size_t to = 0; to < (size_t)outputs * phases; to++)
        g->tensors[s->a.inputs[2]].data[to] = g->tensors[bias].data[to / phases];
done:
    return st;
}

/* b's filters, over phases. */
static hcl_status split_b(struct hcl_graph *g, const struct hcl_node *old, struct split *s,
                          struct hcl_err *err)
{
    const uint32_t filter = old->inputs[1], phases = s->v.phases * s->h.phases;
    const uint32_t outputs = g->tensors[filter].dims[0], channels = g->tensors[filter].dims[3];
    const uint32_t dims[4] = { outputs, s->b.kernel_h, s->b.kernel_w, channels * phases };
    const hcl_status st = hcl_graph_add_like(g, filter, dims, true, &s->b.inputs[1], err);
    if (st != HCL_OK)
        return st;
    const float *from = g->tensors[filter].data;
    float *to = g->tensors[s->b.inputs[1]].data;
    for (size_t k = 0; k < (size_t)outputs * old->kernel_h * old->kernel_w; k++) {
        const size_t o = k / old->kernel_w / old->kernel_h, y = k / old->kernel_w % old->kernel_h,
                     x = k % old->kernel_w;
        const size_t tap = (o * dims[1] + y / old->stride_y) * dims[2] + x / old->stride_x,
                     phase = y % old->stride_y * s->h.phases + x % old->stride_x;
        for (size_t c = 0; c < channels; c++)
            to[(tap * channels + c) * phases + phase] = from[k * channels + c];
    }
    return HCL_OK;
}

static hcl_status apply(struct hcl_graph *g, size_t a, size_t b, struct split *s, struct hcl_err *err)
{
    const uint32_t old = g->nodes[a].output, phases = s->v.phases * s->h.phases;
    const uint32_t dims[4] = { 1, s->v.size, s->h.size, g->tensors[old].dims[3] * phases };
    hcl_status st;
    HCL_TRY(split_a(g, &g->nodes[a], s, err));
    HCL_TRY(split_b(g, &g->nodes[b], s, err));
    HCL_TRY(hcl_graph_add_like(g, old, dims, false, &s->a.output, err));
    s->b.inputs[0] = s->a.output;
    g->nodes[a] = s->a;
    g->nodes[b] = s->b;
done:
    return st;
}

hcl_status hcl_pass_split_phases(struct hcl_graph *g, size_t *changes, struct hcl_err *err)
{
    /* Last first: an a' that has a stride is the next b. */
    for (size_t i = g->few_weights ? 0 : g->num_nodes; i-- > 0;) {
        struct split s;
        uint32_t a;
        if (!fits(g, i, &a, &s))
            continue;
        const hcl_status st = apply(g, a, i, &s, err);
        if (st != HCL_OK)
            return st;
        ++*changes;
    }
    return HCL_OK;
}

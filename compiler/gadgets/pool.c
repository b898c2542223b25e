/* SPDX-License-Identifier: Apache-2.0 */
/* AVERAGE_POOL: one row per window element and a rescale. MAX_POOL: max(m, x) = x + relu(m - x), four rows
 * per further element, two to finish. Only windows with equally many elements inside the image share rows. */
#include "compiler/gadgets/lanes.h"
#include "compiler/graph/window.h"
#include <stdlib.h>

struct pool {
    struct hcl_lower *c;
    const struct hcl_fx_node *n;
    const uint32_t *in_dims, *dims;
    const struct hcl_view *in;
    uint32_t node, fn, zero_range; /* fn: of the rescale, or relu of differences */
    struct hcl_view out;
};

/* Kernel rows [y0, y1) and columns [x0, x1) of a window inside the image. */
struct window {
    uint32_t y0, y1, x0, x1;
};

static struct window window_of(const struct pool *p, const struct hcl_element *e)
{
    struct window w;

    hcl_window_inside(e->y, p->n->stride_y, p->n->pad_top, p->n->kernel_h, p->in_dims[1], &w.y0, &w.y1);
    hcl_window_inside(e->x, p->n->stride_x, p->n->pad_left, p->n->kernel_w, p->in_dims[2], &w.x0, &w.x1);
    return w;
}

static uint32_t window_size(const struct pool *p, size_t i)
{
    struct hcl_element e = hcl_element_at(p->dims, i);
    struct window w = window_of(p, &e);

    return (w.y1 - w.y0) * (w.x1 - w.x0);
}

/* Input cell of the k-th window element of output i. */
static uint32_t window_cell(const struct pool *p, size_t i, uint32_t k)
{
    struct hcl_element e = hcl_element_at(p->dims, i);
    struct window w = window_of(p, &e);
    uint32_t y = w.y0 + k / (w.x1 - w.x0), x = w.x0 + k % (w.x1 - w.x0);

    return hcl_view_cell(p->c->m, p->in, e.y * p->n->stride_y + y - p->n->pad_top,
                         e.x * p->n->stride_x + x - p->n->pad_left, e.c);
}

static void load_element(const struct pool *p, int64_t c0, int64_t c1, const size_t *outputs, uint32_t n,
                         uint32_t k)
{
    uint32_t cells[HCL_MAX_LANES];

    for (uint32_t j = 0; j < n; j++)
        cells[j] = window_cell(p, outputs[j], k);
    hcl_lane_op(p->c, c0, c1, 0, cells, n);
}

static void average_group(const struct pool *p, const size_t *outputs, uint32_t n, uint32_t size,
                          uint32_t *first)
{
    int64_t s = p->n->divisor * size;

    for (uint32_t k = 0; k < size; k++)
        load_element(p, k != 0, p->n->pool_mul, outputs, n, k);
    *first = hcl_lane_rescale(p->c, s, p->fn, hcl_machine_remainder(p->c->m, s), n);
}

static void maximum_group(const struct pool *p, const size_t *outputs, uint32_t n, uint32_t size,
                          uint32_t *first)
{
    const struct hcl_fx_tensor *t = &p->c->g->tensors[p->n->inputs[0]];
    /* The maximum of elements in [lo, hi] is there too. */
    uint32_t identity = hcl_machine_fn_within(p->c->m, t->lo, t->hi, NULL);
    uint32_t cells[HCL_MAX_LANES];

    load_element(p, 0, 1, outputs, n, 0);
    for (uint32_t k = 1; k < size; k++) {
        load_element(p, 1, -1, outputs, n, k);
        *first = hcl_lane_rescale(p->c, 1, p->fn, p->zero_range, n);
        for (uint32_t j = 0; j < n; j++)
            cells[j] = *first + j;
        hcl_lane_op(p->c, 0, 1, 0, cells, n);
        load_element(p, 1, 1, outputs, n, k);
    }
    *first = hcl_lane_rescale(p->c, 1, identity, p->zero_range, n);
}

typedef void (*pool_rule)(const struct pool *p, const size_t *outputs, uint32_t n, uint32_t size,
                          uint32_t *first);

/* Groups of outputs whose windows have `size` elements; returns how many outputs that were. */
static size_t pool_size(struct pool *p, uint32_t size, pool_rule rule)
{
    size_t len = (size_t)p->dims[1] * p->dims[2] * p->dims[3], done = 0, outputs[HCL_MAX_LANES];
    uint32_t n = 0, first = 0;

    for (size_t i = 0; i <= len; i++) {
        if (i < len && window_size(p, i) == size)
            outputs[n++] = i;
        if (n == p->c->m->lanes || (i == len && n)) {
            rule(p, outputs, n, size, &first);
            for (uint32_t j = 0; p->out.cells && j < n; j++)
                p->out.cells[hcl_element_at(p->dims, outputs[j]).nhwc] = first + j;
            done += n;
            n = 0;
        }
    }
    return done;
}

static void pool(struct hcl_lower *c, struct pool *p, pool_rule rule)
{
    size_t len = (size_t)p->dims[1] * p->dims[2] * p->dims[3], done = 0;

    if (!c->placed[p->n->inputs[0]])
        hcl_machine_fail(c->m, HCL_BAD_INPUT, "'%s': its input is not computed before it", p->n->name);
    p->out = hcl_machine_view(c->m, p->dims[1], p->dims[2], p->dims[3]);
    hcl_gadget_region(c, p->node, "outputs", p->n->output);
    for (uint32_t size = p->n->kernel_h * p->n->kernel_w; c->m->status == HCL_OK && size && done < len;
         size--)
        done += pool_size(p, size, rule);
    if (done < len)
        hcl_machine_fail(c->m, HCL_BAD_INPUT, "'%s' has windows without any element of the image",
                         p->n->name);
    c->views[p->n->output] = p->out;
    c->placed[p->n->output] = true;
}

static struct pool pool_of(struct hcl_lower *c, uint32_t node)
{
    const struct hcl_fx_node *n = &c->g->nodes[node];

    return (struct pool){ .c = c,
                          .n = n,
                          .node = node,
                          .in_dims = c->g->tensors[n->inputs[0]].dims,
                          .dims = c->g->tensors[n->output].dims,
                          .in = &c->views[n->inputs[0]] };
}

void hcl_gadget_avg_pool(struct hcl_lower *c, uint32_t node)
{
    struct pool p = pool_of(c, node);

    p.fn = hcl_gadget_fn(c, node);
    pool(c, &p, average_group);
}

/* relu over all differences of two elements: others there are not. */
static uint32_t difference_relu(struct hcl_lower *c, const struct hcl_fx_tensor *t)
{
    int64_t span = t->hi - t->lo, *values = malloc((size_t)(2 * span + 1) * sizeof(*values));
    uint32_t fn;

    if (!values) {
        hcl_machine_fail(c->m, HCL_NO_RESOURCE, "out of memory for a table");
        return 0;
    }
    for (int64_t d = -span; d <= span; d++)
        values[d + span] = d > 0 ? d : 0;
    fn = hcl_machine_fn_within(c->m, -span, span, values);
    free(values);
    return fn;
}

void hcl_gadget_max_pool(struct hcl_lower *c, uint32_t node)
{
    struct pool p = pool_of(c, node);

    p.fn = difference_relu(c, &c->g->tensors[p.n->inputs[0]]);
    p.zero_range = hcl_machine_range(c->m, 0, 0);
    pool(c, &p, maximum_group);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "compiler/gadgets/pool.h"
#include "compiler/graph/window.h"

/* Kernel rows [y0, y1) and columns [x0, x1) of a window inside the image. */
struct window {
    uint32_t y0, y1, x0, x1;
};

static struct window window_of(const struct hcl_pool *p, const struct hcl_element *e)
{
    struct window w;

    hcl_window_inside(e->y, p->n->stride_y, 0, p->n->pad_top, p->n->kernel_h, p->in_dims[1], &w.y0, &w.y1);
    hcl_window_inside(e->x, p->n->stride_x, 0, p->n->pad_left, p->n->kernel_w, p->in_dims[2], &w.x0, &w.x1);
    return w;
}

static uint32_t window_size(const struct hcl_pool *p, size_t i)
{
    struct hcl_element e = hcl_element_at(p->dims, i);
    struct window w = window_of(p, &e);

    return (w.y1 - w.y0) * (w.x1 - w.x0);
}

/* Input cell of the k-th window element of output i. */
static uint32_t window_cell(const struct hcl_pool *p, size_t i, uint32_t k)
{
    struct hcl_element e = hcl_element_at(p->dims, i);
    struct window w = window_of(p, &e);
    HCL_ASSERT(w.x1 > w.x0);
    uint32_t y = w.y0 + k / (w.x1 - w.x0), x = w.x0 + k % (w.x1 - w.x0);

    return hcl_view_cell(p->c->m, p->in, e.y * p->n->stride_y + y - p->n->pad_top,
                         e.x * p->n->stride_x + x - p->n->pad_left, e.c);
}

void hcl_pool_load(const struct hcl_pool *p, int64_t c0, int64_t c1, const size_t *outputs, uint32_t n,
                   uint32_t k)
{
    uint32_t cells[HCL_MAX_LANES];

    for (uint32_t j = 0; j < n; j++)
        cells[j] = window_cell(p, outputs[j], k);
    hcl_lane_op(p->c, c0, c1, 0, cells, n);
}

/* Groups of outputs whose windows have `size` elements; returns how many outputs that were. */
static size_t pool_size(struct hcl_pool *p, uint32_t size, hcl_pool_rule rule)
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

void hcl_gadget_pool(struct hcl_lower *c, struct hcl_pool *p, hcl_pool_rule rule)
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

struct hcl_pool hcl_pool_of(struct hcl_lower *c, uint32_t node)
{
    const struct hcl_fx_node *n = &c->g->nodes[node];

    return (struct hcl_pool){ .c = c,
                              .n = n,
                              .node = node,
                              .in_dims = c->g->tensors[n->inputs[0]].dims,
                              .dims = c->g->tensors[n->output].dims,
                              .in = &c->views[n->inputs[0]] };
}

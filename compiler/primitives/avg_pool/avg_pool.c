/* SPDX-License-Identifier: Apache-2.0 */
/* AVG_POOL: acc = pool_mul * (sum over the window's elements inside the image), S = divisor * (their number),
 * or where it `sums` the divisor alone. One row per window element and a rescale. */
#include "compiler/gadgets/pool.h"
#include "compiler/graph/window.h"
#include "compiler/primitives/operands.h"
#include "compiler/primitives/primitive.h"
#include "compiler/primitives/tables.h"

static hcl_status check(const struct hcl_fx_graph *g, const struct hcl_fx_node *n, struct hcl_err *err)
{
    return hcl_primitive_check_windows(g, n, g->tensors[n->inputs[0]].dims[3], err);
}

/* For so many elements. */
static int64_t divisor_of(const struct hcl_fx_node *n, int64_t count)
{
    return n->sums ? n->divisor : n->divisor * count;
}

static struct hcl_interval bounds(const struct hcl_fx_graph *g, const struct hcl_fx_node *n)
{
    const struct hcl_interval one = hcl_interval_scaled(hcl_interval_range(g, n->inputs[0]), n->pool_mul);
    return hcl_interval_hull(one, hcl_interval_scaled(one, (int64_t)n->kernel_h * n->kernel_w));
}

/* Windows at the border hold fewer elements and divide by fewer; odd counts round differently. */
static void quotients(const struct hcl_fx_graph *g, const struct hcl_fx_node *n, struct hcl_fx_bounds *out)
{
    const struct hcl_fx_tensor *x = &g->tensors[n->inputs[0]];
    for (int64_t count = 1; count <= (int64_t)n->kernel_h * n->kernel_w; count++) {
        int64_t lo = hcl_fx_rescale(x->lo * n->pool_mul * count, divisor_of(n, count));
        int64_t hi = hcl_fx_rescale(x->hi * n->pool_mul * count, divisor_of(n, count));
        out->q_lo = count == 1 || lo < out->q_lo ? lo : out->q_lo;
        out->q_hi = count == 1 || hi > out->q_hi ? hi : out->q_hi;
    }
}

static hcl_status average_at(const struct hcl_fx_operands *p, const struct hcl_fx_window *w, size_t at,
                             uint32_t o)
{
    int64_t sum = 0;
    for (uint32_t ky = w->y0; ky < w->y1; ky++)
        for (uint32_t kx = w->x0; kx < w->x1; kx++)
            sum += hcl_fx_pixel(p, w, ky, kx)[o];
    return hcl_operands_put(p, at, p->n->pool_mul * sum,
                            divisor_of(p->n, (int64_t)(w->y1 - w->y0) * (int64_t)(w->x1 - w->x0)));
}

static hcl_status interpret(const struct hcl_fx_operands *p)
{
    return hcl_operands_each_window(p, average_at);
}

/* One for each number of elements that a window has inside the image. */
static void tables(const struct hcl_fx_graph *g, const struct hcl_fx_node *n, struct hcl_tables *t)
{
    const uint32_t *x = g->tensors[n->inputs[0]].dims, *y = g->tensors[n->output].dims;
    uint32_t first, last;
    for (uint32_t oy = 0; oy < y[1]; oy++) {
        hcl_window_inside(oy, n->stride_y, 0, n->pad_top, n->kernel_h, x[1], &first, &last);
        int64_t rows = last - first;
        for (uint32_t ox = 0; ox < y[2]; ox++) {
            hcl_window_inside(ox, n->stride_x, 0, n->pad_left, n->kernel_w, x[2], &first, &last);
            hcl_tables_remainder(t, divisor_of(n, rows * (last - first)));
        }
    }
}

static void average_group(const struct hcl_pool *p, const size_t *outputs, uint32_t n, uint32_t size,
                          uint32_t *first)
{
    int64_t s = divisor_of(p->n, size);

    for (uint32_t k = 0; k < size; k++)
        hcl_pool_load(p, k != 0, p->n->pool_mul, outputs, n, k);
    *first = hcl_lane_rescale(p->c, s, p->fn, hcl_machine_remainder(p->c->m, s), n);
}

static void gadget(struct hcl_lower *c, uint32_t node)
{
    struct hcl_pool p = hcl_pool_of(c, node);

    p.fn = hcl_gadget_fn(c, node);
    hcl_gadget_pool(c, &p, average_group);
}

const struct hcl_primitive hcl_primitive_avg_pool = {
    .name = "average pool",
    .operands = 1,
    .rescales = true,
    .check = check,
    .bounds = bounds,
    .quotients = quotients,
    .interpret = interpret,
    .tables = tables,
    .gadget = gadget,
};

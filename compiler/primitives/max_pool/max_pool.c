/* SPDX-License-Identifier: Apache-2.0 */
/* MAX_POOL: y = max over the window's elements inside the image, or min; no rescale, no function. max(m, x) =
 * x + relu(m - x), min(m, x) = x - relu(x - m): four rows per further element, two to finish. */
#include "compiler/gadgets/pool.h"
#include "compiler/primitives/operands.h"
#include "compiler/primitives/primitive.h"
#include "compiler/primitives/tables.h"
#include <stdlib.h>

static hcl_status check(const struct hcl_fx_graph *g, const struct hcl_fx_node *n, struct hcl_err *err)
{
    return hcl_primitive_check_windows(g, n, g->tensors[n->inputs[0]].dims[3], err);
}

static hcl_status maximum_at(const struct hcl_fx_operands *p, const struct hcl_fx_window *w, size_t at,
                             uint32_t o)
{
    int64_t best = 0;
    bool first = true;
    for (uint32_t ky = w->y0; ky < w->y1; ky++)
        for (uint32_t kx = w->x0; kx < w->x1; kx++) {
            int64_t v = hcl_fx_pixel(p, w, ky, kx)[o];
            best = first || (p->n->minimum ? v < best : v > best) ? v : best;
            first = false;
        }
    p->y[at] = best;
    return HCL_OK;
}

static hcl_status interpret(const struct hcl_fx_operands *p)
{
    return hcl_operands_each_window(p, maximum_at);
}

/* Differences in relu, over both signs, and the result in any table that keeps it. */
static void tables(const struct hcl_fx_graph *g, const struct hcl_fx_node *n, struct hcl_tables *t)
{
    const struct hcl_fx_tensor *x = &g->tensors[n->inputs[0]];
    const int64_t span = x->hi - x->lo;
    if (!hcl_fx_has_table(g, HCL_FN_RELU, -span, span))
        hcl_tables_add(t, HCL_TABLE_DIFFERENCES, -span, span, NULL);
    if (x->lo < 0 && !hcl_fx_has_table(g, HCL_FN_IDENTITY, x->lo, x->hi))
        hcl_tables_add(t, HCL_TABLE_FUNCTION, x->lo, x->hi, NULL);
}

static void maximum_group(const struct hcl_pool *p, const size_t *outputs, uint32_t n, uint32_t size,
                          uint32_t *first)
{
    const struct hcl_fx_tensor *t = &p->c->g->tensors[p->n->inputs[0]];
    /* The maximum of elements in [lo, hi] is there too. */
    uint32_t identity = hcl_machine_fn_within(p->c->m, t->lo, t->hi, NULL);
    const int64_t sign = p->n->minimum ? -1 : 1;
    uint32_t cells[HCL_MAX_LANES];

    hcl_pool_load(p, 0, size > 1 ? sign : 1, outputs, n, 0); /* sign * the best so far, at last the best */
    for (uint32_t k = 1; k < size; k++) {
        hcl_pool_load(p, 1, -sign, outputs, n, k);
        *first = hcl_lane_rescale(p->c, 1, p->fn, p->zero_range, n);
        for (uint32_t j = 0; j < n; j++)
            cells[j] = *first + j;
        hcl_lane_op(p->c, 0, 1, 0, cells, n);
        if (k + 1 < size)
            hcl_pool_load(p, 1, sign, outputs, n, k);
        else
            hcl_pool_load(p, sign, 1, outputs, n, k);
    }
    *first = hcl_lane_rescale(p->c, 1, identity, p->zero_range, n);
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

static void gadget(struct hcl_lower *c, uint32_t node)
{
    struct hcl_pool p = hcl_pool_of(c, node);

    p.fn = difference_relu(c, &c->g->tensors[p.n->inputs[0]]);
    p.zero_range = hcl_machine_range(c->m, 0, 0);
    hcl_gadget_pool(c, &p, maximum_group);
}

const struct hcl_primitive hcl_primitive_max_pool = {
    .name = "maximum pool",
    .operands = 1,
    .moves = true,
    .check = check,
    .bounds = hcl_primitive_operand_range,
    .interpret = interpret,
    .tables = tables,
    .gadget = gadget,
};

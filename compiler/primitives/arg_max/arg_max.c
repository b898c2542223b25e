/* SPDX-License-Identifier: Apache-2.0 */
/* ARG_MAX: the numbers of the largest (least: smallest) elements along the last axis, in order, as many as
 * the result has; of equal ones the first comes first. */
#include "compiler/gadgets/picks.h"
#include "compiler/primitives/operands.h"
#include "compiler/primitives/picks.h"
#include "compiler/primitives/primitive.h"

static hcl_status check(const struct hcl_fx_graph *g, const struct hcl_fx_node *n, struct hcl_err *err)
{
    return hcl_primitive_check_picks(g, n, true, err);
}

static struct hcl_interval bounds(const struct hcl_fx_graph *g, const struct hcl_fx_node *n)
{
    return hcl_interval_of(0, (int64_t)g->tensors[n->inputs[0]].dims[3] - 1);
}

static hcl_status interpret(const struct hcl_fx_operands *p)
{
    const size_t n = p->xd[3], count = p->y_len / (p->x_len / n);
    for (size_t v = 0; v < p->x_len / n; v++)
        hcl_pick_numbers(p->x + v * n, n, p->n->least, p->y + v * count, count);
    return HCL_OK;
}

static void gadget(struct hcl_lower *c, uint32_t node)
{
    hcl_primitive_place_picks(c, node, c->g->nodes[node].least, 1);
}

const struct hcl_primitive hcl_primitive_arg_max = {
    .name = "largest elements' numbers",
    .operands = 1,
    .scores = true,
    .check = check,
    .bounds = bounds,
    .interpret = interpret,
    .tables = hcl_primitive_picks_tables,
    .gadget = gadget,
};

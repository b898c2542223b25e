/* SPDX-License-Identifier: Apache-2.0 */
/* ADD: acc = a*a_mul + b*b_mul; b broadcasts to a's shape; it may be constant. */
#include "compiler/gadgets/elementwise.h"
#include "compiler/gadgets/sums.h"
#include "compiler/primitives/operands.h"
#include "compiler/primitives/primitive.h"

static struct hcl_interval bounds(const struct hcl_fx_graph *g, const struct hcl_fx_node *n)
{
    return hcl_interval_plus(hcl_interval_scaled(hcl_interval_range(g, n->inputs[0]), n->a_mul),
                             hcl_interval_scaled(hcl_interval_range(g, n->inputs[1]), n->b_mul));
}

static hcl_status interpret(const struct hcl_fx_operands *p)
{
    hcl_status st = HCL_OK;
    for (size_t i = 0; i < p->y_len && st == HCL_OK; i++)
        st = hcl_operands_put(p, i, p->x[i] * p->n->a_mul + hcl_fx_second(p, i) * p->n->b_mul, p->n->divisor);
    return st;
}

static void gadget(struct hcl_lower *c, uint32_t node)
{
    const struct hcl_fx_node *n = &c->g->nodes[node];
    const struct hcl_elementwise_step steps[] = { { 0, 0, n->a_mul, 0 }, { 1, 1, n->b_mul, 0 } };

    if (!hcl_gadget_vector_sum(c, node, n->a_mul, n->b_mul))
        hcl_gadget_elementwise(c, node, steps, sizeof(steps) / sizeof(steps[0]));
}

const struct hcl_primitive hcl_primitive_add = {
    .name = "add",
    .operands = 2,
    .rescales = true,
    .check = hcl_primitive_check_broadcast,
    .bounds = bounds,
    .interpret = interpret,
    .gadget = gadget,
};

/* SPDX-License-Identifier: Apache-2.0 */
/* MUL: acc = a*b; b as for ADD. */
#include "compiler/gadgets/elementwise.h"
#include "compiler/primitives/operands.h"
#include "compiler/primitives/primitive.h"

static struct hcl_interval bounds(const struct hcl_fx_graph *g, const struct hcl_fx_node *n)
{
    return hcl_interval_times(hcl_interval_range(g, n->inputs[0]), hcl_interval_range(g, n->inputs[1]));
}

static hcl_status interpret(const struct hcl_fx_operands *p)
{
    hcl_status st = HCL_OK;
    for (size_t i = 0; i < p->y_len && st == HCL_OK; i++)
        st = hcl_operands_put(p, i, p->x[i] * hcl_fx_second(p, i), p->n->divisor);
    return st;
}

static void gadget(struct hcl_lower *c, uint32_t node)
{
    const struct hcl_elementwise_step steps[] = { { 0, 0, 1, 0 }, { 1, 0, 0, 1 } };

    hcl_gadget_elementwise(c, node, steps, sizeof(steps) / sizeof(steps[0]));
}

const struct hcl_primitive hcl_primitive_mul = {
    .name = "mul",
    .operands = 2,
    .rescales = true,
    .check = hcl_primitive_check_broadcast,
    .bounds = bounds,
    .interpret = interpret,
    .gadget = gadget,
};

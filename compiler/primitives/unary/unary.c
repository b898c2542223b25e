/* SPDX-License-Identifier: Apache-2.0 */
/* UNARY: acc = x: a table of one operand. */
#include "compiler/gadgets/elementwise.h"
#include "compiler/gadgets/sums.h"
#include "compiler/primitives/operands.h"
#include "compiler/primitives/primitive.h"

static hcl_status interpret(const struct hcl_fx_operands *p)
{
    hcl_status st = HCL_OK;
    for (size_t i = 0; i < p->y_len && st == HCL_OK; i++)
        st = hcl_operands_put(p, i, p->x[i], p->n->divisor);
    return st;
}

static void gadget(struct hcl_lower *c, uint32_t node)
{
    const struct hcl_elementwise_step steps[] = { { 0, 0, 1, 0 } };

    if (!hcl_gadget_vector_sum(c, node, 1, 0))
        hcl_gadget_elementwise(c, node, steps, sizeof(steps) / sizeof(steps[0]));
}

const struct hcl_primitive hcl_primitive_unary = {
    .name = "unary",
    .operands = 1,
    .rescales = true,
    .check = hcl_primitive_check_same,
    .bounds = hcl_primitive_operand_range,
    .interpret = interpret,
    .gadget = gadget,
};

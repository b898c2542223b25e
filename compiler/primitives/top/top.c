/* SPDX-License-Identifier: Apache-2.0 */
/* TOP: the largest elements along the last axis, the largest first, as many as the result has. */
#include "compiler/primitives/operands.h"
#include "compiler/primitives/picks.h"
#include "compiler/primitives/primitive.h"

static hcl_status check(const struct hcl_fx_graph *g, const struct hcl_fx_node *n, struct hcl_err *err)
{
    return hcl_primitive_check_picks(g, n, false, err);
}

static hcl_status interpret(const struct hcl_fx_operands *p)
{
    const size_t n = p->xd[3], count = p->y_len / (p->x_len / n);
    for (size_t v = 0; v < p->x_len / n; v++) {
        int64_t *y = p->y + v * count;
        hcl_pick_numbers(p->x + v * n, n, false, y, count);
        for (size_t i = 0; i < count; i++)
            y[i] = p->x[v * n + (size_t)y[i]];
    }
    return HCL_OK;
}

static void gadget(struct hcl_lower *c, uint32_t node)
{
    hcl_primitive_place_picks(c, node, false, 0);
}

const struct hcl_primitive hcl_primitive_top = {
    .name = "largest elements",
    .operands = 1,
    .scores = true,
    .check = check,
    .bounds = hcl_primitive_operand_range,
    .interpret = interpret,
    .tables = hcl_primitive_picks_tables,
    .gadget = gadget,
};

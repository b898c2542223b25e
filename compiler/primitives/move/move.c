/* SPDX-License-Identifier: Apache-2.0 */
/* MOVE: y[i] = element map[i] of the operands put one behind the other; HCL_FX_NONE: 0. */
#include "compiler/primitives/move/move.h"
#include "compiler/primitives/operands.h"
#include "compiler/primitives/primitive.h"

static hcl_status check(const struct hcl_fx_graph *g, const struct hcl_fx_node *n, struct hcl_err *err)
{
    size_t all = 0;
    for (size_t k = 0; k < 3; k++)
        all += n->inputs[k] != HCL_FX_NONE ? hcl_fx_tensor_len(g, n->inputs[k]) : 0;
    if (n->map == NULL)
        return hcl_primitive_fail(err, n, "there is no index map");
    for (size_t i = 0; i < hcl_fx_tensor_len(g, n->output); i++)
        if (n->map[i] != HCL_FX_NONE && n->map[i] >= all)
            return hcl_primitive_fail(err, n, "the index map leaves the operands");
    return HCL_OK;
}

static struct hcl_interval bounds(const struct hcl_fx_graph *g, const struct hcl_fx_node *n)
{
    struct hcl_interval all = hcl_interval_range(g, n->inputs[0]);
    for (size_t k = 1; k < 3; k++)
        if (n->inputs[k] != HCL_FX_NONE)
            all = hcl_interval_hull(all, hcl_interval_range(g, n->inputs[k]));
    for (size_t i = 0; i < hcl_fx_tensor_len(g, n->output); i++)
        if (n->map[i] == HCL_FX_NONE)
            return hcl_interval_hull(all, hcl_interval_of(0, 0));
    return all;
}

static hcl_status interpret(const struct hcl_fx_operands *p)
{
    const size_t second = p->x_len + (p->n->inputs[1] != HCL_FX_NONE ? p->w_len : 0);
    for (size_t i = 0; i < p->y_len; i++) {
        const size_t from = p->n->map[i];
        p->y[i] = from == HCL_FX_NONE ? 0
                  : from < p->x_len   ? p->x[from]
                  : from < second     ? p->w[from - p->x_len]
                                      : p->b[from - second];
    }
    return HCL_OK;
}

const struct hcl_primitive hcl_primitive_move = {
    .name = "move",
    .operands = 1,
    .check = check,
    .bounds = bounds,
    .interpret = interpret,
    .gadget = hcl_gadget_move,
};

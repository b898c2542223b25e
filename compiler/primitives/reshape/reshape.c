/* SPDX-License-Identifier: Apache-2.0 */
/* RESHAPE: the same elements in the same order. It moves nothing: another view of the same cells. */
#include "compiler/gadgets/gadget.h"
#include "compiler/primitives/operands.h"
#include "compiler/primitives/primitive.h"
#include <string.h>

static hcl_status check(const struct hcl_fx_graph *g, const struct hcl_fx_node *n, struct hcl_err *err)
{
    return hcl_fx_tensor_len(g, n->inputs[0]) == hcl_fx_tensor_len(g, n->output)
               ? HCL_OK
               : hcl_primitive_fail(err, n, "the output does not have the input's number of elements");
}

static hcl_status interpret(const struct hcl_fx_operands *p)
{
    memcpy(p->y, p->x, p->y_len * sizeof *p->y);
    return HCL_OK;
}

static void gadget(struct hcl_lower *c, uint32_t node)
{
    const struct hcl_view *in = hcl_gadget_input(c, node);
    const uint32_t *dims = c->g->tensors[c->g->nodes[node].output].dims;
    struct hcl_view out = *in;
    size_t at = 0;

    if (in->h == dims[1] && in->w == dims[2] && in->c == dims[3]) {
        hcl_gadget_set_output(c, node, out);
        return;
    }
    out = hcl_machine_view(c->m, dims[1], dims[2], dims[3]);
    for (uint32_t y = 0; c->m->status == HCL_OK && y < in->h; y++) {
        for (uint32_t x = 0; x < in->w; x++) {
            for (uint32_t ch = 0; ch < in->c; ch++)
                out.cells[at++] = hcl_view_cell(c->m, in, y, x, ch);
        }
    }
    hcl_gadget_set_output(c, node, hcl_view_simplified(c->m, &out));
}

const struct hcl_primitive hcl_primitive_reshape = {
    .name = "reshape",
    .operands = 1,
    .moves = true,
    .check = check,
    .bounds = hcl_primitive_operand_range,
    .interpret = interpret,
    .gadget = gadget,
};

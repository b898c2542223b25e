/* SPDX-License-Identifier: Apache-2.0 */
/* PAD: zeros around (pad_top .. pad_right), channels not padded. It moves nothing: another view of the same
 * cells. */
#include "compiler/gadgets/gadget.h"
#include "compiler/primitives/operands.h"
#include "compiler/primitives/primitive.h"
#include <string.h>

static hcl_status check(const struct hcl_fx_graph *g, const struct hcl_fx_node *n, struct hcl_err *err)
{
    const uint32_t *x = g->tensors[n->inputs[0]].dims, *y = g->tensors[n->output].dims;
    return y[1] == x[1] + n->pad_top + n->pad_bottom && y[2] == x[2] + n->pad_left + n->pad_right &&
                   y[3] == x[3]
               ? HCL_OK
               : hcl_primitive_fail(err, n, "the output's shape does not follow from the padding");
}

static struct hcl_interval bounds(const struct hcl_fx_graph *g, const struct hcl_fx_node *n)
{
    return hcl_interval_hull(hcl_interval_range(g, n->inputs[0]), hcl_interval_of(0, 0));
}

static hcl_status interpret(const struct hcl_fx_operands *p)
{
    size_t row = (size_t)p->xd[2] * p->xd[3];
    memset(p->y, 0, p->y_len * sizeof *p->y);
    for (uint32_t y = 0; y < p->xd[1]; y++)
        memcpy(p->y + ((size_t)(y + p->n->pad_top) * p->yd[2] + p->n->pad_left) * p->yd[3], p->x + y * row,
               row * sizeof *p->y);
    return HCL_OK;
}

static void gadget(struct hcl_lower *c, uint32_t node)
{
    const struct hcl_fx_node *n = &c->g->nodes[node];
    const struct hcl_view *in = hcl_gadget_input(c, node);
    const uint32_t *dims = c->g->tensors[n->output].dims;
    struct hcl_view out = hcl_machine_view(c->m, dims[1], dims[2], dims[3]);
    size_t at = 0;

    for (uint32_t y = 0; c->m->status == HCL_OK && y < out.h; y++) {
        for (uint32_t x = 0; x < out.w; x++) {
            bool inside =
                y >= n->pad_top && y - n->pad_top < in->h && x >= n->pad_left && x - n->pad_left < in->w;
            for (uint32_t ch = 0; ch < out.c; ch++)
                out.cells[at++] = inside ? hcl_view_cell(c->m, in, y - n->pad_top, x - n->pad_left, ch)
                                         : hcl_machine_zero(c->m);
        }
    }
    hcl_gadget_set_output(c, node, out);
}

const struct hcl_primitive hcl_primitive_pad = {
    .name = "pad",
    .operands = 1,
    .moves = true,
    .check = check,
    .bounds = bounds,
    .interpret = interpret,
    .gadget = gadget,
};

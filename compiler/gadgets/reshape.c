/* SPDX-License-Identifier: Apache-2.0 */
/* RESHAPE and PAD move nothing: they are other views of the same cells. */
#include "compiler/gadgets/gadget.h"

static const struct hcl_view *input_view(struct hcl_lower *c, uint32_t node)
{
    const struct hcl_fx_node *n = &c->g->nodes[node];

    if (!c->placed[n->inputs[0]])
        hcl_machine_fail(c->m, HCL_BAD_INPUT, "'%s': its input is not computed before it", n->name);
    return &c->views[n->inputs[0]];
}

static void set_output(struct hcl_lower *c, uint32_t node, struct hcl_view v)
{
    c->views[c->g->nodes[node].output] = v;
    c->placed[c->g->nodes[node].output] = true;
}

void hcl_gadget_reshape(struct hcl_lower *c, uint32_t node)
{
    const struct hcl_view *in = input_view(c, node);
    const uint32_t *dims = c->g->tensors[c->g->nodes[node].output].dims;
    struct hcl_view out = *in;
    size_t at = 0;

    if (in->h == dims[1] && in->w == dims[2] && in->c == dims[3]) {
        set_output(c, node, out);
        return;
    }
    out = hcl_machine_view(c->m, dims[1], dims[2], dims[3]);
    for (uint32_t y = 0; c->m->status == HCL_OK && y < in->h; y++) {
        for (uint32_t x = 0; x < in->w; x++) {
            for (uint32_t ch = 0; ch < in->c; ch++)
                out.cells[at++] = hcl_view_cell(c->m, in, y, x, ch);
        }
    }
    set_output(c, node, out);
}

void hcl_gadget_pad(struct hcl_lower *c, uint32_t node)
{
    const struct hcl_fx_node *n = &c->g->nodes[node];
    const struct hcl_view *in = input_view(c, node);
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
    set_output(c, node, out);
}

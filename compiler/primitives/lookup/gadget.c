/* SPDX-License-Identifier: Apache-2.0 */
/* Each index takes the rows of one entry of the table (docs/arithmetization.md). */
#include "compiler/fixed/fixed_bounds.h"
#include "compiler/gadgets/lanes.h"
#include "compiler/primitives/lookup/lookup.h"

void hcl_gadget_lookup(struct hcl_lower *c, uint32_t node)
{
    const struct hcl_fx_node *n = &c->g->nodes[node];
    const struct hcl_fx_tensor *w = &c->g->tensors[n->inputs[1]];
    const uint32_t *dims = c->g->tensors[n->output].dims, width = w->dims[3];
    const struct hcl_operand x = hcl_operand_of(c, node, n->inputs[0]);
    const uint32_t table = hcl_machine_row_table(c->m, node, n->name, w->data, w->dims[2], width);
    struct hcl_view out;

    hcl_gadget_region(c, node, "rows of the table", n->output);
    out = hcl_machine_view(c->m, dims[1], dims[2], dims[3]);
    for (size_t i = 0; c->m->status == HCL_OK && i < hcl_fx_tensor_len(c->g, n->inputs[0]); i++) {
        const uint32_t first = hcl_machine_lookup(c->m, table, hcl_operand_cell(c, &x, i));
        for (uint32_t k = 0; c->m->status == HCL_OK && k < width; k++)
            out.cells[i * width + k] = first + k;
    }
    hcl_gadget_set_output(c, node, hcl_view_simplified(c->m, &out));
}

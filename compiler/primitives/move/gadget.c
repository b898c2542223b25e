/* SPDX-License-Identifier: Apache-2.0 */
/* MOVE lays out nothing: its result is another view of cells that are there. Who needs them side by side
 * copies them, or finds that they already are (hcl_view_simplified). */
#include "compiler/fixed/fixed_bounds.h"
#include "compiler/gadgets/lanes.h"
#include "compiler/primitives/move/move.h"
#include <string.h>

/* All operands' cells, one operand behind the other. */
static uint32_t *collect(struct hcl_lower *c, uint32_t node)
{
    const struct hcl_fx_node *n = &c->g->nodes[node];
    size_t all = 0, at = 0;
    uint32_t *cells;

    for (size_t k = 0; k < 3; k++)
        all += n->inputs[k] != HCL_FX_NONE ? hcl_fx_tensor_len(c->g, n->inputs[k]) : 0;
    cells = malloc((all + 1) * sizeof(*cells));
    if (!cells)
        hcl_machine_fail(c->m, HCL_NO_RESOURCE, "out of memory for the elements of '%s'", n->name);
    for (size_t k = 0; cells && k < 3 && n->inputs[k] != HCL_FX_NONE; k++) {
        struct hcl_operand o = hcl_operand_of(c, node, n->inputs[k]);
        for (size_t i = 0; c->m->status == HCL_OK && i < hcl_fx_tensor_len(c->g, n->inputs[k]); i++)
            cells[at++] = hcl_operand_cell(c, &o, i);
    }
    return cells;
}

void hcl_gadget_move(struct hcl_lower *c, uint32_t node)
{
    const struct hcl_fx_node *n = &c->g->nodes[node];
    const uint32_t *dims = c->g->tensors[n->output].dims;
    uint32_t *cells = collect(c, node);
    struct hcl_view out = hcl_machine_view(c->m, dims[1], dims[2], dims[3]);

    for (size_t i = 0; c->m->status == HCL_OK && i < hcl_fx_tensor_len(c->g, n->output); i++)
        out.cells[i] = n->map[i] == HCL_FX_NONE ? hcl_machine_zero(c->m) : cells[n->map[i]];
    free(cells);
    c->views[n->output] = hcl_view_simplified(c->m, &out);
    c->placed[n->output] = true;
}

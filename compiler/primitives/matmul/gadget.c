/* SPDX-License-Identifier: Apache-2.0 */
/* MATMUL: the operands' elements by matrix and inner index, then products (product.h). */
#include "compiler/fixed/fixed_bounds.h"
#include "compiler/gadgets/lanes.h"
#include "compiler/gadgets/product.h"
#include "compiler/primitives/matmul/matmul.h"

/* Cells [batch][depth][width]; `inner_last`: the inner index is the tensor's last. */
static uint32_t *collect(struct hcl_lower *c, uint32_t node, uint32_t operand, bool inner_last)
{
    const struct hcl_operand o = hcl_operand_of(c, node, c->g->nodes[node].inputs[operand]);
    const uint32_t batch = o.dims[1], depth = o.dims[inner_last ? 3 : 2], width = o.dims[inner_last ? 2 : 3];
    uint32_t *cells = malloc((size_t)batch * depth * width * sizeof(*cells)), *to = cells;

    if (!cells)
        hcl_machine_fail(c->m, HCL_NO_RESOURCE, "out of memory for the operands of '%s'",
                         c->g->nodes[node].name);
    for (uint32_t h = 0; cells && c->m->status == HCL_OK && h < batch; h++)
        for (uint32_t k = 0; k < depth; k++)
            for (uint32_t e = 0; e < width; e++)
                *to++ = hcl_view_cell(c->m, &o.view, h, inner_last ? e : k, inner_last ? k : e);
    return cells;
}

static void lower(struct hcl_lower *c, uint32_t node, struct hcl_products *p, uint32_t *index)
{
    const struct hcl_fx_node *n = &c->g->nodes[node];
    const struct hcl_matmul d = hcl_fx_matmul_of(c->g, n);
    struct hcl_view out = hcl_machine_view(c->m, d.batch, d.rows, d.columns);

    for (uint32_t h = 0; h < d.batch; h++) {
        index[h] = h % d.a_batch;
        index[d.batch + h] = h % d.b_batch;
    }
    p->a_index = index;
    p->b_index = index + d.batch;
    p->fn = hcl_gadget_fn(c, node);
    p->range = hcl_machine_remainder(c->m, n->divisor);
    p->out = out.cells;
    if (c->m->status != HCL_OK)
        return;
    hcl_gadget_products(c, p);
    c->views[n->output] = hcl_view_simplified(c->m, &out);
    c->placed[n->output] = true;
}

void hcl_gadget_matmul(struct hcl_lower *c, uint32_t node)
{
    const struct hcl_fx_node *n = &c->g->nodes[node];
    const struct hcl_matmul d = hcl_fx_matmul_of(c->g, n);
    struct hcl_products p = { .count = d.batch,
                              .depth = d.depth,
                              .divisor = n->divisor,
                              .along_b = hcl_gadget_reads(c, HCL_FX_SOFTMAX, n->output),
                              .node = node };
    uint32_t *index = malloc(2 * (size_t)d.batch * sizeof(*index));

    p.a = (struct hcl_factors){ collect(c, node, 0, !n->a_adjoint), d.a_batch, d.rows };
    p.b = (struct hcl_factors){ collect(c, node, 1, n->b_adjoint), d.b_batch, d.columns };
    if (!index)
        hcl_machine_fail(c->m, HCL_NO_RESOURCE, "out of memory for %u products", d.batch);
    else if (c->m->status == HCL_OK)
        lower(c, node, &p, index);
    free(index);
    free(p.a.cells);
    free(p.b.cells);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* MATMUL: the operands' elements by matrix and inner index, then products (product.h). */
#include "compiler/fixed/fixed_bounds.h"
#include "compiler/gadgets/lanes.h"
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

uint32_t hcl_matmul_scores_of(const struct hcl_lower *c, uint32_t node)
{
    const struct hcl_fx_node *n = &c->g->nodes[node];
    uint32_t reader = HCL_NONE, readers = 0;

    for (size_t i = 0; i < c->g->num_nodes; i++)
        for (size_t k = 0; k < HCL_FX_MOST_OPERANDS; k++)
            if (c->g->nodes[i].inputs[k] == n->output) {
                readers++;
                if (k == 0 && c->g->nodes[i].op == HCL_FX_SOFTMAX)
                    reader = (uint32_t)i;
            }
    for (size_t i = 0; i < c->g->num_outputs; i++)
        readers += c->g->outputs[i] == n->output;
    return readers == 1 && n->fn == NULL ? reader : HCL_NONE;
}

/* Which of the matrices product h multiplies; from malloc, NULL: no memory. */
static uint32_t *indices(const struct hcl_matmul *d)
{
    uint32_t *index = malloc(2 * (size_t)d->batch * sizeof(*index));

    for (uint32_t h = 0; index && h < d->batch; h++) {
        index[h] = h % d->a_batch;
        index[d->batch + h] = h % d->b_batch;
    }
    return index;
}

bool hcl_matmul_products(struct hcl_lower *c, uint32_t node, struct hcl_products *out)
{
    const struct hcl_fx_node *n = &c->g->nodes[node];
    const struct hcl_matmul d = hcl_fx_matmul_of(c->g, n);
    uint32_t *index = indices(&d);

    *out = (struct hcl_products){ .count = d.batch,
                                  .depth = d.depth,
                                  .divisor = n->divisor,
                                  .along_b = hcl_gadget_reads(c, HCL_FX_SOFTMAX, n->output),
                                  .node = node,
                                  .a_index = index,
                                  .b_index = index ? index + d.batch : NULL };
    out->a = (struct hcl_factors){ collect(c, node, 0, !n->a_adjoint), d.a_batch, d.rows };
    out->b = (struct hcl_factors){ collect(c, node, 1, n->b_adjoint), d.b_batch, d.columns };
    if (!index)
        hcl_machine_fail(c->m, HCL_NO_RESOURCE, "out of memory for %u products", d.batch);
    else
        out->range = hcl_machine_remainder(c->m, n->divisor);
    return c->m->status == HCL_OK;
}

void hcl_matmul_products_clear(struct hcl_products *p)
{
    free((void *)p->a_index);
    free(p->a.cells);
    free(p->b.cells);
    *p = (struct hcl_products){ 0 };
}

void hcl_matmul_lay_out(struct hcl_lower *c, uint32_t node)
{
    const struct hcl_fx_node *n = &c->g->nodes[node];
    const struct hcl_matmul d = hcl_fx_matmul_of(c->g, n);
    struct hcl_view out = hcl_machine_view(c->m, d.batch, d.rows, d.columns);
    struct hcl_products p;

    if (hcl_matmul_products(c, node, &p)) {
        p.fn = hcl_gadget_fn(c, node);
        p.out = out.cells;
        hcl_gadget_products(c, &p);
        c->views[n->output] = hcl_view_simplified(c->m, &out);
        c->placed[n->output] = true;
    }
    hcl_matmul_products_clear(&p);
}

void hcl_gadget_matmul(struct hcl_lower *c, uint32_t node)
{
    if (hcl_matmul_scores_of(c, node) == HCL_NONE)
        hcl_matmul_lay_out(c, node);
}

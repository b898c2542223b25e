/* SPDX-License-Identifier: Apache-2.0 */
#include "compiler/gadgets/elementwise.h"
#include "compiler/gadgets/lanes.h"

/* One lane in so many may stay unused. */
enum { MOST_WASTE = 32 };

/* How many of `len` elements, from `at` on, share a row. Channels start in rows of their own where that
 * hardly takes more: the result is a block then, which convolutions read in place. */
static uint32_t row_of(uint32_t lanes, size_t plane, size_t at, size_t len)
{
    HCL_ASSERT(plane > 0);
    const size_t rows = (plane + lanes - 1) / lanes, end = plane - at % plane;
    const bool aligned = rows * lanes - plane <= plane / MOST_WASTE;
    const size_t left = aligned ? end : len - at;

    return left < lanes ? (uint32_t)left : lanes;
}

/* The operands' cells of e->count elements from `at` of the output. */
static void find_cells(struct hcl_elements *e, const struct hcl_operand *operands, size_t at)
{
    const uint32_t *dims = e->c->g->tensors[e->n->output].dims;

    for (uint32_t j = 0; j < e->count; j++) {
        const size_t i = hcl_element_at(dims, at + j).nhwc;
        for (uint32_t k = 0; k < 3 && e->n->inputs[k] != HCL_FX_NONE; k++)
            e->cells[k][j] =
                hcl_operand_cell(e->c, &operands[k], k == 1 && e->n->map != NULL ? e->n->map[i] : i);
    }
}

void hcl_gadget_by_elements(struct hcl_lower *c, uint32_t node,
                            uint32_t (*rows)(const struct hcl_elements *e, const void *with),
                            const void *with)
{
    const struct hcl_fx_node *n = &c->g->nodes[node];
    const uint32_t *dims = c->g->tensors[n->output].dims;
    const size_t len = (size_t)dims[1] * dims[2] * dims[3];
    struct hcl_view out = hcl_machine_view(c->m, dims[1], dims[2], dims[3]);
    struct hcl_elements e = { .c = c, .n = n, .fn = hcl_gadget_fn(c, node) };
    struct hcl_operand operands[3];

    for (uint32_t k = 0; k < 3 && n->inputs[k] != HCL_FX_NONE; k++)
        operands[k] = hcl_operand_of(c, node, n->inputs[k]);
    hcl_gadget_region(c, node, "outputs", n->output);
    for (size_t at = 0; c->m->status == HCL_OK && at < len; at += e.count) {
        e.count = row_of(c->m->lanes, (size_t)dims[1] * dims[2], at, len);
        find_cells(&e, operands, at);
        const uint32_t first = rows(&e, with);
        for (uint32_t j = 0; j < e.count; j++)
            out.cells[hcl_element_at(dims, at + j).nhwc] = first + j;
    }
    c->views[n->output] = hcl_view_simplified(c->m, &out);
    c->placed[n->output] = true;
}

struct steps {
    const struct hcl_elementwise_step *list;
    size_t count;
    uint32_t range;
};

static uint32_t by_steps(const struct hcl_elements *e, const void *with)
{
    const struct steps *s = with;

    for (size_t k = 0; k < s->count; k++)
        hcl_lane_op(e->c, s->list[k].c0, s->list[k].c1, s->list[k].c2, e->cells[s->list[k].operand],
                    e->count);
    return hcl_lane_rescale(e->c, e->n->divisor, e->fn, s->range, e->count);
}

void hcl_gadget_elementwise(struct hcl_lower *c, uint32_t node, const struct hcl_elementwise_step *steps,
                            size_t count)
{
    const struct steps s = { steps, count, hcl_machine_remainder(c->m, c->g->nodes[node].divisor) };

    hcl_gadget_by_elements(c, node, by_steps, &s);
}

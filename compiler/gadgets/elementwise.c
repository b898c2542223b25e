/* SPDX-License-Identifier: Apache-2.0 */
#include "compiler/gadgets/elementwise.h"
#include "compiler/gadgets/lanes.h"

/* One lane in so many may stay unused. */
enum { MOST_WASTE = 32 };

struct elementwise {
    struct hcl_lower *c;
    const struct hcl_fx_node *n;
    struct hcl_operand operands[3];
};

/* A step for n elements from `at` of the output. */
static void apply(const struct elementwise *e, const struct hcl_elementwise_step *s, size_t at, uint32_t n)
{
    const uint32_t *dims = e->c->g->tensors[e->n->output].dims;
    uint32_t cells[HCL_MAX_LANES];

    for (uint32_t j = 0; j < n; j++) {
        const size_t i = hcl_element_at(dims, at + j).nhwc;
        cells[j] = hcl_operand_cell(e->c, &e->operands[s->operand],
                                    s->operand == 1 && e->n->map != NULL ? e->n->map[i] : i);
    }
    hcl_lane_op(e->c, s->c0, s->c1, s->c2, cells, n);
}

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

void hcl_gadget_elementwise(struct hcl_lower *c, uint32_t node, const struct hcl_elementwise_step *steps,
                            size_t count)
{
    const struct hcl_fx_node *n = &c->g->nodes[node];
    const uint32_t *dims = c->g->tensors[n->output].dims;
    size_t len = (size_t)dims[1] * dims[2] * dims[3];
    struct hcl_view out = hcl_machine_view(c->m, dims[1], dims[2], dims[3]);
    struct elementwise e = { .c = c, .n = n };
    uint32_t fn = hcl_gadget_fn(c, node), range = hcl_machine_remainder(c->m, n->divisor);

    for (uint32_t k = 0; k < 3 && n->inputs[k] != HCL_FX_NONE; k++)
        e.operands[k] = hcl_operand_of(c, node, n->inputs[k]);
    hcl_gadget_region(c, node, "outputs", n->output);
    for (size_t at = 0; c->m->status == HCL_OK && at < len;) {
        uint32_t lanes = row_of(c->m->lanes, (size_t)dims[1] * dims[2], at, len), first;
        for (size_t k = 0; k < count; k++)
            apply(&e, &steps[k], at, lanes);
        first = hcl_lane_rescale(c, n->divisor, fn, range, lanes);
        for (uint32_t j = 0; j < lanes; j++)
            out.cells[hcl_element_at(dims, at + j).nhwc] = first + j;
        at += lanes;
    }
    c->views[n->output] = hcl_view_simplified(c->m, &out);
    c->placed[n->output] = true;
}

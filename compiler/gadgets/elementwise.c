/* SPDX-License-Identifier: Apache-2.0 */
/* UNARY, ADD and MUL: load the operands into the registers, combine, rescale. Rows per L elements: 2, 3, 3.
 */
#include "compiler/gadgets/lanes.h"

struct elementwise {
    struct hcl_lower *c;
    const struct hcl_fx_node *n;
    struct hcl_operand a, b;
};

/* R = c0*R + c1*operand + c2*R*operand, for n elements from `at` of the output. */
static void apply(const struct elementwise *e, const struct hcl_operand *o, int64_t c0, int64_t c1,
                  int64_t c2, size_t at, uint32_t n)
{
    const uint32_t *dims = e->c->g->tensors[e->n->output].dims;
    uint32_t cells[HCL_MAX_LANES];

    for (uint32_t j = 0; j < n; j++)
        cells[j] = hcl_operand_cell(e->c, o, hcl_element_at(dims, at + j).nhwc);
    hcl_lane_op(e->c, c0, c1, c2, cells, n);
}

static void group(const struct elementwise *e, size_t at, uint32_t n)
{
    switch (e->n->op) {
    case HCL_FX_ADD:
        apply(e, &e->a, 0, e->n->a_mul, 0, at, n);
        apply(e, &e->b, 1, e->n->b_mul, 0, at, n);
        break;
    case HCL_FX_MUL:
        apply(e, &e->a, 0, 1, 0, at, n);
        apply(e, &e->b, 0, 0, 1, at, n);
        break;
    default:
        apply(e, &e->a, 0, 1, 0, at, n);
    }
}

static void elementwise(struct hcl_lower *c, uint32_t node)
{
    const struct hcl_fx_node *n = &c->g->nodes[node];
    const uint32_t *dims = c->g->tensors[n->output].dims;
    size_t len = (size_t)dims[1] * dims[2] * dims[3];
    struct hcl_view out = hcl_machine_view(c->m, dims[1], dims[2], dims[3]);
    struct elementwise e = { .c = c, .n = n, .a = hcl_operand_of(c, node, n->inputs[0]) };
    uint32_t fn = hcl_gadget_fn(c, node), range = hcl_machine_remainder(c->m, n->divisor);

    if (n->op != HCL_FX_UNARY)
        e.b = hcl_operand_of(c, node, n->inputs[1]);
    hcl_gadget_region(c, node, "outputs", n->output);
    for (size_t at = 0; c->m->status == HCL_OK && at < len; at += c->m->lanes) {
        uint32_t count = len - at < c->m->lanes ? (uint32_t)(len - at) : c->m->lanes, first;
        group(&e, at, count);
        first = hcl_lane_rescale(c, n->divisor, fn, range, count);
        for (uint32_t j = 0; j < count; j++)
            out.cells[hcl_element_at(dims, at + j).nhwc] = first + j;
    }
    c->views[n->output] = out;
    c->placed[n->output] = true;
}

void hcl_gadget_unary(struct hcl_lower *c, uint32_t node)
{
    elementwise(c, node);
}

void hcl_gadget_add(struct hcl_lower *c, uint32_t node)
{
    elementwise(c, node);
}

void hcl_gadget_mul(struct hcl_lower *c, uint32_t node)
{
    elementwise(c, node);
}

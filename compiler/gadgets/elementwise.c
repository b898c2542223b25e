/* SPDX-License-Identifier: Apache-2.0 */
/* UNARY, ADD and MUL: load the operands into the registers, combine, rescale. Rows per L elements: 2, 3, 3
 * (one more per further limb of a wide constant). */
#include "compiler/gadgets/lanes.h"

struct elementwise {
    struct hcl_lower *c;
    const struct hcl_fx_node *n;
    struct hcl_operand a, b;
};

/* R = (first ? 0 : R) + mul * operand, for n elements from `at` of the output. */
static void load(const struct elementwise *e, const struct hcl_operand *o, int64_t mul, bool first, size_t at,
                 uint32_t n)
{
    const uint32_t *dims = e->c->g->tensors[e->n->output].dims;

    for (uint32_t k = 0; k < o->limbs; k++) {
        uint32_t cells[HCL_MAX_LANES];
        int64_t factor;
        if (__builtin_mul_overflow(mul, (int64_t)1 << (o->bits * k), &factor))
            hcl_machine_fail(e->c->m, HCL_BAD_INPUT, "'%s': the multiplier %lld is too large", e->n->name,
                             (long long)mul);
        for (uint32_t j = 0; j < n; j++)
            cells[j] = hcl_operand_cell(e->c, o, k, hcl_element_at(dims, at + j).nhwc);
        hcl_lane_op(e->c, first && k == 0 ? 0 : 1, factor, 0, cells, n);
    }
}

/* R = R * operand of one limb. */
static void multiply(const struct elementwise *e, const struct hcl_operand *o, size_t at, uint32_t n)
{
    const uint32_t *dims = e->c->g->tensors[e->n->output].dims;
    uint32_t cells[HCL_MAX_LANES];

    for (uint32_t j = 0; j < n; j++)
        cells[j] = hcl_operand_cell(e->c, o, 0, hcl_element_at(dims, at + j).nhwc);
    hcl_lane_op(e->c, 0, 0, 1, cells, n);
}

static void group(const struct elementwise *e, size_t at, uint32_t n)
{
    switch (e->n->op) {
    case HCL_FX_ADD:
        load(e, &e->a, e->n->a_mul, true, at, n);
        load(e, &e->b, e->n->b_mul, false, at, n);
        break;
    case HCL_FX_MUL: /* the operand that may have limbs goes into the register */
        load(e, e->a.limbs > 1 ? &e->a : &e->b, 1, true, at, n);
        multiply(e, e->a.limbs > 1 ? &e->b : &e->a, at, n);
        break;
    default:
        load(e, &e->a, 1, true, at, n);
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
    if (n->op == HCL_FX_MUL && e.a.limbs > 1 && e.b.limbs > 1)
        hcl_machine_fail(c->m, HCL_BAD_INPUT, "'%s' multiplies two constants", n->name);
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

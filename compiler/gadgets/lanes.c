/* SPDX-License-Identifier: Apache-2.0 */
#include "compiler/gadgets/lanes.h"

/* Constants wider than this are split, so that their tables stay small beside those of the activations. */
#define MAX_LIMB_BITS 11

void hcl_lane_op(struct hcl_lower *c, int64_t c0, int64_t c1, int64_t c2, const uint32_t *cells, uint32_t n)
{
    struct hcl_row_spec spec = { .flags = HCL_ROW_REG, .c0 = c0, .c1 = c1, .c2 = c2 };

    for (uint32_t j = 0; j < n; j++)
        spec.y[j] = HCL_SRC_CELL | cells[j];
    for (uint32_t j = n; j < c->m->lanes; j++)
        spec.y[j] = HCL_SRC_CELL | hcl_machine_zero(c->m);
    hcl_machine_row(c->m, &spec);
}

void hcl_lane_op_same(struct hcl_lower *c, int64_t c0, int64_t c1, uint32_t cell, uint32_t n)
{
    uint32_t cells[HCL_MAX_LANES];

    for (uint32_t j = 0; j < n; j++)
        cells[j] = cell;
    hcl_lane_op(c, c0, c1, 0, cells, n);
}

uint32_t hcl_lane_rescale(struct hcl_lower *c, int64_t s, uint32_t fn, uint32_t range, uint32_t n)
{
    struct hcl_row_spec spec = { .flags = HCL_ROW_REG, .c0 = 1, .s = s, .fn = fn, .range = range };

    spec.lookups = (uint8_t)((1u << n) - 1);
    return hcl_machine_row(c->m, &spec) * c->m->lanes;
}

uint32_t hcl_lane_emit(struct hcl_lower *c, uint32_t n)
{
    struct hcl_row_spec spec = { .flags = HCL_ROW_REG, .c0 = 1, .c1 = -1 };
    struct hcl_row_spec rest = { .flags = HCL_ROW_REG, .c0 = 1, .lookups = (uint8_t)((1u << n) - 1) };
    uint32_t row;

    for (uint32_t j = 0; j < n; j++)
        spec.y[j] = HCL_SRC_ABOVE;
    row = hcl_machine_row(c->m, &spec);
    rest.fn = hcl_machine_fn(c->m, 0, 0, NULL);
    rest.range = hcl_machine_range(c->m, 0, 0);
    hcl_machine_row(c->m, &rest);
    return row * c->m->lanes;
}

uint32_t hcl_lane_checked(struct hcl_lower *c, const hcl_src *sources, uint32_t n, int64_t lo, int64_t hi)
{
    struct hcl_row_spec spec = { .lookups = (uint8_t)((1u << n) - 1) };

    for (uint32_t j = 0; j < n; j++)
        spec.y[j] = sources[j];
    spec.fn = hcl_machine_fn(c->m, lo, hi, NULL);
    spec.range = hcl_machine_range(c->m, 0, 0);
    return hcl_machine_row(c->m, &spec) * c->m->lanes;
}

struct hcl_element hcl_element_at(const uint32_t dims[4], size_t i)
{
    size_t plane = (size_t)dims[1] * dims[2], at = i % plane;
    struct hcl_element e = { .y = (uint32_t)(at / dims[2]),
                             .x = (uint32_t)(at % dims[2]),
                             .c = (uint32_t)(i / plane) };

    e.nhwc = at * dims[3] + e.c;
    return e;
}

static size_t length(const uint32_t dims[4])
{
    return (size_t)dims[1] * dims[2] * dims[3];
}

/* Limb k of v: the low ones in [0, 2^bits), the last one signed. */
static int64_t limb(const struct hcl_operand *o, uint32_t k, int64_t v)
{
    v >>= (int)(o->bits * k);
    return k + 1 < o->limbs ? v & (((int64_t)1 << o->bits) - 1) : v;
}

/* Place limb k of all elements, L to a row. A row of public constants is tied as a whole, so all its lanes
 * are filled: the last ones repeat the first element. */
static struct hcl_view place_limb(struct hcl_lower *c, const struct hcl_operand *o,
                                  const struct hcl_fx_tensor *t, uint32_t k)
{
    struct hcl_machine *m = c->m;
    size_t len = length(t->dims);
    struct hcl_view v = hcl_machine_view(m, t->dims[1], t->dims[2], t->dims[3]);
    int64_t lo = limb(o, o->limbs - 1, t->lo), hi = limb(o, o->limbs - 1, t->hi);

    if (k + 1 < o->limbs) {
        lo = 0;
        hi = ((int64_t)1 << o->bits) - 1;
    }
    for (size_t i = 0; v.cells && i < len; i += m->lanes) {
        hcl_src sources[HCL_MAX_LANES];
        uint32_t first;
        for (uint32_t j = 0; j < m->lanes; j++) {
            int64_t value = limb(o, k, t->data[i + j < len ? i + j : 0]);
            sources[j] = HCL_SRC_POOL | hcl_machine_pool(m, &value, 1);
        }
        first = hcl_lane_checked(c, sources, m->lanes, lo, hi);
        for (uint32_t j = 0; j < m->lanes && i + j < len; j++)
            v.cells[i + j] = first + j;
    }
    return v;
}

struct hcl_operand hcl_operand_of(struct hcl_lower *c, uint32_t node, uint32_t tensor)
{
    const struct hcl_fx_tensor *t = &c->g->tensors[tensor];
    struct hcl_operand o = { .limbs = 1, .dims = t->dims };
    uint32_t width = 1;

    if (!t->data) {
        if (!c->placed[tensor])
            hcl_machine_fail(c->m, HCL_BAD_INPUT, "'%s': input '%s' is not computed before it",
                             c->g->nodes[node].name, t->name);
        o.views[0] = c->views[tensor];
        return o;
    }
    while (width < 62 && (t->lo < -((int64_t)1 << (width - 1)) || t->hi >= (int64_t)1 << (width - 1)))
        width++;
    o.limbs = (width + MAX_LIMB_BITS - 1) / MAX_LIMB_BITS;
    o.bits = (width + o.limbs - 1) / o.limbs;
    if (o.limbs > HCL_MAX_LIMBS) {
        hcl_machine_fail(c->m, HCL_BAD_INPUT, "'%s': constant '%s' needs %u bits, expected at most %d",
                         c->g->nodes[node].name, t->name, width, MAX_LIMB_BITS * HCL_MAX_LIMBS);
        o.limbs = 1;
        return o;
    }
    hcl_gadget_region(c, node, "constants", tensor);
    for (uint32_t k = 0; k < o.limbs; k++)
        o.views[k] = place_limb(c, &o, t, k);
    return o;
}

uint32_t hcl_operand_cell(const struct hcl_lower *c, const struct hcl_operand *o, uint32_t limb, size_t nhwc)
{
    size_t i = nhwc % length(o->dims), ch = i % o->dims[3], at = i / o->dims[3];

    return hcl_view_cell(c->m, &o->views[limb], (uint32_t)(at / o->dims[2]), (uint32_t)(at % o->dims[2]),
                         (uint32_t)ch);
}

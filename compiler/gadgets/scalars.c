/* SPDX-License-Identifier: Apache-2.0 */
#include "compiler/gadgets/scalars.h"
#include "compiler/gadgets/lanes.h"
#include "compiler/gadgets/rides.h"

struct hcl_limbs hcl_limbs_of(struct hcl_lower *c, uint32_t bits)
{
    const int64_t most = ((int64_t)1 << bits) - 1;

    return (struct hcl_limbs){ .bits = bits,
                               .fn = hcl_machine_fn(c->m, 0, most, NULL),
                               .range = hcl_machine_range(c->m, 0, most) };
}

/* R = c0*R + c1*Y + c2*R*Y with Y from the neighbouring cells. */
static void operate(struct hcl_lower *c, int64_t c0, int64_t c1, int64_t c2, uint32_t first, uint32_t n)
{
    uint32_t cells[HCL_MAX_LANES] = { 0 };

    for (uint32_t j = 0; j < n; j++)
        cells[j] = first + j;
    hcl_lane_op(c, c0, c1, c2, cells, n);
}

uint32_t hcl_scalar_hint(struct hcl_lower *c, hcl_hint_kind kind, struct hcl_hinted of, int64_t by,
                         uint32_t n)
{
    struct hcl_row_spec spec = { .flags = HCL_ROW_REG, .c1 = 1 };

    for (uint32_t j = 0; j < n; j++)
        spec.y[j] = hcl_machine_hint(c->m, kind, of.first + j * of.stride, of.count, by);
    for (uint32_t j = n; j < c->m->lanes; j++)
        spec.y[j] = HCL_SRC_CELL | hcl_machine_zero(c->m);
    return hcl_lane_append(c, &spec) * c->m->lanes;
}

uint32_t hcl_scalar_split(struct hcl_lower *c, const struct hcl_limbs *l, uint32_t n)
{
    return hcl_lane_rescale(c, (int64_t)1 << l->bits, l->fn, l->range, n);
}

/* Both R and bound - R are two limbs, so neither is negative. */
void hcl_scalar_within(struct hcl_lower *c, const struct hcl_limbs *l, int64_t factor, uint32_t u,
                       int64_t add, uint32_t n)
{
    const uint32_t upper = hcl_scalar_split(c, l, n);

    operate(c, -1, -((int64_t)1 << l->bits), 0, upper, n);
    operate(c, 1, factor, 0, u, n);
    if (add)
        hcl_lane_op_same(c, 1, add, hcl_machine_one(c->m), n);
    hcl_scalar_split(c, l, n);
}

/* y is two limbs, and 0 <= 2*by + u - 2*u*y < 2*u: all far below the field's size, so one integer y is left.
 */
uint32_t hcl_scalar_quotient(struct hcl_lower *c, const struct hcl_limbs *l, int64_t by, uint32_t u,
                             uint32_t n)
{
    const uint32_t y = hcl_scalar_hint(c, HCL_HINT_QUOTIENT, (struct hcl_hinted){ u, 1, 1 }, by, n);

    hcl_scalar_split(c, l, n);
    operate(c, 0, 1, 0, y, n);
    operate(c, 0, 0, 1, u, n);
    hcl_lane_op_same(c, -2, 2 * by, hcl_machine_one(c->m), n);
    operate(c, 1, 1, 0, u, n);
    hcl_scalar_within(c, l, 2, u, -1, n);
    return y;
}

/* w is two limbs, and 0 <= v - w^2 <= 2*w: w^2 <= v < (w + 1)^2. */
uint32_t hcl_scalar_root(struct hcl_lower *c, const struct hcl_limbs *l, uint32_t v, uint32_t n)
{
    const uint32_t w = hcl_scalar_hint(c, HCL_HINT_ROOT, (struct hcl_hinted){ v, 1, 1 }, 0, n);

    hcl_scalar_split(c, l, n);
    operate(c, 0, 1, 0, w, n);
    operate(c, 0, 0, 1, w, n);
    operate(c, -1, 1, 0, v, n);
    hcl_scalar_within(c, l, 2, w, 0, n);
    return w;
}

/* Y = R/by rounded, R -= by*Y. */
static uint32_t divide_above(struct hcl_lower *c, int64_t by, uint32_t n)
{
    struct hcl_row_spec spec = { .flags = HCL_ROW_REG, .c0 = 1, .c1 = -by };

    for (uint32_t j = 0; j < n; j++)
        spec.y[j] = hcl_machine_hint(c->m, HCL_HINT_DIVIDE, 0, 0, by);
    for (uint32_t j = n; j < c->m->lanes; j++)
        spec.y[j] = HCL_SRC_CELL | hcl_machine_zero(c->m);
    return hcl_lane_append(c, &spec) * c->m->lanes;
}

/* R + 2^(2*bits - 1) is two limbs. */
static void centred(struct hcl_lower *c, const struct hcl_limbs *l, uint32_t n)
{
    hcl_lane_op_same(c, 1, (int64_t)1 << (2 * l->bits - 1), hcl_machine_one(c->m), n);
    hcl_scalar_split(c, l, n);
}

/* by*y + r = R with r in the centred range of by, so y is one of a few integers or not near 0 in the field;
 * y = 2^(2*bits)*u + v with both centred, so it is near 0. */
uint32_t hcl_scalar_divide(struct hcl_lower *c, const struct hcl_limbs *l, int64_t by, uint32_t n)
{
    struct hcl_row_spec rest = { .flags = HCL_ROW_REG, .c0 = 1, .lookups = hcl_lanes_below(n) };
    const uint32_t y = divide_above(c, by, n);
    uint32_t upper;

    rest.fn = hcl_machine_fn(c->m, 0, 0, NULL);
    rest.range = hcl_machine_remainder(c->m, by);
    hcl_lane_append(c, &rest);
    operate(c, 0, 1, 0, y, n);
    upper = divide_above(c, (int64_t)1 << (2 * l->bits), n);
    centred(c, l, n);
    operate(c, 0, 1, 0, upper, n);
    centred(c, l, n);
    return y;
}

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

void hcl_scalar_op(struct hcl_lower *c, struct hcl_scalar_step by, uint32_t first, uint32_t n)
{
    uint32_t cells[HCL_MAX_LANES] = { 0 };

    for (uint32_t j = 0; j < n; j++)
        cells[j] = first + j;
    hcl_lane_op(c, by.c0, by.c1, by.c2, cells, n);
}

uint32_t hcl_scalar_hint(struct hcl_lower *c, struct hcl_scalar_step by, struct hcl_hint hint,
                         uint32_t stride, uint32_t n)
{
    struct hcl_row_spec spec = { .flags = HCL_ROW_REG, .c0 = by.c0, .c1 = by.c1, .c2 = by.c2 };

    for (uint32_t j = 0; j < n; j++, hint.cell += stride)
        spec.y[j] = hcl_machine_hint_of(c->m, &hint);
    for (uint32_t j = n; j < c->m->lanes; j++)
        spec.y[j] = HCL_SRC_CELL | hcl_machine_zero(c->m);
    return hcl_lane_append(c, &spec) * c->m->lanes;
}

uint32_t hcl_scalar_split(struct hcl_lower *c, const struct hcl_limbs *l, uint32_t n)
{
    return hcl_lane_rescale(c, (int64_t)1 << l->bits, l->fn, l->range, n);
}

/* R in [0, 2^(2*bits)); leaves -R. */
static void split_and_turn(struct hcl_lower *c, const struct hcl_limbs *l, uint32_t n)
{
    const uint32_t upper = hcl_scalar_split(c, l, n);

    hcl_scalar_op(c, (struct hcl_scalar_step){ -1, -((int64_t)1 << l->bits), 0 }, upper, n);
}

/* Both R and bound - R are two limbs, so neither is negative. */
void hcl_scalar_within(struct hcl_lower *c, const struct hcl_limbs *l, int64_t factor, uint32_t u,
                       int64_t add, uint32_t n)
{
    split_and_turn(c, l, n);
    hcl_scalar_op(c, (struct hcl_scalar_step){ 1, factor, 0 }, u, n);
    if (add)
        hcl_lane_op_same(c, 1, add, hcl_machine_one(c->m), n);
    hcl_scalar_split(c, l, n);
}

/* y is two limbs, and 0 <= 2*by + u - 2*u*y < 2*u: all far below the field's size, so one integer y is left.
 */
void hcl_scalar_quotient(struct hcl_lower *c, const struct hcl_limbs *l, int64_t by, uint32_t u, uint32_t y,
                         uint32_t n)
{
    hcl_scalar_op(c, (struct hcl_scalar_step){ 0, 1, 0 }, y, n);
    hcl_scalar_split(c, l, n);
    hcl_scalar_op(c, (struct hcl_scalar_step){ 0, 1, 0 }, y, n);
    hcl_scalar_op(c, (struct hcl_scalar_step){ 0, 1, -2 }, u, n);
    hcl_lane_op_same(c, 1, 2 * by, hcl_machine_one(c->m), n);
    hcl_scalar_within(c, l, 2, u, -1, n);
}

/* The square of w is a cell by itself; v - w^2 and 2*w - (v - w^2) are two limbs each. So 2*w is an integer k
 * below 2^(2*bits + 1), and k^2 = 4*w^2 = 4*v - 4*(v - w^2) one of integers, too, as both sides are far below
 * the field's size: k is even, w an integer and w^2 <= v < (w + 1)^2, which is so of one. */
uint32_t hcl_scalar_root(struct hcl_lower *c, const struct hcl_limbs *l, uint32_t n)
{
    const uint32_t square = hcl_scalar_hint(c, (struct hcl_scalar_step){ 1, -1, 0 },
                                            (struct hcl_hint){ .kind = HCL_HINT_SQUARE }, 0, n);
    uint32_t w;

    split_and_turn(c, l, n);
    w = hcl_scalar_hint(c, (struct hcl_scalar_step){ 1, 2, 0 },
                        (struct hcl_hint){ .kind = HCL_HINT_ROOT, .cell = square, .count = 1 }, 1, n);
    for (uint32_t j = 0; j < n; j++) {
        const struct hcl_cell factor = hcl_cell_y(c->m, w + j);
        hcl_ride_equal(c, factor, factor, false, hcl_cell_y(c->m, square + j));
    }
    hcl_scalar_split(c, l, n);
    return w;
}

/* by*y + r = R with r in the centred range of by: one y for each r. */
uint32_t hcl_scalar_divide(struct hcl_lower *c, int64_t by, uint32_t n)
{
    struct hcl_row_spec rest = { .flags = HCL_ROW_REG, .c0 = 1, .lookups = hcl_lanes_below(n) };
    const uint32_t y = hcl_scalar_hint(c, (struct hcl_scalar_step){ 1, -by, 0 },
                                       (struct hcl_hint){ .kind = HCL_HINT_DIVIDE, .by = by }, 0, n);

    rest.fn = hcl_machine_fn(c->m, 0, 0, NULL);
    rest.range = hcl_machine_remainder(c->m, by);
    hcl_lane_append(c, &rest);
    return y;
}

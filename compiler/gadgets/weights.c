/* SPDX-License-Identifier: Apache-2.0 */
#include "compiler/gadgets/weights.h"

enum { LIMB_BITS = 16 };

int16_t hcl_weight_limb(int64_t v, uint32_t k)
{
    int16_t limb = (int16_t)(uint64_t)v;

    for (uint32_t i = 0; i < k; i++) {
        v = (v - limb) >> LIMB_BITS; /* exact: the low bits are 0 */
        limb = (int16_t)(uint64_t)v;
    }
    return limb;
}

static uint32_t limbs_of(int64_t v)
{
    uint32_t limbs = 1;

    for (; v < INT16_MIN || v > INT16_MAX; limbs++)
        v = (v - (int16_t)(uint64_t)v) >> LIMB_BITS;
    return limbs;
}

/* The ends tell for all of them. */
uint32_t hcl_weight_limbs(int64_t lo, int64_t hi)
{
    uint32_t of_lo = limbs_of(lo), of_hi = limbs_of(hi);

    return of_lo > of_hi ? of_lo : of_hi;
}

void hcl_weight_scales(struct hcl_machine *m, struct hcl_cell unit, uint32_t limbs, struct hcl_cell *out)
{
    struct hcl_cell base = { 0 };

    if (limbs > 1)
        base = hcl_machine_two_power(m, LIMB_BITS);
    for (uint32_t k = 0; k < limbs; k++)
        out[k] = k == 0 ? unit : hcl_machine_dot(m, out[k - 1], base, false);
}

struct hcl_cell hcl_weight_pass(struct hcl_machine *m, const int64_t *values, const struct hcl_spread *spread,
                                const struct hcl_cell *by, uint32_t limbs, bool cont, uint32_t *first)
{
    const bool counted = m->weight_columns == 0;
    const uint32_t n = hcl_spread_length(spread);
    struct hcl_cell end = { 0 };
    int16_t *limb = counted ? NULL : calloc((size_t)n * m->prog.weight_digits + 1, sizeof(*limb));

    if (first)
        *first = hcl_machine_next_weight_row(m);
    if (!limb && !counted)
        hcl_machine_fail(m, HCL_NO_RESOURCE, "out of memory for weights");
    for (uint32_t k = 0; k < limbs; k++) {
        for (uint32_t e = 0; limb && e < spread->count; e++) {
            const struct hcl_place at = hcl_spread_place(spread, e);
            limb[(size_t)at.digit * n + at.index] = hcl_weight_limb(values[e], k);
        }
        end = hcl_machine_weights(m, limb, n, by[k], cont || k > 0);
    }
    free(limb);
    return end;
}

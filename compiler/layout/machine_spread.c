/* SPDX-License-Identifier: Apache-2.0 */
/* Sums of cells as a pass of weights counts them. Gates sum in powers of t alone; the sum as it stands at
 * some cells on the way, P(e) = sum_(i >= e) t^(i - e) z_i, is enough for the rest: with blocks of B cells,
 * digits d of 2^63 each, and H what is behind them,
 *
 *   P(0) + sum_(d >= 1) t^low (2^(63 d) - 2^(63 (d-1)) t^B) P(low + d B)
 *        + t^low (t^B - 2^(63 (D-1)) t^(length of the last block)) P(H) */
#include "compiler/layout/machine.h"
#include "compiler/layout/machine_internal.h"

static bool has_rest(const struct hcl_spread *s)
{
    return s->low + s->middle < s->count && hcl_spread_digits(s) > 1;
}

uint32_t hcl_spread_cuts(const struct hcl_spread *s, uint32_t at[HCL_MAX_CUTS])
{
    const uint32_t digits = hcl_spread_digits(s);
    uint32_t n = 0;

    for (uint32_t d = 0; d < digits; d++)
        at[n++] = d ? s->low + d * s->block : 0;
    if (has_rest(s))
        at[n++] = s->low + s->middle;
    return n;
}

/* t^low (2^(63 d) t^a - 2^(63 e) t^b) */
static struct hcl_cell factor(struct hcl_machine *m, uint32_t low, const uint32_t d[2], const uint32_t t[2])
{
    const struct hcl_cell one = hcl_cell_y(m, hcl_machine_one(m)), minus = hcl_machine_minus_one(m),
                          shift = hcl_machine_t_power(m, low);
    struct hcl_cell digit[2], power[2], product;

    for (int i = 0; i < 2; i++) {
        digit[i] = hcl_machine_digit(m, d[i]);
        power[i] = hcl_machine_t_power(m, t[i]);
    }
    product = hcl_machine_dot(m, digit[1], power[1], false);
    product = hcl_machine_dot(m, product, minus, false);
    hcl_machine_dot(m, digit[0], power[0], false);
    product = hcl_machine_dot(m, product, one, true);
    return low ? hcl_machine_dot(m, product, shift, false) : product;
}

void hcl_machine_cut_factors(struct hcl_machine *m, const struct hcl_spread *s,
                             struct hcl_cell out[HCL_MAX_CUTS])
{
    const uint32_t digits = hcl_spread_digits(s);

    out[0] = hcl_cell_y(m, hcl_machine_one(m));
    for (uint32_t d = 1; d < digits; d++)
        out[d] = factor(m, s->low, (uint32_t[2]){ d, d - 1 }, (uint32_t[2]){ 0, s->block });
    if (has_rest(s))
        out[digits] = factor(m, s->low, (uint32_t[2]){ 0, digits - 1 },
                             (uint32_t[2]){ s->block, s->middle - (digits - 1) * s->block });
}

struct hcl_cell hcl_machine_spread_sum(struct hcl_machine *m, const struct hcl_spread *s,
                                       const struct hcl_cell *sums)
{
    struct hcl_cell factors[HCL_MAX_CUTS] = { { 0 } }, sum = sums[0];
    uint32_t at[HCL_MAX_CUTS];
    const uint32_t cuts = hcl_spread_cuts(s, at);

    if (cuts == 1)
        return sum;
    hcl_machine_cut_factors(m, s, factors);
    for (uint32_t i = 0; i < cuts; i++)
        sum = hcl_machine_dot(m, sums[i], factors[i], i > 0);
    return sum;
}

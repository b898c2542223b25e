/* SPDX-License-Identifier: Apache-2.0 */
/* How the weights of one input, one for each output, lie in the weight columns (docs/arithmetization.md). A
 * cell of a column holds up to HCL_MAX_DIGITS weights, sum_d 2^(HCL_DIGIT_BITS*d) w_d, and a pass goes over
 * cells; so weight e of a pass has a place (digit, index), and counts 2^(HCL_DIGIT_BITS*digit) * t^index.
 *
 * Weights of one index share a coefficient in t. That tells them apart only where the accumulators of their
 * outputs are below 2^62, which the look-ups of quotients and remainders see to; so outputs beside lanes
 * without look-ups have indices of their own: `low` first ones, and those behind `middle`. */
#ifndef HCL_COMMON_WITNESS_SPREAD_H
#define HCL_COMMON_WITNESS_SPREAD_H

#include <stdbool.h>
#include <stdint.h>

#define HCL_MAX_DIGITS 4
#define HCL_DIGIT_BITS 63

/* Weights 0 .. low-1 have digit 0; the next `middle` lie in blocks, digit by digit; the rest has digit 0. */
struct hcl_spread {
    uint32_t count, low, middle, block;
};

struct hcl_place {
    uint32_t digit, index;
};

/** One weight a cell. */
struct hcl_spread hcl_spread_plain(uint32_t count);
/** Of outputs that are channels of their own: output o is weight count - 1 - o. Blocks are multiples of unit.
 */
struct hcl_spread hcl_spread_channels(uint32_t digits, uint32_t unit, uint32_t count);
/** Of `outputs` neighbours from the start of a row on, L to a row: output o is weight M - 1 - o, M the cells
 * of their rows. */
struct hcl_spread hcl_spread_first(uint32_t digits, uint32_t lanes, uint32_t outputs);
/** Of neighbours that end with a row: output o is weight count - 1 - o. */
struct hcl_spread hcl_spread_last(uint32_t digits, uint32_t lanes, uint32_t outputs);

/** Cells of a pass. */
uint32_t hcl_spread_length(const struct hcl_spread *s);
/** Digits that hold anything: at least 1. */
uint32_t hcl_spread_digits(const struct hcl_spread *s);
struct hcl_place hcl_spread_place(const struct hcl_spread *s, uint32_t e);
/** The weight at a place, UINT32_MAX if there is none. */
uint32_t hcl_spread_weight(const struct hcl_spread *s, uint32_t digit, uint32_t index);

#endif

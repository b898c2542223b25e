/* SPDX-License-Identifier: Apache-2.0 */
/* Integers of a model in the weight columns, which hold 16 bits a cell: wider ones are written in limbs,
 * v = sum_k limb_k * 2^(16k), limb_k in [-2^15, 2^15), and each limb is a pass of its own. */
#ifndef HCL_COMPILER_GADGETS_WEIGHTS_H
#define HCL_COMPILER_GADGETS_WEIGHTS_H

#include "compiler/layout/machine.h"

#define HCL_MAX_WEIGHT_LIMBS 4 /* 62-bit integers */

/** Limbs that every integer from lo to hi can be written in: 1 .. HCL_MAX_WEIGHT_LIMBS. */
uint32_t hcl_weight_limbs(int64_t lo, int64_t hi);
/** Limb k of v. */
int16_t hcl_weight_limb(int64_t v, uint32_t k);
/** out[k] = unit * 2^(16k), k < limbs. */
void hcl_weight_scales(struct hcl_machine *m, struct hcl_cell unit, uint32_t limbs, struct hcl_cell *out);
/** Append the passes of spread->count values, D (+)= sum_k by[k] * the sum of limb_k(values[e]), each times
 * what its place is worth. A machine that only counts weights does not read them. *first: if not NULL, the
 * weight row where they start. Returns the D cell at the end. */
struct hcl_cell hcl_weight_pass(struct hcl_machine *m, const int64_t *values, const struct hcl_spread *spread,
                                const struct hcl_cell *by, uint32_t limbs, bool cont, uint32_t *first);

#endif

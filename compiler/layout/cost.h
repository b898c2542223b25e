/* SPDX-License-Identifier: Apache-2.0 */
/* What a layout costs to prove. Sizes follow exactly from (lanes, k, degree); times are sums of four terms
 * whose constants, all here, were measured on one thread of the reference machine (AMD Zen 4, IFMA kernels):
 *   msm      = n * (full-size columns * FULL + small columns * SMALL)
 *   ntt      = n * k/2 * NTT * (advice + permutation products) and once per coset for every column
 *   quotient = n * cosets * MUL * (multiplications of all constraints in a row)
 *   witness  = rows * lanes * CELL
 * The terms are for choosing between layouts, where only their ratios matter. */
#ifndef HCL_COMPILER_LAYOUT_COST_H
#define HCL_COMPILER_LAYOUT_COST_H

#include "compiler/compile.h"

#define HCL_COST_MSM_FULL 1.0e-6   /* s per row and column of 254-bit values */
#define HCL_COST_MSM_SMALL 0.12e-6 /* s per row and column of values below 2^16 */
#define HCL_COST_NTT 9.0e-9        /* s per butterfly */
#define HCL_COST_MUL 9.0e-9        /* s per field multiplication in vectors */
#define HCL_COST_CELL 0.25e-6      /* s per row and lane: small cells, look-up helpers, accumulators */

/* Proofs up to this size are preferred when no bound is given. */
#define HCL_PREFERRED_PROOF_BYTES 3360

struct hcl_cost hcl_cost_of(uint32_t lanes, uint32_t k, uint32_t degree, uint32_t rows, bool public_weights);
/** true: a is better than b for the objective. */
bool hcl_cost_better(const struct hcl_cost *a, const struct hcl_cost *b, hcl_objective objective);

#endif

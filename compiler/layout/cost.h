/* SPDX-License-Identifier: Apache-2.0 */
/* What a layout costs to prove. Sizes follow exactly from its shape; times are sums of six terms, n
 * = 2^k:
 *
 *   msm      = n * (FULL * (1 + pieces + 2 + DISTINCT * (products + wide advice)) + SMALL * small advice)
 *
 *   ntt      = n * k/2 * BUTTERFLY * (advice + products + 1, and again once per coset)
 *
 *   quotient = n * cosets * MUL * (multiplications of all constraints in a row)
 *
 *   open     = n * TOUCH * columns (permutation products, evaluations, linear combinations)
 *
 *   witness  = rows * lanes * CELL
 *
 *   weights  = n * weight columns * WEIGHT, private ones small advice columns in msm besides
 *
 * The key's columns are transformed once per key and not counted. The constants, all here, are CPU times of
 * one thread on the reference machine (AMD Zen 4, IFMA kernels) proving MNIST (k = 13, 4 lanes: measured
 * 0.144 s, predicted 0.14 s). For choosing between layouts only their ratios matter; what people are told is
 * scaled to the machine at hand (coordinator/cli/speed.h). */
#ifndef HCL_COMPILER_LAYOUT_COST_H
#define HCL_COMPILER_LAYOUT_COST_H

#include "compiler/compile.h"

#define HCL_COST_MSM_FULL 1.0e-6    /* s per row of a column of 254-bit values */
#define HCL_COST_MSM_SMALL 0.075e-6 /* s per row of a column of small values */
#define HCL_COST_DISTINCT 0.35 /* share of different values in products, look-up helpers and accumulators */
#define HCL_COST_BUTTERFLY 4.2e-9
#define HCL_COST_MUL 6.2e-9 /* s per field multiplication, vectors in the cache */
#define HCL_COST_MUL_VEC                                                                                     \
    4.3e-9                    /* s per element of hcl_fr_mul_vec in the first cache: what machines are       \
                               * compared by */
#define HCL_COST_TOUCH 16e-9  /* s per row and column */
#define HCL_COST_CELL 0.16e-6 /* s per row and lane: small cells, look-up helpers, accumulators */

#define HCL_COST_WEIGHT 4e-9 /* s per cell of a weight column: combination, evaluation, opening */

/* What the balanced objective gives for a shorter proof: share of the time for a byte. */
#define HCL_COST_PROOF_BYTE 1e-5

/* The shape of a circuit. */
struct hcl_shape {
    uint32_t lanes, weight_columns, k, degree, rows;
    bool private_weights;
};

struct hcl_cost hcl_cost_of(const struct hcl_shape *s);
/** true: a is better than b for the objective. */
bool hcl_cost_better(const struct hcl_cost *a, const struct hcl_cost *b, hcl_objective objective);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* Many G1 points at once, in lockstep, through the vector field kernels: what the group FFT of an SRS is made
 * of. Projective points (X : Y : Z), infinity (0 : 1 : 0), with the complete formulas of Renes, Costello and
 * Batina (eprint 2015/1060, algorithms 7 and 9 for a = 0): no case is special, so no lane needs its own path.
 */
#ifndef HCL_COMMON_HALO2_SRS_GROUP_INTERNAL_H
#define HCL_COMMON_HALO2_SRS_GROUP_INTERNAL_H

#include "common/curve/g1.h"

#define HCL_LANES 64

struct hcl_lanes {
    hcl_fq x[HCL_LANES], y[HCL_LANES], z[HCL_LANES];
};

/** Affine points in; n <= HCL_LANES, the other lanes become infinity. */
void hcl_lanes_load(struct hcl_lanes *out, const hcl_g1 *points, size_t n);
/** out = a + b, 12M. May alias. */
void hcl_lanes_add(struct hcl_lanes *out, const struct hcl_lanes *a, const struct hcl_lanes *b);
/** out = -a */
void hcl_lanes_neg(struct hcl_lanes *out, const struct hcl_lanes *a);
/* What hcl_lanes_mul looks up: 0, 1, ..., 16 times the lanes. */
#define HCL_LANES_TABLE 17

/** out lane i = s[i]*(a lane i). table: scratch of HCL_LANES_TABLE lane blocks. May alias a. */
void hcl_lanes_mul(struct hcl_lanes *out, const struct hcl_lanes *a, const hcl_fr *s,
                   struct hcl_lanes *table);
/** Affine points out, one inversion for all lanes. */
void hcl_lanes_store(hcl_g1 *points, const struct hcl_lanes *a, size_t n);

#endif

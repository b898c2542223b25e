/* SPDX-License-Identifier: Apache-2.0 */
/* Multi-scalar multiplication sum_i s_i * P_i over G1. Infinity, equal and opposite points, any n (0, 1, not
 * a power of two) are correct. Small scalars (also small negative ones, r - x) cost by their actual bit
 * length, zeros nothing, a run of equal scalars one addition per term. Uses `threads` OpenMP threads.
 * Variable time. */
#ifndef HCL_COMMON_CURVE_MSM_H
#define HCL_COMMON_CURVE_MSM_H

#include "common/curve/g1.h"
#include "common/sys/status.h"

/** *out = sum scalars[i]*bases[i]. Allocates scratch from the memory budget: HCL_NO_RESOURCE if it cannot. */
hcl_status hcl_msm(hcl_g1_jac *out, const hcl_fr *scalars, const hcl_g1 *bases, size_t n, int threads,
                   struct hcl_err *err);
/** columns MSMs over the same bases: out[c] = sum_i scalars[c][i]*bases[i]. */
hcl_status hcl_msm_batch(hcl_g1_jac *out, const hcl_fr *const *scalars, size_t columns, const hcl_g1 *bases,
                         size_t n, int threads, struct hcl_err *err);

#endif

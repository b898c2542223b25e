/* SPDX-License-Identifier: Apache-2.0 */
/* Multi-scalar multiplication sum_i s_i * P_i over G1: Pippenger's buckets with signed digits, summed in
 * affine coordinates with shared inversions (docs/kernels.md). Infinity, equal and opposite points, any n (0,
 * 1, not a power of two) are correct; points off the curve give a meaningless sum. Small scalars (also small
 * negative ones, r - x) cost by their actual bit length, zeros nothing, a run of equal scalars one addition
 * per term.
 *
 * Uses up to `threads` OpenMP threads (below 1: one; no more than there are pieces of 512 scalars), as many
 * as the runtime grants: within a parallel region that is usually one. May be called by several threads at
 * once. Scalars and bases are only read. Variable time. Copies of scalars are wiped, sums of points are not.
 */
#ifndef HCL_COMMON_CURVE_MSM_H
#define HCL_COMMON_CURVE_MSM_H

#include "common/curve/g1.h"
#include "common/sys/status.h"

/* What a multiplication takes beside scalars and bases: copies and points, bytes of a row; buckets, of a
 * thread. */
#define HCL_MSM_ROW_BYTES 300
#define HCL_MSM_THREAD_BYTES 3600000

/** *out = sum scalars[i]*bases[i], i < n. HCL_NO_RESOURCE if the memory budget has no room for the scratch,
 * HCL_BAD_INPUT for n >= 2^31; *out is infinite then. */
hcl_status hcl_msm(hcl_g1_jac *out, const hcl_fr *scalars, const hcl_g1 *bases, size_t n, int threads,
                   struct hcl_err *err);
/** The same with signed integers of `width` bytes (1, 2, 4 or 8) for scalars. */
hcl_status hcl_msm_integers(hcl_g1_jac *out, const void *scalars, int width, const hcl_g1 *bases, size_t n,
                            int threads, struct hcl_err *err);
/** columns MSMs over the same bases: out[c] = sum_i scalars[c][i]*bases[i]. If one fails all sums are
 * infinite. Scratch of up to `threads` MSMs at a time. */
hcl_status hcl_msm_batch(hcl_g1_jac *out, const hcl_fr *const *scalars, size_t columns, const hcl_g1 *bases,
                         size_t n, int threads, struct hcl_err *err);

#endif

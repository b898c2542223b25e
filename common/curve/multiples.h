/* SPDX-License-Identifier: Apache-2.0 */
/* Each of many G1 points times a scalar of its own. A scalar is split by the endomorphism into two odd halves
 * of 128 bits (glv.h), whose signed windows have odd digits only: hundreds of points go through the same
 * doublings and additions side by side, in affine coordinates with one inversion for each step of all
 * (msm_internal.h).
 *
 * Right for any points, infinity and equal ones included. Variable time. */
#ifndef HCL_COMMON_CURVE_MULTIPLES_H
#define HCL_COMMON_CURVE_MULTIPLES_H

#include "common/curve/g1.h"

#define HCL_MULTIPLES_BATCH 512

/* What one thread works with; from hcl_multiples_new. */
struct hcl_multiples;

/** `count` of them, one behind the other (hcl_multiples_at); for hcl_mem_free. */
hcl_status hcl_multiples_new(struct hcl_multiples **out, size_t count, struct hcl_err *err);
struct hcl_multiples *hcl_multiples_at(struct hcl_multiples *m, size_t i);
/** p[i] = s[i]*p[i], i < n <= HCL_MULTIPLES_BATCH. */
void hcl_multiples_each(struct hcl_multiples *m, hcl_g1 *p, const hcl_fr *s, size_t n);
/** sum[i] = a[i] + b[i], difference[i] = a[i] - b[i], i < n <= HCL_MULTIPLES_BATCH; no two arrays the same.
 */
void hcl_multiples_butterflies(struct hcl_multiples *m, hcl_g1 *sum, hcl_g1 *difference, const hcl_g1 *a,
                               const hcl_g1 *b, size_t n);

#endif

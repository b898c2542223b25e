/* SPDX-License-Identifier: Apache-2.0 */
/* Many multiples of one G1 point: s_i*P from a table of d*2^(wt)*P for odd digits d, one addition per window
 * of w bits, the additions of thousands of multiples side by side with one inversion (msm_internal.h). A
 * scalar is made odd by its sign, so every digit is odd: none is zero, and none needs a case of its own.
 *
 * A table is immutable, shareable by threads, and holds nothing of the scalars. Variable time. What is copied
 * of the scalars is wiped; sums of points are not. */
#ifndef HCL_COMMON_CURVE_FIXED_BASE_H
#define HCL_COMMON_CURVE_FIXED_BASE_H

#include "common/curve/g1.h"

struct hcl_fixed_base {
    unsigned width, count; /* windows: width*count >= 254 */
    hcl_g1 *odd;           /* [count << (width-1)]: (2i + 1)*2^(width*t)*P at (t << (width-1)) + i */
};

/** Table for about n multiples; its size follows n, up to 33 MB. p: any point but infinity. */
hcl_status hcl_fixed_base_init(struct hcl_fixed_base *out, const hcl_g1 *p, size_t n, int threads,
                               struct hcl_err *err);
void hcl_fixed_base_clear(struct hcl_fixed_base *b);
/** out[i] = scalars[i]*P, i < n; a zero gives infinity. */
hcl_status hcl_fixed_base_mul(hcl_g1 *out, const struct hcl_fixed_base *b, const hcl_fr *scalars, size_t n,
                              int threads, struct hcl_err *err);

#endif

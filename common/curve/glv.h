/* SPDX-License-Identifier: Apache-2.0 */
/* The endomorphism of G1: phi(x, y) = (beta*x, y) is multiplication by lambda, beta and lambda being cube
 * roots of unity in Fq and Fr. So s*P = s0*P + s1*phi(P) with halves of 127 bits: half the doublings
 * (Gallant, Lambert and Vanstone, CRYPTO 2001). Thread-safe, variable time. */
#ifndef HCL_COMMON_CURVE_GLV_H
#define HCL_COMMON_CURVE_GLV_H

#include "common/field/fq.h"
#include "common/field/fr.h"

extern const hcl_fq hcl_glv_beta;

struct hcl_glv_half {
    uint64_t limbs[2]; /* magnitude, below 2^127 */
    bool negative;
};

/** s = half[0] + half[1]*lambda mod r. */
void hcl_glv_split(struct hcl_glv_half half[2], const hcl_fr *s);
/** The same with odd halves. */
void hcl_glv_split_odd(struct hcl_glv_half half[2], const hcl_fr *s);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* The optimal ate pairing e: G1 x G2 -> the r-th roots of unity of Fq12. Inputs must be on their curve and
 * G2 points in the subgroup. A pair with infinity on either side contributes 1. Variable time, thread-safe.
 */
#ifndef HCL_COMMON_CURVE_PAIRING_H
#define HCL_COMMON_CURVE_PAIRING_H

#include "common/curve/g1.h"
#include "common/curve/g2.h"
#include "common/field/fq12.h"

/** out = product of e(p[i], q[i]), as a power of the plain pairing with an exponent prime to r: bilinear and
 * non-degenerate, but not comparable with another library's value. One final exponentiation for all. */
void hcl_pairing_product(hcl_fq12 *out, const hcl_g1 *p, const hcl_g2 *q, size_t n);
/** Is the product of e(p[i], q[i]) one? True for n = 0. */
bool hcl_pairing_check(const hcl_g1 *p, const hcl_g2 *q, size_t n);

#endif

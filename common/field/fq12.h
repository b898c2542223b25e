/* SPDX-License-Identifier: Apache-2.0 */
/* The tower over Fq2 for the pairing: Fq6 = Fq2[v]/(v^3 - xi), xi = 9 + u; Fq12 = Fq6[w]/(w^2 - v).
 * Conventions of fr.h. "Cyclotomic" elements are those with a^(p^4 - p^2 + 1) = 1, the image of the easy part
 * of the final exponentiation; their inverse is the conjugate. */
#ifndef HCL_COMMON_FIELD_FQ12_H
#define HCL_COMMON_FIELD_FQ12_H

#include "common/field/fq2.h"

typedef struct {
    hcl_fq2 c0, c1, c2;
} hcl_fq6;

typedef struct {
    hcl_fq6 c0, c1;
} hcl_fq12;

extern const hcl_fq12 hcl_fq12_one;

void hcl_fq6_add(hcl_fq6 *out, const hcl_fq6 *a, const hcl_fq6 *b);
void hcl_fq6_sub(hcl_fq6 *out, const hcl_fq6 *a, const hcl_fq6 *b);
void hcl_fq6_neg(hcl_fq6 *out, const hcl_fq6 *a);
void hcl_fq6_mul(hcl_fq6 *out, const hcl_fq6 *a, const hcl_fq6 *b);
/** out = a*v */
void hcl_fq6_mul_v(hcl_fq6 *out, const hcl_fq6 *a);
/** out = a^-1, or 0 for a = 0. */
void hcl_fq6_inv(hcl_fq6 *out, const hcl_fq6 *a);

bool hcl_fq12_eq(const hcl_fq12 *a, const hcl_fq12 *b);
void hcl_fq12_mul(hcl_fq12 *out, const hcl_fq12 *a, const hcl_fq12 *b);
void hcl_fq12_sqr(hcl_fq12 *out, const hcl_fq12 *a);
/** out = a*(l0 + l1*w + l3*w^3), the shape of a line of the pairing. */
void hcl_fq12_mul_line(hcl_fq12 *out, const hcl_fq12 *a, const hcl_fq2 *l0, const hcl_fq2 *l1,
                       const hcl_fq2 *l3);
/** out = a^(p^6) */
void hcl_fq12_conj(hcl_fq12 *out, const hcl_fq12 *a);
/** out = a^p */
void hcl_fq12_frobenius(hcl_fq12 *out, const hcl_fq12 *a);
/** out = a^-1, or 0 for a = 0. */
void hcl_fq12_inv(hcl_fq12 *out, const hcl_fq12 *a);
/** out = a^2 for cyclotomic a only. */
void hcl_fq12_cyclotomic_sqr(hcl_fq12 *out, const hcl_fq12 *a);

#endif

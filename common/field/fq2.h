/* SPDX-License-Identifier: Apache-2.0 */
/* Fq2 = Fq[u]/(u^2 + 1): c0 + c1*u. Conventions of fr.h: Montgomery coefficients, always canonical, outputs
 * may alias inputs exactly, thread-safe, variable time. */
#ifndef HCL_COMMON_FIELD_FQ2_H
#define HCL_COMMON_FIELD_FQ2_H

#include "common/field/fq.h"

typedef struct {
    hcl_fq c0, c1;
} hcl_fq2;

extern const hcl_fq2 hcl_fq2_zero, hcl_fq2_one;

bool hcl_fq2_eq(const hcl_fq2 *a, const hcl_fq2 *b);
bool hcl_fq2_is_zero(const hcl_fq2 *a);
void hcl_fq2_add(hcl_fq2 *out, const hcl_fq2 *a, const hcl_fq2 *b);
void hcl_fq2_sub(hcl_fq2 *out, const hcl_fq2 *a, const hcl_fq2 *b);
void hcl_fq2_neg(hcl_fq2 *out, const hcl_fq2 *a);
void hcl_fq2_double(hcl_fq2 *out, const hcl_fq2 *a);
void hcl_fq2_mul(hcl_fq2 *out, const hcl_fq2 *a, const hcl_fq2 *b);
void hcl_fq2_sqr(hcl_fq2 *out, const hcl_fq2 *a);
/** out = a*c, c in Fq. */
void hcl_fq2_mul_fq(hcl_fq2 *out, const hcl_fq2 *a, const hcl_fq *c);
/** out = a*(9 + u), the non-residue the tower is built on. */
void hcl_fq2_mul_xi(hcl_fq2 *out, const hcl_fq2 *a);
/** out = c0 - c1*u = a^p */
void hcl_fq2_conj(hcl_fq2 *out, const hcl_fq2 *a);
/** out = a^-1, or 0 for a = 0. */
void hcl_fq2_inv(hcl_fq2 *out, const hcl_fq2 *a);
/** One of the two square roots; false (and *out = 0) for a non-residue. */
bool hcl_fq2_sqrt(hcl_fq2 *out, const hcl_fq2 *a);

/** Canonical (to_bytes) and raw encodings: c0 then c1. Readers: false (and *out = 0) if a coefficient is >=
 * p. */
void hcl_fq2_to_bytes(uint8_t out[64], const hcl_fq2 *a);
bool hcl_fq2_from_bytes(hcl_fq2 *out, const uint8_t in[64]);
void hcl_fq2_to_raw(uint8_t out[64], const hcl_fq2 *a);
bool hcl_fq2_from_raw(hcl_fq2 *out, const uint8_t in[64]);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* G2 of BN254: the subgroup of order r of the twist y^2 = x^3 + 3/(9 + u) over Fq2. Same conventions as G1
 * (common/curve/g1.h). "On the curve" does not imply "in the subgroup": the twist has a large cofactor, so
 * points from outside need hcl_g2_in_subgroup before they enter a pairing. */
#ifndef HCL_COMMON_CURVE_G2_H
#define HCL_COMMON_CURVE_G2_H

#include "common/field/fq2.h"
#include "common/field/fr.h"

typedef struct {
    hcl_fq2 x, y;
} hcl_g2;

typedef struct {
    hcl_fq2 x, y, z;
} hcl_g2_jac;

extern const hcl_g2 hcl_g2_generator, hcl_g2_infinity;

bool hcl_g2_is_infinity(const hcl_g2 *a);
bool hcl_g2_on_curve(const hcl_g2 *a);    /* true for infinity */
bool hcl_g2_in_subgroup(const hcl_g2 *a); /* on the curve and r*a = infinity */
bool hcl_g2_eq(const hcl_g2 *a, const hcl_g2 *b);
void hcl_g2_neg(hcl_g2 *out, const hcl_g2 *a);
void hcl_g2_jac_from_affine(hcl_g2_jac *out, const hcl_g2 *a);
void hcl_g2_jac_to_affine(hcl_g2 *out, const hcl_g2_jac *a);
bool hcl_g2_jac_is_infinity(const hcl_g2_jac *a);
bool hcl_g2_jac_eq(const hcl_g2_jac *a, const hcl_g2_jac *b);
void hcl_g2_jac_neg(hcl_g2_jac *out, const hcl_g2_jac *a);
void hcl_g2_jac_double(hcl_g2_jac *out, const hcl_g2_jac *a);
void hcl_g2_jac_add(hcl_g2_jac *out, const hcl_g2_jac *a, const hcl_g2_jac *b);
void hcl_g2_jac_add_affine(hcl_g2_jac *out, const hcl_g2_jac *a, const hcl_g2 *b);
void hcl_g2_mul(hcl_g2_jac *out, const hcl_g2 *a, const hcl_fr *s);
void hcl_g2_jac_mul(hcl_g2_jac *out, const hcl_g2_jac *a, const hcl_fr *s);

/** One of the two points of the twist with this x; false (and infinity) if there are none. Does not check the
 * subgroup. */
bool hcl_g2_from_x(hcl_g2 *out, const hcl_fq2 *x);
/** Compressed, 64 bytes: canonical x LE (c0, c1), bit 6 of the last byte = parity of y.c0, bit 7 = infinity.
 */
void hcl_g2_to_compressed(uint8_t out[64], const hcl_g2 *a);
/** Strict: false for a coefficient >= p, no such point on the curve, infinity flag with x != 0 or with the
 * sign bit set. Does not check the subgroup. */
bool hcl_g2_from_compressed(hcl_g2 *out, const uint8_t in[64]);
/** Raw, 128 bytes: Montgomery limbs of x.c0, x.c1, y.c0, y.c1. from_raw checks ranges and the curve equation,
 * not the subgroup. */
void hcl_g2_to_raw(uint8_t out[128], const hcl_g2 *a);
bool hcl_g2_from_raw(hcl_g2 *out, const uint8_t in[128]);

#endif

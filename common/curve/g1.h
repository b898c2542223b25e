/* SPDX-License-Identifier: Apache-2.0 */
/* G1 of BN254: y^2 = x^3 + 3 over Fq, prime order r, cofactor 1. Affine points are two canonical Fq
 * coordinates, infinity is (0, 0) (not on the curve otherwise): the memory layout is halo2's raw encoding.
 * Jacobian points (X, Y, Z), x = X/Z^2, y = Y/Z^3, Z = 0 is infinity. All formulas are complete in effect:
 * equal, opposite and infinite operands are handled. Variable time, thread-safe, no allocation;
 * outputs may alias inputs exactly. Only from_x, from_compressed, from_raw and
 * on_curve check the curve equation; the others take it for granted. */
#ifndef HCL_COMMON_CURVE_G1_H
#define HCL_COMMON_CURVE_G1_H

#include "common/field/fq.h"
#include "common/field/fr.h"
#include "common/sys/status.h"

typedef struct {
    hcl_fq x, y;
} hcl_g1;

typedef struct {
    hcl_fq x, y, z;
} hcl_g1_jac;

extern const hcl_g1 hcl_g1_generator, hcl_g1_infinity;

bool hcl_g1_is_infinity(const hcl_g1 *a);
bool hcl_g1_on_curve(const hcl_g1 *a); /* true for infinity */
bool hcl_g1_eq(const hcl_g1 *a, const hcl_g1 *b);
void hcl_g1_neg(hcl_g1 *out, const hcl_g1 *a);
void hcl_g1_jac_from_affine(hcl_g1_jac *out, const hcl_g1 *a);
void hcl_g1_jac_to_affine(hcl_g1 *out, const hcl_g1_jac *a);
/** One inversion for all. */
void hcl_g1_jac_to_affine_vec(hcl_g1 *out, const hcl_g1_jac *a, size_t n);
bool hcl_g1_jac_is_infinity(const hcl_g1_jac *a);
bool hcl_g1_jac_eq(const hcl_g1_jac *a, const hcl_g1_jac *b);
void hcl_g1_jac_neg(hcl_g1_jac *out, const hcl_g1_jac *a);
void hcl_g1_jac_double(hcl_g1_jac *out, const hcl_g1_jac *a);
void hcl_g1_jac_add(hcl_g1_jac *out, const hcl_g1_jac *a, const hcl_g1_jac *b);
void hcl_g1_jac_add_affine(hcl_g1_jac *out, const hcl_g1_jac *a, const hcl_g1 *b);
void hcl_g1_mul(hcl_g1_jac *out, const hcl_g1 *a, const hcl_fr *s);
void hcl_g1_jac_mul(hcl_g1_jac *out, const hcl_g1_jac *a, const hcl_fr *s);

/** One of the two points with this x, which are each other's negatives; false (and infinity) if there are
 * none. */
bool hcl_g1_from_x(hcl_g1 *out, const hcl_fq *x);
/** Compressed, 32 bytes: canonical x LE, bit 6 of the last byte = parity of y, bit 7 = infinity. */
void hcl_g1_to_compressed(uint8_t out[32], const hcl_g1 *a);
/** Strict: false for x >= p, no such point, infinity flag with x != 0 or with the sign bit set. */
bool hcl_g1_from_compressed(hcl_g1 *out, const uint8_t in[32]);
/** Raw, 64 bytes: Montgomery limbs of x then y. from_raw checks ranges and the curve equation. */
void hcl_g1_to_raw(uint8_t out[64], const hcl_g1 *a);
bool hcl_g1_from_raw(hcl_g1 *out, const uint8_t in[64]);

#endif

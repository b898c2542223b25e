/* SPDX-License-Identifier: Apache-2.0 */
/* Fr: integers modulo r, the order of BN254's G1 (docs/formats: FORMAT section 1).
 * A value is four little-endian 64-bit limbs in Montgomery form with R = 2^256, always canonical (< r); this
 * is also halo2's "raw" encoding. Outputs may alias inputs exactly, never partially. Variable time: see
 * docs/security.md. Scalar functions are thread-safe; *_vec functions run on the calling thread only (their
 * callers split the work) and go through the kernel chosen at start-up (HALOCLINE_CPU=portable|adx|ifma). */
#ifndef HCL_COMMON_FIELD_FR_H
#define HCL_COMMON_FIELD_FR_H

#include "common/field/kernel.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct {
    uint64_t l[4];
} hcl_fr;

#define HCL_FR_S 28 /* two-adicity of r-1 */

extern const hcl_fr hcl_fr_zero, hcl_fr_one, hcl_fr_root_of_unity /* order 2^28 */, hcl_fr_delta,
    hcl_fr_generator /* 7 */;

void hcl_fr_add(hcl_fr *out, const hcl_fr *a, const hcl_fr *b);
void hcl_fr_sub(hcl_fr *out, const hcl_fr *a, const hcl_fr *b);
void hcl_fr_neg(hcl_fr *out, const hcl_fr *a);
void hcl_fr_double(hcl_fr *out, const hcl_fr *a);
void hcl_fr_mul(hcl_fr *out, const hcl_fr *a, const hcl_fr *b);
void hcl_fr_sqr(hcl_fr *out, const hcl_fr *a);
/** out = a^-1, or 0 for a = 0. */
void hcl_fr_inv(hcl_fr *out, const hcl_fr *a);
/** out = a^e, e an ordinary integer. */
void hcl_fr_pow_u64(hcl_fr *out, const hcl_fr *a, uint64_t e);
bool hcl_fr_eq(const hcl_fr *a, const hcl_fr *b);
bool hcl_fr_is_zero(const hcl_fr *a);
void hcl_fr_from_u64(hcl_fr *out, uint64_t v);
/** Signed: negative v becomes r - |v|. */
void hcl_fr_from_i64(hcl_fr *out, int64_t v);

/** Canonical encoding, 32 bytes little-endian (halo2's to_repr). */
void hcl_fr_to_bytes(uint8_t out[32], const hcl_fr *a);
/** false (and *out = 0) when the integer is >= r. */
bool hcl_fr_from_bytes(hcl_fr *out, const uint8_t in[32]);
/** Raw encoding: the Montgomery limbs. from_raw: false when the integer is >= r. */
void hcl_fr_to_raw(uint8_t out[32], const hcl_fr *a);
bool hcl_fr_from_raw(hcl_fr *out, const uint8_t in[32]);
/** 64 bytes as a little-endian integer modulo r (transcript squeeze, hashing to the field, random). */
void hcl_fr_from_bytes_wide(hcl_fr *out, const uint8_t in[64]);
/** Canonical limbs of the integer (not Montgomery), least significant first. For MSM digits. */
void hcl_fr_to_limbs(uint64_t out[4], const hcl_fr *a);

/* Vectors of n elements; n = 0 allowed. out may be an input, or else overlaps none; c is not in out or acc.
 */
void hcl_fr_add_vec(hcl_fr *out, const hcl_fr *a, const hcl_fr *b, size_t n);
void hcl_fr_sub_vec(hcl_fr *out, const hcl_fr *a, const hcl_fr *b, size_t n);
void hcl_fr_mul_vec(hcl_fr *out, const hcl_fr *a, const hcl_fr *b, size_t n);
/** out[i] = a[i]^2 */
void hcl_fr_sqr_vec(hcl_fr *out, const hcl_fr *a, size_t n);
/** out[i] = a[i]*c */
void hcl_fr_scale_vec(hcl_fr *out, const hcl_fr *a, const hcl_fr *c, size_t n);
/** acc[i] += a[i]*c */
void hcl_fr_axpy_vec(hcl_fr *acc, const hcl_fr *a, const hcl_fr *c, size_t n);
/** acc[i] = acc[i]*c + a[i] (Horner step over vectors) */
void hcl_fr_horner_vec(hcl_fr *acc, const hcl_fr *c, const hcl_fr *a, size_t n);
/** In place a[i] = a[i]^-1, zeros stay zero. scratch: n elements. */
void hcl_fr_batch_inv(hcl_fr *a, hcl_fr *scratch, size_t n);
/** As hcl_fr_from_bytes_wide, 64 bytes per element. */
void hcl_fr_from_bytes_wide_vec(hcl_fr *out, const uint8_t *in, size_t n);
void hcl_fr_from_i64_vec(hcl_fr *out, const int64_t *v, size_t n);
/** out[i] = canonical limbs of a[i], 4 per element. */
void hcl_fr_to_limbs_vec(uint64_t *out, const hcl_fr *a, size_t n);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* Fq: integers modulo p, the coordinate field of BN254's curves. Same representation, conventions and
 * function contracts as Fr (common/field/fr.h); only what differs is repeated here. */
#ifndef HCL_COMMON_FIELD_FQ_H
#define HCL_COMMON_FIELD_FQ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct {
    uint64_t l[4];
} hcl_fq;

extern const hcl_fq hcl_fq_zero, hcl_fq_one;

void hcl_fq_add(hcl_fq *out, const hcl_fq *a, const hcl_fq *b);
void hcl_fq_sub(hcl_fq *out, const hcl_fq *a, const hcl_fq *b);
void hcl_fq_neg(hcl_fq *out, const hcl_fq *a);
void hcl_fq_double(hcl_fq *out, const hcl_fq *a);
void hcl_fq_mul(hcl_fq *out, const hcl_fq *a, const hcl_fq *b);
void hcl_fq_sqr(hcl_fq *out, const hcl_fq *a);
/** out = a^-1, or 0 for a = 0. */
void hcl_fq_inv(hcl_fq *out, const hcl_fq *a);
/** out = a^e, e an ordinary integer. */
void hcl_fq_pow_u64(hcl_fq *out, const hcl_fq *a, uint64_t e);
/** One of the two square roots; false (and *out = 0) for a non-residue. */
bool hcl_fq_sqrt(hcl_fq *out, const hcl_fq *a);
bool hcl_fq_eq(const hcl_fq *a, const hcl_fq *b);
bool hcl_fq_is_zero(const hcl_fq *a);
void hcl_fq_from_u64(hcl_fq *out, uint64_t v);
/** Signed: negative v becomes p - |v|. */
void hcl_fq_from_i64(hcl_fq *out, int64_t v);

/** Canonical encoding, 32 bytes little-endian (halo2's to_repr). */
void hcl_fq_to_bytes(uint8_t out[32], const hcl_fq *a);
/** false (and *out = 0) when the integer is >= p. */
bool hcl_fq_from_bytes(hcl_fq *out, const uint8_t in[32]);
/** Raw encoding: the Montgomery limbs. from_raw: false when the integer is >= p. */
void hcl_fq_to_raw(uint8_t out[32], const hcl_fq *a);
bool hcl_fq_from_raw(hcl_fq *out, const uint8_t in[32]);
/** 64 bytes as a little-endian integer modulo p (transcript squeeze, hashing to the field, random). */
void hcl_fq_from_bytes_wide(hcl_fq *out, const uint8_t in[64]);
/** Canonical limbs of the integer (not Montgomery), least significant first. For MSM digits. */
void hcl_fq_to_limbs(uint64_t out[4], const hcl_fq *a);

/* Vectors of n elements; n = 0 allowed. */
void hcl_fq_add_vec(hcl_fq *out, const hcl_fq *a, const hcl_fq *b, size_t n);
void hcl_fq_sub_vec(hcl_fq *out, const hcl_fq *a, const hcl_fq *b, size_t n);
void hcl_fq_mul_vec(hcl_fq *out, const hcl_fq *a, const hcl_fq *b, size_t n);
/** out[i] = a[i]^2 */
void hcl_fq_sqr_vec(hcl_fq *out, const hcl_fq *a, size_t n);
/** out[i] = a[i]*c */
void hcl_fq_scale_vec(hcl_fq *out, const hcl_fq *a, const hcl_fq *c, size_t n);
/** acc[i] += a[i]*c */
void hcl_fq_axpy_vec(hcl_fq *acc, const hcl_fq *a, const hcl_fq *c, size_t n);
/** acc[i] = acc[i]*c + a[i] */
void hcl_fq_horner_vec(hcl_fq *acc, const hcl_fq *c, const hcl_fq *a, size_t n);
/** In place a[i] = a[i]^-1, zeros stay zero. scratch: n elements. */
void hcl_fq_batch_inv(hcl_fq *a, hcl_fq *scratch, size_t n);
void hcl_fq_from_bytes_wide_vec(hcl_fq *out, const uint8_t *in, size_t n);
void hcl_fq_from_i64_vec(hcl_fq *out, const int64_t *v, size_t n);
/** out[i] = canonical limbs of a[i], 4 per element. */
void hcl_fq_to_limbs_vec(uint64_t *out, const hcl_fq *a, size_t n);

#endif

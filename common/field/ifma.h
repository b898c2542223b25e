/* SPDX-License-Identifier: Apache-2.0 */
/* Eight field elements side by side in AVX-512 registers, multiplied with vpmadd52 (IFMA).
 *
 * Only for files compiled with HCL_IFMA_FLAGS (hcl_kernel) and only called when hcl_field_has_ifma().
 *
 * An hcl_fp8 holds per 64-bit lane one integer in five limbs of 52 bits, limb i in l[i]. "Normalised": every
 * limb is in [0, 2^52). Integers are not canonical: each function states its bounds in multiples of the
 * modulus m (m < 2^254 < 2^260/84.6, so 84m < 2^260). Multiplication reads only the low 52 bits of each limb,
 * so its operands must be normalised.
 *
 * An element a is held in one of two forms: M, the integer a*2^256 mod m of memory, or S, a*2^260 mod m.
 * The product of integers X, Y is X*Y/2^260, so S*S -> S and S*M -> M; M*M is useless. Loading with a shift
 * by 4 bits turns M into S for free. Sums keep the form of their operands, which must agree.
 *
 * Names: hcl_fp8_* are for both primes; hcl_fr8_* and hcl_fq8_* come from common/field/ifma_template.h. */
#ifndef HCL_COMMON_FIELD_IFMA_H
#define HCL_COMMON_FIELD_IFMA_H

#include "common/field/fq.h"
#include "common/field/fr.h"
#include "common/field/ifma_params_internal.h"
#include <immintrin.h>

#define HCL_INLINE static inline __attribute__((always_inline))

typedef struct {
    __m512i l[5];
} hcl_fp8;

/* Multiples of the modulus that _sub may add. */
enum hcl_fp8_multiple { HCL_FP8_0M, HCL_FP8_1M, HCL_FP8_2M, HCL_FP8_4M, HCL_FP8_8M, HCL_FP8_16M };

HCL_INLINE __m512i hcl_fp8_limb_mask(void)
{
    return _mm512_set1_epi64((1LL << 52) - 1);
}

/** Every lane the same integer, limbs from memory. */
HCL_INLINE hcl_fp8 hcl_fp8_set1(const uint64_t limbs[5])
{
    hcl_fp8 out;
    out.l[0] = _mm512_set1_epi64((long long)limbs[0]);
    out.l[1] = _mm512_set1_epi64((long long)limbs[1]);
    out.l[2] = _mm512_set1_epi64((long long)limbs[2]);
    out.l[3] = _mm512_set1_epi64((long long)limbs[3]);
    out.l[4] = _mm512_set1_epi64((long long)limbs[4]);
    return out;
}

HCL_INLINE hcl_fp8 hcl_fp8_zero(void)
{
    const __m512i z = _mm512_setzero_si512();
    return (hcl_fp8){ { z, z, z, z, z } };
}

/** Lane-wise: lanes of `yes` where the mask bit is 1, of `no` where it is 0. */
HCL_INLINE hcl_fp8 hcl_fp8_select(__mmask8 mask, hcl_fp8 yes, hcl_fp8 no)
{
    hcl_fp8 out;
    out.l[0] = _mm512_mask_blend_epi64(mask, no.l[0], yes.l[0]);
    out.l[1] = _mm512_mask_blend_epi64(mask, no.l[1], yes.l[1]);
    out.l[2] = _mm512_mask_blend_epi64(mask, no.l[2], yes.l[2]);
    out.l[3] = _mm512_mask_blend_epi64(mask, no.l[3], yes.l[3]);
    out.l[4] = _mm512_mask_blend_epi64(mask, no.l[4], yes.l[4]);
    return out;
}

/** Carry limbs (signed, below 2^63 in size) upwards; the integer must be in [0, 2^260). Out: normalised. */
HCL_INLINE hcl_fp8 hcl_fp8_normalise(hcl_fp8 a)
{
    const __m512i mask = hcl_fp8_limb_mask();
    a.l[1] = _mm512_add_epi64(a.l[1], _mm512_srai_epi64(a.l[0], 52));
    a.l[0] = _mm512_and_si512(a.l[0], mask);
    a.l[2] = _mm512_add_epi64(a.l[2], _mm512_srai_epi64(a.l[1], 52));
    a.l[1] = _mm512_and_si512(a.l[1], mask);
    a.l[3] = _mm512_add_epi64(a.l[3], _mm512_srai_epi64(a.l[2], 52));
    a.l[2] = _mm512_and_si512(a.l[2], mask);
    a.l[4] = _mm512_add_epi64(a.l[4], _mm512_srai_epi64(a.l[3], 52));
    a.l[3] = _mm512_and_si512(a.l[3], mask);
    return a;
}

/** out = a + b limb by limb, not normalised: for sums of several terms; normalise once at the end. */
HCL_INLINE hcl_fp8 hcl_fp8_add_loose(hcl_fp8 a, hcl_fp8 b)
{
    hcl_fp8 out;
    out.l[0] = _mm512_add_epi64(a.l[0], b.l[0]);
    out.l[1] = _mm512_add_epi64(a.l[1], b.l[1]);
    out.l[2] = _mm512_add_epi64(a.l[2], b.l[2]);
    out.l[3] = _mm512_add_epi64(a.l[3], b.l[3]);
    out.l[4] = _mm512_add_epi64(a.l[4], b.l[4]);
    return out;
}

/** out = a - b limb by limb, limbs may become negative; the caller adds a multiple of m and normalises. */
HCL_INLINE hcl_fp8 hcl_fp8_sub_loose(hcl_fp8 a, hcl_fp8 b)
{
    hcl_fp8 out;
    out.l[0] = _mm512_sub_epi64(a.l[0], b.l[0]);
    out.l[1] = _mm512_sub_epi64(a.l[1], b.l[1]);
    out.l[2] = _mm512_sub_epi64(a.l[2], b.l[2]);
    out.l[3] = _mm512_sub_epi64(a.l[3], b.l[3]);
    out.l[4] = _mm512_sub_epi64(a.l[4], b.l[4]);
    return out;
}

/** out = a + b.  In: normalised, a + b < 84m.  Out: normalised, bounds add. */
HCL_INLINE hcl_fp8 hcl_fp8_add(hcl_fp8 a, hcl_fp8 b)
{
    return hcl_fp8_normalise(hcl_fp8_add_loose(a, b));
}

/** out = 2a, same bounds. */
HCL_INLINE hcl_fp8 hcl_fp8_double(hcl_fp8 a)
{
    return hcl_fp8_add(a, a);
}

/** Lanes whose integer is exactly 0 (normalised input). */
HCL_INLINE __mmask8 hcl_fp8_is_null(hcl_fp8 a)
{
    const __m512i x = _mm512_or_si512(_mm512_ternarylogic_epi64(a.l[0], a.l[1], a.l[2], 0xfe),
                                      _mm512_or_si512(a.l[3], a.l[4]));
    return _mm512_testn_epi64_mask(x, x);
}

/* Word j of eight elements, lanes in order of the elements, from four registers with two elements each; the
 * same network serves for reading and writing:
 *   z0 = e0w0 e0w1 e0w2 e0w3 e1w0 ..   ->   w[0] = e0w0 e1w0 e2w0 .. e7w0 */
HCL_INLINE void hcl_fp8_words_from_elements(__m512i w[4], __m512i z0, __m512i z1, __m512i z2, __m512i z3)
{
    const __m512i even = _mm512_setr_epi64(0, 4, 8, 12, 1, 5, 9, 13);
    const __m512i odd = _mm512_setr_epi64(2, 6, 10, 14, 3, 7, 11, 15);
    const __m512i a01 = _mm512_permutex2var_epi64(z0, even, z1);
    const __m512i a23 = _mm512_permutex2var_epi64(z0, odd, z1);
    const __m512i b01 = _mm512_permutex2var_epi64(z2, even, z3);
    const __m512i b23 = _mm512_permutex2var_epi64(z2, odd, z3);
    w[0] = _mm512_shuffle_i64x2(a01, b01, 0x44);
    w[1] = _mm512_shuffle_i64x2(a01, b01, 0xee);
    w[2] = _mm512_shuffle_i64x2(a23, b23, 0x44);
    w[3] = _mm512_shuffle_i64x2(a23, b23, 0xee);
}

HCL_INLINE void hcl_fp8_elements_from_words(__m512i z[4], __m512i w0, __m512i w1, __m512i w2, __m512i w3)
{
    const __m512i even = _mm512_setr_epi64(0, 4, 8, 12, 1, 5, 9, 13);
    const __m512i odd = _mm512_setr_epi64(2, 6, 10, 14, 3, 7, 11, 15);
    const __m512i a01 = _mm512_shuffle_i64x2(w0, w1, 0x44);
    const __m512i b01 = _mm512_shuffle_i64x2(w0, w1, 0xee);
    const __m512i a23 = _mm512_shuffle_i64x2(w2, w3, 0x44);
    const __m512i b23 = _mm512_shuffle_i64x2(w2, w3, 0xee);
    z[0] = _mm512_permutex2var_epi64(a01, even, a23);
    z[1] = _mm512_permutex2var_epi64(a01, odd, a23);
    z[2] = _mm512_permutex2var_epi64(b01, even, b23);
    z[3] = _mm512_permutex2var_epi64(b01, odd, b23);
}

/** Limbs of the integer given as four 64-bit words per lane (below 2^256). Normalised. */
HCL_INLINE hcl_fp8 hcl_fp8_from_words(const __m512i w[4])
{
    const __m512i mask = hcl_fp8_limb_mask();
    hcl_fp8 out;
    out.l[0] = _mm512_and_si512(w[0], mask);
    out.l[1] = _mm512_and_si512(_mm512_shrdi_epi64(w[0], w[1], 52), mask);
    out.l[2] = _mm512_and_si512(_mm512_shrdi_epi64(w[1], w[2], 40), mask);
    out.l[3] = _mm512_and_si512(_mm512_shrdi_epi64(w[2], w[3], 28), mask);
    out.l[4] = _mm512_srli_epi64(w[3], 16);
    return out;
}

/** The same integer times 16 (M to S): below 2^260. Normalised. */
HCL_INLINE hcl_fp8 hcl_fp8_from_words_shifted(const __m512i w[4])
{
    const __m512i mask = hcl_fp8_limb_mask();
    hcl_fp8 out;
    out.l[0] = _mm512_and_si512(_mm512_slli_epi64(w[0], 4), mask);
    out.l[1] = _mm512_and_si512(_mm512_shrdi_epi64(w[0], w[1], 48), mask);
    out.l[2] = _mm512_and_si512(_mm512_shrdi_epi64(w[1], w[2], 36), mask);
    out.l[3] = _mm512_and_si512(_mm512_shrdi_epi64(w[2], w[3], 24), mask);
    out.l[4] = _mm512_srli_epi64(w[3], 12);
    return out;
}

/** The same integer times 4: squared, M becomes M (16*a^2/2^260 = a^2/2^256). Below 2^258. Normalised. */
HCL_INLINE hcl_fp8 hcl_fp8_from_words_times4(const __m512i w[4])
{
    const __m512i mask = hcl_fp8_limb_mask();
    hcl_fp8 out;
    out.l[0] = _mm512_and_si512(_mm512_slli_epi64(w[0], 2), mask);
    out.l[1] = _mm512_and_si512(_mm512_shrdi_epi64(w[0], w[1], 50), mask);
    out.l[2] = _mm512_and_si512(_mm512_shrdi_epi64(w[1], w[2], 38), mask);
    out.l[3] = _mm512_and_si512(_mm512_shrdi_epi64(w[2], w[3], 26), mask);
    out.l[4] = _mm512_srli_epi64(w[3], 14);
    return out;
}

/** Four 64-bit words per lane.  In: normalised, below 2^256. */
HCL_INLINE void hcl_fp8_to_words(__m512i w[4], hcl_fp8 a)
{
    w[0] = _mm512_or_si512(a.l[0], _mm512_slli_epi64(a.l[1], 52));
    w[1] = _mm512_or_si512(_mm512_srli_epi64(a.l[1], 12), _mm512_slli_epi64(a.l[2], 40));
    w[2] = _mm512_or_si512(_mm512_srli_epi64(a.l[2], 24), _mm512_slli_epi64(a.l[3], 28));
    w[3] = _mm512_or_si512(_mm512_srli_epi64(a.l[3], 36), _mm512_slli_epi64(a.l[4], 16));
}

HCL_INLINE void hcl_fp8_load_words(__m512i w[4], const uint64_t *mem)
{
    hcl_fp8_words_from_elements(w, _mm512_loadu_si512(mem), _mm512_loadu_si512(mem + 8),
                                _mm512_loadu_si512(mem + 16), _mm512_loadu_si512(mem + 24));
}

/** Eight consecutive elements (32 words) of memory.  Out: form M, below m. */
HCL_INLINE hcl_fp8 hcl_fp8_load(const uint64_t *mem)
{
    __m512i w[4];
    hcl_fp8_load_words(w, mem);
    return hcl_fp8_from_words(w);
}

/** Out: form S, below 16m. */
HCL_INLINE hcl_fp8 hcl_fp8_load_shifted(const uint64_t *mem)
{
    __m512i w[4];
    hcl_fp8_load_words(w, mem);
    return hcl_fp8_from_words_shifted(w);
}

/** Out: 4 times form M, below 4m, to be squared. */
HCL_INLINE hcl_fp8 hcl_fp8_load_times4(const uint64_t *mem)
{
    __m512i w[4];
    hcl_fp8_load_words(w, mem);
    return hcl_fp8_from_words_times4(w);
}

HCL_INLINE __m512i hcl_fp8_pair(const uint64_t *first, const uint64_t *second)
{
    return _mm512_inserti64x4(_mm512_castsi256_si512(_mm256_loadu_si256((const void *)first)),
                              _mm256_loadu_si256((const void *)second), 1);
}

/** Words of eight elements anywhere in memory. */
HCL_INLINE void hcl_fp8_gather_words(__m512i w[4], const uint64_t *const at[8])
{
    hcl_fp8_words_from_elements(w, hcl_fp8_pair(at[0], at[1]), hcl_fp8_pair(at[2], at[3]),
                                hcl_fp8_pair(at[4], at[5]), hcl_fp8_pair(at[6], at[7]));
}

/** Eight elements anywhere in memory.  Out: form M, below m. */
HCL_INLINE hcl_fp8 hcl_fp8_gather(const uint64_t *const at[8])
{
    __m512i w[4];
    hcl_fp8_gather_words(w, at);
    return hcl_fp8_from_words(w);
}

/** Out: form S, below 16m. */
HCL_INLINE hcl_fp8 hcl_fp8_gather_shifted(const uint64_t *const at[8])
{
    __m512i w[4];
    hcl_fp8_gather_words(w, at);
    return hcl_fp8_from_words_shifted(w);
}

/** Eight consecutive elements to memory.  In: normalised; form M and below m for canonical memory. */
HCL_INLINE void hcl_fp8_store(uint64_t *mem, hcl_fp8 a)
{
    __m512i w[4], z[4];
    hcl_fp8_to_words(w, a);
    hcl_fp8_elements_from_words(z, w[0], w[1], w[2], w[3]);
    _mm512_storeu_si512(mem, z[0]);
    _mm512_storeu_si512(mem + 8, z[1]);
    _mm512_storeu_si512(mem + 16, z[2]);
    _mm512_storeu_si512(mem + 24, z[3]);
}

/** Eight elements to anywhere in memory; at[] distinct, or the last of equal ones wins. */
HCL_INLINE void hcl_fp8_scatter(uint64_t *const at[8], hcl_fp8 a)
{
    __m512i w[4], z[4];
    hcl_fp8_to_words(w, a);
    hcl_fp8_elements_from_words(z, w[0], w[1], w[2], w[3]);
    for (int i = 0; i < 4; i++) {
        _mm256_storeu_si256((void *)at[2 * i], _mm512_castsi512_si256(z[i]));
        _mm256_storeu_si256((void *)at[2 * i + 1], _mm512_extracti64x4_epi64(z[i], 1));
    }
}

/* c[0..5] += x*y, both below 2^52 per limb: low halves at j, high halves at j + 1. */
HCL_INLINE void hcl_fp8_mad_row(__m512i *c, __m512i x, const __m512i *y)
{
    c[0] = _mm512_madd52lo_epu64(c[0], x, y[0]);
    c[1] = _mm512_madd52lo_epu64(c[1], x, y[1]);
    c[2] = _mm512_madd52lo_epu64(c[2], x, y[2]);
    c[3] = _mm512_madd52lo_epu64(c[3], x, y[3]);
    c[4] = _mm512_madd52lo_epu64(c[4], x, y[4]);
    c[1] = _mm512_madd52hi_epu64(c[1], x, y[0]);
    c[2] = _mm512_madd52hi_epu64(c[2], x, y[1]);
    c[3] = _mm512_madd52hi_epu64(c[3], x, y[2]);
    c[4] = _mm512_madd52hi_epu64(c[4], x, y[3]);
    c[5] = _mm512_madd52hi_epu64(c[5], x, y[4]);
}

#define FP8(name) hcl_fr8_##name
#define FP8_WORDS hcl_fr
#define FP8_MULTIPLES HCL_FR52_MULTIPLES
#define FP8_FOLD1 HCL_FR52_FOLD1
#define FP8_FOLD2 HCL_FR52_FOLD2
#define FP8_ONE HCL_FR52_ONE
#define FP8_NEG_INV HCL_FR52_NEG_INV
#include "common/field/ifma_template.h"
#undef FP8
#undef FP8_WORDS
#undef FP8_MULTIPLES
#undef FP8_FOLD1
#undef FP8_FOLD2
#undef FP8_ONE
#undef FP8_NEG_INV

#define FP8(name) hcl_fq8_##name
#define FP8_WORDS hcl_fq
#define FP8_MULTIPLES HCL_FQ52_MULTIPLES
#define FP8_FOLD1 HCL_FQ52_FOLD1
#define FP8_FOLD2 HCL_FQ52_FOLD2
#define FP8_ONE HCL_FQ52_ONE
#define FP8_NEG_INV HCL_FQ52_NEG_INV
#include "common/field/ifma_template.h"
#undef FP8
#undef FP8_WORDS
#undef FP8_MULTIPLES
#undef FP8_FOLD1
#undef FP8_FOLD2
#undef FP8_ONE
#undef FP8_NEG_INV

#endif

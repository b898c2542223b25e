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
#include "common/sys/status.h"
#include <immintrin.h>

#define HCL_INLINE static inline __attribute__((always_inline))

typedef struct {
    __m512i l[5];
} hcl_fp8;

/* A factor prepared for many multiplications (hcl_fr8_fix, hcl_fq8_fix). */
struct hcl_fp8_fixed {
    hcl_fp8 w[5];
};

/* Multiples of the modulus that _sub may add. */
enum hcl_fp8_multiple { HCL_FP8_0M, HCL_FP8_1M, HCL_FP8_2M, HCL_FP8_4M, HCL_FP8_8M, HCL_FP8_16M };

static const uint64_t hcl_fp8_mask = ((uint64_t)1 << 52) - 1;

/* A word from memory in every lane. Compilers that know its value put it together in an integer register and
 * move it across, which takes the multiplier's pipes; loads do not. */
HCL_INLINE __m512i hcl_fp8_constant(const uint64_t *word)
{
    __asm__("" : "+r"(word));
    return _mm512_set1_epi64((long long)*word);
}

HCL_INLINE __m512i hcl_fp8_limb_mask(void)
{
    return hcl_fp8_constant(&hcl_fp8_mask);
}

/** Every lane the same integer, limbs from memory. */
HCL_INLINE hcl_fp8 hcl_fp8_set1(const uint64_t limbs[5])
{
    hcl_fp8 out;
    __asm__("" : "+r"(limbs)); /* as in hcl_fp8_constant */
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

/** Carry limbs (signed, below 2^62 in size) upwards; the integer must be in [0, 2^260). Out: normalised. With
 * a negative integer the top limb comes out negative. */
HCL_INLINE hcl_fp8 hcl_fp8_normalise(hcl_fp8 a)
{
    const __m512i mask = hcl_fp8_limb_mask();
    a.l[1] = _mm512_add_epi64(a.l[1], _mm512_srai_epi64(a.l[0], 52));
    a.l[2] = _mm512_add_epi64(a.l[2], _mm512_srai_epi64(a.l[1], 52));
    a.l[3] = _mm512_add_epi64(a.l[3], _mm512_srai_epi64(a.l[2], 52));
    a.l[4] = _mm512_add_epi64(a.l[4], _mm512_srai_epi64(a.l[3], 52));
    a.l[0] = _mm512_and_si512(a.l[0], mask);
    a.l[1] = _mm512_and_si512(a.l[1], mask);
    a.l[2] = _mm512_and_si512(a.l[2], mask);
    a.l[3] = _mm512_and_si512(a.l[3], mask);
    return a;
}

/** Is every limb of every lane in [0, 2^52)? For HCL_ASSERT. */
HCL_INLINE bool hcl_fp8_is_normalised(hcl_fp8 a)
{
    __mmask8 above = 0;
    for (int i = 0; i < 5; i++)
        above |= _mm512_cmpgt_epu64_mask(a.l[i], hcl_fp8_limb_mask());
    return above == 0;
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

/* Word j of eight elements from four registers with two elements each, and back. The networks use only
 * shuffles that do not occupy the multiplier's ports (VPERMT2Q and the VBMI2 double shifts do, on Zen 4). The
 * lanes come in the order e0 e2 e1 e3 e4 e6 e5 e7 for z0 = e0 e1, z1 = e2 e3, ..: loops over whole arrays do
 * not care
 * ("_mixed"), others choose the pairs so that the order is natural. */
HCL_INLINE void hcl_fp8_words_from_elements(__m512i w[4], __m512i z0, __m512i z1, __m512i z2, __m512i z3)
{
    const __m512i a02 = _mm512_unpacklo_epi64(z0, z1), a13 = _mm512_unpackhi_epi64(z0, z1);
    const __m512i b02 = _mm512_unpacklo_epi64(z2, z3), b13 = _mm512_unpackhi_epi64(z2, z3);
    w[0] = _mm512_shuffle_i64x2(a02, b02, 0x88);
    w[1] = _mm512_shuffle_i64x2(a13, b13, 0x88);
    w[2] = _mm512_shuffle_i64x2(a02, b02, 0xdd);
    w[3] = _mm512_shuffle_i64x2(a13, b13, 0xdd);
}

HCL_INLINE void hcl_fp8_elements_from_words(__m512i z[4], __m512i w0, __m512i w1, __m512i w2, __m512i w3)
{
    const __m512i a02 = _mm512_shuffle_i64x2(w0, w2, 0x44), a13 = _mm512_shuffle_i64x2(w1, w3, 0x44);
    const __m512i b02 = _mm512_shuffle_i64x2(w0, w2, 0xee), b13 = _mm512_shuffle_i64x2(w1, w3, 0xee);
    const __m512i y0 = _mm512_unpacklo_epi64(a02, a13), y1 = _mm512_unpackhi_epi64(a02, a13);
    const __m512i y2 = _mm512_unpacklo_epi64(b02, b13), y3 = _mm512_unpackhi_epi64(b02, b13);
    z[0] = _mm512_shuffle_i64x2(y0, y0, 0xd8);
    z[1] = _mm512_shuffle_i64x2(y1, y1, 0xd8);
    z[2] = _mm512_shuffle_i64x2(y2, y2, 0xd8);
    z[3] = _mm512_shuffle_i64x2(y3, y3, 0xd8);
}

HCL_INLINE __m512i hcl_fp8_or_and(__m512i a, __m512i b, __m512i mask)
{
    return _mm512_ternarylogic_epi64(a, b, mask, 0xa8); /* (a | b) & mask */
}

/** Limbs of the integer given as four 64-bit words per lane (below 2^256). Normalised. */
HCL_INLINE hcl_fp8 hcl_fp8_from_words(const __m512i w[4])
{
    const __m512i mask = hcl_fp8_limb_mask();
    hcl_fp8 out;
    out.l[0] = _mm512_and_si512(w[0], mask);
    out.l[1] = hcl_fp8_or_and(_mm512_srli_epi64(w[0], 52), _mm512_slli_epi64(w[1], 12), mask);
    out.l[2] = hcl_fp8_or_and(_mm512_srli_epi64(w[1], 40), _mm512_slli_epi64(w[2], 24), mask);
    out.l[3] = hcl_fp8_or_and(_mm512_srli_epi64(w[2], 28), _mm512_slli_epi64(w[3], 36), mask);
    out.l[4] = _mm512_srli_epi64(w[3], 16);
    return out;
}

/** The same integer times 16 (M to S): below 2^260. Normalised. */
HCL_INLINE hcl_fp8 hcl_fp8_from_words_shifted(const __m512i w[4])
{
    const __m512i mask = hcl_fp8_limb_mask();
    hcl_fp8 out;
    out.l[0] = _mm512_and_si512(_mm512_slli_epi64(w[0], 4), mask);
    out.l[1] = hcl_fp8_or_and(_mm512_srli_epi64(w[0], 48), _mm512_slli_epi64(w[1], 16), mask);
    out.l[2] = hcl_fp8_or_and(_mm512_srli_epi64(w[1], 36), _mm512_slli_epi64(w[2], 28), mask);
    out.l[3] = hcl_fp8_or_and(_mm512_srli_epi64(w[2], 24), _mm512_slli_epi64(w[3], 40), mask);
    out.l[4] = _mm512_srli_epi64(w[3], 12);
    return out;
}

/** The same integer times 4: squared, M becomes M (16*a^2/2^260 = a^2/2^256). Below 2^258. Normalised. */
HCL_INLINE hcl_fp8 hcl_fp8_from_words_times4(const __m512i w[4])
{
    const __m512i mask = hcl_fp8_limb_mask();
    hcl_fp8 out;
    out.l[0] = _mm512_and_si512(_mm512_slli_epi64(w[0], 2), mask);
    out.l[1] = hcl_fp8_or_and(_mm512_srli_epi64(w[0], 50), _mm512_slli_epi64(w[1], 14), mask);
    out.l[2] = hcl_fp8_or_and(_mm512_srli_epi64(w[1], 38), _mm512_slli_epi64(w[2], 26), mask);
    out.l[3] = hcl_fp8_or_and(_mm512_srli_epi64(w[2], 26), _mm512_slli_epi64(w[3], 38), mask);
    out.l[4] = _mm512_srli_epi64(w[3], 14);
    return out;
}

/** Four 64-bit words per lane.  In: normalised, below 2^256. */
HCL_INLINE void hcl_fp8_to_words(__m512i w[4], hcl_fp8 a)
{
    HCL_ASSERT(hcl_fp8_is_normalised(a));
    w[0] = _mm512_or_si512(a.l[0], _mm512_slli_epi64(a.l[1], 52));
    w[1] = _mm512_or_si512(_mm512_srli_epi64(a.l[1], 12), _mm512_slli_epi64(a.l[2], 40));
    w[2] = _mm512_or_si512(_mm512_srli_epi64(a.l[2], 24), _mm512_slli_epi64(a.l[3], 28));
    w[3] = _mm512_or_si512(_mm512_srli_epi64(a.l[3], 36), _mm512_slli_epi64(a.l[4], 16));
}

HCL_INLINE __m512i hcl_fp8_pair(const uint64_t *first, const uint64_t *second)
{
    return _mm512_inserti64x4(_mm512_castsi256_si512(_mm256_loadu_si256((const void *)first)),
                              _mm256_loadu_si256((const void *)second), 1);
}

/** Words of eight elements anywhere in memory, lane i from at[i]. */
HCL_INLINE void hcl_fp8_gather_words(__m512i w[4], const uint64_t *const at[8])
{
    hcl_fp8_words_from_elements(w, hcl_fp8_pair(at[0], at[2]), hcl_fp8_pair(at[1], at[3]),
                                hcl_fp8_pair(at[4], at[6]), hcl_fp8_pair(at[5], at[7]));
}

/** Words of eight consecutive elements, lane i from element i. */
HCL_INLINE void hcl_fp8_load_words(__m512i w[4], const uint64_t *mem)
{
    hcl_fp8_words_from_elements(w, hcl_fp8_pair(mem, mem + 8), hcl_fp8_pair(mem + 4, mem + 12),
                                hcl_fp8_pair(mem + 16, mem + 24), hcl_fp8_pair(mem + 20, mem + 28));
}

/** Words of eight consecutive elements, lanes in mixed order. */
HCL_INLINE void hcl_fp8_load_words_mixed(__m512i w[4], const uint64_t *mem)
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

/** As load and load_shifted, lanes in the order that hcl_fp8_store_mixed undoes. Cheaper. */
HCL_INLINE hcl_fp8 hcl_fp8_load_mixed(const uint64_t *mem)
{
    __m512i w[4];
    hcl_fp8_load_words_mixed(w, mem);
    return hcl_fp8_from_words(w);
}

HCL_INLINE hcl_fp8 hcl_fp8_load_shifted_mixed(const uint64_t *mem)
{
    __m512i w[4];
    hcl_fp8_load_words_mixed(w, mem);
    return hcl_fp8_from_words_shifted(w);
}

/** Out: 4 times form M, below 4m, to be squared. */
HCL_INLINE hcl_fp8 hcl_fp8_load_times4_mixed(const uint64_t *mem)
{
    __m512i w[4];
    hcl_fp8_load_words_mixed(w, mem);
    return hcl_fp8_from_words_times4(w);
}

/** Eight elements anywhere in memory, lane i from at[i].  Out: form M, below m. */
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

HCL_INLINE void hcl_fp8_store_pair(uint64_t *first, uint64_t *second, __m512i z)
{
    _mm256_storeu_si256((void *)first, _mm512_castsi512_si256(z));
    _mm256_storeu_si256((void *)second, _mm512_extracti64x4_epi64(z, 1));
}

/** Lane i to at[i], all distinct.  In: as hcl_fp8_to_words; form M
 * and below m for canonical memory. */
HCL_INLINE void hcl_fp8_scatter(uint64_t *const at[8], hcl_fp8 a)
{
    __m512i w[4], z[4];
    hcl_fp8_to_words(w, a);
    hcl_fp8_elements_from_words(z, w[0], w[1], w[2], w[3]);
    hcl_fp8_store_pair(at[0], at[2], z[0]);
    hcl_fp8_store_pair(at[1], at[3], z[1]);
    hcl_fp8_store_pair(at[4], at[6], z[2]);
    hcl_fp8_store_pair(at[5], at[7], z[3]);
}

/** Lane i to element i of eight consecutive ones. */
HCL_INLINE void hcl_fp8_store(uint64_t *mem, hcl_fp8 a)
{
    uint64_t *const at[8] = { mem, mem + 4, mem + 8, mem + 12, mem + 16, mem + 20, mem + 24, mem + 28 };
    hcl_fp8_scatter(at, a);
}

/** The inverse of the mixed loads. */
HCL_INLINE void hcl_fp8_store_mixed(uint64_t *mem, hcl_fp8 a)
{
    __m512i w[4], z[4];
    hcl_fp8_to_words(w, a);
    hcl_fp8_elements_from_words(z, w[0], w[1], w[2], w[3]);
    _mm512_storeu_si512(mem, z[0]);
    _mm512_storeu_si512(mem + 8, z[1]);
    _mm512_storeu_si512(mem + 16, z[2]);
    _mm512_storeu_si512(mem + 24, z[3]);
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

/* c[0] += low(x*y), c[1] += high(x*y) */
HCL_INLINE void hcl_fp8_mad(__m512i *c, __m512i x, __m512i y)
{
    c[0] = _mm512_madd52lo_epu64(c[0], x, y);
    c[1] = _mm512_madd52hi_epu64(c[1], x, y);
}

#define FP8(name) hcl_fr8_##name
#define FP8_WORDS hcl_fr
#define FP8_MULTIPLES HCL_FR52_MULTIPLES
#define FP8_TABLE HCL_FR52_TABLE
#define FP8_QUOTIENT HCL_FR52_QUOTIENT
#define FP8_FOLD1 HCL_FR52_FOLD1
#define FP8_FOLD2 HCL_FR52_FOLD2
#define FP8_ONE HCL_FR52_ONE
#define FP8_NEG_INV HCL_FR52_NEG_INV
#include "common/field/ifma_template.h"
#undef FP8
#undef FP8_WORDS
#undef FP8_MULTIPLES
#undef FP8_TABLE
#undef FP8_QUOTIENT
#undef FP8_FOLD1
#undef FP8_FOLD2
#undef FP8_ONE
#undef FP8_NEG_INV

#define FP8(name) hcl_fq8_##name
#define FP8_WORDS hcl_fq
#define FP8_MULTIPLES HCL_FQ52_MULTIPLES
#define FP8_TABLE HCL_FQ52_TABLE
#define FP8_QUOTIENT HCL_FQ52_QUOTIENT
#define FP8_FOLD1 HCL_FQ52_FOLD1
#define FP8_FOLD2 HCL_FQ52_FOLD2
#define FP8_ONE HCL_FQ52_ONE
#define FP8_NEG_INV HCL_FQ52_NEG_INV
#include "common/field/ifma_template.h"
#undef FP8
#undef FP8_WORDS
#undef FP8_MULTIPLES
#undef FP8_TABLE
#undef FP8_QUOTIENT
#undef FP8_FOLD1
#undef FP8_FOLD2
#undef FP8_ONE
#undef FP8_NEG_INV

#endif

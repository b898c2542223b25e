/* SPDX-License-Identifier: Apache-2.0 */
/* Template: arithmetic modulo one prime m on eight lanes. Only included by common/field/ifma.h, which
 * explains forms and bounds. No include guard on purpose. */

static const uint64_t FP8(multiples)[6][5] = FP8_MULTIPLES;
static const uint64_t FP8(fold1)[5] = FP8_FOLD1;
static const uint64_t FP8(fold2)[5] = FP8_FOLD2;
static const uint64_t FP8(one_limbs)[5] = FP8_ONE;

/** 1 in form S, below m. */
HCL_INLINE hcl_fp8 FP8(one)(void)
{
    return hcl_fp8_set1(FP8(one_limbs));
}

/** out = a - b + multiple*m.  In: normalised, b <= multiple*m, a + multiple*m < 84m.
 * Out: normalised, below a's bound plus multiple*m. */
HCL_INLINE hcl_fp8 FP8(sub)(hcl_fp8 a, hcl_fp8 b, enum hcl_fp8_multiple multiple)
{
    const hcl_fp8 k = hcl_fp8_set1(FP8(multiples)[multiple]);
    return hcl_fp8_normalise(hcl_fp8_add_loose(hcl_fp8_sub_loose(a, b), k));
}

/** out = multiple*m - a.  In: normalised, a <= multiple*m. */
HCL_INLINE hcl_fp8 FP8(neg)(hcl_fp8 a, enum hcl_fp8_multiple multiple)
{
    return hcl_fp8_normalise(hcl_fp8_sub_loose(hcl_fp8_set1(FP8(multiples)[multiple]), a));
}

/** out = a or a - multiple*m, whichever is the smallest non-negative.  In: limbs need not be normalised.
 * Out: normalised; a < 2*multiple*m becomes < multiple*m. */
HCL_INLINE hcl_fp8 FP8(reduce)(hcl_fp8 a, enum hcl_fp8_multiple multiple)
{
    const hcl_fp8 k = hcl_fp8_set1(FP8(multiples)[multiple]);
    const hcl_fp8 d = hcl_fp8_normalise(hcl_fp8_sub_loose(a, k));
    return hcl_fp8_select(_mm512_movepi64_mask(d.l[4]), hcl_fp8_normalise(a), d);
}

/* c[1] += carry of c[0] + low(f*m), whose low limb is 0; c[1..5] += the rest of f*m, f = -c[0]/m mod 2^52. */
HCL_INLINE void FP8(clear_limb)(__m512i *c, const __m512i *m)
{
    const __m512i zero = _mm512_setzero_si512();
    const __m512i f = _mm512_madd52lo_epu64(zero, c[0], _mm512_set1_epi64(FP8_NEG_INV));
    const __mmask8 carry = _mm512_test_epi64_mask(c[0], hcl_fp8_limb_mask());
    c[1] = _mm512_add_epi64(c[1], _mm512_srli_epi64(c[0], 52));
    c[1] = _mm512_mask_add_epi64(c[1], carry, c[1], _mm512_set1_epi64(1));
    c[1] = _mm512_madd52lo_epu64(c[1], f, m[1]);
    c[2] = _mm512_madd52lo_epu64(c[2], f, m[2]);
    c[3] = _mm512_madd52lo_epu64(c[3], f, m[3]);
    c[4] = _mm512_madd52lo_epu64(c[4], f, m[4]);
    c[1] = _mm512_madd52hi_epu64(c[1], f, m[0]);
    c[2] = _mm512_madd52hi_epu64(c[2], f, m[1]);
    c[3] = _mm512_madd52hi_epu64(c[3], f, m[2]);
    c[4] = _mm512_madd52hi_epu64(c[4], f, m[3]);
    c[5] = _mm512_madd52hi_epu64(c[5], f, m[4]);
}

/* The integer T = sum c[i]*2^(52i), i < 10, divided by 2^260 modulo m; limbs not normalised.
 * Three of the five limbs go by T = T_lo + 2^52*T_hi -> T_hi + T_lo*(2^-52 mod m), which needs no quotient
 * digit, hence no multiplication by -1/m and a shorter chain; the last two by Montgomery's step, because a
 * fold leaves up to 2^52*m: two limbs:  T1 < T/2^104 + 2^104*m;   third:   T2 < T/2^156 + 2*2^52*m; fourth:
 * T3 < T/2^208 + 3*m;       fifth:   T4 < T/2^260 + m*(1 + 2^-50). */
HCL_INLINE hcl_fp8 FP8(divide_out)(__m512i c[10])
{
    const hcl_fp8 m = hcl_fp8_set1(FP8(multiples)[HCL_FP8_1M]);
    const hcl_fp8 fold1 = hcl_fp8_set1(FP8(fold1)), fold2 = hcl_fp8_set1(FP8(fold2));
    c[1] = _mm512_add_epi64(c[1], _mm512_srli_epi64(c[0], 52));
    c[2] = _mm512_add_epi64(c[2], _mm512_srli_epi64(c[1], 52));
    hcl_fp8_mad_row(c + 2, c[0], fold2.l);
    hcl_fp8_mad_row(c + 3, c[1], fold2.l);
    c[3] = _mm512_add_epi64(c[3], _mm512_srli_epi64(c[2], 52));
    hcl_fp8_mad_row(c + 3, c[2], fold1.l);
    FP8(clear_limb)(c + 3, m.l);
    FP8(clear_limb)(c + 4, m.l);
    return (hcl_fp8){ { c[5], c[6], c[7], c[8], c[9] } };
}

/* a*b in ten columns, none above 10*2^52. */
HCL_INLINE void FP8(columns)(__m512i c[10], hcl_fp8 a, hcl_fp8 b)
{
    for (int i = 0; i < 10; i++)
        c[i] = _mm512_setzero_si512();
    hcl_fp8_mad_row(c + 0, a.l[0], b.l);
    hcl_fp8_mad_row(c + 1, a.l[1], b.l);
    hcl_fp8_mad_row(c + 2, a.l[2], b.l);
    hcl_fp8_mad_row(c + 3, a.l[3], b.l);
    hcl_fp8_mad_row(c + 4, a.l[4], b.l);
}

/** out = a*b/2^260, limbs not normalised (below 2^57): for sums of products.
 * In: normalised, a*b <= 84m^2.  Out: below 2m (below 1.2m if a < 16m, b < m). */
HCL_INLINE hcl_fp8 FP8(mul_loose)(hcl_fp8 a, hcl_fp8 b)
{
    __m512i c[10];
    FP8(columns)(c, a, b);
    return FP8(divide_out)(c);
}

/** out = a*b/2^260.  In: normalised, a*b <= 84m^2 (e.g. both below 9m).  Out: normalised, below 2m. 100
 * vpmadd52. */
HCL_INLINE hcl_fp8 FP8(mul)(hcl_fp8 a, hcl_fp8 b)
{
    return hcl_fp8_normalise(FP8(mul_loose)(a, b));
}

/** The same, canonical: below m. What to store. */
HCL_INLINE hcl_fp8 FP8(mul_canonical)(hcl_fp8 a, hcl_fp8 b)
{
    return FP8(reduce)(FP8(mul_loose)(a, b), HCL_FP8_1M);
}

/* c[0] += 2*low(x*y), c[1] += 2*high(x*y) are accumulated single and doubled by the caller. */
HCL_INLINE void FP8(cross)(__m512i *c, __m512i x, __m512i y)
{
    c[0] = _mm512_madd52lo_epu64(c[0], x, y);
    c[1] = _mm512_madd52hi_epu64(c[1], x, y);
}

/** out = a^2/2^260, limbs not normalised. Bounds of mul_loose. 80 vpmadd52. */
HCL_INLINE hcl_fp8 FP8(sqr_loose)(hcl_fp8 a)
{
    __m512i c[10];
    for (int i = 0; i < 10; i++)
        c[i] = _mm512_setzero_si512();
    FP8(cross)(c + 1, a.l[0], a.l[1]);
    FP8(cross)(c + 2, a.l[0], a.l[2]);
    FP8(cross)(c + 3, a.l[0], a.l[3]);
    FP8(cross)(c + 4, a.l[0], a.l[4]);
    FP8(cross)(c + 3, a.l[1], a.l[2]);
    FP8(cross)(c + 4, a.l[1], a.l[3]);
    FP8(cross)(c + 5, a.l[1], a.l[4]);
    FP8(cross)(c + 5, a.l[2], a.l[3]);
    FP8(cross)(c + 6, a.l[2], a.l[4]);
    FP8(cross)(c + 7, a.l[3], a.l[4]);
    for (int i = 1; i < 9; i++)
        c[i] = _mm512_add_epi64(c[i], c[i]);
    FP8(cross)(c + 0, a.l[0], a.l[0]);
    FP8(cross)(c + 2, a.l[1], a.l[1]);
    FP8(cross)(c + 4, a.l[2], a.l[2]);
    FP8(cross)(c + 6, a.l[3], a.l[3]);
    FP8(cross)(c + 8, a.l[4], a.l[4]);
    return FP8(divide_out)(c);
}

/** out = a^2/2^260.  In: normalised, a < 9m.  Out: normalised, below 2m. For form S. */
HCL_INLINE hcl_fp8 FP8(sqr)(hcl_fp8 a)
{
    return hcl_fp8_normalise(FP8(sqr_loose)(a));
}

/** Lanes that are 0 modulo m.  In: normalised, below 2m. */
HCL_INLINE __mmask8 FP8(is_zero)(hcl_fp8 a)
{
    return hcl_fp8_is_null(FP8(reduce)(a, HCL_FP8_1M));
}

/** S to M: out = a/16 modulo m.  In: normalised, below 84m.  Out: normalised, below a/16 + m.
 * Adds the multiple of m that clears the low 4 bits, then shifts. */
HCL_INLINE hcl_fp8 FP8(to_memory_form)(hcl_fp8 a)
{
    const hcl_fp8 m = hcl_fp8_set1(FP8(multiples)[HCL_FP8_1M]);
    const __m512i mask = hcl_fp8_limb_mask();
    const __m512i f = _mm512_and_si512(
        _mm512_madd52lo_epu64(_mm512_setzero_si512(), a.l[0], _mm512_set1_epi64(FP8_NEG_INV)),
        _mm512_set1_epi64(15));
    __m512i c[6] = { a.l[0], a.l[1], a.l[2], a.l[3], a.l[4], _mm512_setzero_si512() };
    hcl_fp8_mad_row(c, f, m.l); /* c[5] stays 0: f < 2^4, m's top limb < 2^46 */
    hcl_fp8 t = hcl_fp8_normalise((hcl_fp8){ { c[0], c[1], c[2], c[3], c[4] } });
    for (int i = 0; i < 4; i++)
        t.l[i] = _mm512_and_si512(
            _mm512_or_si512(_mm512_srli_epi64(t.l[i], 4), _mm512_slli_epi64(t.l[i + 1], 48)), mask);
    t.l[4] = _mm512_srli_epi64(t.l[4], 4);
    return t;
}

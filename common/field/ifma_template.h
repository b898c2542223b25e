/* SPDX-License-Identifier: Apache-2.0 */
/* Template: arithmetic modulo one prime m on eight lanes. Only included by common/field/ifma.h, which
 * explains forms and bounds. No include guard on purpose. */

static const uint64_t FP8(multiples)[6][5] = FP8_MULTIPLES;
static const uint64_t FP8(table)[5][8] __attribute__((aligned(64))) = FP8_TABLE;
static const uint64_t FP8(fold1)[5] = FP8_FOLD1;
static const uint64_t FP8(fold2)[5] = FP8_FOLD2;
static const uint64_t FP8(one_limbs)[5] = FP8_ONE;
static const uint64_t FP8(neg_inv) = FP8_NEG_INV;

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
    const __m512i mask = hcl_fp8_limb_mask();
    hcl_fp8 d = hcl_fp8_sub_loose(a, hcl_fp8_set1(FP8(multiples)[multiple]));
    for (int i = 0; i < 4; i++) { /* both carries before one set of masks */
        a.l[i + 1] = _mm512_add_epi64(a.l[i + 1], _mm512_srai_epi64(a.l[i], 52));
        d.l[i + 1] = _mm512_add_epi64(d.l[i + 1], _mm512_srai_epi64(d.l[i], 52));
    }
    a = hcl_fp8_select(_mm512_movepi64_mask(d.l[4]), a, d);
    for (int i = 0; i < 4; i++)
        a.l[i] = _mm512_and_si512(a.l[i], mask);
    return a;
}

/* -c/m mod 2^52 */
HCL_INLINE __m512i FP8(digit)(__m512i c)
{
    return _mm512_madd52lo_epu64(_mm512_setzero_si512(), c, hcl_fp8_constant(&FP8(neg_inv)));
}

/* Montgomery's step with f = digit(c[0]): c[1] += carry of c[0] + low(f*m[0]), whose low limb is 0;
 * c[1..5] += the rest of f*m. */
HCL_INLINE void FP8(clear_limb)(__m512i *c, __m512i f, const __m512i *m)
{
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

/* Division of the integer T = sum c[i]*2^(52i), i < 10, by 2^260 modulo m. Three of the five limbs go by a
 * fold, T = T_lo + 2^52*T_hi -> T_hi + T_lo*(2^-52 mod m), which needs no quotient digit, hence no
 * multiplication by -1/m and a shorter chain; the last two by Montgomery's step, because a fold leaves up to
 * 2^52*m: two limbs:  T1 < T/2^104 + 2^104*m;   third:   T2 < T/2^156 + 2*2^52*m; fourth:     T3 < T/2^208 +
 * 3*m;       fifth:   T4 < T/2^260 + m*(1 + 2^-50). fold_two needs c[0] and c[1] complete, fold_third c[2],
 * the Montgomery steps c[3] and c[4]. */
HCL_INLINE void FP8(fold_two)(__m512i c[10])
{
    const hcl_fp8 fold2 = hcl_fp8_set1(FP8(fold2));
    c[1] = _mm512_add_epi64(c[1], _mm512_srli_epi64(c[0], 52));
    c[2] = _mm512_add_epi64(c[2], _mm512_srli_epi64(c[1], 52));
    hcl_fp8_mad_row(c + 2, c[0], fold2.l);
    hcl_fp8_mad_row(c + 3, c[1], fold2.l);
}

HCL_INLINE void FP8(fold_third)(__m512i c[10])
{
    const hcl_fp8 fold1 = hcl_fp8_set1(FP8(fold1));
    c[3] = _mm512_add_epi64(c[3], _mm512_srli_epi64(c[2], 52));
    hcl_fp8_mad_row(c + 3, c[2], fold1.l);
}

/* A multiplication in two halves, for loops that put independent work between them (the processor looks only
 * about one multiplication ahead). Product rows and reduction are interleaved so that each step's input is
 * ready. */
HCL_INLINE void FP8(mul_begin)(__m512i c[10], hcl_fp8 a, hcl_fp8 b)
{
    for (int i = 0; i < 10; i++)
        c[i] = _mm512_setzero_si512();
    hcl_fp8_mad_row(c + 0, a.l[0], b.l);
    hcl_fp8_mad_row(c + 1, a.l[1], b.l);
    hcl_fp8_mad_row(c + 2, a.l[2], b.l);
    FP8(fold_two)(c);
}

HCL_INLINE hcl_fp8 FP8(mul_end)(__m512i c[10], hcl_fp8 a, hcl_fp8 b)
{
    const hcl_fp8 m = hcl_fp8_set1(FP8(multiples)[HCL_FP8_1M]);
    __m512i f;
    hcl_fp8_mad_row(c + 3, a.l[3], b.l);
    FP8(fold_third)(c);
    f = FP8(digit)(c[3]);
    hcl_fp8_mad_row(c + 4, a.l[4], b.l);
    FP8(clear_limb)(c + 3, f, m.l);
    f = FP8(digit)(c[4]);
    FP8(clear_limb)(c + 4, f, m.l);
    return (hcl_fp8){ { c[5], c[6], c[7], c[8], c[9] } };
}

/** out = a*b/2^260, limbs not normalised (below 2^57): for sums of products. 100 vpmadd52.
 * In: limbs above bit 52 are ignored; a*b <= 84m^2.  Out: below 2m (below 1.2m if a < 16m, b < m). */
HCL_INLINE hcl_fp8 FP8(mul_loose)(hcl_fp8 a, hcl_fp8 b)
{
    __m512i c[10];
    FP8(mul_begin)(c, a, b);
    return FP8(mul_end)(c, a, b);
}

/** out = a*b/2^260.  In: normalised, a*b <= 84m^2 (e.g. both below 9m).  Out: normalised, below 2m. 100
 * vpmadd52. */
HCL_INLINE hcl_fp8 FP8(mul)(hcl_fp8 a, hcl_fp8 b)
{
    HCL_ASSERT(hcl_fp8_is_normalised(a) && hcl_fp8_is_normalised(b));
    return hcl_fp8_normalise(FP8(mul_loose)(a, b));
}

/** The same, canonical: below m. What to store. */
HCL_INLINE hcl_fp8 FP8(mul_canonical)(hcl_fp8 a, hcl_fp8 b)
{
    return FP8(reduce)(FP8(mul_loose)(a, b), HCL_FP8_1M);
}

/* A squaring in two halves, see mul_begin. */
HCL_INLINE void FP8(sqr_begin)(__m512i c[10], hcl_fp8 a)
{
    for (int i = 0; i < 10; i++)
        c[i] = _mm512_setzero_si512();
    hcl_fp8_mad(c + 1, a.l[0], a.l[1]);
    hcl_fp8_mad(c + 2, a.l[0], a.l[2]);
    hcl_fp8_mad(c + 3, a.l[0], a.l[3]);
    hcl_fp8_mad(c + 4, a.l[0], a.l[4]);
    hcl_fp8_mad(c + 3, a.l[1], a.l[2]);
    hcl_fp8_mad(c + 4, a.l[1], a.l[3]);
    hcl_fp8_mad(c + 5, a.l[1], a.l[4]);
    hcl_fp8_mad(c + 5, a.l[2], a.l[3]);
    hcl_fp8_mad(c + 6, a.l[2], a.l[4]);
    hcl_fp8_mad(c + 7, a.l[3], a.l[4]);
    for (int i = 1; i < 9; i++)
        c[i] = _mm512_add_epi64(c[i], c[i]);
    hcl_fp8_mad(c + 0, a.l[0], a.l[0]);
    hcl_fp8_mad(c + 2, a.l[1], a.l[1]);
    hcl_fp8_mad(c + 4, a.l[2], a.l[2]);
    hcl_fp8_mad(c + 6, a.l[3], a.l[3]);
    hcl_fp8_mad(c + 8, a.l[4], a.l[4]);
}

HCL_INLINE hcl_fp8 FP8(sqr_end)(__m512i c[10])
{
    const hcl_fp8 m = hcl_fp8_set1(FP8(multiples)[HCL_FP8_1M]);
    FP8(fold_two)(c);
    FP8(fold_third)(c);
    FP8(clear_limb)(c + 3, FP8(digit)(c[3]), m.l);
    FP8(clear_limb)(c + 4, FP8(digit)(c[4]), m.l);
    return (hcl_fp8){ { c[5], c[6], c[7], c[8], c[9] } };
}

/** out = a^2/2^260, limbs not normalised. Bounds of mul_loose. 80 vpmadd52. */
HCL_INLINE hcl_fp8 FP8(sqr_loose)(hcl_fp8 a)
{
    __m512i c[10];
    FP8(sqr_begin)(c, a);
    return FP8(sqr_end)(c);
}

/** out = a^2/2^260.  In: normalised, a < 9m.  Out: normalised, below 2m. For form S. */
HCL_INLINE hcl_fp8 FP8(sqr)(hcl_fp8 a)
{
    HCL_ASSERT(hcl_fp8_is_normalised(a));
    return hcl_fp8_normalise(FP8(sqr_loose)(a));
}

/** Prepare b for many multiplications by it.  In: normalised, b < 9m. Costs 5 multiplications. */
HCL_INLINE struct hcl_fp8_fixed FP8(fix)(hcl_fp8 b)
{
    struct hcl_fp8_fixed out;
    for (int i = 0; i < 5; i++) {
        hcl_fp8 power = hcl_fp8_zero(); /* 2^(52(i+1)) */
        if (i < 4)
            power.l[i + 1] = _mm512_set1_epi64(1);
        else
            power = FP8(one)();
        out.w[i] = FP8(mul_canonical)(b, power);
    }
    return out;
}

/** out = a*b/2^260 for a prepared b, limbs not normalised (below 2^56). 60 vpmadd52: with w[i] =
 * b*2^(52(i+1))/2^260 mod m the sum of a.l[i]*w[i] is 2^52 times the result, and one Montgomery step divides.
 * In: normalised, a < 2^260.  Out: below 6m. */
HCL_INLINE hcl_fp8 FP8(mul_fixed_loose)(hcl_fp8 a, const struct hcl_fp8_fixed *b)
{
    const hcl_fp8 m = hcl_fp8_set1(FP8(multiples)[HCL_FP8_1M]);
    __m512i c[6];
    for (int i = 0; i < 6; i++)
        c[i] = _mm512_setzero_si512();
    for (int i = 0; i < 5; i++)
        hcl_fp8_mad_row(c, a.l[i], b->w[i].l);
    FP8(clear_limb)(c, FP8(digit)(c[0]), m.l);
    return (hcl_fp8){ { c[1], c[2], c[3], c[4], c[5] } };
}

/** The same, normalised. */
HCL_INLINE hcl_fp8 FP8(mul_fixed)(hcl_fp8 a, const struct hcl_fp8_fixed *b)
{
    HCL_ASSERT(hcl_fp8_is_normalised(a));
    return hcl_fp8_normalise(FP8(mul_fixed_loose)(a, b));
}

/** out = a mod m below 1.1m.  In: limbs below 2^58 and not negative, need not be normalised; a < 8m.
 * Out: not normalised, limbs may be negative. The quotient is estimated from the top limb: never too large,
 * and too small by at most 1 - the estimate's factor is short by less than 1.3 % of at most 8. */
HCL_INLINE hcl_fp8 FP8(reduce_estimate)(hcl_fp8 a)
{
    const __m512i q = _mm512_madd52hi_epu64(_mm512_setzero_si512(), a.l[4], _mm512_set1_epi64(FP8_QUOTIENT));
    for (int i = 0; i < 5; i++)
        a.l[i] = _mm512_sub_epi64(a.l[i], _mm512_permutexvar_epi64(q, _mm512_load_si512(FP8(table)[i])));
    return a;
}

/** Canonical from any a < 8m: below m, normalised.  In: as reduce_estimate. */
HCL_INLINE hcl_fp8 FP8(canonical)(hcl_fp8 a)
{
    return FP8(reduce)(FP8(reduce_estimate)(a), HCL_FP8_1M);
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
    const __m512i f = _mm512_and_si512(FP8(digit)(a.l[0]), _mm512_set1_epi64(15));
    __m512i c[6] = { a.l[0], a.l[1], a.l[2], a.l[3], a.l[4], _mm512_setzero_si512() };
    hcl_fp8_mad_row(c, f, m.l); /* c[5] stays 0: f < 2^4, m's top limb < 2^46 */
    hcl_fp8 t = hcl_fp8_normalise((hcl_fp8){ { c[0], c[1], c[2], c[3], c[4] } });
    for (int i = 0; i < 4; i++)
        t.l[i] = _mm512_and_si512(
            _mm512_or_si512(_mm512_srli_epi64(t.l[i], 4), _mm512_slli_epi64(t.l[i + 1], 48)), mask);
    t.l[4] = _mm512_srli_epi64(t.l[4], 4);
    return t;
}

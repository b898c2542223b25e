/* SPDX-License-Identifier: Apache-2.0 */
/* Butterflies on eight IFMA lanes, and the tables of one direction of a transform.
 *
 * Between layers a value is a loose hcl_fp8: signed limbs, an integer in (-30r, 34r), form M. A twiddle w is
 * kept as w_i = w*2^(52(i+1)) mod r, so that the sum of a_i*w_i over the five limbs of a is 2^52 times the
 * product; one step of Montgomery's reduction divides that out. 60 vpmadd52, the result below 6r.
 *
 * In a sweep's lanes, eight neighbouring elements stand in the order hcl_ntt_lane_order, which is the
 * cheapest to load and store. */
#ifndef HCL_COMMON_POLY_NTT_IFMA_INTERNAL_H
#define HCL_COMMON_POLY_NTT_IFMA_INTERNAL_H

#include "common/field/ifma.h"
#include "common/poly/ntt_internal.h"

/** w[i] = w*2^(52(i+1)) mod r, five limbs of 52 bits each, and what the columns of a product start with:
 * -2^51*w[4] mod r, which takes back what hcl_ntt_operand adds, and 2^52 - 1 in the lowest column, which
 * makes its carry round up. */
struct hcl_ntt_twiddle {
    uint64_t w[5][5], start[5];
};

/** Lane l has element hcl_ntt_lane_order[l] of eight (hcl_fp8_load_mixed); its own inverse. */
static const uint8_t hcl_ntt_lane_order[8] = { 0, 2, 1, 3, 4, 6, 5, 7 };

/** Index (a, b, c) = a*2^(kb+kc) + b*2^kc + c, ka = kc. */
struct hcl_ntt_shape {
    uint32_t ka, kb, kc;
};

/** Tables for one root w (omega or its inverse), or for a coset. */
struct hcl_ntt_direction {
    struct hcl_ntt_twiddle
        *block;       /* block[i] = w^rev(i), rev on k-1 bits; i < 2^(ka+kb-1), at least 2^(ka-1) */
    uint64_t *corner; /* factor*w^(rev(a,b)*c), form S, in the order in which the last sweep reads it */
    hcl_fr *plain;    /* scratch of a coset's; NULL for a root's */
};

struct hcl_ntt_ifma_tables {
    struct hcl_ntt_shape shape;
    uint8_t reversed[64]; /* on kc bits */
    struct hcl_ntt_direction forward, inverse;
};

/** Reverse the low `bits` bits of i. */
HCL_INLINE size_t hcl_ntt_reverse(size_t i, uint32_t bits)
{
    size_t r = 0;
    for (uint32_t b = 0; b < bits; b++, i >>= 1)
        r = r << 1 | (i & 1);
    return r;
}

#define HCL_R0 0x1f593f0000001LL
#define HCL_R1 0x4879b9709143eLL
#define HCL_R2 0x181585d2833e8LL
#define HCL_R3 0xa029b85045b68LL
#define HCL_R4 0x030644e72e131LL

/* 2^260 - r */
#define HCL_NTT_MINUS_R                                                                                      \
    {                                                                                                        \
        (1LL << 52) - HCL_R0, (1LL << 52) - 1 - HCL_R1, (1LL << 52) - 1 - HCL_R2, (1LL << 52) - 1 - HCL_R3,  \
            (1LL << 52) - 1 - HCL_R4                                                                         \
    }

/* a += k*r limb by limb, k small. */
HCL_INLINE hcl_fp8 hcl_ntt_offset(hcl_fp8 a, long long k)
{
    a.l[0] = _mm512_add_epi64(a.l[0], _mm512_set1_epi64(k * HCL_R0));
    a.l[1] = _mm512_add_epi64(a.l[1], _mm512_set1_epi64(k * HCL_R1));
    a.l[2] = _mm512_add_epi64(a.l[2], _mm512_set1_epi64(k * HCL_R2));
    a.l[3] = _mm512_add_epi64(a.l[3], _mm512_set1_epi64(k * HCL_R3));
    a.l[4] = _mm512_add_epi64(a.l[4], _mm512_set1_epi64(k * HCL_R4));
    return a;
}

/* An operand for the multiplier, which reads 52 bits of each limb: carries go up but stay where they were as
 * well. 2^259 makes the top limb positive.  In: (-42r, 42r).  Out: the same plus 2^259. */
HCL_INLINE hcl_fp8 hcl_ntt_operand(hcl_fp8 a)
{
    a.l[1] = _mm512_add_epi64(a.l[1], _mm512_srai_epi64(a.l[0], 52));
    a.l[4] = _mm512_add_epi64(a.l[4], _mm512_set1_epi64(1LL << 51));
    a.l[2] = _mm512_add_epi64(a.l[2], _mm512_srai_epi64(a.l[1], 52));
    a.l[3] = _mm512_add_epi64(a.l[3], _mm512_srai_epi64(a.l[2], 52));
    a.l[4] = _mm512_add_epi64(a.l[4], _mm512_srai_epi64(a.l[3], 52));
    return a;
}

/** out = (a - 2^259)*w modulo r.  In: a from hcl_ntt_operand.  Out: loose, limbs not negative, [0, 6r).
 * Column 0 is c - 1 + 2^52 for the sum c to be cleared: shifted down it is the carry that clearing leaves. */
HCL_INLINE hcl_fp8 hcl_ntt_mul(hcl_fp8 a, const struct hcl_ntt_twiddle *t)
{
    const __m512i neg_inv = _mm512_set1_epi64(HCL_FR52_NEG_INV);
    __m512i c[6], r[5];
    for (int i = 0; i < 5; i++) {
        c[i] = _mm512_set1_epi64((long long)t->start[i]);
        r[i] = _mm512_set1_epi64((long long)hcl_fr8_multiples[HCL_FP8_1M][i]);
    }
    c[5] = _mm512_setzero_si512();
#pragma GCC unroll 5
    for (int i = 0; i < 5; i++) {
        __m512i w[5];
        for (int j = 0; j < 5; j++)
            w[j] = _mm512_set1_epi64((long long)t->w[i][j]);
        hcl_fp8_mad_row(c, a.l[i], w);
    }
    const __m512i digit = _mm512_madd52lo_epu64(neg_inv, c[0], neg_inv);
    c[1] = _mm512_add_epi64(c[1], _mm512_srli_epi64(c[0], 52));
    for (int i = 1; i < 5; i++)
        c[i] = _mm512_madd52lo_epu64(c[i], digit, r[i]);
    for (int i = 0; i < 5; i++)
        c[i + 1] = _mm512_madd52hi_epu64(c[i + 1], digit, r[i]);
    return (hcl_fp8){ { c[1], c[2], c[3], c[4], c[5] } };
}

/* a + table[top limb >> shift], table by the low three bits. */
HCL_INLINE hcl_fp8 hcl_ntt_add_multiple(hcl_fp8 a, const int64_t table[5][8], unsigned shift)
{
    const __m512i top = _mm512_add_epi64(a.l[4], _mm512_srai_epi64(a.l[3], 52));
    const __m512i index = _mm512_srai_epi64(top, shift);
    for (int i = 0; i < 5; i++)
        a.l[i] = _mm512_add_epi64(a.l[i], _mm512_permutexvar_epi64(index, _mm512_load_si512(table[i])));
    return a;
}

#define HCL_NTT_TABLE(ROW)                                                                                   \
    {                                                                                                        \
        ROW(HCL_R0), ROW(HCL_R1), ROW(HCL_R2), ROW(HCL_R3), ROW(HCL_R4)                                      \
    }

/** The same value in [0, 11.5r), loose.  In: (-31r, 42r). By units of 2^257 = 10.58r: -3..3. */
HCL_INLINE hcl_fp8 hcl_ntt_squeeze(hcl_fp8 a)
{
#define ROW(limb)                                                                                            \
    {                                                                                                        \
        0, -10 * limb, -21 * limb, -31 * limb, 0, 32 * limb, 22 * limb, 11 * limb                            \
    }
    static const int64_t table[5][8] __attribute__((aligned(64))) = HCL_NTT_TABLE(ROW);
#undef ROW
    return hcl_ntt_add_multiple(a, table, 49);
}

/** The same value in [0, 2r), normalised.  In: (-33.9r, 34r). Subtracts q*r with q from the top limb: C =
 * 2^97/r_top, q = top*C/2^97 is x/r rounded down, or one less. Carries below the top limb can make it two too
 * large at most. */
HCL_INLINE hcl_fp8 hcl_ntt_reduce(hcl_fp8 a)
{
    static const uint64_t minus_r[5] = HCL_NTT_MINUS_R;
    const __m512i zero = _mm512_setzero_si512();
    a = hcl_ntt_offset(a, 34);
    const __m512i top =
        _mm512_add_epi64(_mm512_add_epi64(a.l[4], _mm512_srai_epi64(a.l[3], 52)), _mm512_set1_epi64(-2));
    const __m512i q =
        _mm512_srli_epi64(_mm512_madd52hi_epu64(zero, top, _mm512_set1_epi64(0xa948e8c4c4740)), 45);
    for (int i = 0; i < 5; i++)
        a.l[i] = _mm512_madd52lo_epu64(a.l[i], q, _mm512_set1_epi64((long long)minus_r[i]));
    for (int i = 0; i < 4; i++)
        a.l[i + 1] = _mm512_madd52hi_epu64(a.l[i + 1], q, _mm512_set1_epi64((long long)minus_r[i]));
    a = hcl_fp8_normalise(a);
    a.l[4] = _mm512_and_si512(a.l[4], hcl_fp8_limb_mask());
    return a;
}

/** Least representative of what hcl_ntt_reduce leaves, which it is already unless the value is next to a
 * multiple of r: of random ones, one in 2^44 is. */
HCL_INLINE hcl_fp8 hcl_ntt_canonical(hcl_fp8 a)
{
    const __mmask8 doubtful = _mm512_cmpge_epi64_mask(a.l[4], _mm512_set1_epi64(HCL_R4));
    if (__builtin_expect(doubtful == 0, 1))
        return a;
    const hcl_fp8 d = hcl_fp8_normalise(hcl_ntt_offset(a, -1));
    return hcl_fp8_select(_mm512_movepi64_mask(d.l[4]), a, d);
}

/** One vector of the work area: five limbs of eight lanes. */
#define HCL_NTT_VECTOR 40

HCL_INLINE hcl_fp8 hcl_ntt_get(const uint64_t *work, size_t i)
{
    hcl_fp8 out;
    for (int j = 0; j < 5; j++)
        out.l[j] = _mm512_load_si512(work + HCL_NTT_VECTOR * i + 8 * j);
    return out;
}

HCL_INLINE void hcl_ntt_put(uint64_t *work, size_t i, hcl_fp8 a)
{
    for (int j = 0; j < 5; j++)
        _mm512_store_si512(work + HCL_NTT_VECTOR * i + 8 * j, a.l[j]);
}

#endif

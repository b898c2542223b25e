/* SPDX-License-Identifier: Apache-2.0 */
/* Running sums on IFMA lanes: the formulas of msm_sums.c, eight sums per vector.
 *
 * Coordinates in memory are integers of at most 2p, in the form of memory (R = 2^256). The code reads them as
 * Montgomery numbers for 2^260, that is as 1/16 of the coordinate, and so needs no conversion: the slope
 * lambda is the same; with mu = lambda/4, x3 = mu^2 - x1 - x2 comes out at the right scale and y3 = 4*mu*(x1
 * - x3) - y1. The factor 1/4 enters once, with the shared inverse. A product of integers a*b <= 84p^2 is
 * below p*(1.01 + ab/84p^2).
 *
 * A sum (x1, y1) is kept as w = -x1 and v = -y1, in [0, 2.01p), with limbs that may be out of range: sums of
 * operands then need no multiple of p added. Infinity is w = v = 0 in every limb.
 *
 * The multiplier's pipes also take their share of all other vector instructions (Zen 4 spreads them over four
 * pipes), so those are what there is to save: carries leave out the masks where only a multiplication reads
 * the result, and limbs are brought into range in every fourth step only.
 *
 * An infinite operand or equal x makes the product of all denominators zero, or shows as a low limb that is
 * zero; then the step is prepared again with care: such lanes are done there and then left alone. */
#include "common/curve/msm_internal.h"
#include "common/field/ifma.h"

#include <string.h>

#define CHAINS 4 /* independent running products hide the multiplier's latency */
#define GROUP_WORDS (8 * HCL_MSM_SUM_WORDS)
#define PREFETCH 16 /* terms ahead whose points are brought into the first-level cache */
_Static_assert(PREFETCH + 8 <= HCL_MSM_SLACK, "prefetching reads the terms around");

/* Scratch of a vector: denominator x2 - x1, product of those before it in its chain, and x1 + x2. */
enum { DENOMINATOR = 0, BEFORE = 40, X_SUM = 80, SCRATCH_WORDS = 120 };

/* p, in limbs */
#define P0 0x08c16d87cfd47
#define P1 0x916871ca8d3c2
#define P2 0x181585d97816a
#define P3 0xa029b85045b68
#define P4 0x030644e72e131
static const uint64_t two_p[5] = { 2 * P0, 2 * P1, 2 * P2, 2 * P3, 2 * P4 };
static const uint64_t three_p[5] = { 3 * P0, 3 * P1, 3 * P2, 3 * P3, 3 * P4 };

HCL_INLINE void put(uint64_t *mem, hcl_fp8 a)
{
    for (int i = 0; i < 5; i++)
        _mm512_store_si512(mem + 8 * i, a.l[i]);
}

HCL_INLINE hcl_fp8 get(const uint64_t *mem)
{
    hcl_fp8 out;
    for (int i = 0; i < 5; i++)
        out.l[i] = _mm512_load_si512(mem + 8 * i);
    return out;
}

HCL_INLINE hcl_fp8 load_x(const hcl_g1 *points, const uint32_t *term)
{
    const uint64_t *at[8];
    for (int i = 0; i < 8; i++)
        at[i] = points[term[i] >> 1].x.l;
    return hcl_fp8_gather(at);
}

HCL_INLINE hcl_fp8 load_y(const hcl_g1 *points, const uint32_t *term)
{
    const uint64_t *at[8];
    for (int i = 0; i < 8; i++)
        at[i] = points[term[i] >> 1].y.l;
    return hcl_fp8_gather(at);
}

HCL_INLINE __mmask8 negative(const uint32_t *term)
{
    return _mm256_test_epi32_mask(_mm256_loadu_si256((const void *)term), _mm256_set1_epi32(1));
}

/* a, or 2p - a in the lanes of `minus`; loose limbs. */
HCL_INLINE hcl_fp8 negate(hcl_fp8 a, __mmask8 minus)
{
    const hcl_fp8 k = hcl_fp8_set1(two_p);
    for (int i = 0; i < 5; i++)
        a.l[i] = _mm512_mask_sub_epi64(a.l[i], minus, k.l[i], a.l[i]);
    return a;
}

/* Carries only: limbs keep what was carried. Right for multiplication, which ignores it. */
HCL_INLINE hcl_fp8 carry(hcl_fp8 a)
{
    for (int i = 0; i < 4; i++)
        a.l[i + 1] = _mm512_add_epi64(a.l[i + 1], _mm512_srai_epi64(a.l[i], 52));
    return a;
}

/* What carry left above the limbs taken away: in order for more than multiplication. */
HCL_INLINE hcl_fp8 strip(hcl_fp8 a)
{
    for (int i = 0; i < 4; i++)
        a.l[i] = _mm512_and_si512(a.l[i], hcl_fp8_limb_mask());
    return a;
}

HCL_INLINE hcl_fp8 multiply(hcl_fp8 a, hcl_fp8 b)
{
    return carry(hcl_fq8_mul_loose(a, b));
}

/* a + j*p in [0, 2.01p) for a in (-3.96p, 2.01p), loose limbs as they come; at most 2p if a <= 0. The top
 * limb in units of 2^254 = 1.322p tells the range: above 0: j = 0, at least -1.322p: 2, -2.645p: 3, else 4.
 * Lower limbs may take away what is almost nothing, hence the 1 that is taken off the estimate. */
HCL_INLINE hcl_fp8 lift(hcl_fp8 a)
{
    /* row i: limb i of 0, 0, -, -, -, 4p, 3p, 2p, by (a >> 254) mod 8 */
    static const uint64_t table[5][8] __attribute__((aligned(64))) = {
#define ROW(limb) { 0, 0, 0, 0, 0, 4 * limb, 3 * limb, 2 * limb }
        ROW(P0), ROW(P1), ROW(P2), ROW(P3), ROW(P4)
#undef ROW
    };
    const __m512i top = _mm512_add_epi64(a.l[4], _mm512_srai_epi64(a.l[3], 52));
    const __m512i index = _mm512_srai_epi64(_mm512_add_epi64(top, _mm512_set1_epi64(-1)), 46);
    for (int i = 0; i < 5; i++)
        a.l[i] = _mm512_add_epi64(a.l[i], _mm512_permutexvar_epi64(index, _mm512_load_si512(table[i])));
    return a;
}

/* ---- inversion ---- */

/* Lanes exchanged with their neighbours at distance 1, 2, 4. */
HCL_INLINE hcl_fp8 exchange(hcl_fp8 a, int distance)
{
    for (int i = 0; i < 5; i++)
        a.l[i] = distance == 1   ? _mm512_shuffle_epi32(a.l[i], _MM_PERM_BADC)
                 : distance == 2 ? _mm512_permutex_epi64(a.l[i], 0x4e)
                                 : _mm512_shuffle_i64x2(a.l[i], a.l[i], 0x4e);
    return a;
}

/* product := factor/(4*product) in the sense above, by one scalar inversion; false if a lane is 0. An integer
 * t stands for t/2^260; read as an hcl_fq it is t/2^256, so the inverse comes out as 2^512/t and is wanted as
 * factor*2^520/4t: 64*factor times that. */
static bool invert(hcl_fp8 *product, uint64_t factor)
{
    const hcl_fp8 one = exchange(*product, 1), pairs = hcl_fq8_mul(*product, one);
    const hcl_fp8 two = exchange(pairs, 2), fours = hcl_fq8_mul(pairs, two);
    const hcl_fp8 four = exchange(fours, 4);
    hcl_fq all[8], scale;
    hcl_fp8_store(all[0].l, hcl_fq8_reduce(hcl_fq8_mul(fours, four), HCL_FP8_1M));
    if (hcl_fq_is_zero(&all[0]))
        return false;
    hcl_fq_inv(&all[0], &all[0]);
    hcl_fq_from_u64(&scale, 64 * factor);
    hcl_fq_mul(&all[0], &all[0], &scale);
    for (int i = 1; i < 8; i++)
        all[i] = all[0];
    *product = hcl_fq8_mul(hcl_fq8_mul(hcl_fq8_mul(one, two), four), hcl_fp8_load(all[0].l));
    return true;
}

/* The same for all chains. */
static bool invert_chains(hcl_fp8 product[CHAINS], uint64_t factor)
{
    hcl_fp8 before[CHAINS], all = strip(product[0]);
    for (int c = 1; c < CHAINS; c++) {
        before[c] = all;
        product[c] = strip(product[c]);
        all = hcl_fq8_mul(all, product[c]);
    }
    if (!invert(&all, factor))
        return false;
    for (int c = CHAINS - 1; c > 0; c--) {
        const hcl_fp8 inverse = hcl_fq8_mul(all, before[c]);
        all = hcl_fq8_mul(all, product[c]);
        product[c] = inverse;
    }
    product[0] = all;
    return true;
}

/* ---- a step ---- */

struct step {
    const struct hcl_msm_segment *segment;
    size_t segments;
    uint64_t *scratch; /* of the first vector; there is room for one more before it */
    uint8_t *skip;     /* of each vector: lanes that are done, or do not exist */
};

HCL_INLINE size_t vectors(const struct hcl_msm_segment *s)
{
    return (s->n + 7) / 8;
}

/* Lanes of a segment's vector beyond its end. */
HCL_INLINE __mmask8 beyond(const struct hcl_msm_segment *s, size_t vector)
{
    const size_t left = s->n - 8 * vector;
    return left < 8 ? (__mmask8)(0xff << left) : 0;
}

HCL_INLINE void prefetch(const struct hcl_msm_segment *s, const uint32_t *term)
{
    for (int i = 0; i < 8; i++)
        __builtin_prefetch(&s->points[term[i] >> 1]);
}

/* Denominators and running products; lanes that do not exist, whose points may be anything, leave the
 * products as they are. While a vector's points are gathered the product of the vector before it is computed.
 * False if there may be a lane that needs care. */
static bool multiply_up(hcl_fp8 product[CHAINS], const struct step *t)
{
    hcl_fp8 d = hcl_fq8_one();
    size_t chain = CHAINS - 1;
    uint64_t *scratch = t->scratch;
    uint8_t *skip = t->skip;
    __mmask8 zero = 0;
    for (const struct hcl_msm_segment *s = t->segment; s < t->segment + t->segments; s++)
        for (size_t v = 0; v < vectors(s); v++, scratch += SCRATCH_WORDS) {
            const uint32_t *term = s->term + 8 * v;
            const hcl_fp8 before = product[chain], last = d;
            __m512i c[10];
            hcl_fq8_mul_begin(c, before, last);
            put(scratch - SCRATCH_WORDS + BEFORE, before);
            prefetch(s, term + PREFETCH);
            const hcl_fp8 x = load_x(s->points, term), w = get(s->sum + GROUP_WORDS * v);
            const __mmask8 none = beyond(s, v);
            zero |=
                (_mm512_testn_epi64_mask(w.l[0], w.l[0]) | _mm512_testn_epi64_mask(x.l[0], x.l[0])) & ~none;
            d = carry(hcl_fp8_add_loose(x, w));
            if (none != 0)
                d = hcl_fp8_select(none, hcl_fq8_one(), d);
            put(scratch + DENOMINATOR, d);
            put(scratch + X_SUM, hcl_fp8_sub_loose(x, w));
            product[chain] = carry(hcl_fq8_mul_end(c, before, last));
            chain = (chain + 1) % CHAINS;
            *skip++ = none;
        }
    put(scratch - SCRATCH_WORDS + BEFORE, product[chain]);
    product[chain] = multiply(product[chain], d);
    return zero == 0;
}

/* As start, for one vector. */
HCL_INLINE void start_group(uint64_t *sum, const hcl_g1 *points, const uint32_t *term)
{
    const hcl_fp8 x = load_x(points, term), y = load_y(points, term);
    const __mmask8 finite = (__mmask8) ~(hcl_fp8_is_null(x) & hcl_fp8_is_null(y));
    const hcl_fp8 w = hcl_fp8_normalise(negate(x, 0xff));
    const hcl_fp8 v = hcl_fp8_normalise(negate(y, (__mmask8)~negative(term)));
    put(sum, hcl_fp8_select(finite, w, hcl_fp8_zero()));
    put(sum + 40, hcl_fp8_select(finite, v, hcl_fp8_zero()));
}

/* As finish, for one vector: its points in order. */
static void finish_group(hcl_g1 out[8], const uint64_t *sum)
{
    const hcl_fp8 w = get(sum), v = get(sum + 40), zero = hcl_fp8_zero();
    const __mmask8 finite = (__mmask8) ~(hcl_fp8_is_null(w) & hcl_fp8_is_null(v));
    const hcl_fp8 x = hcl_fp8_normalise(lift(hcl_fp8_sub_loose(zero, w)));
    const hcl_fp8 y = hcl_fp8_normalise(lift(hcl_fp8_sub_loose(zero, v)));
    uint64_t *at[8];
    for (int i = 0; i < 8; i++)
        at[i] = out[i].x.l;
    hcl_fp8_scatter(at, hcl_fp8_select(finite, x, zero));
    for (int i = 0; i < 8; i++)
        at[i] = out[i].y.l;
    hcl_fp8_scatter(at, hcl_fp8_select(finite, y, zero));
}

/* Lanes of `from` replace those of a group. */
static void replace(uint64_t *sum, const uint64_t *from, __mmask8 lanes)
{
    for (size_t i = 0; i < HCL_MSM_SUM_WORDS; i++)
        for (unsigned lane = 0; lane < 8; lane++)
            if (lanes >> lane & 1)
                sum[8 * i + lane] = from[8 * i + lane];
}

/* Add terms with the sum's own x, or its negative, one by one. */
static void add_twins(uint64_t *sum, const struct hcl_msm_segment *s, const uint32_t *term, __mmask8 lanes)
{
    static const uint32_t each[8] = { 0, 2, 4, 6, 8, 10, 12, 14 };
    _Alignas(64) uint64_t group[GROUP_WORDS];
    hcl_g1 point[8];
    finish_group(point, sum);
    for (unsigned i = 0; i < 8; i++)
        if (lanes >> i & 1) {
            hcl_g1 q = s->points[term[i] >> 1];
            hcl_g1_jac twice;
            hcl_msm_canonical(&point[i]);
            hcl_msm_canonical(&q);
            if (term[i] & 1)
                hcl_g1_neg(&q, &q);
            hcl_g1_jac_from_affine(&twice, &point[i]);
            hcl_g1_jac_add_affine(&twice, &twice, &q);
            hcl_g1_jac_to_affine(&point[i], &twice);
        }
    start_group(group, point, each);
    replace(sum, group, lanes);
}

/* Do the lanes that the formulas are not made for. Returns them; `exist` are those that may be changed. */
static __mmask8 add_special(const struct hcl_msm_segment *s, size_t vector, __mmask8 exist)
{
    uint64_t *sum = s->sum + GROUP_WORDS * vector;
    const uint32_t *term = s->term + 8 * vector;
    _Alignas(64) uint64_t other[GROUP_WORDS];
    start_group(other, s->points, term);
    const __mmask8 none = hcl_fp8_is_null(get(sum)) & hcl_fp8_is_null(get(sum + 40));
    const __mmask8 no_term = hcl_fp8_is_null(get(other)) & hcl_fp8_is_null(get(other + 40));
    const hcl_fp8 d = hcl_fp8_add_loose(load_x(s->points, term), get(sum));
    const hcl_fp8 rest = hcl_fq8_canonical(hcl_fp8_normalise(d)); /* d < 4.02p */
    const __mmask8 twins = hcl_fp8_is_null(rest) & (__mmask8) ~(none | no_term);
    replace(sum, other, none & exist);
    if ((twins & exist) != 0)
        add_twins(sum, s, term, twins & exist);
    return none | no_term | twins;
}

/* multiply_up for any points. */
static void multiply_up_with_care(hcl_fp8 product[CHAINS], const struct step *t)
{
    uint64_t *scratch = t->scratch;
    uint8_t *skip = t->skip;
    size_t chain = 0;
    for (const struct hcl_msm_segment *s = t->segment; s < t->segment + t->segments; s++)
        for (size_t v = 0; v < vectors(s); v++, scratch += SCRATCH_WORDS, skip++) {
            uint64_t *sum = s->sum + GROUP_WORDS * v;
            const hcl_fp8 x = load_x(s->points, s->term + 8 * v), w = hcl_fp8_normalise(get(sum));
            put(sum, w); /* lanes that are left alone are to be tidy too */
            put(sum + 40, hcl_fp8_normalise(get(sum + 40)));
            const __mmask8 none = beyond(s, v), special = none | add_special(s, v, (__mmask8)~none);
            const hcl_fp8 d =
                hcl_fp8_select(special, hcl_fq8_one(), hcl_fp8_normalise(hcl_fp8_add_loose(x, w)));
            put(scratch + DENOMINATOR, d);
            put(scratch + X_SUM, hcl_fp8_sub_loose(x, w));
            put(scratch + BEFORE, product[chain]);
            product[chain] = multiply(product[chain], d);
            chain = (chain + 1) % CHAINS;
            *skip = special;
        }
}

/* An addition under way. Its five multiplications depend on one another, so the loop below works on four
 * vectors at a time, each one stage ahead of the next. */
struct addition {
    const struct hcl_msm_segment *segment;
    uint64_t *sum;
    const uint32_t *next; /* terms of the next step */
    const uint64_t *scratch;
    uint8_t skip;
    hcl_fp8 dy, inverse, mu, dx;
};

/* Bring near two of the eight terms that come next. Spread over the stages: never more at once than the
 * processor can wait for. */
HCL_INLINE void bring(const struct addition *a, size_t which)
{
    const hcl_g1 *points = a->segment->points;
    _mm_prefetch((const void *)&points[a->next[2 * which] >> 1], _MM_HINT_T1);
    _mm_prefetch((const void *)&points[a->next[2 * which + 1] >> 1], _MM_HINT_T1);
}

/* 1/(4(x2 - x1)), and y2 - y1. */
HCL_INLINE void begin(struct addition *a, hcl_fp8 *inverse, size_t v)
{
    const struct hcl_msm_segment *s = a->segment;
    const uint32_t *term = s->term + 8 * v;
    const hcl_fp8 all = *inverse;
    prefetch(s, term - PREFETCH);
    a->inverse = multiply(all, get(a->scratch + BEFORE));
    bring(a, 0);
    const hcl_fp8 y = negate(load_y(s->points, term), negative(term));
    *inverse = multiply(all, get(a->scratch + DENOMINATOR));
    a->dy = carry(hcl_fp8_add_loose(y, get(a->sum + 40)));
}

HCL_INLINE void store(uint64_t *to, hcl_fp8 a, uint8_t skip, bool tidy)
{
    if (tidy)
        a = hcl_fp8_normalise(a);
    if (skip != 0)
        a = hcl_fp8_select(skip, get(to), a);
    put(to, a);
}

/* 4(a - b), b at most 3p above a. */
HCL_INLINE hcl_fp8 four_times(hcl_fp8 a, hcl_fp8 b)
{
    hcl_fp8 d = hcl_fp8_add_loose(hcl_fp8_sub_loose(a, b), hcl_fp8_set1(three_p));
    for (int i = 0; i < 5; i++)
        d.l[i] = _mm512_slli_epi64(d.l[i], 2);
    return carry(d);
}

/* -x3 = x1 + x2 - mu^2, above -3.04p, and 4(x3 - x1). */
HCL_INLINE void find_x(struct addition *a)
{
    const hcl_fp8 w = get(a->sum);
    const hcl_fp8 w3 = lift(hcl_fp8_sub_loose(get(a->scratch + X_SUM), hcl_fq8_sqr_loose(a->mu)));
    a->dx = four_times(w, w3);
    store(a->sum, w3, a->skip, a->segment->tidy);
}

/* -y3 = 4*mu*(x3 - x1) + y1 */
HCL_INLINE void find_y(struct addition *a)
{
    uint64_t *v = a->sum + 40;
    store(v, lift(hcl_fp8_sub_loose(hcl_fq8_mul_loose(a->dx, a->mu), get(v))), a->skip, a->segment->tidy);
}

static void walk_back(hcl_fp8 inverse[CHAINS], const struct step *t, size_t total)
{
    struct addition ring[4];
    const struct hcl_msm_segment *s = t->segment + t->segments;
    size_t v = 0;
    for (size_t i = 0; i < total + 3; i++) {
        if (i < total) {
            struct addition *a = &ring[i % 4];
            const size_t at = total - 1 - i;
            while (v == 0)
                v = vectors(--s);
            v--;
            a->segment = s;
            a->sum = s->sum + GROUP_WORDS * v;
            a->next = s->term + s->n + 8 * v;
            a->scratch = t->scratch + SCRATCH_WORDS * at;
            a->skip = t->skip[at];
            begin(a, &inverse[at % CHAINS], v);
            bring(a, 1);
        }
        if (i >= 1 && i < total + 1) {
            struct addition *a = &ring[(i - 1) % 4];
            a->mu = multiply(a->dy, a->inverse);
            bring(a, 2);
        }
        if (i >= 2 && i < total + 2) {
            struct addition *a = &ring[(i - 2) % 4];
            find_x(a);
            bring(a, 3);
        }
        if (i >= 3)
            find_y(&ring[(i - 3) % 4]);
    }
}

static void start_chains(hcl_fp8 product[CHAINS])
{
    for (int c = 0; c < CHAINS; c++)
        product[c] = hcl_fq8_one();
}

static void add(const struct hcl_msm_segment *segment, size_t segments, struct hcl_msm_scratch *scratch)
{
    const struct step t = { segment, segments, scratch->word + SCRATCH_WORDS, scratch->skip };
    hcl_fp8 product[CHAINS];
    size_t total = 0;
    for (size_t s = 0; s < segments; s++)
        total += vectors(&segment[s]);
    if (total == 0)
        return;
    start_chains(product);
    if (!multiply_up(product, &t) || !invert_chains(product, 1)) {
        start_chains(product);
        multiply_up_with_care(product, &t);
        (void)invert_chains(product, 1);
    }
    walk_back(product, &t, total);
}

/* ---- doubling ---- */

/* With x = -w, y = -v and mu = 6w^2/v = -lambda/4: -x3 = -mu^2 - 2w and -y3 = 4*mu*(x1 - x3) + y1, at the
 * scale of the sums as above. */
struct doubling {
    uint64_t *sum;
    uint8_t skip;
    hcl_fp8 inverse, square, mu, dx;
};

/* Denominators v and running products. Infinity and what is beyond the end are left alone. */
static void multiply_up_values(hcl_fp8 product[CHAINS], const uint64_t *sum, size_t n,
                               struct hcl_msm_scratch *to)
{
    uint64_t *scratch = to->word;
    for (size_t i = 0; i < n; i += 8, sum += GROUP_WORDS, scratch += SCRATCH_WORDS) {
        const hcl_fp8 v = get(sum + 40);
        const __mmask8 beyond_end = n - i < 8 ? (__mmask8)(0xff << (n - i)) : 0;
        const __mmask8 none = (hcl_fp8_is_null(get(sum)) & hcl_fp8_is_null(v)) | beyond_end;
        const hcl_fp8 d = hcl_fp8_select(none, hcl_fq8_one(), carry(v));
        hcl_fp8 *chain = &product[i / 8 % CHAINS];
        put(scratch + DENOMINATOR, d);
        put(scratch + BEFORE, *chain);
        *chain = multiply(*chain, d);
        to->skip[i / 8] = none;
    }
}

/* 6/v, and w^2. */
HCL_INLINE void begin_doubling(struct doubling *d, hcl_fp8 *inverse, const uint64_t *scratch)
{
    const hcl_fp8 all = *inverse;
    d->inverse = multiply(all, get(scratch + BEFORE));
    *inverse = multiply(all, get(scratch + DENOMINATOR));
    d->square = carry(hcl_fq8_sqr_loose(carry(get(d->sum))));
}

/* -x3, above -3.06p with 2p added, and 4(x1 - x3). */
HCL_INLINE void double_x(struct doubling *d)
{
    const hcl_fp8 w = get(d->sum);
    const hcl_fp8 twice = hcl_fp8_sub_loose(hcl_fp8_set1(two_p), hcl_fp8_add_loose(w, w));
    const hcl_fp8 w3 = lift(hcl_fp8_sub_loose(twice, hcl_fq8_sqr_loose(d->mu)));
    d->dx = four_times(w3, w);
    store(d->sum, w3, d->skip, true);
}

HCL_INLINE void double_y(struct doubling *d)
{
    uint64_t *v = d->sum + 40;
    store(v, lift(hcl_fp8_sub_loose(hcl_fq8_mul_loose(d->dx, d->mu), get(v))), d->skip, true);
}

/* As walk_back: four vectors at a time, each one stage ahead of the next. */
static void double_back(hcl_fp8 inverse[CHAINS], uint64_t *sum, size_t total,
                        const struct hcl_msm_scratch *scratch)
{
    struct doubling ring[4];
    for (size_t i = 0; i < total + 3; i++) {
        if (i < total) {
            const size_t at = total - 1 - i;
            ring[i % 4].sum = sum + GROUP_WORDS * at;
            ring[i % 4].skip = scratch->skip[at];
            begin_doubling(&ring[i % 4], &inverse[at % CHAINS], scratch->word + SCRATCH_WORDS * at);
        }
        if (i >= 1 && i < total + 1) {
            struct doubling *d = &ring[(i - 1) % 4];
            d->mu = multiply(d->square, d->inverse);
        }
        if (i >= 2 && i < total + 2)
            double_x(&ring[(i - 2) % 4]);
        if (i >= 3)
            double_y(&ring[(i - 3) % 4]);
    }
}

static void twice(uint64_t *sum, size_t n, struct hcl_msm_scratch *scratch)
{
    hcl_fp8 product[CHAINS];
    start_chains(product);
    multiply_up_values(product, sum, n, scratch);
    if (n > 0 && invert_chains(product, 24)) /* always: no point on the curve has y = 0 */
        double_back(product, sum, (n + 7) / 8, scratch);
}

static void start(uint64_t *sum, const hcl_g1 *points, const uint32_t *term, size_t n)
{
    for (size_t i = 0; i < n; i += 8) {
        for (int j = 0; j < 8; j++) {
            __builtin_prefetch(&points[term[i + j + HCL_MSM_SLACK - 8] >> 1]);
            _mm_prefetch((const void *)&points[term[n + i + j] >> 1], _MM_HINT_T1);
        }
        start_group(sum + HCL_MSM_SUM_WORDS * i, points, term + i);
    }
}

static void finish(hcl_g1 *out, const uint32_t *to, const uint64_t *sum, size_t n)
{
    for (size_t i = 0; i < n; i += 8) {
        hcl_g1 point[8];
        finish_group(point, sum + HCL_MSM_SUM_WORDS * i);
        for (size_t j = 0; j < 8 && i + j < n; j++)
            out[to[i + j]] = point[j];
    }
}

const struct hcl_msm_sums hcl_msm_sums_ifma = { start, add, twice, finish };

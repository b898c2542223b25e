/* SPDX-License-Identifier: Apache-2.0 */
/* The adder on eight IFMA lanes: the formulas of msm_add.c, eight pairs per vector.
 *
 * Coordinates in memory are integers below 2.01p, in the form of memory (R = 2^256). The code reads them as
 * Montgomery numbers for 2^260, that is as 1/16 of the coordinate, and so needs no conversion: the slope
 * lambda is the same; with mu = lambda/4, x3 = mu^2 - x1 - x2 comes out at the right scale and y3 = 4*mu*(x1
 * - x3) - y1. The factor 1/4 enters once, with the shared inverse. A product of integers a*b <= 84p^2 is
 * below p*(1.01 + ab/84p^2).
 *
 * Rare lanes - an infinite, equal or opposite point - take part with the denominator 1 and are then
 * overwritten with the result of scalar code. They are found by one limb; a false alarm costs time only. */
#include "common/curve/msm_internal.h"
#include "common/field/ifma.h"

#define CHAINS 4     /* independent running products hide the multiplier's latency */
#define GROUP 2      /* vectors that go through the additions together */
#define PREFETCH 16u /* pairs ahead */
#define EACH(g) _Pragma("GCC unroll 4") for (size_t g = 0; g < GROUP; g++)

/* A list, and eight entries that continue it: the last pair again and again. */
struct task {
    hcl_g1 *out;
    const uint32_t *to;
    const hcl_g1 *points;
    const uint32_t *a, *b;
    size_t n, vectors;
    uint64_t *scratch;
    uint32_t tail_a[8], tail_b[8];
    __mmask8 rare[HCL_MSM_BATCH / 8 + GROUP];
};

/* Where eight pairs are, and the lanes whose point is to be negated. */
struct lanes {
    const uint64_t *a[8], *b[8];
    __mmask8 minus_a, minus_b;
};

static void fill_tail(struct task *t)
{
    const size_t whole = t->n & ~(size_t)7;
    for (size_t i = 0; i < 8; i++) {
        const size_t from = whole + i < t->n ? whole + i : t->n - 1;
        t->tail_a[i] = t->a[from];
        t->tail_b[i] = t->b[from];
    }
}

HCL_INLINE struct lanes lanes_at(const struct task *t, size_t first)
{
    const uint32_t *a = first + 8 <= t->n ? t->a + first : t->tail_a;
    const uint32_t *b = first + 8 <= t->n ? t->b + first : t->tail_b;
    struct lanes l;
    for (unsigned i = 0; i < 8; i++) {
        l.a[i] = t->points[a[i] >> 1].x.l;
        l.b[i] = t->points[b[i] >> 1].x.l;
    }
    const __m256i one = _mm256_set1_epi32(1);
    l.minus_a = _mm256_test_epi32_mask(_mm256_loadu_si256((const void *)a), one);
    l.minus_b = _mm256_test_epi32_mask(_mm256_loadu_si256((const void *)b), one);
    return l;
}

HCL_INLINE void prefetch(const struct task *t, size_t first)
{
    if (first + 8 > t->n)
        return;
    for (unsigned i = 0; i < 8; i++) {
        __builtin_prefetch(&t->points[t->a[first + i] >> 1]);
        __builtin_prefetch(&t->points[t->b[first + i] >> 1]);
    }
}

HCL_INLINE hcl_fp8 load_x(const uint64_t *const at[8])
{
    return hcl_fp8_gather(at);
}

HCL_INLINE hcl_fp8 load_y(const uint64_t *const at[8])
{
    const uint64_t *const y[8] = { at[0] + 4, at[1] + 4, at[2] + 4, at[3] + 4,
                                   at[4] + 4, at[5] + 4, at[6] + 4, at[7] + 4 };
    return hcl_fp8_gather(y);
}

HCL_INLINE void scratch_store(uint64_t *mem, hcl_fp8 a)
{
    for (int i = 0; i < 5; i++)
        _mm512_store_si512(mem + 8 * i, a.l[i]);
}

HCL_INLINE hcl_fp8 scratch_load(const uint64_t *mem)
{
    hcl_fp8 out;
    for (int i = 0; i < 5; i++)
        out.l[i] = _mm512_load_si512(mem + 8 * i);
    return out;
}

/* a + j*p in [0, 2.01p) for a in (-4.02p, 1.3p), limbs not normalised. The top limb in units of 2^254
 * = 1.322p tells the range: at least -1.322p: j = 2, -2.645p: 3, -3.967p: 4, else 5. */
HCL_INLINE hcl_fp8 lift(hcl_fp8 a)
{
    /* column i: limb i of 0, 0, 0, p*.. for the index (a >> 254) mod 8, that is 0, -, -, -, 5p, 4p, 3p, 2p */
    static const uint64_t table[5][8] __attribute__((aligned(64))) = {
#define P0 0x08c16d87cfd47
#define P1 0x916871ca8d3c2
#define P2 0x181585d97816a
#define P3 0xa029b85045b68
#define P4 0x030644e72e131
#define ROW(limb) { 0, 0, 0, 0, 5 * limb, 4 * limb, 3 * limb, 2 * limb }
        ROW(P0), ROW(P1), ROW(P2), ROW(P3), ROW(P4)
#undef ROW
    };
    const __m512i top = _mm512_add_epi64(a.l[4], _mm512_srai_epi64(a.l[3], 52));
    const __m512i index = _mm512_srai_epi64(top, 46);
    for (int i = 0; i < 5; i++)
        a.l[i] = _mm512_add_epi64(a.l[i], _mm512_permutexvar_epi64(index, _mm512_load_si512(table[i])));
    return hcl_fp8_normalise(a);
}

/* x2 - x1 + 3p, in (0.9p, 5.1p), and the lanes that may need special care. */
HCL_INLINE hcl_fp8 difference(hcl_fp8 x1, hcl_fp8 x2, __mmask8 *rare)
{
    static const uint64_t three[5] = { 3 * P0, 3 * P1, 3 * P2, 3 * P3, 3 * P4 };
    const hcl_fp8 d = hcl_fp8_normalise(hcl_fp8_add_loose(hcl_fp8_sub_loose(x2, x1), hcl_fp8_set1(three)));
    const __m512i mask = hcl_fp8_limb_mask();
    *rare = _mm512_testn_epi64_mask(x1.l[0], x1.l[0]) | _mm512_testn_epi64_mask(x2.l[0], x2.l[0]);
    /* x1 = x2 modulo p: the difference of two numbers below 2.01p is -2p..2p */
    for (uint64_t k = 1; k <= 5; k++)
        *rare |=
            _mm512_cmpeq_epi64_mask(d.l[0], _mm512_and_si512(_mm512_set1_epi64((long long)(k * P0)), mask));
    return d;
}

/* products := 1/(4*product) in the sense above, one scalar inversion for all. An integer t stands for
 * t/2^260; read as an hcl_fq it is t/2^256, so the inverse comes out as 2^512/t and is wanted as 2^520/4t: 64
 * times that. */
static void invert(hcl_fp8 *product)
{
    hcl_fq word[8], before[8], all = hcl_fq_one, sixty_four;
    const hcl_fp8 canonical = hcl_fq8_reduce(*product, HCL_FP8_1M);
    hcl_fp8_store(word[0].l, canonical);
    for (int i = 0; i < 8; i++) {
        before[i] = all;
        hcl_fq_mul(&all, &all, &word[i]);
    }
    hcl_fq_inv(&all, &all);
    hcl_fq_from_u64(&sixty_four, 64);
    hcl_fq_mul(&all, &all, &sixty_four);
    for (int i = 7; i >= 0; i--) {
        hcl_fq inverse;
        hcl_fq_mul(&inverse, &all, &before[i]);
        hcl_fq_mul(&all, &all, &word[i]);
        word[i] = inverse;
    }
    *product = hcl_fp8_load(word[0].l);
}

/* The same for all chains. */
static void invert_chains(hcl_fp8 product[CHAINS])
{
    hcl_fp8 before[CHAINS], all = product[0];
    for (int c = 1; c < CHAINS; c++) {
        before[c] = all;
        all = hcl_fq8_mul(all, product[c]);
    }
    invert(&all);
    for (int c = CHAINS - 1; c > 0; c--) {
        const hcl_fp8 inverse = hcl_fq8_mul(all, before[c]);
        all = hcl_fq8_mul(all, product[c]);
        product[c] = inverse;
    }
    product[0] = all;
}

/* Scratch: per vector the denominators and the product of those before it in its chain. */
#define SCRATCH_WORDS 80

static void multiply_up(hcl_fp8 product[CHAINS], struct task *t)
{
    for (size_t v = 0; v < t->vectors; v++) {
        prefetch(t, 8 * v + PREFETCH);
        const struct lanes l = lanes_at(t, 8 * v);
        hcl_fp8 d = difference(load_x(l.a), load_x(l.b), &t->rare[v]);
        d = hcl_fp8_select(t->rare[v], hcl_fq8_one(), d);
        scratch_store(t->scratch + SCRATCH_WORDS * v, d);
        scratch_store(t->scratch + SCRATCH_WORDS * v + 40, product[v % CHAINS]);
        product[v % CHAINS] = hcl_fq8_mul(product[v % CHAINS], d);
    }
}

/* y or 2p - y by lane; loose limbs. */
HCL_INLINE hcl_fp8 signed_y(hcl_fp8 y, __mmask8 minus)
{
    static const uint64_t two[5] = { 2 * P0, 2 * P1, 2 * P2, 2 * P3, 2 * P4 };
    const hcl_fp8 k = hcl_fp8_set1(two);
    for (int i = 0; i < 5; i++)
        y.l[i] = _mm512_mask_sub_epi64(y.l[i], minus, k.l[i], y.l[i]);
    return y;
}

/* Ask for a few of the points that come next. Called ten times per GROUP of 16 additions, so that all of a
 * chunk are on their way before its turn, never more at once than the processor can wait for. */
HCL_INLINE void bring(struct hcl_msm_ahead *ahead)
{
    for (int i = 0; i < 2; i++)
        if (ahead->n > 0) {
            _mm_prefetch((const void *)&ahead->points[*ahead->term++ >> 1], _MM_HINT_T1);
            ahead->n--;
        }
}

/* Sums of GROUP vectors of pairs; step[g].inverse is 1/(4*(x2 - x1)). Every step is taken for all vectors
 * before the next one: a step's result is needed at once, and only neighbours in the program can fill the
 * time until then. */
struct sums {
    struct lanes lanes;
    hcl_fp8 inverse, x3, y3;
};

HCL_INLINE void add_lanes(struct sums s[GROUP], struct hcl_msm_ahead *ahead)
{
    static const uint64_t three[5] = { 3 * P0, 3 * P1, 3 * P2, 3 * P3, 3 * P4 };
    const hcl_fp8 k = hcl_fp8_set1(three);
    hcl_fp8 x1[GROUP], y1[GROUP], mu[GROUP], dx[GROUP];
    EACH(g)
    {
        bring(ahead);
        const struct lanes *l = &s[g].lanes;
        y1[g] = signed_y(load_y(l->a), l->minus_a);
        const hcl_fp8 y2 = signed_y(load_y(l->b), l->minus_b);
        mu[g] = hcl_fp8_normalise(hcl_fp8_add_loose(hcl_fp8_sub_loose(y2, y1[g]), k)); /* < 5.1p */
    }
    EACH(g)
    {
        bring(ahead);
        mu[g] = hcl_fq8_mul(mu[g], s[g].inverse);
    }
    EACH(g)
    {
        bring(ahead);
        x1[g] = load_x(s[g].lanes.a);
        const hcl_fp8 sum = hcl_fp8_add_loose(x1[g], load_x(s[g].lanes.b));
        s[g].x3 = lift(hcl_fp8_sub_loose(hcl_fq8_sqr_loose(mu[g]), sum));
    }
    EACH(g)
    {
        dx[g] = hcl_fp8_add_loose(hcl_fp8_sub_loose(x1[g], s[g].x3), k);
        for (int i = 0; i < 5; i++)
            dx[g].l[i] = _mm512_slli_epi64(dx[g].l[i], 2);
        dx[g] = hcl_fp8_normalise(dx[g]); /* < 20.1p */
    }
    EACH(g)
    {
        bring(ahead);
        s[g].y3 = lift(hcl_fp8_sub_loose(hcl_fq8_mul_loose(dx[g], mu[g]), y1[g]));
    }
}

/* Points as scalar code wants them. */
static void canonical_term(hcl_g1 *out, const hcl_g1 *points, uint32_t term)
{
    *out = points[term >> 1];
    hcl_msm_canonical(out);
    if (term & 1)
        hcl_g1_neg(out, out);
}

static void add_rare(hcl_g1 out[8], const struct task *t, size_t first, __mmask8 rare)
{
    for (unsigned i = 0; i < 8; i++)
        if ((rare >> i & 1) && first + i < t->n) {
            hcl_g1 p, q;
            hcl_g1_jac sum;
            canonical_term(&p, t->points, t->a[first + i]);
            canonical_term(&q, t->points, t->b[first + i]);
            hcl_g1_jac_from_affine(&sum, &p);
            hcl_g1_jac_add_affine(&sum, &sum, &q);
            hcl_g1_jac_to_affine(&out[i], &sum);
        }
}

/* Write the sums of pairs first..first+count-1, count <= 8. */
HCL_INLINE void store(const struct task *t, size_t first, size_t count, const struct sums *s, __mmask8 rare)
{
    hcl_g1 special[8], sink;
    if (__builtin_expect(rare != 0, 0))
        add_rare(special, t, first, rare);
    uint64_t *x[8], *y[8];
    for (unsigned i = 0; i < 8; i++) {
        hcl_g1 *to = i < count ? &t->out[t->to[first + i]] : &sink;
        x[i] = to->x.l;
        y[i] = to->y.l;
    }
    hcl_fp8_scatter(x, s->x3);
    hcl_fp8_scatter(y, s->y3);
    if (__builtin_expect(rare != 0, 0))
        for (unsigned i = 0; i < count; i++)
            if (rare >> i & 1)
                t->out[t->to[first + i]] = special[i];
}

HCL_INLINE void walk_back_group(hcl_fp8 inverse[CHAINS], const struct task *t, size_t v,
                                struct hcl_msm_ahead *ahead)
{
    struct sums s[GROUP];
    EACH(g)
    {
        if (8 * (v + g) >= PREFETCH)
            prefetch(t, 8 * (v + g) - PREFETCH);
        s[g].lanes = lanes_at(t, 8 * (v + g));
        const hcl_fp8 before = scratch_load(t->scratch + SCRATCH_WORDS * (v + g) + 40);
        s[g].inverse = hcl_fq8_mul(inverse[(v + g) % CHAINS], before);
    }
    EACH(g)
    {
        bring(ahead);
        const hcl_fp8 d = scratch_load(t->scratch + SCRATCH_WORDS * (v + g));
        inverse[(v + g) % CHAINS] = hcl_fq8_mul(inverse[(v + g) % CHAINS], d);
    }
    add_lanes(s, ahead);
    EACH(g)
    {
        const size_t first = 8 * (v + g), left = first < t->n ? t->n - first : 0;
        store(t, first, left < 8 ? left : 8, &s[g], t->rare[v + g]);
    }
}

static void walk_back(hcl_fp8 inverse[CHAINS], const struct task *t, struct hcl_msm_ahead *ahead)
{
    for (size_t v = t->vectors; v > 0; v -= GROUP)
        walk_back_group(inverse, t, v - GROUP, ahead);
}

static void task_init(struct task *t, const struct hcl_msm_adds *list, uint64_t *scratch)
{
    t->out = list->out;
    t->to = list->to;
    t->points = list->points;
    t->a = list->a;
    t->b = list->b;
    t->n = list->n;
    t->vectors = ((list->n + 7) / 8 + GROUP - 1) / GROUP * GROUP;
    t->scratch = scratch;
    if (t->n > 0)
        fill_tail(t);
}

void hcl_msm_add_ifma(const struct hcl_msm_adds list[2], struct hcl_msm_ahead ahead,
                      struct hcl_msm_adder_scratch *scratch)
{
    struct task t[2];
    hcl_fp8 product[CHAINS];
    task_init(&t[0], &list[0], scratch->word);
    task_init(&t[1], &list[1], scratch->word + SCRATCH_WORDS * t[0].vectors);
    for (int c = 0; c < CHAINS; c++)
        product[c] = hcl_fq8_one();
    multiply_up(product, &t[0]);
    multiply_up(product, &t[1]);
    invert_chains(product);
    walk_back(product, &t[1], &ahead);
    walk_back(product, &t[0], &ahead);
}

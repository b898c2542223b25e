/* SPDX-License-Identifier: Apache-2.0 */
/* One sum after the other, for processors without IFMA. Affine additions with Montgomery's shared inversion:
 * 3M for the inverse, lambda = (y2-y1)/(x2-x1) 1M, x3 = lambda^2-x1-x2 1S, y3 = lambda(x1-x3)-y1 1M. A
 * doubling is the same with lambda = 3x^2/2y. Sums are kept as points, all coordinates canonical. */
#include "common/curve/msm_internal.h"

/* Points are asked for this many terms before they are used. */
#define AHEAD 12

enum kind { ADD, DOUBLE, ONE_IS_INFINITE, CANCEL };

/* An addition between the two passes. */
struct pending {
    hcl_g1 q;
    hcl_fq before; /* product of the denominators before this one, of its chain */
    uint64_t kind;
};
_Static_assert(sizeof(struct pending) <= 15 * sizeof(uint64_t), "fits hcl_msm_scratch");

/* What has to be inverted for p + q, 1 if nothing; for sums that are no plain additions. */
static __attribute__((noinline)) enum kind special(hcl_fq *d, const hcl_g1 *p, const hcl_g1 *q)
{
    const bool doubled = hcl_g1_eq(p, q);
    *d = hcl_fq_one;
    if (hcl_g1_is_infinity(p) || hcl_g1_is_infinity(q))
        return ONE_IS_INFINITE;
    if (!doubled)
        return CANCEL;
    hcl_fq_double(d, &p->y);
    return DOUBLE;
}

/* The same for any sum. Only the point at infinity has y = 0: the curve's order is odd. */
static inline enum kind denominator(hcl_fq *d, const hcl_g1 *p, const hcl_g1 *q)
{
    hcl_fq_sub(d, &q->x, &p->x);
    if (hcl_fq_is_zero(d) || hcl_fq_is_zero(&p->y) || hcl_fq_is_zero(&q->y))
        return special(d, p, q);
    return ADD;
}

static inline void finish_add(hcl_g1 *p, const hcl_g1 *q, const hcl_fq *slope)
{
    hcl_fq x, y;
    hcl_fq_sqr(&x, slope);
    hcl_fq_sub(&x, &x, &p->x);
    hcl_fq_sub(&x, &x, &q->x);
    hcl_fq_sub(&y, &p->x, &x);
    hcl_fq_mul(&y, &y, slope);
    hcl_fq_sub(&p->y, &y, &p->y);
    p->x = x;
}

/* lambda = 3x^2/2y, x3 = lambda^2 - 2x, y3 = lambda(x - x3) - y */
static void double_one(hcl_g1 *p, const hcl_fq *inverse)
{
    const hcl_g1 q = *p;
    hcl_fq slope, triple;
    hcl_fq_sqr(&slope, &p->x);
    hcl_fq_double(&triple, &slope);
    hcl_fq_add(&triple, &triple, &slope);
    hcl_fq_mul(&slope, &triple, inverse);
    finish_add(p, &q, &slope);
}

static __attribute__((noinline)) void finish_special(hcl_g1 *sum, const struct pending *a,
                                                     const hcl_fq *inverse)
{
    if (a->kind == CANCEL)
        *sum = hcl_g1_infinity;
    else if (a->kind == ONE_IS_INFINITE && hcl_g1_is_infinity(sum))
        *sum = a->q;
    else if (a->kind == DOUBLE)
        double_one(sum, inverse);
}

/* Without a branch: signs are random. */
static inline void load(hcl_g1 *q, const hcl_g1 *points, uint32_t term)
{
    const hcl_g1 *p = &points[term >> 1];
    const uint64_t negative = (uint64_t)0 - (term & 1);
    hcl_fq minus;
    hcl_fq_neg(&minus, &p->y);
    q->x = p->x;
    for (int i = 0; i < 4; i++)
        q->y.l[i] = p->y.l[i] ^ ((p->y.l[i] ^ minus.l[i]) & negative);
}

static void start(uint64_t *sum, const hcl_g1 *points, const uint32_t *term, size_t n)
{
    hcl_g1 *p = (hcl_g1 *)sum;
    for (size_t i = 0; i < n; i++) {
        __builtin_prefetch(&points[term[i + AHEAD] >> 1]);
        load(&p[i], points, term[i]);
    }
}

/* Denominators are multiplied up in two chains, so that one product need not wait for the other. */
struct chains {
    hcl_fq product[2];
};

static void multiply_up(struct chains *c, struct pending *a, const struct hcl_msm_segment *s)
{
    const hcl_g1 *sum = (const hcl_g1 *)s->sum;
    for (size_t i = 0; i < s->n; i++) {
        hcl_fq d;
        __builtin_prefetch(&s->points[s->term[i + AHEAD] >> 1]);
        load(&a[i].q, s->points, s->term[i]);
        a[i].kind = denominator(&d, &sum[i], &a[i].q);
        a[i].before = c->product[i % 2];
        hcl_fq_mul(&c->product[i % 2], &a[i].before, &d);
    }
}

static void walk_back(struct chains *c, const struct pending *a, const struct hcl_msm_segment *s)
{
    hcl_g1 *sum = (hcl_g1 *)s->sum;
    for (size_t i = s->n; i-- > 0;) {
        hcl_fq d, inverse, slope;
        if (a[i].kind == ADD)
            hcl_fq_sub(&d, &a[i].q.x, &sum[i].x);
        else
            (void)special(&d, &sum[i], &a[i].q);
        hcl_fq_mul(&inverse, &c->product[i % 2], &a[i].before);
        hcl_fq_mul(&c->product[i % 2], &c->product[i % 2], &d);
        if (a[i].kind != ADD) {
            finish_special(&sum[i], &a[i], &inverse);
            continue;
        }
        hcl_fq_sub(&slope, &a[i].q.y, &sum[i].y);
        hcl_fq_mul(&slope, &slope, &inverse);
        finish_add(&sum[i], &a[i].q, &slope);
    }
}

static void invert(struct chains *c)
{
    hcl_fq inverse, first;
    hcl_fq_mul(&inverse, &c->product[0], &c->product[1]);
    hcl_fq_inv(&inverse, &inverse);
    hcl_fq_mul(&first, &inverse, &c->product[1]);
    hcl_fq_mul(&c->product[1], &inverse, &c->product[0]);
    c->product[0] = first;
}

static void add(const struct hcl_msm_segment *segment, size_t segments, struct hcl_msm_scratch *scratch)
{
    struct pending *a = (struct pending *)scratch->word;
    struct chains c = { { hcl_fq_one, hcl_fq_one } };
    for (size_t s = 0; s < segments; a += segment[s++].n)
        multiply_up(&c, a, &segment[s]);
    invert(&c);
    for (size_t s = segments; s-- > 0;) {
        a -= segment[s].n;
        walk_back(&c, a, &segment[s]);
    }
}

static void twice(uint64_t *sum, size_t n, struct hcl_msm_scratch *scratch)
{
    hcl_g1 *p = (hcl_g1 *)sum;
    struct pending *a = (struct pending *)scratch->word;
    struct chains c = { { hcl_fq_one, hcl_fq_one } };
    for (size_t i = 0; i < n; i++) {
        hcl_fq d;
        a[i].before = c.product[i % 2];
        hcl_fq_double(&d, &p[i].y);
        if (!hcl_fq_is_zero(&d)) /* else it is infinity */
            hcl_fq_mul(&c.product[i % 2], &c.product[i % 2], &d);
    }
    invert(&c);
    for (size_t i = n; i-- > 0;) {
        hcl_fq d, inverse;
        hcl_fq_double(&d, &p[i].y);
        if (hcl_fq_is_zero(&d))
            continue;
        hcl_fq_mul(&inverse, &c.product[i % 2], &a[i].before);
        hcl_fq_mul(&c.product[i % 2], &c.product[i % 2], &d);
        double_one(&p[i], &inverse);
    }
}

static void finish(hcl_g1 *out, const uint32_t *to, const uint64_t *sum, size_t n)
{
    for (size_t i = 0; i < n; i++)
        out[to[i]] = ((const hcl_g1 *)sum)[i];
}

const struct hcl_msm_sums hcl_msm_sums_scalar = { start, add, twice, finish };

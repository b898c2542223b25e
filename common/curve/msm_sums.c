/* SPDX-License-Identifier: Apache-2.0 */
/* Affine additions with Montgomery's shared inversion: 3M for the inverse, lambda = (y2-y1)/(x2-x1) 1M,
 * x3 = lambda^2-x1-x2 1S, y3 = lambda(x1-x3)-y1 1M. A doubling is the same with lambda = 3x^2/2y. */
#include "common/curve/msm_internal.h"
#include "common/field/kernel.h"

enum kind { ADD, DOUBLE, ONE_IS_INFINITE, CANCEL };

/* What kind of sum p + q is and what has to be inverted for it (1 if nothing). */
static enum kind denominator(hcl_fq *d, const hcl_g1 *p, const hcl_g1 *q)
{
    *d = hcl_fq_one;
    if (hcl_g1_is_infinity(p) || hcl_g1_is_infinity(q))
        return ONE_IS_INFINITE;
    if (!hcl_fq_eq(&p->x, &q->x)) {
        hcl_fq_sub(d, &q->x, &p->x);
        return ADD;
    }
    if (!hcl_fq_eq(&p->y, &q->y) || hcl_fq_is_zero(&p->y))
        return CANCEL;
    hcl_fq_double(d, &p->y);
    return DOUBLE;
}

static void finish_add(hcl_g1 *out, enum kind kind, const hcl_g1 *p, const hcl_g1 *q, const hcl_fq *inverse)
{
    hcl_fq lambda, x, y;
    switch (kind) {
    case ONE_IS_INFINITE:
        *out = hcl_g1_is_infinity(p) ? *q : *p;
        return;
    case CANCEL:
        *out = hcl_g1_infinity;
        return;
    case DOUBLE:
        hcl_fq_sqr(&x, &p->x);
        hcl_fq_double(&lambda, &x);
        hcl_fq_add(&lambda, &lambda, &x);
        break;
    case ADD:
        hcl_fq_sub(&lambda, &q->y, &p->y);
        break;
    }
    hcl_fq_mul(&lambda, &lambda, inverse);
    hcl_fq_sqr(&x, &lambda);
    hcl_fq_sub(&x, &x, &p->x);
    hcl_fq_sub(&x, &x, &q->x);
    hcl_fq_sub(&y, &p->x, &x);
    hcl_fq_mul(&y, &y, &lambda);
    hcl_fq_sub(&y, &y, &p->y);
    out->x = x;
    out->y = y;
}

/* Sums are kept as points. */
static void start(uint64_t *sum, const hcl_g1 *points, const uint32_t *term, size_t n)
{
    hcl_g1 *p = (hcl_g1 *)sum;
    for (size_t i = 0; i < n; i++) {
        p[i] = points[term[i] >> 1];
        hcl_msm_canonical(&p[i]);
        if (term[i] & 1)
            hcl_g1_neg(&p[i], &p[i]);
    }
}

static void multiply_up(hcl_fq *acc, hcl_fq *before, const struct hcl_msm_segment *s)
{
    const hcl_g1 *sum = (const hcl_g1 *)s->sum;
    for (size_t i = 0; i < s->n; i++) {
        hcl_g1 q;
        hcl_fq d;
        start(q.x.l, s->points, &s->term[i], 1);
        (void)denominator(&d, &sum[i], &q);
        before[i] = *acc;
        hcl_fq_mul(acc, acc, &d);
    }
}

static void walk_back(hcl_fq *acc, const hcl_fq *before, const struct hcl_msm_segment *s)
{
    hcl_g1 *sum = (hcl_g1 *)s->sum;
    for (size_t i = s->n; i-- > 0;) {
        hcl_g1 q;
        hcl_fq d, inverse;
        start(q.x.l, s->points, &s->term[i], 1);
        const enum kind kind = denominator(&d, &sum[i], &q);
        hcl_fq_mul(&inverse, acc, &before[i]);
        hcl_fq_mul(acc, acc, &d);
        finish_add(&sum[i], kind, &sum[i], &q, &inverse);
    }
}

static void add(const struct hcl_msm_segment *segment, size_t segments, struct hcl_msm_scratch *scratch)
{
    hcl_fq *before = (hcl_fq *)scratch->word, acc = hcl_fq_one;
    for (size_t s = 0; s < segments; s++) {
        multiply_up(&acc, before, &segment[s]);
        before += segment[s].n;
    }
    hcl_fq_inv(&acc, &acc);
    for (size_t s = segments; s-- > 0;) {
        before -= segment[s].n;
        walk_back(&acc, before, &segment[s]);
    }
}

static void finish(hcl_g1 *out, const uint32_t *to, const uint64_t *sum, size_t n)
{
    for (size_t i = 0; i < n; i++)
        out[to[i]] = ((const hcl_g1 *)sum)[i];
}

const struct hcl_msm_sums hcl_msm_sums_scalar = { start, add, finish };

static void canonical(hcl_fq *a)
{
    static const uint64_t p[4] = { 0x3c208c16d87cfd47, 0x97816a916871ca8d, 0xb85045b68181585d,
                                   0x30644e72e131a029 };
    for (;;) {
        uint64_t d[4];
        unsigned __int128 borrow = 0;
        for (int i = 0; i < 4; i++) {
            const unsigned __int128 v = (unsigned __int128)a->l[i] - p[i] - borrow;
            d[i] = (uint64_t)v;
            borrow = v >> 64 != 0;
        }
        if (borrow)
            return;
        for (int i = 0; i < 4; i++)
            a->l[i] = d[i];
    }
}

void hcl_msm_canonical(hcl_g1 *p)
{
    canonical(&p->x);
    canonical(&p->y);
}

const struct hcl_msm_sums *hcl_msm_sums(void)
{
#ifdef HCL_HAVE_IFMA
    if (hcl_field_has_ifma())
        return &hcl_msm_sums_ifma;
#endif
    return &hcl_msm_sums_scalar;
}

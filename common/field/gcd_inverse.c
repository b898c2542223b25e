/* SPDX-License-Identifier: Apache-2.0 */
#include "common/field/gcd_inverse.h"

#include <stdbool.h>

#define BITS 62
#define LIMB_MASK ((int64_t)(UINT64_MAX >> (64 - BITS)))

typedef __int128 wide;

/* A signed integer, sum l[i]*2^(62i); all limbs but the top one in [0, 2^62). */
struct s62 {
    int64_t l[5];
};

/* 2^62 times the matrix of 62 divsteps; entries at most 2^62 in size. */
struct matrix {
    int64_t u, v, q, r;
};

static struct s62 from_words(const uint64_t w[4])
{
    return (struct s62){
        { (int64_t)(w[0] & (uint64_t)LIMB_MASK), (int64_t)((w[0] >> 62 | w[1] << 2) & (uint64_t)LIMB_MASK),
          (int64_t)((w[1] >> 60 | w[2] << 4) & (uint64_t)LIMB_MASK),
          (int64_t)((w[2] >> 58 | w[3] << 6) & (uint64_t)LIMB_MASK), (int64_t)(w[3] >> 56) }
    };
}

static void to_words(uint64_t w[4], const struct s62 *a)
{
    const uint64_t l[5] = { (uint64_t)a->l[0], (uint64_t)a->l[1], (uint64_t)a->l[2], (uint64_t)a->l[3],
                            (uint64_t)a->l[4] };
    w[0] = l[0] | l[1] << 62;
    w[1] = l[1] >> 2 | l[2] << 60;
    w[2] = l[2] >> 4 | l[3] << 58;
    w[3] = l[3] >> 6 | l[4] << 56;
}

/* 62 divsteps on the low words of f (odd) and g. eta is -delta. */
static int64_t divsteps(int64_t eta, uint64_t f, uint64_t g, struct matrix *t)
{
    uint64_t u = 1, v = 0, q = 0, r = 1;
    int left = BITS;
    for (;;) {
        const int zeros = __builtin_ctzll(g | UINT64_MAX << left);
        g >>= zeros;
        u <<= zeros;
        v <<= zeros;
        eta -= zeros;
        left -= zeros;
        if (left == 0)
            break;
        if (eta < 0) { /* swap with sign, so that g's low bits can be cleared with multiples of a new f */
            const uint64_t old_f = f, old_u = u, old_v = v;
            eta = -eta;
            f = g;
            g = 0 - old_f;
            u = q;
            q = 0 - old_u;
            v = r;
            r = 0 - old_v;
        }
        /* as many low bits of g as no swap can interrupt, at most the six that f*(f^2-2) = -1/f is right for
         */
        const int limit = eta + 1 < left ? (int)eta + 1 : left;
        const uint64_t mask = UINT64_MAX >> (64 - limit) & 63;
        const uint64_t w = f * (f * f - 2) * g & mask;
        g += f * w;
        q += u * w;
        r += v * w;
    }
    *t = (struct matrix){ (int64_t)u, (int64_t)v, (int64_t)q, (int64_t)r };
    return eta;
}

/* (f, g) := matrix * (f, g) / 2^62, exact. */
static void update_fg(struct s62 *f, struct s62 *g, const struct matrix *t)
{
    wide cf = (wide)t->u * f->l[0] + (wide)t->v * g->l[0];
    wide cg = (wide)t->q * f->l[0] + (wide)t->r * g->l[0];
    cf >>= BITS;
    cg >>= BITS;
    for (int i = 1; i < 5; i++) {
        const int64_t fi = f->l[i], gi = g->l[i];
        cf += (wide)t->u * fi + (wide)t->v * gi;
        cg += (wide)t->q * fi + (wide)t->r * gi;
        f->l[i - 1] = (int64_t)cf & LIMB_MASK;
        g->l[i - 1] = (int64_t)cg & LIMB_MASK;
        cf >>= BITS;
        cg >>= BITS;
    }
    f->l[4] = (int64_t)cf;
    g->l[4] = (int64_t)cg;
}

/* (d, e) := matrix * (d, e) / 2^62 modulo m. In and out: in (-2m, m). A negative number contributes the
 * matrix entry times m, which brings the range back; then the multiple of m is added that clears the low
 * limb. */
static void update_de(struct s62 *d, struct s62 *e, const struct matrix *t, const struct s62 *m,
                      uint64_t m_inv)
{
    const int64_t sd = d->l[4] >> 63, se = e->l[4] >> 63;
    int64_t md = (t->u & sd) + (t->v & se), me = (t->q & sd) + (t->r & se);
    wide cd = (wide)t->u * d->l[0] + (wide)t->v * e->l[0];
    wide ce = (wide)t->q * d->l[0] + (wide)t->r * e->l[0];
    md -= (int64_t)((m_inv * (uint64_t)cd + (uint64_t)md) & (uint64_t)LIMB_MASK);
    me -= (int64_t)((m_inv * (uint64_t)ce + (uint64_t)me) & (uint64_t)LIMB_MASK);
    cd = (cd + (wide)m->l[0] * md) >> BITS;
    ce = (ce + (wide)m->l[0] * me) >> BITS;
    for (int i = 1; i < 5; i++) {
        const int64_t di = d->l[i], ei = e->l[i];
        cd += (wide)t->u * di + (wide)t->v * ei + (wide)m->l[i] * md;
        ce += (wide)t->q * di + (wide)t->r * ei + (wide)m->l[i] * me;
        d->l[i - 1] = (int64_t)cd & LIMB_MASK;
        e->l[i - 1] = (int64_t)ce & LIMB_MASK;
        cd >>= BITS;
        ce >>= BITS;
    }
    d->l[4] = (int64_t)cd;
    e->l[4] = (int64_t)ce;
}

static bool is_zero(const struct s62 *a)
{
    return (a->l[0] | a->l[1] | a->l[2] | a->l[3] | a->l[4]) == 0;
}

/* a := sign*a + count*m, limbs carried. */
static void add_multiple(struct s62 *a, int64_t sign, int64_t count, const struct s62 *m)
{
    int64_t carry = 0;
    for (int i = 0; i < 5; i++) {
        const int64_t v = sign * a->l[i] + count * m->l[i] + carry;
        a->l[i] = i < 4 ? v & LIMB_MASK : v;
        carry = v >> BITS;
    }
}

void hcl_gcd_inverse(uint64_t out[4], const uint64_t a[4], const uint64_t m_words[4])
{
    const struct s62 m = from_words(m_words);
    uint64_t m_inv = m_words[0]; /* right modulo 8; each step doubles the bits */
    for (int i = 0; i < 5; i++)
        m_inv *= 2 - m_words[0] * m_inv;
    struct s62 f = m, g = from_words(a), d = { { 0 } }, e = { { 1 } };
    int64_t eta = -1;
    while (!is_zero(&g)) {
        struct matrix t;
        eta = divsteps(eta, (uint64_t)f.l[0] | (uint64_t)f.l[1] << BITS,
                       (uint64_t)g.l[0] | (uint64_t)g.l[1] << BITS, &t);
        update_de(&d, &e, &t, &m, m_inv);
        update_fg(&f, &g, &t);
    }
    /* f = +-1 (or m when a = 0, with d = 0) and d*a = f modulo m */
    if (d.l[4] < 0)
        add_multiple(&d, 1, 1, &m);
    if (f.l[4] < 0)
        add_multiple(&d, -1, 0, &m);
    while (d.l[4] < 0)
        add_multiple(&d, 1, 1, &m);
    to_words(out, &d);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Jacobian formulas for a = 0: dbl-2009-l (2M + 5S), add-2007-bl (11M + 5S), madd-2007-bl (7M + 4S) of the
 * Explicit-Formulas Database, plus the exceptional cases they leave out. */
#include "common/curve/g1.h"
#include <string.h>

/* Montgomery forms of 1, 2 and 3. */
#define ONE                                                                                                  \
    {                                                                                                        \
        {                                                                                                    \
            0xd35d438dc58f0d9d, 0x0a78eb28f5c70b3d, 0x666ea36f7879462c, 0x0e0a77c19a07df2f                   \
        }                                                                                                    \
    }
#define TWO                                                                                                  \
    {                                                                                                        \
        {                                                                                                    \
            0xa6ba871b8b1e1b3a, 0x14f1d651eb8e167b, 0xccdd46def0f28c58, 0x1c14ef83340fbe5e                   \
        }                                                                                                    \
    }
#define THREE                                                                                                \
    {                                                                                                        \
        {                                                                                                    \
            0x7a17caa950ad28d7, 0x1f6ac17ae15521b9, 0x334bea4e696bd284, 0x2a1f6744ce179d8e                   \
        }                                                                                                    \
    }

const hcl_g1 hcl_g1_generator = { ONE, TWO };
const hcl_g1 hcl_g1_infinity = { { { 0, 0, 0, 0 } }, { { 0, 0, 0, 0 } } };

static const hcl_fq curve_b = THREE;
static const hcl_g1_jac jac_infinity = { ONE, ONE, { { 0, 0, 0, 0 } } };

bool hcl_g1_is_infinity(const hcl_g1 *a)
{
    return hcl_fq_is_zero(&a->x) && hcl_fq_is_zero(&a->y);
}

/* out = x^3 + 3 */
static void curve_rhs(hcl_fq *out, const hcl_fq *x)
{
    hcl_fq t;
    hcl_fq_sqr(&t, x);
    hcl_fq_mul(&t, &t, x);
    hcl_fq_add(out, &t, &curve_b);
}

bool hcl_g1_on_curve(const hcl_g1 *a)
{
    hcl_fq rhs, lhs;
    if (hcl_g1_is_infinity(a))
        return true;
    curve_rhs(&rhs, &a->x);
    hcl_fq_sqr(&lhs, &a->y);
    return hcl_fq_eq(&lhs, &rhs);
}

bool hcl_g1_eq(const hcl_g1 *a, const hcl_g1 *b)
{
    return hcl_fq_eq(&a->x, &b->x) && hcl_fq_eq(&a->y, &b->y);
}

void hcl_g1_neg(hcl_g1 *out, const hcl_g1 *a)
{
    out->x = a->x;
    hcl_fq_neg(&out->y, &a->y);
}

void hcl_g1_jac_from_affine(hcl_g1_jac *out, const hcl_g1 *a)
{
    const hcl_g1 p = *a;
    if (hcl_g1_is_infinity(&p)) {
        *out = jac_infinity;
        return;
    }
    *out = (hcl_g1_jac){ p.x, p.y, hcl_fq_one };
}

/* out = (X*zinv^2, Y*zinv^3) */
static void scale_to_affine(hcl_g1 *out, const hcl_g1_jac *a, const hcl_fq *zinv)
{
    hcl_fq z2, z3;
    hcl_fq_sqr(&z2, zinv);
    hcl_fq_mul(&z3, &z2, zinv);
    hcl_fq_mul(&out->x, &a->x, &z2);
    hcl_fq_mul(&out->y, &a->y, &z3);
}

void hcl_g1_jac_to_affine(hcl_g1 *out, const hcl_g1_jac *a)
{
    hcl_fq zinv;
    hcl_fq_inv(&zinv, &a->z); /* 0 for infinity, which makes (0, 0) */
    scale_to_affine(out, a, &zinv);
}

/* Blocks share one inversion each by Montgomery's trick; 256 make its cost negligible without an allocation.
 */
void hcl_g1_jac_to_affine_vec(hcl_g1 *out, const hcl_g1_jac *a, size_t n)
{
    enum { BLOCK = 256 };
    hcl_fq z[BLOCK], scratch[BLOCK];
    for (size_t start = 0; start < n; start += BLOCK) {
        const size_t count = n - start < BLOCK ? n - start : BLOCK;
        for (size_t i = 0; i < count; i++)
            z[i] = a[start + i].z;
        hcl_fq_batch_inv(z, scratch, count);
        for (size_t i = 0; i < count; i++)
            scale_to_affine(&out[start + i], &a[start + i], &z[i]);
    }
}

bool hcl_g1_jac_is_infinity(const hcl_g1_jac *a)
{
    return hcl_fq_is_zero(&a->z);
}

bool hcl_g1_jac_eq(const hcl_g1_jac *a, const hcl_g1_jac *b)
{
    const bool a_inf = hcl_g1_jac_is_infinity(a), b_inf = hcl_g1_jac_is_infinity(b);
    if (a_inf || b_inf)
        return a_inf && b_inf;
    hcl_fq za2, zb2, za3, zb3, l, r;
    hcl_fq_sqr(&za2, &a->z);
    hcl_fq_sqr(&zb2, &b->z);
    hcl_fq_mul(&l, &a->x, &zb2);
    hcl_fq_mul(&r, &b->x, &za2);
    if (!hcl_fq_eq(&l, &r))
        return false;
    hcl_fq_mul(&za3, &za2, &a->z);
    hcl_fq_mul(&zb3, &zb2, &b->z);
    hcl_fq_mul(&l, &a->y, &zb3);
    hcl_fq_mul(&r, &b->y, &za3);
    return hcl_fq_eq(&l, &r);
}

void hcl_g1_jac_neg(hcl_g1_jac *out, const hcl_g1_jac *a)
{
    out->x = a->x;
    hcl_fq_neg(&out->y, &a->y);
    out->z = a->z;
}

/* A = X^2, B = Y^2, C = B^2, D = 2((X+B)^2 - A - C), E = 3A, F = E^2;
 * X3 = F - 2D, Y3 = E(D - X3) - 8C, Z3 = 2YZ. No point has Y = 0 (the order is odd); Z = 0 gives Z3 = 0. */
void hcl_g1_jac_double(hcl_g1_jac *out, const hcl_g1_jac *a)
{
    hcl_fq aa, b, c, d, e, f, z3;
    hcl_fq_mul(&z3, &a->y, &a->z);
    hcl_fq_double(&z3, &z3);
    hcl_fq_sqr(&aa, &a->x);
    hcl_fq_sqr(&b, &a->y);
    hcl_fq_sqr(&c, &b);
    hcl_fq_add(&d, &a->x, &b);
    hcl_fq_sqr(&d, &d);
    hcl_fq_sub(&d, &d, &aa);
    hcl_fq_sub(&d, &d, &c);
    hcl_fq_double(&d, &d);
    hcl_fq_double(&e, &aa);
    hcl_fq_add(&e, &e, &aa);
    hcl_fq_sqr(&f, &e);
    hcl_fq_sub(&f, &f, &d);
    hcl_fq_sub(&out->x, &f, &d);
    hcl_fq_sub(&d, &d, &out->x);
    hcl_fq_mul(&e, &e, &d);
    hcl_fq_double(&c, &c);
    hcl_fq_double(&c, &c);
    hcl_fq_double(&c, &c);
    hcl_fq_sub(&out->y, &e, &c);
    out->z = z3;
}

/* The common tail of the additions: X3 = r^2 - J - 2V, Y3 = r(V - X3) - 2*S1*J with H = U2 - U1,
 * I = (2H)^2, J = H*I, V = U1*I, r = 2(S2 - S1). Z3 is the caller's. */
static void add_tail(hcl_g1_jac *out, const hcl_fq *u1, const hcl_fq *s1, const hcl_fq *h, const hcl_fq *r)
{
    hcl_fq i, j, v, t;
    hcl_fq_double(&i, h);
    hcl_fq_sqr(&i, &i);
    hcl_fq_mul(&j, h, &i);
    hcl_fq_mul(&v, u1, &i);
    hcl_fq_mul(&t, s1, &j);
    hcl_fq_double(&t, &t);
    hcl_fq_sqr(&out->x, r);
    hcl_fq_sub(&out->x, &out->x, &j);
    hcl_fq_sub(&out->x, &out->x, &v);
    hcl_fq_sub(&out->x, &out->x, &v);
    hcl_fq_sub(&v, &v, &out->x);
    hcl_fq_mul(&v, &v, r);
    hcl_fq_sub(&out->y, &v, &t);
}

void hcl_g1_jac_add(hcl_g1_jac *out, const hcl_g1_jac *a, const hcl_g1_jac *b)
{
    if (hcl_g1_jac_is_infinity(a)) {
        *out = *b;
        return;
    }
    if (hcl_g1_jac_is_infinity(b)) {
        *out = *a;
        return;
    }
    hcl_fq z1z1, z2z2, u1, u2, s1, s2, h, r, z3;
    hcl_fq_sqr(&z1z1, &a->z);
    hcl_fq_sqr(&z2z2, &b->z);
    hcl_fq_mul(&u1, &a->x, &z2z2);
    hcl_fq_mul(&u2, &b->x, &z1z1);
    hcl_fq_mul(&s1, &a->y, &b->z);
    hcl_fq_mul(&s1, &s1, &z2z2);
    hcl_fq_mul(&s2, &b->y, &a->z);
    hcl_fq_mul(&s2, &s2, &z1z1);
    hcl_fq_sub(&h, &u2, &u1);
    hcl_fq_sub(&r, &s2, &s1);
    if (hcl_fq_is_zero(&h)) {
        if (hcl_fq_is_zero(&r))
            hcl_g1_jac_double(out, a);
        else
            *out = jac_infinity;
        return;
    }
    hcl_fq_double(&r, &r);
    hcl_fq_add(&z3, &a->z, &b->z);
    hcl_fq_sqr(&z3, &z3);
    hcl_fq_sub(&z3, &z3, &z1z1);
    hcl_fq_sub(&z3, &z3, &z2z2);
    hcl_fq_mul(&z3, &z3, &h);
    add_tail(out, &u1, &s1, &h, &r);
    out->z = z3;
}

void hcl_g1_jac_add_affine(hcl_g1_jac *out, const hcl_g1_jac *a, const hcl_g1 *b)
{
    if (hcl_g1_is_infinity(b)) {
        *out = *a;
        return;
    }
    if (hcl_g1_jac_is_infinity(a)) {
        hcl_g1_jac_from_affine(out, b);
        return;
    }
    hcl_fq z1z1, u2, s2, h, hh, r, z3;
    hcl_fq_sqr(&z1z1, &a->z);
    hcl_fq_mul(&u2, &b->x, &z1z1);
    hcl_fq_mul(&s2, &b->y, &a->z);
    hcl_fq_mul(&s2, &s2, &z1z1);
    hcl_fq_sub(&h, &u2, &a->x);
    hcl_fq_sub(&r, &s2, &a->y);
    if (hcl_fq_is_zero(&h)) {
        if (hcl_fq_is_zero(&r))
            hcl_g1_jac_double(out, a);
        else
            *out = jac_infinity;
        return;
    }
    hcl_fq_double(&r, &r);
    hcl_fq_sqr(&hh, &h);
    hcl_fq_add(&z3, &a->z, &h);
    hcl_fq_sqr(&z3, &z3);
    hcl_fq_sub(&z3, &z3, &z1z1);
    hcl_fq_sub(&z3, &z3, &hh);
    const hcl_fq u1 = a->x, s1 = a->y;
    add_tail(out, &u1, &s1, &h, &r);
    out->z = z3;
}

/* Fixed 4-bit windows, most significant first. */
void hcl_g1_jac_mul(hcl_g1_jac *out, const hcl_g1_jac *a, const hcl_fr *s)
{
    hcl_g1_jac multiple[16], acc = jac_infinity;
    uint64_t limbs[4];
    hcl_fr_to_limbs(limbs, s);
    multiple[0] = jac_infinity;
    for (int i = 1; i < 16; i++)
        hcl_g1_jac_add(&multiple[i], &multiple[i - 1], a);
    for (int bit = 252; bit >= 0; bit -= 4) {
        for (int i = 0; i < 4; i++)
            hcl_g1_jac_double(&acc, &acc);
        hcl_g1_jac_add(&acc, &acc, &multiple[(limbs[bit / 64] >> (bit % 64)) & 15]);
    }
    *out = acc;
}

void hcl_g1_mul(hcl_g1_jac *out, const hcl_g1 *a, const hcl_fr *s)
{
    hcl_g1_jac p;
    hcl_g1_jac_from_affine(&p, a);
    hcl_g1_jac_mul(out, &p, s);
}

/* Flags in the last byte of a compressed point. */
enum { FLAG_SIGN = 0x40, FLAG_INFINITY = 0x80 };

static bool is_odd(const hcl_fq *a)
{
    uint64_t limbs[4];
    hcl_fq_to_limbs(limbs, a);
    return limbs[0] & 1;
}

void hcl_g1_to_compressed(uint8_t out[32], const hcl_g1 *a)
{
    hcl_fq_to_bytes(out, &a->x);
    if (hcl_g1_is_infinity(a))
        out[31] |= FLAG_INFINITY;
    else if (is_odd(&a->y))
        out[31] |= FLAG_SIGN;
}

bool hcl_g1_from_compressed(hcl_g1 *out, const uint8_t in[32])
{
    const uint8_t flags = in[31] & (FLAG_SIGN | FLAG_INFINITY);
    uint8_t xbytes[32];
    hcl_g1 p;
    *out = hcl_g1_infinity;
    memcpy(xbytes, in, 32);
    xbytes[31] &= (uint8_t) ~(FLAG_SIGN | FLAG_INFINITY);
    if (!hcl_fq_from_bytes(&p.x, xbytes))
        return false;
    if (flags & FLAG_INFINITY)
        return flags == FLAG_INFINITY && hcl_fq_is_zero(&p.x);
    curve_rhs(&p.y, &p.x);
    if (!hcl_fq_sqrt(&p.y, &p.y))
        return false;
    if (is_odd(&p.y) != (flags == FLAG_SIGN))
        hcl_fq_neg(&p.y, &p.y);
    *out = p;
    return true;
}

void hcl_g1_to_raw(uint8_t out[64], const hcl_g1 *a)
{
    hcl_fq_to_raw(out, &a->x);
    hcl_fq_to_raw(out + 32, &a->y);
}

bool hcl_g1_from_raw(hcl_g1 *out, const uint8_t in[64])
{
    hcl_g1 p;
    const bool ok = hcl_fq_from_raw(&p.x, in) && hcl_fq_from_raw(&p.y, in + 32) && hcl_g1_on_curve(&p);
    *out = ok ? p : hcl_g1_infinity;
    return ok;
}

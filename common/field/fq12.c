/* SPDX-License-Identifier: Apache-2.0 */
#include "common/field/fq12.h"
#include "common/field/fp_params_internal.h"
#include "common/field/tower_params_internal.h"

const hcl_fq12 hcl_fq12_one = { .c0 = { .c0 = { .c0 = HCL_FQ_MONT_ONE } } };

/* w^i to the power p is w^i times factor i - 1. */
static const hcl_fq2 frobenius_factor[5] = HCL_FQ12_FROBENIUS;

void hcl_fq6_add(hcl_fq6 *out, const hcl_fq6 *a, const hcl_fq6 *b)
{
    hcl_fq2_add(&out->c0, &a->c0, &b->c0);
    hcl_fq2_add(&out->c1, &a->c1, &b->c1);
    hcl_fq2_add(&out->c2, &a->c2, &b->c2);
}

void hcl_fq6_sub(hcl_fq6 *out, const hcl_fq6 *a, const hcl_fq6 *b)
{
    hcl_fq2_sub(&out->c0, &a->c0, &b->c0);
    hcl_fq2_sub(&out->c1, &a->c1, &b->c1);
    hcl_fq2_sub(&out->c2, &a->c2, &b->c2);
}

void hcl_fq6_neg(hcl_fq6 *out, const hcl_fq6 *a)
{
    hcl_fq2_neg(&out->c0, &a->c0);
    hcl_fq2_neg(&out->c1, &a->c1);
    hcl_fq2_neg(&out->c2, &a->c2);
}

void hcl_fq6_mul_v(hcl_fq6 *out, const hcl_fq6 *a)
{
    hcl_fq2 top;
    hcl_fq2_mul_xi(&top, &a->c2);
    out->c2 = a->c1;
    out->c1 = a->c0;
    out->c0 = top;
}

/* out = (x + y)(z + t) - m - n */
static void cross_term(hcl_fq2 *out, const hcl_fq2 *x, const hcl_fq2 *y, const hcl_fq2 *z, const hcl_fq2 *t,
                       const hcl_fq2 *m, const hcl_fq2 *n)
{
    hcl_fq2 l, r;
    hcl_fq2_add(&l, x, y);
    hcl_fq2_add(&r, z, t);
    hcl_fq2_mul(&l, &l, &r);
    hcl_fq2_sub(&l, &l, m);
    hcl_fq2_sub(out, &l, n);
}

/* Karatsuba with v_i = a_i*b_i, 6 products:
 * c0 = v0 + xi*(a1b2 + a2b1), c1 = a0b1 + a1b0 + xi*v2, c2 = a0b2 + a2b0 + v1. */
void hcl_fq6_mul(hcl_fq6 *out, const hcl_fq6 *a, const hcl_fq6 *b)
{
    hcl_fq2 v0, v1, v2, c0, c1, c2;
    hcl_fq2_mul(&v0, &a->c0, &b->c0);
    hcl_fq2_mul(&v1, &a->c1, &b->c1);
    hcl_fq2_mul(&v2, &a->c2, &b->c2);
    cross_term(&c0, &a->c1, &a->c2, &b->c1, &b->c2, &v1, &v2);
    cross_term(&c1, &a->c0, &a->c1, &b->c0, &b->c1, &v0, &v1);
    cross_term(&c2, &a->c0, &a->c2, &b->c0, &b->c2, &v0, &v2);
    hcl_fq2_mul_xi(&c0, &c0);
    hcl_fq2_add(&out->c0, &c0, &v0);
    hcl_fq2_add(&out->c2, &c2, &v1);
    hcl_fq2_mul_xi(&v2, &v2);
    hcl_fq2_add(&out->c1, &c1, &v2);
}

/* a^-1 = (A + B*v + C*v^2)/F with A = a0^2 - xi*a1*a2, B = xi*a2^2 - a0*a1, C = a1^2 - a0*a2 and
 * F = a0*A + xi*(a2*B + a1*C). */
void hcl_fq6_inv(hcl_fq6 *out, const hcl_fq6 *a)
{
    hcl_fq2 ca, cb, cc, f, t;
    hcl_fq2_sqr(&ca, &a->c0);
    hcl_fq2_mul(&t, &a->c1, &a->c2);
    hcl_fq2_mul_xi(&t, &t);
    hcl_fq2_sub(&ca, &ca, &t);
    hcl_fq2_sqr(&cb, &a->c2);
    hcl_fq2_mul_xi(&cb, &cb);
    hcl_fq2_mul(&t, &a->c0, &a->c1);
    hcl_fq2_sub(&cb, &cb, &t);
    hcl_fq2_sqr(&cc, &a->c1);
    hcl_fq2_mul(&t, &a->c0, &a->c2);
    hcl_fq2_sub(&cc, &cc, &t);
    hcl_fq2_mul(&f, &a->c2, &cb);
    hcl_fq2_mul(&t, &a->c1, &cc);
    hcl_fq2_add(&f, &f, &t);
    hcl_fq2_mul_xi(&f, &f);
    hcl_fq2_mul(&t, &a->c0, &ca);
    hcl_fq2_add(&f, &f, &t);
    hcl_fq2_inv(&f, &f);
    hcl_fq2_mul(&out->c0, &ca, &f);
    hcl_fq2_mul(&out->c1, &cb, &f);
    hcl_fq2_mul(&out->c2, &cc, &f);
}

bool hcl_fq12_eq(const hcl_fq12 *a, const hcl_fq12 *b)
{
    return hcl_fq2_eq(&a->c0.c0, &b->c0.c0) && hcl_fq2_eq(&a->c0.c1, &b->c0.c1) &&
           hcl_fq2_eq(&a->c0.c2, &b->c0.c2) && hcl_fq2_eq(&a->c1.c0, &b->c1.c0) &&
           hcl_fq2_eq(&a->c1.c1, &b->c1.c1) && hcl_fq2_eq(&a->c1.c2, &b->c1.c2);
}

/* Karatsuba over Fq6: c1 = (a0 + a1)(b0 + b1) - a0b0 - a1b1, c0 = a0b0 + v*a1b1. */
void hcl_fq12_mul(hcl_fq12 *out, const hcl_fq12 *a, const hcl_fq12 *b)
{
    hcl_fq6 lo, hi, sa, sb;
    hcl_fq6_mul(&lo, &a->c0, &b->c0);
    hcl_fq6_mul(&hi, &a->c1, &b->c1);
    hcl_fq6_add(&sa, &a->c0, &a->c1);
    hcl_fq6_add(&sb, &b->c0, &b->c1);
    hcl_fq6_mul(&sa, &sa, &sb);
    hcl_fq6_sub(&sa, &sa, &lo);
    hcl_fq6_sub(&out->c1, &sa, &hi);
    hcl_fq6_mul_v(&hi, &hi);
    hcl_fq6_add(&out->c0, &lo, &hi);
}

/* With m = a0*a1: c1 = 2m, c0 = (a0 + a1)(a0 + v*a1) - m - v*m. */
void hcl_fq12_sqr(hcl_fq12 *out, const hcl_fq12 *a)
{
    hcl_fq6 m, vm, s, t;
    hcl_fq6_mul(&m, &a->c0, &a->c1);
    hcl_fq6_mul_v(&vm, &m);
    hcl_fq6_add(&s, &a->c0, &a->c1);
    hcl_fq6_mul_v(&t, &a->c1);
    hcl_fq6_add(&t, &t, &a->c0);
    hcl_fq6_mul(&s, &s, &t);
    hcl_fq6_sub(&s, &s, &m);
    hcl_fq6_sub(&out->c0, &s, &vm);
    hcl_fq6_add(&out->c1, &m, &m);
}

/* out = a*(b0 + b1*v), 5 products. */
static void fq6_mul_01(hcl_fq6 *out, const hcl_fq6 *a, const hcl_fq2 *b0, const hcl_fq2 *b1)
{
    hcl_fq2 v0, v1, c0, c1, c2;
    hcl_fq2_mul(&v0, &a->c0, b0);
    hcl_fq2_mul(&v1, &a->c1, b1);
    hcl_fq2_mul(&c0, &a->c2, b1);
    hcl_fq2_mul_xi(&c0, &c0);
    cross_term(&c1, &a->c0, &a->c1, b0, b1, &v0, &v1);
    hcl_fq2_mul(&c2, &a->c2, b0);
    hcl_fq2_add(&out->c0, &c0, &v0);
    out->c1 = c1;
    hcl_fq2_add(&out->c2, &c2, &v1);
}

/* The line is l0 + (l1 + l3*v)*w. */
void hcl_fq12_mul_line(hcl_fq12 *out, const hcl_fq12 *a, const hcl_fq2 *l0, const hcl_fq2 *l1,
                       const hcl_fq2 *l3)
{
    hcl_fq6 lo, hi, sum;
    hcl_fq2 s;
    hcl_fq2_mul(&lo.c0, &a->c0.c0, l0);
    hcl_fq2_mul(&lo.c1, &a->c0.c1, l0);
    hcl_fq2_mul(&lo.c2, &a->c0.c2, l0);
    fq6_mul_01(&hi, &a->c1, l1, l3);
    hcl_fq6_add(&sum, &a->c0, &a->c1);
    hcl_fq2_add(&s, l0, l1);
    fq6_mul_01(&sum, &sum, &s, l3);
    hcl_fq6_sub(&sum, &sum, &lo);
    hcl_fq6_sub(&out->c1, &sum, &hi);
    hcl_fq6_mul_v(&hi, &hi);
    hcl_fq6_add(&out->c0, &lo, &hi);
}

void hcl_fq12_conj(hcl_fq12 *out, const hcl_fq12 *a)
{
    out->c0 = a->c0;
    hcl_fq6_neg(&out->c1, &a->c1);
}

void hcl_fq12_frobenius(hcl_fq12 *out, const hcl_fq12 *a)
{
    hcl_fq2 *const to[6] = {
        &out->c0.c0, &out->c1.c0, &out->c0.c1, &out->c1.c1, &out->c0.c2, &out->c1.c2
    }; /* powers of w */
    *out = *a;
    for (int i = 0; i < 6; i++) {
        hcl_fq2_conj(to[i], to[i]);
        if (i > 0)
            hcl_fq2_mul(to[i], to[i], &frobenius_factor[i - 1]);
    }
}

/* conj(a)/(a0^2 - v*a1^2) */
void hcl_fq12_inv(hcl_fq12 *out, const hcl_fq12 *a)
{
    hcl_fq6 n, t;
    hcl_fq6_mul(&n, &a->c0, &a->c0);
    hcl_fq6_mul(&t, &a->c1, &a->c1);
    hcl_fq6_mul_v(&t, &t);
    hcl_fq6_sub(&n, &n, &t);
    hcl_fq6_inv(&n, &n);
    hcl_fq12_conj(out, a);
    hcl_fq6_mul(&out->c0, &out->c0, &n);
    hcl_fq6_mul(&out->c1, &out->c1, &n);
}

/* (x + y*s)^2 = *re + *im*s in Fq4 = Fq2[s]/(s^2 - xi) */
static void fq4_sqr(hcl_fq2 *re, hcl_fq2 *im, const hcl_fq2 *x, const hcl_fq2 *y)
{
    hcl_fq2 m, s, t;
    hcl_fq2_mul(&m, x, y);
    hcl_fq2_mul_xi(&t, y);
    hcl_fq2_add(&t, &t, x);
    hcl_fq2_add(&s, x, y);
    hcl_fq2_mul(&s, &s, &t);
    hcl_fq2_sub(&s, &s, &m);
    hcl_fq2_mul_xi(&t, &m);
    hcl_fq2_sub(re, &s, &t);
    hcl_fq2_double(im, &m);
}

/* out = 3t - 2z (minus) or 3t + 2z */
static void triple_and_twice(hcl_fq2 *out, const hcl_fq2 *t, const hcl_fq2 *z, bool minus)
{
    hcl_fq2 d;
    if (minus)
        hcl_fq2_sub(&d, t, z);
    else
        hcl_fq2_add(&d, t, z);
    hcl_fq2_double(&d, &d);
    hcl_fq2_add(out, &d, t);
}

/* Granger, Scott: Faster squaring in the cyclotomic subgroup of sixth degree extensions (PKC 2010), 3.2:
 * three squarings in Fq4 of the pairs (w^0, w^3), (w^1, w^4), (w^2, w^5). */
void hcl_fq12_cyclotomic_sqr(hcl_fq12 *out, const hcl_fq12 *a)
{
    hcl_fq2 re0, im0, re1, im1, re2, im2;
    fq4_sqr(&re0, &im0, &a->c0.c0, &a->c1.c1);
    fq4_sqr(&re1, &im1, &a->c1.c0, &a->c0.c2);
    fq4_sqr(&re2, &im2, &a->c0.c1, &a->c1.c2);
    hcl_fq2_mul_xi(&im2, &im2);
    triple_and_twice(&out->c0.c0, &re0, &a->c0.c0, true);
    triple_and_twice(&out->c1.c1, &im0, &a->c1.c1, false);
    triple_and_twice(&out->c1.c0, &im2, &a->c1.c0, false);
    triple_and_twice(&out->c0.c2, &re2, &a->c0.c2, true);
    triple_and_twice(&out->c0.c1, &re1, &a->c0.c1, true);
    triple_and_twice(&out->c1.c2, &im1, &a->c1.c2, false);
}

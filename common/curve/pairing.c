/* SPDX-License-Identifier: Apache-2.0 */
/* Optimal ate pairing (Vercauteren 2010) for the BN parameter x: Miller loop over 6x + 2 in signed binary,
 * then two additions of Frobenius images. Lines in homogeneous projective coordinates on the D-type twist
 * after Costello, Lange, Naehrig (PKC 2010) as in Aranha et al. (Pairing 2012, section 4). */
#include "common/curve/pairing.h"
#include "common/curve/curve_params_internal.h"

/* 6x + 2 in non-adjacent form, least significant digit first. */
static const int8_t loop_digits[] = HCL_BN_LOOP;
enum { LOOP_LEN = sizeof loop_digits };

static const hcl_fq2 twist_frobenius_x = HCL_G2_FROBENIUS_X;
static const hcl_fq2 twist_frobenius_y = HCL_G2_FROBENIUS_Y;
static const hcl_fq half = HCL_CURVE_HALF;
static const hcl_fq2 twist_3b = HCL_G2_3B;

/* A point X/Z, Y/Z on the twist that runs through the loop. */
struct runner {
    hcl_fq2 x, y, z;
};

/* The line through the points of a step: l0*yP + l1*xP*w + l3*w^3. */
struct line {
    hcl_fq2 l0, l1, l3;
};

/* With A = XY/2, B = Y^2, C = Z^2, E = 3b'C, F = 3E, G = (B + F)/2, H = (Y + Z)^2 - B - C = 2YZ:
 * X3 = A(B - F), Y3 = G^2 - 3E^2, Z3 = BH; line (-H, 3X^2, E - B). */
static void double_step(struct runner *t, struct line *line)
{
    hcl_fq2 a, b, c, e, f, g, h;
    hcl_fq2_mul(&a, &t->x, &t->y);
    hcl_fq2_mul_fq(&a, &a, &half);
    hcl_fq2_sqr(&b, &t->y);
    hcl_fq2_sqr(&c, &t->z);
    hcl_fq2_mul(&e, &c, &twist_3b);
    hcl_fq2_double(&f, &e);
    hcl_fq2_add(&f, &f, &e);
    hcl_fq2_add(&g, &b, &f);
    hcl_fq2_mul_fq(&g, &g, &half);
    hcl_fq2_add(&h, &t->y, &t->z);
    hcl_fq2_sqr(&h, &h);
    hcl_fq2_sub(&h, &h, &b);
    hcl_fq2_sub(&h, &h, &c);
    hcl_fq2_neg(&line->l0, &h);
    hcl_fq2_sqr(&c, &t->x);
    hcl_fq2_double(&line->l1, &c);
    hcl_fq2_add(&line->l1, &line->l1, &c);
    hcl_fq2_sub(&line->l3, &e, &b);
    hcl_fq2_sub(&f, &b, &f);
    hcl_fq2_mul(&t->x, &a, &f);
    hcl_fq2_sqr(&g, &g);
    hcl_fq2_sqr(&e, &e);
    hcl_fq2_sub(&g, &g, &e);
    hcl_fq2_sub(&g, &g, &e);
    hcl_fq2_sub(&t->y, &g, &e);
    hcl_fq2_mul(&t->z, &b, &h);
}

/* With N = Y - yQ*Z, D = X - xQ*Z, E = D^3, F = Z*N^2, G = X*D^2, H = E + F - 2G:
 * X3 = DH, Y3 = N(G - H) - EY, Z3 = ZE; line (D, -N, N*xQ - D*yQ). */
static void add_step(struct runner *t, struct line *line, const hcl_g2 *q)
{
    hcl_fq2 n, d, e, f, g, h;
    hcl_fq2_mul(&n, &q->y, &t->z);
    hcl_fq2_sub(&n, &t->y, &n);
    hcl_fq2_mul(&d, &q->x, &t->z);
    hcl_fq2_sub(&d, &t->x, &d);
    hcl_fq2_sqr(&g, &d);
    hcl_fq2_mul(&e, &g, &d);
    hcl_fq2_mul(&g, &g, &t->x);
    hcl_fq2_sqr(&f, &n);
    hcl_fq2_mul(&f, &f, &t->z);
    hcl_fq2_add(&h, &e, &f);
    hcl_fq2_sub(&h, &h, &g);
    hcl_fq2_sub(&h, &h, &g);
    hcl_fq2_mul(&t->x, &d, &h);
    hcl_fq2_sub(&g, &g, &h);
    hcl_fq2_mul(&g, &g, &n);
    hcl_fq2_mul(&f, &e, &t->y);
    hcl_fq2_sub(&t->y, &g, &f);
    hcl_fq2_mul(&t->z, &t->z, &e);
    line->l0 = d;
    hcl_fq2_neg(&line->l1, &n);
    hcl_fq2_mul(&f, &n, &q->x);
    hcl_fq2_mul(&g, &d, &q->y);
    hcl_fq2_sub(&line->l3, &f, &g);
}

/* f *= line at p */
static void absorb_line(hcl_fq12 *f, struct line *line, const hcl_g1 *p)
{
    hcl_fq2_mul_fq(&line->l0, &line->l0, &p->y);
    hcl_fq2_mul_fq(&line->l1, &line->l1, &p->x);
    hcl_fq12_mul_line(f, f, &line->l0, &line->l1, &line->l3);
}

static void twist_frobenius(hcl_g2 *out, const hcl_g2 *q)
{
    hcl_fq2_conj(&out->x, &q->x);
    hcl_fq2_mul(&out->x, &out->x, &twist_frobenius_x);
    hcl_fq2_conj(&out->y, &q->y);
    hcl_fq2_mul(&out->y, &out->y, &twist_frobenius_y);
}

/* One pair's state in the loop. */
struct pair {
    hcl_g1 p;
    hcl_g2 q, minus_q;
    struct runner t;
};

/* Pairs share the squarings of the loop in groups of this size. */
enum { GROUP = 8 };

static void add_point(hcl_fq12 *f, struct pair *pair, const hcl_g2 *q)
{
    struct line line;
    add_step(&pair->t, &line, q);
    absorb_line(f, &line, &pair->p);
}

static void miller_loop(hcl_fq12 *f, struct pair *pairs, size_t n)
{
    struct line line;
    *f = hcl_fq12_one;
    for (int i = LOOP_LEN - 2; i >= 0; i--) {
        hcl_fq12_sqr(f, f);
        for (size_t j = 0; j < n; j++) {
            double_step(&pairs[j].t, &line);
            absorb_line(f, &line, &pairs[j].p);
            if (loop_digits[i] != 0)
                add_point(f, &pairs[j], loop_digits[i] > 0 ? &pairs[j].q : &pairs[j].minus_q);
        }
    }
    for (size_t j = 0; j < n; j++) {
        hcl_g2 q1, q2;
        twist_frobenius(&q1, &pairs[j].q);
        twist_frobenius(&q2, &q1);
        hcl_g2_neg(&q2, &q2);
        add_point(f, &pairs[j], &q1);
        add_point(f, &pairs[j], &q2);
    }
}

/* out = a^-x for cyclotomic a. */
static void pow_minus_x(hcl_fq12 *out, const hcl_fq12 *a)
{
    hcl_fq12 acc = *a;
    for (int bit = 61; bit >= 0; bit--) { /* x has 63 bits */
        hcl_fq12_cyclotomic_sqr(&acc, &acc);
        if ((HCL_BN_X >> bit) & 1)
            hcl_fq12_mul(&acc, &acc, a);
    }
    hcl_fq12_conj(out, &acc);
}

/* f^((p^6 - 1)(p^2 + 1)): the result is cyclotomic. */
static void easy_part(hcl_fq12 *f)
{
    hcl_fq12 inv, t;
    hcl_fq12_inv(&inv, f);
    hcl_fq12_conj(f, f);
    hcl_fq12_mul(f, f, &inv);
    hcl_fq12_frobenius(&t, f);
    hcl_fq12_frobenius(&t, &t);
    hcl_fq12_mul(f, f, &t);
}

/* Fuentes-Castaneda, Knapp, Rodriguez-Henriquez (SAC 2011): f^(m*(p^4 - p^2 + 1)/r) for an m prime to r, with
 * exponents A = 12x^3 + 6x^2 + 6x and B = A - 2x it is (1 + A + 6x^2) + B*p + A*p^2 + (B - 1)*p^3. */
static void hard_part(hcl_fq12 *f)
{
    hcl_fq12 f2x, f6x, f6x2, f12x3, a, b, t;
    pow_minus_x(&t, f);
    hcl_fq12_cyclotomic_sqr(&f2x, &t); /* -2x */
    hcl_fq12_cyclotomic_sqr(&t, &f2x);
    hcl_fq12_mul(&f6x, &t, &f2x); /* -6x */
    pow_minus_x(&f6x2, &f6x);     /* 6x^2 */
    hcl_fq12_cyclotomic_sqr(&t, &f6x2);
    pow_minus_x(&f12x3, &t); /* -12x^3 */
    hcl_fq12_conj(&f6x, &f6x);
    hcl_fq12_conj(&f12x3, &f12x3);
    hcl_fq12_mul(&a, &f12x3, &f6x2);
    hcl_fq12_mul(&a, &a, &f6x);  /* A */
    hcl_fq12_mul(&b, &a, &f2x);  /* B */
    hcl_fq12_mul(&t, &a, &f6x2); /* A + 6x^2 */
    hcl_fq12_mul(&t, &t, f);
    hcl_fq12_conj(f, f);
    hcl_fq12_mul(f, f, &b); /* b/f, for p^3 */
    hcl_fq12_frobenius(&b, &b);
    hcl_fq12_mul(&t, &t, &b);
    hcl_fq12_frobenius(&a, &a);
    hcl_fq12_frobenius(&a, &a);
    hcl_fq12_mul(&t, &t, &a);
    hcl_fq12_frobenius(f, f);
    hcl_fq12_frobenius(f, f);
    hcl_fq12_frobenius(f, f);
    hcl_fq12_mul(f, f, &t);
}

void hcl_pairing_product(hcl_fq12 *out, const hcl_g1 *p, const hcl_g2 *q, size_t n)
{
    struct pair pairs[GROUP];
    hcl_fq12 product = hcl_fq12_one, f;
    size_t count = 0;
    for (size_t i = 0; i < n; i++) {
        if (!hcl_g1_is_infinity(&p[i]) && !hcl_g2_is_infinity(&q[i])) {
            struct pair *pair = &pairs[count++];
            pair->p = p[i];
            pair->q = q[i];
            hcl_g2_neg(&pair->minus_q, &q[i]);
            pair->t = (struct runner){ q[i].x, q[i].y, hcl_fq2_one };
        }
        if (count == GROUP || (i == n - 1 && count > 0)) {
            miller_loop(&f, pairs, count);
            hcl_fq12_mul(&product, &product, &f);
            count = 0;
        }
    }
    easy_part(&product);
    hard_part(&product);
    *out = product;
}

bool hcl_pairing_check(const hcl_g1 *p, const hcl_g2 *q, size_t n)
{
    hcl_fq12 product;
    hcl_pairing_product(&product, p, q, n);
    return hcl_fq12_eq(&product, &hcl_fq12_one);
}

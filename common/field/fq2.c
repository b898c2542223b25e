/* SPDX-License-Identifier: Apache-2.0 */
#include "common/field/fq2.h"
#include "common/field/fp_params_internal.h"

const hcl_fq2 hcl_fq2_zero = { { { 0, 0, 0, 0 } }, { { 0, 0, 0, 0 } } };
const hcl_fq2 hcl_fq2_one = { HCL_FQ_MONT_ONE, { { 0, 0, 0, 0 } } };

bool hcl_fq2_eq(const hcl_fq2 *a, const hcl_fq2 *b)
{
    return hcl_fq_eq(&a->c0, &b->c0) && hcl_fq_eq(&a->c1, &b->c1);
}

bool hcl_fq2_is_zero(const hcl_fq2 *a)
{
    return hcl_fq_is_zero(&a->c0) && hcl_fq_is_zero(&a->c1);
}

void hcl_fq2_add(hcl_fq2 *out, const hcl_fq2 *a, const hcl_fq2 *b)
{
    hcl_fq_add(&out->c0, &a->c0, &b->c0);
    hcl_fq_add(&out->c1, &a->c1, &b->c1);
}

void hcl_fq2_sub(hcl_fq2 *out, const hcl_fq2 *a, const hcl_fq2 *b)
{
    hcl_fq_sub(&out->c0, &a->c0, &b->c0);
    hcl_fq_sub(&out->c1, &a->c1, &b->c1);
}

void hcl_fq2_neg(hcl_fq2 *out, const hcl_fq2 *a)
{
    hcl_fq_neg(&out->c0, &a->c0);
    hcl_fq_neg(&out->c1, &a->c1);
}

void hcl_fq2_double(hcl_fq2 *out, const hcl_fq2 *a)
{
    hcl_fq2_add(out, a, a);
}

/* Karatsuba: c1 = (a0 + a1)(b0 + b1) - a0b0 - a1b1, c0 = a0b0 - a1b1. */
void hcl_fq2_mul(hcl_fq2 *out, const hcl_fq2 *a, const hcl_fq2 *b)
{
    hcl_fq lo, hi, sa, sb;
    hcl_fq_mul(&lo, &a->c0, &b->c0);
    hcl_fq_mul(&hi, &a->c1, &b->c1);
    hcl_fq_add(&sa, &a->c0, &a->c1);
    hcl_fq_add(&sb, &b->c0, &b->c1);
    hcl_fq_mul(&sa, &sa, &sb);
    hcl_fq_sub(&sa, &sa, &lo);
    hcl_fq_sub(&out->c1, &sa, &hi);
    hcl_fq_sub(&out->c0, &lo, &hi);
}

/* c0 = (a0 + a1)(a0 - a1), c1 = 2*a0*a1. */
void hcl_fq2_sqr(hcl_fq2 *out, const hcl_fq2 *a)
{
    hcl_fq sum, diff, prod;
    hcl_fq_add(&sum, &a->c0, &a->c1);
    hcl_fq_sub(&diff, &a->c0, &a->c1);
    hcl_fq_mul(&prod, &a->c0, &a->c1);
    hcl_fq_mul(&out->c0, &sum, &diff);
    hcl_fq_double(&out->c1, &prod);
}

void hcl_fq2_mul_fq(hcl_fq2 *out, const hcl_fq2 *a, const hcl_fq *c)
{
    const hcl_fq k = *c;
    hcl_fq_mul(&out->c0, &a->c0, &k);
    hcl_fq_mul(&out->c1, &a->c1, &k);
}

/* (a0 + a1*u)(9 + u) = 9*a0 - a1 + (9*a1 + a0)*u */
void hcl_fq2_mul_xi(hcl_fq2 *out, const hcl_fq2 *a)
{
    const hcl_fq2 in = *a;
    hcl_fq2 t;
    hcl_fq2_double(&t, &in);
    hcl_fq2_double(&t, &t);
    hcl_fq2_double(&t, &t);
    hcl_fq2_add(&t, &t, &in);
    hcl_fq_sub(&out->c0, &t.c0, &in.c1);
    hcl_fq_add(&out->c1, &t.c1, &in.c0);
}

void hcl_fq2_conj(hcl_fq2 *out, const hcl_fq2 *a)
{
    out->c0 = a->c0;
    hcl_fq_neg(&out->c1, &a->c1);
}

/* out = a0^2 + a1^2 = a * conj(a) */
static void norm(hcl_fq *out, const hcl_fq2 *a)
{
    hcl_fq t;
    hcl_fq_sqr(&t, &a->c1);
    hcl_fq_sqr(out, &a->c0);
    hcl_fq_add(out, out, &t);
}

void hcl_fq2_inv(hcl_fq2 *out, const hcl_fq2 *a)
{
    hcl_fq n;
    norm(&n, a);
    hcl_fq_inv(&n, &n);
    hcl_fq2_conj(out, a);
    hcl_fq2_mul_fq(out, out, &n);
}

/* The complex method: for a root x0 + x1*u, x0^2 = (a0 +- sqrt(norm))/2 and x1 = a1/(2*x0); one of the signs
 * gives a square. With a1 = 0 either a0 or -a0 is a square, as -1 is not one. */
bool hcl_fq2_sqrt(hcl_fq2 *out, const hcl_fq2 *a)
{
    const hcl_fq2 in = *a;
    hcl_fq n, half, t, x0;
    *out = hcl_fq2_zero;
    if (hcl_fq_is_zero(&in.c1)) {
        if (hcl_fq_sqrt(&out->c0, &in.c0))
            return true;
        hcl_fq_neg(&t, &in.c0);
        return hcl_fq_sqrt(&out->c1, &t);
    }
    norm(&n, &in);
    if (!hcl_fq_sqrt(&n, &n))
        return false;
    hcl_fq_from_u64(&half, 2);
    hcl_fq_inv(&half, &half);
    hcl_fq_add(&t, &in.c0, &n);
    hcl_fq_mul(&t, &t, &half);
    if (!hcl_fq_sqrt(&x0, &t)) {
        hcl_fq_sub(&t, &in.c0, &n);
        hcl_fq_mul(&t, &t, &half);
        if (!hcl_fq_sqrt(&x0, &t))
            return false;
    }
    out->c0 = x0;
    hcl_fq_inv(&t, &x0);
    hcl_fq_mul(&t, &t, &half);
    hcl_fq_mul(&out->c1, &in.c1, &t);
    return true;
}

void hcl_fq2_to_bytes(uint8_t out[64], const hcl_fq2 *a)
{
    hcl_fq_to_bytes(out, &a->c0);
    hcl_fq_to_bytes(out + 32, &a->c1);
}

bool hcl_fq2_from_bytes(hcl_fq2 *out, const uint8_t in[64])
{
    const bool ok = hcl_fq_from_bytes(&out->c0, in) && hcl_fq_from_bytes(&out->c1, in + 32);
    if (!ok)
        *out = hcl_fq2_zero;
    return ok;
}

void hcl_fq2_to_raw(uint8_t out[64], const hcl_fq2 *a)
{
    hcl_fq_to_raw(out, &a->c0);
    hcl_fq_to_raw(out + 32, &a->c1);
}

bool hcl_fq2_from_raw(hcl_fq2 *out, const uint8_t in[64])
{
    const bool ok = hcl_fq_from_raw(&out->c0, in) && hcl_fq_from_raw(&out->c1, in + 32);
    if (!ok)
        *out = hcl_fq2_zero;
    return ok;
}

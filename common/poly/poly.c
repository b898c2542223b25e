/* SPDX-License-Identifier: Apache-2.0 */
/* Every scan is done in parts: first what each part does to an unknown start, then the starts from part to
 * part, then each part with its start. Parts are of equal length, one per thread, or sixteen per thread where
 * lanes of a vector take one each; what is left over at the upper end is a part of its own, done last (or
 * first, by those that go downwards). */
#include "common/poly/poly.h"
#include "common/field/kernel.h"
#include "common/poly/poly_internal.h"

#include <string.h>

#define MAX_THREADS 64
#define MAX_PARTS (MAX_THREADS * HCL_POLY_LANES)
#define SMALL 1024 /* shorter vectors stay on the calling thread */

/* Groups of `lanes` parts of `len` elements, then `rest` elements. */
struct split {
    size_t groups, lanes, parts, len, rest;
};

static struct split split_for(size_t n, int threads)
{
    struct split s = { 1, 1, 1, 0, 0 };
    if (n >= SMALL && threads > 1)
        s.groups = threads < MAX_THREADS ? (size_t)threads : MAX_THREADS;
#ifdef HCL_HAVE_IFMA
    if (hcl_field_has_ifma() && n >= 16 * HCL_POLY_LANES * s.groups)
        s.lanes = HCL_POLY_LANES;
#endif
    s.parts = s.groups * s.lanes;
    s.len = n / s.parts;
    if (s.lanes > 1 && s.len % 64 == 0)
        s.len -= 2; /* lanes a multiple of 4 KiB apart would all want the same few lines of the cache */
    s.rest = n - s.parts * s.len;
    return s;
}

#ifdef HCL_HAVE_IFMA
#define LANES(s, call)                                                                                       \
    if ((s)->lanes == HCL_POLY_LANES)                                                                        \
        call;                                                                                                \
    else
#else
#define LANES(s, call)
#endif

static void eval_serial(hcl_fr *out, const hcl_fr *f, size_t n, const hcl_fr *x)
{
    hcl_fr acc = hcl_fr_zero;
    for (size_t i = n; i-- > 0;) {
        hcl_fr_mul(&acc, &acc, x);
        hcl_fr_add(&acc, &acc, &f[i]);
    }
    *out = acc;
}

/* The same with the first coefficient highest. */
static void horner_serial(hcl_fr *out, const hcl_fr *f, size_t n, const hcl_fr *x)
{
    hcl_fr acc = hcl_fr_zero;
    for (size_t i = 0; i < n; i++) {
        hcl_fr_mul(&acc, &acc, x);
        hcl_fr_add(&acc, &acc, &f[i]);
    }
    *out = acc;
}

/* value[p] := part p of f as a polynomial of its own, at x; value[parts]: the rest. */
static void eval_parts(hcl_fr *value, const hcl_fr *f, const hcl_fr *x, const struct split *s)
{
#pragma omp parallel for num_threads((int)s->groups) schedule(static, 1) if (s->groups > 1)
    for (size_t g = 0; g < s->groups; g++) {
        const size_t p = g * s->lanes;
        LANES(s, hcl_poly_eval_lanes(&value[p], f + p * s->len, s->len, x))
        eval_serial(&value[p], f + p * s->len, s->len, x);
    }
    eval_serial(&value[s->parts], f + s->parts * s->len, s->rest, x);
}

/* carry[p] := the value at x of everything above part p, shifted down to its top; returns f(x). */
static hcl_fr combine_parts(hcl_fr *carry, const hcl_fr *value, const hcl_fr *x, const struct split *s)
{
    hcl_fr acc = value[s->parts], shift;
    hcl_fr_pow_u64(&shift, x, s->len);
    for (size_t p = s->parts; p-- > 0;) {
        carry[p] = acc;
        hcl_fr_mul(&acc, &acc, &shift);
        hcl_fr_add(&acc, &acc, &value[p]);
    }
    return acc;
}

void hcl_poly_eval(hcl_fr *out, const hcl_fr *f, size_t n, const hcl_fr *x, int threads)
{
    hcl_fr value[MAX_PARTS + 1], carry[MAX_PARTS];
    const struct split s = split_for(n, threads);
    eval_parts(value, f, x, &s);
    *out = combine_parts(carry, value, x, &s);
}

/* Elements of one step of a combination, and terms of one pass over them. */
#define TILE 256
#define PASS (4 * HCL_POLY_TERMS)

/* A pass of a combination: at most PASS terms, added to what earlier passes have left. */
struct pass {
    const hcl_fr *const *f;
    const hcl_fr *weights;
    size_t count;
    bool add;
    struct hcl_poly_factors factors[PASS / HCL_POLY_TERMS];
};

static void combine_serial(hcl_fr *out, const struct pass *p, size_t at, size_t n)
{
    if (!p->add)
        hcl_fr_scale_vec(out + at, p->f[0] + at, &p->weights[0], n);
    for (size_t j = p->add ? 0 : 1; j < p->count; j++)
        hcl_fr_axpy_vec(out + at, p->f[j] + at, &p->weights[j], n);
}

#ifdef HCL_HAVE_IFMA
static void fix_pass(struct pass *p)
{
    for (size_t j = 0; j < p->count; j += HCL_POLY_TERMS)
        hcl_poly_fix_lanes(&p->factors[j / HCL_POLY_TERMS], p->weights + j,
                           p->count - j < HCL_POLY_TERMS ? p->count - j : HCL_POLY_TERMS);
}

static void combine_lanes(hcl_fr *out, const struct pass *p, size_t at, size_t n)
{
    const hcl_fr *part[HCL_POLY_TERMS];
    for (size_t j = 0; j < p->count; j += HCL_POLY_TERMS) {
        const size_t terms = p->count - j < HCL_POLY_TERMS ? p->count - j : HCL_POLY_TERMS;
        for (size_t t = 0; t < terms; t++)
            part[t] = p->f[j + t] + at;
        hcl_poly_combine_lanes(out + at, p->add || j > 0, part, &p->factors[j / HCL_POLY_TERMS], terms, n);
    }
}
#endif

static void combine_pass(hcl_fr *out, struct pass *p, size_t n, int threads)
{
    void (*combine)(hcl_fr *, const struct pass *, size_t, size_t) = combine_serial;
#ifdef HCL_HAVE_IFMA
    if (hcl_field_has_ifma()) {
        fix_pass(p);
        combine = combine_lanes;
    }
#endif
#pragma omp parallel for num_threads(threads) schedule(static) if (threads > 1 && n >= SMALL)
    for (size_t at = 0; at < n; at += TILE)
        combine(out, p, at, n - at < TILE ? n - at : TILE);
}

void hcl_poly_combine(hcl_fr *out, const hcl_fr *const *f, const hcl_fr *weights, size_t count, size_t n,
                      int threads)
{
    if (count == 0 && n > 0)
        memset(out, 0, n * sizeof *out);
    for (size_t j = 0; j < count; j += PASS) {
        struct pass p = { .f = f + j, .weights = weights + j, .add = j > 0 };
        p.count = count - j < PASS ? count - j : PASS;
        combine_pass(out, &p, n, threads < 1 ? 1 : threads);
    }
}

/* Synthetic division of one part, from its top; the carry comes from the part above. */
static void div_serial(hcl_fr *f, size_t n, const hcl_fr *z, hcl_fr carry)
{
    for (size_t i = n; i-- > 0;) {
        hcl_fr next;
        hcl_fr_mul(&next, &carry, z);
        hcl_fr_add(&next, &next, &f[i]);
        f[i] = carry;
        carry = next;
    }
}

void hcl_poly_div_linear(hcl_fr *f, size_t n, const hcl_fr *z, hcl_fr *rem, int threads)
{
    hcl_fr value[MAX_PARTS + 1], carry[MAX_PARTS];
    const struct split s = split_for(n, threads);
    eval_parts(value, f, z, &s);
    const hcl_fr at_z = combine_parts(carry, value, z, &s);
    div_serial(f + s.parts * s.len, s.rest, z, hcl_fr_zero);
#pragma omp parallel for num_threads((int)s.groups) schedule(static, 1) if (s.groups > 1)
    for (size_t g = 0; g < s.groups; g++) {
        const size_t p = g * s.lanes;
        LANES(&s, hcl_poly_div_lanes(f + p * s.len, s.len, z, &carry[p]))
        div_serial(f + p * s.len, s.len, z, carry[p]);
    }
    if (rem != NULL)
        *rem = at_z;
}

/* Lagrange's formula: the quotients of the master polynomial by X - x_i, weighted by y_i over their value at
 * x_i.
 */
void hcl_poly_interpolate(hcl_fr *coeffs, const hcl_fr *xs, const hcl_fr *ys, size_t count)
{
    HCL_CHECK(count <= 64);
    hcl_fr master[65] = { hcl_fr_one }, sum[64];
    for (size_t i = 0; i < count; i++)
        for (size_t j = i + 2; j-- > 0;) { /* master *= X - x_i */
            hcl_fr v;
            hcl_fr_mul(&v, &master[j], &xs[i]);
            hcl_fr_sub(&master[j], j > 0 ? &master[j - 1] : &hcl_fr_zero, &v);
        }
    for (size_t i = 0; i < count; i++)
        sum[i] = hcl_fr_zero;
    for (size_t i = 0; i < count; i++) {
        hcl_fr quotient[65], weight;
        for (size_t j = 0; j <= count; j++)
            quotient[j] = master[j];
        div_serial(quotient, count + 1, &xs[i], hcl_fr_zero);
        eval_serial(&weight, quotient, count, &xs[i]);
        hcl_fr_inv(&weight, &weight);
        hcl_fr_mul(&weight, &weight, &ys[i]);
        hcl_fr_axpy_vec(sum, quotient, &weight, count);
    }
    for (size_t i = 0; i < count; i++)
        coeffs[i] = sum[i];
}

static void product_serial(hcl_fr *out, const hcl_fr *a, size_t n)
{
    *out = hcl_fr_one;
    for (size_t i = 0; i < n; i++)
        hcl_fr_mul(out, out, &a[i]);
}

/* Returns the product up to and including the part. */
static hcl_fr prefix_serial(hcl_fr *a, size_t n, hcl_fr run)
{
    for (size_t i = 0; i < n; i++) {
        hcl_fr next;
        hcl_fr_mul(&next, &run, &a[i]);
        a[i] = run;
        run = next;
    }
    return run;
}

void hcl_prefix_product(hcl_fr *a, size_t n, const hcl_fr *init, hcl_fr *total, int threads)
{
    hcl_fr start[MAX_PARTS], run = *init;
    const struct split s = split_for(n, threads);
    if (s.parts > 1) {
#pragma omp parallel for num_threads((int)s.groups) schedule(static, 1) if (s.groups > 1)
        for (size_t g = 0; g < s.groups; g++) {
            const size_t p = g * s.lanes;
            LANES(&s, hcl_poly_product_lanes(&start[p], a + p * s.len, s.len))
            product_serial(&start[p], a + p * s.len, s.len);
        }
        for (size_t p = 0; p < s.parts; p++) {
            const hcl_fr product = start[p];
            start[p] = run;
            hcl_fr_mul(&run, &run, &product);
        }
#pragma omp parallel for num_threads((int)s.groups) schedule(static, 1) if (s.groups > 1)
        for (size_t g = 0; g < s.groups; g++) {
            const size_t p = g * s.lanes;
            LANES(&s, hcl_poly_prefix_lanes(a + p * s.len, s.len, &start[p]))
            (void)prefix_serial(a + p * s.len, s.len, start[p]);
        }
    } else
        run = prefix_serial(a, s.len, run);
    run = prefix_serial(a + s.parts * s.len, s.rest, run);
    if (total != NULL)
        *total = run;
}

/* Returns the last value. */
static hcl_fr recur_serial(hcl_fr *out, const hcl_fr *b, size_t n, const hcl_fr *c, hcl_fr x)
{
    for (size_t i = 0; i < n; i++) {
        hcl_fr_mul(&x, &x, c);
        hcl_fr_add(&x, &x, &b[i]);
        out[i] = x;
    }
    return x;
}

/* start[p] := the value before part p. Returns the one after the last part. */
static hcl_fr recurrence_starts(hcl_fr *start, const hcl_fr *b, const hcl_fr *c, const struct split *s,
                                hcl_fr x)
{
    hcl_fr shift;
    hcl_fr_pow_u64(&shift, c, s->len);
#pragma omp parallel for num_threads((int)s->groups) schedule(static, 1) if (s->groups > 1)
    for (size_t g = 0; g < s->groups; g++) {
        const size_t p = g * s->lanes;
        LANES(s, hcl_poly_horner_lanes(&start[p], b + p * s->len, s->len, c))
        horner_serial(&start[p], b + p * s->len, s->len, c);
    }
    for (size_t p = 0; p < s->parts; p++) {
        const hcl_fr end = start[p];
        start[p] = x;
        hcl_fr_mul(&x, &x, &shift);
        hcl_fr_add(&x, &x, &end);
    }
    return x;
}

void hcl_linear_recurrence(hcl_fr *out, const hcl_fr *b, size_t n, const hcl_fr *c, const hcl_fr *init,
                           int threads)
{
    hcl_fr start[MAX_PARTS];
    const struct split s = split_for(n, threads);
    if (s.parts == 1) {
        (void)recur_serial(out, b, n, c, *init);
        return;
    }
    const hcl_fr x = recurrence_starts(start, b, c, &s, *init);
#pragma omp parallel for num_threads((int)s.groups) schedule(static, 1) if (s.groups > 1)
    for (size_t g = 0; g < s.groups; g++) {
        const size_t p = g * s.lanes, at = p * s.len;
        LANES(&s, hcl_poly_recur_lanes(out + at, b + at, s.len, c, &start[p]))
        (void)recur_serial(out + at, b + at, s.len, c, start[p]);
    }
    (void)recur_serial(out + s.parts * s.len, b + s.parts * s.len, s.rest, c, x);
}

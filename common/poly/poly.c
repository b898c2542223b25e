/* SPDX-License-Identifier: Apache-2.0 */
#include "common/poly/poly.h"
#include "common/sys/status.h"
#include "common/sys/threads.h"

/* Work is cut into one part per thread, at most MAX_PARTS; small vectors stay on the calling thread. */
#define MAX_PARTS 64
#define SMALL 1024

static size_t parts_for(size_t n, int threads)
{
    if (n < SMALL || threads < 2)
        return 1;
    return threads < MAX_PARTS ? (size_t)threads : MAX_PARTS;
}

/* f(x) of n coefficients by Horner's rule. */
static void eval_serial(hcl_fr *out, const hcl_fr *f, size_t n, const hcl_fr *x)
{
    hcl_fr acc = hcl_fr_zero;
    for (size_t i = n; i-- > 0;) {
        hcl_fr_mul(&acc, &acc, x);
        hcl_fr_add(&acc, &acc, &f[i]);
    }
    *out = acc;
}

/* value[p] := part p of f as a polynomial of its own, at x. */
static void eval_parts(hcl_fr *value, const hcl_fr *f, size_t n, const hcl_fr *x, size_t parts)
{
#pragma omp parallel for num_threads((int)parts) schedule(static, 1) if (parts > 1)
    for (size_t p = 0; p < parts; p++) {
        size_t first, count;
        hcl_threads_split(n, 1, parts, p, &first, &count);
        eval_serial(&value[p], f + first, count, x);
    }
}

/* carry[p] := the value at x of everything above part p, shifted down to its top; returns f(x). */
static hcl_fr combine_parts(hcl_fr *carry, const hcl_fr *value, size_t n, const hcl_fr *x, size_t parts)
{
    hcl_fr acc = hcl_fr_zero;
    for (size_t p = parts; p-- > 0;) {
        size_t first, count;
        hcl_threads_split(n, 1, parts, p, &first, &count);
        carry[p] = acc;
        hcl_fr shift;
        hcl_fr_pow_u64(&shift, x, count);
        hcl_fr_mul(&acc, &acc, &shift);
        hcl_fr_add(&acc, &acc, &value[p]);
    }
    return acc;
}

void hcl_poly_eval(hcl_fr *out, const hcl_fr *f, size_t n, const hcl_fr *x, int threads)
{
    hcl_fr value[MAX_PARTS], carry[MAX_PARTS];
    const size_t parts = parts_for(n, threads);
    eval_parts(value, f, n, x, parts);
    *out = combine_parts(carry, value, n, x, parts);
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
    hcl_fr value[MAX_PARTS], carry[MAX_PARTS];
    const size_t parts = parts_for(n, threads);
    eval_parts(value, f, n, z, parts);
    const hcl_fr at_z = combine_parts(carry, value, n, z, parts);
#pragma omp parallel for num_threads((int)parts) schedule(static, 1) if (parts > 1)
    for (size_t p = 0; p < parts; p++) {
        size_t first, count;
        hcl_threads_split(n, 1, parts, p, &first, &count);
        div_serial(f + first, count, z, carry[p]);
    }
    if (rem != NULL)
        *rem = at_z;
}

/* Lagrange's formula: the quotients of the master polynomial by X - x_i, weighted by y_i over their value at
 * x_i. */
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

void hcl_prefix_product(hcl_fr *a, size_t n, const hcl_fr *init, hcl_fr *total, int threads)
{
    hcl_fr start[MAX_PARTS], acc = *init;
    const size_t parts = parts_for(n, threads);
#pragma omp parallel for num_threads((int)parts) schedule(static, 1) if (parts > 1)
    for (size_t p = 0; p < parts; p++) {
        size_t first, count;
        hcl_threads_split(n, 1, parts, p, &first, &count);
        start[p] = hcl_fr_one;
        for (size_t i = first; i < first + count; i++)
            hcl_fr_mul(&start[p], &start[p], &a[i]);
    }
    for (size_t p = 0; p < parts; p++) {
        const hcl_fr product = start[p];
        start[p] = acc;
        hcl_fr_mul(&acc, &acc, &product);
    }
#pragma omp parallel for num_threads((int)parts) schedule(static, 1) if (parts > 1)
    for (size_t p = 0; p < parts; p++) {
        size_t first, count;
        hcl_threads_split(n, 1, parts, p, &first, &count);
        hcl_fr run = start[p];
        for (size_t i = first; i < first + count; i++) {
            hcl_fr next;
            hcl_fr_mul(&next, &run, &a[i]);
            a[i] = run;
            run = next;
        }
    }
    if (total != NULL)
        *total = acc;
}

/* x := m*x + b, m NULL means 1 */
static void step(hcl_fr *x, const hcl_fr *m, const hcl_fr *b)
{
    if (m != NULL)
        hcl_fr_mul(x, x, m);
    hcl_fr_add(x, x, b);
}

void hcl_linear_recurrence(hcl_fr *out, const hcl_fr *m, const hcl_fr *b, size_t n, const hcl_fr *init,
                           hcl_fr *last, int threads)
{
    /* A part is the affine map x -> scale*x + shift; composing the maps gives each part its start. */
    hcl_fr scale[MAX_PARTS], shift[MAX_PARTS], acc = *init;
    const size_t parts = parts_for(n, threads);
    if (parts > 1) {
#pragma omp parallel for num_threads((int)parts) schedule(static, 1)
        for (size_t p = 0; p < parts; p++) {
            size_t first, count;
            hcl_threads_split(n, 1, parts, p, &first, &count);
            scale[p] = hcl_fr_one;
            shift[p] = hcl_fr_zero;
            for (size_t i = first; i < first + count; i++) {
                step(&shift[p], m != NULL ? &m[i] : NULL, &b[i]);
                if (m != NULL)
                    hcl_fr_mul(&scale[p], &scale[p], &m[i]);
            }
        }
    } else {
        scale[0] = hcl_fr_one;
        shift[0] = hcl_fr_zero;
    }
    for (size_t p = 0; p < parts; p++) {
        const hcl_fr start = acc;
        hcl_fr_mul(&acc, &acc, &scale[p]);
        hcl_fr_add(&acc, &acc, &shift[p]);
        shift[p] = start;
    }
    hcl_fr end = *init;
#pragma omp parallel for num_threads((int)parts) schedule(static, 1) if (parts > 1)
    for (size_t p = 0; p < parts; p++) {
        size_t first, count;
        hcl_threads_split(n, 1, parts, p, &first, &count);
        hcl_fr x = shift[p];
        for (size_t i = first; i < first + count; i++) {
            const hcl_fr now = x;
            step(&x, m != NULL ? &m[i] : NULL, &b[i]);
            out[i] = now;
        }
        if (p == parts - 1)
            end = x;
    }
    if (last != NULL)
        *last = end;
}

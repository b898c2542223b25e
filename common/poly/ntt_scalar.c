/* SPDX-License-Identifier: Apache-2.0 */
/* Radix-2 Cooley-Tukey from natural to bit-reversed order, then an in-place reversal. Layer l has 2^l blocks
 * of n/2^l elements; all butterflies (x, y) -> (x + t*y, x - t*y) of block i share the twiddle t = w^rev(i),
 * so one table in bit-reversed order serves every layer by its prefix. Depth first below CACHED elements. */
#include "common/poly/ntt_internal.h"
#include "common/sys/mem.h"
#include "common/sys/threads.h"

#include <omp.h>
#include <string.h>

#define CACHED 1024 /* 32 KiB: a block that stays in the first-level cache */
#define TILE 64

static hcl_status scalar_init(void **tables, const struct hcl_domain *d, struct hcl_err *err)
{
    const size_t half = d->n < 2 ? 1 : d->n / 2;
    const hcl_status st = hcl_mem_alloc(tables, half, sizeof(hcl_fr), "NTT twiddles", err);
    if (st != HCL_OK)
        return st;
    hcl_fr *t = *tables;
    t[0] = hcl_fr_one;
    /* rev(2^l + j) = rev(j) + n/2^(l+2) on k-1 bits */
    for (size_t top = 1; top < half; top *= 2) {
        hcl_fr step;
        hcl_fr_pow_u64(&step, &d->omega, d->n / (4 * top));
        hcl_fr_scale_vec(t + top, t, &step, top);
    }
    return HCL_OK;
}

/* With the twiddle 1 if t is NULL. */
static void butterflies(hcl_fr *x, hcl_fr *y, size_t count, const hcl_fr *t)
{
    hcl_fr v[TILE];
    for (size_t at = 0; at < count; at += TILE) {
        const size_t n = count - at < TILE ? count - at : TILE;
        if (t != NULL)
            hcl_fr_scale_vec(v, y + at, t, n);
        else
            memcpy(v, y + at, n * sizeof *v);
        hcl_fr_sub_vec(y + at, x + at, v, n);
        hcl_fr_add_vec(x + at, x + at, v, n);
    }
}

static void block_butterflies(hcl_fr *a, size_t half, const hcl_fr *t, size_t block)
{
    butterflies(a, a + half, half, block == 0 ? NULL : &t[block]);
}

/* All layers of block `block` of layer log2(n/len). */
static void transform_block(const hcl_fr *t, hcl_fr *a, size_t len, size_t block)
{
    if (len < 2)
        return;
    if (len > CACHED) {
        block_butterflies(a, len / 2, t, block);
        transform_block(t, a, len / 2, 2 * block);
        transform_block(t, a + len / 2, len / 2, 2 * block + 1);
        return;
    }
    for (size_t half = len / 2, blocks = 1; half > 0; half /= 2, blocks *= 2, block *= 2)
        for (size_t b = 0; b < blocks; b++)
            block_butterflies(a + 2 * b * half, half, t, block + b);
}

static size_t reverse_bits(size_t i, uint32_t bits)
{
    size_t r = 0;
    for (uint32_t b = 0; b < bits; b++, i >>= 1)
        r = r << 1 | (i & 1);
    return r;
}

static inline void swap(hcl_fr *a, hcl_fr *b)
{
    const hcl_fr v = *a;
    *a = *b;
    *b = v;
}

/* An index's outer EDGE bits on both sides span a tile, which its reversal maps to a tile: two tiles at a
 * time, for every cache line to be used as a whole. */
static void reverse_order(hcl_fr *a, uint32_t k, int threads)
{
    enum { EDGE = 3, SIDE = 1 << EDGE };
    static const size_t rev[SIDE] = { 0, 4, 2, 6, 1, 5, 3, 7 };
    if (k < 2 * EDGE) {
        for (size_t i = 0, r; i < (size_t)1 << k; i++)
            if (i < (r = reverse_bits(i, k)))
                swap(&a[i], &a[r]);
        return;
    }
    const uint32_t high = k - EDGE;
#pragma omp parallel for num_threads(threads) schedule(static, 8)
    for (size_t b = 0; b < (size_t)1 << (high - EDGE); b++) {
        const size_t rb = reverse_bits(b, high - EDGE);
        for (size_t i = 0; b <= rb && i < SIDE * SIDE; i++) {
            const size_t top = i / SIDE, low = i % SIDE, from = top << high | b << EDGE | low,
                         to = rev[low] << high | rb << EDGE | rev[top];
            if (b < rb || from < to)
                swap(&a[from], &a[to]);
        }
    }
}

/* The first `layers` layers, each shared by all threads in pieces of a block. */
static void shared_layers(const hcl_fr *t, hcl_fr *a, size_t n, uint32_t layers, int threads)
{
    for (uint32_t l = 0; l < layers; l++) {
        const size_t half = n >> (l + 1), pieces = (size_t)1 << (layers - l), piece = half / pieces;
#pragma omp parallel for num_threads(threads) schedule(static) collapse(2)
        for (size_t b = 0; b < (size_t)1 << l; b++)
            for (size_t p = 0; p < pieces; p++) {
                hcl_fr *x = a + 2 * b * half + p * piece;
                butterflies(x, x + half, piece, b == 0 ? NULL : &t[b]);
            }
    }
}

static void transform(const struct hcl_domain *d, const hcl_fr *t, hcl_fr *a, int threads)
{
    uint32_t layers = 0;
    if (threads > 1)
        while (((size_t)1 << layers) < 2 * (size_t)threads && layers < d->k / 2)
            layers++;
    shared_layers(t, a, d->n, layers, threads);
    const size_t blocks = (size_t)1 << layers, len = d->n >> layers;
#pragma omp parallel for num_threads(threads) schedule(static) if (blocks > 1)
    for (size_t b = 0; b < blocks; b++)
        transform_block(t, a + b * len, len, b);
    reverse_order(a, d->k, blocks > 1 ? threads : 1);
}

/* a[i] = from[i]*factor[i], or times factor[0] if `constant`. */
static void scale(hcl_fr *a, const hcl_fr *from, const hcl_fr *factor, bool constant, size_t n, int threads)
{
#pragma omp parallel for num_threads(threads) schedule(static, 1) if (n >= 1024)
    for (int part = 0; part < threads; part++) {
        size_t first, count;
        hcl_threads_split(n, 1, (size_t)threads, (size_t)part, &first, &count);
        if (constant)
            hcl_fr_scale_vec(a + first, from + first, factor, count);
        else
            hcl_fr_mul_vec(a + first, from + first, factor + first, count);
    }
}

/* f(w^-i) is the forward transform read backwards. */
static void inverse(const struct hcl_domain *d, const hcl_fr *t, hcl_fr *a, int threads)
{
    transform(d, t, a, threads);
    for (size_t i = 1, j = d->n - 1; i < j; i++, j--)
        swap(&a[i], &a[j]);
    scale(a, a, &d->n_inv, true, d->n, threads);
}

static void scalar_run(const struct hcl_domain *d, const void *tables, const struct hcl_ntt_job *job)
{
    for (size_t c = 0; c < job->columns; c++) {
        hcl_fr *a = job->column[c];
        if (job->coset != NULL)
            scale(a, job->from[c], job->coset, false, d->n, job->threads);
        else if (job->from[c] != a)
            memcpy(a, job->from[c], d->n * sizeof *a);
        if (job->inverse)
            inverse(d, tables, a, job->threads);
        else
            transform(d, tables, a, job->threads);
    }
}

/* The tables of a coset are the powers of g. */
static hcl_status scalar_coset_init(void **coset, const struct hcl_domain *d, const void *tables,
                                    struct hcl_err *err)
{
    (void)tables;
    return hcl_mem_alloc(coset, d->n, sizeof(hcl_fr), "powers of a coset", err);
}

static void scalar_coset_set(void *coset, const struct hcl_domain *d, const void *tables, const hcl_fr *g,
                             int threads)
{
    hcl_fr *powers = coset, step = *g; /* g^have */
    (void)tables;
    powers[0] = hcl_fr_one;
    for (size_t have = 1; have < d->n; have *= 2) {
        scale(powers + have, powers, &step, true, have, threads);
        hcl_fr_sqr(&step, &step);
    }
}

const struct hcl_ntt_kernel hcl_ntt_scalar = {
    .k_min = 0,
    .k_max = HCL_FR_S,
    .k_shared = 11,
    .init = scalar_init,
    .clear = hcl_mem_free,
    .coset_init = scalar_coset_init,
    .coset_set = scalar_coset_set,
    .coset_clear = hcl_mem_free,
    .run = scalar_run,
};

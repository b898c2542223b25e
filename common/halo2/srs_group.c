/* SPDX-License-Identifier: Apache-2.0 */
#include "common/curve/glv.h"
#include "common/halo2/srs_group_internal.h"
#include <string.h>

enum { N = HCL_LANES };

static void mul(hcl_fq *out, const hcl_fq *a, const hcl_fq *b)
{
    hcl_fq_mul_vec(out, a, b, N);
}

static void add(hcl_fq *out, const hcl_fq *a, const hcl_fq *b)
{
    hcl_fq_add_vec(out, a, b, N);
}

static void sub(hcl_fq *out, const hcl_fq *a, const hcl_fq *b)
{
    hcl_fq_sub_vec(out, a, b, N);
}

/* 3*b = 9 */
static void mul_3b(hcl_fq *out, const hcl_fq *a)
{
    hcl_fq nine;
    hcl_fq_from_u64(&nine, 9);
    hcl_fq_scale_vec(out, a, &nine, N);
}

void hcl_lanes_load(struct hcl_lanes *out, const hcl_g1 *points, size_t n)
{
    for (size_t i = 0; i < N; i++) {
        bool infinity = i >= n || hcl_g1_is_infinity(&points[i]);
        out->x[i] = infinity ? hcl_fq_zero : points[i].x;
        out->y[i] = infinity ? hcl_fq_one : points[i].y;
        out->z[i] = infinity ? hcl_fq_zero : hcl_fq_one;
    }
}

/* Algorithm 7. */
void hcl_lanes_add(struct hcl_lanes *out, const struct hcl_lanes *a, const struct hcl_lanes *b)
{
    hcl_fq t0[N], t1[N], t2[N], t3[N], t4[N], x[N], y[N];
    mul(t0, a->x, b->x);
    mul(t1, a->y, b->y);
    mul(t2, a->z, b->z);
    add(t3, a->x, a->y);
    add(t4, b->x, b->y);
    mul(t3, t3, t4);
    add(t4, t0, t1);
    sub(t3, t3, t4); /* x1 y2 + x2 y1 */
    add(t4, a->y, a->z);
    add(x, b->y, b->z);
    mul(t4, t4, x);
    add(x, t1, t2);
    sub(t4, t4, x); /* y1 z2 + y2 z1 */
    add(x, a->x, a->z);
    add(y, b->x, b->z);
    mul(x, x, y);
    add(y, t0, t2);
    sub(y, x, y); /* x1 z2 + x2 z1 */
    add(x, t0, t0);
    add(t0, x, t0);
    mul_3b(t2, t2);
    add(out->z, t1, t2);
    sub(t1, t1, t2);
    mul_3b(y, y);
    mul(x, t4, y);
    mul(t2, t3, t1);
    sub(out->x, t2, x);
    mul(y, y, t0);
    mul(t1, t1, out->z);
    add(out->y, t1, y);
    mul(t0, t0, t3);
    mul(out->z, out->z, t4);
    add(out->z, out->z, t0);
}

/* Algorithm 9: 8M. */
static void lanes_double(struct hcl_lanes *a)
{
    hcl_fq t0[N], t1[N], t2[N], x[N], y[N], z[N];
    mul(t0, a->y, a->y);
    add(z, t0, t0);
    add(z, z, z);
    add(z, z, z);
    mul(t1, a->y, a->z);
    mul(t2, a->z, a->z);
    mul_3b(t2, t2);
    mul(x, t2, z);
    add(y, t0, t2);
    mul(z, t1, z);
    add(t1, t2, t2);
    add(t2, t1, t2);
    sub(t0, t0, t2);
    mul(y, t0, y);
    mul(t1, a->x, a->y);
    add(a->y, x, y);
    mul(x, t0, t1);
    add(a->x, x, x);
    memcpy(a->z, z, sizeof z);
}

void hcl_lanes_neg(struct hcl_lanes *out, const struct hcl_lanes *a)
{
    hcl_fq zero[N];
    memset(zero, 0, sizeof zero);
    if (out != a)
        *out = *a;
    sub(out->y, zero, a->y);
}

enum { WIDTH = 5, WINDOWS = 26 }; /* of the 127 bits of half a scalar, and one more for digits' signs */

/* Digits -16..15 of each lane's half scalar, the top one up to 5; a negative half has them negated. */
struct digits {
    int8_t of[WINDOWS][N];
};

/* With half a window added everywhere but at the top, plain bits minus that half are signed digits. */
static void find_digits(struct digits *d, const struct hcl_glv_half *half, size_t lane)
{
    unsigned __int128 v = (unsigned __int128)half->limbs[1] << 64 | half->limbs[0];
    for (int w = 0; w + 1 < WINDOWS; w++)
        v += (unsigned __int128)16 << (WIDTH * w);
    for (int w = 0; w < WINDOWS; w++) {
        const int digit = (int)(v >> (WIDTH * w) & 31) - (w + 1 < WINDOWS ? 16 : 0);
        d->of[w][lane] = (int8_t)(half->negative ? -digit : digit);
    }
}

static void pick(struct hcl_lanes *out, const struct hcl_lanes *table, const int8_t *digit)
{
    for (size_t i = 0; i < N; i++) {
        const struct hcl_lanes *t = &table[digit[i] < 0 ? -digit[i] : digit[i]];
        out->x[i] = t->x[i];
        out->z[i] = t->z[i];
        if (digit[i] < 0)
            hcl_fq_neg(&out->y[i], &t->y[i]);
        else
            out->y[i] = t->y[i];
    }
}

/* Windows of both halves, most significant first; each lane picks its own multiples. */
void hcl_lanes_mul(struct hcl_lanes *out, const struct hcl_lanes *a, const hcl_fr *s, struct hcl_lanes *table)
{
    struct digits digits[2];
    struct hcl_lanes term;
    hcl_lanes_load(&table[0], NULL, 0);
    table[1] = *a;
    for (int d = 2; d < HCL_LANES_TABLE; d++)
        hcl_lanes_add(&table[d], &table[d - 1], a);
    for (size_t i = 0; i < N; i++) {
        struct hcl_glv_half half[2];
        hcl_glv_split(half, &s[i]);
        find_digits(&digits[0], &half[0], i);
        find_digits(&digits[1], &half[1], i);
    }
    *out = table[0];
    for (int w = WINDOWS - 1; w >= 0; w--) {
        for (int i = 0; i < WIDTH && w + 1 < WINDOWS; i++)
            lanes_double(out);
        pick(&term, table, digits[0].of[w]);
        hcl_lanes_add(out, out, &term);
        pick(&term, table, digits[1].of[w]);
        hcl_fq_scale_vec(term.x, term.x, &hcl_glv_beta, N);
        hcl_lanes_add(out, out, &term);
    }
}

void hcl_lanes_store(hcl_g1 *points, const struct hcl_lanes *a, size_t n)
{
    hcl_fq inverse[N], scratch[N], x[N], y[N];
    memcpy(inverse, a->z, sizeof inverse);
    hcl_fq_batch_inv(inverse, scratch, N); /* zeros stay zero, so infinity becomes (0, 0) */
    mul(x, a->x, inverse);
    mul(y, a->y, inverse);
    for (size_t i = 0; i < n; i++)
        points[i] = (hcl_g1){ x[i], y[i] };
}

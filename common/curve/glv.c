/* SPDX-License-Identifier: Apache-2.0 */
/* With x the curve's parameter, (A, -U) and (U, B) are a short basis of the pairs (a, b) with a + b*lambda =
 * 0 mod r: A = 6x^2 + 2x, B = 6x^2 + 4x + 1, U = 2x + 1, and AB + U^2 = r. In this basis (s, 0) has the
 * coordinates s*B/r and s*U/r. Rounded to integers c0, c1, from factors that are too small by less than 1,
 * they are off by e in [-0.5, 0.5 + s*2^-256], so by less than 0.69, and leave s0 = e0*A + e1*U and s1 = e1*B
 * - e0*U: below 2^127 in size. */
#include "common/curve/glv.h"

#include <string.h>

const hcl_fq hcl_glv_beta = { { 0x3350c88e13e80b9c, 0x7dce557cdb5e56b9, 0x6001b4b8b615564a,
                                0x2682e617020217e0 } };

enum { LIMBS = 4 };
static const uint64_t a[LIMBS] = { 0x8211bbeb7d4f1128, 0x6f4d8248eeb859fc };
static const uint64_t b[LIMBS] = { 0x0be4e1541221250b, 0x6f4d8248eeb859fd };
static const uint64_t u[LIMBS] = { 0x89d3256894d213e3 };
/* floor(2^256*B/r), floor(2^256*U/r) */
static const uint64_t b_over_r[LIMBS] = { 0x5398fd0300ff6565, 0x4ccef014a773d2d2, 0x2 };
static const uint64_t u_over_r[LIMBS] = { 0xd91d232ec7e0b3d7, 0x2 };

static void multiply(uint64_t out[2 * LIMBS], const uint64_t x[LIMBS], const uint64_t y[LIMBS])
{
    memset(out, 0, 2 * LIMBS * sizeof *out);
    for (int i = 0; i < LIMBS; i++) {
        uint64_t carry = 0;
        for (int j = 0; j < LIMBS; j++) {
            const unsigned __int128 v = (unsigned __int128)x[i] * y[j] + out[i + j] + carry;
            out[i + j] = (uint64_t)v;
            carry = (uint64_t)(v >> 64);
        }
        out[i + LIMBS] = carry;
    }
}

/* All that matters: 128 bits hold a half with its sign. */
static unsigned __int128 low(const uint64_t x[LIMBS])
{
    return (unsigned __int128)x[1] << 64 | x[0];
}

/* s*factor/2^256, rounded, modulo 2^128 */
static unsigned __int128 coordinate(const uint64_t s[LIMBS], const uint64_t factor[LIMBS])
{
    uint64_t product[2 * LIMBS];
    multiply(product, s, factor);
    return low(product + LIMBS) + (product[LIMBS - 1] >> 63);
}

static struct hcl_glv_half half_of(unsigned __int128 v)
{
    const bool negative = v >> 127 != 0;
    if (negative)
        v = -v;
    return (struct hcl_glv_half){ { (uint64_t)v, (uint64_t)(v >> 64) }, negative };
}

void hcl_glv_split(struct hcl_glv_half half[2], const hcl_fr *s)
{
    uint64_t limbs[LIMBS];
    hcl_fr_to_limbs(limbs, s);
    const unsigned __int128 c0 = coordinate(limbs, b_over_r), c1 = coordinate(limbs, u_over_r);
    half[0] = half_of(low(limbs) - c0 * low(a) - c1 * low(u));
    half[1] = half_of(c0 * low(u) - c1 * low(b));
}

/* A is even, B and U are odd: (A, -U) changes the parity of the second coordinate, (U, B) that of both. Added
 * with the sign that brings the coordinate of A or B nearer to 0, which is then below 2^127 still: A, B <
 * 0.88*2^127, and U is below 2^64. */
void hcl_glv_split_odd(struct hcl_glv_half half[2], const hcl_fr *s)
{
    unsigned __int128 v[2];
    hcl_glv_split(half, s);
    for (int i = 0; i < 2; i++) {
        v[i] = (unsigned __int128)half[i].limbs[1] << 64 | half[i].limbs[0];
        v[i] = half[i].negative ? -v[i] : v[i];
    }
    if ((v[0] & 1) == 0) {
        const bool up = half[1].negative;
        v[0] += up ? low(u) : -low(u);
        v[1] += up ? low(b) : -low(b);
    }
    if ((v[1] & 1) == 0) {
        const bool up = v[0] >> 127 != 0;
        v[0] += up ? low(a) : -low(a);
        v[1] += up ? -low(u) : low(u);
    }
    half[0] = half_of(v[0]);
    half[1] = half_of(v[1]);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "worker/rounds/tail.h"

#include <sodium.h>

/* 5*52 = 260 bits: the carry out of 254 bits has a place. */
enum { WINDOWS = 52 };

void hcl_tail_init(struct hcl_tail *t, const hcl_g1 *bases, size_t count)
{
    HCL_CHECK(count <= HCL_TAIL_MAX);
    t->count = count;
    for (size_t i = 0; i < count; i++) {
        hcl_g1_jac multiple[HCL_TAIL_MULTIPLES];
        hcl_g1_jac_from_affine(&multiple[0], &bases[i]);
        for (size_t j = 1; j < HCL_TAIL_MULTIPLES; j++)
            hcl_g1_jac_add_affine(&multiple[j], &multiple[j - 1], &bases[i]);
        hcl_g1_jac_to_affine_vec(t->multiple[i], multiple, HCL_TAIL_MULTIPLES);
    }
}

/* Digits in [-2^(w-1), 2^(w-1)), least significant first. */
static void signed_digits(int8_t out[WINDOWS], const hcl_fr *scalar)
{
    uint64_t limbs[5] = { 0 };
    int carry = 0;
    hcl_fr_to_limbs(limbs, scalar);
    for (int w = 0; w < WINDOWS; w++) {
        const int bit = w * HCL_TAIL_WIDTH, shift = bit % 64;
        uint64_t word = limbs[bit / 64] >> shift;
        if (shift > 64 - HCL_TAIL_WIDTH)
            word |= limbs[bit / 64 + 1] << (64 - shift);
        int digit = (int)(word % (1 << HCL_TAIL_WIDTH)) + carry;
        carry = digit >= HCL_TAIL_MULTIPLES;
        out[w] = (int8_t)(digit - (carry << HCL_TAIL_WIDTH));
    }
    sodium_memzero(limbs, sizeof limbs);
}

static void add_multiple(hcl_g1_jac *sum, const hcl_g1 *multiples, int digit)
{
    hcl_g1 negative;
    if (digit > 0)
        hcl_g1_jac_add_affine(sum, sum, &multiples[digit - 1]);
    if (digit < 0) {
        hcl_g1_neg(&negative, &multiples[-digit - 1]);
        hcl_g1_jac_add_affine(sum, sum, &negative);
    }
}

void hcl_tail_sum(hcl_g1_jac *out, const struct hcl_tail *t, const hcl_fr *scalars, size_t count)
{
    int8_t digits[HCL_TAIL_MAX][WINDOWS];
    hcl_g1_jac sum;
    HCL_CHECK(count <= t->count);
    for (size_t i = 0; i < count; i++)
        signed_digits(digits[i], &scalars[i]);
    hcl_g1_jac_from_affine(&sum, &hcl_g1_infinity);
    for (int w = WINDOWS; w-- > 0;) {
        for (int bit = 0; bit < HCL_TAIL_WIDTH; bit++)
            hcl_g1_jac_double(&sum, &sum);
        for (size_t i = 0; i < count; i++)
            add_multiple(&sum, t->multiple[t->count - count + i], digits[i][w]);
    }
    *out = sum;
    sodium_memzero(digits, sizeof digits);
}

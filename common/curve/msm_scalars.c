/* SPDX-License-Identifier: Apache-2.0 */
#include "common/curve/msm_internal.h"
#include "common/sys/mem.h"
#include "common/sys/threads.h"

#include <string.h>

#define BLOCK 256

/* r, the order of G1 (see scripts/check-constants), and (r-1)/2, least significant limb first */
static const uint64_t order[4] = { 0x43e1f593f0000001, 0x2833e84879b97091, 0xb85045b68181585d,
                                   0x30644e72e131a029 };
static const uint64_t half_order[4] = { 0xa1f0fac9f8000000, 0x9419f4243cdcb848, 0xdc2822db40c0ac2e,
                                        0x183227397098d014 };

static bool above_half(const uint64_t s[4])
{
    for (int i = 3; i >= 0; i--)
        if (s[i] != half_order[i])
            return s[i] > half_order[i];
    return false;
}

/* s := the smaller of s and r - s; true if that is r - s. */
static bool fold_sign(uint64_t s[4])
{
    if (!above_half(s))
        return false;
    unsigned char borrow = 0;
    for (int i = 0; i < 4; i++) {
        const unsigned __int128 v = (unsigned __int128)order[i] - s[i] - borrow;
        s[i] = (uint64_t)v;
        borrow = (v >> 64) != 0;
    }
    return true;
}

static unsigned bit_length(const uint64_t s[4])
{
    for (unsigned i = 4; i-- > 0;)
        if (s[i] != 0)
            return 64 * i + 64 - (unsigned)__builtin_clzll(s[i]);
    return 0;
}

static int64_t integer_at(const struct hcl_msm_scalars *s, size_t i)
{
    switch (s->width) {
    case 1:
        return ((const int8_t *)s->integer)[i];
    case 2:
        return ((const int16_t *)s->integer)[i];
    case 4:
        return ((const int32_t *)s->integer)[i];
    default:
        return ((const int64_t *)s->integer)[i];
    }
}

/* Scalars first..first+count-1, count <= BLOCK: the smaller of s and r - s, and whether that is r - s. */
static void load(uint64_t magnitude[BLOCK][4], bool negative[BLOCK], const struct hcl_msm_scalars *s,
                 size_t first, size_t count)
{
    if (s->scalar != NULL) {
        hcl_fr_to_limbs_vec(magnitude[0], s->scalar + first, count);
        for (size_t j = 0; j < count; j++)
            negative[j] = fold_sign(magnitude[j]);
        return;
    }
    for (size_t j = 0; j < count; j++) {
        const int64_t v = integer_at(s, first + j);
        negative[j] = v < 0;
        magnitude[j][0] = v < 0 ? -(uint64_t)v : (uint64_t)v;
        magnitude[j][1] = magnitude[j][2] = magnitude[j][3] = 0;
    }
}

void hcl_msm_measure(struct hcl_msm_scalars *s, struct hcl_msm_lengths *lengths, int threads)
{
    memset(lengths, 0, sizeof *lengths);
#pragma omp parallel for num_threads(threads) schedule(static, 1) if (threads > 1)
    for (int part = 0; part < threads; part++) {
        struct hcl_msm_lengths mine = { 0 };
        size_t first, count;
        hcl_threads_split(s->n, BLOCK, (size_t)threads, (size_t)part, &first, &count);
        for (size_t i = first; i < first + count; i += BLOCK) {
            uint64_t limbs[BLOCK][4];
            bool negative[BLOCK];
            const size_t left = first + count - i, block = left < BLOCK ? left : BLOCK;
            load(limbs, negative, s, i, block);
            for (size_t j = 0; j < block; j++) {
                const unsigned bits = bit_length(limbs[j]);
                s->length[i + j] = (uint8_t)bits;
                s->low[i + j] = limbs[j][0] | (uint64_t)negative[j] << 63;
                mine.of[bits]++;
            }
        }
#pragma omp critical(hcl_msm_measure)
        for (unsigned b = 0; b < 256; b++)
            lengths->of[b] += mine.of[b];
    }
}

/* Half a window in every window but the top one: with it added, the plain bits of a window minus that half
 * are the signed digit, and no carry runs from window to window. */
static void digit_offset(uint64_t offset[4], struct hcl_msm_windows windows)
{
    memset(offset, 0, 4 * sizeof offset[0]);
    for (unsigned w = 0; w + 1 < windows.count; w++) {
        const unsigned bit = w * windows.width + windows.width - 1;
        offset[bit / 64] |= (uint64_t)1 << bit % 64;
    }
}

/* Collect the members within scalars[first..first+count-1], from position `at` of the class. */
static void collect(struct hcl_msm_class *c, const struct hcl_msm_scalars *s, size_t first, size_t count,
                    unsigned above, size_t at)
{
    uint64_t offset[4];
    digit_offset(offset, c->windows);
    for (size_t i = first; i < first + count; i += BLOCK) {
        uint64_t limbs[BLOCK][4];
        bool negative[BLOCK];
        const size_t left = first + count - i, block = left < BLOCK ? left : BLOCK;
        load(limbs, negative, s, i, block);
        for (size_t j = 0; j < block; j++) {
            if (s->length[i + j] <= above || s->length[i + j] > c->bits)
                continue;
            unsigned char carry = 0;
            for (unsigned w = 0; w < c->words; w++) {
                const unsigned __int128 v = (unsigned __int128)limbs[j][w] + offset[w] + carry;
                c->word[w][at] = (uint64_t)v;
                carry = (unsigned char)(v >> 64);
            }
            c->term[at++] = (uint32_t)((i + j) << 1 | negative[j]);
        }
    }
}

/* The same for a class of one word. */
static void collect_low(struct hcl_msm_class *c, const struct hcl_msm_scalars *s, size_t first, size_t count,
                        unsigned above, size_t at)
{
    uint64_t offset[4];
    digit_offset(offset, c->windows);
    for (size_t i = first; i < first + count; i++)
        if (s->length[i] > above && s->length[i] <= c->bits) {
            c->word[0][at] = (s->low[i] & UINT64_MAX >> 1) + offset[0];
            c->term[at++] = (uint32_t)(i << 1 | s->low[i] >> 63);
        }
}

static size_t members(const uint8_t *length, size_t n, unsigned above, unsigned upto)
{
    size_t count = 0;
    for (size_t i = 0; i < n; i++)
        count += length[i] > above && length[i] <= upto;
    return count;
}

hcl_status hcl_msm_class_init(struct hcl_msm_class *c, const struct hcl_msm_scalars *s, unsigned above,
                              unsigned upto, int threads, struct hcl_err *err)
{
    *c = (struct hcl_msm_class){ .n = members(s->length, s->n, above, upto), .bits = upto };
    c->windows = hcl_msm_plan_windows(c->n, upto, NULL);
    c->words = upto / 64 + 1; /* a magnitude plus the offset has at most upto+1 <= 255 bits */
    void *memory;
    const hcl_status st =
        hcl_mem_alloc(&memory, c->n, c->words * sizeof(uint64_t) + sizeof(uint32_t), "MSM digits", err);
    if (st != HCL_OK)
        return st;
    for (unsigned w = 0; w < c->words; w++)
        c->word[w] = (uint64_t *)memory + w * c->n;
    c->term = (uint32_t *)((uint64_t *)memory + c->words * c->n);
#pragma omp parallel for num_threads(threads) schedule(static, 1) if (threads > 1)
    for (int part = 0; part < threads; part++) {
        size_t first, count;
        hcl_threads_split(s->n, BLOCK, (size_t)threads, (size_t)part, &first, &count);
        const size_t at = members(s->length, first, above, upto);
        if (upto < 63)
            collect_low(c, s, first, count, above, at);
        else
            collect(c, s, first, count, above, at);
    }
    return HCL_OK;
}

void hcl_msm_class_clear(struct hcl_msm_class *c)
{
    hcl_mem_free_secret(c->word[0]);
    *c = (struct hcl_msm_class){ 0 };
}

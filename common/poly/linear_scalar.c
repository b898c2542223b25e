/* SPDX-License-Identifier: Apache-2.0 */
#include "common/poly/linear_internal.h"

#include <string.h>

/* Cells there are among `count` from row first on. */
static size_t cells_there(const struct hcl_linear_term *t, size_t first, size_t count)
{
    const size_t there = t->stored > first ? t->stored - first : 0;
    return there < count ? there : count;
}

void hcl_linear_digits(uint32_t *out, const struct hcl_linear_term *t, size_t first, size_t count)
{
    const size_t there = cells_there(t, first, count);
    const int8_t *w1 = t->cells;
    const int16_t *w2 = t->cells;
    const int32_t *w4 = t->cells;
    const uint64_t *w8 = t->cells;
    const uint32_t offset = t->offset;
    for (size_t i = 0; i < there; i++)
        switch (t->load) {
        case HCL_LINEAR_8:
            out[i] = (uint32_t)w1[first + i] + offset;
            break;
        case HCL_LINEAR_16:
            out[i] = (uint32_t)w2[first + i] + offset;
            break;
        case HCL_LINEAR_32:
            out[i] = (uint32_t)w4[first + i] + offset;
            break;
        case HCL_LINEAR_LOW:
            out[i] = (uint32_t)w8[first + i];
            break;
        case HCL_LINEAR_HIGH:
            out[i] = (uint32_t)(w8[first + i] >> 32) + offset;
            break;
        }
    for (size_t i = there; i < count; i++)
        out[i] = offset;
}

/* An integer below 2^320: room for 2^33 products of a digit and a field element. */
struct sum {
    uint64_t word[5];
};

static inline void add_product(struct sum *s, uint64_t digit, const uint64_t a[4])
{
    unsigned __int128 c = 0;
    for (int i = 0; i < 4; i++) {
        c += (unsigned __int128)digit * a[i] + s->word[i];
        s->word[i] = (uint64_t)c;
        c >>= 64;
    }
    s->word[4] += (uint64_t)c;
}

/* The sum modulo r as an integer of memory. */
static void reduce(hcl_fr *out, const struct sum *s)
{
    uint8_t bytes[64] = { 0 };
    for (size_t i = 0; i < 5; i++)
        for (size_t b = 0; b < 8; b++)
            bytes[8 * i + b] = (uint8_t)(s->word[i] >> 8 * b);
    hcl_fr value;
    hcl_fr_from_bytes_wide(&value, bytes);
    hcl_fr_to_limbs(out->l, &value);
}

static void combine_tile(hcl_fr *out, bool add, const struct hcl_linear_pass *p, size_t first, size_t count)
{
    struct sum sum[HCL_LINEAR_TILE] = { 0 };
    uint32_t digits[HCL_LINEAR_TILE];
    for (size_t j = 0; j < p->count; j++) {
        hcl_linear_digits(digits, &p->term[j], first, count);
        for (size_t i = 0; i < count; i++)
            add_product(&sum[i], digits[i], p->term[j].factor.l);
    }
    for (size_t i = 0; i < count; i++) {
        hcl_fr value;
        reduce(&value, &sum[i]);
        hcl_fr_add(&value, &value, &p->minus_offsets);
        if (add)
            hcl_fr_add(&out[i], &out[i], &value);
        else
            out[i] = value;
    }
}

void hcl_linear_combine_scalar(hcl_fr *out, bool add, const struct hcl_linear_pass *p, size_t first,
                               size_t count)
{
    for (size_t at = 0; at < count; at += HCL_LINEAR_TILE)
        combine_tile(out + at, add, p, first + at,
                     count - at < HCL_LINEAR_TILE ? count - at : HCL_LINEAR_TILE);
}

void hcl_linear_evaluate_scalar(hcl_fr *sums, const struct hcl_linear_pass *p, const hcl_fr *at, size_t first,
                                size_t count)
{
    struct sum sum[HCL_LINEAR_TERMS + 1] = { 0 };
    uint32_t digits[HCL_LINEAR_TILE];
    for (size_t row = 0; row < count; row += HCL_LINEAR_TILE) {
        const size_t part = count - row < HCL_LINEAR_TILE ? count - row : HCL_LINEAR_TILE;
        for (size_t j = 0; j < p->count; j++) {
            hcl_linear_digits(digits, &p->term[j], first + row, part);
            for (size_t i = 0; i < part; i++)
                add_product(&sum[j], digits[i], at[row + i].l);
        }
        for (size_t i = 0; i < part; i++)
            add_product(&sum[p->count], 1, at[row + i].l);
    }
    for (size_t j = 0; j <= p->count; j++)
        reduce(&sums[j], &sum[j]);
}

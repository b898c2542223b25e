/* SPDX-License-Identifier: Apache-2.0 */
#include "worker/rounds/sort.h"

#include "common/sys/mem.h"

#include <string.h>

/* Values converted at a time. */
#define LOAD 256

struct record {
    uint64_t key[4]; /* canonical, least significant limb first */
    uint32_t row;
};

static uint8_t key_byte(const struct record *r, int byte)
{
    return (uint8_t)(r->key[byte / 8] >> (byte % 8 * 8));
}

/* Radix sort by bytes, least significant first, skipping bytes that are the same everywhere: small values
 * need two or three passes. Returns where the result is: records or spare. */
static struct record *radix_sort(struct record *records, struct record *spare, size_t n)
{
    uint64_t differ[4] = { 0 };
    for (size_t i = 1; i < n; i++)
        for (int l = 0; l < 4; l++)
            differ[l] |= records[i].key[l] ^ records[0].key[l];
    for (int byte = 0; byte < 32; byte++) {
        if ((uint8_t)(differ[byte / 8] >> (byte % 8 * 8)) == 0)
            continue;
        size_t start[257] = { 0 };
        for (size_t i = 0; i < n; i++)
            start[key_byte(&records[i], byte) + 1]++;
        for (int b = 0; b < 256; b++)
            start[b + 1] += start[b];
        for (size_t i = 0; i < n; i++)
            spare[start[key_byte(&records[i], byte)]++] = records[i];
        struct record *t = records;
        records = spare;
        spare = t;
    }
    return records;
}

static void load(struct record *records, const hcl_fr *v, size_t n)
{
    uint64_t limbs[4 * LOAD];
    for (size_t at = 0; at < n; at += LOAD) {
        size_t part = n - at < LOAD ? n - at : LOAD;
        hcl_fr_to_limbs_vec(limbs, v + at, part);
        for (size_t i = 0; i < part; i++) {
            memcpy(records[at + i].key, limbs + 4 * i, sizeof records[0].key);
            records[at + i].row = (uint32_t)(at + i);
        }
    }
    explicit_bzero(limbs, sizeof limbs);
}

static int compare(const struct record *a, const struct record *b)
{
    for (int l = 3; l >= 0; l--)
        if (a->key[l] != b->key[l])
            return a->key[l] < b->key[l] ? -1 : 1;
    return 0;
}

/* taken[i]: a run of equal a begins at i. Walks both sorted lists; table values that no run takes go to
 * `rest`. */
static hcl_status match(const struct record *a, const struct record *s, size_t u, hcl_fr *sorted_s,
                        const hcl_fr *old_s, bool *taken, hcl_fr *rest, size_t *rests, struct hcl_err *err)
{
    size_t j = 0;
    *rests = 0;
    for (size_t i = 0; i < u; i++) {
        taken[i] = i == 0 || compare(&a[i], &a[i - 1]) != 0;
        if (!taken[i])
            continue;
        while (j < u && compare(&s[j], &a[i]) < 0)
            rest[(*rests)++] = old_s[s[j++].row];
        if (j == u || compare(&s[j], &a[i]) != 0)
            return hcl_fail(err, HCL_FALSE_CLAIM, "the value at row %u is not in the table", a[i].row);
        sorted_s[i] = old_s[s[j++].row];
    }
    while (j < u)
        rest[(*rests)++] = old_s[s[j++].row];
    return HCL_OK;
}

hcl_status hcl_lookup_permute(hcl_fr *a, hcl_fr *s, size_t u, struct hcl_err *err)
{
    hcl_status st = HCL_OK;
    struct record *records = NULL;
    hcl_fr *values = NULL;
    bool *taken = NULL;
    HCL_TRY(hcl_mem_alloc((void **)&records, 3 * u, sizeof *records, "lookup sort", err));
    HCL_TRY(hcl_mem_alloc((void **)&values, 3 * u, sizeof *values, "lookup sort", err));
    HCL_TRY(hcl_mem_alloc((void **)&taken, u, sizeof *taken, "lookup sort", err));

    hcl_fr *new_s = values, *rest = values + u, *new_a = values + 2 * u;
    struct record *free_part = records + 2 * u, *sorted_a, *sorted_s;
    load(records, a, u);
    sorted_a = radix_sort(records, free_part, u);
    if (sorted_a != records)
        free_part = records;
    load(records + u, s, u);
    sorted_s = radix_sort(records + u, free_part, u);

    size_t rests;
    HCL_TRY(match(sorted_a, sorted_s, u, new_s, s, taken, rest, &rests, err));
    for (size_t i = 0; i < u; i++)
        new_a[i] = a[sorted_a[i].row];
    for (size_t i = u, r = 0; i-- > 0;)
        if (!taken[i])
            new_s[i] = rest[r++];
    memcpy(a, new_a, u * sizeof *a);
    memcpy(s, new_s, u * sizeof *s);
done:
    hcl_mem_free_secret(records);
    hcl_mem_free_secret(values);
    hcl_mem_free_secret(taken);
    return st;
}

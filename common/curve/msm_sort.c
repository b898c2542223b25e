/* SPDX-License-Identifier: Apache-2.0 */
/* Two counting sorts: by the high bits of the bucket number into partitions, few enough that every
 * partition's write position stays in the first-level cache, then each partition by itself. */
#include "common/curve/msm_internal.h"
#include "common/sys/mem.h"
#include "common/sys/threads.h"

#include <omp.h>
#include <string.h>

#define PART_BITS 7
#define BLOCK 512

hcl_status hcl_msm_sorter_init(struct hcl_msm_sorter *s, const struct hcl_msm_class *c, int threads,
                               struct hcl_err *err)
{
    const unsigned bucket_bits = c->windows.width - 1;
    const unsigned high_bits = bucket_bits < PART_BITS ? bucket_bits : PART_BITS;
    *s = (struct hcl_msm_sorter){ .low_bits = bucket_bits - high_bits };
    s->parts = (size_t)1 << high_bits;
    s->sorted.buckets = (size_t)1 << bucket_bits;
    const size_t starts = s->sorted.buckets + 1 + s->parts + 1, counts = (size_t)threads * s->parts;
    const size_t bytes = c->n * (sizeof(uint64_t) + sizeof(uint32_t)) + (starts + counts) * sizeof(uint32_t);
    const hcl_status st = hcl_mem_alloc(&s->memory, 1, bytes, "MSM sorting", err);
    if (st != HCL_OK)
        return st;
    s->entry = s->memory;
    s->sorted.term = (uint32_t *)(s->entry + c->n);
    s->sorted.start = s->sorted.term + c->n;
    s->part_start = s->sorted.start + s->sorted.buckets + 1;
    s->count = s->part_start + s->parts + 1;
    return HCL_OK;
}

void hcl_msm_sorter_clear(struct hcl_msm_sorter *s)
{
    hcl_mem_free_secret(s->memory);
    *s = (struct hcl_msm_sorter){ 0 };
}

/* Signed digits of window w of `count` <= BLOCK scalars from `first`. */
static void digits(int32_t *out, const struct hcl_msm_class *c, unsigned w, size_t first, size_t count)
{
    const unsigned bit = w * c->windows.width, shift = bit % 64;
    const bool top = w + 1 == c->windows.count;
    const uint64_t mask = top ? UINT64_MAX >> 32 : ((uint64_t)1 << c->windows.width) - 1;
    const int32_t half = top ? 0 : (int32_t)1 << (c->windows.width - 1);
    const uint64_t *low = c->word[bit / 64] + first;
    if (shift + c->windows.width <= 64 || bit / 64 + 1 >= c->words) {
        for (size_t i = 0; i < count; i++)
            out[i] = (int32_t)(low[i] >> shift & mask) - half;
        return;
    }
    const uint64_t *high = c->word[bit / 64 + 1] + first;
    for (size_t i = 0; i < count; i++)
        out[i] = (int32_t)((low[i] >> shift | high[i] << (64 - shift)) & mask) - half;
}

static void count_parts(const struct hcl_msm_sorter *s, const struct hcl_msm_class *c, unsigned w,
                        size_t first, size_t n, uint32_t *count)
{
    memset(count, 0, s->parts * sizeof *count);
    for (size_t i = first; i < first + n; i += BLOCK) {
        int32_t digit[BLOCK];
        const size_t left = first + n - i, block = left < BLOCK ? left : BLOCK;
        digits(digit, c, w, i, block);
        for (size_t j = 0; j < block; j++) {
            const uint32_t magnitude = (uint32_t)(digit[j] < 0 ? -digit[j] : digit[j]);
            if (magnitude != 0)
                count[(magnitude - 1) >> s->low_bits]++;
        }
    }
}

static void scatter_parts(const struct hcl_msm_sorter *s, const struct hcl_msm_class *c, unsigned w,
                          size_t first, size_t n, uint32_t *next)
{
    for (size_t i = first; i < first + n; i += BLOCK) {
        int32_t digit[BLOCK];
        const size_t left = first + n - i, block = left < BLOCK ? left : BLOCK;
        digits(digit, c, w, i, block);
        for (size_t j = 0; j < block; j++) {
            const uint32_t magnitude = (uint32_t)(digit[j] < 0 ? -digit[j] : digit[j]);
            const uint32_t term = c->term[i + j] ^ (digit[j] < 0);
            if (magnitude != 0)
                s->entry[next[(magnitude - 1) >> s->low_bits]++] = (uint64_t)term << 32 | (magnitude - 1);
        }
    }
}

/* Positions: partition by partition, within one thread by thread. */
static void place_parts(struct hcl_msm_sorter *s, int team)
{
    uint32_t at = 0;
    for (size_t p = 0; p < s->parts; p++) {
        s->part_start[p] = at;
        for (int t = 0; t < team; t++) {
            uint32_t *count = &s->count[(size_t)t * s->parts + p];
            const uint32_t here = *count;
            *count = at;
            at += here;
        }
    }
    s->part_start[s->parts] = at;
    s->sorted.n = at;
    s->sorted.start[s->sorted.buckets] = at;
}

static void sort_part(struct hcl_msm_sorter *s, size_t p)
{
    const uint32_t from = s->part_start[p], to = s->part_start[p + 1];
    const size_t low = (size_t)1 << s->low_bits, first_bucket = p << s->low_bits;
    uint32_t *start = s->sorted.start + first_bucket; /* counts first, then ends, then starts */
    memset(start, 0, low * sizeof *start);
    for (uint32_t i = from; i < to; i++)
        start[(uint32_t)s->entry[i] - first_bucket]++;
    uint32_t at = from;
    for (size_t b = 0; b < low; b++) {
        at += start[b];
        start[b] = at;
    }
    for (uint32_t i = to; i-- > from;)
        s->sorted.term[--start[(uint32_t)s->entry[i] - first_bucket]] = (uint32_t)(s->entry[i] >> 32);
}

void hcl_msm_sort(struct hcl_msm_sorter *s, const struct hcl_msm_class *c, unsigned w)
{
    const int team = omp_get_num_threads(); /* the runtime may give less than was asked for */
    const size_t thread = (size_t)omp_get_thread_num();
    uint32_t *count = s->count + thread * s->parts;
    size_t first, n;
    hcl_threads_split(c->n, BLOCK, (size_t)team, thread, &first, &n);
    count_parts(s, c, w, first, n, count);
#pragma omp barrier
#pragma omp single
    place_parts(s, team);
    scatter_parts(s, c, w, first, n, count);
#pragma omp barrier
#pragma omp for schedule(dynamic, 4)
    for (size_t p = 0; p < s->parts; p++)
        sort_part(s, p);
}

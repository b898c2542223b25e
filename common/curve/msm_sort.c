/* SPDX-License-Identifier: Apache-2.0 */
#include "common/curve/msm_internal.h"

#include <string.h>

#define BATCH 512

/* Signed digits of window w of `count` <= BATCH scalars from `first`. */
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

/* The task's digits of a window, BATCH at a time. */
struct walk {
    const struct hcl_msm_class *class;
    const struct hcl_msm_task *task;
    size_t done;
    int32_t digit[BATCH];
};

/* How many come next, from the class's member *first; 0 at the end. */
static size_t walk_on(struct walk *k, unsigned w, size_t *first)
{
    const size_t left = k->task->n - k->done, count = left < BATCH ? left : BATCH;
    *first = k->task->from + k->done;
    digits(k->digit, k->class, w, *first, count);
    k->done += count;
    return count;
}

static uint32_t magnitude(int32_t digit)
{
    return (uint32_t)(digit < 0 ? -digit : digit);
}

static void count_parts(uint32_t *count, struct walk *k, unsigned w, uint32_t base)
{
    size_t first, n;
    while ((n = walk_on(k, w, &first)) > 0)
        for (size_t j = 0; j < n; j++)
            if (k->digit[j] != 0)
                count[(base + magnitude(k->digit[j]) - 1) >> HCL_MSM_PART_BITS]++;
}

static void scatter_parts(hcl_msm_entry *out, uint32_t *next, struct walk *k, unsigned w, uint32_t base)
{
    size_t first, n;
    while ((n = walk_on(k, w, &first)) > 0) {
        const uint32_t *term = k->class->term + first;
        for (size_t j = 0; j < n; j++) {
            const uint32_t bucket = base + magnitude(k->digit[j]) - 1;
            if (k->digit[j] != 0)
                out[next[bucket >> HCL_MSM_PART_BITS]++] =
                    (uint64_t)(term[j] ^ (k->digit[j] < 0)) << 32 | bucket;
        }
    }
}

size_t hcl_msm_sort(hcl_msm_entry *out, uint32_t *next, const struct hcl_msm_class *c,
                    const struct hcl_msm_task *task)
{
    const unsigned log_buckets = c->windows.width - 1;
    const size_t parts = (((size_t)task->count << log_buckets) + HCL_MSM_PART - 1) >> HCL_MSM_PART_BITS;
    memset(next, 0, (parts + 1) * sizeof *next);
    for (unsigned w = 0; w < task->count; w++)
        count_parts(next + 1, &(struct walk){ .class = c, .task = task }, task->first + w, w << log_buckets);
    for (size_t p = 0; p < parts; p++)
        next[p + 1] += next[p];
    const size_t n = next[parts];
    for (unsigned w = 0; w < task->count; w++)
        scatter_parts(out, next, &(struct walk){ .class = c, .task = task }, task->first + w,
                      w << log_buckets);
    return n;
}

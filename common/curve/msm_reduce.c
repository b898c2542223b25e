/* SPDX-License-Identifier: Apache-2.0 */
#include "common/curve/msm_internal.h"

static void flush(struct hcl_msm_worker *w, hcl_g1 *bucket)
{
    if (w->old.count > 0) {
        const struct hcl_msm_adds list[2] = { hcl_msm_pairs_adds(&w->old, bucket, bucket), { .n = 0 } };
        w->add(list, (struct hcl_msm_ahead){ .n = 0 }, &w->scratch);
    }
    w->old.count = 0;
}

/* bucket[i] += bucket[i + distance] for i = first, first + step, ... */
static void add_at_distance(struct hcl_msm_worker *w, hcl_g1 *bucket, size_t buckets, size_t first,
                            size_t step, size_t distance)
{
    for (size_t i = first; i < buckets; i += step) {
        hcl_msm_pairs_push(&w->old, (uint32_t)(2 * i), (uint32_t)(2 * (i + distance)), (uint32_t)i);
        if (w->old.count == HCL_MSM_BATCH)
            flush(w, bucket);
    }
}

/* Round t merges neighbours: positions that are multiples of 2^(t+1) get the sum of their block. The right
 * half of each merged pair stays where it is; the right halves of round l, at 2^l + multiples of 2^(l+1), are
 * exactly the blocks whose index has bit l set, and are summed as a tree of their own in the rounds that
 * follow. Two additions per bucket in all, every round's additions independent. */
void hcl_msm_reduce(hcl_g1 *bit_sum, hcl_g1 *bucket, unsigned log_buckets, struct hcl_msm_worker *worker)
{
    const size_t buckets = (size_t)1 << log_buckets;
    worker->old.count = 0;
    for (unsigned t = 0; t < log_buckets; t++) {
        const size_t distance = (size_t)1 << t;
        add_at_distance(worker, bucket, buckets, 0, 2 * distance, distance);
        for (unsigned l = 0; l < t; l++)
            add_at_distance(worker, bucket, buckets, (size_t)1 << l, 2 * distance, distance);
        flush(worker, bucket);
    }
    for (unsigned l = 0; l < log_buckets; l++)
        bit_sum[l] = bucket[(size_t)1 << l];
    bit_sum[log_buckets] = bucket[0];
    for (unsigned l = 0; l <= log_buckets; l++)
        hcl_msm_canonical(&bit_sum[l]);
}

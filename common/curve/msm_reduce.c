/* SPDX-License-Identifier: Apache-2.0 */
#include "common/curve/msm_internal.h"

/* Independent additions bucket[to] += bucket[from]. */
struct batch {
    hcl_g1 *bucket;
    struct hcl_msm_worker *worker;
    size_t n;
    uint32_t to[HCL_MSM_LANES + 8];
    uint32_t term[2][HCL_MSM_TERMS(1, HCL_MSM_LANES)];
};

static void flush(struct batch *b)
{
    struct hcl_msm_worker *w = b->worker;
    const uint32_t *left = b->term[0] + HCL_MSM_SLACK, *right = b->term[1] + HCL_MSM_SLACK;
    const struct hcl_msm_segment segment = { w->block[0].sum, b->bucket, right, b->n, true };
    w->sums->start(w->block[0].sum, b->bucket, left, b->n);
    w->sums->add(&segment, 1, &w->scratch);
    w->sums->finish(b->bucket, b->to, w->block[0].sum, b->n);
    b->n = 0;
}

/* Inline: it is asked twice per addition. */
static bool is_empty(const hcl_g1 *p)
{
    return p->x.l[0] == 0 && hcl_g1_is_infinity(p);
}

/* Empty buckets are common, and need no addition. */
static void add(struct batch *b, size_t to, size_t from)
{
    hcl_g1 *left = &b->bucket[to];
    if (is_empty(&b->bucket[from]))
        return;
    if (is_empty(left)) {
        *left = b->bucket[from];
        return;
    }
    b->to[b->n] = (uint32_t)to;
    b->term[0][HCL_MSM_SLACK + b->n] = (uint32_t)(2 * to);
    b->term[1][HCL_MSM_SLACK + b->n] = (uint32_t)(2 * from);
    if (++b->n == HCL_MSM_LANES)
        flush(b);
}

/* bucket[i] += bucket[i + distance] for i = first, first + step, ... */
static void add_at_distance(struct batch *b, size_t buckets, size_t first, size_t step, size_t distance)
{
    for (size_t i = first; i < buckets; i += step)
        add(b, i, i + distance);
}

/* Round t merges neighbours: positions that are multiples of 2^(t+1) get the sum of their block. The right
 * half of each merged pair stays where it is; the right halves of round l, at 2^l + multiples of 2^(l+1), are
 * exactly the blocks whose index has bit l set, and are summed as a tree of their own in the rounds that
 * follow. Two additions per bucket in all, every round's additions independent. */
void hcl_msm_reduce(hcl_g1 *bit_sum, hcl_g1 *bucket, size_t sets, unsigned log_buckets,
                    struct hcl_msm_worker *worker)
{
    const size_t buckets = sets << log_buckets;
    struct batch b = { .bucket = bucket, .worker = worker };
    for (unsigned t = 0; t < log_buckets; t++) {
        const size_t distance = (size_t)1 << t;
        add_at_distance(&b, buckets, 0, 2 * distance, distance);
        for (unsigned l = 0; l < t; l++)
            add_at_distance(&b, buckets, (size_t)1 << l, 2 * distance, distance);
        flush(&b);
    }
    for (size_t s = 0; s < sets; s++, bucket += (size_t)1 << log_buckets, bit_sum += log_buckets + 1) {
        for (unsigned l = 0; l < log_buckets; l++)
            bit_sum[l] = bucket[(size_t)1 << l];
        bit_sum[log_buckets] = bucket[0];
        for (unsigned l = 0; l <= log_buckets; l++)
            hcl_msm_canonical(&bit_sum[l]);
    }
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "common/curve/msm_internal.h"

/* Round t merges neighbours: positions that are multiples of 2^(t+1) get the sum of their block. The right
 * half of each merged pair stays where it is; the right halves of round l, at 2^l + multiples of 2^(l+1), are
 * exactly the blocks whose index has bit l set, and are summed as a tree of their own in the rounds that
 * follow. Two additions per bucket in all, every round's additions independent. */
void hcl_msm_reduce(hcl_g1 *bit_sum, hcl_g1 *bucket, unsigned log_buckets, struct hcl_msm_pairs *pairs)
{
    const size_t buckets = (size_t)1 << log_buckets;
    for (unsigned t = 0; t < log_buckets; t++) {
        for (size_t i = 0; i < buckets; i += (size_t)2 << t)
            hcl_msm_pairs_push(pairs, bucket, bucket, (uint32_t)(2 * i),
                               (uint32_t)(2 * (i + ((size_t)1 << t))), (uint32_t)i);
        /* the tree of bit l started in round l+1 with members 2^(l+1) apart */
        for (unsigned l = 0; l < t; l++) {
            const size_t stride = (size_t)1 << t;
            for (size_t i = (size_t)1 << l; i < buckets; i += 2 * stride)
                hcl_msm_pairs_push(pairs, bucket, bucket, (uint32_t)(2 * i), (uint32_t)(2 * (i + stride)),
                                   (uint32_t)i);
        }
        hcl_msm_pairs_flush(pairs, bucket, bucket);
    }
    for (unsigned l = 0; l < log_buckets; l++)
        bit_sum[l] = bucket[(size_t)1 << l];
    bit_sum[log_buckets] = bucket[0];
    for (unsigned l = 0; l <= log_buckets; l++)
        hcl_msm_canonical(&bit_sum[l]);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* The sorted terms of a window are cut into chunks. Within a chunk each bucket's piece is summed as a binary
 * tree: all additions of one level, over all pieces, are independent and share inversions. */
#include "common/curve/msm_internal.h"

#include <omp.h>

/* Pieces of the buckets that have terms in [from, to); returns how many. Their sums will be at point[at..].
 */
static size_t find_pieces(struct hcl_msm_piece *piece, const struct hcl_msm_sorted *s, size_t from, size_t to)
{
    size_t low = 0, high = s->buckets; /* last bucket that starts at or before `from` */
    while (high - low > 1) {
        const size_t mid = (low + high) / 2;
        if (s->start[mid] <= from)
            low = mid;
        else
            high = mid;
    }
    size_t pieces = 0;
    uint32_t at = 0;
    for (size_t b = low; b < s->buckets && s->start[b] < to; b++) {
        const size_t begin = s->start[b] > from ? s->start[b] : from;
        const size_t end = s->start[b + 1] < to ? s->start[b + 1] : to;
        if (begin >= end)
            continue;
        const uint32_t count = (uint32_t)(end - begin);
        piece[pieces++] = (struct hcl_msm_piece){ (uint32_t)b, at, count };
        at += (count + 1) / 2;
    }
    return pieces;
}

/* First level: terms to points. A term without partner is copied. */
static void first_level(struct hcl_msm_worker *w, const uint32_t *term, size_t pieces, const hcl_g1 *points)
{
    for (size_t i = 0; i < pieces; i++) {
        struct hcl_msm_piece *piece = &w->piece[i];
        uint32_t at = piece->at;
        for (uint32_t j = 0; j + 1 < piece->count; j += 2, term += 2)
            hcl_msm_pairs_push(&w->pairs, w->point, points, term[0], term[1], at++);
        if (piece->count & 1)
            hcl_msm_term_point(&w->point[at], points, *term++);
        piece->count = (piece->count + 1) / 2;
    }
    hcl_msm_pairs_flush(&w->pairs, w->point, points);
}

/* All further levels: piece i ends up in point[piece.at]. */
static void further_levels(struct hcl_msm_worker *w, size_t pieces)
{
    size_t left = 0;
    for (size_t i = 0; i < pieces; i++)
        if (w->piece[i].count > 1)
            w->active[left++] = w->piece[i];
    for (uint32_t stride = 1; left > 0; stride *= 2) {
        size_t still = 0;
        for (size_t i = 0; i < left; i++) {
            struct hcl_msm_piece piece = w->active[i];
            for (uint32_t j = 0; j + 1 < piece.count; j += 2) {
                const uint32_t a = piece.at + j * stride;
                hcl_msm_pairs_push(&w->pairs, w->point, w->point, 2 * a, 2 * (a + stride), a);
            }
            piece.count = (piece.count + 1) / 2;
            if (piece.count > 1)
                w->active[still++] = piece;
        }
        hcl_msm_pairs_flush(&w->pairs, w->point, w->point);
        left = still;
    }
}

/* A chunk's sums go to their buckets; a bucket that reaches beyond the chunk gets a share instead. */
static void sum_chunk(hcl_g1 *bucket, const struct hcl_msm_sorted *s, size_t from, size_t to,
                      const hcl_g1 *points, struct hcl_msm_worker *w, struct hcl_msm_share share[2])
{
    const size_t pieces = find_pieces(w->piece, s, from, to);
    first_level(w, s->term + from, pieces, points);
    further_levels(w, pieces);
    share[0].bucket = share[1].bucket = SIZE_MAX;
    for (size_t i = 0; i < pieces; i++) {
        const size_t b = w->piece[i].bucket;
        hcl_g1 *sum = &w->point[w->piece[i].at];
        if (s->start[b] >= from && s->start[b + 1] <= to) {
            bucket[b] = *sum;
            continue;
        }
        hcl_msm_canonical(sum);
        share[s->start[b] >= from] = (struct hcl_msm_share){ b, *sum };
    }
}

/* Shares are in order of buckets; those of one bucket stand together. */
static void join_shares(hcl_g1 *bucket, const struct hcl_msm_share *share, size_t shares)
{
    for (size_t i = 0; i < shares;) {
        const size_t b = share[i].bucket;
        if (b == SIZE_MAX) {
            i++;
            continue;
        }
        hcl_g1_jac sum;
        hcl_g1_jac_from_affine(&sum, &share[i++].sum);
        for (; i < shares && (share[i].bucket == b || share[i].bucket == SIZE_MAX); i++)
            if (share[i].bucket == b)
                hcl_g1_jac_add_affine(&sum, &sum, &share[i].sum);
        hcl_g1_jac_to_affine(&bucket[b], &sum);
    }
}

void hcl_msm_sum_buckets(hcl_g1 *bucket, const struct hcl_msm_sorted *s, const hcl_g1 *points,
                         struct hcl_msm_worker *worker, struct hcl_msm_share *share)
{
    const size_t chunks = hcl_msm_chunks(s->n);
#pragma omp for schedule(static)
    for (size_t b = 0; b < s->buckets; b++)
        if (s->start[b] == s->start[b + 1])
            bucket[b] = hcl_g1_infinity;
#pragma omp for schedule(dynamic, 1)
    for (size_t i = 0; i < chunks; i++) {
        const size_t from = i * HCL_MSM_CHUNK;
        const size_t to = s->n - from < HCL_MSM_CHUNK ? s->n : from + HCL_MSM_CHUNK;
        sum_chunk(bucket, s, from, to, points, &worker[omp_get_thread_num()], share + 2 * i);
    }
#pragma omp single
    join_shares(bucket, share, 2 * chunks);
}

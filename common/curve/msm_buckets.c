/* SPDX-License-Identifier: Apache-2.0 */
/* The sorted terms of a window are cut into chunks. Within a chunk each bucket's piece is summed as a binary
 * tree, one level per round; all additions of a round are independent. Every round a new chunk enters, so
 * that the few additions of the upper levels share the inversion of the many of the first: a round has as
 * many additions as a chunk has terms. */
#include "common/curve/msm_internal.h"

/* Add the chunk's pieces to the worker: the bottom level goes from terms to points in the pool. */
static void enter(struct hcl_msm_worker *w, const struct hcl_msm_sorted *s, size_t chunk,
                  const hcl_g1 *points)
{
    const size_t from = chunk * HCL_MSM_CHUNK;
    const size_t to = s->n - from < HCL_MSM_CHUNK ? s->n : from + HCL_MSM_CHUNK;
    size_t low = 0, high = s->buckets; /* the last bucket that starts at or before `from` */
    while (high - low > 1) {
        const size_t mid = (low + high) / 2;
        if (s->start[mid] <= from)
            low = mid;
        else
            high = mid;
    }
    const uint32_t base = (uint32_t)(w->rounds++ % HCL_MSM_FLIGHT * HCL_MSM_CHUNK);
    uint32_t at = base, *a = w->fresh.a, *b = w->fresh.b, *out = w->fresh.to;
    hcl_g1 *pool = w->pool[0];
    for (size_t bucket = low; bucket < s->buckets && s->start[bucket] < to; bucket++) {
        const size_t begin = s->start[bucket] > from ? s->start[bucket] : from;
        const size_t end = s->start[bucket + 1] < to ? s->start[bucket + 1] : to;
        if (begin >= end)
            continue;
        const uint32_t count = (uint32_t)(end - begin), pairs = count / 2;
        const uint32_t *term = s->term + begin;
        w->piece[w->pieces++] =
            (struct hcl_msm_piece){ (uint32_t)bucket, (uint32_t)chunk, at, 1, pairs + (count & 1) };
        for (uint32_t j = 0; j < pairs; j++) {
            a[j] = term[2 * j];
            b[j] = term[2 * j + 1];
            out[j] = at + j;
        }
        a += pairs;
        b += pairs;
        out += pairs;
        at += pairs;
        if (count & 1)
            hcl_msm_term_point(&pool[at++], points, term[count - 1]);
    }
    w->fresh.count = (size_t)(a - w->fresh.a);
}

/* One level of every piece that has points to add. */
static void pair_points(struct hcl_msm_worker *w)
{
    uint32_t *a = w->old.a, *b = w->old.b, *out = w->old.to;
    for (size_t i = 0; i < w->pieces; i++) {
        struct hcl_msm_piece *piece = &w->piece[i];
        const uint32_t pairs = piece->count / 2, stride = piece->stride;
        for (uint32_t j = 0; j < pairs; j++) {
            const uint32_t at = piece->at + 2 * j * stride;
            a[j] = 2 * at;
            b[j] = 2 * (at + stride);
            out[j] = at;
        }
        a += pairs;
        b += pairs;
        out += pairs;
        piece->count -= pairs;
        piece->stride *= 2;
    }
    w->old.count = (size_t)(a - w->old.a);
}

/* A finished piece goes to its bucket, or to a share if the bucket reaches beyond the chunk. */
static void deliver(hcl_g1 *bucket, const struct hcl_msm_sorted *s, const struct hcl_msm_piece *piece,
                    hcl_g1 *sum, struct hcl_msm_share *share)
{
    const size_t b = piece->bucket, from = (size_t)piece->chunk * HCL_MSM_CHUNK;
    const bool starts = s->start[b] >= from, ends = s->start[b + 1] <= from + HCL_MSM_CHUNK;
    if (starts && ends) {
        bucket[b] = *sum;
        return;
    }
    hcl_msm_canonical(sum);
    share[2 * piece->chunk + starts] = (struct hcl_msm_share){ b, *sum };
}

static void deliver_finished(hcl_g1 *bucket, const struct hcl_msm_sorted *s, struct hcl_msm_worker *w,
                             struct hcl_msm_share *share)
{
    hcl_g1 *pool = w->pool[0];
    size_t left = 0;
    for (size_t i = 0; i < w->pieces; i++)
        if (w->piece[i].count == 1)
            deliver(bucket, s, &w->piece[i], &pool[w->piece[i].at], share);
        else
            w->piece[left++] = w->piece[i];
    w->pieces = left;
}

static struct hcl_msm_ahead look_ahead(const struct hcl_msm_sorted *s, size_t chunk, const hcl_g1 *points)
{
    const size_t from = chunk * HCL_MSM_CHUNK;
    if (from >= s->n)
        return (struct hcl_msm_ahead){ .n = 0 };
    return (struct hcl_msm_ahead){ points, s->term + from,
                                   s->n - from < HCL_MSM_CHUNK ? s->n - from : HCL_MSM_CHUNK };
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

static size_t take(size_t *next)
{
    return __atomic_fetch_add(next, 1, __ATOMIC_RELAXED);
}

/* Chunks until none is left, then the rounds that finish those in flight. */
static void run(hcl_g1 *bucket, const struct hcl_msm_sorted *s, const hcl_g1 *points,
                struct hcl_msm_worker *w, struct hcl_msm_share *share, size_t *next)
{
    const size_t chunks = hcl_msm_chunks(s->n);
    size_t chunk = take(next), after = take(next);
    w->pieces = w->rounds = 0;
    while (chunk < chunks || w->pieces > 0) {
        pair_points(w);
        w->fresh.count = 0;
        if (chunk < chunks)
            enter(w, s, chunk, points);
        const struct hcl_msm_adds list[2] = { hcl_msm_pairs_adds(&w->fresh, w->pool[0], points),
                                              hcl_msm_pairs_adds(&w->old, w->pool[0], w->pool[0]) };
        if (list[0].n + list[1].n > 0)
            w->add(list, look_ahead(s, after, points), &w->scratch);
        deliver_finished(bucket, s, w, share);
        chunk = after;
        after = chunk < chunks ? take(next) : chunk;
    }
}

void hcl_msm_sum_buckets(hcl_g1 *bucket, const struct hcl_msm_sorted *s, const hcl_g1 *points,
                         struct hcl_msm_worker *worker, struct hcl_msm_share *share, size_t *next)
{
    const size_t shares = 2 * hcl_msm_chunks(s->n);
#pragma omp for schedule(static) nowait
    for (size_t b = 0; b < s->buckets; b++)
        if (s->start[b] == s->start[b + 1])
            bucket[b] = hcl_g1_infinity;
#pragma omp for schedule(static)
    for (size_t i = 0; i < shares; i++)
        share[i].bucket = SIZE_MAX;
    run(bucket, s, points, worker, share, next);
#pragma omp barrier
#pragma omp single
    {
        join_shares(bucket, share, shares);
        *next = 0;
    }
}

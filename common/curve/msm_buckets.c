/* SPDX-License-Identifier: Apache-2.0 */
/* A few blocks are in flight at a time: one whose lanes have mostly ended shares its steps, and their
 * inversion, with the next ones. */
#include "common/curve/msm_internal.h"
#include "common/sys/mem.h"

#include <string.h>

/* A block is taken in while no more sums than this are running. */
#define ROOM (HCL_MSM_STEP - HCL_MSM_LANES)

/* Entries that wait for their turn, parts in order. */
struct source {
    const hcl_msm_entry *entry;
    size_t n;
    const hcl_g1 *points;
    size_t part_left; /* of the first entry's part; 0 if not yet known */
};

/* Length of the part that the first entry belongs to. */
static size_t part_length(const hcl_msm_entry *entry, size_t n)
{
    size_t low = 1, high = n; /* entries before `low` belong to it, those from `high` on do not */
    while (low < high) {
        const size_t mid = (low + high) / 2;
        if (hcl_msm_entry_part(entry[mid]) == hcl_msm_entry_part(entry[0]))
            low = mid + 1;
        else
            high = mid;
    }
    return low;
}

static void next_block(struct hcl_msm_block *b, struct source *s, struct hcl_msm_partial *partial,
                       const struct hcl_msm_sums *sums)
{
    bool shared = true;
    if (s->part_left == 0) {
        s->part_left = part_length(s->entry, s->n);
        shared = s->part_left > HCL_MSM_BLOCK;
    }
    const size_t n = s->part_left < HCL_MSM_BLOCK ? s->part_left : HCL_MSM_BLOCK;
    hcl_msm_block_build(b, s->entry, n, shared, partial);
    b->points = s->points;
    s->entry += n;
    s->n -= n;
    s->part_left -= n;
    sums->start(b->sum, b->points, b->terms + HCL_MSM_SLACK, b->lanes);
    b->round = 1;
}

static size_t running(const struct hcl_msm_block *b)
{
    return b->round < b->rounds ? b->first[b->round + 1] - b->first[b->round] : 0;
}

/* The blocks in flight: flight[0..count-1]; the rest of the array is free. */
struct flight {
    struct hcl_msm_block *block[HCL_MSM_SEGMENTS];
    size_t count;
};

static void step(struct flight *f, struct hcl_msm_worker *w)
{
    struct hcl_msm_segment segment[HCL_MSM_SEGMENTS];
    size_t segments = 0;
    for (size_t i = 0; i < f->count; i++) {
        struct hcl_msm_block *b = f->block[i];
        if (running(b) > 0)
            segment[segments++] =
                (struct hcl_msm_segment){ b->sum, b->points, b->terms + HCL_MSM_SLACK + b->first[b->round],
                                          running(b), b->round % 4 == 0 };
        b->round++;
    }
    if (segments > 0)
        w->sums->add(segment, segments, &w->scratch);
}

/* Deliver the blocks that are done, and free them. */
static void land(struct flight *f, hcl_g1 *out, const struct hcl_msm_sums *sums)
{
    for (size_t i = f->count; i-- > 0;) {
        struct hcl_msm_block *b = f->block[i];
        if (b->round < b->rounds)
            continue;
        sums->finish(out, b->to, b->sum, b->lanes);
        f->block[i] = f->block[--f->count];
        f->block[f->count] = b;
    }
}

/* Sum all entries of a source. */
static void run(hcl_g1 *out, struct source *s, struct hcl_msm_partial *partial, struct hcl_msm_worker *w)
{
    struct flight f = { .count = 0 };
    for (size_t i = 0; i < HCL_MSM_SEGMENTS; i++)
        f.block[i] = &w->block[i];
    while (s->n > 0 || f.count > 0) {
        size_t sums = 0;
        for (size_t i = 0; i < f.count; i++)
            sums += running(f.block[i]);
        while (s->n > 0 && sums <= ROOM && f.count < HCL_MSM_SEGMENTS) {
            next_block(f.block[f.count], s, partial, w->sums);
            sums += running(f.block[f.count++]);
        }
        step(&f, w);
        land(&f, out, w->sums);
    }
}

hcl_status hcl_msm_worker_new(struct hcl_msm_worker **out, struct hcl_err *err)
{
    void *p;
    const hcl_status st = hcl_mem_alloc(&p, 1, sizeof **out, "MSM worker", err);
    *out = p;
    if (st != HCL_OK)
        return st;
    (*out)->sums = hcl_msm_sums();
    for (size_t i = 0; i < HCL_MSM_SEGMENTS; i++) /* entries before a block's terms must be terms */
        memset((*out)->block[i].terms, 0, HCL_MSM_SLACK * sizeof(uint32_t));
    return HCL_OK;
}

void hcl_msm_sum_buckets(hcl_g1 *out, size_t buckets, const hcl_msm_entry *entry, size_t n,
                         const hcl_g1 *points, hcl_msm_entry *spare, struct hcl_msm_worker *worker)
{
    struct hcl_msm_partial partial = { (uint32_t)buckets, 0, spare };
    struct source s = { entry, n, points, 0 };
    memset(out, 0, buckets * sizeof *out); /* all infinite */
    while (s.n > 0) {
        run(out, &s, &partial, worker);
        s = (struct source){ partial.entry, partial.n, out, 0 };
        partial.entry += partial.n;
        partial.n = 0;
    }
}

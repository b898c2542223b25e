/* SPDX-License-Identifier: Apache-2.0 */
/* A bucket's terms are dealt to a lane, one per round; a bucket with far more than the others has several
 * lanes. Lanes stand in the order of their lengths, longest first, so that those still running are always the
 * first ones. */
#include "common/curve/msm_internal.h"

#include <string.h>

/* Terms of each bucket, and what a lane may have of them. */
struct lengths {
    uint32_t of[HCL_MSM_PART], most;
};

static void measure(struct lengths *s, const hcl_msm_entry *entry, size_t n)
{
    memset(s->of, 0, sizeof s->of);
    for (size_t i = 0; i < n; i++)
        s->of[hcl_msm_entry_bucket(entry[i]) % HCL_MSM_PART]++;
    s->most = (uint32_t)(HCL_MSM_DEPTH + 2 * n / HCL_MSM_PART);
}

static uint32_t lanes_of(const struct lengths *s, size_t bucket)
{
    return s->of[bucket] <= s->most ? s->of[bucket] > 0 : (s->of[bucket] + s->most - 1) / s->most;
}

/* Lanes of one bucket differ by one term at most. */
static uint32_t lane_length(const struct lengths *s, size_t bucket, uint32_t lanes, uint32_t lane)
{
    return lanes == 1 ? s->of[bucket] : s->of[bucket] / lanes + (lane < s->of[bucket] % lanes);
}

/* longer[l] = number of lanes with more than l terms: where those with l begin, and the size of round l. */
static void count_lanes(struct hcl_msm_block *b, uint32_t longer[HCL_MSM_ROUNDS + 1], const struct lengths *s)
{
    memset(longer, 0, (HCL_MSM_ROUNDS + 1) * sizeof *longer);
    for (size_t bucket = 0; bucket < HCL_MSM_PART; bucket++) {
        const uint32_t lanes = lanes_of(s, bucket);
        for (uint32_t i = 0; i < lanes; i++)
            longer[lane_length(s, bucket, lanes, i)]++;
    }
    uint32_t sum = 0;
    b->rounds = 0;
    for (uint32_t length = s->most; length > 0; length--) {
        const uint32_t here = longer[length];
        if (here > 0 && b->rounds == 0)
            b->rounds = length;
        longer[length] = sum;
        sum += here;
    }
    longer[0] = sum;
    b->lanes = sum;
    b->round = 0;
    b->first[0] = 0;
    for (size_t r = 0; r < b->rounds; r++)
        b->first[r + 1] = b->first[r] + longer[r];
}

struct lane {
    uint32_t position, length;
};

/* The lane that takes a bucket's next term; `next` counts lanes in the order of buckets. */
struct cursor {
    struct lane lane;
    uint32_t round, next;
};

struct layout {
    struct cursor cursor[HCL_MSM_PART];
    struct lane lane[HCL_MSM_LANES + 1]; /* in the order of buckets */
};

static uint32_t target(uint32_t bucket, bool partly, struct hcl_msm_partial *partial)
{
    if (!partly)
        return bucket;
    partial->entry[partial->n++] = (uint64_t)partial->at << 33 | bucket;
    return partial->at++;
}

static void place_lanes(struct hcl_msm_block *b, struct layout *l, const struct lengths *s, uint32_t base,
                        bool shared, struct hcl_msm_partial *partial)
{
    uint32_t begin[HCL_MSM_ROUNDS + 1], placed = 0;
    count_lanes(b, begin, s);
    for (uint32_t bucket = 0; bucket < HCL_MSM_PART; bucket++) {
        const uint32_t lanes = lanes_of(s, bucket);
        struct lane *lane = &l->lane[placed];
        for (uint32_t i = 0; i < lanes; i++) {
            lane[i].length = lane_length(s, bucket, lanes, i);
            lane[i].position = begin[lane[i].length]++;
            b->to[lane[i].position] = target(base + bucket, shared || lanes > 1, partial);
        }
        l->cursor[bucket] = (struct cursor){ lane[0], 0, placed + 1 };
        placed += lanes;
    }
}

void hcl_msm_block_build(struct hcl_msm_block *b, const hcl_msm_entry *entry, size_t n, bool shared,
                         struct hcl_msm_partial *partial)
{
    struct lengths s;
    struct layout l;
    uint32_t *term = b->terms + HCL_MSM_SLACK;
    measure(&s, entry, n);
    place_lanes(b, &l, &s, (uint32_t)(hcl_msm_entry_part(entry[0]) << HCL_MSM_PART_BITS), shared, partial);
    for (size_t i = 0; i < n; i++) {
        struct cursor *c = &l.cursor[hcl_msm_entry_bucket(entry[i]) % HCL_MSM_PART];
        if (c->round == c->lane.length) {
            c->lane = l.lane[c->next++];
            c->round = 0;
        }
        term[b->first[c->round++] + c->lane.position] = hcl_msm_entry_term(entry[i]);
    }
    memset(term + n, 0, (HCL_MSM_LANES + HCL_MSM_SLACK) * sizeof *term);
}

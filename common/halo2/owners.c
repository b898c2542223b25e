/* SPDX-License-Identifier: Apache-2.0 */
#include "common/halo2/owners.h"

#include <stdbool.h>
#include <string.h>

void hcl_owners_begin(struct hcl_owners *o)
{
    memset(o->group, 0, (size_t)o->ranks * sizeof *o->group);
}

uint32_t hcl_owners_take(struct hcl_owners *o, double commit, double rest)
{
    const bool transformed = rest > HCL_OWNERS_LINEAR;
    const double *first = transformed ? o->load : o->group, *then = transformed ? o->group : o->load;
    int best = 0;
    for (int r = 1; r < o->ranks; r++)
        if (first[r] < first[best] || (first[r] == first[best] && then[r] < then[best]))
            best = r;
    o->group[best] += commit;
    o->load[best] += rest;
    return (uint32_t)best;
}

void hcl_owners_spread(struct hcl_owners *o, uint32_t *owner, const double *commit, const double *rest,
                       size_t count, uint32_t *order)
{
    for (size_t i = 0; i < count; i++) {
        size_t at = i;
        for (; at > 0 && commit[order[at - 1]] < commit[i]; at--)
            order[at] = order[at - 1];
        order[at] = (uint32_t)i;
    }
    hcl_owners_begin(o);
    for (size_t i = 0; i < count; i++)
        owner[order[i]] = hcl_owners_take(o, commit[order[i]], rest[order[i]]);
}

/* ---- columns of one kin ---- */

/* Of the class at hand: how many columns each rank is to have yet; of all columns, how they stand. */
enum { OPEN, IN_CLASS, SETTLED };
struct joining {
    const struct hcl_owned *c;
    uint32_t *room, *state;
    int ranks;
};

static bool alike(const struct hcl_owned *c, size_t i, size_t j)
{
    return c->phase[i] == c->phase[j] && c->commit[i] == c->commit[j] && c->rest[i] == c->rest[j];
}

static bool has_kin(const struct joining *j, uint32_t rank, uint32_t kin)
{
    for (size_t i = 0; i < j->c->count; i++)
        if (j->state[i] == SETTLED && j->c->owner[i] == rank && j->c->kin[i] == kin)
            return true;
    return false;
}

/* Settled columns of any kin that a rank has. */
static uint32_t kinfolk(const struct joining *j, uint32_t rank)
{
    uint32_t count = 0;

    for (size_t i = 0; i < j->c->count; i++)
        count += j->state[i] == SETTLED && j->c->owner[i] == rank && j->c->kin[i] != HCL_OWNERS_NO_KIN;
    return count;
}

static void settle(const struct joining *j, size_t column, uint32_t rank)
{
    j->c->owner[column] = rank;
    j->state[column] = SETTLED;
    j->room[rank]--;
}

/* To the first rank with room that has such a column; false: there is none. */
static bool settle_near(const struct joining *j, size_t column)
{
    for (uint32_t r = 0; r < (uint32_t)j->ranks; r++)
        if (j->room[r] > 0 && has_kin(j, r, j->c->kin[column])) {
            settle(j, column, r);
            return true;
        }
    return false;
}

/* To the rank that has fewest columns of other kins, and of those the one with most room for its own. */
static void settle_apart(const struct joining *j, size_t column)
{
    uint32_t best = UINT32_MAX, least = 0;

    for (uint32_t r = 0; r < (uint32_t)j->ranks; r++) {
        const uint32_t others = j->room[r] > 0 ? kinfolk(j, r) : 0;
        if (j->room[r] == 0 ||
            (best != UINT32_MAX && (others > least || (others == least && j->room[r] <= j->room[best]))))
            continue;
        best = r;
        least = others;
    }
    settle(j, column, best);
}

static void settle_class(const struct joining *j)
{
    const struct hcl_owned *c = j->c;
    uint32_t r = 0;

    for (size_t i = 0; i < c->count; i++)
        if (j->state[i] == IN_CLASS && c->kin[i] != HCL_OWNERS_NO_KIN)
            (void)settle_near(j, i);
    for (size_t i = 0; i < c->count; i++)
        if (j->state[i] == IN_CLASS && c->kin[i] != HCL_OWNERS_NO_KIN && !settle_near(j, i))
            settle_apart(j, i);
    for (size_t i = 0; i < c->count; i++) {
        if (j->state[i] != IN_CLASS)
            continue;
        while (j->room[r] == 0)
            r++;
        settle(j, i, r);
    }
}

/* Open columns that are alike, column i the first of them. */
static size_t take_class(const struct joining *j, size_t first)
{
    size_t count = 0;

    memset(j->room, 0, (size_t)j->ranks * sizeof *j->room);
    for (size_t i = first; i < j->c->count; i++) {
        if (j->state[i] != OPEN || !alike(j->c, first, i))
            continue;
        j->state[i] = IN_CLASS;
        j->room[j->c->owner[i]]++;
        count++;
    }
    return count;
}

void hcl_owners_join(const struct hcl_owned *c, int ranks, uint32_t *scratch)
{
    const struct joining j = { c, scratch, scratch + ranks, ranks };

    memset(j.state, 0, c->count * sizeof *j.state);
    /* What has no other like it stays, and draws its kin. */
    for (size_t i = 0; i < c->count; i++) {
        bool alone = true;
        for (size_t k = 0; alone && k < c->count; k++)
            alone = k == i || !alike(c, i, k);
        j.state[i] = alone ? SETTLED : OPEN;
    }
    for (size_t i = 0; i < c->count; i++)
        if (j.state[i] == OPEN && take_class(&j, i) > 0)
            settle_class(&j);
}

/* ---- transforms at the same time ---- */

static size_t beyond(const size_t *owned, int ranks, size_t alone)
{
    size_t left = 0;
    for (int r = 0; r < ranks; r++)
        left += owned[r] > alone ? owned[r] - alone : 0;
    return left;
}

size_t hcl_owners_alone(const size_t *owned, int ranks, size_t *together)
{
    size_t alone = 0;
    for (int r = 0; r < ranks; r++)
        alone = owned[r] > alone ? owned[r] : alone;
    /* One less for all saves one; it gains as long as what comes to the rest takes less. */
    while (alone > 0 &&
           HCL_OWNERS_TOGETHER * (double)(beyond(owned, ranks, alone - 1) - beyond(owned, ranks, alone)) <
               (double)ranks)
        alone--;
    *together = beyond(owned, ranks, alone);
    return alone;
}

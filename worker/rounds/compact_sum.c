/* SPDX-License-Identifier: Apache-2.0 */
#include "worker/rounds/compact_sum.h"

#include "common/poly/linear.h"

#include <string.h>

static hcl_status weighted_init(struct hcl_weighted *t, size_t most, struct hcl_err *err)
{
    *t = (struct hcl_weighted){ .columns = calloc(most + 1, sizeof *t->columns),
                                .weights = calloc(most + 1, sizeof *t->weights) };
    return t->columns && t->weights ? HCL_OK
                                    : hcl_fail(err, HCL_NO_RESOURCE, "out of memory for %zu columns", most);
}

static void weighted_clear(struct hcl_weighted *t)
{
    free(t->columns);
    free(t->weights);
}

hcl_status hcl_compact_sum_init(struct hcl_compact_sum *s, const struct hcl_worker *w, size_t most,
                                struct hcl_err *err)
{
    *s = (struct hcl_compact_sum){ .ranks = (size_t)w->team.ranks };
    hcl_status st = weighted_init(&s->mine, most, err);
    if (st == HCL_OK)
        st = weighted_init(&s->everywhere, most, err);
    s->has = calloc(s->ranks, sizeof *s->has);
    if (st == HCL_OK && !s->has)
        st = hcl_fail(err, HCL_NO_RESOURCE, "out of memory for %zu ranks", s->ranks);
    return st;
}

void hcl_compact_sum_clear(struct hcl_compact_sum *s)
{
    weighted_clear(&s->mine);
    weighted_clear(&s->everywhere);
    free(s->has);
}

void hcl_compact_sum_start(struct hcl_compact_sum *s)
{
    s->mine.count = s->everywhere.count = 0;
    memset(s->has, 0, s->ranks * sizeof *s->has);
}

static bool is_everywhere(const struct hcl_worker *w, size_t id)
{
    const struct hcl_ids *ids = &w->store.ids;
    return w->team.ranks == 1 || (hcl_id_is(ids, id, HCL_POLY_FIXED) &&
                                  hcl_circuit_place(w->circuit, (uint32_t)(id - ids->base[HCL_POLY_FIXED])) ==
                                      HCL_FIXED_EVERYWHERE);
}

void hcl_compact_sum_add(struct hcl_compact_sum *s, const struct hcl_worker *w, size_t id,
                         const hcl_fr *weight)
{
    const bool everywhere = is_everywhere(w, id);
    struct hcl_weighted *to = everywhere ? &s->everywhere : &s->mine;
    if (!everywhere)
        s->has[w->store.owner[id]] = true;
    if (!everywhere && !hcl_store_mine(&w->store, id))
        return;
    HCL_CHECK(w->store.compact[id].n == w->team.n);
    to->columns[to->count] = &w->store.compact[id];
    to->weights[to->count++] = *weight;
}

/* This rank's summand (hcl_summand). */
struct summand {
    const struct hcl_weighted *mine;
    int threads;
};

static void make_rows(hcl_fr *out, size_t first, size_t count, void *ctx)
{
    const struct summand *s = ctx;
    hcl_linear_combine(out, false, s->mine->columns, s->mine->weights, s->mine->count, first, count,
                       s->threads);
}

bool hcl_compact_sum_rows(const struct hcl_compact_sum *s, struct hcl_worker *w, hcl_fr *block)
{
    struct hcl_team *t = &w->team;
    struct summand mine = { &s->mine, t->threads };
    bool travels = false;
    for (size_t r = 0; r < s->ranks; r++)
        travels = travels || s->has[r];
    if (travels)
        hcl_sum_to_rows(&t->exchange, make_rows, &mine, s->has, block, t->threads);
    if (s->everywhere.count > 0)
        hcl_linear_combine(block, travels, s->everywhere.columns, s->everywhere.weights, s->everywhere.count,
                           t->first, t->count, t->threads);
    return travels || s->everywhere.count > 0;
}

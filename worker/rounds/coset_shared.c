/* SPDX-License-Identifier: Apache-2.0 */
/* Columns that all ranks transform together, where some ranks have one more than others: those would be
 * waited for. */
#include "worker/rounds/coset_internal.h"

#include "common/halo2/owners.h"
#include "common/sys/mem.h"

#include <string.h>

/* Only of columns that are coefficients already, all at once: the key's go to cosets once for many proofs,
 * and where memory is short nothing is held twice. */
static bool may_share(const struct hcl_coset *s, const struct hcl_worker *w)
{
    return w->team.ranks > 1 && s->which == HCL_COSET_PROOF && s->groups == 1 && !w->savings.keep_compact;
}

/* Those that their owners transform come first, in the order in which they were, then those beyond `alone` of
 * each. moved: scratch. */
static void part_ids(struct hcl_coset *s, const struct hcl_worker *w, size_t alone, size_t *owned,
                     size_t *moved)
{
    size_t kept = 0, count = 0;
    memset(owned, 0, (size_t)w->team.ranks * sizeof *owned);
    for (size_t i = 0; i < s->count; i++) {
        if (owned[w->store.owner[s->ids[i]]]++ < alone)
            s->ids[kept++] = s->ids[i];
        else
            moved[count++] = s->ids[i];
    }
    memcpy(s->ids + kept, moved, count * sizeof *moved);
    s->start[1] = kept;
    s->shared.count = count;
}

hcl_status hcl_coset_share(struct hcl_coset *s, const struct hcl_worker *w, struct hcl_err *err)
{
    const size_t ranks = (size_t)w->team.ranks;
    size_t together;
    if (!may_share(s, w))
        return HCL_OK;
    size_t *owned = calloc(ranks + s->count, sizeof *owned);
    if (!owned)
        return hcl_fail(err, HCL_NO_RESOURCE, "out of memory for %zu columns", s->count);
    for (size_t i = 0; i < s->count; i++)
        owned[w->store.owner[s->ids[i]]]++;
    const size_t alone = hcl_owners_alone(owned, w->team.ranks, &together);
    if (together > 0)
        part_ids(s, w, alone, owned, owned + ranks);
    HCL_CHECK(s->shared.count == together);
    free(owned);
    return HCL_OK;
}

hcl_status hcl_coset_shared_init(struct hcl_coset *s, const struct hcl_worker *w, struct hcl_err *err)
{
    struct hcl_coset_shared *x = &s->shared;
    hcl_status st = HCL_OK;
    if (x->count == 0)
        return HCL_OK;
    x->columns = calloc(x->count, sizeof *x->columns);
    if (!x->columns)
        HCL_TRY(hcl_fail(err, HCL_NO_RESOURCE, "out of memory for %zu columns", x->count));
    HCL_TRY(
        hcl_rows_ntt_init_cosets(&x->ntt, &w->team, x->count, w->halo.most_before + w->halo.most_after, err));
    const size_t room = x->count * x->ntt.room;
    HCL_TRY(hcl_mem_alloc((void **)&x->parts, room, sizeof *x->parts, "columns on a coset", err));
    if (w->team.repeat > 0)
        HCL_TRY(hcl_mem_alloc((void **)&x->between, room, sizeof *x->between, "work that is repeated", err));
done:
    return st;
}

void hcl_coset_shared_clear(struct hcl_coset_shared *x)
{
    hcl_rows_ntt_clear(&x->ntt);
    hcl_mem_free_secret(x->parts);
    hcl_mem_free_secret(x->between);
    free(x->columns);
    *x = (struct hcl_coset_shared){ 0 };
}

static void deal(struct hcl_coset *s, struct hcl_worker *w)
{
    struct hcl_coset_shared *x = &s->shared;
    for (size_t i = 0; i < x->count; i++) {
        const size_t id = s->ids[s->start[1] + i];
        x->columns[i] = (struct hcl_rows_column){ .owner = w->store.owner[id],
                                                  .coeffs = w->store.coeffs[id],
                                                  .block = s->row[id],
                                                  .before = w->halo.before[id],
                                                  .after = w->halo.after[id] };
        HCL_CHECK(!hcl_store_mine(&w->store, id) || w->store.coeffs[id]);
    }
    hcl_rows_ntt_deal(&x->ntt, &w->team, x->parts, x->columns, x->count);
    x->dealt = true;
}

void hcl_coset_shared_load(struct hcl_coset *s, struct hcl_worker *w, const hcl_fr *g)
{
    struct hcl_coset_shared *x = &s->shared;
    if (x->count == 0)
        return;
    if (!x->dealt)
        deal(s, w);
    hcl_rows_ntt_set(&x->ntt, &w->team, g);
    hcl_rows_ntt_begin(&x->ntt, &w->team, x->parts, x->count, 0);
    if (x->between)
        memcpy(x->between, x->ntt.values, x->count * x->ntt.room * sizeof *x->between);
    hcl_rows_ntt_end(&x->ntt, &w->team, x->columns, x->count, 0);
    w->team.counters.ntts += w->team.rank == 0 ? x->count : 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "worker/rounds/key_cosets.h"

#include "common/sys/mem.h"

/* The rest is for the proof, which needs about as much for its own columns as the key does. */
#define LARGEST_SHARE 4

static uint64_t bytes_needed(const struct hcl_worker *w)
{
    uint64_t columns = (uint64_t)w->circuit->num_fixed + w->circuit->num_permutation + 4;
    for (uint32_t i = 0; i < w->circuit->num_fixed; i++)
        columns -= hcl_linear_has(&w->constraints.linear, (hcl_column){ HCL_COL_FIXED, i });
    return columns * hcl_coset_count(w->circuit) * sizeof(hcl_fr) *
           ((uint64_t)w->team.count + w->halo.most_before + w->halo.most_after);
}

/* Is there room on all ranks? */
static hcl_status have_room(bool *room, struct hcl_worker *w, struct hcl_err *err)
{
    const uint8_t mine = bytes_needed(w) <= hcl_mem_left() / LARGEST_SHARE;
    uint8_t *all = malloc((size_t)w->team.ranks);
    hcl_status st = HCL_OK;
    if (!all)
        st = hcl_fail(err, HCL_NO_RESOURCE, "out of memory for %d ranks", w->team.ranks);
    HCL_TRY(hcl_comm_agree(w->team.comm, st, err));
    hcl_comm_allgather(w->team.comm, &mine, all, sizeof mine);
    *room = true;
    for (int r = 0; r < w->team.ranks; r++)
        *room = *room && all[r];
done:
    free(all);
    return st;
}

hcl_status hcl_key_cosets_init(struct hcl_key_cosets *k, struct hcl_worker *w, struct hcl_err *err)
{
    const size_t count = hcl_coset_count(w->circuit);
    hcl_status st = HCL_OK;
    bool room;
    *k = (struct hcl_key_cosets){ 0 };
    HCL_TRY(have_room(&room, w, err));
    if (!room)
        return HCL_OK;
    k->coset = calloc(count, sizeof *k->coset);
    if (!k->coset)
        st = hcl_fail(err, HCL_NO_RESOURCE, "out of memory for %zu cosets", count);
    HCL_TRY(hcl_comm_agree(w->team.comm, st, err));
    for (; k->count < count; k->count++) {
        hcl_fr g;
        hcl_coset_generator(&g, k->count);
        HCL_TRY(hcl_coset_init(&k->coset[k->count], w, HCL_COSET_KEY, err));
        hcl_coset_load(&k->coset[k->count], w, &g);
        hcl_coset_settle(&k->coset[k->count]);
    }
done:
    if (st != HCL_OK)
        hcl_key_cosets_clear(k);
    return st;
}

void hcl_key_cosets_clear(struct hcl_key_cosets *k)
{
    for (size_t i = 0; i < k->count; i++)
        hcl_coset_clear(&k->coset[i]);
    free(k->coset);
    *k = (struct hcl_key_cosets){ 0 };
}

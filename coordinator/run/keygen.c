/* SPDX-License-Identifier: Apache-2.0 */
#include "coordinator/run/keygen.h"

#include "worker/rounds/rounds.h"

struct owned {
    const struct hcl_plan *plan;
    struct hcl_ids ids;
    uint32_t rank;
};

static bool mine(void *ctx, uint32_t index)
{
    const struct owned *o = ctx;
    return o->plan->owner[hcl_id(&o->ids, HCL_POLY_SIGMA, index)] == o->rank;
}

hcl_status hcl_keys_own_columns(struct hcl_pk *out, const struct hcl_keys *keys, struct hcl_comm *comm,
                                int threads, struct hcl_err *err)
{
    struct owned owned = { .plan = &keys->plan, .rank = (uint32_t)hcl_comm_rank(comm) };
    hcl_ids_init(&owned.ids, keys->circuit);
    return hcl_pk_init(out, keys->circuit, mine, &owned, threads, err);
}

static hcl_status init_columns(struct hcl_keys *k, struct hcl_comm *comm, const struct hcl_circuit *circuit,
                               const struct hcl_advice_hints *advice, int threads, struct hcl_err *err)
{
    hcl_status st;
    k->circuit = circuit;
    HCL_TRY(hcl_domain_init(&k->domain, circuit->k, err));
    HCL_TRY(hcl_plan_init(&k->plan, circuit, hcl_comm_size(comm), advice, err));
    HCL_TRY(hcl_keys_own_columns(&k->pk, k, comm, threads, err));
done:
    return st;
}

hcl_status hcl_keygen(struct hcl_keys *out, struct hcl_comm *comm, const struct hcl_circuit *circuit,
                      const struct hcl_srs *srs, const struct hcl_commit_cache *cache,
                      const struct hcl_advice_hints *advice, int threads, struct hcl_meter *meter,
                      struct hcl_err *err)
{
    struct hcl_team team = { 0 };
    hcl_g1 *points = NULL;
    *out = (struct hcl_keys){ 0 };
    hcl_meter_phase(meter, "keygen: columns");
    hcl_status st = HCL_OK;
    if (srs->k != circuit->k)
        st = hcl_fail(err, HCL_NO_RESOURCE, "the SRS has k = %u, the circuit needs %u", srs->k, circuit->k);
    if (st == HCL_OK)
        st = init_columns(out, comm, circuit, advice, threads, err);
    if (st == HCL_OK) {
        points = calloc(circuit->num_fixed + circuit->num_permutation + 1, sizeof *points);
        if (!points)
            st = hcl_fail(err, HCL_NO_RESOURCE, "out of memory for the key's commitments");
    }
    HCL_TRY(hcl_comm_agree(comm, st, err));
    HCL_TRY(hcl_team_init(&team, comm, srs, &out->domain, circuit->num_fixed + circuit->num_permutation, 0,
                          threads, err));
    hcl_meter_watch(meter, &team);
    hcl_meter_phase(meter, HCL_PHASE_KEY_COMMIT);
    HCL_TRY(hcl_commit_key(points, &out->column_ids, &out->pk, &out->plan, &team, cache, err));
    HCL_TRY(hcl_comm_agree(
        comm, hcl_vk_from_commitments(&out->vk, circuit, points, points + circuit->num_fixed, err), err));
done:
    hcl_meter_watch(meter, NULL);
    hcl_team_clear(&team);
    free(points);
    if (st != HCL_OK)
        hcl_keys_clear(out);
    return st;
}

hcl_status hcl_keys_load(struct hcl_keys *out, struct hcl_comm *comm, const struct hcl_vk *vk,
                         const struct hcl_advice_hints *advice, int threads, struct hcl_err *err)
{
    *out = (struct hcl_keys){ 0 };
    hcl_status st = init_columns(out, comm, vk->circuit, advice, threads, err);
    if (st == HCL_OK)
        st = hcl_vk_from_commitments(&out->vk, vk->circuit, vk->fixed, vk->sigma, err);
    st = hcl_comm_agree(comm, st, err);
    if (st != HCL_OK)
        hcl_keys_clear(out);
    return st;
}

/* Room for what a proof's ranks read of each other: the columns of its products, then those on a coset. */
static hcl_status lent_room(size_t *room, const struct hcl_worker *w, struct hcl_err *err)
{
    const size_t ranks = (size_t)w->team.ranks;
    size_t *on_coset = calloc(ranks, sizeof *on_coset);
    hcl_status st = HCL_OK;
    if (!on_coset)
        return hcl_fail(err, HCL_NO_RESOURCE, "out of memory for %zu ranks", ranks);
    HCL_TRY(hcl_permutation_room(room, w, err));
    HCL_TRY(hcl_coset_room(on_coset, w, HCL_COSET_PROOF, err));
    for (size_t r = 0; r < ranks; r++)
        room[r] = on_coset[r] > room[r] ? on_coset[r] : room[r];
done:
    free(on_coset);
    return st;
}

/* What ranks of one node lend each other. */
static hcl_status make_lent(struct hcl_keys *keys, struct hcl_worker *w, struct hcl_err *err)
{
    hcl_status st = HCL_OK;
    size_t *room = calloc((size_t)w->team.ranks, sizeof *room);
    keys->lent = calloc(1, sizeof *keys->lent);
    if (!room || !keys->lent)
        st = hcl_fail(err, HCL_NO_RESOURCE, "out of memory for %d ranks", w->team.ranks);
    else
        st = lent_room(room, w, err);
    st = hcl_comm_agree(w->team.comm, st, err);
    if (st != HCL_OK) {
        free(room);
        return st;
    }
    hcl_lent_init(keys->lent, w->team.comm, room);
    w->lent = keys->lent;
    return HCL_OK;
}

hcl_status hcl_keys_prepare(struct hcl_keys *keys, struct hcl_comm *comm, const struct hcl_srs *srs,
                            int threads, struct hcl_meter *meter, struct hcl_err *err)
{
    struct hcl_worker w = { 0 };
    hcl_status st;
    hcl_meter_phase(meter, "keygen: cosets");
    HCL_TRY(hcl_worker_init(&w, comm, keys->circuit, &keys->pk, srs, &keys->domain, keys->plan.owner, NULL,
                            threads, err));
    hcl_meter_watch(meter, &w.team);
    hcl_meter_phase(meter, "keygen: cosets");
    if (hcl_comm_together(comm))
        HCL_TRY(make_lent(keys, &w, err));
    HCL_TRY(hcl_key_cosets_init(&keys->cosets, &w, err));
done:
    hcl_meter_watch(meter, NULL);
    hcl_worker_clear(&w);
    return st;
}

void hcl_keys_clear(struct hcl_keys *k)
{
    hcl_key_cosets_clear(&k->cosets);
    if (k->lent)
        hcl_lent_clear(k->lent);
    free(k->lent);
    free(k->column_ids.id);
    hcl_vk_clear(&k->vk);
    hcl_pk_clear(&k->pk);
    hcl_plan_clear(&k->plan);
    hcl_domain_clear(&k->domain);
    *k = (struct hcl_keys){ 0 };
}

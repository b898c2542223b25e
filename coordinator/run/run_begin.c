/* SPDX-License-Identifier: Apache-2.0 */
#include "coordinator/run/run_internal.h"

#include <string.h>

static size_t most_points(const struct hcl_worker *w)
{
    const struct hcl_circuit *c = w->circuit;
    size_t counts[] = { c->num_advice, 2 * c->num_lookups, c->num_permutation, c->degree,
                        w->openings.num_points };
    size_t most = 2;
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++)
        if (counts[i] > most)
            most = counts[i];
    return most;
}

/* The root of all random values: the checkpoint's, or one that rank 0 chooses. */
static hcl_status choose_root(struct hcl_run *r, struct hcl_comm *comm,
                              const struct hcl_prove_options *options, struct hcl_err *err)
{
    const struct hcl_checkpoint *c = options->checkpoint;
    hcl_status st = HCL_OK;
    if (options->seed)
        hcl_random_init_seed(&r->random, *options->seed);
    if (c && c->resumed) {
        if (options->seed ? sodium_memcmp(c->root.key, r->random.key, sizeof c->root.key) != 0 : c->seeded)
            st = hcl_fail(err, HCL_BAD_INPUT, "the checkpoint in '%s' was made with %s seed", c->folder,
                          options->seed ? "another or no" : "a");
        r->random = c->root;
    } else if (!options->seed && hcl_comm_rank(comm) == 0) {
        st = hcl_random_init_os(&r->random, err);
    }
    st = hcl_comm_agree(comm, st, err);
    hcl_comm_bcast(comm, r->random.key, sizeof r->random.key, 0);
    return st;
}

hcl_status hcl_run_choose_blinding(struct hcl_run *r, struct hcl_comm *comm,
                                   const struct hcl_prove_options *options, struct hcl_err *err)
{
    if (options->blinding) {
        r->blinding = *options->blinding;
        return HCL_OK;
    }
    hcl_blinding_from_random(&r->blinding, &r->random);
    return choose_root(r, comm, options, err);
}

hcl_status hcl_run_take_checkpoint(struct hcl_run *r, struct hcl_comm *comm,
                                   const struct hcl_prove_options *options, struct hcl_err *err)
{
    struct hcl_checkpoint *c = options->checkpoint;
    if (!c)
        return HCL_OK;
    if (c->resumed && c->scheme != options->scheme)
        return hcl_fail(err, HCL_BAD_INPUT, "the checkpoint in '%s' is of another kind of opening",
                        c->folder);
    c->root = r->random;
    c->scheme = options->scheme;
    c->seeded = options->seed != NULL;
    r->checkpoint = c;
    r->keeps = true;
    r->known_rounds = c->rounds;
    r->known_len = c->known_len;
    return hcl_checkpoint_begin(c, comm, err);
}

/* The proof begins with the items that are known. */
static hcl_status recall(struct hcl_run *r, struct hcl_err *err)
{
    if (r->known_len == 0)
        return HCL_OK;
    r->known = (struct hcl_reader){ r->checkpoint->known, r->known_len, 0, r->checkpoint->folder };
    r->proof->data = malloc(r->known_len);
    if (!r->proof->data)
        return hcl_fail(err, HCL_NO_RESOURCE, "no memory for a proof of %zu bytes", r->known_len);
    memcpy(r->proof->data, r->checkpoint->known, r->known_len);
    r->proof->len = r->proof->cap = r->known_len;
    return HCL_OK;
}

static void on_phase(void *ctx, const char *name)
{
    struct hcl_run *r = ctx;
    r->log.phase = name;
    hcl_meter_phase(r->meter, name);
}

hcl_status hcl_run_start(struct hcl_run *r, struct hcl_comm *comm, const struct hcl_keys *keys,
                         const struct hcl_srs *srs, const struct hcl_values *instances,
                         const struct hcl_prove_options *options, struct hcl_err *err)
{
    hcl_status st = HCL_OK;
    if (srs->k != keys->circuit->k)
        st = hcl_fail(err, HCL_NO_RESOURCE, "the SRS has k = %u, the circuit needs %u", srs->k,
                      keys->circuit->k);
    if (st == HCL_OK)
        st = recall(r, err);
    HCL_TRY(hcl_comm_agree(comm, st, err));
    HCL_TRY(hcl_worker_init(&r->worker, comm, keys->circuit, &keys->pk, srs, &keys->domain, keys->plan.owner,
                            &r->blinding, options->threads, err));
    r->worker.team.recalling = hcl_run_recalls(r);
    r->worker.advice_cost = keys->plan.advice_cost;
    r->worker.product_cost = keys->plan.product_cost;
    r->worker.key_cosets = &keys->cosets;
    r->worker.lent = keys->lent;
    r->worker.savings = options->savings;
    r->worker.team.repeat = options->repeat;
    r->worker.store.scratch = options->savings.scratch ? options->scratch : NULL;
    if (r->worker.store.scratch)
        hcl_scratch_forget(r->worker.store.scratch);
    r->worker.team.on_phase = on_phase;
    r->worker.team.on_phase_ctx = r;
    hcl_meter_watch(r->meter, &r->worker.team);
    r->points = calloc(most_points(&r->worker), sizeof *r->points);
    if (!r->points)
        st = hcl_fail(err, HCL_NO_RESOURCE, "out of memory for commitments");
    HCL_TRY(hcl_comm_agree(comm, st, err));
    HCL_TRY(hcl_round_instance(&r->worker, instances, err));
    hcl_transcript_init(&r->transcript);
    HCL_TRY(hcl_comm_agree(comm, hcl_transcript_start(&r->transcript, &keys->vk, instances, err), err));
done:
    return st;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "coordinator/run/prove.h"
#include "coordinator/run/blame.h"

#include "worker/rounds/rounds.h"

#include <string.h>

struct run {
    struct hcl_worker worker;
    struct hcl_transcript transcript;
    struct hcl_proof *proof;
    struct hcl_meter *meter;
    struct hcl_comm_log log; /* of what this rank sends */
    struct hcl_random random;
    struct hcl_blinding blinding;
    hcl_g1 *points;                    /* room for the longest list of any round */
    uint32_t rounds;                   /* that are done */
    struct hcl_checkpoint *checkpoint; /* or NULL; the first rounds and items of the proof are in it */
    uint32_t known_rounds;
    size_t known_len;
    struct hcl_reader known; /* the items */
    bool keeps;              /* further rounds go into it */
};

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

/* Whether the round that comes is one of those that the checkpoint has. */
static bool recalling(const struct run *r)
{
    return r->rounds < r->known_rounds;
}

/* Items go into transcript and proof; those that are known are in the proof already. */
static hcl_status put_points(struct run *r, size_t count, struct hcl_err *err)
{
    const bool known = recalling(r);
    hcl_status st = HCL_OK;
    for (size_t i = 0; st == HCL_OK && i < count; i++)
        st = known ? hcl_transcript_read_point(&r->transcript, &r->known, &r->points[i], "commitment", i, err)
                   : hcl_transcript_write_point(&r->transcript, r->proof, &r->points[i], err);
    return st;
}

static hcl_status put_evaluations(struct run *r, struct hcl_err *err)
{
    const bool known = recalling(r);
    hcl_fr *values = r->worker.evaluations;
    hcl_status st = HCL_OK;
    for (size_t i = 0; st == HCL_OK && i < r->worker.openings.num_evaluations; i++)
        st = known ? hcl_transcript_read_scalar(&r->transcript, &r->known, &values[i], "evaluation", i, err)
                   : hcl_transcript_write_scalar(&r->transcript, r->proof, &values[i], err);
    return st;
}

/* A round whose items are put with status st is done. pieces: the quotient's are there. */
static hcl_status end_round(struct run *r, hcl_status st, const char *name, bool pieces, struct hcl_err *err)
{
    /* Known items are wrong only if the program that wrote them was: nothing is said about the claim. */
    if (st == HCL_FALSE_CLAIM)
        st = hcl_fail_prefix(err, HCL_BAD_INPUT, "checkpoint of round '%s'", name);
    HCL_TRY(hcl_comm_agree(r->worker.team.comm, st, err));
    r->rounds++;
    r->worker.team.recalling = recalling(r);
    if (r->keeps) {
        hcl_comm_watch(r->worker.team.comm, NULL); /* when it writes is no part of the proof */
        st = hcl_checkpoint_round(r->checkpoint, &r->worker, r->proof, r->rounds, name, pieces, err);
        hcl_comm_watch(r->worker.team.comm, &r->log);
    }
done:
    return st;
}

/* A round of commitments; one without any does not count. */
static hcl_status end_commitments(struct run *r, size_t count, const char *name, bool pieces,
                                  struct hcl_err *err)
{
    return count == 0 ? HCL_OK : end_round(r, put_points(r, count, err), name, pieces, err);
}

/* All phases of advice columns: fill, commit, squeeze the phase's challenges. */
static hcl_status advice_rounds(struct run *r, const struct hcl_witness_source *witness, struct hcl_err *err)
{
    struct hcl_worker *w = &r->worker;
    const struct hcl_circuit *c = w->circuit;
    hcl_status st = HCL_OK;
    for (uint32_t phase = 0; phase < c->num_phases; phase++) {
        size_t count;
        HCL_TRY(hcl_round_witness(w, phase, witness, err));
        HCL_TRY(hcl_round_advice(w, phase, r->points, &count, err));
        HCL_TRY(end_commitments(r, count, "advice", false, err));
        for (size_t i = 0; i < c->num_challenges; i++)
            if (c->challenge_phase[i] == phase)
                hcl_transcript_squeeze(&r->transcript, &w->challenges.phase[i]);
    }
done:
    return st;
}

static hcl_status argument_rounds(struct run *r, struct hcl_err *err)
{
    struct hcl_worker *w = &r->worker;
    const struct hcl_circuit *c = w->circuit;
    hcl_status st;
    hcl_transcript_squeeze(&r->transcript, &w->challenges.theta);
    HCL_TRY(hcl_round_lookup_permuted(w, r->points, err));
    HCL_TRY(end_commitments(r, 2 * c->num_lookups, "lookups", false, err));
    hcl_transcript_squeeze(&r->transcript, &w->challenges.beta);
    hcl_transcript_squeeze(&r->transcript, &w->challenges.gamma);
    HCL_TRY(hcl_round_permutation(w, r->points, err));
    HCL_TRY(end_commitments(r, hcl_permutation_chunks(c), "permutation", false, err));
    HCL_TRY(hcl_round_lookup_products(w, r->points, err));
    HCL_TRY(end_commitments(r, c->num_lookups, "lookup products", false, err));
    HCL_TRY(hcl_round_random(w, r->points, err));
    HCL_TRY(end_commitments(r, 1, "random polynomial", false, err));
done:
    return st;
}

static hcl_status quotient(struct run *r, struct hcl_err *err)
{
    if (!recalling(r))
        return hcl_round_quotient(&r->worker, r->points, err);
    const hcl_status st = hcl_quotient_room(&r->worker, err);
    return st == HCL_OK ? hcl_checkpoint_load_pieces(r->checkpoint, &r->worker, err) : st;
}

static hcl_status quotient_rounds(struct run *r, struct hcl_err *err)
{
    struct hcl_worker *w = &r->worker;
    hcl_status st;
    HCL_TRY(hcl_round_coefficients(w, err));
    hcl_transcript_squeeze(&r->transcript, &w->challenges.y);
    HCL_TRY(quotient(r, err));
    HCL_TRY(end_commitments(r, w->circuit->degree - 1, "quotient", true, err));
    hcl_transcript_squeeze(&r->transcript, &w->challenges.x);
    if (!recalling(r))
        HCL_TRY(hcl_round_evaluate(w, err));
    HCL_TRY(end_round(r, put_evaluations(r, err), "evaluations", true, err));
done:
    return st;
}

static hcl_status shplonk(struct run *r, struct hcl_err *err)
{
    struct hcl_opening opening = { 0 };
    hcl_fr y, v, u;
    hcl_status st;
    hcl_transcript_squeeze(&r->transcript, &y);
    hcl_transcript_squeeze(&r->transcript, &v);
    HCL_TRY(hcl_round_shplonk_w(&r->worker, &opening, &y, &v, r->points, err));
    HCL_TRY(end_commitments(r, 1, "first opening", true, err));
    hcl_transcript_squeeze(&r->transcript, &u);
    HCL_TRY(hcl_round_shplonk_w2(&r->worker, &opening, &v, &u, r->points, err));
    HCL_TRY(hcl_comm_agree(r->worker.team.comm, put_points(r, 1, err), err));
done:
    hcl_opening_clear(&opening);
    return st;
}

static hcl_status gwc(struct run *r, struct hcl_err *err)
{
    hcl_fr v;
    hcl_status st;
    hcl_transcript_squeeze(&r->transcript, &v);
    HCL_TRY(hcl_round_gwc(&r->worker, &v, r->points, err));
    HCL_TRY(hcl_comm_agree(r->worker.team.comm, put_points(r, r->worker.openings.num_points, err), err));
done:
    return st;
}

/* The ranks' transcripts must agree; a rank with a damaged memory or another circuit is found here at the
 * latest. */
static hcl_status compare_transcripts(struct run *r, struct hcl_err *err)
{
    hcl_fr last;
    struct hcl_transcript fork = r->transcript;
    uint8_t bytes[32];
    hcl_transcript_squeeze(&fork, &last);
    hcl_fr_to_bytes(bytes, &last);
    return hcl_comm_same(r->worker.team.comm, bytes, sizeof bytes, "the transcript", err);
}

static hcl_status verify(struct run *r, const struct hcl_keys *keys, const struct hcl_srs *srs,
                         const struct hcl_values *instances, hcl_scheme scheme, struct hcl_err *err)
{
    struct hcl_comm *comm = r->worker.team.comm;
    hcl_status st = HCL_OK;
    hcl_team_phase(&r->worker.team, "verify");
    if (hcl_comm_rank(comm) == 0)
        st = hcl_verify(&keys->vk, &srs->verifier, instances, r->proof->data, r->proof->len, scheme, err);
    if (st == HCL_FALSE_CLAIM)
        st = hcl_fail_prefix(err, st, "the witness does not satisfy the circuit");
    return hcl_comm_agree(comm, st, err);
}

/* The root of all random values: the checkpoint's, or one that rank 0 chooses. */
static hcl_status choose_root(struct run *r, struct hcl_comm *comm, const struct hcl_prove_options *options,
                              struct hcl_err *err)
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

static hcl_status choose_blinding(struct run *r, struct hcl_comm *comm,
                                  const struct hcl_prove_options *options, struct hcl_err *err)
{
    if (options->blinding) {
        r->blinding = *options->blinding;
        return HCL_OK;
    }
    hcl_blinding_from_random(&r->blinding, &r->random);
    return choose_root(r, comm, options, err);
}

/* The proof goes on with what the checkpoint has, and is kept in it. */
static hcl_status take_checkpoint(struct run *r, struct hcl_comm *comm,
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
static hcl_status recall(struct run *r, struct hcl_err *err)
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
    struct run *r = ctx;
    r->log.phase = name;
    hcl_meter_phase(r->meter, name);
}

static hcl_status start(struct run *r, struct hcl_comm *comm, const struct hcl_keys *keys,
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
    r->worker.team.recalling = recalling(r);
    r->worker.advice_cost = keys->plan.advice_cost;
    r->worker.key_cosets = &keys->cosets;
    r->worker.savings = options->savings;
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

/* What a proof is made of. */
struct task {
    struct hcl_comm *comm;
    const struct hcl_keys *keys;
    const struct hcl_srs *srs;
    const struct hcl_values *instances;
    const struct hcl_witness_source *witness;
    const struct hcl_prove_options *options;
};

/* One proof from beginning to end, with the blinding that has been chosen. *suspect: it does not hold, which
 * can be the fault of a rank. */
static hcl_status attempt(struct run *r, const struct task *t, bool *suspect, struct hcl_err *err)
{
    hcl_status st;
    *suspect = false;
    hcl_meter_phase(r->meter, "set up");
    hcl_comm_watch(t->comm, &r->log);
    HCL_TRY(start(r, t->comm, t->keys, t->srs, t->instances, t->options, err));
    HCL_TRY(advice_rounds(r, t->witness, err));
    HCL_TRY(argument_rounds(r, err));
    HCL_TRY(quotient_rounds(r, err));
    HCL_TRY(t->options->scheme == HCL_SCHEME_SHPLONK ? shplonk(r, err) : gwc(r, err));
    st = compare_transcripts(r, err);
    *suspect = st != HCL_OK;
    HCL_TRY(st);
    if (!t->options->skip_verify)
        HCL_TRY(verify(r, t->keys, t->srs, t->instances, t->options->scheme, err));
done:
    *suspect = *suspect || st == HCL_FALSE_CLAIM;
    hcl_comm_watch(t->comm, NULL);
    hcl_meter_stop(r->meter);
    hcl_meter_watch(r->meter, NULL);
    hcl_worker_clear(&r->worker);
    free(r->points);
    r->points = NULL;
    if (st != HCL_OK)
        hcl_proof_clear(r->proof);
    return st;
}

/* Whose fault it is that proof r does not hold: HCL_OK if no rank's. */
static hcl_status blame(const struct run *r, const struct task *t, struct hcl_err *err)
{
    struct hcl_proof proof = { 0 };
    struct run again = { .proof = &proof,
                         .meter = r->meter,
                         .blinding = r->blinding,
                         .checkpoint = r->checkpoint,
                         .known_rounds = r->known_rounds,
                         .known_len = r->known_len };
    bool suspect;
    hcl_meter_phase(r->meter, "find the wrong rank");
    hcl_status st = hcl_blame_standing(t->comm, t->keys, t->srs, t->options->threads, err);
    if (st == HCL_OK) {
        st = attempt(&again, t, &suspect, err);
        if (st == HCL_OK || suspect)
            st = hcl_blame_messages(t->comm, &r->log, &again.log, err);
    }
    hcl_proof_clear(&proof);
    hcl_comm_log_clear(&again.log);
    return st;
}

hcl_status hcl_prove(struct hcl_proof *proof, struct hcl_comm *comm, const struct hcl_keys *keys,
                     const struct hcl_srs *srs, const struct hcl_values *instances,
                     const struct hcl_witness_source *witness, const struct hcl_prove_options *options,
                     struct hcl_meter *meter, struct hcl_err *err)
{
    const struct task task = { comm, keys, srs, instances, witness, options };
    struct run r = { .proof = proof, .meter = meter };
    struct hcl_err cause = { "" };
    bool suspect = false;
    *proof = (struct hcl_proof){ 0 };
    hcl_status st = choose_blinding(&r, comm, options, err);
    if (st == HCL_OK)
        st = take_checkpoint(&r, comm, options, err);
    if (st == HCL_OK)
        st = attempt(&r, &task, &suspect, err);
    if (suspect) {
        const hcl_status found = blame(&r, &task, &cause);
        if (found != HCL_OK)
            st = hcl_fail(err, found, "%s", cause.msg);
    }
    hcl_random_clear(&r.random);
    hcl_comm_log_clear(&r.log);
    return st;
}

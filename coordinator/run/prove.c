/* SPDX-License-Identifier: Apache-2.0 */
#include "coordinator/run/blame.h"
#include "coordinator/run/run_internal.h"

/* All phases of advice columns: fill, commit, squeeze the phase's challenges. */
static hcl_status advice_rounds(struct hcl_run *r, const struct hcl_witness_source *witness,
                                struct hcl_err *err)
{
    struct hcl_worker *w = &r->worker;
    const struct hcl_circuit *c = w->circuit;
    hcl_status st = HCL_OK;
    for (uint32_t phase = 0; phase < c->num_phases; phase++) {
        size_t count;
        HCL_TRY(hcl_round_witness(w, phase, witness, err));
        HCL_TRY(hcl_round_advice(w, phase, r->points, &count, err));
        HCL_TRY(hcl_run_end_commitments(r, count, "advice", false, err));
        for (size_t i = 0; i < c->num_challenges; i++)
            if (c->challenge_phase[i] == phase)
                hcl_transcript_squeeze(&r->transcript, &w->challenges.phase[i]);
    }
done:
    return st;
}

static hcl_status argument_rounds(struct hcl_run *r, struct hcl_err *err)
{
    struct hcl_worker *w = &r->worker;
    const struct hcl_circuit *c = w->circuit;
    hcl_status st;
    hcl_transcript_squeeze(&r->transcript, &w->challenges.theta);
    HCL_TRY(hcl_round_lookup_permuted(w, r->points, err));
    HCL_TRY(hcl_run_end_commitments(r, 2 * c->num_lookups, "lookups", false, err));
    hcl_transcript_squeeze(&r->transcript, &w->challenges.beta);
    hcl_transcript_squeeze(&r->transcript, &w->challenges.gamma);
    HCL_TRY(hcl_round_permutation(w, r->points, err));
    HCL_TRY(hcl_run_end_commitments(r, hcl_permutation_chunks(c), "permutation", false, err));
    HCL_TRY(hcl_round_lookup_products(w, r->points, err));
    HCL_TRY(hcl_run_end_commitments(r, c->num_lookups, "lookup products", false, err));
    HCL_TRY(hcl_round_random(w, r->points, err));
    HCL_TRY(hcl_run_end_commitments(r, 1, "random polynomial", false, err));
done:
    return st;
}

static hcl_status quotient(struct hcl_run *r, struct hcl_err *err)
{
    if (!hcl_run_recalls(r))
        return hcl_round_quotient(&r->worker, r->points, err);
    const hcl_status st = hcl_quotient_room(&r->worker, err);
    return st == HCL_OK ? hcl_checkpoint_load_pieces(r->checkpoint, &r->worker, err) : st;
}

static hcl_status quotient_rounds(struct hcl_run *r, struct hcl_err *err)
{
    struct hcl_worker *w = &r->worker;
    hcl_status st;
    HCL_TRY(hcl_round_coefficients(w, err));
    hcl_transcript_squeeze(&r->transcript, &w->challenges.y);
    HCL_TRY(quotient(r, err));
    HCL_TRY(hcl_run_end_commitments(r, w->circuit->degree - 1, "quotient", true, err));
    hcl_transcript_squeeze(&r->transcript, &w->challenges.x);
    if (!hcl_run_recalls(r))
        HCL_TRY(hcl_round_evaluate(w, err));
    HCL_TRY(hcl_run_end_round(r, hcl_run_put_evaluations(r, err), "evaluations", true, err));
done:
    return st;
}

static hcl_status shplonk(struct hcl_run *r, struct hcl_err *err)
{
    struct hcl_opening opening = { 0 };
    hcl_fr y, v, u;
    hcl_status st;
    hcl_transcript_squeeze(&r->transcript, &y);
    hcl_transcript_squeeze(&r->transcript, &v);
    HCL_TRY(hcl_round_shplonk_w(&r->worker, &opening, &y, &v, r->points, err));
    HCL_TRY(hcl_run_end_commitments(r, 1, "first opening", true, err));
    hcl_transcript_squeeze(&r->transcript, &u);
    HCL_TRY(hcl_round_shplonk_w2(&r->worker, &opening, &v, &u, r->points, err));
    HCL_TRY(hcl_comm_agree(r->worker.team.comm, hcl_run_put_points(r, 1, err), err));
done:
    hcl_opening_clear(&opening);
    return st;
}

static hcl_status gwc(struct hcl_run *r, struct hcl_err *err)
{
    hcl_fr v;
    hcl_status st;
    hcl_transcript_squeeze(&r->transcript, &v);
    HCL_TRY(hcl_round_gwc(&r->worker, &v, r->points, err));
    HCL_TRY(
        hcl_comm_agree(r->worker.team.comm, hcl_run_put_points(r, r->worker.openings.num_points, err), err));
done:
    return st;
}

/* The ranks' transcripts must agree; a rank with a damaged memory or another circuit is found here at the
 * latest. */
static hcl_status compare_transcripts(struct hcl_run *r, struct hcl_err *err)
{
    hcl_fr last;
    struct hcl_transcript fork = r->transcript;
    uint8_t bytes[32];
    hcl_transcript_squeeze(&fork, &last);
    hcl_fr_to_bytes(bytes, &last);
    return hcl_comm_same(r->worker.team.comm, bytes, sizeof bytes, "the transcript", err);
}

static hcl_status verify(struct hcl_run *r, const struct hcl_keys *keys, const struct hcl_srs *srs,
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
static hcl_status attempt(struct hcl_run *r, const struct task *t, bool *suspect, struct hcl_err *err)
{
    hcl_status st;
    *suspect = false;
    hcl_meter_phase(r->meter, "set up");
    HCL_TRY(hcl_lent_again(t->keys->lent, t->comm, err));
    hcl_comm_watch(t->comm, &r->log);
    HCL_TRY(hcl_run_start(r, t->comm, t->keys, t->srs, t->instances, t->options, err));
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
    *suspect = *suspect || st == HCL_FALSE_CLAIM || r->worker.team.disagreed;
    hcl_comm_watch(t->comm, NULL);
    hcl_meter_stop(r->meter);
    hcl_meter_watch(r->meter, NULL);
    hcl_lent_end(t->keys->lent);
    hcl_worker_clear(&r->worker);
    free(r->points);
    r->points = NULL;
    if (st != HCL_OK)
        hcl_proof_clear(r->proof);
    return st;
}

/* Whose fault it is that proof r does not hold: HCL_OK if no rank's. */
static hcl_status blame(const struct hcl_run *r, const struct task *t, struct hcl_err *err)
{
    struct hcl_proof proof = { 0 };
    struct hcl_run again = { .proof = &proof,
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
    struct hcl_run r = { .proof = proof, .meter = meter };
    struct hcl_err cause = { "" };
    bool suspect = false;
    *proof = (struct hcl_proof){ 0 };
    hcl_status st = hcl_run_choose_blinding(&r, comm, options, err);
    if (st == HCL_OK)
        st = hcl_run_take_checkpoint(&r, comm, options, err);
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

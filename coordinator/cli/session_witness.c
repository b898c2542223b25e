/* SPDX-License-Identifier: Apache-2.0 */
/* The small cells, made by all ranks together; what is wrong with the input, when they cannot be made, and
 * which rank was wrong, when they do not satisfy the circuit. What ranks give each other is a function of
 * program and inputs, so a repetition shows who did not do the same (coordinator/run/blame.h). */
#include "coordinator/cli/session.h"

#include "common/sys/digest.h"
#include "coordinator/run/blame.h"

static hcl_status run_noted(struct hcl_session *s, struct hcl_comm_log *log, struct hcl_err *err)
{
    struct hcl_comm *comm = s->cli->comm;
    log->phase = HCL_PHASE_INFERENCE;
    s->team.ended = false;
    hcl_comm_watch(comm, log);
    const hcl_status st = hcl_witness_run(&s->run.witness, err);
    hcl_comm_watch(comm, NULL);
    return st;
}

static uint64_t digest_of(const struct hcl_witness *w)
{
    const size_t bytes = (size_t)w->prog->num_rows * w->prog->lanes * sizeof *w->cells.q;
    uint64_t d = hcl_digest64(0, w->cells.q, bytes);
    d = hcl_digest64(d, w->cells.y, bytes);
    d = hcl_digest64(d, w->cells.r, bytes);
    for (uint32_t j = 0; j < w->prog->lanes; j++) {
        const size_t lane = w->cells.lane_q[j] ? w->prog->num_rows * sizeof(int64_t) : 0;
        d = hcl_digest64(d, w->cells.lane_q[j], lane);
        d = hcl_digest64(d, w->cells.lane_r[j], lane);
    }
    return hcl_digest64(d, w->multiplicity, hcl_program_lookup_rows(w->prog) * sizeof *w->multiplicity);
}

hcl_status hcl_session_blame_witness(struct hcl_session *s, bool complete, struct hcl_err *err)
{
    struct hcl_comm *comm = s->cli->comm;
    struct hcl_comm_log again = { 0 };
    struct hcl_err unused = { "" };
    hcl_status st = HCL_OK;
    if (!s->run.witness.team)
        return HCL_OK;
    const uint64_t before = digest_of(&s->run.witness);
    const hcl_status second = run_noted(s, &again, &unused);
    HCL_TRY(hcl_blame_messages(comm, &s->inference, &again, err));
    if (complete && second == HCL_OK && digest_of(&s->run.witness) != before)
        st = hcl_fail(err, HCL_NO_RESOURCE, "the integers of its witness in memory are damaged");
    st = hcl_comm_agree(comm, st, err);
done:
    hcl_comm_log_clear(&again);
    return st;
}

/* The interpreter, on rank 0, says what of the input it is, as all ranks are told; where it finds nothing
 * wrong, a rank may be. */
static hcl_status explain(struct hcl_session *s, struct hcl_err *err)
{
    hcl_status st = HCL_OK;
    if (s->cli->rank == 0)
        st = hcl_job_run_explain(&s->run, &s->job, &s->o->input, err);
    if (s->run.witness.team)
        st = hcl_comm_agree(s->cli->comm, st, err);
    return st == HCL_OK ? hcl_session_blame_witness(s, false, err) : st;
}

hcl_status hcl_session_witness(struct hcl_session *s, struct hcl_err *err)
{
    struct hcl_err cause = { "" };
    const hcl_status st = run_noted(s, &s->inference, err);
    const hcl_status why = st == HCL_BAD_INPUT ? explain(s, &cause) : HCL_OK;
    return why == HCL_OK ? st : hcl_fail(err, why, "%s", cause.msg);
}

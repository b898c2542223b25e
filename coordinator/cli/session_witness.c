/* SPDX-License-Identifier: Apache-2.0 */
/* The small cells, made by all ranks together; and which rank was wrong, when they do not satisfy the
 * circuit. What ranks give each other is a function of program and inputs, so a repetition shows who did not
 * do the same (coordinator/run/blame.h). */
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

hcl_status hcl_session_witness(struct hcl_session *s, struct hcl_err *err)
{
    struct hcl_err cause = { "" };
    hcl_status st = run_noted(s, &s->inference, err);
    if (st == HCL_BAD_INPUT && s->run.witness.team) { /* the interpreter found nothing wrong with the input */
        const hcl_status fault = hcl_session_blame_witness(s, false, &cause);
        if (fault != HCL_OK)
            st = hcl_fail(err, fault, "%s", cause.msg);
    }
    return st;
}

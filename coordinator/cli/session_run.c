/* SPDX-License-Identifier: Apache-2.0 */
/* From the compiled model to what every rank needs for a proof. */
#include "coordinator/cli/session.h"

#include "common/sys/log.h"
#include "common/sys/mem.h"
#include "coordinator/cli/expect.h"
#include "coordinator/cli/share.h"

#include <string.h>

/* The program uses the circuit's weights. */
static hcl_status borrow_weights(struct hcl_session *s, struct hcl_err *err)
{
    struct hcl_program *p = &s->job.program;
    const struct hcl_circuit *c = &s->job.circuit;
    return p->private_weights
               ? HCL_OK
               : hcl_program_borrow_weights(p, c->fixed + c->num_fixed - p->weight_columns, err);
}

hcl_status hcl_session_share(struct hcl_session *s, struct hcl_err *err)
{
    struct hcl_comm *comm = s->cli->comm;
    hcl_status st = HCL_OK;
    hcl_meter_phase(&s->meter, "share plan");
    hcl_expect_from_layout(s, false);
    if (hcl_session_root(s) && !s->o->dry_run) /* keys and checkpoints are named by it */
        st = hcl_setup_circuit_id(s->circuit_id, &s->job.circuit, err);
    HCL_TRY(hcl_comm_agree(comm, st, err));
    if (s->cli->ranks > 1) {
        HCL_TRY(hcl_share_circuit(comm, &s->job.circuit, err));
        HCL_TRY(hcl_share_program(comm, &s->job.program, err));
        HCL_TRY(hcl_session_share_columns(s, err));
        const struct hcl_judge_subject subject = hcl_job_subject(&s->job);
        HCL_TRY(hcl_judge_team_init(&s->judging, comm, hcl_session_root(s) ? &subject : NULL, !s->o->dry_run,
                                    err));
    }
    HCL_TRY(hcl_comm_agree(comm, borrow_weights(s, err), err));
done:
    return st;
}

/* A proof of what is not the model's result is made for those only who say that they know. */
static hcl_status heed_judgement(const struct hcl_session *s, struct hcl_err *err)
{
    const struct hcl_judgement *judged = &s->run.judged[s->run.worst];
    char text[HCL_JUDGED_TEXT + HCL_FILES_TEXT];
    if (!hcl_judgement_notable(judged))
        return HCL_OK;
    hcl_job_run_text(text, &s->job, &s->run, &s->o->input);
    if (hcl_judgement_bad(judged) && !s->o->accept_error)
        return hcl_fail(err, HCL_BAD_INPUT, "%s; --accept-error proves it all the same", text);
    hcl_log(HCL_LOG_WARNING, "%s", text);
    return HCL_OK;
}

static hcl_status set_inputs(struct hcl_witness *w, const struct hcl_program *p, const int64_t *all,
                             struct hcl_err *err)
{
    hcl_status st = HCL_OK;
    for (uint32_t i = 0; i < p->num_inputs && st == HCL_OK; i++) {
        st = hcl_witness_set_input(w, i, all, p->inputs[i].len, err);
        all += p->inputs[i].len;
    }
    return st;
}

/* The quantised inputs, from rank 0 to the others. */
static hcl_status share_inputs(struct hcl_session *s, struct hcl_err *err)
{
    struct hcl_comm *comm = s->cli->comm;
    const struct hcl_program *p = &s->job.program;
    hcl_status st = HCL_OK;
    int64_t *all = NULL;
    size_t len = 0;
    for (uint32_t i = 0; i < p->num_inputs; i++)
        len += p->inputs[i].len;
    st = hcl_mem_alloc((void **)&all, len, sizeof *all, "input", err);
    if (st == HCL_OK && !hcl_session_root(s))
        st = hcl_witness_init(&s->run.witness, p, err);
    HCL_TRY(hcl_comm_agree(comm, st, err));
    if (hcl_session_root(s))
        memcpy(all, s->run.witness.inputs, len * sizeof *all);
    hcl_comm_bcast(comm, all, len * sizeof *all, 0);
    if (!hcl_session_root(s))
        st = set_inputs(&s->run.witness, p, all, err);
    st = hcl_comm_agree(comm, st, err);
done:
    hcl_mem_free_secret(all);
    return st;
}

/* More than the columns: tags, halos. */
#define SCRATCH_MARGIN 1.02

/* The disk is asked for all that will be written before the work, not after it. */
static hcl_status open_scratch(struct hcl_session *s, struct hcl_err *err)
{
    double bytes = SCRATCH_MARGIN * s->cost.scratch_bytes;
    hcl_status st = HCL_OK;
    hcl_comm_bcast(s->cli->comm, &bytes, sizeof bytes, 0);
    if (s->savings.scratch)
        st = hcl_scratch_open(&s->scratch, s->o->scratch, (uint64_t)bytes, err);
    return hcl_comm_agree(s->cli->comm, st, err);
}

/* The savings that make the proof fit into what memory there is, the same on all ranks. */
static hcl_status choose_savings(struct hcl_session *s, struct hcl_err *err)
{
    hcl_status st = HCL_OK;
    uint64_t used = 0; /* room of the rank that has least, counted from above */
    hcl_mem_trim();
    used = UINT64_MAX - hcl_mem_room();
    hcl_comm_max_u64(s->cli->comm, &used, 1);
    if (hcl_session_root(s)) {
        const uint64_t room = UINT64_MAX - used;
        s->cost =
            hcl_predict_within(&s->job.layout, s->cli->ranks, room == UINT64_MAX ? 0 : room + (room == 0));
        s->savings = s->cost.savings;
        if (s->cost.memory_bytes > (double)room)
            st = hcl_fail(
                err, HCL_NO_RESOURCE,
                "the proof takes %.0f MB of each rank at least, and %.0f are left of the memory budget",
                s->cost.memory_bytes / 1e6, (double)room / 1e6);
    }
    st = hcl_comm_agree(s->cli->comm, st, err);
    hcl_comm_bcast(s->cli->comm, &s->savings, sizeof s->savings, 0);
    return st == HCL_OK ? open_scratch(s, err) : st;
}

/* Rank 0, which others help; then the model is of no more use: program and circuit have the weights. */
static hcl_status judge(struct hcl_session *s, struct hcl_err *err)
{
    const bool all = s->judging.comm != NULL;
    hcl_status st = HCL_OK;
    if (hcl_session_root(s))
        st = hcl_job_run_judge(&s->run, &s->job, &s->input, all ? &s->judging : NULL, err);
    if (all && hcl_session_root(s))
        hcl_judge_team_finish(&s->judging);
    else if (all)
        hcl_judge_team_serve(&s->judging, s->run.witness.cells.y);
    hcl_judge_team_clear(&s->judging);
    hcl_job_drop_model(&s->job);
    hcl_job_drop_constants(&s->job);
    return hcl_session_root(s) && st == HCL_OK ? heed_judgement(s, err) : st;
}

/* The small cells, on all ranks but in a dry run. */
static hcl_status infer(struct hcl_session *s, bool all, struct hcl_err *err)
{
    struct hcl_comm *comm = s->cli->comm;
    hcl_status st = HCL_OK;
    hcl_meter_phase(&s->meter, HCL_PHASE_INFERENCE);
    if (hcl_session_root(s))
        st = hcl_job_run_begin(&s->run, &s->job, &s->input, &s->o->input, err);
    HCL_TRY(hcl_comm_agree(comm, st, err));
    if (all)
        HCL_TRY(share_inputs(s, err));
    if (all)
        s->run.witness.team = &s->team;
    if (hcl_session_root(s) || all)
        st = hcl_session_witness(s, err);
    st = hcl_comm_agree(comm, st, err);
done:
    return st;
}

hcl_status hcl_session_run(struct hcl_session *s, struct hcl_err *err)
{
    struct hcl_comm *comm = s->cli->comm;
    const bool all = s->cli->ranks > 1 && !s->o->dry_run;
    hcl_status st = HCL_OK;
    HCL_TRY(infer(s, all, err));
    hcl_meter_phase(&s->meter, HCL_PHASE_JUDGE);
    st = judge(s, err);
    if (hcl_session_root(s) && st == HCL_OK)
        st = hcl_job_read_instance(&s->run, &s->job, err);
    HCL_TRY(hcl_comm_agree(comm, st, err));
    if (all)
        HCL_TRY(hcl_share_values(comm, &s->run.instances, err));
    if (!s->o->dry_run)
        HCL_TRY(choose_savings(s, err));
done:
    return st;
}

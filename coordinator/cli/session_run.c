/* SPDX-License-Identifier: Apache-2.0 */
/* From the compiled model to what every rank needs for a proof. */
#include "coordinator/cli/session.h"

#include "common/halo2/linear.h"
#include "common/sys/log.h"
#include "common/sys/mem.h"
#include "common/witness/columns.h"
#include "coordinator/cli/expect.h"
#include "coordinator/cli/share.h"

#include <string.h>

static bool root(const struct hcl_session *s)
{
    return s->cli->rank == 0;
}

/* Who is to have the fixed columns: linear ones of weights their owner alone, but for kernels of depthwise
 * convolutions; the rest all ranks, each of which adds up its rows of them. */
static hcl_status own_columns(uint32_t *owner, const struct hcl_session *s, const struct hcl_plan *plan,
                              const struct hcl_ids *ids, struct hcl_err *err)
{
    const struct hcl_circuit *c = &s->job.circuit;
    const struct hcl_program *p = &s->job.program;
    const uint32_t weights = p->private_weights ? c->num_fixed : c->num_fixed - p->weight_columns;
    struct hcl_linear linear;
    const hcl_status st = hcl_linear_init(&linear, c, err);
    if (st != HCL_OK)
        return st;
    for (uint32_t i = 0; i < c->num_fixed; i++) {
        const bool alone = i >= weights && hcl_linear_has(&linear, (hcl_column){ HCL_COL_FIXED, i }) &&
                           !hcl_program_needs_everywhere(p, i - weights);
        owner[i] = alone ? plan->owner[hcl_id(ids, HCL_POLY_FIXED, i)] : HCL_SHARE_ALL;
    }
    hcl_linear_clear(&linear);
    return HCL_OK;
}

/* The same for the columns of weights: who computes with them; and who makes columns of which lanes, and sums
 * in which rows. */
static void own_witness(struct hcl_session *s, const struct hcl_plan *plan, const struct hcl_ids *ids)
{
    const struct hcl_program *p = &s->job.program;
    for (uint32_t i = 0; i < p->weight_columns; i++)
        s->weight_owner[i] =
            plan->owner[p->private_weights
                            ? hcl_id(ids, HCL_POLY_ADVICE, hcl_col_w(p->lanes, i))
                            : hcl_id(ids, HCL_POLY_FIXED, s->job.circuit.num_fixed - p->weight_columns + i)];
    for (uint32_t i = 0; i < hcl_num_advice(p->lanes); i++) {
        const uint32_t lane = hcl_col_lane(p->lanes, i);
        if (lane != UINT32_MAX)
            s->witness_lanes[plan->owner[hcl_id(ids, HCL_POLY_ADVICE, i)]] |= (uint32_t)1 << lane;
    }
    hcl_team_cut_rows(s->witness_rows, p, (uint32_t)s->cli->ranks);
    const bool few = hcl_team_lanes_few(s->witness_lanes, (uint32_t)s->cli->ranks, p->lanes);
    s->team = (struct hcl_witness_team){ .comm = s->cli->comm,
                                         .owner = s->weight_owner,
                                         .lanes = few ? s->witness_lanes : NULL,
                                         .rows = s->witness_rows };
}

static hcl_status share_columns(struct hcl_session *s, struct hcl_err *err)
{
    struct hcl_comm *comm = s->cli->comm;
    struct hcl_circuit *c = &s->job.circuit;
    struct hcl_plan plan = { 0 };
    struct hcl_ids ids;
    struct hcl_advice_hints advice = { 0 };
    uint32_t *owner = calloc((size_t)c->num_fixed + 1, sizeof *owner);
    hcl_status st = hcl_session_advice_hints(&advice, s, err);
    hcl_ids_init(&ids, c);
    s->weight_owner = calloc(s->job.program.weight_columns, sizeof *s->weight_owner);
    s->witness_lanes = calloc(s->cli->ranks, sizeof *s->witness_lanes);
    s->witness_rows = calloc((size_t)s->cli->ranks + 1, sizeof *s->witness_rows);
    if (st == HCL_OK && (!owner || !s->weight_owner || !s->witness_lanes || !s->witness_rows))
        st = hcl_fail(err, HCL_NO_RESOURCE, "no memory for the owners of %u columns", c->num_fixed);
    if (st == HCL_OK)
        st = hcl_plan_init(&plan, c, s->cli->ranks, &advice, err);
    if (st == HCL_OK)
        st = own_columns(owner, s, &plan, &ids, err);
    HCL_TRY(hcl_comm_agree(comm, st, err));
    own_witness(s, &plan, &ids);
    HCL_TRY(hcl_share_columns(comm, c, owner, err));
done:
    hcl_plan_clear(&plan);
    free(owner);
    hcl_session_advice_hints_clear(&advice);
    return st;
}

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
    if (root(s) && !s->o->dry_run) /* keys and checkpoints are named by it */
        st = hcl_setup_circuit_id(s->circuit_id, &s->job.circuit, err);
    HCL_TRY(hcl_comm_agree(comm, st, err));
    if (s->cli->ranks > 1) {
        HCL_TRY(hcl_share_circuit(comm, &s->job.circuit, err));
        HCL_TRY(hcl_share_program(comm, &s->job.program, err));
        HCL_TRY(share_columns(s, err));
        const struct hcl_judge_subject subject = hcl_job_subject(&s->job);
        HCL_TRY(hcl_judge_team_init(&s->judging, comm, root(s) ? &subject : NULL, !s->o->dry_run, err));
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
    if (st == HCL_OK && !root(s))
        st = hcl_witness_init(&s->run.witness, p, err);
    HCL_TRY(hcl_comm_agree(comm, st, err));
    if (root(s))
        memcpy(all, s->run.witness.inputs, len * sizeof *all);
    hcl_comm_bcast(comm, all, len * sizeof *all, 0);
    if (!root(s))
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

/* What MPI takes more of, beside the ledger, once ranks have met in all rounds. */
#define TRANSPORT_GROWS 2500000

/* The savings that make the proof fit into what memory there is, the same on all ranks. */
static hcl_status choose_savings(struct hcl_session *s, struct hcl_err *err)
{
    hcl_status st = HCL_OK;
    uint64_t used = 0; /* room of the rank that has least, counted from above */
    hcl_mem_trim();
    used = UINT64_MAX - hcl_mem_room();
    hcl_comm_max_u64(s->cli->comm, &used, 1);
    if (root(s)) {
        const uint64_t all = UINT64_MAX - used,
                       grows = s->cli->ranks > 1 && all < UINT64_MAX ? TRANSPORT_GROWS : 0;
        const uint64_t room = all > grows ? all - grows : 0;
        s->cost =
            hcl_predict_within(&s->job.layout, s->cli->ranks, all == UINT64_MAX ? 0 : room + (room == 0));
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
    if (root(s))
        st = hcl_job_run_judge(&s->run, &s->job, &s->input, all ? &s->judging : NULL, err);
    if (all && root(s))
        hcl_judge_team_finish(&s->judging);
    else if (all)
        hcl_judge_team_serve(&s->judging, s->run.witness.cells.y);
    hcl_judge_team_clear(&s->judging);
    hcl_job_drop_model(&s->job);
    hcl_job_drop_constants(&s->job);
    return root(s) && st == HCL_OK ? heed_judgement(s, err) : st;
}

/* The small cells, on all ranks but in a dry run. */
static hcl_status infer(struct hcl_session *s, bool all, struct hcl_err *err)
{
    struct hcl_comm *comm = s->cli->comm;
    hcl_status st = HCL_OK;
    hcl_meter_phase(&s->meter, HCL_PHASE_INFERENCE);
    if (root(s))
        st = hcl_job_run_begin(&s->run, &s->job, &s->input, &s->o->input, err);
    HCL_TRY(hcl_comm_agree(comm, st, err));
    if (all)
        HCL_TRY(share_inputs(s, err));
    if (all)
        s->run.witness.team = &s->team;
    if (root(s) || all)
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
    if (root(s) && st == HCL_OK)
        st = hcl_job_read_instance(&s->run, &s->job, err);
    HCL_TRY(hcl_comm_agree(comm, st, err));
    if (all)
        HCL_TRY(hcl_share_values(comm, &s->run.instances, err));
    if (!s->o->dry_run)
        HCL_TRY(choose_savings(s, err));
done:
    return st;
}

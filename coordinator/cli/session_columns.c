/* SPDX-License-Identifier: Apache-2.0 */
/* Who has which columns, and what follows from it for the inference, the witness and what memory it takes. */
#include "coordinator/cli/session.h"

#include "common/halo2/groups.h"
#include "common/halo2/linear.h"
#include "common/sys/mem.h"
#include "common/witness/columns.h"
#include "coordinator/cli/share.h"

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

/* Whose the columns are that the quotient reads. */
struct owners {
    const struct hcl_plan *plan;
    const struct hcl_ids *ids;
};

static uint32_t owner_of(const void *ctx, hcl_column column)
{
    const struct owners *o = ctx;
    return hcl_id_owner(o->plan->owner, o->plan->count, hcl_id_column(o->ids, column),
                        (uint32_t)o->plan->ranks);
}

/* What the cost model could only guess: how many columns of a group a rank has. */
static hcl_status count_groups(struct hcl_session *s, const struct hcl_plan *plan, const struct hcl_ids *ids,
                               struct hcl_err *err)
{
    const struct owners owners = { plan, ids };
    return hcl_groups_count(s->job.layout.shape.group_owned, &s->job.circuit, (size_t)plan->ranks, owner_of,
                            &owners, err);
}

hcl_status hcl_session_share_columns(struct hcl_session *s, struct hcl_err *err)
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
    if (st == HCL_OK && hcl_mem_limit() != 0 && hcl_session_root(s))
        st = count_groups(s, &plan, &ids, err);
    HCL_TRY(hcl_comm_agree(comm, st, err));
    own_witness(s, &plan, &ids);
    HCL_TRY(hcl_share_columns(comm, c, owner, err));
done:
    hcl_plan_clear(&plan);
    free(owner);
    hcl_session_advice_hints_clear(&advice);
    return st;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "coordinator/cli/session.h"

#include "common/halo2/audit.h"
#include "common/io/file_write.h"
#include "common/sys/log.h"
#include "common/sys/mem.h"
#include "common/witness/columns.h"
#include "compiler/layout/own_rows.h"
#include "coordinator/cli/expect.h"
#include "coordinator/cli/predict.h"
#include "coordinator/cli/share.h"
#include "coordinator/cli/text.h"
#include "coordinator/cli/weight_seed.h"

#include <string.h>

/* "quotient: transforms" and "quotient: constraints" take turns; people see one phase "quotient". */
static void show_phase(void *ctx, const char *name)
{
    struct hcl_session *s = ctx;
    size_t len = strcspn(name, ":");
    if (strcmp(name, "checkpoint") == 0) /* milliseconds between two rounds */
        return;
    hcl_status_file_phase(&s->status, name);
    if (len >= sizeof s->shown || (strncmp(s->shown, name, len) == 0 && s->shown[len] == '\0'))
        return;
    memcpy(s->shown, name, len);
    s->shown[len] = '\0';
    hcl_progress_phase(s->cli->progress, s->shown);
}

void hcl_session_init(struct hcl_session *s, struct hcl_cli *cli, const struct hcl_session_options *o)
{
    memset(s, 0, sizeof *s);
    s->cli = cli;
    s->o = o;
    hcl_meter_init(&s->meter, cli->comm);
    s->meter.on_phase = show_phase;
    s->meter.on_phase_ctx = s;
    hcl_session_init_checkpoint(s);
}

void hcl_session_clear(struct hcl_session *s)
{
    hcl_checkpoint_clear(&s->checkpoint);
    hcl_proof_clear(&s->proof);
    hcl_report_clear(&s->report);
    hcl_meter_clear(&s->meter);
    hcl_keys_clear(&s->keys);
    free(s->key_path);
    hcl_commit_cache_clear(&s->commitments);
    hcl_srs_clear(&s->srs);
    hcl_scratch_close(s->scratch);
    hcl_job_run_clear(&s->run);
    free(s->weight_owner);
    free(s->witness_lanes);
    free(s->witness_rows);
    hcl_judge_team_clear(&s->judging);
    hcl_comm_log_clear(&s->inference);
    hcl_samples_clear(&s->input);
    hcl_job_clear(&s->job);
}

/* Whether each NUMA node has an SRS of its own: rank 0. */
static void choose_srs(struct hcl_session *s)
{
    struct hcl_layout *l = &s->job.layout;
    bool several;
    const int fewest = hcl_comm_place_ranks(s->cli->comm, &several);
    if (!several || !hcl_predict_replicates(l, s->cli->ranks, (uint32_t)fewest, s->cli->memory))
        return;
    l->shape.srs_ranks = (uint32_t)fewest;
    s->srs_once = HCL_ONCE_A_PLACE;
    hcl_log(HCL_LOG_DEBUG, "each NUMA node has a copy of the SRS");
}

static hcl_status try_folder(const char *folder, struct hcl_err *err)
{
    hcl_status st = hcl_folder_make(folder, err);
    if (st != HCL_OK)
        return st;
    char *path = hcl_join(folder, "proof.bin");
    st = path ? hcl_file_try(path, err) : hcl_fail(err, HCL_NO_RESOURCE, "no memory for a path");
    free(path);
    return st;
}

static hcl_status try_scratch(const char *folder, struct hcl_err *err)
{
    struct hcl_scratch *scratch;
    const hcl_status st = hcl_scratch_open(&scratch, folder, 0, err);
    hcl_scratch_close(scratch);
    return st;
}

/* What can be wrong with the arguments is found out before the work, not after it. */
static hcl_status check_first(struct hcl_session *s, struct hcl_err *err)
{
    const struct hcl_session_options *o = s->o;
    hcl_status st = HCL_OK;
    HCL_TRY(hcl_job_open(&s->job, &o->job, err));
    HCL_TRY(hcl_job_read_input(&s->input, &s->job, &o->input, err));
    if (!o->dry_run || o->setup.srs)
        HCL_TRY(hcl_setup_check(&o->setup, s->cli->threads, err));
    if (!o->dry_run)
        HCL_TRY(try_folder(o->out, err));
    if (!o->dry_run && o->scratch)
        HCL_TRY(try_scratch(o->scratch, err));
    if (!o->dry_run)
        HCL_TRY(hcl_session_open_checkpoint(s, err));
done:
    return st;
}

/* What is known of the job beside the model. */
static void shape_job(const struct hcl_session *s, struct hcl_shape *shape)
{
    shape->scratch = s->o->scratch != NULL;
    shape->node_ranks = (uint32_t)hcl_comm_sharing(s->cli->comm);
}

static hcl_status sketch_fits(void *ctx, const struct hcl_shape *sketch, struct hcl_err *err)
{
    const struct hcl_session *s = ctx;
    struct hcl_layout l = { .shape = *sketch };
    shape_job(s, &l.shape);
    l.shape.threads = (uint32_t)s->cli->threads;
    return hcl_predict_may_fit(&l, s->cli->ranks, s->cli->memory, err);
}

hcl_status hcl_session_prepare(struct hcl_session *s, struct hcl_err *err)
{
    hcl_status st = HCL_OK;
    snprintf(s->shown, sizeof s->shown, "compile"); /* its own steps are shown instead */
    hcl_meter_phase(&s->meter, "compile");
    hcl_expect_begin(s);
    if (!hcl_session_root(s))
        goto done;
    HCL_TRY(check_first(s, err));
    hcl_expect_at_first(s);
    if (!s->o->dry_run) {
        s->job.fits = sketch_fits;
        s->job.fits_ctx = s;
    }
    HCL_TRY(hcl_job_compile(&s->job, s->cli, err));
    shape_job(s, &s->job.layout.shape);
    if (!s->o->dry_run) {
        HCL_TRY(hcl_predict_fits(&s->job.layout, s->cli->ranks, s->cli->memory, err));
        choose_srs(s);
    }
done:
    return hcl_comm_agree(s->cli->comm, st, err);
}

/* Weight rows between the last pass and the tables of rows. */
static uint32_t idle_weight_rows(const struct hcl_program *p)
{
    const uint32_t tables = p->num_row_tables ? p->row_tables[0].first : 0;
    uint32_t end = 0;
    for (uint32_t i = 0; i < p->num_wide; i++)
        if (p->wide[i].to.at == HCL_AT_U && p->wide[i].to.row < tables && p->wide[i].to.row >= end)
            end = p->wide[i].to.row + 1;
    while (end < tables && p->weight_steps[end] == HCL_WEIGHTS_MORE)
        end++;
    return tables - end;
}

void hcl_session_advice_hints_clear(struct hcl_advice_hints *hints)
{
    free(hints->cost);
    free(hints->kin);
    *hints = (struct hcl_advice_hints){ 0 };
}

hcl_status hcl_session_advice_hints(struct hcl_advice_hints *out, const struct hcl_session *s,
                                    struct hcl_err *err)
{
    const uint32_t columns = s->job.circuit.num_advice;
    const struct hcl_program *p = &s->job.program;
    struct hcl_shape shape = { .lanes = p->lanes,
                               .k = p->k,
                               .weight_columns = p->weight_columns,
                               .rows = p->num_rows,
                               .table_rows = p->table_rows,
                               .weight_rows = p->num_weight_rows,
                               .idle_weight_rows = idle_weight_rows(p),
                               .private_weights = p->private_weights,
                               .row_tables = p->num_row_tables > 0 };
    for (uint32_t row = 0; row < p->num_rows; row++)
        shape.lookups += (size_t)__builtin_popcount(p->rows[row].lookups);
    HCL_CHECK(hcl_cost_num_advice(&shape) == columns);
    *out = (struct hcl_advice_hints){ calloc((size_t)columns + 1, sizeof *out->cost),
                                      calloc((size_t)columns + 1, sizeof *out->kin) };
    hcl_status st =
        out->cost && out->kin ? HCL_OK : hcl_fail(err, HCL_NO_RESOURCE, "no memory for %u columns", columns);
    HCL_TRY(st);
    HCL_TRY(hcl_own_rows_count(&shape, p, &s->job.circuit, err));
    hcl_cost_advice(out->cost, &shape);
    for (uint32_t i = 0; i < columns; i++)
        out->kin[i] = hcl_col_lane(p->lanes, i);
done:
    if (st != HCL_OK)
        hcl_session_advice_hints_clear(out);
    return st;
}

/* A cached key, found by rank 0, to all. */
static hcl_status load_cached(struct hcl_session *s, struct hcl_vk *vk, const struct hcl_advice_hints *advice,
                              struct hcl_err *err)
{
    struct hcl_comm *comm = s->cli->comm;
    hcl_status st = HCL_OK;
    uint8_t *bytes = NULL;
    size_t len = 0;
    if (hcl_session_root(s) && s->cli->ranks > 1)
        st = hcl_vk_format(vk, HCL_SERDE_RAW, &bytes, &len, err);
    HCL_TRY(hcl_comm_agree(comm, st, err));
    HCL_TRY(hcl_share_bytes(comm, &bytes, &len, err));
    if (!hcl_session_root(s))
        st = hcl_vk_parse(vk, &s->job.circuit, HCL_SERDE_RAW, bytes, len, "key from rank 0", err);
    HCL_TRY(hcl_comm_agree(comm, st, err));
    HCL_TRY(hcl_keys_load(&s->keys, comm, vk, advice, s->cli->threads, err));
done:
    free(bytes);
    return st;
}

hcl_status hcl_session_keys(struct hcl_session *s, struct hcl_err *err)
{
    struct hcl_comm *comm = s->cli->comm;
    struct hcl_vk vk = { 0 };
    hcl_status st = HCL_OK;
    struct hcl_advice_hints advice = { 0 };
    uint64_t cached = 0;
    hcl_meter_phase(&s->meter, HCL_PHASE_SRS);
    s->srs_made = hcl_session_root(s) && !hcl_setup_has_srs(&s->o->setup, s->job.circuit.k);
    if (hcl_session_root(s))
        st = hcl_setup_srs(&s->srs, &s->o->setup, s->job.circuit.k, s->cli, err);
    HCL_TRY(hcl_comm_agree(comm, st, err));
    HCL_TRY(hcl_share_srs(comm, &s->srs, s->srs_once, err));
    HCL_TRY(hcl_session_checkpoint(s, err));
    s->rounds_before = s->checkpoint.rounds;
    HCL_TRY(hcl_session_may_stop(s, "keys", err));
    hcl_meter_phase(&s->meter, "keygen");
    HCL_TRY(hcl_comm_agree(comm, hcl_session_advice_hints(&advice, s, err), err));
    if (hcl_session_root(s)) {
        s->key_path = hcl_setup_vk_path(&s->o->setup, s->circuit_id, &s->srs);
        cached = s->key_path && hcl_setup_vk_load(&vk, s->key_path, &s->job.circuit, &s->srs);
    }
    hcl_comm_bcast(comm, &cached, sizeof cached, 0);
    s->key_cached = cached != 0;
    hcl_expect_from_layout(s, true);
    if (cached)
        HCL_TRY(load_cached(s, &vk, &advice, err));
    else {
        hcl_setup_commit_cache(&s->commitments, &s->o->setup, &s->job.circuit, &s->srs);
        HCL_TRY(hcl_keygen(&s->keys, comm, &s->job.circuit, &s->srs, &s->commitments, &advice,
                           s->cli->threads, &s->meter, err));
    }
    HCL_TRY(hcl_session_may_stop(s, "proof", err));
    if (s->checkpoint.piece_ranks == 0 &&
        !s->savings.key_anew) /* else the quotient, which this is for, is known */
        HCL_TRY(hcl_keys_prepare(&s->keys, comm, &s->srs, s->cli->threads, &s->meter, err));
done:
    hcl_session_advice_hints_clear(&advice);
    hcl_vk_clear(&vk);
    return st;
}

/* A proof that does not hold, as all ranks know: what rank 0 had from outside may be why. Each rank looks at
 * the columns of the key that it has. */
static hcl_status explain(struct hcl_session *s, struct hcl_err *err)
{
    struct hcl_err cause = { "" }, why = { "" };
    hcl_status st = HCL_OK, key = HCL_OK;
    if (s->key_cached || s->keys.column_ids.found > 0)
        key = hcl_comm_agree(
            s->cli->comm, hcl_audit_key(&s->keys.vk, &s->job.circuit, &s->srs, s->cli->threads, &why), &why);
    if (hcl_session_root(s))
        st = hcl_setup_srs_suspect(&s->srs, s->cli->threads, &cause);
    if (hcl_session_root(s) && st == HCL_OK && key == HCL_FALSE_CLAIM && s->key_cached)
        st = hcl_setup_vk_suspect(s->key_path, why.msg, &cause);
    else if (hcl_session_root(s) && st == HCL_OK && key == HCL_FALSE_CLAIM)
        st = hcl_fail(
            &cause, HCL_NO_RESOURCE,
            "no proof holds under commitments that were in the cache: %s; they are deleted; start again",
            why.msg);
    st = hcl_comm_agree(s->cli->comm, st, &cause);
    return st == HCL_OK ? HCL_FALSE_CLAIM : hcl_fail(err, st, "%s", cause.msg);
}

/* The same: the cells that the ranks made together may not be those of the model. */
static hcl_status blame_witness(struct hcl_session *s, struct hcl_err *err)
{
    struct hcl_err cause = { "" };
    const hcl_status st = hcl_session_blame_witness(s, true, &cause);
    return st == HCL_OK ? HCL_FALSE_CLAIM : hcl_fail(err, st, "%s", cause.msg);
}

/* Every proof shows one more value of each column of committed weights. */
static hcl_status count_proof(struct hcl_session *s, struct hcl_err *err)
{
    hcl_status st = HCL_OK;
    if (hcl_session_root(s) && s->job.seed_path &&
        !s->checkpoint.resumed) { /* else it was counted when it began */
        s->proofs_allowed = s->job.layout.random_rows - HCL_KEY_SRS;
        st = hcl_weight_seed_count(s->job.seed_path, s->job.blinding_id, s->proofs_allowed, &s->proofs_made,
                                   err);
    }
    return hcl_comm_agree(s->cli->comm, st, err);
}

hcl_status hcl_session_prove(struct hcl_session *s, struct hcl_err *err)
{
    const struct hcl_prove_options options = { .threads = s->cli->threads,
                                               .scheme = HCL_SCHEME_SHPLONK,
                                               .savings = s->savings,
                                               .scratch = s->scratch,
                                               .repeat = s->o->repeat,
                                               .seed = s->o->seeded ? &s->o->seed : NULL,
                                               .checkpoint =
                                                   s->o->checkpoint.folder ? &s->checkpoint : NULL };
    struct hcl_witness_source source = hcl_witness_source(&s->run.witness);
    hcl_meter_phase(&s->meter, "set up");
    hcl_status st = count_proof(s, err);
    if (st != HCL_OK)
        return st;
    st = hcl_prove(&s->proof, s->cli->comm, &s->keys, &s->srs, &s->run.instances, &source, &options,
                   &s->meter, err);
    if (st == HCL_FALSE_CLAIM ||
        (st != HCL_OK && st != HCL_STOPPED && s->cli->ranks > 1)) /* a commitment may be to blame */
        hcl_commit_cache_forget(&s->commitments, s->keys.column_ids.id, s->keys.column_ids.count);
    if (st == HCL_FALSE_CLAIM)
        st = blame_witness(s, err);
    if (st == HCL_FALSE_CLAIM)
        st = explain(s, err);
    if (st == HCL_FALSE_CLAIM && s->checkpoint.resumed)
        hcl_fail_prefix(err, st,
                        "what the checkpoint in '%s' has may be wrong (delete the folder to begin anew)",
                        s->checkpoint.folder);
    if (st != HCL_OK)
        return st;
    /* Not before a proof under it holds: a wrong key would spoil every later run. */
    if (s->key_path && !s->key_cached)
        hcl_setup_vk_store(&s->keys.vk, s->key_path, &s->srs);
    hcl_meter_stop(&s->meter);
    hcl_progress_done(s->cli->progress, NULL);
    hcl_expect_keep(s);
    return hcl_report_gather(&s->report, &s->meter, s->cli->threads, err);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "coordinator/cli/session.h"

#include "common/io/file_write.h"
#include "common/io/json_read.h"
#include "common/io/reader.h"
#include "common/io/staging.h"
#include "common/sys/clock.h"
#include "coordinator/cli/predict.h"
#include "coordinator/cli/public.h"
#include "coordinator/cli/text.h"
#include "coordinator/report/page.h"

#include <string.h>

/* What the key says of the model, and the name of its file. */
static json_t *model(const struct hcl_session *s)
{
    json_t *out = json_copy(json_object_get(s->job.meta, "model"));
    json_object_set_new(out, "name", hcl_json_string(hcl_base_name(s->o->job.model)));
    return out;
}

double hcl_session_prove_seconds(const struct hcl_session *s)
{
    double total = 0;
    bool proving = false;
    for (size_t i = 0; i < s->report.phases; i++) {
        proving = proving || strcmp(s->report.names[i], "set up") == 0;
        if (proving || strcmp(s->report.names[i], HCL_PHASE_JUDGE) == 0 ||
            strcmp(s->report.names[i], HCL_PHASE_INFERENCE) == 0)
            total += hcl_report_seconds(&s->report, i);
    }
    return total;
}

json_t *hcl_session_describe(const struct hcl_session *s)
{
    char id[65], hash[65], date[21];
    uint8_t bytes[HCL_VK_ID_BYTES];
    const struct hcl_circuit *c = &s->job.circuit;
    if (hcl_vk_file_id(bytes, &s->keys.vk, &s->srs.verifier, s->job.meta_text, NULL) != HCL_OK)
        return NULL;
    hcl_hex(id, bytes, sizeof bytes);
    hcl_hash_hex(hash, s->proof.data, s->proof.len);
    hcl_clock_utc(date);
    json_t *costs = hcl_report_json(&s->report);
    json_t *out = json_pack(
        "{s:s, s:i, s:s, s:s, s:s, s:s, s:I, s:b, s:b, s:b, s:i, s:i, s:I, s:I, s:f, s:o*, s:O*, s:o, "
        "s:o}",
        "format", "halocline-report", "version", 1, "program", "halocline " HCL_VERSION, "date", date,
        "vk_id", id, "proof_blake2b256", hash, "proof_bytes", (json_int_t)s->proof.len, "unsafe_srs",
        s->srs.verifier.unsafe, "seeded", s->o->seeded, "key_from_cache", s->key_cached, "ranks",
        s->cli->ranks, "threads_per_rank", s->cli->threads, "k", (json_int_t)c->k, "advice_columns",
        (json_int_t)c->num_advice, "seconds", hcl_report_total_seconds(&s->report), "model", model(s),
        "visibility", json_object_get(s->job.meta, "visibility"), "quantisation",
        hcl_quantize_report_json(&s->job.choice.quant), "costs", costs ? costs : json_null());
    if (out)
        json_object_set_new(out, "prove_seconds", json_real(hcl_session_prove_seconds(s)));
    if (out)
        json_object_set_new(out, "predicted",
                            hcl_predict_json(&s->job.layout, &s->cost, s->cli->memory, &s->report));
    if (out)
        json_object_set_new(out, "accuracy", hcl_job_accuracy_json(&s->run));
    if (out && s->o->job.batch > 1)
        json_object_set_new(out, "batch", json_integer(s->o->job.batch));
    if (out)
        hcl_session_add_details(out, s);
    if (out && s->checkpoint.resumed)
        json_object_set_new(out, "resumed_after_rounds", json_integer(s->rounds_before));
    if (out && s->proofs_allowed)
        json_object_set_new(out, "committed_weights",
                            json_pack("{s:I, s:I}", "proofs_made", (json_int_t)s->proofs_made,
                                      "proofs_allowed", (json_int_t)s->proofs_allowed));
    if (out && s->srs.verifier.unsafe)
        json_object_set_new(out, "warning",
                            json_string("made with an unsafe development SRS: it proves nothing to "
                                        "anyone"));
    if (out && s->o->seeded)
        json_object_set_new(out, "privacy",
                            json_string("made with --seed: it hides nothing from whoever knows the seed"));
    return out;
}

enum { VK, PUBLIC, PROOF, PAGE, REPORT, FILES };
/* A folder with a report is complete. */
#define HCL_FILE(name, meaning) name,
static const char *const names[FILES] = {
#include "coordinator/cli/files.def"
};
#undef HCL_FILE

static hcl_status write_file(int file, const char *path, const struct hcl_session *s, json_t *report,
                             struct hcl_err *err)
{
    switch (file) {
    case VK:
        return hcl_vk_file_write(path, &s->keys.vk, &s->srs.verifier, s->job.meta_text, err);
    case PUBLIC:
        return hcl_public_write(path, s->job.meta, &s->run.instances, err);
    case PROOF:
        return hcl_file_write(path, s->proof.data, s->proof.len, err);
    case PAGE:
        return s->o->no_report ? HCL_OK : hcl_page_write(path, report, err);
    default:
        return hcl_json_write(path, report, err);
    }
}

static hcl_status write_all(const struct hcl_session *s, struct hcl_err *err)
{
    struct hcl_staging staging = { 0 };
    json_t *report = hcl_session_describe(s);
    hcl_status st = HCL_OK;
    if (!report)
        return hcl_fail(err, HCL_NO_RESOURCE, "no memory for the report");
    HCL_TRY(hcl_staging_open(&staging, s->o->out, names, FILES, err));
    for (int i = 0; st == HCL_OK && i < FILES; i++) {
        char *path = hcl_staging_path(&staging, (size_t)i);
        st = path ? write_file(i, path, s, report, err)
                  : hcl_fail(err, HCL_NO_RESOURCE, "no memory for a path");
        free(path);
    }
    if (st == HCL_OK)
        st = hcl_staging_commit(&staging, err);
    else
        hcl_staging_discard(&staging);
done:
    json_decref(report);
    return st;
}

hcl_status hcl_session_write(struct hcl_session *s, struct hcl_err *err)
{
    hcl_status st = s->cli->rank == 0 ? write_all(s, err) : HCL_OK;
    st = hcl_comm_agree(s->cli->comm, st, err);
    if (st == HCL_OK && s->cli->rank == 0 && s->o->checkpoint.folder)
        hcl_checkpoint_remove(&s->checkpoint);
    return st;
}

void hcl_session_end(struct hcl_session *s, hcl_status st, const struct hcl_err *err)
{
    const bool kept = s->o->checkpoint.folder != NULL;
    char *proof = st == HCL_OK && !s->o->dry_run ? hcl_join(s->o->out, names[PROOF]) : NULL;
    hcl_status_file_end(&s->status, st, err, proof, kept ? (long)s->checkpoint.rounds : -1,
                        kept ? (long)(s->checkpoint.rounds - s->rounds_before) : -1);
    free(proof);
}

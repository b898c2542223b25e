/* SPDX-License-Identifier: Apache-2.0 */
#include "coordinator/cli/session.h"

#include "common/io/file_write.h"
#include "common/io/json_read.h"
#include "common/io/reader.h"
#include "common/sys/clock.h"
#include "coordinator/cli/public.h"
#include "coordinator/cli/text.h"

#include <string.h>
#include <unistd.h>

static json_t *quantisation(const struct hcl_quantize_report *q)
{
    return json_pack("{s:i, s:i, s:I, s:s, s:s, s:f, s:I, s:I, s:f}", "activation_bits", q->activation_bits,
                     "weight_bits", q->weight_bits, "table_rows", (json_int_t)q->table_rows, "calibration",
                     q->calibration, "ranges_rest_on", hcl_calibration_text(q), "range_margin", q->margin,
                     "samples", (json_int_t)q->num_samples, "samples_of_equal_class", (json_int_t)q->agree,
                     "worst_output_error", q->worst_error);
}

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
        total += proving ? hcl_report_seconds(&s->report, i) : 0;
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
        quantisation(&s->job.choice.quant), "costs", costs ? costs : json_null());
    if (out)
        json_object_set_new(out, "prove_seconds", json_real(hcl_session_prove_seconds(s)));
    if (out && s->srs.verifier.unsafe)
        json_object_set_new(out, "warning",
                            json_string("made with an unsafe development SRS: it proves nothing to "
                                        "anyone"));
    if (out && s->o->seeded)
        json_object_set_new(out, "privacy",
                            json_string("made with --seed: it hides nothing from whoever knows the seed"));
    return out;
}

/* out/name, to be freed. */
static hcl_status place(char **path, const struct hcl_session *s, const char *name, struct hcl_err *err)
{
    *path = hcl_join(s->o->out, name);
    return *path ? HCL_OK : hcl_fail(err, HCL_NO_RESOURCE, "no memory for a path");
}

static hcl_status write_all(struct hcl_session *s, struct hcl_err *err)
{
    char *report = NULL, *proof = NULL, *vk = NULL, *values = NULL;
    json_t *description = hcl_session_describe(s);
    hcl_status st = HCL_OK;
    HCL_TRY(place(&report, s, "report.json", err));
    HCL_TRY(place(&proof, s, "proof.bin", err));
    HCL_TRY(place(&vk, s, "vk.hcl", err));
    HCL_TRY(place(&values, s, "public.json", err));
    if (!description) {
        st = hcl_fail(err, HCL_NO_RESOURCE, "no memory for the report");
        goto done;
    }
    unlink(report); /* of an earlier run: a folder with a report is complete */
    HCL_TRY(hcl_vk_file_write(vk, &s->keys.vk, &s->srs.verifier, s->job.meta_text, err));
    HCL_TRY(hcl_public_write(values, s->job.meta, &s->run.instances, err));
    HCL_TRY(hcl_file_write(proof, s->proof.data, s->proof.len, err));
    HCL_TRY(hcl_json_write(report, description, err));
done:
    json_decref(description);
    free(report);
    free(proof);
    free(vk);
    free(values);
    return st;
}

hcl_status hcl_session_write(struct hcl_session *s, struct hcl_err *err)
{
    hcl_status st = s->cli->rank == 0 ? write_all(s, err) : HCL_OK;
    return hcl_comm_agree(s->cli->comm, st, err);
}

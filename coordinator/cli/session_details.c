/* SPDX-License-Identifier: Apache-2.0 */
/* What report.json says beyond costs, for whoever wants to see what happened. */
#include "coordinator/cli/layers.h"
#include "coordinator/cli/session.h"
#include "coordinator/cli/text.h"
#include "coordinator/cli/visibility.h"

static void add_verifier(json_t *out, const struct hcl_session *s, const char *vk_id)
{
    char hex[65], command[256];
    uint8_t id[32];
    json_t *learned = NULL;
    hcl_srs_id(id, &s->srs.verifier);
    hcl_hex(hex, id, sizeof id);
    json_object_set_new(out, "srs_id", json_string(hex));
    if (hcl_visibility_check(&learned, s->job.meta, &s->keys.vk, "vk.hcl", NULL) == HCL_OK && learned)
        json_object_set_new(out, "verifier_learns", learned);
    snprintf(command, sizeof command, "halocline verify vk.hcl proof.bin public.json --id %s", vk_id);
    json_object_set_new(out, "verify_command", json_string(command));
}

void hcl_session_add_details(json_t *out, const struct hcl_session *s)
{
    const char *vk_id = json_string_value(json_object_get(out, "vk_id"));
    json_t *layout = hcl_layout_json(&s->job.layout);
    json_object_del(layout, "alternatives"); /* those are for 'compile' */
    json_object_set_new(out, "layout", layout);
    json_object_set_new(
        out, "layers",
        hcl_layers_json(&s->job.layout, s->cli->ranks, s->cli->memory, &s->report, s->run.layer_errors));
    if (s->run.outputs)
        json_object_set(out, "outputs", s->run.outputs);
    add_verifier(out, s, vk_id ? vk_id : "");
}

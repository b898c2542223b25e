/* SPDX-License-Identifier: Apache-2.0 */
/* halocline inspect: say what a file is and what it holds, by its content, not its name. */
#include "coordinator/cli/cli.h"
#include "coordinator/cli/job.h"
#include "coordinator/cli/public.h"
#include "coordinator/cli/text.h"

#include "common/halo2/circuit_file.h"
#include "common/halo2/keys.h"
#include "common/halo2/openings.h"
#include "common/halo2/srs.h"
#include "common/io/json_read.h"
#include "common/io/reader.h"
#include "coordinator/run/checkpoint.h"

#include <string.h>

enum { KEY_VK = 0x100, KEY_SIGNATURE };
enum { HEAD_BYTES = 16, MAX_PROOF_BYTES = 1 << 26 };
#define MAX_JSON_BYTES ((size_t)1 << 31)

struct args {
    const char *file, *vk, *signature;
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct args *a = state->input;
    switch (key) {
    case KEY_VK:
        a->vk = arg;
        return 0;
    case KEY_SIGNATURE:
        a->signature = arg;
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp_option options[] = {
    { "vk", KEY_VK, "VK", 0, "FILE is a proof under this key: name each of its items", 0 },
    { "signature", KEY_SIGNATURE, "NAME", 0, "FILE is a model: which of its signatures or subgraphs", 0 },
    { 0 },
};
static const struct argp argp = {
    .options = options,
    .parser = parse,
    .args_doc = "FILE",
    .doc = "Print what is in a circuit, verifying key, SRS, proof, public.json, report, checkpoint or TFLite "
           "model."
};

static json_t *circuit_json(const struct hcl_circuit *c)
{
    json_t *phases = json_array(), *gates = json_array(), *lookups = json_array();
    for (uint32_t i = 0; i < c->num_advice; i++)
        json_array_append_new(phases, json_integer(c->advice_phase[i]));
    for (size_t i = 0; i < c->num_gates; i++)
        json_array_append_new(gates, json_pack("{s:s, s:I}", "name", c->gates[i].name, "polynomials",
                                               (json_int_t)c->gates[i].count));
    for (size_t i = 0; i < c->num_lookups; i++)
        json_array_append_new(lookups, json_string(c->lookups[i].name));
    return json_pack("{s:I, s:I, s:I, s:o, s:I, s:I, s:I, s:I, s:I, s:I, s:o, s:o}", "k", (json_int_t)c->k,
                     "usable_rows", (json_int_t)c->usable_rows, "degree", (json_int_t)c->degree,
                     "advice_phases", phases, "fixed_columns", (json_int_t)c->num_fixed, "instance_columns",
                     (json_int_t)c->num_instance, "challenges", (json_int_t)c->num_challenges,
                     "equality_columns", (json_int_t)c->num_permutation, "copies", (json_int_t)c->num_copies,
                     "blinding_factors", (json_int_t)c->blinding_factors, "gates", gates, "lookups", lookups);
}

static hcl_status proof_size(json_t *into, const struct hcl_circuit *c, struct hcl_err *err)
{
    struct hcl_open_plan plan;
    hcl_status st = hcl_open_plan_init(&plan, c, err);
    if (st == HCL_OK) {
        json_object_set_new(into, "proof_bytes_shplonk", json_integer((json_int_t)plan.proof_bytes_shplonk));
        json_object_set_new(into, "proof_bytes_gwc", json_integer((json_int_t)plan.proof_bytes_gwc));
        hcl_open_plan_clear(&plan);
    }
    return st;
}

static hcl_status inspect_circuit(json_t **out, const char *path, struct hcl_err *err)
{
    struct hcl_circuit c;
    hcl_status st = hcl_circuit_read(&c, path, err);
    if (st != HCL_OK)
        return st;
    *out = circuit_json(&c);
    json_object_set_new(*out, "kind", json_string("circuit"));
    st = proof_size(*out, &c, err);
    hcl_circuit_clear(&c);
    return st;
}

static hcl_status inspect_vk(json_t **out, const char *path, struct hcl_err *err)
{
    struct hcl_vk_file f;
    char id[65], repr[65], srs_hex[65];
    uint8_t bytes[32];
    hcl_status st = hcl_vk_file_read(&f, path, err);
    if (st != HCL_OK)
        return st;
    hcl_hex(id, f.id, sizeof f.id);
    hcl_fr_to_bytes(bytes, &f.vk.transcript_repr);
    hcl_hex(repr, bytes, sizeof bytes);
    hcl_srs_id(bytes, &f.srs);
    hcl_hex(srs_hex, bytes, sizeof bytes);
    *out =
        json_pack("{s:s, s:s, s:s, s:s, s:b, s:o}", "kind", "verifying key", "vk_id", id, "transcript_repr",
                  repr, "srs_id", srs_hex, "unsafe_srs", f.srs.unsafe, "circuit", circuit_json(&f.circuit));
    st = proof_size(*out, &f.circuit, err);
    json_t *meta = NULL;
    if (st == HCL_OK && f.meta[0] &&
        (st = hcl_json_parse(&meta, f.meta, strlen(f.meta), path, err)) == HCL_OK)
        json_object_set_new(*out, "meta", meta);
    hcl_vk_file_clear(&f);
    return st;
}

static hcl_status inspect_srs(json_t **out, const char *path, int threads, struct hcl_err *err)
{
    struct hcl_srs srs;
    hcl_srs_format format;
    char id[65];
    uint8_t bytes[32];
    hcl_status st = hcl_srs_read(&srs, path, 0, &format, threads, err);
    if (st != HCL_OK)
        return st;
    hcl_srs_id(bytes, &srs.verifier);
    hcl_hex(id, bytes, sizeof bytes);
    *out = json_pack("{s:s, s:s, s:I, s:s, s:b}", "kind", "SRS", "format", hcl_srs_format_name(format), "k",
                     (json_int_t)srs.k, "srs_id", id, "unsafe", srs.verifier.unsafe);
    hcl_srs_clear(&srs);
    return HCL_OK;
}

static const char *const poly_names[HCL_POLY_KIND_COUNT] = {
    "advice",         "fixed", "sigma",  "permutation product", "lookup product", "permuted input",
    "permuted table", "h",     "random",
};

static void add_item(json_t *items, size_t *at, const char *kind, const char *what, json_int_t index,
                     int rotation, const uint8_t *proof)
{
    char hex[65];
    hcl_hex(hex, proof + *at, 32);
    json_t *item = json_pack("{s:I, s:s, s:s, s:I, s:s}", "offset", (json_int_t)*at, "kind", kind, "of", what,
                             "index", index, "bytes", hex);
    if (strcmp(kind, "evaluation") == 0)
        json_object_set_new(item, "rotation", json_integer(rotation));
    json_array_append_new(items, item);
    *at += 32;
}

/* Names in the order of the exchange (docs/formats/halo2.md, section 9). */
static void name_items(json_t *items, const struct hcl_circuit *c, const struct hcl_open_plan *plan,
                       const uint8_t *proof)
{
    size_t at = 0, chunk = c->degree - 2, chunks = (c->num_permutation + chunk - 1) / chunk;
    for (uint32_t phase = 0; phase < c->num_phases; phase++)
        for (uint32_t i = 0; i < c->num_advice; i++)
            if (c->advice_phase[i] == phase)
                add_item(items, &at, "commitment", "advice", i, 0, proof);
    for (size_t l = 0; l < c->num_lookups; l++) {
        add_item(items, &at, "commitment", "permuted input", (json_int_t)l, 0, proof);
        add_item(items, &at, "commitment", "permuted table", (json_int_t)l, 0, proof);
    }
    for (size_t i = 0; i < chunks; i++)
        add_item(items, &at, "commitment", "permutation product", (json_int_t)i, 0, proof);
    for (size_t l = 0; l < c->num_lookups; l++)
        add_item(items, &at, "commitment", "lookup product", (json_int_t)l, 0, proof);
    add_item(items, &at, "commitment", "random", 0, 0, proof);
    for (uint32_t i = 0; i + 1 < c->degree; i++)
        add_item(items, &at, "commitment", "h", i, 0, proof);
    for (size_t i = 0; i < plan->num_evaluations; i++) {
        const struct hcl_evaluation *e = &plan->evaluations[i];
        add_item(items, &at, "evaluation", poly_names[e->poly.kind], e->poly.index, e->rotation, proof);
    }
    for (json_int_t i = 0; at < plan->proof_bytes_shplonk; i++)
        add_item(items, &at, "commitment", "opening", i, 0, proof);
}

static hcl_status inspect_proof(json_t **out, const struct args *a, struct hcl_err *err)
{
    struct hcl_file proof = { 0 };
    struct hcl_vk_file key = { 0 };
    struct hcl_open_plan plan = { 0 };
    hcl_status st = HCL_OK;
    HCL_TRY(hcl_file_read(&proof, a->file, MAX_PROOF_BYTES, err));
    HCL_TRY(hcl_vk_file_read(&key, a->vk, err));
    HCL_TRY(hcl_open_plan_init(&plan, &key.circuit, err));
    if (proof.len != plan.proof_bytes_shplonk) {
        st = hcl_fail(err, HCL_BAD_INPUT, "'%s' has %zu bytes, a SHPLONK proof under '%s' has %zu", a->file,
                      proof.len, a->vk, plan.proof_bytes_shplonk);
        goto done;
    }
    json_t *items = json_array();
    name_items(items, &key.circuit, &plan, proof.data);
    *out = json_pack("{s:s, s:I, s:o}", "kind", "proof", "bytes", (json_int_t)proof.len, "items", items);
done:
    hcl_open_plan_clear(&plan);
    hcl_vk_file_clear(&key);
    hcl_file_clear(&proof);
    return st;
}

static bool starts(const struct hcl_file *f, size_t at, const char *magic)
{
    return f->len >= at + strlen(magic) && memcmp(f->data + at, magic, strlen(magic)) == 0;
}

static hcl_status inspect_json(json_t **out, const struct args *a, struct hcl_err *err)
{
    json_t *root;
    hcl_status st = hcl_json_read(&root, a->file, MAX_JSON_BYTES, err);
    if (st != HCL_OK)
        return st;
    const char *format = json_string_value(json_object_get(root, "format"));
    if (format && strcmp(format, "halocline-circuit") == 0) {
        json_decref(root);
        return inspect_circuit(out, a->file, err);
    }
    if (json_object_get(root, "instances")) {
        st = hcl_public_check_header(root, a->file, err);
        if (st != HCL_OK) {
            json_decref(root);
            return st;
        }
        *out = json_pack("{s:s, s:O*}", "kind", "public values", "tensors", json_object_get(root, "tensors"));
        json_t *rows = json_array(), *column;
        size_t i;
        json_array_foreach(json_object_get(root, "instances"), i, column)
            json_array_append_new(rows, json_integer((json_int_t)json_array_size(column)));
        json_object_set_new(*out, "rows", rows);
        json_decref(root);
        return HCL_OK;
    }
    if (format && strcmp(format, "halocline-report") == 0) {
        *out = root;
        return HCL_OK;
    }
    json_decref(root);
    return hcl_fail(err, HCL_BAD_INPUT, "'%s' is JSON of a kind that is not known here", a->file);
}

static hcl_status inspect(struct hcl_cli *cli, void *input, struct hcl_err *err)
{
    const struct args *a = input;
    struct hcl_file f;
    json_t *out = NULL;
    hcl_status st = hcl_file_read_start(&f, a->file, HEAD_BYTES, err);
    if (st != HCL_OK)
        return st;
    if (a->vk)
        st = inspect_proof(&out, a, err);
    else if (starts(&f, 0, "HCLVK001"))
        st = inspect_vk(&out, a->file, err);
    else if (starts(&f, 0, "HCLCKPT1"))
        st = hcl_checkpoint_describe(&out, a->file, err);
    else if (starts(&f, 4, "TFL3"))
        st = hcl_job_inspect_model(&out, a->file, a->signature, err);
    else if (starts(&f, 0, "{"))
        st = inspect_json(&out, a, err);
    else if (starts(&f, 0, "HCLSRS01") || starts(&f, 0, "ptau") ||
             (f.len > 4 && f.data[0] <= 28 && !f.data[1]))
        st = inspect_srs(&out, a->file, cli->threads, err);
    else
        st = hcl_fail(err, HCL_BAD_INPUT,
                      "'%s' is no kind of file that is known here; for a proof give its key with --vk",
                      a->file);
    hcl_file_clear(&f);
    if (st != HCL_OK) {
        json_decref(out);
        return st;
    }
    if (cli->json)
        return hcl_cli_emit(cli, out, err, NULL);
    char *text = hcl_json_text(out, JSON_PRESERVE_ORDER);
    bool good = text && puts(text) != EOF;
    free(text);
    json_decref(out);
    return good ? HCL_OK : hcl_fail(err, HCL_NO_RESOURCE, "cannot write the result to stdout");
}

hcl_status hcl_cmd_inspect(struct hcl_cli *cli, int argc, char **argv, struct hcl_err *err)
{
    struct args a = { 0 };
    const struct hcl_cli_arguments arguments = { .into = { &a.file }, .least = 1, .expected = "a file" };
    return hcl_cli_run(cli, &argp, &arguments, argc, argv, &a, inspect, err);
}

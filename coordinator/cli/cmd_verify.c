/* SPDX-License-Identifier: Apache-2.0 */
/* halocline verify: key + proof + public values, nothing else. */
#include "coordinator/cli/cli.h"
#include "coordinator/cli/public.h"
#include "coordinator/cli/text.h"
#include "coordinator/cli/visibility.h"

#include "common/halo2/circuit_file.h"
#include "common/halo2/verify.h"
#include "common/io/json_read.h"
#include "common/io/reader.h"
#include "common/sys/clock.h"
#include "common/sys/printable.h"

#include <sodium.h>
#include <string.h>

enum { KEY_CIRCUIT = 0x100, KEY_SRS, KEY_SCHEME, KEY_ID, MAX_PROOF_BYTES = 1 << 26 };

struct args {
    const char *vk, *proof, *public_values, *circuit, *srs;
    hcl_scheme scheme;
    const uint8_t *id; /* the only key that is accepted; NULL: any */
    uint8_t id_bytes[HCL_VK_ID_BYTES];
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct args *a = state->input;
    switch (key) {
    case KEY_CIRCUIT:
        a->circuit = arg;
        return 0;
    case KEY_SRS:
        a->srs = arg;
        return 0;
    case KEY_SCHEME:
        if (strcmp(arg, "shplonk") != 0 && strcmp(arg, "gwc") != 0)
            return hcl_cli_usage(state, "unknown scheme '%s', expected shplonk or gwc", arg);
        a->scheme = strcmp(arg, "gwc") == 0 ? HCL_SCHEME_GWC : HCL_SCHEME_SHPLONK;
        return 0;
    case KEY_ID:
        if (strlen(arg) != 2 * sizeof a->id_bytes ||
            sodium_hex2bin(a->id_bytes, sizeof a->id_bytes, arg, strlen(arg), NULL, NULL, NULL) != 0)
            return hcl_cli_usage(state, "bad key id '%s', expected %zu hex digits", arg,
                                 2 * sizeof a->id_bytes);
        a->id = a->id_bytes;
        return 0;
    case ARGP_KEY_END:
        if (!a->circuit != !a->srs)
            return hcl_cli_usage(state,
                                 "--circuit and --srs belong together: they are for halo2's own key files");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp_option options[] = {
    { "circuit", KEY_CIRCUIT, "CIRCUIT.json", 0,
      "VK holds halo2's own bytes, which lack the constraint system", 0 },
    { "srs", KEY_SRS, "FILE", 0, "With --circuit: where G2 and [s]G2 come from", 0 },
    { "scheme", KEY_SCHEME, "NAME", 0, "shplonk (default) or gwc", 0 },
    { "id", KEY_ID, "HEX", 0, "Accept no key but the one with this id (keygen, prove and inspect print it)",
      0 },
    { 0 },
};
static const struct argp argp = {
    .options = options,
    .parser = parse,
    .args_doc = "VK PROOF PUBLIC.json",
    .doc =
        "Check a proof.\vWhen it does not convince, the message says where, and the exit code is one that no "
        "launcher gives ('halocline -h'). Whoever relies on it must have VK, or "
        "its id, from a place they trust. With --json the result says what the "
        "verifier has learned about input, output "
        "and weights, and whether the SRS is safe."
};

/* Key and SRS, from Halocline's vk file or from halo2's bytes with circuit and SRS beside them. */
static hcl_status read_key(struct hcl_vk_file *key, const struct args *a, int threads, struct hcl_err *err)
{
    if (!a->circuit)
        return hcl_vk_file_read(key, a->vk, err);
    hcl_status st = HCL_OK;
    struct hcl_file bytes = { 0 };
    struct hcl_srs srs = { 0 };
    *key = (struct hcl_vk_file){ 0 };
    HCL_TRY(hcl_circuit_read(&key->circuit, a->circuit, err));
    HCL_TRY(hcl_srs_read(&srs, a->srs, 1, NULL, threads, err));
    key->srs = srs.verifier;
    if (hcl_srs_check_verifier(&key->srs, err) != HCL_OK)
        HCL_TRY(hcl_fail_prefix(err, HCL_BAD_INPUT, "'%s'", a->srs));
    HCL_TRY(hcl_file_read(&bytes, a->vk, MAX_PROOF_BYTES, err));
    size_t points = (size_t)key->circuit.num_fixed + key->circuit.num_permutation;
    hcl_serde serde = bytes.len == 10 + 64 * points ? HCL_SERDE_RAW : HCL_SERDE_PROCESSED;
    HCL_TRY(hcl_vk_parse(&key->vk, &key->circuit, serde, bytes.data, bytes.len, a->vk, err));
    HCL_TRY(hcl_vk_file_id(key->id, &key->vk, &key->srs, "", err));
done:
    hcl_srs_clear(&srs);
    hcl_file_clear(&bytes);
    if (st != HCL_OK)
        hcl_vk_file_clear(key);
    return st;
}

/* What is known of a verification, whatever its verdict. */
struct verdict {
    hcl_status st;
    size_t proof_bytes;
    double seconds;
    const struct hcl_vk_file *key;
    const struct hcl_values *instances;
    json_t *tensors, *learned;
    char id[2 * HCL_VK_ID_BYTES + 1];
};

static json_t *report(const struct verdict *v, const struct hcl_err *why)
{
    char srs_hex[65];
    uint8_t srs[32];
    hcl_srs_id(srs, &v->key->srs);
    hcl_hex(srs_hex, srs, sizeof srs);
    json_t *out = json_pack("{s:b, s:s, s:s, s:b, s:I, s:f, s:O}", "valid", v->st == HCL_OK, "vk_id", v->id,
                            "srs_id", srs_hex, "unsafe_srs", v->key->srs.unsafe, "proof_bytes",
                            (json_int_t)v->proof_bytes, "seconds", v->seconds, "public", v->tensors);
    if (v->st != HCL_OK)
        json_object_set_new(out, "reason", hcl_json_string(why->msg));
    else if (v->learned)
        json_object_set(out, "verifier_learns", v->learned);
    return out;
}

/* What was claimed and what is learned from it, in a line each. */
static void print_claim(const struct verdict *v)
{
    const char *what;
    json_t *text;
    if (json_array_size(v->tensors) > 0)
        hcl_public_print(stdout, v->tensors);
    else
        hcl_public_print_columns(stdout, v->instances);
    json_object_foreach(v->learned, what, text)
        hcl_print_line(stdout, "learned of the %s: %s", what, json_string_value(text));
}

static hcl_status say(struct hcl_cli *cli, const struct verdict *v, const struct hcl_err *why,
                      struct hcl_err *err)
{
    bool accepted = v->st == HCL_OK;
    hcl_status st =
        hcl_cli_emit(cli, report(v, why), err,
                     accepted ? "accepted under key %s: %zu bytes in %.1f ms%s" : NULL, v->id, v->proof_bytes,
                     1e3 * v->seconds, v->key->srs.unsafe ? "; UNSAFE development SRS, proves nothing" : "");
    if (st == HCL_OK && accepted && !cli->json)
        print_claim(v);
    return st;
}

/* HCL_FALSE_CLAIM unless the key is the one that is asked for. */
static hcl_status check_id(const struct args *a, const struct verdict *v, struct hcl_err *err)
{
    if (!a->id || memcmp(a->id, v->key->id, HCL_VK_ID_BYTES) == 0)
        return HCL_OK;
    return hcl_fail(err, HCL_FALSE_CLAIM, "'%s' is another key: its id is %s", a->vk, v->id);
}

static hcl_status verify(struct hcl_cli *cli, void *input, struct hcl_err *err)
{
    const struct args *a = input;
    hcl_status st = HCL_OK;
    struct hcl_vk_file key = { 0 };
    struct hcl_values instances = { 0 };
    struct hcl_file proof = { 0 };
    struct verdict v = { .key = &key, .instances = &instances };
    json_t *meta = NULL;
    HCL_TRY(read_key(&key, a, cli->threads, err));
    hcl_hex(v.id, key.id, sizeof key.id);
    if (key.meta && key.meta[0])
        HCL_TRY(hcl_json_parse(&meta, key.meta, strlen(key.meta), a->vk, err));
    HCL_TRY(hcl_visibility_check(&v.learned, meta, &key.vk, a->vk, err));
    HCL_TRY(hcl_public_read(&instances, &v.tensors, a->public_values, meta, err));
    HCL_TRY(hcl_file_read(&proof, a->proof, MAX_PROOF_BYTES, err));
    v.proof_bytes = proof.len;
    double start = hcl_clock_seconds();
    st = check_id(a, &v, err);
    if (st == HCL_OK)
        st = hcl_verify(&key.vk, &key.srs, &instances, proof.data, proof.len, a->scheme, err);
    v.seconds = hcl_clock_seconds() - start;
    v.st = st;
    if (st == HCL_OK || st == HCL_FALSE_CLAIM) {
        struct hcl_err unsaid;
        hcl_status said = say(cli, &v, err, &unsaid);
        if (st == HCL_FALSE_CLAIM)
            hcl_fail_prefix(err, st, "rejected '%s'", a->proof);
        else if (said != HCL_OK)
            st = hcl_fail(err, said, "%s", unsaid.msg);
    }
done:
    json_decref(meta);
    json_decref(v.tensors);
    json_decref(v.learned);
    hcl_file_clear(&proof);
    hcl_values_clear(&instances);
    hcl_vk_file_clear(&key);
    return st;
}

hcl_status hcl_cmd_verify(struct hcl_cli *cli, int argc, char **argv, struct hcl_err *err)
{
    struct args a = { .scheme = HCL_SCHEME_SHPLONK };
    const struct hcl_cli_arguments arguments = { .into = { &a.vk, &a.proof, &a.public_values },
                                                 .least = 3,
                                                 .expected =
                                                     "a verifying key, a proof and the public values" };
    return hcl_cli_run(cli, &argp, &arguments, argc, argv, &a, verify, err);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* halocline verify: key + proof + public values, nothing else. */
#include "coordinator/cli/cli.h"
#include "coordinator/cli/public.h"
#include "coordinator/cli/text.h"
#include "coordinator/cli/visibility.h"

#include "common/halo2/audit.h"
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
            return hcl_cli_usage(state, "--circuit and --srs belong together: a key is checked by both");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp_option options[] = {
    { "circuit", KEY_CIRCUIT, "CIRCUIT.json", 0,
      "Check that VK, a vk file or halo2's own bytes, is the key of this circuit, fixed values and copies "
      "included",
      0 },
    { "srs", KEY_SRS, "FILE", 0, "With --circuit: the SRS that the key has to be made with", 0 },
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

/* A key, and what it is judged by. With --circuit only circuit and SRS are trusted. */
struct trust {
    struct hcl_vk_file key;     /* of halo2's bytes: vk, whose circuit is the one below, srs and id */
    struct hcl_circuit circuit; /* with --circuit */
    struct hcl_srs srs;         /* with --circuit: 2^k points */
    enum { SRS_UNMARKED, SRS_UNSAFE, SRS_CANNOT_SAY } mark;
};

static void clear_trust(struct trust *t)
{
    hcl_vk_file_clear(&t->key);
    hcl_circuit_clear(&t->circuit);
    hcl_srs_clear(&t->srs);
}

static bool is_vk_file(const struct hcl_file *f)
{
    return f->len >= 8 && memcmp(f->data, "HCLVK", 5) == 0;
}

static hcl_status parse_key(struct trust *t, const struct hcl_file *f, const char *name, struct hcl_err *err)
{
    const struct hcl_circuit *c = &t->circuit;
    hcl_status st;
    if (is_vk_file(f))
        return hcl_vk_file_parse(&t->key, f->data, f->len, name, err);
    size_t points = (size_t)c->num_fixed + c->num_permutation;
    hcl_serde serde = f->len == 10 + 64 * points ? HCL_SERDE_RAW : HCL_SERDE_PROCESSED;
    HCL_TRY(hcl_vk_parse(&t->key.vk, c, serde, f->data, f->len, name, err));
    t->key.srs = t->srs.verifier;
    HCL_TRY(hcl_vk_file_id(t->key.id, &t->key.vk, &t->key.srs, "", err));
done:
    return st;
}

/* The key, from Halocline's vk file or, with the circuit, from halo2's own bytes. */
static hcl_status read_key(struct trust *t, const struct args *a, int threads, struct hcl_err *err)
{
    struct hcl_file bytes = { 0 };
    hcl_srs_format format = HCL_SRS_HALOCLINE;
    hcl_status st = HCL_OK;
    if (a->circuit) {
        HCL_TRY(hcl_circuit_read(&t->circuit, a->circuit, err));
        HCL_TRY(hcl_srs_read(&t->srs, a->srs, t->circuit.k, &format, threads, err));
        HCL_TRY(hcl_srs_require(&t->srs, t->circuit.k, err));
        if (hcl_srs_check(&t->srs, threads, err) != HCL_OK)
            HCL_TRY(hcl_fail_prefix(err, HCL_BAD_INPUT, "'%s'", a->srs));
        HCL_TRY(hcl_file_read(&bytes, a->vk, MAX_PROOF_BYTES, err));
        HCL_TRY(parse_key(t, &bytes, a->vk, err));
    } else {
        HCL_TRY(hcl_vk_file_read(&t->key, a->vk, err));
    }
    t->mark = t->key.srs.unsafe || t->srs.verifier.unsafe ? SRS_UNSAFE
              : format == HCL_SRS_HALOCLINE               ? SRS_UNMARKED
                                                          : SRS_CANNOT_SAY;
done:
    hcl_file_clear(&bytes);
    return st;
}

/* Is the key the one that circuit and SRS give (HCL_FALSE_CLAIM says what is another), and does the circuit
 * read just these public values? */
static hcl_status audit(const struct trust *t, const struct hcl_values *instances, const struct args *a,
                        int threads, struct hcl_err *err)
{
    uint8_t ours[32], theirs[32];
    if (!a->circuit)
        return HCL_OK;
    hcl_srs_id(ours, &t->srs.verifier);
    hcl_srs_id(theirs, &t->key.srs);
    if (memcmp(ours, theirs, sizeof ours) != 0)
        return hcl_fail(err, HCL_FALSE_CLAIM, "'%s' was made with another SRS than '%s'", a->vk, a->srs);
    hcl_status st = hcl_audit_key(&t->key.vk, &t->circuit, &t->srs, threads, err);
    if (st == HCL_FALSE_CLAIM)
        hcl_fail_prefix(err, st, "'%s' is not the key of '%s'", a->vk, a->circuit);
    if (st != HCL_OK)
        return st;
    st = hcl_audit_instances(instances, &t->circuit, err);
    return st == HCL_OK ? st : hcl_fail_prefix(err, st, "'%s'", a->public_values);
}

/* What is known of a verification, whatever its verdict. */
struct verdict {
    hcl_status st;
    size_t proof_bytes;
    double seconds;
    const struct trust *trust;
    const struct hcl_values *instances;
    json_t *tensors, *learned;
    char id[2 * HCL_VK_ID_BYTES + 1];
    bool audited;     /* the key is that of a circuit which the caller trusts */
    json_int_t batch; /* inferences; 0: the key speaks of no batch */
};

static json_t *report(const struct verdict *v, const struct hcl_err *why)
{
    char srs_hex[65];
    uint8_t srs[32];
    hcl_srs_id(srs, &v->trust->key.srs);
    hcl_hex(srs_hex, srs, sizeof srs);
    json_t *mark =
        v->trust->mark == SRS_CANNOT_SAY ? json_null() : json_boolean(v->trust->mark == SRS_UNSAFE);
    json_t *out =
        json_pack("{s:b, s:s, s:s, s:o, s:b, s:I, s:f, s:O}", "valid", v->st == HCL_OK, "vk_id", v->id,
                  "srs_id", srs_hex, "unsafe_srs", mark, "circuit_checked", v->audited, "proof_bytes",
                  (json_int_t)v->proof_bytes, "seconds", v->seconds, "public", v->tensors);
    if (v->batch)
        json_object_set_new(out, "batch", json_integer(v->batch));
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
    if (v->batch)
        printf("batch of %lld inferences of one model\n", (long long)v->batch);
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
    static const char *const marks[] = { "", "; UNSAFE development SRS, proves nothing",
                                         "; the SRS file cannot say whether it is a development SRS" };
    bool accepted = v->st == HCL_OK;
    hcl_status st = hcl_cli_emit(
        cli, report(v, why), err, accepted ? "accepted under key %s%s: %zu bytes in %.1f ms%s" : NULL, v->id,
        v->audited ? ", that of the circuit" : "", v->proof_bytes, 1e3 * v->seconds, marks[v->trust->mark]);
    if (st == HCL_OK && accepted && !cli->json)
        print_claim(v);
    return st;
}

/* HCL_FALSE_CLAIM unless the key is the one that is asked for. */
static hcl_status check_id(const struct args *a, const struct verdict *v, struct hcl_err *err)
{
    if (!a->id || memcmp(a->id, v->trust->key.id, HCL_VK_ID_BYTES) == 0)
        return HCL_OK;
    return hcl_fail(err, HCL_FALSE_CLAIM, "'%s' is another key: its id is %s", a->vk, v->id);
}

/* All of the verdict: is it the key that is meant, of the circuit that is meant, and does the proof hold? */
static hcl_status judge(struct verdict *v, const struct args *a, const struct hcl_file *proof, int threads,
                        struct hcl_err *err)
{
    const struct hcl_vk_file *key = &v->trust->key;
    hcl_status st;
    double start = 0;
    HCL_TRY(check_id(a, v, err));
    HCL_TRY(audit(v->trust, v->instances, a, threads, err));
    v->audited = a->circuit != NULL;
    start = hcl_clock_seconds();
    st = hcl_verify(&key->vk, &key->srs, v->instances, proof->data, proof->len, a->scheme, err);
    v->seconds = hcl_clock_seconds() - start;
done:
    v->st = st;
    return st;
}

static hcl_status read_claim(struct verdict *v, struct hcl_values *instances, const struct args *a,
                             struct hcl_err *err)
{
    const struct hcl_vk_file *key = &v->trust->key;
    json_t *meta = NULL;
    hcl_status st = HCL_OK;
    if (key->meta && key->meta[0])
        HCL_TRY(hcl_json_parse(&meta, key->meta, strlen(key->meta), a->vk, err));
    v->batch = json_integer_value(json_object_get(meta, "batch"));
    HCL_TRY(hcl_visibility_check(&v->learned, meta, &key->vk, a->vk, err));
    HCL_TRY(hcl_public_read(instances, &v->tensors, a->public_values, meta, err));
done:
    json_decref(meta);
    return st;
}

static hcl_status verify(struct hcl_cli *cli, void *input, struct hcl_err *err)
{
    const struct args *a = input;
    hcl_status st = HCL_OK;
    struct trust trust = { 0 };
    struct hcl_values instances = { 0 };
    struct hcl_file proof = { 0 };
    struct verdict v = { .trust = &trust, .instances = &instances };
    HCL_TRY(read_key(&trust, a, cli->threads, err));
    hcl_hex(v.id, trust.key.id, sizeof trust.key.id);
    HCL_TRY(read_claim(&v, &instances, a, err));
    HCL_TRY(hcl_file_read(&proof, a->proof, MAX_PROOF_BYTES, err));
    v.proof_bytes = proof.len;
    st = judge(&v, a, &proof, cli->threads, err);
    if (st == HCL_OK || st == HCL_FALSE_CLAIM) {
        struct hcl_err unsaid;
        hcl_status said = say(cli, &v, err, &unsaid);
        if (st == HCL_FALSE_CLAIM)
            hcl_fail_prefix(err, st, "rejected '%s'", a->proof);
        else if (said != HCL_OK)
            st = hcl_fail(err, said, "%s", unsaid.msg);
    }
done:
    json_decref(v.tensors);
    json_decref(v.learned);
    hcl_file_clear(&proof);
    hcl_values_clear(&instances);
    clear_trust(&trust);
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

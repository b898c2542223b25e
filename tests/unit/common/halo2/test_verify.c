/* SPDX-License-Identifier: Apache-2.0 */
/* The verifier against the reference: it absorbs and squeezes the same items in the same order, accepts what
 * the reference accepts, and refuses every tampered proof. */
#include "common/halo2/verify.h"
#include "tests/unit/common/halo2/vectors.h"

struct fixture {
    struct hcl_circuit circuit;
    struct hcl_vk vk;
    struct hcl_srs srs;
    struct hcl_values instances;
};

static void fixture_init(struct fixture *f, const char *folder)
{
    struct hcl_err err;
    char name[16];
    vector_circuit(&f->circuit, folder);
    vector_vk(&f->vk, &f->circuit, folder);
    snprintf(name, sizeof name, "k%u.raw", f->circuit.k);
    assert_ok(hcl_srs_read(&f->srs, vector_path("srs", name), 0, NULL, 1, &err), err);
    assert_ok(hcl_values_read_instances(&f->instances, vector_path(folder, "instance.json"), &err), err);
}

static void fixture_clear(struct fixture *f)
{
    hcl_vk_clear(&f->vk);
    hcl_circuit_clear(&f->circuit);
    hcl_srs_clear(&f->srs);
    hcl_values_clear(&f->instances);
}

static void stock_proofs_are_accepted(void **state)
{
    static const char *const files[] = { "proof.shplonk", "proof.gwc", "proof.replay" };
    (void)state;
    for (size_t i = 0; i < NUM_VECTORS; i++) {
        struct fixture f;
        fixture_init(&f, vector_names[i]);
        for (size_t j = 0; j < 3; j++) {
            struct hcl_file proof = vector_file(vector_names[i], files[j]);
            struct hcl_err err = { "" };
            hcl_scheme scheme = j == 1 ? HCL_SCHEME_GWC : HCL_SCHEME_SHPLONK;
            hcl_status st =
                hcl_verify(&f.vk, &f.srs.verifier, &f.instances, proof.data, proof.len, scheme, &err);
            if (st != HCL_OK)
                fail_msg("%s/%s: %s", vector_names[i], files[j], err.msg);
            /* and not under the other scheme */
            st = hcl_verify(&f.vk, &f.srs.verifier, &f.instances, proof.data, proof.len,
                            j == 1 ? HCL_SCHEME_SHPLONK : HCL_SCHEME_GWC, &err);
            assert_int_equal(st, HCL_FALSE_CLAIM);
            hcl_file_clear(&proof);
        }
        fixture_clear(&f);
    }
}

/* Compares each transcript item with the recorded one. */
struct follower {
    const json_t *trace;
    size_t at;
};

static void hex_to_le(uint8_t out[32], const char *hex)
{
    assert_int_equal(strlen(hex), 66);
    for (size_t i = 0; i < 32; i++) {
        unsigned byte;
        assert_int_equal(sscanf(hex + 2 + 2 * i, "%2x", &byte), 1);
        out[31 - i] = (uint8_t)byte;
    }
}

static void follow(void *ctx, hcl_transcript_event event, const uint8_t *bytes)
{
    static const char *const ops[] = { "scalar", "point", "squeeze" };
    struct follower *f = ctx;
    const json_t *item = json_array_get(f->trace, f->at++), *value = json_object_get(item, "value");
    uint8_t want[64];
    assert_non_null(item);
    assert_non_null(strstr(json_string_value(json_object_get(item, "op")), ops[event]));
    if (event == HCL_TRANSCRIPT_SCALAR) {
        hex_to_le(want, json_string_value(value));
        assert_memory_equal(bytes, want, 32);
    } else if (event == HCL_TRANSCRIPT_POINT) {
        memset(want, 0, sizeof want);
        if (json_is_array(value)) {
            hex_to_le(want, json_string_value(json_array_get(value, 0)));
            hex_to_le(want + 32, json_string_value(json_array_get(value, 1)));
        }
        assert_memory_equal(bytes, want, 64);
    } else {
        const char *digest = json_string_value(json_object_get(item, "digest"));
        char hex[129];
        for (size_t i = 0; i < 64; i++)
            snprintf(hex + 2 * i, 3, "%02x", bytes[i]);
        assert_string_equal(hex, digest);
    }
}

static void traces_are_followed(void **state)
{
    (void)state;
    for (size_t i = 0; i < NUM_VECTORS; i++) {
        struct fixture f;
        fixture_init(&f, vector_names[i]);
        for (int gwc = 0; gwc < 2; gwc++) {
            struct hcl_file proof = vector_file(vector_names[i], gwc ? "proof.gwc" : "proof.shplonk");
            json_t *trace = vector_json(vector_names[i], gwc ? "trace.gwc.json" : "trace.shplonk.json");
            struct follower follower = { .trace = trace };
            struct hcl_transcript t;
            struct hcl_err err;
            hcl_transcript_init(&t);
            t.observe = follow;
            t.observe_ctx = &follower;
            assert_ok(hcl_verify_with(&t, &f.vk, &f.srs.verifier, &f.instances, proof.data, proof.len,
                                      gwc ? HCL_SCHEME_GWC : HCL_SCHEME_SHPLONK, &err),
                      err);
            assert_int_equal(follower.at, json_array_size(trace));
            json_decref(trace);
            hcl_file_clear(&proof);
        }
        fixture_clear(&f);
    }
}

static size_t index_at(const json_t *list, size_t i)
{
    return (size_t)json_integer_value(json_array_get(list, i));
}

/* The proof with the edit applied; malloc'ed. */
static uint8_t *tampered(const struct hcl_file *proof, const json_t *edit, size_t *len)
{
    const json_t *v;
    uint8_t *bytes = calloc(proof->len + 4096, 1);
    const char *hex = NULL;
    size_t at = 0;
    memcpy(bytes, proof->data, proof->len);
    *len = proof->len;
    if ((v = json_object_get(edit, "xor")) != NULL) {
        bytes[index_at(v, 0)] ^= (uint8_t)index_at(v, 1);
    } else if ((v = json_object_get(edit, "truncate")) != NULL) {
        *len = (size_t)json_integer_value(v);
    } else if ((v = json_object_get(edit, "replace")) != NULL) {
        at = index_at(v, 0);
        hex = json_string_value(json_array_get(v, 1));
    } else if ((v = json_object_get(edit, "append")) != NULL) {
        at = proof->len;
        hex = json_string_value(v);
        *len += strlen(hex) / 2;
    } else {
        fail_msg("unknown edit");
    }
    for (; hex != NULL && *hex != '\0'; hex += 2) {
        unsigned byte;
        assert_int_equal(sscanf(hex, "%2x", &byte), 1);
        bytes[at++] = (uint8_t)byte;
    }
    return bytes;
}

static hcl_status verify_case(const struct fixture *f, const struct hcl_file *proof, const json_t *entry,
                              struct hcl_err *err)
{
    const json_t *edit = json_object_get(entry, "edit"), *instances = json_object_get(entry, "instances");
    struct hcl_values other = { 0 };
    size_t len = proof->len;
    uint8_t *bytes = edit == NULL ? NULL : tampered(proof, edit, &len);
    hcl_status st;
    assert_true((edit == NULL) != (instances == NULL));
    if (instances != NULL) {
        json_t *root = json_pack("{s:O}", "instances", instances);
        char *text = json_dumps(root, 0);
        assert_ok(hcl_values_parse_instances(&other, text, strlen(text), "tampered", err), *err);
        free(text);
        json_decref(root);
    }
    st = hcl_verify(&f->vk, &f->srs.verifier, instances != NULL ? &other : &f->instances,
                    bytes != NULL ? bytes : proof->data, len, HCL_SCHEME_SHPLONK, err);
    hcl_values_clear(&other);
    free(bytes);
    return st;
}

static void tampered_proofs_are_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < NUM_VECTORS; i++) {
        struct hcl_file proof = vector_file(vector_names[i], "proof.shplonk");
        json_t *cases = vector_json(vector_names[i], "tampered.json");
        struct fixture f;
        fixture_init(&f, vector_names[i]);
        assert_true(json_array_size(cases) > 5);
        for (size_t j = 0; j < json_array_size(cases); j++) {
            const json_t *entry = json_array_get(cases, j);
            struct hcl_err err = { "" };
            hcl_status st = verify_case(&f, &proof, entry, &err);
            if ((st != HCL_FALSE_CLAIM && st != HCL_BAD_INPUT) || err.msg[0] == '\0')
                fail_msg("%s: '%s' gives status %d", vector_names[i],
                         json_string_value(json_object_get(entry, "name")), st);
        }
        fixture_clear(&f);
        json_decref(cases);
        hcl_file_clear(&proof);
    }
}

/* Every byte position of a small proof. */
static void every_flipped_bit_is_refused(void **state)
{
    struct hcl_file proof = vector_file("instance", "proof.shplonk");
    struct fixture f;
    (void)state;
    fixture_init(&f, "instance");
    for (size_t i = 0; i < 8 * proof.len; i += 3) {
        struct hcl_err err;
        proof.data[i / 8] ^= (uint8_t)(1u << (i % 8));
        assert_int_equal(
            hcl_verify(&f.vk, &f.srs.verifier, &f.instances, proof.data, proof.len, HCL_SCHEME_SHPLONK, &err),
            HCL_FALSE_CLAIM);
        proof.data[i / 8] ^= (uint8_t)(1u << (i % 8));
    }
    fixture_clear(&f);
    hcl_file_clear(&proof);
}

/* A proof is for one key and one SRS. */
static void other_keys_are_refused(void **state)
{
    struct hcl_file proof = vector_file("phases", "proof.shplonk");
    struct fixture f;
    struct hcl_vk other;
    struct hcl_srs srs;
    struct hcl_err err;
    (void)state;
    fixture_init(&f, "phases");
    assert_ok(hcl_vk_from_commitments(&other, &f.circuit, f.vk.fixed, f.vk.sigma, &err), err);
    other.transcript_repr = hcl_fr_one;
    assert_int_equal(
        hcl_verify(&other, &f.srs.verifier, &f.instances, proof.data, proof.len, HCL_SCHEME_SHPLONK, &err),
        HCL_FALSE_CLAIM);
    assert_ok(hcl_srs_create_unsafe(&srs, 4, NULL, 1, &err), err);
    assert_int_equal(
        hcl_verify(&f.vk, &srs.verifier, &f.instances, proof.data, proof.len, HCL_SCHEME_SHPLONK, &err),
        HCL_FALSE_CLAIM);
    hcl_srs_clear(&srs);
    hcl_vk_clear(&other);
    fixture_clear(&f);
    hcl_file_clear(&proof);
}

/* An auditor with the vk file alone verifies; damage anywhere in the file is noticed. */
static void vk_files_suffice_to_verify(void **state)
{
    (void)state;
    for (size_t i = 0; i < NUM_VECTORS; i++) {
        struct hcl_file proof = vector_file(vector_names[i], "proof.shplonk");
        struct hcl_vk_file file;
        struct hcl_err err;
        struct fixture f;
        uint8_t *bytes;
        size_t len;
        fixture_init(&f, vector_names[i]);
        f.srs.verifier.unsafe = i % 2 == 1;
        assert_ok(hcl_vk_file_format(&bytes, &len, &f.vk, &f.srs.verifier, "{\"model\": \"none\"}", &err),
                  err);
        assert_ok(hcl_vk_file_parse(&file, bytes, len, "vk", &err), err);
        assert_string_equal(file.meta, "{\"model\": \"none\"}");
        assert_int_equal(file.srs.unsafe, i % 2 == 1);
        assert_true(hcl_fr_eq(&file.vk.transcript_repr, &f.vk.transcript_repr));
        assert_ok(
            hcl_verify(&file.vk, &file.srs, &f.instances, proof.data, proof.len, HCL_SCHEME_SHPLONK, &err),
            err);
        hcl_vk_file_clear(&file);
        for (size_t at = 0; at < len; at += 1 + len / 50) {
            bytes[at] ^= 4;
            assert_int_equal(hcl_vk_file_parse(&file, bytes, len, "vk", &err), HCL_BAD_INPUT);
            bytes[at] ^= 4;
            assert_int_equal(hcl_vk_file_parse(&file, bytes, at, "vk", &err), HCL_BAD_INPUT);
        }
        free(bytes);
        fixture_clear(&f);
        hcl_file_clear(&proof);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(stock_proofs_are_accepted),   cmocka_unit_test(traces_are_followed),
        cmocka_unit_test(tampered_proofs_are_refused), cmocka_unit_test(every_flipped_bit_is_refused),
        cmocka_unit_test(other_keys_are_refused),      cmocka_unit_test(vk_files_suffice_to_verify),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

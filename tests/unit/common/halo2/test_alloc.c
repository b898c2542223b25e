/* SPDX-License-Identifier: Apache-2.0 */
/* Every allocation of the library fails in turn: the call reports HCL_NO_RESOURCE, and nothing leaks. */
#include "common/halo2/check.h"
#include "common/halo2/groups.h"
#include "common/halo2/verify.h"
#include "tests/support/failing_alloc.h"
#include "tests/unit/common/halo2/vectors.h"

/* Data the calls work on, made while nothing fails. */
static struct hcl_file circuit_json, side, vk_bytes, shplonk, gwc, instance_json, replay_json;
static struct hcl_circuit circuit;
static struct hcl_vk vk;
static struct hcl_srs srs;
static struct hcl_values instances, advice;
static uint8_t *vk_file;
static size_t vk_file_len;

static int set_up(void **state)
{
    struct hcl_err err;
    (void)state;
    circuit_json = vector_file("permutation", "circuit.json");
    vk_bytes = vector_file("everything", "vk.raw");
    side = vector_file("everything", "circuit.bin");
    shplonk = vector_file("everything", "proof.shplonk");
    gwc = vector_file("everything", "proof.gwc");
    instance_json = vector_file("everything", "instance.json");
    replay_json = vector_file("everything", "replay.json");
    vector_circuit(&circuit, "everything");
    vector_vk(&vk, &circuit, "everything");
    assert_ok(hcl_srs_read(&srs, vector_path("srs", "k6.raw"), 0, NULL, 1, &err), err);
    assert_ok(hcl_values_read_instances(&instances, vector_path("everything", "instance.json"), &err), err);
    assert_ok(hcl_values_read_witness(&advice, vector_path("everything", "replay.json"), &err), err);
    assert_ok(hcl_vk_file_format(&vk_file, &vk_file_len, &vk, &srs.verifier, "{}", &err), err);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    hcl_file_clear(&circuit_json);
    hcl_file_clear(&vk_bytes);
    hcl_file_clear(&side);
    hcl_file_clear(&shplonk);
    hcl_file_clear(&gwc);
    hcl_file_clear(&instance_json);
    hcl_file_clear(&replay_json);
    hcl_vk_clear(&vk);
    hcl_circuit_clear(&circuit);
    hcl_srs_clear(&srs);
    hcl_values_clear(&instances);
    hcl_values_clear(&advice);
    free(vk_file);
    return 0;
}

static hcl_status call_circuit(void *unused, struct hcl_err *err)
{
    (void)unused;
    struct hcl_circuit c;
    char *text;
    size_t len;
    hcl_status st =
        hcl_circuit_parse(&c, (const char *)circuit_json.data, circuit_json.len, "circuit", NULL, err);
    if (st == HCL_OK) {
        st = hcl_circuit_format(&c, HCL_CIRCUIT_INLINE, &text, &len, err);
        if (st == HCL_OK)
            json_decref(json_loads(text, 0, NULL));
        hcl_alloc_adopt(st == HCL_OK ? text : NULL); /* jansson's */
        free(st == HCL_OK ? text : NULL);
    }
    hcl_circuit_clear(&c);
    return st;
}

static hcl_status call_side(void *unused, struct hcl_err *err)
{
    (void)unused;
    struct hcl_circuit c;
    uint8_t *bytes = NULL;
    uint32_t column;
    size_t len;
    hcl_status st = HCL_OK;
    hcl_circuit_init(&c, 6);
    for (int i = 0; i < 5 && st == HCL_OK; i++)
        st = hcl_circuit_add_fixed(&c, &column, err);
    if (st == HCL_OK)
        st = hcl_circuit_parse_side(&c, side.data, side.len, "side", err);
    if (st == HCL_OK)
        st = hcl_circuit_format_side(&c, &bytes, &len, err);
    free(bytes);
    hcl_circuit_clear(&c);
    return st;
}

static hcl_status call_vk(void *unused, struct hcl_err *err)
{
    (void)unused;
    struct hcl_vk_file file;
    struct hcl_vk key;
    uint8_t *bytes = NULL;
    char *text = NULL;
    size_t len;
    hcl_status st = hcl_vk_parse(&key, &circuit, HCL_SERDE_RAW, vk_bytes.data, vk_bytes.len, "vk", err);
    if (st == HCL_OK)
        st = hcl_vk_format(&key, HCL_SERDE_PROCESSED, &bytes, &len, err);
    if (st == HCL_OK)
        st = hcl_vk_pinned_text(&key, &text, &len, err);
    free(bytes);
    free(text);
    hcl_vk_clear(&key);
    if (st == HCL_OK)
        st = hcl_vk_file_parse(&file, vk_file, vk_file_len, "vk file", err);
    if (st == HCL_OK)
        hcl_vk_file_clear(&file);
    return st;
}

static hcl_status call_keygen(void *unused, struct hcl_err *err)
{
    (void)unused;
    struct hcl_vk key = { 0 };
    struct hcl_pk pk = { 0 };
    hcl_status st = hcl_vk_generate(&key, &circuit, &srs, NULL, 1, err);
    hcl_vk_clear(&key);
    if (st != HCL_OK)
        return st;
    st = hcl_pk_init(&pk, &circuit, NULL, NULL, 1, err);
    hcl_pk_clear(&pk);
    return st;
}

static hcl_status call_shplonk(void *unused, struct hcl_err *err)
{
    (void)unused;
    return hcl_verify(&vk, &srs.verifier, &instances, shplonk.data, shplonk.len, HCL_SCHEME_SHPLONK, err);
}

static hcl_status call_gwc(void *unused, struct hcl_err *err)
{
    (void)unused;
    return hcl_verify(&vk, &srs.verifier, &instances, gwc.data, gwc.len, HCL_SCHEME_GWC, err);
}

static hcl_status call_values(void *unused, struct hcl_err *err)
{
    (void)unused;
    struct hcl_values v;
    hcl_status st =
        hcl_values_parse_instances(&v, (const char *)instance_json.data, instance_json.len, "instance", err);
    if (st == HCL_OK)
        hcl_values_clear(&v);
    return st;
}

static hcl_status call_check(void *unused, struct hcl_err *err)
{
    (void)unused;
    struct hcl_violation list[4];
    struct hcl_check *k;
    hcl_fr challenge = hcl_fr_delta, value = hcl_fr_one; /* another challenge: there are violations */
    size_t count;
    bool noticed;
    hcl_status st = hcl_check_new(&k, &circuit, advice.columns, &instances, &challenge, 1, err);
    if (st != HCL_OK)
        return st;
    st = hcl_check_run(k, list, 4, &count, err);
    if (st == HCL_OK)
        st = hcl_check_cell(k, 0, 3, &value, &noticed, err);
    if (st == HCL_OK)
        st = hcl_check_cell(k, 2, 3, &value, &noticed, err);
    hcl_check_free(k);
    return st;
}

static hcl_status call_srs(void *unused, struct hcl_err *err)
{
    (void)unused;
    struct hcl_srs made;
    hcl_status st = hcl_srs_create_unsafe(&made, 3, NULL, 1, err);
    if (st != HCL_OK)
        return st;
    st = hcl_srs_truncate(&made, 2, 1, err);
    if (st == HCL_OK)
        st = hcl_srs_check(&made, 1, err);
    hcl_srs_clear(&made);
    return st;
}

static hcl_status call_groups(void *unused, struct hcl_err *err)
{
    (void)unused;
    struct hcl_circuit c;
    struct hcl_groups g;
    const struct hcl_challenges challenges = { .beta = hcl_fr_one, .gamma = hcl_fr_one, .y = hcl_fr_delta };
    hcl_status st =
        hcl_circuit_parse(&c, (const char *)circuit_json.data, circuit_json.len, "circuit", NULL, err);
    if (st != HCL_OK)
        return st;
    st = hcl_groups_init(&g, &c, 3, err);
    if (st == HCL_OK)
        st = hcl_groups_challenges(&g, &c, &challenges, err);
    hcl_groups_clear(&g);
    hcl_circuit_clear(&c);
    return st;
}

static void every_allocation_may_fail(void **state)
{
    static const struct hcl_alloc_call calls[] = {
        { .name = "circuit", .run = call_circuit }, { .name = "side file", .run = call_side },
        { .name = "keys", .run = call_vk },         { .name = "keygen", .run = call_keygen },
        { .name = "shplonk", .run = call_shplonk }, { .name = "gwc", .run = call_gwc },
        { .name = "values", .run = call_values },   { .name = "check", .run = call_check },
        { .name = "srs", .run = call_srs },         { .name = "groups", .run = call_groups },
    };
    (void)state;
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++)
        hcl_every_allocation_may_fail(&calls[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(every_allocation_may_fail, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

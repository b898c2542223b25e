/* SPDX-License-Identifier: Apache-2.0 */
/* Every allocation of the library fails in turn: the call reports HCL_NO_RESOURCE, and nothing leaks. The
 * linker routes the library's allocations here (see CMakeLists.txt); jansson keeps its own. */
#include "common/halo2/check.h"
#include "common/halo2/verify.h"
#include "common/sys/mem.h"
#include "tests/unit/common/halo2/vectors.h"
#include <errno.h>

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *p, size_t size);
int __real_posix_memalign(void **out, size_t alignment, size_t size);
char *__real_strdup(const char *s);
char *__real_strndup(const char *s, size_t n);
void __real_free(void *p);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *p, size_t size);
int __wrap_posix_memalign(void **out, size_t alignment, size_t size);
char *__wrap_strdup(const char *s);
char *__wrap_strndup(const char *s, size_t n);
void __wrap_free(void *p);

static long allocations, fail_at = -1, live;

static bool fails(void)
{
    return allocations++ == fail_at;
}

static void *counted(void *p)
{
    live += p != NULL;
    return p;
}

void *__wrap_malloc(size_t size)
{
    return fails() ? NULL : counted(__real_malloc(size));
}

void *__wrap_calloc(size_t count, size_t size)
{
    return fails() ? NULL : counted(__real_calloc(count, size));
}

void *__wrap_realloc(void *p, size_t size)
{
    if (fails())
        return NULL;
    return p == NULL ? counted(__real_malloc(size)) : __real_realloc(p, size);
}

int __wrap_posix_memalign(void **out, size_t alignment, size_t size)
{
    int failed = fails() ? ENOMEM : __real_posix_memalign(out, alignment, size);
    live += failed == 0;
    return failed;
}

char *__wrap_strdup(const char *s)
{
    return fails() ? NULL : counted(__real_strdup(s));
}

char *__wrap_strndup(const char *s, size_t n)
{
    return fails() ? NULL : counted(__real_strndup(s, n));
}

void __wrap_free(void *p)
{
    live -= p != NULL;
    __real_free(p);
}

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
    hcl_mem_set_kept(0); /* every block is to come from the allocator and go back to it */
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

static hcl_status call_circuit(struct hcl_err *err)
{
    struct hcl_circuit c;
    char *text;
    size_t len;
    hcl_status st =
        hcl_circuit_parse(&c, (const char *)circuit_json.data, circuit_json.len, "circuit", NULL, err);
    if (st == HCL_OK) {
        st = hcl_circuit_format(&c, HCL_CIRCUIT_INLINE, &text, &len, err);
        if (st == HCL_OK)
            json_decref(json_loads(text, 0, NULL));
        live += st == HCL_OK; /* jansson allocated it, we free it */
        free(st == HCL_OK ? text : NULL);
    }
    hcl_circuit_clear(&c);
    return st;
}

static hcl_status call_side(struct hcl_err *err)
{
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

static hcl_status call_vk(struct hcl_err *err)
{
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

static hcl_status call_keygen(struct hcl_err *err)
{
    struct hcl_domain domain;
    struct hcl_vk key = { 0 };
    struct hcl_pk pk = { 0 };
    hcl_status st = hcl_vk_generate(&key, &circuit, &srs, 1, err);
    hcl_vk_clear(&key);
    if (st != HCL_OK)
        return st;
    st = hcl_domain_init(&domain, circuit.k, err);
    if (st == HCL_OK) {
        st = hcl_pk_init(&pk, &circuit, &domain, NULL, NULL, 1, err);
        hcl_pk_clear(&pk);
        hcl_domain_clear(&domain);
    }
    return st;
}

static hcl_status call_shplonk(struct hcl_err *err)
{
    return hcl_verify(&vk, &srs.verifier, &instances, shplonk.data, shplonk.len, HCL_SCHEME_SHPLONK, err);
}

static hcl_status call_gwc(struct hcl_err *err)
{
    return hcl_verify(&vk, &srs.verifier, &instances, gwc.data, gwc.len, HCL_SCHEME_GWC, err);
}

static hcl_status call_values(struct hcl_err *err)
{
    struct hcl_values v;
    hcl_status st =
        hcl_values_parse_instances(&v, (const char *)instance_json.data, instance_json.len, "instance", err);
    if (st == HCL_OK)
        hcl_values_clear(&v);
    return st;
}

static hcl_status call_check(struct hcl_err *err)
{
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

static hcl_status call_srs(struct hcl_err *err)
{
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

static void every_allocation_may_fail(void **state)
{
    static const struct {
        const char *name;
        hcl_status (*call)(struct hcl_err *err);
    } calls[] = {
        { "circuit", call_circuit }, { "side file", call_side },  { "keys", call_vk },
        { "keygen", call_keygen },   { "shplonk", call_shplonk }, { "gwc", call_gwc },
        { "values", call_values },   { "check", call_check },     { "srs", call_srs },
    };
    (void)state;
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
        struct hcl_err err = { "" };
        long total, before;
        assert_ok(calls[i].call(&err), err); /* what is allocated once and kept is there now */
        before = live;
        allocations = 0;
        assert_ok(calls[i].call(&err), err);
        total = allocations;
        assert_int_equal(live, before);
        assert_true(total > 0);
        for (long n = 0; n < total; n++) {
            hcl_status st;
            allocations = 0;
            fail_at = n;
            err.msg[0] = '\0';
            st = calls[i].call(&err);
            fail_at = -1;
            if (st != HCL_NO_RESOURCE || err.msg[0] == '\0' || live != before)
                fail_msg("%s, allocation %ld of %ld: status %d, message '%s', %ld blocks leaked",
                         calls[i].name, n, total, st, err.msg, live - before);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(every_allocation_may_fail, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* What an auditor finds: each way in which a key or public values can be those of another circuit. */
#include "tests/support/test.h"

#include "common/halo2/audit.h"
#include "common/halo2/circuit_file.h"

#include <string.h>

enum { K = 5 };

/* Two advice columns, a fixed one, two instance columns: the first only copied, the second in a gate. Rows 0
 * and 2 of the first are tied to advice cells, row 4 to itself. */
static void build(struct hcl_circuit *c, uint64_t fixed_value, uint32_t copied_row)
{
    struct hcl_err err;
    uint32_t f, a, b, i, j, at_a, at_i;
    hcl_fr values[2];
    hcl_circuit_init(c, K);
    assert_ok(hcl_circuit_add_fixed(c, &f, &err), err);
    assert_ok(hcl_circuit_add_advice(c, 0, &a, &err), err);
    assert_ok(hcl_circuit_add_advice(c, 0, &b, &err), err);
    assert_ok(hcl_circuit_add_instance(c, &i, &err), err);
    assert_ok(hcl_circuit_add_instance(c, &j, &err), err);
    assert_ok(hcl_circuit_enable_equality(c, (hcl_column){ HCL_COL_ADVICE, a }, &at_a, &err), err);
    assert_ok(hcl_circuit_enable_equality(c, (hcl_column){ HCL_COL_INSTANCE, i }, &at_i, &err), err);
    hcl_expr poly =
        hcl_ex_mul(c, hcl_ex_fixed(c, f, 0), hcl_ex_sub(c, hcl_ex_advice(c, b, 1), hcl_ex_instance(c, j, 0)));
    assert_ok(hcl_circuit_add_gate(c, "gate", &poly, 1, &err), err);
    assert_ok(hcl_circuit_add_copy(c, (struct hcl_copy){ at_a, 1, at_i, 0 }, &err), err);
    assert_ok(hcl_circuit_add_copy(c, (struct hcl_copy){ at_i, 2, at_a, copied_row }, &err), err);
    assert_ok(hcl_circuit_add_copy(c, (struct hcl_copy){ at_i, 4, at_i, 4 }, &err), err);
    hcl_fr_from_u64(&values[0], 1);
    hcl_fr_from_u64(&values[1], fixed_value);
    assert_ok(hcl_circuit_set_fixed(c, f, values, 2, &err), err);
    assert_ok(hcl_circuit_finish(c, &err), err);
}

static void expect_refused(const struct hcl_vk *vk, const struct hcl_circuit *c, const struct hcl_srs *srs,
                           const char *why)
{
    struct hcl_err err = { "" };
    assert_int_equal(hcl_audit_key(vk, c, srs, 1, &err), HCL_FALSE_CLAIM);
    if (strstr(err.msg, why) == NULL)
        fail_msg("'%s' is not in '%s'", why, err.msg);
}

static void contents(void **state)
{
    (void)state;
    struct hcl_circuit ours, value, copy, reread;
    struct hcl_srs srs;
    struct hcl_vk vk;
    struct hcl_err err;
    char *text;
    size_t len;
    const uint8_t seed[32] = { 7 };
    build(&ours, 3, 5);
    build(&value, 4, 5);
    build(&copy, 3, 6);
    assert_ok(hcl_srs_create_unsafe(&srs, K, seed, 1, &err), err);
    assert_ok(hcl_vk_generate(&vk, &ours, &srs, NULL, 1, &err), err);
    assert_ok(hcl_audit_key(&vk, &ours, &srs, 1, &err), err);
    expect_refused(&vk, &value, &srs, "fixed column 0 of the key does not hold the values");
    expect_refused(&vk, &copy, &srs,
                   "column 0 of the key's permutation, advice column 0, does not hold the copies");
    /* The constraint system alone, as a key's file has it, is the same system. */
    assert_ok(hcl_circuit_format(&ours, HCL_CIRCUIT_NO_VALUES, &text, &len, &err), err);
    assert_ok(hcl_circuit_parse(&reread, text, len, "text", NULL, &err), err);
    assert_ok(hcl_audit_system(&reread, &ours, &err), err);
    expect_refused(&vk, &reread, &srs, "fixed column 0");
    free(text);
    hcl_vk_clear(&vk);
    hcl_srs_clear(&srs);
    hcl_circuit_clear(&ours);
    hcl_circuit_clear(&value);
    hcl_circuit_clear(&copy);
    hcl_circuit_clear(&reread);
}

/* The circuit's text with one piece replaced, as a system; compared with the circuit. */
static void expect_system(const struct hcl_circuit *ours, const char *text, const char *from, const char *to,
                          const char *why)
{
    char changed[4096];
    struct hcl_circuit theirs;
    struct hcl_err err = { "" };
    const char *at = strstr(text, from);
    assert_non_null(at);
    snprintf(changed, sizeof changed, "%.*s%s%s", (int)(at - text), text, to, at + strlen(from));
    assert_ok(hcl_circuit_parse(&theirs, changed, strlen(changed), "changed", NULL, &err), err);
    assert_int_equal(hcl_audit_system(&theirs, ours, &err), HCL_FALSE_CLAIM);
    if (strstr(err.msg, why) == NULL)
        fail_msg("'%s' is not in '%s'", why, err.msg);
    hcl_circuit_clear(&theirs);
}

static void systems(void **state)
{
    (void)state;
    struct hcl_circuit c;
    struct hcl_err err;
    char *text;
    size_t len;
    build(&c, 3, 5);
    assert_ok(hcl_circuit_format(&c, HCL_CIRCUIT_NO_VALUES, &text, &len, &err), err);
    expect_system(&c, text, "\"k\":5", "\"k\":6", "6 as k, the circuit 5");
    expect_system(&c, text, "\"num_instance_columns\":2", "\"num_instance_columns\":3", "3 instance columns");
    expect_system(&c, text, "\"minimum_degree\":null", "\"minimum_degree\":4", "4 as degree, the circuit 3");
    expect_system(&c, text, "\"challenge_phase\":[]", "\"challenge_phase\":[0]",
                  "1 challenges, the circuit 0");
    expect_system(&c, text, "[\"neg\",[\"instance\",1,0]]", "[\"instance\",1,0]", "gate 0, 'gate'");
    expect_system(&c, text, "[\"sum\",[\"advice\",1,1]", "[\"sum\",[\"scaled\",[\"advice\",1,1],2]",
                  "gate 0, 'gate'");
    expect_system(&c, text, "\"permutation\":[[\"advice\",0],[\"instance\",0]]",
                  "\"permutation\":[[\"instance\",0],[\"advice\",0]]",
                  "column 0 of the permutation is instance");
    expect_system(&c, text, "\"queries\":[", "\"queries\":[[\"fixed\",0,1],",
                  "2 fixed queries, the circuit 1");
    free(text);
    hcl_circuit_clear(&c);
}

static hcl_status instances(const struct hcl_circuit *c, const uint64_t *first, size_t rows, size_t others,
                            const char *why)
{
    struct hcl_values v;
    struct hcl_err err = { "" };
    hcl_fr column[32];
    for (size_t i = 0; i < 32; i++)
        hcl_fr_from_u64(&column[i], i < rows ? first[i] : 1);
    assert_ok(hcl_values_init(&v, 2, &err), err);
    assert_ok(hcl_values_set(&v, 0, column, rows, &err), err);
    assert_ok(hcl_values_set(&v, 1, column, others, &err), err);
    hcl_status st = hcl_audit_instances(&v, c, &err);
    if (why && strstr(err.msg, why) == NULL)
        fail_msg("'%s' is not in '%s'", why, err.msg);
    hcl_values_clear(&v);
    return st;
}

static void public_values(void **state)
{
    (void)state;
    const uint64_t good[] = { 7, 0, 9, 0, 0 }, unread[] = { 7, 1, 9 };
    struct hcl_circuit c;
    struct hcl_values none = { 0 };
    build(&c, 3, 5);
    /* The second column is in a gate: any number of rows. */
    assert_int_equal(instances(&c, good, 3, 0, NULL), HCL_OK);
    assert_int_equal(instances(&c, good, 3, 20, NULL), HCL_OK);
    assert_int_equal(instances(&c, good, 2, 0, "has 2 public values, the circuit reads 3"), HCL_BAD_INPUT);
    /* A cell that is only copied to itself is not read. */
    assert_int_equal(instances(&c, good, 5, 0, "has 5 public values, the circuit reads 3"), HCL_BAD_INPUT);
    assert_int_equal(instances(&c, unread, 3, 0, "public value 1 of instance column 0 is read by nothing"),
                     HCL_BAD_INPUT);
    assert_int_equal(hcl_audit_instances(&none, &c, NULL), HCL_BAD_INPUT);
    hcl_circuit_clear(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(contents), cmocka_unit_test(systems),
                                        cmocka_unit_test(public_values) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

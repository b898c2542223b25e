/* SPDX-License-Identifier: Apache-2.0 */
#include "common/halo2/values.h"
#include "tests/support/test.h"
#include <unistd.h>

static hcl_status parse(struct hcl_values *v, const char *text, struct hcl_err *err)
{
    return hcl_values_parse_instances(v, text, strlen(text), "x.json", err);
}

static void integers_and_hex_are_values(void **state)
{
    struct hcl_values v;
    struct hcl_err err;
    hcl_fr want;
    (void)state;
    assert_ok(parse(&v, "{\"other\":1,\"instances\":[[],[0,9007199254740992,\"0xFf\",\"0x1\"]]}", &err), err);
    assert_int_equal(v.count, 2);
    assert_int_equal(v.rows[0], 0);
    assert_int_equal(v.rows[1], 4);
    hcl_fr_from_u64(&want, (uint64_t)1 << 53);
    assert_true(hcl_fr_eq(&v.columns[1][1], &want));
    hcl_fr_from_u64(&want, 255);
    assert_true(hcl_fr_eq(&v.columns[1][2], &want));
    hcl_values_clear(&v);
}

static void other_things_are_refused(void **state)
{
    static const struct {
        const char *json, *says;
    } cases[] = {
        { "{\"instances\":[[1.5]]}", "instances[0][0]" },
        { "{\"instances\":[[1],[2,-1]]}", "instances[1][1]" },
        { "{\"instances\":[[9007199254740993]]}", "instances[0][0]" },
        { "{\"instances\":[[\"12\"]]}", "instances[0][0]" },
        { "{\"instances\":[[\"0x\"]]}", "instances[0][0]" },
        { "{\"instances\":[[\"0xg\"]]}", "instances[0][0]" },
        { "{\"instances\":[[\"0x30644e72e131a029b85045b68181585d2833e84879b9709143e1f593f0000001\"]]}",
          "instances[0][0]" },
        { "{\"instances\":[[\"0x00000000000000000000000000000000000000000000000000000000000000001\"]]}",
          "instances[0][0]" },
        { "{\"instances\":[1]}", "instances[0]" },
        { "{\"instances\":{}}", "no list \"instances\"" },
        { "{\"advice\":[]}", "no list \"instances\"" },
        { "[", "JSON" },
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct hcl_values v;
        struct hcl_err err = { "" };
        if (parse(&v, cases[i].json, &err) != HCL_BAD_INPUT || strstr(err.msg, cases[i].says) == NULL)
            fail_msg("case %zu: '%s' lacks '%s'", i, err.msg, cases[i].says);
        assert_int_equal(v.count, 0);
        assert_null(v.columns);
    }
}

static void written_values_are_read_again(void **state)
{
    struct hcl_values v, again;
    struct hcl_err err;
    hcl_fr column[3];
    char path[256];
    (void)state;
    snprintf(path, sizeof path, "/tmp/halocline-test-%d.json", (int)getpid());
    hcl_fr_from_i64(&column[0], -5);
    hcl_fr_from_u64(&column[1], UINT64_MAX);
    column[2] = hcl_fr_zero;
    assert_ok(hcl_values_init(&v, 2, &err), err);
    assert_ok(hcl_values_set(&v, 1, column, 3, &err), err);
    assert_int_equal(hcl_values_set(&v, 2, column, 3, &err), HCL_BAD_INPUT);
    assert_ok(hcl_values_write_instances(&v, path, &err), err);
    assert_ok(hcl_values_read_instances(&again, path, &err), err);
    assert_int_equal(again.count, 2);
    assert_int_equal(again.rows[1], 3);
    assert_memory_equal(again.columns[1], column, sizeof column);
    unlink(path);
    hcl_values_clear(&v);
    hcl_values_clear(&again);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(integers_and_hex_are_values),
        cmocka_unit_test(other_things_are_refused),
        cmocka_unit_test(written_values_are_read_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

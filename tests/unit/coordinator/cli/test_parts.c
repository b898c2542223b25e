/* SPDX-License-Identifier: Apache-2.0 */
/* Parts of the command that need no process of their own: the meaning of
 * public values. */
#include "tests/support/test.h"

#include "common/io/reader.h"
#include "coordinator/cli/public.h"

#include <sys/stat.h>
#include <unistd.h>

static int enter_folder(void **state)
{
    char *folder = strdup("/tmp/hcl-cli-XXXXXX");
    *state = folder;
    return folder && mkdtemp(folder) && chdir(folder) == 0 ? 0 : -1;
}

static int leave_folder(void **state)
{
    char command[64];
    snprintf(command, sizeof command, "rm -r %s", (char *)*state);
    int bad = chdir("/") != 0 || system(command) != 0;
    free(*state);
    return bad ? -1 : 0;
}

/* One instance column: the first `rows` of 3, -5, 2^70. */
static struct hcl_values instances(size_t rows)
{
    struct hcl_values v;
    hcl_fr column[3];
    hcl_fr_from_u64(&column[0], 3);
    hcl_fr_from_i64(&column[1], -5);
    hcl_fr_from_u64(&column[2], UINT64_C(1) << 35);
    hcl_fr_sqr(&column[2], &column[2]);
    assert_int_equal(hcl_values_init(&v, 1, NULL), HCL_OK);
    assert_int_equal(hcl_values_set(&v, 0, column, rows, NULL), HCL_OK);
    return v;
}

static json_t *meta(int length, int column, int first_row)
{
    json_t *m = json_pack("{s:[{s:s, s:s, s:[i,i], s:i, s:i, s:i}]}", "public", "role", "output", "name", "y",
                          "shape", 1, length, "frac_bits", 1, "column", column, "first_row", first_row);
    assert_non_null(m);
    return m;
}

static void decodes_signed_fixed_point(void **state)
{
    (void)state;
    struct hcl_err err;
    struct hcl_values v = instances(2);
    json_t *m = meta(2, 0, 0), *out;
    assert_ok(hcl_public_decode(&out, m, &v, &err), err);
    json_t *t = json_array_get(out, 0);
    assert_int_equal(json_integer_value(json_array_get(json_object_get(t, "integers"), 1)), -5);
    assert_true(json_real_value(json_array_get(json_object_get(t, "values"), 0)) == 1.5);
    json_decref(out);
    json_decref(m);
    hcl_values_clear(&v);
}

static void refuses_what_does_not_fit(void **state)
{
    (void)state;
    static const int bad[][3] = { { 3, 0, 0 }, { 4, 0, 0 },  { 1, 1, 0 }, { 1, -1, 0 },
                                  { 2, 0, 2 }, { 1, 0, -1 }, { 0, 0, 0 }, { 1 << 30, 0, 0 } };
    struct hcl_values v = instances(3);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct hcl_err err = { "" };
        json_t *m = meta(bad[i][0], bad[i][1], bad[i][2]), *out = NULL;
        assert_int_equal(hcl_public_decode(&out, m, &v, &err), HCL_BAD_INPUT);
        assert_null(out);
        assert_true(err.msg[0] != '\0');
        json_decref(m);
    }
    hcl_values_clear(&v);
}

/* What is written is read back, and a file whose readable part lies is refused. */
static void readable_part_may_not_lie(void **state)
{
    (void)state;
    struct hcl_err err;
    struct hcl_values v = instances(2), again;
    json_t *m = meta(2, 0, 0), *tensors, *root, *values;
    assert_ok(hcl_public_write("public.json", m, &v, &err), err);
    assert_ok(hcl_public_read(&again, &tensors, "public.json", m, &err), err);
    assert_memory_equal(again.columns[0], v.columns[0], 2 * sizeof(hcl_fr));
    hcl_values_clear(&again);
    json_decref(tensors);
    root = json_load_file("public.json", 0, NULL);
    values = json_object_get(json_array_get(json_object_get(root, "tensors"), 0), "values");
    json_array_set_new(values, 0, json_real(1.25));
    assert_int_equal(json_dump_file(root, "lie.json", 0), 0);
    assert_int_equal(hcl_public_read(&again, &tensors, "lie.json", m, &err), HCL_BAD_INPUT);
    assert_non_null(strstr(err.msg, "'tensors'"));
    json_decref(root);
    json_decref(m);
    hcl_values_clear(&v);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(decodes_signed_fixed_point),
        cmocka_unit_test(refuses_what_does_not_fit),
        cmocka_unit_test_setup_teardown(readable_part_may_not_lie, enter_folder, leave_folder),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

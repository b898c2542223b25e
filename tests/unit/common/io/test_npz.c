/* SPDX-License-Identifier: Apache-2.0 */
/* .npz files: what numpy.savez writes is read, and every byte of it that is changed is noticed or harmless.
 */
#include "tests/support/test.h"

#include "common/io/npz.h"

#define TWO HCL_SOURCE_DIR "/tests/fuzz/io/two.npz"

static struct hcl_file copy_of(const struct hcl_file *from, size_t len)
{
    struct hcl_file f = { malloc(from->len + 1), len };
    assert_non_null(f.data);
    memcpy(f.data, from->data, len);
    return f;
}

static void check_two(const struct hcl_npz *z)
{
    struct hcl_npy a;
    struct hcl_err err;
    assert_int_equal(z->count, 2);
    assert_string_equal(z->members[0].name, "a");
    assert_string_equal(z->members[1].name, "b");
    assert_ok(hcl_npz_array(&a, z, 0, &err), err);
    assert_true(a.type == HCL_NPY_F32 && a.rank == 2 && a.len == 6 && hcl_npy_get(&a, 5) == 6);
    hcl_npy_clear(&a);
    assert_ok(hcl_npz_array(&a, z, 1, &err), err);
    assert_true(a.type == HCL_NPY_I32 && a.rank == 1 && a.len == 2 && hcl_npy_get(&a, 0) == 7);
    hcl_npy_clear(&a);
}

static void arrays_are_read(void **state)
{
    struct hcl_npz z;
    struct hcl_err err;
    (void)state;
    assert_ok(hcl_npz_open(&z, TWO, &err), err);
    check_two(&z);
    hcl_npz_close(&z);
    assert_int_equal(hcl_npz_open(&z, "missing.npz", &err), HCL_BAD_INPUT);
}

/* Where a byte counts nothing (times, attributes, versions) the arrays are the same, else it is refused. Only
 * a name may become another. */
static void no_changed_byte_changes_an_array(void **state)
{
    struct hcl_file file;
    struct hcl_err err;
    size_t refused = 0;
    (void)state;
    assert_ok(hcl_file_read(&file, TWO, 1 << 20, &err), err);
    for (size_t i = 0; i < file.len; i++) {
        struct hcl_npz z;
        struct hcl_file changed = copy_of(&file, file.len);
        changed.data[i] ^= 0x40;
        if (hcl_npz_parse(&z, changed, "changed.npz", &err) != HCL_OK) {
            assert_true(err.msg[0] != '\0');
            refused++;
            continue;
        }
        if (z.count == 2 && strcmp(z.members[0].name, "a") == 0 && strcmp(z.members[1].name, "b") == 0)
            check_two(&z);
        hcl_npz_close(&z);
    }
    assert_true(refused > 300); /* both arrays, 128 + 24 and 128 + 8 bytes, at least */
    for (size_t len = 0; len < file.len; len++) {
        struct hcl_npz z;
        assert_int_equal(hcl_npz_parse(&z, copy_of(&file, len), "cut.npz", &err), HCL_BAD_INPUT);
    }
    hcl_file_clear(&file);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(arrays_are_read),
                                        cmocka_unit_test(no_changed_byte_changes_an_array) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

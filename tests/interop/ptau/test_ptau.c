/* SPDX-License-Identifier: Apache-2.0 */
/* Importing what the real snarkjs wrote: test_ptau FOLDER (see make.sh). */
#include "common/halo2/srs.h"
#include "common/io/reader.h"
#include "tests/support/test.h"
#include <unistd.h>

static const char *folder;

static const char *path_of(const char *name)
{
    static char path[4096];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

static void a_contributed_file_is_imported(void **state)
{
    struct hcl_srs srs, again;
    struct hcl_err err;
    hcl_srs_format format;
    (void)state;
    for (uint32_t k = 5; k <= 8; k++) {
        assert_ok(hcl_srs_read(&srs, path_of("one.ptau"), k, &format, 2, &err), err);
        assert_int_equal(format, HCL_SRS_PTAU);
        assert_int_equal(srs.k, k);
        assert_false(srs.verifier.unsafe);
        assert_ok(hcl_srs_check(&srs, 2, &err), err);
        hcl_srs_clear(&srs);
    }
    assert_ok(hcl_srs_read(&srs, path_of("one.ptau"), 0, NULL, 2, &err), err);
    assert_int_equal(srs.k, 8);
    assert_ok(hcl_srs_write(&srs, path_of("one.srs"), HCL_SRS_HALOCLINE, &err), err);
    assert_ok(hcl_srs_read(&again, path_of("one.srs"), 0, &format, 1, &err), err);
    assert_int_equal(format, HCL_SRS_HALOCLINE);
    assert_memory_equal(srs.g_lagrange, again.g_lagrange, srs.n * sizeof *srs.g_lagrange);
    unlink(path_of("one.srs"));
    hcl_srs_clear(&srs);
    hcl_srs_clear(&again);
}

/* A prepared file brings its Lagrange points along, in snarkjs' order; without them they are derived. */
static void prepared_and_derived_lagrange_points_are_equal(void **state)
{
    struct hcl_srs prepared, derived;
    struct hcl_err err;
    (void)state;
    for (uint32_t k = 1; k <= 8; k++) {
        assert_ok(hcl_srs_read(&prepared, path_of("prepared.ptau"), k, NULL, 2, &err), err);
        assert_ok(hcl_srs_read(&derived, path_of("one.ptau"), k, NULL, 2, &err), err);
        assert_memory_equal(prepared.g_lagrange, derived.g_lagrange, derived.n * sizeof *derived.g_lagrange);
        hcl_srs_clear(&prepared);
        hcl_srs_clear(&derived);
    }
}

/* The file ends with the Lagrange points of all four series; those of section 12 are used. */
static void a_damaged_lagrange_point_is_found(void **state)
{
    struct hcl_file f;
    struct hcl_srs srs;
    struct hcl_err err;
    size_t found = 0;
    (void)state;
    assert_ok(hcl_srs_read(&srs, path_of("prepared.ptau"), 8, NULL, 2, &err), err);
    assert_ok(hcl_file_read(&f, path_of("prepared.ptau"), 1 << 24, &err), err);
    for (size_t at = 0; at + 64 <= f.len && found == 0; at++)
        if (memcmp(f.data + at, &srs.g_lagrange[3], 64) == 0)
            found = at;
    assert_true(found > 0);
    hcl_srs_clear(&srs);
    memmove(f.data + found, f.data + found + 64, 64); /* another point of the block */
    assert_int_equal(hcl_srs_parse(&srs, f.data, f.len, "bad.ptau", 8, NULL, 1, &err), HCL_BAD_INPUT);
    assert_non_null(strstr(err.msg, "section 12"));
    hcl_file_clear(&f);
}

static void assert_refused(const char *name, uint32_t k, hcl_status want, const char *says)
{
    struct hcl_srs srs;
    struct hcl_err err = { "" };
    hcl_status st = hcl_srs_read(&srs, path_of(name), k, NULL, 1, &err);
    if (st == HCL_OK)
        st = hcl_srs_check(&srs, 1, &err);
    assert_int_equal(st, want);
    assert_non_null(strstr(err.msg, says));
    hcl_srs_clear(&srs);
}

static void unusable_files_are_refused(void **state)
{
    (void)state;
    assert_refused("bls.ptau", 0, HCL_BAD_INPUT, "another curve");
    assert_refused("one.ptau", 9, HCL_NO_RESOURCE, "has power 8, 9 is needed");
    assert_refused("fresh.ptau", 0, HCL_BAD_INPUT, "s is 1");
}

static void damaged_files_are_refused(void **state)
{
    struct hcl_file f;
    struct hcl_srs srs;
    struct hcl_err err;
    (void)state;
    assert_ok(hcl_file_read(&f, path_of("one.ptau"), 1 << 24, &err), err);
    for (size_t len = 0; len < f.len; len += 997)
        assert_int_equal(hcl_srs_parse(&srs, f.data, len, "cut.ptau", 0, NULL, 1, &err), HCL_BAD_INPUT);
    for (size_t i = 0; i < 8; i++) {
        size_t at = 0x50 + 64 * (11 * i + 1); /* some tau points of section 2 */
        hcl_status st;
        f.data[at] ^= 1;
        st = hcl_srs_parse(&srs, f.data, f.len, "bad.ptau", 0, NULL, 1, &err);
        assert_int_equal(st, HCL_BAD_INPUT);
        assert_non_null(strstr(err.msg, "tau point"));
        f.data[at] ^= 1;
    }
    /* two points exchanged: each is on the curve, only the pairing tells */
    for (size_t i = 0; i < 64; i++) {
        uint8_t swap = f.data[0x50 + 64 * 3 + i];
        f.data[0x50 + 64 * 3 + i] = f.data[0x50 + 64 * 4 + i];
        f.data[0x50 + 64 * 4 + i] = swap;
    }
    assert_ok(hcl_srs_parse(&srs, f.data, f.len, "bad.ptau", 0, NULL, 1, &err), err);
    assert_int_equal(hcl_srs_check(&srs, 1, &err), HCL_BAD_INPUT);
    assert_non_null(strstr(err.msg, "powers of one s"));
    hcl_srs_clear(&srs);
    hcl_file_clear(&f);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_contributed_file_is_imported),
        cmocka_unit_test(prepared_and_derived_lagrange_points_are_equal),
        cmocka_unit_test(a_damaged_lagrange_point_is_found),
        cmocka_unit_test(unusable_files_are_refused),
        cmocka_unit_test(damaged_files_are_refused),
    };
    if (argc != 2) {
        fprintf(stderr, "usage: test_ptau FOLDER\n");
        return 2;
    }
    folder = argv[1];
    return cmocka_run_group_tests(tests, NULL, NULL);
}

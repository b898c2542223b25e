/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/test.h"

#include "common/io/npy.h"
#include <math.h>
#include <unistd.h>

#define HEADER_F4 "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }\n"

/* A version 1 file from header text and `data` zero bytes. */
static size_t make(uint8_t out[4096], const char *header, size_t data)
{
    size_t n = strlen(header);
    memset(out, 0, 4096);
    memcpy(out, "\x93NUMPY\x01\x00", 8);
    out[8] = (uint8_t)n;
    out[9] = (uint8_t)(n >> 8);
    memcpy(out + 10, header, n);
    return 10 + n + data;
}

static void round_trip(hcl_npy_type type, const void *data, const size_t *dims, uint32_t rank, size_t len)
{
    char path[] = "/tmp/hcl-npy-XXXXXX";
    struct hcl_npy a;
    struct hcl_err err;
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    close(fd);
    assert_ok(hcl_npy_write(path, type, dims, rank, data, &err), err);
    assert_ok(hcl_npy_read(&a, path, &err), err);
    unlink(path);
    assert_int_equal(a.type, type);
    assert_int_equal(a.rank, rank);
    assert_int_equal(a.len, len);
    for (uint32_t i = 0; i < rank; i++)
        assert_int_equal(a.dims[i], dims[i]);
    if (len > 0)
        assert_memory_equal(a.data, data, len * hcl_npy_type_size(type));
    hcl_npy_clear(&a);
}

static void round_trips_every_type(void **state)
{
    (void)state;
    const size_t d22[] = { 2, 2 }, d4[] = { 4 }, d0[] = { 3, 0 }, d8[] = { 1, 1, 1, 2, 1, 2, 1, 1 };
    const float f4[] = { 0, -1.5f, NAN, INFINITY };
    const double f8[] = { 1e300, -0.0, 3, 4 };
    const int8_t i1[] = { -128, 127, 0, 1 };
    const uint8_t u1[] = { 0, 255, 7, 9 }, truth[] = { 0, 1, 1, 0 };
    const int32_t i4[] = { INT32_MIN, INT32_MAX, 0, 5 };
    const int64_t i8[] = { INT64_MIN, INT64_MAX, 0, 5 };
    round_trip(HCL_NPY_F32, f4, d22, 2, 4);
    round_trip(HCL_NPY_F64, f8, d4, 1, 4);
    round_trip(HCL_NPY_I8, i1, d8, 8, 4);
    round_trip(HCL_NPY_U8, u1, d22, 2, 4);
    round_trip(HCL_NPY_I32, i4, d4, 1, 4);
    round_trip(HCL_NPY_I64, i8, d22, 2, 4);
    round_trip(HCL_NPY_BOOL, truth, d22, 2, 4);
    round_trip(HCL_NPY_F64, f8, d4, 0, 1);
    round_trip(HCL_NPY_F32, f4, d0, 2, 0);
}

static void accepts_any_key_order_and_later_versions(void **state)
{
    (void)state;
    uint8_t bytes[4096];
    struct hcl_npy a;
    struct hcl_err err;
    size_t n = make(bytes, "{\"shape\":(3,),'fortran_order':False,'descr':'|u1'}", 3);
    assert_ok(hcl_npy_parse(&a, bytes, n, "x", &err), err);
    assert_int_equal(a.len, 3);
    hcl_npy_clear(&a);
    /* version 2 has a four-byte length */
    n = make(bytes, HEADER_F4, 24);
    memmove(bytes + 12, bytes + 10, n - 10);
    bytes[6] = 2;
    bytes[10] = bytes[11] = 0;
    assert_ok(hcl_npy_parse(&a, bytes, n + 2, "x", &err), err);
    assert_int_equal(a.len, 6);
    hcl_npy_clear(&a);
}

static void refuses(const char *header, size_t data, const char *message)
{
    uint8_t bytes[4096];
    struct hcl_npy a;
    struct hcl_err err;
    size_t n = make(bytes, header, data);
    assert_int_equal(hcl_npy_parse(&a, bytes, n, "x.npy", &err), HCL_BAD_INPUT);
    assert_null(a.data);
    if (strstr(err.msg, message) == NULL)
        fail_msg("'%s': message is '%s', expected '%s'", header, err.msg, message);
}

static void refuses_what_it_cannot_read(void **state)
{
    (void)state;
    refuses("{'descr': '>f4', 'fortran_order': False, 'shape': (1,), }", 4, "dtype '>f4'");
    refuses("{'descr': '<f2', 'fortran_order': False, 'shape': (1,), }", 2, "dtype '<f2'");
    refuses("{'descr': '|O', 'fortran_order': False, 'shape': (1,), }", 8, "dtype '|O'");
    refuses("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,), }", 4, "plain dtype");
    refuses("{'descr': '<f4', 'fortran_order': True, 'shape': (1,), }", 4, "Fortran order");
    refuses("{'descr': '<f4', 'fortran_order': 0, 'shape': (1,), }", 4, "True or False");
    refuses("{'descr': '<f4', 'fortran_order': False, 'shape': (-1,), }", 4, "a dimension");
    refuses("{'descr': '<f4', 'fortran_order': False, 'shape': (1), }", 4, "','");
    refuses("{'descr': '<f4', 'fortran_order': False, 'shape': 1, }", 4, "a tuple");
    refuses("{'descr': '<f4', 'fortran_order': False, }", 4, "shape");
    refuses("{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': (1,), }", 4, "each once");
    refuses("{'descr': '<f4', 'fortran_order': False, 'shape': (1,), 'more': 1}", 4, "keys");
    refuses("{'descr': '<f4', 'fortran_order': False, 'shape': (1,), } x", 4, "nothing after");
    refuses("{'descr': '<f4', 'fortran_order': False, 'shape': (1,1,1,1,1,1,1,1,1,1), }", 4, "more than 9");
    refuses("{'descr': '<f4', 'fortran_order': False, 'shape': (4294967296,4294967296), }", 4, "too large");
    refuses("{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999,), }", 4, "a dimension");
    refuses(HEADER_F4, 23, "has 23 bytes of data, expected 24");
    refuses(HEADER_F4, 25, "has 25 bytes of data, expected 24");
    refuses("", 0, "'{'");
}

static void refuses_every_truncation(void **state)
{
    (void)state;
    uint8_t bytes[4096];
    struct hcl_npy a;
    struct hcl_err err;
    size_t n = make(bytes, HEADER_F4, 24);
    for (size_t len = 0; len < n; len++) {
        uint8_t *copy =
            malloc(len + 1); /* its own block, so that reading past the end is seen by sanitizers */
        assert_non_null(copy);
        memcpy(copy, bytes, len);
        assert_int_equal(hcl_npy_parse(&a, copy, len, "x.npy", &err), HCL_BAD_INPUT);
        free(copy);
    }
    assert_ok(hcl_npy_parse(&a, bytes, n, "x.npy", &err), err);
    hcl_npy_clear(&a);
}

static void refuses_bad_magic_and_version(void **state)
{
    (void)state;
    uint8_t bytes[4096];
    struct hcl_npy a;
    struct hcl_err err;
    size_t n = make(bytes, HEADER_F4, 24);
    bytes[0] = 'P';
    assert_int_equal(hcl_npy_parse(&a, bytes, n, "x.npy", &err), HCL_BAD_INPUT);
    n = make(bytes, HEADER_F4, 24);
    bytes[6] = 4;
    assert_int_equal(hcl_npy_parse(&a, bytes, n, "x.npy", &err), HCL_BAD_INPUT);
    assert_non_null(strstr(err.msg, "version 4.0"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(round_trips_every_type),
        cmocka_unit_test(accepts_any_key_order_and_later_versions),
        cmocka_unit_test(refuses_what_it_cannot_read),
        cmocka_unit_test(refuses_every_truncation),
        cmocka_unit_test(refuses_bad_magic_and_version),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

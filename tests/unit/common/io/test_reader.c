/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/test.h"

#include "common/io/reader.h"

static const uint8_t bytes[] = { 0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x88, 0xff };

static struct hcl_reader reader_at(size_t pos)
{
    return (struct hcl_reader){ bytes, sizeof bytes, pos, "sample.bin" };
}

static void reads_little_endian(void **state)
{
    (void)state;
    uint8_t a;
    uint16_t b;
    uint32_t c;
    uint64_t d;
    struct hcl_reader r = reader_at(0);
    assert_true(hcl_read_u8(&r, &a) && a == 0x01);
    assert_true(hcl_read_u16le(&r, &b) && b == 0x0302);
    assert_true(hcl_read_u32le(&r, &c) && c == 0x07060504);
    assert_int_equal(r.pos, 7);
    r.pos = 1;
    assert_true(hcl_read_u64le(&r, &d) && d == 0xff88070605040302);
    assert_int_equal(hcl_left(&r), 0);
}

/* Each read one byte too late: refused, and neither position nor output moves. */
static void short_reads_change_nothing(void **state)
{
    (void)state;
    const uint8_t *p = NULL;
    uint8_t a = 7;
    uint16_t b = 7;
    uint32_t c = 7;
    uint64_t d = 7;
    struct hcl_reader r = reader_at(sizeof bytes);
    assert_false(hcl_read_u8(&r, &a));
    r.pos = sizeof bytes - 1;
    assert_false(hcl_read_u16le(&r, &b));
    r.pos = sizeof bytes - 3;
    assert_false(hcl_read_u32le(&r, &c));
    r.pos = sizeof bytes - 7;
    assert_false(hcl_read_u64le(&r, &d));
    assert_false(hcl_read_bytes(&r, &p, SIZE_MAX));
    assert_int_equal(r.pos, sizeof bytes - 7);
    assert_true(a == 7 && b == 7 && c == 7 && d == 7 && p == NULL);
}

static void short_message_names_file_and_byte(void **state)
{
    (void)state;
    struct hcl_err err;
    struct hcl_reader r = reader_at(0);
    assert_int_equal(hcl_fail_short(&err, &r, "points"), HCL_BAD_INPUT);
    assert_string_equal(err.msg, "'sample.bin' ends at byte 9 inside points");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_little_endian),
        cmocka_unit_test(short_reads_change_nothing),
        cmocka_unit_test(short_message_names_file_and_byte),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* What text from files may do to a terminal: nothing. */
#include "tests/support/test.h"

#include "common/sys/printable.h"

#include <string.h>

static void expect_escaped(const char *text, size_t len, hcl_escape_style style, const char *expected)
{
    char *out = hcl_escape_new(text, len, style);
    assert_non_null(out);
    assert_string_equal(out, expected);
    assert_true(strlen(out) <= HCL_ESCAPED_MOST * len);
    free(out);
}
#define EXPECT(style, text, expected) expect_escaped(text, sizeof(text) - 1, HCL_ESCAPE_##style, expected)

static void what_shows_itself_is_kept(void **state)
{
    (void)state;
    const char shown[] = "tensor '\xc3\xa4\xe2\x82\xac\xf0\x9f\x90\x8c' \\ \"x\" ~";
    EXPECT(LINE, shown, shown);
    EXPECT(JSON, shown, shown);
    EXPECT(MALFORMED, shown, shown);
    EXPECT(LINE, "", "");
}

static void controls(void **state)
{
    (void)state;
    EXPECT(LINE, "a\x1b[2K\raccepted\n", "a\\x1b[2K\\x0daccepted\\x0a");
    EXPECT(LINE, "\x7f\0\t", "\\x7f\\x00\\x09");
    EXPECT(LINE,
           "\xc2\x9b"
           "31m",
           "\\u{9b}31m"); /* CSI as one code point */
    EXPECT(LINE, ((const char[]){ '\xe2', '\x80', '\xae', 'x', '\xe2', '\x81', '\xa6', '\0' }),
           "\\u{202e}x\\u{2066}"); /* right to left, isolate */
    EXPECT(LINE, "a\xe2\x80\x8b\xef\xbb\xbf", "a\\u{200b}\\u{feff}");
    EXPECT(LINE, "\xf3\xa0\x80\xa1", "\\u{e0021}");
}

static void json(void **state)
{
    (void)state;
    EXPECT(JSON, "{\n  \"\xc2\x9b\"\n}", "{\n  \"\\u009b\"\n}");
    EXPECT(JSON, ((const char[]){ '\x7f', '\xe2', '\x80', '\xae', '\0' }), "\\u007f\\u202e");
    EXPECT(JSON, "\xf3\xa0\x80\xa1", "\\udb40\\udc21");
}

/* Lone and missing continuations, overlong forms, surrogates, beyond the last code point. */
static void malformed(void **state)
{
    (void)state;
    EXPECT(LINE, "\x9b\xff", "\\x9b\\xff");
    EXPECT(LINE, "\xe2\x82", "\\xe2\\x82");
    EXPECT(LINE,
           "\xc3"
           "a",
           "\\xc3a");
    EXPECT(LINE, "\xc0\x9b", "\\xc0\\x9b");
    EXPECT(LINE, "\xed\xa0\x80", "\\xed\\xa0\\x80");
    EXPECT(LINE, "\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80");
    EXPECT(MALFORMED, "\x1b\xff\xc3\xa4", "\x1b\\xff\xc3\xa4");
}

static void cut_between_characters(void **state)
{
    (void)state;
    char out[8];
    assert_int_equal(hcl_escape(out, sizeof out, "abcdef\xc3\xa4", 8, HCL_ESCAPE_LINE), 6);
    assert_string_equal(out, "abcdef");
    assert_int_equal(hcl_escape(out, sizeof out, "abcde\x1b", 6, HCL_ESCAPE_LINE), 5);
    assert_int_equal(hcl_escape(out, 1, "a", 1, HCL_ESCAPE_LINE), 0);
}

static void a_line_is_one_line(void **state)
{
    (void)state;
    char name[3000], line[4096];
    FILE *to = tmpfile();
    memset(name, 'x', sizeof name);
    memcpy(name + sizeof name - 4, "\n\x1b!", 4);
    assert_true(hcl_print_line(to, "name '%s'", name));
    rewind(to);
    assert_non_null(fgets(line, sizeof line, to));
    assert_null(strchr(line, '\x1b'));
    assert_string_equal(line + strlen(line) - 11, "\\x0a\\x1b!'\n");
    assert_null(fgets(line, sizeof line, to));
    rewind(to);
    assert_true(hcl_print_line(to, "%s\n", "x\n"));
    rewind(to);
    assert_non_null(fgets(line, sizeof line, to));
    assert_string_equal(line, "x\\x0a\n");
    fclose(to);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(what_shows_itself_is_kept),
                                        cmocka_unit_test(controls),
                                        cmocka_unit_test(json),
                                        cmocka_unit_test(malformed),
                                        cmocka_unit_test(cut_between_characters),
                                        cmocka_unit_test(a_line_is_one_line) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* random, clock, progress: what the command line leans on. */
#include "tests/support/test.h"

#include "common/sys/clock.h"
#include "common/sys/progress.h"
#include "common/sys/random.h"

static void seeded_streams_repeat_and_differ(void **state)
{
    (void)state;
    struct hcl_random a, b, child1, child2;
    uint8_t x[100], y[100];
    hcl_random_init_seed(&a, 7);
    hcl_random_init_seed(&b, 7);
    hcl_random_bytes(&a, x, sizeof x);
    hcl_random_bytes(&b, y, sizeof y);
    assert_memory_equal(x, y, sizeof x);
    hcl_random_bytes(&a, y, sizeof y);
    assert_memory_not_equal(x, y, sizeof x);
    hcl_random_derive(&child1, &a, "column", 1); /* a has moved, b has not */
    hcl_random_derive(&child2, &b, "column", 1);
    hcl_random_bytes(&child1, x, sizeof x);
    hcl_random_bytes(&child2, y, sizeof y);
    assert_memory_equal(x, y, sizeof x);
    hcl_random_derive(&child2, &b, "column", 2);
    hcl_random_bytes(&child2, y, sizeof y);
    assert_memory_not_equal(x, y, sizeof x);
    hcl_random_derive(&child2, &b, "row", 1);
    hcl_random_bytes(&child2, y, sizeof y);
    assert_memory_not_equal(x, y, sizeof x);
}

static void os_streams_differ(void **state)
{
    (void)state;
    struct hcl_err err;
    struct hcl_random a, b;
    assert_ok(hcl_random_init_os(&a, &err), err);
    assert_ok(hcl_random_init_os(&b, &err), err);
    assert_memory_not_equal(a.key, b.key, sizeof a.key);
}

static void progress_in_a_file_is_one_line_per_phase(void **state)
{
    (void)state;
    char text[500] = { 0 };
    FILE *f = tmpfile();
    assert_non_null(f);
    struct hcl_progress *p = hcl_progress_new(f, HCL_PROGRESS_AUTO);
    assert_non_null(p);
    hcl_progress_phase(p, "commit");
    hcl_progress_phase(p, "quotient");
    hcl_progress_done(p, "8 cosets");
    hcl_progress_free(p);
    rewind(f);
    size_t len = fread(text, 1, sizeof text - 1, f);
    fclose(f);
    assert_true(len > 0);
    char *second = strchr(text, '\n') + 1;
    assert_true(text[2] == ':' && text[5] == ':' && text[8] == ' '); /* the time of day */
    assert_int_equal(strncmp(text + 9, "commit ", 7), 0);
    assert_int_equal(strncmp(second + 9, "quotient ", 9), 0);
    assert_non_null(strstr(second, "8 cosets\n"));
    assert_null(strchr(text, '\r'));
    hcl_progress_phase(NULL, "nothing");
    hcl_progress_done(NULL, NULL);
}

static void dates_have_one_form(void **state)
{
    (void)state;
    char date[21];
    hcl_clock_utc(date);
    assert_int_equal(strlen(date), 20);
    assert_true(date[4] == '-' && date[10] == 'T' && date[19] == 'Z');
    double t = hcl_clock_seconds();
    assert_true(hcl_clock_seconds() >= t);
    assert_true(hcl_clock_cpu_seconds() >= 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(seeded_streams_repeat_and_differ),
        cmocka_unit_test(os_streams_differ),
        cmocka_unit_test(progress_in_a_file_is_one_line_per_phase),
        cmocka_unit_test(dates_have_one_form),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

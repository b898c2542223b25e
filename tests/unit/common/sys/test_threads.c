/* SPDX-License-Identifier: Apache-2.0 */
/* As many threads as were chosen, also where a parallel region does not say; ranges without gaps. */
#include "tests/support/test.h"

#include "common/sys/threads.h"

#include <omp.h>

static void as_many_as_chosen(void **state)
{
    (void)state;
    for (int threads = 3; threads > 0; threads--) {
        int seen = 0;
        hcl_threads_choose(threads);
#pragma omp parallel reduction(+ : seen)
        seen++;
        assert_int_equal(seen, threads);
        assert_int_equal(hcl_threads_available(), threads);
    }
}

static void parts_follow_each_other(void **state)
{
    (void)state;
    for (size_t n = 0; n < 40; n++)
        for (size_t unit = 1; unit < 9; unit++)
            for (size_t parts = 1; parts < 7; parts++) {
                size_t at = 0, first, count;
                for (size_t part = 0; part < parts; part++, at += count) {
                    hcl_threads_split(n, unit, parts, part, &first, &count);
                    assert_int_equal(first, at);
                    assert_true(count % unit == 0 || first + count == n);
                }
                assert_int_equal(at, n);
            }
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(as_many_as_chosen),
                                        cmocka_unit_test(parts_follow_each_other) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

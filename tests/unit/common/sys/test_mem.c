/* SPDX-License-Identifier: Apache-2.0 */
/* Blocks of zeros, where memory was used before. */
#include "common/sys/mem.h"
#include <malloc.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
// clang-format off
#include <cmocka.h>
// clang-format on

#define HUGE_PAGE ((size_t)2 << 20)

static void expect_zeros(size_t bytes)
{
    struct hcl_err err;
    unsigned char *p, all = 0;

    assert_int_equal(hcl_mem_calloc((void **)&p, bytes, 1, "test", &err), HCL_OK);
    for (size_t i = 0; i < bytes; i++)
        all |= p[i];
    assert_int_equal(all, 0);
    memset(p, 0xff, bytes);
    hcl_mem_free(p);
}

static void zeros(void **unused)
{
    const size_t sizes[] = { 1,
                             4096,
                             HUGE_PAGE - 65,
                             HUGE_PAGE - 64,
                             HUGE_PAGE - 63,
                             HUGE_PAGE,
                             HUGE_PAGE + 4032,
                             HUGE_PAGE + 4033,
                             2 * HUGE_PAGE + 1,
                             4 * HUGE_PAGE - 64,
                             5 * HUGE_PAGE + 12345 };

    (void)unused;
    for (int round = 0; round < 3; round++)
        for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
            expect_zeros(sizes[i]);
}

/* What lies behind a block of zeros in the same page is another's. */
static void neighbours(void **unused)
{
    unsigned char *p, *behind;

    (void)unused;
    for (size_t bytes = 2 * HUGE_PAGE + 1000; bytes < 2 * HUGE_PAGE + 1100; bytes += 16) {
        behind = malloc(100);
        assert_non_null(behind);
        memset(behind, 0xee, 100);
        assert_int_equal(hcl_mem_calloc((void **)&p, bytes, 1, "test", NULL), HCL_OK);
        unsigned char *more = malloc(100);
        assert_non_null(more);
        memset(more, 0xdd, 100);
        hcl_mem_free(p);
        assert_int_equal(hcl_mem_calloc((void **)&p, bytes, 1, "test", NULL), HCL_OK);
        for (size_t i = 0; i < 100; i++)
            assert_true(behind[i] == 0xee && more[i] == 0xdd);
        hcl_mem_free(p);
        free(more);
        free(behind);
    }
}

/* As above where freed blocks come again, from the heap of the C library. */
static void used_before(void **unused)
{
    hcl_mem_set_kept(0);
#ifdef __GLIBC__
    (void)mallopt(M_MMAP_THRESHOLD, 1 << 30);
    (void)mallopt(M_TRIM_THRESHOLD, 1 << 30);
#endif
    zeros(unused);
    neighbours(unused);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(zeros), cmocka_unit_test(neighbours),
                                        cmocka_unit_test(used_before) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

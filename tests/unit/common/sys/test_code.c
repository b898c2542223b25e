/* SPDX-License-Identifier: Apache-2.0 */
/* Pages of code and constants go and come back as their file has them; what was changed stays. */
#include "common/sys/code.h"
#include "common/sys/mem.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>
// clang-format off
#include <cmocka.h>
// clang-format on

#define BYTES ((size_t)4 << 20)

/* Not zero, so it is in the program's file. */
static const unsigned char constants[BYTES] = { [0] = 1, [BYTES / 2] = 2, [BYTES - 1] = 3 };

static unsigned sum(void)
{
    const volatile unsigned char *at = constants;
    unsigned all = 0;
    for (size_t i = 0; i < BYTES; i++)
        all += at[i];
    return all;
}

static void goes_and_comes(void **unused)
{
    (void)unused;
    for (int round = 0; round < 3; round++) {
        assert_int_equal(sum(), 6);
        const uint64_t before = hcl_mem_rss();
        const size_t dropped = hcl_code_drop();
        const uint64_t after = hcl_mem_rss();
        assert_true(dropped >= BYTES - ((size_t)1 << 16));
        assert_true(before > after + BYTES / 2);
    }
    (void)hcl_code_drop();
    assert_true(hcl_code_drop() < BYTES / 2); /* it has gone */
}

static void what_changed_stays(void **unused)
{
    const uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
    unsigned char *middle = (unsigned char *)(((uintptr_t)constants + BYTES / 2) / page * page);
    (void)unused;
    assert_int_equal(mprotect(middle, page, PROT_READ | PROT_WRITE), 0);
    middle[1] = 77;
    assert_int_equal(mprotect(middle, page, PROT_READ), 0);
    assert_int_equal(sum(), 6 + 77);
    assert_true(hcl_code_drop() >= BYTES / 2);
    assert_int_equal(sum(), 6 + 77);
}

/* With a limit that is near the program's own size the pages are not counted on. */
static void tight(void **unused)
{
    (void)unused;
    assert_false(hcl_mem_is_tight(0));
    assert_false(hcl_mem_is_tight((uint64_t)1 << 40));
    assert_true(hcl_mem_is_tight((uint64_t)64 << 20));
    assert_int_equal(sum(), 6 + 77);
    hcl_mem_set_limit((uint64_t)1 << 40);
    hcl_mem_trim();
    const uint64_t roomy = ((uint64_t)1 << 40) - hcl_mem_room();
    hcl_mem_set_limit((uint64_t)64 << 20);
    hcl_mem_trim();
    const uint64_t near = ((uint64_t)64 << 20) - hcl_mem_room();
    assert_true(near + BYTES / 2 < roomy);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(goes_and_comes),
                                        cmocka_unit_test(what_changed_stays), cmocka_unit_test(tight) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

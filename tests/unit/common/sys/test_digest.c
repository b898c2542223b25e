/* SPDX-License-Identifier: Apache-2.0 */
#include "common/sys/digest.h"
#include "tests/support/test.h"

#include <string.h>

enum { MOST = 300 };

/* Every single bit counts, at every length and alignment, and so do length and seed. */
static void test_bits(void **state)
{
    (void)state;
    static unsigned char bytes[MOST + 8];
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (unsigned char)(i * 37);
    for (size_t len = 0; len < MOST; len += 7) {
        unsigned char *at = bytes + len % 8;
        const uint64_t digest = hcl_digest64(1, at, len);
        assert_true(hcl_digest64(2, at, len) != digest);
        assert_true(hcl_digest64(1, at, len + 1) != digest);
        for (size_t bit = 0; bit < 8 * len; bit++) {
            at[bit / 8] ^= (unsigned char)(1u << bit % 8);
            assert_true(hcl_digest64(1, at, len) != digest);
            at[bit / 8] ^= (unsigned char)(1u << bit % 8);
        }
        assert_true(hcl_digest64(1, at, len) == digest);
    }
}

/* Zeros are told apart by their number, equal stripes by their place. */
static void test_places(void **state)
{
    (void)state;
    unsigned char a[128] = { 0 }, b[128] = { 0 };
    assert_true(hcl_digest64(0, a, 64) != hcl_digest64(0, a, 128));
    memset(a, 1, 64);
    memset(b + 64, 1, 64);
    assert_true(hcl_digest64(0, a, 128) != hcl_digest64(0, b, 128));
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_bits), cmocka_unit_test(test_places) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Sums of small convolutions against 64-bit ones, and what is too large to be one. */
#include "compiler/quantize/small_conv.h"
#include "tests/support/test.h"

enum { TAPS = 27, OUTPUTS = 5, LEN = 60 };

struct numbers {
    int64_t image[LEN], weights[OUTPUTS * TAPS];
};

/* image in +-pixel, weights in +-weight, the ends included. */
static void fill(struct numbers *t, int64_t pixel, int64_t weight)
{
    uint64_t state = 1;
    for (size_t i = 0; i < LEN + OUTPUTS * TAPS; i++) {
        state = state * 6364136223846793005u + 1442695040888963407u;
        const int64_t most = i < LEN ? pixel : weight, v = (int64_t)(state >> 33) % (2 * most + 1) - most;
        *(i < LEN ? &t->image[i] : &t->weights[i - LEN]) = v;
    }
    t->image[7] = -pixel;
    t->weights[3] = weight;
}

static bool fits(struct hcl_small_conv *c, const struct numbers *t)
{
    bool fit;
    struct hcl_err err;
    assert_int_equal(hcl_small_conv_init(c, &fit, t->image, LEN, t->weights, OUTPUTS, TAPS, &err), HCL_OK);
    return fit;
}

static void test_sums(void **state)
{
    struct numbers t;
    struct hcl_small_conv c;
    int64_t sums[OUTPUTS];
    (void)state;
    fill(&t, INT16_MAX, 300);
    assert_true(fits(&c, &t));
    hcl_small_conv_blank(&c);
    hcl_small_conv_gather(&c, 3, 20, 10);
    hcl_small_conv_gather(&c, 15, 5, 12);
    hcl_small_conv_sums(&c, sums);
    for (size_t o = 0; o < OUTPUTS; o++) {
        int64_t want = 0;
        for (size_t i = 0; i < 10; i++)
            want += t.image[20 + i] * t.weights[o * TAPS + 3 + i];
        for (size_t i = 0; i < 12; i++)
            want += t.image[5 + i] * t.weights[o * TAPS + 15 + i];
        assert_true(sums[o] == want);
    }
    hcl_small_conv_clear(&c);
}

static void test_too_large(void **state)
{
    struct numbers t;
    struct hcl_small_conv c;
    (void)state;
    fill(&t, 100, 100);
    t.image[59] = -INT16_MAX - 1;
    assert_false(fits(&c, &t));
    fill(&t, 1, 100);
    t.weights[TAPS] = INT64_MIN;
    assert_false(fits(&c, &t));
    /* 27 weights of 2427 and pixels of 2^15 - 1: one below 2^31, and one above */
    fill(&t, INT16_MAX, 1);
    for (size_t i = 0; i < TAPS; i++)
        t.weights[i] = 2427;
    assert_true(fits(&c, &t));
    hcl_small_conv_clear(&c);
    t.weights[0] += 10;
    assert_false(fits(&c, &t));
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_sums), cmocka_unit_test(test_too_large) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

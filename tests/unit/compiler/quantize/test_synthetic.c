/* SPDX-License-Identifier: Apache-2.0 */
/* Made-up samples: in range, always the same, and as varied as inputs are. */
#include "tests/support/test.h"

#include "compiler/quantize/synthetic.h"
#include <math.h>

static float *make(const uint32_t dims[4], size_t *len)
{
    *len = (size_t)dims[1] * dims[2] * dims[3];
    float *s = malloc(HCL_SYNTHETIC_SAMPLES * *len * sizeof *s);
    assert_non_null(s);
    for (size_t i = 0; i < HCL_SYNTHETIC_SAMPLES * *len; i++)
        s[i] = NAN; /* everything must be written */
    hcl_synthetic_samples(s, (size_t)dims[1] * dims[2] * dims[3], dims);
    return s;
}

static const uint32_t shapes[][4] = { { 1, 28, 28, 1 }, { 1, 5, 7, 3 },  { 1, 2, 2, 1 },
                                      { 1, 1, 1, 16 },  { 1, 1, 40, 1 }, { 1, 1, 1, 1 } };
enum { NUM_SHAPES = sizeof shapes / sizeof *shapes };

static void values_are_in_range_and_repeatable(void **state)
{
    (void)state;
    for (size_t k = 0; k < NUM_SHAPES; k++) {
        bool image = shapes[k][1] > 1 && shapes[k][2] > 1;
        size_t len, again_len;
        float *a = make(shapes[k], &len), *b = make(shapes[k], &again_len), lo = 1, hi = 0;
        for (size_t i = 0; i < HCL_SYNTHETIC_SAMPLES * len; i++) {
            assert_true(a[i] >= (image ? 0 : -1) && a[i] <= 1);
            lo = fminf(lo, a[i]);
            hi = fmaxf(hi, a[i]);
        }
        assert_true(hi > 0.9f && (image ? lo < 0.1f : lo < -0.5f));
        assert_memory_equal(a, b, HCL_SYNTHETIC_SAMPLES * len * sizeof *a);
        free(a);
        free(b);
    }
}

/* Dark and bright, sparse and dense images, and no two alike. */
static void images_are_varied(void **state)
{
    (void)state;
    size_t len, dark = 0, bright = 0, sparse = 0, flat = 0;
    float *s = make(shapes[0], &len);
    for (size_t i = 0; i < HCL_SYNTHETIC_SAMPLES; i++) {
        const float *x = s + i * len;
        size_t zeros = 0, equal = 0;
        float sum = 0;
        for (size_t j = 0; j < len; j++) {
            zeros += x[j] == 0;
            equal += x[j] == x[0];
            sum += x[j];
        }
        dark += sum < 0.2f * (float)len;
        bright += sum > 0.8f * (float)len;
        sparse += zeros > len / 2;
        flat += equal == len;
        for (size_t j = 0; j < i; j++)
            assert_memory_not_equal(x, s + j * len, len * sizeof *x);
    }
    assert_true(dark >= 4 && bright >= 4 && sparse >= 8 && flat >= 4);
    free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(values_are_in_range_and_repeatable),
                                        cmocka_unit_test(images_are_varied) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Floats rounded many at a time are what each alone is rounded to, at every length that vectors leave a rest
 * of. */
#include "tests/support/test.h"

#include "compiler/fixed/fixed_bounds.h"
#include "compiler/fixed/rounding.h"
#include <math.h>

enum { MOST = 70 };

/* Halves and their neighbours, zeros of both signs, the ends of 16 bits. */
static float value(size_t i, double scale)
{
    static const float ends[] = { 0.0F, -0.0F, 32767.0F, -32767.0F, 32767.25F, -32767.25F, 0x1p-149F };
    const float middle = (float)(i % 41) - 20.5F;
    const float x = i % 5 == 0   ? ends[i % (sizeof ends / sizeof *ends)]
                    : i % 5 == 1 ? middle
                    : i % 5 == 2 ? nextafterf(middle, INFINITY)
                    : i % 5 == 3 ? nextafterf(middle, -INFINITY)
                                 : -1234.567F * (float)(i % 26);
    return (float)((double)x / scale);
}

static void shorts_are_rounded_as_one_is(void **state)
{
    (void)state;
    for (int bits = -3; bits <= 20; bits++)
        for (size_t n = 1; n <= MOST; n++) {
            const double scale = ldexp(1, bits);
            float x[MOST];
            int16_t got[MOST + 1], lo, hi, least = INT16_MAX, most = INT16_MIN;
            got[n] = 77;
            for (size_t i = 0; i < n; i++)
                x[i] = value(i * (n + 1), scale);
            hcl_fx_round_shorts(got, x, n, scale);
            hcl_fx_short_range(got, n, &lo, &hi);
            for (size_t i = 0; i < n; i++) {
                assert_int_equal(got[i], hcl_fx_round(x[i], scale));
                least = (int16_t)(got[i] < least ? got[i] : least);
                most = (int16_t)(got[i] > most ? got[i] : most);
            }
            assert_int_equal(got[n], 77);
            assert_int_equal(lo, least);
            assert_int_equal(hi, most);
        }
}

static void magnitude_is_the_largest(void **state)
{
    float x[MOST] = { 0 };
    (void)state;
    assert_true(hcl_fx_magnitude(x, 0) == 0);
    for (size_t n = 1; n <= MOST; n++)
        for (size_t at = 0; at < n; at++) {
            x[at] = at % 2 == 0 ? -3.5F : 3.5F;
            x[(at + 1) % n] = n > 1 ? 1.0F : x[at];
            assert_true(hcl_fx_magnitude(x, n) == 3.5);
            x[at] = x[(at + 1) % n] = 0;
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shorts_are_rounded_as_one_is),
        cmocka_unit_test(magnitude_is_the_largest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/field_samples.h"
#include "tests/support/test.h"

#include "common/poly/poly.h"

/* Around the sizes where work starts to be shared and where vector blocks end. */
static const size_t sizes[] = { 0, 1, 2, 3, 7, 8, 9, 63, 64, 65, 127, 1000, 1023, 1024, 1025, 2051, 5000 };
enum { SIZES = sizeof sizes / sizeof sizes[0], MOST = 5000 };

static hcl_fr f[MOST], m[MOST], a[MOST], want[MOST];

static void fill(uint64_t seed)
{
    for (size_t i = 0; i < MOST; i++) {
        f[i] = sample_fr(&seed);
        m[i] = sample_fr(&seed);
    }
}

static hcl_fr horner(const hcl_fr *c, size_t n, const hcl_fr *x)
{
    hcl_fr y = hcl_fr_zero;
    for (size_t i = n; i-- > 0;) {
        hcl_fr_mul(&y, &y, x);
        hcl_fr_add(&y, &y, &c[i]);
    }
    return y;
}

static void evaluation(void **state)
{
    (void)state;
    uint64_t seed = 1;
    fill(2);
    for (size_t s = 0; s < SIZES; s++)
        for (int threads = 1; threads <= 3; threads++) {
            const hcl_fr points[] = { sample_fr(&seed), hcl_fr_zero, hcl_fr_one };
            for (size_t p = 0; p < 3; p++) {
                hcl_fr got;
                const hcl_fr y = horner(f, sizes[s], &points[p]);
                hcl_poly_eval(&got, f, sizes[s], &points[p], threads);
                assert_memory_equal(&got, &y, sizeof y);
            }
        }
}

static void division(void **state)
{
    (void)state;
    uint64_t seed = 3;
    fill(4);
    for (size_t s = 0; s < SIZES; s++)
        for (int threads = 1; threads <= 3; threads++) {
            const size_t n = sizes[s];
            const hcl_fr z = s % 2 ? sample_fr(&seed) : hcl_fr_zero;
            hcl_fr rem;
            memcpy(a, f, n * sizeof *a);
            hcl_poly_div_linear(a, n, &z, &rem, threads);
            const hcl_fr y = horner(f, n, &z);
            assert_memory_equal(&rem, &y, sizeof y);
            if (n > 0)
                assert_true(hcl_fr_is_zero(&a[n - 1]));
            for (size_t i = 0; i < n; i++) { /* f = q (X - z) + rem, coefficient by coefficient */
                hcl_fr v;
                hcl_fr_mul(&v, &a[i], &z);
                hcl_fr_sub(&v, i > 0 ? &a[i - 1] : &rem, &v);
                assert_memory_equal(&v, &f[i], sizeof v);
            }
            hcl_poly_div_linear(a, n, &z, NULL, threads);
        }
}

static void interpolation(void **state)
{
    (void)state;
    fill(5);
    for (size_t count = 0; count <= 64; count += count < 5 ? 1 : 59) {
        hcl_fr c[64];
        hcl_poly_interpolate(c, f, m, count);
        for (size_t i = 0; i < count; i++) {
            const hcl_fr y = horner(c, count, &f[i]);
            assert_memory_equal(&y, &m[i], sizeof y);
        }
    }
}

static void prefix_products(void **state)
{
    (void)state;
    uint64_t seed = 6;
    fill(7);
    for (size_t s = 0; s < SIZES; s++)
        for (int threads = 1; threads <= 3; threads++) {
            const size_t n = sizes[s];
            const hcl_fr init = sample_fr(&seed);
            hcl_fr run = init, total;
            memcpy(a, f, n * sizeof *a);
            if (n > 60)
                a[50] = hcl_fr_zero;
            for (size_t i = 0; i < n; i++) {
                want[i] = run;
                hcl_fr_mul(&run, &run, &a[i]);
            }
            hcl_prefix_product(a, n, &init, &total, threads);
            assert_memory_equal(a, want, n * sizeof *a);
            assert_memory_equal(&total, &run, sizeof run);
        }
}

static void fill_with(hcl_fr *out, size_t n, const hcl_fr *v)
{
    for (size_t i = 0; i < n; i++)
        out[i] = *v;
}

static void combinations(void **state)
{
    (void)state;
    enum { TERMS = 150 };
    static const size_t counts[] = { 0, 1, 2, 16, 17, 64, 65, TERMS };
    const hcl_fr *terms[TERMS];
    hcl_fr weights[TERMS];
    uint64_t seed = 12;
    hcl_fr largest;
    hcl_fr_neg(&largest, &hcl_fr_one);
    fill(13);
    for (size_t i = 0; i < TERMS; i++) {
        terms[i] = i % 3 == 0 ? f : i % 3 == 1 ? m : f + i; /* any elements will do */
        weights[i] = i % 5 == 0 ? largest : sample_fr(&seed);
    }
    for (size_t s = 0; s < SIZES; s++)
        for (size_t c = 0; c < sizeof counts / sizeof *counts; c++) {
            const size_t n = sizes[s] > TERMS ? sizes[s] - TERMS : sizes[s] % 40;
            memset(want, 0, n * sizeof *want);
            for (size_t j = 0; j < counts[c]; j++)
                hcl_fr_axpy_vec(want, terms[j], &weights[j], n);
            for (int threads = 1; threads <= 3; threads++) {
                fill_with(a, n, &largest);
                hcl_poly_combine(a, terms, weights, counts[c], n, threads);
                assert_memory_equal(a, want, n * sizeof *a);
            }
        }
}

/* The largest elements times the largest weights: what sums of products come closest to overflowing with. */
static void largest_combinations(void **state)
{
    (void)state;
    enum { TERMS = 40, N = 64 };
    const hcl_fr *terms[TERMS];
    hcl_fr weights[TERMS], largest, expected;
    hcl_fr_neg(&largest, &hcl_fr_one);
    for (int k = 0; k < 2; k++) {
        for (size_t l = 0; k == 1 && l < 4; l++) /* all limbs of r - 1 in memory, a Montgomery form */
            largest.l[l] = ((const uint64_t[]){ 0x43e1f593f0000000, 0x2833e84879b97091, 0xb85045b68181585d,
                                                0x30644e72e131a029 })[l];
        for (size_t i = 0; i < TERMS; i++) {
            terms[i] = f;
            weights[i] = largest;
        }
        fill_with(f, N, &largest);
        hcl_fr_from_u64(&expected, TERMS);
        hcl_fr_mul(&expected, &expected, &largest);
        hcl_fr_mul(&expected, &expected, &largest);
        hcl_poly_combine(a, terms, weights, TERMS, N, 1);
        for (size_t i = 0; i < N; i++)
            assert_memory_equal(&a[i], &expected, sizeof expected);
    }
}

static void recurrences(void **state)
{
    (void)state;
    uint64_t seed = 8;
    fill(9);
    for (size_t s = 0; s < SIZES; s++)
        for (int threads = 1; threads <= 3; threads++)
            for (int in_place = 0; in_place < 2; in_place++) {
                const size_t n = sizes[s];
                const hcl_fr init = sample_fr(&seed), c = sample_fr(&seed);
                hcl_fr x = init;
                for (size_t i = 0; i < n; i++) {
                    hcl_fr_mul(&x, &x, &c);
                    hcl_fr_add(&x, &x, &f[i]);
                    want[i] = x;
                }
                memcpy(a, f, n * sizeof *a);
                hcl_linear_recurrence(a, in_place ? a : f, n, &c, &init, threads);
                assert_memory_equal(a, want, n * sizeof *a);
            }
}

/* All scans against their serial forms; elements and factors from the ends of the range, as integers in
 * memory. */
static void any_number_of_threads(void **state)
{
    (void)state;
    static const int teams[] = { -1, 0, 4, 5, 7, 8, 16, 17, 64, 65 };
    static const hcl_fr largest = { { 0x43e1f593f0000000, 0x2833e84879b97091, 0xb85045b68181585d,
                                      0x30644e72e131a029 } }; /* r - 1 */
    uint64_t seed = 14;
    fill(15);
    for (size_t i = 0; i < MOST; i += 1 + sample_u64(&seed) % 3)
        f[i] = i % 5 == 0 ? hcl_fr_zero : largest;
    for (size_t t = 0; t < sizeof teams / sizeof teams[0]; t++)
        for (size_t s = 0; s < SIZES; s++) {
            const hcl_fr x = t % 3 == 0 ? sample_fr(&seed) : largest;
            const size_t n = sizes[s];
            hcl_fr got, run = largest, value = hcl_fr_zero;
            hcl_poly_eval(&got, f, n, &x, teams[t]);
            const hcl_fr y = horner(f, n, &x);
            assert_memory_equal(&got, &y, sizeof y);
            for (size_t i = 0; i < n; i++) {
                want[i] = run;
                hcl_fr_mul(&run, &run, &f[i]);
            }
            memcpy(a, f, n * sizeof *a);
            hcl_prefix_product(a, n, &largest, &got, teams[t]);
            assert_memory_equal(a, want, n * sizeof *a);
            assert_memory_equal(&got, &run, sizeof run);
            for (size_t i = n; i-- > 0;) {
                want[i] = value;
                hcl_fr_mul(&value, &value, &x);
                hcl_fr_add(&value, &value, &f[i]);
            }
            memcpy(a, f, n * sizeof *a);
            hcl_poly_div_linear(a, n, &x, &got, teams[t]);
            assert_memory_equal(a, want, n * sizeof *a);
            assert_memory_equal(&got, &value, sizeof value);
            value = largest;
            for (size_t i = 0; i < n; i++) {
                hcl_fr_mul(&value, &value, &x);
                hcl_fr_add(&value, &value, &f[i]);
                want[i] = value;
            }
            hcl_linear_recurrence(a, f, n, &x, &largest, teams[t]);
            assert_memory_equal(a, want, n * sizeof *a);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(evaluation),           cmocka_unit_test(division),
        cmocka_unit_test(interpolation),        cmocka_unit_test(prefix_products),
        cmocka_unit_test(recurrences),          cmocka_unit_test(combinations),
        cmocka_unit_test(largest_combinations), cmocka_unit_test(any_number_of_threads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

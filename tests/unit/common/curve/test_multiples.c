/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/field_samples.h"
#include "tests/support/test.h"

#include "common/curve/multiples.h"
#include "common/sys/mem.h"

enum { BATCH = HCL_MULTIPLES_BATCH };

static hcl_g1 point_of(const hcl_fr *log)
{
    hcl_g1_jac product;
    hcl_g1 out;
    hcl_g1_mul(&product, &hcl_g1_generator, log);
    hcl_g1_jac_to_affine(&out, &product);
    return out;
}

static struct hcl_multiples *two(void)
{
    struct hcl_multiples *m;
    struct hcl_err err;
    assert_int_equal(hcl_multiples_new(&m, 2, &err), HCL_OK);
    return hcl_multiples_at(m, 1) != m ? m : NULL;
}

/* Infinity, equal and opposite points among others; scalars at the ends of their range among others. */
static hcl_fr sample_log(size_t i, uint64_t *seed)
{
    hcl_fr v = sample_fr(seed);
    if (i % 7 < 3)
        hcl_fr_from_u64(&v, i % 7);
    if (i % 14 == 9)
        hcl_fr_neg(&v, &hcl_fr_one);
    return v;
}

static void each_times_its_own(void **state)
{
    static const size_t counts[] = { 1, 7, 8, 9, 100, BATCH };
    struct hcl_multiples *m = two();
    static hcl_g1 p[BATCH];
    static hcl_fr log[BATCH], s[BATCH];
    uint64_t seed = 41;
    (void)state;
    assert_non_null(m);
    for (size_t c = 0; c < sizeof counts / sizeof counts[0]; c++) {
        const size_t n = counts[c];
        for (size_t i = 0; i < n; i++) {
            log[i] = sample_log(i, &seed);
            s[i] = sample_log(i / 7, &seed);
            p[i] = point_of(&log[i]);
        }
        hcl_multiples_each(hcl_multiples_at(m, c % 2), p, s, n);
        for (size_t i = 0; i < n; i++) {
            hcl_fr_mul(&log[i], &log[i], &s[i]);
            const hcl_g1 want = point_of(&log[i]);
            if (!hcl_g1_eq(&p[i], &want))
                fail_msg("point %zu of %zu", i, n);
        }
    }
    hcl_mem_free(m);
}

static void sums_and_differences(void **state)
{
    struct hcl_multiples *m = two();
    static hcl_g1 a[BATCH], b[BATCH], sum[BATCH], difference[BATCH];
    static hcl_fr log_a[BATCH], log_b[BATCH];
    uint64_t seed = 42;
    (void)state;
    for (size_t i = 0; i < BATCH; i++) {
        log_a[i] = sample_log(i, &seed);
        log_b[i] = i % 5 == 0 ? log_a[i] : sample_log(i / 7, &seed);
        a[i] = point_of(&log_a[i]);
        b[i] = point_of(&log_b[i]);
    }
    hcl_multiples_butterflies(m, sum, difference, a, b, BATCH);
    for (size_t i = 0; i < BATCH; i++) {
        hcl_fr v;
        hcl_fr_add(&v, &log_a[i], &log_b[i]);
        hcl_g1 want = point_of(&v);
        assert_true(hcl_g1_eq(&sum[i], &want));
        hcl_fr_sub(&v, &log_a[i], &log_b[i]);
        want = point_of(&v);
        assert_true(hcl_g1_eq(&difference[i], &want));
    }
    hcl_mem_free(m);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(each_times_its_own),
                                        cmocka_unit_test(sums_and_differences) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

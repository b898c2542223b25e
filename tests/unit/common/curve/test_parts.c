/* SPDX-License-Identifier: Apache-2.0 */
/* Parts of the multi-scalar multiplication whose mistakes would only cost time, or only show at sizes that no
 * test runs: lengths of scalars, windows, tasks, runs. */
#include "tests/support/field_samples.h"
#include "tests/support/test.h"

#include "common/curve/msm_internal.h"

enum { N = 3000 };

static hcl_fr scalar[N];
static hcl_g1 base[N];
static uint64_t low[N];
static uint8_t length[N];

static void expect_length(const hcl_fr *v, unsigned bits, uint64_t word)
{
    struct hcl_msm_scalars s = { .scalar = v, .n = 1, .low = low, .length = length };
    struct hcl_msm_lengths lengths;
    hcl_msm_measure(&s, &lengths, 1);
    assert_int_equal(length[0], bits);
    assert_int_equal(lengths.of[bits], 1);
    if (bits < 64)
        assert_int_equal(low[0], word);
}

/* Both signs of 2^k - 1 and 2^k, and the two in the middle, of which one is the other's negative. */
static void lengths_of_scalars(void **state)
{
    (void)state;
    hcl_fr power = hcl_fr_one, two, half, v;
    hcl_fr_from_u64(&two, 2);
    expect_length(&hcl_fr_zero, 0, 0);
    for (unsigned k = 0; k < 253; k++) {
        const uint64_t word = k < 64 ? (uint64_t)1 << k : 0, sign = (uint64_t)1 << 63;
        expect_length(&power, k + 1, word);
        hcl_fr_neg(&v, &power);
        expect_length(&v, k + 1, word | sign);
        hcl_fr_sub(&v, &power, &hcl_fr_one);
        expect_length(&v, k, word - 1);
        hcl_fr_neg(&v, &v);
        expect_length(&v, k, k == 0 ? 0 : (word - 1) | sign);
        hcl_fr_double(&power, &power);
    }
    hcl_fr_inv(&half, &two); /* (r + 1)/2 */
    expect_length(&half, 253, 0);
    hcl_fr_neg(&half, &half);
    expect_length(&half, 253, 0);
}

static void check_tasks(const struct hcl_msm_class *c, int threads)
{
    size_t done[256] = { 0 };
    const struct hcl_msm_tasks t = hcl_msm_plan_tasks(c, threads);
    for (size_t i = 0; i < hcl_msm_tasks_count(&t); i++) {
        const struct hcl_msm_task task = hcl_msm_tasks_get(&t, i);
        assert_true(task.count >= 1 && task.first + task.count <= c->windows.count);
        for (unsigned w = task.first; w < task.first + task.count; w++) {
            assert_int_equal(task.from, done[w]);
            done[w] += task.n;
        }
    }
    for (unsigned w = 0; w < c->windows.count; w++)
        assert_int_equal(done[w], c->n);
}

/* Windows hold the bits and a sign; tasks take every term of every window once. */
static void windows_and_tasks(void **state)
{
    (void)state;
    static const size_t counts[] = { 1, 9, 511, 2048, 4097, 32767, 32768, 1 << 20, (size_t)1 << 30 };
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++)
        for (unsigned bits = 1; bits <= 253; bits++) {
            struct hcl_msm_class c = { .n = counts[i], .bits = bits };
            c.windows = hcl_msm_plan_windows(c.n, bits, NULL);
            assert_in_range(c.windows.width, 2, HCL_MSM_MAX_WINDOW);
            assert_true(c.windows.width * c.windows.count > bits);
            assert_true(c.windows.width * (c.windows.count - 1) <= bits);
            for (int threads = 1; threads <= 17; threads += threads < 5 ? 1 : 4)
                check_tasks(&c, threads);
        }
}

/* Long scalars in runs are taken, short ones and single ones are left. */
static void runs(void **state)
{
    (void)state;
    struct hcl_msm_scalars s = { .scalar = scalar, .n = N, .low = low, .length = length };
    struct hcl_msm_lengths lengths;
    struct hcl_err err;
    hcl_g1_jac sum, want;
    uint64_t seed = 4;
    hcl_fr taken = hcl_fr_zero;
    for (size_t i = 0; i < N; i++) {
        base[i] = hcl_g1_generator;
        if (i < 1000 ? i % 10 == 0 : i >= 2000)
            scalar[i] = sample_fr(&seed);
        else if (i < 1000)
            scalar[i] = scalar[i - 1];
        else
            hcl_fr_from_u64(&scalar[i], 77);
        if (i < 1000)
            hcl_fr_add(&taken, &taken, &scalar[i]);
    }
    for (int threads = 1; threads <= 2; threads++) {
        hcl_msm_measure(&s, &lengths, threads);
        assert_ok(hcl_msm_take_runs(&sum, &s, &lengths, base, threads, &err), err);
        size_t zeros = 0;
        for (size_t i = 0; i < N; i++) {
            zeros += length[i] == 0;
            if (i >= 1000)
                assert_int_equal(length[i] == 7, i < 2000);
        }
        assert_int_equal(zeros, lengths.of[0]);
        assert_int_equal(lengths.of[7], 1000);
        if (threads > 1)
            continue; /* a run may be cut where a thread's part ends */
        assert_int_equal(zeros, 1000);
        hcl_g1_mul(&want, &hcl_g1_generator, &taken);
        assert_true(hcl_g1_jac_eq(&sum, &want));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(lengths_of_scalars),
                                        cmocka_unit_test(windows_and_tasks), cmocka_unit_test(runs) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/field_samples.h"
#include "tests/support/test.h"

#include "common/curve/msm.h"
#include "common/io/json_read.h"
#include "common/sys/mem.h"

enum { MOST = 140000 };

static hcl_g1 bases[MOST];
static hcl_fr logs[MOST]; /* bases[i] = logs[i] times the generator */
static hcl_fr scalars[MOST];

/* Distinct points: multiples of the generator by a walk with a large stride. */
static void make_bases(void)
{
    hcl_g1_jac *walk = malloc(MOST * sizeof *walk), step;
    assert_non_null(walk);
    uint64_t seed = 1;
    const hcl_fr s = sample_fr(&seed);
    hcl_g1_mul(&step, &hcl_g1_generator, &s);
    walk[0] = step;
    logs[0] = s;
    for (size_t i = 1; i < MOST; i++) {
        hcl_g1_jac_add(&walk[i], &walk[i - 1], &step);
        hcl_fr_add(&logs[i], &logs[i - 1], &s);
        if (i % 7 == 0) {
            hcl_g1_jac_double(&walk[i], &walk[i]);
            hcl_fr_double(&logs[i], &logs[i]);
        }
    }
    hcl_g1_jac_to_affine_vec(bases, walk, MOST);
    free(walk);
}

static hcl_g1_jac naive(const hcl_fr *s, const hcl_g1 *p, size_t n)
{
    hcl_g1_jac sum, one;
    hcl_g1_jac_from_affine(&sum, &hcl_g1_infinity);
    for (size_t i = 0; i < n; i++) {
        hcl_g1_mul(&one, &p[i], &s[i]);
        hcl_g1_jac_add(&sum, &sum, &one);
    }
    return sum;
}

static void assert_msm(const hcl_fr *s, const hcl_g1 *p, size_t n)
{
    const hcl_g1_jac want = naive(s, p, n);
    for (int threads = 1; threads <= 3; threads++) {
        struct hcl_err err;
        hcl_g1_jac got;
        assert_ok(hcl_msm(&got, s, p, n, threads, &err), err);
        if (!hcl_g1_jac_eq(&got, &want))
            fail_msg("wrong sum of %zu terms with %d threads", n, threads);
    }
}

/* Integers of up to `bits` bits, every third one negative. */
static void small_scalars(size_t n, unsigned bits, uint64_t seed)
{
    for (size_t i = 0; i < n; i++) {
        const int64_t v = (int64_t)(sample_u64(&seed) >> (64 - bits));
        hcl_fr_from_i64(&scalars[i], i % 3 == 0 ? -v : v);
    }
}

static void random_scalars(size_t n, uint64_t seed)
{
    for (size_t i = 0; i < n; i++)
        scalars[i] = sample_fr(&seed);
}

static void every_small_count(void **state)
{
    (void)state;
    random_scalars(70, 2);
    for (size_t n = 0; n <= 70; n += n < 20 ? 1 : 10)
        assert_msm(scalars, bases, n);
}

static void larger_counts(void **state)
{
    (void)state;
    random_scalars(1201, 3);
    assert_msm(scalars, bases, 1024);
    assert_msm(scalars, bases, 1201);
}

static void small_scalars_of_every_length(void **state)
{
    (void)state;
    for (unsigned bits = 1; bits <= 62; bits += bits < 20 ? 1 : 7) {
        small_scalars(100, bits, bits);
        assert_msm(scalars, bases, 100);
    }
}

static void extreme_scalars(void **state)
{
    (void)state;
    hcl_fr minus_one, half, extreme[8];
    hcl_fr_neg(&minus_one, &hcl_fr_one);
    hcl_fr_from_u64(&half, 2);
    hcl_fr_inv(&half, &half); /* (r+1)/2, the least number whose negative is smaller */
    extreme[0] = hcl_fr_zero;
    extreme[1] = hcl_fr_one;
    extreme[2] = minus_one;
    extreme[3] = half;
    hcl_fr_add(&extreme[4], &half, &minus_one);
    hcl_fr_from_u64(&extreme[5], UINT64_MAX);
    hcl_fr_from_i64(&extreme[6], INT64_MIN);
    hcl_fr_from_u64(&extreme[7], 0x8000800080008000);
    for (size_t k = 0; k < 8; k++) {
        for (size_t i = 0; i < 300; i++)
            scalars[i] = extreme[k];
        assert_msm(scalars, bases, 1);
        assert_msm(scalars, bases, 300);
    }
    for (size_t i = 0; i < 300; i++)
        scalars[i] = extreme[i % 8];
    assert_msm(scalars, bases, 300);
}

/* Of every width, the least, the largest and 0 among them: as field elements they have the same sum. */
static void integers_are_their_field_elements(void **state)
{
    (void)state;
    static const size_t sizes[] = { 0, 1, 300, 5000 };
    static int64_t v[5000];
    static int8_t v1[5000];
    static int16_t v2[5000];
    static int32_t v4[5000];
    uint64_t seed = 8;
    for (int width = 1; width <= 8; width *= 2)
        for (size_t k = 0; k < sizeof sizes / sizeof sizes[0]; k++) {
            const int64_t least = INT64_MIN >> (64 - 8 * width);
            const void *const cells = width == 1   ? (void *)v1
                                      : width == 2 ? (void *)v2
                                      : width == 4 ? (void *)v4
                                                   : v;
            struct hcl_err err;
            hcl_g1_jac want, got;
            for (size_t i = 0; i < sizes[k]; i++) {
                v[i] = i % 5 == 0   ? least
                       : i % 5 == 1 ? -1 - least
                       : i % 5 == 2 ? 0
                                    : (int64_t)sample_u64(&seed) >> (64 - 8 * width);
                v1[i] = (int8_t)v[i];
                v2[i] = (int16_t)v[i];
                v4[i] = (int32_t)v[i];
                hcl_fr_from_i64(&scalars[i], v[i]);
            }
            assert_ok(hcl_msm(&want, scalars, bases, sizes[k], 1, &err), err);
            for (int threads = 1; threads <= 3; threads++) {
                assert_ok(hcl_msm_integers(&got, cells, width, bases, sizes[k], threads, &err), err);
                assert_true(hcl_g1_jac_eq(&got, &want));
            }
        }
}

static void powers_of_two_and_their_neighbours(void **state)
{
    (void)state;
    hcl_fr v = hcl_fr_one;
    for (size_t i = 0; i + 2 < 3 * 253; i += 3) {
        scalars[i] = v;
        hcl_fr_add(&scalars[i + 1], &v, &hcl_fr_one);
        hcl_fr_sub(&scalars[i + 2], &v, &hcl_fr_one);
        hcl_fr_double(&v, &v);
    }
    assert_msm(scalars, bases, 3 * 253);
}

/* Mostly small values with a few full-size ones, as in a witness column with its blinding rows. */
static void a_witness_column(void **state)
{
    (void)state;
    small_scalars(1200, 9, 4);
    uint64_t seed = 5;
    for (size_t i = 1190; i < 1200; i++)
        scalars[i] = sample_fr(&seed);
    for (size_t i = 500; i < 900; i++)
        scalars[i] = hcl_fr_zero;
    assert_msm(scalars, bases, 1200);
}

static void runs_of_equal_scalars(void **state)
{
    (void)state;
    random_scalars(600, 6);
    for (size_t i = 50; i < 550; i++)
        scalars[i] = scalars[i < 300 ? 50 : 300];
    assert_msm(scalars, bases, 600);
    for (size_t i = 0; i < 600; i++)
        scalars[i] = scalars[0];
    assert_msm(scalars, bases, 600);
}

/* For sums too long for the naive one: the bases' logarithms are known. */
static void assert_long_msm(size_t n)
{
    hcl_fr total = hcl_fr_zero;
    for (size_t i = 0; i < n; i++) {
        hcl_fr one;
        hcl_fr_mul(&one, &scalars[i], &logs[i]);
        hcl_fr_add(&total, &total, &one);
    }
    hcl_g1_jac want;
    hcl_g1_mul(&want, &hcl_g1_generator, &total);
    for (int threads = 1; threads <= 5; threads += 2) {
        struct hcl_err err;
        hcl_g1_jac got;
        assert_ok(hcl_msm(&got, scalars, bases, n, threads, &err), err);
        if (!hcl_g1_jac_eq(&got, &want))
            fail_msg("wrong sum of %zu terms with %d threads", n, threads);
    }
}

static void long_sums(void **state)
{
    (void)state;
    random_scalars(40000, 14);
    assert_long_msm(40000);
    small_scalars(MOST, 10, 15);
    assert_long_msm(MOST);
    small_scalars(MOST, 33, 16);
    assert_long_msm(70001);
}

/* A running sum that stays what it is from some row on, another one that moves every 20 rows. */
static void long_runs_of_long_scalars(void **state)
{
    (void)state;
    random_scalars(30000, 18);
    for (size_t i = 1000; i < 20000; i++)
        if (i % 20 != 0)
            scalars[i] = scalars[i - 1];
    for (size_t i = 25000; i < 30000; i++)
        scalars[i] = scalars[25000];
    assert_long_msm(30000);
    for (size_t i = 0; i < 30000; i++)
        scalars[i] = scalars[25000];
    assert_long_msm(30000);
}

/* More terms in one bucket than a block has, and buckets whose terms need lanes by the hundred. */
static void crowded_buckets(void **state)
{
    (void)state;
    for (int64_t c = -1; c <= 3; c++) {
        for (size_t i = 0; i < MOST; i++)
            hcl_fr_from_i64(&scalars[i], c);
        assert_long_msm(MOST);
    }
    uint64_t seed = 17;
    for (size_t i = 0; i < MOST; i++) { /* one half is 513, a quarter 514, and so on */
        const uint64_t v = sample_u64(&seed);
        hcl_fr_from_u64(&scalars[i], v == 0 ? 0 : 513 + (uint64_t)__builtin_ctzll(v));
    }
    assert_long_msm(MOST);
    for (size_t i = 0; i < MOST; i++) /* two long scalars, in turns */
        scalars[i] = logs[i % 2];
    assert_long_msm(MOST / 4);
}

static void infinite_equal_and_opposite_points(void **state)
{
    (void)state;
    enum { N = 200 };
    static hcl_g1 odd[N];
    for (int kind = 0; kind < 5; kind++) {
        for (size_t i = 0; i < N; i++) {
            odd[i] = bases[kind == 0 ? 5 : i / 4];
            if (kind >= 2 && i % 2)
                hcl_g1_neg(&odd[i], &odd[i]);
            if (kind == 3 && i % 3 == 0)
                odd[i] = hcl_g1_infinity;
            if (kind == 4)
                odd[i] = hcl_g1_infinity;
        }
        random_scalars(N, 7);
        assert_msm(scalars, odd, N);
        small_scalars(N, 2, 8); /* few buckets: the odd points meet */
        assert_msm(scalars, odd, N);
        for (size_t i = 0; i < N; i++)
            scalars[i] = hcl_fr_one;
        assert_msm(scalars, odd, N);
    }
}

/* Few points of both signs, few scalars: sums meet themselves and their opposites, become infinite and go on
 * from there, in any lane and any round. */
static void sums_that_come_back(void **state)
{
    (void)state;
    enum { POINTS = 7, N = 3000 };
    static hcl_g1 point[N];
    hcl_g1 multiple[POINTS];
    uint64_t seed = 19;
    for (int64_t c = 0; c < POINTS; c++) {
        hcl_fr v;
        hcl_g1_jac p;
        hcl_fr_from_i64(&v, c - 3);
        hcl_g1_mul(&p, &hcl_g1_generator, &v);
        hcl_g1_jac_to_affine(&multiple[c], &p);
    }
    for (int round = 0; round < 60; round++) {
        const size_t n = 1 + sample_u64(&seed) % N, kinds = 1 + sample_u64(&seed) % POINTS;
        hcl_fr total = hcl_fr_zero, factor[3] = { hcl_fr_one, sample_fr(&seed), sample_fr(&seed) };
        hcl_fr_from_i64(&factor[1], round % 2 ? -1 : 1023);
        for (size_t i = 0; i < n; i++) {
            const size_t which = sample_u64(&seed) % kinds;
            hcl_fr log;
            point[i] = multiple[which];
            scalars[i] = factor[sample_u64(&seed) % (1 + (size_t)round % 3)];
            hcl_fr_from_i64(&log, (int64_t)which - 3);
            hcl_fr_mul(&log, &log, &scalars[i]);
            hcl_fr_add(&total, &total, &log);
        }
        hcl_g1_jac want, got;
        struct hcl_err err;
        hcl_g1_mul(&want, &hcl_g1_generator, &total);
        assert_ok(hcl_msm(&got, scalars, point, n, 1 + round % 4, &err), err);
        if (!hcl_g1_jac_eq(&got, &want))
            fail_msg("round %d: wrong sum of %zu terms", round, n);
    }
}

/* A point whose x, as an integer in memory, is v. */
static bool point_with_x(hcl_g1 *out, const hcl_fq *v)
{
    hcl_fq three;
    hcl_fq_from_u64(&three, 3);
    out->x = *v;
    hcl_fq_sqr(&out->y, v);
    hcl_fq_mul(&out->y, &out->y, v);
    hcl_fq_add(&out->y, &out->y, &three);
    return hcl_fq_sqrt(&out->y, &out->y);
}

/* Sums of two and more points whose x is next to a multiple of p: lazy integers next to the ends of their
 * ranges. */
static void sums_next_to_the_modulus(void **state)
{
    (void)state;
    enum { TERMS = 9 };
    hcl_g1 p[TERMS];
    for (size_t i = 0; i < 400; i++) {
        hcl_fq x = { { 1 + i / 8, 0, 0, 0 } };
        hcl_g1_jac rest;
        hcl_g1 sum;
        if (i % 2)
            hcl_fq_neg(&x, &x);
        if (!point_with_x(&sum, &x))
            continue;
        const size_t n = 2 + i % (TERMS - 1);
        hcl_g1_jac_from_affine(&rest, &sum);
        for (size_t j = 0; j + 1 < n; j++) {
            hcl_g1 minus;
            p[j] = bases[i * TERMS + j];
            hcl_g1_neg(&minus, &p[j]);
            hcl_g1_jac_add_affine(&rest, &rest, &minus);
        }
        hcl_g1_jac_to_affine(&p[n - 1], &rest);
        hcl_g1_jac got, want;
        struct hcl_err err;
        hcl_g1_jac_from_affine(&want, &sum);
        for (size_t j = 0; j < n; j++)
            scalars[j] = hcl_fr_one;
        for (size_t m = n; m >= n - 1 && m > 0; m--) { /* and one that goes on from there */
            assert_ok(hcl_msm(&got, scalars, p, m, 1, &err), err);
            if (!hcl_g1_jac_eq(&got, &want))
                fail_msg("wrong sum of %zu points, %zu", m, i);
            hcl_g1 minus;
            hcl_g1_neg(&minus, &p[n - 1]);
            hcl_g1_jac_add_affine(&want, &want, &minus);
        }
    }
}

static void any_number_of_threads(void **state)
{
    (void)state;
    static const size_t counts[] = { 1, 511, 512, 1023, 1024, 1025, 9001 };
    for (size_t k = 0; k < sizeof counts / sizeof counts[0]; k++) {
        const size_t n = counts[k];
        random_scalars(n, 20 + k);
        for (size_t i = 0; i < n / 2; i++)
            scalars[2 * i] = scalars[i / 700];
        struct hcl_err err;
        hcl_g1_jac want, got;
        assert_ok(hcl_msm(&want, scalars, bases, n, 1, &err), err);
        for (int threads = -1; threads <= 17; threads++) {
            assert_ok(hcl_msm(&got, scalars, bases, n, threads, &err), err);
            assert_true(hcl_g1_jac_eq(&got, &want));
        }
    }
}

static void a_batch_is_its_columns(void **state)
{
    (void)state;
    enum { COLUMNS = 5, N = 200 };
    static hcl_fr column[COLUMNS][N];
    const hcl_fr *columns[COLUMNS];
    uint64_t seed = 11;
    for (size_t c = 0; c < COLUMNS; c++) {
        for (size_t i = 0; i < N; i++)
            if (c % 2)
                hcl_fr_from_i64(&column[c][i], (int64_t)(sample_u64(&seed) & 1023) - 512);
            else
                column[c][i] = sample_fr(&seed);
        columns[c] = column[c];
    }
    hcl_g1_jac want[COLUMNS];
    for (size_t c = 0; c < COLUMNS; c++)
        want[c] = naive(column[c], bases, N);
    for (int threads = 1; threads <= 3; threads++) {
        struct hcl_err err;
        hcl_g1_jac got[COLUMNS];
        assert_ok(hcl_msm_batch(got, columns, COLUMNS, bases, N, threads, &err), err);
        for (size_t c = 0; c < COLUMNS; c++)
            assert_true(hcl_g1_jac_eq(&got[c], &want[c]));
        assert_ok(hcl_msm_batch(got, columns, 0, bases, N, threads, &err), err);
    }
}

/* Within a parallel region the runtime gives one thread, whatever is asked for. */
static void fewer_threads_than_asked_for(void **state)
{
    (void)state;
    enum { N = 2000 };
    random_scalars(N, 13);
    struct hcl_err err;
    hcl_g1_jac want, got[2];
    hcl_status st[2];
    assert_ok(hcl_msm(&want, scalars, bases, N, 1, &err), err);
#pragma omp parallel for num_threads(2)
    for (int i = 0; i < 2; i++)
        st[i] = hcl_msm(&got[i], scalars, bases, N, 3, NULL);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(st[i], HCL_OK);
        assert_true(hcl_g1_jac_eq(&got[i], &want));
    }
}

static void a_budget_too_small_is_an_error_without_leak(void **state)
{
    (void)state;
    struct hcl_err err;
    hcl_g1_jac got;
    uint64_t before, after, peak;
    random_scalars(1000, 12);
    hcl_mem_usage(&before, &peak);
    bool done = false;
    for (uint64_t limit = 1; !done; limit += limit / 2 + 100) {
        hcl_mem_set_limit(before + limit);
        const hcl_status st = hcl_msm(&got, scalars, bases, 1000, 1, &err);
        assert_true(st == HCL_OK || st == HCL_NO_RESOURCE);
        assert_true(st == HCL_OK || hcl_g1_jac_is_infinity(&got));
        hcl_mem_usage(&after, &peak);
        assert_int_equal(after, before);
        done = st == HCL_OK;
    }
    hcl_mem_set_limit(0);
}

static void golden_sum(void **state)
{
    (void)state;
    struct hcl_err err;
    json_t *root;
    assert_ok(hcl_json_read(&root, HCL_SOURCE_DIR "/tests/vectors/halo2/unit.json", 1 << 20, &err), err);
    json_t *v = json_object_get(root, "msm"), *points = json_object_get(v, "bases"),
           *factors = json_object_get(v, "scalars"), *sum = json_object_get(v, "sum");
    const size_t n = json_array_size(points);
    hcl_g1 p[64], want, got;
    assert_true(n > 0 && n <= 64 && n == json_array_size(factors));
    for (size_t i = 0; i < n; i++) {
        const json_t *point = json_array_get(points, i);
        assert_true(sample_fr_hex(&scalars[i], json_string_value(json_array_get(factors, i))));
        p[i] = hcl_g1_infinity;
        if (json_is_array(point)) {
            assert_true(sample_fq_hex(&p[i].x, json_string_value(json_array_get(point, 0))));
            assert_true(sample_fq_hex(&p[i].y, json_string_value(json_array_get(point, 1))));
        }
    }
    assert_true(sample_fq_hex(&want.x, json_string_value(json_array_get(sum, 0))));
    assert_true(sample_fq_hex(&want.y, json_string_value(json_array_get(sum, 1))));
    hcl_g1_jac result;
    assert_ok(hcl_msm(&result, scalars, p, n, 1, &err), err);
    hcl_g1_jac_to_affine(&got, &result);
    assert_memory_equal(&got, &want, sizeof want);
    json_decref(root);
}

int main(void)
{
    make_bases();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_small_count),
        cmocka_unit_test(larger_counts),
        cmocka_unit_test(small_scalars_of_every_length),
        cmocka_unit_test(extreme_scalars),
        cmocka_unit_test(integers_are_their_field_elements),
        cmocka_unit_test(powers_of_two_and_their_neighbours),
        cmocka_unit_test(a_witness_column),
        cmocka_unit_test(runs_of_equal_scalars),
        cmocka_unit_test(long_sums),
        cmocka_unit_test(long_runs_of_long_scalars),
        cmocka_unit_test(crowded_buckets),
        cmocka_unit_test(infinite_equal_and_opposite_points),
        cmocka_unit_test(sums_that_come_back),
        cmocka_unit_test(sums_next_to_the_modulus),
        cmocka_unit_test(any_number_of_threads),
        cmocka_unit_test(a_batch_is_its_columns),
        cmocka_unit_test(fewer_threads_than_asked_for),
        cmocka_unit_test(a_budget_too_small_is_an_error_without_leak),
        cmocka_unit_test(golden_sum),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

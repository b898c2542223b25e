/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/field_samples.h"
#include "tests/support/test.h"

#include "common/io/json_read.h"
#include "common/poly/domain.h"
#include "common/poly/poly.h"
#include "common/sys/mem.h"

static hcl_fr *random_vector(size_t n, uint64_t seed)
{
    void *p;
    struct hcl_err err;
    assert_ok(hcl_mem_alloc(&p, n, sizeof(hcl_fr), "test", &err), err);
    hcl_fr *a = p;
    for (size_t i = 0; i < n; i++)
        a[i] = sample_fr(&seed);
    return a;
}

static hcl_fr *copy_of(const hcl_fr *a, size_t n)
{
    void *p;
    struct hcl_err err;
    assert_ok(hcl_mem_alloc(&p, n, sizeof(hcl_fr), "test", &err), err);
    memcpy(p, a, n * sizeof *a);
    return p;
}

/* One value of the transform, by Horner's rule. */
static hcl_fr value_at(const struct hcl_domain *d, const hcl_fr *f, const hcl_fr *g, size_t i)
{
    hcl_fr x, y = hcl_fr_zero;
    hcl_domain_omega_pow(&x, d, (int64_t)i);
    if (g != NULL)
        hcl_fr_mul(&x, &x, g);
    for (size_t j = d->n; j-- > 0;) {
        hcl_fr_mul(&y, &y, &x);
        hcl_fr_add(&y, &y, &f[j]);
    }
    return y;
}

/* All values for small n, a sample of them (first, last, odd strides) for large n. */
static void assert_values(const struct hcl_domain *d, const hcl_fr *f, const hcl_fr *g, const hcl_fr *values)
{
    const size_t step = d->n <= 512 ? 1 : d->n / 5 + 1;
    for (size_t i = 0; i < d->n; i += step) {
        const hcl_fr want = value_at(d, f, g, i);
        assert_memory_equal(&values[i], &want, sizeof want);
    }
    const hcl_fr want = value_at(d, f, g, d->n - 1);
    assert_memory_equal(&values[d->n - 1], &want, sizeof want);
}

/* Coefficients f, also in a: to other memory, then in place, and to a second coset with the same tables. */
static void check_coset(const struct hcl_domain *d, const hcl_fr *f, hcl_fr *a, const hcl_fr *g, int threads)
{
    struct hcl_err err;
    struct hcl_domain_coset c;
    const hcl_fr *from = f, *same = a;
    const hcl_fr second = hcl_fr_generator;
    hcl_fr *b = copy_of(f, d->n);
    assert_ok(hcl_domain_coset_init(&c, d, &err), err);
    hcl_domain_coset_set(&c, &second, threads);
    hcl_coset_ntt_batch(&c, &from, &b, 1, threads);
    assert_values(d, f, &second, b);
    hcl_domain_coset_set(&c, g, threads);
    hcl_coset_ntt_batch(&c, &from, &b, 1, threads);
    assert_values(d, f, g, b);
    hcl_coset_ntt_batch(&c, &same, &a, 1, threads);
    assert_memory_equal(a, b, d->n * sizeof *a);
    hcl_domain_coset_clear(&c);
    hcl_mem_free(b);
}

static void check_size(uint32_t k, int threads)
{
    struct hcl_err err;
    struct hcl_domain d;
    assert_ok(hcl_domain_init(&d, k, &err), err);
    uint64_t seed = k;
    const hcl_fr g = sample_fr(&seed);
    hcl_fr *f = random_vector(d.n, 100 + k), *a = copy_of(f, d.n);

    hcl_ntt(&d, a, threads);
    assert_values(&d, f, NULL, a);
    hcl_intt(&d, a, threads);
    assert_memory_equal(a, f, d.n * sizeof *f);
    check_coset(&d, f, a, &g, threads);

    hcl_mem_free(f);
    hcl_mem_free(a);
    hcl_domain_clear(&d);
}

static void every_small_size_is_the_naive_transform(void **state)
{
    (void)state;
    for (uint32_t k = 0; k <= 13; k++)
        for (int threads = 1; threads <= 3; threads++)
            check_size(k, threads);
}

static void larger_sizes(void **state)
{
    (void)state;
    for (uint32_t k = 14; k <= 17; k++)
        for (int threads = 1; threads <= 3; threads++)
            check_size(k, threads);
}

/* The runtime gives one thread where three are asked for. */
static void within_a_parallel_region(void **state)
{
    (void)state;
    struct hcl_err err;
    struct hcl_domain d;
    assert_ok(hcl_domain_init(&d, 13, &err), err);
    hcl_fr *f = random_vector(d.n, 3), *a[2] = { copy_of(f, d.n), copy_of(f, d.n) };
#pragma omp parallel for num_threads(2)
    for (int i = 0; i < 2; i++)
        hcl_ntt(&d, a[i], 3);
    for (int i = 0; i < 2; i++) {
        assert_values(&d, f, NULL, a[i]);
        hcl_mem_free(a[i]);
    }
    hcl_mem_free(f);
    hcl_domain_clear(&d);
}

static void extreme_values(void **state)
{
    (void)state;
    struct hcl_err err;
    hcl_fr minus_one;
    hcl_fr_neg(&minus_one, &hcl_fr_one);
    for (uint32_t k = 0; k <= 12; k++) {
        struct hcl_domain d;
        assert_ok(hcl_domain_init(&d, k, &err), err);
        hcl_fr *f = random_vector(d.n, k);
        for (size_t i = 0; i < d.n; i++)
            f[i] = i % 3 == 0 ? hcl_fr_zero : minus_one;
        hcl_fr *a = copy_of(f, d.n);
        hcl_ntt(&d, a, 1);
        assert_values(&d, f, NULL, a);
        hcl_intt(&d, a, 1);
        assert_memory_equal(a, f, d.n * sizeof *f);
        hcl_mem_free(f);
        hcl_mem_free(a);
        hcl_domain_clear(&d);
    }
}

/* Results next to multiples of r, where reductions decide: a constant -1 has all values -1, all
 * coefficients -1 have the values -n, 0, 0, .. */
static void values_next_to_the_modulus(void **state)
{
    (void)state;
    struct hcl_err err;
    hcl_fr minus_one;
    hcl_fr_neg(&minus_one, &hcl_fr_one);
    for (uint32_t k = 1; k <= 14; k++) {
        struct hcl_domain d;
        assert_ok(hcl_domain_init(&d, k, &err), err);
        hcl_fr *a = random_vector(d.n, k), minus_n;
        hcl_fr_from_u64(&minus_n, d.n);
        hcl_fr_neg(&minus_n, &minus_n);
        for (size_t i = 0; i < d.n; i++)
            a[i] = i == 0 ? minus_one : hcl_fr_zero;
        hcl_ntt(&d, a, 1);
        for (size_t i = 0; i < d.n; i++)
            assert_memory_equal(&a[i], &minus_one, sizeof minus_one);
        hcl_ntt(&d, a, 1);
        for (size_t i = 0; i < d.n; i++)
            assert_memory_equal(&a[i], i == 0 ? &minus_n : &hcl_fr_zero, sizeof minus_one);
        hcl_mem_free(a);
        hcl_domain_clear(&d);
    }
}

/* One coefficient c at each place in turn: values c*w^(ij), and back, also with the largest c there is. */
static void single_coefficients(void **state)
{
    (void)state;
    struct hcl_err err;
    for (uint32_t k = 6; k <= 8; k++) {
        struct hcl_domain d;
        assert_ok(hcl_domain_init(&d, k, &err), err);
        hcl_fr *a = random_vector(d.n, k);
        for (size_t j = 0; j < 2 * d.n; j++) {
            hcl_fr c = hcl_fr_one, w, v;
            if (j & 1)
                hcl_fr_neg(&c, &c);
            memset(a, 0, d.n * sizeof *a);
            a[j / 2] = c;
            hcl_ntt(&d, a, 1);
            hcl_domain_omega_pow(&w, &d, (int64_t)(j / 2));
            v = c;
            for (size_t i = 0; i < d.n; i++) {
                assert_memory_equal(&a[i], &v, sizeof v);
                hcl_fr_mul(&v, &v, &w);
            }
            hcl_intt(&d, a, 1);
            for (size_t i = 0; i < d.n; i++)
                assert_memory_equal(&a[i], i == j / 2 ? &c : &hcl_fr_zero, sizeof c);
        }
        hcl_mem_free(a);
        hcl_domain_clear(&d);
    }
}

static void any_number_of_threads(void **state)
{
    (void)state;
    static const uint32_t sizes[] = { 5, 11, 13 };
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++)
        for (int threads = -1; threads <= 17; threads += threads < 5 ? 1 : 4)
            check_size(sizes[i], threads);
}

enum { MOST_COLUMNS = 11 };

static void check_batch(const struct hcl_domain *d, size_t columns, int threads)
{
    hcl_fr *f[MOST_COLUMNS], *a[MOST_COLUMNS], *one[MOST_COLUMNS];
    uint64_t seed = columns;
    const hcl_fr g = sample_fr(&seed);
    struct hcl_domain_coset coset;
    struct hcl_err err;
    assert_ok(hcl_domain_coset_init(&coset, d, &err), err);
    hcl_domain_coset_set(&coset, &g, threads);
    for (size_t c = 0; c < columns; c++) {
        f[c] = random_vector(d->n, c);
        a[c] = copy_of(f[c], d->n);
        one[c] = copy_of(f[c], d->n);
        hcl_ntt(d, one[c], 1);
    }
    const size_t bytes = d->n * sizeof(hcl_fr);
    hcl_ntt_batch(d, a, columns, threads);
    for (size_t c = 0; c < columns; c++)
        assert_memory_equal(a[c], one[c], bytes);
    hcl_intt_batch(d, a, columns, threads);
    for (size_t c = 0; c < columns; c++) {
        assert_memory_equal(a[c], f[c], bytes);
        memcpy(one[c], f[c], bytes);
        hcl_coset_ntt_batch(&coset, (const hcl_fr *const *)&one[c], &one[c], 1, 1);
    }
    hcl_coset_ntt_batch(&coset, (const hcl_fr *const *)f, a, columns, threads);
    for (size_t c = 0; c < columns; c++) {
        assert_memory_equal(a[c], one[c], bytes);
        hcl_mem_free(f[c]);
        hcl_mem_free(a[c]);
        hcl_mem_free(one[c]);
    }
    hcl_domain_coset_clear(&coset);
}

static void a_batch_is_its_columns(void **state)
{
    (void)state;
    static const uint32_t sizes[] = { 0, 3, 6, 10, 11, 13, 14 };
    struct hcl_err err;
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        struct hcl_domain d;
        assert_ok(hcl_domain_init(&d, sizes[i], &err), err);
        for (size_t columns = 0; columns <= MOST_COLUMNS; columns += columns < 5 ? 1 : 3)
            for (int threads = 1; threads <= 3; threads++)
                check_batch(&d, columns, threads);
        hcl_domain_clear(&d);
    }
}

/* From 2^16 on aligned memory is written past the caches: with and without. */
static void check_coset_anywhere(void)
{
    struct hcl_err err;
    struct hcl_domain d;
    struct hcl_domain_coset c;
    uint64_t seed = 5;
    const hcl_fr g = sample_fr(&seed);
    assert_ok(hcl_domain_init(&d, 16, &err), err);
    assert_ok(hcl_domain_coset_init(&c, &d, &err), err);
    hcl_domain_coset_set(&c, &g, 2);
    hcl_fr *f = random_vector(d.n, 9), *a = copy_of(f, d.n);
    hcl_fr *memory = malloc((d.n + 1) * sizeof(hcl_fr)), *b = memory;
    assert_non_null(memory);
    if ((uintptr_t)b % 64 == 0)
        b++;
    hcl_coset_ntt_batch(&c, (const hcl_fr *const *)&f, &a, 1, 2);
    hcl_coset_ntt_batch(&c, (const hcl_fr *const *)&f, &b, 1, 2);
    assert_values(&d, f, &g, a);
    assert_memory_equal(a, b, d.n * sizeof *a);
    free(memory);
    hcl_mem_free(a);
    hcl_mem_free(f);
    hcl_domain_coset_clear(&c);
    hcl_domain_clear(&d);
}

/* Memory that is only aligned as its type demands. */
static void any_alignment_will_do(void **state)
{
    (void)state;
    struct hcl_err err;
    struct hcl_domain d;
    assert_ok(hcl_domain_init(&d, 12, &err), err);
    hcl_fr *f = random_vector(d.n, 9);
    uint64_t *memory = malloc(d.n * sizeof(hcl_fr) + 8);
    assert_non_null(memory);
    hcl_fr *a = (hcl_fr *)(memory + 1);
    memcpy(a, f, d.n * sizeof *f);
    hcl_ntt(&d, a, 1);
    assert_values(&d, f, NULL, a);
    hcl_intt(&d, a, 1);
    assert_memory_equal(a, f, d.n * sizeof *f);
    free(memory);
    check_coset_anywhere();
    hcl_mem_free(f);
    hcl_domain_clear(&d);
}

static void too_large_a_domain_is_refused(void **state)
{
    (void)state;
    struct hcl_err err;
    struct hcl_domain d;
    assert_int_equal(hcl_domain_init(&d, 29, &err), HCL_BAD_INPUT);
    assert_null(d.twiddles);
    hcl_mem_set_limit(64);
    assert_int_equal(hcl_domain_init(&d, 16, &err), HCL_NO_RESOURCE);
    assert_null(d.twiddles);
    hcl_mem_set_limit(0);
    struct hcl_domain_coset c;
    assert_ok(hcl_domain_init(&d, 10, &err), err);
    uint64_t used, most;
    hcl_mem_usage(&used, &most);
    hcl_mem_set_limit(used + 32000); /* the table of 2^10 elements alone is larger */
    assert_int_equal(hcl_domain_coset_init(&c, &d, &err), HCL_NO_RESOURCE);
    assert_null(c.tables);
    hcl_domain_coset_clear(&c);
    hcl_mem_set_limit(0);
    uint64_t after;
    hcl_mem_usage(&after, &most);
    assert_int_equal(after, used);
    hcl_domain_clear(&d);
}

static json_t *golden(const char *name)
{
    struct hcl_err err;
    json_t *root;
    assert_ok(hcl_json_read(&root, HCL_SOURCE_DIR "/tests/vectors/halo2/unit.json", 1 << 20, &err), err);
    json_t *part = json_incref(json_object_get(root, name));
    assert_non_null(part);
    json_decref(root);
    return part;
}

static void golden_transform(void **state)
{
    (void)state;
    struct hcl_err err;
    struct hcl_domain d;
    json_t *v = golden("ntt"), *coefficients = json_object_get(v, "coefficients"),
           *values = json_object_get(v, "values");
    assert_ok(hcl_domain_init(&d, (uint32_t)json_integer_value(json_object_get(v, "k")), &err), err);
    hcl_fr a[64], f[64], want[64];
    assert_int_equal(json_array_size(values), d.n);
    for (size_t i = 0; i < d.n; i++) {
        assert_true(sample_fr_hex(&f[i], json_string_value(json_array_get(coefficients, i))));
        assert_true(sample_fr_hex(&want[i], json_string_value(json_array_get(values, i))));
    }
    memcpy(a, f, sizeof a);
    hcl_ntt(&d, a, 1);
    assert_memory_equal(a, want, d.n * sizeof *a);
    hcl_intt(&d, a, 1);
    assert_memory_equal(a, f, d.n * sizeof *a);
    hcl_domain_clear(&d);
    json_decref(v);
}

static void golden_lagrange(void **state)
{
    (void)state;
    struct hcl_err err;
    struct hcl_domain d;
    json_t *v = golden("lagrange"), *want = json_object_get(v, "L_i(x)"), *rows = json_object_get(v, "i");
    assert_ok(hcl_domain_init(&d, (uint32_t)json_integer_value(json_object_get(v, "k")), &err), err);
    hcl_fr x, got[64], value;
    int64_t row[64];
    const size_t count = json_array_size(rows);
    assert_true(count > 0 && count <= 64);
    assert_true(sample_fr_hex(&x, json_string_value(json_object_get(v, "x"))));
    for (size_t i = 0; i < count; i++)
        row[i] = json_integer_value(json_array_get(rows, i));
    assert_ok(hcl_domain_lagrange_at(got, &d, row, count, &x, &err), err);
    for (size_t i = 0; i < count; i++) {
        assert_true(sample_fr_hex(&value, json_string_value(json_array_get(want, i))));
        assert_memory_equal(&got[i], &value, sizeof value);
    }
    assert_ok(hcl_domain_lagrange_at(got, &d, row, 0, &x, &err), err);
    assert_int_equal(hcl_domain_lagrange_at(got, &d, row, count, &d.omega, &err), HCL_BAD_INPUT);
    hcl_domain_clear(&d);
    json_decref(v);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_small_size_is_the_naive_transform),
        cmocka_unit_test(larger_sizes),
        cmocka_unit_test(within_a_parallel_region),
        cmocka_unit_test(extreme_values),
        cmocka_unit_test(values_next_to_the_modulus),
        cmocka_unit_test(single_coefficients),
        cmocka_unit_test(any_number_of_threads),
        cmocka_unit_test(a_batch_is_its_columns),
        cmocka_unit_test(any_alignment_will_do),
        cmocka_unit_test(too_large_a_domain_is_refused),
        cmocka_unit_test(golden_transform),
        cmocka_unit_test(golden_lagrange),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

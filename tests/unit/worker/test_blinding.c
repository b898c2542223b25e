/* SPDX-License-Identifier: Apache-2.0 */
/* Random values of a proof: each depends on its place only, and as many are random as hiding needs. */
#include "tests/support/test.h"
#include "worker/rounds/blinding.h"

enum { N = 100 };

static void fill(struct hcl_blinding *b, hcl_blind_purpose purpose, uint32_t index, size_t first,
                 size_t count, hcl_fr *out)
{
    struct hcl_err err;
    assert_int_equal(b->fill(b->ctx, purpose, index, first, count, out, &err), HCL_OK);
}

static size_t count_zeros(const hcl_fr *v, size_t n)
{
    size_t zeros = 0;
    for (size_t i = 0; i < n; i++)
        zeros += hcl_fr_is_zero(&v[i]);
    return zeros;
}

/* In pieces of any length, as ranks and threads ask for them. */
static void test_places(void **state)
{
    struct hcl_random root;
    struct hcl_blinding b;
    hcl_fr all[N], piece[N];
    (void)state;
    hcl_random_init_seed(&root, 5);
    hcl_blinding_from_random(&b, &root);
    for (int purpose = HCL_BLIND_ADVICE; purpose <= HCL_BLIND_RANDOM_POLY; purpose++) {
        fill(&b, (hcl_blind_purpose)purpose, 2, 0, N, all);
        for (size_t length = 1; length < 40; length += 6)
            for (size_t at = 0; at < N; at += length) {
                size_t part = N - at < length ? N - at : length;
                fill(&b, (hcl_blind_purpose)purpose, 2, at, part, piece);
                for (size_t i = 0; i < part; i++)
                    assert_true(hcl_fr_eq(&piece[i], &all[at + i]));
            }
        fill(&b, (hcl_blind_purpose)purpose, 3, 0, N, piece);
        assert_false(hcl_fr_eq(&piece[0], &all[0]));
    }
}

/* Rows are random to the end; of the random polynomial so many coefficients, which are different. */
static void test_how_many(void **state)
{
    struct hcl_random root;
    struct hcl_blinding b;
    hcl_fr v[N];
    (void)state;
    hcl_random_init_seed(&root, 6);
    hcl_blinding_from_random(&b, &root);
    for (int purpose = HCL_BLIND_ADVICE; purpose < HCL_BLIND_RANDOM_POLY; purpose++) {
        fill(&b, (hcl_blind_purpose)purpose, 0, 0, N, v);
        assert_int_equal(count_zeros(v, N), 0);
    }
    fill(&b, HCL_BLIND_RANDOM_POLY, 0, 0, N, v);
    assert_true(HCL_RANDOM_COEFFICIENTS >= 2);
    assert_int_equal(count_zeros(v, HCL_RANDOM_COEFFICIENTS), 0);
    assert_int_equal(count_zeros(v + HCL_RANDOM_COEFFICIENTS, N - HCL_RANDOM_COEFFICIENTS),
                     N - HCL_RANDOM_COEFFICIENTS);
    for (size_t i = 1; i < HCL_RANDOM_COEFFICIENTS; i++)
        assert_false(hcl_fr_eq(&v[i], &v[i - 1]));
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_places), cmocka_unit_test(test_how_many) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

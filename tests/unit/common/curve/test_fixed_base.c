/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/field_samples.h"
#include "tests/support/test.h"

#include "common/curve/fixed_base.h"

enum { MOST = 2 * 2048 + 9 };

static hcl_fr scalars[MOST];
static hcl_g1 points[MOST];

static hcl_g1 naive(const hcl_g1 *p, const hcl_fr *s)
{
    hcl_g1_jac product;
    hcl_g1 out;
    hcl_g1_mul(&product, p, s);
    hcl_g1_jac_to_affine(&out, &product);
    return out;
}

/* Every scalar that is special to the digits: zero, one, even and odd, both halves, single bits, all bits. */
static size_t edge_scalars(void)
{
    hcl_fr power = hcl_fr_one;
    size_t n = 0;
    scalars[n++] = hcl_fr_zero;
    for (int bit = 0; bit < 254; bit++) {
        scalars[n++] = power;
        hcl_fr_neg(&scalars[n++], &power);
        hcl_fr_sub(&scalars[n++], &power, &hcl_fr_one);
        hcl_fr_add(&scalars[n++], &power, &hcl_fr_one);
        hcl_fr_double(&power, &power);
    }
    return n;
}

static void assert_multiples(const hcl_g1 *p, size_t table_for, size_t n, int threads)
{
    struct hcl_fixed_base b;
    struct hcl_err err;
    assert_ok(hcl_fixed_base_init(&b, p, table_for, threads, &err), err);
    assert_ok(hcl_fixed_base_mul(points, &b, scalars, n, threads, &err), err);
    for (size_t i = 0; i < n; i++) {
        const hcl_g1 want = naive(p, &scalars[i]);
        if (!hcl_g1_eq(&points[i], &want))
            fail_msg("multiple %zu of %zu is wrong, windows of %u bits", i, n, b.width);
    }
    hcl_fixed_base_clear(&b);
}

/* The width follows the expected number of multiples: all of them get the edges. */
static void edges_are_right_for_every_width(void **state)
{
    (void)state;
    const size_t n = edge_scalars();
    unsigned before = 0;
    for (size_t expected = 0; expected < (size_t)1 << 21; expected = 2 * expected + 1) {
        struct hcl_fixed_base b;
        struct hcl_err err;
        assert_ok(hcl_fixed_base_init(&b, &hcl_g1_generator, expected, 2, &err), err);
        const bool fresh = b.width != before;
        before = b.width;
        hcl_fixed_base_clear(&b);
        if (fresh)
            assert_multiples(&hcl_g1_generator, expected, n, 2);
    }
    assert_int_equal(before, 16);
}

static void table_holds_the_odd_multiples(void **state)
{
    (void)state;
    struct hcl_fixed_base b;
    struct hcl_err err;
    uint64_t seed = 5;
    const hcl_fr s = sample_fr(&seed);
    const hcl_g1 p = naive(&hcl_g1_generator, &s);
    assert_ok(hcl_fixed_base_init(&b, &p, 10000, 3, &err), err);
    const size_t half = (size_t)1 << (b.width - 1);
    hcl_fr unit = hcl_fr_one;
    for (unsigned t = 0; t < b.count; t++) {
        hcl_fr odd = unit;
        for (size_t i = 0; i < half; i++) {
            if (i < 3 || i + 3 > half || i % 97 == 0) {
                const hcl_g1 want = naive(&p, &odd);
                assert_true(hcl_g1_eq(&b.odd[t * half + i], &want));
            }
            hcl_fr_add(&odd, &odd, &unit);
            hcl_fr_add(&odd, &odd, &unit);
        }
        for (unsigned i = 0; i < b.width; i++)
            hcl_fr_double(&unit, &unit);
    }
    hcl_fixed_base_clear(&b);
}

static void any_count_and_any_point(void **state)
{
    (void)state;
    static const size_t counts[] = { 0, 1, 7, 8, 9, 2047, 2048, 2049, MOST };
    uint64_t seed = 9;
    const hcl_fr s = sample_fr(&seed);
    const hcl_g1 p = naive(&hcl_g1_generator, &s);
    for (size_t i = 0; i < MOST; i++)
        scalars[i] = i % 5 == 3 ? hcl_fr_zero : sample_fr(&seed);
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++)
        assert_multiples(&p, 1, counts[i], (int)(i % 3) + 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(edges_are_right_for_every_width),
        cmocka_unit_test(table_holds_the_odd_multiples),
        cmocka_unit_test(any_count_and_any_point),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

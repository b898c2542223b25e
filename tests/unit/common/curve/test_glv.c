/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/field_samples.h"
#include "tests/support/test.h"

#include "common/curve/g1.h"
#include "common/curve/glv.h"

/* What phi multiplies by, from the split of a scalar with a second half: found, not taken from the code. */
static hcl_fr lambda_of_phi(void)
{
    /* a primitive cube root of unity of Fr: 7^((r-1)/3), or its square */
    uint64_t limbs[4], third[4], rest = 0;
    hcl_fr minus_one, root = hcl_fr_one, seven;
    hcl_g1_jac product;
    hcl_g1 got, want = hcl_g1_generator;
    hcl_fr_neg(&minus_one, &hcl_fr_one);
    hcl_fr_to_limbs(limbs, &minus_one);
    for (int i = 3; i >= 0; i--) {
        const unsigned __int128 v = (unsigned __int128)rest << 64 | limbs[i];
        third[i] = (uint64_t)(v / 3);
        rest = (uint64_t)(v % 3);
    }
    assert_int_equal(rest, 0);
    hcl_fr_from_u64(&seven, 7);
    for (int bit = 255; bit >= 0; bit--) {
        hcl_fr_sqr(&root, &root);
        if (third[bit / 64] >> (bit % 64) & 1)
            hcl_fr_mul(&root, &root, &seven);
    }
    hcl_fq_mul(&want.x, &want.x, &hcl_glv_beta);
    hcl_g1_mul(&product, &hcl_g1_generator, &root);
    hcl_g1_jac_to_affine(&got, &product);
    if (!hcl_g1_eq(&got, &want))
        hcl_fr_sqr(&root, &root);
    hcl_g1_mul(&product, &hcl_g1_generator, &root);
    hcl_g1_jac_to_affine(&got, &product);
    assert_true(hcl_g1_eq(&got, &want));
    assert_false(hcl_fr_eq(&root, &hcl_fr_one));
    return root;
}

static hcl_fr value_of(const struct hcl_glv_half *half)
{
    uint8_t bytes[32] = { 0 };
    hcl_fr v;
    memcpy(bytes, half->limbs, 16);
    assert_true(hcl_fr_from_bytes(&v, bytes));
    if (half->negative)
        hcl_fr_neg(&v, &v);
    return v;
}

static void assert_split(const hcl_fr *s, const hcl_fr *lambda, bool odd)
{
    struct hcl_glv_half half[2];
    if (odd)
        hcl_glv_split_odd(half, s);
    else
        hcl_glv_split(half, s);
    assert_true(!odd || (half[0].limbs[0] & half[1].limbs[0] & 1) == 1);
    assert_true(half[0].limbs[1] >> 63 == 0 && half[1].limbs[1] >> 63 == 0);
    hcl_fr low = value_of(&half[0]), high = value_of(&half[1]);
    hcl_fr_mul(&high, &high, lambda);
    hcl_fr_add(&low, &low, &high);
    assert_true(hcl_fr_eq(&low, s));
}

static void assert_both(const hcl_fr *s, const hcl_fr *lambda)
{
    assert_split(s, lambda, false);
    assert_split(s, lambda, true);
}

static void halves_are_short_and_add_up(void **state)
{
    const hcl_fr lambda = lambda_of_phi();
    hcl_fr power = hcl_fr_one, v, minus;
    uint64_t seed = 3;
    (void)state;
    assert_both(&hcl_fr_zero, &lambda);
    for (int bit = 0; bit < 254; bit++, hcl_fr_double(&power, &power)) {
        for (int turn = 0; turn < 3; turn++) {
            if (turn == 1)
                hcl_fr_sub(&v, &power, &hcl_fr_one);
            else if (turn == 2)
                hcl_fr_mul(&v, &power, &lambda);
            else
                v = power;
            hcl_fr_neg(&minus, &v);
            assert_both(&v, &lambda);
            assert_both(&minus, &lambda);
        }
    }
    for (int i = 0; i < 20000; i++) {
        v = sample_fr(&seed);
        assert_both(&v, &lambda);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(halves_are_short_and_add_up) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

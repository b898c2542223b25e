/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/test.h"

#include "common/field/fq.h"
#include "common/field/fr.h"
#include "common/field/gcd_inverse.h"
#include <gmp.h>

#define FP(name) hcl_fq_##name
#define FP_T hcl_fq
#define FP_MODULUS_HEX "30644e72e131a029b85045b68181585d97816a916871ca8d3c208c16d87cfd47"
#include "tests/unit/common/field/test_fp_template.h"

static void test_sqrt(void **state)
{
    (void)state;
    mpz_t v;
    mpz_init(v);
    for (size_t i = 0; i < POOL; i++) {
        hcl_fq root, square;
        to_mpz(v, &pool[i]);
        mpz_mul(v, v, mont_r_inv);
        mpz_mod(v, v, modulus);
        const bool residue = mpz_sgn(v) == 0 || mpz_legendre(v, modulus) == 1;
        assert_int_equal(hcl_fq_sqrt(&root, &pool[i]), residue);
        hcl_fq_sqr(&square, &root);
        if (residue)
            assert_true(hcl_fq_eq(&square, &pool[i]));
        else
            assert_true(hcl_fq_is_zero(&root));
        square = pool[i];
        assert_int_equal(hcl_fq_sqrt(&square, &square), residue);
        assert_true(hcl_fq_eq(&square, &root));
    }
    mpz_clear(v);
}

int main(void)
{
    const struct CMUnitTest tests[] = { FP_TESTS, cmocka_unit_test(test_sqrt) };
    printf("kernel %s\n", hcl_field_kernel_name());
    return cmocka_run_group_tests_name("fq", tests, setup, teardown);
}

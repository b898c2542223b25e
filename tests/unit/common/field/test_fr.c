/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/test.h"

#include "common/field/fr.h"
#include "common/field/gcd_inverse.h"
#include <gmp.h>

#define FP(name) hcl_fr_##name
#define FP_T hcl_fr
#define FP_MODULUS_HEX "30644e72e131a029b85045b68181585d2833e84879b9709143e1f593f0000001"
#include "tests/unit/common/field/test_fp_template.h"

/* generator = 7, root_of_unity = 7^((r-1)/2^28), delta = 7^(2^28). */
static void test_constants(void **state)
{
    (void)state;
    mpz_t v, e, seven;
    mpz_inits(v, e, NULL);
    mpz_init_set_ui(seven, 7);
    mpz_mul(v, seven, mont_r);
    check_raw(&hcl_fr_generator, v, "generator");
    mpz_sub_ui(e, modulus, 1);
    mpz_fdiv_q_2exp(e, e, HCL_FR_S);
    assert_true(mpz_odd_p(e));
    mpz_powm(v, seven, e, modulus);
    mpz_mul(v, v, mont_r);
    check_raw(&hcl_fr_root_of_unity, v, "root_of_unity");
    mpz_set_ui(e, 1);
    mpz_mul_2exp(e, e, HCL_FR_S);
    mpz_powm(v, seven, e, modulus);
    mpz_mul(v, v, mont_r);
    check_raw(&hcl_fr_delta, v, "delta");
    mpz_clears(v, e, seven, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = { FP_TESTS, cmocka_unit_test(test_constants) };
    printf("kernel %s\n", hcl_field_kernel_name());
    return cmocka_run_group_tests_name("fr", tests, setup, teardown);
}

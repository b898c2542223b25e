/* SPDX-License-Identifier: Apache-2.0 */
/* Transforms up to 2^22: a few values against Horner's rule, and the way back from the subgroup. */
#include "tests/support/field_samples.h"
#include "tests/support/test.h"

#include "common/poly/domain.h"
#include "common/poly/poly.h"
#include "common/sys/mem.h"

static void check(uint32_t k, int threads)
{
    struct hcl_err err;
    struct hcl_domain d;
    struct hcl_domain_coset c;
    void *p;
    uint64_t seed = k;
    assert_ok(hcl_domain_init(&d, k, &err), err);
    assert_ok(hcl_mem_alloc(&p, 2 * d.n, sizeof(hcl_fr), "test", &err), err);
    hcl_fr *f = p, *a = f + d.n;
    const hcl_fr g = sample_fr(&seed);
    const hcl_fr *from = f;
    assert_ok(hcl_domain_coset_init(&c, &d, &err), err);
    hcl_domain_coset_set(&c, &g, threads);
    for (size_t i = 0; i < d.n; i++)
        a[i] = f[i] = sample_fr(&seed);
    assert_true(d.n > 0);
    for (int coset = 0; coset < 2; coset++) {
        if (coset)
            hcl_coset_ntt_batch(&c, &from, &a, 1, threads);
        else
            hcl_ntt(&d, a, threads);
        for (size_t j = 0; j < 4; j++) {
            const size_t i = j == 0 ? 0 : sample_u64(&seed) % d.n;
            hcl_fr x, y;
            hcl_domain_omega_pow(&x, &d, (int64_t)i);
            if (coset)
                hcl_fr_mul(&x, &x, &g);
            hcl_poly_eval(&y, f, d.n, &x, threads);
            assert_memory_equal(&a[i], &y, sizeof y);
        }
        if (coset)
            continue;
        hcl_intt(&d, a, threads);
        assert_memory_equal(a, f, d.n * sizeof *a);
    }
    hcl_domain_coset_clear(&c);
    hcl_mem_free(p);
    hcl_domain_clear(&d);
}

static void sizes_up_to_4_million(void **state)
{
    (void)state;
    for (uint32_t k = 18; k <= 22; k++)
        for (int threads = 1; threads <= 3; threads++)
            check(k, threads);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(sizes_up_to_4_million) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

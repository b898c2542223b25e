/* SPDX-License-Identifier: Apache-2.0 */
/* Choosing the kernel: what the machine can run is offered, all of it agrees, anything else is refused. */
#include "tests/support/test.h"

#include "common/field/fr.h"
#include "common/sys/cpu.h"

static const char *const names[] = { "portable", "adx", "ifma" };

static void test_usable(void **state)
{
    (void)state;
    struct hcl_cpu cpu;
    hcl_cpu_detect(&cpu);
    assert_true(hcl_field_kernel_usable("portable"));
    assert_false(hcl_field_kernel_usable("avx9"));
    assert_false(hcl_field_kernel_usable(""));
    if (!(cpu.bmi2 && cpu.adx))
        assert_false(hcl_field_kernel_usable("adx"));
    if (!cpu.ifma)
        assert_false(hcl_field_kernel_usable("ifma"));
}

static void test_use(void **state)
{
    (void)state;
    struct hcl_err err;
    for (int i = 0; i < 3; i++) {
        const char *before = hcl_field_kernel_name();
        if (hcl_field_kernel_usable(names[i])) {
            assert_ok(hcl_field_kernel_use(names[i], &err), err);
            assert_string_equal(hcl_field_kernel_name(), names[i]);
            assert_int_equal(hcl_field_has_ifma(), i == 2);
        } else {
            assert_int_equal(hcl_field_kernel_use(names[i], &err), HCL_NO_RESOURCE);
            assert_non_null(strstr(err.msg, names[i]));
            assert_string_equal(hcl_field_kernel_name(), before);
        }
    }
    const char *before = hcl_field_kernel_name();
    assert_int_equal(hcl_field_kernel_use("avx9", &err), HCL_BAD_INPUT);
    assert_non_null(strstr(err.msg, "avx9"));
    assert_string_equal(hcl_field_kernel_name(), before);
}

/* The same long computation, bit for bit. */
static void test_agree(void **state)
{
    (void)state;
    enum { COUNT = 1003 };
    static hcl_fr a[COUNT], b[COUNT], scratch[COUNT], first[COUNT];
    struct hcl_err err;
    for (int k = 0; k < 3; k++) {
        if (!hcl_field_kernel_usable(names[k]))
            continue;
        assert_ok(hcl_field_kernel_use(names[k], &err), err);
        for (int i = 0; i < COUNT; i++) {
            hcl_fr_from_i64(&a[i], 12345 - 31 * i);
            hcl_fr_from_u64(&b[i], (uint64_t)i * i);
        }
        for (int round = 0; round < 10; round++) {
            hcl_fr_mul_vec(a, a, b, COUNT);
            hcl_fr_axpy_vec(a, b, &a[7], COUNT);
            hcl_fr_batch_inv(a, scratch, COUNT);
            hcl_fr_horner_vec(b, &a[3], a, COUNT);
            hcl_fr_sub_vec(b, b, a, COUNT);
        }
        if (k == 0)
            memcpy(first, b, sizeof b);
        assert_memory_equal(first, b, sizeof b);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_usable),
        cmocka_unit_test(test_use),
        cmocka_unit_test(test_agree),
    };
    return cmocka_run_group_tests_name("kernels", tests, NULL, NULL);
}

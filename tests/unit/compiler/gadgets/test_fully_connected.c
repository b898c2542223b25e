/* SPDX-License-Identifier: Apache-2.0 */
/* Fully connected layers: vectors, and kernels as large as the image. */
#include "tests/unit/compiler/support/accept.h"

static void test_vectors(void **state)
{
    struct hcl_test_random r = { 5 };

    (void)state;
    for (int i = 0; i < 60; i++) {
        struct hcl_fx_graph g = { .weight_visibility = i & 1 ? HCL_PUBLIC : HCL_PRIVATE };
        struct hcl_test_conv s = { .kernel_h = 1, .kernel_w = 1, .stride_y = 1, .stride_x = 1 };
        uint32_t x = hcl_test_input(&g, 1, 1, (uint32_t)hcl_test_between(&r, 1, 30), -20, 20);
        s.weight_max = hcl_test_between(&r, 1, 9);
        s.divisor = hcl_test_between(&r, 1, 40);
        s.bias_max = hcl_test_between(&r, 0, 1) ? 1000 : 0;
        s.outputs = (uint32_t)hcl_test_between(&r, 1, 40);
        x = hcl_test_conv(&g, &r, x, &s);
        s.outputs = (uint32_t)hcl_test_between(&r, 1, 9);
        s.divisor = 100;
        hcl_test_output(&g, hcl_test_conv(&g, &r, x, &s));
        accept_graph(&g, (uint32_t)hcl_test_between(&r, 2, 6), &r);
        hcl_fx_graph_clear(&g);
    }
}

/* The window covers the image and its padding: elements outside take no rows. */
static void test_window_larger_than_image(void **state)
{
    struct hcl_test_random r = { 6 };
    struct hcl_fx_graph g = { 0 };
    struct hcl_test_conv s = { .kernel_h = 4, .kernel_w = 5, .stride_y = 1, .stride_x = 2, .outputs = 6 };
    uint32_t x = hcl_test_input(&g, 2, 3, 3, -20, 20);

    (void)state;
    s.pad_top = s.pad_bottom = s.pad_left = s.pad_right = 1;
    s.weight_max = 6;
    s.bias_max = 100;
    s.divisor = 8;
    hcl_test_output(&g, hcl_test_conv(&g, &r, x, &s));
    accept_graph(&g, 4, &r);
    hcl_fx_graph_clear(&g);
}

static void test_wide_weights(void **state)
{
    (void)state;
    accept_wide_weights(2, false);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_wide_weights), cmocka_unit_test(test_vectors),
                                        cmocka_unit_test(test_window_larger_than_image) };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Depthwise convolutions of random shapes, with channel multipliers, strides and padding. */
#include "tests/unit/compiler/support/accept.h"

static void test_random_shapes(void **state)
{
    struct hcl_test_random r = { 3 };

    (void)state;
    for (int i = 0; i < 60; i++) {
        struct hcl_fx_graph g = { .weight_visibility = i & 1 ? HCL_PUBLIC : HCL_PRIVATE };
        uint32_t h = (uint32_t)hcl_test_between(&r, 1, 7), w = (uint32_t)hcl_test_between(&r, 1, 9);
        uint32_t channels = (uint32_t)hcl_test_between(&r, 1, 4);
        uint32_t x = hcl_test_input(&g, h, w, channels, -20, 20);
        struct hcl_test_conv s = hcl_test_random_conv(&r, h < 4 ? h : 4, w, i % 3 != 0);
        s.depthwise = true;
        s.outputs = channels * (uint32_t)hcl_test_between(&r, 1, 3);
        hcl_test_output(&g, hcl_test_conv(&g, &r, x, &s));
        accept_graph(&g, (uint32_t)hcl_test_between(&r, 2, 6), &r);
        hcl_fx_graph_clear(&g);
    }
}

/* Depthwise reads the block of a convolution and feeds another: the separable block of mobile networks. */
static void test_separable(void **state)
{
    struct hcl_test_random r = { 4 };
    struct hcl_fx_graph g = { 0 };
    struct hcl_test_conv s = { .kernel_h = 1, .kernel_w = 1, .stride_y = 1, .stride_x = 1, .outputs = 4 };
    uint32_t x = hcl_test_input(&g, 8, 8, 2, -15, 15);

    (void)state;
    s.weight_max = 5;
    s.divisor = 10;
    s.bias_max = 50;
    x = hcl_test_conv(&g, &r, x, &s);
    s.depthwise = true;
    s.kernel_h = s.kernel_w = 3;
    x = hcl_test_conv(&g, &r, x, &s);
    s.depthwise = false;
    s.kernel_h = s.kernel_w = 1;
    x = hcl_test_conv(&g, &r, x, &s);
    hcl_test_output(&g, x);
    accept_graph(&g, 4, &r);
    hcl_fx_graph_clear(&g);
}

static void test_wide_weights(void **state)
{
    (void)state;
    accept_wide_weights(4, true);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_wide_weights),
                                        cmocka_unit_test(test_random_shapes),
                                        cmocka_unit_test(test_separable) };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

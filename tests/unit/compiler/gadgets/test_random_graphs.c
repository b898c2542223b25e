/* SPDX-License-Identifier: Apache-2.0 */
/* Random chains of operators: views of one gadget as inputs of every other, gaps, copies and lists. */
#include "tests/unit/compiler/support/accept.h"
#include "tests/unit/compiler/support/random_chain.h"

static void test_random_chains(void **state)
{
    struct hcl_test_random r = { 61 };

    (void)state;
    for (int i = 0; i < 80; i++) {
        struct hcl_fx_graph g = { .weight_visibility = i & 1 ? HCL_PUBLIC : HCL_PRIVATE,
                                  .input_visibility = i & 2 ? HCL_PUBLIC : HCL_PRIVATE,
                                  .output_visibility = i & 4 ? HCL_PUBLIC : HCL_PRIVATE };
        uint32_t lanes = (uint32_t)hcl_test_between(&r, 2, 6);
        hcl_test_random_chain(&g, &r, i % 5 == 0);
        accept_graph(&g, lanes, &r);
        hcl_fx_graph_clear(&g);
    }
}

/* As many lanes as there can be, and one more than half of a word. */
static void test_many_lanes(void **state)
{
    struct hcl_test_random r = { 62 };
    static const uint32_t lanes[] = { 17, 31, HCL_MAX_LANES };

    (void)state;
    for (int i = 0; i < 24; i++) {
        struct hcl_fx_graph g = { .weight_visibility = i & 1 ? HCL_PUBLIC : HCL_PRIVATE,
                                  .input_visibility = HCL_PUBLIC,
                                  .output_visibility = HCL_PUBLIC };
        if (i % 4 == 3)
            hcl_test_attention(&g, &r, 4, 2, 3);
        else
            hcl_test_random_chain(&g, &r, i % 2 == 0);
        accept_graph(&g, lanes[i % 3], &r);
        hcl_fx_graph_clear(&g);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_random_chains),
                                        cmocka_unit_test(test_many_lanes) };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

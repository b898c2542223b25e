/* SPDX-License-Identifier: Apache-2.0 */
/* SOFTMAX: ties, differences beyond the table, one channel, many positions; tables it must refuse. */
#include "compiler/compile.h"
#include "tests/unit/compiler/support/accept.h"
#include <string.h>

static void test_shapes(void **state)
{
    struct hcl_test_random r = { 41 };

    (void)state;
    for (int i = 0; i < 40; i++) {
        struct hcl_fx_graph g = { .output_visibility = HCL_PUBLIC };
        int64_t span =
            i % 4 == 0 ? 0 : hcl_test_between(&r, 1, 60); /* 0: all equal; 60: four times the table */
        uint32_t x =
            hcl_test_input(&g, (uint32_t)hcl_test_between(&r, 1, 3), (uint32_t)hcl_test_between(&r, 1, 3),
                           (uint32_t)hcl_test_between(&r, 1, 11), -span / 2, span - span / 2);
        hcl_test_output(&g, hcl_test_softmax(&g, x));
        accept_graph(&g, (uint32_t)hcl_test_between(&r, 2, 8), &r);
        hcl_fx_graph_clear(&g);
    }
}

static void test_masks(void **state)
{
    struct hcl_test_random r = { 43 };

    (void)state;
    for (int i = 0; i < 30; i++) {
        struct hcl_fx_graph g = { .output_visibility = HCL_PUBLIC };
        const uint32_t x =
            hcl_test_input(&g, (uint32_t)hcl_test_between(&r, 1, 3), (uint32_t)hcl_test_between(&r, 1, 6),
                           (uint32_t)hcl_test_between(&r, 1, 9), -20, 20);
        hcl_test_output(&g, hcl_test_masked_softmax(&g, &r, x, i % 2));
        accept_graph(&g, (uint32_t)hcl_test_between(&r, 2, 8), &r);
        hcl_fx_graph_clear(&g);
    }
}

/* A vector of which nothing takes part has no maximum. */
static void test_empty_vector_is_refused(void **state)
{
    struct hcl_test_random r = { 44 };
    struct hcl_fx_graph g = { 0 };
    struct hcl_compile_options options = { 0 };
    struct hcl_compiled out;
    struct hcl_err err = { "" };

    (void)state;
    hcl_test_output(&g, hcl_test_masked_softmax(&g, &r, hcl_test_input(&g, 1, 2, 4, -9, 9), true));
    g.nodes[0].map[0] = HCL_FX_NONE;
    assert_int_equal(hcl_compile(&g, &options, &out, &err), HCL_BAD_INPUT);
    assert_non_null(strstr(err.msg, "no element of a vector"));
    hcl_fx_graph_clear(&g);
}

/* With a second entry that is no multiple of the mark, another element would count as the largest. */
static void test_flat_table_is_refused(void **state)
{
    struct hcl_fx_graph g = { 0 };
    struct hcl_compile_options options = { 0 };
    struct hcl_compiled out;
    struct hcl_err err = { "" };

    (void)state;
    hcl_test_output(&g, hcl_test_softmax(&g, hcl_test_input(&g, 1, 1, 4, -9, 9)));
    g.nodes[0].exp_table[1] = g.nodes[0].exp_table[0];
    assert_int_equal(hcl_compile(&g, &options, &out, &err), HCL_BAD_INPUT);
    assert_non_null(strstr(err.msg, "exponential table"));
    hcl_fx_graph_clear(&g);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_shapes), cmocka_unit_test(test_masks),
                                        cmocka_unit_test(test_empty_vector_is_refused),
                                        cmocka_unit_test(test_flat_table_is_refused) };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* The largest and least elements of vectors, and their numbers. */
#include "compiler/fixed/interpret.h"
#include "tests/unit/compiler/support/accept.h"

/* Random vectors with many equal elements, and none. */
static void test_shapes(void **state)
{
    struct hcl_test_random r = { 95 };

    (void)state;
    for (int i = 0; i < 120; i++) {
        struct hcl_fx_graph g = { .output_visibility = i & 1 ? HCL_PUBLIC : HCL_PRIVATE };
        const uint32_t n = (uint32_t)hcl_test_between(&r, 1, 20);
        const uint32_t count = (uint32_t)hcl_test_between(&r, 1, n < 4 ? n : 4);
        const int64_t most = i % 3 == 0 ? 2 : i % 3 == 1 ? 100 : 0;
        uint32_t x = hcl_test_input(&g, 1, (uint32_t)hcl_test_between(&r, 1, 4), n, -most, most + i % 2);
        if (i % 4 == 3)
            x = hcl_test_unary(&g, x, 2, 6);
        hcl_test_output(&g, hcl_test_arg_max(&g, x, count, i % 5 == 0));
        if (i % 2 == 0)
            hcl_test_output(&g, hcl_test_top(&g, x, count));
        accept_graph(&g, (uint32_t)hcl_test_between(&r, 2, 8), &r);
        hcl_fx_graph_clear(&g);
    }
}

/* By hand: of equal ones the first comes first, at both ends of the order. */
static void test_order(void **state)
{
    static const int64_t x[8] = { 3, 7, 7, -2, 7, 3, -2, 0 }, largest[8] = { 1, 2, 4, 0, 5, 7, 3, 6 },
                         least[8] = { 3, 6, 7, 0, 5, 1, 2, 4 };
    (void)state;
    for (uint32_t count = 1; count <= 8; count++) {
        struct hcl_fx_graph g = { 0 };
        struct hcl_fx_values v;
        struct hcl_err err;
        uint32_t t = hcl_test_input(&g, 1, 1, 8, -9, 9), up = hcl_test_arg_max(&g, t, count, false),
                 down = hcl_test_arg_max(&g, t, count, true), top = hcl_test_top(&g, t, count);
        hcl_test_output(&g, up);
        assert_ok(hcl_fx_values_init(&v, &g, &err), err);
        memcpy(v.tensor[t], x, sizeof x);
        assert_ok(hcl_interpret(&g, &v, &err), err);
        assert_memory_equal(v.tensor[up], largest, count * sizeof *largest);
        assert_memory_equal(v.tensor[down], least, count * sizeof *least);
        for (uint32_t i = 0; i < count; i++)
            assert_int_equal(v.tensor[top][i], x[largest[i]]);
        hcl_fx_values_clear(&v);
        hcl_fx_graph_clear(&g);
    }
}

/* Two rows per L elements and pick, one for value and number, and dot rows; numbers and values share them. */
static void test_rows(void **state)
{
    struct hcl_fx_graph g = { 0 };
    struct lowered one, both;

    (void)state;
    uint32_t x = hcl_test_input(&g, 1, 1, 40, -9, 9);
    hcl_test_output(&g, hcl_test_arg_max(&g, x, 3, false));
    lowered_build(&one, &g, 4);
    assert_int_equal(lowered_rows_of(&one, "picks"), 3 * (2 * 10 + 1) + (9 + 10 + 11));
    hcl_test_output(&g, hcl_test_top(&g, x, 3));
    lowered_build(&both, &g, 4);
    assert_int_equal(both.prog.num_rows, one.prog.num_rows);
    lowered_clear(&one);
    lowered_clear(&both);
    hcl_fx_graph_clear(&g);
}

/* A number may be an index again. */
static void test_index_of_a_table(void **state)
{
    struct hcl_test_random r = { 96 };
    struct hcl_fx_graph g = { .output_visibility = HCL_PUBLIC };

    (void)state;
    uint32_t x = hcl_test_arg_max(&g, hcl_test_input(&g, 1, 3, 9, -9, 9), 1, false);
    hcl_test_output(&g, hcl_test_lookup(&g, &r, x, 9, 5));
    accept_graph(&g, 4, &r);
    hcl_fx_graph_clear(&g);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_shapes), cmocka_unit_test(test_order),
                                        cmocka_unit_test(test_rows),
                                        cmocka_unit_test(test_index_of_a_table) };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

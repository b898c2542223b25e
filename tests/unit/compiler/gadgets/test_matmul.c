/* SPDX-License-Identifier: Apache-2.0 */
/* Products of two computed matrices, and what moves between them. */
#include "tests/unit/compiler/support/accept.h"
#include "tests/unit/compiler/support/random_chain.h"
#include <string.h>

/* Random shapes, batches that broadcast either way, transposed operands. */
static void test_shapes(void **state)
{
    struct hcl_test_random r = { 81 };

    (void)state;
    for (int i = 0; i < 120; i++) {
        struct hcl_fx_graph g = { .output_visibility = i & 1 ? HCL_PUBLIC : HCL_PRIVATE };
        uint32_t m = (uint32_t)hcl_test_between(&r, 1, 9), k = (uint32_t)hcl_test_between(&r, 1, 9),
                 n = (uint32_t)hcl_test_between(&r, 1, 9), batch = (uint32_t)hcl_test_between(&r, 1, 4);
        bool ta = hcl_test_between(&r, 0, 1), tb = hcl_test_between(&r, 0, 1);
        uint32_t a = hcl_test_input(&g, i % 3 == 0 ? 1 : batch, ta ? k : m, ta ? m : k, -20, 20);
        uint32_t b = hcl_test_input(&g, i % 3 == 1 ? 1 : batch, tb ? n : k, tb ? k : n, -9, 30);
        hcl_test_output(&g, hcl_test_matmul(&g, a, b, ta, tb, hcl_test_between(&r, 1, 40)));
        accept_graph(&g, (uint32_t)hcl_test_between(&r, 2, 8), &r);
        hcl_fx_graph_clear(&g);
    }
}

/* A matrix by itself and by its transpose: both passes over the same rows. */
static void test_squares(void **state)
{
    struct hcl_test_random r = { 82 };

    (void)state;
    for (int i = 0; i < 8; i++) {
        struct hcl_fx_graph g = { 0 };
        uint32_t x = hcl_test_input(&g, 2, 6, 6, -9, 9);
        hcl_test_output(&g, hcl_test_matmul(&g, x, x, i & 1, i & 2, 8));
        accept_graph(&g, i & 4 ? 3 : 2, &r);
        hcl_fx_graph_clear(&g);
    }
}

static void test_attention(void **state)
{
    struct hcl_test_random r = { 84 };

    (void)state;
    for (uint32_t i = 0; i < 4; i++) {
        struct hcl_fx_graph g = { .output_visibility = HCL_PUBLIC };
        hcl_test_attention(&g, &r, i & 1 ? 8 : 5, 2, i & 2 ? 4 : 3);
        accept_graph(&g, 4, &r);
        hcl_fx_graph_clear(&g);
    }
}

/* Rows of all regions called `what` of one node. */
/* Queries and keys lie channel by channel, so the scores take a lane of a row each and nothing is copied. */
static void test_rows(void **state)
{
    struct hcl_test_random r = { 85 };
    struct hcl_fx_graph g = { 0 };
    struct lowered l;
    uint32_t q, k;

    (void)state;
    q = hcl_test_reshape(&g, hcl_test_input(&g, 1, 16, 16, -9, 9), 16, 2, 8);
    k = hcl_test_reshape(&g, hcl_test_input(&g, 1, 16, 16, -9, 9), 16, 2, 8);
    q = hcl_test_transpose(&g, q, (const int[]){ 1, 0, 2 });
    k = hcl_test_transpose(&g, k, (const int[]){ 1, 2, 0 });
    hcl_test_output(&g, hcl_test_matmul(&g, q, k, false, false, 16));
    accept_start(&l, &g, 4, &r);
    assert_int_equal(lowered_rows_of(&l, "copy of an operand"), 0);
    assert_int_equal(lowered_rows_of(&l, ": outputs"), 1 + 2 * 16 * 16 / 4);
    lowered_clear(&l);
    hcl_fx_graph_clear(&g);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_shapes), cmocka_unit_test(test_squares),
                                        cmocka_unit_test(test_attention), cmocka_unit_test(test_rows) };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

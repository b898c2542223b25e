/* SPDX-License-Identifier: Apache-2.0 */
/* SOFTMAX: ties, differences beyond the table, one channel, many positions; tables it must refuse. */
#include "common/witness/columns.h"
#include "compiler/compile.h"
#include "compiler/fixed/interpret.h"
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

/* The scalars of one vector take one lane, and only its register gate asks for the row above; products of
 * elements take all lanes. */
static void test_registers(void **state)
{
    struct hcl_test_random r = { 47 };
    enum { LANES = 4 };

    (void)state;
    for (int products = 0; products < 2; products++) {
        struct hcl_fx_graph g = { .output_visibility = HCL_PUBLIC };
        const uint32_t x = hcl_test_input(&g, 1, 1, 7, -9, 9);
        struct lowered l;
        uint32_t asked = 0;

        hcl_test_output(&g, products ? hcl_test_mul(&g, x, x, 4) : hcl_test_softmax(&g, x));
        accept_start(&l, &g, LANES, &r);
        for (size_t i = 0; i < l.circuit.num_queries[HCL_COL_ADVICE]; i++) {
            const struct hcl_query *q = &l.circuit.queries[HCL_COL_ADVICE][i];
            asked += q->rotation == -1 && q->column.index >= hcl_col_r(LANES, 0) &&
                     q->column.index < hcl_col_m(LANES);
        }
        assert_int_equal(l.prog.registers, products ? LANES : 1);
        assert_int_equal(asked, l.prog.registers);
        (void)assert_noticed(&l, &r, 1);
        (void)assert_determined(&l);
        lowered_clear(&l);
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

/* Computed masks, one for all vectors and one for each, beside those that are known. */
static void test_computed_masks(void **state)
{
    struct hcl_test_random r = { 45 };

    (void)state;
    for (int i = 0; i < 60; i++) {
        struct hcl_fx_graph g = { .output_visibility = HCL_PUBLIC };
        const uint32_t x =
            hcl_test_input(&g, (uint32_t)hcl_test_between(&r, 1, 3), (uint32_t)hcl_test_between(&r, 1, 6),
                           (uint32_t)hcl_test_between(&r, 1, 9), -20, i % 5 == 0 ? -18 : 20);
        const uint32_t mask = hcl_test_computed_mask(&g, x, i & 1);
        const uint32_t y = hcl_test_softmax_by(&g, x, mask);
        if (i % 3 == 0) {
            uint32_t *map = malloc(hcl_fx_tensor_len(&g, y) * sizeof(*map));
            assert_non_null(map);
            for (uint32_t e = 0; e < hcl_fx_tensor_len(&g, y); e++)
                map[e] = e % g.tensors[x].dims[3] == 0 || hcl_test_between(&r, 0, 2) ? e : HCL_FX_NONE;
            g.nodes[g.num_nodes - 1].map = map;
        }
        hcl_test_output(&g, y);
        accept_graph(&g, (uint32_t)hcl_test_between(&r, 2, 8), &r);
        hcl_fx_graph_clear(&g);
    }
}

/* Behind a product whose rows hold the exponentials, or where that takes more rows does not: all elements,
 * some, and by computed masks, of heads that share operands, too. */
static void test_products(void **state)
{
    struct hcl_test_random r = { 46 };
    size_t joined = 0;

    (void)state;
    for (int i = 0; i < 60; i++) {
        struct hcl_fx_graph g = { .output_visibility = HCL_PUBLIC };
        struct lowered l;
        const uint32_t heads = (uint32_t)hcl_test_between(&r, 1, 4), m = (uint32_t)hcl_test_between(&r, 1, 9),
                       n = (uint32_t)hcl_test_between(&r, 1, 9), k = (uint32_t)hcl_test_between(&r, 1, 4);
        const uint32_t a = hcl_test_input(&g, heads, m, k, -4, 4),
                       b = hcl_test_input(&g, i % 5 == 0 ? 1 : heads, n, k, -4, i % 7 ? 4 : -2),
                       x = hcl_test_matmul(&g, a, b, false, true, hcl_test_between(&r, 1, 6));
        hcl_test_output(&g, i % 3 == 0   ? hcl_test_softmax(&g, x)
                            : i % 3 == 1 ? hcl_test_masked_softmax(&g, &r, x, i & 1)
                                         : hcl_test_softmax_by(&g, x, hcl_test_computed_mask(&g, x, i & 1)));
        accept_start(&l, &g, (uint32_t)hcl_test_between(&r, 2, 8), &r);
        for (uint32_t j = 0; j < l.prog.num_blocks; j++)
            joined += l.prog.blocks[j].kind == HCL_BLOCK_SCORES;
        lowered_clear(&l);
        hcl_fx_graph_clear(&g);
    }
    assert_true(joined > 40 && joined < 140);
}

/* A product that something else reads, too, is laid out by itself. */
static void test_product_read_twice(void **state)
{
    struct hcl_test_random r = { 47 };

    (void)state;
    for (int i = 0; i < 2; i++) {
        struct hcl_fx_graph g = { .output_visibility = HCL_PUBLIC };
        struct lowered l;
        const uint32_t x = hcl_test_matmul(&g, hcl_test_input(&g, 2, 6, 3, -4, 4),
                                           hcl_test_input(&g, 2, 7, 3, -4, 4), false, true, 4);
        hcl_test_output(&g, hcl_test_softmax(&g, x));
        hcl_test_output(&g, i ? hcl_test_unary(&g, x, 4, 6) : x);
        accept_start(&l, &g, 4, &r);
        for (uint32_t j = 0; j < l.prog.num_blocks; j++)
            assert_int_not_equal(l.prog.blocks[j].kind, HCL_BLOCK_SCORES);
        lowered_clear(&l);
        hcl_fx_graph_clear(&g);
    }
}

/* What is masked is 0 beside what is not, and nothing else changes; a vector that is masked whole is what it
 * would be without a mask. */
static void test_masked_values(void **state)
{
    static const float x[] = { 5, 1, 9, 3, 2, 2, 7, 7, 2 }, mask[] = { 0, 1, 1, 0, 0, 0, 1, 1, 1 };
    struct hcl_fx_graph g = { 0 };
    struct hcl_fx_values v;
    struct hcl_err err;
    const uint32_t in = hcl_test_input(&g, 1, 3, 3, -9, 9),
                   by = hcl_test_softmax_by(&g, in, hcl_test_computed_mask(&g, in, false)),
                   plain = hcl_test_softmax(&g, in);

    (void)state;
    hcl_test_output(&g, by);
    hcl_test_output(&g, plain);
    assert_ok(hcl_fx_graph_check(&g, &err), err);
    assert_ok(hcl_fx_values_init(&v, &g, &err), err);
    assert_ok(hcl_fx_set_input(&g, &v, 0, x, 9, &err), err);
    assert_ok(hcl_fx_set_input(&g, &v, 1, mask, 9, &err), err);
    assert_ok(hcl_interpret(&g, &v, &err), err);
    assert_int_equal(v.tensor[by][0], g.tensors[by].hi); /* alone */
    assert_int_equal(v.tensor[by][1], 0);
    assert_int_equal(v.tensor[by][2], 0);
    for (size_t i = 3; i < 9; i++)
        assert_int_equal(v.tensor[by][i], v.tensor[plain][i]);
    hcl_fx_values_clear(&v);
    hcl_fx_graph_clear(&g);
}

/* Masks that are no truth values, gaps that leave something of an element. */
static void test_bad_masks_are_refused(void **state)
{
    static const char *const messages[] = { "a computed mask of 0 and 1", "takes too little",
                                            "entries for masked elements", "does not hold every difference",
                                            "a gap without a mask" };

    (void)state;
    for (size_t i = 0; i < 5; i++) {
        struct hcl_fx_graph g = { 0 };
        struct hcl_err err = { "" };
        const uint32_t x = hcl_test_input(&g, 1, 1, 4, -9, 9), mask = hcl_test_computed_mask(&g, x, true),
                       y = hcl_test_softmax_by(&g, x, mask);
        struct hcl_fx_node *n = &g.nodes[g.num_nodes - 1];
        hcl_test_output(&g, y);
        if (i == 0)
            g.tensors[mask].hi = 2;
        else if (i == 1)
            n->gap = 18;
        else if (i == 2)
            n->exp_table[n->gap - 18] = n->mark;
        else if (i == 3)
            n->exp_len--;
        else
            n->inputs[1] = HCL_FX_NONE;
        assert_int_equal(hcl_fx_graph_check(&g, &err), HCL_BAD_INPUT);
        assert_non_null(strstr(err.msg, messages[i]));
        hcl_fx_graph_clear(&g);
    }
}

/* Sums that are divided by no power of two, or by less than the mark, or to nothing; too many of them. */
static void test_bad_reciprocals_are_refused(void **state)
{
    static const int64_t divisors[] = { 3, 12, 2, 1 << 20 };

    (void)state;
    for (size_t i = 0; i <= 4; i++) {
        struct hcl_fx_graph g = { 0 };
        struct hcl_err err = { "" };
        hcl_test_output(&g, hcl_test_softmax(&g, hcl_test_input(&g, 1, 1, 4, -9, 9)));
        assert_ok(hcl_fx_graph_check(&g, &err), err);
        if (i < 4)
            g.nodes[0].sum_divisor = divisors[i];
        else
            g.nodes[0].numerator = (int64_t)1 << 60;
        assert_int_equal(hcl_fx_graph_check(&g, &err), HCL_BAD_INPUT);
        assert_non_null(strstr(err.msg, i < 3    ? "power of two"
                                        : i == 3 ? "table of reciprocals"
                                                 : "numerator"));
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
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_shapes),
                                        cmocka_unit_test(test_registers),
                                        cmocka_unit_test(test_masks),
                                        cmocka_unit_test(test_computed_masks),
                                        cmocka_unit_test(test_products),
                                        cmocka_unit_test(test_product_read_twice),
                                        cmocka_unit_test(test_masked_values),
                                        cmocka_unit_test(test_bad_masks_are_refused),
                                        cmocka_unit_test(test_bad_reciprocals_are_refused),
                                        cmocka_unit_test(test_empty_vector_is_refused),
                                        cmocka_unit_test(test_flat_table_is_refused) };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of constant tables by computed indices. */
#include "compiler/fixed/interpret.h"
#include "compiler/gadgets/gadget.h"
#include "compiler/layout/finish.h"
#include "tests/unit/compiler/support/accept.h"

/* Random tables and numbers of lanes; rows that take less than a row of lanes, and several; in all modes. */
static void test_shapes(void **state)
{
    struct hcl_test_random r = { 91 };

    (void)state;
    for (int i = 0; i < 90; i++) {
        struct hcl_fx_graph g = { .weight_visibility = (hcl_visibility)(i % 3),
                                  .input_visibility = i & 1 ? HCL_PUBLIC : HCL_PRIVATE,
                                  .output_visibility = i & 2 ? HCL_PUBLIC : HCL_PRIVATE };
        const uint32_t rows = (uint32_t)hcl_test_between(&r, 1, 300);
        uint32_t x =
            hcl_test_indices(&g, (uint32_t)hcl_test_between(&r, 1, 3), (uint32_t)hcl_test_between(&r, 1, 3),
                             (uint32_t)hcl_test_between(&r, 1, 4), rows);
        uint32_t y = hcl_test_lookup(&g, &r, x, rows, (uint32_t)hcl_test_between(&r, 1, 25));
        hcl_test_output(&g, i % 5 ? y : hcl_test_unary(&g, y, 4096, 6));
        if (i % 4 == 0)
            hcl_test_output(&g, hcl_test_lookup(&g, &r, x, rows, 3));
        accept_graph(&g, (uint32_t)hcl_test_between(&r, 2, 8), &r);
        hcl_fx_graph_clear(&g);
    }
}

/* Tables of small weights, several of them to a cell; unless weights are private. */
static void test_digits(void **state)
{
    struct hcl_test_random r = { 95 };

    (void)state;
    for (int i = 0; i < 60; i++) {
        struct hcl_fx_graph g = { .weight_visibility = (hcl_visibility)(i % 3),
                                  .output_visibility = i & 2 ? HCL_PUBLIC : HCL_PRIVATE };
        const uint32_t rows = (uint32_t)hcl_test_between(&r, 200, 400), lanes = (uint32_t)(2 + i % 7),
                       width = (uint32_t)hcl_test_between(&r, 1, 40);
        uint32_t x = hcl_test_indices(&g, 1, 1, (uint32_t)hcl_test_between(&r, 1, 4), rows);
        struct lowered l;
        hcl_test_output(&g, hcl_test_lookup_within(&g, &r, x, rows, width, 1));
        if (i % 4 == 0)
            hcl_test_output(&g, hcl_test_lookup(&g, &r, x, rows, 3));
        accept_start(&l, &g, lanes, &r);
        const bool several = g.weight_visibility != HCL_PRIVATE && rows * width >= 64 * 3;
        assert_int_equal(l.prog.row_tables[0].digits, several ? HCL_MAX_DIGITS : 1);
        lowered_clear(&l);
        hcl_fx_graph_clear(&g);
    }
}

/* An index takes ceil(width/L) rows, the table none; two nodes over equal tables have one. */
static void test_rows(void **state)
{
    struct hcl_test_random r = { 92 }, again = { 92 };
    struct hcl_fx_graph g = { 0 };
    struct lowered l;

    (void)state;
    uint32_t x = hcl_test_indices(&g, 1, 1, 5, 40);
    hcl_test_output(&g, hcl_test_lookup(&g, &r, x, 40, 10));
    hcl_test_output(&g, hcl_test_lookup(&g, &again, x, 40, 10));
    lowered_build(&l, &g, 4);
    assert_int_equal(l.prog.num_row_tables, 1);
    assert_int_equal(lowered_rows_of(&l, "rows of the table"), 2 * 5 * 3);
    assert_int_equal(l.prog.row_tables[0].first, l.prog.table_rows); /* no other weights */
    assert_int_equal(l.prog.num_weight_rows, l.prog.table_rows + 40 * 2);
    lowered_clear(&l);
    hcl_fx_graph_clear(&g);
}

/* Out of range: the interpreter and the witness program both name it. */
static void test_out_of_range(void **state)
{
    struct hcl_test_random r = { 93 };
    struct hcl_fx_graph g = { 0 };
    struct hcl_fx_values v;
    struct hcl_witness w;
    struct lowered l;
    struct hcl_err err;

    (void)state;
    uint32_t x = hcl_test_indices(&g, 1, 1, 3, 9);
    hcl_test_output(&g, hcl_test_lookup(&g, &r, x, 9, 4));
    g.tensors[x].hi = 20; /* as if another table were longer */
    lowered_build(&l, &g, 3);
    assert_ok(hcl_fx_values_init(&v, &g, &err), err);
    for (int bad = 0; bad < 2; bad++) {
        const int64_t values[3] = { 1, 8, bad ? 9 : 0 };
        memcpy(v.tensor[x], values, sizeof values);
        assert_int_equal(hcl_interpret(&g, &v, &err), bad ? HCL_BAD_INPUT : HCL_OK);
        if (bad)
            assert_non_null(strstr(err.msg, "index 9 at element 2"));
        assert_ok(hcl_witness_init(&w, &l.prog, &err), err);
        assert_ok(hcl_witness_set_input(&w, 0, values, 3, &err), err);
        assert_int_equal(hcl_witness_run(&w, &err), bad ? HCL_BAD_INPUT : HCL_OK);
        if (bad)
            assert_non_null(strstr(err.msg, "index 9 is outside 0..8"));
        hcl_witness_clear(&w);
    }
    hcl_fx_values_clear(&v);
    lowered_clear(&l);
    hcl_fx_graph_clear(&g);
}

/* An index that something else than a look-up reads is looked up by itself. */
static void test_other_readers(void **state)
{
    struct hcl_test_random r = { 94 };

    (void)state;
    for (int other = 0; other < 2; other++) {
        struct hcl_fx_graph g = { 0 };
        struct lowered l;
        uint32_t x = hcl_test_indices(&g, 1, 1, 3, 9);
        hcl_test_output(&g, hcl_test_lookup(&g, &r, x, 9, 4));
        if (other)
            hcl_test_output(&g, x);
        lowered_build(&l, &g, 3);
        assert_int_equal(l.prog.rows[2].lookups, other ? 7 : 0); /* the input's, behind the constants' */
        accept_graph(&g, 3, &r);
        lowered_clear(&l);
        hcl_fx_graph_clear(&g);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_shapes), cmocka_unit_test(test_digits),
                                        cmocka_unit_test(test_rows), cmocka_unit_test(test_out_of_range),
                                        cmocka_unit_test(test_other_readers) };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Inputs and weights leave no output a choice, and no division can wrap around the field. */
#include "compiler/primitives/primitive.h"
#include "tests/unit/compiler/support/accept.h"
#include "tests/unit/compiler/support/random_chain.h"

static void test_random_chains(void **state)
{
    struct hcl_test_random r = { 71 };
    size_t divisions = 0, gaps = 0;

    (void)state;
    for (int i = 0; i < 200; i++) {
        struct hcl_fx_graph g = { .weight_visibility = i & 1 ? HCL_PUBLIC : HCL_PRIVATE,
                                  .output_visibility = HCL_PUBLIC };
        struct lowered l;
        struct determined d;
        uint32_t lanes = i % 20 == 7 ? HCL_MAX_LANES : (uint32_t)hcl_test_between(&r, 2, 8);
        if (i % 10 == 9)
            hcl_test_attention(&g, &r, (uint32_t)hcl_test_between(&r, 2, 9),
                               (uint32_t)hcl_test_between(&r, 1, 3), 3);
        else
            hcl_test_random_chain(&g, &r, i % 5 == 0);
        lowered_build(&l, &g, lanes);
        d = assert_determined(&l);
        divisions += d.divisions;
        gaps += d.free_cells;
        lowered_clear(&l);
        hcl_fx_graph_clear(&g);
    }
    print_message("%zu divisions, %zu free cells that no output depends on\n", divisions, gaps);
    assert_true(divisions > 1000 && gaps > 1000); /* the analysis tells the two apart */
}

/* A random graph with rows of a table at its beginning, or numbers and elements that are picked at its end.
 */
static void random_graph(struct hcl_fx_graph *g, struct hcl_test_random *r, int i)
{
    const uint32_t rows = (uint32_t)hcl_test_between(r, 2, 9), count = (uint32_t)hcl_test_between(r, 1, 6),
                   x = i % 3 == 0
                           ? hcl_test_lookup_within(g, r, hcl_test_indices(g, 1, 1, count, rows), rows,
                                                    (uint32_t)hcl_test_between(r, 1, 5), 30)
                           : hcl_test_input(g, count, rows, (uint32_t)hcl_test_between(r, 1, 4), -30, 30),
                   y = hcl_test_random_steps(g, r, x, (uint32_t)hcl_test_between(r, 1, 5)),
                   wide = g->tensors[y].dims[3];
    if (wide > 1 && i % 3 == 1)
        hcl_test_output(g,
                        hcl_test_arg_max(g, y, (uint32_t)hcl_test_between(r, 1, wide < 4 ? wide : 4), i % 2));
    else if (wide > 1 && i % 3 == 2)
        hcl_test_output(g, hcl_test_top(g, y, (uint32_t)hcl_test_between(r, 1, wide < 4 ? wide : 4)));
    else
        hcl_test_output(g, hcl_test_softmax(g, hcl_test_unary(g, y, 4, 90)));
}

/* Graphs that have every primitive between them. */
static void test_all_primitives(void **state)
{
    struct hcl_test_random r = { 79 };
    size_t met[HCL_FX_OP_COUNT] = { 0 };

    (void)state;
    for (int i = 0; i < 150; i++) {
        struct hcl_fx_graph g = { .output_visibility = HCL_PUBLIC };
        struct lowered l;
        random_graph(&g, &r, i);
        lowered_build(&l, &g, (uint32_t)hcl_test_between(&r, 2, 8));
        (void)assert_determined(&l);
        for (size_t n = 0; n < g.num_nodes; n++)
            met[g.nodes[n].op]++;
        lowered_clear(&l);
        hcl_fx_graph_clear(&g);
    }
    for (size_t op = 0; op < HCL_FX_OP_COUNT; op++) {
        print_message("%s: %zu nodes\n", hcl_primitive_of((hcl_fx_op)op)->name, met[op]);
        assert_true(met[op] > 0);
    }
}

/* Indices, moved or not, and what is made of rows; without the copy of an index they are free. */
static void test_looked_up_rows(void **state)
{
    struct hcl_test_random r = { 76 };
    struct hcl_fx_graph g = { .output_visibility = HCL_PUBLIC };
    struct lowered l;
    size_t kept = 0;

    (void)state;
    hcl_test_output(
        &g, hcl_test_unary(&g, hcl_test_lookup(&g, &r, hcl_test_indices(&g, 1, 1, 4, 9), 9, 7), 4096, 6));
    lowered_build(&l, &g, 4);
    (void)assert_determined(&l);
    for (size_t i = 0; i < l.circuit.num_copies; i++) {
        const struct hcl_copy c = l.circuit.copies[i];
        const hcl_column to = l.circuit.permutation[c.right_column];
        if (to.kind != HCL_COL_ADVICE || to.index != hcl_col_b(4) ||
            c.right_row != l.prog.blocks[0].out_row + l.prog.blocks[0].out_rows - 1)
            l.circuit.copies[kept++] = c;
    }
    assert_int_equal(kept, l.circuit.num_copies - 1);
    l.circuit.num_copies = kept;
    assert_int_equal(hcl_test_determined(&l).free_outputs, 2 * 7);
    lowered_clear(&l);
    hcl_fx_graph_clear(&g);
}

/* A mask is an input of which look-ups say that it is 0 or 1. */
static void test_masked(void **state)
{
    struct hcl_fx_graph g = { .output_visibility = HCL_PUBLIC };
    struct lowered l;

    (void)state;
    const uint32_t x = hcl_test_input(&g, 2, 3, 5, -9, 9), mask = hcl_test_computed_mask(&g, x, true);
    hcl_test_output(&g, hcl_test_softmax_by(&g, x, mask));
    lowered_build(&l, &g, 4);
    (void)assert_determined(&l);
    lowered_clear(&l);
    hcl_fx_graph_clear(&g);
}

/* A value of a column of small integers. */
static void change_fixed(struct hcl_circuit *c, uint32_t column, size_t row, int64_t v)
{
    struct hcl_err err;
    const size_t rows = c->fixed_rows[column];
    int64_t *values = calloc(rows, sizeof *values);
    assert_non_null(values);
    assert_true(row < rows && c->fixed[column].num_exceptions == 0);
    hcl_compact_cells(values, &c->fixed[column], 0, rows);
    values[row] = v;
    assert_ok(hcl_circuit_set_fixed_i64(c, column, values, rows, &err), err);
    free(values);
}

/* Exponentials in the rows of a product. Without the look-up of a maximum, which need not be an integer then,
 * what follows from it is free. */
static void test_scores(void **state)
{
    struct lowered l;

    (void)state;
    for (int i = 0; i < 2; i++) {
        struct hcl_fx_graph g = { .output_visibility = HCL_PUBLIC };
        const uint32_t x = hcl_test_matmul(&g, hcl_test_input(&g, 2, 5, 2, -3, 3),
                                           hcl_test_input(&g, 2, 5, 2, -3, 3), false, true, 2);
        hcl_test_output(&g, i ? hcl_test_softmax_by(&g, x, hcl_test_computed_mask(&g, x, false))
                              : hcl_test_softmax(&g, x));
        lowered_build(&l, &g, 3);
        (void)assert_determined(&l);
        const struct hcl_block *b = l.prog.blocks;
        assert_int_equal(b->kind, HCL_BLOCK_SCORES);
        change_fixed(&l.circuit, b->factor % 3, b->factor / 3, 0);
        assert_int_equal(hcl_test_determined(&l).free_outputs, 2 * 5);
        lowered_clear(&l);
        hcl_fx_graph_clear(&g);
    }
}

/* Sums of vectors: every result follows from rows of a table, constants and an input. */
static void test_vector_sums(void **state)
{
    struct hcl_test_random r = { 78 };
    struct hcl_fx_graph g = { .output_visibility = HCL_PUBLIC };
    struct lowered l;

    (void)state;
    const uint32_t x = hcl_test_lookup(&g, &r, hcl_test_indices(&g, 1, 3, 1, 4), 4, 31),
                   y = hcl_test_add(&g, x, hcl_test_constant(&g, &r, 1, 1, 3, 31, -90, 90), 1, 3, 4);
    hcl_test_output(
        &g, hcl_test_add(&g, hcl_test_unary(&g, y, 2, 30), hcl_test_input(&g, 1, 3, 31, -9, 9), -2, 3, 5));
    lowered_build(&l, &g, 4);
    (void)assert_determined(&l);
    lowered_clear(&l);
    hcl_fx_graph_clear(&g);
}

/* A vector added to every position, and a GroupNorm of channels where they lie. */
static void test_group_norm(void **state)
{
    struct hcl_test_random r = { 77 };
    struct hcl_fx_graph g = { .output_visibility = HCL_PUBLIC };
    struct hcl_test_conv s = { .kernel_h = 3, .kernel_w = 3, .stride_y = 1, .stride_x = 1, .outputs = 4 };
    struct lowered l;

    (void)state;
    s.pad_top = s.pad_left = s.pad_bottom = s.pad_right = 1;
    s.weight_max = 3;
    s.divisor = 64;
    s.plus = hcl_test_input(&g, 1, 1, 4, -30, 30);
    s.plus_mul = 4;
    const uint32_t x = hcl_test_conv(&g, &r, hcl_test_input(&g, 5, 6, 1, -7, 7), &s);
    hcl_test_output(&g, hcl_test_group_norm(&g, x, 2));
    lowered_build(&l, &g, 4);
    assert_int_equal(l.prog.num_blocks, 5);
    (void)assert_determined(&l);
    lowered_clear(&l);
    hcl_fx_graph_clear(&g);
}

/* Without the zero in the last place before a pick it is free: it may be behind all elements. */
static void test_picks(void **state)
{
    struct hcl_fx_graph g = { .output_visibility = HCL_PUBLIC };
    struct lowered l;
    size_t kept = 0;

    (void)state;
    uint32_t x = hcl_test_input(&g, 1, 1, 7, -9, 9);
    hcl_test_output(&g, hcl_test_arg_max(&g, x, 2, false));
    hcl_test_output(&g, hcl_test_top(&g, x, 2));
    lowered_build(&l, &g, 3);
    (void)assert_determined(&l);
    for (size_t i = 0; i < l.circuit.num_copies; i++) {
        const struct hcl_copy c = l.circuit.copies[i];
        const struct hcl_block *b = &l.prog.blocks[0];
        const size_t place = (size_t)(b->out_row + b->in_rows) * 3 + 6;
        if (l.circuit.permutation[c.right_column].index != hcl_col_y(3, (uint32_t)(place % 3)) ||
            c.right_row != place / 3)
            l.circuit.copies[kept++] = c;
    }
    assert_int_equal(kept, l.circuit.num_copies - 1);
    l.circuit.num_copies = kept;
    assert_true(hcl_test_determined(&l).free_outputs > 0);
    lowered_clear(&l);
    hcl_fx_graph_clear(&g);
}

/* One look-up of an output switched off: that output is free. */
static void test_missing_look_up(void **state)
{
    struct hcl_test_random r = { 72 };
    struct hcl_fx_graph g = { .output_visibility = HCL_PUBLIC };
    struct hcl_test_conv s = { .kernel_h = 2, .kernel_w = 2, .stride_y = 1, .stride_x = 1, .outputs = 2 };
    struct lowered l;
    uint32_t cell;

    (void)state;
    s.weight_max = 3;
    s.divisor = 8;
    hcl_test_output(&g, hcl_test_conv(&g, &r, hcl_test_input(&g, 4, 4, 1, -7, 7), &s));
    lowered_build(&l, &g, 3);
    (void)assert_determined(&l);
    cell = l.prog.lists[l.prog.outputs[0].list];
    change_fixed(&l.circuit, cell % 3, cell / 3, 0);
    assert_int_equal(hcl_test_determined(&l).free_outputs, 2); /* as an output and as a public value */
    lowered_clear(&l);
    hcl_fx_graph_clear(&g);
}

/* Without one of the look-ups of a remainder's bounds, or of its own limbs, a quotient is free. */
static void test_free_quotient(void **state)
{
    static const uint32_t above[] = { 2, 6 }; /* the rows of the output */

    (void)state;
    for (size_t i = 0; i < sizeof above / sizeof *above; i++) {
        struct hcl_fx_graph g = { .output_visibility = HCL_PUBLIC };
        struct lowered l;
        uint32_t cell, x = hcl_test_input(&g, 1, 1, 2, -90, 90);
        hcl_test_output(&g, hcl_test_floor_div(&g, x, hcl_test_input(&g, 1, 1, 2, 1, 9), 1, 1));
        lowered_build(&l, &g, 2);
        (void)assert_determined(&l);
        cell = l.prog.lists[l.prog.outputs[0].list];
        change_fixed(&l.circuit, cell % 2, cell / 2 - above[i], 0);
        assert_true(hcl_test_determined(&l).free_outputs > 0);
        lowered_clear(&l);
        hcl_fx_graph_clear(&g);
    }
}

/* A block's gaps that another convolution reads as padding, tied to zero no more: its outputs are free. */
static void test_free_gap(void **state)
{
    struct hcl_test_random r = { 73 };
    struct hcl_fx_graph g = { .output_visibility = HCL_PUBLIC };
    struct hcl_test_conv s = { .kernel_h = 3, .kernel_w = 3, .stride_y = 1, .stride_x = 1, .outputs = 2 };
    struct lowered l;
    const struct hcl_block *first;
    size_t kept = 0, all;

    (void)state;
    s.pad_top = s.pad_left = s.pad_bottom = s.pad_right = 1;
    s.weight_max = 3;
    s.divisor = 8;
    hcl_test_output(&g,
                    hcl_test_conv(&g, &r, hcl_test_conv(&g, &r, hcl_test_input(&g, 4, 4, 1, -7, 7), &s), &s));
    lowered_build(&l, &g, 3);
    first = &l.prog.blocks[0];
    assert_int_equal(lowered_rows_of(&l, "copy of the input"), 1 * ((3 * 5 + 4 + 2) / 3));
    (void)assert_determined(&l);
    all = l.circuit.num_copies;
    for (size_t i = 0; i < all; i++) {
        const struct hcl_copy *c = &l.circuit.copies[i];
        if (!(c->right_row >= first->out_row && c->right_row < first->out_row + 2 * first->out_rows &&
              c->left_row == 1))
            l.circuit.copies[kept++] = *c;
    }
    assert_true(kept < all);
    l.circuit.num_copies = kept;
    assert_true(hcl_test_determined(&l).free_outputs > 20);
    lowered_clear(&l);
    hcl_fx_graph_clear(&g);
}

/* A divisor one smaller than the remainder's range leaves a quotient two values. */
static void test_long_remainder(void **state)
{
    struct hcl_fx_graph g = { .output_visibility = HCL_PUBLIC };
    struct lowered l;
    const uint32_t lanes = 2, divisor = lanes + 5; /* the column S, after K_j, two tags and the table */

    (void)state;
    hcl_test_output(&g, hcl_test_unary(&g, hcl_test_input(&g, 1, 1, 2, -90, 90), 8, 6));
    lowered_build(&l, &g, lanes);
    (void)assert_determined(&l);
    for (size_t row = 0; row < l.circuit.fixed_rows[divisor]; row++) {
        int64_t v;
        hcl_compact_cells(&v, &l.circuit.fixed[divisor], row, 1);
        if (v != 0)
            change_fixed(&l.circuit, divisor, row, v - 1);
    }
    assert_int_equal(hcl_test_determined(&l).free_outputs, 4);
    lowered_clear(&l);
    hcl_fx_graph_clear(&g);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_random_chains),   cmocka_unit_test(test_all_primitives),
        cmocka_unit_test(test_looked_up_rows),  cmocka_unit_test(test_masked),
        cmocka_unit_test(test_vector_sums),     cmocka_unit_test(test_scores),
        cmocka_unit_test(test_group_norm),      cmocka_unit_test(test_picks),
        cmocka_unit_test(test_missing_look_up), cmocka_unit_test(test_free_gap),
        cmocka_unit_test(test_free_quotient),   cmocka_unit_test(test_long_remainder)
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

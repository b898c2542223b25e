/* SPDX-License-Identifier: Apache-2.0 */
/* UNARY, ADD and MUL on random shapes, operands broadcast in every way, constants narrow and wide. */
#include "compiler/fixed/fixed_bounds.h"
#include "compiler/fixed/interpret.h"
#include "tests/unit/compiler/support/accept.h"

/* A second operand for x: like x, one value per channel, or one value; an input or a constant. */
static uint32_t operand(struct hcl_fx_graph *g, struct hcl_test_random *r, uint32_t x, int64_t most)
{
    const uint32_t *d = g->tensors[x].dims;
    uint32_t h = d[1], w = d[2], c = d[3];
    int64_t shape = hcl_test_between(r, 0, 2);

    if (shape > 0)
        h = w = 1;
    if (shape > 1)
        c = 1;
    return hcl_test_between(r, 0, 1) ? hcl_test_input(g, h, w, c, -most / 3, most)
                                     : hcl_test_constant(g, r, 1, h, w, c, -most, most);
}

static void test_random_shapes(void **state)
{
    struct hcl_test_random r = { 21 };

    (void)state;
    for (int i = 0; i < 60; i++) {
        struct hcl_fx_graph g = { .weight_visibility = i & 1 ? HCL_PUBLIC : HCL_PRIVATE,
                                  .input_visibility = i & 2 ? HCL_PUBLIC : HCL_PRIVATE,
                                  .output_visibility = i & 4 ? HCL_PUBLIC : HCL_PRIVATE };
        uint32_t x =
            hcl_test_input(&g, (uint32_t)hcl_test_between(&r, 1, 5), (uint32_t)hcl_test_between(&r, 1, 5),
                           (uint32_t)hcl_test_between(&r, 1, 4), -15, 20);
        x = hcl_test_add(&g, x, operand(&g, &r, x, 30), hcl_test_between(&r, -3, 3),
                         hcl_test_between(&r, 1, 3), hcl_test_between(&r, 1, 9));
        x = hcl_test_mul(&g, x, operand(&g, &r, x, 12), hcl_test_between(&r, 1, 9));
        x = hcl_test_unary(&g, x, hcl_test_between(&r, 1, 5), hcl_test_between(&r, 0, 40));
        hcl_test_output(&g, x);
        accept_graph(&g, (uint32_t)hcl_test_between(&r, 2, 8), &r);
        hcl_fx_graph_clear(&g);
    }
}

/* A sum of vectors: those of a table, a constant that is placed like them or has been placed before, the sum
 * again with either sign, in place or not, one value for all. */
static uint32_t vector_sums(struct hcl_fx_graph *g, struct hcl_test_random *r, uint32_t wide)
{
    const uint32_t count = (uint32_t)hcl_test_between(r, 1, 4);
    const uint32_t rows = hcl_test_lookup(g, r, hcl_test_indices(g, 1, count, 1, 6), 6, wide),
                   same = hcl_test_constant(g, r, 1, 1, count, wide, -900, 40),
                   one = hcl_test_constant(g, r, 1, 1, 1, 1, 3, 70000);
    uint32_t x = hcl_test_add(g, rows, same, 1, hcl_test_between(r, 1, 9), 3);

    x = hcl_test_norm(g, hcl_test_unary(g, hcl_test_add(g, x, rows, 2, -1, 7), 5, 20), true);
    x = hcl_test_add(g, x, same, hcl_test_between(r, -3, -1), 1, 4);
    return hcl_test_add(g, hcl_test_unary(g, x, 3, 30), one, 5, hcl_test_between(r, -1, 1), 8);
}

static void test_vectors(void **state)
{
    struct hcl_test_random r = { 27 };

    (void)state;
    for (int i = 0; i < 24; i++) {
        struct hcl_fx_graph g = { .weight_visibility = i & 1 ? HCL_PUBLIC : HCL_PRIVATE };
        hcl_test_output(&g, vector_sums(&g, &r, (uint32_t)hcl_test_between(&r, 12, 40)));
        accept_graph(&g, (uint32_t)hcl_test_between(&r, 2, 5), &r);
        hcl_fx_graph_clear(&g);
    }
}

/* The same number of rows as elements have, a few for each vector and the constants' own aside. */
static void test_vectors_take_one_row(void **state)
{
    (void)state;
    for (uint32_t lanes = 2; lanes <= 5; lanes++) {
        struct hcl_test_random r = { 28 };
        struct hcl_fx_graph g = { 0 };
        struct lowered l;
        const uint32_t x = hcl_test_lookup(&g, &r, hcl_test_indices(&g, 1, 3, 1, 6), 6, 60);
        uint32_t sums = 0;
        hcl_test_output(&g, hcl_test_add(&g, x, hcl_test_constant(&g, &r, 1, 1, 3, 60, -9, 9), 1, 4, 2));
        accept_start(&l, &g, lanes, &r);
        for (uint32_t i = 0; i < l.prog.num_blocks; i++)
            sums += l.prog.blocks[i].kind == HCL_BLOCK_SCALE ? l.prog.blocks[i].out_rows : 0;
        assert_int_equal(sums, 3 * ((60 + lanes - 1) / lanes));
        lowered_clear(&l);
        hcl_fx_graph_clear(&g);
    }
}

/* Second operands by an index map, and choices between them. */
static void test_maps_and_choices(void **state)
{
    struct hcl_test_random r = { 23 };

    (void)state;
    for (int i = 0; i < 30; i++) {
        struct hcl_fx_graph g = { .weight_visibility = i & 1 ? HCL_PUBLIC : HCL_PRIVATE };
        uint32_t h = (uint32_t)hcl_test_between(&r, 1, 5), w = (uint32_t)hcl_test_between(&r, 1, 5);
        uint32_t x = hcl_test_input(&g, h, w, 3, -15, 20), b = operand(&g, &r, x, 20), y;
        const size_t len = (size_t)h * w * 3, other = hcl_fx_tensor_len(&g, b);
        y = i & 2 ? hcl_test_add(&g, x, b, 2, -1, 3) : hcl_test_mul(&g, x, b, 7);
        uint32_t *map = malloc(len * sizeof(*map));
        HCL_CHECK(map);
        for (size_t e = 0; e < len; e++)
            map[e] = (uint32_t)hcl_test_between(&r, 0, (int64_t)other - 1);
        g.nodes[g.num_nodes - 1].map = map;
        x = hcl_test_select(&g, hcl_test_greater(&g, x, y, 8), b, y, 8, hcl_test_between(&r, 1, 16));
        hcl_test_output(&g, x);
        accept_graph(&g, (uint32_t)hcl_test_between(&r, 2, 8), &r);
        hcl_fx_graph_clear(&g);
    }
}

/* Constants too wide for one small table come in limbs, in ADD and in MUL. */
static void test_wide_constants(void **state)
{
    const int64_t wide = 2000000;
    struct hcl_test_random r = { 22 };

    (void)state;
    for (int i = 0; i < 8; i++) {
        struct hcl_fx_graph g = { .weight_visibility = i & 1 ? HCL_PUBLIC : HCL_PRIVATE };
        uint32_t x = hcl_test_input(&g, 2, 2, 3, -9, 9);
        x = hcl_test_mul(&g, x, hcl_test_constant(&g, &r, 1, 1, 1, 3, -wide, wide), 30000);
        x = hcl_test_add(&g, x, hcl_test_constant(&g, &r, 1, 1, 1, 3, -wide, wide), 900, -1, 10000);
        hcl_test_output(&g, x);
        accept_graph(&g, (uint32_t)hcl_test_between(&r, 2, 8), &r);
        hcl_fx_graph_clear(&g);
    }
}

/* By divisors that are computed, constant, spread by a map, or 0, of which there is no quotient. */
static void test_floor_division(void **state)
{
    struct hcl_test_random r = { 24 };

    (void)state;
    for (int i = 0; i < 24; i++) {
        struct hcl_fx_graph g = { .weight_visibility = i & 1 ? HCL_PUBLIC : HCL_PRIVATE };
        uint32_t x = hcl_test_input(&g, 3, 2, 3, -900, 900), by;
        by = i & 2 ? hcl_test_constant(&g, &r, 1, 1, i & 4 ? 2 : 1, 3, 1, 40)
                   : hcl_test_input(&g, 3, 2, 3, 1, 40);
        hcl_test_output(
            &g, hcl_test_floor_div(&g, x, by, hcl_test_between(&r, 1, 9), hcl_test_between(&r, 1, 9)));
        accept_graph(&g, (uint32_t)hcl_test_between(&r, 2, 8), &r);
        hcl_fx_graph_clear(&g);
    }
}

static void test_floor_division_rounds_down(void **state)
{
    static const int64_t a[] = { 7, -7, 6, -6, 1, -1, 0, 5 }, b[] = { 2, 2, 3, 3, 9, 9, 4, 0 },
                         want[] = { 3, -4, 2, -2, 0, -1, 0 };
    struct hcl_fx_graph g = { 0 };
    struct hcl_fx_values v;
    struct hcl_err err;
    uint32_t x = hcl_test_input(&g, 1, 1, 8, -9, 9), y = hcl_test_input(&g, 1, 1, 8, 0, 9);

    (void)state;
    hcl_test_output(&g, hcl_test_floor_div(&g, x, y, 1, 1));
    assert_ok(hcl_fx_values_init(&v, &g, &err), err);
    memcpy(v.tensor[x], a, sizeof a);
    memcpy(v.tensor[y], b, sizeof b);
    assert_int_equal(hcl_interpret(&g, &v, &err), HCL_BAD_INPUT);
    assert_non_null(strstr(err.msg, "the divisor of element 7"));
    assert_memory_equal(v.tensor[g.outputs[0]], want, sizeof want);
    hcl_fx_values_clear(&v);
    hcl_fx_graph_clear(&g);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_random_shapes),
                                        cmocka_unit_test(test_vectors),
                                        cmocka_unit_test(test_vectors_take_one_row),
                                        cmocka_unit_test(test_maps_and_choices),
                                        cmocka_unit_test(test_wide_constants),
                                        cmocka_unit_test(test_floor_division),
                                        cmocka_unit_test(test_floor_division_rounds_down) };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

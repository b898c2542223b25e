/* SPDX-License-Identifier: Apache-2.0 */
/* Forged witnesses of products whose rows hold the exponentials of a SOFTMAX. Everything that follows from
 * the forged cells is computed from them, so that only the check under test can refuse. */
#include "tests/unit/compiler/soundness/follow.h"

enum { LANES = 3, HEADS = 2, VECTORS = 6, KEYS = 5, DEPTH = 3, MATMUL_DIVISOR = 3 };

/* An honest run of SOFTMAX behind a product; returns the first of its blocks of scores. */
static struct hcl_block *start(struct lowered *l, struct hcl_fx_graph *g, struct hcl_test_random *r,
                               bool masked)
{
    const uint32_t a = hcl_test_input(g, HEADS, VECTORS, DEPTH, -3, 3),
                   b = hcl_test_input(g, HEADS, KEYS, DEPTH, -3, 3),
                   x = hcl_test_matmul(g, a, b, false, true, MATMUL_DIVISOR);
    uint32_t i = 0;

    hcl_test_output(g, masked ? hcl_test_softmax_by(g, x, hcl_test_computed_mask(g, x, false))
                              : hcl_test_softmax(g, x));
    accept_start(l, g, LANES, r);
    while (i < l->prog.num_blocks && l->prog.blocks[i].kind != HCL_BLOCK_SCORES)
        i++;
    HCL_CHECK(i < l->prog.num_blocks);
    return &l->prog.blocks[i];
}

/* The cell of a score's exponential. */
static size_t cell_of(const struct lowered *l, const struct hcl_block *b, uint32_t vector, uint32_t key)
{
    return ((size_t)b->out_row + (size_t)vector * b->out_rows) * l->prog.lanes + key;
}

static const struct hcl_fx_node *softmax_of(const struct hcl_fx_graph *g)
{
    return &g->nodes[g->num_nodes - 1];
}

/* The cell with the sum of a vector's exponentials. */
static size_t sum_of(const struct lowered *l, const struct hcl_block *b, uint32_t vector)
{
    size_t at = hinted(l, HCL_HINT_SUM, 0);

    while (l->prog.hints[HCL_SRC_INDEX(l->prog.sources[at])].cell != cell_of(l, b, vector, 0))
        at = hinted(l, HCL_HINT_SUM, at + 1);
    return at;
}

/* Sum, inverse and results of a vector again. */
static void sum_again(struct lowered *l, const struct hcl_block *b, uint32_t vector)
{
    const size_t sum = sum_of(l, b, vector);
    int64_t total = 0;

    for (uint32_t e = 0; e < KEYS; e++)
        total += l->w.cells.y[cell_of(l, b, vector, e)];
    l->w.cells.y[sum] = l->w.cells.r[sum] = total;
    follow(l, sum / l->prog.lanes);
}

/* Quotient and exponential of a cell; false, and nothing done: the quotient is in no table. */
static bool set_quotient(struct lowered *l, size_t cell, int64_t q)
{
    int64_t y;

    if (!value_of(l, cell, q, &y))
        return false;
    l->w.cells.q[cell] = q;
    l->w.cells.y[cell] = y;
    return true;
}

/* One score another one, its exponential and all behind it following: only the product speaks against it. */
static void test_other_difference(void **state)
{
    struct hcl_test_random r = { 51 };
    struct hcl_fx_graph g = { 0 };
    struct lowered l;
    const struct hcl_block *b = start(&l, &g, &r, false);
    size_t forged = 0;

    (void)state;
    for (uint32_t vector = 0; vector < VECTORS; vector++)
        for (uint32_t e = 0; e < KEYS; e++) {
            const size_t cell = cell_of(&l, b, vector, e);
            const int64_t q = l.w.cells.q[cell];
            if (q == 0 || !set_quotient(&l, cell, q - 1))
                continue; /* the marks tell of a largest element, below */
            sum_again(&l, b, vector);
            refused_by_copies(&l, &r, forged++ < 2);
            assert_true(set_quotient(&l, cell, q));
            sum_again(&l, b, vector);
        }
    assert_true(forged > VECTORS);
    forge_end(&l, &g);
}

/* A remainder that leaves its quotient as it is. */
static void test_other_remainder(void **state)
{
    struct hcl_test_random r = { 52 };
    struct hcl_fx_graph g = { 0 };
    struct lowered l;
    const struct hcl_block *b = start(&l, &g, &r, false);

    (void)state;
    for (uint32_t e = 0; e < KEYS; e++) {
        int64_t *rest = &l.w.cells.r[cell_of(&l, b, 1, e)];
        const int64_t was = *rest;
        *rest = was == 0 ? 1 : 0;
        refused_by_copies(&l, &r, false);
        *rest = was;
    }
    forge_end(&l, &g);
}

/* An exponential of another difference than its quotient. */
static void test_other_exponential(void **state)
{
    struct hcl_test_random r = { 53 };
    struct hcl_fx_graph g = { 0 };
    struct lowered l;
    const struct hcl_block *b = start(&l, &g, &r, false);
    size_t forged = 0;

    (void)state;
    for (uint32_t e = 0; e < KEYS; e++) {
        const size_t cell = cell_of(&l, b, 2, e);
        int64_t y;
        if (!value_of(&l, cell, l.w.cells.q[cell] - 1, &y) || y == l.w.cells.y[cell] ||
            l.w.cells.q[cell] == 0)
            continue;
        const int64_t was = l.w.cells.y[cell];
        l.w.cells.y[cell] = y;
        sum_again(&l, b, 2);
        assert_int_equal(hcl_witness_recount(&l.w), 1);
        refused_by_look_ups(&l, &r, forged++ == 0);
        l.w.cells.y[cell] = was;
        sum_again(&l, b, 2);
    }
    assert_true(forged > 0);
    forge_end(&l, &g);
}

/* All of a vector's quotients moved against its maximum, which keeps the product's identity; false: one of
 * them left its table, and keeps its exponential. */
static bool move_maximum(struct lowered *l, const struct hcl_block *b, uint32_t vector, int64_t by)
{
    bool all = true;

    l->w.cells.y[b->factor + vector] += by;
    l->w.cells.q[b->factor + vector] += by;
    for (uint32_t e = 0; e < b->out_rows * l->prog.lanes; e++) {
        const size_t cell = cell_of(l, b, vector, e);
        if (l->prog.rows[cell / l->prog.lanes].lookups >> cell % l->prog.lanes & 1) {
            if (!set_quotient(l, cell, l->w.cells.q[cell] - by)) {
                l->w.cells.q[cell] -= by;
                all = false;
            }
        } else {
            l->w.cells.q[cell] -= by;
        }
    }
    sum_again(l, b, vector);
    return all;
}

/* A maximum above all elements: nothing but the number of marks, which is 0, is out of its range. One below
 * the largest, whose difference is in no table. */
static void test_other_maximum(void **state)
{
    size_t above = 0, below = 0;

    (void)state;
    for (uint64_t seed = 54; seed < 60; seed++) {
        struct hcl_test_random r = { seed };
        struct hcl_fx_graph g = { 0 };
        struct lowered l;
        const struct hcl_block *b = start(&l, &g, &r, false);
        for (uint32_t vector = 0; vector < VECTORS; vector++)
            for (int64_t by = -1; by <= 1; by += 2) {
                const bool in_tables = move_maximum(&l, b, vector, by);
                const size_t missing = hcl_witness_recount(&l.w);
                lowered_fill(&l, &r);
                assert_true(missing > 0 && only_end_of_sum(&l));
                above += in_tables && by > 0 && missing == 1;
                below += !in_tables && by < 0;
                if ((by > 0 ? above : below) == 1)
                    assert_false(verifier_accepts(&l, &l.circuit));
                move_maximum(&l, b, vector, -by);
                assert_int_equal(hcl_witness_recount(&l.w), 0);
            }
        forge_end(&l, &g);
    }
    assert_true(above > 0 && below > 0);
}

/* A maximum that no score can be, although every difference from it is as before: the product refuses it, and
 * so does its own look-up, without which (acc - r)/S of any remainder r would do. */
static void test_maximum_out_of_range(void **state)
{
    struct hcl_test_random r = { 60 };
    struct hcl_fx_graph g = { 0 };
    struct lowered l;
    const struct hcl_block *b = start(&l, &g, &r, false);
    const struct hcl_fx_tensor *x = &g.tensors[softmax_of(&g)->inputs[0]];

    (void)state;
    l.w.cells.y[b->factor] = l.w.cells.q[b->factor] = x->hi;
    refused_by_copies(&l, &r, false);
    l.w.cells.y[b->factor] = l.w.cells.q[b->factor] = x->hi + 1;
    assert_int_equal(hcl_witness_recount(&l.w), 1);
    forge_end(&l, &g);
}

/* Another quotient of the sum, and so another reciprocal. */
static void test_other_inverse(void **state)
{
    struct hcl_test_random r = { 61 };
    struct hcl_fx_graph g = { 0 };
    struct lowered l;
    const struct hcl_block *b = start(&l, &g, &r, false);
    size_t forged = 0;

    (void)state;
    for (uint32_t vector = 0; vector < VECTORS; vector++)
        for (int step = -1; step <= 1; step += 2) {
            const size_t cell = sum_of(&l, b, vector) + l.prog.lanes;
            const int64_t inverse = l.w.cells.y[cell];
            int64_t y;
            if (!value_of(&l, cell, l.w.cells.q[cell] + step, &y) || y == inverse)
                continue;
            l.w.cells.q[cell] += step;
            l.w.cells.r[cell] -= step * softmax_of(&g)->sum_divisor;
            l.w.cells.y[cell] = y;
            follow(&l, cell / l.prog.lanes);
            assert_true(hcl_witness_recount(&l.w) >= 1);
            refused_by_look_ups(&l, &r, forged++ == 0);
            l.w.cells.q[cell] -= step;
            l.w.cells.r[cell] += step * softmax_of(&g)->sum_divisor;
            l.w.cells.y[cell] = inverse;
            follow(&l, cell / l.prog.lanes);
        }
    assert_true(forged > 0);
    forge_end(&l, &g);
}

/* Another sum of the exponentials, with as many marks. */
static void test_other_sum(void **state)
{
    struct hcl_test_random r = { 62 };
    struct hcl_fx_graph g = { 0 };
    struct lowered l;
    const struct hcl_block *b = start(&l, &g, &r, false);
    const size_t cell = sum_of(&l, b, 3);

    (void)state;
    l.w.cells.y[cell] += softmax_of(&g)->mark;
    l.w.cells.r[cell] += softmax_of(&g)->mark;
    follow(&l, cell / l.prog.lanes);
    refused_by_copies(&l, &r, true);
    forge_end(&l, &g);
}

/* The differences of a vector under another mask than its own, its maximum that of the elements that are
 * left: the identity has the mask's own cells. */
static void test_other_mask(void **state)
{
    struct hcl_test_random r = { 63 };
    struct hcl_fx_graph g = { .output_visibility = HCL_PUBLIC };
    struct lowered l;
    const struct hcl_block *b = start(&l, &g, &r, true);
    size_t forged = 0;

    (void)state;
    for (uint32_t vector = 0; vector < VECTORS; vector++)
        for (uint32_t e = 0; e < KEYS; e++) {
            const size_t cell = cell_of(&l, b, vector, e);
            const int64_t q = l.w.cells.q[cell], other = q < -b->res_at ? q + b->res_at : q - b->res_at;
            if (q == 0 || other == 0 || !set_quotient(&l, cell, other))
                continue;
            sum_again(&l, b, vector);
            refused_by_copies(&l, &r, forged++ == 0);
            assert_true(set_quotient(&l, cell, q));
            sum_again(&l, b, vector);
        }
    assert_true(forged > 0);
    forge_end(&l, &g);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_other_difference),
        cmocka_unit_test(test_other_remainder),
        cmocka_unit_test(test_other_exponential),
        cmocka_unit_test(test_other_maximum),
        cmocka_unit_test(test_maximum_out_of_range),
        cmocka_unit_test(test_other_inverse),
        cmocka_unit_test(test_other_sum),
        cmocka_unit_test(test_other_mask),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

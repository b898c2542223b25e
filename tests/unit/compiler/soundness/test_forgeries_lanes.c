/* SPDX-License-Identifier: Apache-2.0 */
/* Forged witnesses of register programs: quotients out of place in a rescale and in a division by a variable.
 * Everything that follows from the forged cells is computed from them, so that only the check under test can
 * refuse. */
#include "tests/unit/compiler/soundness/follow.h"
#include <math.h>

/* RELU6 after a rescale: the quotient one too high or too low, the remainder moved the other way. A check of
 * r < S alone would accept the first. */
static void test_one_sided_remainder(void **state)
{
    struct hcl_test_random r = { 31 };
    struct hcl_fx_graph g = { 0 };
    struct lowered l;

    (void)state;
    hcl_test_output(&g, hcl_test_unary(&g, hcl_test_input(&g, 3, 3, 2, -90, 90), 8, 6));
    accept_start(&l, &g, 3, &r);
    for (int step = -1; step <= 1; step += 2) {
        size_t forged = 0;
        for (size_t cell = 0; cell < (size_t)l.prog.num_rows * l.prog.lanes; cell++) {
            int64_t y, old = l.w.cells.y[cell], s;
            if (!rescales(&l, cell) || !value_of(&l, cell, l.w.cells.q[cell] + step, &y) || y == old)
                continue;
            s = class_of(&l, cell)->s;
            l.w.cells.q[cell] += step;
            l.w.cells.r[cell] -= step * s;
            l.w.cells.y[cell] = y;
            if (step > 0)
                assert_true(l.w.cells.r[cell] < s);
            assert_int_equal(hcl_witness_recount(&l.w), 1);
            refused_by_look_ups(&l, &r, forged == 0);
            l.w.cells.q[cell] -= step;
            l.w.cells.r[cell] += step * s;
            l.w.cells.y[cell] = old;
            forged++;
        }
        assert_true(forged > 0);
    }
    forge_end(&l, &g);
}

static void softmax_of_five(struct lowered *l, struct hcl_fx_graph *g, struct hcl_test_random *r)
{
    hcl_test_output(g, hcl_test_softmax(g, hcl_test_input(g, 1, 1, 5, -9, 9)));
    accept_start(l, g, 3, r);
}

/* The quotient of the sum, and so the reciprocal, one too high or too low: its remainder leaves its range. */
static void test_other_inverse(void **state)
{
    size_t forged = 0;

    (void)state;
    for (uint64_t seed = 70; seed < 80; seed++) {
        struct hcl_test_random r = { seed };
        struct hcl_fx_graph g = { 0 };
        struct lowered l;
        softmax_of_five(&l, &g, &r);
        for (int step = -1; step <= 1; step += 2) {
            const size_t cell = hinted(&l, HCL_HINT_SUM, 0) + l.prog.lanes;
            const int64_t inverse = l.w.cells.y[cell];
            int64_t y;
            if (!value_of(&l, cell, l.w.cells.q[cell] + step, &y) || y == inverse)
                continue;
            l.w.cells.q[cell] += step;
            l.w.cells.r[cell] -= step * g.nodes[0].sum_divisor;
            l.w.cells.y[cell] = y;
            follow(&l, cell / l.prog.lanes);
            assert_true(hcl_witness_recount(&l.w) >= 1);
            refused_by_look_ups(&l, &r, forged++ < 2);
            l.w.cells.q[cell] -= step;
            l.w.cells.r[cell] += step * g.nodes[0].sum_divisor;
            l.w.cells.y[cell] = inverse;
            follow(&l, cell / l.prog.lanes);
            assert_int_equal(hcl_witness_recount(&l.w), 0);
        }
        lowered_fill(&l, &r);
        assert_int_equal(lowered_violations(&l, true), 0);
        forge_end(&l, &g);
    }
    assert_true(forged > 0);
}

/* Another sum of the exponentials, with as many marks: all follows from it, but it is not the sum. */
static void test_other_sum(void **state)
{
    struct hcl_test_random r = { 33 };
    struct hcl_fx_graph g = { 0 };
    struct lowered l;
    size_t cell;

    (void)state;
    softmax_of_five(&l, &g, &r);
    cell = hinted(&l, HCL_HINT_SUM, 0);
    for (int step = -1; step <= 1; step += 2) {
        l.w.cells.y[cell] += step * g.nodes[0].mark;
        l.w.cells.r[cell] += step * g.nodes[0].mark;
        follow(&l, cell / l.prog.lanes);
        refused_by_copies(&l, &r, true);
        l.w.cells.y[cell] -= step * g.nodes[0].mark;
        l.w.cells.r[cell] -= step * g.nodes[0].mark;
    }
    forge_end(&l, &g);
}

/* A maximum that is none, above all elements: the constant 1 for elements that are not. All exponentials
 * shrink, sum, reciprocal and results follow; only the number of marks, 0, is out of its range. */
static void test_maximum_too_large(void **state)
{
    size_t forged = 0;

    (void)state;
    for (uint64_t seed = 40; seed < 60; seed++) {
        struct hcl_test_random r = { seed };
        struct hcl_fx_graph g = { 0 };
        struct lowered l;
        struct hcl_hint *h;
        size_t cell;
        hcl_test_output(&g, hcl_test_softmax(&g, hcl_test_input(&g, 1, 1, 3, -3, 3)));
        accept_start(&l, &g, 3, &r);
        cell = hinted(&l, HCL_HINT_MAX, 0);
        h = &l.prog.hints[HCL_SRC_INDEX(l.prog.sources[cell])];
        if (l.w.cells.y[cell] < 1) {
            *h = (struct hcl_hint){ .kind = HCL_HINT_MAX, .cell = 0, .count = 1 };
            assert_int_equal(hcl_witness_run(&l.w, NULL), HCL_BAD_INPUT);
            /* 1: no mark, though the sum is large enough for one */
            if (hcl_witness_recount(&l.w) == 1) {
                refused_by_look_ups(&l, &r, forged++ == 0);
            }
        }
        forge_end(&l, &g);
    }
    assert_true(forged > 0);
}

/* A maximum below the largest element, whose difference, 1, is in no table; the others are right. */
static void test_maximum_too_small(void **state)
{
    struct hcl_test_random r = { 34 };
    struct hcl_fx_graph g = { 0 };
    struct lowered l;
    const struct hcl_block *b;

    (void)state;
    softmax_of_five(&l, &g, &r);
    l.w.cells.y[hinted(&l, HCL_HINT_MAX, 0)]--;
    l.w.cells.r[hinted(&l, HCL_HINT_MAX, 0)]--;
    b = &l.prog.blocks[0];
    for (size_t cell = (size_t)b->out_row * 3; cell < (size_t)b->out_row * 3 + b->out_w; cell++)
        if (l.w.cells.q[cell]++ < 0)
            (void)value_of(&l, cell, l.w.cells.q[cell], &l.w.cells.y[cell]);
    for (size_t cell = (size_t)b->out_row * 3 + b->out_w; cell < ((size_t)b->out_row + b->out_rows) * 3;
         cell++)
        l.w.cells.q[cell]++;
    {
        const size_t sum = hinted(&l, HCL_HINT_SUM, 0);
        int64_t total = 0;
        for (uint32_t e = 0; e < b->out_w; e++)
            total += l.w.cells.y[(size_t)b->out_row * 3 + e];
        l.w.cells.y[sum] = l.w.cells.r[sum] = total;
        follow(&l, sum / 3);
    }
    assert_true(hcl_witness_recount(&l.w) >= 1);
    refused_by_look_ups(&l, &r, true);
    forge_end(&l, &g);
}

/* SOFTMAX of five by a mask, an input backwards, so that its rows are copies. */
static const struct hcl_block *masked_softmax_of_five(struct lowered *l, struct hcl_fx_graph *g,
                                                      struct hcl_test_random *r)
{
    const uint32_t x = hcl_test_input(g, 1, 1, 5, -9, 9), mask = hcl_test_computed_mask(g, x, true);

    for (uint32_t i = 0; i < 5; i++)
        g->nodes[0].map[i] = 4 - i;
    hcl_test_output(g, hcl_test_softmax_by(g, x, mask));
    accept_start(l, g, 3, r);
    HCL_CHECK(l->prog.blocks[0].res_rows != 0);
    return &l->prog.blocks[0];
}

/* Exponentials, sum and results again by what is in x, mask and maximum. */
static void softmax_again(struct lowered *l, const struct hcl_block *b)
{
    const size_t sum = hinted(l, HCL_HINT_SUM, 0), lanes = l->prog.lanes;
    struct hcl_err err;
    int64_t total = 0;

    if (hcl_block_run(&l->prog, b, &l->w.cells, NULL, &err) != HCL_OK)
        print_message("%s\n", err.msg);
    for (uint32_t e = 0; e < b->out_w; e++)
        total += l->w.cells.y[(size_t)b->out_row * lanes + e];
    l->w.cells.y[sum] = l->w.cells.r[sum] = total;
    follow(l, sum / lanes);
}

/* The maximum of all elements with a mask's given one: of the vector with that mask, consistent to the end.
 */
static void set_maximum(struct lowered *l, const struct hcl_block *b, bool masked)
{
    const size_t x = (size_t)b->in_row * l->prog.lanes, mask = (size_t)b->res_row * l->prog.lanes;
    int64_t most = INT64_MIN;

    for (uint32_t e = 0; e < b->out_w; e++) {
        const int64_t v = l->w.cells.y[x + e] - (masked ? b->res_at * l->w.cells.y[mask + e] : 0);
        most = v > most ? v : most;
    }
    l->w.cells.y[b->shift] = l->w.cells.r[b->shift] = most;
}

/* A mask other than the input's, in the rows that the SOFTMAX reads: only the copies speak against it. */
static void test_other_mask(void **state)
{
    struct hcl_test_random r = { 38 };

    (void)state;
    for (int i = 0; i < 5; i++) {
        struct hcl_fx_graph g = { .output_visibility = HCL_PUBLIC };
        struct lowered l;
        const struct hcl_block *b = masked_softmax_of_five(&l, &g, &r);
        int64_t *cell = &l.w.cells.y[(size_t)b->res_row * 3 + (size_t)i];
        *cell = 1 - *cell;
        set_maximum(&l, b, true);
        softmax_again(&l, b);
        refused_by_copies(&l, &r, i == 0);
        forge_end(&l, &g);
    }
}

/* A mask that is no truth value: -1 lifts one element above all others. It is the input itself here, whose
 * own look-ups refuse it. */
static void test_mask_out_of_range(void **state)
{
    struct hcl_test_random r = { 39 };
    struct hcl_fx_graph g = { .output_visibility = HCL_PUBLIC };
    struct lowered l;
    const uint32_t x = hcl_test_input(&g, 1, 1, 6, -9, 9), mask = hcl_test_indices(&g, 1, 1, 6, 2);

    (void)state;
    hcl_test_output(&g, hcl_test_softmax_by(&g, x, mask));
    accept_start(&l, &g, 3, &r);
    for (uint32_t e = 0; e < 6; e++) {
        const size_t first = (size_t)l.prog.blocks[0].res_row * 3;
        assert_int_equal(HCL_SRC_KIND(l.prog.sources[first]), HCL_SRC_INPUT);
        for (size_t i = 0; i < 6; i++)
            l.w.cells.y[first + i] = l.w.cells.q[first + i] = i == e ? -1 : 0;
        set_maximum(&l, &l.prog.blocks[0], true);
        softmax_again(&l, &l.prog.blocks[0]);
        assert_int_equal(hcl_witness_recount(&l.w), 1);
        refused_by_look_ups(&l, &r, e == 0);
    }
    forge_end(&l, &g);
}

/* The maximum of all elements where the largest is masked: no element that counts is as large, so there is no
 * mark; and exponentials of masked elements as if they were not, which only the identity in t refuses. */
static void test_masked_maximum(void **state)
{
    size_t forged = 0, ignored = 0;

    (void)state;
    for (uint64_t seed = 90; seed < 110; seed++) {
        struct hcl_test_random r = { seed };
        struct hcl_fx_graph g = { .output_visibility = HCL_PUBLIC };
        struct lowered l;
        const struct hcl_block *b = masked_softmax_of_five(&l, &g, &r);
        const int64_t right = l.w.cells.y[b->shift];
        set_maximum(&l, b, false);
        if (l.w.cells.y[b->shift] != right) {
            struct hcl_block plain = *b;
            softmax_again(&l, b);
            /* no mark; the sum may be less than any with one, too */
            if (hcl_witness_recount(&l.w) >= 1) {
                refused_by_look_ups(&l, &r, forged++ == 0);
            }
            plain.res_rows = plain.res_at = 0;
            softmax_again(&l, &plain);
            refused_by_copies(&l, &r, ignored++ == 0);
        }
        forge_end(&l, &g);
    }
    assert_true(forged > 0 && ignored > 0);
}

/* A result of a sum of vectors one too high or too low, and so its quotient: only the sum in t speaks against
 * it. */
static void test_other_vector_sum(void **state)
{
    struct hcl_test_random r = { 46 };
    struct hcl_fx_graph g = { 0 };
    struct lowered l;
    size_t forged = 0;

    (void)state;
    const uint32_t x = hcl_test_lookup(&g, &r, hcl_test_indices(&g, 1, 2, 1, 4), 4, 23);
    hcl_test_output(&g, hcl_test_add(&g, x, hcl_test_constant(&g, &r, 1, 1, 2, 23, -90, 90), 1, 3, 4));
    accept_start(&l, &g, 3, &r);
    for (uint32_t i = 0; i < l.prog.num_blocks; i++) {
        const struct hcl_block *b = &l.prog.blocks[i];
        const size_t cell = (size_t)b->out_row * l.prog.lanes + b->out_w - 1;
        for (int step = -1; b->kind == HCL_BLOCK_SCALE && step <= 1; step += 2) {
            const int64_t old = l.w.cells.y[cell];
            int64_t y;
            if (!value_of(&l, cell, l.w.cells.q[cell] + step, &y))
                continue;
            l.w.cells.q[cell] += step;
            l.w.cells.y[cell] = y;
            refused_by_copies(&l, &r, forged++ == 0);
            l.w.cells.q[cell] -= step;
            l.w.cells.y[cell] = old;
        }
    }
    assert_true(forged >= 2);
    forge_end(&l, &g);
}

static void norm_of_nine(struct lowered *l, struct hcl_fx_graph *g, struct hcl_test_random *r)
{
    hcl_test_output(g, hcl_test_norm(g, hcl_test_input(g, 1, 1, 9, -90, 90), true));
    accept_start(l, g, 4, r);
}

/* The cells of a root and, three rows above, of its square are these, and what the registers make of them. */
static void set_root(struct lowered *l, size_t root, int64_t w, int64_t square)
{
    const size_t up = 3 * (size_t)l->prog.lanes;

    l->w.cells.y[root - up] = square;
    l->w.cells.r[root - up] = l->w.cells.r[root - up - l->prog.lanes] - square;
    run_registers(l, (root - up) / l->prog.lanes + 1, root / l->prog.lanes);
    l->w.cells.y[root] = w;
    l->w.cells.r[root] = l->w.cells.r[root - l->prog.lanes] + 2 * w;
    follow(l, root / l->prog.lanes);
}

/* The root one too high or too low, all else from it: its remainder is negative, or beyond 2w. */
static void test_root_off_by_one(void **state)
{
    (void)state;
    for (uint64_t seed = 80; seed < 88; seed++) {
        struct hcl_test_random r = { seed };
        struct hcl_fx_graph g = { 0 };
        struct lowered l;
        norm_of_nine(&l, &g, &r);
        const size_t cell = hinted(&l, HCL_HINT_ROOT, 0);
        const int64_t w = l.w.cells.y[cell];
        for (int step = -1; step <= 1; step += 2) {
            set_root(&l, cell, w + step, (w + step) * (w + step));
            assert_true(hcl_witness_recount(&l.w) >= 1);
            refused_by_look_ups(&l, &r, seed == 80);
            set_root(&l, cell, w, w * w);
            assert_int_equal(hcl_witness_recount(&l.w), 0);
        }
        forge_end(&l, &g);
    }
}

/* A root beside the square of another, or a square that is none: all look-ups hold, and only the product that
 * ties them refuses. */
static void test_root_of_another_square(void **state)
{
    (void)state;
    for (int way = 0; way < 2; way++) {
        struct hcl_test_random r = { 89 };
        struct hcl_fx_graph g = { 0 };
        struct lowered l;
        norm_of_nine(&l, &g, &r);
        const size_t cell = hinted(&l, HCL_HINT_ROOT, 0);
        const int64_t w = l.w.cells.y[cell];
        set_root(&l, cell, way ? w + 1 : w, way ? w * w : w * w - 1);
        refused_by_copies(&l, &r, true);
        set_root(&l, cell, w, w * w);
        assert_int_equal(hcl_witness_recount(&l.w), 0);
        lowered_fill(&l, &r);
        assert_int_equal(lowered_violations(&l, true), 0);
        forge_end(&l, &g);
    }
}

/* The mean's share one too high or too low, all else from it: its remainder is not that of a quotient. */
static void test_shift_off_by_one(void **state)
{
    struct hcl_test_random r = { 88 };
    struct hcl_fx_graph g = { 0 };
    struct lowered l;

    (void)state;
    norm_of_nine(&l, &g, &r);
    const size_t cell = hinted(&l, HCL_HINT_DIVIDE, 0);
    assert_true(cell < (size_t)l.prog.num_rows * l.prog.lanes);
    for (int step = -1; step <= 1; step += 2) {
        l.w.cells.y[cell] += step;
        l.w.cells.r[cell] -= step * 9;
        follow(&l, cell / l.prog.lanes);
        assert_true(hcl_witness_recount(&l.w) >= 1);
        refused_by_look_ups(&l, &r, true);
        l.w.cells.y[cell] -= step;
        l.w.cells.r[cell] += step * 9;
        follow(&l, cell / l.prog.lanes);
        assert_int_equal(hcl_witness_recount(&l.w), 0);
    }
    forge_end(&l, &g);
}

/* The reciprocal of the root one too high or too low: its remainder leaves [0, 2w). */
static void test_reciprocal_off_by_one(void **state)
{
    size_t forged = 0;

    (void)state;
    for (uint64_t seed = 70; seed < 80; seed++) {
        struct hcl_test_random r = { seed };
        struct hcl_fx_graph g = { 0 };
        struct lowered l;
        norm_of_nine(&l, &g, &r);
        for (int step = -1; step <= 1; step += 2) {
            const size_t cell = hinted(&l, HCL_HINT_QUOTIENT, 0);
            assert_true(cell < (size_t)l.prog.num_rows * l.prog.lanes);
            l.w.cells.y[cell] += step;
            l.w.cells.r[cell] -= step;
            follow(&l, cell / l.prog.lanes);
            assert_true(hcl_witness_recount(&l.w) >= 1);
            refused_by_look_ups(&l, &r, forged++ < 2);
            l.w.cells.y[cell] -= step;
            l.w.cells.r[cell] += step;
            follow(&l, cell / l.prog.lanes);
            assert_int_equal(hcl_witness_recount(&l.w), 0);
        }
        lowered_fill(&l, &r);
        assert_int_equal(lowered_violations(&l, true), 0);
        forge_end(&l, &g);
    }
}

/* Another sum, or another sum of squares, all else from it. */
static void test_other_moments(void **state)
{
    static const hcl_hint_kind kinds[] = { HCL_HINT_SUM, HCL_HINT_SQUARES };
    struct hcl_test_random r = { 35 };
    struct hcl_fx_graph g = { 0 };
    struct lowered l;

    (void)state;
    norm_of_nine(&l, &g, &r);
    const size_t square = hinted(&l, HCL_HINT_SQUARE, 0), root = hinted(&l, HCL_HINT_ROOT, 0);
    for (int i = 0; i < 2; i++) {
        const size_t cell = hinted(&l, kinds[i], 0);
        const int64_t was = l.w.cells.y[cell];
        l.w.cells.y[cell] += 1;
        run_registers(&l, cell / 4, square / 4);
        const int64_t w = (int64_t)sqrt((double)l.w.cells.r[square - 4]);
        set_root(&l, root, w, w * w);
        refused_by_copies(&l, &r, true);
        l.w.cells.y[cell] = was;
        run_registers(&l, cell / 4, square / 4);
    }
    forge_end(&l, &g);
}

/* A quotient one too high or too low, of dividends below 0 and above, all else from it: the remainder is
 * negative, or not below the divisor. Rounded towards 0, as C divides, is one too high below 0. */
static void test_other_quotient(void **state)
{
    enum { LANES = 3, ROWS = 9 /* behind the quotient, the last of them a rescale by 1 */ };
    struct hcl_test_random r = { 38 };
    struct hcl_fx_graph g = { 0 };
    struct lowered l;
    uint32_t x = hcl_test_input(&g, 3, 4, 2, -40, 40), y = hcl_test_input(&g, 3, 4, 2, 1, 9);
    size_t forged = 0, below = 0;

    (void)state;
    hcl_test_output(&g, hcl_test_floor_div(&g, x, y, 2, 3));
    accept_start(&l, &g, LANES, &r);
    for (size_t cell = hinted(&l, HCL_HINT_FLOOR, 0); cell < (size_t)l.prog.num_rows * LANES;
         cell = hinted(&l, HCL_HINT_FLOOR, cell + 1)) {
        const size_t last = cell + ROWS * LANES;
        for (int step = -1; step <= 1; step += 2) {
            const int64_t q = l.w.cells.y[cell] + step;
            l.w.cells.y[cell] = l.w.cells.r[cell] = q;
            run_registers(&l, cell / LANES + 1, cell / LANES + ROWS);
            assert_int_equal(l.w.cells.q[last], q - step);
            l.w.cells.q[last] = q;
            assert_true(value_of(&l, last, q, &l.w.cells.y[last]));
            assert_true(hcl_witness_recount(&l.w) >= 1);
            refused_by_look_ups(&l, &r, forged++ < 2);
            l.w.cells.y[cell] = l.w.cells.r[cell] = l.w.cells.q[last] = q - step;
            (void)value_of(&l, last, q - step, &l.w.cells.y[last]);
            run_registers(&l, cell / LANES + 1, cell / LANES + ROWS);
            assert_int_equal(hcl_witness_recount(&l.w), 0);
            below += q < 0;
        }
    }
    assert_true(below > 9 && forged > below + 9);
    forge_end(&l, &g);
}

/* A channel of a GroupNorm by the scalars of another group: only its identity in s can tell. */
static void test_other_group(void **state)
{
    struct hcl_test_random r = { 56 };

    (void)state;
    for (uint32_t channel = 0; channel < 4; channel++) {
        struct hcl_fx_graph g = { .output_visibility = HCL_PUBLIC };
        struct lowered l;
        struct hcl_err err;
        const uint32_t x = hcl_test_input(&g, 6, 6, 4, -90, 90);
        hcl_test_output(&g, hcl_test_group_norm(&g, x, 2));
        accept_start(&l, &g, 4, &r);
        struct hcl_block *b = &l.prog.blocks[channel];
        const struct hcl_block *other = &l.prog.blocks[3 - channel];
        assert_int_equal(l.prog.num_blocks, 4);
        assert_int_not_equal(b->factor, other->factor);
        b->factor = other->factor;
        b->shift = other->shift;
        assert_ok(hcl_block_run(&l.prog, b, &l.w.cells, NULL, &err), err);
        refused_by_copies(&l, &r, channel == 0);
        forge_end(&l, &g);
    }
}

/* Is the cell a lane of a comparison: a look-up of a difference as it is? */
static bool compares(const struct lowered *l, size_t cell)
{
    const struct hcl_row *row = &l->prog.rows[cell / l->prog.lanes];

    return row->flags & HCL_ROW_REG && row->lookups >> cell % l->prog.lanes & 1 && class_of(l, cell)->s == 1;
}

/* What is chosen follows a truth value: the rows behind the last comparison. */
static void choose_again(struct lowered *l)
{
    size_t from = (size_t)l->prog.num_rows * l->prog.lanes;

    while (from > 0 && !compares(l, from - 1))
        from--;
    run_registers(l, from / l->prog.lanes + (from % l->prog.lanes != 0), l->prog.num_rows);
}

/* x > y ? x : y with the truth value turned: where they are equal, and anywhere else. By the value alone, and
 * by a difference that is not there. */
static void test_other_truth(void **state)
{
    struct hcl_test_random r = { 37 };
    struct hcl_fx_graph g = { 0 };
    struct lowered l;
    uint32_t x = hcl_test_input(&g, 3, 4, 2, -2, 2), y = hcl_test_input(&g, 3, 4, 2, -2, 2);
    size_t forged = 0, equal = 0;

    (void)state;
    hcl_test_output(&g, hcl_test_select(&g, hcl_test_greater(&g, x, y, 2), x, y, 2, 2));
    accept_start(&l, &g, 3, &r);
    for (size_t cell = 0; cell < (size_t)l.prog.num_rows * l.prog.lanes; cell++) {
        const int64_t old = l.w.cells.y[cell], q = l.w.cells.q[cell], step = old == 0 ? 1 - q : -q;
        if (!compares(&l, cell))
            continue;
        for (int moved = 0; moved < 2; moved++) {
            l.w.cells.y[cell] = 2 - old;
            l.w.cells.q[cell] = q + moved * step;
            l.w.cells.r[cell] = -moved * step;
            choose_again(&l);
            assert_int_equal(hcl_witness_recount(&l.w), 1);
            refused_by_look_ups(&l, &r, forged++ < 2);
        }
        equal += q == 0;
        l.w.cells.y[cell] = old;
        l.w.cells.q[cell] = q;
        l.w.cells.r[cell] = 0;
    }
    assert_true(equal > 1 && forged > 2 * equal);
    forge_end(&l, &g);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_maximum_too_large),
        cmocka_unit_test(test_maximum_too_small),
        cmocka_unit_test(test_one_sided_remainder),
        cmocka_unit_test(test_other_sum),
        cmocka_unit_test(test_other_inverse),
        cmocka_unit_test(test_reciprocal_off_by_one),
        cmocka_unit_test(test_other_vector_sum),
        cmocka_unit_test(test_root_off_by_one),
        cmocka_unit_test(test_root_of_another_square),
        cmocka_unit_test(test_shift_off_by_one),
        cmocka_unit_test(test_other_moments),
        cmocka_unit_test(test_other_truth),
        cmocka_unit_test(test_other_mask),
        cmocka_unit_test(test_mask_out_of_range),
        cmocka_unit_test(test_masked_maximum),
        cmocka_unit_test(test_other_quotient),
        cmocka_unit_test(test_other_group),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

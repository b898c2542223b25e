/* SPDX-License-Identifier: Apache-2.0 */
/* Forged witnesses of register programs: quotients out of place in a rescale and in a division by a variable.
 * Everything that follows from the forged cells is computed from them, so that only the check under test can
 * refuse. */
#include "tests/unit/compiler/soundness/forge.h"

/* Is the cell a lane of a rescale with function look-up and S > 1? */
static bool rescales(const struct lowered *l, size_t cell)
{
    const struct hcl_row *row = &l->prog.rows[cell / l->prog.lanes];

    return row->flags & HCL_ROW_REG && row->lookups >> cell % l->prog.lanes & 1 && class_of(l, cell)->s > 1;
}

/* The register programs of rows [from, to) again, tables or not. */
static void run_registers(struct lowered *l, size_t from, size_t to)
{
    size_t lanes = l->prog.lanes;

    for (size_t cell = from * lanes; cell < to * lanes; cell++) {
        const struct hcl_row_class *c = class_of(l, cell);
        int64_t above = l->w.cells.r[cell - lanes], *y = &l->w.cells.y[cell], acc;
        if (HCL_SRC_KIND(l->prog.sources[cell]) == HCL_SRC_CELL)
            *y = l->w.cells.y[HCL_SRC_INDEX(l->prog.sources[cell])];
        acc = c->c0 * above + c->c1 * *y + c->c2 * above * *y;
        l->w.cells.q[cell] = 0;
        if (rescales(l, cell)) {
            int64_t t = acc - l->prog.ranges[c->range].lo, q = t / c->s - (t % c->s < 0);
            l->w.cells.q[cell] = q;
            acc -= q * c->s;
            if (!value_of(l, cell, q, y))
                *y = q;
        }
        l->w.cells.r[cell] = acc;
    }
}

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
            lowered_fill(&l, &r);
            assert_true(only_gate(&l, "running sum ends"));
            if (forged == 0)
                assert_false(verifier_accepts(&l, &l.circuit));
            l.w.cells.q[cell] -= step;
            l.w.cells.r[cell] += step * s;
            l.w.cells.y[cell] = old;
            forged++;
        }
        assert_true(forged > 0);
    }
    forge_end(&l, &g);
}

/* Softmax's quotients are a row of hints, followed by two rows that split them into limbs and ten for the
 * remainder. */
#define LIMBS 2
#define PRODUCT 4
#define DIVISION_ROWS 12

static bool is_quotient(const struct lowered *l, size_t cell)
{
    return HCL_SRC_KIND(l->prog.sources[cell]) == HCL_SRC_RATIO;
}

static void softmax_of_five(struct lowered *l, struct hcl_fx_graph *g, struct hcl_test_random *r)
{
    hcl_test_output(g, hcl_test_softmax(g, hcl_test_input(g, 1, 1, 5, -9, 9)));
    accept_start(l, g, 3, r);
}

/* Division by a variable, every quotient one too high and one too low: the remainder leaves [0, 2s). */
static void test_quotient_off_by_one(void **state)
{
    struct hcl_test_random r = { 32 };
    struct hcl_fx_graph g = { 0 };
    struct lowered l;
    size_t forged = 0;

    (void)state;
    softmax_of_five(&l, &g, &r);
    for (size_t cell = 0; cell < (size_t)l.prog.num_rows * l.prog.lanes; cell++) {
        for (int step = -1; is_quotient(&l, cell) && step <= 1; step += 2) {
            size_t row = cell / l.prog.lanes;
            l.w.cells.y[cell] += step;
            run_registers(&l, row + 1, row + 1 + DIVISION_ROWS);
            assert_true(hcl_witness_recount(&l.w) >= 1);
            lowered_fill(&l, &r);
            assert_true(only_gate(&l, "running sum ends"));
            if (forged < 2)
                assert_false(verifier_accepts(&l, &l.circuit));
            l.w.cells.y[cell] -= step;
            run_registers(&l, row + 1, row + 1 + DIVISION_ROWS);
            assert_int_equal(hcl_witness_recount(&l.w), 0);
            forged++;
        }
    }
    assert_true(forged >= 5);
    lowered_fill(&l, &r);
    assert_int_equal(lowered_violations(&l, true), 0);
    forge_end(&l, &g);
}

/* H of a lane as its gate wants it, for the field values now in the columns; the running sum follows. */
static void repair_helper(struct lowered *l, size_t row, uint32_t lane)
{
    uint32_t lanes = l->prog.lanes;
    const struct hcl_row_class *c = &l->prog.classes[l->prog.rows[row].cls];
    hcl_fr *h = &l->advice[hcl_col_h(lanes, lane)][row], *phi = l->advice[hcl_col_phi(lanes)];
    const hcl_fr *theta = &l->challenges[HCL_CH_THETA], *beta = &l->challenges[HCL_CH_BETA];
    hcl_fr d1, d2, sum, old = *h;

    hcl_fr_from_u64(&sum, l->prog.fns[c->fn].tag);
    hcl_fr_mul(&d1, &l->advice[hcl_col_y(lanes, lane)][row], theta);
    hcl_fr_add(&d1, &d1, &l->advice[hcl_col_q(lanes, lane)][row]);
    hcl_fr_mul(&d1, &d1, theta);
    hcl_fr_add(&d1, &d1, &sum);
    hcl_fr_add(&d1, &d1, beta);
    hcl_fr_from_u64(&sum, l->prog.ranges[c->range].tag);
    hcl_fr_mul(&d2, &l->advice[hcl_col_r(lanes, lane)][row], theta);
    hcl_fr_add(&d2, &d2, &sum);
    hcl_fr_add(&d2, &d2, beta);
    hcl_fr_add(&sum, &d1, &d2);
    hcl_fr_mul(&d1, &d1, &d2);
    hcl_fr_inv(&d1, &d1);
    hcl_fr_mul(h, &sum, &d1);
    hcl_fr_sub(&old, h, &old);
    for (size_t i = row + 1; i < l->circuit.usable_rows; i++)
        hcl_fr_add(&phi[i], &phi[i], &old);
}

/* The quotient taken as a field element: y' = y - 1/(2s) leaves the remainder r + 1, which is in range.
 * Without the look-up of y's upper limb everything would hold. */
static void forge_quotient(struct lowered *l, size_t cell, struct hcl_test_random *r)
{
    uint32_t lanes = l->prog.lanes, lane = (uint32_t)(cell % lanes);
    size_t row = cell / lanes, limbs = cell + LIMBS * lanes;
    hcl_fr y, upper, tmp;

    lowered_fill(l, r);
    hcl_fr_from_i64(&y, -l->w.cells.r[cell + (PRODUCT - 1) * lanes]); /* the register holds -2s */
    hcl_fr_inv(&y, &y);
    hcl_fr_from_i64(&tmp, l->w.cells.y[cell]);
    hcl_fr_sub(&y, &tmp, &y);
    hcl_fr_from_i64(&tmp, l->w.cells.r[limbs]);
    hcl_fr_sub(&upper, &y, &tmp);
    hcl_fr_from_i64(&tmp, class_of(l, limbs)->s);
    hcl_fr_inv(&tmp, &tmp);
    hcl_fr_mul(&upper, &upper, &tmp);
    l->advice[hcl_col_y(lanes, lane)][row] = y;
    l->advice[hcl_col_y(lanes, lane)][row + 1] = y;
    l->advice[hcl_col_r(lanes, lane)][row + 1] = y;
    l->advice[hcl_col_q(lanes, lane)][row + LIMBS] = upper;
    l->advice[hcl_col_y(lanes, lane)][row + LIMBS] = upper;
    l->advice[hcl_col_y(lanes, lane)][row + PRODUCT] = y;
    repair_helper(l, row + LIMBS, lane);
}

static void test_unbounded_quotient(void **state)
{
    struct hcl_test_random r = { 33 };
    struct hcl_fx_graph g = { 0 };
    struct lowered l;
    size_t forged = 0;

    (void)state;
    softmax_of_five(&l, &g, &r);
    for (size_t cell = 0; cell < (size_t)l.prog.num_rows * l.prog.lanes; cell++) {
        size_t row = cell / l.prog.lanes, limbs = cell + LIMBS * l.prog.lanes,
               product = cell + PRODUCT * l.prog.lanes;
        if (!is_quotient(&l, cell))
            continue;
        int64_t old = l.w.cells.q[limbs];
        assert_int_equal(HCL_SRC_INDEX(l.prog.sources[product]), cell);
        l.w.cells.r[product]++;
        run_registers(&l, row + PRODUCT + 1, row + 1 + DIVISION_ROWS);
        l.w.cells.q[limbs] = INT64_MAX; /* in no table; the field value takes its place */
        if (hcl_witness_recount(&l.w) == 1) {
            forge_quotient(&l, cell, &r);
            assert_true(only_gate(&l, "running sum ends"));
            forged++;
        }
        l.w.cells.q[limbs] = old;
        run_registers(&l, row + 1, row + 1 + DIVISION_ROWS);
        assert_int_equal(hcl_witness_recount(&l.w), 0);
    }
    assert_true(forged > 0);
    forge_end(&l, &g);
}

/* A maximum that is none: the hint taken from the constant 1 above all elements. All exponentials shrink, sum
 * and quotients follow; only the product that must be 0 is not. */
static void test_maximum_too_large(void **state)
{
    size_t forged = 0;

    (void)state;
    for (uint64_t seed = 40; seed < 60; seed++) {
        struct hcl_test_random r = { seed };
        struct hcl_fx_graph g = { 0 };
        struct lowered l;
        uint32_t *list = NULL;
        int64_t most = INT64_MIN;
        hcl_test_output(&g, hcl_test_softmax(&g, hcl_test_input(&g, 1, 1, 3, -3, 3)));
        accept_start(&l, &g, 3, &r);
        for (size_t cell = 0; cell < (size_t)l.prog.num_rows * l.prog.lanes; cell++) {
            if (HCL_SRC_KIND(l.prog.sources[cell]) == HCL_SRC_MAX)
                list = l.prog.lists + HCL_SRC_INDEX(l.prog.sources[cell]);
        }
        assert_non_null(list);
        for (uint32_t i = 1; i <= list[0]; i++)
            most = l.w.cells.y[list[i]] > most ? l.w.cells.y[list[i]] : most;
        for (uint32_t i = 1; i <= list[0]; i++)
            list[i] = 0; /* Y_0 of row 0: one */
        if (most < 1) {
            assert_int_equal(hcl_witness_run(&l.w, NULL), HCL_OK);
            lowered_fill(&l, &r);
            assert_true(only_copies(&l));
            if (forged++ == 0)
                assert_false(verifier_accepts(&l, &l.circuit));
        }
        forge_end(&l, &g);
    }
    assert_true(forged > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_maximum_too_large),
                                        cmocka_unit_test(test_one_sided_remainder),
                                        cmocka_unit_test(test_quotient_off_by_one),
                                        cmocka_unit_test(test_unbounded_quotient) };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* How integers are written in weight columns: limbs put together again, and passes over any number of
 * columns. */
#include "common/witness/columns.h"
#include "compiler/gadgets/weights.h"
#include "tests/unit/compiler/support/accept.h"

static void check_value(int64_t v)
{
    uint32_t limbs = hcl_weight_limbs(v < 0 ? v : 0, v > 0 ? v : 0);
    __int128 sum = 0;

    assert_true(limbs >= 1 && limbs <= HCL_MAX_WEIGHT_LIMBS);
    for (uint32_t k = 0; k < limbs; k++)
        sum += (__int128)hcl_weight_limb(v, k) * ((__int128)1 << (16 * k));
    assert_true(sum == v);
    assert_true(limbs == 1 || hcl_weight_limb(v, limbs - 1) != 0); /* no limb too many */
}

static void test_limbs(void **state)
{
    struct hcl_test_random r = { 41 };

    (void)state;
    for (int e = 0; e <= 61; e++) {
        for (int64_t d = -2; d <= 2; d++) {
            check_value(((int64_t)1 << e) + d);
            check_value(-((int64_t)1 << e) + d);
        }
    }
    for (int i = 0; i < 10000; i++)
        check_value((int64_t)hcl_test_next(&r) >> hcl_test_between(&r, 2, 63));
}

/* A limb more is asked for exactly where 16 bits end. */
static void test_ends(void **state)
{
    (void)state;
    assert_int_equal(hcl_weight_limbs(INT16_MIN, INT16_MAX), 1);
    assert_int_equal(hcl_weight_limbs(0, INT16_MAX + 1), 2);
    assert_int_equal(hcl_weight_limbs(INT16_MIN - 1, 5), 2);
}

/* Every weight has a place of its own within the pass, and is found there again. */
static void check_spread(const struct hcl_spread *s, uint32_t digits)
{
    const uint32_t length = hcl_spread_length(s);
    uint32_t found = 0;

    assert_true(length <= s->count && hcl_spread_digits(s) <= digits);
    assert_true((uint64_t)hcl_spread_digits(s) * length >= s->count);
    for (uint32_t e = 0; e < s->count; e++) {
        const struct hcl_place at = hcl_spread_place(s, e);
        assert_true(at.digit < hcl_spread_digits(s) && at.index < length);
        assert_int_equal(hcl_spread_weight(s, at.digit, at.index), e);
    }
    for (uint32_t d = 0; d < HCL_MAX_DIGITS; d++)
        for (uint32_t i = 0; i < length + 3; i++)
            found += hcl_spread_weight(s, d, i) != UINT32_MAX;
    assert_int_equal(found, s->count);
}

static void test_spreads(void **state)
{
    (void)state;
    for (uint32_t digits = 1; digits <= HCL_MAX_DIGITS; digits++)
        for (uint32_t n = 1; n < 90; n++) {
            const struct hcl_spread plain = hcl_spread_plain(n),
                                    channels = hcl_spread_channels(digits, 1 + n % 3, n);
            check_spread(&plain, 1);
            check_spread(&channels, digits);
            for (uint32_t lanes = 2; lanes < 12; lanes++) {
                const struct hcl_spread first = hcl_spread_first(digits, lanes, n),
                                        last = hcl_spread_last(digits, lanes, n);
                check_spread(&first, digits);
                check_spread(&last, digits);
                assert_int_equal(first.count, (n + lanes - 1) / lanes * lanes);
                assert_int_equal(last.count, n);
                /* lanes that hold no output share no index */
                for (uint32_t e = 0; digits > 1 && n % lanes && e < lanes; e++)
                    for (uint32_t d = 1; d < digits; d++)
                        assert_int_equal(hcl_spread_weight(&first, d, hcl_spread_place(&first, e).index),
                                         UINT32_MAX);
            }
        }
}

/* The counting machine and the one that keeps weights agree on rows, for every number of columns. */
static void test_counts(void **state)
{
    const int16_t values[40] = { 0 };

    (void)state;
    for (uint32_t columns = 1; columns < 20; columns++) {
        struct hcl_machine kept, counted;
        struct hcl_err err;
        assert_ok(hcl_machine_init(&kept, 3, columns, 1000, &err), err);
        assert_ok(hcl_machine_init(&counted, 3, 0, 1000, &err), err);
        for (uint32_t n = 1; n <= 40; n++) {
            struct hcl_cell one = hcl_cell_y(&kept, hcl_machine_one(&kept));
            struct hcl_cell end = hcl_machine_weights(&kept, values, n, one, n % 3 == 0);
            assert_int_equal(end.row + 1, hcl_machine_next_weight_row(&kept));
            hcl_machine_weights(&counted, values, n, one, n % 3 == 0);
        }
        assert_ok(hcl_machine_status(&kept, &err), err);
        assert_ok(hcl_machine_status(&counted, &err), err);
        assert_int_equal(hcl_machine_weight_rows(&counted, columns), hcl_machine_next_weight_row(&kept));
        assert_int_equal(hcl_machine_weight_rows(&kept, columns), hcl_machine_next_weight_row(&kept));
        hcl_machine_clear(&kept);
        hcl_machine_clear(&counted);
    }
}

/* A sum cannot go on from nothing, nor multiply by what is not there. */
static void test_refusals(void **state)
{
    const int16_t value = 1;

    (void)state;
    for (int i = 0; i < 3; i++) {
        struct hcl_machine m;
        struct hcl_err err;
        struct hcl_cell by = hcl_cell_at(i == 1 ? 7 : 0, i == 2 ? HCL_AT_D : 0);
        assert_ok(hcl_machine_init(&m, 3, 2, 1000, &err), err);
        hcl_machine_weights(&m, &value, 1, by, i == 0);
        assert_int_equal(hcl_machine_status(&m, &err), HCL_BAD_INPUT);
        hcl_machine_clear(&m);
    }
}

/* More columns than one block of the sum in the gate has: the sum is right, and no weight of any block is
 * free. */
static void test_many_columns(void **state)
{
    enum { COLUMNS = 600, OUTPUTS = 590 };
    struct hcl_test_random r = { 43 };

    (void)state;
    for (int private = 0; private < 2; private ++) {
        struct hcl_fx_graph g = { .weight_visibility = private ? HCL_PRIVATE : HCL_PUBLIC };
        struct hcl_test_conv s = {
            .kernel_h = 1, .kernel_w = 1, .stride_y = 1, .stride_x = 1, .outputs = OUTPUTS, .weight_max = 90
        };
        struct lowered l;

        s.divisor = 16;
        s.bias_max = 40;
        hcl_test_output(&g, hcl_test_conv(&g, &r, hcl_test_input(&g, 1, 1, 5, -20, 20), &s));
        lowered_build_columns(&l, &g, 4, COLUMNS);
        lowered_run(&l, &r);
        lowered_fill(&l, &r);
        assert_int_equal(lowered_violations(&l, true), 0);
        assert_int_equal(l.prog.weight_columns, COLUMNS);
        for (uint32_t i = 0; private && i < OUTPUTS; i += 41) {
            hcl_fr *w = &l.advice[hcl_col_w(l.prog.lanes, i)][1];
            const hcl_fr was = *w;
            hcl_fr_add(w, w, &hcl_fr_one);
            assert_true(lowered_violations(&l, false) > 0);
            *w = was;
        }
        lowered_clear(&l);
        hcl_fx_graph_clear(&g);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_many_columns), cmocka_unit_test(test_limbs),  cmocka_unit_test(test_ends),
        cmocka_unit_test(test_spreads),      cmocka_unit_test(test_counts), cmocka_unit_test(test_refusals)
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* The lane machine: what it refuses, which tables it joins, what the wide cells hold. */
#include "tests/support/test.h"

#include "common/witness/columns.h"
#include "common/witness/run.h"
#include "compiler/layout/finish.h"

static struct hcl_machine machine(uint32_t lanes, uint32_t rows)
{
    struct hcl_machine m;
    struct hcl_err err;

    assert_ok(hcl_machine_init(&m, lanes, 2, rows, &err), err);
    return m;
}

static void refused(struct hcl_machine *m, const char *text)
{
    struct hcl_err err = { "" };

    assert_int_equal(hcl_machine_status(m, &err), HCL_BAD_INPUT);
    if (!strstr(err.msg, text))
        fail_msg("message '%s' does not say '%s'", err.msg, text);
    hcl_machine_clear(m);
}

static void test_refusals(void **state)
{
    struct hcl_machine m = machine(3, 100);
    struct hcl_row_spec two = { .flags = HCL_ROW_HZ | HCL_ROW_DOT };
    struct hcl_row_spec off = { .flags = HCL_ROW_REG, .c2 = -1 }; /* reg, 1 + c2, would turn the gate off */
    struct hcl_row_spec ahead = { .y = { HCL_SRC_CELL | 6 } };
    struct hcl_cell later = { .row = 9, .at = HCL_AT_A0 };
    struct hcl_err err;

    (void)state;
    hcl_machine_row(&m, &two);
    refused(&m, "exclude each other");
    m = machine(3, 100);
    hcl_machine_row(&m, &off);
    refused(&m, "exclude each other");
    m = machine(3, 100);
    hcl_machine_row(&m, &ahead);
    refused(&m, "not earlier");
    m = machine(3, 100);
    hcl_machine_dot(&m, later, later, false);
    refused(&m, "not earlier");
    m = machine(3, 5);
    for (int i = 0; i < 4; i++)
        hcl_machine_copy_rows(&m, (uint32_t[]){ 0, 0, 0 }, 3, 0);
    assert_int_equal(hcl_machine_next_row(&m), 5);
    refused(&m, "more than 5 rows");
    assert_int_equal(hcl_machine_init(&m, HCL_MAX_LANES + 1, 2, 100, &err), HCL_BAD_INPUT);
    hcl_machine_clear(&m);
}

/* The first failure stays, and what follows it does no harm. */
static void test_sticky(void **state)
{
    struct hcl_machine m = machine(2, 10);
    struct hcl_view v;

    (void)state;
    hcl_machine_fail(&m, HCL_BAD_INPUT, "first");
    hcl_machine_fail(&m, HCL_BAD_INPUT, "second");
    v = hcl_machine_view(&m, 2, 2, 2);
    assert_int_equal(hcl_view_cell(&m, &v, 0, 0, 0), 0);
    hcl_machine_s_power(&m, 77);
    hcl_machine_hy(&m, 3, 8);
    hcl_machine_weights(&m, &(int16_t){ 5 }, 1, hcl_cell_y(&m, 0), false);
    refused(&m, "first");
}

static void test_tables(void **state)
{
    struct hcl_machine m = machine(2, 100);
    const int64_t relu[] = { 0, 0, 0, 1, 2 }, other[] = { 0, 0, 9 }, zeros[8] = { 0 };
    struct hcl_err err;
    uint32_t rows;

    (void)state;
    assert_int_equal(hcl_machine_fn(&m, -2, 2, relu), hcl_machine_fn(&m, -2, 2, relu));
    hcl_machine_fn(&m, 1, 40, NULL);            /* exact: kept beside [-2, 2], with which it agrees on 1, 2 */
    hcl_machine_fn_within(&m, 1, 20, NULL);     /* [1, 40] has its entries */
    hcl_machine_fn_within(&m, -1, 1, relu + 1); /* [-2, 2] has them */
    hcl_machine_fn_within(&m, -2, 0, other);    /* disagrees at 0 with all: kept */
    hcl_machine_fn_within(&m, 1, 41, NULL);     /* longer than all: kept */
    hcl_machine_fn(&m, -4, 3, zeros);           /* shares the rows of the range */
    hcl_machine_range(&m, -4, 3);
    assert_int_equal(hcl_machine_remainder(&m, 8), hcl_machine_range(&m, -4, 3));
    assert_ok(hcl_machine_finish(&m, &err), err);
    /* constants 1 + 0 (shared with the range of 0) + range 1 */
    rows = 1 + 1 + 5 + 40 + 3 + 41 + 8;
    assert_int_equal(m.prog.table_rows, rows);
    for (uint32_t i = 0; i < m.prog.num_fns; i++) {
        for (uint32_t j = 0; j < i; j++)
            assert_int_not_equal(m.prog.fns[i].tag, m.prog.fns[j].tag);
        assert_int_not_equal(m.prog.fns[i].tag, 0);
    }
    hcl_machine_clear(&m);
}

static hcl_fr power_of(const hcl_fr *x, uint64_t e)
{
    hcl_fr v;

    hcl_fr_pow_u64(&v, x, e);
    return v;
}

/* Powers of s, t and 2, a pass over values and one over weights, computed by the runner. */
static void test_wide_cells(void **state)
{
    const uint64_t exponents[] = { 1, 2, 3, 7, 8, 21, 100, 99, 101 };
    struct hcl_machine m = machine(3, 200);
    struct hcl_cell s[9], t[9], two, pass, again, weights, squared;
    struct hcl_program p;
    struct hcl_witness w;
    struct hcl_err err;
    hcl_fr ch[HCL_NUM_CHALLENGES], want, *a[5];
    uint32_t cols[5], values[7], first;

    (void)state;
    for (int i = 0; i < 9; i++) {
        s[i] = hcl_machine_s_power(&m, exponents[i]);
        t[i] = hcl_machine_t_power(&m, exponents[i]);
    }
    two = hcl_machine_two_power(&m, 61);
    for (uint32_t i = 0; i < 7; i++)
        values[i] = i & 1 ? hcl_machine_one(&m) : hcl_machine_zero(&m);
    first = hcl_machine_copy_rows(&m, values, 7, 0);
    pass = hcl_machine_hy(&m, first, 3);
    again = hcl_machine_hy(&m, first, 3);
    assert_int_equal(pass.row, again.row);
    assert_int_not_equal(hcl_machine_hy(&m, first, 2).row, first + 1); /* A1 is taken: other rows */
    /* s^2*(7 + 8t - 9t^2 + 0t^3 + 5t^4) - 3 over two columns */
    hcl_machine_weights(&m, (int16_t[]){ 7, 8, -9, 0, 5 }, 5, s[1], false);
    weights = hcl_machine_weights(&m, (int16_t[]){ -3 }, 1, hcl_cell_y(&m, hcl_machine_one(&m)), true);
    squared = hcl_machine_dot(&m, weights, weights, false);
    assert_ok(hcl_machine_finish(&m, &err), err);
    struct hcl_machine_shape shape = { .k = hcl_machine_min_k(&m, 2, 0) };
    hcl_machine_take_program(&m, &shape, &p);
    assert_ok(hcl_witness_init(&w, &p, &err), err);
    assert_ok(hcl_witness_run(&w, &err), err);
    for (uint32_t i = 0; i < HCL_NUM_CHALLENGES; i++)
        hcl_fr_from_u64(&ch[i], 1000003 + 77 * i);
    for (uint32_t i = 0; i < 5; i++) {
        cols[i] = hcl_col_a0(3) + i;
        a[i] = calloc((size_t)1 << p.k, sizeof(hcl_fr));
        assert_non_null(a[i]);
    }
    struct hcl_witness_source source = hcl_witness_source(&w);
    assert_ok(source.fill(source.ctx, 1, ch, cols, 5, a, 1, &err), err);
    for (int i = 0; i < 9; i++) {
        want = power_of(&ch[HCL_CH_S], exponents[i]);
        assert_true(hcl_fr_eq(&a[s[i].at - HCL_AT_A0][s[i].row], &want));
        want = power_of(&ch[HCL_CH_T], exponents[i]);
        assert_true(hcl_fr_eq(&a[t[i].at - HCL_AT_A0][t[i].row], &want));
    }
    hcl_fr_from_u64(&want, (uint64_t)1 << 61);
    assert_true(hcl_fr_eq(&a[0][two.row], &want));
    /* 0 1 0 1 0 1 0 0 0: s^7 + s^5 + s^3 */
    hcl_fr v7 = power_of(&ch[HCL_CH_S], 7), v5 = power_of(&ch[HCL_CH_S], 5), v3 = power_of(&ch[HCL_CH_S], 3);
    hcl_fr_add(&want, &v7, &v5);
    hcl_fr_add(&want, &want, &v3);
    assert_true(hcl_fr_eq(&a[1][pass.row], &want));
    hcl_fr sum, coeff;
    hcl_fr_from_i64(&sum, 5);
    for (int i = 3; i >= 0; i--) {
        hcl_fr_mul(&sum, &sum, &ch[HCL_CH_T]);
        hcl_fr_from_i64(&coeff, (int[]){ 7, 8, -9, 0 }[i]);
        hcl_fr_add(&sum, &sum, &coeff);
    }
    want = power_of(&ch[HCL_CH_S], 2);
    hcl_fr_mul(&want, &want, &sum);
    hcl_fr_from_i64(&coeff, -3);
    hcl_fr_add(&want, &want, &coeff);
    assert_true(hcl_fr_eq(&a[weights.at - HCL_AT_A0][weights.row], &want));
    hcl_fr_sqr(&want, &want);
    assert_true(hcl_fr_eq(&a[0][squared.row], &want));
    for (uint32_t i = 0; i < 5; i++)
        free(a[i]);
    hcl_witness_clear(&w);
    hcl_program_clear(&p);
    hcl_machine_clear(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_refusals), cmocka_unit_test(test_sticky),
                                        cmocka_unit_test(test_tables), cmocka_unit_test(test_wide_cells) };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

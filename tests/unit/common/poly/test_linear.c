/* SPDX-License-Identifier: Apache-2.0 */
/* Sums over compact columns against gmp, with the values that carry most: the ends of every width, elements
 * whose integer in memory is r - 1, sums as long as a kernel takes them. */
#include "tests/support/field_samples.h"
#include "tests/support/test.h"

#include "common/poly/linear.h"
#include "common/poly/linear_internal.h"
#include <gmp.h>

enum { N = 2 * HCL_LINEAR_ROWS + 900, MOST = 2 * HCL_LINEAR_TERMS + 9 };

static mpz_t r;
static struct hcl_err err;
static struct hcl_compact column[MOST];
static const struct hcl_compact *columns[MOST];
static hcl_fr weights[MOST], at[N], out[N];
static uint64_t seed = 5;

/* The integer whose limbs are in memory. */
static void raw(mpz_t v, const hcl_fr *a)
{
    mpz_import(v, 4, -1, 8, 0, 0, a->l);
}

static hcl_fr all_ones(void)
{
    hcl_fr out_raw = { { 0, 0, 0, 0 } };
    mpz_t v;
    mpz_init(v);
    mpz_sub_ui(v, r, 1);
    mpz_export(out_raw.l, NULL, -1, 8, 0, 0, v);
    mpz_clear(v);
    return out_raw;
}

static hcl_fr sample_element(size_t kind)
{
    return kind == 0 ? hcl_fr_zero : kind == 1 ? hcl_fr_one : kind == 2 ? all_ones() : sample_fr(&seed);
}

/* The integer of a row times 1: the cell, or what is listed times 2^256 modulo r. *scaled: it is the latter.
 */
static void cell(mpz_t v, bool *scaled, const struct hcl_compact *c, size_t row)
{
    const size_t e = hcl_compact_exception_from(c, row);
    *scaled = c->width == HCL_COMPACT_FR || (e < c->num_exceptions && c->exceptions[e].row == row);
    if (*scaled) {
        hcl_fr a;
        hcl_compact_get(&a, c, row);
        raw(v, &a);
    } else {
        int64_t x;
        hcl_compact_cells(&x, c, row, 1);
        mpz_set_si(v, x);
    }
}

/* sum += column[row]*factor, as the integer of memory. */
static void add_term(mpz_t sum, const struct hcl_compact *c, size_t row, const hcl_fr *factor)
{
    mpz_t v, f;
    bool scaled;
    mpz_inits(v, f, NULL);
    cell(v, &scaled, c, row);
    raw(f, factor);
    mpz_mul(v, v, f);
    if (scaled) {
        mpz_ui_pow_ui(f, 2, 256);
        mpz_invert(f, f, r);
        mpz_mul(v, v, f);
    }
    mpz_add(sum, sum, v);
    mpz_clears(v, f, NULL);
}

static void expect(const hcl_fr *got, mpz_t sum, const char *what, size_t index)
{
    mpz_t v;
    mpz_init(v);
    mpz_mod(sum, sum, r);
    raw(v, got);
    if (mpz_cmp(v, sum) != 0)
        fail_msg("%s: sum %zu is wrong", what, index);
    mpz_clear(v);
}

static int64_t extreme(int width, size_t i)
{
    const int64_t top = width == 8 ? INT64_MAX : ((int64_t)1 << (8 * width - 1)) - 1;
    const int64_t values[] = { top, -top - 1, 0, 1, -1, top - 1, top / 3, (int64_t)sample_u64(&seed) % top };
    return values[i % (sizeof values / sizeof values[0])];
}

static void put_cell(struct hcl_compact *c, size_t row, int64_t v)
{
    for (int b = 0; b < c->width; b++)
        ((uint8_t *)c->cells)[row * (size_t)c->width + (size_t)b] = (uint8_t)((uint64_t)v >> 8 * b);
}

/* A column of the width with `stored` cells: all the same value, or edge values in turn; some rows listed, in
 * each seventh column a run of them, as random rows below weights are. */
static void make(size_t j, int width, size_t stored, bool same)
{
    struct hcl_compact *c = &column[j];
    columns[j] = c;
    enum { RUN = 600 };
    const bool run = j % 7 == 6 && stored + RUN < N;
    const size_t listed = width == HCL_COMPACT_FR ? 0 : run ? RUN : j % 3;
    assert_ok(hcl_compact_init(c, N, stored, width, listed, false, "test", &err), err);
    for (size_t i = 0; i < stored; i++)
        if (width == HCL_COMPACT_FR)
            ((hcl_fr *)c->cells)[i] = sample_element((i + j) % 5);
        else
            put_cell(c, i, extreme(width, same ? j : i + j));
    const size_t rows[2] = { stored / 2, N - 1 };
    for (size_t e = 0; e < listed; e++) {
        const hcl_fr v = sample_element(2 + e % 3);
        hcl_compact_put(c, run ? stored + e : rows[e], &v, 1);
    }
}

static void clear(size_t num)
{
    for (size_t j = 0; j < num; j++)
        hcl_compact_clear(&column[j]);
}

static void check_combination(size_t num, bool add, size_t first, size_t count, int threads, size_t step)
{
    static hcl_fr before[N];
    for (size_t i = 0; i < count; i++)
        before[i] = out[i] = sample_element(2 + i % 3);
    hcl_linear_combine(out, add, columns, weights, num, first, count, threads);
    for (size_t i = 0; i < count; i += i + 70 < count && i > 70 ? step : 1) {
        mpz_t sum;
        mpz_init(sum);
        if (add)
            raw(sum, &before[i]);
        for (size_t j = 0; j < num; j++)
            add_term(sum, columns[j], first + i, &weights[j]);
        expect(&out[i], sum, "combination", i);
        mpz_clear(sum);
    }
}

static void check_evaluation(size_t num, size_t first, size_t count, int threads)
{
    hcl_fr values[MOST];
    hcl_linear_evaluate(values, columns, num, at + first, first, count, threads);
    for (size_t j = 0; j < num; j++) {
        mpz_t sum;
        mpz_init(sum);
        for (size_t i = 0; i < count; i++)
            add_term(sum, columns[j], first + i, &at[first + i]);
        expect(&values[j], sum, "evaluation", j);
        mpz_clear(sum);
    }
}

static const int widths[] = { 1, 2, 4, 8, HCL_COMPACT_FR };

static void every_width_and_length(void **state)
{
    (void)state;
    static const size_t lengths[] = { 0, 1, 7, 8, 9, 63, 64, 65, 255, 256, 257, 1100 };
    for (size_t i = 0; i < N; i++)
        at[i] = sample_element(i % 5);
    for (size_t w = 0; w < 5; w++)
        for (size_t l = 0; l < sizeof lengths / sizeof lengths[0]; l++) {
            const size_t num = 1 + l % 4, first = l % 2 ? 3 : N - lengths[l];
            for (size_t j = 0; j < num; j++) {
                make(j, widths[w], j == 0 ? N : l % 3 ? 60 : N - 5, false);
                weights[j] = sample_element(j + l);
            }
            check_combination(num, l % 2, first, lengths[l], 1 + (int)(l % 3), 7);
            check_evaluation(num, first, lengths[l], 1 + (int)(l % 3));
            clear(num);
        }
}

static void mixed_widths(void **state)
{
    (void)state;
    const size_t nums[] = { 0, 1, 16, 17, HCL_LINEAR_TERMS - 1, HCL_LINEAR_TERMS, MOST };
    for (size_t k = 0; k < sizeof nums / sizeof nums[0]; k++) {
        for (size_t j = 0; j < nums[k]; j++) {
            make(j, widths[j % 5], j % 7 == 0 ? 0 : j % 7 == 6 ? 150 : 1100, false);
            weights[j] = sample_element(j % 7);
        }
        check_combination(nums[k], false, 5, 1090, 2, 61);
        check_combination(nums[k], true, 5, 1090, 1, 97);
        check_combination(nums[k], false, 200, 300, 2, 1); /* within the runs */
        check_evaluation(nums[k], 5, 200, 2);
        check_evaluation(nums[k], 100, 800, 1);
        check_evaluation(nums[k], 200, 300, 2);
        clear(nums[k]);
    }
}

/* Every product as large as it can be, and as many as a sum takes before it is reduced. */
static void largest_sums(void **state)
{
    (void)state;
    for (size_t i = 0; i < N; i++)
        at[i] = all_ones();
    for (size_t w = 0; w < 4; w++) {
        for (size_t j = 0; j < HCL_LINEAR_TERMS; j++) {
            make(j, widths[w], 1100, false);
            for (size_t i = 0; i < 1100; i++)
                put_cell(&column[j], i, extreme(widths[w], 0));
            weights[j] = all_ones();
        }
        check_combination(HCL_LINEAR_TERMS, true, 0, 70, 1, 1);
        clear(HCL_LINEAR_TERMS);
        for (size_t j = 0; j < 2; j++)
            make(j, widths[w], N, true);
        check_evaluation(2, 0, N, 2);
        clear(2);
    }
}

/* A column of several digits is the column of their sums. */
static void digits(void **state)
{
    (void)state;
    for (int many = 2; many <= 4; many++) {
        struct hcl_compact whole;
        hcl_fr values[2], both[2];
        static hcl_fr other[N];
        assert_ok(hcl_compact_init_digits(&column[0], N, 1100, 2, many, 1, false, "test", &err), err);
        for (size_t i = 0; i < 1100 * (size_t)many; i++)
            ((int16_t *)column[0].cells)[i] = (int16_t)sample_fr(&seed).l[0];
        const hcl_fr listed = sample_fr(&seed);
        hcl_compact_put(&column[0], 1099, &listed, 1);
        hcl_compact_expand(out, &column[0], 0, N);
        assert_ok(hcl_compact_from_fr(&whole, N, out, N, false, "test", &err), err);
        columns[0] = &column[0];
        columns[1] = &whole;
        for (size_t i = 0; i < N; i++)
            at[i] = sample_fr(&seed);
        weights[0] = sample_fr(&seed);
        for (int threads = 1; threads <= 2; threads++) {
            hcl_linear_evaluate(both, columns, 2, at, 0, N, threads);
            hcl_linear_evaluate(values, columns, 1, at, 0, N, threads);
            assert_true(hcl_fr_eq(&both[0], &both[1]) && hcl_fr_eq(&values[0], &both[1]));
            hcl_linear_combine(out, false, columns, weights, 1, 5, 1500, threads);
            hcl_linear_combine(other, false, columns + 1, weights, 1, 5, 1500, threads);
            assert_memory_equal(out, other, 1500 * sizeof *out);
        }
        hcl_compact_clear(&whole);
        clear(1);
    }
}

int main(void)
{
    mpz_init_set_str(r, "30644e72e131a029b85045b68181585d2833e84879b9709143e1f593f0000001", 16);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_width_and_length),
        cmocka_unit_test(mixed_widths),
        cmocka_unit_test(largest_sums),
        cmocka_unit_test(digits),
    };
    const int failed = cmocka_run_group_tests(tests, NULL, NULL);
    mpz_clear(r);
    return failed;
}

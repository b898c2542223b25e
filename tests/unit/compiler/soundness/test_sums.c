/* SPDX-License-Identifier: Apache-2.0 */
/* Sums of phase 1 leave a prover no choice. The identities of linear layers and of constants hold for cells
 * of phase 0 only if whatever stands in them, powers of the challenges, scalar factors, factors of weights,
 * accumulators, is a function of phase 0 and the challenges. That is derived here from the circuit's fixed
 * columns and copies alone: a factor that nothing copies, or a sum that goes on from one that is free, shows
 * up as free. */
#include "common/witness/columns.h"
#include "tests/unit/compiler/support/accept.h"
#include "tests/unit/compiler/support/random_chain.h"

/* The fixed columns, after one K per lane: the order of compiler/layout/circuit.c. */
enum { HZ = 9, DOT, HY, TOTAL, CHANNELS, CONT0, CONT1, WEIGHTS = 17 };
/* Values of WEIGHTS: 0 none, more of a pass, a new sum, a new pass. */
enum { MORE = 1, START, NEXT };
/* The permutation columns after the Y columns. */
enum { A0, A1, B, U, D, SUMS };

struct sums {
    const struct hcl_circuit *c;
    uint32_t lanes;
    size_t rows;
    uint32_t *group; /* of permutation cells: a representative */
    bool *det;       /* by representative */
    bool changed;
};

static int64_t fixed(const struct sums *s, uint32_t which, size_t row)
{
    const struct hcl_compact *column = &s->c->fixed[s->lanes + which];
    int64_t v = 0;

    if (row < s->c->fixed_rows[s->lanes + which])
        hcl_compact_cells(&v, column, row, 1);
    return v;
}

static uint32_t root(const struct sums *s, size_t i)
{
    while (s->group[i] != i)
        i = s->group[i] = s->group[s->group[i]];
    return (uint32_t)i;
}

static uint32_t cell(const struct sums *s, uint32_t sum, size_t row)
{
    return root(s, (s->lanes + sum) * s->rows + row);
}

static bool det(const struct sums *s, uint32_t sum, size_t row)
{
    return s->det[cell(s, sum, row)];
}

static void settle(struct sums *s, uint32_t sum, size_t row, bool is)
{
    bool *d = &s->det[cell(s, sum, row)];

    s->changed |= is && !*d;
    *d |= is;
}

static void start(struct sums *s, const struct lowered *l)
{
    const size_t columns = l->circuit.num_permutation;

    *s = (struct sums){ .c = &l->circuit, .lanes = l->prog.lanes, .rows = l->circuit.usable_rows };
    assert_int_equal(columns, s->lanes + SUMS + 1);
    s->group = calloc(columns * s->rows, sizeof(*s->group));
    s->det = calloc(columns * s->rows, sizeof(*s->det));
    assert_true(s->group && s->det);
    for (size_t i = 0; i < columns * s->rows; i++)
        s->group[i] = (uint32_t)i;
    for (size_t i = 0; i < s->c->num_copies; i++) {
        const struct hcl_copy *c = &s->c->copies[i];
        s->group[root(s, c->left_column * s->rows + c->left_row)] =
            root(s, c->right_column * s->rows + c->right_row);
    }
    for (size_t i = 0; i < s->lanes * s->rows; i++) /* phase 0 */
        s->det[root(s, i)] = true;
}

static void row_of_sums(struct sums *s, size_t row)
{
    const bool horner = fixed(s, HZ, row), hy = fixed(s, HY, row);
    const int64_t weights = fixed(s, WEIGHTS, row);

    assert_true(row > 0 || !(fixed(s, CONT0, row) || fixed(s, CONT1, row)));
    assert_true(row > 0 || weights == 0 || weights == START);
    assert_true(weights >= 0 && weights <= NEXT);
    if (horner || fixed(s, DOT, row))
        settle(s, A0, row,
               (horner || (det(s, A1, row) && det(s, B, row))) &&
                   (!fixed(s, CONT0, row) || det(s, A0, row - 1)));
    if (hy)
        settle(s, A1, row, !fixed(s, CONT1, row) || det(s, A1, row - 1));
    if (fixed(s, TOTAL, row))
        settle(s, B, row, !fixed(s, CONT1, row) || det(s, B, row - 1));
    if (fixed(s, CHANNELS, row)) {
        assert_true(row > 0 && !fixed(s, DOT, row) && !fixed(s, TOTAL, row));
        settle(s, B, row, det(s, B, row - 1) && (fixed(s, CHANNELS, row) == 1 || det(s, A0, row)));
    }
    if (weights == MORE)
        settle(s, U, row, det(s, U, row - 1));
    if (weights)
        settle(s, D, row, det(s, U, row) && (weights == START || det(s, D, row - 1)));
}

/* Cells that a gate reads as an operand or a sum and that are free. */
static size_t free_sums(const struct lowered *l)
{
    struct sums s;
    size_t count = 0;

    start(&s, l);
    do {
        s.changed = false;
        for (size_t row = 0; row < s.rows; row++)
            row_of_sums(&s, row);
    } while (s.changed);
    for (size_t row = 0; row < s.rows; row++) {
        const bool dot = fixed(&s, DOT, row), on = fixed(&s, WEIGHTS, row);
        count += (dot || fixed(&s, HZ, row)) && !det(&s, A0, row);
        count += (dot || fixed(&s, HY, row)) && !det(&s, A1, row);
        count += (dot || fixed(&s, TOTAL, row) || fixed(&s, CHANNELS, row)) && !det(&s, B, row);
        count += on && !det(&s, U, row);
        count += on && !det(&s, D, row);
    }
    free(s.group);
    free(s.det);
    return count;
}

static void test_random_chains(void **state)
{
    static const hcl_visibility modes[] = { HCL_PUBLIC, HCL_PRIVATE, HCL_COMMITTED };
    struct hcl_test_random r = { 91 };

    (void)state;
    for (int i = 0; i < 150; i++) {
        struct hcl_fx_graph g = { .weight_visibility = modes[i % 3], .output_visibility = HCL_PUBLIC };
        struct lowered l;
        hcl_test_random_chain(&g, &r, i % 5 == 0);
        lowered_build(&l, &g, (uint32_t)hcl_test_between(&r, 2, 8));
        assert_int_equal(free_sums(&l), 0);
        lowered_clear(&l);
        hcl_fx_graph_clear(&g);
    }
}

/* Whether a cell is what a product multiplies; a sum of channels ends in B, too. */
static bool is_operand(const struct lowered *l, uint32_t column, uint32_t row)
{
    const uint32_t sum = column - l->prog.lanes;
    const uint16_t flags = row < l->prog.num_rows ? l->prog.rows[row].flags : 0;

    return sum == A1 || sum == U || (sum == B && !(flags & (HCL_ROW_CARRY | HCL_ROW_GATHER)));
}

/* Each copy into a sum's operand matters: without it something is free. */
static void test_missing_copy(void **state)
{
    struct hcl_test_random r = { 92 };
    struct hcl_fx_graph g = { .output_visibility = HCL_PUBLIC };
    struct hcl_test_conv s = { .kernel_h = 2, .kernel_w = 2, .stride_y = 1, .stride_x = 1, .outputs = 3 };
    struct lowered l;
    size_t tried = 0;

    (void)state;
    s.weight_max = 40000; /* two limbs */
    s.bias_max = 100000;
    s.divisor = 1 << 16;
    hcl_test_output(&g, hcl_test_conv(&g, &r, hcl_test_input(&g, 4, 4, 2, -7, 7), &s));
    lowered_build(&l, &g, 3);
    assert_int_equal(free_sums(&l), 0);
    for (size_t i = 0; i < l.circuit.num_copies; i++) {
        struct hcl_copy *c = &l.circuit.copies[i], was = *c;
        if (!is_operand(&l, c->left_column, c->left_row) && !is_operand(&l, c->right_column, c->right_row))
            continue;
        *c = (struct hcl_copy){ 0 };
        assert_true(free_sums(&l) > 0);
        *c = was;
        tried++;
    }
    assert_true(tried > 50);
    lowered_clear(&l);
    hcl_fx_graph_clear(&g);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_random_chains),
                                        cmocka_unit_test(test_missing_copy) };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

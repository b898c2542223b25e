/* SPDX-License-Identifier: Apache-2.0 */
/* The programs of groups add up to the fold of all constraints, whatever stands in the cells; and columns
 * that need not be in memory together are not. */
#include "common/halo2/groups.h"
#include "common/sys/random.h"
#include "tests/unit/common/halo2/vectors.h"

enum { MOST = 1024, PHASES = 8, LANES = 12 };

/* What a row reads: the same value for the same query, none of which a program may mix up. */
static const hcl_fr *value_of(hcl_column_kind kind, size_t index, int64_t rotation)
{
    static hcl_fr values[MOST];
    static size_t used;
    struct hcl_random random;
    uint8_t wide[64];
    hcl_random_init_seed(&random, 1 + (uint64_t)kind + 16 * index + 1000003 * (uint64_t)(rotation + 100));
    hcl_random_bytes(&random, wide, sizeof wide);
    hcl_fr *out = &values[used++ % MOST];
    hcl_fr_from_bytes_wide(out, wide);
    return out;
}

static void bind(const hcl_fr **rows, const struct hcl_eval *e)
{
    for (size_t i = 0; i < e->num_inputs; i++)
        rows[i] = value_of(e->inputs[i].column.kind, e->inputs[i].column.index, e->inputs[i].rotation);
}

static void fold_all(hcl_fr *out, const struct hcl_circuit *c, const struct hcl_challenges *challenges)
{
    const hcl_fr *gates[MOST], *values[MOST], *sigma[MOST], *z[MOST], *next[MOST], *end[MOST];
    struct hcl_constraint_scalars s;
    struct hcl_constraints p;
    struct hcl_err err;
    assert_ok(hcl_constraints_init_linear(&p, c, &err), err);
    assert_ok(hcl_constraint_scalars_init(&s, &p, challenges, &err), err);
    bind(gates, &p.gates);
    for (size_t i = 0; i < c->num_permutation; i++) {
        values[i] = value_of(c->permutation[i].kind, c->permutation[i].index, 0);
        sigma[i] = value_of(HCL_COL_SIGMA, i, 0);
    }
    for (size_t i = 0; i < hcl_perm_chunks(c); i++) {
        z[i] = value_of(HCL_COL_Z, i, 0);
        next[i] = value_of(HCL_COL_Z, i, 1);
        end[i] = value_of(HCL_COL_Z, i, hcl_perm_end_rotation(c));
    }
    const struct hcl_constraint_rows rows = { .gates = gates,
                                              .x = value_of(HCL_COL_ROWS, HCL_ROWS_OF_X, 0),
                                              .l_0 = value_of(HCL_COL_ROWS, HCL_ROWS_OF_FIRST, 0),
                                              .l_last = value_of(HCL_COL_ROWS, HCL_ROWS_OF_LAST, 0),
                                              .l_active = value_of(HCL_COL_ROWS, HCL_ROWS_OF_ACTIVE, 0),
                                              .perm_values = values,
                                              .sigma = sigma,
                                              .z = z,
                                              .z_next = next,
                                              .z_end = end };
    hcl_fr *scratch = malloc(hcl_constraints_scratch(&p) * sizeof *scratch);
    *out = hcl_fr_zero;
    hcl_constraints_fold(out, &p, &s, &rows, 1, scratch);
    free(scratch);
    hcl_constraint_scalars_clear(&s, &p);
    hcl_constraints_clear(&p);
}

static uint32_t last_of_three(const void *ctx, hcl_column column)
{
    (void)ctx;
    (void)column;
    return 2;
}

static uint32_t by_parity(const void *ctx, hcl_column column)
{
    (void)ctx;
    return column.index % 2;
}

/* All columns at one rank are as many as without ranks; of two ranks that share them none has less than half
 * or more than all, and of one program as many as are odd or even. */
static void check_owned(const struct hcl_groups *g, size_t columns)
{
    size_t all, most, parity[2] = { 0, 0 };
    struct hcl_err err;
    assert_ok(hcl_groups_owned(&all, g, 3, last_of_three, NULL, &err), err);
    assert_int_equal(all, columns);
    assert_ok(hcl_groups_owned(&most, g, 2, by_parity, NULL, &err), err);
    assert_in_range(most, (columns + 1) / 2, columns);
    const struct hcl_eval *e = &g->programs[0];
    for (size_t i = 0; i < e->num_inputs; i++) {
        bool again = e->inputs[i].column.kind == HCL_COL_ROWS;
        for (size_t j = 0; j < i; j++)
            again = again || (e->inputs[j].column.kind == e->inputs[i].column.kind &&
                              e->inputs[j].column.index == e->inputs[i].column.index);
        parity[e->inputs[i].column.index % 2] += !again;
    }
    if (g->count == 1)
        assert_int_equal(most, parity[0] > parity[1] ? parity[0] : parity[1]);
}

static void same_sum(const struct hcl_circuit *c, size_t most, size_t *groups, size_t *columns)
{
    struct hcl_challenges challenges;
    hcl_fr phase[PHASES], whole, sum = hcl_fr_zero;
    struct hcl_groups g;
    struct hcl_err err;
    assert_true(c->num_challenges <= PHASES);
    for (uint32_t i = 0; i < PHASES; i++)
        phase[i] = *value_of(HCL_COL_KINDS, i, 0);
    challenges = (struct hcl_challenges){ .phase = phase,
                                          .beta = *value_of(HCL_COL_KINDS, PHASES, 0),
                                          .gamma = *value_of(HCL_COL_KINDS, PHASES + 1, 0),
                                          .y = *value_of(HCL_COL_KINDS, PHASES + 2, 0) };
    fold_all(&whole, c, &challenges);
    assert_false(hcl_fr_is_zero(&whole));
    assert_ok(hcl_groups_init(&g, c, most, &err), err);
    assert_ok(hcl_groups_challenges(&g, c, &challenges, &err), err);
    assert_in_range(g.count, 1, most);
    for (size_t i = 0; i < g.count; i++) {
        const hcl_fr *rows[MOST];
        hcl_fr share, *out = &share, *scratch = malloc(hcl_eval_scratch(&g.programs[i]) * sizeof *scratch);
        bind(rows, &g.programs[i]);
        hcl_eval_run(&out, &g.programs[i], g.scalars[i], rows, 1, scratch);
        hcl_fr_add(&sum, &sum, &share);
        free(scratch);
    }
    assert_true(hcl_fr_eq(&whole, &sum));
    *groups = g.count;
    assert_ok(hcl_groups_owned(columns, &g, 1, NULL, NULL, &err), err);
    check_owned(&g, *columns);
    hcl_groups_clear(&g);
}

static void vectors_add_up(void **state)
{
    (void)state;
    for (size_t i = 0; i < NUM_VECTORS; i++) {
        struct hcl_circuit c;
        size_t groups, columns;
        vector_circuit(&c, vector_names[i]);
        for (size_t most = 1; c.num_lookups == 0 && most < 6; most++)
            same_sum(&c, most, &groups, &columns);
        hcl_circuit_clear(&c);
    }
}

/* Lanes of five columns, their selectors, a Horner sum over all lanes and the permutation. */
static void lanes_circuit(struct hcl_circuit *c)
{
    struct hcl_err err;
    uint32_t first, sum, step, on, all, unused;
    hcl_circuit_init(c, 5);
    for (uint32_t i = 0; i < 3 * LANES; i++)
        assert_ok(hcl_circuit_add_advice(c, 0, i ? &unused : &first, &err), err);
    assert_ok(hcl_circuit_add_advice(c, 0, &sum, &err), err);
    assert_ok(hcl_circuit_add_fixed(c, &step, &err), err);
    assert_ok(hcl_circuit_add_fixed(c, &on, &err), err);
    assert_ok(hcl_circuit_add_fixed(c, &all, &err), err);
    assert_ok(hcl_circuit_add_challenge(c, 0, &unused, &err), err);
    hcl_expr chain = hcl_ex_advice(c, sum, -1);
    for (uint32_t j = 0; j < LANES; j++) {
        const hcl_expr x = hcl_ex_advice(c, first + 3 * j, 0), y = hcl_ex_advice(c, first + 3 * j + 1, 0),
                       z = hcl_ex_advice(c, first + 3 * j + 2, -1),
                       scaled = hcl_ex_mul(c, hcl_ex_fixed(c, step, 0), x);
        hcl_expr gate = hcl_ex_sub(c, hcl_ex_mul(c, x, y), hcl_ex_sum(c, scaled, z));
        gate = hcl_ex_mul(c, hcl_ex_fixed(c, on, 0), gate);
        assert_ok(hcl_circuit_add_gate(c, "lane", &gate, 1, &err), err);
        chain = hcl_ex_sum(c, hcl_ex_mul(c, chain, hcl_ex_challenge(c, 0)), hcl_ex_sum(c, scaled, y));
        assert_ok(
            hcl_circuit_enable_equality(c, (hcl_column){ HCL_COL_ADVICE, first + 3 * j + 1 }, &unused, &err),
            err);
    }
    chain = hcl_ex_mul(c, hcl_ex_fixed(c, all, 0), hcl_ex_sub(c, hcl_ex_advice(c, sum, 0), chain));
    assert_ok(hcl_circuit_add_gate(c, "sum", &chain, 1, &err), err);
    assert_ok(hcl_circuit_finish(c, &err), err);
}

static void lanes_are_apart(void **state)
{
    (void)state;
    struct hcl_circuit c;
    size_t groups, columns, all;
    lanes_circuit(&c);
    same_sum(&c, 1, &groups, &all);
    assert_int_equal(groups, 1);
    /* Of a lane three columns and a sigma, of a chunk a product; the sum, three fixed columns. */
    assert_int_equal(all, 4 * LANES + hcl_perm_chunks(&c) + 4);
    for (size_t most = 2; most <= 2 * LANES; most++) {
        same_sum(&c, most, &groups, &columns);
        assert_true(columns < all);
    }
    /* Three fixed columns stay; the most that is joined is a chunk: x and y of its lanes, sigmas, a product.
     */
    assert_int_equal(columns, 3 + 3 * hcl_perm_chunk_len(&c) + 1);
    hcl_circuit_clear(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(vectors_add_up), cmocka_unit_test(lanes_are_apart) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

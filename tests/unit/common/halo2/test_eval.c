/* SPDX-License-Identifier: Apache-2.0 */
/* Compiled expressions against a naive tree walk, on random expressions with all operators, shared
 * subexpressions, constants 0, 1, -1 and challenges. */
#include "common/halo2/eval.h"
#include "common/sys/random.h"
#include "tests/support/test.h"

enum { K = 8, N = 1 << K, COLUMNS = 4, CHALLENGES = 2 };

struct fixture {
    struct hcl_circuit c;
    hcl_fr *values[3][COLUMNS];
    hcl_fr challenges[CHALLENGES];
    struct hcl_random random;
};

static uint32_t pick(struct fixture *f, uint32_t below)
{
    uint32_t v;
    hcl_random_bytes(&f->random, &v, sizeof v);
    return v % below;
}

static void random_fr(struct fixture *f, hcl_fr *out)
{
    uint8_t wide[64];
    hcl_random_bytes(&f->random, wide, sizeof wide);
    hcl_fr_from_bytes_wide(out, wide);
}

/* Odd seeds take cells from the ends of the range, where bounds of lazy arithmetic are tight. */
static void cell(struct fixture *f, hcl_fr *out, uint64_t seed)
{
    if (seed % 2 == 0)
        random_fr(f, out);
    else
        hcl_fr_from_i64(out, (int64_t)pick(f, 4) - 3);
}

static void fixture_init(struct fixture *f, uint64_t seed)
{
    struct hcl_err err;
    uint32_t at;
    hcl_circuit_init(&f->c, K);
    hcl_random_init_seed(&f->random, seed);
    for (int i = 0; i < COLUMNS; i++) {
        assert_ok(hcl_circuit_add_fixed(&f->c, &at, &err), err);
        assert_ok(hcl_circuit_add_advice(&f->c, 0, &at, &err), err);
        assert_ok(hcl_circuit_add_instance(&f->c, &at, &err), err);
    }
    for (int i = 0; i < CHALLENGES; i++) {
        assert_ok(hcl_circuit_add_challenge(&f->c, 0, &at, &err), err);
        random_fr(f, &f->challenges[i]);
    }
    for (int kind = 0; kind < 3; kind++) {
        for (int i = 0; i < COLUMNS; i++) {
            f->values[kind][i] = malloc(N * sizeof(hcl_fr));
            for (int j = 0; j < N; j++)
                cell(f, &f->values[kind][i][j], seed);
        }
    }
}

static void fixture_clear(struct fixture *f)
{
    for (int kind = 0; kind < 3; kind++)
        for (int i = 0; i < COLUMNS; i++)
            free(f->values[kind][i]);
    hcl_circuit_clear(&f->c);
}

static hcl_expr leaf(struct fixture *f)
{
    hcl_fr v;
    switch (pick(f, 6)) {
    case 0:
        hcl_fr_from_i64(&v, (int64_t)pick(f, 4) - 1);
        return hcl_ex_const(&f->c, &v);
    case 1:
        return hcl_ex_challenge(&f->c, pick(f, CHALLENGES));
    case 2:
        return hcl_ex_fixed(&f->c, pick(f, COLUMNS), (int32_t)pick(f, 5) - 2);
    case 3:
        return hcl_ex_instance(&f->c, pick(f, COLUMNS), 0);
    default:
        return hcl_ex_advice(&f->c, pick(f, COLUMNS), (int32_t)pick(f, 5) - 2);
    }
}

/* Operands are earlier nodes, so subexpressions are shared. Degrees are kept small enough for a circuit. */
static hcl_expr random_expr(struct fixture *f, hcl_expr *pool, size_t count)
{
    hcl_expr a = pool[pick(f, (uint32_t)count)], b = pool[pick(f, (uint32_t)count)];
    hcl_fr v;
    switch (pick(f, 6)) {
    case 0:
        return hcl_ex_neg(&f->c, a);
    case 1:
        hcl_fr_from_i64(&v, (int64_t)pick(f, 5) - 2);
        return hcl_ex_scaled(&f->c, a, &v);
    case 2:
    case 3:
        if (hcl_ex_degree(&f->c, a) + hcl_ex_degree(&f->c, b) <= 6)
            return hcl_ex_mul(&f->c, a, b);
        return hcl_ex_sub(&f->c, a, b);
    case 4:
        return hcl_ex_sub(&f->c, a, b);
    default:
        return hcl_ex_sum(&f->c, a, b);
    }
}

static void naive(hcl_fr *out, const struct fixture *f, hcl_expr i, size_t row)
{
    const struct hcl_expr_node *e = &f->c.exprs[i];
    hcl_fr a, b;
    if (e->op >= HCL_EX_NEG)
        naive(&a, f, e->a, row);
    if (e->op == HCL_EX_SUM || e->op == HCL_EX_PRODUCT)
        naive(&b, f, e->b, row);
    switch (e->op) {
    case HCL_EX_CONST:
        *out = e->value;
        break;
    case HCL_EX_COLUMN:
        *out = f->values[e->column.kind][e->column.index][(row + N + (size_t)(int64_t)e->rotation) % N];
        break;
    case HCL_EX_CHALLENGE:
        *out = f->challenges[e->a];
        break;
    case HCL_EX_NEG:
        hcl_fr_neg(out, &a);
        break;
    case HCL_EX_SUM:
        hcl_fr_add(out, &a, &b);
        break;
    case HCL_EX_PRODUCT:
        hcl_fr_mul(out, &a, &b);
        break;
    case HCL_EX_SCALED:
        hcl_fr_mul(out, &a, &e->value);
        break;
    }
}

enum { LEAVES = 12, NODES = 40, ROOTS = 6 };

static void compare(struct fixture *f, const hcl_expr *roots, const struct hcl_eval *e, size_t first,
                    size_t count)
{
    hcl_fr *scalars = malloc((e->num_scalars + 1) * sizeof(hcl_fr));
    hcl_fr *scratch = malloc(hcl_eval_scratch(e) * sizeof(hcl_fr));
    hcl_fr *edge = malloc((e->num_inputs + 1) * HCL_EVAL_BLOCK * sizeof(hcl_fr));
    const hcl_fr **rows = malloc((e->num_inputs + 1) * sizeof *rows);
    const hcl_fr *const *columns[3] = { (const hcl_fr *const *)f->values[0],
                                        (const hcl_fr *const *)f->values[1],
                                        (const hcl_fr *const *)f->values[2] };
    hcl_fr out[ROOTS][HCL_EVAL_BLOCK], acc[HCL_EVAL_BLOCK], y, want, fold;
    hcl_fr *outs[ROOTS];
    random_fr(f, &y);
    for (int i = 0; i < ROOTS; i++)
        outs[i] = out[i];
    memset(acc, 0, sizeof acc);
    hcl_eval_scalars(scalars, e, f->challenges);
    hcl_eval_bind(rows, edge, e, columns, N, first, count);
    hcl_eval_run(outs, e, scalars, rows, count, scratch);
    hcl_eval_fold(acc, &y, e, scalars, rows, count, scratch);
    for (size_t j = 0; j < count; j++) {
        fold = hcl_fr_zero;
        for (int i = 0; i < ROOTS; i++) {
            naive(&want, f, roots[i], (first + j) % N);
            assert_true(hcl_fr_eq(&want, &out[i][j]));
            hcl_fr_mul(&fold, &fold, &y);
            hcl_fr_add(&fold, &fold, &want);
        }
        assert_true(hcl_fr_eq(&fold, &acc[j]));
    }
    free(scalars);
    free(scratch);
    free(edge);
    free(rows);
}

static void programs_equal_tree_walks(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 300; seed++) {
        hcl_expr pool[LEAVES + NODES], roots[ROOTS];
        struct fixture f;
        struct hcl_eval e;
        struct hcl_err err;
        fixture_init(&f, seed);
        for (size_t i = 0; i < LEAVES; i++)
            pool[i] = leaf(&f);
        for (size_t i = LEAVES; i < LEAVES + NODES; i++)
            pool[i] = random_expr(&f, pool, i);
        for (size_t i = 0; i < ROOTS; i++) {
            /* any node may be an output: late ones, an input, a constant */
            roots[i] = i < 4 ? pool[LEAVES + NODES - 1 - pick(&f, 12)] : pool[pick(&f, LEAVES + NODES)];
            assert_ok(hcl_circuit_add_gate(&f.c, "g", &roots[i], 1, &err), err);
        }
        assert_ok(hcl_circuit_finish(&f.c, &err), err);
        assert_ok(hcl_eval_compile_gates(&e, &f.c, &err), err);
        assert_int_equal(e.num_outputs, ROOTS);
        compare(&f, roots, &e, 0, 1);
        compare(&f, roots, &e, pick(&f, N), 1 + pick(&f, HCL_EVAL_BLOCK)); /* may wrap around */
        hcl_eval_clear(&e);
        fixture_clear(&f);
    }
}

enum { STEPS = 60 };

/* One step of a long chain: sums and multiples pile up between few products. */
static hcl_expr chain_step(struct fixture *f, hcl_expr x)
{
    const hcl_expr y = hcl_ex_advice(&f->c, pick(f, COLUMNS), (int32_t)pick(f, 3) - 1);
    const hcl_expr t = hcl_ex_challenge(&f->c, pick(f, CHALLENGES));
    switch (pick(f, 8)) {
    case 0:
        return hcl_ex_sub(&f->c, y, x);
    case 1:
        return hcl_ex_sub(&f->c, x, y);
    case 2:
        return hcl_ex_sum(&f->c, x, t);
    case 3:
        return hcl_ex_sum(&f->c, hcl_ex_mul(&f->c, x, t), y);
    case 4:
        return hcl_ex_sum(&f->c, x, hcl_ex_mul(&f->c, y, t));
    case 5:
        return hcl_ex_degree(&f->c, x) < 6 ? hcl_ex_mul(&f->c, x, y) : hcl_ex_neg(&f->c, x);
    default:
        return hcl_ex_sum(&f->c, x, y);
    }
}

/* Products and differences of chains, whose integers are as large as they get. */
static void long_chains_equal_tree_walks(void **state)
{
    (void)state;
    for (uint64_t seed = 1000; seed < 1100; seed++) {
        hcl_expr x[3], roots[ROOTS];
        struct fixture f;
        struct hcl_eval e;
        struct hcl_err err;
        fixture_init(&f, seed);
        for (size_t i = 0; i < 3; i++) {
            x[i] = hcl_ex_advice(&f.c, (uint32_t)i, 0);
            for (size_t j = 0; j < STEPS; j++)
                x[i] = chain_step(&f, x[i]);
        }
        for (size_t i = 0; i < 3; i++) {
            roots[i] = hcl_ex_neg(&f.c, x[i]);
            roots[3 + i] = hcl_ex_sub(&f.c, hcl_ex_mul(&f.c, x[i], x[(i + 1) % 3]), x[(i + 2) % 3]);
        }
        roots[0] = hcl_ex_mul(&f.c, x[0], x[0]);
        for (size_t i = 0; i < ROOTS; i++)
            assert_ok(hcl_circuit_add_gate(&f.c, "g", &roots[i], 1, &err), err);
        assert_ok(hcl_circuit_finish(&f.c, &err), err);
        assert_ok(hcl_eval_compile_gates(&e, &f.c, &err), err);
        compare(&f, roots, &e, pick(&f, N), 1 + pick(&f, HCL_EVAL_BLOCK));
        hcl_eval_clear(&e);
        fixture_clear(&f);
    }
}

/* acc' - (acc*s + w): what running products of challenges look like must cost one multiplication a step. */
static void horner_chains_are_fused(void **state)
{
    struct fixture f;
    struct hcl_eval e;
    struct hcl_err err;
    hcl_expr s, acc;
    (void)state;
    fixture_init(&f, 5);
    s = hcl_ex_challenge(&f.c, 0);
    acc = hcl_ex_advice(&f.c, 0, 0);
    for (int i = 0; i < 6; i++)
        acc = hcl_ex_sum(&f.c, hcl_ex_mul(&f.c, acc, s), hcl_ex_advice(&f.c, 1, i));
    acc = hcl_ex_sub(&f.c, hcl_ex_advice(&f.c, 0, 1), acc);
    assert_ok(hcl_circuit_add_gate(&f.c, "chain", &acc, 1, &err), err);
    assert_ok(hcl_circuit_finish(&f.c, &err), err);
    assert_ok(hcl_eval_compile_gates(&e, &f.c, &err), err);
    assert_int_equal(e.num_multiplications, 6);
    assert_int_equal(e.num_registers, 1);
    hcl_eval_clear(&e);
    fixture_clear(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(programs_equal_tree_walks),
        cmocka_unit_test(long_chains_equal_tree_walks),
        cmocka_unit_test(horner_chains_are_fused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Which columns are linear and which are not; and that the gates over sums are the gates over columns. */
#include "tests/support/field_samples.h"
#include "tests/support/test.h"

#include "common/halo2/linear.h"

enum { FIXED = 6, ADVICE = 6, CHALLENGES = 2, ROWS = 37, MOST_ROTATION = 2 };

static struct hcl_err err;
static struct hcl_circuit c;
static uint32_t fixed[FIXED], advice[ADVICE], challenge[CHALLENGES], instance;

static void begin(void)
{
    hcl_circuit_init(&c, 6);
    for (size_t i = 0; i < FIXED; i++)
        assert_ok(hcl_circuit_add_fixed(&c, &fixed[i], &err), err);
    for (size_t i = 0; i < ADVICE; i++)
        assert_ok(hcl_circuit_add_advice(&c, 0, &advice[i], &err), err);
    for (size_t i = 0; i < CHALLENGES; i++)
        assert_ok(hcl_circuit_add_challenge(&c, 0, &challenge[i], &err), err);
    assert_ok(hcl_circuit_add_instance(&c, &instance, &err), err);
}

static hcl_expr f(size_t i)
{
    return hcl_ex_fixed(&c, fixed[i], 0);
}

static hcl_expr a(size_t i)
{
    return hcl_ex_advice(&c, advice[i], 0);
}

static hcl_expr t(size_t i)
{
    return hcl_ex_challenge(&c, challenge[i]);
}

static hcl_expr add(hcl_expr x, hcl_expr y)
{
    return hcl_ex_sum(&c, x, y);
}

static hcl_expr sub(hcl_expr x, hcl_expr y)
{
    return hcl_ex_sub(&c, x, y);
}

static hcl_expr mul(hcl_expr x, hcl_expr y)
{
    return hcl_ex_mul(&c, x, y);
}

static void gate(hcl_expr poly)
{
    assert_ok(hcl_circuit_add_gate(&c, "gate", &poly, 1, &err), err);
}

/* Random columns, readable from two rows before the first to two behind the last. */
static hcl_fr column[3][FIXED + ADVICE][ROWS + 2 * MOST_ROTATION];
static hcl_fr sums[16][ROWS + 2 * MOST_ROTATION];

static const hcl_fr *rows_of(const struct hcl_query *q)
{
    const hcl_fr *first =
        q->column.kind == HCL_COL_SUM ? sums[q->column.index] : column[q->column.kind][q->column.index];
    return first + MOST_ROTATION + q->rotation;
}

static void run(hcl_fr *acc, const struct hcl_eval *e, const hcl_fr *challenges, const hcl_fr *y)
{
    const hcl_fr *rows[64];
    hcl_fr *scalars = calloc(e->num_scalars + 1, sizeof *scalars);
    hcl_fr *scratch = calloc(hcl_eval_scratch(e) + 1, sizeof *scratch);
    assert_true(e->num_inputs <= 64);
    for (size_t i = 0; i < e->num_inputs; i++)
        rows[i] = rows_of(&e->inputs[i]);
    hcl_eval_scalars(scalars, e, challenges);
    memset(acc, 0, ROWS * sizeof *acc);
    hcl_eval_fold(acc, y, e, scalars, rows, ROWS, scratch);
    free(scalars);
    free(scratch);
}

static void fill_sums(const struct hcl_linear *l, const hcl_fr *challenges)
{
    hcl_fr coefficients[64];
    assert_true(l->num_sums <= 16 && l->num_terms <= 64);
    assert_ok(hcl_linear_coefficients(coefficients, l, challenges, &err), err);
    memset(sums, 0, sizeof sums);
    for (size_t s = 0; s < l->num_sums; s++)
        for (size_t k = l->sums[s].first; k < l->sums[s].first + l->sums[s].count; k++)
            hcl_fr_axpy_vec(sums[s], column[l->columns[k].kind][l->columns[k].index], &coefficients[k],
                            ROWS + 2 * MOST_ROTATION);
}

/* Finish the circuit; both programs of the gates have the same values on random rows. `f1 a2`: exactly these
 * are linear, in so many sums. */
static void expect(const char *columns, size_t num_sums)
{
    static hcl_fr plain[ROWS], linear[ROWS];
    struct hcl_linear l;
    struct hcl_eval gates, whole;
    uint64_t seed = 11;
    hcl_fr challenges[CHALLENGES], y = sample_fr(&seed);
    char got[256] = "";
    for (size_t i = 0; i < CHALLENGES; i++)
        challenges[i] = sample_fr(&seed);
    for (size_t k = 0; k < 3; k++)
        for (size_t i = 0; i < FIXED + ADVICE; i++)
            for (size_t r = 0; r < ROWS + 2 * MOST_ROTATION; r++)
                column[k][i][r] = sample_fr(&seed);
    assert_ok(hcl_circuit_finish(&c, &err), err);
    assert_ok(hcl_linear_compile_gates(&gates, &l, &c, &err), err);
    assert_ok(hcl_eval_compile_gates(&whole, &c, &err), err);
    for (uint32_t i = 0; i < FIXED + ADVICE; i++)
        if (hcl_linear_has(&l, i < FIXED ? (hcl_column){ HCL_COL_FIXED, i }
                                         : (hcl_column){ HCL_COL_ADVICE, i - FIXED }))
            snprintf(got + strlen(got), sizeof got - strlen(got), "%s%c%u", got[0] ? " " : "",
                     i < FIXED ? 'f' : 'a', i < FIXED ? i : i - FIXED);
    assert_string_equal(got, columns);
    assert_int_equal(l.num_sums, num_sums);
    for (size_t i = 0; i < gates.num_inputs; i++)
        assert_false(hcl_linear_has(&l, gates.inputs[i].column));
    fill_sums(&l, challenges);
    run(plain, &whole, challenges, &y);
    run(linear, &gates, challenges, &y);
    assert_memory_equal(plain, linear, sizeof plain);
    hcl_eval_clear(&gates);
    hcl_eval_clear(&whole);
    hcl_linear_clear(&l);
    hcl_circuit_clear(&c);
}

/* Weights under a selector, the running value beside them in the same sum. */
static void horner_of_weights(void **state)
{
    (void)state;
    begin();
    hcl_expr sum = f(1);
    for (size_t i = 2; i < FIXED; i++)
        sum = add(mul(sum, t(0)), f(i));
    const hcl_expr before = mul(hcl_ex_advice(&c, advice[0], -1), t(1));
    gate(mul(f(0), sub(sub(a(0), before), sum)));
    expect("f1 f2 f3 f4 f5", 1);
}

static void powers_of_a_challenge(void **state)
{
    (void)state;
    begin();
    hcl_expr sum = hcl_ex_u64(&c, 5), power = hcl_ex_u64(&c, 1);
    for (size_t i = 0; i < 4; i++) {
        sum = add(sum, mul(power, sub(a(i), f(i))));
        power = mul(power, t(0));
    }
    gate(mul(mul(a(4), a(5)), sum));
    expect("f0 f1 f2 f3 a0 a1 a2 a3", 1);
}

/* The same sum in two gates, once negated, is one sum; two different ones are two. */
static void shared_sums(void **state)
{
    (void)state;
    begin();
    const hcl_expr sum = add(add(f(1), mul(t(0), f(2))), f(3));
    gate(mul(f(0), sub(a(0), sum)));
    gate(mul(f(4), add(mul(a(0), a(1)), sum)));
    gate(mul(f(5), add(a(1), sum)));
    expect("f1 f2 f3", 1);
    begin();
    gate(mul(a(0), add(f(0), mul(t(0), add(f(1), f(2))))));
    gate(mul(a(0), add(f(0), mul(t(1), add(f(1), f(2))))));
    expect("f0 f1 f2", 2);
}

/* A sum times itself, a gate without a product, signs. */
static void squares_and_bare_sums(void **state)
{
    (void)state;
    begin();
    const hcl_expr sum = sub(add(a(1), a(2)), a(3));
    gate(sub(mul(sum, sum), a(0)));
    gate(hcl_ex_neg(&c, sum));
    expect("a1 a2 a3", 1);
    begin();
    gate(sub(f(0), add(a(0), a(1))));
    expect("f0 a0 a1", 1);
}

/* One rotation that is not 0 will do; a column at another one makes a sum of its own. */
static void one_rotation(void **state)
{
    (void)state;
    begin();
    hcl_expr sum = mul(t(0), add(a(4), a(5)));
    for (size_t i = 0; i < 3; i++)
        sum = add(sum, hcl_ex_advice(&c, advice[i], -1));
    gate(mul(f(0), sum));
    expect("a0 a1 a2 a4 a5", 2);
}

static void two_rotations(void **state)
{
    (void)state;
    begin();
    gate(mul(f(0),
             add(add(a(0), hcl_ex_advice(&c, advice[0], 1)), add(a(1), hcl_ex_advice(&c, advice[1], 1)))));
    expect("", 0);
    begin();
    gate(mul(f(0), add(add(a(0), a(1)), a(2))));
    gate(mul(f(0), hcl_ex_advice(&c, advice[1], 1)));
    expect("a0 a2", 1);
}

/* No more sums than columns: nothing would be gained. */
static void products_of_columns(void **state)
{
    (void)state;
    begin();
    gate(mul(f(0), mul(a(0), a(1))));
    expect("", 0);
    begin();
    gate(add(mul(f(0), a(0)), mul(f(1), a(1))));
    expect("", 0);
    begin();
    gate(mul(f(0), add(a(0), a(1))));
    gate(mul(a(0), a(2)));
    expect("", 0);
    begin();
    gate(mul(f(0), add(a(0), mul(t(0), a(1)))));
    gate(mul(f(0), add(a(0), mul(t(1), a(1)))));
    expect("", 0);
}

static void copied_columns(void **state)
{
    (void)state;
    uint32_t position;
    begin();
    gate(mul(f(0), add(add(a(0), a(1)), add(a(2), f(1)))));
    assert_ok(hcl_circuit_enable_equality(&c, (hcl_column){ HCL_COL_ADVICE, advice[0] }, &position, &err),
              err);
    assert_ok(hcl_circuit_enable_equality(&c, (hcl_column){ HCL_COL_FIXED, fixed[1] }, &position, &err), err);
    expect("a1 a2", 1);
}

static void looked_up_columns(void **state)
{
    (void)state;
    begin();
    gate(mul(f(0), add(add(a(0), a(1)), add(add(a(2), a(3)), add(f(1), f(2))))));
    const hcl_expr inputs[2] = { a(0), mul(f(3), a(1)) }, tables[2] = { f(2), f(4) };
    assert_ok(hcl_circuit_add_lookup(&c, "lookup", inputs, tables, 2, &err), err);
    expect("f1 a2 a3", 1);
}

static void instance_columns(void **state)
{
    (void)state;
    begin();
    gate(mul(f(0), add(hcl_ex_instance(&c, instance, 0), add(a(0), a(1)))));
    expect("a0 a1", 1);
}

/* A column that is queried and has no part in any constraint; one whose terms cancel. */
static void columns_without_effect(void **state)
{
    (void)state;
    begin();
    gate(mul(f(0), mul(a(0), a(1))));
    assert_ok(hcl_circuit_add_query(&c, (struct hcl_query){ { HCL_COL_FIXED, fixed[0] }, 0 }, &err), err);
    for (size_t i = 0; i < 3; i++)
        assert_ok(hcl_circuit_add_query(&c, (struct hcl_query){ { HCL_COL_ADVICE, advice[i] }, 0 }, &err),
                  err);
    expect("a2", 0);
    begin();
    gate(mul(f(0), add(sub(a(0), a(0)), mul(a(1), a(2)))));
    expect("a0", 0);
}

static void switched_off(void **state)
{
    (void)state;
    begin();
    gate(mul(f(0), add(a(0), a(1))));
    hcl_linear_use(false);
    expect("", 0);
    hcl_linear_use(true);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(horner_of_weights),
        cmocka_unit_test(powers_of_a_challenge),
        cmocka_unit_test(shared_sums),
        cmocka_unit_test(squares_and_bare_sums),
        cmocka_unit_test(one_rotation),
        cmocka_unit_test(two_rotations),
        cmocka_unit_test(products_of_columns),
        cmocka_unit_test(copied_columns),
        cmocka_unit_test(looked_up_columns),
        cmocka_unit_test(instance_columns),
        cmocka_unit_test(columns_without_effect),
        cmocka_unit_test(switched_off),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

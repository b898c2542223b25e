/* SPDX-License-Identifier: Apache-2.0 */
/* Committed weights: random rows that no gate reads, which come from the seed and nothing else, and which
 * leave what a key and its proofs show of a column the same for any two models. */
#include "common/poly/domain.h"
#include "compiler/compile.h"
#include "tests/unit/compiler/support/accept.h"
#include <string.h>

static void layer(struct hcl_fx_graph *g, hcl_visibility weights, uint64_t seed)
{
    struct hcl_test_random r = { seed };
    struct hcl_test_conv s = { .kernel_h = 2, .kernel_w = 2, .stride_y = 1, .stride_x = 1, .outputs = 5 };

    *g = (struct hcl_fx_graph){ .weight_visibility = weights, .output_visibility = HCL_PUBLIC };
    s.weight_max = 6;
    s.bias_max = 30;
    s.divisor = 16;
    hcl_test_output(g, hcl_test_conv(g, &r, hcl_test_input(g, 4, 5, 2, -12, 12), &s));
}

static struct hcl_compact *weight_column(const struct hcl_circuit *c, const struct hcl_program *p, uint32_t i)
{
    return &c->fixed[c->num_fixed - p->weight_columns + i];
}

/* Its values, malloc'ed. */
static hcl_fr *weight_values(const struct hcl_circuit *c, const struct hcl_program *p, uint32_t i)
{
    hcl_fr *v = calloc((size_t)1 << c->k, sizeof(*v));

    assert_non_null(v);
    hcl_compact_expand(v, weight_column(c, p, i), 0, (size_t)1 << c->k);
    return v;
}

/* Any other values in the random rows, and every constraint still holds; one weight changed, and none does.
 */
static void test_unread(void **state)
{
    struct hcl_test_random r = { 81 };
    struct hcl_fx_graph g;
    struct lowered l;

    (void)state;
    layer(&g, HCL_COMMITTED, 80);
    accept_start(&l, &g, 3, &r);
    for (uint32_t i = 0; i < l.prog.weight_columns; i++) {
        size_t rows = l.circuit.fixed_rows[l.circuit.num_fixed - l.prog.weight_columns + i];
        assert_int_equal(rows, l.prog.num_weight_rows + LOWERED_RANDOM_ROWS);
        struct hcl_compact *c = weight_column(&l.circuit, &l.prog, i);
        assert_int_equal(c->num_exceptions, LOWERED_RANDOM_ROWS);
        for (size_t e = 0; e < c->num_exceptions; e++) {
            assert_int_equal(c->exceptions[e].row, l.prog.num_weight_rows + e);
            assert_false(hcl_fr_is_zero(&c->exceptions[e].value));
            hcl_fr_from_u64(&c->exceptions[e].value, hcl_test_next(&r));
        }
    }
    assert_int_equal(lowered_violations(&l, true), 0);
    for (uint32_t row = 0; row < l.prog.num_weight_rows; row++) {
        int16_t *v = (int16_t *)weight_column(&l.circuit, &l.prog, 0)->cells + row, was = *v;
        *v = (int16_t)(was + 1);
        assert_true(lowered_violations(&l, false) > 0 || hcl_fr_is_zero(&l.advice[hcl_col_u(3)][row]));
        *v = was;
    }
    lowered_clear(&l);
    hcl_fx_graph_clear(&g);
}

static void compile(struct hcl_compiled *c, const struct hcl_fx_graph *g, const char *seed, uint32_t proofs)
{
    uint8_t bytes[32] = { 0 };
    struct hcl_compile_options o = {
        .lanes = 3, .k = 11, .degree = 4, .key_proofs = proofs, .weight_seed = bytes
    };
    struct hcl_err err;

    memcpy(bytes, seed, strlen(seed));
    assert_ok(hcl_compile(g, &o, c, &err), err);
}

static bool same_rows(const struct hcl_compiled *a, const struct hcl_compiled *b, size_t first, size_t count)
{
    bool same = true;

    for (uint32_t i = 0; i < a->program.weight_columns; i++) {
        hcl_fr *x = weight_values(&a->circuit, &a->program, i),
               *y = weight_values(&b->circuit, &b->program, i);
        same &= memcmp(x + first, y + first, count * sizeof(hcl_fr)) == 0;
        free(x);
        free(y);
    }
    return same;
}

static bool same_column(const struct hcl_compact *a, const struct hcl_compact *b)
{
    bool same = a->n == b->n;

    for (size_t row = 0; same && row < a->n; row++) {
        hcl_fr x, y;
        hcl_compact_get(&x, a, row);
        hcl_compact_get(&y, b, row);
        same = hcl_fr_eq(&x, &y);
    }
    return same;
}

/* The same model and seed: the same rows, one per proof and SRS. Another seed, another number of proofs,
 * another model: other rows. All else is as with public weights. */
static void test_seed(void **state)
{
    struct hcl_fx_graph g, other, public;
    struct hcl_compiled c[5], p;
    size_t weights, rows = 40 + HCL_KEY_SRS;

    (void)state;
    layer(&g, HCL_COMMITTED, 80);
    layer(&other, HCL_COMMITTED, 82);
    layer(&public, HCL_PUBLIC, 80);
    compile(&c[0], &g, "one", 40);
    compile(&c[1], &g, "one", 40);
    compile(&c[2], &g, "two", 40);
    compile(&c[3], &g, "one", 41);
    compile(&c[4], &other, "one", 40);
    compile(&p, &public, "one", 40);
    weights = c[0].program.num_weight_rows;
    assert_int_equal(c[0].layout.random_rows, rows);
    assert_int_equal(p.layout.random_rows, 0);
    assert_true(same_rows(&c[0], &c[1], 0, weights + rows));
    assert_memory_equal(c[0].blinding_id, c[1].blinding_id, 32);
    for (int i = 2; i < 5; i++) {
        for (size_t row = weights; row < weights + rows; row++)
            assert_false(same_rows(&c[0], &c[i], row, 1));
        assert_int_equal(same_rows(&c[0], &c[i], 0, weights), i < 4);
        /* Who has no seed cannot compare the id with that of a model. */
        assert_memory_not_equal(c[0].blinding_id, c[i].blinding_id, 32);
    }
    assert_int_equal(c[0].circuit.num_fixed, p.circuit.num_fixed);
    assert_true(same_rows(&c[0], &p, 0, weights));
    for (uint32_t i = 0; i + c[0].program.weight_columns < c[0].circuit.num_fixed; i++)
        assert_true(same_column(&c[0].circuit.fixed[i], &p.circuit.fixed[i]));
    for (int i = 0; i < 5; i++)
        hcl_compiled_clear(&c[i]);
    hcl_compiled_clear(&p);
    hcl_fx_graph_clear(&g);
    hcl_fx_graph_clear(&other);
    hcl_fx_graph_clear(&public);
}

enum { SHOWN = LOWERED_RANDOM_ROWS };

/* L_row(x)*n/(x^n - 1) = w^row/(x - w^row): what a row weighs in the value at x, up to a factor of x alone.
 */
static void weight_of_row(hcl_fr *out, const struct hcl_domain *d, size_t row, const hcl_fr *x)
{
    hcl_fr w, diff;

    hcl_fr_pow_u64(&w, &d->omega, row);
    hcl_fr_sub(&diff, x, &w);
    hcl_fr_inv(&diff, &diff);
    hcl_fr_mul(out, &w, &diff);
}

/* Solve m*v = v in place; false: singular. */
static bool solve(hcl_fr m[SHOWN][SHOWN], hcl_fr v[SHOWN])
{
    for (int i = 0; i < SHOWN; i++) {
        hcl_fr inv, f, t;
        int pivot = i;
        while (pivot < SHOWN && hcl_fr_is_zero(&m[pivot][i]))
            pivot++;
        if (pivot == SHOWN)
            return false;
        for (int j = 0; j < SHOWN; j++) {
            t = m[i][j];
            m[i][j] = m[pivot][j];
            m[pivot][j] = t;
        }
        t = v[i];
        v[i] = v[pivot];
        v[pivot] = t;
        hcl_fr_inv(&inv, &m[i][i]);
        for (int k = 0; k < SHOWN; k++) {
            if (k == i)
                continue;
            hcl_fr_mul(&f, &m[k][i], &inv);
            for (int j = 0; j < SHOWN; j++) {
                hcl_fr_mul(&t, &m[i][j], &f);
                hcl_fr_sub(&m[k][j], &m[k][j], &t);
            }
            hcl_fr_mul(&t, &v[i], &f);
            hcl_fr_sub(&v[k], &v[k], &t);
        }
    }
    for (int i = 0; i < SHOWN; i++) {
        hcl_fr inv;
        hcl_fr_inv(&inv, &m[i][i]);
        hcl_fr_mul(&v[i], &v[i], &inv);
    }
    return true;
}

static void value_at(hcl_fr *out, const struct hcl_domain *d, const hcl_fr *column, size_t rows,
                     const hcl_fr *x)
{
    *out = hcl_fr_zero;
    for (size_t row = 0; row < rows; row++) {
        hcl_fr w;
        weight_of_row(&w, d, row, x);
        hcl_fr_mul(&w, &w, &column[row]);
        hcl_fr_add(out, out, &w);
    }
}

/* R random rows, R values seen: the commitment, which is the value at the SRS's secret, and R - 1
 * evaluations. For whatever other weights there are random rows, exactly one choice, with which all the
 * values are the same; so what is seen says nothing. With one more value seen the choice differs. */
static void test_hiding(void **state)
{
    struct hcl_test_random r = { 84 };
    struct hcl_fx_graph g;
    struct lowered l;
    struct hcl_domain d;
    struct hcl_err err;
    hcl_fr x[SHOWN + 1], m[SHOWN][SHOWN], v[SHOWN], *fake, *real, a, b;
    size_t weights, rows;

    (void)state;
    layer(&g, HCL_COMMITTED, 80);
    accept_start(&l, &g, 3, &r);
    weights = l.prog.num_weight_rows;
    rows = weights + LOWERED_RANDOM_ROWS;
    assert_ok(hcl_domain_init(&d, l.circuit.k, &err), err);
    real = weight_values(&l.circuit, &l.prog, 0);
    fake = calloc(rows, sizeof(*fake));
    assert_non_null(fake);
    for (size_t row = 0; row < weights; row++)
        hcl_fr_from_i64(&fake[row], hcl_test_between(&r, -99, 99));
    for (int i = 0; i <= SHOWN; i++) {
        hcl_fr_from_u64(&x[i], hcl_test_next(&r));
        hcl_fr_sqr(&x[i], &x[i]);
    }
    for (int i = 0; i < SHOWN; i++) {
        value_at(&a, &d, real, rows, &x[i]);
        value_at(&b, &d, fake, weights, &x[i]);
        hcl_fr_sub(&v[i], &a, &b);
        for (size_t j = 0; j < SHOWN; j++)
            weight_of_row(&m[i][j], &d, weights + j, &x[i]);
    }
    assert_true(solve(m, v));
    memcpy(fake + weights, v, sizeof(v));
    for (int i = 0; i <= SHOWN; i++) {
        value_at(&a, &d, real, rows, &x[i]);
        value_at(&b, &d, fake, rows, &x[i]);
        assert_int_equal(hcl_fr_eq(&a, &b), i < SHOWN);
    }
    free(fake);
    free(real);
    hcl_domain_clear(&d);
    lowered_clear(&l);
    hcl_fx_graph_clear(&g);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_unread), cmocka_unit_test(test_seed),
                                        cmocka_unit_test(test_hiding) };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

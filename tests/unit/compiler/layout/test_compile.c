/* SPDX-License-Identifier: Apache-2.0 */
/* The choice of a layout and its description. */
#include "tests/support/test.h"

#include "common/halo2/check.h"
#include "common/halo2/groups.h"
#include "compiler/compile.h"
#include "compiler/layout/cost.h"
#include "tests/unit/compiler/support/fx_builder.h"
#include <math.h>

static struct hcl_fx_graph graph(hcl_visibility weights)
{
    struct hcl_test_random r = { 51 };
    struct hcl_fx_graph g = { .weight_visibility = weights,
                              .output_visibility = HCL_PUBLIC,
                              .input_visibility = HCL_PUBLIC };
    struct hcl_test_conv conv = { .kernel_h = 3,
                                  .kernel_w = 3,
                                  .stride_y = 1,
                                  .stride_x = 1,
                                  .outputs = 4,
                                  .weight_max = 7,
                                  .bias_max = 500,
                                  .divisor = 16,
                                  .relu = true };

    hcl_test_output(
        &g, hcl_test_softmax(
                &g, hcl_test_pool(&g, HCL_FX_AVG_POOL,
                                  hcl_test_conv(&g, &r, hcl_test_input(&g, 9, 9, 2, -9, 9), &conv), 2)));
    return g;
}

/* Proof bytes by FORMAT section 9 from the finished circuit. */
static size_t proof_bytes(const struct hcl_circuit *c)
{
    size_t m = c->num_permutation, chunks = (m + c->degree - 3) / (c->degree - 2);
    size_t points = c->num_advice + chunks + 1 + (c->degree - 1) + 2;

    return 32 *
           (points + c->num_queries[HCL_COL_ADVICE] + c->num_queries[HCL_COL_FIXED] + 1 + m + 3 * chunks - 1);
}

static double memory_in_groups(struct hcl_shape s, uint32_t groups)
{
    s.savings = (struct hcl_savings){ .key_anew = true, .groups = groups };
    s.savings_given = true;
    return hcl_cost_memory_of(&s).memory_bytes;
}

/* Columns on a coset: as many as constraints read, fewer in groups, and as the layout says. */
static void same_columns(const struct hcl_compiled *c)
{
    struct hcl_shape s = c->layout.shape;
    size_t all = 0;
    for (uint32_t most = 1; most <= HCL_MOST_GROUPS; most *= 2) {
        struct hcl_groups g;
        struct hcl_err err;
        assert_ok(hcl_groups_init(&g, &c->circuit, most, &err), err);
        size_t columns;
        assert_ok(hcl_groups_owned(&columns, &g, 1, NULL, NULL, &err), err);
        hcl_groups_clear(&g);
        all = most == 1 ? columns : all;
        assert_int_equal(s.group_columns[most], most == 1 ? 0 : columns);
        assert_true(most == 1 || columns < all);
    }
    s.group_columns[2] = (uint32_t)all;
    assert_true(memory_in_groups(s, 2) == memory_in_groups(s, 1));
}

/* The cost model's counts are those of the circuit, for every shape of it. */
static void test_counts(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < 28; i++) {
        struct hcl_fx_graph g = graph(i & 1 ? HCL_PUBLIC : HCL_PRIVATE);
        struct hcl_compile_options o = { .lanes = 2 + i / 4, .degree = 4 + (i >> 1 & 1) };
        struct hcl_compiled c;
        struct hcl_err err;
        assert_ok(hcl_compile(&g, &o, &c, &err), err);
        assert_int_equal(c.circuit.degree, o.degree);
        assert_int_equal(c.circuit.minimum_degree, o.degree == 5 ? 5 : -1);
        assert_int_equal(c.circuit.num_fixed, c.layout.cost.fixed);
        assert_int_equal(c.circuit.num_advice, c.layout.cost.advice_small + c.layout.cost.advice_full);
        assert_int_equal(c.circuit.num_permutation, c.layout.cost.permutation);
        assert_int_equal(proof_bytes(&c.circuit), c.layout.cost.proof_bytes);
        assert_int_equal(c.layout.usable_rows + 1, c.circuit.usable_rows);
        assert_int_equal(c.program.num_instance, 9 * 9 * 2 + 3 * 3 * 4);
        same_columns(&c);
        hcl_compiled_clear(&c);
        hcl_fx_graph_clear(&g);
    }
}

static void test_choice(void **state)
{
    struct hcl_fx_graph g = graph(HCL_PRIVATE);
    struct hcl_compile_options o = { .objective = HCL_FOR_PROOF_SIZE };
    struct hcl_compiled c;
    struct hcl_err err;
    uint32_t k;
    size_t rows = 0;

    (void)state;
    assert_ok(hcl_compile(&g, &o, &c, &err), err);
    assert_true(c.layout.num_candidates >= 22);
    for (size_t i = 0; i < c.layout.num_candidates; i++)
        assert_true(c.layout.candidates[i].cost.proof_bytes >= c.layout.cost.proof_bytes);
    for (size_t i = 0; i < c.layout.num_regions; i++) {
        assert_int_equal(c.layout.regions[i].first_row, rows);
        rows += c.layout.regions[i].rows;
    }
    assert_int_equal(rows, c.layout.rows);
    hcl_compiled_clear(&c);

    o = (struct hcl_compile_options){ .objective = HCL_FOR_TIME, .max_proof_bytes = 3200 };
    assert_ok(hcl_compile(&g, &o, &c, &err), err);
    assert_true(c.layout.cost.proof_bytes <= 3200);
    hcl_compiled_clear(&c);

    o = (struct hcl_compile_options){ 0 };
    assert_ok(hcl_compile(&g, &o, &c, &err), err);
    k = c.layout.k;
    hcl_compiled_clear(&c);
    o.k = k + 2;
    assert_ok(hcl_compile(&g, &o, &c, &err), err);
    assert_int_equal(c.circuit.k, k + 2);
    assert_int_equal(c.program.k, k + 2);
    hcl_compiled_clear(&c);
    hcl_fx_graph_clear(&g);
}

/* A tenth of the length is worth a hundredth of the time, no more; what does not fit is not chosen. */
static void test_balance(void **state)
{
    static const struct {
        double seconds;
        size_t bytes;
        bool fits;
    } given[] = { { 0.5, 100, false },    { 1.0, 5000, true }, { 1.0227, 4000, true }, { 1.0526, 3000, true },
                  { 1.0224, 4000, true }, { 1.0, 6000, true }, { 3.0, 1000, true } };
    enum { COUNT = sizeof(given) / sizeof(*given) };
    struct hcl_candidate c[COUNT] = { 0 };
    const struct hcl_candidate *all[COUNT];

    (void)state;
    for (size_t i = 0; i < COUNT; i++) {
        c[i].cost.seconds = given[i].seconds;
        c[i].cost.proof_bytes = given[i].bytes;
        c[i].cost.memory_bytes = -given[i].seconds;
        c[i].fits = given[i].fits;
        all[i] = &c[i];
    }
    assert_ptr_equal(hcl_candidate_best(all, COUNT, HCL_FOR_BALANCE), &c[4]);
    assert_ptr_equal(hcl_candidate_best(all, COUNT, HCL_FOR_TIME), &c[1]);
    assert_ptr_equal(hcl_candidate_best(all, COUNT, HCL_FOR_PROOF_SIZE), &c[6]);
    assert_ptr_equal(hcl_candidate_best(all, COUNT, HCL_FOR_MEMORY), &c[6]);
    assert_null(hcl_candidate_best(all, 1, HCL_FOR_BALANCE));
}

static void refused(const struct hcl_fx_graph *g, struct hcl_compile_options o, const char *text)
{
    struct hcl_compiled c;
    struct hcl_err err = { "" };

    assert_int_equal(hcl_compile(g, &o, &c, &err), HCL_BAD_INPUT);
    if (!strstr(err.msg, text))
        fail_msg("message '%s' does not say '%s'", err.msg, text);
}

static void test_refusals(void **state)
{
    struct hcl_fx_graph g = graph(HCL_PRIVATE);

    (void)state;
    refused(&g, (struct hcl_compile_options){ .k = 6 }, "rows");
    refused(&g, (struct hcl_compile_options){ .lanes = 1 }, "2..32 lanes");
    refused(&g, (struct hcl_compile_options){ .degree = 6 }, "degree 4 or 5");
    refused(&g, (struct hcl_compile_options){ .max_proof_bytes = 1000 }, "1000 bytes");
    refused(&g, (struct hcl_compile_options){ .k = 40 }, "k <= 28");
    hcl_fx_graph_clear(&g);
}

static void test_description(void **state)
{
    struct hcl_fx_graph g = graph(HCL_PUBLIC);
    struct hcl_compile_options o = { 0 };
    struct hcl_compiled c;
    struct hcl_err err;
    json_t *layout, *public;
    char *text = NULL;
    size_t len = 0;
    FILE *f = open_memstream(&text, &len);

    (void)state;
    assert_ok(hcl_compile(&g, &o, &c, &err), err);
    layout = hcl_layout_json(&c.layout);
    assert_non_null(layout);
    assert_int_equal(json_integer_value(json_object_get(layout, "rows")), c.layout.rows);
    assert_int_equal(json_array_size(json_object_get(layout, "alternatives")), c.layout.num_candidates);
    public = hcl_public_json(&g);
    assert_int_equal(json_array_size(json_object_get(public, "public")), 2);
    assert_int_equal(json_integer_value(
                         json_object_get(json_array_get(json_object_get(public, "public"), 1), "first_row")),
                     9 * 9 * 2);
    hcl_layout_print(&c.layout, f);
    fclose(f);
    assert_non_null(strstr(text, "chosen"));
    free(text);
    json_decref(layout);
    json_decref(public);
    hcl_compiled_clear(&c);
    hcl_fx_graph_clear(&g);
}

/* Of sums over ranks each rank makes all rows of what it adds, and adds what others give it of its own rows;
 * of a sum of tables, which all ranks have, its own rows. Few ranks make the factors of their transforms,
 * more keep them. */
static void test_summands(void **state)
{
    struct hcl_fx_graph g = graph(HCL_PUBLIC);
    const struct hcl_compile_options o = { .k = 12 };
    struct hcl_compiled c;
    struct hcl_err err;

    (void)state;
    assert_ok(hcl_compile(&g, &o, &c, &err), err);
    struct hcl_shape s = c.layout.shape;
    const double n = ldexp(1, (int)s.k), weights = s.weight_columns > 1;
    for (s.ranks = 2; s.ranks <= 128; s.ranks *= 2) {
        struct hcl_cost cost;
        assert_ok(hcl_cost_of(&cost, &s, &err), err);
        const double own = HCL_COST_LINEAR_ROW * n, others = HCL_COST_SUMMAND * n * (1 - 1.0 / s.ranks);
        const double factors =
            s.ranks < HCL_KEPT_FACTORS_RANKS ? HCL_COST_COSET_SET * n * cost.quotient_pieces : 0;
        const double weighing = fmin(1, (double)s.weight_columns / s.ranks);
        const double repeated = cost.phase[HCL_COST_TRANSFORMS].repeated;
        const double want = factors + own / s.ranks + weights * (own + weighing * others);
        assert_true(repeated >= 0.999 * want && repeated <= 1.001 * want);
        assert_true(cost.phase[HCL_COST_OPENING].repeated > own);
    }
    hcl_compiled_clear(&c);
    hcl_fx_graph_clear(&g);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_counts),      cmocka_unit_test(test_choice),
                                        cmocka_unit_test(test_balance),     cmocka_unit_test(test_refusals),
                                        cmocka_unit_test(test_description), cmocka_unit_test(test_summands) };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* The search: what it chooses, that it is repeatable, and that it says clearly what cannot be done. */
#include "tests/support/test.h"

#include "common/sys/mem.h"
#include "compiler/quantize/build.h"
#include "tests/unit/compiler/support/digits.h"
#include <math.h>

#define MODEL DIGITS_MODEL

struct fixture {
    struct hcl_samples samples; /* of the options, which tests replace */
    struct hcl_quantize_options options;
    struct hcl_err err;
};

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    assert_non_null(f);
    digits_options(&f->options);
    f->samples = f->options.samples;
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    hcl_samples_clear(&f->samples);
    free(f);
    return 0;
}

static void refused(struct fixture *f, const char *part)
{
    struct hcl_fx_graph g;
    assert_int_equal(hcl_model_to_fixed(MODEL, &f->options, &g, &f->err), HCL_BAD_INPUT);
    assert_null(g.nodes);
    if (strstr(f->err.msg, part) == NULL)
        fail_msg("message is \"%s\", expected \"%s\" in it", f->err.msg, part);
}

static void search_is_repeatable_and_within_bounds(void **state)
{
    struct fixture *f = *state;
    struct hcl_fx_graph a, b;
    struct hcl_quantize_report report, again;
    size_t rows;
    f->options.weight_visibility = HCL_PUBLIC;
    assert_ok(hcl_model_to_fixed_report(MODEL, &f->options, &a, &report, &f->err), f->err);
    assert_ok(hcl_model_to_fixed_report(MODEL, &f->options, &b, &again, &f->err), f->err);
    assert_int_equal(report.table_len, again.table_len);
    assert_int_equal(report.remainder_bits, again.remainder_bits);
    assert_int_equal(report.weight_bits, again.weight_bits);
    assert_int_equal(a.num_tensors, b.num_tensors);
    for (uint32_t t = 0; t < a.num_tensors; t++) {
        assert_true(a.tensors[t].lo == b.tensors[t].lo && a.tensors[t].hi == b.tensors[t].hi);
        if (a.tensors[t].data != NULL)
            for (uint32_t i = 0; i < a.tensors[t].dims[3]; i++)
                assert_int_equal(hcl_fx_constant(&a.tensors[t], i), hcl_fx_constant(&b.tensors[t], i));
    }
    assert_ok(hcl_fx_table_rows(&a, &rows, &f->err), f->err);
    assert_int_equal(report.table_rows, rows);
    assert_int_equal(report.num_samples, 32);
    assert_string_equal(report.calibration, "samples");
    assert_true(report.worst_error <= 0.02);
    assert_int_equal(a.weight_visibility, HCL_PUBLIC);
    assert_int_equal(a.output_visibility, HCL_PUBLIC);
    assert_int_equal(a.input_visibility, HCL_PRIVATE);
    hcl_fx_graph_clear(&a);
    hcl_fx_graph_clear(&b);
}

/* One table per function, and identity's covers the input. */
static void equal_functions_share_a_table(void **state)
{
    struct fixture *f = *state;
    struct hcl_fx_graph g;
    assert_ok(hcl_model_to_fixed(MODEL, &f->options, &g, &f->err), f->err);
    for (size_t i = 0; i < g.num_nodes; i++)
        for (size_t j = 0; j < i; j++) {
            const struct hcl_fx_node *a = &g.nodes[i], *b = &g.nodes[j];
            bool ranged = hcl_fx_has_rescale(a->op) && hcl_fx_has_rescale(b->op);
            if (ranged && hcl_fx_same_function(&g, a, b))
                assert_true(a->q_lo == b->q_lo && a->q_hi == b->q_hi);
            if (ranged && a->function.id == HCL_FN_IDENTITY)
                assert_true(a->q_lo == g.tensors[g.inputs[0]].lo && a->q_hi == g.tensors[g.inputs[0]].hi);
        }
    hcl_fx_graph_clear(&g);
}

static void fixed_bits_are_obeyed(void **state)
{
    struct fixture *f = *state;
    struct hcl_fx_graph g;
    struct hcl_quantize_report report;
    f->options.table_bits = 12;
    f->options.weight_bits = 9;
    f->options.output_bits = 12;
    f->options.accuracy = 0.1;
    assert_ok(hcl_model_to_fixed_report(MODEL, &f->options, &g, &report, &f->err), f->err);
    assert_int_equal(report.table_len, 4096);
    assert_int_equal(report.weight_bits, 9);
    assert_int_equal(g.tensors[g.outputs[0]].frac_bits, 12);
    for (uint32_t t = 0; t < g.num_tensors; t++)
        if (strstr(g.tensors[t].name, "Conv2D") != NULL && g.tensors[t].dims[1] == 3 &&
            g.tensors[t].is_weight)
            assert_true(g.tensors[t].lo >= -256 && g.tensors[t].hi < 256);
    hcl_fx_graph_clear(&g);
}

/* Each tensor fills the table that all share: the most that half of it can hold with room for twice what the
 * samples showed. */
static void scales_fill_the_table(void **state)
{
    struct fixture *f = *state;
    struct hcl_fx_graph g;
    struct hcl_quantize_report report;
    f->options.table_bits = 12;
    assert_ok(hcl_model_to_fixed_report(MODEL, &f->options, &g, &report, &f->err), f->err);
    assert_true(report.least_frac_bits < report.most_frac_bits);
    for (size_t i = 0; i < g.num_nodes; i++) {
        const struct hcl_fx_node *n = &g.nodes[i];
        if (!hcl_fx_has_rescale(n->op))
            continue;
        /* RELU's also holds the differences of two values of either sign */
        assert_true(n->q_hi - n->q_lo < (n->function.id == HCL_FN_RELU ? 2 : 1) * 4096);
        assert_true(n->divisor <= (int64_t)1 << report.remainder_bits);
    }
    hcl_fx_graph_clear(&g);
}

/* The report says what the ranges are based on. */
static void few_samples_are_reported(void **state)
{
    struct fixture *f = *state;
    struct hcl_fx_graph g;
    struct hcl_quantize_report report;
    f->options.samples.count = 1;
    assert_ok(hcl_model_to_fixed_report(MODEL, &f->options, &g, &report, &f->err), f->err);
    assert_string_equal(report.calibration, "one sample");
    hcl_fx_graph_clear(&g);
    hcl_quantize_options_default(&f->options);
    f->options.accuracy = 0.2;
    assert_ok(hcl_model_to_fixed_report(MODEL, &f->options, &g, &report, &f->err), f->err);
    assert_string_equal(report.calibration, "synthetic");
    hcl_fx_graph_clear(&g);
}

/* Too few table rows are said to be that, and how many it would take. */
static void lack_of_rows_is_refused(void **state)
{
    struct fixture *f = *state;
    f->options.max_rows = 100;
    refused(f, "the smallest look-up tables need");
    assert_non_null(strstr(f->err.msg, "expected at most"));
}

/* Each criterion that failed, with its limit, and the tensor where it goes wrong. */
static void inaccuracy_is_refused(void **state)
{
    struct fixture *f = *state;
    f->options.table_bits = 5;
    f->options.accuracy = 0.01;
    refused(f, "accurate enough: with the best (tables of 32 entries");
    assert_non_null(strstr(f->err.msg, "a score is off by"));
    assert_non_null(strstr(f->err.msg, "expected at most 0.008"));
    assert_non_null(strstr(f->err.msg, "on average by"));
    assert_non_null(strstr(f->err.msg, "expected at most 0.0033"));
    assert_non_null(strstr(f->err.msg, "the first beyond the limit"));
}

static void bad_options_are_refused(void **state)
{
    struct fixture *f = *state;
    f->options.table_bits = 3;
    refused(f, "table bits is 3, expected 4..18");
    f->options.table_bits = 0;
    f->options.weight_bits = 17;
    refused(f, "weight bits is 17, expected 2..16");
    f->options.weight_bits = 0;
    f->options.accuracy = 2;
    refused(f, "the accuracy is 2");
    f->options.accuracy = 0;
    f->options.margin = 0.5;
    refused(f, "the margin is 0.5");
    f->options.margin = NAN;
    refused(f, "the margin is nan");
    f->options.margin = 0;
    f->options.samples.len = 63;
    refused(f, "a calibration sample has 63 elements, expected 64");
    f->options.samples.len = 64;
    f->options.samples.data[100] = NAN;
    refused(f, "calibration sample 1 is nan at element 36");
}

/* Memory that runs out at any point is a status, and nothing leaks (sanitizers look). */
static void lack_of_memory_is_reported(void **state)
{
    struct fixture *f = *state;
    struct hcl_fx_graph g;
    uint64_t current, peak, more = 1;
    hcl_status st;
    hcl_mem_usage(&current, &peak);
    do {
        hcl_mem_set_limit(current + more);
        st = hcl_model_to_fixed(MODEL, &f->options, &g, &f->err);
        more *= 4;
        assert_true(st == HCL_OK || st == HCL_NO_RESOURCE);
        assert_true(st == HCL_OK || g.nodes == NULL);
    } while (st != HCL_OK);
    hcl_mem_set_limit(0);
    assert_true(more > 4);
    hcl_fx_graph_clear(&g);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(search_is_repeatable_and_within_bounds),
        TEST(equal_functions_share_a_table),
        TEST(fixed_bits_are_obeyed),
        TEST(few_samples_are_reported),
        TEST(scales_fill_the_table),
        TEST(lack_of_rows_is_refused),
        TEST(inaccuracy_is_refused),
        TEST(bad_options_are_refused),
        TEST(lack_of_memory_is_reported),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

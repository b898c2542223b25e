/* SPDX-License-Identifier: Apache-2.0 */
/* Every allocation from the model file to the witness fails in turn: no crash, no leak, HCL_NO_RESOURCE with
 * a message. */
#include "common/witness/columns.h"
#include "common/witness/run.h"
#include "compiler/choose.h"
#include "compiler/quantize/run.h"
#include "tests/support/failing_alloc.h"
#include "tests/support/test.h"
#include "tests/unit/compiler/support/digits.h"
#include "tests/unit/compiler/support/fx_builder.h"

/* Made while nothing fails. */
static struct hcl_quantize_options options;
static struct hcl_quantize_report report;
static struct hcl_graph model_float;
static struct hcl_fx_graph model, small;
static struct hcl_compiled compiled;
static uint8_t *program;
static size_t program_len;

/* With every kind of row, block and hint. */
static void build_small(void)
{
    struct hcl_test_random r = { 61 };
    struct hcl_test_conv conv = hcl_test_conv_2x2;
    uint32_t x = hcl_test_conv(&small, &r, hcl_test_input(&small, 4, 4, 2, -9, 9), &conv);
    conv.depthwise = true;
    x = hcl_test_conv(&small, &r, x, &conv);
    x = hcl_test_pool(&small, HCL_FX_MAX_POOL, x, 2);
    hcl_test_output(&small, hcl_test_softmax(&small, x));
    small.output_visibility = HCL_PUBLIC;
}

static int set_up(void **state)
{
    const struct hcl_compile_options layout = { .lanes = 3, .degree = 4 };
    struct hcl_err err;
    (void)state;
    digits_options(&options);
    digits_model(&model_float);
    options.samples.count = 2; /* more of them allocate nothing else */
    options.table_bits = 9;
    options.weight_bits = 6;
    options.accuracy = 1;
    assert_ok(hcl_model_to_fixed_report(DIGITS_MODEL, &options, &model, &report, &err), err);
    build_small();
    assert_ok(hcl_compile(&small, &layout, &compiled, &err), err);
    assert_ok(hcl_program_write(&compiled.program, HCL_PROGRAM_WHOLE, &program, &program_len, &err), err);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    hcl_samples_clear(&options.samples);
    hcl_graph_clear(&model_float);
    hcl_fx_graph_clear(&model);
    hcl_fx_graph_clear(&small);
    hcl_compiled_clear(&compiled);
    free(program);
    return 0;
}

static hcl_status call_samples(void *unused, struct hcl_err *err)
{
    (void)unused;
    struct hcl_samples s;
    const hcl_status st = hcl_samples_read_one(&s, DIGITS "calibration.npy", &model_float, 0, err);
    hcl_samples_clear(&s);
    return st;
}

static hcl_status call_quantize(void *unused, struct hcl_err *err)
{
    (void)unused;
    struct hcl_fx_graph g;
    const hcl_status st = hcl_model_to_fixed(DIGITS_MODEL, &options, &g, err);
    hcl_fx_graph_clear(&g);
    return st;
}

static hcl_status call_choose(void *unused, struct hcl_err *err)
{
    (void)unused;
    const struct hcl_compile_options layout = { .lanes = 2 };
    struct hcl_choice choice;
    struct hcl_graph g;
    hcl_status st = hcl_model_read(&g, DIGITS_MODEL, NULL, err);
    if (st != HCL_OK)
        return st;
    st = hcl_choose(&g, &options, &layout, NULL, &choice, err);
    hcl_choice_clear(&choice);
    hcl_graph_clear(&g);
    return st;
}

static hcl_status call_run(void *unused, struct hcl_err *err)
{
    (void)unused;
    const struct hcl_samples two = { options.samples.data, 2, options.samples.len };
    struct hcl_judge *judge;
    struct hcl_run run = { 0 };
    hcl_status st = hcl_judge_open(&judge, &model_float, &model, &report, err);
    if (st == HCL_OK)
        st = hcl_run(&run, &model, &two, NULL, judge, err);
    hcl_run_clear(&run);
    hcl_judge_close(judge);
    return st;
}

static hcl_status call_compile(void *unused, struct hcl_err *err)
{
    (void)unused;
    const struct hcl_compile_options layout = { .lanes = 3, .degree = 4 };
    struct hcl_compiled c;
    const hcl_status st = hcl_compile(&small, &layout, &c, err);
    hcl_compiled_clear(&c);
    return st;
}

static hcl_status call_program(void *unused, struct hcl_err *err)
{
    (void)unused;
    struct hcl_reader in = { .base = program, .len = program_len, .file = "program" };
    struct hcl_program p;
    uint8_t *again = NULL;
    size_t len;
    hcl_status st = hcl_program_read(&p, &in, err);
    if (st == HCL_OK)
        st = hcl_program_write(&p, HCL_PROGRAM_WHOLE, &again, &len, err);
    free(again);
    hcl_program_clear(&p);
    return st;
}

/* All columns of both phases, by two threads. */
static hcl_status fill(struct hcl_witness *w, hcl_fr *const *out, struct hcl_err *err)
{
    const struct hcl_witness_source source = hcl_witness_source(w);
    const uint32_t lanes = w->prog->lanes, small_columns = hcl_col_h(lanes, 0);
    uint32_t cols[4 * HCL_MAX_LANES + 7];
    hcl_fr challenges[HCL_NUM_CHALLENGES];
    for (uint32_t i = 0; i < HCL_NUM_CHALLENGES; i++)
        hcl_fr_from_u64(&challenges[i], 99991 + i);
    for (uint32_t i = 0; i < hcl_num_advice(lanes); i++)
        cols[i] = i;
    const hcl_status st = source.fill(source.ctx, 0, challenges, cols, small_columns, out, 2, err);
    return st != HCL_OK ? st
                        : source.fill(source.ctx, 1, challenges, cols + small_columns,
                                      hcl_num_advice(lanes) - small_columns, out + small_columns, 2, err);
}

static hcl_status call_witness(void *columns, struct hcl_err *err)
{
    const int64_t x[32] = { 1, -2, 3 };
    struct hcl_witness w;
    hcl_status st = hcl_witness_init(&w, &compiled.program, err);
    if (st == HCL_OK)
        st = hcl_witness_set_input(&w, 0, x, 32, err);
    if (st == HCL_OK)
        st = hcl_witness_run(&w, err);
    if (st == HCL_OK)
        st = fill(&w, columns, err);
    hcl_witness_clear(&w);
    return st;
}

static void test_samples(void **state)
{
    (void)state;
    hcl_every_allocation_may_fail(&(struct hcl_alloc_call){ .name = "samples", .run = call_samples });
}

static void test_quantize(void **state)
{
    (void)state;
    hcl_every_allocation_may_fail(&(struct hcl_alloc_call){ .name = "quantize", .run = call_quantize });
}

static void test_choose(void **state)
{
    (void)state;
    hcl_every_allocation_may_fail(&(struct hcl_alloc_call){ .name = "choose", .run = call_choose });
}

static void test_run(void **state)
{
    (void)state;
    hcl_every_allocation_may_fail(&(struct hcl_alloc_call){ .name = "run", .run = call_run });
}

static void test_compile(void **state)
{
    (void)state;
    hcl_every_allocation_may_fail(&(struct hcl_alloc_call){ .name = "compile", .run = call_compile });
}

static void test_program(void **state)
{
    (void)state;
    hcl_every_allocation_may_fail(&(struct hcl_alloc_call){ .name = "program", .run = call_program });
}

static void test_witness(void **state)
{
    hcl_fr *columns[4 * HCL_MAX_LANES + 7] = { NULL };
    const uint32_t count = hcl_num_advice(compiled.program.lanes);
    (void)state;
    for (uint32_t i = 0; i < count; i++)
        assert_non_null(columns[i] = calloc((size_t)1 << compiled.program.k, sizeof(hcl_fr)));
    hcl_every_allocation_may_fail(
        &(struct hcl_alloc_call){ .name = "witness", .run = call_witness, .ctx = columns });
    for (uint32_t i = 0; i < count; i++)
        free(columns[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_samples), cmocka_unit_test(test_quantize), cmocka_unit_test(test_choose),
        cmocka_unit_test(test_run),     cmocka_unit_test(test_compile),  cmocka_unit_test(test_program),
        cmocka_unit_test(test_witness),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}

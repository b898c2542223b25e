/* SPDX-License-Identifier: Apache-2.0 */
/* Scales and layout chosen together: the cheapest of what was tried, ranges that fill its rows, the layout
 * that compiling then finds, and clear refusals. */
#include "tests/support/test.h"

#include "common/sys/mem.h"
#include "compiler/choose.h"
#include "tests/unit/compiler/support/digits.h"

struct fixture {
    struct hcl_samples samples;
    struct hcl_graph model;
    struct hcl_quantize_options quant;
    struct hcl_compile_options layout;
    struct hcl_choice choice;
    struct hcl_err err;
};

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    assert_non_null(f);
    digits_options(&f->quant);
    f->samples = f->quant.samples;
    digits_model(&f->model);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    hcl_choice_clear(&f->choice);
    hcl_samples_clear(&f->samples);
    hcl_graph_clear(&f->model);
    free(f);
    return 0;
}

static void choose(struct fixture *f)
{
    hcl_choice_clear(&f->choice);
    assert_ok(hcl_choose(&f->model, &f->quant, &f->layout, NULL, &f->choice, &f->err), f->err);
}

static void same_layout(const struct hcl_layout *a, const struct hcl_layout *b)
{
    assert_int_equal(a->k, b->k);
    assert_int_equal(a->lanes, b->lanes);
    assert_int_equal(a->degree, b->degree);
    assert_int_equal(a->weight_columns, b->weight_columns);
    assert_int_equal(a->rows, b->rows);
    assert_int_equal(a->weight_rows, b->weight_rows);
    assert_int_equal(a->table_rows, b->table_rows);
    assert_int_equal(a->cost.proof_bytes, b->cost.proof_bytes);
}

/* Compile what was chosen, by its options and by counting all candidates again: the same layout, and the same
 * candidates but for the tables, which were widened. */
static void compile(struct fixture *f, struct hcl_compiled *out)
{
    const struct hcl_compile_options chosen = hcl_choice_options(&f->choice, &f->layout);
    const struct hcl_candidates *all = &f->choice.candidates;
    struct hcl_compiled again;
    assert_ok(hcl_compile(&f->choice.graph, &chosen, out, &f->err), f->err);
    assert_ok(hcl_compile(&f->choice.graph, &f->layout, &again, &f->err), f->err);
    same_layout(&out->layout, &again.layout);
    assert_int_equal(all->count, again.layout.num_candidates);
    for (size_t i = 0; i < all->count; i++) {
        const struct hcl_candidate *a = &all->of[i], *b = &again.layout.candidates[i];
        assert_true(a->lanes == b->lanes && a->k == b->k && a->rows == b->rows &&
                    a->weight_rows == b->weight_rows && a->cost.proof_bytes == b->cost.proof_bytes);
    }
    hcl_compiled_clear(&again);
}

static void cheapest_is_chosen(void **state)
{
    struct fixture *f = *state;
    static const hcl_objective objectives[] = { HCL_FOR_TIME, HCL_FOR_PROOF_SIZE, HCL_FOR_MEMORY };
    for (size_t i = 0; i < 3; i++) {
        struct hcl_compiled c;
        f->layout.objective = objectives[i];
        choose(f);
        assert_true(f->choice.num_tried > 0 && f->choice.chosen < f->choice.num_tried);
        for (size_t j = 0; j < f->choice.num_tried; j++)
            assert_false(hcl_cost_better(&f->choice.tried[j].layout.cost,
                                         &f->choice.tried[f->choice.chosen].layout.cost, objectives[i]));
        assert_true(f->choice.quant.worst_error <= 0.02);
        compile(f, &c);
        hcl_compiled_clear(&c);
    }
}

/* Wider than asked for, by rows that were free: at most a twelfth of them is left, and k stays. */
static void ranges_fill_the_rows(void **state)
{
    struct fixture *f = *state;
    struct hcl_compiled c;
    choose(f);
    const struct hcl_candidate *before = &f->choice.tried[f->choice.chosen].layout;
    compile(f, &c);
    assert_true(f->choice.quant.margin > 2);
    assert_true(c.layout.table_rows > before->table_rows);
    assert_true(c.layout.table_rows <= c.layout.usable_rows);
    assert_true(c.layout.table_rows >= c.layout.usable_rows - c.layout.usable_rows / 12);
    hcl_compiled_clear(&c);
}

/* Of a network whose NORM and SOFTMAX have tables beside those of functions: what the search counts is what
 * the layout stacks, so the setting that it takes fits the rows it was taken for, and has no better one
 * beside it. */
static void tables_are_counted_as_laid_out(void **state)
{
    static const char *const networks[] = { "gpt2_micro", "masknet_tiny", "autoencoder_tiny", "forest_tiny" };
    (void)state;
    for (size_t i = 0; i < sizeof networks / sizeof *networks; i++) {
        struct fixture f = { 0 };
        char path[512];
        hcl_quantize_options_default(&f.quant);
        snprintf(path, sizeof path, HCL_SOURCE_DIR "/tests/conformance/zoo/%s/model.tflite", networks[i]);
        assert_ok(hcl_model_read(&f.model, path, NULL, &f.err), f.err);
        snprintf(path, sizeof path, HCL_SOURCE_DIR "/tests/conformance/zoo/%s/calibration.npy", networks[i]);
        assert_ok(hcl_samples_read_one(&f.samples, path, &f.model, 0, &f.err), f.err);
        f.quant.samples = f.samples;
        choose(&f);
        const struct hcl_choice_setting *t = &f.choice.tried[f.choice.chosen];
        assert_false(t->outgrown);
        assert_int_equal(t->quant.table_rows, t->layout.table_rows);
        hcl_choice_clear(&f.choice);
        hcl_samples_clear(&f.samples);
        hcl_graph_clear(&f.model);
    }
}

struct told {
    size_t times;
    struct hcl_choose_news last;
};

static void tell(void *ctx, const struct hcl_choose_news *news)
{
    struct told *t = ctx;
    assert_true(news->left >= 0 && news->laying_out >= 0 && news->layout.cost.seconds > 0);
    assert_false(news->layout.shape.private_weights);
    t->times++;
    t->last = *news;
}

/* Whoever watches is told of a layout early on, and in the end of the one that is chosen. */
static void a_watch_is_told(void **state)
{
    struct fixture *f = *state;
    struct told told = { 0 };
    const struct hcl_choose_watch watch = { .tell = tell, .ctx = &told };
    f->quant.weight_visibility = HCL_PUBLIC;
    assert_ok(hcl_choose(&f->model, &f->quant, &f->layout, &watch, &f->choice, &f->err), f->err);
    const struct hcl_candidate *chosen = &f->choice.tried[f->choice.chosen].layout;
    assert_true(told.times >= 4); /* of a sketch, the first layout, a setting that was compared, the choice */
    assert_memory_equal(&told.last.layout.shape, &chosen->shape, sizeof chosen->shape);
    assert_true(told.last.left < 5);
}

static hcl_status disallow(void *ctx, const struct hcl_shape *sketch, struct hcl_err *err)
{
    *(struct hcl_shape *)ctx = *sketch;
    return hcl_fail(err, HCL_NO_RESOURCE, "too large");
}

/* Who may not have a layout like the sketch is told so before calibration, of which nobody hears. */
static void a_sketch_is_refused(void **state)
{
    struct fixture *f = *state;
    struct told told = { 0 };
    struct hcl_shape sketch = { 0 };
    const struct hcl_choose_watch watch = {
        .tell = tell, .ctx = &told, .allow = disallow, .allow_ctx = &sketch
    };
    assert_int_equal(hcl_choose(&f->model, &f->quant, &f->layout, &watch, &f->choice, &f->err),
                     HCL_NO_RESOURCE);
    assert_string_equal(f->err.msg, "too large");
    assert_true(sketch.rows > 0 && sketch.weight_rows > 0);
    assert_int_equal(told.times, 0);
    assert_int_equal(f->choice.num_tried, 0);
}

static void same_ranges(const struct hcl_fx_graph *a, const struct hcl_fx_graph *b)
{
    assert_int_equal(a->num_nodes, b->num_nodes);
    for (size_t i = 0; i < a->num_nodes; i++) {
        assert_true(a->nodes[i].q_lo == b->nodes[i].q_lo && a->nodes[i].q_hi == b->nodes[i].q_hi);
        assert_true(a->nodes[i].divisor == b->nodes[i].divisor);
    }
}

static void choice_is_repeatable_without_samples(void **state)
{
    struct fixture *f = *state;
    struct hcl_choice first;
    f->quant.samples = (struct hcl_samples){ 0 };
    choose(f);
    first = f->choice;
    f->choice = (struct hcl_choice){ 0 };
    choose(f);
    same_ranges(&first.graph, &f->choice.graph);
    assert_string_equal(f->choice.quant.calibration, "synthetic");
    assert_non_null(strstr(hcl_calibration_text(&f->choice.quant), "made-up"));
    hcl_choice_clear(&first);
}

static void options_are_obeyed(void **state)
{
    struct fixture *f = *state;
    struct hcl_compiled c;
    f->layout.k = 14;
    f->layout.lanes = 3;
    f->quant.table_bits = 11;
    f->quant.weight_bits = 8;
    f->quant.accuracy = 0.1;
    choose(f);
    assert_int_equal(f->choice.quant.table_len, 2048);
    assert_int_equal(f->choice.quant.weight_bits, 8);
    compile(f, &c);
    assert_int_equal(c.layout.k, 14);
    assert_int_equal(c.layout.lanes, 3);
    hcl_compiled_clear(&c);
}

static void refused(struct fixture *f, const char *part)
{
    assert_int_equal(hcl_choose(&f->model, &f->quant, &f->layout, NULL, &f->choice, &f->err), HCL_BAD_INPUT);
    assert_null(f->choice.graph.nodes);
    if (strstr(f->err.msg, part) == NULL)
        fail_msg("message is \"%s\", expected \"%s\" in it", f->err.msg, part);
}

static void impossible_requests_are_refused(void **state)
{
    struct fixture *f = *state;
    f->layout.k = 9;
    refused(f, "k = 9 is too small, this model needs k = ");
    f->layout.k = 12;
    f->layout.lanes = 2;
    refused(f, "");
    f->layout = (struct hcl_compile_options){ .max_proof_bytes = 100 };
    refused(f, "no layout makes proofs of at most 100 bytes: the shortest have ");
    f->layout = (struct hcl_compile_options){ .lanes = HCL_MAX_LANES + 1 };
    refused(f, "expected k <=");
    f->layout = (struct hcl_compile_options){ 0 };
    f->layout.k = 0;
    f->quant.table_bits = 5;
    refused(f, "accurate enough: with the best (tables of 32 entries");
}

/* Memory that runs out at any point is a status, and nothing leaks (sanitizers look). */
static void lack_of_memory_is_reported(void **state)
{
    struct fixture *f = *state;
    uint64_t current, peak, more = 1;
    hcl_status st;
    hcl_mem_usage(&current, &peak);
    do {
        hcl_mem_set_limit(current + more);
        st = hcl_choose(&f->model, &f->quant, &f->layout, NULL, &f->choice, &f->err);
        more *= 4;
        assert_true(st == HCL_OK || st == HCL_NO_RESOURCE);
        assert_true(st == HCL_OK || f->choice.graph.nodes == NULL);
    } while (st != HCL_OK);
    hcl_mem_set_limit(0);
    assert_true(more > 4);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(cheapest_is_chosen),
        TEST(ranges_fill_the_rows),
        cmocka_unit_test(tables_are_counted_as_laid_out),
        TEST(a_watch_is_told),
        TEST(a_sketch_is_refused),
        TEST(choice_is_repeatable_without_samples),
        TEST(options_are_obeyed),
        TEST(impossible_requests_are_refused),
        TEST(lack_of_memory_is_reported),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

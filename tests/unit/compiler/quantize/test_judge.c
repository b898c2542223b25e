/* SPDX-License-Identifier: Apache-2.0 */
/* Judging an input: the interpreter's result is taken, and made wrong by as much as each limit allows and by
 * a little more. */
#include "compiler/quantize/calibrate.h"
#include "compiler/quantize/judge.h"
#include "tests/unit/compiler/support/digits.h"
#include "tests/unit/compiler/support/fx_builder.h"
#include <math.h>

struct fixture {
    struct hcl_samples samples;
    struct hcl_fx_graph fx;
    struct hcl_fx_values values;
    struct hcl_quantize_report report;
    struct hcl_graph model;
    struct hcl_judge *judge;
    float *input;
    uint32_t score; /* tensor */
    struct hcl_err err;
};

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    struct hcl_quantize_options o;
    assert_non_null(f);
    digits_options(&o);
    f->samples = o.samples;
    digits_model(&f->model);
    assert_ok(hcl_model_to_fixed_report(DIGITS_MODEL, &o, &f->fx, &f->report, &f->err), f->err);
    assert_ok(hcl_fx_values_init(&f->values, &f->fx, &f->err), f->err);
    f->input = f->samples.data;
    f->score = hcl_fx_score_tensor(&f->fx, f->fx.outputs[0]);
    assert_ok(hcl_fx_set_input(&f->fx, &f->values, 0, f->input, f->samples.len, &f->err), f->err);
    assert_ok(hcl_interpret(&f->fx, &f->values, &f->err), f->err);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    hcl_judge_close(f->judge);
    hcl_graph_clear(&f->model);
    hcl_fx_values_clear(&f->values);
    hcl_fx_graph_clear(&f->fx);
    hcl_samples_clear(&f->samples);
    free(f);
    return 0;
}

static struct hcl_judgement judged(struct fixture *f)
{
    struct hcl_judgement j;
    if (f->judge == NULL)
        assert_ok(hcl_judge_open(&f->judge, &f->model, &f->fx, &f->report, &f->err), f->err);
    assert_ok(hcl_judge_input(f->judge, f->input, &f->values, &j, &f->err), f->err);
    return j;
}

/* Least and most, of the scores as integers. */
static int64_t *extreme(struct fixture *f, bool most)
{
    int64_t *v = f->values.tensor[f->score], *best = v;
    for (size_t i = 1; i < hcl_fx_tensor_len(&f->fx, f->score); i++)
        if (most ? v[i] > *best : v[i] < *best)
            best = v + i;
    return best;
}

static double unit(const struct fixture *f)
{
    return ldexp(1, -f->fx.tensors[f->score].frac_bits);
}

static void a_calibration_sample_is_good(void **state)
{
    struct fixture *f = *state;
    const struct hcl_judgement j = judged(f);
    assert_false(hcl_judgement_bad(&j));
    assert_true(j.worst > 0 && j.rms > 0 && j.rms <= j.worst && j.worst <= f->report.worst_error * j.range);
    assert_true(j.range == f->report.score_range && j.size > 0 && j.size <= 2 * j.range);
    assert_true(j.limit == fmax(f->report.accuracy, f->report.worst_error) * j.range);
}

/* One of ten scores: the root mean square would forgive it. The lowest goes further down, so no class
 * changes. */
static void one_score_too_far_is_bad(void **state)
{
    struct fixture *f = *state;
    const struct hcl_judgement before = judged(f);
    int64_t *v = extreme(f, false);
    *v -= (int64_t)((before.limit + before.worst) / unit(f)) + 1;
    const struct hcl_judgement j = judged(f);
    char text[512];
    assert_true(j.worst > j.limit && j.rms < j.limit && j.far && !j.coarse);
    assert_int_equal(j.classes_differ, 0);
    hcl_judgement_text(text, sizeof text, &j);
    assert_non_null(strstr(text, "away from the float model's"));
    assert_null(strstr(text, "the class is"));
}

static void another_class_is_bad(void **state)
{
    struct fixture *f = *state;
    int64_t *best = extreme(f, true), *worst = extreme(f, false), swap = *best;
    char text[512];
    f->report.accuracy = 10; /* scores may err by anything, but are no near tie */
    assert_false(judged(f).far);
    hcl_judge_close(f->judge);
    f->judge = NULL;
    f->report.accuracy = 0.02;
    f->report.worst_error = 10;
    *best = *worst;
    *worst = swap;
    const struct hcl_judgement j = judged(f);
    assert_true(j.worst <= j.limit && j.far);
    assert_int_equal(j.classes_differ, 1);
    assert_int_equal(j.got_class, worst - f->values.tensor[f->score]);
    assert_int_equal(j.to_class, best - f->values.tensor[f->score]);
    hcl_judgement_text(text, sizeof text, &j);
    assert_ptr_equal(strstr(text, "the class is"), text);
}

static void a_coarse_input_is_bad(void **state)
{
    struct fixture *f = *state;
    int64_t *x = f->values.tensor[f->fx.inputs[0]];
    char text[512];
    for (size_t i = 0; i < f->samples.len; i++)
        x[i] = 0;
    const struct hcl_judgement j = judged(f);
    assert_true(j.coarse && j.input_noise == 1);
    hcl_judgement_text(text, sizeof text, &j);
    assert_non_null(strstr(text, "rounding changes the input by 100 %"));
}

/* Ranges from made-up samples may be far beyond the input's: its own scores count. */
static void made_up_samples_allow_less(void **state)
{
    struct fixture *f = *state;
    f->report.calibration = "synthetic";
    f->report.score_range *= 1000;
    const struct hcl_judgement good = judged(f);
    assert_true(good.limit == 0.25 * good.size && !good.far);
    *extreme(f, false) -= (int64_t)(0.3 * good.size / unit(f)) + 1;
    const struct hcl_judgement j = judged(f);
    assert_true(j.far && j.worst < 0.02 * j.range);
}

/* A picture of 40 x 40 that is its own result, of which `beyond` pixels are off by 3 where the accuracy is 2
 * of a range of 100: more than the worst error on the samples, which asks nothing of one pixel of a picture.
 */
static struct hcl_judgement judged_picture(size_t beyond, bool of_images)
{
    enum { SIDE = 40, PIXELS = SIDE * SIDE };
    const struct hcl_quantize_report report = { .of_images = of_images,
                                                .score_range = 100,
                                                .worst_error = 0.02,
                                                .accuracy = 0.02,
                                                .calibration = "samples" };
    struct hcl_node n = { .op = HCL_OP_RELU,
                          .name = "y",
                          .inputs = { 0, HCL_GRAPH_NONE, HCL_GRAPH_NONE, HCL_GRAPH_NONE },
                          .output = 1 };
    const uint32_t dims[4] = { 1, SIDE, SIDE, 1 };
    static float input[PIXELS];
    struct hcl_graph model = { 0 };
    struct hcl_fx_graph fx = { 0 };
    struct hcl_fx_values v;
    struct hcl_judge *judge;
    struct hcl_judgement j;
    struct hcl_err err;
    uint32_t x, y;
    for (size_t i = 0; i < PIXELS; i++)
        input[i] = (float)(i % 100);
    assert_ok(hcl_graph_add_tensor(&model, "x", dims, 4, NULL, &x, &err), err);
    assert_ok(hcl_graph_add_tensor(&model, "y", dims, 4, NULL, &y, &err), err);
    assert_ok(hcl_graph_add_node(&model, &n, &err), err);
    assert_ok(hcl_graph_set_ends(&model, &x, 1, &y, 1, &err), err);
    hcl_test_output(&fx, hcl_test_unary(&fx, hcl_test_input(&fx, SIDE, SIDE, 1, 0, 127), 1, 0));
    assert_ok(hcl_fx_values_init(&v, &fx, &err), err);
    for (size_t i = 0; i < PIXELS; i++) {
        v.tensor[fx.inputs[0]][i] = (int64_t)(i % 100);
        v.tensor[fx.outputs[0]][i] = (int64_t)(i % 100) + (i < beyond ? 3 : 0);
    }
    assert_ok(hcl_judge_open(&judge, &model, &fx, &report, &err), err);
    assert_ok(hcl_judge_input(judge, input, &v, &j, &err), err);
    hcl_judge_close(judge);
    hcl_fx_values_clear(&v);
    hcl_fx_graph_clear(&fx);
    hcl_graph_clear(&model);
    return j;
}

static void one_pixel_in_25_may_be_beyond(void **state)
{
    char text[512];
    (void)state;
    const struct hcl_judgement good = judged_picture(1600 / 25, true),
                               bad = judged_picture(1600 / 25 + 1, true), plain = judged_picture(1, false);
    assert_false(hcl_judgement_bad(&good));
    assert_int_equal(good.beyond, 64);
    assert_true(hcl_judgement_bad(&bad));
    assert_int_equal(bad.beyond, 65);
    hcl_judgement_text(text, sizeof text, &bad);
    assert_string_equal(
        text, "65 pixels are off by more than the accuracy, expected at most one in 25 of an image");
    assert_true(hcl_judgement_bad(&plain)); /* of what is no image nothing may */
    hcl_judgement_text(text, sizeof text, &plain);
    assert_non_null(strstr(text, "away from the float model's"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_calibration_sample_is_good, set_up, tear_down),
        cmocka_unit_test_setup_teardown(one_score_too_far_is_bad, set_up, tear_down),
        cmocka_unit_test_setup_teardown(another_class_is_bad, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_coarse_input_is_bad, set_up, tear_down),
        cmocka_unit_test_setup_teardown(made_up_samples_allow_less, set_up, tear_down),
        cmocka_unit_test(one_pixel_in_25_may_be_beyond),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

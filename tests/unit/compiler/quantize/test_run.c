/* SPDX-License-Identifier: Apache-2.0 */
/* Reading inputs for a model and running batches. */
#include "tests/support/test.h"

#include "common/io/npy.h"
#include "compiler/quantize/run.h"
#include "tests/unit/compiler/support/digits.h"
#include <math.h>
#include <unistd.h>

#define MODEL DIGITS_MODEL

static void quantize(struct hcl_fx_graph *g)
{
    struct hcl_quantize_options o;
    struct hcl_err err;
    digits_options(&o);
    assert_ok(hcl_model_to_fixed(MODEL, &o, g, &err), err);
    hcl_samples_clear(&o.samples);
}

/* Write an array, read it as inputs; returns the status. */
static hcl_status read_as_input(hcl_npy_type type, const size_t *dims, uint32_t rank, const void *data,
                                double divide_by, struct hcl_samples *out, struct hcl_err *err)
{
    char path[] = "/tmp/hcl-input-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    close(fd);
    assert_ok(hcl_npy_write(path, type, dims, rank, data, err), *err);
    struct hcl_graph g;
    digits_model(&g);
    hcl_status st = hcl_samples_read_one(out, path, &g, divide_by, err);
    hcl_graph_clear(&g);
    unlink(path);
    return st;
}

static void inputs_with_and_without_a_batch(void **state)
{
    (void)state;
    static const float x[192] = { 0.25f };
    struct hcl_samples s;
    struct hcl_err err;
    assert_ok(read_as_input(HCL_NPY_F32, (size_t[]){ 3, 8, 8, 1 }, 4, x, 0, &s, &err), err);
    assert_true(s.count == 3 && s.len == 64 && s.data[0] == 0.25f);
    hcl_samples_clear(&s);
    assert_ok(read_as_input(HCL_NPY_F32, (size_t[]){ 8, 8, 1 }, 3, x, 0, &s, &err), err);
    assert_int_equal(s.count, 1);
    hcl_samples_clear(&s);
    static const uint8_t u[64] = { 8 };
    assert_ok(read_as_input(HCL_NPY_U8, (size_t[]){ 1, 8, 8, 1 }, 4, u, 16, &s, &err), err);
    assert_true(s.data[0] == 0.5f);
    hcl_samples_clear(&s);
}

static void wrong_inputs_are_refused(void **state)
{
    (void)state;
    float x[128] = { 0 };
    static const uint8_t u[64];
    double big[64] = { 1e300 };
    struct hcl_samples s;
    struct hcl_err err;
    assert_int_equal(read_as_input(HCL_NPY_F32, (size_t[]){ 8, 8 }, 2, x, 0, &s, &err), HCL_BAD_INPUT);
    assert_non_null(
        strstr(err.msg, "has shape [8,8], expected the model input's [1,8,8,1], or [N,8,8,1] for N inputs"));
    assert_int_equal(read_as_input(HCL_NPY_F32, (size_t[]){ 1, 1, 8, 8 }, 4, x, 0, &s, &err), HCL_BAD_INPUT);
    assert_int_equal(read_as_input(HCL_NPY_F32, (size_t[]){ 0, 8, 8, 1 }, 4, x, 0, &s, &err), HCL_BAD_INPUT);
    assert_int_equal(read_as_input(HCL_NPY_U8, (size_t[]){ 1, 8, 8, 1 }, 4, u, 0, &s, &err), HCL_BAD_INPUT);
    assert_non_null(strstr(err.msg, "has dtype uint8, expected float32 or float64"));
    assert_int_equal(read_as_input(HCL_NPY_F64, (size_t[]){ 1, 8, 8, 1 }, 4, big, 0, &s, &err),
                     HCL_BAD_INPUT);
    x[70] = NAN;
    assert_int_equal(read_as_input(HCL_NPY_F32, (size_t[]){ 2, 8, 8, 1 }, 4, x, 0, &s, &err), HCL_BAD_INPUT);
    assert_non_null(strstr(err.msg, "is nan at element 6 of sample 1"));
    assert_null(s.data);
}

/* An array without elements may have dimensions of any size: the longest message there is. */
static void a_long_shape_is_refused(void **state)
{
    (void)state;
    size_t dims[HCL_NPY_MAX_RANK] = { 0 };
    struct hcl_samples s;
    struct hcl_err err;
    for (size_t first = 1; first < SIZE_MAX / 10; first *= 10) { /* texts of every length */
        for (uint32_t rank = 2; rank <= HCL_NPY_MAX_RANK; rank++) {
            for (uint32_t i = 1; i < rank; i++)
                dims[i] = (SIZE_MAX - 9) / 10 * 10 + 9;
            dims[1] = first;
            assert_int_equal(read_as_input(HCL_NPY_F32, dims, rank, "", 0, &s, &err), HCL_BAD_INPUT);
            assert_non_null(strstr(err.msg, "has shape [0,"));
            assert_non_null(strstr(err.msg, "], expected the model input's [1,8,8,1]"));
        }
    }
}

static void a_batch_is_counted_and_listed(void **state)
{
    (void)state;
    struct hcl_fx_graph g;
    struct hcl_samples s;
    struct hcl_run r;
    struct hcl_err err;
    int64_t *labels;
    quantize(&g);
    digits_samples(&s, DIGITS "test_images.npy");
    assert_ok(hcl_labels_read(&labels, DIGITS "test_labels.npy", s.count, &err), err);
    assert_ok(hcl_run(&r, &g, &s, labels, NULL, &err), err);
    assert_int_equal(r.count, 360);
    assert_int_equal(r.output_len, 10);
    size_t correct = 0;
    for (size_t i = 0; i < r.count; i++)
        correct += (size_t)labels[i] == r.classes[i];
    assert_int_equal(r.correct, correct);
    json_t *j = hcl_run_json(&r, &g, 2);
    assert_int_equal(json_integer_value(json_object_get(j, "samples")), 360);
    assert_int_equal(json_array_size(json_object_get(j, "outputs")), 2);
    json_t *first = json_array_get(json_object_get(j, "outputs"), 0);
    assert_int_equal(json_integer_value(json_object_get(first, "class")), r.classes[0]);
    json_t *tensor = json_array_get(json_object_get(first, "tensors"), 0);
    assert_int_equal(json_array_size(json_object_get(tensor, "shape")), 2);
    assert_int_equal(json_integer_value(json_array_get(json_object_get(tensor, "fixed"), 3)), r.outputs[3]);
    json_decref(j);
    hcl_run_clear(&r);
    free(labels);
    hcl_samples_clear(&s);
    hcl_fx_graph_clear(&g);
}

/* A sample far from the calibration stops the run and is named. */
static void an_unlike_sample_stops_the_run(void **state)
{
    (void)state;
    struct hcl_fx_graph g;
    float x[128] = { 0 };
    struct hcl_samples s = { .data = x, .count = 2, .len = 64 };
    struct hcl_run r;
    struct hcl_err err;
    quantize(&g);
    x[64 + 5] = 100;
    assert_int_equal(hcl_run(&r, &g, &s, NULL, NULL, &err), HCL_BAD_INPUT);
    assert_non_null(strstr(err.msg, "sample 1"));
    assert_non_null(strstr(err.msg, "is 100 at element 5"));
    assert_null(r.outputs);
    hcl_fx_graph_clear(&g);
}

static void wrong_labels_are_refused(void **state)
{
    (void)state;
    int64_t *labels;
    struct hcl_err err;
    assert_int_equal(hcl_labels_read(&labels, DIGITS "test_labels.npy", 359, &err), HCL_BAD_INPUT);
    assert_non_null(strstr(err.msg, "has 360 labels, expected one for each of 359 samples"));
    assert_int_equal(hcl_labels_read(&labels, DIGITS "input.npy", 64, &err), HCL_BAD_INPUT);
    assert_non_null(strstr(err.msg, "expected integer labels"));
    assert_null(labels);
    const int64_t huge[2] = { 7, INT64_MAX };
    char path[] = "/tmp/hcl-labels-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    close(fd);
    assert_ok(hcl_npy_write(path, HCL_NPY_I64, (size_t[]){ 2 }, 1, huge, &err), err);
    assert_int_equal(hcl_labels_read(&labels, path, 2, &err), HCL_BAD_INPUT);
    assert_non_null(strstr(err.msg, "label 1 in '/tmp/hcl-labels"));
    assert_null(labels);
    unlink(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(inputs_with_and_without_a_batch), cmocka_unit_test(wrong_inputs_are_refused),
        cmocka_unit_test(a_long_shape_is_refused),         cmocka_unit_test(a_batch_is_counted_and_listed),
        cmocka_unit_test(an_unlike_sample_stops_the_run),  cmocka_unit_test(wrong_labels_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

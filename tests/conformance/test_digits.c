/* SPDX-License-Identifier: Apache-2.0 */
/* The shipped sample is at least 97 % correct in fixed point on its test images, with and without calibration
 * samples. */
#include "tests/conformance/accuracy.h"

#define FOLDER HCL_SOURCE_DIR "/examples/digits/"

static int64_t *float_classes(struct hcl_samples *images)
{
    struct hcl_graph model;
    struct hcl_float_values v;
    struct hcl_err err;
    assert_ok(hcl_tflite_import(&model, FOLDER "model.tflite", NULL, &err), err);
    assert_ok(hcl_samples_read_one(images, FOLDER "test_images.npy", &model, 0, &err), err);
    int64_t *classes = malloc(images->count * sizeof *classes);
    assert_non_null(classes);
    assert_ok(hcl_float_values_init(&v, &model, &err), err);
    for (size_t i = 0; i < images->count; i++)
        classes[i] = (int64_t)float_class(&model, &v, images->data + i * images->len);
    hcl_float_values_clear(&v);
    hcl_graph_clear(&model);
    return classes;
}

static void check_accuracy(const char *calibration)
{
    struct hcl_choice c;
    struct hcl_samples images;
    struct hcl_err err;
    int64_t *labels, *classes;
    choose_with(&c, FOLDER "model.tflite", calibration);
    classes = float_classes(&images);
    assert_ok(hcl_labels_read(&labels, FOLDER "test_labels.npy", images.count, &err), err);
    struct tally t = tally_all(&c.graph, &images, labels, classes);
    assert_share("in range", t.ran, images.count, 1000);
    assert_share("correct", t.correct, images.count, 970);
    assert_share("float model's class", t.agree, images.count, 985);
    free(classes);
    free(labels);
    hcl_samples_clear(&images);
    hcl_choice_clear(&c);
}

static void fixed_point_is_accurate(void **state)
{
    (void)state;
    check_accuracy(FOLDER "calibration.npy");
}

static void made_up_samples_will_do(void **state)
{
    (void)state;
    check_accuracy(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(fixed_point_is_accurate),
                                        cmocka_unit_test(made_up_samples_will_do) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Accuracy of the fixed-point interpreter over the whole MNIST test set: at least 98.9 % correct
 * (float: 99.06 %) and the float model's class on at least 99.5 %. Calibrated on images 0 to 31, and without
 * calibration samples. */
#include "tests/conformance/accuracy.h"

#include "common/io/npy.h"
#include "common/io/reader.h"
#include "common/sys/mem.h"
#include <zstd.h>

#define FOLDER HCL_SOURCE_DIR "/tests/conformance/mnist/"
enum { IMAGES = 10000, PIXELS = 784 };

static void read_images(struct hcl_samples *out)
{
    struct hcl_file file;
    struct hcl_npy images;
    struct hcl_err err;
    const size_t most = IMAGES * PIXELS + 4096;
    assert_ok(hcl_file_read(&file, FOLDER "images.npy.zst", most, &err), err);
    uint8_t *plain = malloc(most);
    assert_non_null(plain);
    size_t len = ZSTD_decompress(plain, most, file.data, file.len);
    assert_false(ZSTD_isError(len));
    assert_ok(hcl_npy_parse(&images, plain, len, "images.npy", &err), err);
    assert_int_equal(images.type, HCL_NPY_U8);
    assert_int_equal(images.len, IMAGES * PIXELS);
    *out = (struct hcl_samples){ .count = IMAGES, .len = PIXELS };
    assert_ok(hcl_mem_alloc((void **)&out->data, images.len, sizeof *out->data, "images", &err), err);
    for (size_t i = 0; i < images.len; i++)
        out->data[i] = (float)hcl_npy_get(&images, i) / 255;
    hcl_npy_clear(&images);
    free(plain);
    hcl_file_clear(&file);
}

/* The layout that the scales were chosen for: 2^13 rows and a short proof, or half the rows. */
static void check_layout(const struct hcl_choice *c)
{
    const struct hcl_compile_options options = { 0 };
    struct hcl_compiled compiled;
    struct hcl_err err;
    assert_ok(hcl_compile(&c->graph, &options, &compiled, &err), err);
    assert_int_equal(compiled.layout.k, c->tried[c->chosen].layout.k);
    assert_int_equal(compiled.layout.lanes, c->tried[c->chosen].layout.lanes);
    assert_true(compiled.layout.k <= 13);
    assert_true(compiled.layout.cost.proof_bytes <= (compiled.layout.k == 13 ? 3500u : 4800u));
    hcl_compiled_clear(&compiled);
}

static void check_accuracy(const char *calibration, size_t least_permille_in_range)
{
    struct hcl_choice c;
    struct hcl_samples images;
    struct hcl_err err;
    int64_t *labels, *float_classes;
    choose_with(&c, FOLDER "model.tflite", calibration);
    check_layout(&c);
    read_images(&images);
    assert_ok(hcl_labels_read(&labels, FOLDER "labels.npy", IMAGES, &err), err);
    assert_ok(hcl_labels_read(&float_classes, FOLDER "float_classes.npy", IMAGES, &err), err);
    struct tally t = tally_all(&c.graph, &images, labels, float_classes);
    assert_share("in range", t.ran, IMAGES, least_permille_in_range);
    assert_share("correct", t.correct, IMAGES, 989);
    assert_share("float model's class", t.agree, IMAGES, 995);
    free(labels);
    free(float_classes);
    hcl_samples_clear(&images);
    hcl_choice_clear(&c);
}

static void fixed_point_is_accurate(void **state)
{
    (void)state;
    check_accuracy(FOLDER "calibration.npy", 1000);
}

static void made_up_samples_will_do(void **state)
{
    (void)state;
    check_accuracy(NULL, 999);
}

/* The float executor gives the TFLite interpreter's class on the first 500 images. */
static void float_executor_agrees(void **state)
{
    (void)state;
    struct hcl_graph g;
    struct hcl_float_values v;
    struct hcl_samples images;
    struct hcl_err err;
    int64_t *classes;
    read_images(&images);
    assert_ok(hcl_labels_read(&classes, FOLDER "float_classes.npy", IMAGES, &err), err);
    assert_ok(hcl_tflite_import(&g, FOLDER "model.tflite", NULL, &err), err);
    assert_ok(hcl_float_values_init(&v, &g, &err), err);
    for (size_t i = 0; i < 500; i++)
        assert_int_equal(float_class(&g, &v, images.data + i * PIXELS), classes[i]);
    hcl_float_values_clear(&v);
    hcl_graph_clear(&g);
    free(classes);
    hcl_samples_clear(&images);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(fixed_point_is_accurate),
                                        cmocka_unit_test(made_up_samples_will_do),
                                        cmocka_unit_test(float_executor_agrees) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

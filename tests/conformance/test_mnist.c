/* SPDX-License-Identifier: Apache-2.0 */
/* Accuracy of the fixed-point interpreter over the whole MNIST test set: at least 98.9 % correct
 * (float: 99.06 %) and the float model's class on at least 99.5 %. Calibrated on images 0 to 31. */
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

static void fixed_point_is_accurate(void **state)
{
    (void)state;
    struct hcl_fx_graph g;
    struct hcl_quantize_report report;
    struct hcl_samples images;
    struct hcl_run run;
    struct hcl_err err;
    int64_t *labels, *float_classes;
    quantize_with(&g, &report, FOLDER "model.tflite", FOLDER "calibration.npy");
    printf("%d activation bits, %d weight bits, %zu table rows\n", report.activation_bits, report.weight_bits,
           report.table_rows);
    assert_true(report.table_rows <= 4096 - 64);
    read_images(&images);
    assert_ok(hcl_labels_read(&labels, FOLDER "labels.npy", IMAGES, &err), err);
    assert_ok(hcl_labels_read(&float_classes, FOLDER "float_classes.npy", IMAGES, &err), err);
    assert_ok(hcl_run(&run, &g, &images, labels, &err), err);
    size_t agree = 0;
    for (size_t i = 0; i < IMAGES; i++)
        agree += run.classes[i] == (size_t)float_classes[i];
    assert_share("correct", run.correct, IMAGES, 989);
    assert_share("float model's class", agree, IMAGES, 995);
    hcl_run_clear(&run);
    free(labels);
    free(float_classes);
    hcl_samples_clear(&images);
    hcl_fx_graph_clear(&g);
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
    assert_ok(hcl_tflite_import(&g, FOLDER "model.tflite", &err), err);
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
                                        cmocka_unit_test(float_executor_agrees) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* The shipped sample: uses every operator, and is at least 95 % correct in fixed point on its test images. */
#include "tests/conformance/accuracy.h"

#define FOLDER HCL_SOURCE_DIR "/examples/digits/"

static void uses_every_operator(void **state)
{
    (void)state;
    struct hcl_graph g;
    struct hcl_err err;
    bool seen[HCL_OP_COUNT] = { false };
    assert_ok(hcl_tflite_import(&g, FOLDER "model.tflite", &err), err);
    for (size_t i = 0; i < g.num_nodes; i++)
        seen[g.nodes[i].op] = true;
    for (int op = 0; op < HCL_OP_COUNT; op++)
        if (!seen[op])
            fail_msg("the sample has no %s", hcl_op_name((hcl_op)op));
    hcl_graph_clear(&g);
}

/* Each kind of fixed-point node is still there after the passes. */
static void exercises_every_gadget(void **state)
{
    (void)state;
    struct hcl_fx_graph g;
    struct hcl_quantize_report report;
    bool seen[HCL_FX_OP_COUNT] = { false };
    quantize_with(&g, &report, FOLDER "model.tflite", FOLDER "calibration.npy");
    for (size_t i = 0; i < g.num_nodes; i++)
        seen[g.nodes[i].op] = true;
    for (int op = 0; op < HCL_FX_OP_COUNT; op++)
        if (!seen[op])
            fail_msg("the sample has no fixed-point node of kind %d", op);
    hcl_fx_graph_clear(&g);
}

static void fixed_point_is_accurate(void **state)
{
    (void)state;
    struct hcl_fx_graph g;
    struct hcl_graph model;
    struct hcl_float_values v;
    struct hcl_quantize_report report;
    struct hcl_samples images;
    struct hcl_run run;
    struct hcl_err err;
    int64_t *labels;
    quantize_with(&g, &report, FOLDER "model.tflite", FOLDER "calibration.npy");
    printf("%d activation bits, %d weight bits, %zu table rows\n", report.activation_bits, report.weight_bits,
           report.table_rows);
    assert_ok(hcl_samples_read(&images, FOLDER "test_images.npy", FOLDER "model.tflite", 0, &err), err);
    assert_ok(hcl_labels_read(&labels, FOLDER "test_labels.npy", images.count, &err), err);
    assert_ok(hcl_run(&run, &g, &images, labels, &err), err);
    assert_ok(hcl_tflite_import(&model, FOLDER "model.tflite", &err), err);
    assert_ok(hcl_float_values_init(&v, &model, &err), err);
    size_t agree = 0;
    for (size_t i = 0; i < images.count; i++)
        agree += run.classes[i] == float_class(&model, &v, images.data + i * images.len);
    assert_share("correct", run.correct, images.count, 970);
    assert_share("float model's class", agree, images.count, 985);
    hcl_float_values_clear(&v);
    hcl_graph_clear(&model);
    hcl_run_clear(&run);
    free(labels);
    hcl_samples_clear(&images);
    hcl_fx_graph_clear(&g);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(uses_every_operator),
                                        cmocka_unit_test(exercises_every_gadget),
                                        cmocka_unit_test(fixed_point_is_accurate) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

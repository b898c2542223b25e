/* SPDX-License-Identifier: Apache-2.0 */
/* The TFLite reader on files that must be refused: models made wrong on purpose (tests/conformance/rejected),
 * and a good one truncated at every length and damaged at every byte. */
#include "tests/support/test.h"

#include "common/io/reader.h"
#include "compiler/frontend/import_tflite.h"

#define TESTS HCL_SOURCE_DIR "/tests/conformance/"

static void expect_message(const char *name, const char *got, const char *part)
{
    if (strstr(got, part) == NULL)
        fail_msg("%s: message is \"%s\", expected \"%s\" in it", name, got, part);
}

/* The message names the operator or what is wrong, and the tensor where there is one. */
static void refuses_wrong_models(void **state)
{
    (void)state;
    static const struct {
        const char *name, *what, *tensor;
    } cases[] = {
        { "unknown", "operator SEGMENT_SUM (125)", "'PartitionedCall:0'" },
        { "fused_sign_bit", "fused activation SIGN_BIT", "'PartitionedCall:0'" },
        { "grouped", "filter has shape [2,3,3,3], expected [2,3,3,2]", "'PartitionedCall:0'" },
        { "batch2", "and a batch of 1", "'PartitionedCall:0'" },
        { "dynamic", "CONV_2D: tensor 'serving_default_x:0' has a dynamic shape", "'serving_default_x:0'" },
        { "int8", "quantised INT8 models are not supported yet", "'serving_default_x:0'" },
        { "unlike_shapes", "dimensions of 6 and 4 do not combine", "'PartitionedCall:0'" },
        { "no_subgraph", "no subgraph", "" },
        { "version", "schema version 2", "" },
        { "opcode_index", "code index 7, expected 0..0", "" },
        { "input_index", "refers to tensor 99", "" },
        { "output_index", "refers to tensor -1", "" },
        { "buffer_index", "refers to buffer 99", "'Conv2D'" },
        { "buffer_size", "has 12 bytes, expected 216", "'Conv2D'" },
        { "nan_weight", "not finite at element 0", "'Conv2D'" },
        { "stride0", "stride 1x0", "'PartitionedCall:0'" },
        { "negative_shape", "is -6", "'serving_default_x:0'" },
        { "huge_shape", "is 1073741824", "'serving_default_x:0'" },
        { "order", "not computed before its use", "'PartitionedCall:0'" },
        { "sparse_order", "dimension 1 is not in the order", "'MatMul'" },
        { "sparse_size", "level 0 has 7 coordinates, expected 8", "'MatMul'" },
        { "sparse_index", "index 0 of level 1 is 12, expected less than 12", "'MatMul'" },
        { "sparse_segment", "segment 1 of level 1 is 2 to 99 of 36 indices", "'MatMul'" },
        { "sparse_short", "level 1 has 2 segments, expected more than 2", "'MatMul'" },
        { "sparse_data", "8 bytes for 36 stored elements", "'MatMul'" },
        { "variable_unset", "has no value: nothing assigns one", "'past'" },
        { "variable_unknown", "the first not a variable's handle", "'concat/ReadVariableOp'" },
        { "custom_options", "8 bytes of options, expected at least 12", "'PartitionedCall:0'" },
        { "one_hot_types", "indices, depth or values that are none", "" },
        { "custom_unknown", "operator CUSTOM (32) MaxUnpooling2D is not supported", "'PartitionedCall:0'" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char path[512];
        struct hcl_graph g;
        struct hcl_err err = { "" };
        snprintf(path, sizeof path, TESTS "rejected/%s.tflite", cases[i].name);
        if (hcl_tflite_import(&g, path, NULL, &err) != HCL_BAD_INPUT)
            fail_msg("%s was not refused", cases[i].name);
        assert_null(g.nodes);
        expect_message(cases[i].name, err.msg, path);
        expect_message(cases[i].name, err.msg, cases[i].what);
        expect_message(cases[i].name, err.msg, cases[i].tensor);
    }
}

static void read_good(struct hcl_file *f)
{
    struct hcl_err err;
    assert_ok(hcl_file_read(f, TESTS "ops/conv_same.tflite", 1 << 20, &err), err);
}

/* A copy in a block of its own, so that sanitizers see any read past the end. */
static hcl_status import_copy(const uint8_t *bytes, size_t len, struct hcl_err *err)
{
    struct hcl_graph g;
    uint8_t *copy = malloc(len == 0 ? 1 : len);
    assert_non_null(copy);
    memcpy(copy, bytes, len);
    hcl_status st = hcl_tflite_import_bytes(&g, copy, len, "x.tflite", NULL, err);
    hcl_graph_clear(&g);
    free(copy);
    return st;
}

static void refuses_every_truncation(void **state)
{
    (void)state;
    struct hcl_file f;
    struct hcl_err err;
    read_good(&f);
    assert_ok(import_copy(f.data, f.len, &err), err);
    for (size_t len = 0; len < f.len; len++)
        if (import_copy(f.data, len, &err) != HCL_BAD_INPUT)
            fail_msg("accepted when cut to %zu of %zu bytes", len, f.len);
    hcl_file_clear(&f);
}

/* A changed byte may give another good model (a weight), or must be refused; nothing else. */
static void survives_every_changed_byte(void **state)
{
    (void)state;
    static const uint8_t masks[] = { 0x01, 0x80, 0xff };
    struct hcl_file f;
    struct hcl_err err;
    size_t refused = 0;
    read_good(&f);
    for (size_t i = 0; i < f.len; i++)
        for (size_t m = 0; m < sizeof masks; m++) {
            f.data[i] ^= masks[m];
            hcl_status st = import_copy(f.data, f.len, &err);
            assert_true(st == HCL_OK || st == HCL_BAD_INPUT);
            refused += st == HCL_BAD_INPUT;
            f.data[i] ^= masks[m];
        }
    assert_true(refused > f.len / 4);
    hcl_file_clear(&f);
}

static void refuses_other_files(void **state)
{
    (void)state;
    struct hcl_graph g;
    struct hcl_err err;
    assert_int_equal(hcl_tflite_import(&g, TESTS "ops/conv_same.in.npy", NULL, &err), HCL_BAD_INPUT);
    expect_message("npy", err.msg, "NumPy array");
    assert_int_equal(hcl_tflite_import(&g, TESTS "ops/missing.tflite", NULL, &err), HCL_BAD_INPUT);
    expect_message("missing", err.msg, "missing.tflite");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(refuses_wrong_models),
        cmocka_unit_test(refuses_every_truncation),
        cmocka_unit_test(survives_every_changed_byte),
        cmocka_unit_test(refuses_other_files),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* A violated constraint names the element of the tensor it is about. */
#include "tests/support/test.h"

#include "compiler/fixed/interpret.h"
#include "compiler/layout/finish.h"
#include "compiler/locate.h"
#include "tests/unit/compiler/support/fx_builder.h"

/* What is said of a violation ends with element i (NHWC) of the tensor. */
static void expect_element(struct hcl_locator *l, const struct hcl_violation *v,
                           const struct hcl_fx_tensor *t, size_t i)
{
    char text[256], want[128];
    snprintf(want, sizeof want, "tensor '%s'[0,%zu,%zu,%zu]", t->name, i / t->dims[3] / t->dims[2],
             i / t->dims[3] % t->dims[2], i % t->dims[3]);
    hcl_locator_describe(l, v, text, sizeof text);
    if (strlen(text) < strlen(want) || strcmp(text + strlen(text) - strlen(want), want) != 0)
        fail_msg("'%s' does not end with %s", text, want);
}

/* Only look-ups and registers are about one lane, one of each about every lane. */
static void expect_gate_lanes(const struct hcl_circuit *c, uint32_t lanes)
{
    uint32_t seen[HCL_MAX_LANES] = { 0 };
    for (size_t i = 0; i < c->num_gates; i++) {
        uint32_t lane = hcl_machine_gate_lane(lanes, i);
        bool look = strcmp(c->gates[i].name, "look-up") == 0;
        assert_int_equal(lane != HCL_NONE, look || strcmp(c->gates[i].name, "register") == 0);
        if (lane != HCL_NONE)
            seen[lane] += look ? 1 : 16;
    }
    for (uint32_t j = 0; j < lanes; j++)
        assert_int_equal(seen[j], 17);
}

/* A look-up of each output's cell, and each output's copy to the public values. */
static void expect_outputs(const struct hcl_fx_graph *g, uint32_t lanes)
{
    struct hcl_compile_options o = { .lanes = lanes };
    struct hcl_compiled c;
    struct hcl_locator *l;
    struct hcl_err err;
    const struct hcl_fx_tensor *t = &g->tensors[g->outputs[0]];
    assert_ok(hcl_compile(g, &o, &c, &err), err);
    assert_ok(hcl_locator_new(&l, g, &c.layout, &c.circuit, &err), err);
    const uint32_t *list = c.program.lists + c.program.outputs[0].list;
    size_t len = hcl_fx_tensor_len(g, g->outputs[0]), copies = 0;
    assert_int_equal(c.program.outputs[0].len, len);
    for (size_t i = 0; i < len; i++) {
        const struct hcl_violation v = { .kind = HCL_VIOLATED_GATE,
                                         .gate = list[i] % lanes,
                                         .row = list[i] / lanes };
        expect_element(l, &v, t, i);
    }
    for (size_t i = 0; i < c.circuit.num_copies; i++) {
        const struct hcl_copy *p = &c.circuit.copies[i];
        const struct hcl_violation v = { .kind = HCL_VIOLATED_COPY, .index = i, .row = p->left_row };
        if (c.circuit.permutation[p->right_column].kind != HCL_COL_INSTANCE)
            continue;
        expect_element(l, &v, t, p->right_row);
        copies++;
    }
    assert_int_equal(copies, len);
    expect_gate_lanes(&c.circuit, lanes);
    hcl_locator_free(l);
    hcl_compiled_clear(&c);
}

/* A convolution's outputs are a block with gaps, those of an addition a list of cells. */
static void test_elements(void **state)
{
    (void)state;
    for (uint32_t lanes = 2; lanes <= 5; lanes++) {
        for (int add = 0; add < 2; add++) {
            struct hcl_test_random r = { 71 };
            struct hcl_fx_graph g = { .output_visibility = HCL_PUBLIC };
            const struct hcl_test_conv s = { .kernel_h = 2,
                                             .kernel_w = 3,
                                             .stride_y = 1,
                                             .stride_x = 2,
                                             .outputs = 3,
                                             .weight_max = 5,
                                             .divisor = 16 };
            uint32_t y = hcl_test_conv(&g, &r, hcl_test_input(&g, 6, 7, 2, -9, 9), &s);
            hcl_test_output(&g, add ? hcl_test_add(&g, y, y, 1, 2, 3) : y);
            expect_outputs(&g, lanes);
            hcl_fx_graph_clear(&g);
        }
    }
}

/* Gates about a whole row name what it holds; rows without elements name their tensor alone. */
static void test_rows(void **state)
{
    (void)state;
    struct hcl_test_random r = { 72 };
    struct hcl_fx_graph g = { 0 };
    const struct hcl_test_conv s = { .kernel_h = 1,
                                     .kernel_w = 1,
                                     .stride_y = 1,
                                     .stride_x = 1,
                                     .outputs = 2,
                                     .weight_max = 5,
                                     .divisor = 16 };
    struct hcl_compile_options o = { .lanes = 4 };
    struct hcl_compiled c;
    struct hcl_locator *l;
    struct hcl_err err;
    char text[256];
    int seen = 0;
    hcl_test_output(&g, hcl_test_conv(&g, &r, hcl_test_input(&g, 3, 4, 1, -9, 9), &s));
    assert_ok(hcl_compile(&g, &o, &c, &err), err);
    assert_ok(hcl_locator_new(&l, &g, &c.layout, &c.circuit, &err), err);
    struct hcl_violation v = { .kind = HCL_VIOLATED_GATE, .gate = o.lanes };
    for (size_t i = 0; i < c.layout.num_regions; i++) {
        v.row = c.layout.regions[i].first_row;
        hcl_locator_describe(l, &v, text, sizeof text);
        if (strcmp(c.layout.regions[i].what, "input") == 0)
            assert_string_equal(text, "tensor 0: input, row 0 of 3, tensor 'tensor 0'[0,0,0,0] to [0,0,3,0]");
        if (strcmp(c.layout.regions[i].what, "weights") != 0)
            continue;
        struct hcl_violation of_weights = { .kind = HCL_VIOLATED_GATE, .gate = c.circuit.num_gates - 2 };
        assert_string_equal(c.circuit.gates[of_weights.gate].name, "weights");
        of_weights.row = c.layout.regions[i].first_weight_row;
        hcl_locator_describe(l, &of_weights, text, sizeof text);
        assert_non_null(strstr(text, "weights, weight row 0 of "));
        assert_non_null(strstr(text, ", tensor 'tensor 1'"));
        seen++;
    }
    assert_int_equal(seen, 1);
    v.row = c.layout.rows;
    hcl_locator_describe(l, &v, text, sizeof text);
    assert_string_equal(text, "");
    hcl_locator_free(l);
    hcl_compiled_clear(&c);
    hcl_fx_graph_clear(&g);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_elements), cmocka_unit_test(test_rows) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

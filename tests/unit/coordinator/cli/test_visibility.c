/* SPDX-License-Identifier: Apache-2.0 */
/* A key shows where its weights are for any number of weight columns, also where the gate's sum is one of
 * blocks, and its own words are compared with that. */
#include "coordinator/cli/visibility.h"

#include "compiler/compile.h"
#include "tests/unit/compiler/support/accept.h"

#include <stdlib.h>

/* hcl_visibility_check of a key of this graph in so many columns that says `claimed` of its weights. */
static hcl_status check(hcl_visibility weights, uint32_t columns, const char *claimed, struct hcl_err *err)
{
    struct hcl_test_random r = { 81 };
    struct hcl_fx_graph g = { .weight_visibility = weights, .output_visibility = HCL_PUBLIC };
    struct hcl_test_conv s = { .kernel_h = 1, .kernel_w = 1, .stride_y = 1, .stride_x = 1, .outputs = 4 };
    struct lowered l;
    struct hcl_vk vk = { 0 };
    json_t *learned = NULL;

    s.weight_max = 9;
    s.divisor = 8;
    hcl_test_output(&g, hcl_test_conv(&g, &r, hcl_test_input(&g, 1, 1, 3, -9, 9), &s));
    lowered_build_columns(&l, &g, 2, columns);
    vk.circuit = &l.circuit;
    vk.fixed = calloc(l.circuit.num_fixed, sizeof *vk.fixed);
    assert_non_null(vk.fixed);
    for (uint32_t i = 0; i < l.circuit.num_fixed; i++)
        vk.fixed[i] = hcl_g1_generator;
    json_t *meta = hcl_public_json(&g);
    json_object_set_new(meta, "format", json_string("halocline-vk-meta"));
    json_object_set_new(meta, "version", json_integer(1));
    json_object_set_new(json_object_get(meta, "visibility"), "weights", json_string(claimed));
    const hcl_status st = hcl_visibility_check(&learned, meta, &vk, "test", err);
    json_decref(learned);
    json_decref(meta);
    free(vk.fixed);
    lowered_clear(&l);
    hcl_fx_graph_clear(&g);
    return st;
}

static void test_columns(void **state)
{
    static const uint32_t columns[] = { 1, 2, 256, 257, 512, 700 };
    struct hcl_err err;

    (void)state;
    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++) {
        assert_ok(check(HCL_PUBLIC, columns[i], "public", &err), err);
        assert_ok(check(HCL_PUBLIC, columns[i], "committed", &err), err);
        assert_ok(check(HCL_PRIVATE, columns[i], "private", &err), err);
        assert_int_equal(check(HCL_PUBLIC, columns[i], "private", &err), HCL_BAD_INPUT);
        assert_int_equal(check(HCL_PUBLIC, columns[i], "none", &err), HCL_BAD_INPUT);
        assert_int_equal(check(HCL_PRIVATE, columns[i], "committed", &err), HCL_BAD_INPUT);
        assert_int_equal(check(HCL_PRIVATE, columns[i], "none", &err), HCL_BAD_INPUT);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_columns) };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

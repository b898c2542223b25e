/* SPDX-License-Identifier: Apache-2.0 */
/* The float graph's checker: each kind of wrong graph is refused with the operator or tensor named. */
#include "tests/unit/compiler/graph/build.h"

#include <math.h>

/* conv(x) -> y, right; tests break one thing each. */
static struct hcl_graph good(void)
{
    struct hcl_graph g = { 0 };
    uint32_t x = add_computed(&g, 5, 5, 2), w = add_constant(&g, 4, 3, 3, 2),
             b = add_constant(&g, 1, 1, 1, 4);
    uint32_t y = add_computed(&g, 5, 5, 4);
    add_conv(&g, HCL_OP_CONV_2D, x, w, b, 1, y);
    set_ends(&g, x, y);
    return g;
}

static void refused(struct hcl_graph *g, const char *part)
{
    struct hcl_err err;
    assert_int_equal(hcl_graph_check(g, &err), HCL_BAD_INPUT);
    if (strstr(err.msg, part) == NULL)
        fail_msg("message is \"%s\", expected \"%s\" in it", err.msg, part);
    hcl_graph_clear(g);
}

static void refuses_wrong_graphs(void **state)
{
    (void)state;
    struct hcl_graph g = good();
    g.tensors[2].dims[3] = 3;
    refused(&g, "CONV_2D 'n': bias has shape [1,1,1,3], expected [1,1,1,4]");
    g = good();
    g.tensors[1].dims[3] = 1;
    refused(&g, "filter has shape [4,3,3,1], expected [4,3,3,2]");
    g = good();
    g.tensors[3].dims[1] = 4;
    refused(&g, "output has shape [1,4,5,4], expected [1,5,5,4]");
    g = good();
    g.nodes[0].stride_x = 0;
    refused(&g, "does not fit");
    g = good();
    g.nodes[0].pad_left = 3;
    refused(&g, "is not smaller than the 3x3 window");
    g = good();
    g.nodes[0].inputs[0] = 99;
    refused(&g, "operand 0 (tensor 99)");
    g = good();
    g.nodes[0].output = 0;
    refused(&g, "defined twice");
    g = good();
    g.outputs[0] = 77;
    refused(&g, "output 0 (tensor 77) is never computed");
    g = good();
    g.num_outputs = 0;
    refused(&g, "1 inputs and 0 outputs");
    g = good();
    g.tensors[1].data[5] = NAN;
    refused(&g, "'k' is not finite at element 5");
    g = good();
    g.tensors[0].dims[0] = 2;
    refused(&g, "expected a batch of 1");
    g = good();
    g.tensors[0].dims[1] = g.tensors[0].dims[2] = 1u << 20;
    refused(&g, "more than");
    g = good();
    g.nodes[0].op = HCL_OP_COUNT;
    refused(&g, "has operator");
    g = good();
    g.nodes[0].inputs[1] = g.nodes[0].inputs[2] = HCL_GRAPH_NONE;
    refused(&g, "has 1 operands, expected 2..4");
}

static void refuses_use_before_computation(void **state)
{
    (void)state;
    struct hcl_graph g = { 0 };
    uint32_t x = add_computed(&g, 2, 2, 2), a = add_computed(&g, 2, 2, 2), y = add_computed(&g, 2, 2, 2);
    add_op(&g, HCL_OP_RELU, a, NONE, NONE, y);
    add_op(&g, HCL_OP_RELU, x, NONE, NONE, a);
    struct hcl_err err;
    assert_ok(hcl_graph_set_ends(&g, &x, 1, &y, 1, &err), err);
    refused(&g, "is not computed before its use");
}

static void refuses_shapes_that_do_not_combine(void **state)
{
    (void)state;
    struct hcl_graph g = { 0 };
    uint32_t x = add_computed(&g, 2, 3, 4), k = add_constant(&g, 1, 2, 1, 4), y = add_computed(&g, 2, 3, 4);
    add_op(&g, HCL_OP_ADD, x, k, NONE, y);
    struct hcl_err err;
    assert_ok(hcl_graph_set_ends(&g, &x, 1, &y, 1, &err), err);
    refused(&g, "cannot be combined");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(refuses_wrong_graphs),
        cmocka_unit_test(refuses_use_before_computation),
        cmocka_unit_test(refuses_shapes_that_do_not_combine),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

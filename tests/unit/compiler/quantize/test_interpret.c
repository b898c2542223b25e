/* SPDX-License-Identifier: Apache-2.0 */
/* Each fixed-point node on numbers small enough to check by hand. */
#include "tests/support/test.h"

#include "compiler/fixed/interpret.h"
#include <math.h>

/* One node: tensors 0 (input), 1 and 2 (constants, may be absent), 3 (output). */
struct one_node {
    struct hcl_fx_tensor tensors[4];
    struct hcl_fx_node node;
    uint32_t input, output;
    struct hcl_fx_graph g;
    struct hcl_fx_values v;
};

static struct hcl_fx_tensor tensor(const char *name, uint32_t h, uint32_t w, uint32_t c, const int64_t *data)
{
    return (struct hcl_fx_tensor){
        .name = (char *)name, .dims = { 1, h, w, c }, .lo = -1000, .hi = 1000, .data = data
    };
}

static struct one_node node(hcl_fx_op op, struct hcl_fx_tensor x, struct hcl_fx_tensor y)
{
    static const int64_t unused[1] = { 0 };
    struct one_node n = { .tensors = { x, tensor("w", 1, 1, 1, unused), tensor("b", 1, 1, 1, unused), y },
                          .output = 3 };
    n.node = (struct hcl_fx_node){ .op = op,
                                   .name = (char *)"OP 'y'",
                                   .inputs = { 0, HCL_FX_NONE, HCL_FX_NONE, HCL_FX_NONE },
                                   .output = 3,
                                   .function = { .id = HCL_FN_IDENTITY },
                                   .q_lo = -500,
                                   .q_hi = 500 };
    n.node.kernel_h = n.node.kernel_w = n.node.stride_y = n.node.stride_x = 1;
    n.node.a_mul = n.node.b_mul = n.node.pool_mul = n.node.divisor = 1;
    return n;
}

/* Check the graph, run it on x, compare with y. */
static hcl_status run(struct one_node *n, const int64_t *x, const int64_t *want, struct hcl_err *err)
{
    n->g = (struct hcl_fx_graph){ .tensors = n->tensors,
                                  .num_tensors = 4,
                                  .nodes = &n->node,
                                  .num_nodes = 1,
                                  .inputs = &n->input,
                                  .outputs = &n->output,
                                  .num_inputs = 1,
                                  .num_outputs = 1 };
    assert_ok(hcl_fx_graph_check(&n->g, err), *err);
    assert_ok(hcl_fx_values_init(&n->v, &n->g, err), *err);
    assert_non_null(n->v.tensor);
    memcpy(n->v.tensor[0], x, hcl_fx_tensor_len(&n->g, 0) * sizeof *x);
    hcl_status st = hcl_interpret(&n->g, &n->v, err);
    for (size_t i = 0; st == HCL_OK && i < hcl_fx_tensor_len(&n->g, 3); i++)
        if (n->v.tensor[3][i] != want[i])
            fail_msg("element %zu is %lld, expected %lld", i, (long long)n->v.tensor[3][i],
                     (long long)want[i]);
    hcl_fx_values_clear(&n->v);
    return st;
}

static void gives(struct one_node n, const int64_t *x, const int64_t *want)
{
    struct hcl_err err;
    assert_ok(run(&n, x, want, &err), err);
}

static const int64_t x22[] = { 1, 2, 3, 4 };

static void convolutions(void **state)
{
    (void)state;
    static const int64_t w[] = { 1, 10, 100, 1000 }, b[] = { 7 };
    struct one_node n = node(HCL_FX_CONV, tensor("x", 2, 2, 1, NULL), tensor("y", 3, 3, 1, NULL));
    n.tensors[1] = tensor("w", 2, 2, 1, w);
    n.tensors[2] = tensor("b", 1, 1, 1, b);
    n.node.inputs[1] = 1;
    n.node.inputs[2] = 2;
    n.node.kernel_h = n.node.kernel_w = 2;
    n.node.pad_top = n.node.pad_left = n.node.pad_bottom = n.node.pad_right = 1;
    n.node.q_lo = -20000, n.node.q_hi = 20000;
    n.tensors[3].hi = 20000;
    n.tensors[3].lo = -20000;
    gives(n, x22, (const int64_t[]){ 1007, 2107, 207, 3017, 4328, 409, 37, 50, 11 });
    /* divisor 2, stride 2: (1007 + 1) / 2, (207 + 1) / 2, 19, 6 */
    n.tensors[3].dims[1] = n.tensors[3].dims[2] = 2;
    n.node.stride_y = n.node.stride_x = 2;
    n.node.divisor = 2;
    gives(n, x22, (const int64_t[]){ 504, 104, 19, 6 });
    n.tensors[1].data = (const int16_t[]){ 1, 10, 100, 1000 };
    n.tensors[1].type = HCL_FX_I16;
    gives(n, x22, (const int64_t[]){ 504, 104, 19, 6 });
}

static void depthwise_with_multiplier(void **state)
{
    (void)state;
    static const int64_t w[] = { 1, 2, 3, 4, 5, 6, 7, 8 }; /* [1,1,2,4]: two taps, channels 0 0 1 1 */
    struct one_node n = node(HCL_FX_DEPTHWISE, tensor("x", 1, 2, 2, NULL), tensor("y", 1, 1, 4, NULL));
    n.tensors[1] = tensor("w", 1, 2, 4, w);
    n.node.inputs[1] = 1;
    n.node.kernel_w = 2;
    n.tensors[0].lo = 0;
    n.tensors[0].hi = 9;
    gives(n, x22, (const int64_t[]){ 1 * 1 + 3 * 5, 1 * 2 + 3 * 6, 2 * 3 + 4 * 7, 2 * 4 + 4 * 8 });
    n.tensors[1].data = (const int16_t[]){ 1, 2, 3, 4, 5, 6, 7, 8 };
    n.tensors[1].type = HCL_FX_I16;
    gives(n, x22, (const int64_t[]){ 1 * 1 + 3 * 5, 1 * 2 + 3 * 6, 2 * 3 + 4 * 7, 2 * 4 + 4 * 8 });
}

static void sums_and_products(void **state)
{
    (void)state;
    static const int64_t per_channel[] = { 10, -20 }, one[] = { 3 };
    struct one_node n = node(HCL_FX_ADD, tensor("x", 1, 2, 2, NULL), tensor("y", 1, 2, 2, NULL));
    n.tensors[1] = tensor("b", 1, 1, 2, per_channel);
    n.node.inputs[1] = 1;
    n.node.a_mul = 4;
    n.node.b_mul = -1;
    n.tensors[0].lo = -9, n.tensors[0].hi = 9;
    gives(n, x22, (const int64_t[]){ 4 - 10, 8 + 20, 12 - 10, 16 + 20 });
    n.node.op = HCL_FX_MUL;
    n.tensors[1] = tensor("b", 1, 1, 1, one);
    n.node.divisor = 4; /* 3/4, 6/4, 9/4, 12/4 rounded half up */
    gives(n, x22, (const int64_t[]){ 1, 2, 2, 3 });
    n.node.inputs[1] = 0; /* times itself */
    gives(n, x22, (const int64_t[]){ 0, 1, 2, 4 });
}

static void functions(void **state)
{
    (void)state;
    static int64_t table[] = { 0, 0, 0, 0, 1, 2, 2 }; /* clamp to 0..2 over -3..3 */
    struct one_node n = node(HCL_FX_UNARY, tensor("x", 1, 2, 2, NULL), tensor("y", 1, 2, 2, NULL));
    n.node.fn = table;
    n.node.function.id = HCL_FN_RELU6;
    n.node.q_lo = -3;
    n.node.q_hi = 3;
    gives(n, (const int64_t[]){ -3, 1, 3, 0 }, (const int64_t[]){ 0, 1, 2, 0 });
    struct hcl_err err;
    assert_int_equal(run(&n, (const int64_t[]){ 0, 1, 4, 0 }, NULL, &err), HCL_BAD_INPUT);
    assert_non_null(
        strstr(err.msg, "OP 'y': value 4 at element 2 of tensor 'y' is outside its range [-3, 3]"));
    assert_int_equal(run(&n, (const int64_t[]){ 0, -4, 1, 0 }, NULL, &err), HCL_BAD_INPUT);
    assert_non_null(strstr(err.msg, "value -4 at element 1"));
}

/* Windows at the border count only what is inside. */
static void pools(void **state)
{
    (void)state;
    struct one_node n = node(HCL_FX_AVG_POOL, tensor("x", 2, 2, 1, NULL), tensor("y", 2, 2, 1, NULL));
    n.node.kernel_h = n.node.kernel_w = 2;
    n.node.pad_bottom = n.node.pad_right = 1;
    gives(n, x22, (const int64_t[]){ 3, 3, 4, 4 }); /* 10/4, 6/2, 7/2, 4/1 */
    n.node.pool_mul = 3;
    n.node.divisor = 2;
    gives(n, x22, (const int64_t[]){ 4, 5, 5, 6 }); /* 30/8 4.5 5.25 6 */
    n.node.op = HCL_FX_MAX_POOL;
    gives(n, (const int64_t[]){ -1, -2, -3, -4 }, (const int64_t[]){ -1, -2, -3, -4 });
    gives(n, x22, (const int64_t[]){ 4, 4, 4, 4 });
}

static void moves(void **state)
{
    (void)state;
    struct one_node n = node(HCL_FX_RESHAPE, tensor("x", 2, 2, 1, NULL), tensor("y", 1, 1, 4, NULL));
    gives(n, x22, x22);
    n = node(HCL_FX_PAD, tensor("x", 2, 2, 1, NULL), tensor("y", 3, 4, 1, NULL));
    n.node.pad_top = n.node.pad_left = n.node.pad_right = 1;
    gives(n, x22, (const int64_t[]){ 0, 0, 0, 0, 0, 1, 2, 0, 0, 3, 4, 0 });
}

/* Two heads that share the second operand, which is given transposed; then sums beyond 53 bits. */
static void products(void **state)
{
    (void)state;
    static const int64_t b[] = { 1, 2, 3, -4 };
    struct one_node n = node(HCL_FX_MATMUL, tensor("x", 2, 1, 2, NULL), tensor("y", 2, 1, 2, NULL));
    n.tensors[1] = tensor("w", 1, 2, 2, b);
    n.node.inputs[1] = 1;
    n.node.divisor = 2;
    n.node.b_adjoint = true;
    gives(n, (const int64_t[]){ 5, 7, -1, 2 }, (const int64_t[]){ 10, -6, 2, -5 });
    n.node.b_adjoint = false;
    gives(n, (const int64_t[]){ 5, 7, -1, 2 }, (const int64_t[]){ 13, -9, 3, -5 });
    n.tensors[0] = tensor("x", 1, 2, 2, NULL);
    n.tensors[3] = tensor("y", 1, 2, 2, NULL);
    n.node.a_adjoint = true;
    gives(n, (const int64_t[]){ 5, 7, -1, 2 }, (const int64_t[]){ 1, 7, 7, 3 });

    /* 2^60 + 2^31 - 4, just below half of the divisor: in doubles it would be half. */
    static const int64_t large[] = { (int64_t)1 << 29, ((int64_t)1 << 29) - 1 };
    n = node(HCL_FX_MATMUL, tensor("x", 1, 1, 2, NULL), tensor("y", 1, 1, 1, NULL));
    n.tensors[1] = tensor("w", 1, 2, 1, large);
    n.node.inputs[1] = 1;
    n.node.divisor = (int64_t)1 << 32;
    n.tensors[0].hi = (int64_t)1 << 31;
    n.tensors[1].hi = (int64_t)1 << 29;
    n.node.q_hi = n.tensors[3].hi = ((int64_t)1 << 28) + 1;
    n.node.q_lo = n.node.q_hi - 100;
    gives(n, (const int64_t[]){ (int64_t)1 << 31, 4 }, (const int64_t[]){ (int64_t)1 << 28 });
}

/* A concatenation, a gap and a repetition in one map. */
static void index_maps(void **state)
{
    (void)state;
    static const int64_t w[] = { 7, 8 };
    static uint32_t map[] = { 3, HCL_FX_NONE, 5, 4, 0, 0 };
    struct hcl_err err;
    struct one_node n = node(HCL_FX_MOVE, tensor("x", 2, 2, 1, NULL), tensor("y", 1, 2, 3, NULL));
    n.tensors[1] = tensor("w", 1, 1, 2, w);
    n.node.inputs[1] = 1;
    n.node.map = map;
    gives(n, (const int64_t[]){ 1, 2, 3, 4 }, (const int64_t[]){ 4, 0, 8, 7, 1, 1 });
    map[0] = 6;
    n.g = (struct hcl_fx_graph){ .tensors = n.tensors, .num_tensors = 4, .nodes = &n.node, .num_nodes = 1 };
    n.g.inputs = &n.input;
    n.g.num_inputs = 1;
    assert_int_equal(hcl_fx_graph_check(&n.g, &err), HCL_BAD_INPUT);
    assert_non_null(strstr(err.msg, "the index map leaves the operands"));
}

static void softmax(void **state)
{
    (void)state;
    static int64_t table[41] = { 129, 64, 32, 16 };
    struct one_node n = node(HCL_FX_SOFTMAX, tensor("x", 1, 2, 2, NULL), tensor("y", 1, 2, 2, NULL));
    n.node.exp_table = table;
    n.node.exp_len = 41;
    n.node.exp_top = 129;
    n.node.mark = 4;
    n.node.sum_divisor = 4;
    n.node.numerator = 1 << 16;
    n.node.divisor = 1 << 14;
    n.tensors[0].lo = -20;
    n.tensors[0].hi = 20;
    n.tensors[3].frac_bits = 4;
    n.tensors[3].lo = 0;
    n.tensors[3].hi = 16;
    /* rows (5, 3): e 129, 32 of 160: 12.9, 3.2; (-9, 9): 0, 129 of 128; (0, 1): 64, 129 of 192: 5.3, 10.8 */
    gives(n, (const int64_t[]){ 5, 3, -9, 9 }, (const int64_t[]){ 13, 3, 0, 16 });
    gives(n, (const int64_t[]){ 5, 5, 0, 1 }, (const int64_t[]){ 8, 8, 5, 11 });
}

static void inputs_are_rounded_and_checked(void **state)
{
    (void)state;
    struct one_node n = node(HCL_FX_RESHAPE, tensor("x", 1, 1, 4, NULL), tensor("y", 1, 1, 4, NULL));
    struct hcl_err err;
    n.tensors[0].frac_bits = 2;
    n.tensors[0].lo = -4;
    n.tensors[0].hi = 6;
    n.g = (struct hcl_fx_graph){ .tensors = n.tensors,
                                 .num_tensors = 4,
                                 .nodes = &n.node,
                                 .num_nodes = 1,
                                 .inputs = &n.input,
                                 .outputs = &n.output,
                                 .num_inputs = 1,
                                 .num_outputs = 1 };
    assert_ok(hcl_fx_values_init(&n.v, &n.g, &err), err);
    assert_non_null(n.v.tensor);
    const float good[] = { 1.5f, -1.0f, 0.124f, -0.125f };
    assert_ok(hcl_fx_set_input(&n.g, &n.v, 0, good, 4, &err), err);
    assert_memory_equal(n.v.tensor[0], ((const int64_t[]){ 6, -4, 0, -1 }), 4 * sizeof(int64_t));
    const float bad[] = { NAN, INFINITY, -INFINITY, 1.7f, -1.2f, 1e30f };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        const float x[] = { 0, 0, bad[i], 0 };
        assert_int_equal(hcl_fx_set_input(&n.g, &n.v, 0, x, 4, &err), HCL_BAD_INPUT);
        assert_non_null(strstr(err.msg, "input 'x'"));
        assert_non_null(strstr(err.msg, "at element 2, expected a number in [-1, 1.5]"));
    }
    assert_int_equal(hcl_fx_set_input(&n.g, &n.v, 0, good, 3, &err), HCL_BAD_INPUT);
    assert_int_equal(hcl_fx_set_input(&n.g, &n.v, 1, good, 4, &err), HCL_BAD_INPUT);
    hcl_fx_values_clear(&n.v);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(convolutions),
        cmocka_unit_test(depthwise_with_multiplier),
        cmocka_unit_test(sums_and_products),
        cmocka_unit_test(functions),
        cmocka_unit_test(pools),
        cmocka_unit_test(moves),
        cmocka_unit_test(softmax),
        cmocka_unit_test(products),
        cmocka_unit_test(index_maps),
        cmocka_unit_test(inputs_are_rounded_and_checked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

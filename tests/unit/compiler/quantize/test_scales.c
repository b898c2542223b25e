/* SPDX-License-Identifier: Apache-2.0 */
/* Scales of tensors: nodes of one function, and softmaxes of one factor, share theirs where a setting says
 * so. */
#include "tests/unit/compiler/graph/build.h"

#include "compiler/quantize/scales.h"

/* tanh(w x), tanh(100 w x), softmax of both. */
static void build(struct hcl_graph *g, uint32_t out[4])
{
    const uint32_t x = add_computed(g, 1, 1, 4), w = add_constant(g, 4, 1, 1, 4),
                   v = add_constant(g, 4, 1, 1, 4);
    for (size_t i = 0; i < 16; i++)
        g->tensors[v].data[i] *= 100;
    for (int i = 0; i < 4; i++)
        out[i] = add_computed(g, 1, 1, 4);
    add_op(g, HCL_OP_FULLY_CONNECTED, x, w, NONE, out[0])->act.id = HCL_FN_TANH;
    add_op(g, HCL_OP_FULLY_CONNECTED, x, v, NONE, out[1])->act.id = HCL_FN_TANH;
    add_op(g, HCL_OP_SOFTMAX, out[0], NONE, NONE, out[2])->beta = 1;
    add_op(g, HCL_OP_SOFTMAX, out[1], NONE, NONE, out[3])->beta = 1;
    struct hcl_err err;
    assert_ok(hcl_graph_set_ends(g, &x, 1, out + 2, 2, &err), err);
    assert_ok(hcl_graph_check(g, &err), err);
}

static void tables_are_shared(void **state)
{
    (void)state;
    for (int shared = 0; shared < 2; shared++) {
        struct hcl_graph g = { 0 };
        uint32_t out[4];
        build(&g, out);
        const struct hcl_fx_setting setting = { .table_len = 4096,
                                                .remainder_bits = 12,
                                                .weight_bits = 16,
                                                .margin = 2,
                                                .stretch = 1,
                                                .one_scale = shared };
        double *most = calloc(2 * g.num_tensors, sizeof *most);
        struct hcl_scales s;
        struct hcl_err err;
        assert_non_null(most);
        for (size_t t = 0; t < 2 * g.num_tensors; t++)
            most[t] = 1;
        most[out[1]] = 100; /* before the function */
        assert_ok(hcl_scales_choose(&s, &g, most, &setting, &err), err);
        assert_int_equal(s.quotient[out[0]] == s.quotient[out[1]], shared);
        assert_int_equal(s.tensor[out[0]], s.tensor[out[1]]);
        assert_true(hcl_scales_share(&g.nodes[0], &g.nodes[1]));
        assert_true(hcl_scales_share(&g.nodes[2], &g.nodes[3]));
        assert_false(hcl_scales_share(&g.nodes[1], &g.nodes[2]));
        hcl_scales_clear(&s);
        hcl_graph_clear(&g);
        free(most);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(tables_are_shared) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

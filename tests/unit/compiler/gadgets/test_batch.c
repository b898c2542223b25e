/* SPDX-License-Identifier: Apache-2.0 */
/* Batches: every item computes what it would alone, the circuit accepts that and nothing else, and weights
 * lie once where the layout joins the items. */
#include "compiler/compile.h"
#include "compiler/fixed/batch.h"
#include "compiler/fixed/interpret.h"
#include "tests/unit/compiler/support/accept.h"
#include "tests/unit/compiler/support/random_chain.h"

static struct hcl_fx_graph repeat(const struct hcl_fx_graph *g, uint32_t items)
{
    struct hcl_fx_graph batch;
    struct hcl_err err;

    assert_int_equal(hcl_fx_repeat(&batch, g, items, &err), HCL_OK);
    return batch;
}

/* Every tensor of every item, against the model alone on the item's input. */
static void same_as_alone(const struct hcl_fx_graph *g, const struct hcl_fx_graph *batch,
                          struct hcl_test_random *r)
{
    struct hcl_fx_values all, item, one;
    struct hcl_err err;

    assert_int_equal(hcl_fx_values_init(&all, batch, &err), HCL_OK);
    assert_int_equal(hcl_fx_values_init(&one, g, &err), HCL_OK);
    for (size_t i = 0; i < batch->num_inputs; i++)
        for (size_t e = 0; e < hcl_fx_tensor_len(batch, batch->inputs[i]); e++)
            all.tensor[batch->inputs[i]][e] =
                hcl_test_between(r, batch->tensors[batch->inputs[i]].lo, batch->tensors[batch->inputs[i]].hi);
    assert_int_equal(hcl_interpret(batch, &all, &err), HCL_OK);
    for (uint32_t n = 0; n < batch->items; n++) {
        assert_int_equal(hcl_fx_item_values(&item, batch, &all, n, &err), HCL_OK);
        assert_int_equal(item.num_tensors, g->num_tensors);
        for (size_t i = 0; i < g->num_inputs; i++)
            memcpy(one.tensor[g->inputs[i]], item.tensor[g->inputs[i]],
                   hcl_fx_tensor_len(g, g->inputs[i]) * sizeof(int64_t));
        assert_int_equal(hcl_interpret(g, &one, &err), HCL_OK);
        for (uint32_t t = 0; t < g->num_tensors; t++)
            if (one.tensor[t])
                assert_memory_equal(one.tensor[t], item.tensor[t], hcl_fx_tensor_len(g, t) * sizeof(int64_t));
        hcl_fx_item_clear(&item);
    }
    hcl_fx_values_clear(&all);
    hcl_fx_values_clear(&one);
}

static void test_random_chains(void **state)
{
    struct hcl_test_random r = { 91 };

    (void)state;
    for (int i = 0; i < 100; i++) {
        struct hcl_fx_graph g = { .weight_visibility = i & 1 ? HCL_PUBLIC : HCL_PRIVATE,
                                  .input_visibility = i & 2 ? HCL_PUBLIC : HCL_PRIVATE,
                                  .output_visibility = i & 4 ? HCL_PUBLIC : HCL_PRIVATE },
                            batch;
        const uint32_t lanes =
            (uint32_t)(i % 10 == 3 ? hcl_test_between(&r, 7, HCL_MAX_LANES) : hcl_test_between(&r, 2, 6));
        if (i % 10 == 9)
            hcl_test_attention(&g, &r, (uint32_t)hcl_test_between(&r, 2, 5), 2, 3);
        else
            hcl_test_random_chain(&g, &r, i % 5 == 0);
        batch = repeat(&g, (uint32_t)hcl_test_between(&r, 2, 5));
        same_as_alone(&g, &batch, &r);
        accept_graph(&batch, lanes, &r);
        hcl_fx_graph_clear(&batch);
        hcl_fx_graph_clear(&g);
    }
}

static struct hcl_test_conv dense(uint32_t outputs)
{
    return (struct hcl_test_conv){ .kernel_h = 1,
                                   .kernel_w = 1,
                                   .stride_y = 1,
                                   .stride_x = 1,
                                   .outputs = outputs,
                                   .weight_max = 3,
                                   .bias_max = 9,
                                   .divisor = 8 };
}

/* A graph of each way in which items are joined. */
enum { CHAIN, PADDED, STRIDED, DEPTHWISE, WINDOW, DENSE, ROWS, ELEMENTWISE, SOFTMAX, MASK, SCORES, WAYS };

static void join(struct hcl_fx_graph *g, struct hcl_test_random *r, int way)
{
    struct hcl_test_conv s = dense(2);
    uint32_t x;

    switch (way) {
    case ROWS: /* outputs by position, a residual copied and one in place */
        x = hcl_test_input(g, 1, 2, 5, -7, 7);
        s = dense(5);
        s.plus = x;
        s.plus_mul = 4;
        x = hcl_test_conv(g, r, x, &s);
        hcl_test_output(g, hcl_test_norm(g, x, true));
        s.plus = x;
        hcl_test_output(g, hcl_test_norm(g, hcl_test_conv(g, r, x, &s), true));
        return;
    case DENSE: /* joined: the second layer reads the first one's results where they lie */
        s = dense(3);
        x = hcl_test_conv(g, r, hcl_test_input(g, 1, 1, 4, -7, 7), &s);
        hcl_test_output(g, hcl_test_conv(g, r, x, &s));
        return;
    case ELEMENTWISE:
        x = hcl_test_input(g, 2, 2, 2, -7, 7);
        x = hcl_test_add(g, x, hcl_test_constant(g, r, 1, 2, 2, 2, -5, 5), 2, 3, 4);
        hcl_test_output(g, hcl_test_mul(g, x, hcl_test_constant(g, r, 1, 1, 1, 2, -5, 5), 4));
        return;
    case SOFTMAX: /* vectors of two lengths, those of the items in one group */
        x = hcl_test_input(g, 1, 2, 4, -9, 9);
        hcl_test_output(g, hcl_test_masked_softmax(g, r, x, true));
        return;
    case MASK: /* shared by the vectors of an item */
        x = hcl_test_input(g, 1, 2, 3, -9, 9);
        hcl_test_output(g, hcl_test_softmax_by(g, x, hcl_test_computed_mask(g, x, true)));
        return;
    case SCORES: /* an item's in the rows of its product */
        x = hcl_test_matmul(g, hcl_test_input(g, 2, 6, 2, -3, 3), hcl_test_input(g, 2, 6, 2, -3, 3), false,
                            true, 2);
        hcl_test_output(g, hcl_test_masked_softmax(g, r, x, true));
        return;
    default:
        break;
    }
    s.kernel_h = s.kernel_w = 2;
    x = hcl_test_input(g, 3, 4, 2, -7, 7);
    if (way == PADDED) { /* the second one's residual is the first one's block */
        s.kernel_h = s.kernel_w = 3;
        s.pad_top = s.pad_left = s.pad_bottom = s.pad_right = 1;
        s.divisor = 16;
        x = hcl_test_conv(g, r, x, &s);
        s.plus = x;
        s.plus_mul = 4;
    }
    if (way == STRIDED)
        s.stride_y = s.stride_x = 2;
    s.depthwise = way == DEPTHWISE;
    if (way == WINDOW) {
        s.kernel_h = 3;
        s.kernel_w = 4;
    }
    if (way == CHAIN)
        x = hcl_test_conv(g, r, x, &s);
    hcl_test_output(g, hcl_test_conv(g, r, x, &s));
}

/* Every single cell that anything reads is noticed, and no output is left a choice. */
static void test_joined(void **state)
{
    struct hcl_test_random r = { 92 };

    (void)state;
    for (int way = 0; way < 2 * WAYS; way++) {
        struct hcl_fx_graph g = { .weight_visibility = way & 1 ? HCL_PUBLIC : HCL_PRIVATE,
                                  .output_visibility = HCL_PUBLIC },
                            batch;
        struct mutation_report report;
        struct lowered l;

        join(&g, &r, way / 2);
        batch = repeat(&g, 3);
        accept_start(&l, &batch, 3, &r);
        report = assert_noticed(&l, &r, 1);
        assert_true(report.noticed > report.cells / 4);
        (void)assert_determined(&l);
        lowered_clear(&l);
        hcl_fx_graph_clear(&batch);
        hcl_fx_graph_clear(&g);
    }
}

/* Private weights are the same for all items: they lie once. */
static void test_weights_lie_once(void **state)
{
    struct hcl_test_random r = { 93 };

    (void)state;
    for (int way = 0; way < WAYS; way++) {
        struct hcl_fx_graph g = { .weight_visibility = HCL_PRIVATE }, batch;
        struct lowered one, all;

        join(&g, &r, way);
        batch = repeat(&g, 4);
        lowered_build_columns(&one, &g, 3, 2);
        lowered_build_columns(&all, &batch, 3, 2);
        assert_int_equal(all.prog.num_weight_rows, one.prog.num_weight_rows);
        lowered_clear(&one);
        lowered_clear(&all);
        hcl_fx_graph_clear(&batch);
        hcl_fx_graph_clear(&g);
    }
}

/* What one item gives is not taken for what another gives. */
static void test_swapped_outputs(void **state)
{
    struct hcl_test_random r = { 94 };

    (void)state;
    for (int way = 0; way < WAYS; way++) {
        struct hcl_fx_graph g = { .output_visibility = HCL_PUBLIC }, batch;
        struct lowered l;
        size_t len, differ = 0;

        join(&g, &r, way);
        batch = repeat(&g, 2);
        accept_start(&l, &batch, 4, &r);
        len = l.prog.num_instance / 2;
        for (size_t i = 0; i < len; i++) {
            hcl_fr *a = &l.instances.columns[0][i], *b = a + len, swap = *a;
            differ += !hcl_fr_eq(a, b);
            *a = *b;
            *b = swap;
        }
        assert_true(differ > 0);
        assert_true(lowered_violations(&l, false) > 0);
        lowered_clear(&l);
        hcl_fx_graph_clear(&batch);
        hcl_fx_graph_clear(&g);
    }
}

/* The scalars of vectors lie side by side, whichever items these are of. */
static void test_scalars_share_rows(void **state)
{
    struct hcl_fx_graph g = { .output_visibility = HCL_PUBLIC }, batch;
    struct hcl_test_random r = { 97 };
    struct lowered one, all;

    (void)state;
    hcl_test_output(&g, hcl_test_softmax(&g, hcl_test_input(&g, 1, 1, 8, -9, 9)));
    batch = repeat(&g, 8);
    accept_graph(&batch, 8, &r);
    lowered_build(&one, &g, 8);
    lowered_build(&all, &batch, 8);
    /* alone each has 19 */
    assert_true(all.prog.num_rows < one.prog.num_rows + 7 * 10);
    lowered_clear(&one);
    lowered_clear(&all);
    hcl_fx_graph_clear(&batch);
    hcl_fx_graph_clear(&g);
}

/* Dense layers join where passes of each item's own would cost more: not in a small one, but in a wide one.
 */
static void test_dense_layers(void **state)
{
    struct hcl_test_random r = { 95 };
    const struct hcl_test_conv small = dense(3), wide = dense(1024);

    (void)state;
    for (int i = 0; i < 2; i++) {
        struct hcl_fx_graph g = { .weight_visibility = HCL_PUBLIC }, batch;
        struct lowered one, all;
        uint32_t x = hcl_test_input(&g, 1, 1, i ? 3 : 40, -7, 7);

        hcl_test_output(&g, hcl_test_conv(&g, &r, x, i ? &wide : &small));
        batch = repeat(&g, 8);
        lowered_build_columns(&one, &g, 4, 2);
        accept_graph(&batch, 4, &r);
        lowered_build_columns(&all, &batch, 4, 2);
        assert_int_equal(all.prog.num_weight_rows, (i ? 1 : 8) * one.prog.num_weight_rows);
        lowered_clear(&one);
        lowered_clear(&all);
        hcl_fx_graph_clear(&batch);
        hcl_fx_graph_clear(&g);
    }
}

/* Positions of all items are numbered by 32 bits; what does not fit is refused. */
static void test_too_large(void **state)
{
    struct hcl_test_random r = { 96 };
    struct hcl_test_conv s = dense(1);
    struct hcl_fx_graph g = { .weight_visibility = HCL_PUBLIC }, batch;
    struct hcl_compile_options options = { .lanes = 2 };
    struct hcl_compiled c;
    struct hcl_err err;

    (void)state;
    s.kernel_h = 1 << 14;
    s.pad_top = s.pad_bottom = s.kernel_h - 1;
    s.divisor = 1 << 16;
    hcl_test_output(&g, hcl_test_conv(&g, &r, hcl_test_input(&g, 1, 16, 1, -7, 7), &s));
    batch = repeat(&g, HCL_MOST_ITEMS);
    assert_int_equal(hcl_compile(&batch, &options, &c, &err), HCL_BAD_INPUT);
    assert_non_null(strstr(err.msg, "too large together"));
    hcl_fx_graph_clear(&batch);
    hcl_fx_graph_clear(&g);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_random_chains),      cmocka_unit_test(test_joined),
        cmocka_unit_test(test_weights_lie_once),   cmocka_unit_test(test_swapped_outputs),
        cmocka_unit_test(test_scalars_share_rows), cmocka_unit_test(test_dense_layers),
        cmocka_unit_test(test_too_large)
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

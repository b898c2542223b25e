/* SPDX-License-Identifier: Apache-2.0 */
/* Convolutions of random shapes: the witness equals the interpreter's values and the circuit is satisfied. */
#include "compiler/graph/window.h"
#include "tests/unit/compiler/support/accept.h"
#include <string.h>

static void test_random_shapes(void **state)
{
    struct hcl_test_random r = { 1 };

    (void)state;
    for (int i = 0; i < 60; i++) {
        struct hcl_fx_graph g = { .weight_visibility = i & 1 ? HCL_PUBLIC : HCL_PRIVATE };
        uint32_t h = (uint32_t)hcl_test_between(&r, 1, 7), w = (uint32_t)hcl_test_between(&r, 1, 7);
        uint32_t x = hcl_test_input(&g, h, w, (uint32_t)hcl_test_between(&r, 1, 4), -20, 20);
        struct hcl_test_conv s = hcl_test_random_conv(&r, h < 4 ? h : 4, w < 4 ? w : 4, i % 3 != 0);
        s.outputs = (uint32_t)hcl_test_between(&r, 1, 7);
        hcl_test_output(&g, hcl_test_conv(&g, &r, x, &s));
        accept_graph(&g, (uint32_t)hcl_test_between(&r, 2, 6), &r);
        hcl_fx_graph_clear(&g);
    }
}

/* One convolution reads the block of another, gaps and all. */
static void test_chain_in_place(void **state)
{
    struct hcl_test_random r = { 2 };

    (void)state;
    for (int i = 0; i < 10; i++) {
        struct hcl_fx_graph g = { 0 };
        struct hcl_test_conv a = { .kernel_h = 3, .kernel_w = 3, .stride_y = 1, .stride_x = 1, .outputs = 3 };
        uint32_t x = hcl_test_input(&g, 9, 8, 2, 0, 15);
        a.weight_max = 5;
        a.divisor = 16;
        a.bias_max = 100;
        a.relu = i & 1;
        x = hcl_test_conv(&g, &r, x, &a);
        a.kernel_h = 2;
        a.kernel_w = (uint32_t)hcl_test_between(&r, 1, 3);
        x = hcl_test_conv(&g, &r, x, &a);
        a.kernel_h = g.tensors[x].dims[1];
        a.kernel_w = g.tensors[x].dims[2];
        a.outputs = 10;
        a.divisor = 300;
        x = hcl_test_conv(&g, &r, x, &a);
        hcl_test_output(&g, x);
        accept_graph(&g, (uint32_t)hcl_test_between(&r, 2, 8), &r);
        hcl_fx_graph_clear(&g);
    }
}

/* What a stride alone reads of an input lies as its planes: no element is copied, those that it leaves out
 * are inputs in range all the same, and every cell that is read counts. */
static void test_input_as_planes(void **state)
{
    struct hcl_test_random r = { 7 };

    (void)state;
    for (uint32_t kernel = 1; kernel <= 3; kernel++) {
        struct hcl_fx_graph g = { .input_visibility = HCL_PUBLIC };
        const struct hcl_test_conv s = { .kernel_h = kernel,
                                         .kernel_w = 2,
                                         .stride_y = 2,
                                         .stride_x = 3,
                                         .outputs = 2,
                                         .weight_max = 5,
                                         .pad_top = kernel - 1,
                                         .divisor = 16 };
        struct lowered l;

        hcl_test_output(&g, hcl_test_conv(&g, &r, hcl_test_input(&g, 5, 7, 2, -9, 9), &s));
        accept_start(&l, &g, 3, &r);
        for (size_t i = 0; i < (size_t)l.prog.num_rows * l.prog.lanes; i++) {
            const hcl_src from = l.prog.sources[i];
            if (HCL_SRC_KIND(from) == HCL_SRC_CELL)
                assert_true(HCL_SRC_KIND(l.prog.sources[HCL_SRC_INDEX(from)]) != HCL_SRC_INPUT);
        }
        (void)assert_noticed(&l, &r, 1);
        (void)assert_determined(&l);
        lowered_clear(&l);
        hcl_fx_graph_clear(&g);
    }
}

/* A window unfolded in one dimension or both, with strides, dilation and padding: more planes than the stride
 * has phases, with fewer positions, and every cell of them counts. */
static void test_unfolded(void **state)
{
    struct hcl_test_random r = { 8 };
    size_t unfolded = 0;

    (void)state;
    for (int i = 0; i < 24; i++) {
        struct hcl_fx_graph g = { .input_visibility = i % 2 ? HCL_PUBLIC : HCL_PRIVATE };
        struct hcl_test_conv s = hcl_test_random_conv(&r, 3, 3, i % 3 == 0);
        struct lowered l;

        s.outputs = (uint32_t)hcl_test_between(&r, 9, 14);
        uint32_t x = hcl_test_input(&g, (uint32_t)hcl_test_between(&r, 4, 7),
                                    (uint32_t)hcl_test_between(&r, 4, 7), 1, -9, 9);
        if (i % 4 == 3) /* no input of the model */
            x = hcl_test_add(&g, x, x, 1, 1, 1);
        hcl_test_output(&g, hcl_test_conv(&g, &r, x, &s));
        accept_start(&l, &g, (uint32_t)hcl_test_between(&r, 2, 5), &r);
        for (uint32_t b = 0; b < l.prog.num_blocks; b++)
            unfolded += l.prog.blocks[b].kind == HCL_BLOCK_CONV &&
                        l.prog.blocks[b].in_channels > s.stride_y * s.stride_x;
        (void)assert_noticed(&l, &r, 5);
        (void)assert_determined(&l);
        lowered_clear(&l);
        hcl_fx_graph_clear(&g);
    }
    assert_true(unfolded >= 8);
}

/* An input is added to a convolution of another. */
static void test_added_input(void **state)
{
    struct hcl_test_random r = { 3 };

    (void)state;
    for (int i = 0; i < 40; i++) {
        struct hcl_fx_graph g = { .weight_visibility = i & 1 ? HCL_PUBLIC : HCL_PRIVATE };
        const uint32_t h = (uint32_t)hcl_test_between(&r, 2, 7), w = (uint32_t)hcl_test_between(&r, 2, 7);
        struct hcl_test_conv s = hcl_test_random_conv(&r, h < 4 ? h : 4, w < 4 ? w : 4, i % 3 != 0);
        uint32_t x = hcl_test_input(&g, h, w, (uint32_t)hcl_test_between(&r, 1, 4), -20, 20);
        const uint32_t out_h =
            (h + s.pad_top + s.pad_bottom - (uint32_t)hcl_window_span(s.kernel_h, s.gap_y)) / s.stride_y + 1;
        const uint32_t out_w =
            (w + s.pad_left + s.pad_right - (uint32_t)hcl_window_span(s.kernel_w, s.gap_x)) / s.stride_x + 1;

        s.outputs = (uint32_t)hcl_test_between(&r, 1, 7);
        if (out_h * out_w > 1) { /* else it is a dense layer */
            s.plus = hcl_test_input(&g, out_h, out_w, s.outputs, -20, 20);
            s.plus_mul = (int64_t)1 << hcl_test_between(&r, 0, 5);
        }
        hcl_test_output(&g, hcl_test_conv(&g, &r, x, &s));
        accept_graph(&g, (uint32_t)hcl_test_between(&r, 2, 6), &r);
        hcl_fx_graph_clear(&g);
    }
}

/* Two padded convolutions and what goes around them, as in a residual network: the first one's own block is
 * added to the second one's sums, no row holds it again. */
static void test_added_in_place(void **state)
{
    struct hcl_test_random r = { 4 };

    (void)state;
    for (uint32_t lanes = 2; lanes <= 8; lanes++) {
        struct hcl_fx_graph g = { 0 };
        struct hcl_test_conv s = { .kernel_h = 3, .kernel_w = 3, .stride_y = 1, .stride_x = 1, .outputs = 3 };
        const struct hcl_block *first, *last;
        struct lowered l;
        uint32_t x;

        s.pad_top = s.pad_left = s.pad_bottom = s.pad_right = 1;
        s.weight_max = 5;
        s.divisor = 16;
        s.relu = true;
        s.plus = hcl_test_conv(&g, &r, hcl_test_input(&g, 6, 5, 2, 0, 15), &s);
        x = hcl_test_conv(&g, &r, s.plus, &s);
        s.divisor = 64;
        s.plus_mul = 8;
        hcl_test_output(&g, hcl_test_conv(&g, &r, x, &s));
        accept_start(&l, &g, lanes, &r);
        first = &l.prog.blocks[0];
        last = &l.prog.blocks[2];
        assert_in_range(last->res_row, first->out_row, first->out_row + first->out_rows - 1);
        assert_int_equal(last->res_stride, first->out_rows);
        lowered_clear(&l);
        hcl_fx_graph_clear(&g);
    }
}

/* Padded convolutions of another's block read it where it lies: its gaps serve as the padding of both sides.
 */
static void test_padded_in_place(void **state)
{
    struct hcl_test_random r = { 5 };
    size_t in_place = 0;

    (void)state;
    for (int i = 0; i < 60; i++) {
        struct hcl_fx_graph g = { .weight_visibility = i & 1 ? HCL_PUBLIC : HCL_PRIVATE };
        const uint32_t lanes = (uint32_t)hcl_test_between(&r, 2, 9);
        struct hcl_test_conv s = { .kernel_h = 3, .kernel_w = 3, .stride_y = 1, .stride_x = 1 };
        struct lowered l;
        uint32_t x, copied;

        s.outputs = (uint32_t)hcl_test_between(&r, 2, 5);
        s.weight_max = 5;
        s.divisor = 16;
        s.relu = i & 2;
        x = hcl_test_input(&g, (uint32_t)hcl_test_between(&r, 5, 8), (uint32_t)hcl_test_between(&r, 5, 8), 2,
                           -15, 15);
        s.pad_top = s.pad_left = s.pad_bottom = s.pad_right = 1;
        x = hcl_test_conv(&g, &r, x, &s);
        copied = 0;
        for (int deep = 0; deep < 3;
             deep++) { /* the second of them with any padding, or a channel at a time */
            s.pad_top = (uint32_t)hcl_test_between(&r, deep != 1, 2);
            s.pad_bottom = (uint32_t)hcl_test_between(&r, deep != 1, 2);
            s.pad_left = (uint32_t)hcl_test_between(&r, 0, 1);
            s.pad_right = (uint32_t)hcl_test_between(&r, 1 - s.pad_left, 1);
            s.depthwise = deep == 1 && i % 3 == 0;
            s.outputs = s.depthwise ? g.tensors[x].dims[3] : (uint32_t)hcl_test_between(&r, 2, 5);
            s.divisor = 256;
            x = hcl_test_conv(&g, &r, x, &s);
        }
        hcl_test_output(&g, x);
        accept_start(&l, &g, lanes, &r);
        for (uint32_t k = 0; k < l.prog.num_labels; k++)
            copied += strstr(l.prog.labels[k].text, "copy of the input") != NULL;
        in_place += copied == 1;
        lowered_clear(&l);
        hcl_fx_graph_clear(&g);
    }
    assert_true(in_place > 40); /* a copy of the model's input alone, where that takes no more rows */
}

static void test_wide_weights(void **state)
{
    (void)state;
    accept_wide_weights(4, false);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_wide_weights),    cmocka_unit_test(test_random_shapes),
        cmocka_unit_test(test_input_as_planes), cmocka_unit_test(test_unfolded),
        cmocka_unit_test(test_chain_in_place),  cmocka_unit_test(test_padded_in_place),
        cmocka_unit_test(test_added_input),     cmocka_unit_test(test_added_in_place)
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

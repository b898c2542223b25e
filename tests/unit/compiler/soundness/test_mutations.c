/* SPDX-License-Identifier: Apache-2.0 */
/* Any single assigned cell changed makes the check fail, or is on the list of don't-cares. */
#include "tests/unit/compiler/support/accept.h"
#include "tests/unit/compiler/support/random_chain.h"

static void mutate(struct hcl_fx_graph *g, uint32_t lanes, uint64_t seed, size_t every)
{
    struct hcl_test_random r = { seed };
    struct mutation_report report;
    struct lowered l;

    accept_start(&l, g, lanes, &r);
    report = assert_noticed(&l, &r, every);
    print_message("%u rows, k = %u: %zu cells, %zu noticed, %zu don't-cares\n", l.prog.num_rows, l.circuit.k,
                  report.cells, report.noticed, report.dont_care);
    assert_true(report.noticed > report.cells / 4);
    lowered_clear(&l);
    hcl_fx_graph_clear(g);
}

static void test_conv(void **state)
{
    struct hcl_test_random r = { 1 };
    struct hcl_test_conv s = { .kernel_h = 2, .kernel_w = 2, .stride_y = 1, .stride_x = 1, .outputs = 2 };

    (void)state;
    s.weight_max = 3;
    s.bias_max = 20;
    s.divisor = 8;
    s.relu = true;
    for (int visibility = 0; visibility < 2; visibility++) {
        struct hcl_fx_graph g = { .weight_visibility = visibility ? HCL_PUBLIC : HCL_PRIVATE };
        s.weight_max = visibility ? 3 : 60; /* two limbs */
        hcl_test_output(&g, hcl_test_conv(&g, &r, hcl_test_input(&g, 3, 4, 2, -7, 7), &s));
        mutate(&g, 3, 11, 1);
    }
}

static void test_floor_division(void **state)
{
    struct hcl_test_random r = { 12 };

    (void)state;
    for (int constant = 0; constant < 2; constant++) {
        struct hcl_fx_graph g = { .weight_visibility = HCL_PUBLIC };
        uint32_t x = hcl_test_input(&g, 2, 2, 2, -20, 20);
        uint32_t by =
            constant ? hcl_test_constant(&g, &r, 1, 1, 1, 2, 1, 9) : hcl_test_input(&g, 2, 2, 2, 1, 9);
        hcl_test_output(&g, hcl_test_floor_div(&g, x, by, 2, 3));
        mutate(&g, 3, 21, 1);
    }
}

static void test_added(void **state)
{
    struct hcl_test_random r = { 9 };
    struct hcl_test_conv s = { .kernel_h = 2, .kernel_w = 2, .stride_y = 1, .stride_x = 1, .outputs = 2 };

    (void)state;
    for (int way = 0; way < 4; way++) { /* copied; the producer's own block; each depthwise, too */
        const int place = way & 1;
        struct hcl_fx_graph g = { .weight_visibility = HCL_PUBLIC };
        uint32_t x = hcl_test_input(&g, 3, 4, 2, -7, 7);

        s.pad_top = s.pad_left = 1;
        s.weight_max = 3;
        s.divisor = 8;
        s.depthwise = way >= 2;
        s.plus_mul = 0;
        s.plus = place ? hcl_test_conv(&g, &r, x, &s) : x;
        s.plus_mul = 4;
        hcl_test_output(&g, hcl_test_conv(&g, &r, x, &s));
        mutate(&g, 3, 19, 1);
    }
}

/* A vector added to every position. */
static void test_vector_added(void **state)
{
    struct hcl_test_random r = { 12 };
    struct hcl_test_conv s = { .kernel_h = 2, .kernel_w = 2, .stride_y = 1, .stride_x = 1, .outputs = 4 };
    struct hcl_fx_graph g = { .weight_visibility = HCL_PUBLIC };
    const uint32_t x = hcl_test_input(&g, 3, 4, 2, -7, 7);

    (void)state;
    s.pad_top = s.pad_left = 1;
    s.weight_max = 3;
    s.divisor = 8;
    s.plus = hcl_test_input(&g, 1, 1, 4, -30, 30);
    s.plus_mul = 4;
    hcl_test_output(&g, hcl_test_conv(&g, &r, x, &s));
    mutate(&g, 3, 37, 1);
}

/* Channels of a conv that a GroupNorm reads and a conv behind it, in place: gaps, and nothing but the
 * channels' rows. */
static void test_planes_normalised(void **state)
{
    struct hcl_test_random r = { 13 };
    struct hcl_test_conv s = { .kernel_h = 3, .kernel_w = 3, .stride_y = 1, .stride_x = 1, .outputs = 4 };
    struct hcl_fx_graph g = { .weight_visibility = HCL_PUBLIC, .output_visibility = HCL_PUBLIC };

    (void)state;
    s.pad_top = s.pad_left = s.pad_bottom = s.pad_right = 1;
    s.weight_max = 3;
    s.divisor = 64;
    const uint32_t x = hcl_test_conv(&g, &r, hcl_test_input(&g, 4, 5, 1, -7, 7), &s);
    const uint32_t y = hcl_test_group_norm(&g, x, 2);
    s.outputs = 1;
    hcl_test_output(&g, hcl_test_conv(&g, &r, y, &s));
    mutate(&g, 2, 38, 2);
}

/* Outputs by position, the residual copied and in place. */
static void test_positions(void **state)
{
    struct hcl_test_random r = { 10 };
    struct hcl_test_conv s = { .kernel_h = 1, .kernel_w = 1, .stride_y = 1, .stride_x = 1, .outputs = 5 };
    struct hcl_fx_graph g = { .weight_visibility = HCL_PUBLIC };
    uint32_t x = hcl_test_input(&g, 1, 3, 5, -7, 7);

    (void)state;
    s.weight_max = 3;
    s.bias_max = 9;
    s.divisor = 8;
    s.plus = x;
    s.plus_mul = 4;
    x = hcl_test_conv(&g, &r, x, &s);
    hcl_test_output(&g, hcl_test_norm(&g, x, true));
    s.plus = x;
    hcl_test_output(&g, hcl_test_norm(&g, hcl_test_conv(&g, &r, x, &s), true));
    mutate(&g, 3, 20, 1);
}

static void test_strided_padded_chain(void **state)
{
    struct hcl_test_random r = { 2 };
    struct hcl_fx_graph g = { 0 };
    struct hcl_test_conv s = { .kernel_h = 3, .kernel_w = 3, .stride_y = 2, .stride_x = 2, .outputs = 2 };
    uint32_t x = hcl_test_input(&g, 5, 5, 1, -7, 7);

    (void)state;
    s.pad_top = s.pad_left = 1;
    s.pad_bottom = 1;
    s.weight_max = 3;
    s.divisor = 4;
    x = hcl_test_conv(&g, &r, x, &s);
    s = (struct hcl_test_conv){ .kernel_h = 1, .kernel_w = 2, .stride_y = 1, .stride_x = 1, .outputs = 3 };
    s.weight_max = 2;
    s.divisor = 8;
    hcl_test_output(&g, hcl_test_conv(&g, &r, x, &s));
    mutate(&g, 4, 12, 1);
}

/* Taps two rows and three columns apart, with padding. */
static void test_dilated(void **state)
{
    struct hcl_test_random r = { 33 };

    (void)state;
    for (int depthwise = 0; depthwise < 2; depthwise++) {
        struct hcl_fx_graph g = { 0 };
        struct hcl_test_conv s = { .kernel_h = 2, .kernel_w = 2, .stride_y = 1, .stride_x = 1, .outputs = 2 };
        s.depthwise = depthwise;
        s.gap_y = 1;
        s.gap_x = 2;
        s.pad_top = s.pad_left = 1;
        s.weight_max = 3;
        s.bias_max = 20;
        s.divisor = 8;
        hcl_test_output(&g, hcl_test_conv(&g, &r, hcl_test_input(&g, 4, 4, 2, -7, 7), &s));
        mutate(&g, 3, 12, 1);
    }
}

static void test_depthwise(void **state)
{
    struct hcl_test_random r = { 3 };
    struct hcl_test_conv s = { .kernel_h = 2, .kernel_w = 3, .stride_y = 2, .stride_x = 1, .outputs = 4 };

    (void)state;
    s.depthwise = true;
    s.weight_max = 3;
    s.bias_max = 20;
    s.divisor = 8;
    for (int visibility = 0; visibility < 2; visibility++) {
        struct hcl_fx_graph g = { .weight_visibility = visibility ? HCL_PUBLIC : HCL_PRIVATE };
        s.weight_max = visibility ? 60 : 3;
        hcl_test_output(&g, hcl_test_conv(&g, &r, hcl_test_input(&g, 4, 4, 2, -7, 7), &s));
        mutate(&g, 2, 13, 1);
    }
}

static void test_fully_connected(void **state)
{
    struct hcl_test_random r = { 4 };
    struct hcl_test_conv s = { .kernel_h = 1, .kernel_w = 1, .stride_y = 1, .stride_x = 1, .outputs = 9 };

    (void)state;
    s.weight_max = 3;
    s.bias_max = 40;
    s.divisor = 8;
    for (int visibility = 0; visibility < 2; visibility++) {
        struct hcl_fx_graph g = { .weight_visibility = visibility ? HCL_PUBLIC : HCL_PRIVATE };
        s.weight_max = visibility ? 60 : 3;
        hcl_test_output(&g, hcl_test_conv(&g, &r, hcl_test_input(&g, 1, 1, 6, -7, 7), &s));
        mutate(&g, 3, 14, 1);
    }
}

static void test_elementwise(void **state)
{
    (void)state;
    for (int visibility = 0; visibility < 2; visibility++) {
        struct hcl_test_random r = { 5 };
        struct hcl_fx_graph g = { .weight_visibility = visibility ? HCL_PUBLIC : HCL_PRIVATE,
                                  .input_visibility = HCL_PUBLIC,
                                  .output_visibility = HCL_PUBLIC };
        uint32_t a = hcl_test_input(&g, 2, 3, 2, -9, 9), b = hcl_test_input(&g, 2, 3, 2, -9, 9);
        uint32_t bias = hcl_test_constant(&g, &r, 1, 1, 1, 2, -3000, 3000), y;
        y = hcl_test_add(&g, hcl_test_mul(&g, a, b, 4), b, 3, -2, 5);
        y = hcl_test_unary(&g, hcl_test_add(&g, y, bias, 100, 1, 64), 2, 6);
        hcl_test_output(&g, y);
        mutate(&g, 4, 15, 1);
    }
}

/* Runs in place with foreign cells beside them, copies, both challenges over one tensor. */
static void test_products(void **state)
{
    struct hcl_test_random r = { 6 };

    (void)state;
    for (int i = 0; i < 3; i++) {
        struct hcl_fx_graph g = { .output_visibility = HCL_PUBLIC };
        uint32_t x = hcl_test_input(&g, 2, 5, 3, -7, 7);
        if (i == 0)
            hcl_test_output(&g, hcl_test_matmul(&g, x, hcl_test_input(&g, 2, 3, 4, -9, 9), false, false, 8));
        else
            hcl_test_output(&g, hcl_test_matmul(&g, x, x, i == 1, i != 1, 8));
        mutate(&g, 3, 18 + (uint64_t)i, 1);
    }
    struct hcl_fx_graph g = { .output_visibility = HCL_PUBLIC };
    hcl_test_attention(&g, &r, 4, 2, 2);
    mutate(&g, 4, 21, 3);
}

/* Two tables, one of them with rows that take several weight rows; an index moved. */
static void test_lookup(void **state)
{
    (void)state;
    for (int visibility = 0; visibility < 2; visibility++) {
        struct hcl_test_random r = { 23 };
        struct hcl_fx_graph g = { .weight_visibility = visibility ? HCL_PUBLIC : HCL_PRIVATE,
                                  .input_visibility = visibility ? HCL_PUBLIC : HCL_PRIVATE,
                                  .output_visibility = HCL_PUBLIC };
        uint32_t x = hcl_test_indices(&g, 1, 1, 3, 6), *map = calloc(2, sizeof *map);
        assert_non_null(map);
        map[0] = 2;
        map[1] = 1;
        hcl_test_output(&g, hcl_test_lookup(&g, &r, x, 6, 9));
        x = hcl_test_move(&g, x, HCL_FX_NONE, map, 1, 1, 2);
        g.tensors[x].whole = true;
        g.tensors[x].lo = 0;
        hcl_test_output(&g, hcl_test_lookup(&g, &r, x, 6, 2));
        mutate(&g, 3, 24, 1);
    }
}

/* Several weights in a cell: outputs by channel, with something added, at last a vector; of one position; by
 * position. */
static void test_digits(void **state)
{
    (void)state;
    for (int i = 0; i < 4; i++) {
        struct hcl_test_random r = { 27 };
        struct hcl_fx_graph g = { .weight_visibility = HCL_PUBLIC, .output_visibility = HCL_PUBLIC };
        struct hcl_test_conv s = { .kernel_h = 1, .kernel_w = 1, .stride_y = 1, .stride_x = 1, .outputs = 8 };
        const uint32_t size = i == 1 ? 1 : 2;
        s.weight_max = 6;
        s.bias_max = 30;
        s.divisor = 16;
        if (i == 2)
            s.outputs = 35;
        const uint32_t x = hcl_test_input(&g, size, size, 3, -9, 9);
        if (i != 1) {
            s.plus = hcl_test_input(&g, i == 3 ? 1 : size, i == 3 ? 1 : size, s.outputs, -9, 9);
            s.plus_mul = 4;
        }
        hcl_test_output(&g, hcl_test_conv(&g, &r, x, &s));
        mutate(&g, 3, 28, 2);
    }
}

/* Rows of a table that has several weights in a cell. */
static void test_lookup_digits(void **state)
{
    (void)state;
    struct hcl_test_random r = { 25 };
    struct hcl_fx_graph g = { .weight_visibility = HCL_PUBLIC, .output_visibility = HCL_PUBLIC };
    uint32_t x = hcl_test_indices(&g, 1, 1, 2, 40);
    hcl_test_output(&g, hcl_test_lookup_within(&g, &r, x, 40, 14, 1));
    mutate(&g, 3, 26, 1);
}

/* One of the largest, of the least, three of them; rows that the vectors fill and do not. */
static void test_picks(void **state)
{
    (void)state;
    for (int i = 0; i < 3; i++) {
        struct hcl_fx_graph g = { .output_visibility = HCL_PUBLIC };
        uint32_t x = hcl_test_input(&g, 1, 2, i ? 7 : 6, -5, 5);
        hcl_test_output(&g, hcl_test_arg_max(&g, x, i == 2 ? 3 : 1, i == 1));
        if (i == 2)
            hcl_test_output(&g, hcl_test_top(&g, x, 3));
        mutate(&g, 3, 26 + (uint64_t)i, 1);
    }
}

static void test_pools_and_views(void **state)
{
    struct hcl_fx_graph g = { .output_visibility = HCL_PUBLIC };
    uint32_t x = hcl_test_input(&g, 4, 4, 1, -9, 9);

    (void)state;
    hcl_test_output(&g, hcl_test_pool(&g, HCL_FX_AVG_POOL, x, 2));
    x = hcl_test_pool(&g, HCL_FX_MAX_POOL, hcl_test_pad(&g, x), 3);
    hcl_test_output(&g, hcl_test_reshape(&g, x, 1, 1, 4));
    mutate(&g, 3, 16, 1);
}

static void test_softmax(void **state)
{
    struct hcl_fx_graph g = { .output_visibility = HCL_PUBLIC };

    (void)state;
    hcl_test_output(&g, hcl_test_softmax(&g, hcl_test_input(&g, 1, 2, 5, -9, 9)));
    mutate(&g, 4, 17, 1);
}

static void test_masked_softmax(void **state)
{
    struct hcl_fx_graph g = { .output_visibility = HCL_PUBLIC };
    struct hcl_test_random r = { 19 };

    (void)state;
    hcl_test_output(&g, hcl_test_masked_softmax(&g, &r, hcl_test_input(&g, 1, 3, 3, -9, 9), true));
    mutate(&g, 4, 19, 1);
}

/* In the rows of a product: all elements, those before each, and by a mask. */
static void test_scores(void **state)
{
    (void)state;
    for (int i = 0; i < 3; i++) {
        struct hcl_fx_graph g = { .output_visibility = HCL_PUBLIC };
        struct hcl_test_random r = { 22 };
        const uint32_t x = hcl_test_matmul(&g, hcl_test_input(&g, 2, 5, 2, -3, 3),
                                           hcl_test_input(&g, 2, 5, 2, -3, 3), false, true, 2);
        hcl_test_output(&g, i == 0   ? hcl_test_softmax(&g, x)
                            : i == 1 ? hcl_test_masked_softmax(&g, &r, x, true)
                                     : hcl_test_softmax_by(&g, x, hcl_test_computed_mask(&g, x, false)));
        mutate(&g, 3, 37, 1);
    }
}

/* One mask for all vectors, in place or copied, and one for each. */
static void test_computed_mask(void **state)
{
    (void)state;
    for (int i = 0; i < 3; i++) {
        struct hcl_fx_graph g = { .output_visibility = HCL_PUBLIC };
        const uint32_t x = hcl_test_input(&g, 1, 3, i == 0 ? 4 : 5, -9, 9);
        hcl_test_output(&g, hcl_test_softmax_by(&g, x, hcl_test_computed_mask(&g, x, i < 2)));
        mutate(&g, 4, 36, 1);
    }
}

/* Rows of a table and a constant like them; one operand, and one of them copied. */
static void test_vector_sums(void **state)
{
    struct hcl_fx_graph g = { .output_visibility = HCL_PUBLIC };
    struct hcl_test_random r = { 20 };

    (void)state;
    const uint32_t x = hcl_test_lookup_within(&g, &r, hcl_test_indices(&g, 1, 2, 1, 4), 4, 17, 20),
                   y = hcl_test_add(&g, x, hcl_test_constant(&g, &r, 1, 1, 2, 17, -9, 9), 1, 3, 4);
    hcl_test_output(
        &g, hcl_test_add(&g, hcl_test_unary(&g, y, 2, 30), hcl_test_input(&g, 1, 2, 17, -9, 9), -2, 3, 5));
    mutate(&g, 3, 20, 1);
}

/* In place and copied; remainders of one and two limbs. */
static void test_norm(void **state)
{
    (void)state;
    for (uint32_t channels = 5; channels <= 8; channels++) {
        struct hcl_fx_graph g = { .output_visibility = HCL_PUBLIC };
        uint32_t x = hcl_test_input(&g, 1, 2, channels, -20, 20);
        hcl_test_output(&g, hcl_test_norm(&g, x, channels & 1));
        mutate(&g, 4, 18, 1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_conv),
                                        cmocka_unit_test(test_floor_division),
                                        cmocka_unit_test(test_added),
                                        cmocka_unit_test(test_positions),
                                        cmocka_unit_test(test_vector_added),
                                        cmocka_unit_test(test_planes_normalised),
                                        cmocka_unit_test(test_strided_padded_chain),
                                        cmocka_unit_test(test_dilated),
                                        cmocka_unit_test(test_depthwise),
                                        cmocka_unit_test(test_fully_connected),
                                        cmocka_unit_test(test_elementwise),
                                        cmocka_unit_test(test_lookup),
                                        cmocka_unit_test(test_lookup_digits),
                                        cmocka_unit_test(test_digits),
                                        cmocka_unit_test(test_picks),
                                        cmocka_unit_test(test_pools_and_views),
                                        cmocka_unit_test(test_softmax),
                                        cmocka_unit_test(test_masked_softmax),
                                        cmocka_unit_test(test_computed_mask),
                                        cmocka_unit_test(test_scores),
                                        cmocka_unit_test(test_vector_sums),
                                        cmocka_unit_test(test_norm),
                                        cmocka_unit_test(test_products) };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

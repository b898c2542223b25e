/* SPDX-License-Identifier: Apache-2.0 */
/* NORM: in place and copied, both kinds, remainders of one and two limbs, equal elements, twice the same
 * operand; what it must refuse. */
#include "compiler/compile.h"
#include "compiler/fixed/interpret.h"
#include "tests/unit/compiler/support/accept.h"
#include <string.h>

static void test_shapes(void **state)
{
    struct hcl_test_random r = { 51 };

    (void)state;
    for (int i = 0; i < 60; i++) {
        struct hcl_fx_graph g = { .output_visibility = HCL_PUBLIC };
        const int64_t span = i % 5 == 0 ? 0 : hcl_test_between(&r, 1, 60);
        const uint32_t c = i % 3 ? (uint32_t)hcl_test_between(&r, 1, 17) : 8;
        const uint32_t x =
            hcl_test_input(&g, (uint32_t)hcl_test_between(&r, 1, 3), (uint32_t)hcl_test_between(&r, 1, 3), c,
                           -span / 2, span - span / 2);
        const uint32_t y = hcl_test_norm(&g, x, i & 1);
        hcl_test_output(&g, y);
        hcl_test_output(&g, hcl_test_norm(&g, i % 4 ? y : x, i & 2));
        accept_graph(&g, i % 3 ? (uint32_t)hcl_test_between(&r, 2, 8) : 4, &r);
        hcl_fx_graph_clear(&g);
    }
}

/* A vector that lies like one is read where it is: no copies, and a row per L elements. */
static void test_in_place(void **state)
{
    struct hcl_test_random r = { 52 };
    struct hcl_fx_graph g = { .output_visibility = HCL_PUBLIC };
    struct lowered l;
    size_t scaled = 0;

    (void)state;
    hcl_test_output(&g, hcl_test_norm(&g, hcl_test_input(&g, 1, 1, 16, -9, 9), true));
    accept_start(&l, &g, 8, &r);
    for (uint32_t row = 0; row < l.prog.num_rows; row++) {
        const char *label = hcl_program_label(&l.prog, row);
        if (strstr(label, "node 0"))
            assert_null(strstr(label, "copy"));
        scaled += strstr(label, "node 0") && l.prog.rows[row].flags & HCL_ROW_BLOCK;
    }
    assert_int_equal(scaled, 2);
    lowered_clear(&l);
    hcl_fx_graph_clear(&g);
}

/* An input that only vectors are read of lies as such: nothing is copied, unless something reads it
 * otherwise.
 */
static void test_of_input(void **state)
{
    struct hcl_test_random r = { 56 };

    (void)state;
    for (int i = 0; i < 8; i++) {
        struct hcl_fx_graph g = { .output_visibility = HCL_PUBLIC,
                                  .input_visibility = i & 4 ? HCL_PUBLIC : HCL_PRIVATE };
        struct lowered l;
        const uint32_t c = i & 1 ? 15 : 16, x = hcl_test_input(&g, 1 + (i & 4) / 2, 2, c, -9, 9),
                       sum = hcl_test_add(&g, x, hcl_test_constant(&g, &r, 1, 1 + (i & 4) / 2, 2, c, -90, 90),
                                          3, 2, 4);
        hcl_test_output(&g, hcl_test_norm(&g, sum, true));
        hcl_test_output(&g, hcl_test_norm(&g, x, i & 2));
        if (i == 7)
            hcl_test_output(&g, hcl_test_mul(&g, x, x, 8));
        accept_start(&l, &g, 4, &r);
        assert_int_equal(lowered_rows_of(&l, "copy of an operand"), i == 7 ? 2 * 6 * 4 : 0);
        lowered_clear(&l);
        hcl_fx_graph_clear(&g);
    }
}

/* A GroupNorm between convolutions: all in place, but the first one's input; of a concatenation, one copy for
 * all that read it. */
static void test_planes(void **state)
{
    struct hcl_test_random r = { 55 };
    struct hcl_test_conv s = { .kernel_h = 3, .kernel_w = 3, .stride_y = 1, .stride_x = 1, .outputs = 4 };

    (void)state;
    s.pad_top = s.pad_left = s.pad_bottom = s.pad_right = 1;
    s.weight_max = 3;
    s.divisor = 64;
    for (int i = 0; i < 6; i++) {
        struct hcl_fx_graph g = { .output_visibility = HCL_PUBLIC };
        struct lowered l;
        const uint32_t in = hcl_test_input(&g, 7, 8, i < 4 ? 1 : 4, -7, 7);
        uint32_t x = hcl_test_conv(&g, &r, in, &s), *map = calloc((size_t)7 * 8 * 8, sizeof(*map));
        assert_non_null(map);
        for (uint32_t e = 0; e < 7 * 8 * 8; e++)
            map[e] = e % 8 < 4 ? e / 8 * 4 + e % 4 : 7 * 8 * 4 + e / 8 * 4 + e % 4;
        if (i >= 4)
            x = hcl_test_move(&g, in, x, map, 7, 8, 8);
        else
            free(map);
        const uint32_t y = hcl_test_group_norm(&g, x, (uint32_t[]){ 1, 2, 4, 2, 2, 4 }[i]);
        hcl_test_output(&g, hcl_test_conv(&g, &r, y, &s));
        if (i >= 4) {
            struct hcl_test_conv skip = hcl_test_conv_2x2;
            skip.kernel_h = skip.kernel_w = 1;
            hcl_test_output(&g, hcl_test_conv(&g, &r, x, &skip));
        }
        accept_start(&l, &g, i == 3 ? 3 : 4, &r);
        const size_t copy = (6 * 9 + 8 + l.prog.lanes - 1) / l.prog.lanes; /* of a channel */
        assert_int_equal(lowered_rows_of(&l, "copy of an operand"), i < 4 ? 0 : 8 * copy);
        assert_int_equal(lowered_rows_of(&l, "copy of the input"), (i < 4 ? 1 : 4) * copy);
        lowered_clear(&l);
        hcl_fx_graph_clear(&g);
    }
}

/* Rows of a product's result have their own sum in B. */
static void test_of_product(void **state)
{
    struct hcl_test_random r = { 54 };
    struct hcl_fx_graph g = { .output_visibility = HCL_PUBLIC };

    (void)state;
    uint32_t a = hcl_test_input(&g, 1, 6, 5, -9, 9), b = hcl_test_input(&g, 1, 5, 16, -9, 9);
    hcl_test_output(&g, hcl_test_norm(&g, hcl_test_matmul(&g, a, b, false, false, 4), true));
    accept_graph(&g, 8, &r);
    hcl_fx_graph_clear(&g);
}

static void refused(struct hcl_fx_graph *g, const char *part)
{
    struct hcl_compile_options options = { 0 };
    struct hcl_compiled out;
    struct hcl_err err = { "" };

    assert_int_equal(hcl_compile(g, &options, &out, &err), HCL_BAD_INPUT);
    assert_non_null(strstr(err.msg, part));
}

static void test_refusals(void **state)
{
    struct hcl_fx_graph g = { 0 };

    (void)state;
    hcl_test_output(&g, hcl_test_norm(&g, hcl_test_input(&g, 1, 1, 4, -9, 9), true));
    g.nodes[0].epsilon = 0;
    refused(&g, "sums of squares");
    g.nodes[0].epsilon = 1;
    g.nodes[0].spread = 0;
    refused(&g, "sums of squares");
    g.nodes[0].spread = 1;
    g.nodes[0].numerator = 0;
    refused(&g, "numerator");
    hcl_fx_graph_clear(&g);
}

/* A reciprocal that two limbs do not hold is an error of the interpreter, as it is one of the witness. */
static void test_flat_vectors_are_refused(void **state)
{
    struct hcl_fx_graph g = { 0 };
    struct hcl_fx_values v;
    struct hcl_err err = { "" };
    const float x[4] = { 5, 5, 5, 5 };

    (void)state;
    hcl_test_output(&g, hcl_test_norm(&g, hcl_test_input(&g, 1, 1, 4, -9, 9), true));
    g.nodes[0].numerator <<= 24;
    g.nodes[0].divisor <<= 24;
    assert_int_equal(hcl_fx_values_init(&v, &g, &err), HCL_OK);
    assert_int_equal(hcl_fx_set_input(&g, &v, 0, x, 4, &err), HCL_OK);
    assert_int_equal(hcl_interpret(&g, &v, &err), HCL_BAD_INPUT);
    assert_non_null(strstr(err.msg, "hardly differ"));
    hcl_fx_values_clear(&v);
    hcl_fx_graph_clear(&g);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_shapes),
                                        cmocka_unit_test(test_in_place),
                                        cmocka_unit_test(test_planes),
                                        cmocka_unit_test(test_of_product),
                                        cmocka_unit_test(test_of_input),
                                        cmocka_unit_test(test_refusals),
                                        cmocka_unit_test(test_flat_vectors_are_refused) };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Dense layers over several positions in front of a NORM: outputs by position, with and without a residual,
 * which lies by position too or not, inputs in place or copied, weights of one and two limbs. */
#include "tests/unit/compiler/support/accept.h"

static uint32_t dense(struct hcl_fx_graph *g, struct hcl_test_random *r, uint32_t x, struct hcl_test_conv s,
                      uint32_t outputs)
{
    s.kernel_h = s.kernel_w = s.stride_y = s.stride_x = 1;
    s.outputs = outputs;
    return hcl_test_conv(g, r, x, &s);
}

static uint32_t blocks_by_position(const struct lowered *l)
{
    uint32_t n = 0;

    for (uint32_t i = 0; i < l->prog.num_blocks; i++)
        n += l->prog.blocks[i].kind == HCL_BLOCK_ROWS;
    return n;
}

static void test_shapes(void **state)
{
    struct hcl_test_random r = { 61 };

    (void)state;
    for (int i = 0; i < 24; i++) {
        struct hcl_fx_graph g = { .weight_visibility = (hcl_visibility)(i % 3) };
        const uint32_t positions = (uint32_t)hcl_test_between(&r, 2, 11), width = 1 + i % 9;
        const struct hcl_test_conv wide = { .weight_max = i % 4 == 0 ? 50000 : 5,
                                            .bias_max = i % 5 == 0 ? 0 : 70000,
                                            .divisor = i % 4 == 0 ? 1 << 18 : 64 };
        const struct hcl_test_conv first = { .weight_max = 4, .bias_max = 9, .divisor = 16, .relu = i & 1 };
        struct hcl_test_conv s = wide;
        uint32_t x = hcl_test_input(&g, 1 + i % 2, positions, (uint32_t)hcl_test_between(&r, 1, 5), -9, 9);
        struct lowered l;

        if (i % 3) /* whose block the next one reads in place */
            x = dense(&g, &r, x, first, 3);
        if (i & 1) {
            s.plus = hcl_test_input(&g, 1 + i % 2, positions, width, -9, 9);
            s.plus_mul = (int64_t)1 << hcl_test_between(&r, 0, 5);
        }
        x = dense(&g, &r, x, s, width);
        hcl_test_output(&g, hcl_test_norm(&g, x, i % 7 != 0));
        if (i & 1) { /* and what lies by position is added in place */
            s.plus = x;
            hcl_test_output(&g, hcl_test_norm(&g, dense(&g, &r, x, s, width), true));
        }
        accept_start(&l, &g, (uint32_t)hcl_test_between(&r, 2, 8), &r);
        if (i % 3) /* an input's gaps may not be tied to 0 */
            assert_int_equal(blocks_by_position(&l), 1 + (i & 1));
        lowered_clear(&l);
        hcl_fx_graph_clear(&g);
    }
}

/* Outputs that nobody in the circuit reads lie by position where that takes fewer rows. */
static void test_outputs(void **state)
{
    struct hcl_test_random r = { 62 };
    const struct hcl_test_conv s = { .weight_max = 9, .divisor = 16 };

    (void)state;
    for (uint32_t positions = 2; positions < 12; positions++) {
        struct hcl_fx_graph g = { .output_visibility = HCL_PUBLIC };
        hcl_test_output(&g, dense(&g, &r, hcl_test_input(&g, 1, positions, 3, -9, 9), s, 40));
        accept_graph(&g, 5, &r);
        hcl_fx_graph_clear(&g);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_shapes), cmocka_unit_test(test_outputs) };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

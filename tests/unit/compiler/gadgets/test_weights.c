/* SPDX-License-Identifier: Apache-2.0 */
/* How weights are written: limbs put together again, in the range that is looked up; and where a weight is in
 * a pass. */
#include "compiler/gadgets/weights.h"
#include "tests/unit/compiler/support/accept.h"

/* A convolution node over random weights up to `most`, lowered far enough to have a format. */
static struct hcl_weight_format format_of(struct hcl_fx_graph *g, int64_t most, int64_t bias, int64_t divisor)
{
    struct hcl_test_random r = { 41 };
    struct hcl_test_conv s = { .kernel_h = 3, .kernel_w = 3, .stride_y = 1, .stride_x = 1, .outputs = 6 };
    struct hcl_machine m = { .lanes = 4 };
    struct hcl_lower c = { .m = &m, .g = g };

    s.weight_max = most;
    s.bias_max = bias;
    s.divisor = divisor;
    hcl_test_output(g, hcl_test_conv(g, &r, hcl_test_input(g, 5, 5, 3, -7, 7), &s));
    return hcl_weight_format_of(&c, 0);
}

static void check_tensor(const struct hcl_weight_format *f, const struct hcl_fx_tensor *t, uint32_t limbs,
                         bool kernel)
{
    size_t len = (size_t)t->dims[0] * t->dims[1] * t->dims[2] * t->dims[3];

    for (size_t i = 0; i < len; i++) {
        int64_t sum = 0;
        for (uint32_t k = 0; k < limbs; k++) {
            int64_t limb =
                kernel ? hcl_weight_kernel_limb(f, t->data[i], k) : hcl_weight_limb(f, t->data[i], k);
            assert_true(limb >= f->lo && limb <= f->hi);
            sum += limb * ((int64_t)1 << (f->limb_bits * k));
        }
        assert_int_equal(sum, t->data[i]);
    }
}

static void test_limbs(void **state)
{
    static const int64_t sizes[] = { 1, 7, 8, 100, 2047, 2048, 32768, 1000000 };
    static const int64_t divisors[] = { 1, 3, 8, 9, 100, 2048, 65536 };

    (void)state;
    for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
        for (size_t j = 0; j < sizeof(divisors) / sizeof(*divisors); j++) {
            struct hcl_fx_graph g = { 0 };
            struct hcl_weight_format f = format_of(&g, sizes[i], 123456789, divisors[j]);
            assert_true(f.limb_bits >= 3 && f.limbs >= 1 && f.kernel_limbs >= 1);
            /* small kernels get small tables */
            assert_true(f.hi - f.lo < 2048 || f.lo == -(divisors[j] / 2));
            assert_true(f.lo <= -((int64_t)1 << (f.limb_bits - 1)) &&
                        f.hi >= ((int64_t)1 << (f.limb_bits - 1)) - 1);
            check_tensor(&f, &g.tensors[g.nodes[0].inputs[1]], f.kernel_limbs, true);
            check_tensor(&f, &g.tensors[g.nodes[0].inputs[2]], f.limbs, false);
            hcl_fx_graph_clear(&g);
        }
    }
}

/* The remainder's table serves the weights as long as they fit. */
static void test_shares_the_remainder(void **state)
{
    struct hcl_fx_graph g = { 0 };
    struct hcl_weight_format f = format_of(&g, 1000, 0, 2048);

    (void)state;
    assert_true(f.lo == -1024 && f.hi == 1023 && f.kernel_limbs == 1 && f.limbs == 0);
    hcl_fx_graph_clear(&g);
}

/* Powers of a pass are distinct and end at 0 for the last cell of its last row. */
static void test_powers(void **state)
{
    struct hcl_machine m = { .lanes = 3 };

    (void)state;
    for (uint32_t n = 1; n < 40; n++) {
        uint32_t cells = 6 * hcl_weight_pass_rows(&m, n);
        assert_true(cells >= n && cells < n + 6);
        for (uint32_t o = 0; o < n; o++)
            assert_int_equal(hcl_weight_pass_power(&m, n, o), cells - 1 - o);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_limbs),
                                        cmocka_unit_test(test_shares_the_remainder),
                                        cmocka_unit_test(test_powers) };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

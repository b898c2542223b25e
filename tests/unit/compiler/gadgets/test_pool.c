/* SPDX-License-Identifier: Apache-2.0 */
/* Pools with every kind of window, padded ones included, and the views PAD and RESHAPE make. */
#include "tests/unit/compiler/support/accept.h"

static uint32_t extent(uint32_t size, uint32_t before, uint32_t after, uint32_t kernel, uint32_t stride)
{
    return (size + before + after - kernel) / stride + 1;
}

/* Random window; each side's padding is smaller than the kernel and no window is empty. */
static uint32_t random_pool(struct hcl_fx_graph *g, struct hcl_test_random *r, hcl_fx_op op, bool other,
                            uint32_t x)
{
    const uint32_t *d = g->tensors[x].dims;
    uint32_t kh = (uint32_t)hcl_test_between(r, 1, d[1] < 3 ? d[1] : 3);
    uint32_t kw = (uint32_t)hcl_test_between(r, 1, d[2] < 3 ? d[2] : 3);
    uint32_t sy = (uint32_t)hcl_test_between(r, 1, 3), sx = (uint32_t)hcl_test_between(r, 1, 3);
    uint32_t pad[4] = { (uint32_t)hcl_test_between(r, 0, kh - 1), (uint32_t)hcl_test_between(r, 0, kw - 1),
                        (uint32_t)hcl_test_between(r, 0, kh - 1), (uint32_t)hcl_test_between(r, 0, kw - 1) };
    int64_t lo = g->tensors[x].lo, hi = g->tensors[x].hi;
    uint32_t out = hcl_test_tensor(g, 1, extent(d[1], pad[0], pad[2], kh, sy),
                                   extent(d[2], pad[1], pad[3], kw, sx), d[3], lo, hi);
    struct hcl_fx_node *n = hcl_test_node(g, op, x, HCL_FX_NONE, out);

    n->kernel_h = kh;
    n->kernel_w = kw;
    n->stride_y = sy;
    n->stride_x = sx;
    n->pad_top = pad[0];
    n->pad_left = pad[1];
    n->pad_bottom = pad[2];
    n->pad_right = pad[3];
    n->sums = other && op == HCL_FX_AVG_POOL;
    n->minimum = other && op == HCL_FX_MAX_POOL;
    if (op == HCL_FX_AVG_POOL) {
        const int64_t most = n->sums ? (int64_t)kh * kw : 1;
        n->pool_mul = hcl_test_between(r, 1, 5);
        n->divisor = n->pool_mul;
        n->q_lo = lo * most - 1;
        n->q_hi = hi * most + 1;
        g->tensors[out].lo = n->q_lo;
        g->tensors[out].hi = n->q_hi;
    }
    return out;
}

/* `other`: sums instead of averages, minima instead of maxima. */
static void pools(hcl_fx_op op, bool other, uint64_t seed)
{
    struct hcl_test_random r = { seed };

    for (int i = 0; i < 50; i++) {
        struct hcl_fx_graph g = { .output_visibility = i & 1 ? HCL_PUBLIC : HCL_PRIVATE };
        uint32_t x =
            hcl_test_input(&g, (uint32_t)hcl_test_between(&r, 1, 6), (uint32_t)hcl_test_between(&r, 1, 6),
                           (uint32_t)hcl_test_between(&r, 1, 3), -20, 25);
        if (i % 3 == 0)
            x = hcl_test_pad(&g, x);
        x = random_pool(&g, &r, op, other, x);
        if (i % 3 == 1) {
            const uint32_t *d = g.tensors[x].dims;
            x = hcl_test_reshape(&g, x, 1, 1, d[1] * d[2] * d[3]);
        }
        hcl_test_output(&g, x);
        accept_graph(&g, (uint32_t)hcl_test_between(&r, 2, 8), &r);
        hcl_fx_graph_clear(&g);
    }
}

static void test_average(void **state)
{
    (void)state;
    pools(HCL_FX_AVG_POOL, false, 31);
}

static void test_maximum(void **state)
{
    (void)state;
    pools(HCL_FX_MAX_POOL, false, 32);
}

static void test_sum(void **state)
{
    (void)state;
    pools(HCL_FX_AVG_POOL, true, 33);
}

static void test_minimum(void **state)
{
    (void)state;
    pools(HCL_FX_MAX_POOL, true, 34);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_average), cmocka_unit_test(test_maximum),
                                        cmocka_unit_test(test_sum), cmocka_unit_test(test_minimum) };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

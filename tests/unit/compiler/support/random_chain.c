/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/compiler/support/random_chain.h"

/* Keeps every tensor within about +-100, so that tables stay small. */
static int64_t divisor_for(const struct hcl_fx_graph *g, uint32_t x, int64_t factor)
{
    const struct hcl_fx_tensor *t = &g->tensors[x];

    return (-t->lo > t->hi ? -t->lo : t->hi) * factor / 100 + 1;
}

static uint32_t random_conv(struct hcl_fx_graph *g, struct hcl_test_random *r, uint32_t x)
{
    const uint32_t *d = g->tensors[x].dims;
    struct hcl_test_conv s = { .depthwise = hcl_test_between(r, 0, 2) == 0 };

    s.kernel_h = (uint32_t)hcl_test_between(r, 1, d[1] < 3 ? d[1] : 3);
    s.kernel_w = (uint32_t)hcl_test_between(r, 1, d[2] < 3 ? d[2] : 3);
    s.stride_y = (uint32_t)hcl_test_between(r, 1, 2);
    s.stride_x = (uint32_t)hcl_test_between(r, 1, 2);
    if (hcl_test_between(r, 0, 1)) {
        s.pad_top = s.pad_bottom = s.kernel_h / 2;
        s.pad_left = s.pad_right = s.kernel_w / 2;
    }
    s.outputs = (uint32_t)hcl_test_between(r, 1, 4) * (s.depthwise ? d[3] : 1);
    s.outputs = s.depthwise && s.outputs > 6 ? d[3] : s.outputs;
    s.weight_max = hcl_test_between(r, 1, 1) << hcl_test_between(r, 1, 9);
    s.bias_max = hcl_test_between(r, 0, 1) ? s.weight_max : 0;
    s.relu = hcl_test_between(r, 0, 1);
    s.divisor = divisor_for(g, x, s.weight_max * s.kernel_h * s.kernel_w * (s.depthwise ? 1 : d[3]));
    return hcl_test_conv(g, r, x, &s);
}

static uint32_t random_step(struct hcl_fx_graph *g, struct hcl_test_random *r, uint32_t x)
{
    const uint32_t *d = g->tensors[x].dims;
    uint32_t h = d[1], w = d[2], c = d[3];

    switch (hcl_test_between(r, 0, 9)) {
    case 0:
        return hcl_test_add(g, x, hcl_test_constant(g, r, 1, 1, 1, c, -50, 50), 2, 3, 4);
    case 1:
        return hcl_test_mul(g, x, hcl_test_constant(g, r, 1, 1, 1, 1, -50, 50), 64);
    case 2:
        return hcl_test_mul(g, x, x, divisor_for(g, x, 100));
    case 3:
        return hcl_test_unary(g, x, 2, 40);
    case 4:
        return h >= 2 && w >= 2 ? hcl_test_pool(g, HCL_FX_AVG_POOL, x, 2) : x;
    case 5:
        return h >= 2 && w >= 2 ? hcl_test_pool(g, HCL_FX_MAX_POOL, x, 2) : x;
    case 6:
        return h < 9 ? hcl_test_pad(g, x) : x;
    case 7:
        return hcl_test_between(r, 0, 1) ? hcl_test_reshape(g, x, w, h, c)
                                         : hcl_test_reshape(g, x, 1, 1, h * w * c);
    default:
        return random_conv(g, r, x);
    }
}

void hcl_test_random_chain(struct hcl_fx_graph *g, struct hcl_test_random *r, bool softmax)
{
    uint32_t steps = (uint32_t)hcl_test_between(r, 1, 6);
    uint32_t h = (uint32_t)hcl_test_between(r, 1, 8), w = (uint32_t)hcl_test_between(r, 1, 8);
    uint32_t x = hcl_test_input(g, h, w, (uint32_t)hcl_test_between(r, 1, 3), -30, 30);

    for (uint32_t s = 0; s < steps; s++)
        x = random_step(g, r, x);
    if (softmax)
        x = hcl_test_softmax(g, x);
    if (g->num_nodes == 0)
        x = random_conv(g, r, x);
    hcl_test_output(g, x);
}

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
    if (!s.depthwise && s.pad_top && s.pad_left && s.kernel_h == 3 && s.kernel_w == 3 && d[1] * d[2] > 1 &&
        s.stride_y == 1 && s.stride_x == 1) { /* keeps the shape, so what it reads can be added */
        s.outputs = d[3];
        s.plus = x;
        s.plus_mul = s.weight_max; /* a power of two */
    }
    s.divisor = divisor_for(g, x, s.weight_max * s.kernel_h * s.kernel_w * (s.depthwise ? 1 : d[3]));
    return hcl_test_conv(g, r, x, &s);
}

/* A permutation of the dimensions, or some elements in any order, zeros and repetitions among them. */
static uint32_t random_move(struct hcl_fx_graph *g, struct hcl_test_random *r, uint32_t x)
{
    static const int orders[5][3] = { { 0, 2, 1 }, { 1, 0, 2 }, { 1, 2, 0 }, { 2, 0, 1 }, { 2, 1, 0 } };
    const uint32_t *d = g->tensors[x].dims, len = d[1] * d[2] * d[3];
    uint32_t h = (uint32_t)hcl_test_between(r, 1, 4), w = (uint32_t)hcl_test_between(r, 1, 4),
             c = d[3] < 9 ? d[3] : 9;
    uint32_t *map;

    if (hcl_test_between(r, 0, 1))
        return hcl_test_transpose(g, x, orders[hcl_test_between(r, 0, 4)]);
    map = malloc((size_t)h * w * c * sizeof(*map));
    HCL_CHECK(map);
    for (uint32_t i = 0; i < h * w * c; i++)
        map[i] = hcl_test_between(r, 0, 7) ? (uint32_t)hcl_test_between(r, 0, len - 1) : HCL_FX_NONE;
    return hcl_test_move(g, x, HCL_FX_NONE, map, h, w, c);
}

/* With itself, one of the two transposed. */
static uint32_t random_product(struct hcl_fx_graph *g, struct hcl_test_random *r, uint32_t x)
{
    const uint32_t *d = g->tensors[x].dims;
    bool left = hcl_test_between(r, 0, 1);

    return hcl_test_matmul(g, x, x, left, !left, divisor_for(g, x, 100 * (int64_t)d[left ? 2 : 3]));
}

static uint32_t random_step(struct hcl_fx_graph *g, struct hcl_test_random *r, uint32_t x)
{
    const uint32_t *d = g->tensors[x].dims;
    uint32_t h = d[1], w = d[2], c = d[3];

    switch (hcl_test_between(r, 0, 16)) {
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
    case 8:
        return random_move(g, r, x);
    case 9:
        return h * w * c <= 128 ? random_product(g, r, x) : x;
    case 10:
        /* one: what follows divides by as much as its results and the weights make */
        return c > 1 && h * w * c <= 128 && g->tensors[x].hi <= 1000
                   ? hcl_test_norm(g, x, hcl_test_between(r, 0, 1))
                   : x;
    case 11:
        return hcl_test_select(g, hcl_test_greater(g, x, hcl_test_constant(g, r, 1, 1, 1, c, -50, 50), 4), x,
                               hcl_test_constant(g, r, 1, 1, 1, 1, -50, 50), 4, 8);
    case 12:
        x = hcl_test_pool(g, HCL_FX_MAX_POOL, x, 1);
        g->nodes[g->num_nodes - 1].minimum = true;
        return x;
    case 13: { /* by a computed divisor or a constant one */
        uint32_t one = hcl_test_constant(g, r, 1, 1, 1, 1, 1, 1),
                 by = hcl_test_constant(g, r, 1, 1, 1, c, 1, 9);
        if (hcl_test_between(r, 0, 1))
            by = hcl_test_add(g, hcl_test_unary(g, x, 4, 30), one, 1, 1, 1);
        g->tensors[by].lo = 1;
        return hcl_test_floor_div(g, x, by, hcl_test_between(r, 1, 4), hcl_test_between(r, 1, 3));
    }
    default:
        return random_conv(g, r, x);
    }
}

uint32_t hcl_test_random_steps(struct hcl_fx_graph *g, struct hcl_test_random *r, uint32_t x, uint32_t steps)
{
    for (uint32_t s = 0; s < steps; s++)
        x = random_step(g, r, x);
    return x;
}

void hcl_test_random_chain(struct hcl_fx_graph *g, struct hcl_test_random *r, bool softmax)
{
    uint32_t steps = (uint32_t)hcl_test_between(r, 1, 6);
    uint32_t h = (uint32_t)hcl_test_between(r, 1, 8), w = (uint32_t)hcl_test_between(r, 1, 8);
    uint32_t x = hcl_test_input(g, h, w, (uint32_t)hcl_test_between(r, 1, 3), -30, 30);

    x = hcl_test_random_steps(g, r, x, steps);
    if (softmax)
        x = hcl_test_softmax(g, x);
    if (g->num_nodes == 0)
        x = random_conv(g, r, x);
    hcl_test_output(g, x);
}

/* [h*d channels] of positions to heads: a reshape and a transpose. */
static uint32_t heads_of(struct hcl_fx_graph *g, uint32_t x, uint32_t tokens, uint32_t heads, uint32_t depth)
{
    return hcl_test_transpose(g, hcl_test_reshape(g, x, tokens, heads, depth), (const int[]){ 1, 0, 2 });
}

static uint32_t dense(struct hcl_fx_graph *g, struct hcl_test_random *r, uint32_t x, uint32_t outputs)
{
    struct hcl_test_conv s = {
        .kernel_h = 1, .kernel_w = 1, .stride_y = 1, .stride_x = 1, .outputs = outputs
    };

    s.weight_max = 7;
    s.bias_max = 20;
    s.divisor = 32;
    return hcl_test_conv(g, r, x, &s);
}

void hcl_test_attention(struct hcl_fx_graph *g, struct hcl_test_random *r, uint32_t tokens, uint32_t heads,
                        uint32_t depth)
{
    const uint32_t width = heads * depth;
    uint32_t x = hcl_test_input(g, 1, tokens, width, -9, 9), q, k, v, y;

    q = heads_of(g, dense(g, r, x, width), tokens, heads, depth);
    k = heads_of(g, dense(g, r, x, width), tokens, heads, depth);
    v = heads_of(g, dense(g, r, x, width), tokens, heads, depth);
    y = hcl_test_softmax(g, hcl_test_matmul(g, q, k, false, true, 8 * depth));
    y = hcl_test_matmul(g, y, v, false, false, 256);
    y = hcl_test_reshape(g, hcl_test_transpose(g, y, (const int[]){ 1, 0, 2 }), 1, tokens, width);
    hcl_test_output(g, dense(g, r, y, width));
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/compiler/support/fx_builder.h"
#include "compiler/graph/window.h"
#include "compiler/primitives/softmax/softmax.h"
#include <string.h>

uint64_t hcl_test_next(struct hcl_test_random *r)
{
    /* splitmix64 */
    uint64_t z = r->state += 0x9e3779b97f4a7c15u;

    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

int64_t hcl_test_between(struct hcl_test_random *r, int64_t lo, int64_t hi)
{
    return lo + (int64_t)(hcl_test_next(r) % (uint64_t)(hi - lo + 1));
}

static void *grown(void *old, size_t count, size_t size)
{
    void *p = realloc(old, (count + 1) * size);

    HCL_CHECK(p);
    memset((char *)p + count * size, 0, size);
    return p;
}

uint32_t hcl_test_tensor(struct hcl_fx_graph *g, uint32_t d0, uint32_t h, uint32_t w, uint32_t c, int64_t lo,
                         int64_t hi)
{
    struct hcl_fx_tensor *t;
    char name[32];

    g->tensors = grown(g->tensors, g->num_tensors, sizeof(*g->tensors));
    t = &g->tensors[g->num_tensors];
    snprintf(name, sizeof(name), "tensor %zu", g->num_tensors);
    *t = (struct hcl_fx_tensor){ .name = strdup(name), .dims = { d0, h, w, c }, .lo = lo, .hi = hi };
    return (uint32_t)g->num_tensors++;
}

uint32_t hcl_test_input(struct hcl_fx_graph *g, uint32_t h, uint32_t w, uint32_t c, int64_t lo, int64_t hi)
{
    uint32_t t = hcl_test_tensor(g, 1, h, w, c, lo, hi);

    g->inputs = grown(g->inputs, g->num_inputs, sizeof(*g->inputs));
    g->inputs[g->num_inputs++] = t;
    g->tensors[t].is_input = true;
    return t;
}

uint32_t hcl_test_constant(struct hcl_fx_graph *g, struct hcl_test_random *r, uint32_t d0, uint32_t h,
                           uint32_t w, uint32_t c, int64_t lo, int64_t hi)
{
    uint32_t t = hcl_test_tensor(g, d0, h, w, c, lo, hi);
    size_t len = (size_t)d0 * h * w * c;
    int64_t *data = calloc(len, sizeof(*data));

    HCL_CHECK(data);
    for (size_t i = 0; i < len; i++)
        data[i] = hcl_test_between(r, lo, hi);
    g->tensors[t].data = data;
    g->tensors[t].is_weight = true;
    return t;
}

/* Store a constant in 16 bits an element. */
static void shorten(struct hcl_fx_tensor *t)
{
    const size_t len = (size_t)t->dims[0] * t->dims[1] * t->dims[2] * t->dims[3];
    int16_t *data = malloc(len * sizeof(*data));

    HCL_CHECK(data);
    for (size_t i = 0; i < len; i++)
        data[i] = (int16_t)hcl_fx_constant(t, i);
    free((void *)t->data);
    t->data = data;
    t->type = HCL_FX_I16;
}

void hcl_test_output(struct hcl_fx_graph *g, uint32_t tensor)
{
    g->outputs = grown(g->outputs, g->num_outputs, sizeof(*g->outputs));
    g->outputs[g->num_outputs++] = tensor;
    g->tensors[tensor].is_output = true;
}

struct hcl_fx_node *hcl_test_node(struct hcl_fx_graph *g, hcl_fx_op op, uint32_t a, uint32_t b,
                                  uint32_t output)
{
    struct hcl_fx_node *n;
    char name[32];

    g->nodes = grown(g->nodes, g->num_nodes, sizeof(*g->nodes));
    n = &g->nodes[g->num_nodes];
    snprintf(name, sizeof(name), "node %zu", g->num_nodes++);
    *n = (struct hcl_fx_node){ .op = op,
                               .name = strdup(name),
                               .inputs = { a, b, HCL_FX_NONE, HCL_FX_NONE },
                               .output = output,
                               .stride_y = 1,
                               .stride_x = 1,
                               .kernel_h = 1,
                               .kernel_w = 1,
                               .a_mul = 1,
                               .b_mul = 1,
                               .pool_mul = 1,
                               .divisor = 1,
                               .function = { .id = HCL_FN_IDENTITY } };
    return n;
}

static int64_t magnitude(const struct hcl_fx_tensor *t)
{
    return -t->lo > t->hi ? -t->lo : t->hi;
}

const struct hcl_test_conv hcl_test_conv_2x2 = { .kernel_h = 2,
                                                 .kernel_w = 2,
                                                 .stride_y = 1,
                                                 .stride_x = 1,
                                                 .outputs = 2,
                                                 .weight_max = 7,
                                                 .bias_max = 50,
                                                 .divisor = 16,
                                                 .relu = true };

static uint32_t span(uint32_t kernel, uint32_t gap)
{
    return (uint32_t)hcl_window_span(kernel, gap);
}

/* Between taps of a kernel that still fits, where there is no stride. */
static uint32_t random_gap(struct hcl_test_random *r, uint32_t size, uint32_t kernel, uint32_t stride)
{
    if (stride != 1 || kernel < 2)
        return 0;
    return (uint32_t)hcl_test_between(r, 0, (size - kernel) / (kernel - 1));
}

struct hcl_test_conv hcl_test_random_conv(struct hcl_test_random *r, uint32_t h, uint32_t w, bool padded)
{
    struct hcl_test_conv s = { .weight_max = hcl_test_between(r, 1, 9),
                               .divisor = hcl_test_between(r, 1, 20) };

    s.kernel_h = (uint32_t)hcl_test_between(r, 1, h);
    s.kernel_w = (uint32_t)hcl_test_between(r, 1, w);
    s.stride_y = (uint32_t)hcl_test_between(r, 1, 3);
    s.stride_x = (uint32_t)hcl_test_between(r, 1, 3);
    s.bias_max = hcl_test_between(r, 0, 1) ? 300 : 0;
    s.relu = hcl_test_between(r, 0, 1);
    s.gap_y = random_gap(r, h, s.kernel_h, s.stride_y);
    s.gap_x = random_gap(r, w, s.kernel_w, s.stride_x);
    if (padded) {
        s.pad_top = (uint32_t)hcl_test_between(r, 0, span(s.kernel_h, s.gap_y) - 1);
        s.pad_bottom = (uint32_t)hcl_test_between(r, 0, span(s.kernel_h, s.gap_y) - 1);
        s.pad_left = (uint32_t)hcl_test_between(r, 0, span(s.kernel_w, s.gap_x) - 1);
        s.pad_right = (uint32_t)hcl_test_between(r, 0, span(s.kernel_w, s.gap_x) - 1);
    }
    return s;
}

uint32_t hcl_test_conv(struct hcl_fx_graph *g, struct hcl_test_random *r, uint32_t x,
                       const struct hcl_test_conv *s)
{
    const uint32_t *in = g->tensors[x].dims;
    uint32_t in_channels = in[3],
             h = (in[1] + s->pad_top + s->pad_bottom - span(s->kernel_h, s->gap_y)) / s->stride_y + 1;
    uint32_t w = (in[2] + s->pad_left + s->pad_right - span(s->kernel_w, s->gap_x)) / s->stride_x + 1;
    int64_t terms = (int64_t)s->kernel_h * s->kernel_w * (s->depthwise ? 1 : in_channels);
    int64_t plus = s->plus_mul ? s->plus_mul * magnitude(&g->tensors[s->plus]) : 0;
    int64_t most = (terms * magnitude(&g->tensors[x]) * s->weight_max + s->bias_max + plus) / s->divisor + 1;
    uint32_t weights = s->depthwise ? hcl_test_constant(g, r, 1, s->kernel_h, s->kernel_w, s->outputs,
                                                        -s->weight_max, s->weight_max)
                                    : hcl_test_constant(g, r, s->outputs, s->kernel_h, s->kernel_w,
                                                        in_channels, -s->weight_max, s->weight_max);
    uint32_t bias = HCL_FX_NONE, out;
    struct hcl_fx_node *n;

    if (weights % 2 == 0 && s->weight_max <= INT16_MAX)
        shorten(&g->tensors[weights]);
    if (s->bias_max)
        bias = hcl_test_constant(g, r, 1, 1, 1, s->outputs, -s->bias_max, s->bias_max);
    out = hcl_test_tensor(g, 1, h, w, s->outputs, s->relu ? 0 : -most, most);
    n = hcl_test_node(g, s->depthwise ? HCL_FX_DEPTHWISE : HCL_FX_CONV, x, weights, out);
    n->inputs[2] = bias;
    if (s->plus_mul) {
        n->inputs[3] = s->plus;
        n->b_mul = s->plus_mul;
    }
    n->kernel_h = s->kernel_h;
    n->kernel_w = s->kernel_w;
    n->stride_y = s->stride_y;
    n->stride_x = s->stride_x;
    n->gap_y = s->gap_y;
    n->gap_x = s->gap_x;
    n->pad_top = s->pad_top;
    n->pad_left = s->pad_left;
    n->pad_bottom = s->pad_bottom;
    n->pad_right = s->pad_right;
    n->divisor = s->divisor;
    n->q_lo = -most;
    n->q_hi = most;
    if (s->relu) {
        n->function.id = HCL_FN_RELU;
        n->fn = malloc((size_t)(2 * most + 1) * sizeof(*n->fn));
        HCL_CHECK(n->fn);
        for (int64_t q = -most; q <= most; q++)
            n->fn[q + most] = q > 0 ? q : 0;
    }
    return out;
}

/* Output like x, quotients up to most in size, the function a clamp or the identity. */
static struct hcl_fx_node *rescaled(struct hcl_fx_graph *g, hcl_fx_op op, uint32_t a, uint32_t b,
                                    uint32_t out, int64_t most, int64_t divisor, int64_t clamp)
{
    struct hcl_fx_node *n = hcl_test_node(g, op, a, b, out);

    n->divisor = divisor;
    n->q_lo = -most;
    n->q_hi = most;
    g->tensors[out].lo = clamp ? 0 : -most;
    g->tensors[out].hi = clamp && clamp < most ? clamp : most;
    if (clamp) {
        n->function.id = HCL_FN_RELU6;
        n->fn = malloc((size_t)(2 * most + 1) * sizeof(*n->fn));
        HCL_CHECK(n->fn);
        for (int64_t q = -most; q <= most; q++)
            n->fn[q + most] = q < 0 ? 0 : q > clamp ? clamp : q;
    }
    return n;
}

static uint32_t tensor_like(struct hcl_fx_graph *g, uint32_t x)
{
    const uint32_t *d = g->tensors[x].dims;

    return hcl_test_tensor(g, 1, d[1], d[2], d[3], 0, 0);
}

uint32_t hcl_test_add(struct hcl_fx_graph *g, uint32_t a, uint32_t b, int64_t a_mul, int64_t b_mul,
                      int64_t divisor)
{
    int64_t most = llabs(a_mul) * magnitude(&g->tensors[a]) + llabs(b_mul) * magnitude(&g->tensors[b]);
    uint32_t out = tensor_like(g, a);
    struct hcl_fx_node *n = rescaled(g, HCL_FX_ADD, a, b, out, most / divisor + 1, divisor, 0);

    n->a_mul = a_mul;
    n->b_mul = b_mul;
    return out;
}

uint32_t hcl_test_mul(struct hcl_fx_graph *g, uint32_t a, uint32_t b, int64_t divisor)
{
    int64_t most = magnitude(&g->tensors[a]) * magnitude(&g->tensors[b]) / divisor + 1;
    uint32_t out = tensor_like(g, a);

    rescaled(g, HCL_FX_MUL, a, b, out, most, divisor, 0);
    return out;
}

uint32_t hcl_test_floor_div(struct hcl_fx_graph *g, uint32_t a, uint32_t b, int64_t a_mul, int64_t b_mul)
{
    uint32_t out = tensor_like(g, a);
    struct hcl_fx_node *n =
        rescaled(g, HCL_FX_FLOOR_DIV, a, b, out, magnitude(&g->tensors[a]) * a_mul / b_mul + 1, 1, 0);

    n->a_mul = a_mul;
    n->b_mul = b_mul;
    return out;
}

uint32_t hcl_test_greater(struct hcl_fx_graph *g, uint32_t a, uint32_t b, int64_t one)
{
    const int64_t most = magnitude(&g->tensors[a]) + magnitude(&g->tensors[b]);
    uint32_t out = tensor_like(g, a);
    struct hcl_fx_node *n = rescaled(g, HCL_FX_ADD, a, b, out, most, 1, 0);

    n->a_mul = 1;
    n->b_mul = -1;
    n->function.id = HCL_FN_POSITIVE;
    n->fn = calloc((size_t)(2 * most + 1), sizeof(*n->fn));
    HCL_CHECK(n->fn);
    for (int64_t q = 1; q <= most; q++)
        n->fn[q + most] = one;
    g->tensors[out].lo = 0;
    g->tensors[out].hi = one;
    return out;
}

uint32_t hcl_test_select(struct hcl_fx_graph *g, uint32_t condition, uint32_t a, uint32_t b, int64_t one,
                         int64_t divisor)
{
    const int64_t x = magnitude(&g->tensors[a]), y = magnitude(&g->tensors[b]);
    uint32_t out = tensor_like(g, condition);
    struct hcl_fx_node *n =
        rescaled(g, HCL_FX_SELECT, condition, a, out, (x > y ? x : y) * one / divisor + 1, divisor, 0);

    n->inputs[2] = b;
    n->a_mul = n->b_mul = 1;
    n->one = one;
    return out;
}

uint32_t hcl_test_unary(struct hcl_fx_graph *g, uint32_t x, int64_t divisor, int64_t clamp)
{
    uint32_t out = tensor_like(g, x);

    rescaled(g, HCL_FX_UNARY, x, HCL_FX_NONE, out, magnitude(&g->tensors[x]) / divisor + 1, divisor, clamp);
    return out;
}

uint32_t hcl_test_pool(struct hcl_fx_graph *g, hcl_fx_op op, uint32_t x, uint32_t size)
{
    const uint32_t *d = g->tensors[x].dims;
    uint32_t h = (d[1] - size) / 2 + 1, w = (d[2] - size) / 2 + 1;
    int64_t most = magnitude(&g->tensors[x]) + 1;
    uint32_t out = hcl_test_tensor(g, 1, h, w, d[3], -most, most);
    struct hcl_fx_node *n = rescaled(g, op, x, HCL_FX_NONE, out, most, 1, 0);

    n->kernel_h = n->kernel_w = size;
    n->stride_y = n->stride_x = 2;
    return out;
}

uint32_t hcl_test_reshape(struct hcl_fx_graph *g, uint32_t x, uint32_t h, uint32_t w, uint32_t c)
{
    uint32_t out = hcl_test_tensor(g, 1, h, w, c, g->tensors[x].lo, g->tensors[x].hi);

    hcl_test_node(g, HCL_FX_RESHAPE, x, HCL_FX_NONE, out);
    return out;
}

uint32_t hcl_test_pad(struct hcl_fx_graph *g, uint32_t x)
{
    struct hcl_fx_tensor t = g->tensors[x];
    uint32_t out = hcl_test_tensor(g, 1, t.dims[1] + 2, t.dims[2] + 2, t.dims[3], t.lo < 0 ? t.lo : 0,
                                   t.hi > 0 ? t.hi : 0);
    struct hcl_fx_node *n = hcl_test_node(g, HCL_FX_PAD, x, HCL_FX_NONE, out);

    n->pad_top = n->pad_left = n->pad_bottom = n->pad_right = 1;
    return out;
}

uint32_t hcl_test_softmax(struct hcl_fx_graph *g, uint32_t x)
{
    uint32_t out = tensor_like(g, x);
    struct hcl_fx_node *n = hcl_test_node(g, HCL_FX_SOFTMAX, x, HCL_FX_NONE, out);

    g->tensors[out].frac_bits = 8;
    n->exp_len = (uint32_t)(g->tensors[x].hi - g->tensors[x].lo + 1);
    n->exp_table = calloc(n->exp_len, sizeof(*n->exp_table));
    HCL_CHECK(n->exp_table);
    n->mark = 2;
    while (n->mark <= g->tensors[x].dims[3])
        n->mark *= 2;
    for (uint32_t d = 0; d < n->exp_len && d < 14; d++)
        n->exp_table[d] = n->mark * ((64 >> d / 2) - (d & 1 ? (64 >> d / 2) / 4 : 0)) + (d == 0);
    n->exp_top = n->exp_table[0];
    n->sum_divisor = n->mark << g->tensors[x].dims[3] % 3;
    n->divisor = n->mark * n->mark * 16;
    n->numerator = (n->divisor << 8) / n->sum_divisor;
    g->tensors[out].hi = hcl_softmax_most(n);
    return out;
}

uint32_t hcl_test_masked_softmax(struct hcl_fx_graph *g, struct hcl_test_random *r, uint32_t x, bool causal)
{
    const uint32_t out = hcl_test_softmax(g, x), channels = g->tensors[x].dims[3];
    const size_t len = (size_t)g->tensors[x].dims[1] * g->tensors[x].dims[2] * channels;
    struct hcl_fx_node *n = &g->nodes[g->num_nodes - 1];

    n->map = malloc(len * sizeof(*n->map));
    HCL_CHECK(n->map);
    for (size_t i = 0; i < len; i++) {
        const bool kept = causal ? i % channels <= i / channels : hcl_test_between(r, 0, 2) > 0;
        n->map[i] = kept || i % channels == 0 ? (uint32_t)i : HCL_FX_NONE;
    }
    return out;
}

uint32_t hcl_test_computed_mask(struct hcl_fx_graph *g, uint32_t x, bool shared)
{
    const uint32_t h = g->tensors[x].dims[1], w = g->tensors[x].dims[2], channels = g->tensors[x].dims[3];
    const size_t len = (size_t)h * w * channels;
    const uint32_t in = hcl_test_indices(g, shared ? 1 : h, shared ? 1 : w, channels, 2);
    uint32_t out, *map = malloc(len * sizeof(*map));

    HCL_CHECK(map);
    for (size_t i = 0; i < len; i++)
        map[i] = (uint32_t)(shared ? i % channels : i);
    out = hcl_test_move(g, in, HCL_FX_NONE, map, h, w, channels);
    g->tensors[out].whole = true;
    g->tensors[out].lo = 0;
    return out;
}

uint32_t hcl_test_softmax_by(struct hcl_fx_graph *g, uint32_t x, uint32_t mask)
{
    const uint32_t out = hcl_test_softmax(g, x);
    struct hcl_fx_node *n = &g->nodes[g->num_nodes - 1];
    const uint32_t span = n->exp_len, last = span < 14 ? span : 14;

    n->inputs[1] = mask;
    n->gap = span - 1 + last;
    n->exp_len += (uint32_t)n->gap;
    n->exp_table = realloc(n->exp_table, n->exp_len * sizeof(*n->exp_table));
    HCL_CHECK(n->exp_table);
    memset(n->exp_table + span, 0, (n->exp_len - span) * sizeof(*n->exp_table));
    return out;
}

uint32_t hcl_test_norm(struct hcl_fx_graph *g, uint32_t x, bool centred)
{
    const uint32_t channels = g->tensors[x].dims[3];
    uint32_t out = tensor_like(g, x);
    struct hcl_fx_node *n =
        rescaled(g, HCL_FX_NORM, x, HCL_FX_NONE, out, 0, (int64_t)1 << (channels % 3 ? 6 : 14), 0);

    n->spread = 16;
    n->epsilon = 9;
    n->centred = centred;
    n->numerator = n->divisor * channels * 4 * 128;
    n->q_hi = g->tensors[out].hi = 128 * (2 * channels + 3) + 4 * magnitude(&g->tensors[x]);
    n->q_lo = g->tensors[out].lo = -n->q_hi;
    return out;
}

uint32_t hcl_test_matmul(struct hcl_fx_graph *g, uint32_t a, uint32_t b, bool a_adjoint, bool b_adjoint,
                         int64_t divisor)
{
    const uint32_t *x = g->tensors[a].dims, *y = g->tensors[b].dims;
    int64_t most = magnitude(&g->tensors[a]) * magnitude(&g->tensors[b]) * x[a_adjoint ? 2 : 3] / divisor + 1;
    uint32_t out =
        hcl_test_tensor(g, 1, x[1] > y[1] ? x[1] : y[1], x[a_adjoint ? 3 : 2], y[b_adjoint ? 2 : 3], 0, 0);
    struct hcl_fx_node *n = rescaled(g, HCL_FX_MATMUL, a, b, out, most, divisor, 0);

    n->a_adjoint = a_adjoint;
    n->b_adjoint = b_adjoint;
    return out;
}

uint32_t hcl_test_indices(struct hcl_fx_graph *g, uint32_t h, uint32_t w, uint32_t c, uint32_t rows)
{
    uint32_t t = hcl_test_input(g, h, w, c, 0, (int64_t)rows - 1);

    g->tensors[t].whole = true;
    return t;
}

uint32_t hcl_test_lookup(struct hcl_fx_graph *g, struct hcl_test_random *r, uint32_t x, uint32_t rows,
                         uint32_t width)
{
    return hcl_test_lookup_within(g, r, x, rows, width, 30000);
}

uint32_t hcl_test_lookup_within(struct hcl_fx_graph *g, struct hcl_test_random *r, uint32_t x, uint32_t rows,
                                uint32_t width, int64_t most)
{
    const uint32_t *d = g->tensors[x].dims, count = d[1] * d[2] * d[3];
    uint32_t table = hcl_test_constant(g, r, 1, 1, rows, width, -most, most), out;

    shorten(&g->tensors[table]);
    out = hcl_test_tensor(g, 1, 1, count, width, -most, most);
    hcl_test_node(g, HCL_FX_LOOKUP, x, table, out);
    return out;
}

uint32_t hcl_test_arg_max(struct hcl_fx_graph *g, uint32_t x, uint32_t count, bool least)
{
    const uint32_t *d = g->tensors[x].dims;
    uint32_t out = hcl_test_tensor(g, 1, d[1], d[2], count, 0, (int64_t)d[3] - 1);

    g->tensors[out].whole = true;
    hcl_test_node(g, HCL_FX_ARG_MAX, x, HCL_FX_NONE, out)->least = least;
    return out;
}

uint32_t hcl_test_top(struct hcl_fx_graph *g, uint32_t x, uint32_t count)
{
    const struct hcl_fx_tensor *t = &g->tensors[x];
    uint32_t out = hcl_test_tensor(g, 1, t->dims[1], t->dims[2], count, t->lo, t->hi);

    hcl_test_node(g, HCL_FX_TOP, x, HCL_FX_NONE, out);
    return out;
}

uint32_t hcl_test_move(struct hcl_fx_graph *g, uint32_t a, uint32_t b, uint32_t *map, uint32_t h, uint32_t w,
                       uint32_t c)
{
    int64_t most = magnitude(&g->tensors[a]), other = b == HCL_FX_NONE ? 0 : magnitude(&g->tensors[b]);
    uint32_t out;

    most = other > most ? other : most;
    out = hcl_test_tensor(g, 1, h, w, c, -most, most);
    hcl_test_node(g, HCL_FX_MOVE, a, b, out)->map = map;
    return out;
}

uint32_t hcl_test_transpose(struct hcl_fx_graph *g, uint32_t x, const int order[3])
{
    const uint32_t d[3] = { g->tensors[x].dims[1], g->tensors[x].dims[2], g->tensors[x].dims[3] };
    const uint32_t step[3] = { d[1] * d[2], d[2], 1 },
                   *to = (uint32_t[]){ d[order[0]], d[order[1]], d[order[2]] };
    uint32_t *map = malloc((size_t)d[0] * d[1] * d[2] * sizeof(*map)), *at = map;

    HCL_CHECK(map);
    for (uint32_t i = 0; i < to[0]; i++)
        for (uint32_t j = 0; j < to[1]; j++)
            for (uint32_t k = 0; k < to[2]; k++)
                *at++ = i * step[order[0]] + j * step[order[1]] + k * step[order[2]];
    return hcl_test_move(g, x, HCL_FX_NONE, map, to[0], to[1], to[2]);
}

uint32_t hcl_test_group_norm(struct hcl_fx_graph *g, uint32_t x, uint32_t groups)
{
    const uint32_t h = g->tensors[x].dims[1], w = g->tensors[x].dims[2], c = g->tensors[x].dims[3];
    const uint32_t n = h * w * (c / groups);
    uint32_t y;

    y = hcl_test_transpose(g, hcl_test_reshape(g, x, h * w, groups, c / groups), (const int[]){ 1, 0, 2 });
    y = hcl_test_norm(g, hcl_test_reshape(g, y, 1, groups, n), true);
    y = hcl_test_transpose(g, hcl_test_reshape(g, y, groups, h * w, c / groups), (const int[]){ 1, 0, 2 });
    return hcl_test_reshape(g, y, h, w, c);
}

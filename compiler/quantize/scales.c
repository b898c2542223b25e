/* SPDX-License-Identifier: Apache-2.0 */
#include "compiler/quantize/scales.h"
#include "compiler/quantize/rounding.h"
#include <math.h>
#include <string.h>

/* Beyond these no table and no weight gains anything; shifts stay far below 62. */
enum { LEAST_BITS = -160, MOST_BITS = 160, MOST_POOL_BITS = 16, MOST_OPERAND_GAP = 30, LEAST_EXP_BITS = 11 };
/* A SOFTMAX over more channels, or with short tables, has remainders of two limbs. */
enum { SHORT_SOFTMAX = 256, FULL_OUTPUT_BITS = 14, RECIPROCAL_BITS = 10, LEAST_RECIPROCAL_BITS = 6 };

struct chooser {
    const struct hcl_graph *g;
    const double *most;
    const struct hcl_fx_setting *s;
    struct hcl_scales *out;
    uint32_t *group; /* of each tensor: the first tensor of its group, which holds the bits */
    int relu6;       /* most bits of a RELU6's result */
    bool changed;
};

void hcl_scales_magnitudes(double *most, const struct hcl_graph *g, const double *lo, const double *hi)
{
    for (size_t t = 0; t < g->num_tensors; t++) {
        const float *data = g->tensors[t].data;
        most[t] = data == NULL ? fmax(fabs(lo[t]), fabs(hi[t]))
                               : hcl_fx_magnitude(data, hcl_tensor_len(&g->tensors[t]));
    }
}

static int clamp_bits(double bits)
{
    return bits < LEAST_BITS ? LEAST_BITS : bits > MOST_BITS ? MOST_BITS : (int)bits;
}

/* The largest b with magnitude * 2^b <= limit. */
static int bits_within(double magnitude, double limit)
{
    if (!(limit > 0))
        return LEAST_BITS;
    return magnitude > 0 ? clamp_bits(floor(log2(limit / magnitude))) : MOST_BITS;
}

static int *bits(const struct chooser *c, uint32_t t)
{
    return &c->out->tensor[c->group[t]];
}

static void lower(struct chooser *c, uint32_t t, int to)
{
    to = to < LEAST_BITS ? LEAST_BITS : to;
    if (*bits(c, t) <= to)
        return;
    *bits(c, t) = to;
    c->changed = true;
}

static bool keeps_bits(const struct hcl_node *n)
{
    return n->op == HCL_OP_RESHAPE || n->op == HCL_OP_PAD || n->op == HCL_OP_MAX_POOL_2D ||
           n->op == HCL_OP_RELU;
}

/* One group of two. */
static void join(struct chooser *c, uint32_t a, uint32_t b)
{
    const uint32_t to = c->group[a], from = c->group[b];
    if (c->out->tensor[from] < c->out->tensor[to])
        c->out->tensor[to] = c->out->tensor[from];
    for (uint32_t t = 0; t < c->g->num_tensors; t++)
        if (c->group[t] == from)
            c->group[t] = to;
}

static bool is_relu6(const struct hcl_node *n)
{
    return n->op == HCL_OP_RELU6 || n->act == HCL_ACT_RELU6;
}

static bool is_constant(const struct chooser *c, uint32_t t)
{
    return c->g->tensors[t].data != NULL;
}

/* Tensors nobody saw anything but 0 in are taken for 1: there is nothing to go by. */
static double magnitude(const double *most, uint32_t t)
{
    return most[t] > 0 && isfinite(most[t]) ? most[t] : 1;
}

/* What a MOVE puts together has one number of bits; constants among it have to fit like the rest. */
static void join_operands(struct chooser *c, const struct hcl_node *n)
{
    const double half = (double)c->s->table_len / 2 - 1.5;
    for (size_t k = 0; k < hcl_node_arity(n); k++)
        if (!is_constant(c, n->inputs[k]))
            join(c, n->inputs[k], n->output);
    for (size_t k = 0; k < hcl_node_arity(n); k++)
        if (is_constant(c, n->inputs[k]))
            lower(c, n->output, bits_within(c->s->margin * magnitude(c->most, n->inputs[k]), half));
}

/* No more than the tables of the rest of the model suggest, unless asked for. */
static int softmax_output_bits(const struct hcl_fx_setting *s)
{
    const int fit = (int)log2((double)s->table_len) - 2;

    return s->output_bits != 0 ? s->output_bits : fit > FULL_OUTPUT_BITS ? FULL_OUTPUT_BITS : fit;
}

static void start(struct chooser *c)
{
    const double half = (double)c->s->table_len / 2 - 1.5;
    for (uint32_t t = 0; t < c->g->num_tensors; t++) {
        c->group[t] = t;
        c->out->tensor[t] = bits_within(c->s->margin * magnitude(c->most, t), half);
    }
    for (size_t i = 0; i < c->g->num_nodes; i++) {
        const struct hcl_node *n = &c->g->nodes[i];
        if (n->op == HCL_OP_SOFTMAX)
            c->out->tensor[n->output] = softmax_output_bits(c->s);
        if (keeps_bits(n))
            c->group[n->output] = c->group[n->inputs[0]];
        if (n->op == HCL_OP_MOVE)
            join_operands(c, n);
    }
    c->relu6 = MOST_BITS;
}

static int most_weight_bits(const struct chooser *c, uint32_t weights)
{
    return bits_within(c->most[weights], ldexp(1, c->s->weight_bits - 1) - 1);
}

/* No more bits than the accumulator has, whose weights are bounded. */
static void constrain_linear(struct chooser *c, const struct hcl_node *n)
{
    lower(c, n->output, *bits(c, n->inputs[0]) + most_weight_bits(c, n->inputs[1]));
}

/* S = 2^(fa + fb - fy): each operand gives half of the bits too many. Both by the same number, rounded up:
 * one of them may be bound to the result's scale, and lowering it alone would never end. */
static void constrain_product(struct chooser *c, const struct hcl_node *n)
{
    const uint32_t a = n->inputs[0], b = n->inputs[1];
    const int sum = *bits(c, a) + *bits(c, b);
    lower(c, n->output, sum);
    const int over = sum - *bits(c, n->output) - c->s->remainder_bits;
    if (over > 0) {
        const int by = (over + 1) / 2, a_bits = *bits(c, a), b_bits = *bits(c, b);
        lower(c, a, a_bits - by);
        lower(c, b, b_bits - by);
    }
}

/* S = 2^(max(fa, fb) - fy). What an operand has beyond that, the result's rounding loses anyway. */
static void constrain_sum(struct chooser *c, const struct hcl_node *n)
{
    const uint32_t a = n->inputs[0], b = n->inputs[1];
    lower(c, a, *bits(c, n->output) + c->s->remainder_bits);
    if (is_constant(c, b)) {
        lower(c, n->output, *bits(c, a));
        return;
    }
    lower(c, b, *bits(c, n->output) + c->s->remainder_bits);
    lower(c, a, *bits(c, b) + MOST_OPERAND_GAP);
    lower(c, b, *bits(c, a) + MOST_OPERAND_GAP);
    lower(c, n->output, *bits(c, a) > *bits(c, b) ? *bits(c, a) : *bits(c, b));
}

static void constrain(struct chooser *c, const struct hcl_node *n)
{
    const uint32_t x = n->inputs[0];
    switch (n->op) {
    case HCL_OP_CONV_2D:
    case HCL_OP_DEPTHWISE_CONV_2D:
    case HCL_OP_FULLY_CONNECTED:
        constrain_linear(c, n);
        break;
    case HCL_OP_MUL:
    case HCL_OP_BATCH_MATMUL:
        if (is_constant(c, n->inputs[1]))
            constrain_linear(c, n);
        else
            constrain_product(c, n);
        break;
    case HCL_OP_ADD:
        constrain_sum(c, n);
        break;
    case HCL_OP_AVERAGE_POOL_2D:
        lower(c, n->output, *bits(c, x) + MOST_POOL_BITS);
        lower(c, x, *bits(c, n->output) + c->s->remainder_bits);
        break;
    case HCL_OP_RELU6:
        lower(c, n->output, *bits(c, x));
        lower(c, x, *bits(c, n->output) + c->s->remainder_bits);
        break;
    default:
        break;
    }
    if (!is_relu6(n) || !c->s->one_relu6)
        return;
    lower(c, n->output, c->relu6);
    c->changed = c->changed || *bits(c, n->output) < c->relu6;
    c->relu6 = *bits(c, n->output);
}

/* Bits only go down and are bounded below, so this ends. */
static void settle(struct chooser *c)
{
    do {
        c->changed = false;
        for (size_t i = 0; i < c->g->num_nodes; i++)
            if (!is_constant(c, c->g->nodes[i].inputs[0]))
                constrain(c, &c->g->nodes[i]);
    } while (c->changed);
}

/* The bits that make S = 2^remainder_bits, unless a weight would then be too long. */
static void choose_weights(struct chooser *c)
{
    for (size_t i = 0; i < c->g->num_nodes; i++) {
        const struct hcl_node *n = &c->g->nodes[i];
        if (n->op == HCL_OP_ADD || n->op == HCL_OP_MOVE || hcl_node_arity(n) < 2 ||
            !is_constant(c, n->inputs[1]))
            continue;
        const int full = c->s->remainder_bits + *bits(c, n->output) - *bits(c, n->inputs[0]);
        const int most = most_weight_bits(c, n->inputs[1]);
        c->out->weight[i] = full < most ? full : most;
    }
}

hcl_status hcl_scales_choose(struct hcl_scales *out, const struct hcl_graph *g, const double *most,
                             const struct hcl_fx_setting *setting, struct hcl_err *err)
{
    struct chooser c = { .g = g, .most = most, .s = setting, .out = out };
    out->tensor = calloc(g->num_tensors + 1, sizeof *out->tensor);
    out->weight = calloc(g->num_nodes + 1, sizeof *out->weight);
    c.group = calloc(g->num_tensors + 1, sizeof *c.group);
    if (out->tensor == NULL || out->weight == NULL || c.group == NULL) {
        free(c.group);
        return hcl_fail(err, HCL_NO_RESOURCE, "no memory for the scales of %zu tensors", g->num_tensors);
    }
    start(&c);
    settle(&c);
    choose_weights(&c);
    for (uint32_t t = 0; t < g->num_tensors; t++)
        out->tensor[t] = *bits(&c, t);
    free(c.group);
    return HCL_OK;
}

void hcl_scales_clear(struct hcl_scales *s)
{
    free(s->tensor);
    free(s->weight);
    *s = (struct hcl_scales){ 0 };
}

int hcl_scales_shift(const struct hcl_scales *s, const struct hcl_graph *g, size_t node)
{
    const struct hcl_node *n = &g->nodes[node];
    const int x = s->tensor[n->inputs[0]], y = s->tensor[n->output];
    switch (n->op) {
    case HCL_OP_CONV_2D:
    case HCL_OP_DEPTHWISE_CONV_2D:
    case HCL_OP_FULLY_CONNECTED:
        return x + s->weight[node] - y;
    case HCL_OP_MUL:
    case HCL_OP_BATCH_MATMUL:
        return x + (g->tensors[n->inputs[1]].data != NULL ? s->weight[node] : s->tensor[n->inputs[1]]) - y;
    case HCL_OP_ADD: {
        const int b = g->tensors[n->inputs[1]].data != NULL ? x : s->tensor[n->inputs[1]];
        return (x > b ? x : b) - y;
    }
    case HCL_OP_AVERAGE_POOL_2D:
    case HCL_OP_RELU6:
        return x - y;
    default:
        return 0;
    }
}

int64_t hcl_scales_reach(const struct hcl_scales *s, const double *most, const struct hcl_fx_setting *setting,
                         uint32_t t)
{
    return (int64_t)ceil(ldexp(setting->margin * magnitude(most, t), s->tensor[t])) + 1;
}

int hcl_scales_exp_bits(uint32_t channels)
{
    int log = 0;
    while (log < 31 && (uint32_t)1 << log < channels)
        log++;
    const int bits = 7 + log > LEAST_EXP_BITS ? 7 + log : LEAST_EXP_BITS;
    const int most = log < 13 ? 20 : 33 - log; /* sums stay far below 62 bits */
    return bits < most ? bits : most;
}

struct hcl_softmax_bits hcl_scales_softmax(uint32_t channels, int output_bits)
{
    struct hcl_softmax_bits s = { .exp = hcl_scales_exp_bits(channels) };
    const int most = output_bits < FULL_OUTPUT_BITS ? 2 * output_bits - 4
                     : channels <= SHORT_SOFTMAX    ? 16
                                                    : 31;
    int reciprocal = RECIPROCAL_BITS, sum = 0, both;
    while (sum < 31 && (uint32_t)1 << sum < channels)
        sum++;
    s.mark = channels < (uint32_t)1 << sum ? sum : sum + 1;
    both = most + output_bits - sum - s.mark; /* bits of an exponential and of the least reciprocal */
    const int fit = both - (most == 16 ? both / 2 - 1 : LEAST_RECIPROCAL_BITS);
    s.exp = s.exp < fit ? s.exp : fit > 1 ? fit : 1;
    reciprocal = reciprocal < both - s.exp ? reciprocal : both - s.exp;
    s.shift = reciprocal + s.exp + s.mark + sum - output_bits;
    s.shift = s.shift < 0 ? 0 : s.shift > most ? most : s.shift;
    s.numerator = s.shift + output_bits;
    return s;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "compiler/quantize/scales.h"
#include "compiler/fixed/rounding.h"
#include "compiler/operators/operator.h"
#include "compiler/quantize/chooser.h"
#include <math.h>
#include <string.h>

/* Beyond these no table and no weight gains anything; shifts stay far below 62. */
enum { LEAST_BITS = -160, MOST_BITS = 160, LEAST_EXP_BITS = 11 };

/* A SOFTMAX whose exponentials and reciprocals would have fewer bits together, twice what results have beyond
 * four where those are short, has remainders of two limbs. */
enum {
    SHORT_SOFTMAX = 13,
    FULL_OUTPUT_BITS = 14,
    LEAST_OUTPUT_BITS = 8,
    SUM_BITS = 9, /* of the least sum: the table of reciprocals has 2^9 times as many rows as channels */
    RECIPROCAL_BITS = 10,
    LEAST_RECIPROCAL_BITS = 6
};

struct hcl_chooser {
    const struct hcl_graph *g;
    const double *most;
    const struct hcl_fx_setting *s;
    struct hcl_scales *out;
    uint32_t *group; /* of each tensor: the first tensor of its group, which holds the bits */
    bool changed;
};

static void of_results(double *most, const struct hcl_graph *g, const double *lo, const double *hi)
{
    memcpy(most + g->num_tensors, most, g->num_tensors * sizeof *most);
    for (size_t i = 0; i < g->num_nodes; i++) {
        const uint32_t t = g->nodes[i].output;
        const struct hcl_function f = hcl_node_function(&g->nodes[i]);
        if (!hcl_function_keeps_scale(&f))
            most[g->num_tensors + t] = hcl_function_magnitude(&f, lo[t], hi[t]);
    }
}

void hcl_scales_magnitudes(double *most, const struct hcl_graph *g, const double *lo, const double *hi)
{
    for (size_t t = 0; t < g->num_tensors; t++) {
        const float *data = g->tensors[t].data;
        most[t] = data == NULL ? fmax(fabs(lo[t]), fabs(hi[t]))
                               : hcl_fx_magnitude(data, hcl_tensor_len(&g->tensors[t]));
    }
    of_results(most, g, lo, hi);
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

static int *bits(const struct hcl_chooser *c, uint32_t t)
{
    return &c->out->tensor[c->group[t]];
}

/* Tensors nobody saw anything but 0 in are taken for 1: there is nothing to go by. */
static double magnitude(const double *most, uint32_t t)
{
    return most[t] > 0 && isfinite(most[t]) ? most[t] : 1;
}

const struct hcl_fx_setting *hcl_chooser_setting(const struct hcl_chooser *c)
{
    return c->s;
}

bool hcl_chooser_is_constant(const struct hcl_chooser *c, uint32_t tensor)
{
    return c->g->tensors[tensor].data != NULL;
}

int hcl_chooser_bits(const struct hcl_chooser *c, uint32_t tensor)
{
    return *bits(c, tensor);
}

static void lower_to(struct hcl_chooser *c, int *what, int to)
{
    to = to < LEAST_BITS ? LEAST_BITS : to;
    if (*what <= to)
        return;
    *what = to;
    c->changed = true;
}

void hcl_chooser_lower(struct hcl_chooser *c, uint32_t tensor, int to)
{
    if (c->g->tensors[tensor].numbers == 0) /* whole numbers are at no scale */
        lower_to(c, bits(c, tensor), to);
}

static int *quotient(const struct hcl_chooser *c, const struct hcl_node *n)
{
    const struct hcl_function f = hcl_node_function(n);
    return hcl_function_keeps_scale(&f) ? bits(c, n->output) : &c->out->quotient[n->output];
}

int hcl_chooser_quotient(const struct hcl_chooser *c, const struct hcl_node *n)
{
    return *quotient(c, n);
}

void hcl_chooser_lower_quotient(struct hcl_chooser *c, const struct hcl_node *n, int to)
{
    lower_to(c, quotient(c, n), to);
}

int hcl_chooser_most_weight_bits(const struct hcl_chooser *c, uint32_t weights)
{
    return bits_within(c->most[weights], ldexp(1, c->s->weight_bits - 1) - 1);
}

/* One group of two. */
static void join(struct hcl_chooser *c, uint32_t a, uint32_t b)
{
    const uint32_t to = c->group[a], from = c->group[b];
    if (c->out->tensor[from] < c->out->tensor[to])
        c->out->tensor[to] = c->out->tensor[from];
    for (uint32_t t = 0; t < c->g->num_tensors; t++)
        if (c->group[t] == from)
            c->group[t] = to;
}

/* What a MOVE puts together has one number of bits; constants among it have to fit like the rest. */
static void join_operands(struct hcl_chooser *c, const struct hcl_node *n)
{
    const double half = (double)c->s->table_len / 2 - 1.5;
    for (size_t k = 0; k < hcl_node_arity(n); k++)
        if (!hcl_chooser_is_constant(c, n->inputs[k]))
            join(c, n->inputs[k], n->output);
    for (size_t k = 0; k < hcl_node_arity(n); k++)
        if (hcl_chooser_is_constant(c, n->inputs[k]))
            hcl_chooser_lower(c, n->output,
                              bits_within(c->s->margin * magnitude(c->most, n->inputs[k]), half));
}

/* No more than the tables of the rest of the model suggest, unless asked for. */
static int softmax_output_bits(const struct hcl_fx_setting *s)
{
    const int fit = (int)log2((double)s->table_len) - 1;

    if (s->output_bits != 0)
        return s->output_bits;
    return fit > FULL_OUTPUT_BITS ? FULL_OUTPUT_BITS : fit > LEAST_OUTPUT_BITS ? fit : LEAST_OUTPUT_BITS;
}

static void start(struct hcl_chooser *c)
{
    const double half = (double)c->s->table_len / 2 - 1.5;
    for (uint32_t t = 0; t < c->g->num_tensors; t++) {
        c->group[t] = t;
        c->out->quotient[t] = bits_within(c->s->margin * magnitude(c->most, t), half);
        c->out->tensor[t] = bits_within(c->s->margin * magnitude(c->most + c->g->num_tensors, t), half);
    }
    for (size_t i = 0; i < c->g->num_nodes; i++) {
        const struct hcl_node *n = &c->g->nodes[i];
        if (hcl_operator_of(n->op)->fixed_output)
            c->out->tensor[n->output] = softmax_output_bits(c->s);
        if (hcl_operator_of(n->op)->keeps_bits)
            c->group[n->output] = c->group[n->inputs[0]];
        if (hcl_operator_of(n->op)->joins)
            join_operands(c, n);
    }
    for (uint32_t t = 0; t < c->g->num_tensors; t++)
        if (c->g->tensors[t].numbers > 0)
            *bits(c, t) = 0;
}

static void lower_both(struct hcl_chooser *c, int *a, int *b)
{
    lower_to(c, a, *b);
    lower_to(c, b, *a);
}

/* Of two SOFTMAX with one factor: equal differences have equal exponentials. */
static void share_exponentials(struct hcl_chooser *c, const struct hcl_node *a, const struct hcl_node *b)
{
    if (a->beta == b->beta)
        lower_both(c, bits(c, a->inputs[0]), bits(c, b->inputs[0]));
}

/* A function of one scale. That of steps is none: their operands have the quotient's bits, one would bind
 * all.
 */
static bool has_scale(const struct hcl_function *f)
{
    return !hcl_function_has(f, HCL_FN_STEP) && (f->id == HCL_FN_RELU6 || !hcl_function_keeps_scale(f));
}

bool hcl_scales_share(const struct hcl_node *a, const struct hcl_node *b)
{
    const struct hcl_function f = hcl_node_function(a), g = hcl_node_function(b);
    if (a->op == HCL_OP_SOFTMAX && b->op == HCL_OP_SOFTMAX)
        return true;
    return hcl_function_equal(&f, &g) && has_scale(&f);
}

/* The first node of i's kind and node i. */
static void share_scale(struct hcl_chooser *c, size_t i)
{
    const struct hcl_node *n = &c->g->nodes[i];
    const struct hcl_function f = hcl_node_function(n);
    size_t j = 0;
    if (!c->s->one_scale || (n->op != HCL_OP_SOFTMAX && !has_scale(&f)))
        return;
    while (j < i &&
           (hcl_chooser_is_constant(c, c->g->nodes[j].inputs[0]) || !hcl_scales_share(&c->g->nodes[j], n)))
        j++;
    if (j == i)
        return;
    if (n->op == HCL_OP_SOFTMAX) {
        share_exponentials(c, &c->g->nodes[j], n);
        return;
    }
    lower_both(c, quotient(c, &c->g->nodes[j]), quotient(c, n));
    lower_both(c, bits(c, c->g->nodes[j].output), bits(c, n->output));
}

/* Bits only go down and are bounded below, so this ends. */
static void settle(struct hcl_chooser *c)
{
    do {
        c->changed = false;
        for (size_t i = 0; i < c->g->num_nodes; i++) {
            const struct hcl_node *n = &c->g->nodes[i];
            const struct hcl_operator *kind = hcl_operator_of(n->op);
            if (hcl_chooser_is_constant(c, n->inputs[0]))
                continue;
            if (kind->constrain != NULL)
                kind->constrain(c, n);
            share_scale(c, i);
        }
    } while (c->changed);
}

/* The bits that make S = 2^remainder_bits, unless a weight would then be too long. */
static void choose_weights(struct hcl_chooser *c)
{
    for (size_t i = 0; i < c->g->num_nodes; i++) {
        const struct hcl_node *n = &c->g->nodes[i];
        if (!hcl_operator_of(n->op)->own_scale || !hcl_chooser_is_constant(c, n->inputs[1]))
            continue;
        const int full = c->s->remainder_bits + *quotient(c, n) - *bits(c, n->inputs[0]);
        const int most = hcl_chooser_most_weight_bits(c, n->inputs[1]);
        c->out->weight[i] = full < most ? full : most;
    }
}

static void settle_quotients(struct hcl_chooser *c)
{
    for (size_t i = 0; i < c->g->num_nodes; i++)
        c->out->quotient[c->g->nodes[i].output] = *quotient(c, &c->g->nodes[i]);
    for (size_t i = 0; i < c->g->num_inputs; i++)
        c->out->quotient[c->g->inputs[i]] = *bits(c, c->g->inputs[i]);
}

hcl_status hcl_scales_choose(struct hcl_scales *out, const struct hcl_graph *g, const double *most,
                             const struct hcl_fx_setting *setting, struct hcl_err *err)
{
    struct hcl_chooser c = { .g = g, .most = most, .s = setting, .out = out };
    out->tensor = calloc(g->num_tensors + 1, sizeof *out->tensor);
    out->quotient = calloc(g->num_tensors + 1, sizeof *out->quotient);
    out->weight = calloc(g->num_nodes + 1, sizeof *out->weight);
    c.group = calloc(g->num_tensors + 1, sizeof *c.group);
    if (out->tensor == NULL || out->quotient == NULL || out->weight == NULL || c.group == NULL) {
        free(c.group);
        return hcl_fail(err, HCL_NO_RESOURCE, "no memory for the scales of %zu tensors", g->num_tensors);
    }
    start(&c);
    settle(&c);
    choose_weights(&c);
    settle_quotients(&c);
    for (uint32_t t = 0; t < g->num_tensors; t++)
        out->tensor[t] = *bits(&c, t);
    free(c.group);
    return HCL_OK;
}

void hcl_scales_clear(struct hcl_scales *s)
{
    free(s->tensor);
    free(s->quotient);
    free(s->weight);
    *s = (struct hcl_scales){ 0 };
}

int hcl_scales_shift(const struct hcl_scales *s, const struct hcl_graph *g, size_t node)
{
    const struct hcl_operator *kind = hcl_operator_of(g->nodes[node].op);
    if (kind->accumulator_bits == NULL)
        return 0;
    return kind->accumulator_bits(s, g, node) - s->quotient[g->nodes[node].output];
}

int64_t hcl_scales_reach(const struct hcl_scales *s, const double *most, const struct hcl_fx_setting *setting,
                         uint32_t t)
{
    return (int64_t)ceil(ldexp(setting->margin * magnitude(most, t), s->quotient[t])) + 1;
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

struct hcl_softmax_bits hcl_scales_softmax(size_t elements, uint32_t channels, int output_bits)
{
    struct hcl_softmax_bits s = { .exp = hcl_scales_exp_bits(channels) };
    int reciprocal = RECIPROCAL_BITS, sum = 0, both, most = output_bits + 2; /* as long as results' tables */
    while (sum < 31 && (uint32_t)1 << sum < channels)
        sum++;
    s.mark = channels < (uint32_t)1 << sum ? sum : sum + 1;
    const int enough = 2 * (output_bits - 4) < SHORT_SOFTMAX ? 2 * (output_bits - 4) : SHORT_SOFTMAX;
    const bool pays = elements > channels || output_bits >= FULL_OUTPUT_BITS;
    const bool one_limb = pays && most + output_bits - sum - s.mark >= enough;
    if (!one_limb)
        most = output_bits < FULL_OUTPUT_BITS ? 2 * output_bits - 2 : 31;
    both = most + output_bits - sum - s.mark; /* bits of an exponential and of the least reciprocal */
    const int fit = both - (one_limb ? both / 2 - 1 : LEAST_RECIPROCAL_BITS);
    s.exp = s.exp < fit ? s.exp : fit > 1 ? fit : 1;
    reciprocal = reciprocal < both - s.exp ? reciprocal : both - s.exp;
    s.shift = reciprocal + s.exp + s.mark + sum - output_bits;
    s.shift = s.shift < 0 ? 0 : s.shift > most ? most : s.shift;
    const int close = output_bits - (pays ? 1 : 3), sum_bits = close < SUM_BITS ? close : SUM_BITS;
    s.sum = s.mark + (s.exp > sum_bits ? s.exp - sum_bits : 0);
    s.numerator = s.shift + output_bits - s.sum;
    return s;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "compiler/graph/fixed_bounds.h"
#include "compiler/graph/window.h"
#include "compiler/quantize/build.h"
#include <string.h>

struct counter {
    const struct hcl_fx_graph *g;
    int64_t
        divisors[64]; /* seen so far; beyond 64 distinct ones each is counted: far past any useful graph */
    size_t num_divisors, rows;
};

static void add_range(struct counter *c, int64_t s)
{
    for (size_t i = 0; i < c->num_divisors; i++)
        if (c->divisors[i] == s)
            return;
    if (c->num_divisors < sizeof c->divisors / sizeof *c->divisors)
        c->divisors[c->num_divisors++] = s;
    c->rows += s > 1 ? (size_t)s : 0;
}

static bool same_table(const struct hcl_fx_graph *g, const struct hcl_fx_node *a, const struct hcl_fx_node *b)
{
    return hcl_fx_has_rescale(a->op) && hcl_fx_has_rescale(b->op) && strcmp(a->fn_name, b->fn_name) == 0 &&
           a->q_lo == b->q_lo && a->q_hi == b->q_hi &&
           (strcmp(a->fn_name, "relu6") != 0 ||
            g->tensors[a->output].frac_bits == g->tensors[b->output].frac_bits);
}

static size_t length(int64_t lo, int64_t hi)
{
    return (size_t)(hi - lo) + 1;
}

/* Whether a node has this function over a range that holds [lo, hi]. */
static bool has_table(const struct hcl_fx_graph *g, const char *fn_name, int64_t lo, int64_t hi)
{
    for (size_t i = 0; i < g->num_nodes; i++) {
        const struct hcl_fx_node *n = &g->nodes[i];
        if (hcl_fx_has_rescale(n->op) && strcmp(n->fn_name, fn_name) == 0 && n->q_lo <= lo && n->q_hi >= hi)
            return true;
    }
    return false;
}

/* Differences in relu, over both signs, and the result in any table that keeps it. */
static void add_maximum(struct counter *c, const struct hcl_fx_node *n)
{
    const struct hcl_fx_tensor *x = &c->g->tensors[n->inputs[0]];
    const int64_t span = x->hi - x->lo;
    c->rows += has_table(c->g, "relu", -span, span) ? 0 : length(-span, span);
    c->rows += x->lo >= 0 || has_table(c->g, "identity", x->lo, x->hi) ? 0 : length(x->lo, x->hi);
}

/* The exponentials, their index, the quotient by their number, and two limbs (compiler/gadgets/softmax.c). */
static void add_softmax(struct counter *c, const struct hcl_fx_node *n)
{
    const struct hcl_fx_tensor *x = &c->g->tensors[n->inputs[0]], *y = &c->g->tensors[n->output];
    const int64_t most = 2 * n->exp_table[0] * y->dims[3];
    int bits = 0;
    while (bits < 24 && ((int64_t)1 << (2 * bits) < most || bits * 2 <= y->frac_bits))
        bits++;
    c->rows += 2 * (size_t)n->exp_len + length(0, (x->hi - x->lo) / n->exp_len) + ((size_t)2 << bits);
}

/* Of two maxima over operands of one range. */
static bool same_maximum(const struct hcl_fx_graph *g, const struct hcl_fx_node *a,
                         const struct hcl_fx_node *b)
{
    const struct hcl_fx_tensor *x = &g->tensors[a->inputs[0]], *y = &g->tensors[b->inputs[0]];
    return a->op == HCL_FX_MAX_POOL && b->op == HCL_FX_MAX_POOL && x->lo == y->lo && x->hi == y->hi;
}

static bool same_softmax(const struct hcl_fx_node *a, const struct hcl_fx_node *b)
{
    return a->op == HCL_FX_SOFTMAX && b->op == HCL_FX_SOFTMAX && a->exp_len == b->exp_len &&
           memcmp(a->exp_table, b->exp_table, a->exp_len * sizeof *a->exp_table) == 0;
}

/* An average divides by the number of elements its window has inside the image. */
static void add_average(struct counter *c, const struct hcl_fx_node *n)
{
    const uint32_t *x = c->g->tensors[n->inputs[0]].dims, *y = c->g->tensors[n->output].dims;
    uint32_t first, last;
    for (uint32_t oy = 0; oy < y[1]; oy++) {
        hcl_window_inside(oy, n->stride_y, n->pad_top, n->kernel_h, x[1], &first, &last);
        int64_t rows = last - first;
        for (uint32_t ox = 0; ox < y[2]; ox++) {
            hcl_window_inside(ox, n->stride_x, n->pad_left, n->kernel_w, x[2], &first, &last);
            add_range(c, n->divisor * rows * (last - first));
        }
    }
}

static void add_node(struct counter *c, size_t i)
{
    const struct hcl_fx_node *n = &c->g->nodes[i];
    size_t j = 0;
    while (j < i && !same_table(c->g, &c->g->nodes[j], n) && !same_softmax(&c->g->nodes[j], n) &&
           !same_maximum(c->g, &c->g->nodes[j], n))
        j++;
    if (n->op == HCL_FX_MAX_POOL && j == i)
        add_maximum(c, n);
    else if (n->op == HCL_FX_SOFTMAX && j == i)
        add_softmax(c, n);
    else if (hcl_fx_has_rescale(n->op) && j == i)
        c->rows += length(n->q_lo, n->q_hi);
    if (n->op == HCL_FX_AVG_POOL)
        add_average(c, n);
    else if (hcl_fx_has_rescale(n->op))
        add_range(c, n->divisor);
}

size_t hcl_fx_table_rows(const struct hcl_fx_graph *g)
{
    struct counter c = { .g = g };
    for (size_t i = 0; i < g->num_nodes; i++)
        add_node(&c, i);
    for (size_t i = 0; i < g->num_inputs; i++) {
        const struct hcl_fx_tensor *x = &g->tensors[g->inputs[i]];
        c.rows += has_table(g, "identity", x->lo, x->hi) ? 0 : length(x->lo, x->hi);
    }
    return c.rows;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "compiler/graph/fixed_bounds.h"
#include "compiler/graph/window.h"
#include "compiler/quantize/build.h"
#include <string.h>

static bool same_table(const struct hcl_fx_graph *g, const struct hcl_fx_node *a, const struct hcl_fx_node *b)
{
    if (a->op == HCL_FX_SOFTMAX || b->op == HCL_FX_SOFTMAX)
        return a->op == b->op && a->exp_len == b->exp_len &&
               memcmp(a->exp_table, b->exp_table, a->exp_len * sizeof *a->exp_table) == 0;
    if (a->op == HCL_FX_MAX_POOL || b->op == HCL_FX_MAX_POOL)
        return a->op == b->op && g->tensors[a->inputs[0]].lo == g->tensors[b->inputs[0]].lo &&
               g->tensors[a->inputs[0]].hi == g->tensors[b->inputs[0]].hi;
    return hcl_fx_has_rescale(a->op) && hcl_fx_has_rescale(b->op) && strcmp(a->fn_name, b->fn_name) == 0 &&
           a->q_lo == b->q_lo && a->q_hi == b->q_hi &&
           g->tensors[a->output].frac_bits == g->tensors[b->output].frac_bits;
}

/* Rows of a node's own tables. A maximum looks differences up in relu, over both signs, and its result in the
 * identity. */
static size_t function_rows(const struct hcl_fx_graph *g, const struct hcl_fx_node *n)
{
    if (n->op == HCL_FX_SOFTMAX)
        return n->exp_len;
    if (n->op == HCL_FX_MAX_POOL) {
        const struct hcl_fx_tensor *x = &g->tensors[n->inputs[0]];
        return 3 * (size_t)(x->hi - x->lo) + 2;
    }
    return hcl_fx_has_rescale(n->op) ? (size_t)(n->q_hi - n->q_lo) + 1 : 0;
}

/* Divisors seen so far. */
struct divisors {
    int64_t list[64];
    size_t num, rows;
};

/* Beyond 64 distinct ones each is counted: far past any useful graph. */
static void add_divisor(struct divisors *d, int64_t s)
{
    for (size_t i = 0; i < d->num; i++)
        if (d->list[i] == s)
            return;
    if (d->num < sizeof d->list / sizeof *d->list)
        d->list[d->num++] = s;
    d->rows += s > 1 ? (size_t)s : 0;
}

/* An average divides by the number of elements its window has inside the image. */
static void add_average(struct divisors *d, const struct hcl_fx_graph *g, const struct hcl_fx_node *n)
{
    const uint32_t *x = g->tensors[n->inputs[0]].dims, *y = g->tensors[n->output].dims;
    uint32_t first, last;
    for (uint32_t oy = 0; oy < y[1]; oy++) {
        hcl_window_inside(oy, n->stride_y, n->pad_top, n->kernel_h, x[1], &first, &last);
        int64_t rows = last - first;
        for (uint32_t ox = 0; ox < y[2]; ox++) {
            hcl_window_inside(ox, n->stride_x, n->pad_left, n->kernel_w, x[2], &first, &last);
            add_divisor(d, n->divisor * rows * (last - first));
        }
    }
}

/* An input's range check is a table of exactly its range: no function's table stands in for it, for that
 * may be wider. */
static size_t input_rows(const struct hcl_fx_graph *g)
{
    size_t rows = 0;
    for (size_t i = 0; i < g->num_inputs; i++) {
        const struct hcl_fx_tensor *x = &g->tensors[g->inputs[i]];
        rows += (size_t)(x->hi - x->lo) + 1;
    }
    return rows;
}

size_t hcl_fx_table_rows(const struct hcl_fx_graph *g, uint32_t *widest)
{
    struct divisors divisors = { .num = 0 };
    size_t rows = 0, most = 0;
    *widest = HCL_FX_NONE;
    for (size_t i = 0; i < g->num_nodes; i++) {
        const struct hcl_fx_node *n = &g->nodes[i];
        size_t mine = function_rows(g, n), j = 0;
        while (j < i && !same_table(g, &g->nodes[j], n))
            j++;
        rows += j == i ? mine : 0;
        if (mine > most) {
            most = mine;
            *widest = (uint32_t)i;
        }
        if (n->op == HCL_FX_AVG_POOL)
            add_average(&divisors, g, n);
        else if (hcl_fx_has_rescale(n->op))
            add_divisor(&divisors, n->divisor);
    }
    return rows + divisors.rows + input_rows(g);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "coordinator/cli/hints.h"

#include "coordinator/cli/predict.h"

#include <stdio.h>
#include <string.h>

/* What is not worth a hint: this part of an operator's time. */
#define LEAST_SHARE 0.1

static bool is(const struct hcl_layout_region *r, const char *what)
{
    return strncmp(r->what, what, strlen(what)) == 0;
}

static size_t beyond(size_t rows, size_t needed)
{
    return rows > needed ? rows - needed : 0;
}

/* The rows of results, `out` of them, of which `needed` would hold the results alone. joined: exponentials
 * are in the rows of a product. */
static void add_results(struct hcl_savings_hint *h, const struct hcl_fx_graph *g, const struct hcl_fx_node *n,
                        size_t out, size_t needed, bool joined)
{
    switch (n->op) {
    case HCL_FX_CONV:
    case HCL_FX_DEPTHWISE:
    case HCL_FX_MATMUL:
        h->gaps += beyond(out, needed);
        if (beyond(out, needed) > h->most_gaps) {
            h->most_gaps = beyond(out, needed);
            h->widest = n;
        }
        break;
    case HCL_FX_AVG_POOL:
    case HCL_FX_MAX_POOL:
        h->windows += beyond(out, needed);
        h->pool = n;
        break;
    case HCL_FX_SOFTMAX: /* an exponential and a product for each result */
        h->vectors += beyond(out, joined ? needed : 2 * needed);
        h->wide = g->tensors[n->inputs[0]].dims[3];
        break;
    case HCL_FX_NORM:
    case HCL_FX_ARG_MAX:
    case HCL_FX_TOP:
        h->vectors += beyond(out, needed);
        h->wide = g->tensors[n->inputs[0]].dims[3];
        break;
    default:
        h->steps += beyond(out, needed);
    }
}

void hcl_savings_hint_add(struct hcl_savings_hint *h, const struct hcl_layout *l,
                          const struct hcl_fx_graph *g, const struct hcl_layer *y)
{
    const struct hcl_layout_region *end = l->regions + l->num_regions;
    size_t out = 0, copies = 0;
    bool joined = false;
    h->results += y->first->elements;
    if (y->first->node == HCL_NONE)
        return;
    for (const struct hcl_layout_region *r = y->first; r < end && r->node == y->first->node; r++) {
        if (is(r, "outputs") || is(r, "picks"))
            out += r->rows;
        else if (is(r, "copy of"))
            copies += r->rows;
        else if (is(r, "constants"))
            h->constants += r->rows;
        else
            h->products += r->rows;
        joined |= is(r, "sum of scores");
    }
    h->copies += copies;
    if (copies > h->most_copies) {
        h->most_copies = copies;
        h->copies_for = &g->nodes[y->first->node];
    }
    add_results(h, g, &g->nodes[y->first->node], out, (y->first->elements + l->lanes - 1) / l->lanes, joined);
}

/* ---- in words ---- */

enum { COPIES, GAPS, WINDOWS, STEPS, VECTORS, CONSTANTS, PRODUCTS, REASONS };

static const char *copies_text(const struct hcl_fx_node *n)
{
    if (n->op != HCL_FX_CONV && n->op != HCL_FX_DEPTHWISE)
        return ": its operand lies in another order than it reads; an operator that leaves it so (no "
               "transposition or reshape in between) would be read in place";
    if (n->stride_y > 1 || n->stride_x > 1)
        return ", phase by phase of its stride: with stride 1 a convolution's results are read where they "
               "lie";
    if (n->pad_top || n->pad_left || n->pad_bottom || n->pad_right)
        return ", for zeros between the rows of images: behind a convolution that pads as much it would "
               "read in place";
    if (n->kernel_h == 1 && n->kernel_w == 1)
        return ", which does not lie channel by channel, as results of convolutions and dense layers do: it "
               "is a norm's, a sum's or a reshaped one";
    return ": in front of it is no convolution of stride 1, whose results would be read where they lie";
}

static void gaps_text(char *out, size_t room, const struct hcl_fx_node *n)
{
    if (n->op == HCL_FX_MATMUL)
        snprintf(out, room,
                 "hold no result: matrices of few columns leave lanes unused; fewer and larger matrices, or "
                 "fewer lanes, fill them");
    else
        snprintf(out, room,
                 "hold positions that are no result (window %ux%u, padding %u): larger images, or smaller "
                 "windows, have less of them",
                 n->kernel_h, n->kernel_w, n->pad_top + n->pad_left + n->pad_bottom + n->pad_right);
}

/* `rows` of all that an operator takes are there for this reason. */
static void rows_text(char *out, const struct hcl_savings_hint *h, int reason, size_t rows, size_t all)
{
    const size_t len = (size_t)snprintf(out, HCL_HINT_TEXT, "%zu of its %zu rows ", rows, all);
    const size_t room = HCL_HINT_TEXT - len;
    out += len;
    switch (reason) {
    case COPIES:
        snprintf(out, room, "copy what it reads%s", copies_text(h->copies_for));
        break;
    case GAPS:
        gaps_text(out, room, h->widest);
        break;
    case WINDOWS:
        snprintf(
            out, room,
            "take up the %u elements of each window one by one: a convolution of that stride, or smaller "
            "windows, take fewer",
            h->pool->kernel_h * h->pool->kernel_w);
        break;
    case STEPS:
        snprintf(out, room,
                 "take up operands: a constant factor or term, an activation or a sum is free as part of a "
                 "convolution or dense layer, where nothing else reads that one's result");
        break;
    case VECTORS:
        snprintf(out, room,
                 "are for each vector of %u what it takes whatever its length: fewer and longer vectors",
                 h->wide);
        break;
    case CONSTANTS:
        snprintf(out, room,
                 "are constants of its own, an element each: one for each channel, or next to a convolution "
                 "or dense layer, takes fewer or none");
        break;
    default:
        snprintf(out, room,
                 "are sums over its inputs and outputs: channels cost such a row or two each, so narrower "
                 "layers, or --batch, which shares them, take fewer");
    }
}

/* Of the predicted seconds, those that are not there without the operator's weight rows. */
static double weight_seconds(const struct hcl_layout *l, size_t weight_rows)
{
    struct hcl_layout rest = *l;
    const struct hcl_cost whole = hcl_predict(l, 1, 0);
    rest.shape.weight_rows -=
        weight_rows < rest.shape.weight_rows ? (uint32_t)weight_rows : rest.shape.weight_rows;
    return whole.seconds - hcl_predict(&rest, 1, 0).seconds;
}

void hcl_savings_hint_text(char out[HCL_HINT_TEXT], const struct hcl_savings_hint *h,
                           const struct hcl_layout *l, const struct hcl_layer_sum *sum)
{
    const size_t rows[REASONS] = {
        [COPIES] = h->copies,   [GAPS] = h->gaps,           [WINDOWS] = h->windows,  [STEPS] = h->steps,
        [VECTORS] = h->vectors, [CONSTANTS] = h->constants, [PRODUCTS] = h->products
    };
    const double weights = weight_seconds(l, sum->weight_rows),
                 by_row = sum->rows ? (sum->seconds - weights) / (double)sum->rows : 0;
    int most = 0;
    for (int i = 1; i < REASONS; i++)
        most = rows[i] > rows[most] ? i : most;
    const double saved = by_row * (double)rows[most];
    if (weights > saved && weights > LEAST_SHARE * sum->seconds)
        snprintf(out, HCL_HINT_TEXT,
                 "%.0f %% of its time are its %zu weight cells: fewer weights, or --batch, which shares them "
                 "where it pays",
                 100 * weights / sum->seconds, sum->weight_rows * l->weight_columns);
    else if (saved > LEAST_SHARE * sum->seconds)
        rows_text(out, h, most, rows[most], sum->rows);
    else
        snprintf(out, HCL_HINT_TEXT,
                 "its %zu results and their %zu look-ups are what it takes: fewer results only", h->results,
                 sum->lookups);
}

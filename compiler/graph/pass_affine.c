/* SPDX-License-Identifier: Apache-2.0 */
/* Constants times and plus a tensor, next to a convolution, disappear into it:
 *   behind:  m (conv(x) + b)  + a = conv'(x) + (m b + a)      with filter rows scaled by m
 *   ahead:   conv(m x + a) + b    = conv'(x) + (b + sum w a)  with filter columns scaled by m
 * FULLY_CONNECTED is a convolution here; its columns belong to channel (column mod C). */
#include "compiler/graph/edit_internal.h"
#include "compiler/graph/passes.h"
#include "compiler/operators/operator.h"
#include <string.h>

/* n is MUL or ADD of a computed tensor by a constant with one value per channel or one in all. */
static bool is_affine(const struct hcl_graph *g, const struct hcl_node *n)
{
    if ((n->op != HCL_OP_MUL && n->op != HCL_OP_ADD) || n->map != NULL)
        return false;
    const struct hcl_tensor *x = &g->tensors[n->inputs[0]], *c = &g->tensors[n->inputs[1]];
    size_t len = c->data != NULL ? hcl_tensor_len(c) : 0;
    return x->data == NULL && (len == 1 || (len == x->dims[3] && c->dims[3] == len));
}

static float channel_value(const struct hcl_tensor *c, size_t channel)
{
    return c->data[hcl_tensor_len(c) == 1 ? 0 : channel];
}

/* Filters as a matrix: w[o][j], with j's input channel. Depthwise: one row per output channel, spread over
 * the last axis. */
struct filter {
    float *w;
    size_t outputs, columns; /* columns per output */
    bool depthwise;
    size_t multiplier; /* depthwise */
    size_t channels;   /* of the input */
};

static struct filter filter_of(const struct hcl_graph *g, const struct hcl_node *n)
{
    const struct hcl_tensor *w = &g->tensors[n->inputs[1]];
    struct filter f = { .w = w->data, .channels = g->tensors[n->inputs[0]].dims[3] };
    f.depthwise = hcl_operator_of(n->op)->depthwise;
    f.outputs = f.depthwise ? w->dims[3] : w->dims[0];
    f.columns = hcl_tensor_len(w) / f.outputs;
    f.multiplier = f.depthwise ? f.outputs / f.channels : 1;
    return f;
}

static float *filter_at(const struct filter *f, size_t o, size_t j)
{
    return f->depthwise ? &f->w[j * f->outputs + o] : &f->w[o * f->columns + j];
}

static size_t filter_channel(const struct filter *f, size_t o, size_t j)
{
    return f->depthwise ? o / f->multiplier : j % f->channels;
}

static hcl_status own_filter(struct hcl_graph *g, size_t node, struct filter *f, float **bias,
                             struct hcl_err *err)
{
    hcl_status st;
    HCL_TRY(hcl_graph_own_constant(g, node, 1, err));
    *f = filter_of(g, &g->nodes[node]);
    HCL_TRY(hcl_graph_own_bias(g, node, f->outputs, err));
    *bias = g->tensors[g->nodes[node].inputs[2]].data;
done:
    return st;
}

static hcl_status fold_back(struct hcl_graph *g, size_t conv, size_t affine, struct hcl_err *err)
{
    struct filter f;
    float *bias;
    hcl_status st = own_filter(g, conv, &f, &bias, err);
    if (st != HCL_OK)
        return st;
    const struct hcl_tensor *c = &g->tensors[g->nodes[affine].inputs[1]];
    for (size_t o = 0; o < f.outputs; o++) {
        float v = channel_value(c, o);
        if (g->nodes[affine].op == HCL_OP_ADD) {
            bias[o] += v;
            continue;
        }
        bias[o] *= v;
        for (size_t j = 0; j < f.columns; j++)
            *filter_at(&f, o, j) *= v;
    }
    g->nodes[conv].output = g->nodes[affine].output;
    g->nodes[conv].act = g->nodes[affine].act;
    hcl_graph_absorb(g, conv, affine);
    return HCL_OK;
}

hcl_status hcl_pass_fold_affine_back(struct hcl_graph *g, size_t *changes, struct hcl_err *err)
{
    for (size_t i = 0; i < g->num_nodes; i++) {
        const struct hcl_node *n = &g->nodes[i];
        if (!is_affine(g, n))
            continue;
        uint32_t p = hcl_graph_producer(g, n->inputs[0]);
        if (p == HCL_GRAPH_NONE || !hcl_operator_of(g->nodes[p].op)->filter ||
            g->nodes[p].act.id != HCL_FN_IDENTITY || g->nodes[p].inputs[3] != HCL_GRAPH_NONE ||
            hcl_graph_only_reader(g, n->inputs[0]) != i)
            continue;
        hcl_status st = fold_back(g, p, i--, err);
        if (st != HCL_OK)
            return st;
        ++*changes;
    }
    return HCL_OK;
}

static bool all_zero(const struct hcl_tensor *c)
{
    for (size_t i = 0; i < hcl_tensor_len(c); i++)
        if (c->data[i] != 0)
            return false;
    return true;
}

static bool reads_padding(const struct hcl_node *n)
{
    return (n->pad_top | n->pad_bottom | n->pad_left | n->pad_right) != 0;
}

static hcl_status fold_ahead(struct hcl_graph *g, size_t affine, size_t conv, struct hcl_err *err)
{
    struct filter f;
    float *bias;
    hcl_status st = own_filter(g, conv, &f, &bias, err);
    if (st != HCL_OK)
        return st;
    const struct hcl_tensor *c = &g->tensors[g->nodes[affine].inputs[1]];
    for (size_t o = 0; o < f.outputs; o++) {
        double shift = 0;
        for (size_t j = 0; j < f.columns; j++) {
            float *w = filter_at(&f, o, j), v = channel_value(c, filter_channel(&f, o, j));
            if (g->nodes[affine].op == HCL_OP_ADD)
                shift += (double)*w * (double)v;
            else
                *w *= v;
        }
        bias[o] = (float)(bias[o] + shift);
    }
    g->nodes[conv].inputs[0] = g->nodes[affine].inputs[0];
    hcl_graph_absorb(g, conv, affine);
    return HCL_OK;
}

hcl_status hcl_pass_fold_affine_ahead(struct hcl_graph *g, size_t *changes, struct hcl_err *err)
{
    /* Last first: in conv(m x + a) the ADD goes before the MUL can. */
    for (size_t i = g->num_nodes; i-- > 0;) {
        const struct hcl_node *n = &g->nodes[i];
        uint32_t r = is_affine(g, n) && n->act.id == HCL_FN_IDENTITY ? hcl_graph_only_reader(g, n->output)
                                                                     : HCL_GRAPH_NONE;
        if (r == HCL_GRAPH_NONE || !hcl_operator_of(g->nodes[r].op)->filter ||
            g->nodes[r].inputs[0] != n->output)
            continue;
        if (n->op == HCL_OP_ADD && reads_padding(&g->nodes[r]) && !all_zero(&g->tensors[n->inputs[1]]))
            continue;
        hcl_status st = fold_ahead(g, i, r, err);
        if (st != HCL_OK)
            return st;
        ++*changes;
    }
    return HCL_OK;
}

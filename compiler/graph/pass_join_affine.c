/* SPDX-License-Identifier: Apache-2.0 */
/* What is left of a normalisation's gain and shift where no convolution takes them in: one row for L elements
 * and a dot row or two per channel, where a MUL takes three rows and an ADD at least one. */
#include "compiler/graph/edit_internal.h"
#include "compiler/graph/passes.h"
#include "compiler/operators/operator.h"
#include <string.h>

/* Positions from which on the rows of a channel outweigh those of its products. */
enum { LEAST_POSITIONS = 16 };

/* n is this kind of operation on a computed tensor, by a constant per channel or one in all. */
static bool is_by_channel(const struct hcl_graph *g, const struct hcl_node *n, hcl_op op)
{
    const struct hcl_tensor *x = &g->tensors[n->inputs[0]], *c = &g->tensors[n->inputs[1]];
    if (n->op != op || n->map != NULL || x->data != NULL || c->data == NULL)
        return false;
    const size_t len = hcl_tensor_len(c);
    return len == 1 || (len == x->dims[3] && c->dims[3] == len);
}

/* fold-affine-ahead takes both in, unless padding forbids it. */
static bool filter_takes(const struct hcl_graph *g, uint32_t t)
{
    const uint32_t r = hcl_graph_only_reader(g, t);
    return r != HCL_GRAPH_NONE && g->nodes[r].inputs[0] == t && hcl_operator_of(g->nodes[r].op)->filter;
}

/* The constant as a filter [1,1,1,C] or a bias, of the node that joins them. */
static hcl_status spread(struct hcl_graph *g, uint32_t from, uint32_t channels, uint32_t *out,
                         struct hcl_err *err)
{
    const uint32_t dims[4] = { 1, 1, 1, channels };
    float *data = malloc(channels * sizeof *data);
    char *name = strdup(g->tensors[from].name);
    hcl_status st;
    if (data == NULL || name == NULL) {
        free(data);
        free(name);
        return hcl_fail(err, HCL_NO_RESOURCE, "no memory for %u channels", channels);
    }
    for (uint32_t i = 0; i < channels; i++)
        data[i] = g->tensors[from].data[hcl_tensor_len(&g->tensors[from]) == 1 ? 0 : i];
    st = hcl_graph_add_tensor(g, name, dims, 1, data, out, err);
    free(name);
    return st;
}

/* Node `last`, the MUL itself or an ADD behind it, becomes the depthwise convolution; the other goes. */
static hcl_status join(struct hcl_graph *g, size_t mul, size_t last, struct hcl_err *err)
{
    const uint32_t x = g->nodes[mul].inputs[0], channels = g->tensors[x].dims[3];
    struct hcl_node *n = &g->nodes[last];
    uint32_t filter, bias = HCL_GRAPH_NONE;
    hcl_status st;
    HCL_TRY(spread(g, g->nodes[mul].inputs[1], channels, &filter, err));
    if (last != mul)
        HCL_TRY(spread(g, n->inputs[1], channels, &bias, err));
    n->op = HCL_OP_DEPTHWISE_CONV_2D;
    n->inputs[0] = x;
    n->inputs[1] = filter;
    n->inputs[2] = bias;
    n->kernel_h = n->kernel_w = n->stride_y = n->stride_x = 1;
    if (last != mul)
        hcl_graph_absorb(g, last, mul);
done:
    return st;
}

/* Where the MUL and what is added behind it end; HCL_GRAPH_NONE: they stay, or a filter takes them. */
static uint32_t last_of(const struct hcl_graph *g, size_t mul)
{
    const struct hcl_node *n = &g->nodes[mul];
    const uint32_t *d = g->tensors[n->output].dims;

    if (!is_by_channel(g, n, HCL_OP_MUL) || (size_t)d[1] * d[2] < LEAST_POSITIONS)
        return HCL_GRAPH_NONE;
    const uint32_t reader =
        n->act.id == HCL_FN_IDENTITY ? hcl_graph_only_reader(g, n->output) : HCL_GRAPH_NONE;
    const bool adds = reader != HCL_GRAPH_NONE && is_by_channel(g, &g->nodes[reader], HCL_OP_ADD);
    const uint32_t last = adds ? reader : (uint32_t)mul;

    if (!adds && hcl_tensor_len(&g->tensors[n->inputs[1]]) == 1)
        return HCL_GRAPH_NONE;
    return g->nodes[last].act.id == HCL_FN_IDENTITY && filter_takes(g, g->nodes[last].output) ? HCL_GRAPH_NONE
                                                                                              : last;
}

hcl_status hcl_pass_join_affine(struct hcl_graph *g, size_t *changes, struct hcl_err *err)
{
    for (size_t i = 0; i < g->num_nodes; i++) {
        const uint32_t last = last_of(g, i);
        hcl_status st;
        if (last == HCL_GRAPH_NONE)
            continue;
        st = join(g, i, last, err);
        if (st != HCL_OK)
            return st;
        i -= last != i;
        ++*changes;
    }
    return HCL_OK;
}

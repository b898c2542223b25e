/* SPDX-License-Identifier: Apache-2.0 */
/* act(conv(x) + r) as one convolution that adds r: its sums hold r at no cost, where an ADD takes rows. */
#include "compiler/graph/edit_internal.h"
#include "compiler/graph/passes.h"
#include <string.h>

/* The convolution that makes operand k of node i, and may add the other operand; HCL_GRAPH_NONE: none. One of
 * a single position is a dense layer, whose outputs lie in the lanes of a row. */
static uint32_t convolution(const struct hcl_graph *g, size_t i, size_t k)
{
    const uint32_t t = g->nodes[i].inputs[k], *dims = g->tensors[t].dims;
    const uint32_t p = hcl_graph_producer(g, t);
    if (p == HCL_GRAPH_NONE || g->nodes[p].op != HCL_OP_CONV_2D || g->nodes[p].act.id != HCL_FN_IDENTITY ||
        g->nodes[p].inputs[3] != HCL_GRAPH_NONE || hcl_graph_only_reader(g, t) != i ||
        (dims[1] == 1 && dims[2] == 1))
        return HCL_GRAPH_NONE;
    return p;
}

static uint64_t window(const struct hcl_graph *g, uint32_t node)
{
    return node == HCL_GRAPH_NONE ? 0 : (uint64_t)g->nodes[node].kernel_h * g->nodes[node].kernel_w;
}

/* The operand whose convolution takes the sum over: of two the one with the larger window, whose outputs lie
 * as the next convolution's do. */
static uint32_t chosen(const struct hcl_graph *g, size_t i, uint32_t *other)
{
    const struct hcl_node *n = &g->nodes[i];
    const uint32_t a = convolution(g, i, 0), b = convolution(g, i, 1);
    const size_t k = window(g, b) > window(g, a) ? 1 : 0;
    *other = n->inputs[1 - k];
    return k == 1 ? b : a;
}

static bool adds_computed(const struct hcl_graph *g, const struct hcl_node *n)
{
    if (n->op != HCL_OP_ADD)
        return false;
    const struct hcl_tensor *a = &g->tensors[n->inputs[0]], *b = &g->tensors[n->inputs[1]];
    return a->data == NULL && b->data == NULL && memcmp(a->dims, b->dims, sizeof a->dims) == 0;
}

/* The convolution goes to the place of the ADD, where what it adds is computed. */
static void move_to(struct hcl_graph *g, size_t conv, size_t add)
{
    struct hcl_node n = g->nodes[conv];
    n.output = g->nodes[add].output;
    n.act = g->nodes[add].act;
    g->nodes[conv] = g->nodes[add];
    g->nodes[add] = n;
    hcl_graph_remove_node(g, conv);
}

hcl_status hcl_pass_fuse_residual(struct hcl_graph *g, size_t *changes, struct hcl_err *err)
{
    for (size_t i = 0; i < g->num_nodes; i++) {
        uint32_t other, conv;
        if (!adds_computed(g, &g->nodes[i]))
            continue;
        conv = chosen(g, i, &other);
        if (conv == HCL_GRAPH_NONE)
            continue;
        hcl_status st = hcl_graph_own_bias(g, conv, g->tensors[g->nodes[conv].inputs[1]].dims[0], err);
        if (st != HCL_OK)
            return st;
        g->nodes[conv].inputs[3] = other;
        move_to(g, conv, i--);
        ++*changes;
    }
    return HCL_OK;
}

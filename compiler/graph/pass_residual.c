/* SPDX-License-Identifier: Apache-2.0 */
/* act(conv(x) + r) as one convolution that adds r: its sums hold r at no cost, where an ADD takes rows. r may
 * also be a vector that is added to every position. */
#include "compiler/graph/edit_internal.h"
#include "compiler/graph/passes.h"
#include <string.h>

/* A convolution of several positions (the outputs of one lie in the lanes of a row), or a dense layer over
 * the rows of its operand as they are. */
static bool may_add(const struct hcl_graph *g, const struct hcl_node *n)
{
    const uint32_t *x = g->tensors[n->inputs[0]].dims, *y = g->tensors[n->output].dims;
    if (n->act.id != HCL_FN_IDENTITY || n->inputs[3] != HCL_GRAPH_NONE || (y[1] == 1 && y[2] == 1))
        return false;
    return n->op == HCL_OP_CONV_2D || n->op == HCL_OP_DEPTHWISE_CONV_2D ||
           (n->op == HCL_OP_FULLY_CONNECTED && x[3] == g->tensors[n->inputs[1]].dims[3] && x[1] == y[1] &&
            x[2] == y[2]);
}

/* The convolution that makes operand k of node i, and may add the other operand; HCL_GRAPH_NONE: none. */
static uint32_t convolution(const struct hcl_graph *g, size_t i, size_t k)
{
    const uint32_t t = g->nodes[i].inputs[k];
    const uint32_t p = hcl_graph_producer(g, t);
    const bool fits = p != HCL_GRAPH_NONE && may_add(g, &g->nodes[p]) && hcl_graph_only_reader(g, t) == i;
    return fits ? p : HCL_GRAPH_NONE;
}

/* Taps of a position; 0 without a node. */
static uint64_t window(const struct hcl_graph *g, uint32_t node)
{
    if (node == HCL_GRAPH_NONE)
        return 0;
    return g->nodes[node].op != HCL_OP_FULLY_CONNECTED
               ? (uint64_t)g->nodes[node].kernel_h * g->nodes[node].kernel_w
               : 1;
}

/* A vector for every position, as CONV_2D adds it. */
static bool is_vector(const struct hcl_tensor *b, const struct hcl_tensor *a)
{
    return b->dims[0] * b->dims[1] * b->dims[2] == 1 && b->dims[3] == a->dims[3] &&
           a->dims[1] * a->dims[2] > 1;
}

/* The operand whose convolution takes the sum over: of two the one with the larger window, whose outputs lie
 * as the next convolution's do. */
static uint32_t chosen(const struct hcl_graph *g, size_t i, uint32_t *other)
{
    const struct hcl_node *n = &g->nodes[i];
    const uint32_t a = convolution(g, i, 0), b = convolution(g, i, 1);
    if (is_vector(&g->tensors[n->inputs[1]], &g->tensors[n->inputs[0]])) {
        *other = n->inputs[1];
        return a != HCL_GRAPH_NONE && g->nodes[a].op == HCL_OP_CONV_2D ? a : HCL_GRAPH_NONE;
    }
    const size_t k = window(g, b) > window(g, a) ? 1 : 0;
    *other = n->inputs[1 - k];
    return k == 1 ? b : a;
}

static bool adds_computed(const struct hcl_graph *g, const struct hcl_node *n)
{
    if (n->op != HCL_OP_ADD || n->map != NULL)
        return false;
    const struct hcl_tensor *a = &g->tensors[n->inputs[0]], *b = &g->tensors[n->inputs[1]];
    return a->data == NULL && b->data == NULL &&
           (memcmp(a->dims, b->dims, sizeof a->dims) == 0 || is_vector(b, a));
}

/* The convolution goes to the place of the ADD, where what it adds is computed. */
static void move_to(struct hcl_graph *g, size_t conv, size_t add)
{
    struct hcl_node n = g->nodes[conv];
    n.output = g->nodes[add].output;
    n.act = g->nodes[add].act;
    g->nodes[conv] = g->nodes[add];
    g->nodes[add] = n;
    hcl_graph_absorb(g, add, conv);
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
        hcl_status st = hcl_graph_own_bias(g, conv, g->tensors[g->nodes[conv].output].dims[3], err);
        if (st != HCL_OK)
            return st;
        g->nodes[conv].inputs[3] = other;
        move_to(g, conv, i--);
        ++*changes;
    }
    return HCL_OK;
}

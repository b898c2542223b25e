/* SPDX-License-Identifier: Apache-2.0 */
/* act(conv(x) + r) as one convolution that adds r: its sums hold r at no cost, where an ADD takes rows. r may
 * also be a vector that is added to every position. What no convolution takes becomes one of its own. */
#include "compiler/graph/edit_internal.h"
#include "compiler/graph/passes.h"
#include "compiler/operators/operator.h"
#include <stdlib.h>
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

/* Positions from which on the rows of a channel outweigh its dot rows. */
enum { LEAST_POSITIONS = 64 };

/* A sum or difference of images that no convolution takes: a - b is -b, a depthwise convolution of one tap,
 * that adds a. One row where operands lie channel by channel, for three; vectors of tokens do not. */
static bool is_image_sum(const struct hcl_graph *g, const struct hcl_node *n)
{
    const struct hcl_tensor *a = &g->tensors[n->inputs[0]], *b = &g->tensors[n->inputs[1]];
    const struct hcl_function f = hcl_node_function(n);
    return (n->op == HCL_OP_ADD || n->op == HCL_OP_SUB) && n->map == NULL && a->data == NULL &&
           b->data == NULL && n->inputs[0] != n->inputs[1] && !hcl_function_has(&f, HCL_FN_STEP) &&
           memcmp(a->dims, b->dims, sizeof a->dims) == 0 && a->dims[1] > 1 && a->dims[2] > 1 &&
           (size_t)a->dims[1] * a->dims[2] >= LEAST_POSITIONS;
}

static hcl_status become_depthwise(struct hcl_graph *g, size_t i, struct hcl_err *err)
{
    const uint32_t channels = g->tensors[g->nodes[i].output].dims[3], dims[4] = { 1, 1, 1, channels };
    const bool minus = g->nodes[i].op == HCL_OP_SUB;
    float *ones = malloc(channels * sizeof *ones);
    uint32_t filter;
    if (ones == NULL)
        return hcl_fail(err, HCL_NO_RESOURCE, "no memory for %u channels", channels);
    for (uint32_t c = 0; c < channels; c++)
        ones[c] = minus ? -1 : 1;
    const hcl_status st = hcl_graph_add_tensor(g, "ones", dims, 1, ones, &filter, err);
    if (st != HCL_OK)
        return st;
    struct hcl_node *n = &g->nodes[i];
    const size_t first = minus && !n->reversed ? 1 : 0;
    const uint32_t x = n->inputs[first], r = n->inputs[1 - first];
    n->op = HCL_OP_DEPTHWISE_CONV_2D;
    n->inputs[0] = x;
    n->inputs[1] = filter;
    n->inputs[3] = r;
    n->reversed = false;
    n->kernel_h = n->kernel_w = n->stride_y = n->stride_x = 1;
    return hcl_graph_own_bias(g, i, channels, err);
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
        conv = adds_computed(g, &g->nodes[i]) ? chosen(g, i, &other) : HCL_GRAPH_NONE;
        if (conv == HCL_GRAPH_NONE) {
            if (!is_image_sum(g, &g->nodes[i]))
                continue;
            const hcl_status made = become_depthwise(g, i, err);
            if (made != HCL_OK)
                return made;
            ++*changes;
            continue;
        }
        hcl_status st = hcl_graph_own_bias(g, conv, g->tensors[g->nodes[conv].output].dims[3], err);
        if (st != HCL_OK)
            return st;
        g->nodes[conv].inputs[3] = other;
        move_to(g, conv, i--);
        ++*changes;
    }
    return HCL_OK;
}

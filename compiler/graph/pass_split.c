/* SPDX-License-Identifier: Apache-2.0 */
/* A dense layer whose outputs are only ever taken apart channel range by channel range (queries, keys and
 * values of attention) becomes one layer for each range: what reads it decides how its outputs lie. */
#include "compiler/graph/edit_internal.h"
#include "compiler/graph/passes.h"
#include <stdlib.h>
#include <string.h>

struct range {
    size_t first, length;
};

/* MOVE n takes the channels [first, first + length) of every position of its only operand. */
static bool takes_range(const struct hcl_graph *g, const struct hcl_node *n, struct range *r)
{
    const struct hcl_tensor *x = &g->tensors[n->inputs[0]], *y = &g->tensors[n->output];
    const size_t all = x->dims[3], length = y->dims[3];
    if (n->op != HCL_OP_MOVE || n->inputs[1] != HCL_GRAPH_NONE || length >= all ||
        hcl_tensor_len(y) / length != hcl_tensor_len(x) / all || n->map[0] >= all)
        return false;
    *r = (struct range){ n->map[0], length };
    for (size_t i = 0; i < hcl_tensor_len(y); i++)
        if (n->map[i] != i / length * all + r->first + i % length)
            return false;
    return r->first + length <= all;
}

/* Whether every reader of node i takes a range, and no channel is in two of them. */
static bool only_taken_apart(const struct hcl_graph *g, size_t i)
{
    const uint32_t t = g->nodes[i].output;
    size_t readers = 0, channels = 0;
    struct range r;
    for (size_t k = 0; k < g->num_nodes; k++) {
        if (g->nodes[k].inputs[0] != t)
            continue;
        if (!takes_range(g, &g->nodes[k], &r))
            return false;
        readers++;
        channels += r.length;
    }
    return readers > 1 && readers == hcl_graph_uses(g, t) && channels <= g->tensors[t].dims[3];
}

/* Rows [first, first + length) of a constant of `all` rows, as a constant of their own. */
static hcl_status rows_of(struct hcl_graph *g, uint32_t constant, struct range r, bool bias, uint32_t *to,
                          struct hcl_err *err)
{
    const struct hcl_tensor *from = &g->tensors[constant];
    uint32_t dims[4];
    memcpy(dims, from->dims, sizeof dims);
    const size_t row = bias ? 1 : hcl_tensor_len(from) / from->dims[0];
    dims[bias ? 3 : 0] = (uint32_t)r.length;
    return hcl_graph_copy_constant(g, constant, r.first * row, dims, to, err);
}

/* MOVE k becomes the layer's part that it takes. */
static hcl_status become_part(struct hcl_graph *g, size_t dense, size_t k, struct hcl_err *err)
{
    struct range r;
    hcl_status st;
    if (!takes_range(g, &g->nodes[k], &r))
        return HCL_OK;
    uint32_t weights = HCL_GRAPH_NONE, bias = HCL_GRAPH_NONE;
    HCL_TRY(rows_of(g, g->nodes[dense].inputs[1], r, false, &weights, err));
    if (g->nodes[dense].inputs[2] != HCL_GRAPH_NONE)
        HCL_TRY(rows_of(g, g->nodes[dense].inputs[2], r, true, &bias, err));
    struct hcl_node *n = &g->nodes[k];
    const struct hcl_node from = g->nodes[dense];
    hcl_graph_join_origins(g, n->origin, from.origin);
    free(n->map);
    n->map = NULL;
    n->op = from.op;
    n->act = from.act;
    n->inputs[0] = from.inputs[0];
    n->inputs[1] = weights;
    n->inputs[2] = bias;
done:
    return st;
}

hcl_status hcl_pass_split_dense(struct hcl_graph *g, size_t *changes, struct hcl_err *err)
{
    for (size_t i = 0; i < g->num_nodes; i++) {
        const struct hcl_node *n = &g->nodes[i];
        if (n->op != HCL_OP_FULLY_CONNECTED || n->inputs[3] != HCL_GRAPH_NONE ||
            hcl_tensor_len(&g->tensors[n->output]) == g->tensors[n->output].dims[3] ||
            !only_taken_apart(g, i))
            continue;
        const uint32_t t = n->output;
        for (size_t k = i + 1; k < g->num_nodes; k++)
            if (g->nodes[k].inputs[0] == t) {
                hcl_status st = become_part(g, i, k, err);
                if (st != HCL_OK)
                    return st;
            }
        hcl_graph_remove_node(g, i--);
        ++*changes;
    }
    return HCL_OK;
}

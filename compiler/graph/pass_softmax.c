/* SPDX-License-Identifier: Apache-2.0 */
/* What stands in front of SOFTMAX and disappears into it: a factor, and a mask. */
#include "compiler/graph/edit_internal.h"
#include "compiler/graph/passes.h"
#include "compiler/operators/operator.h"
#include <math.h>
#include <stdlib.h>

/* A mask is an ADD of x + c, where c is so far below the largest constant of its vector that exp leaves
 * nothing of it, whatever x is in any network (-inf, -1e9, -1e4 in converters' files). Such elements take no
 * part in the SOFTMAX: they are 0, their scores are read by nobody and laid out nowhere behind it.
 *
 * exp(-1000) is 0 in every float type; scores of 1000 apart would make a mask of them too. */
static const double MASK_GAP = 1000;

/* The node of this kind in front of SOFTMAX i, with a constant second operand and no other reader;
 * HCL_GRAPH_NONE: none. */
static uint32_t in_front(const struct hcl_graph *g, size_t i, hcl_op kind)
{
    const uint32_t x = g->nodes[i].inputs[0], p = hcl_graph_producer(g, x);
    if (g->nodes[i].op != HCL_OP_SOFTMAX || p == HCL_GRAPH_NONE || g->nodes[p].op != kind ||
        g->nodes[p].act.id != HCL_FN_IDENTITY || g->nodes[p].map != NULL ||
        g->tensors[g->nodes[p].inputs[1]].data == NULL || hcl_graph_only_reader(g, x) != i)
        return HCL_GRAPH_NONE;
    return p;
}

/* What is added to element e. */
static double added(const struct hcl_tensor *c, size_t e)
{
    return (double)c->data[e % hcl_tensor_len(c)];
}

/* Mark the vector's elements in keep[]; how many are masked. */
static size_t mask_vector(const struct hcl_tensor *c, double beta, size_t at, size_t n, uint32_t *keep)
{
    double most = -INFINITY;
    size_t masked = 0;
    for (size_t e = at; e < at + n; e++)
        most = fmax(most, added(c, e));
    for (size_t e = at; e < at + n; e++)
        if (beta * (most - added(c, e)) > MASK_GAP) {
            keep[e] = HCL_GRAPH_NONE;
            masked++;
        }
    return masked;
}

/* The ADD adds nothing to masked elements. */
static hcl_status clear_masked(struct hcl_graph *g, uint32_t add, size_t softmax, struct hcl_err *err)
{
    const size_t len = hcl_tensor_len(&g->tensors[g->nodes[softmax].output]);
    hcl_status st = hcl_graph_own_constant(g, add, 1, err);
    if (st != HCL_OK)
        return st;
    struct hcl_tensor *c = &g->tensors[g->nodes[add].inputs[1]];
    for (size_t e = 0; e < len; e++)
        if (g->nodes[softmax].map[e] == HCL_GRAPH_NONE)
            c->data[e % hcl_tensor_len(c)] = 0;
    return HCL_OK;
}

static uint32_t *keep_all(const struct hcl_graph *g, const struct hcl_node *n)
{
    const size_t len = hcl_tensor_len(&g->tensors[n->output]);
    uint32_t *keep = malloc(len * sizeof *keep);
    for (size_t e = 0; keep != NULL && e < len; e++)
        keep[e] = n->map != NULL ? n->map[e] : (uint32_t)e;
    return keep;
}

hcl_status hcl_pass_fold_mask(struct hcl_graph *g, size_t *changes, struct hcl_err *err)
{
    for (size_t i = 0; i < g->num_nodes; i++) {
        const uint32_t add = in_front(g, i, HCL_OP_ADD);
        size_t masked = 0;
        if (add == HCL_GRAPH_NONE)
            continue;
        struct hcl_node *n = &g->nodes[i];
        const struct hcl_tensor *y = &g->tensors[n->output], *c = &g->tensors[g->nodes[add].inputs[1]];
        uint32_t *keep = keep_all(g, n);
        if (keep == NULL)
            return hcl_fail(err, HCL_NO_RESOURCE, "no memory for the mask of '%s'", n->name);
        for (size_t at = 0; at < hcl_tensor_len(y); at += y->dims[3])
            masked += mask_vector(c, (double)n->beta, at, y->dims[3], keep);
        if (masked == 0) {
            free(keep);
            continue;
        }
        free(n->map);
        n->map = keep;
        hcl_status st = clear_masked(g, add, i, err);
        if (st != HCL_OK)
            return st;
        ++*changes;
    }
    return HCL_OK;
}

hcl_status hcl_pass_fold_factor(struct hcl_graph *g, size_t *changes, struct hcl_err *err)
{
    (void)err;
    for (size_t i = 0; i < g->num_nodes; i++) {
        const uint32_t mul = in_front(g, i, HCL_OP_MUL);
        if (mul == HCL_GRAPH_NONE)
            continue;
        const struct hcl_tensor *c = &g->tensors[g->nodes[mul].inputs[1]];
        if (hcl_tensor_len(c) != 1 || !(c->data[0] > 0))
            continue;
        g->nodes[i].beta *= c->data[0];
        g->nodes[i].inputs[0] = g->nodes[mul].inputs[0];
        hcl_graph_remove_node(g, mul);
        i--;
        ++*changes;
    }
    return HCL_OK;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* What stands in front of SOFTMAX and disappears into it: a factor, in front of constants that are added,
 * too, and a mask. */
#include "compiler/graph/edit_internal.h"
#include "compiler/graph/mask.h"
#include "compiler/graph/passes.h"
#include "compiler/operators/operator.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A mask is an ADD of x + c, where c is so far below the largest constant of its vector that exp leaves
 * nothing of it, whatever x is in any network (-inf, -1e9, -1e4 in converters' files). Such elements take no
 * part in the SOFTMAX: they are 0, their scores are read by nobody and laid out nowhere behind it.
 *
 * The same written as a choice between x and a constant that low (SELECT by a constant condition) is a mask
 * too. */

/* The node of this kind in front of node i, with a constant second operand and no other reader;
 * HCL_GRAPH_NONE: none. */
static uint32_t in_front(const struct hcl_graph *g, size_t i, hcl_op kind)
{
    const uint32_t x = g->nodes[i].inputs[0], p = hcl_graph_producer(g, x);
    if (p == HCL_GRAPH_NONE || g->nodes[p].op != kind || g->nodes[p].act.id != HCL_FN_IDENTITY ||
        g->nodes[p].map != NULL || g->tensors[g->nodes[p].inputs[1]].data == NULL ||
        hcl_graph_only_reader(g, x) != i)
        return HCL_GRAPH_NONE;
    return p;
}

/* What is added to element e. */
static double added(const struct hcl_tensor *c, size_t e)
{
    return (double)c->data[e % hcl_tensor_len(c)];
}

/* Mark the vector's elements in keep[]; how many are masked that were not yet. */
static size_t mask_vector(const struct hcl_tensor *c, double beta, size_t at, size_t n, uint32_t *keep)
{
    double most = -INFINITY;
    size_t masked = 0;
    for (size_t e = at; e < at + n; e++)
        most = fmax(most, added(c, e));
    for (size_t e = at; e < at + n; e++)
        if (keep[e] != HCL_GRAPH_NONE && hcl_mask_is_low(beta, added(c, e) - most)) {
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
    uint32_t *keep = calloc(len, sizeof *keep);
    for (size_t e = 0; keep != NULL && e < len; e++)
        keep[e] = n->map != NULL ? n->map[e] : (uint32_t)e;
    return keep;
}

/* Element e of a MOVE of x and a constant: x's own, or so low a constant that no network scores like it. */
static bool is_kept(const struct hcl_node *move, size_t e, uint32_t first)
{
    return move->map[e] == first + e;
}

static bool is_masked(const struct hcl_graph *g, const struct hcl_node *move, size_t e, int constant,
                      uint32_t first, double beta)
{
    const struct hcl_tensor *c = &g->tensors[move->inputs[constant]];
    const uint32_t at = move->map[e] - first;
    return move->map[e] >= first && at < hcl_tensor_len(c) && hcl_mask_is_low(beta, (double)c->data[at]);
}

/* A mask as a choice between scores and a constant: the MOVE in front of SOFTMAX i keeps elements of its
 * operand `scores` or masks them, and leaves some of each vector. *masked: how many are not. */
static bool chooses(const struct hcl_graph *g, size_t i, const struct hcl_node *move, int scores,
                    size_t *masked)
{
    const struct hcl_tensor *y = &g->tensors[g->nodes[i].output], *x = &g->tensors[move->inputs[scores]];
    const uint32_t other = (uint32_t)hcl_tensor_len(&g->tensors[move->inputs[1 - scores]]),
                   len = (uint32_t)hcl_tensor_len(y);
    if (x->data != NULL || g->tensors[move->inputs[1 - scores]].data == NULL ||
        memcmp(x->dims, y->dims, sizeof x->dims) != 0)
        return false;
    for (size_t at = 0; at < len; at += y->dims[3]) {
        size_t kept = 0;
        for (size_t e = at; e < at + y->dims[3]; e++) {
            const bool keep = is_kept(move, e, scores == 0 ? 0 : other);
            if (!keep && !is_masked(g, move, e, 1 - scores, scores == 0 ? len : 0, (double)g->nodes[i].beta))
                return false;
            kept += keep;
        }
        if (kept == 0)
            return false;
        *masked += y->dims[3] - kept;
    }
    return true;
}

/* SOFTMAX i reads the scores themselves. */
static void take_choice(struct hcl_graph *g, size_t i, uint32_t move, int scores)
{
    struct hcl_node *n = &g->nodes[i], *from = &g->nodes[move];
    const uint32_t first = scores == 0 ? 0 : (uint32_t)hcl_tensor_len(&g->tensors[from->inputs[0]]);
    for (size_t e = 0; e < hcl_tensor_len(&g->tensors[n->output]); e++)
        from->map[e] = from->map[e] == first + e ? (uint32_t)e : HCL_GRAPH_NONE;
    n->map = from->map;
    from->map = NULL;
    n->inputs[0] = from->inputs[scores];
    hcl_graph_absorb(g, i, move);
}

static bool fold_choice(struct hcl_graph *g, size_t i)
{
    const uint32_t x = g->nodes[i].inputs[0], p = hcl_graph_producer(g, x);
    size_t masked = 0;
    if (g->nodes[i].op != HCL_OP_SOFTMAX || g->nodes[i].map != NULL || p == HCL_GRAPH_NONE ||
        g->nodes[p].op != HCL_OP_MOVE || hcl_node_arity(&g->nodes[p]) != 2 ||
        hcl_graph_only_reader(g, x) != i)
        return false;
    for (int scores = 0; scores < 2; scores++, masked = 0)
        if (chooses(g, i, &g->nodes[p], scores, &masked) && masked > 0) {
            take_choice(g, i, p, scores);
            return true;
        }
    return false;
}

hcl_status hcl_pass_fold_mask(struct hcl_graph *g, size_t *changes, struct hcl_err *err)
{
    for (size_t i = 0; i < g->num_nodes; i++) {
        size_t masked = 0;
        if (fold_choice(g, i)) {
            ++*changes;
            i--;
            continue;
        }
        const uint32_t add = g->nodes[i].op == HCL_OP_SOFTMAX ? in_front(g, i, HCL_OP_ADD) : HCL_GRAPH_NONE;
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

/* The number that node `mul` multiplies by; 0: it is no such node, or the number is not positive. */
static float factor_of(const struct hcl_graph *g, uint32_t mul)
{
    if (mul == HCL_GRAPH_NONE)
        return 0;
    const struct hcl_tensor *c = &g->tensors[g->nodes[mul].inputs[1]];
    return hcl_tensor_len(c) == 1 && c->data[0] > 0 ? c->data[0] : 0;
}

/* beta (f x + c) = beta f (x + c/f), unless that is beyond floats. */
static bool divides(const struct hcl_tensor *c, float factor)
{
    for (size_t e = 0; e < hcl_tensor_len(c); e++)
        if (isinf(c->data[e] / factor) && !isinf(c->data[e]))
            return false;
    return true;
}

static hcl_status divide_added(struct hcl_graph *g, uint32_t add, float factor, struct hcl_err *err)
{
    const hcl_status st = hcl_graph_own_constant(g, add, 1, err);
    struct hcl_tensor *c = &g->tensors[g->nodes[add].inputs[1]];
    for (size_t e = 0; st == HCL_OK && e < hcl_tensor_len(c); e++)
        c->data[e] /= factor;
    return st;
}

hcl_status hcl_pass_fold_factor(struct hcl_graph *g, size_t *changes, struct hcl_err *err)
{
    for (size_t i = 0; i < g->num_nodes; i++) {
        if (g->nodes[i].op != HCL_OP_SOFTMAX)
            continue;
        const uint32_t add = in_front(g, i, HCL_OP_ADD), reader = add == HCL_GRAPH_NONE ? (uint32_t)i : add,
                       mul = in_front(g, reader, HCL_OP_MUL);
        const float factor = factor_of(g, mul);
        if (!(factor > 0) || (reader == add && !divides(&g->tensors[g->nodes[add].inputs[1]], factor)))
            continue;
        const hcl_status st = reader == add ? divide_added(g, add, factor, err) : HCL_OK;
        if (st != HCL_OK)
            return st;
        g->nodes[i].beta *= factor;
        g->nodes[reader].inputs[0] = g->nodes[mul].inputs[0];
        hcl_graph_absorb(g, i, mul);
        i--;
        ++*changes;
    }
    return HCL_OK;
}

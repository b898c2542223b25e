/* SPDX-License-Identifier: Apache-2.0 */
/* Masks in front of SOFTMAX that are computed: a sum with something that is 0 where a truth value says so and
 * so low elsewhere that exp leaves nothing (hcl_mask_is_low), or a choice between scores and such a constant.
 *
 * What is added is followed back to truth values (trace_internal.h). An input of the model that nothing else
 * says anything of is taken for these too: in any other use, elements that it does not mask would be added
 * thousands times what is missing to 1. */
#include "compiler/graph/edit_internal.h"
#include "compiler/graph/mask.h"
#include "compiler/graph/passes.h"
#include "compiler/graph/trace_internal.h"
#include <stdlib.h>
#include <string.h>

static bool same_shape(const struct hcl_graph *g, uint32_t a, uint32_t b)
{
    return memcmp(g->tensors[a].dims, g->tensors[b].dims, sizeof g->tensors[a].dims) == 0;
}

/* *t at each element of the result of sum n, of which it is the second operand. */
static hcl_status spread_second(const struct hcl_graph *g, const struct hcl_node *n, struct hcl_traced *t,
                                struct hcl_err *err)
{
    struct hcl_traced all;
    if (!hcl_traced_allocate(&all, hcl_tensor_len(&g->tensors[n->output]))) {
        hcl_traced_clear(&all);
        return hcl_fail(err, HCL_NO_RESOURCE, "no memory for the mask of '%s'", n->name);
    }
    all.source = t->source;
    for (size_t e = 0; e < all.len; e++) {
        const size_t k = n->map != NULL ? n->map[e] : e % t->len;
        all.at[e] = t->at[k];
        all.off[e] = n->op == HCL_OP_SUB ? -t->off[k] : t->off[k];
        all.on[e] = n->op == HCL_OP_SUB ? -t->on[k] : t->on[k];
    }
    hcl_traced_clear(t);
    *t = all;
    return HCL_OK;
}

/* What a SOFTMAX would read without the sum in front of it, and what that adds. *found: it is a mask. */
static hcl_status trace_sum(const struct hcl_graph *g, const struct hcl_node *n, uint32_t *scores,
                            struct hcl_traced *out, bool *found, struct hcl_err *err)
{
    hcl_status st;
    if ((n->op == HCL_OP_SUB && n->reversed) || g->tensors[n->inputs[1]].data != NULL)
        return HCL_OK;
    *scores = n->inputs[0];
    HCL_TRY(hcl_trace_truth(g, n->inputs[1], out, found, err));
    if (*found)
        return spread_second(g, n, out, err);
    /* the other way round, of one shape: the sum begins with the mask */
    *scores = n->inputs[1];
    if (n->op == HCL_OP_ADD && n->map == NULL && same_shape(g, n->inputs[0], n->inputs[1]))
        st = hcl_trace_truth(g, n->inputs[0], out, found, err);
done:
    return st;
}

/* The same of a SELECT: what it adds is 0 where it leaves the scores, and a constant where it does not. */
static hcl_status trace_choice(const struct hcl_graph *g, const struct hcl_node *n, uint32_t *scores,
                               struct hcl_traced *out, bool *found, struct hcl_err *err)
{
    const bool first = g->tensors[n->inputs[1]].data == NULL;
    const struct hcl_tensor *low = &g->tensors[n->inputs[first ? 2 : 1]];
    hcl_status st;
    *scores = n->inputs[first ? 1 : 2];
    if (low->data == NULL || !same_shape(g, *scores, n->output))
        return HCL_OK;
    HCL_TRY(hcl_trace_truth(g, n->inputs[0], out, found, err));
    for (size_t e = 0; e < out->len; e++) {
        const float value = low->data[e % hcl_tensor_len(low)];
        out->off[e] = (out->off[e] != 0) == first ? 0 : value;
        out->on[e] = (out->on[e] != 0) == first ? 0 : value;
    }
done:
    return st;
}

/* Of SOFTMAX i. */
static hcl_status trace_mask(const struct hcl_graph *g, size_t i, uint32_t *scores, struct hcl_traced *out,
                             bool *found, struct hcl_err *err)
{
    const uint32_t p = hcl_graph_producer(g, g->nodes[i].inputs[0]);
    hcl_status st = HCL_OK;
    *found = false;
    if (g->nodes[i].op != HCL_OP_SOFTMAX || g->nodes[i].inputs[1] != HCL_GRAPH_NONE || p == HCL_GRAPH_NONE ||
        g->nodes[p].act.id != HCL_FN_IDENTITY)
        return HCL_OK;
    const struct hcl_node *n = &g->nodes[p];
    if (n->op == HCL_OP_SELECT)
        st = trace_choice(g, n, scores, out, found, err);
    else if (n->op == HCL_OP_ADD || n->op == HCL_OP_SUB)
        st = trace_sum(g, n, scores, out, found, err);
    *found = *found && out->source != HCL_GRAPH_NONE;
    return st;
}

/* What a mask does to the elements. */
struct effect {
    uint32_t *move; /* element of the source that masks each, HCL_GRAPH_NONE: none */
    uint32_t *keep; /* as a SOFTMAX's map */
    bool all;       /* keep has all elements */
    bool by_zero;   /* it masks where it is 0 */
};

/* Element e: false where neither value of the source makes a mask of what is added. */
static bool note(struct effect *x, const struct hcl_node *softmax, const struct hcl_traced *t, size_t e,
                 size_t *computed)
{
    const double beta = (double)softmax->beta;
    const bool off = hcl_mask_is_low(beta, (double)t->off[e]), on = hcl_mask_is_low(beta, (double)t->on[e]);
    if ((!off && t->off[e] != 0) || (!on && t->on[e] != 0))
        return false;
    x->keep[e] = (off && on) || (softmax->map != NULL && softmax->map[e] == HCL_GRAPH_NONE) ? HCL_GRAPH_NONE
                                                                                            : (uint32_t)e;
    x->all = x->all && x->keep[e] != HCL_GRAPH_NONE;
    x->move[e] = off == on ? HCL_GRAPH_NONE : t->at[e];
    if (off == on)
        return true;
    if (*computed > 0 && x->by_zero != off)
        return false;
    x->by_zero = off;
    ++*computed;
    return true;
}

static bool read_effect(struct effect *x, const struct hcl_node *softmax, const struct hcl_traced *t,
                        size_t channels)
{
    size_t computed = 0;
    x->all = true;
    for (size_t at = 0; at < t->len; at += channels) {
        size_t kept = 0;
        for (size_t e = at; e < at + channels; e++) {
            if (!note(x, softmax, t, e, &computed))
                return false;
            kept += x->keep[e] != HCL_GRAPH_NONE;
        }
        if (kept == 0)
            return false;
    }
    return computed > 0;
}

/* Append a node for a mask made of tensor t, and move it in front of node `at`. */
static hcl_status insert(struct hcl_graph *g, struct hcl_node *n, size_t at, uint32_t t,
                         const uint32_t dims[4], uint32_t *result, struct hcl_err *err)
{
    char *name;
    hcl_status st;
    if (asprintf(&name, "%s/mask", g->tensors[t].name) < 0) {
        free(n->map);
        return hcl_fail(err, HCL_NO_RESOURCE, "no memory for the mask '%s'", g->tensors[t].name);
    }
    st = hcl_graph_add_tensor(g, name, dims, 4, NULL, result, err);
    if (st == HCL_OK) {
        n->name = name;
        n->output = *result;
        st = hcl_graph_add_node(g, n, err);
    } else {
        free(n->map);
    }
    free(name);
    if (st != HCL_OK)
        return st;
    const struct hcl_node last = g->nodes[g->num_nodes - 1];
    memmove(&g->nodes[at + 1], &g->nodes[at], (g->num_nodes - 1 - at) * sizeof *g->nodes);
    g->nodes[at] = last;
    return HCL_OK;
}

static struct hcl_node node_of(hcl_op op, uint32_t a, uint32_t b)
{
    return (struct hcl_node){ .op = op,
                              .inputs = { a, b, HCL_GRAPH_NONE, HCL_GRAPH_NONE },
                              .output = HCL_GRAPH_NONE };
}

/* Position behind the node that makes t. */
static size_t behind(const struct hcl_graph *g, uint32_t t)
{
    const uint32_t p = hcl_graph_producer(g, t);
    return p == HCL_GRAPH_NONE ? 0 : (size_t)p + 1;
}

/* 1 - t: one that is there before node i, else a new one. */
static hcl_status complement(struct hcl_graph *g, uint32_t t, size_t i, uint32_t *out, struct hcl_err *err)
{
    const uint32_t one_dims[4] = { 1, 1, 1, 1 };
    uint32_t dims[4], one;
    for (size_t k = 0; k < i; k++) {
        const struct hcl_node *n = &g->nodes[k];
        const struct hcl_tensor *c = n->op == HCL_OP_SUB ? &g->tensors[n->inputs[1]] : NULL;
        if (c != NULL && n->inputs[0] == t && n->reversed && n->act.id == HCL_FN_IDENTITY &&
            c->data != NULL && hcl_tensor_len(c) == 1 && c->data[0] == 1) {
            *out = n->output;
            return HCL_OK;
        }
    }
    float *data = malloc(sizeof *data);
    if (data == NULL)
        return hcl_fail(err, HCL_NO_RESOURCE, "no memory for the mask of '%s'", g->nodes[i].name);
    *data = 1;
    const hcl_status st = hcl_graph_add_tensor(g, "mask", one_dims, 0, data, &one, err);
    if (st != HCL_OK)
        return st;
    struct hcl_node n = node_of(HCL_OP_SUB, t, one);
    n.reversed = true;
    memcpy(dims, g->tensors[t].dims, sizeof dims);
    return insert(g, &n, behind(g, t), t, dims, out, err);
}

/* t by the index map *move, which it takes: a MOVE that is there before node i, else a new one. */
static hcl_status spread(struct hcl_graph *g, uint32_t t, uint32_t **move, size_t i, uint32_t *out,
                         struct hcl_err *err)
{
    const struct hcl_tensor *y = &g->tensors[g->nodes[i].output];
    const size_t len = hcl_tensor_len(y);
    uint32_t dims[4];
    memcpy(dims, y->dims, sizeof dims);
    for (size_t k = 0; k < i; k++) {
        const struct hcl_node *n = &g->nodes[k];
        if (n->op == HCL_OP_MOVE && n->inputs[0] == t && n->inputs[1] == HCL_GRAPH_NONE &&
            memcmp(g->tensors[n->output].dims, dims, sizeof dims) == 0 &&
            memcmp(n->map, *move, len * sizeof **move) == 0) {
            *out = n->output;
            return HCL_OK;
        }
    }
    struct hcl_node n = node_of(HCL_OP_MOVE, t, HCL_GRAPH_NONE);
    n.map = *move;
    *move = NULL;
    return insert(g, &n, behind(g, t), t, dims, out, err);
}

/* An input that a mask is made of has the whole numbers 0 and 1, and so has what moves of it. */
static void mark_truth(struct hcl_graph *g, uint32_t t)
{
    if (!hcl_graph_is_input(g, t))
        return;
    g->tensors[t].numbers = 2;
    for (size_t i = 0; i < g->num_nodes; i++)
        if ((g->nodes[i].op == HCL_OP_MOVE || g->nodes[i].op == HCL_OP_RESHAPE) &&
            g->nodes[i].inputs[1] == HCL_GRAPH_NONE && g->tensors[g->nodes[i].inputs[0]].numbers == 2)
            g->tensors[g->nodes[i].output].numbers = 2;
}

static hcl_status take_mask(struct hcl_graph *g, size_t i, uint32_t scores, uint32_t source, struct effect *x,
                            struct hcl_err *err)
{
    const uint32_t output = g->nodes[i].output;
    uint32_t mask = source;
    hcl_status st = HCL_OK;
    g->origin = g->nodes[i].origin == HCL_GRAPH_NONE ? g->origin : g->nodes[i].origin;
    /* nodes come to stand before it */
    if (x->by_zero)
        HCL_TRY(complement(g, source, i, &mask, err));
    HCL_TRY(spread(g, mask, &x->move, hcl_graph_producer(g, output), &mask, err));
    struct hcl_node *n = &g->nodes[hcl_graph_producer(g, output)];
    n->inputs[0] = scores;
    n->inputs[1] = mask;
    free(n->map);
    n->map = x->all ? NULL : x->keep;
    x->keep = x->all ? x->keep : NULL;
    mark_truth(g, source);
done:
    return st;
}

hcl_status hcl_pass_take_mask(struct hcl_graph *g, size_t *changes, struct hcl_err *err)
{
    hcl_status st = HCL_OK;
    for (size_t i = 0; i < g->num_nodes && st == HCL_OK; i++) {
        const struct hcl_node *n = &g->nodes[i];
        struct hcl_traced t = { 0 };
        struct effect x = { 0 };
        uint32_t scores;
        bool found;
        st = trace_mask(g, i, &scores, &t, &found, err);
        if (st == HCL_OK && found) {
            x.move = malloc(t.len * sizeof *x.move);
            x.keep = malloc(t.len * sizeof *x.keep);
            if (x.move == NULL || x.keep == NULL)
                st = hcl_fail(err, HCL_NO_RESOURCE, "no memory for the mask of '%s'", n->name);
            else if (read_effect(&x, n, &t, g->tensors[n->output].dims[3])) {
                st = take_mask(g, i, scores, t.source, &x, err);
                ++*changes;
            }
        }
        hcl_traced_clear(&t);
        free(x.move);
        free(x.keep);
    }
    return st;
}

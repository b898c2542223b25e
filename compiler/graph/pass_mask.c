/* SPDX-License-Identifier: Apache-2.0 */
/* Masks in front of SOFTMAX that are computed: a sum with something that is 0 where a truth value says so and
 * so low elsewhere that exp leaves nothing (hcl_mask_is_low), or a choice between scores and such a constant.
 *
 * What is added is followed back, element by element, through moves and sums and products with constants, to
 * truth values: results of comparisons, products of such, or an input of whole numbers below 2. An input of
 * the model that nothing else says anything of is taken for truth values too: in any other use, elements that
 * it does not mask would be added thousands times what is missing to 1. */
#include "compiler/graph/edit_internal.h"
#include "compiler/graph/mask.h"
#include "compiler/graph/passes.h"
#include "compiler/operators/operator.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_STEPS = 24 };

/* Element e of a tensor is off[e] where element at[e] of `source` is 0, on[e] where that is 1; the same
 * number twice where at[e] is HCL_GRAPH_NONE. */
struct traced {
    uint32_t source; /* HCL_GRAPH_NONE: nothing is computed */
    size_t len;
    uint32_t *at;
    float *off, *on;
};

static void clear(struct traced *t)
{
    free(t->at);
    free(t->off);
    free(t->on);
    *t = (struct traced){ 0 };
}

static bool allocate(struct traced *t, size_t len)
{
    *t = (struct traced){ .source = HCL_GRAPH_NONE,
                          .len = len,
                          .at = malloc(len * sizeof *t->at),
                          .off = malloc(len * sizeof *t->off),
                          .on = malloc(len * sizeof *t->on) };
    if (t->at != NULL && t->off != NULL && t->on != NULL)
        return true;
    clear(t);
    return false;
}

static bool is_input(const struct hcl_graph *g, uint32_t t)
{
    for (size_t i = 0; i < g->num_inputs; i++)
        if (g->inputs[i] == t)
            return true;
    return false;
}

/* Whether all elements are 0 or 1. */
static bool is_truth(const struct hcl_graph *g, uint32_t t)
{
    const uint32_t p = hcl_graph_producer(g, t);
    if (p == HCL_GRAPH_NONE)
        return is_input(g, t) && (g->tensors[t].numbers == 0 || g->tensors[t].numbers == 2 ||
                                  g->tensors[t].numbers == HCL_NUMBERS_UNKNOWN);
    const struct hcl_node *n = &g->nodes[p];
    const struct hcl_function f = hcl_node_function(n);
    if (f.id == HCL_FN_POSITIVE || f.id == HCL_FN_NOT_NEGATIVE || f.id == HCL_FN_ZERO ||
        f.id == HCL_FN_NOT_ZERO)
        return true;
    return n->op == HCL_OP_MUL && f.id == HCL_FN_IDENTITY && !is_input(g, n->inputs[0]) &&
           !is_input(g, n->inputs[1]) && is_truth(g, n->inputs[0]) && is_truth(g, n->inputs[1]);
}

/* The element of `from` for element e of `to`, as far as both have the same source. */
static bool take(struct traced *to, size_t e, const struct traced *from, size_t k)
{
    if (from->at[k] != HCL_GRAPH_NONE) {
        if (to->source != HCL_GRAPH_NONE && to->source != from->source)
            return false;
        to->source = from->source;
    }
    to->at[e] = from->at[k];
    to->off[e] = from->off[k];
    to->on[e] = from->on[k];
    return true;
}

static float apply(const struct hcl_node *n, float a, float b)
{
    if (n->op == HCL_OP_MUL)
        return a * b;
    return n->op == HCL_OP_ADD ? a + b : n->reversed ? b - a : a - b;
}

/* to[e] = to[e] and from[k] by the node. */
static bool combine(struct traced *to, size_t e, const struct traced *from, size_t k,
                    const struct hcl_node *n)
{
    const float off = to->off[e], on = to->on[e];
    const uint32_t at = to->at[e];
    if (at != HCL_GRAPH_NONE && from->at[k] != HCL_GRAPH_NONE &&
        (from->at[k] != at || from->source != to->source))
        return false;
    if (!take(to, e, from, k))
        return false;
    to->at[e] = at != HCL_GRAPH_NONE ? at : from->at[k];
    to->off[e] = apply(n, off, from->off[k]);
    to->on[e] = apply(n, on, from->on[k]);
    return true;
}

static bool trace(const struct hcl_graph *g, uint32_t t, unsigned steps, struct traced *out);

static bool trace_constant(const struct hcl_graph *g, uint32_t t, struct traced *out)
{
    if (!allocate(out, hcl_tensor_len(&g->tensors[t])))
        return false;
    for (size_t e = 0; e < out->len; e++) {
        out->at[e] = HCL_GRAPH_NONE;
        out->off[e] = out->on[e] = g->tensors[t].data[e];
    }
    return true;
}

static bool trace_truth(const struct hcl_graph *g, uint32_t t, struct traced *out)
{
    if (!allocate(out, hcl_tensor_len(&g->tensors[t])))
        return false;
    out->source = t;
    for (size_t e = 0; e < out->len; e++) {
        out->at[e] = (uint32_t)e;
        out->off[e] = 0;
        out->on[e] = 1;
    }
    return true;
}

/* The elements of MOVE or RESHAPE n, of one operand or two. */
static bool trace_move(const struct hcl_graph *g, const struct hcl_node *n, unsigned steps,
                       struct traced *out)
{
    const size_t len = hcl_tensor_len(&g->tensors[n->output]);
    struct traced x[2] = { { 0 } };
    bool ok = allocate(out, len);
    for (size_t k = 0; k < hcl_node_arity(n) && ok; k++)
        ok = trace(g, n->inputs[k], steps, &x[k]);
    for (size_t e = 0; e < len && ok; e++) {
        const size_t at = n->map != NULL ? n->map[e] : e;
        if (at == HCL_GRAPH_NONE) {
            out->at[e] = HCL_GRAPH_NONE;
            out->off[e] = out->on[e] = 0;
        } else {
            const struct traced *from = at < x[0].len ? &x[0] : &x[1];
            const size_t k = at < x[0].len ? at : at - x[0].len;
            ok = from->at != NULL && k < from->len && take(out, e, from, k);
        }
    }
    clear(&x[0]);
    clear(&x[1]);
    return ok;
}

static bool trace_sum(const struct hcl_graph *g, const struct hcl_node *n, unsigned steps, struct traced *out)
{
    struct traced b = { 0 };
    bool ok = trace(g, n->inputs[0], steps, out) && trace(g, n->inputs[1], steps, &b);
    for (size_t e = 0; ok && e < out->len; e++)
        ok = combine(out, e, &b, n->map != NULL ? n->map[e] : e % b.len, n);
    clear(&b);
    return ok;
}

/* A choice between constants. */
static bool trace_select(const struct hcl_graph *g, const struct hcl_node *n, unsigned steps,
                         struct traced *out)
{
    const struct hcl_tensor *a = &g->tensors[n->inputs[1]], *b = &g->tensors[n->inputs[2]];
    if (a->data == NULL || b->data == NULL || !trace(g, n->inputs[0], steps, out))
        return false;
    for (size_t e = 0; e < out->len; e++) {
        const float yes = a->data[e % hcl_tensor_len(a)], no = b->data[e % hcl_tensor_len(b)];
        out->off[e] = out->off[e] != 0 ? yes : no;
        out->on[e] = out->on[e] != 0 ? yes : no;
    }
    return true;
}

static bool trace_node(const struct hcl_graph *g, const struct hcl_node *n, unsigned steps,
                       struct traced *out)
{
    const struct hcl_function f = hcl_node_function(n);
    if (n->op == HCL_OP_NEG) {
        if (!trace(g, n->inputs[0], steps, out))
            return false;
        for (size_t e = 0; e < out->len; e++) {
            out->off[e] = -out->off[e];
            out->on[e] = -out->on[e];
        }
        return true;
    }
    if (f.id != HCL_FN_IDENTITY)
        return false;
    if (n->op == HCL_OP_MOVE || n->op == HCL_OP_RESHAPE)
        return trace_move(g, n, steps, out);
    if (n->op == HCL_OP_ADD || n->op == HCL_OP_SUB || n->op == HCL_OP_MUL)
        return trace_sum(g, n, steps, out);
    return n->op == HCL_OP_SELECT && trace_select(g, n, steps, out);
}

/* False: it is nothing of the kind, or there is no memory; *out may hold something all the same. */
static bool trace(const struct hcl_graph *g, uint32_t t, unsigned steps, struct traced *out)
{
    const uint32_t p = hcl_graph_producer(g, t);
    if (steps == 0)
        return false;
    if (g->tensors[t].data != NULL)
        return trace_constant(g, t, out);
    if (is_truth(g, t))
        return trace_truth(g, t, out);
    return p != HCL_GRAPH_NONE && trace_node(g, &g->nodes[p], steps - 1, out);
}

/* What SOFTMAX i would read without its mask, and what the mask adds; false: there is none of this kind. */
static bool trace_added(const struct hcl_graph *g, const struct hcl_node *n, uint32_t *scores,
                        struct traced *out)
{
    const bool by_second = g->tensors[n->inputs[1]].data == NULL;
    struct traced b = { 0 };
    bool ok = n->op != HCL_OP_SUB || !n->reversed;
    if (!ok || !by_second || !trace(g, n->inputs[1], MOST_STEPS, &b)) {
        clear(&b);
        /* the other way round, of one shape: the sum begins with the mask */
        *scores = n->inputs[1];
        return n->op == HCL_OP_ADD && n->map == NULL && by_second &&
               memcmp(g->tensors[n->inputs[0]].dims, g->tensors[n->inputs[1]].dims, sizeof(uint32_t[4])) ==
                   0 &&
               trace(g, n->inputs[0], MOST_STEPS, out);
    }
    *scores = n->inputs[0];
    ok = allocate(out, hcl_tensor_len(&g->tensors[n->output]));
    for (size_t e = 0; e < out->len && ok; e++) {
        ok = take(out, e, &b, n->map != NULL ? n->map[e] : e % b.len);
        if (n->op == HCL_OP_SUB) {
            out->off[e] = -out->off[e];
            out->on[e] = -out->on[e];
        }
    }
    clear(&b);
    return ok;
}

/* The same of a SELECT: what it adds is 0 where it leaves the scores, and a constant where it does not. */
static bool trace_choice(const struct hcl_graph *g, const struct hcl_node *n, uint32_t *scores,
                         struct traced *out)
{
    const bool first = g->tensors[n->inputs[1]].data == NULL;
    const struct hcl_tensor *low = &g->tensors[n->inputs[first ? 2 : 1]];
    *scores = n->inputs[first ? 1 : 2];
    if (low->data == NULL ||
        memcmp(g->tensors[*scores].dims, g->tensors[n->output].dims, sizeof(uint32_t[4])) != 0 ||
        !trace(g, n->inputs[0], MOST_STEPS, out))
        return false;
    for (size_t e = 0; e < out->len; e++) {
        const float value = low->data[e % hcl_tensor_len(low)];
        out->off[e] = (out->off[e] != 0) == first ? 0 : value;
        out->on[e] = (out->on[e] != 0) == first ? 0 : value;
    }
    return true;
}

static bool trace_mask(const struct hcl_graph *g, size_t i, uint32_t *scores, struct traced *out)
{
    const uint32_t p = hcl_graph_producer(g, g->nodes[i].inputs[0]);
    if (g->nodes[i].op != HCL_OP_SOFTMAX || g->nodes[i].inputs[1] != HCL_GRAPH_NONE || p == HCL_GRAPH_NONE ||
        g->nodes[p].act.id != HCL_FN_IDENTITY)
        return false;
    const struct hcl_node *n = &g->nodes[p];
    if (n->op == HCL_OP_SELECT)
        return trace_choice(g, n, scores, out) && out->source != HCL_GRAPH_NONE;
    return (n->op == HCL_OP_ADD || n->op == HCL_OP_SUB) && trace_added(g, n, scores, out) &&
           out->source != HCL_GRAPH_NONE;
}

/* What a mask does to the elements. */
struct effect {
    uint32_t *move; /* element of the source that masks each, HCL_GRAPH_NONE: none */
    uint32_t *keep; /* as a SOFTMAX's map */
    bool all;       /* keep has all elements */
    bool by_zero;   /* it masks where it is 0 */
};

/* Element e: false where neither value of the source makes a mask of what is added. */
static bool note(struct effect *x, const struct hcl_node *softmax, const struct traced *t, size_t e,
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

static bool read_effect(struct effect *x, const struct hcl_node *softmax, const struct traced *t,
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
    if (!is_input(g, t))
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
        struct traced t = { 0 };
        struct effect x = { 0 };
        uint32_t scores;
        if (trace_mask(g, i, &scores, &t)) {
            x.move = malloc(t.len * sizeof *x.move);
            x.keep = malloc(t.len * sizeof *x.keep);
            if (x.move == NULL || x.keep == NULL)
                st = hcl_fail(err, HCL_NO_RESOURCE, "no memory for the mask of '%s'", n->name);
            else if (read_effect(&x, n, &t, g->tensors[n->output].dims[3])) {
                st = take_mask(g, i, scores, t.source, &x, err);
                ++*changes;
            }
        }
        clear(&t);
        free(x.move);
        free(x.keep);
    }
    return st;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "compiler/graph/edit_internal.h"
#include "compiler/graph/trace_internal.h"
#include "compiler/operators/operator.h"
#include <stdlib.h>

/* Nodes in a row, and all that are looked at: where two operands come of one tensor, and so on upwards, there
 * are far more ways to it than nodes. */
enum { MOST_STEPS = 24, MOST_VISITS = 1024 };

struct walk {
    const struct hcl_graph *g;
    unsigned visits;
    bool memory_ends;
};

void hcl_traced_clear(struct hcl_traced *t)
{
    free(t->at);
    free(t->off);
    free(t->on);
    *t = (struct hcl_traced){ 0 };
}

bool hcl_traced_allocate(struct hcl_traced *t, size_t len)
{
    *t = (struct hcl_traced){ .source = HCL_GRAPH_NONE,
                              .len = len,
                              .at = malloc(len * sizeof *t->at),
                              .off = malloc(len * sizeof *t->off),
                              .on = malloc(len * sizeof *t->on) };
    return t->at != NULL && t->off != NULL && t->on != NULL;
}

static bool allocate(struct walk *w, struct hcl_traced *t, size_t len)
{
    w->memory_ends |= !hcl_traced_allocate(t, len);
    return !w->memory_ends;
}

/* Whether all elements are 0 or 1. */
static bool is_truth(struct walk *w, uint32_t t)
{
    const struct hcl_graph *g = w->g;
    const uint32_t p = hcl_graph_producer(g, t);
    if (p == HCL_GRAPH_NONE)
        return hcl_graph_is_input(g, t) && (g->tensors[t].numbers == 0 || g->tensors[t].numbers == 2 ||
                                            g->tensors[t].numbers == HCL_NUMBERS_UNKNOWN);
    if (++w->visits > MOST_VISITS)
        return false;
    const struct hcl_node *n = &g->nodes[p];
    const struct hcl_function f = hcl_node_function(n);
    if (f.id == HCL_FN_POSITIVE || f.id == HCL_FN_NOT_NEGATIVE || f.id == HCL_FN_ZERO ||
        f.id == HCL_FN_NOT_ZERO)
        return true;
    return n->op == HCL_OP_MUL && f.id == HCL_FN_IDENTITY && !hcl_graph_is_input(g, n->inputs[0]) &&
           !hcl_graph_is_input(g, n->inputs[1]) && is_truth(w, n->inputs[0]) && is_truth(w, n->inputs[1]);
}

/* The element of `from` for element e of `to`, as far as both have the same source. */
static bool take(struct hcl_traced *to, size_t e, const struct hcl_traced *from, size_t k)
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
static bool combine(struct hcl_traced *to, size_t e, const struct hcl_traced *from, size_t k,
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

static bool trace(struct walk *w, uint32_t t, unsigned steps, struct hcl_traced *out);

static bool trace_constant(struct walk *w, uint32_t t, struct hcl_traced *out)
{
    const struct hcl_graph *g = w->g;
    if (!allocate(w, out, hcl_tensor_len(&g->tensors[t])))
        return false;
    for (size_t e = 0; e < out->len; e++) {
        out->at[e] = HCL_GRAPH_NONE;
        out->off[e] = out->on[e] = g->tensors[t].data[e];
    }
    return true;
}

static bool trace_truth(struct walk *w, uint32_t t, struct hcl_traced *out)
{
    if (!allocate(w, out, hcl_tensor_len(&w->g->tensors[t])))
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
static bool trace_move(struct walk *w, const struct hcl_node *n, unsigned steps, struct hcl_traced *out)
{
    const size_t len = hcl_tensor_len(&w->g->tensors[n->output]);
    struct hcl_traced x[2] = { { 0 } };
    bool ok = allocate(w, out, len);
    for (size_t k = 0; k < hcl_node_arity(n) && ok; k++)
        ok = trace(w, n->inputs[k], steps, &x[k]);
    for (size_t e = 0; e < len && ok; e++) {
        const size_t at = n->map != NULL ? n->map[e] : e;
        if (at == HCL_GRAPH_NONE) {
            out->at[e] = HCL_GRAPH_NONE;
            out->off[e] = out->on[e] = 0;
        } else {
            const struct hcl_traced *from = at < x[0].len ? &x[0] : &x[1];
            const size_t k = at < x[0].len ? at : at - x[0].len;
            ok = from->at != NULL && k < from->len && take(out, e, from, k);
        }
    }
    hcl_traced_clear(&x[0]);
    hcl_traced_clear(&x[1]);
    return ok;
}

static bool trace_sum(struct walk *w, const struct hcl_node *n, unsigned steps, struct hcl_traced *out)
{
    struct hcl_traced b = { 0 };
    bool ok = trace(w, n->inputs[0], steps, out) && trace(w, n->inputs[1], steps, &b);
    for (size_t e = 0; ok && e < out->len; e++)
        ok = combine(out, e, &b, n->map != NULL ? n->map[e] : e % b.len, n);
    hcl_traced_clear(&b);
    return ok;
}

/* A choice between constants. */
static bool trace_select(struct walk *w, const struct hcl_node *n, unsigned steps, struct hcl_traced *out)
{
    const struct hcl_tensor *a = &w->g->tensors[n->inputs[1]], *b = &w->g->tensors[n->inputs[2]];
    if (a->data == NULL || b->data == NULL || !trace(w, n->inputs[0], steps, out))
        return false;
    for (size_t e = 0; e < out->len; e++) {
        const float yes = a->data[e % hcl_tensor_len(a)], no = b->data[e % hcl_tensor_len(b)];
        out->off[e] = out->off[e] != 0 ? yes : no;
        out->on[e] = out->on[e] != 0 ? yes : no;
    }
    return true;
}

static bool trace_node(struct walk *w, const struct hcl_node *n, unsigned steps, struct hcl_traced *out)
{
    const struct hcl_function f = hcl_node_function(n);
    if (n->op == HCL_OP_NEG) {
        if (!trace(w, n->inputs[0], steps, out))
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
        return trace_move(w, n, steps, out);
    if (n->op == HCL_OP_ADD || n->op == HCL_OP_SUB || n->op == HCL_OP_MUL)
        return trace_sum(w, n, steps, out);
    return n->op == HCL_OP_SELECT && trace_select(w, n, steps, out);
}

/* False: it is nothing of the kind, or memory ends; *out may hold something all the same. */
static bool trace(struct walk *w, uint32_t t, unsigned steps, struct hcl_traced *out)
{
    const struct hcl_graph *g = w->g;
    const uint32_t p = hcl_graph_producer(g, t);
    if (steps == 0 || ++w->visits > MOST_VISITS)
        return false;
    if (g->tensors[t].data != NULL)
        return trace_constant(w, t, out);
    if (is_truth(w, t))
        return trace_truth(w, t, out);
    return p != HCL_GRAPH_NONE && trace_node(w, &g->nodes[p], steps - 1, out);
}

hcl_status hcl_trace_truth(const struct hcl_graph *g, uint32_t t, struct hcl_traced *out, bool *found,
                           struct hcl_err *err)
{
    struct walk w = { .g = g };
    *out = (struct hcl_traced){ .source = HCL_GRAPH_NONE };
    *found = trace(&w, t, MOST_STEPS, out);
    if (!*found)
        hcl_traced_clear(out);
    if (w.memory_ends)
        return hcl_fail(err, HCL_NO_RESOURCE, "no memory to trace the mask '%s'", g->tensors[t].name);
    return HCL_OK;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "compiler/graph/evaluate.h"
#include "common/sys/mem.h"
#include "compiler/graph/products.h"
#include "compiler/operators/float_operands.h"
#include "compiler/operators/operator.h"
#include <math.h>
#include <string.h>

/* Elements of all constants or of all other tensors. */
static size_t elements(const struct hcl_graph *g, bool constant)
{
    size_t total = 0;
    for (size_t t = 0; t < g->num_tensors; t++)
        total += (g->tensors[t].data != NULL) == constant ? hcl_tensor_len(&g->tensors[t]) : 0;
    return total;
}

size_t hcl_graph_batch(const struct hcl_graph *g)
{
    return hcl_batch_of(elements(g, true), elements(g, false));
}

/* The next room in the arena for tensor t, an input or a result; one that has become a constant has its own.
 */
static void take_room(struct hcl_float_values *v, const struct hcl_graph *g, uint32_t t, float **next)
{
    if (v->tensor[t] != NULL)
        return;
    v->tensor[t] = *next;
    *next += hcl_tensor_len(&g->tensors[t]);
}

/* Elements of all inputs and results. */
static size_t results(const struct hcl_graph *g)
{
    size_t total = 0;
    for (size_t i = 0; i < g->num_inputs; i++)
        total += hcl_tensor_len(&g->tensors[g->inputs[i]]);
    for (size_t i = 0; i < g->num_nodes; i++)
        total += hcl_tensor_len(&g->tensors[g->nodes[i].output]);
    return total;
}

hcl_status hcl_float_values_init(struct hcl_float_values *v, const struct hcl_graph *g, struct hcl_err *err)
{
    hcl_status st = HCL_OK;
    *v = (struct hcl_float_values){ .num_tensors = g->num_tensors };
    v->tensor = calloc(g->num_tensors + 1, sizeof *v->tensor);
    v->lo = calloc(g->num_tensors + 1, sizeof *v->lo);
    v->hi = calloc(g->num_tensors + 1, sizeof *v->hi);
    if (v->tensor == NULL || v->lo == NULL || v->hi == NULL) {
        hcl_float_values_clear(v);
        return hcl_fail(err, HCL_NO_RESOURCE, "no memory for %zu tensors", g->num_tensors);
    }
    HCL_TRY(hcl_mem_calloc((void **)&v->arena, results(g) + 1, sizeof *v->arena, "float values", err));
    for (size_t t = 0; t < g->num_tensors; t++) {
        v->lo[t] = INFINITY;
        v->hi[t] = -INFINITY;
        v->tensor[t] = g->tensors[t].data;
    }
    float *next = v->arena;
    for (size_t i = 0; i < g->num_inputs; i++)
        take_room(v, g, g->inputs[i], &next);
    for (size_t i = 0; i < g->num_nodes; i++)
        take_room(v, g, g->nodes[i].output, &next);
done:
    if (st != HCL_OK)
        hcl_float_values_clear(v);
    return st;
}

void hcl_float_values_clear(struct hcl_float_values *v)
{
    hcl_mem_free_secret(v->arena);
    free(v->tensor);
    free(v->lo);
    free(v->hi);
    *v = (struct hcl_float_values){ 0 };
}

static struct hcl_float_operands operands_of(const struct hcl_graph *g, const struct hcl_node *n,
                                             const struct hcl_float_values *v)
{
    const uint32_t second = n->inputs[1] != HCL_GRAPH_NONE ? n->inputs[1] : n->inputs[0];
    struct hcl_float_operands p = { .n = n, .g = g, .function = hcl_node_function(n) };
    p.x = v->tensor[n->inputs[0]];
    p.xd = g->tensors[n->inputs[0]].dims;
    p.x_len = hcl_tensor_len(&g->tensors[n->inputs[0]]);
    p.y = v->tensor[n->output];
    p.yd = g->tensors[n->output].dims;
    p.lo = &v->lo[n->output];
    p.hi = &v->hi[n->output];
    p.w = v->tensor[second];
    p.wd = g->tensors[second].dims;
    p.y_len = hcl_tensor_len(&g->tensors[n->output]);
    p.w_len = hcl_tensor_len(&g->tensors[second]);
    p.to = hcl_operator_of(n->op)->cut == HCL_CUT_OUTPUTS ? p.yd[3] : p.y_len;
    if (n->inputs[2] != HCL_GRAPH_NONE)
        p.b = v->tensor[n->inputs[2]];
    if (n->inputs[3] != HCL_GRAPH_NONE)
        p.r = v->tensor[n->inputs[3]];
    return p;
}

/* The results of one node, on `count` value sets. */
static hcl_status fill(const struct hcl_float_operands *p, size_t count, struct hcl_err *err)
{
    const struct hcl_operator *op = hcl_operator_of(p->n->op);
    if (op->evaluate != NULL)
        return op->evaluate(p, count, err);
    if (op->run != NULL)
        hcl_float_each_run(p, count, op->run);
    else
        hcl_float_each_element(p, count, op->element);
    return HCL_OK;
}

static hcl_status evaluate(const struct hcl_graph *g, const struct hcl_node *n, struct hcl_float_values *v,
                           size_t count, struct hcl_err *err)
{
    struct hcl_float_operands p[HCL_MOST_BATCH];
    HCL_CHECK(count >= 1 && count <= HCL_MOST_BATCH);
    for (size_t k = 0; k < count; k++)
        p[k] = operands_of(g, n, &v[k]);
    return fill(p, count, err);
}

hcl_status hcl_node_evaluate(const struct hcl_graph *g, const struct hcl_node *n, struct hcl_float_values *v,
                             struct hcl_err *err)
{
    return evaluate(g, n, v, 1, err);
}

static void track_input(const struct hcl_graph *g, uint32_t t, struct hcl_float_values *v)
{
    for (size_t i = 0; i < hcl_tensor_len(&g->tensors[t]); i++) {
        v->lo[t] = fmin(v->lo[t], (double)v->tensor[t][i]);
        v->hi[t] = fmax(v->hi[t], (double)v->tensor[t][i]);
    }
}

void hcl_float_set_inputs(struct hcl_float_values *v, const struct hcl_graph *g, const float *sample)
{
    for (size_t i = 0; i < g->num_inputs; i++) {
        const size_t len = hcl_tensor_len(&g->tensors[g->inputs[i]]);
        memcpy(v->tensor[g->inputs[i]], sample, len * sizeof *sample);
        sample += len;
    }
}

static hcl_status evaluate_together(const struct hcl_graph *g, struct hcl_float_values *v,
                                    struct hcl_err *err)
{
    const struct hcl_float_team *team = v->team;
    hcl_status st = HCL_OK; /* of this rank alone */
    team->begin(team->ctx, g, v);
    for (size_t i = 0; i < g->num_nodes; i++) {
        struct hcl_float_operands p = operands_of(g, &g->nodes[i], v);
        const bool shared = team->part(team->ctx, &p);
        if (st == HCL_OK && p.from < p.to)
            st = fill(&p, 1, err);
        if (shared)
            team->gather(team->ctx, &p);
    }
    return team->end(team->ctx, st, err);
}

hcl_status hcl_graph_evaluate_batch(const struct hcl_graph *g, struct hcl_float_values *v, size_t count,
                                    struct hcl_err *err)
{
    hcl_status st = HCL_OK;
    for (size_t i = 0; i < g->num_inputs * count; i++)
        track_input(g, g->inputs[i / count], &v[i % count]);
    if (v->team != NULL) {
        HCL_CHECK(count == 1);
        return evaluate_together(g, v, err);
    }
    for (size_t i = 0; st == HCL_OK && i < g->num_nodes; i++)
        st = evaluate(g, &g->nodes[i], v, count, err);
    return st;
}

hcl_status hcl_graph_evaluate(const struct hcl_graph *g, struct hcl_float_values *v, struct hcl_err *err)
{
    return hcl_graph_evaluate_batch(g, v, 1, err);
}

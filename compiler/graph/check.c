/* SPDX-License-Identifier: Apache-2.0 */
#include "common/sys/clones.h"
#include "common/sys/threads.h"
#include "compiler/graph/graph.h"
#include "compiler/operators/operator.h"
#include <float.h>
#include <math.h>

#define DIMS "[%u,%u,%u,%u]"
#define DIMS_OF(d) (d)[0], (d)[1], (d)[2], (d)[3]

enum { FINITE_BLOCK = 1 << 18 /* constants that a thread looks at */ };

HCL_VECTOR_CLONES static unsigned not_finite(const float *x, size_t len)
{
    unsigned bad = 0;
    for (size_t i = 0; i < len; i++)
        bad |= !(fabsf(x[i]) <= FLT_MAX);
    return bad;
}

static bool all_finite(const float *x, size_t len)
{
    unsigned bad = 0;
#pragma omp parallel for reduction(| : bad) num_threads(hcl_threads_available()) if (len > FINITE_BLOCK)
    for (size_t at = 0; at < len; at += FINITE_BLOCK)
        bad |= not_finite(x + at, len - at < FINITE_BLOCK ? len - at : FINITE_BLOCK);
    return bad == 0;
}

static hcl_status check_tensor(const struct hcl_tensor *t, struct hcl_err *err)
{
    size_t len = 1;
    for (int i = 0; i < 4; i++) {
        if (t->dims[i] == 0 || t->dims[i] > HCL_TENSOR_MAX_LEN / len)
            return hcl_fail(err, HCL_BAD_INPUT,
                            "tensor '%s' of shape " DIMS " is empty or has more than %zu elements", t->name,
                            DIMS_OF(t->dims), HCL_TENSOR_MAX_LEN);
        len *= t->dims[i];
    }
    if (t->dims[0] != 1 && t->data == NULL)
        return hcl_fail(err, HCL_BAD_INPUT, "tensor '%s' has shape " DIMS ", expected a batch of 1", t->name,
                        DIMS_OF(t->dims));
    if (t->data == NULL || all_finite(t->data, len))
        return HCL_OK;
    for (size_t i = 0; i < len; i++)
        if (!isfinite(t->data[i]))
            return hcl_fail(err, HCL_BAD_INPUT, "constant '%s' is not finite at element %zu", t->name, i);
    return HCL_OK;
}

static hcl_status check_node(const struct hcl_graph *g, const struct hcl_node *n, bool *defined,
                             struct hcl_err *err)
{
    if ((unsigned)n->op >= HCL_OP_COUNT || (unsigned)n->act.id >= HCL_FN_COUNT)
        return hcl_fail(err, HCL_BAD_INPUT, "node '%s' has operator %d and activation %d", n->name, n->op,
                        n->act.id);
    const struct hcl_operator *kind = hcl_operator_of(n->op);
    size_t arity = hcl_node_arity(n);
    if (arity < kind->least || arity > kind->most)
        return hcl_fail(err, HCL_BAD_INPUT, "%s '%s' has %zu operands, expected %zu..%zu", hcl_op_name(n->op),
                        n->name, arity, kind->least, kind->most);
    for (size_t k = 0; k < arity; k++)
        if (n->inputs[k] >= g->num_tensors || !defined[n->inputs[k]])
            return hcl_fail(err, HCL_BAD_INPUT,
                            "%s '%s': operand %zu (tensor %u) is not computed before its use",
                            hcl_op_name(n->op), n->name, k, n->inputs[k]);
    if (n->output >= g->num_tensors || defined[n->output])
        return hcl_fail(err, HCL_BAD_INPUT, "%s '%s': its output (tensor %u) is defined twice",
                        hcl_op_name(n->op), n->name, n->output);
    defined[n->output] = true;
    return kind->check(g, n, err);
}

static hcl_status check_ends(const struct hcl_graph *g, const bool *defined, struct hcl_err *err)
{
    if (g->num_inputs == 0 || g->num_outputs == 0)
        return hcl_fail(err, HCL_BAD_INPUT,
                        "the model has %zu inputs and %zu outputs, expected at least one of each",
                        g->num_inputs, g->num_outputs);
    for (size_t i = 0; i < g->num_outputs; i++)
        if (g->outputs[i] >= g->num_tensors || !defined[g->outputs[i]])
            return hcl_fail(err, HCL_BAD_INPUT, "output %zu (tensor %u) is never computed", i, g->outputs[i]);
    return HCL_OK;
}

static hcl_status define_sources(const struct hcl_graph *g, bool *defined, struct hcl_err *err)
{
    hcl_status st = HCL_OK;
    for (size_t i = 0; i < g->num_tensors; i++) {
        HCL_TRY(check_tensor(&g->tensors[i], err));
        defined[i] = g->tensors[i].data != NULL;
    }
    for (size_t i = 0; i < g->num_inputs; i++) {
        if (g->inputs[i] >= g->num_tensors || defined[g->inputs[i]])
            return hcl_fail(err, HCL_BAD_INPUT, "input %zu (tensor %u) is missing, constant or listed twice",
                            i, g->inputs[i]);
        defined[g->inputs[i]] = true;
    }
done:
    return st;
}

hcl_status hcl_graph_check(const struct hcl_graph *g, struct hcl_err *err)
{
    bool *defined = calloc(g->num_tensors + 1, sizeof *defined);
    hcl_status st;
    if (defined == NULL)
        return hcl_fail(err, HCL_NO_RESOURCE, "no memory to check %zu tensors", g->num_tensors);
    HCL_TRY(define_sources(g, defined, err));
    for (size_t i = 0; i < g->num_nodes; i++)
        HCL_TRY(check_node(g, &g->nodes[i], defined, err));
    HCL_TRY(check_ends(g, defined, err));
done:
    free(defined);
    return st;
}

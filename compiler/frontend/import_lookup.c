/* SPDX-License-Identifier: Apache-2.0 */
#include "compiler/frontend/import_lookup.h"
#include "compiler/frontend/fold.h"
#include <string.h>

enum { TFL_ADD = 0, TFL_GATHER = 36, TFL_LESS = 58, TFL_SELECT = 64, TFL_SELECT_V2 = 123 };

/* The one entry of an integer constant. */
static bool one_integer(const struct hcl_tfl_model *m, int32_t t, int64_t *out)
{
    const struct hcl_tfl_tensor *x = t >= 0 ? &m->tensors[t] : NULL;
    int32_t narrow;
    if (x == NULL || x->data == NULL)
        return false;
    if (x->type == HCL_TFL_INT64 && x->data_len == sizeof *out) {
        memcpy(out, x->data, sizeof *out);
        return true;
    }
    if (x->type != HCL_TFL_INT32 || x->data_len != sizeof narrow)
        return false;
    memcpy(&narrow, x->data, sizeof narrow);
    *out = narrow;
    return true;
}

/* The operator that makes tensor t, if it has this number; num_ops: none. */
static size_t maker(const struct hcl_tfl_model *m, int32_t t, int32_t code)
{
    for (size_t i = 0; i < m->num_ops; i++)
        for (size_t k = 0; k < m->ops[i].num_outputs; k++)
            if (m->ops[i].outputs[k] == t)
                return m->ops[i].code == code ? i : m->num_ops;
    return m->num_ops;
}

static size_t readers(const struct hcl_tfl_model *m, int32_t t)
{
    size_t count = 0;
    for (size_t i = 0; i < m->num_ops; i++)
        for (size_t k = 0; k < m->ops[i].num_inputs; k++)
            count += m->ops[i].inputs[k] == t;
    for (size_t i = 0; i < m->num_outputs; i++)
        count += m->outputs[i].tensor == t;
    return count;
}

struct wrap {
    size_t select, less, add;
    int32_t index;
};

/* Whether tensor t is x wrapped into a table of so many rows, and nothing else reads the parts. */
static bool find_wrap(struct wrap *w, const struct hcl_tfl_model *m, int32_t t, int64_t rows)
{
    int64_t zero, more;
    w->select = maker(m, t, TFL_SELECT_V2);
    if (w->select == m->num_ops)
        w->select = maker(m, t, TFL_SELECT);
    if (w->select == m->num_ops || m->ops[w->select].num_inputs != 3)
        return false;
    const int32_t *in = m->ops[w->select].inputs;
    w->index = in[2];
    w->less = maker(m, in[0], TFL_LESS);
    w->add = maker(m, in[1], TFL_ADD);
    if (w->less == m->num_ops || w->add == m->num_ops || m->ops[w->less].num_inputs != 2 ||
        m->ops[w->add].num_inputs != 2 || readers(m, in[0]) != 1 || readers(m, in[1]) != 1)
        return false;
    const int32_t *less = m->ops[w->less].inputs, *add = m->ops[w->add].inputs;
    const bool first = add[0] == w->index;
    return less[0] == w->index && one_integer(m, less[1], &zero) && zero == 0 &&
           (first || add[1] == w->index) && one_integer(m, add[first], &more) && more == rows &&
           m->ops[w->add].activation == HCL_TFL_NONE;
}

/* Rows of a constant table; 0: the operator is no look-up. */
static int64_t rows_of(const struct hcl_tfl_model *m, const struct hcl_tfl_op *op)
{
    if (op->code != TFL_GATHER || op->num_inputs < 2 || op->inputs[0] < 0 || op->axis != 0)
        return 0;
    const struct hcl_tfl_tensor *table = &m->tensors[op->inputs[0]];
    return table->data != NULL && table->rank > 0 ? table->dims[0] : 0;
}

void hcl_wraps_find(bool *taken, const struct hcl_tfl_model *m)
{
    struct wrap w;
    for (size_t i = 0; i < m->num_ops; i++) {
        const int64_t rows = rows_of(m, &m->ops[i]);
        if (rows == 0 || !find_wrap(&w, m, m->ops[i].inputs[1], rows))
            continue;
        if (readers(m, m->ops[i].inputs[1]) == 1)
            taken[w.select] = taken[w.less] = taken[w.add] = true;
    }
}

int32_t hcl_import_unwrapped(const struct hcl_import *im, int32_t indices, int64_t rows)
{
    struct wrap w;
    return find_wrap(&w, im->model, indices, rows) ? w.index : indices;
}

static bool moves(hcl_op op)
{
    return op == HCL_OP_MOVE || op == HCL_OP_RESHAPE;
}

uint32_t hcl_import_whole(const struct hcl_import *im, uint32_t tensor)
{
    const struct hcl_graph *g = im->graph;
    for (size_t i = g->num_nodes; i-- > 0;) {
        const struct hcl_node *n = &g->nodes[i];
        if (n->output != tensor)
            continue;
        if (n->op == HCL_OP_ARG_MAX)
            return g->tensors[n->inputs[0]].dims[3];
        if (!moves(n->op))
            return 0;
        tensor = n->inputs[0];
    }
    for (size_t i = 0; i < im->model->num_inputs; i++) {
        const int32_t t = im->model->inputs[i].tensor, type = im->model->tensors[t].type;
        if (im->tensor[t] == tensor)
            return type == HCL_TFL_INT32 || type == HCL_TFL_INT64 ? HCL_NUMBERS_UNKNOWN : 0;
    }
    return 0;
}

/* Inputs of integers, numbers of elements, and what only moves of them. */
static void mark_whole(struct hcl_import *im)
{
    struct hcl_graph *g = im->graph;
    for (size_t i = 0; i < im->model->num_inputs; i++) {
        const int32_t t = im->model->inputs[i].tensor, type = im->model->tensors[t].type;
        if ((type == HCL_TFL_INT32 || type == HCL_TFL_INT64) && im->tensor[t] != HCL_GRAPH_NONE)
            g->tensors[im->tensor[t]].numbers = HCL_NUMBERS_UNKNOWN;
    }
    for (size_t i = 0; i < g->num_nodes; i++) {
        if (g->nodes[i].op == HCL_OP_ARG_MAX)
            g->tensors[g->nodes[i].output].numbers = HCL_NUMBERS_UNKNOWN;
        for (size_t k = 0; moves(g->nodes[i].op) && k < hcl_node_arity(&g->nodes[i]); k++)
            if (g->tensors[g->nodes[i].inputs[k]].numbers > 0)
                g->tensors[g->nodes[i].output].numbers = HCL_NUMBERS_UNKNOWN;
    }
}

static hcl_status check_readers(const struct hcl_import *im)
{
    const struct hcl_graph *g = im->graph;
    for (size_t i = 0; i < g->num_nodes; i++) {
        const struct hcl_node *n = &g->nodes[i];
        for (size_t k = 0; k < hcl_node_arity(n); k++) {
            const bool whole = g->tensors[n->inputs[k]].numbers > 0;
            const bool fits = moves(n->op) ? whole == (g->tensors[n->output].numbers > 0)
                                           : whole || n->op != HCL_OP_LOOKUP || k != 0;
            if (!fits)
                return hcl_fail(im->err, HCL_BAD_INPUT,
                                "operator %s '%s' reads %s '%s', expected %s: a look-up reads whole numbers, "
                                "and what is moved together is all of one kind",
                                hcl_op_name(n->op), n->name, whole ? "the whole numbers" : "the real numbers",
                                g->tensors[n->inputs[k]].name, whole ? "real numbers" : "whole numbers");
        }
    }
    return HCL_OK;
}

static void widen(struct hcl_tensor *x, uint32_t numbers)
{
    if (x->numbers == HCL_NUMBERS_UNKNOWN || x->numbers < numbers)
        x->numbers = numbers;
}

hcl_status hcl_import_numbers(struct hcl_import *im)
{
    struct hcl_graph *g = im->graph;
    hcl_status st;
    mark_whole(im);
    st = check_readers(im);
    if (st != HCL_OK)
        return st;
    for (size_t i = g->num_nodes; i-- > 0;) {
        const struct hcl_node *n = &g->nodes[i];
        if (n->op == HCL_OP_LOOKUP)
            widen(&g->tensors[n->inputs[0]], g->tensors[n->inputs[1]].dims[2]);
        for (size_t k = 0; moves(n->op) && k < hcl_node_arity(n); k++)
            if (g->tensors[n->output].numbers > 0 && g->tensors[n->output].numbers != HCL_NUMBERS_UNKNOWN)
                widen(&g->tensors[n->inputs[k]], g->tensors[n->output].numbers);
    }
    /* Those that are computed have the range that they are computed with. */
    for (size_t i = 0; i < g->num_nodes; i++) {
        const struct hcl_node *n = &g->nodes[i];
        uint32_t *numbers = &g->tensors[n->output].numbers;
        if (n->op == HCL_OP_ARG_MAX)
            *numbers = g->tensors[n->inputs[0]].dims[3];
        else if (moves(n->op) && *numbers > 0)
            *numbers = g->tensors[n->inputs[0]].numbers;
    }
    return HCL_OK;
}

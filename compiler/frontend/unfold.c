/* SPDX-License-Identifier: Apache-2.0 */
#include "compiler/frontend/unfold.h"
#include "compiler/frontend/fold.h"
#include "compiler/frontend/sparse.h"
#include "compiler/frontend/variables.h"
#include <string.h>

enum { TFL_IF = 118, TFL_WHILE = 119 };
/* Turns of one loop, loops inside of loops, and what all of it may become. */
enum { MOST_TURNS = 4096, MOST_DEPTH = 8 };
#define MOST_OPERATORS ((size_t)1 << 18)
#define MOST_TENSORS ((size_t)1 << 19)

struct unfolding {
    struct hcl_import *im;
    struct hcl_tfl_model *m;
    struct hcl_tfl_op *ops; /* those that are left, in order */
    size_t num_ops, cap_ops, cap_tensors;
    int32_t *alias; /* by tensor: the one that it is, itself as a rule; cap_tensors of them */
    uint32_t copies, depth;
    struct hcl_variables variables;
};

static hcl_status no_memory(const struct unfolding *u)
{
    return hcl_fail(u->im->err, HCL_NO_RESOURCE, "no memory to unfold %zu operators", u->num_ops);
}

/* A copy of a tensor of a called subgraph. */
static hcl_status add_tensor(struct unfolding *u, const struct hcl_tfl_tensor *t, int32_t *out)
{
    struct hcl_tfl_model *m = u->m;
    if (m->num_tensors >= MOST_TENSORS)
        return hcl_fail(u->im->err, HCL_BAD_INPUT, "loops have more than %zu tensors", MOST_TENSORS);
    if (m->num_tensors == u->cap_tensors) {
        const size_t cap = 2 * u->cap_tensors + 64;
        void *tensors = realloc(m->tensors, cap * sizeof *m->tensors);
        if (tensors == NULL)
            return no_memory(u);
        m->tensors = tensors;
        void *alias = realloc(u->alias, cap * sizeof *u->alias);
        if (alias == NULL)
            return no_memory(u);
        u->alias = alias;
        u->cap_tensors = cap;
    }
    m->tensors[m->num_tensors] = *t;
    m->tensors[m->num_tensors].own = NULL;
    u->alias[m->num_tensors] = (int32_t)m->num_tensors;
    *out = (int32_t)m->num_tensors++;
    return HCL_OK;
}

/* Takes the operator's lists. */
static hcl_status keep(struct unfolding *u, const struct hcl_tfl_op *op)
{
    if (u->num_ops == u->cap_ops) {
        const size_t cap = 2 * u->cap_ops + 64;
        void *p = realloc(u->ops, cap * sizeof *u->ops);
        if (p == NULL)
            return no_memory(u);
        u->ops = p;
        u->cap_ops = cap;
    }
    u->ops[u->num_ops++] = *op;
    return HCL_OK;
}

static hcl_status emit(struct unfolding *u, struct hcl_tfl_op *op);

static int32_t *copy_indices(const int32_t *from, size_t n, const int32_t *map)
{
    int32_t *to = malloc((n + 1) * sizeof *to);
    for (size_t i = 0; to != NULL && i < n; i++)
        to[i] = from[i] < 0 ? from[i] : map[from[i]];
    return to;
}

static hcl_status emit_copy(struct unfolding *u, const struct hcl_tfl_op *from, const int32_t *map)
{
    struct hcl_tfl_op op = *from;
    hcl_status st;
    if (u->num_ops >= MOST_OPERATORS)
        return hcl_fail(u->im->err, HCL_BAD_INPUT, "loops unfold to more than %zu operators", MOST_OPERATORS);
    op.inputs = copy_indices(from->inputs, from->num_inputs, map);
    op.outputs = copy_indices(from->outputs, from->num_outputs, map);
    st = op.inputs != NULL && op.outputs != NULL ? emit(u, &op) : no_memory(u);
    hcl_tfl_op_clear(&op);
    return st;
}

/* The tensors of a called subgraph as copies; its inputs are `args`. Names tell the copies apart. */
static hcl_status copy_tensors(struct unfolding *u, const struct hcl_tfl_model *s, const int32_t *args,
                               int32_t *map)
{
    const uint32_t copy = ++u->copies;
    hcl_status st = HCL_OK;
    memset(map, 0xff, s->num_tensors * sizeof *map);
    for (size_t i = 0; i < s->num_inputs; i++)
        map[s->inputs[i].tensor] = args[i];
    for (size_t i = 0; i < s->num_tensors; i++) {
        struct hcl_tfl_tensor t = s->tensors[i];
        char name[HCL_TFL_NAME_LEN + 16];
        if (map[i] >= 0)
            continue;
        if (t.data == NULL) {
            snprintf(name, sizeof name, "%.*s#%u", HCL_TFL_NAME_LEN - 12, t.name, copy);
            memcpy(t.name, name, sizeof t.name);
            t.name[sizeof t.name - 1] = '\0';
        }
        HCL_TRY(add_tensor(u, &t, &map[i]));
    }
done:
    return st;
}

/* Append subgraph `which` for these arguments; results[i] is its output i. */
static hcl_status call(struct unfolding *u, const struct hcl_tfl_op *op, int32_t which, const int32_t *args,
                       size_t num_args, int32_t *results, size_t num_results)
{
    const struct hcl_tfl_model *s = &u->m->called[which];
    int32_t *map;
    hcl_status st;
    if (s->num_inputs != num_args || s->num_outputs != num_results)
        return HCL_FAIL_OP(u->im, op, "subgraph %d has %zu inputs and %zu outputs, expected %zu and %zu",
                           which, s->num_inputs, s->num_outputs, num_args, num_results);
    map = malloc((s->num_tensors + 1) * sizeof *map);
    if (map == NULL)
        return no_memory(u);
    HCL_TRY(copy_tensors(u, s, args, map));
    for (size_t i = 0; i < s->num_ops; i++)
        HCL_TRY(emit_copy(u, &s->ops[i], map));
    for (size_t i = 0; i < num_results; i++)
        results[i] = u->alias[map[s->outputs[i].tensor]];
done:
    free(map);
    return st;
}

/* A truth value that is known. */
static hcl_status read_condition(const struct unfolding *u, const struct hcl_tfl_op *op, int32_t t, bool *out)
{
    const struct hcl_tfl_tensor *c = &u->m->tensors[t];
    if (c->data == NULL)
        return HCL_FAIL_OP(
            u->im, op,
            "its condition '%s' is computed from the model's input: what is proved is the same "
            "for every input",
            c->name);
    if (c->type != HCL_TFL_BOOL || c->data_len != 1)
        return HCL_FAIL_OP(u->im, op, "its condition '%s' is not one BOOL", c->name);
    *out = *c->data != 0;
    return HCL_OK;
}

static void set_results(struct unfolding *u, const struct hcl_tfl_op *op, const int32_t *results)
{
    for (size_t i = 0; i < op->num_outputs; i++)
        u->alias[op->outputs[i]] = results[i];
}

static hcl_status unfold_while(struct unfolding *u, const struct hcl_tfl_op *op)
{
    const size_t n = op->num_inputs;
    int32_t *state = malloc((2 * n + 1) * sizeof *state), condition = HCL_TFL_ABSENT;
    hcl_status st = HCL_OK;
    bool goes_on = true;
    if (state == NULL)
        return no_memory(u);
    if (op->num_outputs != n) {
        st = HCL_FAIL_OP(u->im, op, "%zu outputs, expected %zu as of operands", op->num_outputs, n);
        goto done;
    }
    memcpy(state, op->inputs, n * sizeof *state);
    for (uint32_t turn = 0;; turn++) {
        HCL_TRY(call(u, op, op->condition, state, n, &condition, 1));
        HCL_TRY(read_condition(u, op, condition, &goes_on));
        if (!goes_on)
            break;
        if (turn == MOST_TURNS) {
            st = HCL_FAIL_OP(u->im, op, "it takes more than %d turns", MOST_TURNS);
            goto done;
        }
        HCL_TRY(call(u, op, op->body, state, n, state + n, n));
        memcpy(state, state + n, n * sizeof *state);
    }
    set_results(u, op, state);
done:
    free(state);
    return st;
}

static hcl_status unfold_if(struct unfolding *u, const struct hcl_tfl_op *op)
{
    int32_t *results = malloc((op->num_outputs + 1) * sizeof *results);
    bool holds = false;
    hcl_status st;
    if (results == NULL)
        return no_memory(u);
    if (op->num_inputs < 1) {
        st = HCL_FAIL_OP(u->im, op, "operand %d is missing", 0);
        goto done;
    }
    HCL_TRY(read_condition(u, op, op->inputs[0], &holds));
    HCL_TRY(call(u, op, holds ? op->condition : op->body, op->inputs + 1, op->num_inputs - 1, results,
                 op->num_outputs));
    set_results(u, op, results);
done:
    free(results);
    return st;
}

/* What runs begin with. */
static hcl_status unfold_once(struct unfolding *u, const struct hcl_tfl_op *op)
{
    const bool was = u->variables.initialising;
    hcl_status st;
    u->variables.initialising = true;
    st = call(u, op, op->body, NULL, 0, NULL, 0);
    u->variables.initialising = was;
    return st;
}

static hcl_status unfold_called(struct unfolding *u, const struct hcl_tfl_op *op)
{
    const int options = op->code == TFL_WHILE ? HCL_TFL_OPTIONS_WHILE
                        : op->code == TFL_IF  ? HCL_TFL_OPTIONS_IF
                                              : HCL_TFL_OPTIONS_CALL_ONCE;
    hcl_status st = hcl_import_options(u->im, op, options);
    if (st != HCL_OK)
        return st;
    for (size_t i = 0; i < op->num_inputs; i++)
        if (op->inputs[i] < 0)
            return HCL_FAIL_OP(u->im, op, "operand %zu is missing", i);
    if (u->depth == MOST_DEPTH)
        return HCL_FAIL_OP(u->im, op, "loops more than %d deep in each other", MOST_DEPTH);
    u->depth++;
    st = op->code == TFL_WHILE ? unfold_while(u, op)
         : op->code == TFL_IF  ? unfold_if(u, op)
                               : unfold_once(u, op);
    u->depth--;
    return st;
}

/* One operator, whose tensors are the model's; takes its lists if it stays. */
static hcl_status emit(struct unfolding *u, struct hcl_tfl_op *op)
{
    struct hcl_import *im = u->im;
    const struct hcl_tfl_op *before = im->op;
    hcl_status st;
    for (size_t k = 0; k < op->num_inputs; k++)
        op->inputs[k] = op->inputs[k] < 0 ? op->inputs[k] : u->alias[op->inputs[k]];
    im->op = op;
    if (op->code == TFL_WHILE || op->code == TFL_IF || op->code == HCL_TFL_CALL_ONCE) {
        st = unfold_called(u, op);
    } else if (hcl_variables_know(op->code)) {
        int32_t value;
        st = hcl_variables_take(&u->variables, im, op, &value);
        if (st == HCL_OK && value >= 0)
            u->alias[op->outputs[0]] = value;
    } else if (hcl_fold_applies(im, op)) {
        st = hcl_fold(im, op);
    } else {
        st = keep(u, op);
        if (st == HCL_OK)
            op->inputs = op->outputs = NULL;
    }
    im->op = before;
    return st;
}

static hcl_status unfold(struct unfolding *u)
{
    struct hcl_tfl_model *m = u->m;
    hcl_status st = HCL_OK;
    for (size_t i = 0; i < m->num_ops && st != HCL_NO_RESOURCE; i++) {
        st = emit(u, &m->ops[i]);
        if (st == HCL_BAD_INPUT)
            hcl_refuse(&u->im->refused, u->im->err->msg);
    }
    if (st == HCL_NO_RESOURCE)
        return st;
    for (size_t i = 0; i < m->num_outputs; i++)
        m->outputs[i].tensor = u->alias[m->outputs[i].tensor];
    return hcl_variables_finish(&u->variables, u->im);
}

/* The model's operators are those that are left. */
static void put_back(struct unfolding *u)
{
    for (size_t i = 0; i < u->m->num_ops; i++)
        hcl_tfl_op_clear(&u->m->ops[i]);
    free(u->m->ops);
    u->m->ops = u->ops;
    u->m->num_ops = u->num_ops;
}

hcl_status hcl_unfold(struct hcl_import *im)
{
    struct hcl_tfl_model *m = im->model;
    struct unfolding u = { .im = im, .m = m, .cap_tensors = m->num_tensors };
    hcl_status st;
    u.alias = malloc((m->num_tensors + 1) * sizeof *u.alias);
    if (u.alias == NULL)
        return no_memory(&u);
    for (size_t i = 0; i < m->num_tensors; i++)
        u.alias[i] = (int32_t)i;
    im->folding = true;
    HCL_TRY(hcl_sparse_expand(im, m));
    HCL_TRY(hcl_fold_halves(im, m));
    for (size_t i = 0; i < m->num_called; i++) {
        HCL_TRY(hcl_sparse_expand(im, &m->called[i]));
        HCL_TRY(hcl_fold_halves(im, &m->called[i]));
    }
    HCL_TRY(hcl_variables_open(&u.variables, im));
    HCL_TRY(unfold(&u));
done:
    hcl_variables_clear(&u.variables);
    im->folding = false;
    put_back(&u);
    free(u.alias);
    return st;
}

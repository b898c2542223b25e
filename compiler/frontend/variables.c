/* SPDX-License-Identifier: Apache-2.0 */
#include "compiler/frontend/variables.h"
#include <string.h>

bool hcl_variables_know(int32_t code)
{
    return code == HCL_TFL_VAR_HANDLE || code == HCL_TFL_READ_VARIABLE || code == HCL_TFL_ASSIGN_VARIABLE;
}

static hcl_status no_memory(const struct hcl_import *im)
{
    return hcl_fail(im->err, HCL_NO_RESOURCE, "no memory for the variables of '%s'", im->file);
}

static bool assigns(const struct hcl_tfl_model *m)
{
    for (size_t i = 0; i < m->num_ops; i++)
        if (m->ops[i].code == HCL_TFL_ASSIGN_VARIABLE)
            return true;
    return false;
}

static bool is_called_once(const struct hcl_tfl_model *m, size_t which)
{
    for (size_t i = 0; i < m->num_ops; i++)
        if (m->ops[i].code == HCL_TFL_CALL_ONCE && m->ops[i].body == (int32_t)which)
            return true;
    return false;
}

static struct hcl_variable *find(const struct hcl_variables *v, const struct hcl_tfl_op *op)
{
    for (size_t i = 0; i < v->count; i++)
        if (strcmp(v->all[i].name, op->variable) == 0 && strcmp(v->all[i].container, op->container) == 0)
            return &v->all[i];
    return NULL;
}

static struct hcl_variable *variable_of(const struct hcl_variables *v, int32_t tensor)
{
    for (size_t i = 0; i < v->num_handles; i++)
        if (v->handles[i].tensor == tensor)
            return &v->all[v->handles[i].variable];
    return NULL;
}

/* The variable of a VAR_HANDLE, a new one if it is the first of its name. */
static hcl_status add(struct hcl_variables *v, const struct hcl_import *im, const struct hcl_tfl_op *op,
                      struct hcl_variable **out)
{
    *out = find(v, op);
    if (*out != NULL)
        return HCL_OK;
    void *p = realloc(v->all, (v->count + 1) * sizeof *v->all);
    if (p == NULL)
        return no_memory(im);
    v->all = p;
    *out = &v->all[v->count++];
    **out = (struct hcl_variable){ .initial = HCL_TFL_ABSENT, .value = HCL_TFL_ABSENT };
    memcpy((*out)->name, op->variable, sizeof op->variable);
    memcpy((*out)->container, op->container, sizeof op->container);
    return HCL_OK;
}

static hcl_status take_handle(struct hcl_variables *v, const struct hcl_import *im,
                              const struct hcl_tfl_op *op)
{
    struct hcl_variable *x;
    hcl_status st;
    if (op->num_outputs != 1 || op->options != HCL_TFL_OPTIONS_VAR_HANDLE)
        return HCL_FAIL_OP(im, op, "%zu outputs, expected a handle and the variable's name", op->num_outputs);
    HCL_TRY(add(v, im, op, &x));
    void *p = realloc(v->handles, (v->num_handles + 1) * sizeof *v->handles);
    if (p == NULL)
        return no_memory(im);
    v->handles = p;
    v->handles[v->num_handles++] = (struct hcl_handle){ op->outputs[0], (size_t)(x - v->all) };
done:
    return st;
}

hcl_status hcl_variables_open(struct hcl_variables *v, const struct hcl_import *im)
{
    const struct hcl_tfl_model *m = im->model;
    struct hcl_variable *x;
    hcl_status st = HCL_OK;
    *v = (struct hcl_variables){ .count = 0 };
    for (size_t i = 0; i < m->num_called; i++)
        v->called_assign |= assigns(&m->called[i]) && !is_called_once(m, i);
    for (size_t i = 0; i < m->num_ops; i++)
        if (m->ops[i].code == HCL_TFL_VAR_HANDLE && m->ops[i].num_outputs == 1)
            HCL_TRY(take_handle(v, im, &m->ops[i]));
    for (size_t i = 0; i < m->num_ops; i++) {
        const struct hcl_tfl_op *op = &m->ops[i];
        x = op->code == HCL_TFL_ASSIGN_VARIABLE && op->num_inputs == 2 ? variable_of(v, op->inputs[0]) : NULL;
        if (x != NULL)
            x->assigned = true;
    }
    v->num_handles = 0; /* they come again, in order */
done:
    return st;
}

/* A variable's value before the run is an input, called as the variable. */
static hcl_status add_end(struct hcl_tfl_end **ends, size_t *count, const char *name, int32_t tensor,
                          int32_t initial, const struct hcl_import *im)
{
    void *p = realloc(*ends, (*count + 1) * sizeof **ends);
    if (p == NULL)
        return no_memory(im);
    *ends = p;
    struct hcl_tfl_end *e = &(*ends)[(*count)++];
    *e = (struct hcl_tfl_end){ .tensor = tensor, .initial = initial };
    snprintf(e->name, sizeof e->name, "%s", name);
    return HCL_OK;
}

static hcl_status take_read(struct hcl_variables *v, struct hcl_import *im, const struct hcl_tfl_op *op,
                            struct hcl_variable *x, int32_t *value)
{
    if (op->num_outputs != 1)
        return HCL_FAIL_OP(im, op, "%zu outputs, expected 1", op->num_outputs);
    if (x->value == HCL_TFL_ABSENT && !x->assigned && !v->called_assign)
        x->value = x->initial;
    if (x->value == HCL_TFL_ABSENT && !x->assigned && !v->called_assign)
        return HCL_FAIL_OP(im, op, "variable '%s' has no value: nothing assigns one", x->name);
    if (x->value == HCL_TFL_ABSENT) {
        hcl_status st =
            add_end(&im->model->inputs, &im->model->num_inputs, x->name, op->outputs[0], x->initial, im);
        if (st != HCL_OK)
            return st;
        struct hcl_tfl_tensor *t = &im->model->tensors[op->outputs[0]];
        snprintf(t->name, sizeof t->name, "%s", x->name); /* what keys and public values call it */
        x->value = op->outputs[0];
    }
    *value = x->value;
    return HCL_OK;
}

hcl_status hcl_variables_take(struct hcl_variables *v, struct hcl_import *im, const struct hcl_tfl_op *op,
                              int32_t *value)
{
    const bool assign = op->code == HCL_TFL_ASSIGN_VARIABLE;
    struct hcl_variable *x;
    *value = HCL_TFL_ABSENT;
    if (op->code == HCL_TFL_VAR_HANDLE)
        return take_handle(v, im, op);
    x = op->num_inputs == (assign ? 2 : 1) && op->inputs[0] >= 0 ? variable_of(v, op->inputs[0]) : NULL;
    if (x == NULL)
        return HCL_FAIL_OP(im, op, "%zu operands, the first not a variable's handle", op->num_inputs);
    if (!assign)
        return take_read(v, im, op, x, value);
    if (op->inputs[1] < 0)
        return HCL_FAIL_OP(im, op, "operand %d is missing", 1);
    if (v->initialising && im->model->tensors[op->inputs[1]].data == NULL)
        return HCL_FAIL_OP(im, op, "variable '%s' does not begin with a constant", x->name);
    *(v->initialising ? &x->initial : &x->value) = op->inputs[1];
    x->assigned |= !v->initialising;
    return HCL_OK;
}

hcl_status hcl_variables_finish(const struct hcl_variables *v, struct hcl_import *im)
{
    char name[HCL_TFL_NAME_LEN];
    hcl_status st = HCL_OK;
    for (size_t i = 0; i < v->count && st == HCL_OK; i++) {
        if (!v->all[i].assigned || v->all[i].value == HCL_TFL_ABSENT)
            continue;
        snprintf(name, sizeof name, "%.*s:next", HCL_TFL_NAME_LEN - 6, v->all[i].name);
        st = add_end(&im->model->outputs, &im->model->num_outputs, name, v->all[i].value, HCL_TFL_ABSENT, im);
    }
    return st;
}

void hcl_variables_clear(struct hcl_variables *v)
{
    free(v->all);
    free(v->handles);
    *v = (struct hcl_variables){ .count = 0 };
}

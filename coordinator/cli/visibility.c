/* SPDX-License-Identifier: Apache-2.0 */
#include "coordinator/cli/visibility.h"

#include <string.h>

/* Where the weights are that a gate sums. */
enum weights { NO_WEIGHTS, FIXED_WEIGHTS, FREE_WEIGHTS };

/* What a key shows by itself. */
struct seen {
    size_t inputs, outputs; /* public tensors of each role */
    enum weights weights;
};

static bool sees_input(const struct seen *s)
{
    return s->inputs > 0;
}
static bool sees_no_input(const struct seen *s)
{
    return s->inputs == 0;
}
static bool sees_output(const struct seen *s)
{
    return s->outputs > 0;
}
static bool sees_no_output(const struct seen *s)
{
    return s->outputs == 0;
}
static bool sees_fixed_weights(const struct seen *s)
{
    return s->weights == FIXED_WEIGHTS;
}
static bool sees_free_weights(const struct seen *s)
{
    return s->weights == FREE_WEIGHTS;
}
static bool sees_no_weights(const struct seen *s)
{
    return s->weights == NO_WEIGHTS;
}

static const struct claim {
    const char *what, *mode;
    bool (*shown)(const struct seen *s);
    const char *learned;
    const char *otherwise; /* completes "the key says that WHAT is MODE, but " */
} claims[] = {
    { "input", "public", sees_input, "the whole input: it is among the public values",
      "no public tensor is an input" },
    { "input", "private", sees_no_input, "nothing: some input, known to the prover, gave this output",
      "a public tensor is an input" },
    { "output", "public", sees_output, "the whole output: it is among the public values",
      "no public tensor is an output" },
    { "output", "private", sees_no_output, "nothing: the prover knows an output of this model",
      "a public tensor is an output" },
    { "weights", "public", sees_fixed_weights,
      "all of them: the verifying key fixes every weight, so only this model passes",
      "no gate of its circuit reads weights in fixed columns" },
    { "weights", "committed", sees_fixed_weights,
      "a commitment: the verifying key fixes every weight and is said to hide them; whoever is given model "
      "and seed "
      "can make the key again (open-model)",
      "no gate of its circuit reads weights in fixed columns" },
    { "weights", "private", sees_free_weights,
      "only the architecture: some weights gave this output, and another proof under the same key may use "
      "others",
      "no gate of its circuit reads weights in advice columns" },
    { "weights", "none", sees_no_weights, "there are none: the model has no parameters",
      "a gate of its circuit reads weights" },
};

static const char *const subjects[] = { "input", "output", "weights" };

static bool is_column(const struct hcl_expr_node *e, hcl_column_kind kind)
{
    return e->op == HCL_EX_COLUMN && e->column.kind == kind;
}

/* A challenge, or a product of such. */
static bool is_power(const struct hcl_circuit *c, hcl_expr i)
{
    const struct hcl_expr_node *e = &c->exprs[i];
    return e->op == HCL_EX_CHALLENGE || (e->op == HCL_EX_PRODUCT && is_power(c, e->a) && is_power(c, e->b));
}

static bool is_weight(const struct hcl_circuit *c, hcl_expr i, hcl_column_kind kind)
{
    const struct hcl_expr_node *e = &c->exprs[i];
    return is_column(e, kind) && (kind != HCL_COL_ADVICE || c->advice_phase[e->column.index] == 0);
}

/* Column, or sum' * power + sum'', all of one kind, advice of the first phase only. */
static bool is_sum_of(const struct hcl_circuit *c, hcl_expr i, hcl_column_kind kind)
{
    for (;; i = c->exprs[c->exprs[i].a].a) {
        const struct hcl_expr_node *e = &c->exprs[i];
        if (e->op != HCL_EX_SUM)
            return is_weight(c, i, kind);
        if (!is_weight(c, e->b, kind) && !is_sum_of(c, e->b, kind))
            return false;
        if (c->exprs[e->a].op != HCL_EX_PRODUCT || !is_power(c, c->exprs[e->a].b))
            return false;
    }
}

/* The weights of w*D - w*U*(sum of weights) - .., the gate "weights", where w is not zero everywhere. */
static enum weights weights_of(const struct hcl_vk *vk, hcl_expr i)
{
    const struct hcl_circuit *c = vk->circuit;
    const struct hcl_expr_node *e = &c->exprs[i], *left, *minus, *product, *factor;
    if (e->op != HCL_EX_SUM || c->exprs[e->a].op != HCL_EX_SUM)
        return NO_WEIGHTS;
    left = &c->exprs[c->exprs[e->a].a];
    minus = &c->exprs[c->exprs[e->a].b];
    if (left->op != HCL_EX_PRODUCT || minus->op != HCL_EX_NEG ||
        !is_column(&c->exprs[left->a], HCL_COL_FIXED) ||
        hcl_g1_is_infinity(&vk->fixed[c->exprs[left->a].column.index]))
        return NO_WEIGHTS;
    product = &c->exprs[minus->a];
    factor = &c->exprs[product->a];
    if (product->op != HCL_EX_PRODUCT || factor->op != HCL_EX_PRODUCT ||
        !is_column(&c->exprs[factor->a], HCL_COL_FIXED) ||
        c->exprs[factor->a].column.index != c->exprs[left->a].column.index)
        return NO_WEIGHTS;
    if (is_sum_of(c, product->b, HCL_COL_FIXED))
        return FIXED_WEIGHTS;
    return is_sum_of(c, product->b, HCL_COL_ADVICE) ? FREE_WEIGHTS : NO_WEIGHTS;
}

static enum weights weights_of_key(const struct hcl_vk *vk)
{
    const struct hcl_circuit *c = vk->circuit;
    enum weights found = NO_WEIGHTS;
    for (size_t g = 0; found == NO_WEIGHTS && g < c->num_gates; g++)
        for (size_t p = 0; found == NO_WEIGHTS && p < c->gates[g].count; p++)
            found = weights_of(vk, c->gates[g].polys[p]);
    return found;
}

/* Marks the instance columns that some constraint reads: a copy can, or a gate does. */
static void mark_read(bool *read, const struct hcl_circuit *c)
{
    for (size_t i = 0; i < c->num_permutation; i++)
        if (c->permutation[i].kind == HCL_COL_INSTANCE)
            read[c->permutation[i].index] = true;
    for (size_t i = 0; i < c->num_exprs; i++) {
        const struct hcl_expr_node *e = &c->exprs[i];
        if (e->op == HCL_EX_COLUMN && e->column.kind == HCL_COL_INSTANCE)
            read[e->column.index] = true;
    }
}

static hcl_status count_role(struct seen *s, const json_t *entry, const bool *read, uint32_t columns,
                             const char *name, struct hcl_err *err)
{
    const char *role = json_string_value(json_object_get(entry, "role"));
    json_int_t column = json_integer_value(json_object_get(entry, "column"));
    if (role && strcmp(role, "input") == 0)
        s->inputs++;
    else if (role && strcmp(role, "output") == 0)
        s->outputs++;
    else
        return hcl_fail(err, HCL_BAD_INPUT,
                        "'%s' lists a public tensor of role '%s', expected input or output", name,
                        role ? role : "");
    if (column < 0 || column >= columns || !read[column])
        return hcl_fail(err, HCL_BAD_INPUT,
                        "'%s' lists public tensors in instance column %lld, which no constraint reads", name,
                        (long long)column);
    return HCL_OK;
}

static hcl_status look(struct seen *s, const json_t *meta, const struct hcl_vk *vk, const char *name,
                       struct hcl_err *err)
{
    size_t i;
    json_t *entry;
    hcl_status st = HCL_OK;
    const uint32_t columns = vk->circuit->num_instance;
    bool *read = calloc((size_t)columns + 1, sizeof *read);
    if (!read)
        return hcl_fail(err, HCL_NO_RESOURCE, "no memory to look at '%s'", name);
    *s = (struct seen){ .weights = weights_of_key(vk) };
    mark_read(read, vk->circuit);
    json_array_foreach(json_object_get(meta, "public"), i, entry)
        HCL_TRY(count_role(s, entry, read, columns, name, err));
done:
    free(read);
    return st;
}

static hcl_status check_header(const json_t *meta, const char *name, struct hcl_err *err)
{
    const char *format = json_string_value(json_object_get(meta, "format"));
    const json_t *version = json_object_get(meta, "version");
    if (!format || strcmp(format, "halocline-vk-meta") != 0)
        return hcl_fail(err, HCL_BAD_INPUT,
                        "the meta text of '%s' has format '%s', expected 'halocline-vk-meta'", name,
                        format ? format : "");
    if (!json_is_integer(version) || json_integer_value(version) != 1)
        return hcl_fail(err, HCL_BAD_INPUT, "the meta text of '%s' has version %lld, expected 1", name,
                        (long long)json_integer_value(version));
    return HCL_OK;
}

static const struct claim *find(const char *what, const char *mode)
{
    for (size_t i = 0; mode && i < sizeof claims / sizeof *claims; i++)
        if (strcmp(claims[i].what, what) == 0 && strcmp(claims[i].mode, mode) == 0)
            return &claims[i];
    return NULL;
}

static hcl_status check_claim(json_t *learned, const char *what, const char *mode, const struct seen *seen,
                              const char *name, struct hcl_err *err)
{
    const struct claim *claim = find(what, mode);
    if (!claim)
        return hcl_fail(err, HCL_BAD_INPUT, "'%s' says that %s is '%s', which is no visibility known here",
                        name, what, mode ? mode : "");
    if (!claim->shown(seen))
        return hcl_fail(err, HCL_BAD_INPUT, "'%s' says that %s is %s, but %s", name, what, mode,
                        claim->otherwise);
    json_object_set_new(learned, what, json_string(claim->learned));
    return HCL_OK;
}

/* Of a model whose outputs were reduced: what of them, as the key has it. */
static void name_results(json_t *learned, const json_t *results)
{
    char list[512] = "";
    size_t i, at = 0;
    json_t *text;
    json_array_foreach(results, i, text)
    {
        const char *one = json_string_value(text);
        const int n = snprintf(list + at, sizeof list - at, "%s%s", i ? ", " : "", one ? one : "");
        at += n > 0 && (size_t)n < sizeof list - at ? (size_t)n : 0;
    }
    json_object_set_new(learned, "output",
                        json_sprintf("of its outputs %s: among the public values, and nothing else", list));
}

hcl_status hcl_visibility_check(json_t **learned, const json_t *meta, const struct hcl_vk *vk,
                                const char *name, struct hcl_err *err)
{
    struct seen seen;
    hcl_status st = HCL_OK;
    json_t *modes = json_object_get(meta, "visibility");
    *learned = NULL;
    if (!meta)
        return HCL_OK;
    HCL_TRY(check_header(meta, name, err));
    HCL_TRY(look(&seen, meta, vk, name, err));
    *learned = json_object();
    for (size_t i = 0; i < sizeof subjects / sizeof *subjects; i++)
        HCL_TRY(check_claim(*learned, subjects[i], json_string_value(json_object_get(modes, subjects[i])),
                            &seen, name, err));
    if (json_array_size(json_object_get(meta, "outputs")) > 0 && sees_output(&seen))
        name_results(*learned, json_object_get(meta, "outputs"));
done:
    if (st != HCL_OK) {
        json_decref(*learned);
        *learned = NULL;
    }
    return st;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "coordinator/cli/visibility.h"

#include <string.h>

/* What a key shows by itself. */
struct seen {
    size_t inputs, outputs; /* public tensors of each role */
    bool bound;             /* a gate ties cells to fixed values */
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
static bool sees_binding(const struct seen *s)
{
    return s->bound;
}
static bool sees_no_binding(const struct seen *s)
{
    return !s->bound;
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
    { "weights", "public", sees_binding,
      "all of them: the verifying key fixes every weight, so only this model passes",
      "no gate of its circuit ties weights to fixed values" },
    { "weights", "private", sees_no_binding,
      "only the architecture and the range of the weights: some weights gave this output, and another proof "
      "under the same key may use others",
      "a gate of its circuit ties weights to fixed values" },
};

static const char *const subjects[] = { "input", "output", "weights" };

static bool is_first_phase(const struct hcl_circuit *c, const struct hcl_expr_node *e)
{
    return e->op == HCL_EX_COLUMN && e->column.kind == HCL_COL_ADVICE &&
           c->advice_phase[e->column.index] == 0;
}

/* A sum of first-phase cells, each times a constant: no challenge, nothing fixed, no product. */
static bool is_packed_cells(const struct hcl_circuit *c, hcl_expr i)
{
    const struct hcl_expr_node *e = &c->exprs[i];
    while (e->op == HCL_EX_SUM || e->op == HCL_EX_SCALED) {
        if (e->op == HCL_EX_SUM && !is_first_phase(c, &c->exprs[e->b]))
            return false;
        e = &c->exprs[e->a];
    }
    return is_first_phase(c, e);
}

static bool is_filled(const struct hcl_vk *vk, const struct hcl_expr_node *e)
{
    return e->op == HCL_EX_COLUMN && e->column.kind == HCL_COL_FIXED &&
           !hcl_g1_is_infinity(&vk->fixed[e->column.index]);
}

/* on*( sum of 2^(b*m)*cell_m - bound ), neither column zero everywhere: the gate of public weights. */
static bool binds(const struct hcl_vk *vk, hcl_expr i)
{
    const struct hcl_circuit *c = vk->circuit;
    const struct hcl_expr_node *e = &c->exprs[i];
    if (e->op != HCL_EX_PRODUCT || !is_filled(vk, &c->exprs[e->a]))
        return false;
    const struct hcl_expr_node *sum = &c->exprs[e->b];
    if (sum->op != HCL_EX_SUM || c->exprs[sum->b].op != HCL_EX_NEG)
        return false;
    return is_filled(vk, &c->exprs[c->exprs[sum->b].a]) && is_packed_cells(c, sum->a);
}

static bool has_binding(const struct hcl_vk *vk)
{
    const struct hcl_circuit *c = vk->circuit;
    for (size_t g = 0; g < c->num_gates; g++)
        for (size_t p = 0; p < c->gates[g].count; p++)
            if (binds(vk, c->gates[g].polys[p]))
                return true;
    return false;
}

/* Some constraint reads the column: a copy can, or a gate does. */
static bool is_read(const struct hcl_circuit *c, json_int_t column)
{
    for (size_t i = 0; i < c->num_permutation; i++)
        if (c->permutation[i].kind == HCL_COL_INSTANCE && c->permutation[i].index == column)
            return true;
    for (size_t i = 0; i < c->num_exprs; i++) {
        const struct hcl_expr_node *e = &c->exprs[i];
        if (e->op == HCL_EX_COLUMN && e->column.kind == HCL_COL_INSTANCE && e->column.index == column)
            return true;
    }
    return false;
}

static hcl_status look(struct seen *s, const json_t *meta, const struct hcl_vk *vk, const char *name,
                       struct hcl_err *err)
{
    size_t i;
    json_t *entry;
    *s = (struct seen){ .bound = has_binding(vk) };
    json_array_foreach(json_object_get(meta, "public"), i, entry)
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
        if (!is_read(vk->circuit, column))
            return hcl_fail(err, HCL_BAD_INPUT,
                            "'%s' lists public tensors in instance column %lld, which no constraint reads",
                            name, (long long)column);
    }
    return HCL_OK;
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
    for (size_t i = 0; i < sizeof subjects / sizeof *subjects; i++) {
        const char *mode = json_string_value(json_object_get(modes, subjects[i]));
        const struct claim *claim = find(subjects[i], mode);
        if (!claim)
            HCL_TRY(hcl_fail(err, HCL_BAD_INPUT,
                             "'%s' says that %s is '%s', which is no visibility known here", name,
                             subjects[i], mode ? mode : ""));
        if (!claim->shown(&seen))
            HCL_TRY(hcl_fail(err, HCL_BAD_INPUT, "'%s' says that %s is %s, but %s", name, claim->what,
                             claim->mode, claim->otherwise));
        json_object_set_new(*learned, claim->what, json_string(claim->learned));
    }
done:
    if (st != HCL_OK) {
        json_decref(*learned);
        *learned = NULL;
    }
    return st;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "common/halo2/audit.h"
#include "common/halo2/keygen_internal.h"
#include <string.h>

static const char *const kind_names[3] = { "fixed", "advice", "instance" };

static hcl_status differs(struct hcl_err *err, const char *what, size_t theirs, size_t ours)
{
    return hcl_fail(err, HCL_FALSE_CLAIM, "the key has %zu %s, the circuit %zu", theirs, what, ours);
}

static hcl_status compare_counts(const struct hcl_circuit *a, const struct hcl_circuit *b,
                                 struct hcl_err *err)
{
    const struct {
        const char *what;
        size_t theirs, ours;
    } counts[] = {
        { "as k", a->k, b->k },
        { "fixed columns", a->num_fixed, b->num_fixed },
        { "advice columns", a->num_advice, b->num_advice },
        { "instance columns", a->num_instance, b->num_instance },
        { "challenges", a->num_challenges, b->num_challenges },
        { "as degree", a->degree, b->degree },
        { "columns in the permutation", a->num_permutation, b->num_permutation },
        { "fixed queries", a->num_queries[HCL_COL_FIXED], b->num_queries[HCL_COL_FIXED] },
        { "advice queries", a->num_queries[HCL_COL_ADVICE], b->num_queries[HCL_COL_ADVICE] },
        { "instance queries", a->num_queries[HCL_COL_INSTANCE], b->num_queries[HCL_COL_INSTANCE] },
        { "gates", a->num_gates, b->num_gates },
        { "look-ups", a->num_lookups, b->num_lookups },
    };
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++)
        if (counts[i].theirs != counts[i].ours)
            return differs(err, counts[i].what, counts[i].theirs, counts[i].ours);
    return HCL_OK;
}

/* Counts are equal from here on. */
static hcl_status compare_columns(const struct hcl_circuit *a, const struct hcl_circuit *b,
                                  struct hcl_err *err)
{
    for (uint32_t i = 0; i < a->num_advice; i++)
        if (a->advice_phase[i] != b->advice_phase[i])
            return hcl_fail(err, HCL_FALSE_CLAIM,
                            "advice column %u has phase %u in the key, %u in the circuit", i,
                            a->advice_phase[i], b->advice_phase[i]);
    for (uint32_t i = 0; i < a->num_challenges; i++)
        if (a->challenge_phase[i] != b->challenge_phase[i])
            return hcl_fail(err, HCL_FALSE_CLAIM, "challenge %u has phase %u in the key, %u in the circuit",
                            i, a->challenge_phase[i], b->challenge_phase[i]);
    for (size_t i = 0; i < a->num_permutation; i++) {
        hcl_column x = a->permutation[i], y = b->permutation[i];
        if (x.kind != y.kind || x.index != y.index)
            return hcl_fail(
                err, HCL_FALSE_CLAIM,
                "column %zu of the permutation is %s column %u in the key, %s column %u in the circuit", i,
                kind_names[x.kind], x.index, kind_names[y.kind], y.index);
    }
    return HCL_OK;
}

static hcl_status compare_queries(const struct hcl_circuit *a, const struct hcl_circuit *b,
                                  struct hcl_err *err)
{
    for (int kind = 0; kind < 3; kind++)
        for (size_t i = 0; i < a->num_queries[kind]; i++) {
            const struct hcl_query *x = &a->queries[kind][i], *y = &b->queries[kind][i];
            if (x->column.index != y->column.index || x->rotation != y->rotation)
                return hcl_fail(
                    err, HCL_FALSE_CLAIM,
                    "%s query %zu reads column %u at rotation %d in the key, column %u at rotation "
                    "%d in the circuit",
                    kind_names[kind], i, x->column.index, x->rotation, y->column.index, y->rotation);
        }
    return HCL_OK;
}

/* Do two expressions unfold to the same tree? At most HCL_MAX_EXPR_DEPTH deep. */
static bool same_expr(const struct hcl_circuit *a, hcl_expr i, const struct hcl_circuit *b, hcl_expr j)
{
    const struct hcl_expr_node *x = &a->exprs[i], *y = &b->exprs[j];
    if (x->op != y->op)
        return false;
    switch (x->op) {
    case HCL_EX_CONST:
        return hcl_fr_eq(&x->value, &y->value);
    case HCL_EX_COLUMN:
        return x->column.kind == y->column.kind && x->column.index == y->column.index &&
               x->rotation == y->rotation;
    case HCL_EX_CHALLENGE:
        return x->a == y->a;
    case HCL_EX_SCALED:
        return hcl_fr_eq(&x->value, &y->value) && same_expr(a, x->a, b, y->a);
    case HCL_EX_NEG:
        return same_expr(a, x->a, b, y->a);
    case HCL_EX_SUM:
    case HCL_EX_PRODUCT:
        return same_expr(a, x->a, b, y->a) && same_expr(a, x->b, b, y->b);
    }
    return false;
}

static bool same_exprs(const struct hcl_circuit *a, const hcl_expr *x, const struct hcl_circuit *b,
                       const hcl_expr *y, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (!same_expr(a, x[i], b, y[i]))
            return false;
    return true;
}

static hcl_status compare_constraints(const struct hcl_circuit *a, const struct hcl_circuit *b,
                                      struct hcl_err *err)
{
    for (size_t i = 0; i < a->num_gates; i++) {
        const struct hcl_gate *x = &a->gates[i], *y = &b->gates[i];
        if (x->count != y->count || !same_exprs(a, x->polys, b, y->polys, x->count))
            return hcl_fail(err, HCL_FALSE_CLAIM, "gate %zu, '%s' in the circuit, is another one in the key",
                            i, y->name);
    }
    for (size_t i = 0; i < a->num_lookups; i++) {
        const struct hcl_lookup *x = &a->lookups[i], *y = &b->lookups[i];
        if (x->count != y->count || !same_exprs(a, x->inputs, b, y->inputs, x->count) ||
            !same_exprs(a, x->tables, b, y->tables, x->count))
            return hcl_fail(err, HCL_FALSE_CLAIM,
                            "look-up %zu, '%s' in the circuit, is another one in the key", i, y->name);
    }
    return HCL_OK;
}

hcl_status hcl_audit_system(const struct hcl_circuit *theirs, const struct hcl_circuit *ours,
                            struct hcl_err *err)
{
    hcl_status st;
    HCL_TRY(compare_counts(theirs, ours, err));
    HCL_TRY(compare_columns(theirs, ours, err));
    HCL_TRY(compare_queries(theirs, ours, err));
    HCL_TRY(compare_constraints(theirs, ours, err));
done:
    return st;
}

static hcl_status compare_commitment(void *ctx, size_t i, const hcl_g1 *ours, struct hcl_err *err)
{
    const struct hcl_vk *vk = ctx;
    const struct hcl_circuit *c = vk->circuit;
    if (i < c->num_fixed)
        return hcl_g1_eq(ours, &vk->fixed[i])
                   ? HCL_OK
                   : hcl_fail(err, HCL_FALSE_CLAIM,
                              "fixed column %zu of the key does not hold the values of the circuit", i);
    i -= c->num_fixed;
    if (hcl_g1_eq(ours, &vk->sigma[i]))
        return HCL_OK;
    return hcl_fail(
        err, HCL_FALSE_CLAIM,
        "column %zu of the key's permutation, %s column %u, does not hold the copies of the circuit", i,
        kind_names[c->permutation[i].kind], c->permutation[i].index);
}

hcl_status hcl_audit_key(const struct hcl_vk *vk, const struct hcl_circuit *c, const struct hcl_srs *srs,
                         int threads, struct hcl_err *err)
{
    struct hcl_vk theirs = *vk;
    hcl_status st = vk->circuit == c ? HCL_OK : hcl_audit_system(vk->circuit, c, err);
    if (st != HCL_OK)
        return st;
    return hcl_key_commitments(c, srs, NULL, compare_commitment, &theirs, threads, err);
}

static bool is_computed_with(const struct hcl_circuit *c, uint32_t column)
{
    for (size_t i = 0; i < c->num_exprs; i++) {
        const struct hcl_expr_node *e = &c->exprs[i];
        if (e->op == HCL_EX_COLUMN && e->column.kind == HCL_COL_INSTANCE && e->column.index == column)
            return true;
    }
    return false;
}

/* Marks the rows of an instance column that a copy ties to another cell; returns how many rows there are up
 * to the last of them. */
static size_t mark_copied(bool *copied, const struct hcl_circuit *c, uint32_t column)
{
    size_t rows = 0;
    for (size_t i = 0; i < c->num_copies; i++) {
        const struct hcl_copy *p = &c->copies[i];
        const uint32_t ends[2][2] = { { p->left_column, p->left_row }, { p->right_column, p->right_row } };
        if (p->left_column == p->right_column && p->left_row == p->right_row)
            continue;
        for (int e = 0; e < 2; e++) {
            hcl_column at = c->permutation[ends[e][0]];
            if (at.kind != HCL_COL_INSTANCE || at.index != column)
                continue;
            copied[ends[e][1]] = true;
            rows = ends[e][1] >= rows ? (size_t)ends[e][1] + 1 : rows;
        }
    }
    return rows;
}

static hcl_status check_column(const struct hcl_values *v, const struct hcl_circuit *c, uint32_t column,
                               bool *copied, struct hcl_err *err)
{
    memset(copied, 0, c->usable_rows * sizeof *copied);
    size_t rows = mark_copied(copied, c, column);
    if (v->rows[column] != rows)
        return hcl_fail(err, HCL_BAD_INPUT, "instance column %u has %zu public values, the circuit reads %zu",
                        column, v->rows[column], rows);
    for (size_t i = 0; i < rows; i++)
        if (!copied[i] && !hcl_fr_is_zero(&v->columns[column][i]))
            return hcl_fail(
                err, HCL_BAD_INPUT,
                "public value %zu of instance column %u is read by nothing in the circuit, expected 0", i,
                column);
    return HCL_OK;
}

hcl_status hcl_audit_instances(const struct hcl_values *instances, const struct hcl_circuit *c,
                               struct hcl_err *err)
{
    hcl_status st = HCL_OK;
    bool *copied = NULL;
    if (instances->count != c->num_instance)
        return hcl_fail(err, HCL_BAD_INPUT, "%zu columns of public values given, the circuit has %u",
                        instances->count, c->num_instance);
    copied = malloc(c->usable_rows * sizeof *copied);
    if (copied == NULL)
        return hcl_fail(err, HCL_NO_RESOURCE, "no memory for the rows of the public values");
    for (uint32_t i = 0; i < c->num_instance && st == HCL_OK; i++)
        if (!is_computed_with(c, i))
            st = check_column(instances, c, i, copied, err);
    free(copied);
    return st;
}

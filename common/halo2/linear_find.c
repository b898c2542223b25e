/* SPDX-License-Identifier: Apache-2.0 */
/* The search for linear columns in the graph of the gates' values. A root is a value that is multiplied by
 * another one or is a constraint; what is below it up to the next products is a sum sum_i a_i v_i, whose
 * terms are found by handing coefficients down. */
#include "common/halo2/linear_internal.h"

#include <string.h>

#define NONE UINT32_MAX

/* A candidate in the sum of a root. */
struct term {
    uint32_t root, candidate, coefficient;
};

struct finder {
    struct hcl_value_graph *g;
    const struct hcl_circuit *c;
    struct hcl_linear *out;
    struct hcl_linear_search *search;
    size_t num_values; /* of the graph before the search */

    uint32_t *number[2]; /* by kind and index: the column's candidate or NONE */
    struct hcl_query *candidates;
    size_t num_candidates;

    bool *live, *root; /* [value] */
    bool *has;         /* [value]: is there a candidate in this sum? */
    uint32_t *coefficient, *order;
    size_t num_order;

    struct term *terms; /* by root, then by candidate */
    size_t num_terms, cap_terms;
    size_t *of_candidate; /* [candidate], one more: its terms are by_candidate[of_candidate[i]..] */
    uint32_t *by_candidate;
    bool *accepted; /* [candidate] */
};

static hcl_status no_memory(struct hcl_err *err)
{
    return hcl_fail(err, HCL_NO_RESOURCE, "no memory to search for linear columns");
}

static void finder_clear(struct finder *f)
{
    free(f->number[0]);
    free(f->number[1]);
    free(f->candidates);
    free(f->live);
    free(f->root);
    free(f->has);
    free(f->coefficient);
    free(f->order);
    free(f->terms);
    free(f->of_candidate);
    free(f->by_candidate);
    free(f->accepted);
}

static hcl_status finder_init(struct finder *f, struct hcl_err *err)
{
    const size_t columns = (size_t)f->c->num_fixed + f->c->num_advice, values = f->num_values;
    f->number[HCL_COL_FIXED] = calloc(f->c->num_fixed + 1, sizeof(uint32_t));
    f->number[HCL_COL_ADVICE] = calloc(f->c->num_advice + 1, sizeof(uint32_t));
    f->candidates = calloc(columns + 1, sizeof *f->candidates);
    f->live = calloc(values + 1, sizeof *f->live);
    f->root = calloc(values + 1, sizeof *f->root);
    f->has = calloc(values + 1, sizeof *f->has);
    f->coefficient = calloc(values + 1, sizeof *f->coefficient);
    f->order = calloc(values + 1, sizeof *f->order);
    f->of_candidate = calloc(columns + 2, sizeof *f->of_candidate);
    f->accepted = calloc(columns + 1, sizeof *f->accepted);
    if (!f->number[HCL_COL_FIXED] || !f->number[HCL_COL_ADVICE] || !f->candidates || !f->live || !f->root ||
        !f->has || !f->coefficient || !f->order || !f->of_candidate || !f->accepted)
        return no_memory(err);
    memset(f->coefficient, 0xff, values * sizeof *f->coefficient);
    return HCL_OK;
}

/* ---- candidates ---- */

static void exclude(struct finder *f, hcl_column column)
{
    if (column.kind != HCL_COL_INSTANCE)
        f->number[column.kind][column.index] = 0;
}

/* What the expressions of look-ups read; seen: [expression]. */
static void exclude_expression(struct finder *f, bool *seen, hcl_expr e)
{
    const struct hcl_expr_node *node = &f->c->exprs[e];
    if (seen[e])
        return;
    seen[e] = true;
    if (node->op == HCL_EX_COLUMN)
        exclude(f, node->column);
    if (node->op >= HCL_EX_NEG)
        exclude_expression(f, seen, node->a);
    if (node->op == HCL_EX_SUM || node->op == HCL_EX_PRODUCT)
        exclude_expression(f, seen, node->b);
}

static hcl_status exclude_lookups(struct finder *f, struct hcl_err *err)
{
    bool *seen = calloc(f->c->num_exprs + 1, sizeof *seen);
    if (seen == NULL)
        return no_memory(err);
    for (size_t i = 0; i < f->c->num_lookups; i++)
        for (size_t j = 0; j < f->c->lookups[i].count; j++) {
            exclude_expression(f, seen, f->c->lookups[i].inputs[j]);
            exclude_expression(f, seen, f->c->lookups[i].tables[j]);
        }
    free(seen);
    return HCL_OK;
}

/* Columns that are queried once and by gates alone. */
static hcl_status list_candidates(struct finder *f, struct hcl_err *err)
{
    static const hcl_column_kind kinds[2] = { HCL_COL_FIXED, HCL_COL_ADVICE };
    for (int k = 0; k < 2; k++) /* queries, for the time being */
        for (size_t q = 0; q < f->c->num_queries[kinds[k]]; q++)
            f->number[kinds[k]][f->c->queries[kinds[k]][q].column.index]++;
    for (size_t i = 0; i < f->c->num_permutation; i++)
        exclude(f, f->c->permutation[i]);
    const hcl_status st = exclude_lookups(f, err);
    if (st != HCL_OK)
        return st;
    for (int k = 0; k < 2; k++) {
        uint32_t *number = f->number[kinds[k]];
        for (size_t q = 0; q < f->c->num_queries[kinds[k]]; q++) {
            const struct hcl_query *query = &f->c->queries[kinds[k]][q];
            if (number[query->column.index] == 1)
                f->candidates[f->num_candidates++] = *query;
        }
        const size_t columns = kinds[k] == HCL_COL_FIXED ? f->c->num_fixed : f->c->num_advice;
        for (size_t i = 0; i < columns; i++)
            number[i] = NONE;
    }
    for (uint32_t i = 0; i < f->num_candidates; i++)
        f->number[f->candidates[i].column.kind][f->candidates[i].column.index] = i;
    return HCL_OK;
}

static uint32_t candidate_of(const struct finder *f, const struct value *v)
{
    if (v->code != V_INPUT)
        return NONE;
    const hcl_column column = hcl_value_query(v).column;
    return column.kind == HCL_COL_INSTANCE ? NONE : f->number[column.kind][column.index];
}

/* ---- sums ---- */

static bool is_sum(value_code code)
{
    return code == V_ADD || code == V_SUB || code == V_SCALE || code == V_ADD_SCALAR;
}

/* The second operand is part of the sum, not a scalar. */
static bool adds_b(value_code code)
{
    return code == V_ADD || code == V_SUB;
}

static void mark(struct finder *f, const struct signed_value *roots, size_t num_roots)
{
    for (size_t j = 0; j < num_roots; j++)
        f->live[roots[j].id] = f->root[roots[j].id] = true;
    for (size_t i = f->num_values; i-- > 0;) {
        const struct value *v = &f->g->values[i];
        if (!f->live[i] || v->code < V_ADD)
            continue;
        f->live[v->a] = f->live[v->b] = true;
        if (v->code == V_MUL)
            f->root[v->a] = f->root[v->b] = true;
    }
    for (size_t i = 0; i < f->num_values; i++) {
        const struct value *v = &f->g->values[i];
        f->has[i] =
            is_sum(v->code) ? f->has[v->a] || (adds_b(v->code) && f->has[v->b]) : candidate_of(f, v) != NONE;
    }
}

/* f->order: the values of the sum that lead to candidates, operands before what reads them. As deep as the
 * expressions, HCL_MAX_EXPR_DEPTH at most. */
static void list_order(struct finder *f, uint32_t id)
{
    const struct value *v = &f->g->values[id];
    if (!f->has[id] || f->coefficient[id] != NONE)
        return;
    f->coefficient[id] = 0; /* the constant 0; seen */
    if (is_sum(v->code)) {
        const uint32_t a = v->a, b = v->b;
        list_order(f, a);
        if (adds_b(v->code))
            list_order(f, b);
    }
    f->order[f->num_order++] = id;
}

/* The coefficient of a value grows by c. */
static void hand_down(struct finder *f, uint32_t id, struct signed_value c)
{
    if (f->has[id])
        f->coefficient[id] = hcl_value_sum(f->g, (struct signed_value){ f->coefficient[id], false }, c).id;
}

static void hand_down_from(struct finder *f, uint32_t id)
{
    const struct value v = f->g->values[id]; /* the graph grows */
    const struct signed_value c = { f->coefficient[id], false };
    if (!is_sum(v.code))
        return;
    if (v.code == V_SCALE)
        hand_down(f, v.a, hcl_value_product(f->g, c, (struct signed_value){ v.b, false }));
    else
        hand_down(f, v.a, c);
    if (adds_b(v.code))
        hand_down(f, v.b, v.code == V_SUB ? hcl_value_negated(f->g, c) : c);
}

static int by_candidate(const void *a, const void *b)
{
    const struct term *x = a, *y = b;
    return (x->candidate > y->candidate) - (x->candidate < y->candidate);
}

static hcl_status add_terms(struct finder *f, uint32_t root, struct hcl_err *err)
{
    const size_t before = f->num_terms, needed = before + f->num_order;
    if (needed > f->cap_terms) {
        const size_t cap = 2 * needed;
        void *bigger = realloc(f->terms, cap * sizeof *f->terms);
        if (bigger == NULL)
            return no_memory(err);
        f->terms = bigger;
        f->cap_terms = cap;
    }
    for (size_t i = 0; i < f->num_order; i++) {
        const uint32_t id = f->order[i], candidate = candidate_of(f, &f->g->values[id]);
        if (candidate != NONE && f->coefficient[id] != 0)
            f->terms[f->num_terms++] = (struct term){ root, candidate, f->coefficient[id] };
        f->coefficient[id] = NONE;
    }
    if (f->num_terms > before)
        qsort(f->terms + before, f->num_terms - before, sizeof *f->terms, by_candidate);
    return HCL_OK;
}

static hcl_status collect(struct finder *f, struct hcl_err *err)
{
    hcl_status st = HCL_OK;
    for (uint32_t i = 0; st == HCL_OK && i < f->num_values; i++) {
        if (!f->root[i] || !f->has[i])
            continue;
        f->num_order = 0;
        list_order(f, i);
        f->coefficient[i] = hcl_value_constant(f->g, &hcl_fr_one);
        for (size_t k = f->num_order; k-- > 0;)
            hand_down_from(f, f->order[k]);
        st = f->g->out_of_memory ? no_memory(err) : add_terms(f, i, err);
    }
    return st;
}

/* ---- groups ---- */

static hcl_status sort_by_candidate(struct finder *f, struct hcl_err *err)
{
    size_t *at = f->of_candidate;
    f->by_candidate = calloc(f->num_terms + 1, sizeof *f->by_candidate);
    if (f->by_candidate == NULL)
        return no_memory(err);
    for (size_t t = 0; t < f->num_terms; t++)
        at[f->terms[t].candidate + 1]++;
    for (size_t i = 0; i < f->num_candidates; i++)
        at[i + 1] += at[i];
    for (size_t t = f->num_terms; t-- > 0;) /* from the end: at[i + 1] becomes the start of i */
        f->by_candidate[--at[f->terms[t].candidate + 1]] = (uint32_t)t;
    for (size_t i = 0; i < f->num_candidates; i++)
        at[i] = at[i + 1];
    at[f->num_candidates] = f->num_terms;
    return HCL_OK;
}

static size_t roots_of(const struct finder *f, uint32_t candidate)
{
    return f->of_candidate[candidate + 1] - f->of_candidate[candidate];
}

static bool same_sums(const struct finder *f, uint32_t x, uint32_t y)
{
    const size_t count = roots_of(f, x);
    if (count != roots_of(f, y) || f->candidates[x].rotation != f->candidates[y].rotation)
        return false;
    for (size_t i = 0; i < count; i++)
        if (f->terms[f->by_candidate[f->of_candidate[x] + i]].root !=
            f->terms[f->by_candidate[f->of_candidate[y] + i]].root)
            return false;
    return true;
}

/* Candidates that take part in the same sums. */
struct group {
    uint32_t *members;
    size_t count;
};

static struct signed_value coefficient(const struct finder *f, uint32_t candidate, size_t root)
{
    const struct term *t = &f->terms[f->by_candidate[f->of_candidate[candidate] + root]];
    return (struct signed_value){ t->coefficient, false };
}

/* Do the members have equal or opposite coefficients at their roots number x and y? */
static bool same_at(struct finder *f, const struct group *g, size_t x, size_t y)
{
    for (int negated = 0; negated < 2; negated++) {
        size_t i = 0;
        for (; i < g->count; i++) {
            const struct signed_value at_x = coefficient(f, g->members[i], x);
            struct signed_value at_y = coefficient(f, g->members[i], y);
            if (negated)
                at_y = hcl_value_negated(f->g, at_y);
            if (at_x.id != at_y.id)
                break;
        }
        if (i == g->count)
            return true;
    }
    return false;
}

static size_t distinct_sums(struct finder *f, const struct group *g)
{
    size_t distinct = 0;
    for (size_t x = 0; x < roots_of(f, g->members[0]); x++) {
        size_t y = 0;
        while (y < x && !same_at(f, g, x, y))
            y++;
        distinct += y == x;
    }
    return distinct;
}

/* Groups with more columns than sums are linear. */
static hcl_status accept(struct finder *f, struct hcl_err *err)
{
    uint32_t *members = calloc(f->num_candidates + 1, sizeof *members); /* of one group */
    bool *grouped = calloc(f->num_candidates + 1, sizeof *grouped);
    hcl_status st = HCL_OK;
    if (members == NULL || grouped == NULL)
        HCL_TRY(no_memory(err));
    HCL_TRY(sort_by_candidate(f, err));
    for (uint32_t first = 0; first < f->num_candidates; first++) {
        struct group g = { members, 0 };
        if (grouped[first])
            continue;
        for (uint32_t i = first; i < f->num_candidates; i++)
            if (!grouped[i] && same_sums(f, first, i)) {
                grouped[i] = true;
                g.members[g.count++] = i;
            }
        const bool fewer = distinct_sums(f, &g) < g.count;
        for (size_t i = 0; i < g.count; i++)
            f->accepted[g.members[i]] = fewer;
    }
done:
    free(members);
    free(grouped);
    return st;
}

/* ---- result ---- */

static bool same_terms(struct finder *f, const struct hcl_linear_sum *x, const struct hcl_linear_sum *y,
                       bool negated)
{
    const struct hcl_linear *l = f->out;
    if (x->rotation != y->rotation || x->count != y->count)
        return false;
    for (size_t i = 0; i < x->count; i++) {
        const hcl_column *a = &l->columns[x->first + i], *b = &l->columns[y->first + i];
        struct signed_value c = { f->search->coefficient[y->first + i], false };
        if (a->kind != b->kind || a->index != b->index)
            return false;
        if (negated)
            c = hcl_value_negated(f->g, c);
        if (f->search->coefficient[x->first + i] != c.id)
            return false;
    }
    return true;
}

/* The sum that was appended last is used at a root; an equal or opposite earlier one takes its place. */
static void add_use(struct finder *f, uint32_t root)
{
    struct hcl_linear *l = f->out;
    const uint32_t last = (uint32_t)l->num_sums - 1;
    struct hcl_linear_use use = { root, last, false };
    for (uint32_t i = 0; i < last && use.sum == last; i++)
        for (int negated = 0; negated < 2 && use.sum == last; negated++)
            if (same_terms(f, &l->sums[i], &l->sums[last], negated != 0))
                use = (struct hcl_linear_use){ root, i, negated != 0 };
    if (use.sum != last) {
        l->num_terms -= l->sums[last].count;
        l->num_sums--;
    }
    f->search->uses[f->search->num_uses++] = use;
}

/* Terms first..end-1 of one root become sums, one for each rotation. */
static void add_sums(struct finder *f, size_t first, size_t end)
{
    struct hcl_linear *l = f->out;
    for (size_t t = first; t < end; t++) {
        const struct hcl_query *q = &f->candidates[f->terms[t].candidate];
        bool done = !f->accepted[f->terms[t].candidate];
        for (size_t k = first; k < t; k++)
            done = done || (f->accepted[f->terms[k].candidate] &&
                            f->candidates[f->terms[k].candidate].rotation == q->rotation);
        if (done)
            continue;
        struct hcl_linear_sum *sum = &l->sums[l->num_sums++];
        *sum = (struct hcl_linear_sum){ q->rotation, l->num_terms, 0 };
        for (size_t k = t; k < end; k++) {
            const struct term *term = &f->terms[k];
            if (!f->accepted[term->candidate] || f->candidates[term->candidate].rotation != q->rotation)
                continue;
            f->search->coefficient[l->num_terms] = term->coefficient;
            l->columns[l->num_terms++] = f->candidates[term->candidate].column;
            sum->count++;
        }
        add_use(f, f->terms[t].root);
    }
}

static hcl_status write_result(struct finder *f, struct hcl_err *err)
{
    struct hcl_linear *l = f->out;
    l->fixed = calloc(f->c->num_fixed + 1, sizeof *l->fixed);
    l->advice = calloc(f->c->num_advice + 1, sizeof *l->advice);
    l->sums = calloc(f->num_terms + 1, sizeof *l->sums);
    l->columns = calloc(f->num_terms + 1, sizeof *l->columns);
    f->search->uses = calloc(f->num_terms + 1, sizeof *f->search->uses);
    f->search->coefficient = calloc(f->num_terms + 1, sizeof *f->search->coefficient);
    if (!l->fixed || !l->advice || !l->sums || !l->columns || !f->search->uses || !f->search->coefficient)
        return no_memory(err);
    for (size_t i = 0; i < f->num_candidates; i++) {
        const hcl_column column = f->candidates[i].column;
        (column.kind == HCL_COL_FIXED ? l->fixed : l->advice)[column.index] = f->accepted[i];
        l->num_columns += f->accepted[i];
    }
    for (size_t first = 0, end; first < f->num_terms; first = end) {
        for (end = first; end < f->num_terms && f->terms[end].root == f->terms[first].root;)
            end++;
        add_sums(f, first, end);
    }
    return f->g->out_of_memory ? no_memory(err) : HCL_OK;
}

hcl_status hcl_linear_find(struct hcl_linear *l, struct hcl_linear_search *s, struct hcl_value_graph *g,
                           const struct signed_value *roots, size_t num_roots, struct hcl_err *err)
{
    struct finder f = { .g = g, .c = g->c, .out = l, .search = s, .num_values = g->num_values };
    hcl_status st;
    *l = (struct hcl_linear){ 0 };
    *s = (struct hcl_linear_search){ 0 };
    HCL_TRY(finder_init(&f, err));
    HCL_TRY(list_candidates(&f, err));
    mark(&f, roots, num_roots);
    HCL_TRY(collect(&f, err));
    HCL_TRY(accept(&f, err));
    HCL_TRY(write_result(&f, err));
done:
    finder_clear(&f);
    return st;
}

void hcl_linear_search_clear(struct hcl_linear_search *s)
{
    free(s->uses);
    free(s->coefficient);
    *s = (struct hcl_linear_search){ 0 };
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "common/halo2/circuit.h"
#include <string.h>

#define NO_QUERY UINT32_MAX

static const char *const kind_names[3] = { "fixed", "advice", "instance" };

static uint32_t columns_of(const struct hcl_circuit *c, hcl_column_kind kind)
{
    return kind == HCL_COL_FIXED ? c->num_fixed : kind == HCL_COL_ADVICE ? c->num_advice : c->num_instance;
}

static uint32_t cap_degree(uint64_t d)
{
    return d > HCL_DEGREE_CAP ? HCL_DEGREE_CAP : (uint32_t)d;
}

/* Degrees of nodes [0, count), children first; nodes with bad children count as 0 (refused elsewhere). */
static void degrees_of(uint32_t *degree, const struct hcl_circuit *c, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct hcl_expr_node *e = &c->exprs[i];
        uint32_t a = e->op >= HCL_EX_NEG && e->a < i ? degree[e->a] : 0;
        uint32_t b = (e->op == HCL_EX_SUM || e->op == HCL_EX_PRODUCT) && e->b < i ? degree[e->b] : 0;
        degree[i] = e->op == HCL_EX_COLUMN    ? 1
                    : e->op == HCL_EX_PRODUCT ? cap_degree((uint64_t)a + b)
                                              : (a > b ? a : b);
    }
}

uint32_t hcl_ex_degree(const struct hcl_circuit *c, hcl_expr e)
{
    uint32_t *degree, result = HCL_DEGREE_CAP;
    if (e >= c->num_exprs)
        return result;
    degree = malloc(((size_t)e + 1) * sizeof *degree);
    if (degree != NULL) {
        degrees_of(degree, c, (size_t)e + 1);
        result = degree[e];
    }
    free(degree);
    return result;
}

/* Scratch of hcl_circuit_finish. */
struct finish {
    struct hcl_circuit *c;
    uint32_t *degree, *depth; /* per node */
    uint8_t *seen;            /* per node: queries registered */
    uint32_t *head[3];        /* per kind and column: its last query, or NO_QUERY */
    uint32_t *chain[3];       /* per kind and query: the column's query before it */
    size_t cap[3];
    bool fixed_order; /* the query lists may not grow any more */
    struct hcl_err *err;
};

static hcl_status no_memory(struct hcl_err *err)
{
    return hcl_fail(err, HCL_NO_RESOURCE, "no memory to check the circuit");
}

static hcl_status alloc_finish(struct finish *f)
{
    size_t nodes = f->c->num_exprs + 1;
    f->degree = malloc(nodes * sizeof *f->degree);
    f->depth = malloc(nodes * sizeof *f->depth);
    f->seen = calloc(nodes, 1);
    if (f->degree == NULL || f->depth == NULL || f->seen == NULL)
        return no_memory(f->err);
    for (int kind = 0; kind < 3; kind++) {
        size_t n = columns_of(f->c, (hcl_column_kind)kind);
        f->head[kind] = malloc((n + 1) * sizeof *f->head[kind]);
        if (f->head[kind] == NULL)
            return no_memory(f->err);
        memset(f->head[kind], 0xff, (n + 1) * sizeof *f->head[kind]);
    }
    return HCL_OK;
}

static void free_finish(struct finish *f)
{
    free(f->degree);
    free(f->depth);
    free(f->seen);
    for (int kind = 0; kind < 3; kind++) {
        free(f->head[kind]);
        free(f->chain[kind]);
    }
}

static hcl_status check_phases(const struct hcl_circuit *c, struct hcl_err *err)
{
    bool has[3] = { false, false, false };
    for (uint32_t i = 0; i < c->num_advice; i++) {
        uint8_t p = c->advice_phase[i];
        if (p > 2)
            return hcl_fail(err, HCL_BAD_INPUT, "advice column %u has phase %u, expected 0..2", i, p);
        if (p > 0 && !has[p - 1])
            return hcl_fail(err, HCL_BAD_INPUT,
                            "advice column %u of phase %u comes before any column of phase %u", i, p, p - 1);
        has[p] = true;
    }
    for (uint32_t i = 0; i < c->num_challenges; i++) {
        uint8_t p = c->challenge_phase[i];
        if (p > 2 || !has[p])
            return hcl_fail(err, HCL_BAD_INPUT,
                            "challenge %u has phase %u, expected the phase of some advice column", i, p);
    }
    return HCL_OK;
}

/* Every node of the arena: operands come first, columns and challenges exist. Fills depth. */
static hcl_status check_nodes(struct finish *f)
{
    const struct hcl_circuit *c = f->c;
    for (size_t i = 0; i < c->num_exprs; i++) {
        const struct hcl_expr_node *e = &c->exprs[i];
        bool unary = e->op >= HCL_EX_NEG, binary = e->op == HCL_EX_SUM || e->op == HCL_EX_PRODUCT;
        uint32_t below = 0;
        if (e->op > HCL_EX_SCALED || (unary && e->a >= i) || (binary && e->b >= i))
            return hcl_fail(f->err, HCL_BAD_INPUT,
                            "expression %zu has an operand that does not come before it", i);
        if (e->op == HCL_EX_COLUMN && e->column.index >= columns_of(c, e->column.kind))
            return hcl_fail(f->err, HCL_BAD_INPUT, "an expression reads %s column %u, there are %u",
                            kind_names[e->column.kind], e->column.index, columns_of(c, e->column.kind));
        if (e->op == HCL_EX_CHALLENGE && e->a >= c->num_challenges)
            return hcl_fail(f->err, HCL_BAD_INPUT, "an expression uses challenge %u, there are %u", e->a,
                            c->num_challenges);
        if (unary)
            below = f->depth[e->a];
        if (binary && f->depth[e->b] > below)
            below = f->depth[e->b];
        f->depth[i] = below == UINT32_MAX ? below : below + 1;
    }
    return HCL_OK;
}

static hcl_status check_root(const struct finish *f, hcl_expr e, const char *what, const char *name)
{
    if (e >= f->c->num_exprs)
        return e == HCL_EXPR_NONE
                   ? hcl_fail(f->err, HCL_NO_RESOURCE, "no memory for an expression of %s '%s'", what, name)
                   : hcl_fail(f->err, HCL_BAD_INPUT, "%s '%s' has no expression %u", what, name, e);
    if (f->depth[e] > HCL_MAX_EXPR_DEPTH)
        return hcl_fail(f->err, HCL_BAD_INPUT,
                        "an expression of %s '%s' is nested %u deep, at most %d is allowed", what, name,
                        f->depth[e], HCL_MAX_EXPR_DEPTH);
    return HCL_OK;
}

static hcl_status check_roots(const struct finish *f)
{
    const struct hcl_circuit *c = f->c;
    hcl_status st = HCL_OK;
    for (size_t i = 0; i < c->num_gates; i++) {
        if (c->gates[i].count == 0)
            return hcl_fail(f->err, HCL_BAD_INPUT, "gate '%s' has no polynomial", c->gates[i].name);
        for (size_t j = 0; j < c->gates[i].count; j++)
            HCL_TRY(check_root(f, c->gates[i].polys[j], "gate", c->gates[i].name));
    }
    for (size_t i = 0; i < c->num_lookups; i++) {
        const struct hcl_lookup *l = &c->lookups[i];
        if (l->count == 0)
            return hcl_fail(f->err, HCL_BAD_INPUT, "lookup '%s' has no expressions", l->name);
        for (size_t j = 0; j < l->count; j++) {
            HCL_TRY(check_root(f, l->inputs[j], "lookup", l->name));
            HCL_TRY(check_root(f, l->tables[j], "lookup", l->name));
        }
    }
done:
    return st;
}

/* FORMAT section 5: append (column, rotation) to the list of its kind unless it is there. */
static hcl_status register_query(struct finish *f, hcl_column col, int32_t rotation, bool *added)
{
    struct hcl_circuit *c = f->c;
    int64_t n = (int64_t)hcl_circuit_rows(c);
    size_t count = c->num_queries[col.kind], rotations = 0;
    *added = false;
    if (rotation <= -n || rotation >= n)
        return hcl_fail(f->err, HCL_BAD_INPUT,
                        "%s column %u is read at rotation %d, outside a circuit of %lld rows",
                        kind_names[col.kind], col.index, rotation, (long long)n);
    for (uint32_t q = f->head[col.kind][col.index]; q != NO_QUERY; q = f->chain[col.kind][q], rotations++) {
        HCL_ASSERT(c->queries[col.kind] != NULL);
        int32_t other = c->queries[col.kind][q].rotation;
        if (other == rotation)
            return HCL_OK;
        if (((int64_t)other - rotation) % n == 0)
            return hcl_fail(f->err, HCL_BAD_INPUT,
                            "%s column %u is read at rotations %d and %d, equal modulo %lld rows",
                            kind_names[col.kind], col.index, other, rotation, (long long)n);
    }
    if (rotations == HCL_MAX_ROTATIONS)
        return hcl_fail(f->err, HCL_BAD_INPUT, "%s column %u is read at more than %d rotations",
                        kind_names[col.kind], col.index, HCL_MAX_ROTATIONS);
    if (f->fixed_order)
        return hcl_fail(f->err, HCL_BAD_INPUT,
                        "the query of %s column %u at rotation %d is not in the given order of queries",
                        kind_names[col.kind], col.index, rotation);
    if (count == f->cap[col.kind]) {
        size_t cap = count == 0 ? 16 : 2 * count;
        void *q = realloc(c->queries[col.kind], cap * sizeof *c->queries[0]);
        void *chain = q == NULL ? NULL : realloc(f->chain[col.kind], cap * sizeof *f->chain[0]);
        if (q != NULL)
            c->queries[col.kind] = q;
        if (chain == NULL)
            return no_memory(f->err);
        f->chain[col.kind] = chain;
        f->cap[col.kind] = cap;
    }
    c->queries[col.kind][count] = (struct hcl_query){ col, rotation };
    f->chain[col.kind][count] = f->head[col.kind][col.index];
    f->head[col.kind][col.index] = (uint32_t)count;
    c->num_queries[col.kind]++;
    *added = true;
    return HCL_OK;
}

static uint32_t find_query(const struct finish *f, hcl_column col, int32_t rotation)
{
    uint32_t q = f->head[col.kind][col.index];
    while (f->c->queries[col.kind][q].rotation != rotation)
        q = f->chain[col.kind][q];
    return q;
}

/* Depth first, left before right. A shared node adds nothing the second time, so each is visited once. Depth
 * is at most HCL_MAX_EXPR_DEPTH here. */
static hcl_status register_expr(struct finish *f, hcl_expr i)
{
    struct hcl_expr_node *e = &f->c->exprs[i];
    hcl_status st = HCL_OK;
    bool added;
    if (f->seen[i])
        return HCL_OK;
    f->seen[i] = 1;
    if (e->op == HCL_EX_COLUMN) {
        HCL_TRY(register_query(f, e->column, e->rotation, &added));
        e->query = find_query(f, e->column, e->rotation);
    }
    if (e->op >= HCL_EX_NEG)
        HCL_TRY(register_expr(f, e->a));
    if (e->op == HCL_EX_SUM || e->op == HCL_EX_PRODUCT)
        HCL_TRY(register_expr(f, e->b));
done:
    return st;
}

static hcl_status register_explicit(struct finish *f)
{
    const struct hcl_circuit *c = f->c;
    hcl_status st = HCL_OK;
    for (size_t i = 0; i < c->num_explicit_queries; i++) {
        struct hcl_query q = c->explicit_queries[i];
        bool added;
        if (q.column.index >= columns_of(c, q.column.kind))
            return hcl_fail(f->err, HCL_BAD_INPUT, "query %zu names %s column %u, there are %u", i,
                            kind_names[q.column.kind], q.column.index, columns_of(c, q.column.kind));
        HCL_TRY(register_query(f, q.column, q.rotation, &added));
        if (!added)
            return hcl_fail(f->err, HCL_BAD_INPUT, "query %zu (%s column %u at rotation %d) is listed twice",
                            i, kind_names[q.column.kind], q.column.index, q.rotation);
    }
    f->fixed_order = c->num_explicit_queries != 0;
done:
    return st;
}

static hcl_status register_all(struct finish *f)
{
    const struct hcl_circuit *c = f->c;
    hcl_status st;
    bool added;
    HCL_TRY(register_explicit(f));
    for (size_t i = 0; i < c->num_permutation; i++)
        HCL_TRY(register_query(f, c->permutation[i], 0, &added));
    for (size_t i = 0; i < c->num_gates; i++)
        for (size_t j = 0; j < c->gates[i].count; j++)
            HCL_TRY(register_expr(f, c->gates[i].polys[j]));
    for (size_t i = 0; i < c->num_lookups; i++) {
        for (size_t j = 0; j < c->lookups[i].count; j++) {
            HCL_TRY(register_expr(f, c->lookups[i].inputs[j]));
            HCL_TRY(register_expr(f, c->lookups[i].tables[j]));
        }
    }
done:
    return st;
}

/* Borrows the lists of queries, which are empty before they are registered, for who was here first. */
static hcl_status check_permutation(struct finish *f)
{
    const struct hcl_circuit *c = f->c;
    for (size_t i = 0; i < c->num_permutation; i++) {
        hcl_column col = c->permutation[i];
        if (col.index >= columns_of(c, col.kind))
            return hcl_fail(f->err, HCL_BAD_INPUT, "permutation column %zu is %s column %u, there are %u", i,
                            kind_names[col.kind], col.index, columns_of(c, col.kind));
        uint32_t *first = &f->head[col.kind][col.index];
        if (*first != NO_QUERY)
            return hcl_fail(f->err, HCL_BAD_INPUT, "%s column %u is twice in the permutation, at %u and %zu",
                            kind_names[col.kind], col.index, *first, i);
        *first = (uint32_t)i;
    }
    for (size_t i = 0; i < c->num_permutation; i++)
        f->head[c->permutation[i].kind][c->permutation[i].index] = NO_QUERY;
    return HCL_OK;
}

static uint32_t max_degree(const uint32_t *degree, const hcl_expr *e, size_t count, uint32_t at_least)
{
    for (size_t i = 0; i < count; i++)
        if (degree[e[i]] > at_least)
            at_least = degree[e[i]];
    return at_least;
}

/* FORMAT section 3. Above degree 5 the stock library caps unless minimum_degree says otherwise. */
static hcl_status derive_degree(struct finish *f)
{
    struct hcl_circuit *c = f->c;
    uint32_t degree = 3;
    for (size_t i = 0; i < c->num_gates; i++)
        degree = max_degree(f->degree, c->gates[i].polys, c->gates[i].count, degree);
    for (size_t i = 0; i < c->num_lookups; i++) {
        const struct hcl_lookup *l = &c->lookups[i];
        uint32_t d =
            2 + max_degree(f->degree, l->inputs, l->count, 1) + max_degree(f->degree, l->tables, l->count, 1);
        degree = d > degree ? d : degree;
    }
    if (degree >= HCL_DEGREE_CAP)
        return hcl_fail(f->err, HCL_BAD_INPUT, "a constraint has degree %u or more", degree);
    if (c->minimum_degree >= (int)HCL_DEGREE_CAP)
        return hcl_fail(f->err, HCL_BAD_INPUT, "minimum_degree is %d, expected below %u", c->minimum_degree,
                        HCL_DEGREE_CAP);
    if (degree > 5 && c->minimum_degree < 0)
        c->minimum_degree = (int)degree;
    if (degree > 5 && c->minimum_degree < (int)degree)
        return hcl_fail(
            f->err, HCL_BAD_INPUT,
            "minimum_degree is %d but a constraint has degree %u; above 5 it must be at least that",
            c->minimum_degree, degree);
    if (c->minimum_degree > (int)degree)
        degree = (uint32_t)c->minimum_degree;
    c->degree = degree;
    c->extended_k = c->k;
    while (((uint64_t)1 << c->extended_k) < ((uint64_t)(degree - 1) << c->k))
        c->extended_k++;
    if (c->extended_k > HCL_FR_S)
        return hcl_fail(f->err, HCL_BAD_INPUT,
                        "degree %u with k = %u needs an extended domain of 2^%u, at most 2^%d exists", degree,
                        c->k, c->extended_k, HCL_FR_S);
    return HCL_OK;
}

static hcl_status derive_rows(struct finish *f)
{
    struct hcl_circuit *c = f->c;
    uint32_t most = 3;
    for (uint32_t i = 0; i < c->num_advice; i++) {
        uint32_t count = 0;
        for (uint32_t q = f->head[HCL_COL_ADVICE][i]; q != NO_QUERY; q = f->chain[HCL_COL_ADVICE][q])
            count++;
        most = count > most ? count : most;
    }
    c->blinding_factors = most + 2;
    if (c->blinding_factors + 3 > hcl_circuit_rows(c))
        return hcl_fail(f->err, HCL_BAD_INPUT,
                        "k = %u gives %zu rows, the circuit needs at least %u for blinding", c->k,
                        hcl_circuit_rows(c), c->blinding_factors + 3);
    c->usable_rows = hcl_circuit_rows(c) - c->blinding_factors - 1;
    return HCL_OK;
}

static hcl_status check_cells(const struct hcl_circuit *c, struct hcl_err *err)
{
    for (uint32_t i = 0; i < c->num_fixed; i++)
        if (c->fixed_rows[i] > c->usable_rows)
            return hcl_fail(err, HCL_BAD_INPUT, "fixed column %u has %zu rows, at most %zu are usable", i,
                            c->fixed_rows[i], c->usable_rows);
    for (size_t i = 0; i < c->num_copies; i++) {
        struct hcl_copy p = c->copies[i];
        if (p.left_column >= c->num_permutation || p.right_column >= c->num_permutation)
            return hcl_fail(err, HCL_BAD_INPUT, "copy %zu names permutation columns %u and %u, there are %zu",
                            i, p.left_column, p.right_column, c->num_permutation);
        if (p.left_row >= c->usable_rows || p.right_row >= c->usable_rows)
            return hcl_fail(err, HCL_BAD_INPUT, "copy %zu names rows %u and %u, %zu are usable", i,
                            p.left_row, p.right_row, c->usable_rows);
    }
    return HCL_OK;
}

static void derive_phases(struct hcl_circuit *c)
{
    c->num_phases = 1;
    for (uint32_t i = 0; i < c->num_advice; i++)
        if (c->advice_phase[i] + 1u > c->num_phases)
            c->num_phases = c->advice_phase[i] + 1u;
}

hcl_status hcl_circuit_finish(struct hcl_circuit *c, struct hcl_err *err)
{
    struct finish f = { .c = c, .err = err };
    hcl_status st;
    for (int kind = 0; kind < 3; kind++) {
        free(c->queries[kind]);
        c->queries[kind] = NULL;
        c->num_queries[kind] = 0;
    }
    if (c->k < 1 || c->k > HCL_MAX_K)
        return hcl_fail(err, HCL_BAD_INPUT, "bad k %u, expected 1..%d", c->k, HCL_MAX_K);
    HCL_TRY(alloc_finish(&f));
    HCL_TRY(check_phases(c, err));
    HCL_TRY(check_nodes(&f));
    HCL_TRY(check_roots(&f));
    HCL_TRY(check_permutation(&f));
    degrees_of(f.degree, c, c->num_exprs);
    HCL_TRY(derive_degree(&f));
    HCL_TRY(register_all(&f));
    HCL_TRY(derive_rows(&f));
    HCL_TRY(check_cells(c, err));
    derive_phases(c);
done:
    free_finish(&f);
    return st;
}

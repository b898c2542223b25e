/* SPDX-License-Identifier: Apache-2.0 */
#include "common/halo2/circuit.h"
#include "common/sys/digest.h"
#include "common/sys/mem.h"
#include <string.h>

/* Arrays without a capacity field hold the next power of two above their count. */
static hcl_status grow(void **array, size_t count, size_t size, struct hcl_err *err)
{
    void *bigger;
    if (count != 0 && (count & (count - 1)) != 0)
        return HCL_OK;
    bigger = realloc(*array, (count == 0 ? 1 : 2 * count) * size);
    if (bigger == NULL)
        return hcl_fail(err, HCL_NO_RESOURCE, "no memory for a circuit with %zu entries", count);
    *array = bigger;
    return HCL_OK;
}

static void *copy_of(const void *data, size_t count, size_t size)
{
    void *p = malloc(count == 0 ? 1 : count * size);
    if (p != NULL && count != 0)
        memcpy(p, data, count * size);
    return p;
}

void hcl_circuit_init(struct hcl_circuit *c, uint32_t k)
{
    *c = (struct hcl_circuit){ .k = k, .minimum_degree = -1 };
}

void hcl_circuit_clear(struct hcl_circuit *c)
{
    for (size_t i = 0; i < c->num_gates; i++) {
        free(c->gates[i].name);
        free(c->gates[i].polys);
    }
    for (size_t i = 0; i < c->num_lookups; i++) {
        free(c->lookups[i].name);
        free(c->lookups[i].inputs);
        free(c->lookups[i].tables);
    }
    for (size_t i = 0; i < c->num_fixed; i++)
        hcl_compact_clear(&c->fixed[i]);
    for (int kind = 0; kind < 3; kind++)
        free(c->queries[kind]);
    free(c->advice_phase);
    free(c->challenge_phase);
    free(c->exprs);
    free(c->gates);
    free(c->lookups);
    free(c->permutation);
    free(c->explicit_queries);
    free(c->fixed);
    free(c->fixed_rows);
    free(c->fixed_place);
    free(c->copies);
    hcl_circuit_init(c, 0);
}

/* n, or as many as are given if that is more or k is bad: hcl_circuit_finish refuses the circuit then. */
static size_t rows_for(const struct hcl_circuit *c, size_t given)
{
    const size_t n = c->k <= HCL_MAX_K ? hcl_circuit_rows(c) : 0;
    return given > n ? given : n;
}

hcl_status hcl_circuit_add_fixed(struct hcl_circuit *c, uint32_t *out, struct hcl_err *err)
{
    hcl_status st;
    HCL_TRY(grow((void **)&c->fixed, c->num_fixed, sizeof *c->fixed, err));
    HCL_TRY(grow((void **)&c->fixed_rows, c->num_fixed, sizeof *c->fixed_rows, err));
    c->fixed[c->num_fixed] = (struct hcl_compact){ .n = rows_for(c, 0), .width = 1, .digits = 1 };
    c->fixed_rows[c->num_fixed] = 0;
    *out = c->num_fixed++;
done:
    return st;
}

hcl_status hcl_circuit_add_advice(struct hcl_circuit *c, uint8_t phase, uint32_t *out, struct hcl_err *err)
{
    hcl_status st = grow((void **)&c->advice_phase, c->num_advice, 1, err);
    if (st != HCL_OK)
        return st;
    c->advice_phase[c->num_advice] = phase;
    *out = c->num_advice++;
    return HCL_OK;
}

hcl_status hcl_circuit_add_instance(struct hcl_circuit *c, uint32_t *out, struct hcl_err *err)
{
    (void)err;
    *out = c->num_instance++;
    return HCL_OK;
}

hcl_status hcl_circuit_add_challenge(struct hcl_circuit *c, uint8_t phase, uint32_t *out, struct hcl_err *err)
{
    hcl_status st = grow((void **)&c->challenge_phase, c->num_challenges, 1, err);
    if (st != HCL_OK)
        return st;
    c->challenge_phase[c->num_challenges] = phase;
    *out = c->num_challenges++;
    return HCL_OK;
}

hcl_status hcl_circuit_take_fixed(struct hcl_circuit *c, uint32_t col, struct hcl_compact *values,
                                  struct hcl_err *err)
{
    const struct hcl_compact column = *values;
    *values = (struct hcl_compact){ 0 };
    if (col >= c->num_fixed) {
        struct hcl_compact unwanted = column;
        hcl_compact_clear(&unwanted);
        return hcl_fail(err, HCL_BAD_INPUT, "no fixed column %u, the circuit has %u", col, c->num_fixed);
    }
    hcl_compact_clear(&c->fixed[col]);
    c->fixed[col] = column;
    c->fixed[col].n = rows_for(c, column.n);
    c->fixed_rows[col] = column.n;
    return HCL_OK;
}

hcl_status hcl_circuit_set_fixed(struct hcl_circuit *c, uint32_t col, const hcl_fr *values, size_t rows,
                                 struct hcl_err *err)
{
    struct hcl_compact column;
    const hcl_status st = hcl_compact_from_fr(&column, rows, values, rows, false, "fixed columns", err);
    return st == HCL_OK ? hcl_circuit_take_fixed(c, col, &column, err) : st;
}

hcl_status hcl_circuit_set_fixed_i64(struct hcl_circuit *c, uint32_t col, const int64_t *values, size_t rows,
                                     struct hcl_err *err)
{
    struct hcl_compact column;
    const hcl_status st = hcl_compact_from_i64(&column, rows, values, rows, false, "fixed columns", err);
    return st == HCL_OK ? hcl_circuit_take_fixed(c, col, &column, err) : st;
}

hcl_status hcl_circuit_leave_fixed(struct hcl_circuit *c, uint32_t col, bool here, struct hcl_err *err)
{
    struct hcl_compact *f = &c->fixed[col];
    HCL_CHECK(col < c->num_fixed);
    if (c->fixed_place == NULL)
        c->fixed_place = calloc(c->num_fixed, sizeof *c->fixed_place);
    if (c->fixed_place == NULL)
        return hcl_fail(err, HCL_NO_RESOURCE, "no memory for %u fixed columns", c->num_fixed);
    c->fixed_place[col] = here ? HCL_FIXED_HERE : HCL_FIXED_ELSEWHERE;
    if (!here) {
        hcl_compact_clear(f);
        *f = (struct hcl_compact){ .n = hcl_circuit_rows(c), .width = 1, .digits = 1 };
    }
    return HCL_OK;
}

uint64_t hcl_circuit_digest(const struct hcl_circuit *c, hcl_fixed_place place)
{
    uint64_t d = c->num_fixed;
    for (uint32_t i = 0; i < c->num_fixed; i++) {
        const struct hcl_compact *f = &c->fixed[i];
        if (hcl_circuit_place(c, i) != place)
            continue;
        d = hcl_digest64(d, f->cells, f->stored * (size_t)(f->width * f->digits));
        d = hcl_digest64(d, f->exceptions, f->num_exceptions * sizeof *f->exceptions);
    }
    return d;
}

hcl_status hcl_circuit_add_gate(struct hcl_circuit *c, const char *name, const hcl_expr *polys, size_t count,
                                struct hcl_err *err)
{
    struct hcl_gate gate = { .count = count };
    hcl_status st = grow((void **)&c->gates, c->num_gates, sizeof gate, err);
    if (st != HCL_OK)
        return st;
    gate.name = strdup(name);
    gate.polys = copy_of(polys, count, sizeof *polys);
    if (gate.name == NULL || gate.polys == NULL) {
        free(gate.name);
        free(gate.polys);
        return hcl_fail(err, HCL_NO_RESOURCE, "no memory for gate '%s'", name);
    }
    c->gates[c->num_gates++] = gate;
    return HCL_OK;
}

hcl_status hcl_circuit_add_lookup(struct hcl_circuit *c, const char *name, const hcl_expr *inputs,
                                  const hcl_expr *tables, size_t count, struct hcl_err *err)
{
    struct hcl_lookup lookup = { .count = count };
    hcl_status st = grow((void **)&c->lookups, c->num_lookups, sizeof lookup, err);
    if (st != HCL_OK)
        return st;
    lookup.name = strdup(name);
    lookup.inputs = copy_of(inputs, count, sizeof *inputs);
    lookup.tables = copy_of(tables, count, sizeof *tables);
    if (lookup.name == NULL || lookup.inputs == NULL || lookup.tables == NULL) {
        free(lookup.name);
        free(lookup.inputs);
        free(lookup.tables);
        return hcl_fail(err, HCL_NO_RESOURCE, "no memory for lookup '%s'", name);
    }
    c->lookups[c->num_lookups++] = lookup;
    return HCL_OK;
}

hcl_status hcl_circuit_enable_equality(struct hcl_circuit *c, hcl_column col, uint32_t *out,
                                       struct hcl_err *err)
{
    for (size_t i = 0; i < c->num_permutation; i++) {
        if (c->permutation[i].kind == col.kind && c->permutation[i].index == col.index) {
            *out = (uint32_t)i;
            return HCL_OK;
        }
    }
    *out = (uint32_t)c->num_permutation;
    return hcl_circuit_append_equality(c, col, err);
}

hcl_status hcl_circuit_append_equality(struct hcl_circuit *c, hcl_column col, struct hcl_err *err)
{
    hcl_status st = grow((void **)&c->permutation, c->num_permutation, sizeof col, err);
    if (st == HCL_OK)
        c->permutation[c->num_permutation++] = col;
    return st;
}

hcl_status hcl_circuit_expect_copies(struct hcl_circuit *c, size_t count, struct hcl_err *err)
{
    if (count <= c->cap_copies)
        return HCL_OK;
    struct hcl_copy *bigger = realloc(c->copies, count * sizeof *bigger);
    if (bigger == NULL)
        return hcl_fail(err, HCL_NO_RESOURCE, "no memory for a circuit with %zu copies", count);
    c->copies = bigger;
    c->cap_copies = count;
    return HCL_OK;
}

hcl_status hcl_circuit_add_copy(struct hcl_circuit *c, struct hcl_copy copy, struct hcl_err *err)
{
    hcl_status st = HCL_OK;
    if (c->num_copies == c->cap_copies)
        st = hcl_circuit_expect_copies(c, 16 + 2 * c->cap_copies, err);
    if (st == HCL_OK)
        c->copies[c->num_copies++] = copy;
    return st;
}

hcl_status hcl_circuit_add_query(struct hcl_circuit *c, struct hcl_query query, struct hcl_err *err)
{
    hcl_status st = grow((void **)&c->explicit_queries, c->num_explicit_queries, sizeof query, err);
    if (st == HCL_OK)
        c->explicit_queries[c->num_explicit_queries++] = query;
    return st;
}

static hcl_expr add_node(struct hcl_circuit *c, struct hcl_expr_node node)
{
    if (c->num_exprs == c->cap_exprs) {
        size_t cap = c->cap_exprs == 0 ? 64 : 2 * c->cap_exprs;
        struct hcl_expr_node *bigger;
        if (cap >= HCL_EXPR_NONE || (bigger = realloc(c->exprs, cap * sizeof node)) == NULL)
            return HCL_EXPR_NONE;
        c->exprs = bigger;
        c->cap_exprs = cap;
    }
    node.query = UINT32_MAX;
    c->exprs[c->num_exprs] = node;
    return (hcl_expr)c->num_exprs++;
}

hcl_expr hcl_ex_const(struct hcl_circuit *c, const hcl_fr *v)
{
    return add_node(c, (struct hcl_expr_node){ .op = HCL_EX_CONST, .value = *v });
}

hcl_expr hcl_ex_u64(struct hcl_circuit *c, uint64_t v)
{
    hcl_fr f;
    hcl_fr_from_u64(&f, v);
    return hcl_ex_const(c, &f);
}

hcl_expr hcl_ex_column(struct hcl_circuit *c, hcl_column col, int32_t rotation)
{
    return add_node(c, (struct hcl_expr_node){ .op = HCL_EX_COLUMN, .column = col, .rotation = rotation });
}

hcl_expr hcl_ex_fixed(struct hcl_circuit *c, uint32_t col, int32_t rotation)
{
    return hcl_ex_column(c, (hcl_column){ HCL_COL_FIXED, col }, rotation);
}

hcl_expr hcl_ex_advice(struct hcl_circuit *c, uint32_t col, int32_t rotation)
{
    return hcl_ex_column(c, (hcl_column){ HCL_COL_ADVICE, col }, rotation);
}

hcl_expr hcl_ex_instance(struct hcl_circuit *c, uint32_t col, int32_t rotation)
{
    return hcl_ex_column(c, (hcl_column){ HCL_COL_INSTANCE, col }, rotation);
}

hcl_expr hcl_ex_challenge(struct hcl_circuit *c, uint32_t challenge)
{
    return add_node(c, (struct hcl_expr_node){ .op = HCL_EX_CHALLENGE, .a = challenge });
}

hcl_expr hcl_ex_neg(struct hcl_circuit *c, hcl_expr a)
{
    if (a == HCL_EXPR_NONE)
        return HCL_EXPR_NONE;
    return add_node(c, (struct hcl_expr_node){ .op = HCL_EX_NEG, .a = a });
}

static hcl_expr binary(struct hcl_circuit *c, hcl_expr_op op, hcl_expr a, hcl_expr b)
{
    if (a == HCL_EXPR_NONE || b == HCL_EXPR_NONE)
        return HCL_EXPR_NONE;
    return add_node(c, (struct hcl_expr_node){ .op = op, .a = a, .b = b });
}

hcl_expr hcl_ex_sum(struct hcl_circuit *c, hcl_expr a, hcl_expr b)
{
    return binary(c, HCL_EX_SUM, a, b);
}

hcl_expr hcl_ex_sub(struct hcl_circuit *c, hcl_expr a, hcl_expr b)
{
    return hcl_ex_sum(c, a, hcl_ex_neg(c, b));
}

hcl_expr hcl_ex_mul(struct hcl_circuit *c, hcl_expr a, hcl_expr b)
{
    return binary(c, HCL_EX_PRODUCT, a, b);
}

hcl_expr hcl_ex_scaled(struct hcl_circuit *c, hcl_expr a, const hcl_fr *v)
{
    if (a == HCL_EXPR_NONE)
        return HCL_EXPR_NONE;
    return add_node(c, (struct hcl_expr_node){ .op = HCL_EX_SCALED, .a = a, .value = *v });
}

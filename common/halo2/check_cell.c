/* SPDX-License-Identifier: Apache-2.0 */
/* One changed cell: only the rows, lookups and copies that see it are evaluated. */
#include "common/halo2/check_internal.h"
#include "common/sys/mem.h"
#include <string.h>

/* Nodes (children first) that reach the column. */
static void mark_readers(bool *reads, const struct hcl_circuit *c, uint32_t column)
{
    for (size_t i = 0; i < c->num_exprs; i++) {
        const struct hcl_expr_node *e = &c->exprs[i];
        reads[i] = e->op == HCL_EX_COLUMN && e->column.kind == HCL_COL_ADVICE && e->column.index == column;
        if (e->op >= HCL_EX_NEG)
            reads[i] = reads[i] || reads[e->a];
        if (e->op == HCL_EX_SUM || e->op == HCL_EX_PRODUCT)
            reads[i] = reads[i] || reads[e->b];
    }
}

static hcl_status compile_column(struct hcl_check *k, uint32_t column, struct hcl_err *err)
{
    const struct hcl_circuit *c = k->c;
    bool *reads = malloc(c->num_exprs + 1);
    hcl_expr *exprs = malloc((k->gates.eval.num_outputs + 1) * sizeof *exprs);
    struct hcl_check_program *p = calloc(1, sizeof *p);
    size_t count = 0;
    hcl_status st = HCL_OK;
    if (reads == NULL || exprs == NULL || p == NULL)
        HCL_TRY(hcl_fail(err, HCL_NO_RESOURCE, "no memory to check a cell"));
    mark_readers(reads, c, column);
    for (size_t i = 0; i < c->num_gates; i++)
        for (size_t j = 0; j < c->gates[i].count; j++)
            if (reads[c->gates[i].polys[j]])
                exprs[count++] = c->gates[i].polys[j];
    HCL_TRY(hcl_check_program_init(p, k, exprs, count, err));
    k->of_column[column] = p;
    p = NULL;
done:
    if (p != NULL)
        hcl_check_program_clear(p);
    free(p);
    free(reads);
    free(exprs);
    return st;
}

/* The rows at which a program sees (column, row): one per rotation. Calls see(value) for each until it says
 * stop. */
static hcl_status for_seeing_rows(struct hcl_check *k, const struct hcl_check_program *p,
                                  const hcl_fr *factor, uint32_t column, size_t row, size_t limit,
                                  bool (*is_violation)(const struct hcl_check *k, size_t lookup,
                                                       const hcl_fr *v),
                                  size_t lookup, bool *noticed, struct hcl_err *err)
{
    size_t n = hcl_circuit_rows(k->c);
    hcl_status st = HCL_OK;
    for (size_t i = 0; i < p->eval.num_inputs && !*noticed; i++) {
        const struct hcl_query *q = &p->eval.inputs[i];
        size_t at = (size_t)((int64_t)(row + n) - q->rotation) & (n - 1);
        hcl_fr value;
        if (q->column.kind != HCL_COL_ADVICE || q->column.index != column || at >= limit)
            continue;
        HCL_TRY(hcl_check_fold(k, p, factor, at, 1, &value, 1, err));
        *noticed = is_violation(k, lookup, &value);
    }
done:
    return st;
}

static bool gate_violated(const struct hcl_check *k, size_t lookup, const hcl_fr *v)
{
    (void)k;
    (void)lookup;
    return !hcl_fr_is_zero(v);
}

static bool lookup_violated(const struct hcl_check *k, size_t lookup, const hcl_fr *v)
{
    return !hcl_check_table_has(&k->sets[lookup], v);
}

static bool program_reads(const struct hcl_check_program *p, uint32_t column)
{
    for (size_t i = 0; i < p->eval.num_inputs; i++)
        if (p->eval.inputs[i].column.kind == HCL_COL_ADVICE && p->eval.inputs[i].column.index == column)
            return true;
    return false;
}

/* The table itself changes: build it anew and test all rows. */
static hcl_status recheck_lookup(struct hcl_check *k, size_t lookup, bool *noticed, struct hcl_err *err)
{
    size_t u = k->c->usable_rows;
    void *values = NULL;
    hcl_status st;
    HCL_TRY(hcl_check_table_build(k, lookup, err));
    HCL_TRY(hcl_mem_alloc(&values, u, sizeof(hcl_fr), "checker", err));
    HCL_TRY(hcl_check_fold(k, &k->inputs[lookup], &k->theta, 0, u, values, k->threads, err));
    for (size_t i = 0; i < u && !*noticed; i++)
        *noticed = !hcl_check_table_has(&k->sets[lookup], (hcl_fr *)values + i);
done:
    hcl_mem_free_secret(values);
    return st;
}

static bool is_copied(const struct hcl_check *k, uint32_t column, size_t row)
{
    for (size_t i = 0; i < k->c->num_permutation; i++) {
        hcl_column col = k->c->permutation[i];
        size_t cell = i * k->cycles.n + row;
        if (col.kind == HCL_COL_ADVICE && col.index == column)
            return k->cycles.next[cell] != cell;
    }
    return false;
}

static hcl_status check_changed(struct hcl_check *k, uint32_t column, size_t row, bool *noticed,
                                struct hcl_err *err)
{
    hcl_status st;
    HCL_TRY(for_seeing_rows(k, k->of_column[column], &k->y, column, row, hcl_circuit_rows(k->c),
                            gate_violated, 0, noticed, err));
    for (size_t l = 0; l < k->c->num_lookups && !*noticed; l++) {
        if (program_reads(&k->tables[l], column))
            HCL_TRY(recheck_lookup(k, l, noticed, err));
        else
            HCL_TRY(for_seeing_rows(k, &k->inputs[l], &k->theta, column, row, k->c->usable_rows,
                                    lookup_violated, l, noticed, err));
    }
done:
    return st;
}

hcl_status hcl_check_cell(struct hcl_check *k, uint32_t column, size_t row, const hcl_fr *value,
                          bool *noticed, struct hcl_err *err)
{
    hcl_fr *cell, before;
    hcl_status st = HCL_OK;
    *noticed = false;
    if (column >= k->c->num_advice || row >= k->c->usable_rows)
        return hcl_fail(err, HCL_BAD_INPUT, "no assigned cell in advice column %u row %zu", column, row);
    cell = &k->advice[column][row];
    before = *cell;
    if (hcl_fr_eq(value, &before))
        return HCL_OK;
    if (is_copied(k, column, row)) {
        *noticed = true;
        return HCL_OK;
    }
    if (k->of_column[column] == NULL)
        HCL_TRY(compile_column(k, column, err));
    *cell = *value;
    st = check_changed(k, column, row, noticed, err);
    *cell = before;
    for (size_t l = 0; l < k->c->num_lookups && st == HCL_OK; l++)
        if (program_reads(&k->tables[l], column))
            st = hcl_check_table_build(k, l, err);
done:
    return st;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "common/halo2/check.h"
#include "common/halo2/check_internal.h"
#include "common/halo2/keys.h"
#include "common/sys/mem.h"
#include "common/sys/random.h"
#include <omp.h>
#include <string.h>

static hcl_status no_memory(struct hcl_err *err)
{
    return hcl_fail(err, HCL_NO_RESOURCE, "no memory to check the circuit");
}

hcl_status hcl_check_program_init(struct hcl_check_program *p, const struct hcl_check *k,
                                  const hcl_expr *exprs, size_t count, struct hcl_err *err)
{
    hcl_status st = hcl_eval_compile(&p->eval, k->c, exprs, count, err);
    if (st != HCL_OK)
        return st;
    p->scalars = malloc((p->eval.num_scalars + 1) * sizeof(hcl_fr));
    if (p->scalars == NULL)
        return no_memory(err);
    hcl_eval_scalars(p->scalars, &p->eval, k->challenges);
    return HCL_OK;
}

void hcl_check_program_clear(struct hcl_check_program *p)
{
    hcl_eval_clear(&p->eval);
    free(p->scalars);
    p->scalars = NULL;
}

static void columns_of(const hcl_fr *const *out[3], const struct hcl_check *k)
{
    out[HCL_COL_FIXED] = (const hcl_fr *const *)k->fixed;
    out[HCL_COL_ADVICE] = (const hcl_fr *const *)k->advice;
    out[HCL_COL_INSTANCE] = (const hcl_fr *const *)k->instance;
}

/* What one thread needs to run a program. */
struct workspace {
    const hcl_fr **rows;
    hcl_fr *edge, *scratch;
};

static hcl_status workspace_init(struct workspace *w, const struct hcl_eval *e)
{
    void *edge = NULL, *scratch = NULL;
    hcl_status st;
    w->rows = malloc((e->num_inputs + 1) * sizeof *w->rows);
    st = w->rows == NULL ? HCL_NO_RESOURCE : HCL_OK;
    if (st == HCL_OK)
        st = hcl_mem_alloc(&edge, (e->num_inputs + 1) * HCL_EVAL_BLOCK, sizeof *w->edge, "checker", NULL);
    if (st == HCL_OK)
        st = hcl_mem_alloc(&scratch, hcl_eval_scratch(e), sizeof *w->scratch, "checker", NULL);
    w->edge = edge;
    w->scratch = scratch;
    return st;
}

static void workspace_clear(struct workspace *w)
{
    free(w->rows);
    hcl_mem_free_secret(w->edge);
    hcl_mem_free_secret(w->scratch);
}

hcl_status hcl_check_fold(const struct hcl_check *k, const struct hcl_check_program *p, const hcl_fr *factor,
                          size_t first, size_t count, hcl_fr *out, int threads, struct hcl_err *err)
{
    const hcl_fr *const *columns[3];
    size_t n = hcl_circuit_rows(k->c);
    bool failed = false;
    columns_of(columns, k);
    memset(out, 0, count * sizeof *out);
    const bool few = count <= 8 * HCL_EVAL_BLOCK; /* waking threads costs more */
#pragma omp parallel num_threads(threads) if (!few) reduction(|| : failed)
    {
        struct workspace w;
        bool ready = workspace_init(&w, &p->eval) == HCL_OK;
        failed = !ready;
#pragma omp for schedule(dynamic, 4)
        for (size_t at = 0; at < count; at += HCL_EVAL_BLOCK) {
            size_t rows = count - at < HCL_EVAL_BLOCK ? count - at : HCL_EVAL_BLOCK;
            if (!ready)
                continue;
            hcl_eval_bind(w.rows, w.edge, &p->eval, columns, n, (first + at) & (n - 1), rows);
            hcl_eval_fold(out + at, factor, &p->eval, p->scalars, w.rows, rows, w.scratch);
        }
        workspace_clear(&w);
    }
    return failed ? no_memory(err) : HCL_OK;
}

const hcl_fr *hcl_check_copy_cell(const struct hcl_check *k, size_t column, size_t row)
{
    const hcl_fr *const *columns[3];
    hcl_column col = k->c->permutation[column];
    columns_of(columns, k);
    return &columns[col.kind][col.index][row];
}

static size_t slot_of(const struct hcl_check_table *t, const hcl_fr *v)
{
    uint64_t h = (v->l[0] ^ v->l[1] * 0x9e3779b97f4a7c15u) * 0xbf58476d1ce4e5b9u;
    size_t at = (h ^ (h >> 31)) & (t->num_slots - 1);
    while (t->slots[at] != UINT32_MAX && !hcl_fr_eq(&t->values[t->slots[at]], v))
        at = (at + 1) & (t->num_slots - 1);
    return at;
}

bool hcl_check_table_has(const struct hcl_check_table *t, const hcl_fr *v)
{
    return t->slots[slot_of(t, v)] != UINT32_MAX;
}

hcl_status hcl_check_table_build(struct hcl_check *k, size_t lookup, struct hcl_err *err)
{
    struct hcl_check_table *t = &k->sets[lookup];
    size_t u = k->c->usable_rows;
    hcl_status st = HCL_OK;
    if (t->values == NULL) {
        void *values, *slots;
        t->num_slots = 2 * hcl_circuit_rows(k->c);
        HCL_TRY(hcl_mem_alloc(&values, u, sizeof(hcl_fr), "lookup tables", err));
        t->values = values;
        HCL_TRY(hcl_mem_alloc(&slots, t->num_slots, sizeof(uint32_t), "lookup tables", err));
        t->slots = slots;
    }
    HCL_TRY(hcl_check_fold(k, &k->tables[lookup], &k->theta, 0, u, t->values, k->threads, err));
    memset(t->slots, 0xff, t->num_slots * sizeof(uint32_t));
    for (size_t i = 0; i < u; i++)
        t->slots[slot_of(t, &t->values[i])] = (uint32_t)i;
done:
    return st;
}

static hcl_status whole_column(hcl_fr **out, const hcl_fr *values, size_t rows, size_t n, struct hcl_err *err)
{
    void *column;
    hcl_status st = hcl_mem_calloc(&column, n, sizeof(hcl_fr), "checker", err);
    if (st == HCL_OK && rows != 0)
        memcpy(column, values, rows * sizeof(hcl_fr));
    *out = st == HCL_OK ? column : NULL;
    return st;
}

static hcl_status fixed_column(hcl_fr **out, const struct hcl_compact *values, struct hcl_err *err)
{
    const hcl_status st = hcl_mem_alloc((void **)out, values->n, sizeof(hcl_fr), "checker", err);
    if (st == HCL_OK)
        hcl_compact_expand(*out, values, 0, values->n);
    return st;
}

static void random_fr(struct hcl_random *r, hcl_fr *out)
{
    uint8_t wide[64];
    hcl_random_bytes(r, wide, sizeof wide);
    hcl_fr_from_bytes_wide(out, wide);
}

/* theta, y, and the rows of the advice columns that are random in a proof. */
static hcl_status fill_random(struct hcl_check *k, struct hcl_err *err)
{
    struct hcl_random random;
    hcl_status st = hcl_random_init_os(&random, err);
    if (st != HCL_OK)
        return st;
    random_fr(&random, &k->theta);
    random_fr(&random, &k->y);
    for (uint32_t i = 0; i < k->c->num_advice; i++)
        for (size_t row = k->c->usable_rows; row < hcl_circuit_rows(k->c); row++)
            random_fr(&random, &k->advice[i][row]);
    hcl_random_clear(&random);
    return HCL_OK;
}

static hcl_status init_columns(struct hcl_check *k, const struct hcl_values *instances, struct hcl_err *err)
{
    const struct hcl_circuit *c = k->c;
    hcl_status st = HCL_OK;
    if (instances->count != c->num_instance)
        return hcl_fail(err, HCL_BAD_INPUT, "%zu columns of public values given, the circuit has %u",
                        instances->count, c->num_instance);
    k->fixed = calloc(c->num_fixed + 1, sizeof *k->fixed);
    k->instance = calloc(c->num_instance + 1, sizeof *k->instance);
    if (k->fixed == NULL || k->instance == NULL)
        return no_memory(err);
    for (uint32_t i = 0; i < c->num_fixed; i++)
        HCL_TRY(fixed_column(&k->fixed[i], &c->fixed[i], err));
    for (uint32_t i = 0; i < c->num_instance; i++) {
        if (instances->rows[i] > c->usable_rows)
            return hcl_fail(err, HCL_BAD_INPUT, "instance column %u has %zu values, at most %zu fit", i,
                            instances->rows[i], c->usable_rows);
        HCL_TRY(whole_column(&k->instance[i], instances->columns[i], instances->rows[i], hcl_circuit_rows(c),
                             err));
    }
done:
    return st;
}

static hcl_status init_programs(struct hcl_check *k, struct hcl_err *err)
{
    const struct hcl_circuit *c = k->c;
    hcl_status st;
    k->inputs = calloc(c->num_lookups + 1, sizeof *k->inputs);
    k->tables = calloc(c->num_lookups + 1, sizeof *k->tables);
    k->sets = calloc(c->num_lookups + 1, sizeof *k->sets);
    k->of_column = calloc(c->num_advice + 1, sizeof *k->of_column);
    k->gates.scalars = NULL;
    if (k->inputs == NULL || k->tables == NULL || k->sets == NULL || k->of_column == NULL)
        return no_memory(err);
    HCL_TRY(hcl_eval_compile_gates(&k->gates.eval, c, err));
    k->gates.scalars = malloc((k->gates.eval.num_scalars + 1) * sizeof(hcl_fr));
    if (k->gates.scalars == NULL)
        return no_memory(err);
    hcl_eval_scalars(k->gates.scalars, &k->gates.eval, k->challenges);
    for (size_t i = 0; i < c->num_lookups; i++) {
        const struct hcl_lookup *l = &c->lookups[i];
        HCL_TRY(hcl_check_program_init(&k->inputs[i], k, l->inputs, l->count, err));
        HCL_TRY(hcl_check_program_init(&k->tables[i], k, l->tables, l->count, err));
        HCL_TRY(hcl_check_table_build(k, i, err));
    }
done:
    return st;
}

hcl_status hcl_check_new(struct hcl_check **out, const struct hcl_circuit *c, hcl_fr *const *advice,
                         const struct hcl_values *instances, const hcl_fr *challenges, int threads,
                         struct hcl_err *err)
{
    struct hcl_check *k = calloc(1, sizeof *k);
    hcl_status st;
    *out = NULL;
    if (k == NULL)
        return no_memory(err);
    k->c = c;
    k->advice = advice;
    k->threads = threads;
    k->challenges = malloc((c->num_challenges + 1) * sizeof(hcl_fr));
    if (k->challenges == NULL)
        HCL_TRY(no_memory(err));
    if (c->num_challenges != 0)
        memcpy(k->challenges, challenges, c->num_challenges * sizeof(hcl_fr));
    HCL_TRY(fill_random(k, err));
    HCL_TRY(init_columns(k, instances, err));
    HCL_TRY(init_programs(k, err));
    HCL_TRY(hcl_permutation_init(&k->cycles, c, err));
    *out = k;
done:
    if (st != HCL_OK)
        hcl_check_free(k);
    return st;
}

void hcl_check_free(struct hcl_check *k)
{
    if (k == NULL)
        return;
    for (uint32_t i = 0; k->fixed != NULL && i < k->c->num_fixed; i++)
        hcl_mem_free(k->fixed[i]);
    for (uint32_t i = 0; k->instance != NULL && i < k->c->num_instance; i++)
        hcl_mem_free_secret(k->instance[i]);
    for (uint32_t i = 0; k->of_column != NULL && i < k->c->num_advice; i++) {
        if (k->of_column[i] != NULL)
            hcl_check_program_clear(k->of_column[i]);
        free(k->of_column[i]);
    }
    for (size_t i = 0; i < k->c->num_lookups; i++) {
        if (k->inputs != NULL)
            hcl_check_program_clear(&k->inputs[i]);
        if (k->tables != NULL)
            hcl_check_program_clear(&k->tables[i]);
        if (k->sets != NULL)
            hcl_mem_free_secret(k->sets[i].values);
        if (k->sets != NULL)
            hcl_mem_free(k->sets[i].slots);
    }
    hcl_check_program_clear(&k->gates);
    hcl_permutation_clear(&k->cycles);
    free(k->fixed);
    free(k->instance);
    free(k->inputs);
    free(k->tables);
    free(k->sets);
    free(k->of_column);
    free(k->challenges);
    free(k);
}

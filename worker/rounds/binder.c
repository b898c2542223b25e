/* SPDX-License-Identifier: Apache-2.0 */
#include "worker/rounds/binder.h"

#include "common/sys/mem.h"

#include <string.h>

enum { VECTORS = 4 }; /* x, l_0, l_last, l_active: behind the columns */

/* Goes through all that the constraints read. coset NULL: pointers stay as they are. */
struct walk {
    struct hcl_binder *b;
    const struct hcl_coset *coset, *key;
    size_t used, at;
};

static void next(struct walk *k, size_t id, int64_t rotation)
{
    if (k->coset)
        k->b->pointers[k->used] =
            hcl_coset_row(hcl_coset_has(k->coset, id) ? k->coset : k->key, id, rotation) + k->at;
    k->used++;
}

static const hcl_fr *const *begin(const struct walk *k)
{
    return k->b->pointers ? k->b->pointers + k->used : NULL;
}

static const hcl_fr *const *next_inputs(struct walk *k, const struct hcl_eval *e)
{
    const hcl_fr *const *start = begin(k);
    for (size_t i = 0; i < e->num_inputs; i++)
        next(k, hcl_id_column(&k->b->fold->w->store.ids, e->inputs[i].column), e->inputs[i].rotation);
    return start;
}

static const hcl_fr *const *next_kind(struct walk *k, int kind, size_t count, int64_t rotation)
{
    const hcl_fr *const *start = begin(k);
    for (size_t i = 0; i < count; i++)
        next(k, hcl_id(&k->b->fold->w->store.ids, kind, i), rotation);
    return start;
}

static void walk_all(struct walk *k, struct hcl_constraint_rows *rows)
{
    const struct hcl_circuit *c = k->b->fold->w->circuit;
    const struct hcl_constraints *p = &k->b->fold->w->constraints;
    size_t lookups = c->num_lookups, chunks = hcl_permutation_chunks(c);
    const hcl_fr *const **lists = k->b->lists;
    rows->gates = next_inputs(k, &p->gates);
    for (size_t l = 0; l < lookups; l++) {
        const hcl_fr *const *inputs = next_inputs(k, &p->lookup_inputs[l]);
        const hcl_fr *const *tables = next_inputs(k, &p->lookup_tables[l]);
        if (lists) {
            lists[l] = inputs;
            lists[lookups + l] = tables;
        }
    }
    rows->lookup_inputs = lists;
    rows->lookup_tables = lists ? lists + lookups : NULL;
    rows->perm_values = begin(k);
    for (size_t i = 0; i < c->num_permutation; i++)
        next(k, hcl_id_column(&k->b->fold->w->store.ids, c->permutation[i]), 0);
    rows->sigma = next_kind(k, HCL_POLY_SIGMA, c->num_permutation, 0);
    rows->z = next_kind(k, HCL_POLY_PERM_Z, chunks, 0);
    rows->z_next = next_kind(k, HCL_POLY_PERM_Z, chunks, 1);
    rows->z_end = next_kind(k, HCL_POLY_PERM_Z, chunks, -(int64_t)c->blinding_factors - 1);
    rows->lookup_z = next_kind(k, HCL_POLY_LOOKUP_Z, lookups, 0);
    rows->lookup_z_next = next_kind(k, HCL_POLY_LOOKUP_Z, lookups, 1);
    rows->lookup_a = next_kind(k, HCL_POLY_LOOKUP_A, lookups, 0);
    rows->lookup_a_prev = next_kind(k, HCL_POLY_LOOKUP_A, lookups, -1);
    rows->lookup_s = next_kind(k, HCL_POLY_LOOKUP_S, lookups, 0);
}

static const hcl_fr *vector_of(const struct hcl_coset *key, uint32_t index)
{
    const hcl_fr *const all[VECTORS] = { [HCL_ROWS_OF_X] = key->x,
                                         [HCL_ROWS_OF_FIRST] = key->l_0,
                                         [HCL_ROWS_OF_LAST] = key->l_last,
                                         [HCL_ROWS_OF_ACTIVE] = key->l_active };
    return all[index];
}

static const struct hcl_eval *program_of(const struct hcl_fold *f)
{
    return &f->groups->programs[f->group];
}

static void bind_group(struct hcl_binder *b, size_t at)
{
    const struct hcl_fold *f = b->fold;
    const struct hcl_eval *e = program_of(f);
    for (size_t i = 0; i < e->num_inputs; i++) {
        const struct hcl_query *q = &e->inputs[i];
        const hcl_fr *row =
            q->column.kind == HCL_COL_ROWS
                ? vector_of(f->key, q->column.index)
                : hcl_coset_row(f->coset, hcl_id_column(&f->w->store.ids, q->column), q->rotation);
        b->pointers[i] = row + at;
    }
}

void hcl_binder_bind(struct hcl_binder *b, size_t at)
{
    struct walk k = { .b = b, .coset = b->fold->coset, .key = b->fold->key, .at = at };
    struct hcl_constraint_rows unused;
    if (b->fold->groups) {
        bind_group(b, at);
        return;
    }
    walk_all(&k, &unused);
    for (uint32_t i = 0; i < VECTORS; i++)
        b->pointers[k.used + i] = vector_of(b->fold->key, i) + at;
}

static void run_all(struct hcl_binder *b, hcl_fr *value, size_t count)
{
    struct walk k = { .b = b };
    struct hcl_constraint_rows rows;
    walk_all(&k, &rows);
    rows.x = b->pointers[k.used + HCL_ROWS_OF_X];
    rows.l_0 = b->pointers[k.used + HCL_ROWS_OF_FIRST];
    rows.l_last = b->pointers[k.used + HCL_ROWS_OF_LAST];
    rows.l_active = b->pointers[k.used + HCL_ROWS_OF_ACTIVE];
    memset(value, 0, count * sizeof *value);
    hcl_constraints_fold(value, &b->fold->w->constraints, b->fold->scalars, &rows, count, b->scratch);
}

void hcl_binder_run(struct hcl_binder *b, hcl_fr *value, size_t count)
{
    const struct hcl_fold *f = b->fold;
    if (f->groups)
        hcl_eval_run(&value, program_of(f), f->groups->scalars[f->group], b->pointers, count, b->scratch);
    else
        run_all(b, value, count);
    hcl_fr_scale_vec(value, value, &f->coset->zh_inv, count);
}

hcl_status hcl_binder_init(struct hcl_binder *b, const struct hcl_fold *fold, struct hcl_err *err)
{
    size_t scratch;
    *b = (struct hcl_binder){ .fold = fold };
    if (fold->groups) {
        b->count = program_of(fold)->num_inputs;
        scratch = hcl_eval_scratch(program_of(fold));
    } else {
        struct walk k = { .b = b };
        struct hcl_constraint_rows unused;
        walk_all(&k, &unused);
        b->count = k.used + VECTORS;
        scratch = hcl_constraints_scratch(&fold->w->constraints);
    }
    b->pointers = calloc(b->count + 1, sizeof *b->pointers);
    b->lists = calloc(2 * fold->w->circuit->num_lookups + 1, sizeof *b->lists);
    if (!b->pointers || !b->lists)
        return hcl_fail(err, HCL_NO_RESOURCE, "out of memory for %zu rows", b->count);
    return hcl_mem_alloc((void **)&b->scratch, scratch, sizeof *b->scratch, "constraints", err);
}

void hcl_binder_clear(struct hcl_binder *b)
{
    free(b->pointers);
    free(b->lists);
    hcl_mem_free_secret(b->scratch);
    *b = (struct hcl_binder){ 0 };
}

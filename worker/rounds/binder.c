/* SPDX-License-Identifier: Apache-2.0 */
#include "worker/rounds/binder.h"

static void bind(struct hcl_binder *b, size_t id, int64_t rotation)
{
    if (b->pointers)
        b->pointers[b->used] =
            hcl_coset_row(hcl_coset_has(b->coset, id) ? b->coset : b->key, id, rotation) + b->at;
    b->used++;
}

static const hcl_fr *const *begin(const struct hcl_binder *b)
{
    return b->pointers ? b->pointers + b->used : NULL;
}

static const hcl_fr *const *bind_inputs(struct hcl_binder *b, const struct hcl_eval *e)
{
    const hcl_fr *const *start = begin(b);
    for (size_t i = 0; i < e->num_inputs; i++)
        bind(b, hcl_id_column(&b->w->store.ids, e->inputs[i].column), e->inputs[i].rotation);
    return start;
}

static const hcl_fr *const *bind_kind(struct hcl_binder *b, int kind, size_t count, int64_t rotation)
{
    const hcl_fr *const *start = begin(b);
    for (size_t i = 0; i < count; i++)
        bind(b, hcl_id(&b->w->store.ids, kind, i), rotation);
    return start;
}

void hcl_bind_all(struct hcl_binder *b, struct hcl_constraint_rows *rows, const hcl_fr *const **groups)
{
    const struct hcl_circuit *c = b->w->circuit;
    const struct hcl_constraints *p = &b->w->constraints;
    size_t lookups = c->num_lookups, chunks = hcl_permutation_chunks(c);
    rows->gates = bind_inputs(b, &p->gates);
    for (size_t l = 0; l < lookups; l++) {
        const hcl_fr *const *inputs = bind_inputs(b, &p->lookup_inputs[l]);
        const hcl_fr *const *tables = bind_inputs(b, &p->lookup_tables[l]);
        if (groups) {
            groups[l] = inputs;
            groups[lookups + l] = tables;
        }
    }
    rows->lookup_inputs = groups;
    rows->lookup_tables = groups ? groups + lookups : NULL;
    rows->perm_values = begin(b);
    for (size_t i = 0; i < c->num_permutation; i++)
        bind(b, hcl_id_column(&b->w->store.ids, c->permutation[i]), 0);
    rows->sigma = bind_kind(b, HCL_POLY_SIGMA, c->num_permutation, 0);
    rows->z = bind_kind(b, HCL_POLY_PERM_Z, chunks, 0);
    rows->z_next = bind_kind(b, HCL_POLY_PERM_Z, chunks, 1);
    rows->z_end = bind_kind(b, HCL_POLY_PERM_Z, chunks, -(int64_t)c->blinding_factors - 1);
    rows->lookup_z = bind_kind(b, HCL_POLY_LOOKUP_Z, lookups, 0);
    rows->lookup_z_next = bind_kind(b, HCL_POLY_LOOKUP_Z, lookups, 1);
    rows->lookup_a = bind_kind(b, HCL_POLY_LOOKUP_A, lookups, 0);
    rows->lookup_a_prev = bind_kind(b, HCL_POLY_LOOKUP_A, lookups, -1);
    rows->lookup_s = bind_kind(b, HCL_POLY_LOOKUP_S, lookups, 0);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "worker/store/store.h"

#include "common/sys/mem.h"

#define TILE 4096 /* rows at once, that stay in the cache */

void hcl_ids_init(struct hcl_ids *ids, const struct hcl_circuit *c)
{
    size_t counts[HCL_STORE_KINDS] = {
        [HCL_POLY_ADVICE] = c->num_advice,     [HCL_POLY_FIXED] = c->num_fixed,
        [HCL_POLY_SIGMA] = c->num_permutation, [HCL_POLY_PERM_Z] = hcl_permutation_chunks(c),
        [HCL_POLY_LOOKUP_Z] = c->num_lookups,  [HCL_POLY_LOOKUP_A] = c->num_lookups,
        [HCL_POLY_LOOKUP_S] = c->num_lookups,  [HCL_STORE_INSTANCE] = c->num_instance,
    };
    ids->base[0] = 0;
    for (int kind = 0; kind < HCL_STORE_KINDS; kind++)
        ids->base[kind + 1] = ids->base[kind] + counts[kind];
    ids->count = ids->base[HCL_STORE_KINDS];
}

void hcl_ids_add_sums(struct hcl_ids *ids, size_t sums)
{
    _Static_assert(HCL_STORE_SUM == HCL_STORE_KINDS - 1, "sums come last");
    ids->count = ids->base[HCL_STORE_KINDS] += sums;
}

size_t hcl_id_column(const struct hcl_ids *ids, hcl_column column)
{
    static const int kinds[] = { [HCL_COL_FIXED] = HCL_POLY_FIXED,        [HCL_COL_ADVICE] = HCL_POLY_ADVICE,
                                 [HCL_COL_INSTANCE] = HCL_STORE_INSTANCE, [HCL_COL_SUM] = HCL_STORE_SUM,
                                 [HCL_COL_SIGMA] = HCL_POLY_SIGMA,        [HCL_COL_Z] = HCL_POLY_PERM_Z };
    return hcl_id(ids, kinds[column.kind], column.index);
}

static void widen(struct hcl_halo *h, size_t id, int64_t rotation)
{
    if (rotation < 0 && h->before[id] < -rotation)
        h->before[id] = (uint32_t)-rotation;
    if (rotation > 0 && h->after[id] < rotation)
        h->after[id] = (uint32_t)rotation;
}

hcl_status hcl_halo_init(struct hcl_halo *h, const struct hcl_circuit *c, const struct hcl_linear *linear,
                         const struct hcl_ids *ids, struct hcl_err *err)
{
    *h = (struct hcl_halo){ 0 };
    h->before = calloc(ids->count + 1, sizeof *h->before);
    h->after = calloc(ids->count + 1, sizeof *h->after);
    if (!h->before || !h->after) {
        hcl_halo_clear(h);
        return hcl_fail(err, HCL_NO_RESOURCE, "out of memory for %zu columns", ids->count);
    }
    for (int kind = 0; kind < 3; kind++)
        for (size_t q = 0; q < c->num_queries[kind]; q++)
            widen(h, hcl_id_column(ids, c->queries[kind][q].column), c->queries[kind][q].rotation);
    for (size_t i = 0; i < linear->num_sums; i++)
        widen(h, hcl_id(ids, HCL_STORE_SUM, i), linear->sums[i].rotation);
    for (size_t i = 0; i < hcl_permutation_chunks(c); i++) {
        widen(h, hcl_id(ids, HCL_POLY_PERM_Z, i), 1);
        widen(h, hcl_id(ids, HCL_POLY_PERM_Z, i), -(int64_t)c->blinding_factors - 1);
    }
    for (size_t l = 0; l < c->num_lookups; l++) {
        widen(h, hcl_id(ids, HCL_POLY_LOOKUP_Z, l), 1);
        widen(h, hcl_id(ids, HCL_POLY_LOOKUP_A, l), -1);
    }
    for (size_t id = 0; id < ids->count; id++) {
        if (h->before[id] > h->most_before)
            h->most_before = h->before[id];
        if (h->after[id] > h->most_after)
            h->most_after = h->after[id];
    }
    return HCL_OK;
}

void hcl_halo_clear(struct hcl_halo *h)
{
    free(h->before);
    free(h->after);
    *h = (struct hcl_halo){ 0 };
}

hcl_status hcl_store_init(struct hcl_store *s, const struct hcl_circuit *c, const struct hcl_linear *linear,
                          const struct hcl_pk *pk, const uint32_t *owner, uint32_t rank, uint32_t ranks,
                          struct hcl_err *err)
{
    *s = (struct hcl_store){ .n = (size_t)1 << c->k, .rank = rank };
    hcl_ids_init(&s->ids, c);
    const size_t given = s->ids.count;
    hcl_ids_add_sums(&s->ids, linear->num_sums);
    s->owner = calloc(s->ids.count + 1, sizeof *s->owner);
    s->compact = calloc(s->ids.count + 1, sizeof *s->compact);
    s->values = calloc(s->ids.count + 1, sizeof *s->values);
    s->coeffs = calloc(s->ids.count + 1, sizeof *s->coeffs);
    s->borrowed = calloc(s->ids.count + 1, sizeof *s->borrowed);
    s->block = calloc(s->ids.count + 1, sizeof *s->block);
    if (!s->owner || !s->compact || !s->values || !s->coeffs || !s->borrowed || !s->block) {
        hcl_store_clear(s);
        return hcl_fail(err, HCL_NO_RESOURCE, "out of memory for %zu columns", s->ids.count);
    }
    for (size_t id = 0; id < s->ids.count; id++)
        s->owner[id] = hcl_id_owner(owner, given, id, ranks);
    for (size_t i = 0; i < c->num_fixed; i++) {
        s->compact[hcl_id(&s->ids, HCL_POLY_FIXED, i)] = c->fixed[i];
        s->borrowed[hcl_id(&s->ids, HCL_POLY_FIXED, i)] = true;
    }
    for (size_t i = 0; i < c->num_permutation; i++)
        if (pk->sigma[i]) {
            const size_t id = hcl_id(&s->ids, HCL_POLY_SIGMA, i);
            s->compact[id] = (struct hcl_compact){
                .n = s->n, .stored = s->n, .width = HCL_COMPACT_FR, .digits = 1, .cells = pk->sigma[i]
            };
            s->values[id] = pk->sigma[i];
            s->borrowed[id] = true;
        }
    return HCL_OK;
}

void hcl_store_drop(struct hcl_store *s, size_t id)
{
    HCL_CHECK(!s->borrowed[id]);
    hcl_mem_free_secret(s->values[id]);
    hcl_mem_free_secret(s->coeffs[id]);
    hcl_compact_clear(&s->compact[id]);
    s->values[id] = s->coeffs[id] = NULL;
    s->block[id] = 0;
}

void hcl_store_clear(struct hcl_store *s)
{
    for (size_t id = 0; s->values && s->coeffs && s->borrowed && s->block && s->compact && id < s->ids.count;
         id++)
        if (!s->borrowed[id])
            hcl_store_drop(s, id);
    free(s->owner);
    free(s->compact);
    free(s->values);
    free(s->coeffs);
    free(s->borrowed);
    free(s->block);
    *s = (struct hcl_store){ 0 };
}

hcl_status hcl_store_add(struct hcl_store *s, size_t id, struct hcl_err *err)
{
    HCL_CHECK(hcl_store_mine(s, id) && !s->values[id] && !s->coeffs[id]);
    void *p;
    hcl_status st = hcl_mem_calloc(&p, s->n, sizeof(hcl_fr), "column", err);
    s->values[id] = p;
    return st;
}

hcl_status hcl_store_to_compact(struct hcl_store *s, size_t id, struct hcl_err *err)
{
    HCL_CHECK(hcl_store_mine(s, id) && !s->borrowed[id] && s->values[id]);
    const hcl_status st =
        hcl_compact_from_fr(&s->compact[id], s->n, s->values[id], s->n, true, "column", err);
    if (st == HCL_OK) {
        hcl_mem_free_secret(s->values[id]);
        s->values[id] = NULL;
    }
    return st;
}

/* An owned column that is to become coefficients: its buffer, with the values. NULL: it is not one. */
static hcl_status values_of(hcl_fr **out, struct hcl_store *s, size_t id, int threads, struct hcl_err *err)
{
    *out = NULL;
    if (!hcl_store_mine(s, id) || s->borrowed[id])
        return HCL_OK;
    *out = s->values[id];
    if (*out || s->compact[id].n == 0)
        return HCL_OK;
    const hcl_status st = hcl_mem_alloc((void **)out, s->n, sizeof **out, "column", err);
    if (st != HCL_OK)
        return st;
#pragma omp parallel for schedule(static) num_threads(threads)
    for (size_t at = 0; at < s->n; at += TILE)
        hcl_compact_expand(*out + at, &s->compact[id], at, s->n - at < TILE ? s->n - at : TILE);
    hcl_compact_clear(&s->compact[id]);
    s->values[id] = *out;
    return HCL_OK;
}

void hcl_store_transformed(struct hcl_store *s, size_t id)
{
    HCL_CHECK(hcl_store_mine(s, id) && !s->borrowed[id] && s->values[id]);
    s->coeffs[id] = s->values[id];
    s->values[id] = NULL;
}

hcl_status hcl_store_to_coeffs(struct hcl_store *s, const struct hcl_domain *d, const size_t *ids,
                               size_t count, int threads, size_t *done, struct hcl_err *err)
{
    hcl_fr **batch = calloc(count + 1, sizeof *batch);
    hcl_status st = HCL_OK;
    *done = 0;
    if (!batch)
        return hcl_fail(err, HCL_NO_RESOURCE, "out of memory for %zu columns", count);
    for (size_t i = 0; i < count; i++) {
        HCL_TRY(values_of(&batch[*done], s, ids[i], threads, err));
        *done += batch[*done] != NULL;
    }
    for (size_t i = 0; i < count; i++)
        if (hcl_store_mine(s, ids[i]) && !s->borrowed[ids[i]] && s->values[ids[i]])
            hcl_store_transformed(s, ids[i]);
    hcl_intt_batch(d, batch, *done, threads);
done:
    free(batch);
    return st;
}

hcl_status hcl_store_to_scratch(struct hcl_store *s, const size_t *ids, size_t count, int threads,
                                struct hcl_err *err)
{
    for (size_t i = 0; s->scratch && i < count; i++) {
        const size_t id = ids[i];
        if (!hcl_store_mine(s, id) || s->borrowed[id] || !s->coeffs[id])
            continue;
        const hcl_status st = hcl_scratch_reserve(s->scratch, s->n * sizeof(hcl_fr), &s->block[id], err);
        if (st != HCL_OK)
            return st;
        hcl_scratch_put(s->scratch, s->block[id]++, s->coeffs[id], threads);
        hcl_mem_free_secret(s->coeffs[id]);
        s->coeffs[id] = NULL;
    }
    return HCL_OK;
}

void hcl_store_fetch(const struct hcl_store *s, size_t id, hcl_fr *out, int threads)
{
    HCL_CHECK(hcl_store_waits(s, id));
    hcl_scratch_get(s->scratch, s->block[id] - 1, out, threads);
}

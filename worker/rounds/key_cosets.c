/* SPDX-License-Identifier: Apache-2.0 */
#include "worker/rounds/key_cosets.h"

#include "common/sys/mem.h"
#include "worker/rounds/powers.h"

#include <string.h>

/* The key's columns that the cosets have and this rank owns: fixed ones that are not linear, and sigmas. */
static size_t list_mine(size_t *list, const struct hcl_worker *w)
{
    const struct hcl_ids *ids = &w->store.ids;
    size_t count = 0;
    for (uint32_t i = 0; i < w->circuit->num_fixed; i++)
        if (hcl_store_mine(&w->store, hcl_id(ids, HCL_POLY_FIXED, i)) &&
            !hcl_linear_has(&w->constraints.linear, (hcl_column){ HCL_COL_FIXED, i }))
            list[count++] = hcl_id(ids, HCL_POLY_FIXED, i);
    for (size_t id = ids->base[HCL_POLY_SIGMA]; id < ids->base[HCL_POLY_SIGMA + 1]; id++)
        if (hcl_store_mine(&w->store, id))
            list[count++] = id;
    return count;
}

/* Where they are as coefficients: in what will be lent, if they have room there. */
static hcl_status key_memory(hcl_fr **memory, hcl_fr **allocated, const struct hcl_worker *w, size_t count,
                             struct hcl_err *err)
{
    *allocated = NULL;
    if (w->lent && w->lent->windows.of && count * w->team.n <= w->lent->room[w->team.rank]) {
        *memory = hcl_lent_mine(w->lent);
        return HCL_OK;
    }
    const hcl_status st =
        hcl_mem_alloc((void **)allocated, count * w->team.n, sizeof **allocated, "proving key", err);
    *memory = *allocated;
    return st;
}

/* Coefficients of this rank's columns of the key, for as long as there are cosets to make; *allocated is to
 * be freed then. */
static hcl_status expand_key(hcl_fr **allocated, struct hcl_worker *w, struct hcl_err *err)
{
    const size_t n = w->team.n, most = w->store.ids.count + 1;
    size_t *list = calloc(most, sizeof *list);
    hcl_fr **columns = calloc(most, sizeof *columns);
    hcl_status st = HCL_OK;
    hcl_fr *memory;
    *allocated = NULL;
    if (!list || !columns)
        HCL_TRY(hcl_fail(err, HCL_NO_RESOURCE, "out of memory for %zu columns", most));
    const size_t count = list_mine(list, w);
    HCL_TRY(key_memory(&memory, allocated, w, count, err));
#pragma omp parallel for schedule(dynamic, 1) num_threads(w->team.threads)
    for (size_t i = 0; i < count; i++) {
        columns[i] = memory + i * n;
        hcl_compact_expand(columns[i], &w->store.compact[list[i]], 0, n);
        w->store.coeffs[list[i]] = columns[i];
    }
    hcl_intt_batch(w->team.domain, columns, count, w->team.threads);
    w->team.counters.ntts += count;
done:
    free(list);
    free(columns);
    return st;
}

static void drop_key(hcl_fr *memory, struct hcl_worker *w)
{
    const struct hcl_ids *ids = &w->store.ids;
    for (size_t id = ids->base[HCL_POLY_FIXED]; id < ids->base[HCL_POLY_FIXED + 1]; id++)
        w->store.coeffs[id] = NULL;
    for (size_t id = ids->base[HCL_POLY_SIGMA]; id < ids->base[HCL_POLY_SIGMA + 1]; id++)
        w->store.coeffs[id] = NULL;
    hcl_mem_free(memory);
}

hcl_status hcl_key_cosets_init(struct hcl_key_cosets *k, struct hcl_worker *w, struct hcl_err *err)
{
    const size_t count = hcl_coset_count(w->circuit);
    hcl_status st = HCL_OK;
    hcl_fr *coeffs = NULL;
    *k = (struct hcl_key_cosets){ 0 };
    k->coset = calloc(count, sizeof *k->coset);
    if (!k->coset)
        st = hcl_fail(err, HCL_NO_RESOURCE, "out of memory for %zu cosets", count);
    else
        st = expand_key(&coeffs, w, err);
    HCL_TRY(hcl_comm_agree(w->team.comm, st, err));
    for (; k->count < count; k->count++) {
        hcl_fr g;
        hcl_coset_generator(&g, k->count);
        HCL_TRY(hcl_coset_init(&k->coset[k->count], w, HCL_COSET_KEY, NULL, err));
        hcl_coset_load(&k->coset[k->count], w, &g, 0, NULL);
        hcl_coset_settle(&k->coset[k->count]);
    }
done:
    drop_key(coeffs, w);
    if (st != HCL_OK)
        hcl_key_cosets_clear(k);
    return st;
}

/* What this rank has of the columns, for itself and for those near, halos too; kept cosets have forgotten
 * their ids. */
static bool same_rows(const struct hcl_coset *kept, const struct hcl_coset *fresh, const struct hcl_worker *w)
{
    if (memcmp(kept->x, fresh->x, kept->vectors * sizeof *kept->x) != 0)
        return false;
    for (size_t i = 0; i < fresh->count; i++) {
        const hcl_fr *piece;
        size_t count;
        for (size_t p = 0; (piece = hcl_coset_piece(fresh, w, fresh->ids[i], p, &count)); p++)
            if (memcmp(hcl_coset_piece(kept, w, fresh->ids[i], p, &count), piece, count * sizeof *piece) != 0)
                return false;
    }
    return true;
}

#define TILE 1024

/* Factors that are kept: they transform 1 + X + .. + X^(n-1) to (x^n - 1)/(x - 1), which all of them are in.
 */
static hcl_status check_factors(const struct hcl_coset *kept, size_t coset, const hcl_fr *g,
                                const struct hcl_worker *w, struct hcl_err *err)
{
    const size_t n = w->team.n;
    hcl_fr *values = NULL, x[TILE], one[TILE];
    hcl_status st = HCL_OK;
    if (!kept->factors)
        return HCL_OK;
    HCL_TRY(hcl_mem_alloc((void **)&values, n, sizeof *values, "proving key", err));
    const hcl_fr *ones = values;
    hcl_fill_run(values, &hcl_fr_one, n);
    hcl_fill_run(one, &hcl_fr_one, TILE);
    hcl_coset_ntt_batch(&kept->tables, &ones, &values, 1, w->team.threads);
    for (size_t at = 0; at < n; at += TILE) {
        const size_t count = n - at < TILE ? n - at : TILE;
        hcl_powers_run(x, &w->team.domain->omega, at, count);
        hcl_fr_scale_vec(x, x, g, count);
        hcl_fr_sub_vec(x, x, one, count);
        hcl_fr_mul_vec(x, x, values + at, count);
        for (size_t i = 0; i < count; i++)
            if (!hcl_fr_eq(&x[i], &kept->zh))
                st = hcl_fail(err, HCL_NO_RESOURCE, "the factors of coset %zu in memory are damaged", coset);
    }
done:
    hcl_mem_free(values);
    return st;
}

hcl_status hcl_key_cosets_check(const struct hcl_key_cosets *k, struct hcl_worker *w, struct hcl_err *err)
{
    struct hcl_coset coset = { 0 };
    hcl_status st = HCL_OK;
    if (k->count == 0)
        return HCL_OK;
    HCL_TRY(hcl_coset_init(&coset, w, HCL_COSET_KEY, NULL, err));
    for (size_t i = 0; i < k->count; i++) {
        hcl_fr g;
        hcl_coset_generator(&g, i);
        hcl_coset_load(&coset, w, &g, 0, &k->coset[i]);
        st = check_factors(&k->coset[i], i, &g, w, err);
        if (st == HCL_OK && !same_rows(&k->coset[i], &coset, w))
            st = hcl_fail(err, HCL_NO_RESOURCE, "the key's columns on coset %zu in memory are damaged", i);
        HCL_TRY(hcl_comm_agree(w->team.comm, st, err));
    }
done:
    hcl_coset_clear(&coset);
    return st;
}

void hcl_key_cosets_clear(struct hcl_key_cosets *k)
{
    for (size_t i = 0; i < k->count; i++)
        hcl_coset_clear(&k->coset[i]);
    free(k->coset);
    *k = (struct hcl_key_cosets){ 0 };
}

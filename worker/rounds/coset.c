/* SPDX-License-Identifier: Apache-2.0 */
#include "worker/rounds/coset.h"

#include "common/sys/mem.h"
#include "worker/rounds/powers.h"

#include <string.h>

#define TILE 1024

static bool of_kind(const struct hcl_ids *ids, size_t id, int kind)
{
    return id >= ids->base[kind] && id < ids->base[kind + 1];
}

static void add_id(struct hcl_coset *s, bool *seen, const struct hcl_ids *ids, size_t id)
{
    const bool key = of_kind(ids, id, HCL_POLY_FIXED) || of_kind(ids, id, HCL_POLY_SIGMA);
    if (!seen[id] && s->which & (key ? HCL_COSET_KEY : HCL_COSET_PROOF))
        s->ids[s->count++] = id;
    seen[id] = true;
}

static void add_inputs(struct hcl_coset *s, bool *seen, const struct hcl_ids *ids, const struct hcl_eval *e)
{
    for (size_t i = 0; i < e->num_inputs; i++)
        add_id(s, seen, ids, hcl_id_column(ids, e->inputs[i].column));
}

static void list_columns(struct hcl_coset *s, const struct hcl_worker *w, bool *seen)
{
    const struct hcl_circuit *c = w->circuit;
    const struct hcl_ids *ids = &w->store.ids;
    add_inputs(s, seen, ids, &w->constraints.gates);
    for (size_t l = 0; l < c->num_lookups; l++) {
        add_inputs(s, seen, ids, &w->constraints.lookup_inputs[l]);
        add_inputs(s, seen, ids, &w->constraints.lookup_tables[l]);
        add_id(s, seen, ids, hcl_id(ids, HCL_POLY_LOOKUP_Z, l));
        add_id(s, seen, ids, hcl_id(ids, HCL_POLY_LOOKUP_A, l));
        add_id(s, seen, ids, hcl_id(ids, HCL_POLY_LOOKUP_S, l));
    }
    for (size_t i = 0; i < c->num_permutation; i++) {
        add_id(s, seen, ids, hcl_id_column(ids, c->permutation[i]));
        add_id(s, seen, ids, hcl_id(ids, HCL_POLY_SIGMA, i));
    }
    for (size_t i = 0; i < hcl_permutation_chunks(c); i++)
        add_id(s, seen, ids, hcl_id(ids, HCL_POLY_PERM_Z, i));
}

/* Where each column stands among its owner's. */
static hcl_status count_owned(struct hcl_coset *s, const struct hcl_worker *w, struct hcl_err *err)
{
    size_t *owned = calloc((size_t)w->team.ranks, sizeof *owned);
    if (!owned)
        return hcl_fail(err, HCL_NO_RESOURCE, "out of memory for %d ranks", w->team.ranks);
    for (size_t i = 0; i < s->count; i++) {
        s->position[i] = owned[w->store.owner[s->ids[i]]]++;
        if (s->position[i] >= s->most)
            s->most = s->position[i] + 1;
    }
    s->step = w->team.exchange.step < s->most ? w->team.exchange.step : s->most;
    free(owned);
    return HCL_OK;
}

static hcl_status init_vectors(struct hcl_coset *s, const struct hcl_worker *w, struct hcl_err *err)
{
    size_t rows = w->team.count, extended = rows + w->circuit->blinding_factors + 2;
    hcl_status st;
    HCL_TRY(hcl_mem_alloc((void **)&s->x, 4 * rows + 1, sizeof(hcl_fr), "coset vectors", err));
    s->l_0 = s->x + rows;
    s->l_last = s->l_0 + rows;
    s->l_active = s->l_last + rows;
    HCL_TRY(hcl_mem_alloc((void **)&s->inverse, 2 * extended, sizeof(hcl_fr), "coset vectors", err));
done:
    return st;
}

static hcl_status init_local(struct hcl_coset *s, struct hcl_worker *w, struct hcl_err *err)
{
    size_t ids = w->store.ids.count + 1;
    hcl_status st = HCL_OK;
    bool *seen = calloc(ids, sizeof *seen);
    s->ids = calloc(ids, sizeof *s->ids);
    s->moving = calloc(ids, sizeof *s->moving);
    s->batch = calloc(ids, sizeof *s->batch);
    s->coeffs = calloc(ids, sizeof *s->coeffs);
    s->position = calloc(ids, sizeof *s->position);
    s->compact = calloc(ids, sizeof *s->compact);
    s->expanded = calloc(ids, sizeof *s->expanded);
    if (!s->compact || !s->expanded || !seen || !s->ids || !s->moving || !s->batch || !s->coeffs ||
        !s->position)
        HCL_TRY(hcl_fail(err, HCL_NO_RESOURCE, "out of memory for %zu columns", ids));
    list_columns(s, w, seen);
    HCL_TRY(count_owned(s, w, err));
    HCL_TRY(hcl_blocks_init(&s->blocks, w, s->ids, s->count, err));
    HCL_TRY(hcl_domain_coset_init(&s->tables, w->team.domain, err));
    if (s->which & HCL_COSET_KEY)
        HCL_TRY(init_vectors(s, w, err));
    if (w->team.ranks > 1)
        HCL_TRY(hcl_mem_alloc((void **)&s->whole, s->step * w->team.n, sizeof(hcl_fr), "columns on a coset",
                              err));
done:
    free(seen);
    return st;
}

hcl_status hcl_coset_init(struct hcl_coset *s, struct hcl_worker *w, int which, struct hcl_err *err)
{
    *s = (struct hcl_coset){ .which = which };
    hcl_status st = hcl_comm_agree(w->team.comm, init_local(s, w, err), err);
    if (st != HCL_OK)
        hcl_coset_clear(s);
    return st;
}

void hcl_coset_settle(struct hcl_coset *s)
{
    hcl_domain_coset_clear(&s->tables);
    hcl_mem_free(s->inverse);
    hcl_mem_free_secret(s->whole);
    free(s->ids);
    free(s->moving);
    free(s->batch);
    free(s->coeffs);
    free(s->position);
    free(s->compact);
    free(s->expanded);
    s->inverse = s->whole = NULL;
    s->ids = s->position = NULL;
    s->moving = NULL;
    s->batch = NULL;
    s->coeffs = NULL;
    s->compact = NULL;
    s->expanded = NULL;
}

void hcl_coset_clear(struct hcl_coset *s)
{
    hcl_coset_settle(s);
    hcl_blocks_clear(&s->blocks);
    hcl_mem_free(s->x);
    *s = (struct hcl_coset){ 0 };
}

void hcl_coset_generator(hcl_fr *g, size_t i)
{
    hcl_fr_pow_u64(g, &hcl_fr_generator, i + 1);
}

/* L_i(X) = w^i (X^n - 1)/(n (X - w^i)) = L_0(X w^-i), so all come from L_0 on rows first..first+count+b+1:
 * L_(n-i) at row j is L_0 at row j+i. With u = n-b-1, l_last = L_(n-(b+1)). */
static void fill_lagrange(struct hcl_coset *s, const struct hcl_worker *w, const hcl_fr *g)
{
    const struct hcl_team *t = &w->team;
    size_t rows = t->count, b = w->circuit->blinding_factors, extended = rows + b + 1;
    hcl_fr *l = s->inverse, *scratch = l + extended + 1, factor;
    hcl_fr_mul(&factor, &s->zh, &t->domain->n_inv);
    hcl_fr_scale_vec(s->x, w->omega_rows, g, rows);
    memcpy(l, s->x, rows * sizeof *l);
    for (size_t i = rows; i < extended; i++) {
        hcl_domain_omega_pow(&l[i], t->domain, (int64_t)(t->first + i));
        hcl_fr_mul(&l[i], &l[i], g);
    }
#pragma omp parallel for schedule(static) num_threads(t->threads)
    for (size_t at = 0; at < extended; at += TILE) {
        size_t part = extended - at < TILE ? extended - at : TILE;
        hcl_fill_run(scratch + at, &hcl_fr_one, part);
        hcl_fr_sub_vec(l + at, l + at, scratch + at, part);
        hcl_fr_batch_inv(l + at, scratch + at, part);
        hcl_fr_scale_vec(l + at, l + at, &factor, part);
    }
#pragma omp parallel for schedule(static) num_threads(t->threads)
    for (size_t at = 0; at < rows; at += TILE) {
        size_t part = rows - at < TILE ? rows - at : TILE;
        memcpy(s->l_0 + at, l + at, part * sizeof *l);
        memcpy(s->l_last + at, l + at + b + 1, part * sizeof *l);
        hcl_fill_run(s->l_active + at, &hcl_fr_one, part);
        for (size_t i = 1; i <= b + 1; i++)
            hcl_fr_sub_vec(s->l_active + at, s->l_active + at, l + at + i, part);
    }
}

/* Column id is number i of the batch; its values on the coset go to `to`. */
static void add_to_batch(struct hcl_coset *s, const struct hcl_worker *w, size_t i, size_t id, hcl_fr *to)
{
    s->batch[i] = to;
    s->coeffs[i] = w->store.coeffs[id];
    if (s->coeffs[i])
        return;
    HCL_CHECK(w->store.compact[id].n == w->team.n);
    s->coeffs[i] = to;
    s->compact[s->num_expanded] = &w->store.compact[id];
    s->expanded[s->num_expanded++] = to;
}

/* The whole batch. */
static void transform(struct hcl_coset *s, struct hcl_worker *w, size_t count)
{
    const size_t n = w->team.n, tiles = (n + TILE - 1) / TILE;
#pragma omp parallel for schedule(static) num_threads(w->team.threads)
    for (size_t k = 0; k < s->num_expanded * tiles; k++) {
        const size_t at = k % tiles * TILE;
        hcl_compact_expand(s->expanded[k / tiles] + at, s->compact[k / tiles], at,
                           n - at < TILE ? n - at : TILE);
    }
    hcl_intt_batch(w->team.domain, s->expanded, s->num_expanded, w->team.threads);
    w->team.counters.ntts += s->num_expanded;
    s->num_expanded = 0;
    hcl_coset_ntt_batch(&s->tables, s->coeffs, s->batch, count, w->team.threads);
    w->team.counters.ntts += count;
}

/* One rank: the blocks are the columns, halos are copies of their ends. */
static void load_alone(struct hcl_coset *s, struct hcl_worker *w)
{
    size_t n = w->team.n;
    for (size_t i = 0; i < s->count; i++)
        add_to_batch(s, w, i, s->ids[i], s->blocks.row[s->ids[i]]);
    transform(s, w, s->count);
    for (size_t i = 0; i < s->count; i++) {
        hcl_fr *row = s->batch[i];
        for (size_t k = 1; k <= w->halo.before[s->ids[i]]; k++)
            row[-(ptrdiff_t)k] = row[n - k];
        for (size_t k = 0; k < w->halo.after[s->ids[i]]; k++)
            row[n + k] = row[k];
    }
}

/* Several ranks: each transforms its columns number lo to lo + step, then they move. */
static void load_group(struct hcl_coset *s, struct hcl_worker *w, size_t lo)
{
    size_t mine = 0, count = 0;
    for (size_t i = 0; i < s->count; i++) {
        size_t id = s->ids[i];
        if (s->position[i] < lo || s->position[i] >= lo + s->step)
            continue;
        struct hcl_moving m = { .owner = w->store.owner[id],
                                .before = w->halo.before[id],
                                .after = w->halo.after[id],
                                .block = s->blocks.row[id] };
        if (hcl_store_mine(&w->store, id)) {
            m.whole = s->whole + mine * w->team.n;
            add_to_batch(s, w, mine++, id, m.whole);
        }
        s->moving[count++] = m;
    }
    transform(s, w, mine);
    hcl_columns_to_rows(&w->team.exchange, s->moving, count);
}

void hcl_coset_load(struct hcl_coset *s, struct hcl_worker *w, const hcl_fr *g)
{
    hcl_fr_pow_u64(&s->zh, g, w->team.n);
    hcl_fr_sub(&s->zh, &s->zh, &hcl_fr_one);
    HCL_CHECK(!hcl_fr_is_zero(&s->zh));
    hcl_fr_inv(&s->zh_inv, &s->zh);
    hcl_domain_coset_set(&s->tables, g, w->team.threads);
    if (s->x)
        fill_lagrange(s, w, g);
    if (w->team.ranks == 1) {
        load_alone(s, w);
        return;
    }
    for (size_t lo = 0; lo < s->most; lo += s->step)
        load_group(s, w, lo);
}

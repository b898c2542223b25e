/* SPDX-License-Identifier: Apache-2.0 */
#include "worker/rounds/coset_internal.h"

#include "common/halo2/rows.h"
#include "common/sys/digest.h"
#include "common/sys/mem.h"

#include <string.h>

/* Rows start on cache lines: transforms to elsewhere take 10 to 20 % longer from half a line on. */
#define LINE (64 / sizeof(hcl_fr))

/* Where a column is, while they are listed: in no group, in several, else in that one. */
#define IN_NONE SIZE_MAX
#define IN_SEVERAL (SIZE_MAX - 1)

static bool of_kind(const struct hcl_ids *ids, size_t id, int kind)
{
    return id >= ids->base[kind] && id < ids->base[kind + 1];
}

static void note_id(const struct hcl_coset *s, const struct hcl_ids *ids, size_t *in, size_t id, size_t group)
{
    const bool key = of_kind(ids, id, HCL_POLY_FIXED) || of_kind(ids, id, HCL_POLY_SIGMA);
    if (s->which & (key ? HCL_COSET_KEY : HCL_COSET_PROOF))
        in[id] = in[id] == IN_NONE || in[id] == group ? group : IN_SEVERAL;
}

static void note_inputs(const struct hcl_coset *s, const struct hcl_ids *ids, size_t *in,
                        const struct hcl_eval *e, size_t group)
{
    for (size_t i = 0; i < e->num_inputs; i++)
        if (e->inputs[i].column.kind != HCL_COL_ROWS)
            note_id(s, ids, in, hcl_id_column(ids, e->inputs[i].column), group);
}

static void note_all(const struct hcl_coset *s, const struct hcl_worker *w, size_t *in)
{
    const struct hcl_circuit *c = w->circuit;
    const struct hcl_ids *ids = &w->store.ids;
    note_inputs(s, ids, in, &w->constraints.gates, 0);
    for (size_t l = 0; l < c->num_lookups; l++) {
        note_inputs(s, ids, in, &w->constraints.lookup_inputs[l], 0);
        note_inputs(s, ids, in, &w->constraints.lookup_tables[l], 0);
        note_id(s, ids, in, hcl_id(ids, HCL_POLY_LOOKUP_Z, l), 0);
        note_id(s, ids, in, hcl_id(ids, HCL_POLY_LOOKUP_A, l), 0);
        note_id(s, ids, in, hcl_id(ids, HCL_POLY_LOOKUP_S, l), 0);
    }
    for (size_t i = 0; i < c->num_permutation; i++) {
        note_id(s, ids, in, hcl_id_column(ids, c->permutation[i]), 0);
        note_id(s, ids, in, hcl_id(ids, HCL_POLY_SIGMA, i), 0);
    }
    for (size_t i = 0; i < hcl_permutation_chunks(c); i++)
        note_id(s, ids, in, hcl_id(ids, HCL_POLY_PERM_Z, i), 0);
}

static void add_ids(struct hcl_coset *s, const size_t *in, size_t ids, size_t where)
{
    for (size_t id = 0; id < ids; id++)
        if (in[id] == where)
            s->ids[s->count++] = id;
}

static hcl_status list_columns(struct hcl_coset *s, const struct hcl_worker *w,
                               const struct hcl_groups *groups, struct hcl_err *err)
{
    const size_t ids = w->store.ids.count;
    size_t *in = malloc((ids + 1) * sizeof *in);
    if (!in)
        return hcl_fail(err, HCL_NO_RESOURCE, "out of memory for %zu columns", ids);
    for (size_t id = 0; id < ids; id++)
        in[id] = IN_NONE;
    for (size_t g = 0; groups && g < groups->count; g++)
        note_inputs(s, &w->store.ids, in, &groups->programs[g], g);
    if (!groups)
        note_all(s, w, in);
    add_ids(s, in, ids, IN_SEVERAL);
    s->staying = s->count;
    for (size_t g = 0; g < s->groups; g++) {
        add_ids(s, in, ids, g);
        s->start[g + 1] = s->count;
    }
    free(in);
    return HCL_OK;
}

/* Where each column stands among its owner's. */
static hcl_status count_owned(struct hcl_coset *s, const struct hcl_worker *w, struct hcl_err *err)
{
    const size_t ranks = (size_t)w->team.ranks;
    size_t *owned = calloc(ranks, sizeof *owned);
    if (!owned)
        return hcl_fail(err, HCL_NO_RESOURCE, "out of memory for %d ranks", w->team.ranks);
    for (size_t g = 0; g < s->groups; g++) {
        memset(owned, 0, ranks * sizeof *owned);
        for (size_t i = s->start[g]; i < s->start[g + 1]; i++) {
            s->position[i] = owned[w->store.owner[s->ids[i]]]++;
            if (s->position[i] >= s->most)
                s->most = s->position[i] + 1;
        }
    }
    s->step = w->team.exchange.step < s->most ? w->team.exchange.step : s->most;
    free(owned);
    return HCL_OK;
}

static size_t whole_lines(size_t elements)
{
    return (elements + LINE - 1) / LINE * LINE;
}

/* Whether column id is in its owner's window; else in this rank's memory. */
static bool in_window(const struct hcl_coset *s, const struct hcl_worker *w, size_t id)
{
    return s->windowed && hcl_comm_near(w->team.comm, (int)w->store.owner[id]);
}

/* The place that has column id, a rank's window or, behind them, the memory. */
static size_t place_of(const struct hcl_coset *s, const struct hcl_worker *w, size_t id)
{
    return in_window(s, w, id) ? w->store.owner[id] : (size_t)w->team.ranks;
}

/* Where a place begins; NULL: it is not there yet. */
static hcl_fr *memory_of(const struct hcl_coset *s, const struct hcl_worker *w, size_t place)
{
    if (place == (size_t)w->team.ranks)
        return s->memory;
    return s->windows.of ? s->windows.of[place] : NULL;
}

/* From one block of a column in a window to the next; all have room for the longest, which is rank 0's. */
static size_t block_stride(const struct hcl_worker *w, size_t id)
{
    size_t first, rows;
    hcl_rows_of(w->team.n, w->team.ranks, 0, &first, &rows);
    return whole_lines(w->halo.before[id]) + whole_lines(rows + w->halo.after[id]);
}

/* Elements that a place has of column id, and in front of this rank's first row. */
static size_t room_of(const struct hcl_coset *s, const struct hcl_worker *w, size_t id, size_t *front)
{
    const size_t before = whole_lines(w->halo.before[id]), stride = block_stride(w, id);
    const bool blocks = !s->together && in_window(s, w, id);
    *front = before + (blocks ? (size_t)hcl_comm_local_rank(w->team.comm) * stride : s->from);
    if (blocks)
        return (size_t)hcl_comm_local_size(w->team.comm) * stride;
    return before + whole_lines((s->together ? w->team.n : w->team.count) + w->halo.after[id]);
}

/* Of columns that all transform each rank has its rows in memory of its own. */
static void place_shared(struct hcl_coset *s, const struct hcl_worker *w)
{
    size_t *used = &s->used[w->team.ranks];
    for (size_t i = s->start[s->groups]; i < s->count; i++) {
        const size_t id = s->ids[i], before = whole_lines(w->halo.before[id]);
        if (s->memory)
            s->row[id] = s->memory + *used + before;
        *used += before + whole_lines(w->team.count + w->halo.after[id]);
    }
}

/* Each column's rows: behind those that stay, groups in one place. Counts s->used. at, staying: scratch, one
 * for each place. */
static void place_rows(struct hcl_coset *s, const struct hcl_worker *w, size_t *at, size_t *staying)
{
    const size_t places = (size_t)w->team.ranks + 1;
    memset(s->used, 0, places * sizeof *s->used);
    memset(staying, 0, places * sizeof *staying);
    for (size_t g = 0, i = 0; g < s->groups; g++) {
        memcpy(at, staying, places * sizeof *at);
        for (; i < s->start[g + 1]; i++) {
            const size_t id = s->ids[i], p = place_of(s, w, id);
            size_t front;
            const size_t room = room_of(s, w, id, &front);
            hcl_fr *memory = memory_of(s, w, p);
            if (memory)
                s->row[id] = memory + at[p] + front;
            at[p] += room;
            staying[p] = i < s->staying ? at[p] : staying[p];
            s->used[p] = at[p] > s->used[p] ? at[p] : s->used[p];
        }
    }
    place_shared(s, w);
}

static hcl_status place(struct hcl_coset *s, const struct hcl_worker *w, struct hcl_err *err)
{
    const size_t places = (size_t)w->team.ranks + 1;
    size_t *scratch = calloc(2 * places, sizeof *scratch);
    if (!scratch)
        return hcl_fail(err, HCL_NO_RESOURCE, "out of memory for %d ranks", w->team.ranks);
    place_rows(s, w, scratch, scratch + places);
    free(scratch);
    return HCL_OK;
}

/* Counts what they take, and places what lies in windows that are there. */
static hcl_status init_rows(struct hcl_coset *s, const struct hcl_worker *w, struct hcl_err *err)
{
    s->row = calloc(w->store.ids.count + 1, sizeof *s->row);
    s->used = calloc((size_t)w->team.ranks + 1, sizeof *s->used);
    if (!s->row || !s->used)
        return hcl_fail(err, HCL_NO_RESOURCE, "out of memory for %zu columns", s->count);
    s->from = s->together ? w->team.first : 0;
    return place(s, w, err);
}

static hcl_status init_memory(struct hcl_coset *s, const struct hcl_worker *w, struct hcl_err *err)
{
    hcl_status st;
    if (s->together && s->shared.count == 0)
        return HCL_OK; /* init_windows */
    HCL_TRY(hcl_mem_alloc((void **)&s->memory, s->used[w->team.ranks], sizeof(hcl_fr), "row blocks", err));
    st = place(s, w, err);
done:
    return st;
}

static hcl_status init_windows(struct hcl_coset *s, const struct hcl_worker *w, struct hcl_err *err)
{
    const size_t bytes = s->used[w->team.rank] * sizeof(hcl_fr);
    hcl_status st = HCL_OK;
    s->borrowed = s->together && (s->which & HCL_COSET_PROOF) && hcl_lent_fits(w->lent, s->used);
    if (s->borrowed)
        s->windows = w->lent->windows;
    else
        st = hcl_node_windows_init(&s->windows, w->team.comm, bytes, "columns on a coset", err);
    return st == HCL_OK ? hcl_comm_agree(w->team.comm, place(s, w, err), err) : st;
}

static hcl_status init_vectors(struct hcl_coset *s, const struct hcl_worker *w, struct hcl_err *err)
{
    const size_t rows = w->team.count, b = w->circuit->blinding_factors;
    s->vectors = 3 * rows + b + 1;
    const hcl_status st = hcl_mem_alloc((void **)&s->x, s->vectors, sizeof(hcl_fr), "coset vectors", err);
    if (st != HCL_OK)
        return st;
    s->l_active = s->x + rows;
    s->l_0 = s->l_active + rows;
    s->l_last = s->l_0 + b + 1;
    return HCL_OK;
}

static hcl_status init_lists(struct hcl_coset *s, size_t ids, struct hcl_err *err)
{
    const size_t most = ids + 1;
    s->ids = calloc(most, sizeof *s->ids);
    s->start = calloc(s->groups + 1, sizeof *s->start);
    s->position = calloc(most, sizeof *s->position);
    s->moving = calloc(most, sizeof *s->moving);
    s->batch = calloc(most, sizeof *s->batch);
    s->batch_id = calloc(most, sizeof *s->batch_id);
    s->coeffs = calloc(most, sizeof *s->coeffs);
    s->expanded = calloc(most, sizeof *s->expanded);
    s->sources = calloc(most, sizeof *s->sources);
    if (!s->ids || !s->start || !s->position || !s->moving || !s->batch || !s->batch_id || !s->coeffs ||
        !s->expanded || !s->sources)
        return hcl_fail(err, HCL_NO_RESOURCE, "out of memory for %zu columns", ids);
    return HCL_OK;
}

/* While columns travel the next are made, if there are any. */
static size_t ways(const struct hcl_coset *s)
{
    return s->most > s->step ? 2 : 1;
}

static void poke(void *ctx)
{
    hcl_comm_poke(ctx);
}

/* Whether the proof's transforms use factors that are kept with the key's columns. */
static bool keeps_factors(const struct hcl_team *t)
{
    return t->ranks >= HCL_KEPT_FACTORS_RANKS;
}

static hcl_status init_local(struct hcl_coset *s, struct hcl_worker *w, const struct hcl_groups *groups,
                             struct hcl_err *err)
{
    const struct hcl_team *t = &w->team;
    hcl_status st;
    HCL_TRY(init_lists(s, w->store.ids.count, err));
    HCL_TRY(list_columns(s, w, groups, err));
    HCL_TRY(hcl_coset_share(s, w, err));
    HCL_TRY(count_owned(s, w, err));
    HCL_TRY(init_rows(s, w, err));
    HCL_TRY(init_memory(s, w, err));
    HCL_TRY(hcl_coset_shared_init(s, w, err));
    if (s->which != HCL_COSET_PROOF || !keeps_factors(t))
        HCL_TRY(hcl_domain_coset_init(&s->tables, t->domain, err));
    s->tables.between = poke;
    s->tables.ctx = t->comm;
    if (t->ranks > 1 && !s->together)
        HCL_TRY(hcl_mem_alloc((void **)&s->whole, ways(s) * s->step * t->n, sizeof(hcl_fr),
                              "columns on a coset", err));
    if (s->which & HCL_COSET_KEY)
        HCL_TRY(init_vectors(s, w, err));
done:
    return st;
}

hcl_status hcl_coset_init(struct hcl_coset *s, struct hcl_worker *w, int which,
                          const struct hcl_groups *groups, struct hcl_err *err)
{
    HCL_CHECK(!groups || which == (HCL_COSET_KEY | HCL_COSET_PROOF));
    *s = (struct hcl_coset){ .which = which, .groups = groups ? groups->count : 1 };
    s->factors = which == HCL_COSET_KEY && keeps_factors(&w->team);
    s->together = hcl_comm_together(w->team.comm);
    s->windowed = hcl_comm_has_windows(w->team.comm);
    hcl_status st = hcl_comm_agree(w->team.comm, init_local(s, w, groups, err), err);
    if (st == HCL_OK && s->windowed)
        st = init_windows(s, w, err);
    if (st != HCL_OK)
        hcl_coset_clear(s);
    return st;
}

hcl_status hcl_coset_room(size_t *room, const struct hcl_worker *w, int which, struct hcl_err *err)
{
    struct hcl_coset s = { .which = which, .groups = 1, .together = true, .windowed = true };
    hcl_status st;
    HCL_TRY(init_lists(&s, w->store.ids.count, err));
    HCL_TRY(list_columns(&s, w, NULL, err));
    HCL_TRY(init_rows(&s, w, err));
    memcpy(room, s.used, (size_t)w->team.ranks * sizeof *room);
done:
    hcl_coset_clear(&s);
    return st;
}

void hcl_coset_settle(struct hcl_coset *s)
{
    if (!s->factors)
        hcl_domain_coset_clear(&s->tables);
    hcl_coset_shared_clear(&s->shared);
    hcl_mem_free_secret(s->whole);
    free(s->used);
    free(s->ids);
    free(s->start);
    free(s->position);
    free(s->moving);
    free(s->batch);
    free(s->batch_id);
    free(s->coeffs);
    free(s->expanded);
    free(s->sources);
    s->whole = NULL;
    s->used = s->ids = s->start = s->position = s->batch_id = NULL;
    s->moving = NULL;
    s->batch = s->expanded = NULL;
    s->coeffs = NULL;
    s->sources = NULL;
}

void hcl_coset_clear(struct hcl_coset *s)
{
    hcl_coset_settle(s);
    hcl_domain_coset_clear(&s->tables);
    hcl_mem_free_secret(s->memory);
    if (!s->borrowed)
        hcl_node_windows_clear(&s->windows, (s->which & HCL_COSET_PROOF) != 0);
    hcl_mem_free(s->x);
    free(s->row);
    *s = (struct hcl_coset){ 0 };
}

void hcl_coset_generator(hcl_fr *g, size_t i)
{
    hcl_fr_pow_u64(g, &hcl_fr_generator, i + 1);
}

/* Column id is number i of the batch; its values go to `to`. */
static void add_to_batch(struct hcl_coset *s, const struct hcl_worker *w, size_t i, size_t id, hcl_fr *to)
{
    s->batch[i] = to;
    s->batch_id[i] = id;
    s->coeffs[i] = w->store.coeffs[id];
}

static void copy_ends(hcl_fr *row, size_t m, size_t before, size_t after)
{
    for (size_t k = 1; k <= before; k++)
        row[-(ptrdiff_t)k] = row[m - 1 - (k - 1) % m];
    for (size_t k = 0; k < after; k++)
        row[m + k] = row[k % m];
}

/* One rank or windows: what is read are the columns themselves, halos are copies of their ends. */
static void load_in_place(struct hcl_coset *s, struct hcl_worker *w, size_t group)
{
    size_t count = 0;
    for (size_t i = s->start[group]; i < s->start[group + 1]; i++)
        if (hcl_store_mine(&w->store, s->ids[i]))
            add_to_batch(s, w, count++, s->ids[i], s->row[s->ids[i]] - s->from);
    hcl_coset_transform(s, w, count);
    for (size_t i = s->start[group]; i < s->start[group + 1]; i++) {
        const size_t id = s->ids[i];
        if (hcl_store_mine(&w->store, id))
            copy_ends(s->row[id] - s->from, w->team.n, w->halo.before[id], w->halo.after[id]);
    }
}

/* Several ranks: each transforms its columns number lo to lo + step of the group, while those before them
 * travel; then they do. */
static void load_step(struct hcl_coset *s, struct hcl_worker *w, size_t group, size_t lo)
{
    hcl_fr *whole = s->whole + lo / s->step % ways(s) * s->step * w->team.n;
    size_t mine = 0, count = 0;
    for (size_t i = s->start[group]; i < s->start[group + 1]; i++) {
        const size_t id = s->ids[i];
        if (s->position[i] < lo || s->position[i] >= lo + s->step)
            continue;
        struct hcl_moving m = { .owner = w->store.owner[id],
                                .before = w->halo.before[id],
                                .after = w->halo.after[id],
                                .block = s->row[id],
                                .lent = s->windowed ? block_stride(w, id) : 0 };
        if (hcl_store_mine(&w->store, id)) {
            m.whole = whole + mine * w->team.n;
            add_to_batch(s, w, mine++, id, m.whole);
        }
        s->moving[count++] = m;
    }
    hcl_coset_transform(s, w, mine);
    if (lo > 0)
        hcl_columns_to_rows_end(&w->team.exchange);
    hcl_columns_to_rows_begin(&w->team.exchange, s->moving, count);
}

static void load_and_move(struct hcl_coset *s, struct hcl_worker *w, size_t group)
{
    for (size_t lo = 0; lo < s->most; lo += s->step)
        load_step(s, w, group, lo);
    if (s->most > 0)
        hcl_columns_to_rows_end(&w->team.exchange);
}

void hcl_coset_load(struct hcl_coset *s, struct hcl_worker *w, const hcl_fr *g, size_t group,
                    const struct hcl_coset *key)
{
    const bool given = key && key->factors;
    s->with = given ? &key->tables : &s->tables;
    if (group == 0) {
        hcl_fr_pow_u64(&s->zh, g, w->team.n);
        hcl_fr_sub(&s->zh, &s->zh, &hcl_fr_one);
        HCL_CHECK(!hcl_fr_is_zero(&s->zh));
        hcl_fr_inv(&s->zh_inv, &s->zh);
        if (!given)
            hcl_domain_coset_set(&s->tables, g, w->team.threads);
    }
    if (s->windowed)
        hcl_comm_meet(w->team.comm); /* all have read what was there */
    if (group == 0 && s->x)
        hcl_coset_make_vectors(s, w, g);
    hcl_coset_shared_load(s, w, g);
    if (w->team.ranks == 1 || s->together)
        load_in_place(s, w, group);
    else
        load_and_move(s, w, group);
    if (s->windowed)
        hcl_comm_meet(w->team.comm); /* all columns are there */
}

/* Piece i of a column that is in blocks in this rank's window: that of the i-th rank of the node. */
static const hcl_fr *piece_lent(const struct hcl_coset *s, const struct hcl_worker *w, size_t id, size_t i,
                                size_t *count)
{
    const struct hcl_comm *comm = w->team.comm;
    const size_t here = (size_t)hcl_comm_local_rank(comm), before = w->halo.before[id];
    size_t at = 0, first, rows;
    for (int r = 0; r < w->team.ranks; r++) {
        if (!hcl_comm_near(comm, r) || at++ != i)
            continue;
        hcl_rows_of(w->team.n, w->team.ranks, r, &first, &rows);
        *count = before + rows + w->halo.after[id];
        return s->row[id] - here * block_stride(w, id) + i * block_stride(w, id) - before;
    }
    return NULL;
}

const hcl_fr *hcl_coset_piece(const struct hcl_coset *s, const struct hcl_worker *w, size_t id, size_t i,
                              size_t *count)
{
    const bool mine = hcl_store_mine(&w->store, id);
    const size_t before = s->from + w->halo.before[id];
    if (mine && s->windowed && !s->together)
        return piece_lent(s, w, id, i, count);
    if (i > 0 || (!mine && in_window(s, w, id)))
        return NULL;
    *count = before + (s->together ? w->team.n - s->from : w->team.count) + w->halo.after[id];
    return s->row[id] - before;
}

/* What is not this rank's own to read of a column, with its ends' halos. */
static uint64_t digest_lent(uint64_t digest, const struct hcl_coset *s, const struct hcl_worker *w, size_t id)
{
    const hcl_fr *row = s->row[id], *piece;
    if (s->together) {
        const size_t before = s->from + w->halo.before[id],
                     after = w->team.n - s->from - w->team.count + w->halo.after[id];
        digest = hcl_digest64(digest, row - before, before * sizeof *row);
        return hcl_digest64(digest, row + w->team.count, after * sizeof *row);
    }
    size_t count;
    for (size_t i = 0; (piece = hcl_coset_piece(s, w, id, i, &count)); i++)
        if (i != (size_t)hcl_comm_local_rank(w->team.comm))
            digest = hcl_digest64(digest, piece, count * sizeof *piece);
    return digest;
}

void hcl_coset_note(const struct hcl_coset *s, const struct hcl_worker *w, size_t group)
{
    uint64_t digest = 0;
    if (!s->windowed || !hcl_comm_watched(w->team.comm))
        return;
    for (size_t i = 0; i < s->staying; i++)
        if (hcl_store_mine(&w->store, s->ids[i]))
            digest = digest_lent(digest, s, w, s->ids[i]);
    for (size_t i = s->start[group]; i < s->start[group + 1]; i++)
        if (i >= s->staying && hcl_store_mine(&w->store, s->ids[i]))
            digest = digest_lent(digest, s, w, s->ids[i]);
    hcl_comm_note_digest(w->team.comm, digest);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "worker/rounds/coset_internal.h"

#include "common/sys/digest.h"
#include "common/sys/mem.h"
#include "worker/store/rows.h"

#include <string.h>

/* Rows start on cache lines: transforms to elsewhere take 10 to 20 % longer from half a line on. */
#define LINE (64 / sizeof(hcl_fr))

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

static size_t whole_lines(size_t elements)
{
    return (elements + LINE - 1) / LINE * LINE;
}

/* Rows of a part beside a block, for so many rows of a coset. */
static uint32_t halo_of_part(const struct hcl_coset *s, uint32_t rows)
{
    const uint32_t stride = (uint32_t)hcl_coset_stride(s);
    return stride > 1 ? (rows + stride - 1) / stride : rows;
}

/* Where a rank's columns are; NULL: there is no memory yet. */
static hcl_fr *memory_of(const struct hcl_coset *s, uint32_t owner)
{
    return s->windows.of ? s->windows.of[owner] : s->memory;
}

/* Each column's rows, of one part or of all: whole at its owner or this rank's. Counts s->used. */
static void place_rows(struct hcl_coset *s, const struct hcl_worker *w)
{
    const size_t rows = s->together ? w->team.n / s->parts : s->rows;
    memset(s->used, 0, (size_t)w->team.ranks * sizeof *s->used);
    for (size_t i = 0; i < s->count; i++) {
        const size_t id = s->ids[i];
        const uint32_t owner = s->together ? w->store.owner[id] : 0;
        const size_t before = whole_lines(halo_of_part(s, w->halo.before[id])),
                     room = before + whole_lines(rows + halo_of_part(s, w->halo.after[id]));
        hcl_fr *memory = memory_of(s, owner);
        size_t *at = &s->used[owner];
        s->turns[id] = s->parts > 1 && !s->disk && w->halo.before[id] + w->halo.after[id] > 0;
        for (size_t p = 0; p < (s->turns[id] ? s->parts : 1); p++, *at += room)
            if (memory)
                s->row[id * s->parts + p] = memory + *at + before + s->from;
    }
}

static hcl_status init_rows(struct hcl_coset *s, const struct hcl_worker *w, struct hcl_err *err)
{
    const size_t ids = w->store.ids.count + 1;
    s->row = calloc(ids * s->parts, sizeof *s->row);
    s->turns = calloc(ids, sizeof *s->turns);
    s->used = calloc((size_t)w->team.ranks, sizeof *s->used);
    if (!s->row || !s->turns || !s->used)
        return hcl_fail(err, HCL_NO_RESOURCE, "out of memory for %zu columns", ids);
    s->rows = w->team.count / s->parts;
    s->from = s->together ? w->team.first / s->parts : 0;
    place_rows(s, w);
    if (s->together)
        return HCL_OK; /* init_windows */
    const hcl_status st = hcl_mem_alloc((void **)&s->memory, s->used[0], sizeof(hcl_fr), "row blocks", err);
    if (st == HCL_OK)
        place_rows(s, w);
    return st;
}

static hcl_status init_windows(struct hcl_coset *s, const struct hcl_worker *w, struct hcl_err *err)
{
    const size_t bytes = s->used[w->team.rank] * sizeof(hcl_fr);
    const hcl_status st = hcl_node_windows_init(&s->windows, w->team.comm, bytes, "columns on a coset", err);
    if (st == HCL_OK)
        place_rows(s, w);
    return st;
}

static hcl_status init_vectors(struct hcl_coset *s, const struct hcl_worker *w, struct hcl_err *err)
{
    const size_t extended = (s->disk ? s->rows : w->team.count) + w->circuit->blinding_factors + 2;
    hcl_status st;
    HCL_TRY(hcl_mem_alloc((void **)&s->x, 4 * s->rows + 1, sizeof(hcl_fr), "coset vectors", err));
    s->l_0 = s->x + s->rows;
    s->l_last = s->l_0 + s->rows;
    s->l_active = s->l_last + s->rows;
    HCL_TRY(hcl_mem_alloc((void **)&s->inverse, 2 * extended, sizeof(hcl_fr), "coset vectors", err));
done:
    return st;
}

static hcl_status init_transforms(struct hcl_coset *s, struct hcl_worker *w, struct hcl_err *err)
{
    const struct hcl_team *t = &w->team;
    const uint32_t parts = s->disk ? 1 : s->parts; /* that are transformed on their own */
    uint32_t k = t->domain->k;
    hcl_status st;
    for (uint32_t p = parts; p > 1; p /= 2)
        k--;
    if (parts > 1)
        HCL_TRY(hcl_domain_init(&s->domain, k, err));
    HCL_TRY(hcl_domain_coset_init(&s->tables, parts > 1 ? &s->domain : t->domain, err));
    s->between = hcl_exchange_of_part(&t->exchange, parts);
    if (t->ranks > 1 && !s->together)
        HCL_TRY(hcl_mem_alloc((void **)&s->whole, s->step * t->n / parts, sizeof(hcl_fr),
                              "columns on a coset", err));
    s->scratches = (size_t)t->threads < s->most ? (size_t)t->threads : s->most;
    if (parts > 1)
        HCL_TRY(hcl_mem_alloc((void **)&s->scratch, s->scratches * t->n, sizeof(hcl_fr), "column", err));
done:
    return st;
}

/* Elements of a staged column. */
static size_t staging_room(const struct hcl_worker *w)
{
    return whole_lines(w->halo.most_before) + whole_lines(w->team.count + w->halo.most_after);
}

/* Its row 0. */
static hcl_fr *staged_row(const struct hcl_coset *s, const struct hcl_worker *w, size_t place)
{
    return s->staging + place * staging_room(w) + whole_lines(w->halo.most_before);
}

/* Rows of column id in a part, with halo. */
static size_t block_rows(const struct hcl_coset *s, const struct hcl_worker *w, size_t id)
{
    return w->halo.before[id] + s->rows + w->halo.after[id];
}

static hcl_status init_staging(struct hcl_coset *s, const struct hcl_worker *w, struct hcl_err *err)
{
    const struct hcl_team *t = &w->team;
    const size_t most = t->ranks > 1 ? s->step * (size_t)t->ranks : (size_t)t->threads;
    hcl_status st = HCL_OK;
    s->block = calloc(s->count * s->parts + 1, sizeof *s->block);
    if (!s->block)
        return hcl_fail(err, HCL_NO_RESOURCE, "out of memory for %zu columns", s->count);
    for (size_t i = 0; st == HCL_OK && i < s->count * s->parts; i++)
        st = hcl_scratch_reserve(s->disk, block_rows(s, w, s->ids[i / s->parts]) * sizeof(hcl_fr),
                                 &s->block[i], err);
    s->staged = most < s->count ? most : s->count;
    if (st == HCL_OK)
        st = hcl_mem_alloc((void **)&s->staging, s->staged * staging_room(w), sizeof(hcl_fr),
                           "columns on their way to a disk", err);
    return st;
}

static hcl_status init_local(struct hcl_coset *s, struct hcl_worker *w, struct hcl_err *err)
{
    size_t ids = w->store.ids.count + 1, most = ids * s->parts;
    hcl_status st = HCL_OK;
    bool *seen = calloc(ids, sizeof *seen);
    s->ids = calloc(ids, sizeof *s->ids);
    s->position = calloc(ids, sizeof *s->position);
    s->moving = calloc(most, sizeof *s->moving);
    s->batch = calloc(most, sizeof *s->batch);
    s->batch_id = calloc(most, sizeof *s->batch_id);
    s->coeffs = calloc(most, sizeof *s->coeffs);
    s->expanded = calloc(most, sizeof *s->expanded);
    s->sources = calloc(most, sizeof *s->sources);
    s->places = calloc(most, sizeof *s->places);
    if (!seen || !s->ids || !s->position || !s->moving || !s->batch || !s->batch_id || !s->coeffs ||
        !s->expanded || !s->sources || !s->places)
        HCL_TRY(hcl_fail(err, HCL_NO_RESOURCE, "out of memory for %zu columns", ids));
    list_columns(s, w, seen);
    HCL_TRY(count_owned(s, w, err));
    HCL_TRY(init_rows(s, w, err));
    HCL_TRY(init_transforms(s, w, err));
    if (s->disk)
        HCL_TRY(init_staging(s, w, err));
    if (s->which & HCL_COSET_KEY)
        HCL_TRY(init_vectors(s, w, err));
done:
    free(seen);
    return st;
}

hcl_status hcl_coset_init(struct hcl_coset *s, struct hcl_worker *w, int which, uint32_t parts,
                          struct hcl_err *err)
{
    HCL_CHECK(parts > 0 && HCL_ROWS_UNIT % parts == 0 && w->team.n % parts == 0);
    *s = (struct hcl_coset){ .which = which, .parts = parts, .disk = parts > 1 ? w->store.scratch : NULL };
    s->together = !s->disk && hcl_comm_together(w->team.comm);
    hcl_status st = hcl_comm_agree(w->team.comm, init_local(s, w, err), err);
    if (st == HCL_OK && s->together)
        st = init_windows(s, w, err);
    if (st != HCL_OK)
        hcl_coset_clear(s);
    return st;
}

void hcl_coset_settle(struct hcl_coset *s)
{
    hcl_domain_coset_clear(&s->tables);
    hcl_domain_clear(&s->domain);
    hcl_mem_free(s->inverse);
    hcl_mem_free_secret(s->whole);
    hcl_mem_free_secret(s->scratch);
    hcl_mem_free_secret(s->staging);
    free(s->used);
    free(s->block);
    free(s->ids);
    free(s->position);
    free(s->moving);
    free(s->batch);
    free(s->batch_id);
    free(s->coeffs);
    free(s->expanded);
    free(s->sources);
    free(s->places);
    s->inverse = s->whole = s->scratch = s->staging = NULL;
    s->used = s->ids = s->position = s->places = s->block = s->batch_id = NULL;
    s->moving = NULL;
    s->batch = s->expanded = NULL;
    s->coeffs = NULL;
    s->sources = NULL;
}

void hcl_coset_clear(struct hcl_coset *s)
{
    hcl_coset_settle(s);
    hcl_mem_free_secret(s->memory);
    hcl_node_windows_clear(&s->windows, (s->which & HCL_COSET_PROOF) != 0);
    hcl_mem_free(s->x);
    free(s->row);
    free(s->turns);
    *s = (struct hcl_coset){ 0 };
}

void hcl_coset_generator(hcl_fr *g, size_t i)
{
    hcl_fr_pow_u64(g, &hcl_fr_generator, i + 1);
}

/* Row `part + rotation` of a coset is in part p, so many rows further; a block of rows has its halo. */
const hcl_fr *hcl_coset_row(const struct hcl_coset *s, size_t id, int64_t rotation)
{
    if (s->disk)
        return s->row[id * s->parts] + rotation;
    const int64_t parts = s->parts, at = (int64_t)s->part + rotation, p = (at % parts + parts) % parts;
    return s->row[id * s->parts + (s->turns[id] ? (size_t)p : 0)] + (at - p) / parts;
}

/* Whether column id is to be made on part p when part s->part is loaded. */
static bool is_due(const struct hcl_coset *s, size_t id, uint32_t p)
{
    if (s->disk)
        return true;
    return s->turns[id] ? s->part == 0 : s->part == p;
}

static hcl_fr *row_of(const struct hcl_coset *s, size_t id, uint32_t p)
{
    return s->row[id * s->parts + (s->turns[id] ? p : 0)];
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
static void load_in_place(struct hcl_coset *s, struct hcl_worker *w, const hcl_fr *g, uint32_t p)
{
    const size_t m = w->team.n / s->parts;
    size_t count = 0;
    for (size_t i = 0; i < s->count; i++) {
        const size_t id = s->ids[i];
        if (is_due(s, id, p) && hcl_store_mine(&w->store, id))
            add_to_batch(s, w, count++, id, row_of(s, id, p) - s->from);
    }
    hcl_coset_transform(s, w, count, g);
    for (size_t i = 0; i < s->count; i++) {
        const size_t id = s->ids[i];
        if (is_due(s, id, p) && hcl_store_mine(&w->store, id))
            copy_ends(row_of(s, id, p) - s->from, m, halo_of_part(s, w->halo.before[id]),
                      halo_of_part(s, w->halo.after[id]));
    }
}

/* Staged columns, whose numbers are in s->places, to the disk. */
static void put_staged(struct hcl_coset *s, const struct hcl_worker *w, size_t count)
{
    for (size_t place = 0; place < count; place++) {
        const size_t i = s->places[place];
        const hcl_fr *first = staged_row(s, w, place) - w->halo.before[s->ids[i]];
        for (size_t p = 0; p < s->parts; p++)
            hcl_scratch_put(s->disk, s->block[i * s->parts + p], first + p * s->rows, w->team.threads);
    }
}

/* One rank: all columns to the disk, as many at a time as can be staged. */
static void stage_alone(struct hcl_coset *s, struct hcl_worker *w, const hcl_fr *g)
{
    for (size_t lo = 0, count; lo < s->count; lo += count) {
        count = s->count - lo < s->staged ? s->count - lo : s->staged;
        for (size_t k = 0; k < count; k++) {
            s->places[k] = lo + k;
            add_to_batch(s, w, k, s->ids[lo + k], staged_row(s, w, k));
        }
        hcl_coset_transform(s, w, count, g);
        for (size_t k = 0; k < count; k++)
            copy_ends(staged_row(s, w, k), w->team.n, w->halo.before[s->ids[lo + k]],
                      w->halo.after[s->ids[lo + k]]);
        put_staged(s, w, count);
    }
}

/* Several ranks: each transforms its columns number lo to lo + step, then they move. */
static void load_group(struct hcl_coset *s, struct hcl_worker *w, const hcl_fr *g, uint32_t p, size_t lo)
{
    size_t mine = 0, count = 0;
    for (size_t i = 0; i < s->count; i++) {
        size_t id = s->ids[i];
        if (!is_due(s, id, p) || s->position[i] < lo || s->position[i] >= lo + s->step)
            continue;
        struct hcl_moving m = { .owner = w->store.owner[id],
                                .before = halo_of_part(s, w->halo.before[id]),
                                .after = halo_of_part(s, w->halo.after[id]),
                                .block = s->disk ? staged_row(s, w, count) : row_of(s, id, p) };
        if (hcl_store_mine(&w->store, id)) {
            m.whole = s->whole + mine * s->between.n;
            add_to_batch(s, w, mine++, id, m.whole);
        }
        s->places[count] = i;
        s->moving[count++] = m;
    }
    if (count == 0)
        return;
    hcl_coset_transform(s, w, mine, g);
    hcl_columns_to_rows(&s->between, s->moving, count);
    if (s->disk)
        put_staged(s, w, count);
}

void hcl_coset_of_part(hcl_fr *out, const struct hcl_worker *w, const hcl_fr *g, uint32_t part)
{
    hcl_domain_omega_pow(out, w->team.domain, part);
    hcl_fr_mul(out, out, g);
}

static void load_on(struct hcl_coset *s, struct hcl_worker *w, const hcl_fr *g, uint32_t p)
{
    hcl_fr at;
    bool due = false;
    for (size_t i = 0; i < s->count; i++)
        due = due || is_due(s, s->ids[i], p);
    if (!due)
        return;
    hcl_coset_of_part(&at, w, g, p);
    hcl_domain_coset_set(&s->tables, &at, w->team.threads);
    if (w->team.ranks == 1 && s->disk)
        stage_alone(s, w, &at);
    else if (w->team.ranks == 1 || s->together)
        load_in_place(s, w, &at, p);
    else
        for (size_t lo = 0; lo < s->most; lo += s->step)
            load_group(s, w, &at, p, lo);
}

/* What is not this rank's own to read of a column, with its ends' halos. */
static uint64_t digest_lent(uint64_t digest, const struct hcl_coset *s, const struct hcl_worker *w, size_t id,
                            uint32_t p)
{
    const size_t m = w->team.n / s->parts, before = s->from + halo_of_part(s, w->halo.before[id]),
                 after = m - s->from - s->rows + halo_of_part(s, w->halo.after[id]);
    const hcl_fr *row = row_of(s, id, p);
    digest = hcl_digest64(digest, row - before, before * sizeof *row);
    return hcl_digest64(digest, row + s->rows, after * sizeof *row);
}

void hcl_coset_note(const struct hcl_coset *s, const struct hcl_worker *w)
{
    uint64_t digest = 0;
    if (!s->together || !hcl_comm_watched(w->team.comm))
        return;
    for (size_t i = 0; i < s->count; i++) {
        const size_t id = s->ids[i];
        const uint32_t last = s->turns[id] && s->part + 1 == s->parts ? s->parts : s->turns[id] ? 0 : 1;
        for (uint32_t p = 0; hcl_store_mine(&w->store, id) && p < last; p++)
            digest = digest_lent(digest, s, w, id, p);
    }
    hcl_comm_note_digest(w->team.comm, digest);
}

void hcl_coset_load(struct hcl_coset *s, struct hcl_worker *w, const hcl_fr *g, uint32_t part)
{
    s->part = part;
    hcl_fr_pow_u64(&s->zh, g, w->team.n);
    hcl_fr_sub(&s->zh, &s->zh, &hcl_fr_one);
    HCL_CHECK(!hcl_fr_is_zero(&s->zh));
    hcl_fr_inv(&s->zh_inv, &s->zh);
    if (s->x && (part == 0 || s->disk))
        hcl_coset_begin_vectors(s, w, g);
    if (s->x)
        hcl_coset_take_vectors(s, w, g);
    if (s->together)
        hcl_comm_meet(w->team.comm); /* all have read what was there */
    if (s->disk && part == 0)
        load_on(s, w, g, 0);
    for (size_t i = 0; s->disk && i < s->count; i++)
        hcl_scratch_get(s->disk, s->block[i * s->parts + part],
                        row_of(s, s->ids[i], 0) - w->halo.before[s->ids[i]], w->team.threads);
    for (uint32_t p = 0; !s->disk && p < s->parts; p++)
        load_on(s, w, g, p);
    if (s->together)
        hcl_comm_meet(w->team.comm); /* all columns are there */
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "worker/worker.h"

#include "common/sys/digest.h"
#include "common/sys/mem.h"

#include <string.h>

static hcl_status init_local(struct hcl_worker *w, const struct hcl_pk *pk, const uint32_t *owner,
                             uint32_t rank, uint32_t ranks, struct hcl_err *err)
{
    const struct hcl_circuit *c = w->circuit;
    hcl_status st = HCL_OK;
    const struct hcl_linear *linear = &w->constraints.linear;
    HCL_TRY(hcl_open_plan_init(&w->openings, c, err));
    HCL_TRY(hcl_constraints_init_linear(&w->constraints, c, err));
    HCL_TRY(hcl_store_init(&w->store, c, linear, pk, owner, rank, ranks, err));
    HCL_TRY(hcl_halo_init(&w->halo, c, linear, &w->store.ids, err));
    w->challenges.phase = calloc(c->num_challenges + 1, sizeof *w->challenges.phase);
    w->lookup_inputs = calloc(c->num_lookups + 1, sizeof *w->lookup_inputs);
    w->lookup_tables = calloc(c->num_lookups + 1, sizeof *w->lookup_tables);
    w->h_blocks = calloc(c->degree, sizeof *w->h_blocks);
    w->evaluations = calloc(w->openings.num_evaluations + 1, sizeof *w->evaluations);
    if (!w->challenges.phase || !w->lookup_inputs || !w->lookup_tables || !w->h_blocks || !w->evaluations)
        st = hcl_fail(err, HCL_NO_RESOURCE, "out of memory for the prover's tables");
done:
    return st;
}

hcl_status hcl_worker_init(struct hcl_worker *w, struct hcl_comm *comm, const struct hcl_circuit *circuit,
                           const struct hcl_pk *pk, const struct hcl_srs *srs,
                           const struct hcl_domain *domain, const uint32_t *owner,
                           const struct hcl_blinding *blinding, int threads, struct hcl_err *err)
{
    *w = (struct hcl_worker){ .circuit = circuit, .blinding = blinding };
    hcl_status st =
        init_local(w, pk, owner, (uint32_t)hcl_comm_rank(comm), (uint32_t)hcl_comm_size(comm), err);
    HCL_TRY(hcl_comm_agree(comm, st, err));
    HCL_TRY(hcl_team_init(&w->team, comm, srs, domain, w->store.ids.count,
                          w->halo.most_before + w->halo.most_after, threads, err));
done:
    if (st != HCL_OK)
        hcl_worker_clear(w);
    return st;
}

static void free_vectors(hcl_fr **v, size_t count)
{
    for (size_t i = 0; v && i < count; i++)
        hcl_mem_free_secret(v[i]);
    free(v);
}

void hcl_worker_clear(struct hcl_worker *w)
{
    size_t lookups = w->circuit ? w->circuit->num_lookups : 0,
           pieces = w->circuit ? w->circuit->degree - 1 : 0;
    free_vectors(w->lookup_inputs, lookups);
    free_vectors(w->lookup_tables, lookups);
    free_vectors(w->h_blocks, pieces);
    hcl_mem_free_secret(w->random_block);
    free(w->evaluations);
    free(w->challenges.phase);
    hcl_store_clear(&w->store);
    hcl_halo_clear(&w->halo);
    hcl_constraints_clear(&w->constraints);
    hcl_open_plan_clear(&w->openings);
    hcl_team_clear(&w->team);
    *w = (struct hcl_worker){ 0 };
}

/* Elements of a cache line, at whose starts blocks begin: transforms to elsewhere take 10 to 20 % longer. */
#define LINE (64 / sizeof(hcl_fr))
#define EXPANDED 4096 /* rows at once, that stay in the cache */

static size_t whole_lines(size_t elements)
{
    return (elements + LINE - 1) / LINE * LINE;
}

hcl_status hcl_blocks_init(struct hcl_blocks *b, const struct hcl_worker *w, const size_t *ids, size_t count,
                           struct hcl_err *err)
{
    size_t total = 0;
    *b = (struct hcl_blocks){ .ids = w->store.ids.count };
    b->row = calloc(b->ids + 1, sizeof *b->row);
    if (!b->row)
        return hcl_fail(err, HCL_NO_RESOURCE, "out of memory for %zu columns", count);
    for (size_t i = 0; i < count; i++)
        total += whole_lines(w->halo.before[ids[i]]) + whole_lines(w->team.count + w->halo.after[ids[i]]);
    hcl_status st = hcl_mem_alloc((void **)&b->memory, total, sizeof(hcl_fr), "row blocks", err);
    if (st != HCL_OK) {
        hcl_blocks_clear(b);
        return st;
    }
    hcl_fr *at = b->memory;
    for (size_t i = 0; i < count; i++) {
        b->row[ids[i]] = at + whole_lines(w->halo.before[ids[i]]);
        at = b->row[ids[i]] + whole_lines(w->team.count + w->halo.after[ids[i]]);
    }
    return HCL_OK;
}

void hcl_blocks_clear(struct hcl_blocks *b)
{
    hcl_mem_free_secret(b->memory);
    free(b->row);
    *b = (struct hcl_blocks){ 0 };
}

static bool is_compact(const struct hcl_worker *w, size_t id)
{
    return w->store.compact[id].n > 0 && !w->store.values[id];
}

/* row[i] = row first + i of the column, modulo n, for -before <= i < count + after. */
static void expand_block(hcl_fr *row, const struct hcl_worker *w, size_t id)
{
    const size_t n = w->team.n, before = w->halo.before[id];
    const size_t rows = before + w->team.count + w->halo.after[id];
    hcl_fr *out = row - before;
    for (size_t done = 0, part; done < rows; done += part) {
        const size_t first = (w->team.first + n - before % n + done) % n;
        part = n - first < rows - done ? n - first : rows - done;
        part = part < EXPANDED ? part : EXPANDED;
        hcl_compact_expand(out + done, &w->store.compact[id], first, part);
    }
}

/* Whether a column is expanded where it is read and does not move: fixed ones are everywhere, and one rank
 * alone has all. */
static bool is_here(const struct hcl_worker *w, size_t id)
{
    return hcl_id_is(&w->store.ids, id, HCL_POLY_FIXED) || (w->team.ranks == 1 && is_compact(w, id));
}

static void expand_blocks(struct hcl_blocks *b, const struct hcl_worker *w, const size_t *ids, size_t count)
{
#pragma omp parallel for schedule(dynamic, 1) num_threads(w->team.threads)
    for (size_t i = 0; i < count; i++)
        if (is_here(w, ids[i]))
            expand_block(b->row[ids[i]], w, ids[i]);
}

hcl_status hcl_blocks_load_values(struct hcl_blocks *b, struct hcl_worker *w, const size_t *ids, size_t count,
                                  struct hcl_err *err)
{
    struct hcl_moving *moving = calloc(count + 1, sizeof *moving);
    size_t moved = 0;
    hcl_status st = hcl_blocks_init(b, w, ids, count, err);
    if (st == HCL_OK && !moving)
        st = hcl_fail(err, HCL_NO_RESOURCE, "out of memory for %zu columns", count);
    HCL_TRY(hcl_comm_agree(w->team.comm, st, err));
    expand_blocks(b, w, ids, count);
    for (size_t i = 0; i < count; i++) {
        size_t id = ids[i];
        if (is_here(w, id))
            continue;
        moving[moved] =
            (struct hcl_moving){ .owner = w->store.owner[id],
                                 .before = w->halo.before[id],
                                 .after = w->halo.after[id],
                                 .whole = w->store.values[id],
                                 .block = b->row[id],
                                 .compact = w->store.compact[id].n > 0 ? &w->store.compact[id] : NULL };
        HCL_CHECK(!hcl_store_mine(&w->store, id) || moving[moved].whole || moving[moved].compact);
        moved++;
    }
    hcl_columns_to_rows(&w->team.exchange, moving, moved);
done:
    if (st != HCL_OK)
        hcl_blocks_clear(b);
    free(moving);
    return st;
}

/* One rank: nothing takes memory. */
static hcl_status view_alone(struct hcl_blocks *b, const struct hcl_worker *w, const size_t *ids,
                             size_t count, struct hcl_err *err)
{
    const hcl_status st = hcl_blocks_init(b, w, ids, 0, err);
    for (size_t i = 0; st == HCL_OK && i < count; i++)
        b->row[ids[i]] = w->store.values[ids[i]];
    return st;
}

void hcl_blocks_room(size_t *room, const struct hcl_worker *w, const size_t *ids, size_t count)
{
    for (size_t i = 0; i < count; i++)
        room[w->store.owner[ids[i]]] += w->team.n;
}

/* Each owner's columns whole in its window. used: scratch, one for each rank. */
static void fill_lent(struct hcl_blocks *b, const struct hcl_worker *w, const size_t *ids, size_t count,
                      size_t *used)
{
    const struct hcl_team *t = &w->team;
    memset(used, 0, (size_t)t->ranks * sizeof *used);
    for (size_t i = 0; i < count; i++) {
        const uint32_t owner = w->store.owner[ids[i]];
        hcl_fr *whole = (hcl_fr *)w->lent->windows.of[owner] + used[owner];
        used[owner] += t->n;
        b->row[ids[i]] = whole + t->first;
    }
    b->lent = used[t->rank] / t->n;
    hcl_comm_meet(t->comm); /* all have read what was there */
#pragma omp parallel for schedule(dynamic, 1) num_threads(t->threads)
    for (size_t i = 0; i < count; i++) {
        hcl_fr *whole = b->row[ids[i]] - t->first;
        if (!hcl_store_mine(&w->store, ids[i]))
            continue;
        if (is_compact(w, ids[i]))
            hcl_compact_expand(whole, &w->store.compact[ids[i]], 0, t->n);
        else
            memcpy(whole, w->store.values[ids[i]], t->n * sizeof *whole);
    }
    hcl_comm_meet(t->comm); /* all columns are there */
}

static hcl_status view_lent(struct hcl_blocks *b, const struct hcl_worker *w, const size_t *ids, size_t count,
                            bool *viewed, struct hcl_err *err)
{
    size_t *room = calloc((size_t)w->team.ranks, sizeof *room);
    hcl_status st = hcl_blocks_init(b, w, ids, 0, err);
    *viewed = false;
    if (!room)
        st = hcl_fail(err, HCL_NO_RESOURCE, "out of memory for %d ranks", w->team.ranks);
    HCL_TRY(hcl_comm_agree(w->team.comm, st, err));
    hcl_blocks_room(room, w, ids, count);
    *viewed = hcl_lent_fits(w->lent, room);
    if (*viewed)
        fill_lent(b, w, ids, count, room);
done:
    if (!*viewed)
        hcl_blocks_clear(b);
    free(room);
    return st;
}

void hcl_blocks_note(const struct hcl_blocks *b, const struct hcl_worker *w)
{
    const struct hcl_team *t = &w->team;
    uint64_t digest = 0;
    if (b->lent == 0 || !hcl_comm_watched(t->comm))
        return;
    for (size_t i = 0; i < b->lent; i++) {
        const hcl_fr *whole = hcl_lent_mine(w->lent) + i * t->n;
        const size_t end = t->first + t->count;
        digest = hcl_digest64(digest, whole, t->first * sizeof *whole);
        digest = hcl_digest64(digest, whole + end, (t->n - end) * sizeof *whole);
    }
    hcl_comm_note_digest(t->comm, digest);
}

hcl_status hcl_blocks_view_values(struct hcl_blocks *b, struct hcl_worker *w, const size_t *ids, size_t count,
                                  struct hcl_err *err)
{
    bool viewed = false;
    if (w->team.ranks == 1)
        return view_alone(b, w, ids, count, err);
    const hcl_status st = w->lent ? view_lent(b, w, ids, count, &viewed, err) : HCL_OK;
    return st == HCL_OK && !viewed ? hcl_blocks_load_values(b, w, ids, count, err) : st;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "worker/rounds/repeat.h"

#include "common/halo2/rows.h"
#include "common/sys/digest.h"
#include "common/sys/mem.h"
#include "worker/rounds/coset_internal.h"

#include <string.h>

static bool repeats(const struct hcl_team *t)
{
    return t->repeat > 0 && t->ranks > 1;
}

/* Each rank gives one piece of work to the next and gets one of the previous. */
struct ring {
    int next, previous;
    uint64_t *differ; /* [rank]: it gets another result than the one before it */
    hcl_fr *out, *in;
};

static hcl_status ring_init(struct ring *r, const struct hcl_team *t, size_t elements, struct hcl_err *err)
{
    hcl_status st = HCL_OK;
    *r = (struct ring){ .next = (t->rank + 1) % t->ranks, .previous = (t->rank + t->ranks - 1) % t->ranks };
    r->differ = calloc((size_t)t->ranks, sizeof *r->differ);
    if (!r->differ)
        st = hcl_fail(err, HCL_NO_RESOURCE, "out of memory for %d ranks", t->ranks);
    if (st == HCL_OK)
        st = hcl_mem_alloc((void **)&r->out, elements, sizeof *r->out, "work that is repeated", err);
    if (st == HCL_OK)
        st = hcl_mem_alloc((void **)&r->in, elements, sizeof *r->in, "work that is repeated", err);
    return st;
}

static void ring_clear(struct ring *r)
{
    free(r->differ);
    hcl_mem_free_secret(r->out);
    hcl_mem_free_secret(r->in);
}

static void pass_on(const struct ring *r, const struct hcl_team *t, size_t elements)
{
    const struct hcl_comm_piece out = { r->next, r->out, elements * sizeof(hcl_fr) };
    const struct hcl_comm_piece in = { r->previous, r->in, elements * sizeof(hcl_fr) };
    hcl_comm_pieces(t->comm, &out, 1, &in, 1);
}

static uint64_t draw(uint64_t coin, uint64_t what)
{
    return hcl_digest64(hcl_digest64(coin, &what, sizeof what), &what, sizeof what);
}

/* Piece k of a sample: neighbours, from one that the coin says, so that none comes twice. */
static uint64_t piece(uint64_t coin, uint64_t k, size_t count)
{
    return (draw(coin, 0) % count + k) % count;
}

/* How many of `count` pieces are repeated: t->repeat of them, rounded up or down at random. */
static size_t sample_of(const struct hcl_team *t, uint64_t coin, size_t count)
{
    const double share = t->repeat * (double)count, up = (double)(draw(coin, 1) >> 11) * 0x1p-53;
    const size_t whole = (size_t)share;
    if (count == 0)
        return 0;
    return whole + (share - (double)whole > up);
}

/* What all ranks have found: HCL_OK, or who is wrong. */
static hcl_status verdict(struct hcl_team *t, struct ring *r, bool agrees, const char *what,
                          struct hcl_err *err)
{
    const int ranks = t->ranks;
    int finder = -1, named = -1;
    r->differ[t->rank] = !agrees;
    hcl_comm_max_u64(t->comm, r->differ, (size_t)ranks);
    for (int i = 0; i < ranks; i++) {
        finder = r->differ[i] && finder < 0 ? i : finder;
        if (ranks > 2 && r->differ[i] && r->differ[(i + 1) % ranks])
            named = i;
    }
    if (finder < 0)
        return HCL_OK;
    t->disagreed = true;
    if (named >= 0)
        return hcl_fail(
            err, HCL_NO_RESOURCE,
            "rank %d computes something wrong: %s that it has made come out otherwise on rank %d, and "
            "those of rank %d on it",
            named, what, (named + 1) % ranks, (named + ranks - 1) % ranks);
    return hcl_fail(
        err, HCL_NO_RESOURCE,
        "rank %d or rank %d computes something wrong: %s that the first has made come out otherwise on "
        "the second",
        (finder + ranks - 1) % ranks, finder, what);
}

/* ---- commitments ---- */

/* The number-th piece of a rank; NULL: it has none. */
static const struct hcl_piece *chosen(const struct hcl_repeat_commitments *c, int rank, uint64_t number)
{
    for (size_t i = 0; i < c->pieces->count; i++)
        if (c->pieces->piece[i].rank == (uint32_t)rank && number-- == 0)
            return &c->pieces->piece[i];
    return NULL;
}

/* Pieces of a rank, and rows of one, at most. */
static size_t most_made(const struct hcl_repeat_commitments *c, int ranks, size_t *rows)
{
    size_t most = 0;
    *rows = 0;
    for (int r = 0; r < ranks; r++) {
        size_t made = 0;
        for (size_t i = 0; i < c->pieces->count; i++) {
            const struct hcl_piece *p = &c->pieces->piece[i];
            made += p->rank == (uint32_t)r;
            *rows = p->count > *rows ? p->count : *rows;
        }
        most = made > most ? made : most;
    }
    return most;
}

static hcl_status commit_again(struct hcl_team *t, const struct ring *r,
                               const struct hcl_repeat_commitments *c, const struct hcl_piece *p,
                               bool *agrees, struct hcl_err *err)
{
    const struct hcl_scalars scalars = { .values = r->in, .first = p->first, .count = p->count };
    hcl_g1_jac sum;
    hcl_g1 point;
    const hcl_status st =
        hcl_columns_msm(&sum, &scalars, 1, c->bases, c->bases == t->srs->g_lagrange, t->threads, err);
    if (st != HCL_OK)
        return st;
    hcl_g1_jac_to_affine_vec(&point, &sum, 1);
    *agrees =
        *agrees && memcmp(&point, &c->shares[(size_t)p->rank * c->count + p->vector], sizeof point) == 0;
    return HCL_OK;
}

static void give_piece(hcl_fr *out, const struct hcl_scalars *s)
{
    if (s->values)
        memcpy(out, s->values, s->count * sizeof *out);
    else
        hcl_compact_expand(out, s->compact, s->first, s->count);
}

hcl_status hcl_repeat_commitments(struct hcl_team *t, const struct hcl_repeat_commitments *c,
                                  struct hcl_err *err)
{
    struct ring r = { 0 };
    bool agrees = true;
    hcl_status st = HCL_OK;
    size_t room;
    if (!repeats(t) || c->count == 0)
        return HCL_OK;
    const uint64_t coin = hcl_digest64(c->count, c->shares, (size_t)t->ranks * c->count * sizeof *c->shares);
    const size_t most = most_made(c, t->ranks, &room), sample = sample_of(t, coin, most);
    if (sample == 0)
        return HCL_OK;
    hcl_team_phase(t, "repeat");
    HCL_TRY(hcl_comm_agree(t->comm, ring_init(&r, t, room, err), err));
    for (uint64_t s = 0; s < sample; s++) {
        const uint64_t number = piece(coin, s, most);
        const struct hcl_piece *theirs = chosen(c, r.previous, number);
        memset(r.out, 0, room * sizeof *r.out); /* what is sent is the same when a proof is repeated */
        if (chosen(c, t->rank, number))
            give_piece(r.out, &c->mine[number]);
        pass_on(&r, t, room);
        if (st == HCL_OK && theirs)
            st = commit_again(t, &r, c, theirs, &agrees, err);
    }
    HCL_TRY(hcl_comm_agree(t->comm, st, err));
    st = verdict(t, &r, agrees, "commitments", err);
done:
    ring_clear(&r);
    return st;
}

/* ---- transforms ---- */

/* The piece of work: coefficients, or the values of a compact column, and one element that tells. */
static void give_column(hcl_fr *out, const struct hcl_worker *w, size_t id)
{
    const hcl_fr *coeffs = w->store.coeffs[id];
    const size_t n = w->team.n;
    out[n] = coeffs ? hcl_fr_one : hcl_fr_zero;
    if (coeffs)
        memcpy(out, coeffs, n * sizeof *out);
    else if (hcl_store_waits(&w->store, id)) {
        hcl_store_fetch(&w->store, id, out, w->team.threads);
        out[n] = hcl_fr_one;
    } else {
        hcl_compact_expand(out, &w->store.compact[id], 0, n);
    }
}

static void transform_again(struct hcl_worker *w, const struct hcl_domain_coset *tables, hcl_fr *column)
{
    const struct hcl_team *t = &w->team;
    const hcl_fr *from = column;
    if (hcl_fr_is_zero(&column[t->n]))
        hcl_intt(t->domain, column, t->threads);
    hcl_coset_ntt_batch(tables, &from, &column, 1, t->threads);
}

/* The number-th column of the group that a rank owns; s->count: none. */
static size_t column_of(const struct hcl_coset *s, const struct hcl_worker *w, size_t group, int rank,
                        uint64_t number)
{
    for (size_t i = s->start[group]; i < s->start[group + 1]; i++)
        if (w->store.owner[s->ids[i]] == (uint32_t)rank && number-- == 0)
            return i;
    return s->count;
}

/* Of what the next rank makes again of each rank's column this rank gets its rows, and compares them with
 * what it was given. differ[r]: they are not those of rank r. */
static void compare_rows(struct hcl_worker *w, const struct hcl_coset *s, size_t group, struct ring *r,
                         hcl_fr *block, uint64_t number, uint64_t *differ)
{
    const struct hcl_team *t = &w->team;
    for (int rank = 0; rank < t->ranks; rank++) {
        const size_t i = column_of(s, w, group, rank, number);
        const struct hcl_moving back = { .owner = (uint32_t)((rank + 1) % t->ranks),
                                         .whole = rank == r->previous ? r->in : NULL,
                                         .block = block };
        if (i == s->count)
            continue;
        hcl_columns_to_rows(&w->team.exchange, &back, 1);
        if (memcmp(block, hcl_coset_row(s, s->ids[i], 0), t->count * sizeof *block) != 0)
            differ[rank] = 1;
    }
}

/* Columns number `number` of each rank. */
static void repeat_owned(struct hcl_worker *w, const struct hcl_coset *s, size_t group, struct ring *r,
                         const struct hcl_domain_coset *tables, hcl_fr *block, uint64_t number,
                         uint64_t *differ)
{
    const struct hcl_team *t = &w->team;
    const size_t mine = column_of(s, w, group, t->rank, number);
    if (mine < s->count)
        give_column(r->out, w, s->ids[mine]);
    else
        memset(r->out, 0, (t->n + 1) * sizeof *r->out);
    pass_on(r, t, t->n + 1);
    if (column_of(s, w, group, r->previous, number) < s->count)
        transform_again(w, tables, r->in);
    compare_rows(w, s, group, r, block, number, differ);
}

/* What the ranks make again of the first half, next to what the previous rank says it was given. */
static void compare_between(const struct hcl_team *t, const struct hcl_rows_ntt *x, const struct ring *r,
                            const hcl_fr *given, uint64_t *differ)
{
    size_t first, rows, at, count;
    hcl_rows_ntt_had(x, t, r->previous, &first, &rows);
    for (int rank = 0; rank < t->ranks; rank++) {
        hcl_rows_ntt_made(x, t, rank, &at, &count);
        for (size_t c = 0; c < rows; c++)
            if (memcmp(x->values + c * x->along.n + at, given + c * x->along.n + at, count * sizeof *given) !=
                0)
                differ[rank] = 1;
    }
}

/* And of the second, next to this rank's rows. */
static void compare_shared_rows(const struct hcl_team *t, const struct hcl_rows_ntt *x, const hcl_fr *again,
                                const hcl_fr *row, uint64_t *differ)
{
    const size_t period = x->across.n;
    size_t at, count;
    for (int rank = 0; rank < t->ranks; rank++) {
        hcl_rows_ntt_had(x, t, rank, &at, &count);
        for (size_t j = 0; j < t->count; j++)
            if ((t->first + j) % period - at < count && !hcl_fr_eq(&again[j], &row[j]))
                differ[rank] = 1;
    }
}

/* Number i of the columns that all transform: each rank does the work of the one before it. */
static void repeat_shared(struct hcl_worker *w, struct hcl_coset *s, struct ring *r, hcl_fr *block, size_t i,
                          uint64_t *differ)
{
    struct hcl_team *t = &w->team;
    struct hcl_coset_shared *x = &s->shared;
    const size_t room = x->ntt.room;
    size_t first, made, had;
    hcl_rows_ntt_made(&x->ntt, t, t->rank, &first, &made);
    hcl_rows_ntt_had(&x->ntt, t, t->rank, &first, &had);
    const struct hcl_rows_column back = { .owner = x->columns[i].owner, .block = block };
    memset(r->out, 0, 2 * room * sizeof *r->out); /* not all have as much */
    memcpy(r->out, x->parts + i * room, made * x->ntt.across.n * sizeof *r->out);
    memcpy(r->out + room, x->between + i * room, had * x->ntt.along.n * sizeof *r->out);
    pass_on(r, t, 2 * room);
    hcl_rows_ntt_begin(&x->ntt, t, r->in, 1, 1);
    compare_between(t, &x->ntt, r, r->in + room, differ);
    memcpy(x->ntt.values, r->in + room, room * sizeof *r->in);
    hcl_rows_ntt_end(&x->ntt, t, &back, 1, 1);
    compare_shared_rows(t, &x->ntt, block, x->columns[i].block, differ);
}

hcl_status hcl_repeat_transforms(struct hcl_worker *w, struct hcl_coset *s, const hcl_fr *g, size_t group,
                                 uint64_t coin, struct hcl_err *err)
{
    struct hcl_team *t = &w->team;
    struct hcl_domain_coset tables = { 0 };
    struct ring r = { 0 };
    hcl_fr *block = NULL;
    uint64_t *differ = NULL;
    hcl_status st = HCL_OK;
    const size_t owned = repeats(t) ? sample_of(t, coin, s->most) : 0,
                 shared = repeats(t) ? sample_of(t, coin, s->shared.count) : 0;
    const size_t room = 2 * s->shared.ntt.room > t->n + 1 ? 2 * s->shared.ntt.room : t->n + 1;
    if (owned + shared == 0)
        return HCL_OK;
    hcl_team_phase(t, "repeat");
    differ = calloc((size_t)t->ranks, sizeof *differ);
    if (!differ)
        st = hcl_fail(err, HCL_NO_RESOURCE, "out of memory for %d ranks", t->ranks);
    if (st == HCL_OK)
        st = ring_init(&r, t, room, err);
    if (st == HCL_OK)
        st = hcl_mem_alloc((void **)&block, t->count, sizeof *block, "work that is repeated", err);
    if (st == HCL_OK)
        st = hcl_domain_coset_init(&tables, t->domain, err);
    HCL_TRY(hcl_comm_agree(t->comm, st, err));
    hcl_domain_coset_set(&tables, g, t->threads);
    for (uint64_t k = 0; k < owned; k++)
        repeat_owned(w, s, group, &r, &tables, block, piece(coin, k, s->most), differ);
    for (uint64_t k = 0; k < shared; k++)
        repeat_shared(w, s, &r, block, (size_t)piece(coin, k, s->shared.count), differ);
    hcl_comm_max_u64(t->comm, differ, (size_t)t->ranks);
    st = verdict(t, &r, !differ[r.previous], "columns on a coset", err);
done:
    free(differ);
    hcl_mem_free_secret(block);
    hcl_domain_coset_clear(&tables);
    ring_clear(&r);
    return st;
}

/* ---- constraints ---- */

static hcl_fr *vector_of(hcl_fr *piece, size_t number)
{
    return piece + number * HCL_EVAL_BLOCK;
}

/* What the constraints read at rows from `at` on, and h as it is so far. Rows beyond the end are 0. */
static void give_tile(hcl_fr *out, struct hcl_binder *b, const hcl_fr *acc, size_t at)
{
    const size_t left = b->fold->w->team.count - at, count = left < HCL_EVAL_BLOCK ? left : HCL_EVAL_BLOCK;
    hcl_binder_bind(b, at);
    for (size_t i = 0; i < b->count; i++)
        memcpy(vector_of(out, i), b->pointers[i], count * sizeof *out);
    memcpy(vector_of(out, b->count), acc + at, count * sizeof *out);
}

/* sum += what the constraints make of a tile. */
static void fold_again(hcl_fr *sum, hcl_fr *in, struct hcl_binder *b, size_t count)
{
    hcl_fr value[HCL_EVAL_BLOCK];
    for (size_t i = 0; i < b->count; i++)
        b->pointers[i] = vector_of(in, i);
    hcl_binder_run(b, value, count);
    hcl_fr_add_vec(sum, sum, value, count);
}

static size_t rows_of(const struct hcl_team *t, int rank)
{
    size_t first, count;
    hcl_rows_of(t->n, t->ranks, rank, &first, &count);
    return count;
}

void hcl_repeat_sums_clear(struct hcl_repeat_sums *s)
{
    hcl_mem_free_secret(s->values);
    s->values = NULL;
}

hcl_status hcl_repeat_constraints(struct hcl_worker *w, const struct hcl_fold *f,
                                  struct hcl_repeat_sums *sums, const hcl_fr *acc, uint64_t coin,
                                  struct hcl_err *err)
{
    struct hcl_team *t = &w->team;
    struct ring r = { 0 };
    struct hcl_binder b = { 0 };
    bool agrees = true;
    const size_t tiles = (rows_of(t, 0) + HCL_EVAL_BLOCK - 1) / HCL_EVAL_BLOCK; /* no rank has more */
    const size_t sample = repeats(t) ? sample_of(t, coin, tiles) : 0;
    hcl_status st;
    if (sample == 0)
        return HCL_OK;
    hcl_team_phase(t, "repeat");
    st = hcl_binder_init(&b, f, err);
    const size_t room = (b.count + 1) * HCL_EVAL_BLOCK;
    if (st == HCL_OK)
        st = ring_init(&r, t, room, err);
    if (st == HCL_OK && f->group == 0)
        st = hcl_mem_calloc((void **)&sums->values, sample * HCL_EVAL_BLOCK, sizeof *sums->values,
                            "work that is repeated", err);
    HCL_TRY(hcl_comm_agree(t->comm, st, err));
    const size_t theirs = rows_of(t, r.previous);
    for (uint64_t k = 0; k < sample; k++) {
        const size_t at = piece(coin, k, tiles) * HCL_EVAL_BLOCK;
        hcl_fr *sum = vector_of(sums->values, k);
        memset(r.out, 0, room * sizeof *r.out);
        if (at < t->count)
            give_tile(r.out, &b, acc, at);
        pass_on(&r, t, room);
        if (at >= theirs)
            continue;
        const size_t count = theirs - at < HCL_EVAL_BLOCK ? theirs - at : HCL_EVAL_BLOCK;
        fold_again(sum, r.in, &b, count);
        agrees = agrees && (f->group + 1 < f->coset->groups ||
                            memcmp(sum, vector_of(r.in, b.count), count * sizeof *sum) == 0);
    }
    if (f->group + 1 == f->coset->groups)
        st = verdict(t, &r, agrees, "rows of the quotient", err);
done:
    hcl_binder_clear(&b);
    ring_clear(&r);
    return st;
}

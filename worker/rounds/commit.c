/* SPDX-License-Identifier: Apache-2.0 */
#include "worker/rounds/commit.h"

#include "common/halo2/rows.h"
#include "common/sys/mem.h"
#include "worker/rounds/repeat.h"

#include <string.h>

/* What ranks exchange of `count` commitments. */
struct shares {
    hcl_g1 *mine, *all; /* [count], [ranks*count] */
};

static hcl_status shares_init(struct shares *s, const struct hcl_team *t, size_t count, struct hcl_err *err)
{
    s->mine = calloc(count * ((size_t)t->ranks + 1), sizeof *s->mine);
    s->all = s->mine ? s->mine + count : NULL;
    return s->mine ? HCL_OK : hcl_fail(err, HCL_NO_RESOURCE, "out of memory for %zu commitments", count);
}

/* out[i] := the sum of all ranks' points[i], on every rank; points is overwritten. Affine points travel: the
 * same point is the same bytes, however it was computed. */
static void sum_points(struct hcl_team *t, const struct shares *s, hcl_g1_jac *points, size_t count,
                       hcl_g1 *out)
{
    hcl_g1_jac_to_affine_vec(s->mine, points, count);
    hcl_comm_allgather(t->comm, s->mine, s->all, count * sizeof *s->mine);
    if (t->ranks == 1) {
        memcpy(out, s->all, count * sizeof *out);
        return;
    }
    for (size_t i = 0; i < count; i++) {
        hcl_g1_jac_from_affine(&points[i], &s->all[i]);
        for (size_t r = 1; r < (size_t)t->ranks; r++)
            hcl_g1_jac_add_affine(&points[i], &points[i], &s->all[r * count + i]);
    }
    hcl_g1_jac_to_affine_vec(out, points, count);
}

/* One call: who commits to what, and what moves for it. */
struct commit {
    const struct hcl_scalars *vectors; /* whole at their owners, or this rank's rows */
    const uint32_t *owner;             /* NULL: rows */
    size_t count;                      /* vectors */
    const hcl_g1 *bases;
    struct hcl_pieces pieces;
    struct hcl_scalars *mine; /* this rank's pieces, in their order, once they are here */
    size_t made;
    hcl_fr *memory; /* what comes, and integers that go, as field elements */
    struct hcl_comm_piece *sends, *recvs;
    size_t num_sends, num_recvs;
    hcl_g1_jac *points, *batch; /* this rank's contributions: by vector, by piece */
    struct shares shares;
};

static void commit_clear(struct commit *c)
{
    hcl_pieces_clear(&c->pieces);
    free(c->mine);
    hcl_mem_free_secret(c->memory);
    free(c->sends);
    free(c->recvs);
    free(c->points);
    free(c->shares.mine);
}

/* The rows of a piece that a rank has. */
static size_t rows_at(const struct hcl_team *t, const struct commit *c, const struct hcl_piece *p, int rank,
                      size_t *first)
{
    size_t rows, end;
    *first = p->first;
    if (c->owner)
        return c->owner[p->vector] == (uint32_t)rank ? p->count : 0;
    hcl_rows_of(t->n, t->ranks, rank, first, &rows);
    end = *first + rows < p->first + p->count ? *first + rows : p->first + p->count;
    *first = *first > p->first ? *first : p->first;
    return end > *first ? end - *first : 0;
}

static bool is_mine(const struct hcl_team *t, const struct hcl_piece *p)
{
    return p->rank == (uint32_t)t->rank;
}

/* Whether all of it is where it is committed to. */
static bool stays(const struct hcl_team *t, const struct commit *c, const struct hcl_piece *p)
{
    size_t first;
    return rows_at(t, c, p, (int)p->rank, &first) == p->count;
}

/* Elements that come to this rank, or are expanded by it. */
static size_t room_for(const struct hcl_team *t, const struct commit *c)
{
    size_t room = 0, first;
    for (size_t i = 0; i < c->pieces.count; i++) {
        const struct hcl_piece *p = &c->pieces.piece[i];
        if (stays(t, c, p))
            continue;
        if (is_mine(t, p))
            room += p->count;
        else if (!c->vectors[p->vector].values)
            room += rows_at(t, c, p, t->rank, &first);
    }
    return room;
}

static hcl_status commit_init(struct commit *c, const struct hcl_team *t, const double *cost, double moved,
                              struct hcl_err *err)
{
    hcl_status st;
    HCL_TRY(hcl_pieces_cut(&c->pieces, t->n, t->ranks, c->owner, cost, moved, c->count, err));
    c->mine = calloc(c->count + 1, sizeof *c->mine);
    c->sends = calloc(c->pieces.count + 1, sizeof *c->sends);
    c->recvs = calloc(c->count * (size_t)t->ranks + 1, sizeof *c->recvs);
    c->points = calloc(2 * c->count + 1, sizeof *c->points);
    if (!c->mine || !c->sends || !c->recvs || !c->points)
        HCL_TRY(hcl_fail(err, HCL_NO_RESOURCE, "out of memory for %zu commitments", c->count));
    c->batch = c->points + c->count;
    HCL_TRY(shares_init(&c->shares, t, c->count, err));
    HCL_TRY(hcl_mem_alloc((void **)&c->memory, room_for(t, c) + 1, sizeof *c->memory, "commitments", err));
done:
    return st;
}

/* This rank's rows of a vector from `first` on; integers are expanded at *room. */
static const hcl_fr *own_rows(const struct commit *c, const struct hcl_piece *p, size_t first, size_t count,
                              hcl_fr **room)
{
    const struct hcl_scalars *v = &c->vectors[p->vector];
    hcl_fr *out = *room;
    if (v->values)
        return v->values + (first - v->first);
    hcl_compact_expand(out, v->compact, first, count);
    *room += count;
    return out;
}

static void send_rows(struct commit *c, const struct hcl_team *t, const struct hcl_piece *p, hcl_fr **room)
{
    size_t first;
    const size_t count = rows_at(t, c, p, t->rank, &first);
    if (count > 0)
        c->sends[c->num_sends++] =
            (struct hcl_comm_piece){ (int)p->rank, (void *)(uintptr_t)own_rows(c, p, first, count, room),
                                     count * sizeof(hcl_fr) };
}

static void receive_rows(struct commit *c, const struct hcl_team *t, const struct hcl_piece *p, hcl_fr **room)
{
    hcl_fr *to = *room;
    *room += p->count;
    c->mine[c->made++] = (struct hcl_scalars){ .values = to, .first = p->first, .count = p->count };
    for (int r = 0; r < t->ranks; r++) {
        size_t first;
        const size_t count = rows_at(t, c, p, r, &first);
        if (count == 0)
            continue;
        if (r == t->rank)
            memcpy(to + (first - p->first), own_rows(c, p, first, count, room), count * sizeof *to);
        else
            c->recvs[c->num_recvs++] =
                (struct hcl_comm_piece){ r, to + (first - p->first), count * sizeof *to };
    }
}

/* This rank's pieces, from wherever they are. */
static void bring(struct commit *c, struct hcl_team *t)
{
    hcl_fr *room = c->memory;
    for (size_t i = 0; i < c->pieces.count; i++) {
        const struct hcl_piece *p = &c->pieces.piece[i];
        const struct hcl_scalars *v = &c->vectors[p->vector];
        if (!is_mine(t, p))
            send_rows(c, t, p, &room);
        else if (!stays(t, c, p))
            receive_rows(c, t, p, &room);
        else
            c->mine[c->made++] =
                (struct hcl_scalars){ .values = v->values ? v->values + (p->first - v->first) : NULL,
                                      .compact = v->compact,
                                      .first = p->first,
                                      .count = p->count };
    }
    if (t->ranks > 1)
        hcl_comm_pieces(t->comm, c->sends, c->num_sends, c->recvs, c->num_recvs);
}

/* Columns of values repeat scalars, as coefficients do not. */
static hcl_status multiply(struct commit *c, struct hcl_team *t, struct hcl_err *err)
{
    size_t made = 0;
    t->counters.msms += c->made;
    for (size_t i = 0; i < c->made; i++)
        t->counters.msm_terms += c->mine[i].count;
    const hcl_status st = hcl_columns_msm(c->batch, c->mine, c->made, c->bases,
                                          c->bases == t->srs->g_lagrange, t->threads, err);
    for (size_t i = 0; st == HCL_OK && i < c->pieces.count; i++)
        if (is_mine(t, &c->pieces.piece[i]))
            c->points[c->pieces.piece[i].vector] = c->batch[made++];
    return st;
}

static hcl_status commit(struct commit *c, struct hcl_team *t, const double *cost, double moved, hcl_g1 *out,
                         struct hcl_err *err)
{
    hcl_status st;
    HCL_TRY(hcl_comm_agree(t->comm, commit_init(c, t, cost, moved, err), err));
    bring(c, t);
    HCL_TRY(hcl_comm_agree(t->comm, multiply(c, t, err), err));
    /* Vectors that a rank has no piece of are infinity (Z = 0) in its list. */
    sum_points(t, &c->shares, c->points, c->count, out);
    const struct hcl_repeat_commitments made = { &c->pieces, c->mine, c->count, c->bases, c->shares.all };
    st = hcl_repeat_commitments(t, &made, err);
done:
    commit_clear(c);
    return st;
}

hcl_status hcl_commit_columns(struct hcl_team *t, const uint32_t *owner, const double *cost, double moved,
                              const struct hcl_scalars *columns, size_t count, hcl_g1 *out,
                              struct hcl_err *err)
{
    struct commit c = { .vectors = columns, .owner = owner, .count = count, .bases = t->srs->g_lagrange };
    return count == 0 || t->recalling ? HCL_OK : commit(&c, t, cost, moved, out, err);
}

hcl_status hcl_commit_rows(struct hcl_team *t, const hcl_fr *const *rows, size_t count, const hcl_g1 *bases,
                           hcl_g1 *out, struct hcl_err *err)
{
    hcl_status st = HCL_OK;
    if (count == 0 || t->recalling)
        return HCL_OK;
    struct hcl_scalars *vectors = calloc(count, sizeof *vectors);
    struct commit c = { .vectors = vectors, .count = count, .bases = bases };
    for (size_t i = 0; vectors && i < count; i++)
        vectors[i] = (struct hcl_scalars){ .values = rows[i], .first = t->first, .count = t->count };
    if (!vectors)
        st = hcl_fail(err, HCL_NO_RESOURCE, "out of memory for %zu commitments", count);
    HCL_TRY(hcl_comm_agree(t->comm, st, err));
    st = commit(&c, t, NULL, HCL_MOVED_VALUES, out, err);
done:
    free(vectors);
    return st;
}

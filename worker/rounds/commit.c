/* SPDX-License-Identifier: Apache-2.0 */
#include "worker/rounds/commit.h"

#include "common/sys/mem.h"
#include "worker/rounds/repeat.h"
#include "worker/store/rows.h"

#include <string.h>

/* Every rank keeps its columns, in list order, as long as their sum stays within `limit`; the rest is split.
 * Returns the slowest rank's work. load: per rank. */
static double keep_within(bool *split, double limit, const uint32_t *owner, const double *cost, size_t count,
                          int ranks, double *load)
{
    double surplus = 0, most = 0;
    memset(load, 0, (size_t)ranks * sizeof *load);
    for (size_t i = 0; i < count; i++) {
        double c = cost ? cost[i] : 1;
        split[i] = load[owner[i]] + c > limit;
        if (split[i])
            surplus += c;
        else
            load[owner[i]] += c;
        if (load[owner[i]] > most)
            most = load[owner[i]];
    }
    return most + 1.1 * surplus / ranks;
}

hcl_status hcl_commit_split(bool *split, const uint32_t *owner, const double *cost, size_t count, int ranks,
                            struct hcl_err *err)
{
    double *load = calloc(2 * (size_t)ranks, sizeof *load), *sum = load ? load + ranks : NULL;
    if (!load)
        return hcl_fail(err, HCL_NO_RESOURCE, "out of memory for %d ranks", ranks);
    /* The limits worth trying: what some rank has after some of its columns, nothing, and everything. */
    double everything = 0, best_limit = 0;
    for (size_t i = 0; i < count; i++)
        everything += cost ? cost[i] : 1;
    best_limit = everything;
    double best = keep_within(split, everything, owner, cost, count, ranks, load);
    for (size_t i = 0; i <= count && ranks > 1; i++) {
        double limit = i < count ? (sum[owner[i]] += cost ? cost[i] : 1) : 0;
        double work = keep_within(split, limit, owner, cost, count, ranks, load);
        if (work < best - 1e-9 * everything) {
            best = work;
            best_limit = limit;
        }
    }
    keep_within(split, best_limit, owner, cost, count, ranks, load);
    free(load);
    return HCL_OK;
}

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

/* Columns of values repeat scalars, as coefficients do not. */
static hcl_status msm(struct hcl_team *t, hcl_g1_jac *out, const struct hcl_scalars *scalars, size_t columns,
                      const hcl_g1 *bases, size_t first, size_t n, struct hcl_err *err)
{
    if (columns == 0)
        return HCL_OK;
    t->counters.msms += columns;
    t->counters.msm_terms += columns * n;
    return hcl_columns_msm(out, scalars, columns, bases + first, n, bases == t->srs->g_lagrange, t->threads,
                           err);
}

hcl_status hcl_commit_rows(struct hcl_team *t, const hcl_fr *const *rows, size_t count, const hcl_g1 *bases,
                           hcl_g1 *out, struct hcl_err *err)
{
    hcl_status st = HCL_OK;
    if (count == 0 || t->recalling)
        return HCL_OK;
    hcl_g1_jac *points = calloc(count, sizeof *points);
    struct shares shares = { 0 };
    struct hcl_scalars *scalars = calloc(count, sizeof *scalars);
    for (size_t i = 0; scalars && i < count; i++)
        scalars[i].values = rows[i];
    if (!points || !scalars)
        st = hcl_fail(err, HCL_NO_RESOURCE, "out of memory for %zu commitments", count);
    else
        st = shares_init(&shares, t, count, err);
    if (st == HCL_OK)
        st = msm(t, points, scalars, count, bases, t->first, t->count, err);
    HCL_TRY(hcl_comm_agree(t->comm, st, err));
    sum_points(t, &shares, points, count, out);
    const struct hcl_repeat_commitments made = { scalars, NULL, NULL, count, bases, shares.all };
    st = hcl_repeat_commitments(t, &made, err);
done:
    free(shares.mine);
    free(points);
    free(scalars);
    return st;
}

/* The work of one hcl_commit_columns. */
struct commit {
    bool *split;
    struct hcl_scalars *mine;   /* whole columns of this rank */
    hcl_g1_jac *points, *batch; /* this rank's contributions: of all columns, of those made at once */
    struct shares shares;
    struct hcl_moving *moving;
    hcl_fr *blocks;
    struct hcl_scalars *rows;
};

static void commit_clear(struct commit *c)
{
    free(c->split);
    free(c->mine);
    free(c->points);
    free(c->shares.mine);
    free(c->moving);
    free(c->rows);
    hcl_mem_free_secret(c->blocks);
}

static hcl_status commit_init(struct commit *c, const struct hcl_team *t, const uint32_t *owner,
                              const double *cost, size_t count, size_t *splits, struct hcl_err *err)
{
    *splits = 0;
    c->split = calloc(count, sizeof *c->split);
    c->mine = calloc(count, sizeof *c->mine);
    c->rows = calloc(count, sizeof *c->rows);
    c->moving = calloc(count, sizeof *c->moving);
    c->points = calloc(2 * count, sizeof *c->points);
    if (!c->split || !c->mine || !c->rows || !c->moving || !c->points)
        return hcl_fail(err, HCL_NO_RESOURCE, "out of memory for %zu commitments", count);
    c->batch = c->points + count;
    hcl_status st = shares_init(&c->shares, t, count, err);
    if (st == HCL_OK)
        st = hcl_commit_split(c->split, owner, cost, count, t->ranks, err);
    for (size_t i = 0; st == HCL_OK && i < count; i++)
        *splits += c->split[i];
    if (st == HCL_OK && *splits > 0)
        st = hcl_mem_alloc((void **)&c->blocks, *splits * (t->count + 1), sizeof(hcl_fr), "split commitments",
                           err);
    return st;
}

/* What moves, and where to. */
static void list_splits(const struct hcl_team *t, struct commit *c, const uint32_t *owner,
                        const struct hcl_scalars *columns, size_t count)
{
    for (size_t i = 0, s = 0; i < count; i++) {
        if (!c->split[i])
            continue;
        c->rows[s].values = c->blocks + s * (t->count + 1);
        c->moving[s] = (struct hcl_moving){ .owner = owner[i],
                                            .whole = (hcl_fr *)(uintptr_t)columns[i].values,
                                            .block = c->blocks + s * (t->count + 1),
                                            .compact = columns[i].compact };
        s++;
    }
}

static hcl_status commit_whole(struct hcl_team *t, struct commit *c, const uint32_t *owner,
                               const struct hcl_scalars *columns, size_t count, struct hcl_err *err)
{
    size_t mine = 0;
    for (size_t i = 0; i < count; i++)
        if (!c->split[i] && owner[i] == (uint32_t)t->rank)
            c->mine[mine++] = columns[i];
    hcl_status st = msm(t, c->batch, c->mine, mine, t->srs->g_lagrange, 0, t->n, err);
    mine = 0;
    for (size_t i = 0; st == HCL_OK && i < count; i++)
        if (!c->split[i] && owner[i] == (uint32_t)t->rank)
            c->points[i] = c->batch[mine++];
    return st;
}

static hcl_status commit_parts(struct hcl_team *t, struct commit *c, size_t count, size_t splits,
                               struct hcl_err *err)
{
    hcl_status st = msm(t, c->batch, c->rows, splits, t->srs->g_lagrange, t->first, t->count, err);
    for (size_t i = 0, s = 0; st == HCL_OK && i < count; i++)
        if (c->split[i])
            c->points[i] = c->batch[s++];
    return st;
}

hcl_status hcl_commit_columns(struct hcl_team *t, const uint32_t *owner, const double *cost,
                              const struct hcl_scalars *columns, size_t count, hcl_g1 *out,
                              struct hcl_err *err)
{
    hcl_status st = HCL_OK;
    struct commit c = { 0 };
    size_t splits;
    if (count == 0 || t->recalling)
        return HCL_OK;
    HCL_TRY(hcl_comm_agree(t->comm, commit_init(&c, t, owner, cost, count, &splits, err), err));
    list_splits(t, &c, owner, columns, count);
    hcl_columns_to_rows(&t->exchange, c.moving, splits);
    st = commit_whole(t, &c, owner, columns, count, err);
    if (st == HCL_OK)
        st = commit_parts(t, &c, count, splits, err);
    HCL_TRY(hcl_comm_agree(t->comm, st, err));
    /* Columns committed whole by one rank are infinity (Z = 0) in the others' lists. */
    sum_points(t, &c.shares, c.points, count, out);
    const struct hcl_repeat_commitments made = { columns,     owner, c.split, count, t->srs->g_lagrange,
                                                 c.shares.all };
    st = hcl_repeat_commitments(t, &made, err);
done:
    commit_clear(&c);
    return st;
}

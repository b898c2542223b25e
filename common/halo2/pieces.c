/* SPDX-License-Identifier: Apache-2.0 */
#include "common/halo2/pieces.h"

#include "common/halo2/rows.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* Rows that a multi-scalar multiplication is longer by, for its buckets, and the shortest piece. */
#define BUCKETS 600
#define LEAST 64
/* Halvings of the range in which the time of the slowest rank is looked for. */
#define HALVINGS 40

/* log2 of rows > 0 to a tenth, of operations that give the same everywhere. */
static double log_of(double rows)
{
    int exponent;
    const double part = frexp(rows, &exponent);
    return exponent - 2 + 2 * part;
}

/* Of a multi-scalar multiplication, in any unit: the number of windows falls as buckets grow. */
static double work_of(size_t rows)
{
    const double all = (double)rows + BUCKETS;
    return rows > 0 ? all / log_of(all) : 0;
}

/* A row whose scalar others have: comparing and adding its point, next to a row of its own in windows. */
#define AGAIN 0.007
/* No vector is nothing. */
#define LEAST_COST 1e-3

double hcl_pieces_cost(size_t n, size_t own, size_t again)
{
    return LEAST_COST + (work_of(own) + AGAIN * (double)again) / work_of(n);
}

/* What is being cut. */
struct cut {
    size_t n, vectors;
    int ranks;
    const double *cost;
    const uint32_t *owner;
    double moved; /* HCL_MOVED_* */
    double limit; /* that no rank may pass */
    double *load; /* by rank */
    size_t *kept; /* by vector: rows that its owner keeps */
    struct hcl_pieces *out;
};

static double cost_of(const double *cost, size_t vector)
{
    return cost ? cost[vector] : 1;
}

/* Of rows of a vector. */
static double time_of(const struct cut *c, size_t vector, size_t rows, bool moved)
{
    return cost_of(c->cost, vector) * work_of(rows) / work_of(c->n) * (moved ? c->moved : 1);
}

/* Of `most` rows as many as the rank has time for, and none if they are few. */
static size_t fitting(const struct cut *c, size_t vector, size_t rank, size_t most, bool moved)
{
    size_t least = 0, above = most + 1;
    if (c->load[rank] + time_of(c, vector, most, moved) <= c->limit)
        return most;
    while (above - least > 1) {
        const size_t middle = least + (above - least) / 2;
        if (c->load[rank] + time_of(c, vector, middle, moved) <= c->limit)
            least = middle;
        else
            above = middle;
    }
    return least < LEAST ? 0 : least;
}

static void begin(struct cut *c)
{
    memset(c->load, 0, (size_t)c->ranks * sizeof *c->load);
    c->out->count = 0;
}

static void give(struct cut *c, size_t vector, size_t rank, size_t first, size_t count, bool moved)
{
    c->load[rank] += time_of(c, vector, count, moved);
    c->out->piece[c->out->count++] = (struct hcl_piece){ (uint32_t)vector, (uint32_t)rank, first, count };
}

/* The first rows of each vector to its owner. */
static void keep(struct cut *c)
{
    for (size_t i = 0; i < c->vectors; i++) {
        c->kept[i] = c->owner ? fitting(c, i, c->owner[i], c->n, false) : 0;
        if (c->kept[i] > 0)
            give(c, i, c->owner[i], 0, c->kept[i], false);
    }
}

/* The others, one after the other, to whichever rank has time left; whether all have. */
static bool fill(struct cut *c)
{
    size_t rank = 0;
    for (size_t i = 0; i < c->vectors; i++)
        for (size_t first = c->kept[i], take; first < c->n; first += take) {
            for (take = 0; rank < (size_t)c->ranks; rank++) {
                take = fitting(c, i, rank, c->n - first, true);
                if (take > 0)
                    break;
            }
            if (take == 0)
                return false;
            give(c, i, rank, first, take, true);
            /* What it has left is less than the shortest piece, or the vector ends. */
            rank += first + take < c->n;
        }
    return true;
}

static bool cut_within(struct cut *c, double limit)
{
    begin(c);
    c->limit = limit;
    keep(c);
    return fill(c);
}

/* As they lie: whole at their owners, or every rank's rows. */
static void as_they_lie(struct cut *c)
{
    begin(c);
    for (size_t i = 0; i < c->vectors; i++)
        for (int r = 0; r < c->ranks; r++) {
            size_t first = 0, count = c->n;
            if (!c->owner)
                hcl_rows_of(c->n, c->ranks, r, &first, &count);
            if (count > 0 && (!c->owner || c->owner[i] == (uint32_t)r))
                give(c, i, (size_t)r, first, count, false);
        }
}

static double slowest(const double *load, int ranks)
{
    double most = 0;
    for (int r = 0; r < ranks; r++)
        most = load[r] > most ? load[r] : most;
    return most;
}

double hcl_pieces_slowest(const struct hcl_pieces *p, size_t n, int ranks, const double *cost)
{
    double most = 0;
    for (int r = 0; r < ranks; r++) {
        double load = 0;
        for (size_t i = 0; i < p->count; i++)
            if (p->piece[i].rank == (uint32_t)r)
                load += cost_of(cost, p->piece[i].vector) * work_of(p->piece[i].count) / work_of(n);
        most = load > most ? load : most;
    }
    return most;
}

static int in_order(const void *a, const void *b)
{
    const struct hcl_piece *x = a, *y = b;
    if (x->vector != y->vector)
        return (x->vector > y->vector) - (x->vector < y->vector);
    return (x->first > y->first) - (x->first < y->first);
}

/* The least limit that all ranks can keep, below what they take as things lie. */
static void search(struct cut *c)
{
    as_they_lie(c);
    const double lying = slowest(c->load, c->ranks);
    double most = lying, least = 0;
    for (int i = 0; c->ranks > 1 && i < HALVINGS; i++) {
        const double middle = (least + most) / 2;
        if (cut_within(c, middle))
            most = middle;
        else
            least = middle;
    }
    if (most < lying)
        (void)cut_within(c, most);
    else
        as_they_lie(c);
}

hcl_status hcl_pieces_cut(struct hcl_pieces *out, size_t n, int ranks, const uint32_t *owner,
                          const double *cost, double moved, size_t vectors, struct hcl_err *err)
{
    struct cut c = {
        .n = n, .vectors = vectors, .ranks = ranks, .cost = cost, .owner = owner, .moved = moved, .out = out
    };
    hcl_status st = HCL_OK;
    *out = (struct hcl_pieces){ .piece = calloc((vectors + 1) * ((size_t)ranks + 1), sizeof *out->piece) };
    c.load = calloc((size_t)ranks, sizeof *c.load);
    c.kept = calloc(vectors + 1, sizeof *c.kept);
    if (!out->piece || !c.load || !c.kept)
        HCL_TRY(hcl_fail(err, HCL_NO_RESOURCE, "out of memory for %zu vectors of %d ranks", vectors, ranks));
    search(&c);
    qsort(out->piece, out->count, sizeof *out->piece, in_order);
done:
    free(c.load);
    free(c.kept);
    if (st != HCL_OK)
        hcl_pieces_clear(out);
    return st;
}

void hcl_pieces_clear(struct hcl_pieces *p)
{
    free(p->piece);
    *p = (struct hcl_pieces){ 0 };
}

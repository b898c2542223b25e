/* SPDX-License-Identifier: Apache-2.0 */
/* Who commits to what, by the functions that a proof shares it out with (common/halo2/owners.h, pieces.h). */
#include "common/halo2/owners.h"
#include "common/halo2/pieces.h"
#include "common/halo2/rows.h"
#include "common/witness/columns.h"
#include "compiler/layout/cost_internal.h"
#include <math.h>
#include <string.h>

/* Of what a row of PHI, A0, A1 and B takes: most of PHI's are new, B's few. */
static const double row_shares[] = { 0.5, 0.25, 0.15, 0.1 };
/* Of what a weight row takes: U repeats more than D. */
static const double sum_shares[] = { 0.375, 0.625 };
/* Of a column with hardly anything in it. */
#define LEAST_COST 1e-3

double hcl_cost_msm_of(double rows)
{
    return HCL_COST_MSM_BITS / log2(rows > 2 ? rows : 2) * (1 + HCL_COST_MSM_BUCKETS / rows);
}

double hcl_cost_added(const struct hcl_shape *s)
{
    return s->weight_rows - fmin(s->weight_rows, s->idle_weight_rows);
}

static uint32_t private_columns(const struct hcl_shape *s)
{
    return s->private_weights ? s->weight_columns : 0;
}

uint32_t hcl_cost_num_advice(const struct hcl_shape *s)
{
    return hcl_num_advice(s->lanes) + private_columns(s) + s->row_tables;
}

void hcl_cost_advice(double *cost, const struct hcl_shape *s)
{
    const double n = ldexp(1, (int)s->k), msm = hcl_cost_msm_of(n), looked_up = (double)s->lookups / n;
    const double rows = HCL_COST_RUNNING * s->rows / n, sums = HCL_COST_SUM * hcl_cost_added(s) / n;
    const double constant = HCL_COST_ROW / msm / 2; /* of PHI, and of D */
    const uint32_t lanes = s->lanes;

    for (uint32_t i = 0; i < hcl_col_m(lanes); i++)
        cost[i] = HCL_COST_LOOKED_UP_SMALL * looked_up / (3 * lanes);
    cost[hcl_col_m(lanes)] = LEAST_COST;
    for (uint32_t j = 0; j < lanes; j++)
        cost[hcl_col_h(lanes, j)] = HCL_COST_LOOKED_UP * looked_up / lanes;
    for (uint32_t i = 0; i < sizeof row_shares / sizeof *row_shares; i++)
        cost[hcl_col_phi(lanes) + i] = row_shares[i] * rows;
    for (uint32_t i = 0; i < 2; i++)
        cost[hcl_col_u(lanes) + i] = sum_shares[i] * sums;
    cost[hcl_col_phi(lanes)] += constant;
    cost[hcl_col_d(lanes)] += constant;
    for (uint32_t i = 0; i < private_columns(s); i++)
        cost[hcl_col_w(lanes, i)] = HCL_COST_SMALL / msm;
    for (uint32_t i = 0; i < s->row_tables; i++)
        cost[hcl_col_e(lanes, private_columns(s)) + i] = LEAST_COST;
    for (uint32_t i = 0; i < hcl_cost_num_advice(s); i++)
        cost[i] = fmax(cost[i], LEAST_COST);
}

/* Vectors that are committed together, and who has them; owner NULL: rows. */
struct round {
    uint32_t *owner;
    double *cost;
    uint32_t count;
};

static double rows_elsewhere(const struct hcl_piece *p, const struct round *r, size_t n, int ranks)
{
    size_t first, count, end;
    if (r->owner)
        return r->owner[p->vector] == p->rank ? 0 : (double)p->count;
    hcl_rows_of(n, ranks, (int)p->rank, &first, &count);
    end = first + count < p->first + p->count ? first + count : p->first + p->count;
    first = first > p->first ? first : p->first;
    return (double)(p->count - (end > first ? end - first : 0));
}

static hcl_status share(struct hcl_cost_commitment *out, const struct hcl_cost_terms *t,
                        const struct round *r, double moved, struct hcl_err *err)
{
    const size_t n = (size_t)t->n;
    const int ranks = (int)t->ranks;
    struct hcl_pieces p;
    hcl_status st = HCL_OK;

    for (uint32_t i = 0; i < r->count; i++)
        out->all += r->cost ? r->cost[i] : 1;
    out->slowest = out->all;
    if (ranks == 1)
        return HCL_OK;
    HCL_TRY(hcl_pieces_cut(&p, n, ranks, r->owner, r->cost, moved, r->count, err));
    out->slowest = hcl_pieces_slowest(&p, n, ranks, r->cost);
    for (size_t i = 0; i < p.count; i++)
        out->moved += rows_elsewhere(&p.piece[i], r, n, ranks) / t->n;
    hcl_pieces_clear(&p);
done:
    return st;
}

/* Scratch, and the owners so far. */
struct sharing {
    const struct hcl_cost_terms *t;
    struct hcl_owners owners;
    double *all_costs, *cost, *rest;
    uint32_t *column, *owner, *order;
    bool *opens; /* [set of points][rank]: it has polynomials of it */
    double transforms;
};

enum { ROW_ALONE, ROW_ABOVE, ROW_BELOW, LAST_ROW };

static void opens(const struct sharing *x, int set, uint32_t owner)
{
    x->opens[(size_t)set * (size_t)x->owners.ranks + owner] = true;
}

/* Columns R of lanes with registers and accumulators are read in the row above, PHI in the row below. */
static void note_openings(const struct sharing *x, uint32_t count)
{
    const struct hcl_shape *s = x->t->s;

    for (uint32_t i = 0; i < count; i++) {
        const uint32_t c = x->column[i], r = hcl_col_r(s->lanes, 0);
        const bool above =
            (c >= r && c < r + s->registers) || (c >= hcl_col_a0(s->lanes) && c <= hcl_col_d(s->lanes));
        opens(x, above ? ROW_ABOVE : c == hcl_col_phi(s->lanes) ? ROW_BELOW : ROW_ALONE, x->owner[i]);
    }
}

/* With so many fixed columns that all ranks have one. */
static double count_summands(const struct sharing *x)
{
    const struct hcl_cost *c = x->t->c;
    const size_t ranks = (size_t)x->owners.ranks;
    double all = 0, alone = 0;

    for (size_t i = 0; i < HCL_COST_OPENING_SETS * ranks; i++) {
        all += i < ranks ? 0 : x->opens[i];
        alone += i < ranks ? x->opens[i] : 0;
    }
    return all + fmin((double)ranks, alone + c->fixed + c->permutation);
}

static bool is_small(const struct hcl_shape *s, uint32_t column)
{
    return column <= hcl_col_m(s->lanes) ||
           (column >= hcl_col_w(s->lanes, 0) && column < hcl_col_w(s->lanes, private_columns(s)));
}

static hcl_status share_phase(struct sharing *x, bool small, struct hcl_cost_commitments *out,
                              struct hcl_err *err)
{
    const struct hcl_shape *s = x->t->s;
    const bool linear = s->private_weights && s->weight_columns > 1;
    struct round r = { x->owner, x->cost, 0 };

    for (uint32_t i = 0; i < hcl_cost_num_advice(s); i++) {
        if (is_small(s, i) != small)
            continue;
        x->column[r.count] = i;
        x->cost[r.count] = x->all_costs[i];
        x->rest[r.count++] = small && i > hcl_col_m(s->lanes) && linear ? HCL_OWNERS_LINEAR : x->transforms;
    }
    hcl_owners_spread(&x->owners, x->owner, x->cost, x->rest, r.count, x->order);
    for (uint32_t i = 0; i < r.count; i++)
        if (x->column[i] >= hcl_col_phi(s->lanes) && x->column[i] <= hcl_col_d(s->lanes))
            out->owner[x->column[i] - hcl_col_phi(s->lanes)] = x->owner[i];
    note_openings(x, r.count);
    return small ? share(&out->small, x->t, &r, HCL_MOVED_INTEGERS, err)
                 : share(&out->full, x->t, &r, HCL_MOVED_VALUES, err);
}

static hcl_status share_products(struct sharing *x, struct hcl_cost_commitment *out, struct hcl_err *err)
{
    const struct round r = { x->owner, NULL, x->t->c->permutation_chunks };

    for (uint32_t i = 0; i < r.count; i++) {
        hcl_owners_begin(&x->owners);
        x->owner[i] = hcl_owners_take(&x->owners, 0, x->transforms);
        opens(x, i + 1 < r.count ? LAST_ROW : ROW_BELOW, x->owner[i]);
    }
    return share(out, x->t, &r, HCL_MOVED_VALUES, err);
}

static bool sharing_init(struct sharing *x, const struct hcl_cost_terms *t)
{
    const size_t columns = hcl_cost_num_advice(t->s) + t->c->permutation_chunks, ranks = (size_t)t->ranks;

    *x = (struct sharing){ .t = t, .transforms = HCL_OWNERS_TRANSFORM * (t->s->degree + 1) };
    x->all_costs = calloc(3 * columns + 2 * ranks, sizeof *x->all_costs);
    x->column = calloc(3 * columns, sizeof *x->column);
    x->opens = calloc(HCL_COST_OPENING_SETS * ranks, sizeof *x->opens);
    if (!x->all_costs || !x->column || !x->opens)
        return false;
    x->cost = x->all_costs + columns;
    x->rest = x->cost + columns;
    x->owners = (struct hcl_owners){ x->rest + columns, x->rest + columns + ranks, (int)ranks };
    x->owner = x->column + columns;
    x->order = x->owner + columns;
    hcl_cost_advice(x->all_costs, t->s);
    return true;
}

hcl_status hcl_cost_share_commitments(struct hcl_cost_commitments *out, const struct hcl_cost_terms *t,
                                      struct hcl_err *err)
{
    const struct round quotient = { .count = t->c->quotient_pieces };
    struct sharing x;
    hcl_status st;

    memset(out, 0, sizeof *out);
    if (!sharing_init(&x, t))
        HCL_TRY(hcl_fail(err, HCL_NO_RESOURCE, "out of memory for the layout"));
    HCL_TRY(share_phase(&x, true, out, err));
    HCL_TRY(share_phase(&x, false, out, err));
    HCL_TRY(share_products(&x, &out->products, err));
    HCL_TRY(share(&out->quotient, t, &quotient, HCL_MOVED_VALUES, err));
    out->summands = count_summands(&x);
done:
    free(x.opens);
    free(x.all_costs);
    free(x.column);
    return st;
}

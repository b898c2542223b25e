/* SPDX-License-Identifier: Apache-2.0 */
/* Who commits to what, by the functions that a proof shares it out with (common/halo2/owners.h, pieces.h). */
#include "common/halo2/owners.h"
#include "common/halo2/pieces.h"
#include "common/halo2/rows.h"
#include "common/witness/columns.h"
#include "common/witness/team.h"
#include "compiler/layout/cost_internal.h"
#include <math.h>
#include <string.h>

double hcl_cost_msm_of(double rows)
{
    return HCL_COST_MSM_BITS / log2(rows > 2 ? rows : 2) * (1 + HCL_COST_MSM_BUCKETS / rows);
}

uint32_t hcl_shape_added(const struct hcl_shape *s)
{
    return s->weight_rows - (s->weight_rows < s->idle_weight_rows ? s->weight_rows : s->idle_weight_rows);
}

static uint32_t private_columns(const struct hcl_shape *s)
{
    return s->private_weights ? s->weight_columns : 0;
}

uint32_t hcl_cost_num_advice(const struct hcl_shape *s)
{
    return hcl_num_advice(s->lanes) + private_columns(s) + s->row_tables;
}

/* What is counted of a whole shape, of one with less of it: `then` of what is `now` there. */
static double scaled(double counted, double now, double then)
{
    return then > 0 ? counted * now / then : counted;
}

/* Of the scalars of a lane's helper, those that no other row has; of the wide columns before they are
 * counted, rows of their own next to the rows, and for U and D next to the weight rows, of those that models
 * have. */
#define DISTINCT 0.95
static const double usual[HCL_WIDE] = { 0.9, 0.8, 0.5, 0.1, 0.25, 1, 0 };

static bool by_weight_rows(int column)
{
    return column == HCL_WIDE_U || column == HCL_WIDE_D;
}

static double own_wide(const struct hcl_shape *s, int column, const uint32_t *counted)
{
    const struct hcl_own_rows *own = &s->own;
    const double now = by_weight_rows(column) ? hcl_shape_added(s) : s->rows,
                 then = by_weight_rows(column) ? own->weight_rows : own->rows;
    if (own->lanes > 0)
        return scaled(counted[column], now, then);
    return counted == own->wide ? usual[column] * now : 0;
}

static double looked_up(const struct hcl_shape *s, uint32_t lane)
{
    const struct hcl_own_rows *own = &s->own;
    const double average = (double)s->lookups / s->lanes;
    return DISTINCT * (lane < own->lanes
                           ? scaled(own->looked_up[lane], (double)s->lookups, (double)own->lookups)
                           : average);
}

static double price(const struct hcl_shape *s, double own, double again)
{
    const size_t n = (size_t)1 << s->k;
    return hcl_pieces_cost(n, (size_t)fmin(own, (double)n), (size_t)fmin(again, (double)n));
}

void hcl_cost_advice(double *cost, const struct hcl_shape *s)
{
    const double n = ldexp(1, (int)s->k), whole = n * hcl_cost_msm_of(n);
    const uint32_t lanes = s->lanes;

    for (uint32_t i = 0; i < hcl_col_m(lanes); i++)
        cost[i] = (HCL_COST_SMALL_COLUMN + HCL_COST_SMALL_CELL * s->rows) / whole;
    cost[hcl_col_m(lanes)] = (HCL_COST_SMALL_COLUMN + HCL_COST_SMALL_CELL * s->table_rows / 2) / whole;
    for (uint32_t j = 0; j < lanes; j++)
        cost[hcl_col_h(lanes, j)] = price(s, looked_up(s, j), 0);
    for (uint32_t i = 0; i < HCL_WIDE_E; i++)
        cost[hcl_col_phi(lanes) + i] =
            price(s, own_wide(s, (int)i, s->own.wide), own_wide(s, (int)i, s->own.again));
    for (uint32_t i = 0; i < private_columns(s); i++)
        cost[hcl_col_w(lanes, i)] = HCL_COST_SMALL * n / whole;
    for (uint32_t i = 0; i < s->row_tables; i++)
        cost[hcl_col_e(lanes, private_columns(s)) + i] = price(s, s->own.wide[HCL_WIDE_E], 0);
}

/* Before they are counted: a row changes a product where one of its factors is copied, which the more of them
 * share the more copies there are. */
static double changing(const struct hcl_shape *s, uint32_t products)
{
    const double n = ldexp(1, (int)s->k), copies = (double)s->copies / (n * products);
    return n * HCL_COST_COPIED * copies / (1 + HCL_COST_COPIED_MORE * copies);
}

void hcl_cost_products(double *cost, const struct hcl_shape *s, uint32_t products)
{
    const double n = ldexp(1, (int)s->k);
    const struct hcl_own_rows *own = &s->own;

    for (uint32_t i = 0; i < products; i++) {
        const double counted = i < HCL_COST_MOST_PRODUCTS ? own->product[i] : 0;
        const double rows =
            own->lanes > 0 ? scaled(counted, (double)s->copies, (double)own->copies) : changing(s, products);
        cost[i] = price(s, rows, n - fmin(rows, n));
    }
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
    double *all_costs, *all_rests, *cost, *rest;
    uint32_t *advice, *phase, *kin; /* by advice column; advice: its owner */
    uint32_t *column, *owner, *order;
    uint32_t *lanes; /* by rank: bit j: it has use for lane j's quotients and remainders */
    bool *opens;     /* [set of points][rank]: it has polynomials of it; compact ones apart, of two sets; and
                        [OPENS][rank]: it has linear advice columns, which are weights */
    double transforms;
    size_t *moving; /* by rank: the proof's columns that are transformed to cosets, then the key's */
};

enum { ROW_ALONE, ROW_ABOVE, ROW_BELOW, LAST_ROW, COMPACT_ALONE, COMPACT_ABOVE, OPENS };

static void opens(const struct sharing *x, int set, uint32_t owner)
{
    x->opens[(size_t)set * (size_t)x->owners.ranks + owner] = true;
}

/* Columns R of lanes with registers and accumulators are read in the row above, PHI in the row below. */
static int set_of(const struct hcl_shape *s, uint32_t column)
{
    const uint32_t r = hcl_col_r(s->lanes, 0);
    const bool above = (column >= r && column < r + s->registers) ||
                       (column >= hcl_col_a0(s->lanes) && column <= hcl_col_d(s->lanes));
    return above ? ROW_ABOVE : column == hcl_col_phi(s->lanes) ? ROW_BELOW : ROW_ALONE;
}

/* Weights in several columns, which never become coefficients. */
static bool is_linear(const struct hcl_shape *s, uint32_t column)
{
    return column >= hcl_col_w(s->lanes, 0) && column < hcl_col_w(s->lanes, private_columns(s)) &&
           s->weight_columns > 1;
}

/* Integers do unless memory is to be saved. */
static bool opens_compact(const struct hcl_cost_terms *t, uint32_t column)
{
    return column <= hcl_col_m(t->s->lanes) ? t->c->savings.keep_compact : is_linear(t->s, column);
}

static void note_openings(const struct sharing *x, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        if (is_linear(x->t->s, x->column[i]))
            opens(x, OPENS, x->owner[i]);
        const int set = set_of(x->t->s, x->column[i]);
        const int compact = set == ROW_ABOVE ? COMPACT_ABOVE : COMPACT_ALONE;
        opens(x, opens_compact(x->t, x->column[i]) ? compact : set, x->owner[i]);
    }
}

/* Who has use for which lanes (coordinator/cli/session_run.c). */
static void note_lanes(const struct sharing *x)
{
    const uint32_t lanes = x->t->s->lanes;

    for (uint32_t i = 0; i < hcl_num_advice(lanes); i++) {
        const uint32_t lane = hcl_col_lane(lanes, i);
        if (lane != UINT32_MAX)
            x->lanes[x->advice[i]] |= (uint32_t)1 << lane;
    }
}

static void count_lanes(struct hcl_cost_commitments *out, const struct sharing *x)
{
    const uint32_t lanes = x->t->s->lanes, ranks = (uint32_t)x->owners.ranks;

    out->few_lanes = ranks > 1 && hcl_team_lanes_few(x->lanes, ranks, lanes);
    for (uint32_t r = 0; r < ranks; r++) {
        const double share = (double)__builtin_popcount(x->lanes[r]) / lanes;
        out->lanes += share / ranks;
        out->lanes_most = fmax(out->lanes_most, share);
    }
}

static bool is_small(const struct hcl_shape *s, uint32_t column)
{
    return column <= hcl_col_m(s->lanes) ||
           (column >= hcl_col_w(s->lanes, 0) && column < hcl_col_w(s->lanes, private_columns(s)));
}

/* Seconds of those columns of the witness that a rank makes. */
static double wide_of(const struct sharing *x, uint32_t rank)
{
    const struct hcl_cost_terms *t = x->t;
    const struct hcl_shape *s = t->s;
    double helpers = 0, full = 0;

    for (uint32_t i = 0; i < hcl_cost_num_advice(s); i++) {
        const bool mine = x->advice[i] == rank && !is_small(s, i);
        full += mine;
        helpers += mine && i < hcl_col_phi(s->lanes);
    }
    return HCL_COST_CELL_HELPER * s->rows * helpers + hcl_cost_fresh(t) * t->n * full;
}

static void count_wide(struct hcl_cost_commitments *out, const struct sharing *x)
{
    for (uint32_t r = 0; r < (uint32_t)x->owners.ranks; r++) {
        double *most = r == out->owner[HCL_WIDE_D] ? &out->wide_maker : &out->wide;
        *most = fmax(*most, wide_of(x, r));
    }
}

/* Ranks that have columns of weights that are linear. */
static double count_weighing(const struct sharing *x)
{
    const struct hcl_shape *s = x->t->s;
    const size_t ranks = (size_t)x->owners.ranks;
    double count = 0;

    if (!s->private_weights)
        return s->weight_columns > 1 ? fmin((double)ranks, s->weight_columns) : 0;
    for (size_t r = 0; r < ranks; r++)
        count += x->opens[OPENS * ranks + r];
    return count;
}

/* Sigmas are compact, and public weights; other fixed columns all ranks have. */
static double count_summands(const struct sharing *x)
{
    const struct hcl_shape *s = x->t->s;
    const double weights = s->private_weights || s->weight_columns == 1 ? 0 : s->weight_columns;
    const size_t ranks = (size_t)x->owners.ranks;
    double all = 0, compact = 0;

    for (size_t i = 0; i < OPENS * ranks; i++) {
        const bool alone = i / ranks == COMPACT_ALONE;
        all += alone ? 0 : x->opens[i];
        compact += alone ? x->opens[i] : 0;
    }
    return all + fmin((double)ranks, compact + weights + x->t->c->permutation);
}

/* Columns of one phase, with what they cost. */
static struct round list_phase(const struct sharing *x, bool small)
{
    const struct hcl_shape *s = x->t->s;
    struct round r = { x->owner, x->cost, 0 };

    for (uint32_t i = 0; i < hcl_cost_num_advice(s); i++) {
        if (is_small(s, i) != small)
            continue;
        x->column[r.count] = i;
        x->owner[r.count] = x->advice[i];
        x->cost[r.count] = x->all_costs[i];
        x->rest[r.count++] = x->all_rests[i];
    }
    return r;
}

/* As coordinator/plan/plan.c does, with the hints of coordinator/cli/session.c. */
static void share_advice(struct sharing *x)
{
    const struct hcl_shape *s = x->t->s;
    const bool linear = s->private_weights && s->weight_columns > 1;
    const struct hcl_owned all = { x->advice,    x->phase,     x->kin,
                                   x->all_costs, x->all_rests, hcl_cost_num_advice(s) };

    for (uint32_t i = 0; i < all.count; i++) {
        x->phase[i] = !is_small(s, i);
        x->kin[i] = hcl_col_lane(s->lanes, i);
        x->all_rests[i] =
            is_small(s, i) && i > hcl_col_m(s->lanes) && linear ? HCL_OWNERS_LINEAR : x->transforms;
    }
    for (int phase = 0; phase < 2; phase++) {
        const struct round r = list_phase(x, phase == 0);
        hcl_owners_spread(&x->owners, x->owner, x->cost, x->rest, r.count, x->order);
        for (uint32_t i = 0; i < r.count; i++)
            x->advice[x->column[i]] = x->owner[i];
    }
    if (x->owners.ranks > 1)
        hcl_owners_join(&all, x->owners.ranks, x->order);
}

static hcl_status share_phase(struct sharing *x, bool small, struct hcl_cost_commitments *out,
                              struct hcl_err *err)
{
    const struct round r = list_phase(x, small);

    for (uint32_t i = 0; i < r.count; i++)
        x->moving[x->owner[i]] += x->rest[i] == x->transforms;
    note_openings(x, r.count);
    return small ? share(&out->small, x->t, &r, HCL_MOVED_INTEGERS, err)
                 : share(&out->full, x->t, &r, HCL_MOVED_VALUES, err);
}

static hcl_status share_products(struct sharing *x, struct hcl_cost_commitment *out, struct hcl_err *err)
{
    const struct round r = { x->owner, x->cost, x->t->c->permutation_chunks };

    hcl_cost_products(x->cost, x->t->s, r.count);
    hcl_owners_begin(&x->owners);
    for (uint32_t i = 0; i < r.count; i++) {
        x->owner[i] = hcl_owners_take(&x->owners, 0, x->transforms);
        x->moving[x->owner[i]]++;
        opens(x, i + 1 < r.count ? LAST_ROW : ROW_BELOW, x->owner[i]);
    }
    return share(out, x->t, &r, HCL_MOVED_VALUES, err);
}

static bool sharing_init(struct sharing *x, const struct hcl_cost_terms *t)
{
    const size_t columns = hcl_cost_num_advice(t->s) + t->c->permutation_chunks, ranks = (size_t)t->ranks;

    *x = (struct sharing){ .t = t, .transforms = HCL_OWNERS_TRANSFORM * (t->s->degree + 1) };
    x->all_costs = calloc(4 * columns + 2 * ranks, sizeof *x->all_costs);
    x->column = calloc(6 * columns + 2 * ranks, sizeof *x->column);
    x->opens = calloc((OPENS + 1) * ranks, sizeof *x->opens);
    x->moving = calloc(2 * ranks, sizeof *x->moving);
    if (!x->all_costs || !x->column || !x->opens || !x->moving)
        return false;
    x->all_rests = x->all_costs + columns;
    x->cost = x->all_rests + columns;
    x->rest = x->cost + columns;
    x->owners = (struct hcl_owners){ x->rest + columns, x->rest + columns + ranks, (int)ranks };
    x->owner = x->column + columns;
    x->order = x->owner + columns;
    x->advice = x->order + columns + ranks;
    x->phase = x->advice + columns;
    x->kin = x->phase + columns;
    x->lanes = x->kin + columns;
    hcl_cost_advice(x->all_costs, t->s);
    return true;
}

/* Columns that are not committed by their owners (coordinator/plan/plan.c). */
static void take(struct sharing *x, uint32_t count, size_t *owned)
{
    hcl_owners_begin(&x->owners);
    for (uint32_t i = 0; i < count; i++)
        owned[hcl_owners_take(&x->owners, 0, x->transforms)]++;
}

static double most_moving(const struct sharing *x)
{
    size_t most = 0;

    for (int r = 0; r < x->owners.ranks; r++)
        most = x->moving[r] > most ? x->moving[r] : most;
    return (double)most;
}

/* Owners transform their columns; those that some have more of all ranks do together, where the prover does
 * so (worker/rounds/coset_shared.c). */
static void share_transforms(struct sharing *x, struct hcl_cost_commitments *out)
{
    const struct hcl_cost_terms *t = x->t;
    const struct hcl_savings *s = &t->c->savings;
    const int ranks = x->owners.ranks;
    size_t together = 0;

    take(x, 1, x->moving); /* the instance */
    take(x, t->c->permutation + t->key_fixed, x->moving + ranks);
    out->uneven = most_moving(x) * ranks / t->moving;
    for (uint32_t i = 0; i < t->sums; i++)
        x->moving[i % (uint32_t)ranks]++;
    for (int r = 0; s->key_anew && r < ranks; r++)
        x->moving[r] += x->moving[ranks + r];
    out->alone = most_moving(x);
    if (!s->key_anew && !s->keep_compact && ranks > 1)
        out->alone = (double)hcl_owners_alone(x->moving, ranks, &together);
    out->together = (double)together;
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
    share_advice(&x);
    memcpy(out->owner, &x.advice[hcl_col_phi(t->s->lanes)], (HCL_WIDE_D + 1) * sizeof *out->owner);
    note_lanes(&x);
    HCL_TRY(share_phase(&x, true, out, err));
    HCL_TRY(share_phase(&x, false, out, err));
    HCL_TRY(share_products(&x, &out->products, err));
    share_transforms(&x, out);
    HCL_TRY(share(&out->quotient, t, &quotient, HCL_MOVED_VALUES, err));
    out->weighing = count_weighing(&x);
    out->summands = count_summands(&x);
    count_lanes(out, &x);
    count_wide(out, &x);
done:
    free(x.opens);
    free(x.moving);
    free(x.all_costs);
    free(x.column);
    return st;
}

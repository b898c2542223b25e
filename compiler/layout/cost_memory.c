/* SPDX-License-Identifier: Apache-2.0 */
#include "common/curve/msm.h"
#include "compiler/layout/cost_internal.h"
#include <math.h>

#define ELEMENT HCL_COST_ELEMENT
#define POINT HCL_COST_POINT

enum {
    COSET_VECTORS = 3,  /* x, l_active, l_0, which l_last is in */
    TWIDDLES = 68,      /* bytes of a row: tables of the transforms */
    CELL = 24,          /* bytes of a cell of the witness */
    LANE_CELL = 16,     /* and of a cell of a lane that a rank has in a column of its own */
    LISTED = 40,        /* bytes of a random row of a weight column */
    OPENING_POINTS = 5, /* divisions at once */
    TOGETHER = 3,       /* blocks of a sum that ranks transform together, and its buffers */
    TABLE_COLUMNS = 3,  /* fixed ones */
    WHOLE_FIXED = 2,    /* as long as the circuit: where rows end, weights */
    UNEVEN = 3,         /* columns of a group, at most, that a rank of as many has more than others */
    SHARED_COLUMNS = 11 /* of those on a coset, that several groups read (common/halo2/groups.h) */
};

/* Bytes of a fixed cell and of a cell of integers, blinding included. */
#define FIXED_CELL 1.5
#define INTEGER_CELL 3.5
/* All that is not counted here. */
#define SMALL_BUFFERS 1.015
/* As HCL_MSM_ROW_BYTES of a piece that is as long as a column. */
#define MSM_LONG_ROW 150
/* The same of columns whose equal scalars are merged. */
#define MSM_MERGED_ROW 220
/* Of a thread: tiles of the constraints. */
#define CONSTRAINTS_THREAD 1e6

static double threads(const struct hcl_cost_terms *t)
{
    return t->s->threads > 0 ? t->s->threads : 1;
}

/* Columns in row blocks. */
static double columns(const struct hcl_cost_terms *t, double count)
{
    return ELEMENT * t->n * count / t->ranks;
}

/* Columns that the rank with most of them owns. */
static double owned(const struct hcl_cost_terms *t, double count)
{
    return ELEMENT * t->n * ceil(count / t->ranks);
}

/* Bytes of compact columns: their cells end with the last row that holds anything. */
static double fixed_bytes(const struct hcl_cost_terms *t)
{
    const double of_rows = fmin(t->s->rows, t->n), of_tables = fmin(t->s->table_rows, t->n);
    return FIXED_CELL *
           (of_rows * (t->key_fixed - WHOLE_FIXED) + of_tables * TABLE_COLUMNS + t->n * WHOLE_FIXED);
}

static double integer_bytes(const struct hcl_cost_terms *t, double columns)
{
    const double of_rows = fmin(t->s->rows, t->n), of_tables = fmin(t->s->table_rows, t->n);
    return columns > 0 ? INTEGER_CELL * (of_rows * (ceil(columns / t->ranks) - 1) + fmax(of_rows, of_tables))
                       : 0;
}

/* Cells of the witness: where no rank has more than half of the lanes, each has its own apart, too. */
static double cells_bytes(const struct hcl_cost_terms *t)
{
    const double lanes = t->s->lanes, mine = ceil(lanes / t->ranks);
    return t->cells * (CELL + (t->ranks > 1 && 2 * mine <= lanes ? LANE_CELL * mine / lanes : 0));
}

/* What is there all the time: SRS, values of the sigmas, tables of the transforms, compact
 * columns, the witness, weights. */
static double standing(const struct hcl_cost_terms *t)
{
    const double sharing = t->s->srs_ranks > 0 ? t->s->srs_ranks : hcl_cost_fewest_near(t);
    return (2.0 * POINT / sharing + TWIDDLES) * t->n + owned(t, t->c->permutation) + fixed_bytes(t) +
           cells_bytes(t) + (2 * t->weights + LISTED * t->listed) / t->ranks;
}

double hcl_cost_step(const struct hcl_cost_terms *t)
{
    const struct hcl_cost *c = t->c;
    const double ids = t->moving + t->sums + c->fixed + c->permutation;
    const double step = floor(HCL_COST_EXCHANGE_STEP / (t->n + HCL_COST_HALO * t->ranks));

    return step < 1 ? 1 : step < ids ? step : ids;
}

/* Its buffers: what a step sends, and the ranks' shares of one sum. */
static double exchange_bytes(const struct hcl_cost_terms *t)
{
    return t->ranks > 1 ? (hcl_cost_step(t) + 1) * ELEMENT * t->n : 0;
}

/* Of a rank, all rounds long once the witness is committed: columns as coefficients or compact, random
 * polynomial. */
static double proof_columns(const struct hcl_cost_terms *t, const struct hcl_savings *s)
{
    const double compact = s->keep_compact ? t->integers : 0;
    const double whole = s->scratch ? 0 : owned(t, t->moving - compact);
    return whole + columns(t, 1) + integer_bytes(t, compact);
}

/* Columns that are on a coset at once; before the circuit is there, as if groups were equal. */
static double coset_columns(const struct hcl_cost_terms *t, const struct hcl_savings *s)
{
    const double key = s->key_anew ? t->key_fixed + t->c->permutation : 0, all = t->moving + t->sums + key;
    const uint32_t groups = hcl_savings_groups(s), counted = t->s->group_columns[groups];
    if (groups < 2)
        return all;
    return counted > 0 ? counted : SHARED_COLUMNS + ceil((all - SHARED_COLUMNS) / groups);
}

/* Of those, how many the rank with most has: of one group the key's are spread by themselves, then the
 * proof's, then the sums; before it is known who has which, of several groups some more than a share. */
static double coset_owned(const struct hcl_cost_terms *t, const struct hcl_savings *s)
{
    const double key = s->key_anew ? t->key_fixed + t->c->permutation : 0;
    if (hcl_savings_groups(s) < 2)
        return ceil(key / t->ranks) + ceil(t->moving / t->ranks) + ceil(t->sums / t->ranks);
    if (t->s->group_owned[hcl_savings_groups(s)] > 0)
        return t->s->group_owned[hcl_savings_groups(s)];
    return ceil(coset_columns(t, s) / t->ranks) + (t->ranks > 1 ? fmin(t->ranks, UNEVEN) : 0);
}

/* The key's columns on all cosets, if they are kept, and the factors of transforms there. */
static double kept_bytes(const struct hcl_cost_terms *t, const struct hcl_savings *s)
{
    const double cosets = t->c->quotient_pieces, key = t->key_fixed + t->c->permutation;
    const double factors = hcl_cost_keeps_factors(t, s) ? ELEMENT * t->n * cosets : 0;
    return s->key_anew ? 0 : columns(t, cosets * (key + COSET_VECTORS)) + factors;
}

/* While the quotient is made: columns on a coset, pieces, the key's on all cosets. */
static double quotient_bytes(const struct hcl_cost_terms *t, const struct hcl_savings *s)
{
    const double cosets = t->c->quotient_pieces, key = t->key_fixed + t->c->permutation;
    const double vectors = s->key_anew ? COSET_VECTORS : 0;
    const double most = ceil((t->moving + t->sums + (s->key_anew ? key : 0)) / t->ranks);
    const bool in_place = hcl_cost_in_place(t);
    const double step = in_place ? 0 : hcl_cost_step(t) < most ? hcl_cost_step(t) : most;
    const double buffers = most > step ? 2 : 1; /* what travels, and what is made meanwhile */
    const double whole = ELEMENT * t->n * (t->ranks > 1 ? buffers * step : 0);
    const double tables = hcl_cost_keeps_factors(t, s) ? 0 : ELEMENT * t->n;
    const double sums = ELEMENT * t->n * ceil(t->sums / t->ranks);
    const double proof = coset_columns(t, s);
    /* In windows, a rank's columns for all that are near; else their rows of all columns. */
    const double near = hcl_cost_near(t), windows = near > 1 ? near / t->ranks : 0;
    const double here = windows * ELEMENT * t->n * coset_owned(t, s) + (1 - windows) * columns(t, proof);

    const double exchange = s->key_anew ? 0 : exchange_bytes(t); /* it rests */

    return here + kept_bytes(t, s) + columns(t, vectors + cosets) + sums + whole + tables +
           CONSTRAINTS_THREAD * (threads(t) - 1) + exchange;
}

/* A commitment: copies, points and buckets of the longest piece, part of a column, and the piece, if it
 * moved. */
static double commitment(const struct hcl_cost_terms *t, double row, double longest)
{
    const double moved = t->ranks > 1 && longest * t->ranks > 1 ? ELEMENT : 0;
    return (row + moved) * t->n * longest + HCL_MSM_THREAD_BYTES * threads(t);
}

/* After the quotient: its pieces, which are committed; then sums of the columns that are opened together, for
 * these a vector or two, then their divisions, then a commitment. */
static double opening_bytes(const struct hcl_cost_terms *t, const struct hcl_savings *s)
{
    const double pieces = t->c->quotient_pieces;
    const double waiting =
        s->scratch ? 2 * ELEMENT * t->n : 0; /* sum of what was on the disk, and one of it */
    const double scratch = t->ranks > 1 ? columns(t, TOGETHER) + waiting : ELEMENT * t->n;
    const double opened =
        columns(t, HCL_COST_OPENING_SETS + 1) +
        fmax(columns(t, OPENING_POINTS) + scratch, commitment(t, HCL_MSM_ROW_BYTES, 1.0 / t->ranks));
    const double committed = commitment(t, MSM_LONG_ROW, fmin(1, pieces / t->ranks));

    return columns(t, pieces) + kept_bytes(t, s) + fmax(opened, committed) + exchange_bytes(t);
}

/* Before columns are coefficients, all as values, compact ones aside: advice is committed; while products are
 * made the columns that they are of are in blocks of rows, where no window has them, and they themselves;
 * then these are whole and committed. */
static double products_bytes(const struct hcl_cost_terms *t, const struct hcl_savings *s)
{
    const uint32_t chunks = t->c->permutation_chunks;
    const bool lent = t->ranks > 1 && !s->key_anew && hcl_cost_in_place(t);
    const double windows = lent ? owned(t, t->moving + t->sums) : 0;
    const double blocks = t->ranks > 1 && !lent ? 2.0 * t->c->permutation + chunks : chunks;
    const double whole = t->moving - t->integers, advice = whole - chunks;
    const double most =
        fmax(owned(t, advice) + columns(t, blocks),
             fmax(owned(t, advice) +
                      fmax(commitment(t, MSM_MERGED_ROW, 1),
                           2 * HCL_MSM_THREAD_BYTES * threads(t)) /* runs of equal scalars, and their sums */,
                  owned(t, whole) + commitment(t, MSM_MERGED_ROW, fmin(1, chunks / t->ranks))));
    return integer_bytes(t, t->integers) + kept_bytes(t, s) + windows + most + exchange_bytes(t);
}

static double memory_of(const struct hcl_cost_terms *t, const struct hcl_savings *s)
{
    const double later = proof_columns(t, s) + fmax(quotient_bytes(t, s), opening_bytes(t, s));
    return SMALL_BUFFERS * (standing(t) + fmax(products_bytes(t, s), later));
}

/* A rank's columns as coefficients. */
static double scratch_of(const struct hcl_cost_terms *t, const struct hcl_savings *s)
{
    return s->scratch ? owned(t, t->moving - t->integers) : 0;
}

/* Ways to prove: whether the key's cosets are made anew, whether integers stay compact, groups, whether
 * columns wait on a disk. */
static const struct hcl_savings ways[] = { { false, false, 1, false }, { false, true, 1, false },
                                           { true, false, 1, false },  { true, true, 1, false },
                                           { true, false, 2, false },  { true, true, 2, false },
                                           { true, false, 4, false },  { true, true, 4, false },
                                           { true, false, 8, false },  { true, true, 8, false },
                                           { true, true, 1, true },    { true, true, 2, true },
                                           { true, true, 4, true },    { true, true, 8, true } };

/* While a layout is made: of a weight cell its digits, of a small cell its source and its share of the
 * copies, fixed columns that are no weights, tables of functions and what is said of the layout. */
#define LAYOUT_DIGIT 2
#define LAYOUT_CELL 14
#define LAYOUT_FIXED 1.2
#define LAYOUT_OWN_FIXED 20
#define LAYOUT_SMALL 5.5e6

double hcl_cost_layout_bytes(const struct hcl_shape *s)
{
    const double digits = s->weight_digits > 0 ? s->weight_digits : 1;

    return LAYOUT_SMALL + LAYOUT_DIGIT * digits * s->weight_rows * s->weight_columns +
           LAYOUT_CELL * (double)s->rows * s->lanes +
           LAYOUT_FIXED * ldexp(1, (int)s->k) * (s->lanes + LAYOUT_OWN_FIXED);
}

/* So much more than what is counted a proof may take without that it fails half-way. */
#define MARGIN 1.03

void hcl_cost_choose_savings(const struct hcl_cost_terms *t)
{
    struct hcl_cost *c = t->c;
    const double limit = (double)t->s->memory_limit;
    double best = INFINITY, least = INFINITY;

    c->savings = t->s->savings;
    c->memory_bytes = memory_of(t, &c->savings);
    c->scratch_bytes = scratch_of(t, &c->savings);
    if (t->s->savings_given || limit == 0)
        return;
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
        if (ways[i].scratch && !t->s->scratch)
            continue;
        const double bytes = memory_of(t, &ways[i]), seconds = hcl_cost_quotient_seconds(t, &ways[i]) +
                                                               hcl_cost_constraints_seconds(t, &ways[i]);
        const bool fits = MARGIN * bytes <= limit;
        const bool better = fits ? seconds < best : isinf(best) && bytes < least;

        least = bytes < least ? bytes : least;
        if (!better)
            continue;
        best = fits ? seconds : best;
        c->savings = ways[i];
        c->memory_bytes = bytes;
        c->scratch_bytes = scratch_of(t, &ways[i]);
    }
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "compiler/layout/cost_internal.h"
#include <math.h>

#define ELEMENT HCL_COST_ELEMENT
#define POINT HCL_COST_POINT

enum {
    COSET_VECTORS = 4, /* x, l_0, l_last, l_active */
    COSET_SCRATCH = 2, /* what they are made of */
    TWIDDLES = 68,     /* bytes of a row: tables of the transforms */
    CELL = 24,         /* bytes of a cell of the witness */
    OPENING_POINTS = 5 /* divisions at once */
};

/* Bytes of a fixed cell and of a cell of integers, blinding included. */
#define FIXED_CELL 1.5
#define INTEGER_CELL 3.5
/* All that is not counted here. */
#define SMALL_BUFFERS 1.025
/* Copies and points of a multi-scalar multiplication, bytes of a row of this rank. */
#define MSM_ROW 300
/* Of a thread: buckets of a multi-scalar multiplication, tiles of the constraints. */
#define MSM_THREAD 3.6e6
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

/* What is there all the time: SRS, values of the sigmas, powers of omega, tables of the transforms, compact
 * columns, the witness, weights. */
static double standing(const struct hcl_cost_terms *t)
{
    const double fixed = FIXED_CELL * t->n * (t->key_fixed + 3);
    const double node = t->s->node_ranks > 0 ? t->s->node_ranks : 1;
    return (2.0 * POINT / node + TWIDDLES) * t->n + owned(t, t->c->permutation) + columns(t, 1) + fixed +
           CELL * t->cells + 2 * t->weights / t->ranks;
}

/* Columns that a step of an exchange moves. */
static double exchange_columns(const struct hcl_cost_terms *t)
{
    const struct hcl_cost *c = t->c;
    const double ids = t->moving + t->sums + c->fixed + c->permutation;
    const double step = floor(HCL_COST_EXCHANGE_STEP / (t->n + HCL_COST_HALO * t->ranks));

    return step < 1 ? 1 : step < ids ? step : ids;
}

/* Its buffers: what a step sends, and the ranks' shares of one sum. */
static double exchange_bytes(const struct hcl_cost_terms *t)
{
    return t->ranks > 1 ? (exchange_columns(t) + 1) * ELEMENT * t->n : 0;
}

/* Of a rank, all rounds long once the witness is committed: columns as coefficients or compact, random
 * polynomial. */
static double proof_columns(const struct hcl_cost_terms *t, const struct hcl_savings *s)
{
    const double compact = s->keep_compact ? t->integers : 0;
    const double whole = s->scratch ? 0 : owned(t, t->moving - compact);
    return whole + columns(t, 1) + INTEGER_CELL * t->n * ceil(compact / t->ranks);
}

/* Columns on one coset: with parts all of those that are read in several rows, and of the others one; blocks
 * of rows have all that is read. */
static double coset_columns(double count, double turning, const struct hcl_savings *s)
{
    const double all = s->scratch ? 0 : turning;
    return all + (count - all) / hcl_savings_parts(s);
}

/* On their way to a disk: as many columns as there are threads, or the blocks of an exchange's. */
static double staged(const struct hcl_cost_terms *t, const struct hcl_savings *s, double step)
{
    if (!s->scratch || hcl_savings_parts(s) < 2)
        return 0;
    return ELEMENT * t->n * (t->ranks > 1 ? step : threads(t));
}

/* While the quotient is made: the proof's columns on a coset, pieces, the key's on this one or all cosets. */
static double quotient_bytes(const struct hcl_cost_terms *t, const struct hcl_savings *s)
{
    const uint32_t parts = hcl_savings_parts(s);
    const double cosets = t->c->quotient_pieces, key = t->key_fixed + t->c->permutation;
    const uint32_t apart = s->scratch ? 1 : parts; /* that are transformed on their own */
    const double proof = coset_columns(t->moving + t->sums, t->turning, s);
    const double scratch = s->scratch ? (double)COSET_SCRATCH / parts : COSET_SCRATCH;
    const double kept =
        s->key_anew ? (key + COSET_VECTORS) / parts + scratch : cosets * (key + COSET_VECTORS);
    const double most = ceil((t->moving + t->sums + (s->key_anew ? key : 0)) / t->ranks);
    const bool in_place = hcl_cost_in_place(t, s);
    const double step = in_place ? 0 : exchange_columns(t) < most ? exchange_columns(t) : most;
    const double whole = ELEMENT * t->n * ((t->ranks > 1 ? step / apart : 0) + (apart > 1 ? 2 : 0));
    const double tables = (ELEMENT + (apart > 1 ? TWIDDLES : 0)) * t->n / apart;
    const double sums = ELEMENT * t->n * ceil(t->sums / t->ranks);

    const double here = in_place ? owned(t, proof) - columns(t, proof) : 0; /* whole ones */

    return columns(t, proof + kept + cosets) + here + sums + whole + tables + staged(t, s, step) +
           CONSTRAINTS_THREAD * (threads(t) - 1) + exchange_bytes(t);
}

/* While the opening is made: pieces, sums of the columns that are opened together, their quotients. */
static double opening_bytes(const struct hcl_cost_terms *t, const struct hcl_savings *s)
{
    const double cosets = t->c->quotient_pieces, key = t->key_fixed + t->c->permutation;
    const double kept = s->key_anew ? 0 : cosets * (key + COSET_VECTORS);
    const double scratch = ELEMENT * t->n * (1 + (t->ranks > 1));

    return columns(t, cosets + HCL_COST_OPENING_SETS + OPENING_POINTS + 1 + kept) + scratch +
           MSM_ROW * t->n / t->ranks + MSM_THREAD * threads(t) + exchange_bytes(t);
}

/* Before columns wait on a disk: all as values, products in blocks of rows, too, which are committed, equal
 * scalars merged. */
static double products_bytes(const struct hcl_cost_terms *t)
{
    const uint32_t chunks = t->c->permutation_chunks;
    return owned(t, t->moving - t->integers) + INTEGER_CELL * t->n * ceil(t->integers / t->ranks) +
           columns(t, 2 * chunks) + MSM_ROW * t->n / t->ranks + MSM_THREAD * threads(t) + exchange_bytes(t);
}

static double memory_of(const struct hcl_cost_terms *t, const struct hcl_savings *s)
{
    const double later = proof_columns(t, s) + fmax(quotient_bytes(t, s), opening_bytes(t, s));
    return SMALL_BUFFERS * (standing(t) + (s->scratch ? fmax(products_bytes(t), later) : later));
}

/* A rank's columns as coefficients, and a coset. */
static double scratch_of(const struct hcl_cost_terms *t, const struct hcl_savings *s)
{
    const double key = t->key_fixed + t->c->permutation;
    if (!s->scratch)
        return 0;
    return owned(t, t->moving - t->integers) +
           (hcl_savings_parts(s) > 1 ? columns(t, t->moving + t->sums + key) : 0);
}

/* Ways to prove: whether the key's cosets are made anew, whether integers stay compact, parts, whether
 * columns wait on a disk. */
static const struct hcl_savings ways[] = { { false, false, 1, false }, { false, true, 1, false },
                                           { true, false, 1, false },  { true, true, 1, false },
                                           { true, false, 2, false },  { true, true, 2, false },
                                           { true, false, 4, false },  { true, true, 4, false },
                                           { true, false, 8, false },  { true, true, 8, false },
                                           { true, true, 1, true },    { true, true, 2, true },
                                           { true, true, 4, true },    { true, true, 8, true } };

/* So much more than what is counted a proof may take without that it fails half-way. */
#define MARGIN 1.02

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
        const double bytes = memory_of(t, &ways[i]), seconds = hcl_cost_quotient_seconds(t, &ways[i]);
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

/* SPDX-License-Identifier: Apache-2.0 */
#include "common/witness/columns.h"
#include "compiler/layout/cost_internal.h"
#include <math.h>

enum {
    OWN_FIXED = 18,    /* fixed columns beside the lanes' and the weights' (compiler/layout/circuit.c) */
    TABLE_COLUMNS = 3, /* of them linear, in a sum of their own */
    TABLE_SUMS = 1,
};

static uint32_t own_fixed(const struct hcl_shape *s)
{
    return s->lanes + OWN_FIXED + 2 * s->row_tables;
}

/* Columns and queries of compiler/layout/circuit.c; test_layout checks them against real circuits. */
static void count_columns(struct hcl_cost *c, const struct hcl_shape *s)
{
    c->fixed = own_fixed(s) + (s->private_weights ? 0 : s->weight_columns);
    c->advice_small =
        hcl_num_advice(s->lanes) - (s->lanes + 6) + (s->private_weights ? s->weight_columns : 0);
    c->advice_full = s->lanes + 6 + s->row_tables;
    c->permutation = s->lanes + 6;
    c->permutation_chunks = (c->permutation + s->degree - 3) / (s->degree - 2);
    c->quotient_pieces = s->degree - 1;
}

static size_t count_evaluations(const struct hcl_cost *c, const struct hcl_shape *s)
{
    size_t advice_queries = 4 * (size_t)s->lanes + s->registers + 13 + s->row_tables +
                            (s->private_weights ? s->weight_columns : 0);

    return advice_queries + c->fixed + 1 + c->permutation + 3 * (size_t)c->permutation_chunks - 1;
}

/* FORMAT section 9: points, then evaluations. */
static size_t proof_bytes(const struct hcl_cost *c, const struct hcl_shape *s)
{
    size_t points = c->advice_small + c->advice_full + c->permutation_chunks + 1 + c->quotient_pieces + 2;

    return 32 * (points + count_evaluations(c, s));
}

double hcl_shape_weights(const struct hcl_shape *s)
{
    return (double)s->weight_rows * s->weight_columns * (s->weight_digits ? s->weight_digits : 1);
}

static struct hcl_cost_terms terms_of(const struct hcl_shape *s, struct hcl_cost *c)
{
    const bool linear = s->weight_columns > 1;
    struct hcl_cost_terms t = {
        .s = s, .c = c, .n = (double)((uint64_t)1 << s->k), .ranks = s->ranks ? s->ranks : 1
    };
    const double share = t.n / t.ranks;

    t.cells = (double)s->rows * s->lanes;
    t.weights = hcl_shape_weights(s);
    t.listed = (double)s->random_rows * s->weight_columns;
    t.added = hcl_shape_added(s);
    t.sums = TABLE_SUMS + linear;
    t.moving = hcl_num_advice(s->lanes) + s->row_tables + c->permutation_chunks + 1 +
               (s->private_weights && !linear ? s->weight_columns : 0);
    t.integers = c->advice_small - (s->private_weights && linear ? s->weight_columns : 0);
    t.key_fixed = own_fixed(s) - TABLE_COLUMNS + (!s->private_weights && !linear ? s->weight_columns : 0);
    t.msm = hcl_cost_msm_of(share);
    return t;
}

/* ---- time ---- */

static void set(const struct hcl_cost_terms *t, hcl_cost_phase p, double seconds, uint32_t msms,
                uint32_t ntts)
{
    t->c->phase[p] = (struct hcl_phase_work){ .seconds = seconds, .msms = msms, .ntts = ntts };
    t->c->seconds += seconds;
}

/* Seconds of columns of so many elements that become row blocks: a rank copies what stays of its own. What it
 * sends goes from where it lies to where it belongs. */
static double moved(const struct hcl_cost_terms *t, double elements)
{
    return t->ranks > 1 ? HCL_COST_EXCHANGE * elements / t->ranks / t->ranks : 0;
}

double hcl_cost_ntt(double k)
{
    return HCL_COST_NTT * k + HCL_COST_NTT_ROW;
}

/* Seconds of n full-size scalars of their own, in one vector. */
static double whole(const struct hcl_cost_terms *t)
{
    return t->n * hcl_cost_msm_of(t->n);
}

static void predict_inference(const struct hcl_cost_terms *t, const struct hcl_cost_commitments *m)
{
    const struct hcl_shape *s = t->s;
    const double gather = t->ranks > 1 ? HCL_COST_GATHER * s->gathered : 0;
    const double few = m->lanes_most + 1 / t->ranks;
    const double repeated =
        !m->few_lanes ? HCL_COST_CELL_STORE * t->cells + gather
                      : HCL_COST_CELL_VALUE * t->cells + few * (HCL_COST_CELL_STORE * t->cells + gather);
    const double shared = HCL_COST_CELL_COUNT * t->cells + HCL_COST_RUN_WEIGHT * t->weights +
                          HCL_COST_RUN_MACS * s->multiplications;

    set(t, HCL_COST_INFERENCE, repeated + shared / t->ranks, 0, 0);
    t->c->phase[HCL_COST_INFERENCE].repeated = repeated;
}

static void predict_judge(const struct hcl_cost_terms *t)
{
    const struct hcl_shape *s = t->s;
    const double weights = HCL_COST_JUDGE_WEIGHT * t->weights,
                 products = HCL_COST_JUDGE_MACS * s->multiplications;
    const double share = s->multiplications > 0 ? fmin(1, s->shared.multiplications / s->multiplications) : 0;
    const double whole = s->shared.results - s->shared.gathered;
    /* Of the products, what each rank reads. */
    const double again = HCL_COST_JUDGE_WINDOW * s->shared.windows * (1 - 1 / t->ranks);
    const double alone = HCL_COST_JUDGE_MOVE * whole + weights * s->shared.alone + products * (1 - share) +
                         again + (t->ranks > 1 ? HCL_COST_JUDGE_GATHER * s->shared.gathered : 0);

    set(t, HCL_COST_JUDGE,
        alone +
            (weights * (1 - s->shared.alone) + products * share + HCL_COST_JUDGE_CELL * t->cells) / t->ranks,
        0, 0);
    t->c->phase[HCL_COST_JUDGE].repeated = alone;
}

/* Memory-bound work of ranks that share a node's memory takes longer. */
static double beside(const struct hcl_cost_terms *t)
{
    return hcl_cost_near(t) > 1 ? HCL_COST_BESIDE : 1;
}

double hcl_cost_fresh(const struct hcl_cost_terms *t)
{
    return t->n >= HCL_COST_HUGE_ROWS ? HCL_COST_FRESH : HCL_COST_FRESH_SMALL;
}

/* What D's owner puts together, in three vectors, while the others make columns of their own. */
static double putting_together(const struct hcl_cost_terms *t)
{
    const struct hcl_shape *s = t->s;

    return (3 * hcl_cost_fresh(t) + HCL_COST_ROW_END) * s->rows + HCL_COST_PASS_END * s->weight_passes;
}

static void predict_witness(const struct hcl_cost_terms *t, const struct hcl_cost_commitments *m)
{
    const struct hcl_shape *s = t->s;
    /* What all go through, and what PHI grows by, which is made in a vector of all rows. */
    const double all =
        HCL_COST_WEIGHT_LIST * s->weight_rows + hcl_cost_fresh(t) * fmax(s->rows, s->table_rows);
    const double apart = fmax(m->wide, m->wide_maker + putting_together(t));
    const double shared = HCL_COST_CELL_SUM * t->cells + HCL_COST_ROW_SUM * s->rows +
                          HCL_COST_TABLE_ROW * s->table_rows + HCL_COST_WEIGHT_CELL * t->weights +
                          HCL_COST_WEIGHT_ROW * t->added + HCL_COST_WEIGHT_FILL * s->weight_rows;

    set(t, HCL_COST_WITNESS, apart + shared / t->ranks + all, 0, 0);
    t->c->phase[HCL_COST_WITNESS].repeated = putting_together(t) + all;
    set(t, HCL_COST_COMMIT_ADVICE, whole(t) * (m->small.slowest + m->full.slowest),
        t->c->advice_small + t->c->advice_full, 0);
}

/* Whether a rank has one window, from the key's cosets on (worker/lent.h): products read whole columns there,
 * and its pages are there for the quotient. */
static bool lent(const struct hcl_cost_terms *t, const struct hcl_savings *s)
{
    return hcl_cost_in_place(t) && !s->key_anew;
}

static void predict_products(const struct hcl_cost_terms *t, const struct hcl_cost_commitments *m)
{
    const struct hcl_cost *c = t->c;
    const double factors = t->n * c->permutation;
    const double copied = lent(t, &c->savings) ? t->ranks : 1;

    set(t, HCL_COST_PRODUCTS,
        HCL_COST_PRODUCT * factors / t->ranks + moved(t, 2 * copied * factors + t->n * c->permutation_chunks),
        0, 0);
    set(t, HCL_COST_COMMIT_PRODUCTS, whole(t) * m->products.slowest, c->permutation_chunks, 0);
    set(t, HCL_COST_RANDOM_POLYNOMIAL, HCL_COST_RANDOM * t->n / t->ranks, 1, 0);
}

double hcl_cost_near(const struct hcl_cost_terms *t)
{
    const double node = t->s->node_ranks > 0 ? t->s->node_ranks : 1, left = fmod(t->ranks, node);
    return ((t->ranks - left) * node + left * left) / t->ranks;
}

double hcl_cost_fewest_near(const struct hcl_cost_terms *t)
{
    const double node = t->s->node_ranks > 0 ? t->s->node_ranks : 1, left = fmod(t->ranks, node);
    return left > 0 ? left : node;
}

bool hcl_cost_in_place(const struct hcl_cost_terms *t)
{
    return t->ranks > 1 && hcl_cost_near(t) == t->ranks;
}

bool hcl_cost_keeps_factors(const struct hcl_cost_terms *t, const struct hcl_savings *s)
{
    return !s->key_anew && t->ranks >= HCL_KEPT_FACTORS_RANKS;
}

uint32_t hcl_cost_quotient_ntts(const struct hcl_cost_terms *t, const struct hcl_savings *s)
{
    const uint32_t key = s->key_anew ? t->key_fixed + t->c->permutation : 0;
    const uint32_t compact = key + (s->keep_compact ? t->integers : 0);
    return t->c->quotient_pieces * (t->moving + t->sums + key + compact);
}

/* Seconds of an integer that becomes a field element of a new column: from 2 MiB on those have huge pages. */
static double expanding(const struct hcl_cost_terms *t)
{
    return t->n >= HCL_COST_HUGE_ROWS ? HCL_COST_EXPANDED_HUGE : HCL_COST_EXPANDED;
}

double hcl_cost_quotient_seconds(const struct hcl_cost_terms *t, const struct hcl_savings *s)
{
    const double cosets = t->c->quotient_pieces, ntt = hcl_cost_ntt(t->s->k);
    const double key = s->key_anew ? t->key_fixed + t->c->permutation : 0,
                 compact = s->keep_compact ? t->integers : 0;
    const double columns = t->moving + t->sums + key;
    const bool window = hcl_cost_near(t) > 1;
    const double fresh = lent(t, s) ? 0 : window ? HCL_COST_FRESH_WINDOW : HCL_COST_FRESH; /* the first */
    const double apart = window ? HCL_COST_APART_WINDOW : HCL_COST_APART;
    const double back = cosets * (key + compact);
    const double before = compact; /* that become no coefficients before */
    const double waiting =
        s->scratch ? (t->moving - compact) * (cosets + 3) : 0; /* evaluated and opened, too */

    return t->n * (((ntt + apart) * cosets + fresh) * columns + (ntt + expanding(t)) * (back - before) +
                   HCL_COST_SCRATCH * waiting);
}

double hcl_cost_constraints_seconds(const struct hcl_cost_terms *t, const struct hcl_savings *s)
{
    const double all = 17.0 * t->s->lanes + 3.0 * t->c->permutation + 55 + 11.0 * t->s->row_tables;
    const double again = HCL_COST_GROUP * (hcl_savings_groups(s) - 1);

    return beside(t) * HCL_COST_MUL * t->n * t->c->quotient_pieces * (all + again);
}

/* Seconds in which so many vectors in row blocks become coefficients: whole at a rank each, or by all ranks
 * together (worker/rounds/rows_intt.h). */
static bool together(const struct hcl_cost_terms *t, double vectors)
{
    return t->ranks > 2 * vectors;
}

static double back_to_coefficients(const struct hcl_cost_terms *t, double vectors)
{
    const double transform = hcl_cost_ntt(t->s->k) * t->n;
    return together(t, vectors) ? vectors * (transform + HCL_COST_TOGETHER * t->n) / t->ranks
                                : ceil(vectors / t->ranks) * transform;
}

/* Seconds of columns that all ranks transform to the cosets together, which one owner each has dealt out. */
static double shared_seconds(const struct hcl_cost_terms *t, double columns)
{
    const double each = (hcl_cost_ntt(t->s->k) + HCL_COST_TOGETHER) * t->n / t->ranks;
    return columns > 0 ? columns * t->c->quotient_pieces * each + HCL_COST_EXCHANGE * t->n : 0;
}

/* Of sums over ranks what is added to a rank's rows: as many rows as it makes of its own summands. */
static double adding(const struct hcl_cost_terms *t, double summands)
{
    return t->ranks > 1 ? HCL_COST_SUMMAND * t->n * summands * (1 - 1 / t->ranks) : 0;
}

/* Of sums of compact columns, whatever their number: a rank makes all rows of its own summand, or its rows of
 * columns that all ranks have. */
static double linear_rows(const struct hcl_cost_terms *t, double summands, double shared)
{
    return HCL_COST_LINEAR_ROW * t->n * (summands + shared / t->ranks);
}

static void predict_quotient(const struct hcl_cost_terms *t, const struct hcl_cost_commitments *m)
{
    const struct hcl_shape *s = t->s;
    const struct hcl_cost *c = t->c;
    const struct hcl_savings *savings = &c->savings;
    const double ntt = hcl_cost_ntt(s->k) * t->n, cosets = c->quotient_pieces;
    const uint32_t key = savings->key_anew ? t->key_fixed + c->permutation : 0;
    const uint32_t before = t->moving - (savings->keep_compact ? t->integers : 0);
    const double integers = savings->keep_compact ? 0 : t->integers;
    const double others = ntt * (double)(t->moving - before);
    /* Of the sums of linear columns that of weights, if they are, is over ranks. */
    const double factors = hcl_cost_keeps_factors(t, savings) ? 0 : HCL_COST_COSET_SET * t->n * cosets;
    const double repeated =
        factors + adding(t, m->weighing / t->ranks) + linear_rows(t, t->sums - TABLE_SUMS, TABLE_SUMS);

    /* The rank with most columns, next to the average. */
    const double uneven = m->alone * t->ranks / (t->moving + t->sums + key);

    set(t, HCL_COST_COEFFICIENTS, (ntt * before + expanding(t) * t->n * integers) / t->ranks * m->uneven, 0,
        before);
    set(t, HCL_COST_TRANSFORMS,
        (hcl_cost_quotient_seconds(t, savings) * uneven + others + HCL_COST_LINEAR * t->weights +
         HCL_COST_LISTED * t->listed + HCL_COST_COSET * t->n * cosets) /
                t->ranks +
            back_to_coefficients(t, t->sums) + shared_seconds(t, m->together) + repeated +
            (hcl_cost_in_place(t)
                 ? 0
                 : hcl_cost_near(t) * moved(t, t->n * cosets * (t->moving + t->sums + key - m->together))),
        0, t->sums + hcl_cost_quotient_ntts(t, savings));
    set(t, HCL_COST_CONSTRAINTS, hcl_cost_constraints_seconds(t, savings) / t->ranks, 0, 0);
    t->c->phase[HCL_COST_TRANSFORMS].repeated = repeated;
    set(t, HCL_COST_PIECES,
        beside(t) * (back_to_coefficients(t, cosets) + HCL_COST_PIECE * t->n * cosets * cosets / t->ranks) +
            (together(t, cosets) ? 0 : moved(t, 4 * t->n * cosets)), /* out and in, twice */
        0, c->quotient_pieces);
    set(t, HCL_COST_COMMIT_QUOTIENT, whole(t) * m->quotient.slowest, c->quotient_pieces, 0);
}

uint32_t hcl_cost_compact_sums(const struct hcl_cost_terms *t)
{
    return 1 + (t->c->savings.keep_compact && t->s->registers > 0); /* of one rotation; of the row above */
}

static void predict_opening(const struct hcl_cost_terms *t, const struct hcl_cost_commitments *m)
{
    const struct hcl_cost *c = t->c;
    const double queries = t->moving + c->permutation + t->s->lanes + 14;
    const double evaluate = HCL_COST_EVALUATE * queries + HCL_COST_EXPAND * own_fixed(t->s);
    const double open = HCL_COST_COMBINE * t->moving + HCL_COST_OPEN;
    const double listed = HCL_COST_LISTED * t->listed;
    const double together = t->ranks > 1 ? HCL_COST_TOGETHER : 0;
    const double back = hcl_cost_ntt(t->s->k) + HCL_COST_OPEN_SUM + together;
    const double repeated =
        linear_rows(t, hcl_cost_compact_sums(t), t->ranks > 1) + adding(t, m->summands / t->ranks);

    set(t, HCL_COST_EVALUATION,
        (HCL_COST_LAGRANGE * t->n +
         beside(t) * (evaluate * t->n + HCL_COST_LINEAR_EVALUATE * t->weights + listed)) /
            t->ranks,
        0, 0);
    set(t, HCL_COST_OPENING,
        repeated + (hcl_cost_compact_sums(t) * back * t->n +
                    beside(t) * (open * t->n + HCL_COST_LINEAR_OPEN * t->weights + listed)) /
                       t->ranks,
        0, hcl_cost_compact_sums(t));
    t->c->phase[HCL_COST_OPENING].repeated = repeated;
    set(t, HCL_COST_COMMIT_OPENING, 2 * t->msm * t->n / t->ranks, 2, 0);
}

/* ---- what moves ---- */

/* Exchanges, one after the other, of so many messages in all that a rank sends. */
static void meet(const struct hcl_cost_terms *t, hcl_cost_phase p, double exchanges, double messages)
{
    t->c->phase[p].exchanges += exchanges;
    t->c->phase[p].messages += messages;
}

/* Reductions of a few integers, which take a message after the other (hcl_comm_agree). */
static void agree(const struct hcl_cost_terms *t, hcl_cost_phase p, double reductions)
{
    t->c->phase[p].exchanges += reductions * ceil(log2(t->ranks));
}

/* All but what is moved to cosets is sent whether ranks are near or not. */
static void count_away(const struct hcl_cost_terms *t)
{
    const double share = (t->ranks - hcl_cost_near(t)) / (t->ranks - 1);
    for (int i = 0; i < HCL_COST_PHASES; i++)
        t->c->phase[i].bytes_away += share * t->c->phase[i].bytes_sent;
}

/* Columns to cosets, of which ranks near their owners read their blocks in place. */
static void move_to_cosets(const struct hcl_cost_terms *t, double columns)
{
    struct hcl_phase_work *w = &t->c->phase[HCL_COST_TRANSFORMS];
    const double away = t->ranks - hcl_cost_near(t);
    const double bytes = HCL_COST_ELEMENT * t->n * columns / t->ranks * away / t->ranks;

    w->bytes_sent += bytes;
    w->bytes_away += bytes;
    /* All but the last step of a coset travels while the next is made (worker/rounds/coset.c). */
    const double steps = ceil(ceil(columns / t->c->quotient_pieces / t->ranks) / hcl_cost_step(t));
    meet(t, HCL_COST_TRANSFORMS, away > 0 ? steps * t->c->quotient_pieces : 0, columns / t->ranks * away);
    w->overlapped = steps > 1 ? 1 - 1 / steps : 0;
}

/* As many elements as columns have, between a rank's place for them and all ranks'. */
static void move_elements(const struct hcl_cost_terms *t, hcl_cost_phase p, double columns)
{
    t->c->phase[p].bytes_sent += HCL_COST_ELEMENT * t->n * columns / t->ranks * (1 - 1 / t->ranks);
}

/* Columns between their owners and row blocks, a message each. */
static void move_columns(const struct hcl_cost_terms *t, hcl_cost_phase p, double columns)
{
    move_elements(t, p, columns);
    meet(t, p, ceil(columns / t->ranks), columns / t->ranks * (t->ranks - 1));
}

/* Pieces of vectors that a rank commits to. */
static void move_pieces(const struct hcl_cost_terms *t, hcl_cost_phase p, double moved)
{
    t->c->phase[p].bytes_sent += HCL_COST_ELEMENT * t->n * moved / t->ranks;
    meet(t, p, moved > 0, moved > 0);
}

/* Vectors that every rank has a summand of, into row blocks. */
static void move_sums(const struct hcl_cost_terms *t, hcl_cost_phase p, double vectors)
{
    t->c->phase[p].bytes_sent += HCL_COST_ELEMENT * t->n * vectors * (1 - 1 / t->ranks);
    meet(t, p, vectors * fmin(HCL_COST_SUM_STEPS, t->ranks - 1), vectors * (t->ranks - 1));
}

/* Three transpositions of each vector. */
static void move_transforms(const struct hcl_cost_terms *t, hcl_cost_phase p, double vectors)
{
    move_elements(t, p, 3 * vectors);
    meet(t, p, 3 * vectors, 3 * vectors * (t->ranks - 1));
}

/* Of sums all but the first step travels while the next is made or the one before is added (hcl_sum_to_rows).
 */
static void overlap_sums(const struct hcl_cost_terms *t, hcl_cost_phase p, double vectors)
{
    struct hcl_phase_work *w = &t->c->phase[p];
    const double steps = fmin(HCL_COST_SUM_STEPS, t->ranks - 1);
    const double bytes = HCL_COST_ELEMENT * t->n * vectors * (1 - 1 / t->ranks);
    w->overlapped = (1 - 1 / steps) * bytes / w->bytes_sent;
}

/* Columns that all ranks transform: dealt out once, then two transpositions a coset of all at once. */
static void move_shared(const struct hcl_cost_terms *t, double columns)
{
    const double cosets = t->c->quotient_pieces;
    if (columns == 0)
        return;
    move_elements(t, HCL_COST_TRANSFORMS, columns * (1 + 2 * cosets));
    meet(t, HCL_COST_TRANSFORMS, 1 + 2 * cosets, (columns / t->ranks + 2 * cosets) * (t->ranks - 1));
}

static void tell(const struct hcl_cost_terms *t, hcl_cost_phase p, double bytes)
{
    t->c->phase[p].bytes_sent += bytes * (t->ranks - 1);
    meet(t, p, 1, t->ranks - 1);
}

/* Rows of what is looked up: of the functions' tables, and of tables of rows behind them
 * (hcl_program_lookup_rows). */
static double lookup_rows(const struct hcl_shape *s)
{
    return s->row_tables ? s->weight_rows : s->table_rows;
}

/* The input; accumulators, from the ranks that have the weights to all, a block after the other; counts of
 * look-ups. */
static void move_activations(const struct hcl_cost_terms *t, const struct hcl_cost_commitments *m)
{
    struct hcl_phase_work *w = &t->c->phase[HCL_COST_INFERENCE];

    const double sums =
        m->few_lanes ? t->s->told + (m->lanes + 1 / t->ranks) * t->s->gathered : t->s->gathered;

    w->bytes_sent += (sums + 8.0 * t->s->inputs) * (1 - 1 / t->ranks) + 8.0 * lookup_rows(t->s);
    meet(t, HCL_COST_INFERENCE, t->s->deliveries, (double)t->s->deliveries * (t->ranks - 1));
    agree(t, HCL_COST_INFERENCE, t->s->deliveries);
}

/* Results, from who made them to all, and what is public; on average. */
static void move_judged(const struct hcl_cost_terms *t)
{
    const struct hcl_shared_products *x = &t->s->shared;
    struct hcl_phase_work *w = &t->c->phase[HCL_COST_JUDGE];

    w->bytes_sent +=
        (4 * (x->gathered + x->told) + HCL_COST_ELEMENT * t->s->public_values) * (1 - 1 / t->ranks);
    meet(t, HCL_COST_JUDGE, x->tellings, x->tellings * (t->ranks - 1));
}

/* A vector that every rank has a summand of, to one or more of them (hcl_team_sum). */
static void move_team_sum(const struct hcl_cost_terms *t, double elements, double to)
{
    struct hcl_phase_work *w = &t->c->phase[HCL_COST_WITNESS];

    w->bytes_sent += HCL_COST_ELEMENT * elements * (1 - 1 / t->ranks) * (1 + to / t->ranks);
    meet(t, HCL_COST_WITNESS, 2, 2 * (t->ranks - 1));
}

/* What PHI grows by; the sums of weights, to each rank those of its rows, from there what passes grow by to
 * the rank that owns D, which tells all their factors, and U and D to their owners; three sums of each row to
 * the owner of D, and from there to the owners of A0, A1 and B. */
static void move_witness(const struct hcl_cost_terms *t, const struct hcl_cost_commitments *m)
{
    const struct hcl_shape *s = t->s;
    const double element = HCL_COST_ELEMENT / t->ranks, ranks = t->ranks;
    const double others = 1 - 1 / ranks, both = 2;
    double owners = 0;

    for (int i = HCL_WIDE_A0; i <= HCL_WIDE_B; i++)
        owners += m->owner[i] != m->owner[HCL_WIDE_D];
    move_team_sum(t, fmax(s->rows, lookup_rows(s)), 1);
    if (s->row_tables)
        move_team_sum(t, s->weight_rows - s->table_rows, 2);
    t->c->phase[HCL_COST_WITNESS].bytes_sent +=
        element * (others * ((ranks + both) * s->weight_rows + both * s->weight_passes + 3.0 * s->rows) +
                   owners * s->rows);
    meet(t, HCL_COST_WITNESS, 3, ranks + 5);
}

static void count_moves(const struct hcl_cost_terms *t, const struct hcl_cost_commitments *m,
                        size_t evaluations)
{
    const struct hcl_cost *c = t->c;
    const double cosets = c->quotient_pieces, key = c->savings.key_anew ? t->key_fixed + c->permutation : 0;

    if (t->ranks < 2)
        return;
    for (int i = 0; i < HCL_COST_PHASES; i++)
        agree(t, (hcl_cost_phase)i, 2);
    move_activations(t, m);
    move_judged(t);
    move_witness(t, m);
    move_pieces(t, HCL_COST_COMMIT_ADVICE, m->small.moved);
    move_pieces(t, HCL_COST_COMMIT_ADVICE, m->full.moved);
    tell(t, HCL_COST_COMMIT_ADVICE, HCL_COST_POINT * (c->advice_small + c->advice_full));
    move_columns(t, HCL_COST_PRODUCTS,
                 (lent(t, &c->savings) ? 0 : 2.0 * c->permutation) + c->permutation_chunks);
    move_pieces(t, HCL_COST_COMMIT_PRODUCTS, m->products.moved);
    tell(t, HCL_COST_COMMIT_PRODUCTS, HCL_COST_POINT * c->permutation_chunks);
    tell(t, HCL_COST_RANDOM_POLYNOMIAL, HCL_COST_POINT);
    move_sums(t, HCL_COST_TRANSFORMS, m->weighing / t->ranks);
    move_columns(t, HCL_COST_TRANSFORMS, t->sums);
    if (together(t, t->sums))
        move_transforms(t, HCL_COST_TRANSFORMS, t->sums);
    move_shared(t, m->together);
    if (together(t, cosets))
        move_transforms(t, HCL_COST_PIECES, cosets);
    else
        move_columns(t, HCL_COST_PIECES, 2 * cosets);
    move_pieces(t, HCL_COST_COMMIT_QUOTIENT, m->quotient.moved);
    tell(t, HCL_COST_COMMIT_QUOTIENT, HCL_COST_POINT * cosets);
    tell(t, HCL_COST_EVALUATION, HCL_COST_ELEMENT * (double)evaluations);
    tell(t, HCL_COST_EVALUATION, HCL_COST_ELEMENT * t->n / t->ranks);
    move_sums(t, HCL_COST_OPENING, m->summands / t->ranks);
    move_transforms(t, HCL_COST_OPENING, hcl_cost_compact_sums(t));
    overlap_sums(t, HCL_COST_OPENING, m->summands / t->ranks);
    tell(t, HCL_COST_COMMIT_OPENING, 2 * HCL_COST_POINT);
    count_away(t);
    move_to_cosets(t, cosets * (t->moving + t->sums + key - m->together));
}

static struct hcl_cost_terms begin(struct hcl_cost *c, const struct hcl_shape *s)
{
    *c = (struct hcl_cost){ 0 };
    count_columns(c, s);
    c->proof_bytes = proof_bytes(c, s);
    const struct hcl_cost_terms t = terms_of(s, c);
    hcl_cost_choose_savings(&t);
    return t;
}

struct hcl_cost hcl_cost_memory_of(const struct hcl_shape *s)
{
    struct hcl_cost c;
    (void)begin(&c, s);
    return c;
}

hcl_status hcl_cost_of(struct hcl_cost *out, const struct hcl_shape *s, struct hcl_err *err)
{
    const struct hcl_cost_terms t = begin(out, s);
    struct hcl_cost_commitments m;
    const hcl_status st = hcl_cost_share_commitments(&m, &t, err);

    if (st != HCL_OK)
        return st;
    predict_inference(&t, &m);
    predict_judge(&t);
    predict_witness(&t, &m);
    predict_products(&t, &m);
    predict_quotient(&t, &m);
    predict_opening(&t, &m);
    count_moves(&t, &m, count_evaluations(out, s));
    return HCL_OK;
}

const char *hcl_cost_phase_name(hcl_cost_phase p)
{
    static const char *const names[HCL_COST_PHASES] = {
        [HCL_COST_INFERENCE] = "inference",
        [HCL_COST_JUDGE] = "judge",
        [HCL_COST_WITNESS] = "witness",
        [HCL_COST_COMMIT_ADVICE] = "commit advice",
        [HCL_COST_PRODUCTS] = "products",
        [HCL_COST_COMMIT_PRODUCTS] = "commit products",
        [HCL_COST_RANDOM_POLYNOMIAL] = "random polynomial",
        [HCL_COST_COEFFICIENTS] = "coefficients",
        [HCL_COST_TRANSFORMS] = "quotient: transforms",
        [HCL_COST_CONSTRAINTS] = "quotient: constraints",
        [HCL_COST_PIECES] = "quotient: pieces",
        [HCL_COST_COMMIT_QUOTIENT] = "commit quotient",
        [HCL_COST_EVALUATION] = "evaluate",
        [HCL_COST_OPENING] = "open",
        [HCL_COST_COMMIT_OPENING] = "commit opening",
    };

    return names[p];
}

static double score(const struct hcl_cost *c)
{
    return c->seconds * pow((double)c->proof_bytes, HCL_COST_BALANCE);
}

bool hcl_cost_better(const struct hcl_cost *a, const struct hcl_cost *b, hcl_objective objective)
{
    if (objective == HCL_FOR_PROOF_SIZE && a->proof_bytes != b->proof_bytes)
        return a->proof_bytes < b->proof_bytes;
    if (objective == HCL_FOR_MEMORY && a->memory_bytes != b->memory_bytes)
        return a->memory_bytes < b->memory_bytes;
    if (objective == HCL_FOR_BALANCE && score(a) != score(b))
        return score(a) < score(b);
    return a->seconds < b->seconds;
}

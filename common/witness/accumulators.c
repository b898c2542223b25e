/* SPDX-License-Identifier: Apache-2.0 */
/* The accumulators A0, A1, B, and with them the sums of weights U, D. First the Horner sums within each row,
 * by vector kernels and all threads; then what rows take from the rows above them, in blocks of rows that
 * copy nothing from each other: within a block each column is a few linear recurrences with a constant
 * factor. Weight rows follow stage by stage. Ranks of a team share the sums within rows and the sums of
 * weights; one of them goes through the recurrences. */
#include "common/poly/poly.h"
#include "common/sys/mem.h"
#include "common/witness/columns.h"
#include "common/witness/team.h"
#include "common/witness/witness_internal.h"
#include <omp.h>
#include <string.h>

#define CHUNK 1024
/* Shorter recurrences are done row by row: a vector of them takes two passes. */
#define LEAST_SCAN 256
#define TOTALS (HCL_ROW_SUM | HCL_ROW_SQUARES)

struct accumulators {
    const struct hcl_witness *w;
    const hcl_fr *challenges;
    hcl_fr *a0, *a1, *b; /* of all rows; of rows [first, end), while those are added up */
    uint32_t first, end;
    struct hcl_weight_sums weights;
    hcl_fr s_row, t_row; /* s^L, t^L */
    int threads;
};

/* Scratch of one thread. */
struct lane {
    hcl_fr value[CHUNK], square[CHUNK];
    int64_t small[CHUNK];
};

/* S*q + r as a field element; cells of an honest run fit 64 bits, forged ones (tests) need not. */
static void output_value(hcl_fr *out, int64_t s, int64_t q, int64_t r)
{
    hcl_fr f;

    hcl_fr_from_i64(out, s);
    hcl_fr_from_i64(&f, q);
    hcl_fr_mul(out, out, &f);
    hcl_fr_from_i64(&f, r);
    hcl_fr_add(out, out, &f);
}

/* sum = sum*point + column of cells */
static void add_lane(struct lane *l, hcl_fr *sum, const hcl_fr *point, const int64_t *cells, uint32_t lanes,
                     uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        l->small[i] = cells[(size_t)i * lanes];
    hcl_fr_from_i64_vec(l->value, l->small, count);
    hcl_fr_horner_vec(sum, point, l->value, count);
}

/* sum = sum*point + (S*Q_j + R_j) */
static void add_output_lane(const struct accumulators *a, struct lane *l, hcl_fr *sum, const hcl_fr *point,
                            uint32_t first, uint32_t lane, uint32_t count)
{
    const struct hcl_program *p = a->w->prog;
    const struct hcl_cells *cells = &a->w->cells;
    bool wide = false;

    for (uint32_t i = 0; i < count; i++) {
        size_t at = (size_t)(first + i) * p->lanes + lane;
        int64_t z = 0;
        wide |= __builtin_mul_overflow(p->classes[p->rows[first + i].cls].s, cells->q[at], &z) ||
                __builtin_add_overflow(z, cells->r[at], &z);
        l->small[i] = z;
    }
    hcl_fr_from_i64_vec(l->value, l->small, count);
    for (uint32_t i = 0; wide && i < count; i++) {
        size_t at = (size_t)(first + i) * p->lanes + lane;
        output_value(&l->value[i], p->classes[p->rows[first + i].cls].s, cells->q[at], cells->r[at]);
    }
    hcl_fr_horner_vec(sum, point, l->value, count);
}

/* B += Y_j, or Y_j + t*Y_j^2 = Y_j*(1 + t*Y_j) */
static void add_total(const struct accumulators *a, struct lane *l, bool squares, uint32_t first,
                      uint32_t lane, uint32_t count)
{
    const uint32_t lanes = a->w->prog->lanes;
    const int64_t *cells = a->w->cells.y + (size_t)first * lanes + lane;

    for (uint32_t i = 0; i < count; i++)
        l->small[i] = cells[(size_t)i * lanes];
    hcl_fr_from_i64_vec(l->value, l->small, count);
    if (squares) {
        hcl_fr_mul_vec(l->square, l->value, l->value, count);
        hcl_fr_horner_vec(l->square, &a->challenges[HCL_CH_T], l->value, count);
    }
    hcl_fr_add_vec(a->b + first - a->first, a->b + first - a->first, squares ? l->square : l->value, count);
}

/* The end of the rows from `row` on, but before `end`, that have the same of these gates. */
static uint32_t same_gates(const struct hcl_program *p, uint32_t row, uint32_t end, uint32_t gates)
{
    uint32_t next = row + 1;

    while (next < end && ((p->rows[next].flags ^ p->rows[row].flags) & gates) == 0)
        next++;
    return next;
}

/* The sums of rows [first, first + count) with these gates, without what comes from above. */
static void sum_rows(const struct accumulators *a, struct lane *l, uint32_t gates, uint32_t first,
                     uint32_t count)
{
    const struct hcl_cells *cells = &a->w->cells;
    const hcl_fr *s = &a->challenges[HCL_CH_S], *t = &a->challenges[HCL_CH_T];
    uint32_t lanes = a->w->prog->lanes;
    size_t at = (size_t)first * lanes;

    for (uint32_t j = 0; gates & (HCL_ROW_HY | HCL_ROW_HYT) && j < lanes; j++)
        add_lane(l, a->a1 + first - a->first, gates & HCL_ROW_HY ? s : t, cells->y + at + j, lanes, count);
    for (uint32_t j = 0; gates & TOTALS && j < lanes; j++)
        add_total(a, l, gates & HCL_ROW_SQUARES, first, j, count);
    for (uint32_t j = 0; gates & (HCL_ROW_HZ | HCL_ROW_HT) && j < lanes; j++)
        add_output_lane(a, l, a->a0 + first - a->first, gates & HCL_ROW_HZ ? s : t, first, j, count);
}

static hcl_status sum_own_rows(const struct accumulators *a, struct hcl_err *err)
{
    const struct hcl_program *p = a->w->prog;
    const uint32_t kinds[] = { HCL_ROW_HY | HCL_ROW_HYT, HCL_ROW_HZ | HCL_ROW_HT, TOTALS };
    struct lane *scratch;
    hcl_status st =
        hcl_mem_alloc((void **)&scratch, (size_t)a->threads, sizeof(*scratch), "accumulators", err);

    if (st != HCL_OK)
        return st;
#pragma omp parallel for num_threads(a->threads) schedule(dynamic, 1)
    for (uint32_t first = a->first; first < a->end; first += CHUNK) {
        uint32_t end = a->end - first < CHUNK ? a->end : first + CHUNK;
        for (size_t k = 0; k < sizeof(kinds) / sizeof(*kinds); k++)
            for (uint32_t row = first, next; row < end; row = next) {
                next = same_gates(p, row, end, kinds[k]);
                sum_rows(a, scratch + omp_get_thread_num(), p->rows[row].flags & kinds[k], row, next - row);
            }
    }
    hcl_mem_free_secret(scratch);
    return HCL_OK;
}

/* x[i] = x[i] + factor*x[i-1] for rows [row, end), or without x[row-1] if the first does not go on. */
static void recur(const struct accumulators *a, hcl_fr *x, bool goes_on, uint32_t row, uint32_t end,
                  const hcl_fr *factor)
{
    hcl_fr term;

    if (end - row >= LEAST_SCAN) {
        hcl_linear_recurrence(x + row, x + row, end - row, factor, goes_on ? &x[row - 1] : &hcl_fr_zero,
                              a->threads);
        return;
    }
    for (uint32_t i = goes_on ? row : row + 1; i < end; i++) {
        hcl_fr_mul(&term, &x[i - 1], factor);
        hcl_fr_add(&x[i], &x[i], &term);
    }
}

/* One column in rows [first, end), from the sums of those with `gate` to what they accumulate. */
static void accumulate(const struct accumulators *a, hcl_fr *x, uint32_t gate, uint32_t cont, uint32_t first,
                       uint32_t end, const hcl_fr *factor)
{
    const struct hcl_row *rows = a->w->prog->rows;

    for (uint32_t row = first, next; row < end; row = next) {
        next = row + 1;
        if (!(rows[row].flags & gate))
            continue;
        while (next < end && rows[next].flags & gate && rows[next].flags & cont)
            next++;
        recur(a, x, rows[row].flags & cont && row > 0, row, next, factor);
    }
}

/* A0 of rows with DOT: products and their running sums. */
static void accumulate_products(const struct accumulators *a, uint32_t first, uint32_t end)
{
    const struct hcl_row *rows = a->w->prog->rows;

    hcl_fr_mul_vec(a->a0 + first, a->a1 + first, a->b + first, end - first);
    for (uint32_t row = first; row < end; row++)
        if (rows[row].flags & HCL_ROW_CONT0 && row > 0)
            hcl_fr_add(&a->a0[row], &a->a0[row], &a->a0[row - 1]);
}

static void accumulate_a0(const struct accumulators *a, uint32_t first, uint32_t end)
{
    const uint32_t gates = HCL_ROW_HZ | HCL_ROW_HT | HCL_ROW_DOT;

    for (uint32_t row = first, next; row < end; row = next) {
        uint32_t flags = a->w->prog->rows[row].flags;
        next = same_gates(a->w->prog, row, end, gates);
        if (flags & HCL_ROW_DOT)
            accumulate_products(a, row, next);
        else if (flags & gates)
            accumulate(a, a->a0, gates, HCL_ROW_CONT0, row, next, flags & HCL_ROW_HZ ? &a->s_row : &a->t_row);
    }
}

static void accumulate_a1(const struct accumulators *a, uint32_t first, uint32_t end)
{
    accumulate(a, a->a1, HCL_ROW_HY, HCL_ROW_CONT1, first, end, &a->s_row);
    accumulate(a, a->a1, HCL_ROW_HYT, HCL_ROW_CONT1, first, end, &a->t_row);
}

static void accumulate_totals(const struct accumulators *a, uint32_t first, uint32_t end)
{
    const struct hcl_row *rows = a->w->prog->rows;

    for (uint32_t row = first; row < end; row++)
        if (rows[row].flags & TOTALS && rows[row].flags & HCL_ROW_CONT1)
            hcl_fr_add(&a->b[row], &a->b[row], &a->b[row - 1]);
}

/* The sums in t over the channels of an output. */
static void accumulate_channels(const struct accumulators *a, uint32_t first, uint32_t end)
{
    const struct hcl_row *rows = a->w->prog->rows;

    for (uint32_t row = first; row < end; row++) {
        if (!(rows[row].flags & (HCL_ROW_CARRY | HCL_ROW_GATHER)))
            continue;
        a->b[row] = a->b[row - 1];
        if (!(rows[row].flags & HCL_ROW_GATHER))
            continue;
        hcl_fr_mul(&a->b[row], &a->b[row], &a->challenges[HCL_CH_T]);
        hcl_fr_add(&a->b[row], &a->b[row], &a->a0[row]);
    }
}

/* Cells that a gate of their row computes are not copied to; the copy constraint asks for what the gate
 * gives. */
static void run_copy(const struct accumulators *a, const struct hcl_wide_copy *c)
{
    hcl_fr v, *const columns[] = { a->a0, a->a1, a->b, a->weights.u, a->weights.d };

    if (c->to.at == HCL_AT_A1 && a->w->prog->rows[c->to.row].flags & (HCL_ROW_HY | HCL_ROW_HYT))
        return;
    if (c->from.at < HCL_AT_A0)
        hcl_fr_from_i64(&v, a->w->cells.y[(size_t)c->from.row * a->w->prog->lanes + c->from.at]);
    else
        v = columns[c->from.at - HCL_AT_A0][c->from.row];
    columns[c->to.at - HCL_AT_A0][c->to.row] = v;
}

static bool into_row(const struct hcl_program *p, uint32_t copy, uint32_t end)
{
    return copy < p->num_wide && p->wide[copy].to.at != HCL_AT_U && p->wide[copy].to.row < end;
}

static bool into_weight_row(const struct hcl_program *p, uint32_t copy, uint32_t end)
{
    return copy < p->num_wide && p->wide[copy].to.at == HCL_AT_U && p->wide[copy].to.row < end;
}

/* Up to the first row of this stage that copies from an accumulator of row `first` or below. */
static uint32_t block_end(const struct hcl_program *p, uint32_t first, uint32_t end, uint32_t copy)
{
    for (; into_row(p, copy, end); copy++)
        if (p->wide[copy].from.at >= HCL_AT_A0 && p->wide[copy].from.at != HCL_AT_D &&
            p->wide[copy].from.row >= first)
            return p->wide[copy].to.row; /* > from.row */
    return end;
}

static void accumulate_all(const struct accumulators *a)
{
    const struct hcl_program *p = a->w->prog;
    uint32_t copy = 0, first = 0, weights = 0, end;

    for (uint32_t i = 0; i < p->num_stages; i++) {
        for (; first < p->stages[i].rows; first = end) {
            end = block_end(p, first, p->stages[i].rows, copy);
            for (; into_row(p, copy, end); copy++)
                run_copy(a, &p->wide[copy]);
            accumulate_a1(a, first, end);
            accumulate_totals(a, first, end);
            accumulate_a0(a, first, end);
            accumulate_channels(a, first, end);
        }
        for (; into_weight_row(p, copy, p->stages[i].weight_rows); copy++)
            run_copy(a, &p->wide[copy]);
        hcl_weight_sums_run(&a->weights, weights, p->stages[i].weight_rows);
        weights = p->stages[i].weight_rows;
    }
}

/* The rows that a rank adds up. */
static uint32_t first_row(const struct hcl_witness *w, uint32_t r)
{
    return (uint32_t)hcl_team_first(w->team, w->prog->num_rows, r);
}

static bool is_own(const struct accumulators *a, uint32_t rank)
{
    return rank == hcl_team_rank(a->w->team);
}

/* The rank that puts all together. */
static uint32_t maker_of(const uint32_t *owner)
{
    return owner[HCL_WANT_D] == HCL_NONE ? 0 : owner[HCL_WANT_D];
}

/* One vector from each rank, `own` of own_bytes, to rank `to`, one after the other; NULL elsewhere. */
static void collect(const struct hcl_witness_team *team, uint32_t to, const hcl_fr *own, size_t own_bytes,
                    hcl_fr *all, size_t *sizes)
{
    const uint32_t ranks = hcl_team_ranks(team);

    for (uint32_t r = 0; r < ranks; r++)
        sizes[r] = r == to ? own_bytes : 0;
    hcl_comm_alltoallv(team->comm, own, sizes, all, sizes + ranks);
}

/* The sums within rows, each rank's of its own, to the one that puts them together. */
static hcl_status share_rows(struct accumulators *a, uint32_t maker, struct hcl_err *err)
{
    const struct hcl_witness *w = a->w;
    struct hcl_witness_team *team = w->team;
    const uint32_t ranks = hcl_team_ranks(team), rank = hcl_team_rank(team);
    struct accumulators own = *a;
    hcl_fr *mem = NULL, *all[] = { a->a0, a->a1, a->b };
    size_t *sizes = calloc(2 * (size_t)ranks, sizeof *sizes), rows;
    hcl_status st = sizes ? HCL_OK : hcl_fail(err, HCL_NO_RESOURCE, "out of memory for %u ranks", ranks);

    own.first = first_row(w, rank);
    own.end = first_row(w, rank + 1);
    rows = own.end - own.first;
    if (st == HCL_OK)
        st = hcl_mem_calloc((void **)&mem, 3 * rows + 1, sizeof *mem, "accumulators", err);
    if (st == HCL_OK) {
        own.a0 = mem;
        own.a1 = mem + rows;
        own.b = mem + 2 * rows;
        st = sum_own_rows(&own, err);
    }
    HCL_TRY(hcl_comm_agree(team->comm, st, err));
    for (uint32_t r = 0; r < ranks; r++)
        sizes[ranks + r] = is_own(a, maker) ? (first_row(w, r + 1) - first_row(w, r)) * sizeof *mem : 0;
    for (size_t i = 0; i < 3; i++)
        collect(team, maker, mem + i * rows, rows * sizeof *mem, all[i], sizes);
done:
    hcl_mem_free_secret(mem);
    free(sizes);
    return st;
}

/* From the rank that made them to those that want them. */
static hcl_status hand_over(const struct accumulators *a, const uint32_t *owner,
                            const struct hcl_wide_columns *out, struct hcl_err *err)
{
    const struct hcl_program *p = a->w->prog;
    const struct hcl_witness_team *team = a->w->team;
    const uint32_t maker = maker_of(owner);
    hcl_fr *const to[] = { out->a0, out->a1, out->b, out->u, out->d };
    const hcl_fr *const from[] = { a->a0, a->a1, a->b, a->weights.u, a->weights.d };
    size_t *sizes = NULL;
    hcl_status st = HCL_OK;

    if (team) {
        sizes = calloc(2 * (size_t)hcl_team_ranks(team), sizeof *sizes);
        if (!sizes)
            st = hcl_fail(err, HCL_NO_RESOURCE, "out of memory for the team's columns");
        HCL_TRY(hcl_comm_agree(team->comm, st, err));
    }
    for (size_t i = 0; i < HCL_ACCUMULATORS; i++) {
        const size_t bytes = (i < 3 ? p->num_rows : p->num_weight_rows) * sizeof(**to);
        if (!team) {
            if (to[i])
                memcpy(to[i], from[i], bytes);
            continue;
        }
        if (owner[i] == HCL_NONE)
            continue;
        size_t *recv = sizes + hcl_team_ranks(team);
        recv[maker] = is_own(a, owner[i]) ? bytes : 0;
        collect(team, owner[i], from[i], is_own(a, maker) ? bytes : 0, to[i], sizes);
        recv[maker] = 0;
    }
done:
    free(sizes);
    return st;
}

/* Room for what this rank makes: all of it, or the sums of its weight columns. */
static hcl_status take_room(struct accumulators *a, hcl_fr **mem, bool maker, struct hcl_err *err)
{
    const size_t rows = maker ? a->w->prog->num_rows : 0, weight_rows = a->w->prog->num_weight_rows;
    const hcl_status st = hcl_mem_calloc((void **)mem, 3 * rows + (maker ? 3 : 1) * weight_rows + 1,
                                         sizeof(**mem), "accumulators", err);

    if (st != HCL_OK)
        return st;
    a->weights.sum = *mem;
    if (!maker)
        return HCL_OK;
    a->weights.u = a->weights.sum + weight_rows;
    a->weights.d = a->weights.u + weight_rows;
    a->a0 = a->weights.d + weight_rows;
    a->a1 = a->a0 + rows;
    a->b = a->a1 + rows;
    return HCL_OK;
}

/* The sums of weights, on the rank that puts all together. */
static hcl_status share_weights(struct accumulators *a, hcl_status st, uint32_t maker, struct hcl_err *err)
{
    const struct hcl_program *p = a->w->prog;
    const hcl_fr *t = &a->challenges[HCL_CH_T];
    const uint32_t ranks = hcl_team_ranks(a->w->team);
    bool *wanted = calloc(ranks, sizeof *wanted);

    if (st == HCL_OK && !wanted)
        st = hcl_fail(err, HCL_NO_RESOURCE, "out of memory for %u ranks", ranks);
    if (wanted)
        wanted[maker] = true;
    if (st == HCL_OK)
        st = hcl_weight_combine(a->weights.sum, p, a->w->team, t, 0, p->num_weight_rows, a->threads, err);
    st = hcl_team_sum(a->w->team, st, a->weights.sum, p->num_weight_rows, wanted, err);
    free(wanted);
    return st;
}

hcl_status hcl_wide_accumulators(const struct hcl_witness *w, const uint32_t *owner, const hcl_fr *challenges,
                                 const struct hcl_wide_columns *out, int threads, struct hcl_err *err)
{
    hcl_status st;
    const struct hcl_program *p = w->prog;
    struct accumulators a = { .w = w, .challenges = challenges, .threads = threads, .end = p->num_rows };
    const uint32_t maker_rank = maker_of(owner);
    const bool maker = is_own(&a, maker_rank);
    hcl_fr *mem = NULL;

    a.weights.prog = p;
    a.weights.threads = threads > 0 ? threads : 1;
    hcl_fr_pow_u64(&a.s_row, &challenges[HCL_CH_S], p->lanes);
    hcl_fr_pow_u64(&a.t_row, &challenges[HCL_CH_T], p->lanes);
    hcl_fr_pow_u64(&a.weights.t_row, &challenges[HCL_CH_T], p->weight_columns);
    st = take_room(&a, &mem, maker, err);
    HCL_TRY(share_weights(&a, st, maker_rank, err));
    HCL_TRY(w->team ? share_rows(&a, maker_rank, err) : sum_own_rows(&a, err));
    if (maker)
        accumulate_all(&a);
    HCL_TRY(hand_over(&a, owner, out, err));
done:
    hcl_mem_free_secret(mem);
    return st;
}

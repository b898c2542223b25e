/* SPDX-License-Identifier: Apache-2.0 */
/* The accumulators A0, A1, B, and with them the sums of weights U, D. First the Horner sums within each row,
 * by vector kernels and all threads; then what rows take from the rows above them, in blocks of rows that
 * copy nothing from each other: within a block each column is a few linear recurrences with a constant
 * factor. Weight rows follow stage by stage. */
#include "common/poly/poly.h"
#include "common/sys/mem.h"
#include "common/witness/columns.h"
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
    hcl_fr *a0, *a1, *b;
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
    hcl_fr_add_vec(a->b + first, a->b + first, squares ? l->square : l->value, count);
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
        add_lane(l, a->a1 + first, gates & HCL_ROW_HY ? s : t, cells->y + at + j, lanes, count);
    for (uint32_t j = 0; gates & TOTALS && j < lanes; j++)
        add_total(a, l, gates & HCL_ROW_SQUARES, first, j, count);
    for (uint32_t j = 0; gates & (HCL_ROW_HZ | HCL_ROW_HT) && j < lanes; j++)
        add_output_lane(a, l, a->a0 + first, gates & HCL_ROW_HZ ? s : t, first, j, count);
}

static hcl_status sum_all_rows(const struct accumulators *a, struct hcl_err *err)
{
    const struct hcl_program *p = a->w->prog;
    const uint32_t kinds[] = { HCL_ROW_HY | HCL_ROW_HYT, HCL_ROW_HZ | HCL_ROW_HT, TOTALS };
    struct lane *scratch;
    hcl_status st =
        hcl_mem_alloc((void **)&scratch, (size_t)a->threads, sizeof(*scratch), "accumulators", err);

    if (st != HCL_OK)
        return st;
#pragma omp parallel for num_threads(a->threads) schedule(dynamic, 1)
    for (uint32_t first = 0; first < p->num_rows; first += CHUNK) {
        uint32_t end = p->num_rows - first < CHUNK ? p->num_rows : first + CHUNK;
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

static void hand_over(const struct accumulators *a, const struct hcl_wide_columns *out)
{
    hcl_fr *const to[] = { out->a0, out->a1, out->b, out->u, out->d };
    const hcl_fr *const from[] = { a->a0, a->a1, a->b, a->weights.u, a->weights.d };

    for (size_t i = 0; i < 5; i++)
        if (to[i])
            memcpy(to[i], from[i],
                   (i < 3 ? a->w->prog->num_rows : a->w->prog->num_weight_rows) * sizeof(**to));
}

hcl_status hcl_wide_accumulators(const struct hcl_witness *w, const hcl_fr *challenges,
                                 const struct hcl_wide_columns *out, int threads, struct hcl_err *err)
{
    hcl_status st;
    struct accumulators a = { .w = w, .challenges = challenges, .threads = threads };
    hcl_fr *mem = NULL;
    size_t rows = w->prog->num_rows, weight_rows = w->prog->num_weight_rows;

    HCL_TRY(hcl_mem_calloc((void **)&mem, 3 * (rows + weight_rows) + 1, sizeof(*mem), "accumulators", err));
    a.a0 = mem;
    a.a1 = mem + rows;
    a.b = mem + 2 * rows;
    a.weights = (struct hcl_weight_sums){ .prog = w->prog, .threads = threads };
    a.weights.sum = mem + 3 * rows;
    a.weights.u = a.weights.sum + weight_rows;
    a.weights.d = a.weights.u + weight_rows;
    hcl_fr_pow_u64(&a.s_row, &challenges[HCL_CH_S], w->prog->lanes);
    hcl_fr_pow_u64(&a.t_row, &challenges[HCL_CH_T], w->prog->lanes);
    HCL_TRY(sum_all_rows(&a, err));
    HCL_TRY(hcl_weight_sums_start(&a.weights, &challenges[HCL_CH_T], err));
    accumulate_all(&a);
    hand_over(&a, out);
done:
    hcl_mem_free_secret(mem);
    return st;
}

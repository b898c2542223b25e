/* SPDX-License-Identifier: Apache-2.0 */
/* The accumulators A0, A1, B, and with them the sums of weights U, D. First the Horner sums within each row,
 * by vector kernels and all threads, and over rows that go on from each other, chains; then what rows take
 * from elsewhere, in blocks of rows that copy nothing from each other. Weight rows follow stage by stage, by
 * stretches. Ranks of a team share rows and weight rows; in between one of them puts chains and stretches
 * together. */
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

struct hcl_accumulators {
    const struct hcl_witness *w;
    const hcl_fr *challenges;
    hcl_fr *a0, *a1, *b; /* of all rows; of rows [first, end), while those are added up */
    uint32_t first, end;
    struct hcl_stretches stretches;
    uint32_t near;                    /* the stretch that was last copied from: the next is not far */
    hcl_fr *value, *start, *after;    /* of all stretches: growth, U of the first row, D of the last one */
    hcl_fr *sums, *u, *d;             /* weight rows: sums over columns, of all rows; of this rank's own */
    size_t *sizes;                    /* of one exchange: bytes for each rank, then from each */
    hcl_fr s_row, t_row;              /* s^L, t^L */
    uint32_t owner[HCL_WANTS], maker; /* of the columns; the rank that puts all together */
    hcl_fr *mem;
    int threads;
};

/* Scratch of one thread: of rows with the same gate, not always next to each other, their sums. */
struct lane {
    hcl_fr sum[CHUNK], value[CHUNK], square[CHUNK];
    int64_t small[CHUNK];
    uint32_t row[CHUNK], count;
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

/* Y_j of the rows */
static void load_values(const struct hcl_accumulators *a, struct lane *l, uint32_t lane)
{
    const uint32_t lanes = a->w->prog->lanes;

    for (uint32_t i = 0; i < l->count; i++)
        l->small[i] = a->w->cells.y[(size_t)l->row[i] * lanes + lane];
    hcl_fr_from_i64_vec(l->value, l->small, l->count);
}

/* S*Q_j + R_j */
static void load_outputs(const struct hcl_accumulators *a, struct lane *l, uint32_t lane)
{
    const struct hcl_program *p = a->w->prog;
    const struct hcl_cells *cells = &a->w->cells;
    bool wide = false;

    for (uint32_t i = 0; i < l->count; i++) {
        const size_t at = (size_t)l->row[i] * p->lanes + lane;
        int64_t z = 0;
        wide |= __builtin_mul_overflow(p->classes[p->rows[l->row[i]].cls].s, cells->q[at], &z) ||
                __builtin_add_overflow(z, cells->r[at], &z);
        l->small[i] = z;
    }
    hcl_fr_from_i64_vec(l->value, l->small, l->count);
    for (uint32_t i = 0; wide && i < l->count; i++) {
        const size_t at = (size_t)l->row[i] * p->lanes + lane;
        output_value(&l->value[i], p->classes[p->rows[l->row[i]].cls].s, cells->q[at], cells->r[at]);
    }
}

/* sum += Y_j, or Y_j + t*Y_j^2 = Y_j*(1 + t*Y_j) */
static void add_total(const struct hcl_accumulators *a, struct lane *l, bool squares)
{
    if (squares) {
        hcl_fr_mul_vec(l->square, l->value, l->value, l->count);
        hcl_fr_horner_vec(l->square, &a->challenges[HCL_CH_T], l->value, l->count);
    }
    hcl_fr_add_vec(l->sum, l->sum, squares ? l->square : l->value, l->count);
}

/* The end of the rows from `row` on, but before `end`, that have the same of these gates. */
static uint32_t same_gates(const struct hcl_program *p, uint32_t row, uint32_t end, uint32_t gates)
{
    uint32_t next = row + 1;

    while (next < end && ((p->rows[next].flags ^ p->rows[row].flags) & gates) == 0)
        next++;
    return next;
}

/* The sums of the rows of one chunk that have this gate, without what comes from above, into out, of row
 * a->first on. */
static void sum_rows(const struct hcl_accumulators *a, struct lane *l, uint32_t gate, hcl_fr *out)
{
    const hcl_fr *point = &a->challenges[gate & (HCL_ROW_HY | HCL_ROW_HZ) ? HCL_CH_S : HCL_CH_T];

    memset(l->sum, 0, l->count * sizeof *l->sum);
    for (uint32_t j = 0; j < a->w->prog->lanes; j++) {
        if (gate & (HCL_ROW_HZ | HCL_ROW_HT))
            load_outputs(a, l, j);
        else
            load_values(a, l, j);
        if (gate & TOTALS)
            add_total(a, l, gate == HCL_ROW_SQUARES);
        else
            hcl_fr_horner_vec(l->sum, point, l->value, l->count);
    }
    for (uint32_t i = 0; i < l->count; i++)
        out[l->row[i] - a->first] = l->sum[i];
}

/* Rows of one kind that go on from each other, and belong to one rank. */
struct chain {
    uint32_t kind, cont; /* flags */
    const hcl_fr *factor;
    hcl_fr *x; /* of row a->first on */
};

static uint32_t chain_end(const struct hcl_accumulators *a, const struct chain *c, uint32_t row, uint32_t end)
{
    const struct hcl_row *rows = a->w->prog->rows;

    for (row++; row < end && rows[row].flags & c->kind && rows[row].flags & c->cont; row++)
        continue;
    return row;
}

/* Whether a chain begins with this row of rows [first, ..). */
static bool begins(const struct hcl_accumulators *a, const struct chain *c, uint32_t row, uint32_t first)
{
    const struct hcl_row *rows = a->w->prog->rows;

    return rows[row].flags & c->kind &&
           (row == first || !(rows[row].flags & c->cont) || !(rows[row - 1].flags & c->kind));
}

/* x[i] += factor*x[i-1] over a chain, without what is in front of it. */
static void recur(const struct chain *c, hcl_fr *x, uint32_t count)
{
    hcl_fr term;

    if (count >= LEAST_SCAN) {
        hcl_linear_recurrence(x, x, count, c->factor, &hcl_fr_zero, 1);
        return;
    }
    for (uint32_t i = 1; i < count; i++) {
        hcl_fr_mul(&term, &x[i - 1], c->factor);
        hcl_fr_add(&x[i], &x[i], &term);
    }
}

/* The chains of this rank's rows, each without what is in front of it. */
static void sum_own_chains(const struct hcl_accumulators *a)
{
    const struct chain kinds[] = { { HCL_ROW_HY, HCL_ROW_CONT1, &a->s_row, a->a1 },
                                   { HCL_ROW_HYT, HCL_ROW_CONT1, &a->t_row, a->a1 },
                                   { HCL_ROW_HZ, HCL_ROW_CONT0, &a->s_row, a->a0 },
                                   { HCL_ROW_HT, HCL_ROW_CONT0, &a->t_row, a->a0 } };

#pragma omp parallel for num_threads(a->threads) schedule(dynamic, 1)
    for (uint32_t first = a->first; first < a->end; first += CHUNK)
        for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++)
            for (uint32_t row = first; row < a->end && row - first < CHUNK; row++)
                if (begins(a, &kinds[k], row, a->first))
                    recur(&kinds[k], kinds[k].x + (row - a->first),
                          chain_end(a, &kinds[k], row, a->end) - row);
}

static hcl_status sum_own_rows(const struct hcl_accumulators *a, struct hcl_err *err)
{
    const struct hcl_row *rows = a->w->prog->rows;
    const uint32_t gates[] = {
        HCL_ROW_HY, HCL_ROW_HYT, HCL_ROW_SUM, HCL_ROW_SQUARES, HCL_ROW_HZ, HCL_ROW_HT
    };
    hcl_fr *const out[] = { a->a1, a->a1, a->b, a->b, a->a0, a->a0 };
    struct lane *scratch;
    hcl_status st =
        hcl_mem_alloc((void **)&scratch, (size_t)a->threads, sizeof(*scratch), "accumulators", err);

    if (st != HCL_OK)
        return st;
#pragma omp parallel for num_threads(a->threads) schedule(dynamic, 1)
    for (uint32_t first = a->first; first < a->end; first += CHUNK) {
        const uint32_t end = a->end - first < CHUNK ? a->end : first + CHUNK;
        struct lane *l = scratch + omp_get_thread_num();
        for (size_t k = 0; k < sizeof(gates) / sizeof(*gates); k++) {
            l->count = 0;
            for (uint32_t row = first; row < end; row++)
                if (rows[row].flags & gates[k])
                    l->row[l->count++] = row;
            if (l->count > 0)
                sum_rows(a, l, gates[k], out[k]);
        }
    }
    hcl_mem_free_secret(scratch);
    sum_own_chains(a);
    return HCL_OK;
}

static size_t rows_of(const struct hcl_witness *w, uint32_t r)
{
    return hcl_team_first_row(w->team, w->prog, r + 1) - hcl_team_first_row(w->team, w->prog, r);
}

/* Of the rank that has this row, its first one and the end. */
static uint32_t share_around(const struct hcl_witness *w, uint32_t row, uint32_t *end)
{
    uint32_t r = (uint32_t)((uint64_t)row * hcl_team_ranks(w->team) / w->prog->num_rows);

    while (hcl_team_first_row(w->team, w->prog, r) > row)
        r--;
    while (hcl_team_first_row(w->team, w->prog, r + 1) <= row)
        r++;
    *end = hcl_team_first_row(w->team, w->prog, r + 1);
    return hcl_team_first_row(w->team, w->prog, r);
}

/* To chains that begin in rows [row, end) and go on: what is in front of them. x[row - 1] is whole. */
static void go_on(const struct hcl_accumulators *a, const struct chain *c, uint32_t row, uint32_t end)
{
    const struct hcl_row *rows = a->w->prog->rows;
    uint32_t share = 0, share_end = 0;

    for (; row < end; row++) {
        if (!(rows[row].flags & c->kind) || !(rows[row].flags & c->cont) || row == 0)
            continue;
        if (row >= share_end)
            share = share_around(a->w, row, &share_end);
        if (!begins(a, c, row, share))
            continue;
        hcl_fr term = c->x[row - 1];
        for (uint32_t i = row, next = chain_end(a, c, row, share_end); i < next; i++) {
            hcl_fr_mul(&term, &term, c->factor);
            hcl_fr_add(&c->x[i], &c->x[i], &term);
        }
    }
}

/* A0 of rows with DOT: products and their running sums. */
static void accumulate_products(const struct hcl_accumulators *a, uint32_t first, uint32_t end)
{
    const struct hcl_row *rows = a->w->prog->rows;

    hcl_fr_mul_vec(a->a0 + first, a->a1 + first, a->b + first, end - first);
    for (uint32_t row = first; row < end; row++)
        if (rows[row].flags & HCL_ROW_CONT0 && row > 0)
            hcl_fr_add(&a->a0[row], &a->a0[row], &a->a0[row - 1]);
}

static void accumulate_a0(const struct hcl_accumulators *a, uint32_t first, uint32_t end)
{
    const uint32_t gates = HCL_ROW_HZ | HCL_ROW_HT | HCL_ROW_DOT;

    for (uint32_t row = first, next; row < end; row = next) {
        const uint32_t kind = a->w->prog->rows[row].flags & gates;
        const struct chain c = { kind, HCL_ROW_CONT0, kind & HCL_ROW_HZ ? &a->s_row : &a->t_row, a->a0 };
        next = same_gates(a->w->prog, row, end, gates);
        if (kind & HCL_ROW_DOT)
            accumulate_products(a, row, next);
        else if (kind)
            go_on(a, &c, row, next);
    }
}

static void accumulate_a1(const struct hcl_accumulators *a, uint32_t first, uint32_t end)
{
    const struct chain by_s = { HCL_ROW_HY, HCL_ROW_CONT1, &a->s_row, a->a1 },
                       by_t = { HCL_ROW_HYT, HCL_ROW_CONT1, &a->t_row, a->a1 };

    go_on(a, &by_s, first, end);
    go_on(a, &by_t, first, end);
}

static void accumulate_totals(const struct hcl_accumulators *a, uint32_t first, uint32_t end)
{
    const struct hcl_row *rows = a->w->prog->rows;

    for (uint32_t row = first; row < end; row++)
        if (rows[row].flags & TOTALS && rows[row].flags & HCL_ROW_CONT1)
            hcl_fr_add(&a->b[row], &a->b[row], &a->b[row - 1]);
}

/* The sums in t over the channels of an output. */
static void accumulate_channels(const struct hcl_accumulators *a, uint32_t first, uint32_t end)
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
static hcl_fr copied(struct hcl_accumulators *a, const struct hcl_wide_copy *c)
{
    const hcl_fr *const columns[] = { a->a0, a->a1, a->b };
    hcl_fr v;

    if (c->from.at == HCL_AT_D)
        return a->after[a->near = hcl_stretches_ending(&a->stretches, c->from.row, a->near)];
    if (c->from.at >= HCL_AT_A0)
        return columns[c->from.at - HCL_AT_A0][c->from.row];
    hcl_fr_from_i64(&v, a->w->cells.y[(size_t)c->from.row * a->w->prog->lanes + c->from.at]);
    return v;
}

/* What is copied is anywhere; the copies so many further on are sent for. */
#define AHEAD 16

static void fetch_ahead(const struct hcl_accumulators *a, uint32_t copy)
{
    const hcl_fr *const columns[] = { a->a0, a->a1, a->b };
    const struct hcl_program *p = a->w->prog;

    if (copy + AHEAD >= p->num_wide)
        return;
    const struct hcl_cell from = p->wide[copy + AHEAD].from;
    if (from.at < HCL_AT_A0)
        __builtin_prefetch(&a->w->cells.y[(size_t)from.row * p->lanes + from.at]);
    else if (from.at != HCL_AT_D)
        __builtin_prefetch(&columns[from.at - HCL_AT_A0][from.row]);
}

static void run_copy(struct hcl_accumulators *a, const struct hcl_wide_copy *c)
{
    if (c->to.at == HCL_AT_A1 && a->w->prog->rows[c->to.row].flags & (HCL_ROW_HY | HCL_ROW_HYT))
        return;
    (c->to.at == HCL_AT_A1 ? a->a1 : a->b)[c->to.row] = copied(a, c);
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

/* Weight rows up to `rows`, from stretch `from` on; the next one. */
static uint32_t accumulate_weights(struct hcl_accumulators *a, uint32_t from, uint32_t rows, uint32_t *copy)
{
    const struct hcl_program *p = a->w->prog;
    const uint32_t *first = a->stretches.first;

    for (uint32_t at = from; into_weight_row(p, *copy, rows); *copy += 1) {
        fetch_ahead(a, *copy);
        while (first[at] < p->wide[*copy].to.row)
            at++;
        if (first[at] == p->wide[*copy].to.row)
            a->start[at] = copied(a, &p->wide[*copy]);
    }
    return hcl_stretches_run(&a->stretches, a->start, a->after, a->value, from, rows);
}

/* Rows that copy nothing from each other. */
static void accumulate_rows(const struct hcl_accumulators *a, uint32_t first, uint32_t end)
{
    const struct hcl_row *rows = a->w->prog->rows;
    uint32_t gates = 0;

    for (uint32_t row = first; row < end; row++)
        gates |= rows[row].flags;
    if (gates & (HCL_ROW_HY | HCL_ROW_HYT) && gates & HCL_ROW_CONT1)
        accumulate_a1(a, first, end);
    if (gates & TOTALS && gates & HCL_ROW_CONT1)
        accumulate_totals(a, first, end);
    if (gates & (HCL_ROW_HZ | HCL_ROW_HT | HCL_ROW_DOT))
        accumulate_a0(a, first, end);
    if (gates & (HCL_ROW_CARRY | HCL_ROW_GATHER))
        accumulate_channels(a, first, end);
}

static void accumulate_all(struct hcl_accumulators *a)
{
    const struct hcl_program *p = a->w->prog;
    uint32_t copy = 0, first = 0, stretch = 0, end;

    for (uint32_t i = 0; i < p->num_stages; i++) {
        for (; first < p->stages[i].rows; first = end) {
            end = block_end(p, first, p->stages[i].rows, copy);
            for (; into_row(p, copy, end); copy++) {
                fetch_ahead(a, copy);
                run_copy(a, &p->wide[copy]);
            }
            accumulate_rows(a, first, end);
        }
        stretch = accumulate_weights(a, stretch, p->stages[i].weight_rows, &copy);
    }
}

static bool is_own(const struct hcl_accumulators *a, uint32_t rank)
{
    return rank == hcl_team_rank(a->w->team);
}

/* Whether this rank puts all together. */
static bool makes(const struct hcl_accumulators *a)
{
    return is_own(a, a->maker);
}

/* The rank that puts all together. */
static uint32_t maker_of(const uint32_t *owner)
{
    return owner[HCL_WANT_D] == HCL_NONE ? 0 : owner[HCL_WANT_D];
}

/* One vector from each rank, `own` of own_bytes, to rank `to`, one after the other; NULL elsewhere. */
static void collect(const struct hcl_accumulators *a, uint32_t to, const hcl_fr *own, size_t own_bytes,
                    hcl_fr *all)
{
    const uint32_t ranks = hcl_team_ranks(a->w->team);

    for (uint32_t r = 0; r < ranks; r++)
        a->sizes[r] = r == to ? own_bytes : 0;
    hcl_comm_alltoallv(a->w->team->comm, own, a->sizes, all, a->sizes + ranks);
}

/* The sums within rows, each rank's of its own, to the one that puts them together. */
static hcl_status share_rows(struct hcl_accumulators *a, struct hcl_err *err)
{
    const struct hcl_witness *w = a->w;
    struct hcl_witness_team *team = w->team;
    const uint32_t ranks = hcl_team_ranks(team), rank = hcl_team_rank(team);
    struct hcl_accumulators own = *a;
    hcl_fr *mem = NULL, *all[] = { a->a0, a->a1, a->b };
    hcl_status st;

    own.first = hcl_team_first_row(w->team, w->prog, rank);
    own.end = hcl_team_first_row(w->team, w->prog, rank + 1);
    const size_t rows = own.end - own.first;
    st = hcl_mem_calloc((void **)&mem, 3 * rows + 1, sizeof *mem, "accumulators", err);
    if (st == HCL_OK) {
        own.a0 = mem;
        own.a1 = mem + rows;
        own.b = mem + 2 * rows;
        st = sum_own_rows(&own, err);
    }
    HCL_TRY(hcl_comm_agree(team->comm, st, err));
    for (uint32_t r = 0; r < ranks; r++)
        a->sizes[ranks + r] = makes(a) ? rows_of(w, r) * sizeof *mem : 0;
    for (size_t i = 0; i < 3; i++)
        collect(a, a->maker, mem + i * rows, rows * sizeof *mem, all[i]);
done:
    hcl_mem_free_secret(mem);
    return st;
}

static uint32_t stretches_of(const struct hcl_accumulators *a, uint32_t r)
{
    return a->stretches.of_rank[r + 1] - a->stretches.of_rank[r];
}

static size_t weight_rows_of(const struct hcl_accumulators *a, uint32_t r)
{
    const uint32_t *of_rank = a->stretches.of_rank, *first = a->stretches.first;
    return first[of_rank[r + 1]] - first[of_rank[r]];
}

/* The sums over weight columns of this rank's rows, and what D grows by, on the rank that puts all together.
 */
static hcl_status share_weights(struct hcl_accumulators *a, hcl_status st, struct hcl_err *err)
{
    const struct hcl_program *p = a->w->prog;
    const struct hcl_witness_team *team = a->w->team;
    const uint32_t ranks = hcl_team_ranks(team), rank = hcl_team_rank(team);
    const struct hcl_stretches *s = &a->stretches;

    if (st == HCL_OK)
        st = hcl_weight_combine(a->sums, p, team, &a->challenges[HCL_CH_T], 0, p->num_weight_rows, a->threads,
                                err);
    HCL_TRY(hcl_team_sum_share(team, st, a->sums, p->num_weight_rows, err));
    const uint32_t from = s->of_rank[rank], to = s->of_rank[rank + 1];
    hcl_stretches_values(a->start, s, from, to, a->sums + s->first[from]);
    for (uint32_t r = 0; r < ranks; r++)
        a->sizes[ranks + r] = makes(a) ? stretches_of(a, r) * sizeof *a->value : 0;
    if (team)
        collect(a, a->maker, a->start, (to - from) * sizeof *a->value, a->value);
    else
        memcpy(a->value, a->start, s->count * sizeof *a->value);
    memset(a->start, 0, (makes(a) ? s->count : to - from) * sizeof *a->start);
done:
    return st;
}

/* From the maker to each rank U of its stretches' first rows, as a->value, and D in front of them. */
static void hand_out(const struct hcl_accumulators *a, hcl_fr *before)
{
    const struct hcl_witness_team *team = a->w->team;
    const uint32_t ranks = hcl_team_ranks(team), rank = hcl_team_rank(team);
    const struct hcl_stretches *s = &a->stretches;
    hcl_fr *fronts = makes(a) ? a->after + s->count : NULL; /* [ranks] */

    for (uint32_t r = 0; r < ranks; r++) {
        a->sizes[r] = makes(a) ? stretches_of(a, r) * sizeof *fronts : 0;
        a->sizes[ranks + r] = r == a->maker ? stretches_of(a, rank) * sizeof *fronts : 0;
    }
    hcl_comm_alltoallv(team->comm, a->start, a->sizes, a->value, a->sizes + ranks);
    for (uint32_t r = 0; r < ranks; r++) {
        if (fronts)
            fronts[r] = s->of_rank[r] > 0 ? a->after[s->of_rank[r] - 1] : hcl_fr_zero;
        a->sizes[r] = makes(a) ? sizeof *fronts : 0;
        a->sizes[ranks + r] = r == a->maker ? sizeof *fronts : 0;
    }
    hcl_comm_alltoallv(team->comm, fronts, a->sizes, before, a->sizes + ranks);
}

/* All rows of this rank's stretches. */
static void fill_weights(const struct hcl_accumulators *a)
{
    const struct hcl_witness_team *team = a->w->team;
    const uint32_t rank = hcl_team_rank(team);
    const struct hcl_stretches *s = &a->stretches;
    const uint32_t from = s->of_rank[rank], to = s->of_rank[rank + 1];
    hcl_fr before = hcl_fr_zero;

    if (team)
        hand_out(a, &before);
    hcl_stretches_fill(a->u, a->d, s, from, to, team ? a->value : a->start, &before,
                       a->sums + s->first[from]);
}

/* From the rank that made them to the one that wants them: A0, A1, B. */
static void hand_over(const struct hcl_accumulators *a, uint32_t owner, const hcl_fr *from, hcl_fr *to)
{
    const struct hcl_witness_team *team = a->w->team;
    const size_t bytes = (size_t)a->w->prog->num_rows * sizeof *to;
    const uint32_t ranks = hcl_team_ranks(team);

    if (!team && to)
        memcpy(to, from, bytes);
    if (!team || owner == HCL_NONE)
        return;
    memset(a->sizes, 0, 2 * (size_t)ranks * sizeof *a->sizes);
    a->sizes[ranks + a->maker] = is_own(a, owner) ? bytes : 0;
    collect(a, owner, from, makes(a) ? bytes : 0, to);
}

/* And U and D, of which each rank has its rows. */
static void hand_over_weights(const struct hcl_accumulators *a, uint32_t owner, const hcl_fr *own, hcl_fr *to)
{
    const struct hcl_witness_team *team = a->w->team;
    const uint32_t ranks = hcl_team_ranks(team);
    const size_t mine = weight_rows_of(a, hcl_team_rank(team)) * sizeof *to;

    if (!team && to)
        memcpy(to, own, mine);
    if (!team || owner == HCL_NONE)
        return;
    for (uint32_t r = 0; r < ranks; r++)
        a->sizes[ranks + r] = is_own(a, owner) ? weight_rows_of(a, r) * sizeof *to : 0;
    collect(a, owner, own, mine, to);
}

/* Room for what this rank makes: its weight rows and, if it puts all together, the other accumulators. */
static hcl_status take_room(struct hcl_accumulators *a, struct hcl_err *err)
{
    const struct hcl_program *p = a->w->prog;
    const uint32_t ranks = hcl_team_ranks(a->w->team), rank = hcl_team_rank(a->w->team);
    hcl_status st;

    HCL_TRY(hcl_stretches_init(&a->stretches, p, a->w->team, &a->challenges[HCL_CH_T], a->threads, err));
    const size_t rows = makes(a) ? p->num_rows : 0, own = weight_rows_of(a, rank);
    const size_t stretches = makes(a) ? a->stretches.count : stretches_of(a, rank);
    a->sizes = calloc(2 * (size_t)ranks, sizeof *a->sizes);
    if (!a->sizes)
        HCL_TRY(hcl_fail(err, HCL_NO_RESOURCE, "out of memory for %u ranks", ranks));
    HCL_TRY(
        hcl_mem_calloc((void **)&a->mem,
                       3 * rows + p->num_weight_rows + 2 * own + 3 * stretches + (makes(a) ? ranks : 0) + 1,
                       sizeof(*a->mem), "accumulators", err));
    a->sums = a->mem;
    a->u = a->sums + p->num_weight_rows;
    a->d = a->u + own;
    a->value = a->d + own;
    a->start = a->value + stretches;
    a->after = a->start + stretches;
    a->a0 = a->after + stretches + (makes(a) ? ranks : 0);
    a->a1 = a->a0 + rows;
    a->b = a->a1 + rows;
done:
    return st;
}

static hcl_status begin(struct hcl_accumulators *a, struct hcl_err *err)
{
    const struct hcl_witness *w = a->w;
    hcl_status st = take_room(a, err);

    HCL_TRY(share_weights(a, st, err));
    HCL_TRY(w->team ? share_rows(a, err) : sum_own_rows(a, err));
    if (makes(a))
        accumulate_all(a);
done:
    return st;
}

hcl_status hcl_accumulators_begin(struct hcl_accumulators **out, const struct hcl_witness *w,
                                  const uint32_t *owner, const hcl_fr *challenges, int threads,
                                  struct hcl_err *err)
{
    struct hcl_accumulators *a = calloc(1, sizeof *a);
    hcl_status st = a ? HCL_OK : hcl_fail(err, HCL_NO_RESOURCE, "out of memory for accumulators");

    *out = NULL;
    if (w->team)
        st = hcl_comm_agree(w->team->comm, st, err);
    if (st == HCL_OK) {
        *a = (struct hcl_accumulators){ .w = w,
                                        .challenges = challenges,
                                        .threads = threads,
                                        .end = w->prog->num_rows,
                                        .maker = maker_of(owner) };
        memcpy(a->owner, owner, sizeof a->owner);
        hcl_fr_pow_u64(&a->s_row, &challenges[HCL_CH_S], w->prog->lanes);
        hcl_fr_pow_u64(&a->t_row, &challenges[HCL_CH_T], w->prog->lanes);
        st = begin(a, err);
    }
    if (st == HCL_OK)
        *out = a;
    else
        hcl_accumulators_clear(a);
    return st;
}

void hcl_accumulators_finish(struct hcl_accumulators *a, const struct hcl_wide_columns *out)
{
    fill_weights(a);
    hand_over(a, a->owner[HCL_WANT_A0], a->a0, out->a0);
    hand_over(a, a->owner[HCL_WANT_A1], a->a1, out->a1);
    hand_over(a, a->owner[HCL_WANT_B], a->b, out->b);
    hand_over_weights(a, a->owner[HCL_WANT_U], a->u, out->u);
    hand_over_weights(a, a->owner[HCL_WANT_D], a->d, out->d);
}

void hcl_accumulators_clear(struct hcl_accumulators *a)
{
    if (a == NULL)
        return;
    hcl_mem_free_secret(a->mem);
    hcl_stretches_clear(&a->stretches);
    free(a->sizes);
    free(a);
}

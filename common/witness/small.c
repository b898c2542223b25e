/* SPDX-License-Identifier: Apache-2.0 */
/* The small cells: execute rows in order, then count look-ups. */
#include "common/sys/mem.h"
#include "common/witness/team.h"
#include "common/witness/witness_internal.h"
#include <math.h>
#include <string.h>

#define CELL_LIMIT ((int64_t)1 << 62)

hcl_status hcl_witness_init(struct hcl_witness *w, const struct hcl_program *prog, struct hcl_err *err)
{
    hcl_status st;
    size_t cells = (size_t)prog->num_rows * prog->lanes;

    *w = (struct hcl_witness){ .prog = prog };
    for (uint32_t i = 0; i < prog->num_inputs; i++)
        w->num_inputs += prog->inputs[i].len;
    HCL_TRY(hcl_mem_calloc((void **)&w->cells.q, cells, sizeof(int64_t), "witness", err));
    HCL_TRY(hcl_mem_calloc((void **)&w->cells.y, cells, sizeof(int64_t), "witness", err));
    HCL_TRY(hcl_mem_calloc((void **)&w->cells.r, cells, sizeof(int64_t), "witness", err));
    HCL_TRY(hcl_mem_calloc((void **)&w->multiplicity, (size_t)hcl_program_lookup_rows(prog) + 1,
                           sizeof(int64_t), "witness", err));
    HCL_TRY(hcl_mem_calloc((void **)&w->inputs, w->num_inputs + 1, sizeof(int64_t), "witness", err));
done:
    if (st != HCL_OK)
        hcl_witness_clear(w);
    return st;
}

void hcl_witness_clear(struct hcl_witness *w)
{
    hcl_mem_free_secret(w->cells.q);
    hcl_mem_free_secret(w->cells.y);
    hcl_mem_free_secret(w->cells.r);
    for (uint32_t lane = 0; lane < HCL_MAX_LANES; lane++) {
        hcl_mem_free_secret(w->cells.lane_q[lane]);
        hcl_mem_free_secret(w->cells.lane_r[lane]);
    }
    hcl_mem_free_secret(w->multiplicity);
    hcl_mem_free_secret(w->inputs);
    *w = (struct hcl_witness){ 0 };
}

hcl_status hcl_witness_set_input(struct hcl_witness *w, size_t which, const int64_t *values, size_t len,
                                 struct hcl_err *err)
{
    const struct hcl_program_input *in;
    size_t at = 0;

    if (which >= w->prog->num_inputs)
        return hcl_fail(err, HCL_BAD_INPUT, "input %zu, but the model has %u", which, w->prog->num_inputs);
    in = &w->prog->inputs[which];
    if (len != in->len)
        return hcl_fail(err, HCL_BAD_INPUT, "input '%s' has %zu elements, expected %u", in->name, len,
                        in->len);
    for (size_t i = 0; i < which; i++)
        at += w->prog->inputs[i].len;
    for (size_t i = 0; i < len; i++) {
        if (values[i] < in->lo || values[i] > in->hi)
            return hcl_fail(err, HCL_BAD_INPUT, "input '%s' element %zu is %lld, expected %lld..%lld",
                            in->name, i, (long long)values[i], (long long)in->lo, (long long)in->hi);
    }
    memcpy(w->inputs + at, values, len * sizeof(*values));
    return HCL_OK;
}

/* den > 0 */
static __int128 divide(__int128 num, __int128 den)
{
    return num / den - (num % den < 0);
}

/* The largest x_i - by*y_i. */
static __int128 maximum(const int64_t *x, const int64_t *y, int64_t by, uint32_t count)
{
    __int128 most = x[0] - (__int128)by * y[0];

    for (uint32_t i = 1; i < count; i++) {
        const __int128 v = x[i] - (__int128)by * y[i];
        most = v > most ? v : most;
    }
    return most;
}

/* floor(sqrt(v)), v < 2^62, where doubles are right up to the last bit; 0 of negative numbers. */
static int64_t root(int64_t v)
{
    int64_t w = v > 0 ? (int64_t)sqrt((double)v) : 0;

    while (w > 0 && w * w > v)
        w--;
    while ((w + 1) * (w + 1) <= v)
        w++;
    return w;
}

/* Sum of x_i, or of their squares as far as they are below 2^62. */
static __int128 total(const int64_t *x, uint32_t count, bool squares)
{
    __int128 sum = 0;

    for (uint32_t i = 0; i < count && sum < CELL_LIMIT; i++)
        sum += squares ? (__int128)x[i] * x[i] : x[i];
    return sum;
}

/* The gates decide whether it is right: what makes no sense, or does not fit, is 0. above: R of the row
 * above.
 */
static int64_t hint(const struct hcl_witness *w, const struct hcl_hint *h, int64_t above)
{
    const int64_t *x = w->cells.y + h->cell;
    __int128 v = 0;

    if (h->kind == HCL_HINT_MAX)
        v = maximum(x, w->cells.y + (h->by ? h->other : h->cell), h->by, h->count);
    else if (h->kind == HCL_HINT_SUM || h->kind == HCL_HINT_SQUARES)
        v = total(x, h->count, h->kind == HCL_HINT_SQUARES);
    else if (h->kind == HCL_HINT_QUOTIENT && x[0] > 0)
        v = divide(2 * (__int128)h->by + x[0], 2 * (__int128)x[0]);
    else if (h->kind == HCL_HINT_ROOT && x[0] < CELL_LIMIT)
        v = root(x[0]);
    else if (h->kind == HCL_HINT_DIVIDE)
        v = divide((__int128)above + h->by / 2, h->by);
    else if (h->kind == HCL_HINT_SQUARE && above < CELL_LIMIT)
        v = (__int128)root(above) * root(above);
    else if (h->kind == HCL_HINT_FLOOR && x[0] > 0)
        v = divide(above, (__int128)h->by * x[0]);
    return v < CELL_LIMIT && v > -CELL_LIMIT ? (int64_t)v : 0;
}

/* Value of the source of Y cell `at`. */
static int64_t source(const struct hcl_witness *w, size_t at)
{
    hcl_src s = w->prog->sources[at];

    switch (HCL_SRC_KIND(s)) {
    case HCL_SRC_CELL:
        return w->cells.y[HCL_SRC_INDEX(s)];
    case HCL_SRC_INPUT:
        return w->inputs[HCL_SRC_INDEX(s)];
    case HCL_SRC_POOL:
        return w->prog->pool[HCL_SRC_INDEX(s)];
    case HCL_SRC_ABOVE:
        return w->cells.r[at - w->prog->lanes];
    case HCL_SRC_HINT:
        return hint(w, &w->prog->hints[HCL_SRC_INDEX(s)], w->cells.r[at - w->prog->lanes]);
    default:
        return 0;
    }
}

static hcl_status too_big(const struct hcl_program *p, uint32_t row, uint32_t lane, struct hcl_err *err)
{
    return hcl_fail(err, HCL_BAD_INPUT, "%s: a register leaves 62 bits (row %u, lane %u)",
                    hcl_program_label(p, row), row, lane);
}

/* One lane of a register row. */
static hcl_status run_register(struct hcl_witness *w, uint32_t row, uint32_t lane, struct hcl_err *err)
{
    const struct hcl_program *p = w->prog;
    const struct hcl_row_class *c = &p->classes[p->rows[row].cls];
    size_t at = (size_t)row * p->lanes + lane;
    int64_t above = row && lane < p->registers ? w->cells.r[at - p->lanes] : 0;
    int64_t y = source(w, at);
    bool look = p->rows[row].lookups >> lane & 1;
    /* |c2*above*y| may need 186 bits: multiply in two bounded steps. */
    __int128 factor = (__int128)c->c2 * above + c->c1, acc;
    int64_t q = 0;

    if (factor >= CELL_LIMIT || factor <= -CELL_LIMIT)
        return too_big(p, row, lane, err);
    acc = (__int128)c->c0 * above + factor * y;
    if (acc >= CELL_LIMIT || acc <= -CELL_LIMIT)
        return too_big(p, row, lane, err);
    if (look && c->s > 0) {
        const struct hcl_range *g = &p->ranges[c->range];
        __int128 t = acc - (g->len > c->s ? 0 : g->lo);
        const int64_t near = (int64_t)t;
        __int128 quotient = near == t ? near / c->s - (near % c->s < 0) : divide(t, c->s);
        q = (int64_t)quotient;
        acc -= quotient * c->s;
        if (!hcl_fn_value(&p->fns[c->fn], q, &y))
            return hcl_fail(err, HCL_BAD_INPUT, "%s: %lld is outside %lld..%lld (row %u, lane %u)",
                            hcl_program_label(p, row), (long long)q, (long long)p->fns[c->fn].lo,
                            (long long)(p->fns[c->fn].lo + p->fns[c->fn].len - 1), row, lane);
    }
    w->cells.q[at] = q;
    w->cells.y[at] = y;
    w->cells.r[at] = (int64_t)acc;
    return HCL_OK;
}

/* One lane of a row without register: the value, or the only entry of a constant's table. */
static void run_value(struct hcl_witness *w, uint32_t row, uint32_t lane)
{
    const struct hcl_program *p = w->prog;
    const struct hcl_row *r = &p->rows[row];
    size_t at = (size_t)row * p->lanes + lane;
    int64_t y = source(w, at);

    w->cells.y[at] = y;
    if (!(r->lookups >> lane & 1))
        return;
    w->cells.q[at] = y;
    if (p->sources[at] == HCL_SRC_NONE) {
        const struct hcl_fn_table *t = &p->fns[p->classes[r->cls].fn];
        w->cells.q[at] = t->lo;
        (void)hcl_fn_value(t, t->lo, &w->cells.y[at]);
    }
}

/* A row without register in which nothing is looked up: copies for the most part. */
static void run_copies(struct hcl_witness *w, uint32_t row)
{
    const size_t first = (size_t)row * w->prog->lanes;
    const hcl_src *from = w->prog->sources + first;
    int64_t *y = w->cells.y;

    for (uint32_t lane = 0; lane < w->prog->lanes; lane++)
        y[first + lane] = HCL_SRC_KIND(from[lane]) == HCL_SRC_CELL ? y[HCL_SRC_INDEX(from[lane])]
                          : from[lane] == HCL_SRC_NONE             ? 0
                                                                   : source(w, first + lane);
}

static hcl_status run_row(struct hcl_witness *w, uint32_t row, struct hcl_err *err)
{
    hcl_status st = HCL_OK;
    const struct hcl_program *p = w->prog;
    const struct hcl_row *r = &p->rows[row];

    if (r->flags & HCL_ROW_BLOCK)
        return HCL_OK;
    if (!(r->flags & HCL_ROW_REG) && r->lookups == 0) {
        run_copies(w, row);
        return HCL_OK;
    }
    for (uint32_t lane = 0; lane < p->lanes; lane++) {
        if (r->flags & HCL_ROW_REG)
            HCL_TRY(run_register(w, row, lane, err));
        else
            run_value(w, row, lane);
    }
done:
    return st;
}

/* Which table rows answer the two look-ups of a cell. */
static bool find_entries(const struct hcl_witness *w, uint32_t row, uint32_t lane, size_t *fn_row,
                         size_t *range_row)
{
    const struct hcl_program *p = w->prog;
    const struct hcl_row_class *c = &p->classes[p->rows[row].cls];
    const struct hcl_fn_table *t = &p->fns[c->fn];
    const struct hcl_range *g = &p->ranges[c->range];
    size_t at = (size_t)row * p->lanes + lane;
    int64_t q = w->cells.q[at], r = w->cells.r[at], y;
    bool both = true;

    *fn_row = *range_row = SIZE_MAX;
    if (hcl_fn_value(t, q, &y) && y == w->cells.y[at])
        *fn_row = t->table_row + (size_t)(q - t->lo);
    else
        both = false;
    if ((uint64_t)r - (uint64_t)g->lo < g->len)
        *range_row = g->table_row + (size_t)(r - g->lo);
    else
        both = false;
    return both;
}

static hcl_status not_in_table(const struct hcl_witness *w, uint32_t row, uint32_t lane, struct hcl_err *err)
{
    const struct hcl_program *p = w->prog;
    size_t at = (size_t)row * p->lanes + lane;

    return hcl_fail(err, HCL_BAD_INPUT, "%s: (%lld, %lld) or remainder %lld is in no table (row %u, lane %u)",
                    hcl_program_label(p, row), (long long)w->cells.q[at], (long long)w->cells.y[at],
                    (long long)w->cells.r[at], row, lane);
}

/* Look-ups of rows [first, end). strict: stop at the first one without an answer; else count them. */
static hcl_status count_lookups(struct hcl_witness *w, uint32_t first, uint32_t end, bool strict,
                                size_t *missing, struct hcl_err *err)
{
    const struct hcl_program *p = w->prog;

    *missing = 0;
    memset(w->multiplicity, 0, (size_t)hcl_program_lookup_rows(p) * sizeof(*w->multiplicity));
    for (uint32_t i = 0; i < p->num_blocks; i++) {
        size_t entry;
        if (p->blocks[i].kind != HCL_BLOCK_LOOKUP || p->blocks[i].out_row < first ||
            p->blocks[i].out_row >= end)
            continue;
        entry = hcl_lookup_entry(p, &p->blocks[i], &w->cells);
        if (entry != SIZE_MAX)
            w->multiplicity[entry]++;
        else
            *missing += 1;
    }
    for (uint32_t row = first; row < end; row++) {
        for (uint32_t lane = 0; lane < p->lanes; lane++) {
            size_t fn_row, range_row;
            if (!(p->rows[row].lookups >> lane & 1))
                continue;
            if (!find_entries(w, row, lane, &fn_row, &range_row)) {
                if (strict)
                    return not_in_table(w, row, lane, err);
                *missing += (size_t)(fn_row == SIZE_MAX) + (size_t)(range_row == SIZE_MAX);
            }
            if (fn_row != SIZE_MAX)
                w->multiplicity[fn_row]++;
            if (range_row != SIZE_MAX)
                w->multiplicity[range_row]++;
        }
    }
    return HCL_OK;
}

/* Look-ups that follow each other at once. */
static hcl_status run_blocks(struct hcl_witness *w, uint32_t *block, struct hcl_err *err)
{
    const struct hcl_program *p = w->prog;
    const struct hcl_block *b = &p->blocks[*block];
    const uint32_t count = hcl_lookups_together(p, *block);

    *block += count;
    return b->kind == HCL_BLOCK_LOOKUP ? hcl_lookup_run(p, b, count, &w->cells, w->team, err)
                                       : hcl_block_run(p, b, &w->cells, w->team, err);
}

static hcl_status run_rows(struct hcl_witness *w, struct hcl_err *err)
{
    hcl_status st = HCL_OK;
    const struct hcl_program *p = w->prog;
    uint32_t block = 0;

    for (uint32_t row = 0; row < p->num_rows; row++) {
        if (block < p->num_blocks && p->blocks[block].out_row == row)
            HCL_TRY(run_blocks(w, &block, err));
        HCL_TRY(run_row(w, row, err));
    }
done:
    return st;
}

/* With a team each rank counts in a part of the rows. */
static hcl_status count_share(struct hcl_witness *w, struct hcl_err *err)
{
    const uint32_t rank = hcl_team_rank(w->team);
    size_t missing;

    return count_lookups(w, hcl_team_first_row(w->team, w->prog, rank),
                         hcl_team_first_row(w->team, w->prog, rank + 1), true, &missing, err);
}

/* Room for this rank's lanes, unless all ranks hold all. */
static hcl_status take_lanes(struct hcl_witness *w, struct hcl_err *err)
{
    const struct hcl_program *p = w->prog;
    const uint32_t rank = hcl_team_rank(w->team);
    hcl_status st = HCL_OK;

    for (uint32_t lane = 0; lane < p->lanes && !hcl_team_whole(w->team); lane++) {
        if (!(w->team->lanes[rank] >> lane & 1) || w->cells.lane_q[lane])
            continue;
        HCL_TRY(
            hcl_mem_calloc((void **)&w->cells.lane_q[lane], p->num_rows, sizeof(int64_t), "witness", err));
        HCL_TRY(
            hcl_mem_calloc((void **)&w->cells.lane_r[lane], p->num_rows, sizeof(int64_t), "witness", err));
    }
done:
    return st;
}

/* Whether a row's Q and R are 0: no block, no register, nothing looked up. */
static bool only_copies(const struct hcl_row *r)
{
    return !(r->flags & (HCL_ROW_BLOCK | HCL_ROW_REG)) && r->lookups == 0;
}

/* Q and R of rows [first, end), which this rank has made itself, in its lanes, row by row: a row's lanes are
 * beside each other. */
static void copy_lanes(struct hcl_witness *w, uint32_t first, uint32_t end)
{
    const struct hcl_program *p = w->prog;
    uint32_t mine[HCL_MAX_LANES], count = 0;

    for (uint32_t lane = 0; lane < p->lanes; lane++)
        if (w->cells.lane_q[lane])
            mine[count++] = lane;
    for (uint32_t row = first; row < end; row++)
        for (uint32_t i = 0; !only_copies(&p->rows[row]) && i < count; i++) {
            const size_t cell = (size_t)row * p->lanes + mine[i];
            w->cells.lane_q[mine[i]][row] = w->cells.q[cell];
            w->cells.lane_r[mine[i]][row] = w->cells.r[cell];
        }
}

static void fill_lanes(struct hcl_witness *w)
{
    const struct hcl_program *p = w->prog;
    uint32_t row = 0;

    for (uint32_t i = 0; i < p->num_blocks; i++) {
        const struct hcl_block *b = &p->blocks[i];
        if (!hcl_block_is_shared(b))
            continue;
        copy_lanes(w, row, b->out_row);
        row = b->out_row + b->out_channels * b->out_rows;
    }
    copy_lanes(w, row, p->num_rows);
}

hcl_status hcl_witness_run(struct hcl_witness *w, struct hcl_err *err)
{
    hcl_status st = take_lanes(w, err);

    if (!hcl_team_whole(w->team))
        st = hcl_comm_agree(w->team->comm, st, err);
    if (st != HCL_OK)
        return st;
    st = run_rows(w, err);
    if (st == HCL_OK)
        fill_lanes(w);
    if (st == HCL_OK)
        st = count_share(w, err);
    if (!w->team || w->team->ended)
        return st;
    st = hcl_comm_agree(w->team->comm, st, err);
    if (st == HCL_OK)
        hcl_comm_sum_u64(w->team->comm, (uint64_t *)w->multiplicity, hcl_program_lookup_rows(w->prog));
    return st;
}

size_t hcl_witness_recount(struct hcl_witness *w)
{
    size_t missing;

    (void)count_lookups(w, 0, w->prog->num_rows, false, &missing, NULL);
    return missing;
}

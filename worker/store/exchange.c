/* SPDX-License-Identifier: Apache-2.0 */
#include "worker/store/exchange.h"

#include "common/halo2/rows.h"
#include "common/sys/mem.h"

#include <string.h>

/* Elements of one send buffer when columns are short: 2 MiB. */
#define STEP_ELEMENTS ((size_t)1 << 16)

/* Elements that are sent of a column: the longest block may be a unit above n/ranks. */
static size_t column_room(const struct hcl_exchange *x)
{
    return x->n + (size_t)hcl_comm_size(x->comm) * ((size_t)x->halo + HCL_ROWS_UNIT);
}

hcl_status hcl_exchange_init(struct hcl_exchange *x, struct hcl_comm *comm, size_t n, size_t columns,
                             uint32_t halo, struct hcl_err *err)
{
    int ranks = hcl_comm_size(comm);
    hcl_status st = HCL_OK;
    *x = (struct hcl_exchange){ .comm = comm, .n = n, .halo = halo, .step = 1 };
    hcl_rows_of(n, ranks, hcl_comm_rank(comm), &x->first, &x->count);
    if (ranks == 1)
        return HCL_OK;
    const size_t column = column_room(x);
    if (STEP_ELEMENTS / column > 1 && columns > 1)
        x->step = STEP_ELEMENTS / column < columns ? STEP_ELEMENTS / column : columns;
    x->sizes = calloc(2 * (size_t)ranks, sizeof *x->sizes);
    if (!x->sizes)
        HCL_TRY(hcl_fail(err, HCL_NO_RESOURCE, "out of memory for %d ranks", ranks));
    const size_t runs = 3 + halo / (n > HCL_ROWS_UNIT ? n / HCL_ROWS_UNIT : 1); /* of a column's rows */
    x->sends = calloc(2 * x->step * (size_t)ranks * runs, sizeof *x->sends);
    if (!x->sends)
        HCL_TRY(hcl_fail(err, HCL_NO_RESOURCE, "out of memory for messages of %d ranks", ranks));
    x->recvs = x->sends + x->step * (size_t)ranks * runs;
    st = hcl_exchange_wake(x, err);
done:
    if (st != HCL_OK)
        hcl_exchange_clear(x);
    return st;
}

void hcl_exchange_rest(struct hcl_exchange *x)
{
    hcl_mem_free_secret(x->send);
    hcl_mem_free_secret(x->recv);
    x->send = x->recv = NULL;
}

hcl_status hcl_exchange_wake(struct hcl_exchange *x, struct hcl_err *err)
{
    const size_t ranks = (size_t)hcl_comm_size(x->comm);
    hcl_status st = HCL_OK;
    if (ranks == 1 || x->send)
        return HCL_OK;
    HCL_TRY(hcl_mem_alloc((void **)&x->send, x->step * column_room(x), sizeof(hcl_fr), "exchange", err));
    st = hcl_mem_alloc((void **)&x->recv, ranks * x->count, sizeof(hcl_fr), "exchange", err);
done:
    return st;
}

void hcl_exchange_clear(struct hcl_exchange *x)
{
    hcl_exchange_rest(x);
    free(x->sizes);
    free(x->sends);
    *x = (struct hcl_exchange){ 0 };
}

/* Another rank's block. */
static void rows_of(const struct hcl_exchange *x, size_t rank, size_t *first, size_t *count)
{
    hcl_rows_of(x->n, hcl_comm_size(x->comm), (int)rank, first, count);
}

/* Rows [*start, *start + length) modulo n: how many of them come before the end. *start becomes a row. */
static size_t run_of(size_t n, size_t *start, size_t length)
{
    *start %= n;
    return n - *start < length ? n - *start : length;
}

/* Copy rows [start, start + length) modulo n of a column. */
static void copy_cyclic(hcl_fr *out, const struct hcl_moving *c, size_t n, size_t start, size_t length)
{
    for (size_t part; length > 0; start += part, length -= part, out += part) {
        part = run_of(n, &start, length);
        if (c->compact)
            hcl_compact_expand(out, c->compact, start, part);
        else
            memcpy(out, c->whole + start, part * sizeof *out);
    }
}

/* Rows before row `first`, modulo n; before < n or a multiple of n more. */
static size_t start_of(size_t n, size_t first, uint32_t before)
{
    return (first + n - before % n) % n;
}

/* In each step every rank takes part with its next x->step columns, those from number `lo` of its own on.
 * seen[r] counts the columns of rank r while all are gone through in list order. */
struct step_walk {
    size_t *seen, lo, hi;
};

static struct step_walk begin_step(struct hcl_exchange *x, size_t lo)
{
    memset(x->sizes, 0, (size_t)hcl_comm_size(x->comm) * sizeof *x->sizes);
    x->num_sends = x->num_recvs = 0;
    return (struct step_walk){ x->sizes, lo, lo + x->step };
}

static bool in_step(struct step_walk *w, uint32_t owner)
{
    size_t position = w->seen[owner]++;
    return position >= w->lo && position < w->hi;
}

static size_t most_owned(const struct hcl_exchange *x, const struct hcl_moving *columns, size_t count)
{
    size_t ranks = (size_t)hcl_comm_size(x->comm), most = 0;
    memset(x->sizes, 0, ranks * sizeof *x->sizes);
    for (size_t i = 0; i < count; i++) {
        size_t owned = ++x->sizes[columns[i].owner];
        if (owned > most)
            most = owned;
    }
    return most;
}

static void add_piece(struct hcl_comm_piece *list, size_t *count, uint32_t rank, hcl_fr *at, size_t rows)
{
    if (rows > 0)
        list[(*count)++] = (struct hcl_comm_piece){ (int)rank, at, rows * sizeof(hcl_fr) };
}

/* The rows of a rank's block go out as pieces that do not pass the column's end, from where they are, and
 * come in as the same pieces. */
static void send_rows(struct hcl_exchange *x, const struct hcl_moving *c, size_t rank, hcl_fr **scratch)
{
    size_t first, rows;
    rows_of(x, rank, &first, &rows);
    size_t length = rows + c->before + c->after, start = start_of(x->n, first, c->before);
    if (c->compact)
        copy_cyclic(*scratch, c, x->n, start, length);
    for (size_t part; length > 0; start += part, length -= part) {
        part = run_of(x->n, &start, length);
        add_piece(x->sends, &x->num_sends, (uint32_t)rank, c->compact ? *scratch : c->whole + start, part);
        if (c->compact)
            *scratch += part;
    }
}

static void receive_rows(struct hcl_exchange *x, const struct hcl_moving *c)
{
    size_t length = x->count + c->before + c->after, start = start_of(x->n, x->first, c->before);
    hcl_fr *in = c->block - c->before;
    for (size_t part; length > 0; start += part, length -= part, in += part) {
        part = run_of(x->n, &start, length);
        add_piece(x->recvs, &x->num_recvs, c->owner, in, part);
    }
}

/* The rows of a rank's block, to where it reads them. */
static void copy_rows(const struct hcl_exchange *x, const struct hcl_moving *c, size_t rank, hcl_fr *block)
{
    size_t first, rows;
    rows_of(x, rank, &first, &rows);
    copy_cyclic(block - c->before, c, x->n, start_of(x->n, first, c->before), rows + c->before + c->after);
}

/* All rows of a column of this rank. */
static void give_rows(struct hcl_exchange *x, const struct hcl_moving *c, hcl_fr **scratch)
{
    const int ranks = hcl_comm_size(x->comm), me = hcl_comm_rank(x->comm);
    hcl_fr *lent = c->block - (size_t)hcl_comm_local_rank(x->comm) * c->lent;
    copy_rows(x, c, (size_t)me, c->block);
    for (int r = 0; r < ranks; r++) {
        const bool near = c->lent > 0 && hcl_comm_near(x->comm, r);
        if (r != me && near)
            copy_rows(x, c, (size_t)r, lent);
        else if (r != me)
            send_rows(x, c, (size_t)r, scratch);
        lent += near ? c->lent : 0;
    }
}

static void columns_to_rows_begin(struct hcl_exchange *x, const struct hcl_moving *columns, size_t count,
                                  size_t lo)
{
    struct step_walk walk = begin_step(x, lo);
    hcl_fr *scratch = x->send;
    for (size_t i = 0; i < count; i++) {
        const struct hcl_moving *c = &columns[i];
        if (!in_step(&walk, c->owner))
            continue;
        if ((int)c->owner == hcl_comm_rank(x->comm))
            give_rows(x, c, &scratch);
        else if (c->lent == 0 || !hcl_comm_near(x->comm, (int)c->owner))
            receive_rows(x, c);
    }
    hcl_comm_pieces_begin(x->comm, x->sends, x->num_sends, x->recvs, x->num_recvs);
}

void hcl_columns_to_rows_begin(struct hcl_exchange *x, const struct hcl_moving *columns, size_t count)
{
    HCL_CHECK(hcl_comm_size(x->comm) > 1 && most_owned(x, columns, count) <= x->step);
    columns_to_rows_begin(x, columns, count, 0);
}

void hcl_columns_to_rows_end(struct hcl_exchange *x)
{
    hcl_comm_pieces_end(x->comm);
}

void hcl_columns_to_rows(struct hcl_exchange *x, const struct hcl_moving *columns, size_t count)
{
    if (hcl_comm_size(x->comm) == 1) {
        for (size_t i = 0; i < count; i++) {
            const struct hcl_moving *c = &columns[i];
            copy_cyclic(c->block - c->before, c, x->n, start_of(x->n, 0, c->before),
                        x->n + c->before + c->after);
        }
        return;
    }
    size_t most = most_owned(x, columns, count);
    for (size_t lo = 0; lo < most; lo += x->step) {
        columns_to_rows_begin(x, columns, count, lo);
        hcl_comm_pieces_end(x->comm);
    }
}

static void rows_to_columns_step(struct hcl_exchange *x, const struct hcl_moving *columns, size_t count,
                                 size_t lo)
{
    const size_t ranks = (size_t)hcl_comm_size(x->comm);
    const uint32_t me = (uint32_t)hcl_comm_rank(x->comm);
    struct step_walk walk = begin_step(x, lo);
    for (size_t i = 0; i < count; i++) {
        const struct hcl_moving *c = &columns[i];
        if (!in_step(&walk, c->owner))
            continue;
        if (c->owner != me) {
            add_piece(x->sends, &x->num_sends, c->owner, c->block, x->count);
            continue;
        }
        memcpy(c->whole + x->first, c->block, x->count * sizeof(hcl_fr));
        for (size_t r = 0; r < ranks; r++) {
            size_t first, rows;
            rows_of(x, r, &first, &rows);
            if (r != me)
                add_piece(x->recvs, &x->num_recvs, (uint32_t)r, c->whole + first, rows);
        }
    }
    hcl_comm_pieces(x->comm, x->sends, x->num_sends, x->recvs, x->num_recvs);
}

void hcl_rows_to_columns(struct hcl_exchange *x, const struct hcl_moving *columns, size_t count)
{
    if (hcl_comm_size(x->comm) == 1) {
        for (size_t i = 0; i < count; i++)
            memcpy(columns[i].whole, columns[i].block, x->n * sizeof(hcl_fr));
        return;
    }
    size_t most = most_owned(x, columns, count);
    for (size_t lo = 0; lo < most; lo += x->step)
        rows_to_columns_step(x, columns, count, lo);
}

void hcl_rows_to_all(struct hcl_exchange *x, const hcl_fr *block, hcl_fr *whole)
{
    const size_t ranks = (size_t)hcl_comm_size(x->comm);
    if (ranks == 1) {
        memcpy(whole, block, x->n * sizeof *whole);
        return;
    }
    for (size_t r = 0; r < ranks; r++) {
        size_t first, rows;
        rows_of(x, r, &first, &rows);
        x->sizes[r] = rows * sizeof *whole;
    }
    hcl_comm_allgatherv(x->comm, block, whole, x->sizes);
}

/* In so many steps all parts of a sum travel, if there are ranks enough: each takes a call's latency, and
 * parts of few ranks at a time are still near the processor when they are sent and added. */
#define SUM_STEPS 8
#define TILE 1024

static void add(hcl_fr *sum, const hcl_fr *part, size_t count, int threads)
{
#pragma omp parallel for schedule(static) num_threads(threads) if (count > 8 * TILE)
    for (size_t at = 0; at < count; at += TILE)
        hcl_fr_add_vec(sum + at, sum + at, part + at, count - at < TILE ? count - at : TILE);
}

/* Half of the buffers: so many rows of each of `peers` ranks. Both together are no more than one of each
 * rank: where there are two ranks there is one step, else a step is of no more than half of them. */
struct summing {
    const bool *has; /* NULL: all */
    hcl_summand make;
    void *ctx;
    size_t peers, longest;
};

static bool gives(const struct summing *s, size_t rank)
{
    return !s->has || s->has[rank];
}

/* The parts of the ranks number lo and so on behind this one go out, those of as many in front of it come in.
 */
static void begin_parts(struct hcl_exchange *x, const struct summing *s, size_t lo, size_t half)
{
    const size_t ranks = (size_t)hcl_comm_size(x->comm), me = (size_t)hcl_comm_rank(x->comm);
    hcl_fr *out = x->send + half * s->peers * s->longest, *in = x->recv + half * s->peers * x->count;
    x->num_sends = x->num_recvs = 0;
    for (size_t i = lo; i < lo + s->peers && i < ranks; i++) {
        const size_t to = (me + i) % ranks, from = (me + ranks - i) % ranks;
        size_t first, rows;
        rows_of(x, to, &first, &rows);
        if (gives(s, me) && rows > 0) {
            s->make(out, first, rows, s->ctx);
            add_piece(x->sends, &x->num_sends, (uint32_t)to, out, rows);
            out += rows;
        }
        if (gives(s, from)) {
            add_piece(x->recvs, &x->num_recvs, (uint32_t)from, in, x->count);
            in += x->count;
        }
    }
}

void hcl_sum_to_rows(struct hcl_exchange *x, hcl_summand make, void *ctx, const bool *has, hcl_fr *block,
                     int threads)
{
    const size_t ranks = (size_t)hcl_comm_size(x->comm), me = (size_t)hcl_comm_rank(x->comm);
    struct summing s = {
        .has = has, .make = make, .ctx = ctx, .peers = (ranks - 1 + SUM_STEPS - 1) / SUM_STEPS
    };
    size_t first, half = 0, coming = 0;
    rows_of(x, 0, &first, &s.longest);
    if (gives(&s, me) && x->count > 0)
        make(block, x->first, x->count, ctx);
    else
        memset(block, 0, x->count * sizeof *block);
    for (size_t lo = 1; lo < ranks; lo += s.peers, half = 1 - half) {
        begin_parts(x, &s, lo, half);
        if (lo > 1)
            hcl_comm_pieces_end(x->comm);
        hcl_comm_pieces_begin(x->comm, x->sends, x->num_sends, x->recvs, x->num_recvs);
        for (size_t i = 0; i < coming; i++)
            add(block, x->recv + ((1 - half) * s.peers + i) * x->count, x->count, threads);
        coming = x->num_recvs;
    }
    if (ranks > 1)
        hcl_comm_pieces_end(x->comm);
    for (size_t i = 0; i < coming; i++)
        add(block, x->recv + ((1 - half) * s.peers + i) * x->count, x->count, threads);
}

/* ---- transposition ---- */

/* Elements [first, end) of a matrix in row order. */
struct part {
    size_t first, end;
};

static struct part part_of(const struct hcl_exchange *x, struct hcl_strips s, size_t rank)
{
    const size_t ranks = (size_t)hcl_comm_size(x->comm);
    size_t first, count;
    if (s.kind == HCL_STRIPS_WHOLE)
        return (struct part){ 0, rank == (size_t)s.rank ? x->n : 0 };
    rank = (rank + ranks - (size_t)s.rank % ranks) % ranks;
    if (s.kind == HCL_STRIPS_ROWS)
        return (struct part){ s.row * hcl_comm_first(x->n / s.row, (uint32_t)ranks, (uint32_t)rank),
                              s.row * hcl_comm_first(x->n / s.row, (uint32_t)ranks, (uint32_t)rank + 1) };
    rows_of(x, rank, &first, &count);
    return (struct part){ first, first + count };
}

void hcl_strips_of(const struct hcl_exchange *x, struct hcl_strips s, size_t *first, size_t *count)
{
    const struct part p = part_of(x, s, (size_t)hcl_comm_rank(x->comm));
    *first = p.first;
    *count = p.end - p.first;
}

/* Of the elements before number `end`, rows of `columns`: how many are in column j, in the columns before it.
 */
static size_t in_column(size_t end, size_t j, size_t columns)
{
    return end > j ? (end - j - 1) / columns + 1 : 0;
}

static size_t before_column(size_t end, size_t j, size_t columns)
{
    return end / columns * j + (end % columns < j ? end % columns : j);
}

static size_t clamp(size_t i, size_t lo, size_t hi)
{
    return i < lo ? lo : i > hi ? hi : i;
}

/* A matrix of rows x columns, a part of it, and the part of what is transposed that goes to a rank. */
struct meeting {
    size_t rows, columns;
    struct part from, to;
};

/* Rows of column j that are in m->from. */
static struct part column_of(const struct meeting *m, size_t j)
{
    return (struct part){ in_column(m->from.first, j, m->columns), in_column(m->from.end, j, m->columns) };
}

/* And in m->to, too. */
static struct part rows_that_meet(const struct meeting *m, size_t j)
{
    const struct part all = column_of(m, j);
    const size_t lo = m->to.first > j * m->rows ? m->to.first - j * m->rows : 0,
                 hi = m->to.end > j * m->rows ? m->to.end - j * m->rows : 0;
    const struct part p = { clamp(lo, all.first, all.end), clamp(hi, all.first, all.end) };
    return p;
}

/* Elements of m->from that come before element `at` of what is transposed. */
static size_t preceding(const struct meeting *m, size_t at)
{
    const size_t j = at / m->rows;
    const struct part rows = column_of(m, j);
    return before_column(m->from.end, j, m->columns) - before_column(m->from.first, j, m->columns) +
           clamp(at % m->rows, rows.first, rows.end) - rows.first;
}

static size_t meeting_size(const struct meeting *m)
{
    return m->to.end > m->to.first ? preceding(m, m->to.end) - preceding(m, m->to.first) : 0;
}

/* Column j of the message begins there, with the first of the rows that meet. */
static size_t place_of_column(const struct meeting *m, size_t j)
{
    const size_t at = j * m->rows > m->to.first ? j * m->rows : m->to.first;
    return preceding(m, at) - preceding(m, m->to.first);
}

/* Columns at once: 256 bytes of each row. */
#define SIDE 8

/* out := what m->from has for m->to, in the order of the latter. */
static void pack_columns(hcl_fr *out, const hcl_fr *in, const struct meeting *m, size_t first, size_t count)
{
    struct part rows[SIDE], all = { SIZE_MAX, 0 };
    hcl_fr *at[SIDE];
    for (size_t k = 0; k < count; k++) {
        rows[k] = rows_that_meet(m, first + k);
        at[k] = out + place_of_column(m, first + k);
        all.first = rows[k].first < all.first ? rows[k].first : all.first;
        all.end = rows[k].end > all.end ? rows[k].end : all.end;
    }
    for (size_t i = all.first; i < all.end; i++)
        for (size_t k = 0; k < count; k++)
            if (i >= rows[k].first && i < rows[k].end)
                *at[k]++ = in[i * m->columns + first + k - m->from.first];
}

static void pack(hcl_fr *out, const hcl_fr *in, const struct meeting *m, int threads)
{
    const size_t first = m->to.first / m->rows, end = (m->to.end + m->rows - 1) / m->rows;
#pragma omp parallel for schedule(static) num_threads(threads) if (meeting_size(m) > 4 * TILE)
    for (size_t j = first; j < end; j += SIDE)
        pack_columns(out, in, m, j, end - j < SIDE ? end - j : SIDE);
}

static void unpack(hcl_fr *out, const hcl_fr *in, const struct meeting *m, int threads)
{
    const size_t first = m->to.first / m->rows, end = (m->to.end + m->rows - 1) / m->rows;
#pragma omp parallel for schedule(static) num_threads(threads) if (meeting_size(m) > 4 * TILE)
    for (size_t j = first; j < end; j++) {
        const struct part rows = rows_that_meet(m, j);
        if (rows.end > rows.first)
            memcpy(out + j * m->rows + rows.first - m->to.first, in + place_of_column(m, j),
                   (rows.end - rows.first) * sizeof *out);
    }
}

/* What a rank has of a matrix for another, run by run of what that one gets, halos included. */
struct runs {
    struct meeting m;
    size_t n, start, left;
    hcl_fr *out; /* where the next run comes out */
};

static struct runs runs_of(const struct hcl_exchange *x, const struct hcl_transposed *t, size_t from,
                           size_t to)
{
    const struct part p = part_of(x, t->to, to);
    return (
        struct runs){ .m = { .rows = t->rows, .columns = x->n / t->rows, .from = part_of(x, t->from, from) },
                      .n = x->n,
                      .start = start_of(x->n, p.first, t->before),
                      .left = p.end - p.first + t->before + t->after,
                      .out = t->out - t->before };
}

/* The next run is r->m.to, and comes out at *out; false: there is none. */
static bool next_run(struct runs *r, hcl_fr **out)
{
    if (r->left == 0)
        return false;
    const size_t part = run_of(r->n, &r->start, r->left);
    r->m.to = (struct part){ r->start, r->start + part };
    *out = r->out;
    r->out += part;
    r->start += part;
    r->left -= part;
    return true;
}

static size_t elements_of(struct runs r)
{
    size_t all = 0;
    for (hcl_fr *out; next_run(&r, &out);)
        all += meeting_size(&r.m);
    return all;
}

static void pack_all(hcl_fr *packed, const struct hcl_exchange *x, const struct hcl_transposed *m,
                     size_t count, size_t to, int threads)
{
    for (size_t i = 0; i < count; i++) {
        struct runs r = runs_of(x, &m[i], (size_t)hcl_comm_rank(x->comm), to);
        for (hcl_fr *out; next_run(&r, &out); packed += meeting_size(&r.m))
            if (meeting_size(&r.m) > 0)
                pack(packed, m[i].in, &r.m, threads);
    }
}

static void unpack_all(const hcl_fr *landing, const struct hcl_exchange *x, const struct hcl_transposed *m,
                       size_t count, size_t from, int threads)
{
    for (size_t i = 0; i < count; i++) {
        struct runs r = runs_of(x, &m[i], from, (size_t)hcl_comm_rank(x->comm));
        for (hcl_fr *out; next_run(&r, &out); landing += meeting_size(&r.m))
            if (meeting_size(&r.m) > 0)
                unpack(out, landing, &r.m, threads);
    }
}

static size_t sum_before(const size_t *counts, size_t r)
{
    size_t sum = 0;
    for (size_t i = 0; i < r; i++)
        sum += counts[i];
    return sum / sizeof(hcl_fr);
}

/* Of few ranks the threads share what goes to one, of many each takes some, if it is worth waking them. */
static int threads_across(size_t ranks, size_t elements, int threads)
{
    return ranks >= 4 * (size_t)threads && elements > 4 * TILE ? threads : 1;
}

void hcl_transpose(struct hcl_exchange *x, const struct hcl_transposed *m, size_t count, hcl_fr *packed,
                   hcl_fr *landing, int threads)
{
    const size_t ranks = (size_t)hcl_comm_size(x->comm), me = (size_t)hcl_comm_rank(x->comm);
    size_t *send_counts = x->sizes, *recv_counts = send_counts + ranks;
    memset(x->sizes, 0, 2 * ranks * sizeof *x->sizes);
    for (size_t r = 0; r < ranks; r++)
        for (size_t i = 0; i < count; i++) {
            send_counts[r] += elements_of(runs_of(x, &m[i], me, r)) * sizeof *packed;
            recv_counts[r] += elements_of(runs_of(x, &m[i], r, me)) * sizeof *packed;
        }
    const int across = threads_across(ranks, sum_before(send_counts, ranks), threads),
              within = threads / across;
#pragma omp parallel for schedule(dynamic, 1) num_threads(across) if (across > 1)
    for (size_t r = 0; r < ranks; r++)
        pack_all(packed + sum_before(send_counts, r), x, m, count, r, within);
    hcl_comm_alltoallv(x->comm, packed, send_counts, landing, recv_counts);
#pragma omp parallel for schedule(dynamic, 1) num_threads(across) if (across > 1)
    for (size_t r = 0; r < ranks; r++)
        unpack_all(landing + sum_before(recv_counts, r), x, m, count, r, within);
}

void hcl_sum_scalars(struct hcl_comm *comm, hcl_fr *v, size_t count, hcl_fr *scratch)
{
    size_t ranks = (size_t)hcl_comm_size(comm);
    if (ranks == 1)
        return;
    hcl_comm_allgather(comm, v, scratch, count * sizeof *v);
    memcpy(v, scratch, count * sizeof *v);
    for (size_t r = 1; r < ranks; r++)
        hcl_fr_add_vec(v, v, scratch + r * count, count);
}

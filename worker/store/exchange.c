/* SPDX-License-Identifier: Apache-2.0 */
#include "worker/store/exchange.h"

#include "common/halo2/rows.h"
#include "common/sys/mem.h"

#include <string.h>

/* Elements of one send buffer when columns are short: 2 MiB. */
#define STEP_ELEMENTS ((size_t)1 << 16)

hcl_status hcl_exchange_init(struct hcl_exchange *x, struct hcl_comm *comm, size_t n, size_t columns,
                             uint32_t halo, struct hcl_err *err)
{
    int ranks = hcl_comm_size(comm);
    hcl_status st = HCL_OK;
    *x = (struct hcl_exchange){ .comm = comm, .n = n, .halo = halo, .step = 1 };
    hcl_rows_of(n, ranks, hcl_comm_rank(comm), &x->first, &x->count);
    if (ranks == 1)
        return HCL_OK;
    size_t column = n + (size_t)ranks * ((size_t)halo +
                                         HCL_ROWS_UNIT); /* the longest block may be a unit above n/ranks */
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
    HCL_TRY(hcl_mem_alloc((void **)&x->send, x->step * column, sizeof(hcl_fr), "exchange", err));
    HCL_TRY(hcl_mem_alloc((void **)&x->recv, (size_t)ranks * x->count, sizeof(hcl_fr), "exchange", err));
done:
    if (st != HCL_OK)
        hcl_exchange_clear(x);
    return st;
}

void hcl_exchange_clear(struct hcl_exchange *x)
{
    hcl_mem_free_secret(x->send);
    hcl_mem_free_secret(x->recv);
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
    hcl_fr *copy = *scratch;
    if (c->compact) {
        copy_cyclic(copy, c, x->n, start, length);
        *scratch += length;
    }
    for (size_t part; length > 0; start += part, length -= part, copy += part) {
        part = run_of(x->n, &start, length);
        add_piece(x->sends, &x->num_sends, (uint32_t)rank, c->compact ? copy : c->whole + start, part);
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

void hcl_sum_to_rows(struct hcl_exchange *x, const hcl_fr *whole, const bool *has, hcl_fr *block)
{
    const size_t ranks = (size_t)hcl_comm_size(x->comm), me = (size_t)hcl_comm_rank(x->comm);
    size_t *send_counts = x->sizes, *recv_counts = send_counts + ranks, parts = 0;
    if (ranks == 1) {
        memcpy(block, whole, x->n * sizeof *block);
        return;
    }
    for (size_t r = 0; r < ranks; r++) {
        size_t first, rows;
        rows_of(x, r, &first, &rows);
        send_counts[r] = !has || has[me] ? rows * sizeof(hcl_fr) : 0;
        recv_counts[r] = !has || has[r] ? x->count * sizeof(hcl_fr) : 0;
        parts += recv_counts[r] > 0;
    }
    hcl_comm_alltoallv(x->comm, whole, send_counts, x->recv, recv_counts);
    memset(block, 0, x->count * sizeof *block);
    for (size_t i = 0; i < parts; i++)
        hcl_fr_add_vec(block, block, x->recv + i * x->count, x->count);
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

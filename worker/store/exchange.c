/* SPDX-License-Identifier: Apache-2.0 */
#include "worker/store/exchange.h"

#include "common/sys/mem.h"
#include "worker/store/rows.h"

#include <string.h>

/* Elements of one send buffer when columns are short: 2 MiB. */
#define STEP_ELEMENTS ((size_t)1 << 16)

hcl_status hcl_exchange_init(struct hcl_exchange *x, struct hcl_comm *comm, size_t n, size_t columns,
                             uint32_t halo, struct hcl_err *err)
{
    int ranks = hcl_comm_size(comm);
    hcl_status st = HCL_OK;
    *x = (struct hcl_exchange){ .comm = comm, .n = n, .parts = 1, .halo = halo, .step = 1 };
    hcl_rows_of(n, ranks, hcl_comm_rank(comm), &x->first, &x->count);
    if (ranks == 1)
        return HCL_OK;
    size_t column = n + (size_t)ranks * ((size_t)halo +
                                         HCL_ROWS_UNIT); /* the longest block may be a unit above n/ranks */
    if (STEP_ELEMENTS / column > 1 && columns > 1)
        x->step = STEP_ELEMENTS / column < columns ? STEP_ELEMENTS / column : columns;
    x->sizes = calloc(4 * (size_t)ranks, sizeof *x->sizes);
    if (!x->sizes)
        HCL_TRY(hcl_fail(err, HCL_NO_RESOURCE, "out of memory for %d ranks", ranks));
    HCL_TRY(hcl_mem_alloc((void **)&x->send, x->step * column, sizeof(hcl_fr), "exchange", err));
    HCL_TRY(hcl_mem_alloc((void **)&x->recv, x->step * column, sizeof(hcl_fr), "exchange", err));
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
    *x = (struct hcl_exchange){ 0 };
}

struct hcl_exchange hcl_exchange_of_part(const struct hcl_exchange *x, uint32_t parts)
{
    struct hcl_exchange part = *x;
    HCL_CHECK(x->parts == 1 && x->n % parts == 0 && x->first % parts == 0 && x->count % parts == 0);
    part.parts = parts;
    part.n /= parts;
    part.first /= parts;
    part.count /= parts;
    return part;
}

/* Another rank's block. */
static void rows_of(const struct hcl_exchange *x, size_t rank, size_t *first, size_t *count)
{
    hcl_rows_of(x->n * x->parts, hcl_comm_size(x->comm), (int)rank, first, count);
    *first /= x->parts;
    *count /= x->parts;
}

/* Copy rows [start, start + length) modulo n of a column. */
static void copy_cyclic(hcl_fr *out, const struct hcl_moving *c, size_t n, size_t start, size_t length)
{
    while (length > 0) {
        start %= n;
        size_t part = n - start < length ? n - start : length;
        if (c->compact)
            hcl_compact_expand(out, c->compact, start, part);
        else
            memcpy(out, c->whole + start, part * sizeof *out);
        out += part;
        start += part;
        length -= part;
    }
}

/* Rows before row `first`, modulo n; before < n or a multiple of n more. */
static size_t start_of(size_t n, size_t first, uint32_t before)
{
    return (first + n - before % n) % n;
}

/* In each step every rank takes part with its next x->step columns. taken[r] counts those of earlier
 * steps; the walk visits columns in list order and calls `visit` for those of this step. */
struct step_walk {
    size_t *seen, lo, hi;
};

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

/* Counts in elements -> bytes, then the exchange. */
static void transfer(struct hcl_exchange *x, size_t *send_counts, size_t *recv_counts)
{
    for (int r = 0; r < hcl_comm_size(x->comm); r++) {
        send_counts[r] *= sizeof(hcl_fr);
        recv_counts[r] *= sizeof(hcl_fr);
    }
    hcl_comm_alltoallv(x->comm, x->send, send_counts, x->recv, recv_counts);
}

static void columns_to_rows_step(struct hcl_exchange *x, const struct hcl_moving *columns, size_t count,
                                 size_t lo)
{
    size_t ranks = (size_t)hcl_comm_size(x->comm);
    uint32_t me = (uint32_t)hcl_comm_rank(x->comm);
    size_t *seen = x->sizes, *send_counts = seen + ranks, *recv_counts = send_counts + ranks;
    size_t *at = recv_counts + ranks;
    memset(x->sizes, 0, 4 * ranks * sizeof *x->sizes);

    hcl_fr *out = x->send;
    for (size_t r = 0; r < ranks; r++) {
        size_t first, rows;
        rows_of(x, r, &first, &rows);
        memset(seen, 0, ranks * sizeof *seen);
        struct step_walk walk = { seen, lo, lo + x->step };
        for (size_t i = 0; i < count; i++) {
            const struct hcl_moving *c = &columns[i];
            if (!in_step(&walk, c->owner) || c->owner != me)
                continue;
            size_t length = rows + c->before + c->after, start = start_of(x->n, first, c->before);
            if (r == me) {
                copy_cyclic(c->block - c->before, c, x->n, start, length);
                continue;
            }
            copy_cyclic(out, c, x->n, start, length);
            out += length;
            send_counts[r] += length;
        }
    }
    for (int pass = 0; pass < 2; pass++) {
        memset(seen, 0, ranks * sizeof *seen);
        struct step_walk walk = { seen, lo, lo + x->step };
        for (size_t i = 0; i < count; i++) {
            const struct hcl_moving *c = &columns[i];
            if (!in_step(&walk, c->owner) || c->owner == me)
                continue;
            size_t length = x->count + c->before + c->after;
            if (pass == 0) {
                recv_counts[c->owner] += length;
                continue;
            }
            memcpy(c->block - c->before, x->recv + at[c->owner], length * sizeof(hcl_fr));
            at[c->owner] += length;
        }
        if (pass == 0) {
            for (size_t r = 0, sum = 0; r < ranks; r++) {
                at[r] = sum;
                sum += recv_counts[r];
            }
            transfer(x, send_counts, recv_counts);
        }
    }
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
    for (size_t lo = 0; lo < most; lo += x->step)
        columns_to_rows_step(x, columns, count, lo);
}

static void rows_to_columns_step(struct hcl_exchange *x, const struct hcl_moving *columns, size_t count,
                                 size_t lo)
{
    size_t ranks = (size_t)hcl_comm_size(x->comm);
    uint32_t me = (uint32_t)hcl_comm_rank(x->comm);
    size_t *seen = x->sizes, *send_counts = seen + ranks, *recv_counts = send_counts + ranks;
    size_t *at = recv_counts + ranks;
    memset(x->sizes, 0, 4 * ranks * sizeof *x->sizes);

    struct step_walk walk = { seen, lo, lo + x->step };
    size_t mine = 0;
    for (size_t i = 0; i < count; i++)
        if (in_step(&walk, columns[i].owner)) {
            if (columns[i].owner == me)
                mine++;
            else
                send_counts[columns[i].owner] += x->count;
        }
    for (size_t r = 0, sum = 0; r < ranks; r++) {
        at[r] = sum;
        sum += send_counts[r];
    }
    memset(seen, 0, ranks * sizeof *seen);
    for (size_t i = 0; i < count; i++)
        if (in_step(&walk, columns[i].owner)) {
            bool stays = columns[i].owner == me;
            hcl_fr *to = stays ? columns[i].whole + x->first : x->send + at[columns[i].owner];
            memcpy(to, columns[i].block, x->count * sizeof(hcl_fr));
            at[columns[i].owner] += stays ? 0 : x->count;
        }
    for (size_t r = 0; r < ranks; r++) {
        size_t first, rows;
        rows_of(x, r, &first, &rows);
        recv_counts[r] = r == me ? 0 : mine * rows;
    }
    transfer(x, send_counts, recv_counts);
    const hcl_fr *in = x->recv;
    for (size_t r = 0; r < ranks; r++) {
        size_t first, rows;
        rows_of(x, r, &first, &rows);
        memset(seen, 0, ranks * sizeof *seen);
        for (size_t i = 0; i < count && r != me; i++)
            if (in_step(&walk, columns[i].owner) && columns[i].owner == me) {
                memcpy(columns[i].whole + first, in, rows * sizeof(hcl_fr));
                in += rows;
            }
    }
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

void hcl_sum_to_rows(struct hcl_exchange *x, const hcl_fr *whole, hcl_fr *block)
{
    size_t ranks = (size_t)hcl_comm_size(x->comm);
    if (ranks == 1) {
        memcpy(block, whole, x->n * sizeof *block);
        return;
    }
    size_t *send_counts = x->sizes, *recv_counts = send_counts + ranks;
    for (size_t r = 0; r < ranks; r++) {
        size_t first, rows;
        rows_of(x, r, &first, &rows);
        send_counts[r] = rows * sizeof(hcl_fr);
        recv_counts[r] = x->count * sizeof(hcl_fr);
    }
    hcl_comm_alltoallv(x->comm, whole, send_counts, x->recv, recv_counts);
    memcpy(block, x->recv, x->count * sizeof *block);
    for (size_t r = 1; r < ranks; r++)
        hcl_fr_add_vec(block, block, x->recv + r * x->count, x->count);
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

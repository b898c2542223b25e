/* SPDX-License-Identifier: Apache-2.0 */
/* Fixed columns: most reach every rank, weights their owner alone. */
#include "coordinator/cli/share.h"

#include <string.h>

static bool root(const struct hcl_comm *comm)
{
    return hcl_comm_rank(comm) == 0;
}

/* A column without its cells. */
struct head {
    uint64_t rows, stored, width, digits, exceptions;
};

static struct head head_of(const struct hcl_circuit *c, uint32_t column)
{
    const struct hcl_compact *f = &c->fixed[column];
    return (struct head){ c->fixed_rows[column], f->stored, (uint64_t)f->width, (uint64_t)f->digits,
                          f->num_exceptions };
}

static size_t cell_bytes(const struct head *h)
{
    return (size_t)(h->stored * h->width * h->digits);
}

static size_t list_bytes(const struct head *h)
{
    return (size_t)h->exceptions * sizeof(struct hcl_compact_exception);
}

static hcl_status make_column(struct hcl_compact *out, const struct head *h, struct hcl_err *err)
{
    const hcl_status st =
        hcl_compact_init_digits(out, (size_t)h->rows, (size_t)h->stored, (int)h->width, (int)h->digits,
                                (size_t)h->exceptions, false, "fixed columns", err);
    out->num_exceptions = st == HCL_OK ? (size_t)h->exceptions : 0;
    return st;
}

/* A column that all ranks have. */
static hcl_status share_column(struct hcl_comm *comm, struct hcl_circuit *c, uint32_t column,
                               struct hcl_err *err)
{
    struct hcl_compact *f = &c->fixed[column], received = { 0 };
    struct head h = head_of(c, column);
    hcl_status st = HCL_OK;
    hcl_comm_bcast(comm, &h, sizeof h, 0);
    if (!root(comm)) {
        st = make_column(&received, &h, err);
        f = &received;
    }
    HCL_TRY(hcl_comm_agree(comm, st, err));
    hcl_comm_bcast(comm, f->cells, cell_bytes(&h), 0);
    hcl_comm_bcast(comm, f->exceptions, list_bytes(&h), 0);
    if (!root(comm))
        st = hcl_circuit_take_fixed(c, column, &received, err);
    st = hcl_comm_agree(comm, st, err);
done:
    hcl_compact_clear(&received);
    return st;
}

/* Columns that travel at once: at most one for each rank. */
struct wave {
    struct hcl_comm *comm;
    struct hcl_circuit *circuit;
    const uint32_t *owner; /* of the fixed columns */
    struct head *heads;    /* of the fixed columns */
    uint32_t *column;      /* [rank]; HCL_NONE: none */
    size_t *send, *recv;   /* [rank]: bytes */
    struct hcl_compact received;
    uint8_t *packed;
    size_t room;
};

static void wave_clear(struct wave *w)
{
    hcl_compact_clear(&w->received);
    free(w->heads);
    free(w->column);
    free(w->send);
    free(w->packed);
}

static hcl_status wave_init(struct wave *w, struct hcl_err *err)
{
    const size_t ranks = (size_t)hcl_comm_size(w->comm), columns = w->circuit->num_fixed;
    w->heads = calloc(columns + 1, sizeof *w->heads);
    w->column = calloc(ranks, sizeof *w->column);
    w->send = calloc(2 * ranks, sizeof *w->send);
    if (!w->heads || !w->column || !w->send)
        return hcl_fail(err, HCL_NO_RESOURCE, "out of memory for %zu columns", columns);
    w->recv = w->send + ranks;
    for (uint32_t i = 0; root(w->comm) && i < columns; i++)
        w->heads[i] = head_of(w->circuit, i);
    return HCL_OK;
}

/* The next columns that go from rank 0 to others: from *at on, whose heads all ranks know. false: none. */
static bool next_wave(struct wave *w, uint32_t *at)
{
    const uint32_t ranks = (uint32_t)hcl_comm_size(w->comm);
    bool any = false;
    for (uint32_t r = 0; r < ranks; r++)
        w->column[r] = HCL_NONE;
    for (; *at < w->circuit->num_fixed; ++*at) {
        const uint32_t to = w->owner[*at];
        if (to == HCL_SHARE_ALL || to == 0)
            continue;
        if (w->column[to] != HCL_NONE)
            break;
        w->column[to] = *at;
        any = true;
    }
    return any;
}

/* Cells and list of a column, one behind the other; either may be empty, and its pointer NULL then. */
static size_t packed_bytes(const struct head *h)
{
    return cell_bytes(h) + list_bytes(h);
}

static void pack_column(uint8_t *to, const struct hcl_compact *f, const struct head *h)
{
    if (cell_bytes(h))
        memcpy(to, f->cells, cell_bytes(h));
    if (list_bytes(h))
        memcpy(to + cell_bytes(h), f->exceptions, list_bytes(h));
}

static void unpack_column(struct hcl_compact *f, const struct head *h, const uint8_t *from)
{
    if (cell_bytes(h))
        memcpy(f->cells, from, cell_bytes(h));
    if (list_bytes(h))
        memcpy(f->exceptions, from + cell_bytes(h), list_bytes(h));
}

/* The columns of a wave, in w->packed, and their bytes in w->send, which is 0. */
static hcl_status pack(struct wave *w, struct hcl_err *err)
{
    const uint32_t ranks = (uint32_t)hcl_comm_size(w->comm);
    size_t total = 0, at = 0;
    HCL_ASSERT(w->heads);
    for (uint32_t r = 0; r < ranks; r++) {
        if (w->column[r] != HCL_NONE)
            w->send[r] = packed_bytes(&w->heads[w->column[r]]);
        total += w->send[r];
    }
    if (!w->packed || total > w->room) {
        free(w->packed);
        w->packed = malloc(total + 1);
        w->room = total;
    }
    if (!w->packed)
        return hcl_fail(err, HCL_NO_RESOURCE, "no memory to send %zu bytes of weights", total);
    for (uint32_t r = 0; r < ranks; r++) {
        if (w->column[r] != HCL_NONE)
            pack_column(w->packed + at, &w->circuit->fixed[w->column[r]], &w->heads[w->column[r]]);
        at += w->send[r];
    }
    return HCL_OK;
}

/* One wave. */
static hcl_status send_wave(struct wave *w, struct hcl_err *err)
{
    const uint32_t ranks = (uint32_t)hcl_comm_size(w->comm), rank = (uint32_t)hcl_comm_rank(w->comm);
    const uint32_t mine = w->column[rank];
    const struct head *h = mine == HCL_NONE ? NULL : &w->heads[mine];
    uint8_t *in = NULL;
    hcl_status st = HCL_OK;
    memset(w->send, 0, 2 * ranks * sizeof *w->send);
    if (root(w->comm))
        st = pack(w, err);
    if (h) {
        w->recv[0] = packed_bytes(h);
        in = malloc(w->recv[0] + 1);
        st = in ? make_column(&w->received, h, err)
                : hcl_fail(err, HCL_NO_RESOURCE, "no memory for weights from rank 0");
    }
    HCL_TRY(hcl_comm_agree(w->comm, st, err));
    hcl_comm_alltoallv(w->comm, w->packed, w->send, in, w->recv);
    if (!h)
        goto done;
    unpack_column(&w->received, h, in);
    st = hcl_circuit_take_fixed(w->circuit, mine, &w->received, err);
done:
    free(in);
    return st;
}

static hcl_status scatter_columns(struct hcl_comm *comm, struct hcl_circuit *c, const uint32_t *owner,
                                  struct hcl_err *err)
{
    struct wave w = { .comm = comm, .circuit = c, .owner = owner };
    uint32_t at = 0;
    hcl_status st;
    HCL_TRY(hcl_comm_agree(comm, wave_init(&w, err), err));
    hcl_comm_bcast(comm, w.heads, c->num_fixed * sizeof *w.heads, 0);
    while (next_wave(&w, &at))
        HCL_TRY(hcl_comm_agree(comm, send_wave(&w, err), err));
    for (uint32_t i = 0; st == HCL_OK && i < c->num_fixed; i++)
        if (owner[i] != HCL_SHARE_ALL)
            st = hcl_circuit_leave_fixed(c, i, owner[i] == (uint32_t)hcl_comm_rank(comm), err);
    if (st == HCL_OK)
        c->fixed_digest = hcl_circuit_digest(c, HCL_FIXED_HERE);
    st = hcl_comm_agree(comm, st, err);
done:
    wave_clear(&w);
    return st;
}

hcl_status hcl_share_columns(struct hcl_comm *comm, struct hcl_circuit *c, const uint32_t *owner,
                             struct hcl_err *err)
{
    hcl_status st = HCL_OK;
    if (hcl_comm_size(comm) == 1)
        return HCL_OK;
    for (uint32_t i = 0; i < c->num_fixed; i++)
        if (owner[i] == HCL_SHARE_ALL)
            HCL_TRY(share_column(comm, c, i, err));
    HCL_TRY(scatter_columns(comm, c, owner, err));
done:
    return st;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* MPI transport. MPI's own error handler (abort the job) stays in place: see comm.h on failures. */
#include "common/comm/comm_internal.h"

#include <limits.h>
#include <mpi.h>
#include <string.h>

struct mpi_comm {
    struct hcl_comm base;
    MPI_Comm all;    /* our own duplicate: no message of a library can be mistaken for ours */
    MPI_Comm firsts; /* the first ranks of all nodes; MPI_COMM_NULL elsewhere */
    MPI_Request *requests;
    size_t cap, pending; /* of them those of pieces that are under way */
};

static MPI_Comm handle(struct hcl_comm *comm)
{
    return ((struct mpi_comm *)comm)->all;
}

static void mpi_finalize(struct hcl_comm *comm)
{
    struct mpi_comm *m = (struct mpi_comm *)comm;
    if (m->firsts != MPI_COMM_NULL)
        MPI_Comm_free(&m->firsts);
    MPI_Comm_free(&m->all);
    free(m->requests);
    free(m);
    MPI_Finalize();
}

static void mpi_abort(struct hcl_comm *comm, int code)
{
    MPI_Abort(handle(comm), code);
}

static void mpi_bcast(struct hcl_comm *comm, void *data, size_t bytes, int root)
{
    MPI_Bcast(data, (int)bytes, MPI_BYTE, root, handle(comm));
}

static void mpi_max(struct hcl_comm *comm, uint64_t *v, size_t n)
{
    MPI_Allreduce(MPI_IN_PLACE, v, (int)n, MPI_UINT64_T, MPI_MAX, handle(comm));
}

static void mpi_sum(struct hcl_comm *comm, uint64_t *v, size_t n)
{
    MPI_Allreduce(MPI_IN_PLACE, v, (int)n, MPI_UINT64_T, MPI_SUM, handle(comm));
}

static void mpi_allgather(struct hcl_comm *comm, const void *send, void *recv, size_t bytes)
{
    MPI_Allgather(send, (int)bytes, MPI_BYTE, recv, (int)bytes, MPI_BYTE, handle(comm));
}

static MPI_Request *next_request(struct mpi_comm *m, size_t used)
{
    if (used == m->cap) {
        size_t cap = m->cap ? 2 * m->cap : 64;
        MPI_Request *grown = realloc(m->requests, cap * sizeof *grown);
        if (!grown)
            hcl_comm_abort(&m->base, HCL_NO_RESOURCE, "out of memory for message handles");
        m->requests = grown;
        m->cap = cap;
    }
    return &m->requests[used];
}

/* Messages between one pair keep their order, so pieces need no numbers. */
static size_t begin_receive(struct mpi_comm *m, size_t used, char *at, size_t bytes, int from)
{
    for (size_t part; bytes > 0; at += part, bytes -= part, used++) {
        part = bytes < hcl_comm_chunk ? bytes : hcl_comm_chunk;
        MPI_Irecv(at, (int)part, MPI_BYTE, from, 0, m->all, next_request(m, used));
    }
    return used;
}

static size_t begin_send(struct mpi_comm *m, size_t used, const char *at, size_t bytes, int to)
{
    for (size_t part; bytes > 0; at += part, bytes -= part, used++) {
        part = bytes < hcl_comm_chunk ? bytes : hcl_comm_chunk;
        MPI_Isend(at, (int)part, MPI_BYTE, to, 0, m->all, next_request(m, used));
    }
    return used;
}

#define AT_ONCE ((size_t)1 << 20) /* handles of one call */

static void wait_all(struct mpi_comm *m, size_t used)
{
    for (size_t at = 0; at < used; at += AT_ONCE)
        MPI_Waitall((int)(used - at < AT_ONCE ? used - at : AT_ONCE), m->requests + at, MPI_STATUSES_IGNORE);
}

/* All receives first: what comes has a place. */
static void mpi_begin_pieces(struct hcl_comm *comm, const struct hcl_comm_piece *send, size_t sends,
                             const struct hcl_comm_piece *recv, size_t recvs)
{
    struct mpi_comm *m = (struct mpi_comm *)comm;
    size_t used = 0;
    for (size_t i = 0; i < recvs; i++)
        used = begin_receive(m, used, recv[i].at, recv[i].bytes, recv[i].rank);
    for (size_t i = 0; i < sends; i++)
        used = begin_send(m, used, send[i].at, send[i].bytes, send[i].rank);
    m->pending = used;
}

static void mpi_end_pieces(struct hcl_comm *comm)
{
    struct mpi_comm *m = (struct mpi_comm *)comm;
    wait_all(m, m->pending);
    m->pending = 0;
}

/* Handles of what has arrived are null ones from then on, which may be tested and waited for. */
static void mpi_poke(struct hcl_comm *comm)
{
    struct mpi_comm *m = (struct mpi_comm *)comm;
    int done;
    if (m->pending > 0)
        MPI_Testall((int)(m->pending < AT_ONCE ? m->pending : AT_ONCE), m->requests, &done,
                    MPI_STATUSES_IGNORE);
}

/* Peers are visited in a different order by each rank, so that not all begin with rank 0. Who has nothing to
 * send or to receive may give NULL. */
static void mpi_exchange(struct hcl_comm *comm, const char *send, const size_t *send_at,
                         const size_t *send_counts, char *recv, const size_t *recv_at,
                         const size_t *recv_counts)
{
    struct mpi_comm *m = (struct mpi_comm *)comm;
    size_t used = 0;
    for (int step = 1; step < comm->size; step++) {
        int from = (comm->rank - step + comm->size) % comm->size;
        if (recv_counts[from] > 0)
            used = begin_receive(m, used, recv + recv_at[from], recv_counts[from], from);
    }
    for (int step = 1; step < comm->size; step++) {
        int to = (comm->rank + step) % comm->size;
        if (send_counts[to] > 0)
            used = begin_send(m, used, send + send_at[to], send_counts[to], to);
    }
    wait_all(m, used);
}

static void mpi_bcast_to_nodes(struct hcl_comm *comm, void *data, size_t bytes)
{
    MPI_Bcast(data, (int)bytes, MPI_BYTE, 0, ((struct mpi_comm *)comm)->firsts);
}

static const struct hcl_comm_ops mpi_ops = { .finalize = mpi_finalize,
                                             .abort = mpi_abort,
                                             .bcast = mpi_bcast,
                                             .exchange = mpi_exchange,
                                             .begin_pieces = mpi_begin_pieces,
                                             .end_pieces = mpi_end_pieces,
                                             .poke = mpi_poke,
                                             .max_u64 = mpi_max,
                                             .sum_u64 = mpi_sum,
                                             .allgather = mpi_allgather,
                                             .bcast_to_nodes = mpi_bcast_to_nodes };

/* Who is first on each rank's node, and how many nodes there are. */
static void find_nodes(struct mpi_comm *m, MPI_Comm node)
{
    struct hcl_comm *c = &m->base;
    int root = c->rank;
    MPI_Bcast(&root, 1, MPI_INT, 0, node);
    MPI_Allgather(&root, 1, MPI_INT, c->root_of, 1, MPI_INT, m->all);
    memcpy(c->place_of, c->root_of, (size_t)c->size * sizeof *c->root_of);
    MPI_Comm_split(m->all, c->local_rank == 0 ? 0 : MPI_UNDEFINED, c->rank, &m->firsts);
    c->nodes = 0;
    if (c->local_rank == 0)
        MPI_Comm_size(m->firsts, &c->nodes);
    MPI_Bcast(&c->nodes, 1, MPI_INT, 0, node);
}

/* The ranks of this node: those that can share memory, or with HALOCLINE_NODE_RANKS, which rank 0 says for
 * all, parts of them of so many ranks. */
static hcl_status split_nodes(struct mpi_comm *m, int rank, MPI_Comm *node, struct hcl_err *err)
{
    const char *text = getenv("HALOCLINE_NODE_RANKS");
    char *end = NULL;
    long most = text && *text ? strtol(text, &end, 10) : INT_MAX;
    MPI_Comm machine;
    int at;
    if ((end && *end) || most > INT_MAX)
        most = 0;
    MPI_Bcast(&most, 1, MPI_LONG, 0, m->all);
    if (most < 1)
        return hcl_fail(err, HCL_BAD_INPUT, "bad HALOCLINE_NODE_RANKS, expected a number of ranks");
    MPI_Comm_split_type(m->all, MPI_COMM_TYPE_SHARED, rank, MPI_INFO_NULL, &machine);
    MPI_Comm_rank(machine, &at);
    MPI_Comm_split(machine, at / (int)most, rank, node);
    MPI_Comm_free(&machine);
    return HCL_OK;
}

hcl_status hcl_comm_init_mpi(struct hcl_comm **out, struct hcl_err *err)
{
    int provided, rank, size, local_rank, local_size;
    *out = NULL;
    if (MPI_Init_thread(NULL, NULL, MPI_THREAD_FUNNELED, &provided) != MPI_SUCCESS)
        return hcl_fail(err, HCL_NO_RESOURCE, "MPI cannot be initialised");
    if (provided < MPI_THREAD_FUNNELED) {
        MPI_Finalize();
        return hcl_fail(err, HCL_NO_RESOURCE, "this MPI does not work in programs with threads");
    }
    struct mpi_comm *m = calloc(1, sizeof *m);
    if (!m) {
        MPI_Abort(MPI_COMM_WORLD, HCL_NO_RESOURCE);
        return hcl_fail(err, HCL_NO_RESOURCE, "out of memory for the communicator");
    }
    MPI_Comm_dup(MPI_COMM_WORLD, &m->all);
    MPI_Comm_rank(m->all, &rank);
    MPI_Comm_size(m->all, &size);
    MPI_Comm node;
    hcl_status st = split_nodes(m, rank, &node, err);
    if (st != HCL_OK) {
        MPI_Comm_free(&m->all);
        free(m);
        MPI_Finalize();
        return st;
    }
    MPI_Comm_rank(node, &local_rank);
    MPI_Comm_size(node, &local_size);
    st = hcl_comm_setup(&m->base, &mpi_ops, rank, size, local_rank, local_size, err);
    if (st != HCL_OK) {
        MPI_Abort(m->all, HCL_NO_RESOURCE);
        return st;
    }
    find_nodes(m, node);
    MPI_Comm_free(&node);
    hcl_comm_try_windows(&m->base);
    *out = &m->base;
    return HCL_OK;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Messages longer than MPI's counts without their bytes: MPI's functions are taken over here, and what would
 * be sent is looked at. Every one keeps below the longest piece, and pieces cover the message, one after the
 * other. test_large.c sends some as they are. */
#include "common/comm/comm_internal.h"
#include "tests/mpi/mpi_test.h"

#include <limits.h>
#include <mpi.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define FILE_BYTES ((size_t)64 << 20)
#define MOST (((size_t)1 << 32) + 12345)

/* Some bytes above what an int, and what 32 bits count. */
static const size_t sizes[] = { ((size_t)1 << 31) + 8, MOST };

enum kind { BCAST, TO_NODES, REDUCE, GATHER, SEND, RECEIVE, KINDS };
enum { MOST_RANKS = 8 };

/* What went to or came from a rank: where it began and how far it got. */
static struct stretch {
    const char *begin, *end;
    size_t calls;
} seen[KINDS][MOST_RANKS];
static bool recording, in_order;
static int all_ranks;

static void note(enum kind kind, int rank, const void *at, int count, int unit)
{
    struct stretch *s = &seen[kind][rank];
    const char *begin = at;
    in_order = in_order && count > 0 && (size_t)count * (size_t)unit <= hcl_comm_chunk &&
               (s->calls == 0 || s->end == begin);
    if (s->calls++ == 0)
        s->begin = begin;
    s->end = begin + (size_t)count * (size_t)unit;
}

int MPI_Bcast(void *at, int count, MPI_Datatype type, int root, MPI_Comm comm)
{
    int ranks = 0;
    if (!recording)
        return PMPI_Bcast(at, count, type, root, comm);
    PMPI_Comm_size(comm, &ranks);
    note(ranks == all_ranks ? BCAST : TO_NODES, root, at, count, 1);
    return MPI_SUCCESS;
}

int MPI_Allreduce(const void *send, void *recv, int count, MPI_Datatype type, MPI_Op op, MPI_Comm comm)
{
    if (!recording)
        return PMPI_Allreduce(send, recv, count, type, op, comm);
    note(REDUCE, 0, recv, count, 8);
    return MPI_SUCCESS;
}

int MPI_Allgather(const void *send, int sends, MPI_Datatype send_type, void *recv, int receives,
                  MPI_Datatype recv_type, MPI_Comm comm)
{
    if (!recording)
        return PMPI_Allgather(send, sends, send_type, recv, receives, recv_type, comm);
    note(GATHER, 0, recv, receives * all_ranks, 1);
    return MPI_SUCCESS;
}

int MPI_Isend(const void *at, int count, MPI_Datatype type, int to, int tag, MPI_Comm comm, MPI_Request *r)
{
    if (!recording)
        return PMPI_Isend(at, count, type, to, tag, comm, r);
    note(SEND, to, at, count, 1);
    *r = MPI_REQUEST_NULL;
    return MPI_SUCCESS;
}

int MPI_Irecv(void *at, int count, MPI_Datatype type, int from, int tag, MPI_Comm comm, MPI_Request *r)
{
    if (!recording)
        return PMPI_Irecv(at, count, type, from, tag, comm, r);
    note(RECEIVE, from, at, count, 1);
    *r = MPI_REQUEST_NULL;
    return MPI_SUCCESS;
}

/* Many addresses of few bytes: what a rank copies to itself has a place, too. */
static char *addresses(struct hcl_comm *comm, size_t bytes)
{
    const int fd = memfd_create("few bytes", MFD_CLOEXEC);
    EXPECT(comm, fd >= 0 && ftruncate(fd, (off_t)FILE_BYTES) == 0);
    bytes = (bytes + FILE_BYTES - 1) / FILE_BYTES * FILE_BYTES;
    char *p = mmap(NULL, bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    EXPECT(comm, p != MAP_FAILED);
    for (size_t at = 0; at < bytes; at += FILE_BYTES)
        EXPECT(comm,
               mmap(p + at, FILE_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, fd, 0) == p + at);
    close(fd);
    return p;
}

static void begin(void)
{
    memset(seen, 0, sizeof seen);
    in_order = recording = true;
}

static void end(struct hcl_comm *comm)
{
    recording = false;
    EXPECT(comm, in_order);
}

/* The message of this kind with a rank; 0 bytes: there was none. */
static void expect(struct hcl_comm *comm, enum kind kind, int rank, const char *at, size_t bytes)
{
    const struct stretch *s = &seen[kind][rank];
    const size_t calls = (bytes + hcl_comm_chunk - 1) / hcl_comm_chunk;
    EXPECT(comm, s->calls == calls);
    EXPECT(comm, bytes == 0 || (s->begin == at && s->end == at + bytes));
}

static char *from_here, *to_here; /* room for messages of more than MOST */

static void test_all(struct hcl_comm *comm)
{
    const int ranks = hcl_comm_size(comm);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        begin();
        hcl_comm_bcast(comm, to_here, sizes[i], ranks - 1);
        end(comm);
        expect(comm, BCAST, ranks - 1, to_here, sizes[i]);
        for (int op = 0; op < 2; op++) {
            begin();
            (op ? hcl_comm_max_u64 : hcl_comm_sum_u64)(comm, (uint64_t *)(void *)to_here, sizes[i] / 8);
            end(comm);
            expect(comm, REDUCE, 0, to_here, sizes[i] / 8 * 8);
        }
    }
}

/* A part from each rank, too long in all; and of parts that are too long themselves. */
static void test_gather(struct hcl_comm *comm)
{
    const int ranks = hcl_comm_size(comm), me = hcl_comm_rank(comm);
    const size_t short_part = hcl_comm_chunk / (size_t)ranks, parts[] = { short_part, short_part + 1 };
    for (size_t i = 0; i < 2; i++) {
        begin();
        hcl_comm_allgather(comm, from_here, to_here, parts[i]);
        end(comm);
        expect(comm, GATHER, 0, to_here, i == 0 ? parts[i] * (size_t)ranks : 0);
        for (int r = 0; i == 1 && r < ranks; r++) {
            expect(comm, SEND, r, from_here, r == me ? 0 : parts[i]);
            expect(comm, RECEIVE, r, to_here + (size_t)r * parts[i], r == me ? 0 : parts[i]);
        }
    }
    size_t counts[MOST_RANKS] = { 5, sizes[0], 7 }, at = 0; /* rank 1 does copy its own */
    begin();
    hcl_comm_allgatherv(comm, from_here, to_here, counts);
    end(comm);
    for (int r = 0; r < ranks; at += counts[r++]) {
        expect(comm, SEND, r, from_here, r == me ? 0 : counts[me]);
        expect(comm, RECEIVE, r, to_here + at, r == me ? 0 : counts[r]);
    }
}

/* Each rank gives the next one much and the others little. */
static void test_pairs(struct hcl_comm *comm)
{
    const int ranks = hcl_comm_size(comm), me = hcl_comm_rank(comm);
    const int next = (me + 1) % ranks, last = (me + ranks - 1) % ranks;
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        size_t sent[MOST_RANKS] = { 0 }, received[MOST_RANKS] = { 0 }, out = 0, in = 0;
        for (int r = 0; r < ranks; r++)
            sent[r] = received[r] = 3;
        sent[next] = received[last] = sizes[i];
        begin();
        hcl_comm_alltoallv(comm, from_here, sent, to_here, received);
        end(comm);
        for (int r = 0; r < ranks; out += sent[r], in += received[r], r++) {
            expect(comm, SEND, r, from_here + out, r == me ? 0 : sent[r]);
            expect(comm, RECEIVE, r, to_here + in, r == me ? 0 : received[r]);
        }
        const struct hcl_comm_piece send = { next, from_here + 9, sizes[i] },
                                    recv = { last, to_here, sizes[i] };
        begin();
        hcl_comm_pieces(comm, &send, 1, &recv, 1);
        end(comm);
        expect(comm, SEND, next, from_here + 9, sizes[i]);
        expect(comm, RECEIVE, last, to_here, sizes[i]);
    }
}

/* What nodes, and NUMA nodes of them, have once. */
static void test_blocks(struct hcl_comm *comm)
{
    const int me = hcl_comm_rank(comm), root = comm->root_of[me];
    EXPECT_OK(comm, hcl_comm_set_place(comm, me, err)); /* a place of its own for each */
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        struct hcl_node_block b = { to_here, sizes[i], HCL_ONCE_A_PLACE, .fills = true, .shared = true };
        begin();
        hcl_comm_node_bcast(comm, &b);
        end(comm);
        expect(comm, TO_NODES, 0, to_here, comm->nodes > 1 && me == root ? sizes[i] : 0);
        for (int r = 0; r < hcl_comm_size(comm); r++) {
            const bool near = comm->root_of[r] == root && r != me;
            expect(comm, SEND, r, to_here, near && me == root ? sizes[i] : 0);
            expect(comm, RECEIVE, r, to_here, near && r == root ? sizes[i] : 0);
        }
    }
}

static void test_ready(struct hcl_comm *comm)
{
    all_ranks = hcl_comm_size(comm);
    EXPECT(comm, all_ranks > 1 && all_ranks <= MOST_RANKS);
    EXPECT(comm, hcl_comm_chunk <= INT_MAX);
    from_here = addresses(comm, 2 * MOST);
    to_here = addresses(comm, 2 * MOST);
}

int main(void)
{
    static const struct mpi_test tests[] = {
        { "ready", test_ready }, { "all", test_all },       { "gather", test_gather },
        { "pairs", test_pairs }, { "blocks", test_blocks },
    };
    return mpi_test_main(tests, sizeof tests / sizeof *tests);
}

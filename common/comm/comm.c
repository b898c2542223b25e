/* SPDX-License-Identifier: Apache-2.0 */
#include "common/comm/comm.h"
#include "common/comm/comm_internal.h"
#include "common/sys/clock.h"
#include "common/sys/digest.h"
#include "common/sys/printable.h"

#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/prctl.h>

size_t hcl_comm_chunk = (size_t)1 << 30;

hcl_status hcl_comm_setup(struct hcl_comm *comm, const struct hcl_comm_ops *ops, int rank, int size,
                          int local_rank, int local_size, struct hcl_err *err)
{
    comm->ops = ops;
    comm->rank = rank;
    comm->size = size;
    comm->local_rank = local_rank;
    comm->local_size = local_size;
    comm->nodes = 1;
    comm->scratch = calloc(4 * (size_t)size, sizeof *comm->scratch);
    comm->root_of = calloc(2 * (size_t)size, sizeof *comm->root_of);
    if (!comm->scratch || !comm->root_of)
        return hcl_fail(err, HCL_NO_RESOURCE, "out of memory for the communicator");
    comm->place_of = comm->root_of + size;
    return HCL_OK;
}

static long env_number(const char *name)
{
    const char *text = getenv(name);
    return text ? strtol(text, NULL, 10) : 0;
}

/* Launchers announce themselves in the environment: Open MPI's mpirun, PMIx and PMI (srun, Hydra). */
static bool under_launcher(void)
{
    static const char *const names[] = { "OMPI_COMM_WORLD_SIZE", "PMIX_RANK", "PMI_RANK", "PMI_FD" };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (getenv(names[i]))
            return true;
    return false;
}

/* Whether the launcher has started this process alone. The innermost launcher counts: mpirun starts its
 * daemons through srun, whose variables the ranks inherit. PMIx says no number, so SLURM must, which in a
 * heterogeneous job counts one component only. */
static bool is_alone(void)
{
    static const char *const names[] = { "OMPI_COMM_WORLD_SIZE", "PMI_SIZE", "SLURM_STEP_NUM_TASKS" };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (getenv(names[i]))
            return env_number(names[i]) == 1 && (i < 2 || !getenv("SLURM_HET_SIZE"));
    return false;
}

hcl_status hcl_comm_init(struct hcl_comm **out, struct hcl_err *err)
{
    *out = NULL;
    /* A rank whose launcher is killed outright goes with it: the job may start again elsewhere, and two of it
     * would take each other's checkpoints away. MPI notices that between several ranks only. */
    if (under_launcher())
        prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (under_launcher() && !is_alone()) {
#ifdef HCL_HAVE_MPI
        return hcl_comm_init_mpi(out, err);
#else
        return hcl_fail(err, HCL_NO_RESOURCE, "started by an MPI launcher, but this build has no MPI");
#endif
    }
    if (!under_launcher() && env_number("SLURM_STEP_NUM_TASKS") > 1)
        return hcl_fail(err, HCL_NO_RESOURCE,
                        "srun started %ld tasks without an MPI plugin, so they cannot meet; use mpirun or "
                        "srun --mpi=pmix",
                        env_number("SLURM_STEP_NUM_TASKS"));
    return hcl_comm_init_self(out, err);
}

void hcl_comm_finalize(struct hcl_comm *comm)
{
    if (!comm)
        return;
    free(comm->scratch);
    free(comm->root_of);
    free(comm->calls);
    comm->ops->finalize(comm);
}

_Noreturn void hcl_comm_abort(struct hcl_comm *comm, int code, const char *why)
{
    hcl_print_line(stderr, "halocline: rank %d ends the job: %s", comm->rank, why);
    fflush(stderr);
    comm->ops->abort(comm, code);
    abort();
}

int hcl_comm_rank(const struct hcl_comm *comm)
{
    return comm->rank;
}

int hcl_comm_size(const struct hcl_comm *comm)
{
    return comm->size;
}

int hcl_comm_local_rank(const struct hcl_comm *comm)
{
    return comm->local_rank;
}

int hcl_comm_local_size(const struct hcl_comm *comm)
{
    return comm->local_size;
}

void hcl_comm_counters(const struct hcl_comm *comm, struct hcl_comm_counters *out)
{
    *out = comm->counters;
}

void hcl_comm_record(struct hcl_comm *comm, size_t most)
{
    free(comm->calls);
    comm->calls = comm->size > 1 ? calloc(most, sizeof *comm->calls) : NULL;
    comm->most_calls = comm->calls ? most : 0;
    comm->num_calls = comm->more_calls = 0;
}

const struct hcl_comm_call *hcl_comm_calls(const struct hcl_comm *comm, size_t *count, size_t *more)
{
    *count = comm->num_calls;
    *more = comm->more_calls;
    return comm->calls;
}

struct start {
    double seconds, cpu_seconds;
};

static struct start start_now(void)
{
    return (struct start){ hcl_clock_seconds(), hcl_clock_cpu_seconds() };
}

static void record(struct hcl_comm *comm, double begin, double end, double brought, bool awaited)
{
    if (comm->num_calls < comm->most_calls)
        comm->calls[comm->num_calls++] =
            (struct hcl_comm_call){ begin, end, brought, awaited, comm->since, comm->aside };
    else
        comm->more_calls++;
    comm->aside = 0;
}

/* Time inside communication, until now, which is returned. */
static double spend(struct hcl_comm *comm, struct start start)
{
    const double now = hcl_clock_seconds();
    comm->counters.seconds += now - start.seconds;
    comm->counters.cpu_seconds += hcl_clock_cpu_seconds() - start.cpu_seconds;
    return now;
}

/* The same of what is not recorded by itself, as not all ranks do it or as often. */
static void spend_aside(struct hcl_comm *comm, struct start start)
{
    if (comm->aside == 0)
        comm->since = start.seconds;
    comm->aside += spend(comm, start) - start.seconds;
}

/* A call is over. */
static void count(struct hcl_comm *comm, struct start start, bool awaited, uint64_t sent, uint64_t received,
                  uint64_t messages)
{
    HCL_CHECK(!comm->under_way);
    record(comm, start.seconds, spend(comm, start), start.seconds, awaited);
    comm->counters.bytes_sent += sent;
    comm->counters.bytes_received += received;
    comm->counters.messages += messages;
}

void hcl_comm_bcast(struct hcl_comm *comm, void *data, size_t bytes, int root)
{
    if (comm->size == 1 || bytes == 0)
        return;
    const struct start start = start_now();
    if (comm->rank == root)
        hcl_comm_note(comm, data, bytes);
    else
        hcl_comm_note(comm, NULL, 0);
    for (size_t at = 0; at < bytes;) {
        size_t part = bytes - at < hcl_comm_chunk ? bytes - at : hcl_comm_chunk;
        comm->ops->bcast(comm, (char *)data + at, part, root);
        at += part;
    }
    bool is_root = comm->rank == root;
    count(comm, start, is_root, is_root ? bytes * (uint64_t)(comm->size - 1) : 0, is_root ? 0 : bytes, 1);
}

void hcl_comm_bcast_to_nodes(struct hcl_comm *comm, void *data, size_t bytes)
{
    if (comm->nodes < 2)
        return;
    const bool root = comm->rank == 0;
    const struct start start = start_now();
    for (size_t at = 0; at < bytes;) {
        const size_t part = bytes - at < hcl_comm_chunk ? bytes - at : hcl_comm_chunk;
        comm->ops->bcast_to_nodes(comm, (char *)data + at, part);
        at += part;
    }
    spend_aside(comm, start);
    comm->counters.bytes_sent += root ? bytes * (uint64_t)(comm->nodes - 1) : 0;
    comm->counters.bytes_received += root ? 0 : bytes;
}

/* All pairs at once. at/counts per rank; the part for this rank itself is copied, the rest goes to the
 * transport. */
static void exchange(struct hcl_comm *comm, const char *send, const size_t *send_at, size_t *send_counts,
                     char *recv, const size_t *recv_at, size_t *recv_counts)
{
    const struct start start = start_now();
    size_t me = (size_t)comm->rank;
    uint64_t sent = 0, received = 0, messages = 0;
    HCL_CHECK(send_counts[me] == recv_counts[me]);
    if (send_counts[me])
        memcpy(recv + recv_at[me], send + send_at[me], send_counts[me]);
    send_counts[me] = recv_counts[me] = 0;
    for (int r = 0; r < comm->size; r++) {
        sent += send_counts[r];
        received += recv_counts[r];
        messages += send_counts[r] > 0;
    }
    if (comm->size > 1)
        comm->ops->exchange(comm, send, send_at, send_counts, recv, recv_at, recv_counts);
    count(comm, start, true, sent, received, messages);
}

void hcl_comm_pieces_begin(struct hcl_comm *comm, const struct hcl_comm_piece *send, size_t sends,
                           const struct hcl_comm_piece *recv, size_t recvs)
{
    uint64_t digest = 0;
    HCL_CHECK(!comm->under_way);
    for (size_t i = 0; comm->log && i < sends; i++)
        digest = hcl_digest64(digest, send[i].at, send[i].bytes);
    hcl_comm_note_digest(comm, digest);
    const struct start start = start_now();
    comm->ops->begin_pieces(comm, send, sends, recv, recvs);
    for (size_t i = 0; i < sends; i++)
        comm->counters.bytes_sent += send[i].bytes;
    for (size_t i = 0; i < recvs; i++)
        comm->counters.bytes_received += recv[i].bytes;
    comm->counters.messages += sends;
    comm->under_way = true;
    comm->brought = start.seconds;
    spend_aside(comm, start);
}

void hcl_comm_pieces_end(struct hcl_comm *comm)
{
    const struct start start = start_now();
    HCL_CHECK(comm->under_way);
    comm->under_way = false;
    comm->ops->end_pieces(comm);
    record(comm, start.seconds, spend(comm, start), comm->brought, true);
}

void hcl_comm_pieces(struct hcl_comm *comm, const struct hcl_comm_piece *send, size_t sends,
                     const struct hcl_comm_piece *recv, size_t recvs)
{
    hcl_comm_pieces_begin(comm, send, sends, recv, recvs);
    hcl_comm_pieces_end(comm);
}

void hcl_comm_poke(struct hcl_comm *comm)
{
    if (!comm->under_way)
        return;
    const struct start start = start_now();
    comm->ops->poke(comm);
    spend_aside(comm, start);
}

static void offsets(size_t *at, const size_t *counts, int size)
{
    size_t sum = 0;
    for (int r = 0; r < size; r++) {
        at[r] = sum;
        sum += counts[r];
    }
}

void hcl_comm_alltoallv(struct hcl_comm *comm, const void *send, const size_t *send_counts, void *recv,
                        const size_t *recv_counts)
{
    size_t n = (size_t)comm->size;
    size_t *send_at = comm->scratch, *recv_at = send_at + n, *sc = recv_at + n, *rc = sc + n;
    offsets(send_at, send_counts, comm->size);
    offsets(recv_at, recv_counts, comm->size);
    memcpy(sc, send_counts, n * sizeof *sc);
    memcpy(rc, recv_counts, n * sizeof *rc);
    if (comm->log)
        hcl_comm_note(comm, send, send_at[n - 1] + sc[n - 1]);
    exchange(comm, send, send_at, sc, recv, recv_at, rc);
}

/* The same bytes to all; counts[r], or `each` without counts, from rank r. */
static void gather(struct hcl_comm *comm, const void *send, void *recv, const size_t *counts, size_t each)
{
    const size_t n = (size_t)comm->size;
    size_t *send_at = comm->scratch, *recv_at = send_at + n, *sc = recv_at + n, *rc = sc + n;
    for (size_t r = 0; r < n; r++) {
        send_at[r] = 0;
        sc[r] = counts ? counts[comm->rank] : each;
        rc[r] = counts ? counts[r] : each;
    }
    offsets(recv_at, rc, comm->size);
    exchange(comm, send, send_at, sc, recv, recv_at, rc);
}

void hcl_comm_allgatherv(struct hcl_comm *comm, const void *send, void *recv, const size_t *counts)
{
    hcl_comm_note(comm, send, counts[comm->rank]);
    gather(comm, send, recv, counts, 0);
}

void hcl_comm_allgather(struct hcl_comm *comm, const void *send, void *recv, size_t bytes)
{
    size_t others = (size_t)(comm->size - 1);
    if (bytes == 0)
        return;
    hcl_comm_note(comm, send, bytes);
    if (others == 0) {
        memcpy(recv, send, bytes);
        return;
    }
    if (bytes <= hcl_comm_chunk / (others + 1)) {
        const struct start start = start_now();
        comm->ops->allgather(comm, send, recv, bytes);
        count(comm, start, true, bytes * others, bytes * others, others);
        return;
    }
    gather(comm, send, recv, NULL, bytes);
}

static void reduce(struct hcl_comm *comm, void (*op)(struct hcl_comm *comm, uint64_t *v, size_t n),
                   uint64_t *v, size_t n)
{
    if (comm->size == 1 || n == 0)
        return;
    const struct start start = start_now();
    hcl_comm_note(comm, v, n * sizeof *v);
    size_t most = hcl_comm_chunk / sizeof *v ? hcl_comm_chunk / sizeof *v : 1;
    for (size_t at = 0; at < n; at += most)
        op(comm, v + at, n - at < most ? n - at : most);
    count(comm, start, true, n * sizeof *v, n * sizeof *v, 1);
}

void hcl_comm_meet(struct hcl_comm *comm)
{
    uint64_t here = 0;
    atomic_thread_fence(memory_order_seq_cst); /* what was written before is seen by whoever leaves */
    reduce(comm, comm->ops->max_u64, &here, 1);
    atomic_thread_fence(memory_order_seq_cst);
}

void hcl_comm_max_u64(struct hcl_comm *comm, uint64_t *v, size_t n)
{
    reduce(comm, comm->ops->max_u64, v, n);
}

void hcl_comm_sum_u64(struct hcl_comm *comm, uint64_t *v, size_t n)
{
    reduce(comm, comm->ops->sum_u64, v, n);
}

hcl_status hcl_comm_agree(struct hcl_comm *comm, hcl_status st, struct hcl_err *err)
{
    return hcl_comm_agree_max(comm, st, NULL, 0, err);
}

hcl_status hcl_comm_agree_max(struct hcl_comm *comm, hcl_status st, uint64_t *v, size_t count,
                              struct hcl_err *err)
{
    uint64_t all[1 + HCL_AGREE_MOST] = { 0 };
    if (comm->size == 1)
        return st;
    /* The maximum finds the lowest failing rank: size - rank, 0 while all is well. */
    all[0] = st == HCL_OK ? 0 : (uint64_t)(comm->size - comm->rank);
    for (size_t i = 0; i < count; i++)
        all[1 + i] = v[i];
    /* A length that no other reduction has: tests tell ends of rounds by theirs (tests/cli/fate.c). */
    hcl_comm_max_u64(comm, all, count > 0 ? 1 + HCL_AGREE_MOST : 1);
    const uint64_t failing = all[0];
    if (failing == 0) {
        for (size_t i = 0; i < count; i++)
            v[i] = all[1 + i];
        return HCL_OK;
    }
    struct {
        int status;
        struct hcl_err err;
    } report = { (int)st, { "" } };
    int root = comm->size - (int)failing;
    if (comm->rank == root) {
        if (err)
            report.err = *err;
        hcl_fail_prefix(&report.err, st, "rank %d", root);
    }
    struct hcl_comm_log *log = comm->log;
    comm->log = NULL; /* texts may differ: what follows the end of one, and whether anyone wants it */
    hcl_comm_bcast(comm, &report, sizeof report, root);
    comm->log = log;
    if (err)
        *err = report.err;
    return (hcl_status)report.status;
}

hcl_status hcl_comm_same(struct hcl_comm *comm, const void *data, size_t bytes, const char *what,
                         struct hcl_err *err)
{
    unsigned char first[64];
    HCL_CHECK(bytes <= sizeof first);
    memcpy(first, data, bytes);
    hcl_comm_bcast(comm, first, bytes, 0);
    hcl_status st = HCL_OK;
    if (memcmp(first, data, bytes) != 0)
        st = hcl_fail(err, HCL_NO_RESOURCE, "%s differs from rank 0's", what);
    return hcl_comm_agree(comm, st, err);
}

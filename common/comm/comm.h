/* SPDX-License-Identifier: Apache-2.0 */
/* Messages between ranks. The only place of the program that knows MPI: comm_mpi.c implements it under mpirun
 * or srun, comm_self.c for a single process without any launcher.
 *
 * Every function is collective unless it says "local": all ranks call it in the same order with matching
 * sizes. Sizes are bytes in size_t, without the 2 GiB limit of MPI's int counts; all nodes have the same byte
 * order. One thread calls at a time. A transport failure or the death of a rank is not a status: it ends the
 * whole job within seconds, because no rank could still tell the others. What can fail on one rank alone
 * (memory, a witness, a file) goes through hcl_comm_agree before the next collective call, so that all ranks
 * return the same error. Buffers may not overlap. */
#ifndef HCL_COMMON_COMM_COMM_H
#define HCL_COMMON_COMM_COMM_H

#include "common/sys/status.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct hcl_comm;

/* One call on this rank, by its own clock (common/sys/clock.h). The n-th recorded calls of all ranks are the
 * same collective call; nobody leaves it before the last rank it is about has come. */
struct hcl_comm_call {
    double begin, end;
    double brought; /* when what this rank brings was there: at the begin, or before it */
    bool awaited;   /* others need what this rank brings: all ranks, or the root of a broadcast */
    double since; /* from then to the begin this many seconds were communication, too, of no recorded call */
    double aside;
};

/* What this rank moved to and from other ranks (nothing is counted for itself), and the time it spent inside
 * communication, waiting included: a rank that waits may use its CPU all the same. */
struct hcl_comm_counters {
    uint64_t bytes_sent, bytes_received, messages;
    double seconds, cpu_seconds;
};

/** Join the job: all processes started by one mpirun or srun. A process that was started alone, with a
 * launcher or without, needs no MPI and does not start it (srun's plugin may be one that MPI does not know).
 * At most once per process. HCL_NO_RESOURCE when a launcher is there but its ranks cannot meet (this build
 * has no MPI, or srun was used without an MPI plugin). */
hcl_status hcl_comm_init(struct hcl_comm **out, struct hcl_err *err);
/** A communicator of one rank, whatever the launcher. Local. For tests and tools. */
hcl_status hcl_comm_init_self(struct hcl_comm **out, struct hcl_err *err);
/** Leave the job and free; NULL is fine. */
void hcl_comm_finalize(struct hcl_comm *comm);
/** Local: end the whole job now with exit code `code`; for errors that cannot wait for hcl_comm_agree. */
_Noreturn void hcl_comm_abort(struct hcl_comm *comm, int code, const char *why);

/* Local. */
int hcl_comm_rank(const struct hcl_comm *comm);
int hcl_comm_size(const struct hcl_comm *comm);
/** Of `count` things that are shared out evenly rank r has those from here on, before those of rank r + 1. */
static inline size_t hcl_comm_first(size_t count, uint32_t ranks, uint32_t r)
{
    return (size_t)((unsigned __int128)count * r / ranks);
}
/* Position among, and number of, the ranks that share this node's memory. */
int hcl_comm_local_rank(const struct hcl_comm *comm);
int hcl_comm_local_size(const struct hcl_comm *comm);
void hcl_comm_counters(const struct hcl_comm *comm, struct hcl_comm_counters *out);
/** Record the next `most` calls at most (of several ranks; a rank alone waits for nobody): all ranks between
 * the same two collective calls. Without memory for them none are recorded. */
void hcl_comm_record(struct hcl_comm *comm, size_t most);
/** The recorded calls so far, borrowed until hcl_comm_record or the end; *more: how many came after the
 * record was full. */
const struct hcl_comm_call *hcl_comm_calls(const struct hcl_comm *comm, size_t *count, size_t *more);

/* What this rank gave to each collective call, in order: digests (common/sys/digest.h), by which a repetition
 * shows where a rank did not do the same. */
struct hcl_comm_entry {
    uint64_t digest;
    const char *phase; /* the log's at that time */
};
struct hcl_comm_log {
    struct hcl_comm_entry *entries;
    size_t count, room;
    const char *phase; /* set by the caller; a string that stays */
    bool incomplete;   /* there was no memory for all of them */
};
/** Local: from here on calls are noted in `log`, borrowed; NULL: no longer. */
void hcl_comm_watch(struct hcl_comm *comm, struct hcl_comm_log *log);
void hcl_comm_log_clear(struct hcl_comm_log *log);
/** Local: whether calls are noted. */
bool hcl_comm_watched(const struct hcl_comm *comm);
/** All ranks alike, but local: what this rank has let others read (hcl_node_windows_init) is noted, as what
 * it gives to a call is. */
void hcl_comm_note_digest(struct hcl_comm *comm, uint64_t digest);

/** data on `root` -> data everywhere. */
void hcl_comm_bcast(struct hcl_comm *comm, void *data, size_t bytes, int root);
/** bytes from every rank, the same on each; recv holds size*bytes. */
void hcl_comm_allgather(struct hcl_comm *comm, const void *send, void *recv, size_t bytes);
/** counts[r] bytes from each rank r; recv gets them in rank order. */
void hcl_comm_allgatherv(struct hcl_comm *comm, const void *send, void *recv, const size_t *counts);
/** send holds send_counts[r] bytes for each rank r, packed in rank order; recv gets recv_counts[r] from each,
 * likewise. */
void hcl_comm_alltoallv(struct hcl_comm *comm, const void *send, const size_t *send_counts, void *recv,
                        const size_t *recv_counts);
/* A part of a message, where it lies or is to lie. */
struct hcl_comm_piece {
    int rank; /* to or from; not this one */
    void *at;
    size_t bytes;
};
/** What two ranks give each other is, on both, the same pieces in the same order. */
void hcl_comm_pieces(struct hcl_comm *comm, const struct hcl_comm_piece *send, size_t sends,
                     const struct hcl_comm_piece *recv, size_t recvs);
/** The same in two halves, so that a rank computes meanwhile: what is sent stays as it is, and what comes is
 * there only after the end. No other collective call comes between them. */
void hcl_comm_pieces_begin(struct hcl_comm *comm, const struct hcl_comm_piece *send, size_t sends,
                           const struct hcl_comm_piece *recv, size_t recvs);
void hcl_comm_pieces_end(struct hcl_comm *comm);
/** Local, at any time, by the thread that makes the calls: what has begun moves on. Networks that move data
 * by themselves need it once in a message, others all the while. */
void hcl_comm_poke(struct hcl_comm *comm);
/** Nobody leaves before the last has come. */
void hcl_comm_meet(struct hcl_comm *comm);
/** In place over all ranks, element by element. */
void hcl_comm_max_u64(struct hcl_comm *comm, uint64_t *v, size_t n);
/** Likewise, modulo 2^64. */
void hcl_comm_sum_u64(struct hcl_comm *comm, uint64_t *v, size_t n);

/** Say where on its node this rank's memory is that it touches first: the number of a NUMA node; < 0: it may
 * be anywhere, which makes one place of the node. Without this call each node is one place. */
hcl_status hcl_comm_set_place(struct hcl_comm *comm, int place, struct hcl_err *err);
/** Local: how many ranks the place with fewest has, and whether any node has several places. */
int hcl_comm_place_ranks(const struct hcl_comm *comm, bool *several);

/* Who has a block once. */
typedef enum { HCL_ONCE_A_NODE, HCL_ONCE_A_PLACE } hcl_comm_once;
/* Memory that the ranks of a node, or of a place, have once, or each its own where they cannot share. */
struct hcl_node_block {
    void *at; /* to be freed with hcl_mem_free */
    size_t bytes;
    hcl_comm_once once;
    bool fills;  /* this rank's to write; the others only read */
    bool shared; /* the same on all ranks */
};
/** Room for bytes, the same number on all ranks: of the ranks that have it once each is charged a part
 * (hcl_mem_map). The first of them has touched it. Where any rank cannot share its node's, each has its own.
 */
hcl_status hcl_comm_node_alloc(struct hcl_node_block *b, struct hcl_comm *comm, size_t bytes,
                               hcl_comm_once once, const char *who, struct hcl_err *err);
/** What rank 0 has in its block, into all others. */
void hcl_comm_node_bcast(struct hcl_comm *comm, struct hcl_node_block *b);

/** Local: whether ranks of one node, of which there are several on some, read each other's windows. */
bool hcl_comm_has_windows(const struct hcl_comm *comm);
/** Local: whether this rank can read those of rank r: so it can its own, and those of its node. */
bool hcl_comm_near(const struct hcl_comm *comm, int r);
/** Local: whether the ranks, several, are all near. */
bool hcl_comm_together(const struct hcl_comm *comm);
/** Local: how many ranks are near, this one included. */
int hcl_comm_sharing(const struct hcl_comm *comm);
/* Memory of each rank that those near read where it is. Who writes and who reads meet in between. */
struct hcl_node_windows {
    void **of; /* [rank]; NULL of ranks that are not near; of this rank: its own, the only one that may be
                  written to */
    int rank, ranks;
};
/** bytes: of this rank's window, contents 0, and charged to it alone. Only where hcl_comm_has_windows. */
hcl_status hcl_node_windows_init(struct hcl_node_windows *w, struct hcl_comm *comm, size_t bytes,
                                 const char *who, struct hcl_err *err);
/** Local; all zero is fine. secret: this rank's window is wiped; nobody may read it any more. */
void hcl_node_windows_clear(struct hcl_node_windows *w, bool secret);

/** All ranks return the status of the lowest rank that failed, and its message, prefixed with "rank N" when
 * there are several ranks; HCL_OK if none failed. err may be NULL. Moves 8 B per rank while all is well. */
hcl_status hcl_comm_agree(struct hcl_comm *comm, hcl_status st, struct hcl_err *err);
/** The same, and with HCL_OK v[0..count) := the maximum over all ranks, in one reduction; count <=
 * HCL_AGREE_MOST. A rank that failed may leave anything in v; after a failure it is of no use on any. */
hcl_status hcl_comm_agree_max(struct hcl_comm *comm, hcl_status st, uint64_t *v, size_t count,
                              struct hcl_err *err);
#define HCL_AGREE_MOST 4
/** HCL_OK on every rank if data is the same everywhere; else HCL_NO_RESOURCE naming `what` and the first rank
 * that differs from rank 0. At most 64 bytes. */
hcl_status hcl_comm_same(struct hcl_comm *comm, const void *data, size_t bytes, const char *what,
                         struct hcl_err *err);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* What a transport provides to comm.c. */
#ifndef HCL_COMMON_COMM_COMM_INTERNAL_H
#define HCL_COMMON_COMM_COMM_INTERNAL_H

#include "common/comm/comm.h"
#include <stdbool.h>

/* Longest single message in bytes; longer ones travel in pieces. A variable only so that tests can make it
 * small, before any message and on all ranks alike. */
extern size_t hcl_comm_chunk;

struct hcl_comm_ops {
    void (*finalize)(struct hcl_comm *comm);
    void (*abort)(struct hcl_comm *comm, int code);
    void (*bcast)(struct hcl_comm *comm, void *data, size_t bytes, int root);
    /* Point to point between all pairs; offsets and counts in bytes, per rank. Counts of this rank for itself
     * are 0. */
    void (*exchange)(struct hcl_comm *comm, const char *send, const size_t *send_at,
                     const size_t *send_counts, char *recv, const size_t *recv_at, const size_t *recv_counts);
    /* Point to point; nobody is this rank. */
    void (*begin_pieces)(struct hcl_comm *comm, const struct hcl_comm_piece *send, size_t sends,
                         const struct hcl_comm_piece *recv, size_t recvs);
    void (*end_pieces)(struct hcl_comm *comm);
    void (*poke)(struct hcl_comm *comm);
    void (*max_u64)(struct hcl_comm *comm, uint64_t *v, size_t n);
    void (*sum_u64)(struct hcl_comm *comm, uint64_t *v, size_t n);
    /* Equal counts, below hcl_comm_chunk in total. */
    void (*allgather)(struct hcl_comm *comm, const void *send, void *recv, size_t bytes);
    /* From rank 0 to the first rank of each node; only those call it. At most hcl_comm_chunk bytes. */
    void (*bcast_to_nodes)(struct hcl_comm *comm, void *data, size_t bytes);
};

struct hcl_comm {
    const struct hcl_comm_ops *ops;
    int rank, size, local_rank, local_size;
    int nodes;     /* how many there are */
    int *root_of;  /* [size]: of each rank's node the rank whose local_rank is 0 */
    int *place_of; /* [size]: of each rank's place (hcl_comm_set_place) the lowest rank; at first root_of */
    bool windows;  /* there are nodes with several ranks, and these can map each other's memory */
    struct hcl_comm_counters counters;
    size_t *scratch;             /* 4*size: offsets and counts of one exchange */
    struct hcl_comm_call *calls; /* recorded: room for most_calls */
    size_t num_calls, most_calls, more_calls;
    struct hcl_comm_log *log; /* NULL: nothing is noted */
    bool under_way;           /* pieces */
    double brought;           /* when they began */
    double since, aside;      /* seconds that are no recorded call's yet, and when the first of them began */
};

/** What this rank gives to a call goes into the log, if there is one. */
void hcl_comm_note(struct hcl_comm *comm, const void *data, size_t bytes);
/** Finds out whether ranks of a node can read each other's memory, once all else is set up. */
void hcl_comm_try_windows(struct hcl_comm *comm);

/** Of the first ranks of all nodes: hcl_comm_bcast from rank 0. */
void hcl_comm_bcast_to_nodes(struct hcl_comm *comm, void *data, size_t bytes);
/** Take the fields that need no transport, one node; allocates scratch. */
hcl_status hcl_comm_setup(struct hcl_comm *comm, const struct hcl_comm_ops *ops, int rank, int size,
                          int local_rank, int local_size, struct hcl_err *err);
#ifdef HCL_HAVE_MPI
hcl_status hcl_comm_init_mpi(struct hcl_comm **out, struct hcl_err *err);
#endif

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* One process alone: comm.c already handles everything a rank does with itself. */
#include "common/comm/comm_internal.h"

static void self_finalize(struct hcl_comm *comm)
{
    free(comm);
}

static void self_abort(struct hcl_comm *comm, int code)
{
    (void)comm;
    _Exit(code);
}

static void self_bcast(struct hcl_comm *comm, void *data, size_t bytes, int root)
{
    (void)comm, (void)data, (void)bytes, (void)root;
}

static void self_exchange(struct hcl_comm *comm, const char *send, const size_t *send_at,
                          const size_t *send_counts, char *recv, const size_t *recv_at,
                          const size_t *recv_counts)
{
    (void)comm, (void)send, (void)send_at, (void)send_counts, (void)recv, (void)recv_at, (void)recv_counts;
}

static void self_nothing(struct hcl_comm *comm)
{
    (void)comm;
}

static void self_pieces(struct hcl_comm *comm, const struct hcl_comm_piece *send, size_t sends,
                        const struct hcl_comm_piece *recv, size_t recvs)
{
    (void)comm, (void)send, (void)sends, (void)recv, (void)recvs;
}

/* The largest of one value, or its sum, is the value. */
static void self_reduce(struct hcl_comm *comm, uint64_t *v, size_t n)
{
    (void)comm, (void)v, (void)n;
}

static void self_allgather(struct hcl_comm *comm, const void *send, void *recv, size_t bytes)
{
    (void)comm, (void)send, (void)recv, (void)bytes;
}

static void self_bcast_to_nodes(struct hcl_comm *comm, void *data, size_t bytes)
{
    (void)comm, (void)data, (void)bytes;
}

static const struct hcl_comm_ops self_ops = { .finalize = self_finalize,
                                              .abort = self_abort,
                                              .bcast = self_bcast,
                                              .exchange = self_exchange,
                                              .begin_pieces = self_pieces,
                                              .end_pieces = self_nothing,
                                              .poke = self_nothing,
                                              .max_u64 = self_reduce,
                                              .sum_u64 = self_reduce,
                                              .allgather = self_allgather,
                                              .bcast_to_nodes = self_bcast_to_nodes };

hcl_status hcl_comm_init_self(struct hcl_comm **out, struct hcl_err *err)
{
    struct hcl_comm *comm = calloc(1, sizeof *comm);
    *out = NULL;
    if (!comm)
        return hcl_fail(err, HCL_NO_RESOURCE, "out of memory for the communicator");
    hcl_status st = hcl_comm_setup(comm, &self_ops, 0, 1, 0, 1, err);
    if (st != HCL_OK) {
        free(comm);
        return st;
    }
    *out = comm;
    return HCL_OK;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Loaded before the program (LD_PRELOAD) on all ranks of a job: rank LIAR_RANK changes one bit of every 32
 * bytes of its LIAR_CALL-th message of 32 bytes or more. Without LIAR_CALL it only counts them. */
#include <mpi.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static long messages;

static int rank(void)
{
    int r = 0;

    PMPI_Comm_rank(MPI_COMM_WORLD, &r);
    return r;
}

/* What goes out instead of `buf`: itself, or a copy that is never freed. */
static const void *what_is_said(const void *buf, int bytes)
{
    const char *liar = getenv("LIAR_RANK"), *call = getenv("LIAR_CALL");
    char *copy;

    if (bytes < 32 || !liar || atoi(liar) != rank() || messages++ != (call ? atol(call) : -1))
        return buf;
    copy = malloc((size_t)bytes);
    if (!copy)
        abort();
    memcpy(copy, buf, (size_t)bytes);
    for (int i = 0; i < bytes; i += 32)
        copy[i] ^= 1; /* the lowest bit of a field element or coordinate */
    fprintf(stderr, "liar: rank %d changes message %ld of %d bytes\n", rank(), messages - 1, bytes);
    return copy;
}

int MPI_Isend(const void *buf, int count, MPI_Datatype type, int dest, int tag, MPI_Comm comm,
              MPI_Request *request)
{
    return PMPI_Isend(what_is_said(buf, count), count, type, dest, tag, comm, request);
}

int MPI_Allgather(const void *send, int count, MPI_Datatype type, void *recv, int recv_count,
                  MPI_Datatype recv_type, MPI_Comm comm)
{
    return PMPI_Allgather(what_is_said(send, count), count, type, recv, recv_count, recv_type, comm);
}

int MPI_Finalize(void)
{
    const char *liar = getenv("LIAR_RANK");

    if (liar && atoi(liar) == rank())
        fprintf(stderr, "liar: %ld messages\n", messages);
    return PMPI_Finalize();
}

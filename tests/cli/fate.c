/* SPDX-License-Identifier: Apache-2.0 */
/* Loaded before the program (LD_PRELOAD) on all ranks of a job: rank FATE_RANK gets signal FATE_SIGNAL as it
 * comes to the end of round FATE_ROUND, which is where ranks reduce two numbers, or FATE_LATER reductions
 * later. */
#include <mpi.h>
#include <signal.h>
#include <stdlib.h>

static long number(const char *name)
{
    const char *text = getenv(name);

    return text ? atol(text) : -1;
}

int MPI_Allreduce(const void *send, void *recv, int count, MPI_Datatype type, MPI_Op op, MPI_Comm comm)
{
    static long rounds, since;
    int rank = 0;

    PMPI_Comm_rank(MPI_COMM_WORLD, &rank);
    since++;
    if (count == 2 && rounds++ < number("FATE_ROUND"))
        since = 0;
    if (rank == number("FATE_RANK") && rounds >= number("FATE_ROUND") && since == number("FATE_LATER"))
        raise((int)number("FATE_SIGNAL"));
    return PMPI_Allreduce(send, recv, count, type, op, comm);
}

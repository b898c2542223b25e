/* SPDX-License-Identifier: Apache-2.0 */
/* More ranks than rows: some have no rows, most no columns. The bytes are the same. */
#include "coordinator/run/prove.h"
#include "tests/mpi/mpi_test.h"
#include "tests/mpi/vectors.h"

#include <string.h>

static void replay(struct hcl_comm *comm, const char *name)
{
    struct vector v;
    struct hcl_keys keys;
    struct hcl_proof proof;
    size_t len;
    vector_load(&v, name);
    EXPECT_OK(comm, hcl_keygen(&keys, comm, &v.circuit, &v.srs, NULL, NULL, 1, NULL, err));
    struct hcl_witness_source witness = vector_replay_witness(&v);
    struct hcl_blinding blinding = vector_replay_blinding(&v);
    struct hcl_prove_options options = { .threads = 1, .blinding = &blinding };
    EXPECT_OK(comm, hcl_prove(&proof, comm, &keys, &v.srs, &v.instances, &witness, &options, NULL, err));
    uint8_t *golden = vector_file(&v, "proof.replay", &len);
    EXPECT(comm, proof.len == len && memcmp(proof.data, golden, len) == 0);
    free(golden);
    hcl_proof_clear(&proof);
    hcl_keys_clear(&keys);
    vector_clear(&v);
}

static void test_no_rows(struct hcl_comm *comm)
{
    replay(comm, "plain-gate"); /* 16 rows */
}

static void test_few_rows(struct hcl_comm *comm)
{
    replay(comm, "lookup"); /* 32 rows: halos longer than blocks */
    replay(comm, "permutation");
}

int main(void)
{
    static const struct mpi_test tests[] = { { "no rows", test_no_rows }, { "few rows", test_few_rows } };
    return mpi_test_main(tests, sizeof tests / sizeof *tests);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* More ranks than rows: some have no rows, most no columns. The bytes are the same, also when the key's
 * columns on the cosets are kept, with so many ranks together with the factors of the transforms. */
#include "coordinator/run/blame.h"
#include "coordinator/run/prove.h"
#include "tests/mpi/mpi_test.h"
#include "tests/mpi/vectors.h"

#include <string.h>

/* Kept factors are checked on every rank, whether it has columns of the key or not; that of a damaged one is
 * named. */
static void check_blame(struct hcl_comm *comm, struct hcl_keys *keys, const struct vector *v)
{
    struct hcl_coset *coset = &keys->cosets.coset[0];
    const hcl_fr zh = coset->zh;
    struct hcl_err found = { "" };
    EXPECT_OK(comm, hcl_blame_standing(comm, keys, &v->srs, 1, err));
    if (hcl_comm_rank(comm) == 17)
        coset->zh = hcl_fr_one;
    EXPECT(comm, hcl_blame_standing(comm, keys, &v->srs, 1, &found) == HCL_NO_RESOURCE);
    EXPECT(comm, strstr(found.msg, "rank 17: the factors of coset 0 in memory are damaged"));
    coset->zh = zh;
}

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
    uint8_t *golden = vector_file(&v, "proof.replay", &len);
    for (int kept = 0; kept < 2; kept++) {
        if (kept) {
            EXPECT_OK(comm, hcl_keys_prepare(&keys, comm, &v.srs, 1, NULL, err));
            EXPECT(comm, keys.cosets.count > 0 && keys.cosets.coset[0].factors);
        }
        EXPECT_OK(comm, hcl_prove(&proof, comm, &keys, &v.srs, &v.instances, &witness, &options, NULL, err));
        EXPECT(comm, proof.len == len && memcmp(proof.data, golden, len) == 0);
        hcl_proof_clear(&proof);
    }
    check_blame(comm, &keys, &v);
    free(golden);
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

/* SPDX-License-Identifier: Apache-2.0 */
/* An allocation fails on one rank: all ranks end alike and give everything back, none waits for another. */
#include "common/sys/mem.h"
#include "coordinator/run/prove.h"
#include "tests/mpi/mpi_test.h"
#include "tests/mpi/vectors.h"
#include "tests/support/failing_alloc.h"

#include <string.h>

/* Every fifth allocation, for a rank other ones than for the next; all of them take 40 s. */
#define STRIDE 5

struct job {
    struct vector v;
    uint8_t *golden;
    size_t golden_len;
};

/* Keys and a proof with the randomness of replay.json. */
static hcl_status prove(struct hcl_comm *comm, struct job *j, struct hcl_err *err)
{
    const struct hcl_witness_source witness = vector_replay_witness(&j->v);
    const struct hcl_blinding blinding = vector_replay_blinding(&j->v);
    const struct hcl_prove_options options = { .threads = 1, .blinding = &blinding, .skip_verify = true };
    struct hcl_proof proof = { 0 };
    struct hcl_keys keys;
    hcl_status st = hcl_keygen(&keys, comm, &j->v.circuit, &j->v.srs, NULL, NULL, 1, NULL, err);
    if (st == HCL_OK)
        st = hcl_prove(&proof, comm, &keys, &j->v.srs, &j->v.instances, &witness, &options, NULL, err);
    if (st == HCL_OK)
        EXPECT(comm, proof.len == j->golden_len && memcmp(proof.data, j->golden, proof.len) == 0);
    hcl_proof_clear(&proof);
    hcl_keys_clear(&keys);
    return st;
}

/* All ranks' statuses are the same. */
static bool alike(struct hcl_comm *comm, hcl_status st)
{
    uint64_t most = (uint64_t)st, least = (uint64_t)HCL_NO_RESOURCE - (uint64_t)st;
    hcl_comm_max_u64(comm, &most, 1);
    hcl_comm_max_u64(comm, &least, 1);
    return most + least == (uint64_t)HCL_NO_RESOURCE;
}

static void fail_on(struct hcl_comm *comm, struct job *j, int bad, long n)
{
    struct hcl_err err = { "" };
    const long before = hcl_alloc_live();
    if (hcl_comm_rank(comm) == bad)
        hcl_alloc_begin(n, n + 1);
    const hcl_status st = prove(comm, j, &err);
    (void)hcl_alloc_end();
    EXPECT(comm, alike(comm, st));
    EXPECT(comm, st == HCL_OK || (st == HCL_NO_RESOURCE && err.msg[0] != '\0'));
    EXPECT(comm, hcl_alloc_live() == before);
}

static void test_alloc(struct hcl_comm *comm)
{
    struct job j;
    vector_load(&j.v, "everything");
    j.golden = vector_file(&j.v, "proof.replay", &j.golden_len);
    hcl_mem_set_kept(0);
    EXPECT_OK(comm, prove(comm, &j, err)); /* what is allocated once and kept is there now */
    hcl_alloc_begin(-1, -1);
    EXPECT_OK(comm, prove(comm, &j, err));
    uint64_t total = (uint64_t)hcl_alloc_end();
    hcl_comm_max_u64(comm, &total, 1);
    for (int bad = 0; bad < hcl_comm_size(comm); bad++)
        for (long n = bad; n < (long)total; n += STRIDE)
            fail_on(comm, &j, bad, n);
    free(j.golden);
    vector_clear(&j.v);
}

int main(void)
{
    static const struct mpi_test tests[] = { { "an allocation fails on one rank", test_alloc } };
    return mpi_test_main(tests, sizeof tests / sizeof *tests);
}

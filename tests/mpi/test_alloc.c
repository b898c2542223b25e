/* SPDX-License-Identifier: Apache-2.0 */
/* An allocation fails on one rank: all ranks end alike and give everything back, none waits for another. */
#include "common/sys/mem.h"
#include "coordinator/run/prove.h"
#include "tests/mpi/linear_circuit.h"
#include "tests/mpi/mpi_test.h"
#include "tests/mpi/vectors.h"
#include "tests/support/failing_alloc.h"

#include <string.h>

/* Every fifth allocation, for a rank other ones than for the next; all of them take 40 s. */
#define STRIDE 5

struct job {
    const struct hcl_circuit *circuit;
    const struct hcl_srs *srs;
    const struct hcl_values *instances;
    struct hcl_witness_source witness;
    struct hcl_prove_options options;
    uint8_t *expected; /* the proof, malloc'ed; NULL: not known yet */
    size_t expected_len;
    long stride;
};

/* Keys and a proof with the job's randomness. */
static hcl_status prove(struct hcl_comm *comm, struct job *j, struct hcl_err *err)
{
    struct hcl_proof proof = { 0 };
    struct hcl_keys keys;
    hcl_status st = hcl_keygen(&keys, comm, j->circuit, j->srs, NULL, NULL, 1, NULL, err);
    if (st == HCL_OK)
        st = hcl_prove(&proof, comm, &keys, j->srs, j->instances, &j->witness, &j->options, NULL, err);
    if (st == HCL_OK && j->expected == NULL) {
        j->expected = malloc(proof.len);
        EXPECT(comm, j->expected != NULL);
        memcpy(j->expected, proof.data, proof.len);
        j->expected_len = proof.len;
    }
    if (st == HCL_OK)
        EXPECT(comm, proof.len == j->expected_len && memcmp(proof.data, j->expected, proof.len) == 0);
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

static void fail_everywhere(struct hcl_comm *comm, struct job *j)
{
    hcl_mem_set_kept(0);
    EXPECT_OK(comm, prove(comm, j, err)); /* what is allocated once and kept is there now */
    hcl_alloc_begin(-1, -1);
    EXPECT_OK(comm, prove(comm, j, err));
    uint64_t total = (uint64_t)hcl_alloc_end();
    hcl_comm_max_u64(comm, &total, 1);
    for (int bad = 0; bad < hcl_comm_size(comm); bad++)
        for (long n = bad; n < (long)total; n += j->stride)
            fail_on(comm, j, bad, n);
    free(j->expected);
}

static void test_alloc(struct hcl_comm *comm)
{
    struct vector v;
    vector_load(&v, "everything");
    const struct hcl_blinding blinding = vector_replay_blinding(&v);
    struct job j = { .circuit = &v.circuit,
                     .srs = &v.srs,
                     .instances = &v.instances,
                     .witness = vector_replay_witness(&v),
                     .options = { .threads = 1, .blinding = &blinding, .skip_verify = true },
                     .stride = STRIDE };
    j.expected = vector_file(&v, "proof.replay", &j.expected_len);
    fail_everywhere(comm, &j);
    vector_clear(&v);
}

static void test_linear(struct hcl_comm *comm)
{
    static const uint64_t seed = 4;
    struct linear_circuit l;
    struct hcl_srs srs;
    linear_circuit_init(&l);
    EXPECT_OK(comm, hcl_srs_read(&srs, HCL_SOURCE_DIR "/tests/vectors/halo2/srs/k6.raw", 0, NULL, 1, err));
    struct job j = { .circuit = &l.circuit,
                     .srs = &srs,
                     .instances = &l.instances,
                     .witness = linear_circuit_witness(&l),
                     .options = { .threads = 1, .seed = &seed, .skip_verify = true },
                     .stride = 2 * STRIDE + 1 };
    fail_everywhere(comm, &j);
    linear_circuit_clear(&l);
    hcl_srs_clear(&srs);
}

int main(void)
{
    static const struct mpi_test tests[] = { { "an allocation fails on one rank", test_alloc },
                                             { "the same with linear columns", test_linear } };
    return mpi_test_main(tests, sizeof tests / sizeof *tests);
}

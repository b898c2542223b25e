/* SPDX-License-Identifier: Apache-2.0 */
/* Every allocation of key generation and of a proof fails in turn, on one rank: no crash, no leak, a status
 * with a message; and a proof that comes about all the same is the right one. */
#include "coordinator/run/prove.h"
#include "tests/mpi/vectors.h"
#include "tests/support/failing_alloc.h"
#include "tests/support/test.h"

/* One proof with the randomness of replay.json, so that there is but one. */
struct job {
    struct vector v;
    struct hcl_comm *comm;
    struct hcl_keys keys;
    int threads;
    hcl_scheme scheme;
    struct hcl_proof expected;
};

static hcl_status prove(struct hcl_proof *proof, struct job *j, bool verify, struct hcl_err *err)
{
    const struct hcl_witness_source witness = vector_replay_witness(&j->v);
    const struct hcl_blinding blinding = vector_replay_blinding(&j->v);
    const struct hcl_prove_options options = {
        .threads = j->threads, .scheme = j->scheme, .blinding = &blinding, .skip_verify = !verify
    };
    return hcl_prove(proof, j->comm, &j->keys, &j->v.srs, &j->v.instances, &witness, &options, NULL, err);
}

static hcl_status call_prove(void *ctx, struct hcl_err *err)
{
    struct job *j = ctx;
    struct hcl_proof proof;
    const hcl_status st = prove(&proof, j, false, err);
    if (st == HCL_OK) {
        assert_int_equal(proof.len, j->expected.len);
        assert_memory_equal(proof.data, j->expected.data, proof.len);
    }
    hcl_proof_clear(&proof);
    return st;
}

static hcl_status call_keys(void *ctx, struct hcl_err *err)
{
    const struct job *j = ctx;
    struct hcl_keys keys;
    hcl_status st = hcl_keygen(&keys, j->comm, &j->v.circuit, &j->v.srs, NULL, NULL, j->threads, NULL, err);
    if (st == HCL_OK)
        st = hcl_keys_prepare(&keys, j->comm, &j->v.srs, j->threads, NULL, err);
    hcl_keys_clear(&keys);
    return st;
}

static void job_init(struct job *j, const char *vector, bool prepared)
{
    struct hcl_err err;
    *j = (struct job){ .threads = 1 };
    vector_load(&j->v, vector);
    assert_ok(hcl_comm_init_self(&j->comm, &err), err);
    assert_ok(hcl_keygen(&j->keys, j->comm, &j->v.circuit, &j->v.srs, NULL, NULL, 1, NULL, &err), err);
    if (prepared)
        assert_ok(hcl_keys_prepare(&j->keys, j->comm, &j->v.srs, 1, NULL, &err), err);
}

static void job_clear(struct job *j)
{
    hcl_keys_clear(&j->keys);
    hcl_comm_finalize(j->comm);
    vector_clear(&j->v);
}

static void test_keys(void **state)
{
    struct job j;
    const struct hcl_alloc_call call = { .name = "keys", .run = call_keys, .ctx = &j, .recovers = true };
    (void)state;
    job_init(&j, "everything", false);
    j.threads = 2;
    hcl_every_allocation_may_fail(&call);
    job_clear(&j);
}

static void every_proof(bool prepared, hcl_scheme scheme, int threads)
{
    struct job j;
    const struct hcl_alloc_call call = { .name = "prove", .run = call_prove, .ctx = &j, .recovers = true };
    struct hcl_err err;
    job_init(&j, "everything", prepared);
    j.scheme = scheme;
    assert_ok(prove(&j.expected, &j, true, &err), err);
    j.threads = threads;
    hcl_every_allocation_may_fail(&call);
    hcl_proof_clear(&j.expected);
    job_clear(&j);
}

static void test_alone(void **state)
{
    (void)state;
    every_proof(false, HCL_SCHEME_SHPLONK, 1);
}

static void test_prepared_threads(void **state)
{
    (void)state;
    every_proof(true, HCL_SCHEME_GWC, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_keys),
        cmocka_unit_test(test_alone),
        cmocka_unit_test(test_prepared_threads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

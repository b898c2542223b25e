/* SPDX-License-Identifier: Apache-2.0 */
/* The prover against golden data, on however many ranks this program is started with (one without a
 * launcher). */
#include "common/comm/comm_internal.h"
#include "common/sys/mem.h"
#include "coordinator/run/prove.h"
#include "tests/mpi/mpi_test.h"
#include "tests/mpi/vectors.h"

#include <string.h>

static void make_keys(struct hcl_keys *keys, struct hcl_comm *comm, const struct vector *v)
{
    EXPECT_OK(comm, hcl_keygen(keys, comm, &v->circuit, &v->srs, NULL, NULL, 1, NULL, err));
}

/* The ranks share out keygen; the key is halo2's. */
static void test_keygen(struct hcl_comm *comm)
{
    for (size_t i = 0; i < VECTOR_COUNT; i++) {
        struct vector v;
        struct hcl_keys keys;
        uint8_t *mine, *golden;
        size_t mine_len, golden_len;
        vector_load(&v, vector_names[i]);
        make_keys(&keys, comm, &v);
        EXPECT_OK(comm, hcl_vk_format(&keys.vk, HCL_SERDE_RAW, &mine, &mine_len, err));
        golden = vector_file(&v, "vk.raw", &golden_len);
        EXPECT(comm, mine_len == golden_len && memcmp(mine, golden, mine_len) == 0);
        free(mine);
        free(golden);
        hcl_keys_clear(&keys);
        vector_clear(&v);
    }
}

/* With the randomness of replay.json the proof is proof.replay, byte for byte, whether columns come as
 * integers or as field elements. */
static void replay(struct hcl_comm *comm, bool integers)
{
    size_t given = 0;
    for (size_t i = 0; i < VECTOR_COUNT; i++) {
        struct vector v;
        struct hcl_keys keys;
        struct hcl_proof proof;
        size_t len;
        vector_load(&v, vector_names[i]);
        make_keys(&keys, comm, &v);
        struct hcl_witness_source witness = vector_replay_witness(&v);
        struct hcl_blinding blinding = vector_replay_blinding(&v);
        uint8_t *golden = vector_file(&v, "proof.replay", &len);
        if (!integers)
            witness.integers = NULL;
        for (int threads = 1; threads <= (hcl_comm_size(comm) > 3 ? 1 : 3); threads++) {
            struct hcl_prove_options options = { .threads = threads, .blinding = &blinding };
            EXPECT_OK(comm,
                      hcl_prove(&proof, comm, &keys, &v.srs, &v.instances, &witness, &options, NULL, err));
            for (size_t at = 0; at < len && at < proof.len; at++)
                if (proof.data[at] != golden[at]) {
                    fprintf(stderr, "%s: first difference in item %zu of %zu\n", v.name, at / 32, len / 32);
                    break;
                }
            EXPECT(comm, proof.len == len && memcmp(proof.data, golden, len) == 0);
            hcl_proof_clear(&proof);
        }
        given += v.integer_columns;
        free(golden);
        hcl_keys_clear(&keys);
        vector_clear(&v);
    }
    EXPECT(comm, hcl_comm_size(comm) > 3 || (given > 0) == integers);
}

static void test_replay(struct hcl_comm *comm)
{
    replay(comm, true);
    replay(comm, false);
}

/* Fresh randomness: the proof is accepted, differs from the last one, and is refused for other public values.
 * Both schemes. */
static void test_fresh(struct hcl_comm *comm)
{
    for (size_t i = 0; i < VECTOR_COUNT; i++) {
        struct vector v;
        struct hcl_keys keys;
        vector_load(&v, vector_names[i]);
        if (!v.has_witness) { /* its witness depends on challenges: only the replay's is known */
            vector_clear(&v);
            continue;
        }
        make_keys(&keys, comm, &v);
        struct hcl_witness_source witness = vector_witness(&v);
        for (int scheme = 0; scheme < 2; scheme++) {
            struct hcl_prove_options options = { .threads = 1,
                                                 .scheme = scheme ? HCL_SCHEME_GWC : HCL_SCHEME_SHPLONK };
            struct hcl_proof first, second;
            struct hcl_meter meter;
            struct hcl_report report;
            hcl_meter_init(&meter, comm);
            EXPECT_OK(comm,
                      hcl_prove(&first, comm, &keys, &v.srs, &v.instances, &witness, &options, &meter, err));
            EXPECT_OK(comm, hcl_report_gather(&report, &meter, 1, err));
            EXPECT(comm, report.ranks == (size_t)hcl_comm_size(comm) && report.phases > 8);
            json_t *json = hcl_report_json(&report);
            EXPECT(comm, json && json_array_size(json_object_get(json, "phases")) == report.phases);
            json_decref(json);
            hcl_report_clear(&report);
            hcl_meter_clear(&meter);
            EXPECT_OK(comm,
                      hcl_prove(&second, comm, &keys, &v.srs, &v.instances, &witness, &options, NULL, err));
            EXPECT(comm, first.len == second.len && memcmp(first.data, second.data, first.len) != 0);
            EXPECT_OK(comm, hcl_verify(&keys.vk, &v.srs.verifier, &v.instances, second.data, second.len,
                                       options.scheme, err));
            second.data[second.len / 2] ^= 1;
            EXPECT(comm, hcl_verify(&keys.vk, &v.srs.verifier, &v.instances, second.data, second.len,
                                    options.scheme, NULL) == HCL_FALSE_CLAIM);
            hcl_proof_clear(&first);
            hcl_proof_clear(&second);
        }
        hcl_keys_clear(&keys);
        vector_clear(&v);
    }
}

/* Whatever is done to save memory, the bytes are the same. */
static void same_with_savings(struct hcl_comm *comm, struct vector *v, const struct hcl_keys *keys,
                              struct hcl_prove_options options, const struct hcl_proof *reference)
{
    struct hcl_witness_source witness = vector_witness(v);
    const bool windows = comm->windows;
    for (uint32_t i = 0; i < 12; i++) {       /* the last four with a disk */
        comm->windows = windows && i % 4 < 2; /* or as on a node for each */
        struct hcl_proof proof;
        options.savings = (struct hcl_savings){ true, i % 2, (uint32_t)1 << (i < 8 ? i / 2 : i - 8), i >= 8 };
        if (options.savings.scratch)
            EXPECT_OK(comm, hcl_scratch_open(&options.scratch, ".", 0, err));
        options.threads = 1 + (int)i % 3;
        EXPECT_OK(comm, hcl_prove(&proof, comm, keys, &v->srs, &v->instances, &witness, &options, NULL, err));
        EXPECT(comm, proof.len == reference->len && memcmp(proof.data, reference->data, proof.len) == 0);
        hcl_proof_clear(&proof);
        hcl_scratch_close(options.scratch);
        options.scratch = NULL;
    }
    comm->windows = windows;
}

/* The same seed gives the same bytes on all ranks together and on one alone, with any number of threads. */
static void test_seed(struct hcl_comm *comm)
{
    const uint64_t seed = 20;
    for (size_t i = 0; i < VECTOR_COUNT; i++) {
        struct vector v;
        struct hcl_comm *self;
        struct hcl_keys keys, alone;
        struct hcl_proof proof, reference;
        vector_load(&v, vector_names[i]);
        if (!v.has_witness) {
            vector_clear(&v);
            continue;
        }
        struct hcl_witness_source witness = vector_witness(&v);
        struct hcl_prove_options options = { .threads = 1, .seed = &seed };
        EXPECT_OK(comm, hcl_comm_init_self(&self, err));
        make_keys(&alone, self, &v);
        EXPECT_OK(comm,
                  hcl_prove(&reference, self, &alone, &v.srs, &v.instances, &witness, &options, NULL, err));
        make_keys(&keys, comm, &v);
        const bool windows = comm->windows;
        EXPECT(comm, windows == (hcl_comm_size(comm) > 1)); /* of one node or more */
        for (int threads = 1; threads <= 3; threads++) {
            options.threads = threads;
            comm->windows = windows && threads < 3;
            if (threads == 1)
                same_with_savings(comm, &v, &keys, options, &reference);
            if (threads == 2) { /* from here on with the key's columns on the cosets */
                EXPECT_OK(comm, hcl_keys_prepare(&keys, comm, &v.srs, threads, NULL, err));
                EXPECT(comm, keys.cosets.count == v.circuit.degree - 1);
            }
            EXPECT_OK(comm,
                      hcl_prove(&proof, comm, &keys, &v.srs, &v.instances, &witness, &options, NULL, err));
            EXPECT(comm, proof.len == reference.len && memcmp(proof.data, reference.data, proof.len) == 0);
            hcl_proof_clear(&proof);
        }
        comm->windows = windows;
        hcl_proof_clear(&reference);
        hcl_keys_clear(&keys);
        hcl_keys_clear(&alone);
        hcl_comm_finalize(self);
        vector_clear(&v);
    }
}

/* A witness source that fails on one rank, or lies about one cell. */
struct faulty {
    struct hcl_witness_source honest;
    bool fail;
    uint32_t column;
    size_t row;
    bool lie;
};

static hcl_status faulty_fill(void *ctx, uint32_t phase, const hcl_fr *challenges, const uint32_t *cols,
                              size_t count, hcl_fr *const *out, int threads, struct hcl_err *err)
{
    struct faulty *f = ctx;
    if (f->fail)
        return hcl_fail(err, HCL_BAD_INPUT, "the witness ran out of luck");
    hcl_status st = f->honest.fill(f->honest.ctx, phase, challenges, cols, count, out, threads, err);
    for (size_t i = 0; i < count; i++)
        if (f->lie && cols[i] == f->column)
            hcl_fr_add(&out[i][f->row], &out[i][f->row], &hcl_fr_one);
    return st;
}

static void test_failing_rank(struct hcl_comm *comm)
{
    struct vector v;
    struct hcl_keys keys;
    int me = hcl_comm_rank(comm), size = hcl_comm_size(comm);
    vector_load(&v, "permutation");
    make_keys(&keys, comm, &v);
    for (int bad = 0; bad < size; bad++) {
        struct faulty f = { .honest = vector_witness(&v), .fail = me == bad };
        struct hcl_witness_source witness = { .ctx = &f, .fill = faulty_fill };
        struct hcl_prove_options options = { .threads = 1 };
        struct hcl_proof proof;
        struct hcl_err err = { "" };
        char expected[80];
        EXPECT(comm, hcl_prove(&proof, comm, &keys, &v.srs, &v.instances, &witness, &options, NULL, &err) ==
                         HCL_BAD_INPUT);
        EXPECT(comm, proof.data == NULL);
        snprintf(expected, sizeof expected,
                 size > 1 ? "rank %d: the witness ran out of luck" : "%.0dthe witness ran out of luck",
                 size > 1 ? bad : 0);
        EXPECT(comm, strcmp(err.msg, expected) == 0);
    }
    hcl_keys_clear(&keys);
    vector_clear(&v);
}

/* One wrong cell: no proof, and the message says what kind of constraint is broken. */
static void test_false_witness(struct hcl_comm *comm)
{
    const struct {
        const char *vector;
        uint32_t column;
        size_t row;
        const char *message;
    } cases[] = {
        { "permutation", 0, 0, "copy constraint" },
        { "lookup", 0, 0, "is not in the table" },
        { "plain-gate", 2, 0, "does not satisfy the circuit" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct vector v;
        struct hcl_keys keys;
        struct hcl_proof proof;
        struct hcl_err err = { "" };
        vector_load(&v, cases[i].vector);
        make_keys(&keys, comm, &v);
        struct faulty f = {
            .honest = vector_witness(&v), .lie = true, .column = cases[i].column, .row = cases[i].row
        };
        struct hcl_witness_source witness = { .ctx = &f, .fill = faulty_fill };
        struct hcl_prove_options options = { .threads = 1 };
        EXPECT(comm, hcl_prove(&proof, comm, &keys, &v.srs, &v.instances, &witness, &options, NULL, &err) ==
                         HCL_FALSE_CLAIM);
        if (!strstr(err.msg, cases[i].message))
            fprintf(stderr, "message: %s\n", err.msg);
        EXPECT(comm, strstr(err.msg, cases[i].message) != NULL);
        EXPECT(comm, proof.data == NULL);
        hcl_keys_clear(&keys);
        vector_clear(&v);
    }
}

/* One rank has `room` bytes for keygen and proof, on one thread, since how much several need at once varies.
 * All ranks must end alike, and give everything back. */
static hcl_status prove_in(struct hcl_comm *comm, struct vector *v, uint64_t room)
{
    struct hcl_keys keys;
    struct hcl_proof proof;
    struct hcl_witness_source witness = vector_replay_witness(v);
    struct hcl_blinding blinding = vector_replay_blinding(v);
    struct hcl_prove_options options = { .threads = 1, .blinding = &blinding };
    uint64_t before, now, peak;
    hcl_mem_usage(&before, &peak);
    if (hcl_comm_rank(comm) == hcl_comm_size(comm) / 2)
        hcl_mem_set_limit(before + room);
    hcl_status st = hcl_keygen(&keys, comm, &v->circuit, &v->srs, NULL, NULL, 1, NULL, NULL);
    if (st == HCL_OK) {
        st = hcl_prove(&proof, comm, &keys, &v->srs, &v->instances, &witness, &options, NULL, NULL);
        if (st == HCL_OK)
            hcl_proof_clear(&proof);
        hcl_keys_clear(&keys);
    }
    hcl_mem_set_limit(0);
    hcl_mem_usage(&now, &peak);
    EXPECT(comm, now == before);
    EXPECT(comm, st == HCL_OK || st == HCL_NO_RESOURCE);
    EXPECT(comm, hcl_comm_same(comm, &st, sizeof st, "status", NULL) == HCL_OK);
    return st;
}

/* Memory runs out on one rank, earlier and earlier on the way. */
static void test_little_memory(struct hcl_comm *comm)
{
    struct vector v;
    if (hcl_comm_size(comm) > 3) /* some thirty proofs */
        return;
    vector_load(&v, "everything");
    uint64_t enough = 1 << 26, little = 0;
    EXPECT(comm, prove_in(comm, &v, enough) == HCL_OK);
    while (enough - little > 4096) {
        uint64_t middle = (little + enough) / 2;
        if (prove_in(comm, &v, middle) == HCL_OK)
            enough = middle;
        else
            little = middle;
    }
    for (uint64_t less = 4096; less < little; less += less / 2)
        EXPECT(comm, prove_in(comm, &v, little - less) == HCL_NO_RESOURCE);
    vector_clear(&v);
}

/* Nothing stays allocated, also after the failures above. */
static void test_no_leak(struct hcl_comm *comm)
{
    uint64_t now, peak;
    hcl_mem_usage(&now, &peak);
    EXPECT(comm, now == 0);
}

int main(void)
{
    static const struct mpi_test tests[] = {
        { "keygen", test_keygen },
        { "replay", test_replay },
        { "fresh", test_fresh },
        { "seed", test_seed },
        { "failing rank", test_failing_rank },
        { "false witness", test_false_witness },
        { "little memory", test_little_memory },
        { "no leak", test_no_leak },
    };
    return mpi_test_main(tests, sizeof tests / sizeof *tests);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* A bit flips in the memory of one rank while a proof is made: the proof is refused and the rank named, or
 * the bit was of no use any more and the proof holds. The linker routes the ledger's allocations, what ranks
 * exchange and the beginnings of phases here; each of the latter is a moment at which the bit can flip. */
#include "common/comm/comm_internal.h"
#include "common/sys/mem.h"
#include "coordinator/run/prove.h"
#include "tests/mpi/linear_circuit.h"
#include "tests/mpi/mpi_test.h"
#include "tests/mpi/vectors.h"

#include <pthread.h>
#include <string.h>

enum { MOST_BLOCKS = 4096, REFUSALS = 200 };

/* ---- blocks of the ledger that hold what a rank computes with ---- */

struct block {
    unsigned char *at;
    size_t bytes;
};

static struct block blocks[MOST_BLOCKS];
static size_t num_blocks;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

/* What is given to the prover is not the work of a rank; structures of pointers are not numbers. */
static bool counts(size_t count, const char *who)
{
    static const char *const given[] = { "values", "values from json", "public values", "test", "verifier" };
    for (size_t i = 0; i < sizeof given / sizeof *given; i++)
        if (strcmp(who, given[i]) == 0)
            return false;
    return count > 1 || strcmp(who, "NTT twiddles") != 0;
}

static void add_block(void *at, size_t count, size_t size, const char *who)
{
    if (!at || count * size == 0 || !counts(count, who))
        return;
    pthread_mutex_lock(&lock);
    if (num_blocks < MOST_BLOCKS)
        blocks[num_blocks++] = (struct block){ at, count * size };
    pthread_mutex_unlock(&lock);
}

static void remove_block(void *at)
{
    pthread_mutex_lock(&lock);
    for (size_t i = 0; at && i < num_blocks; i++)
        if (blocks[i].at == at) {
            blocks[i] = blocks[--num_blocks];
            break;
        }
    pthread_mutex_unlock(&lock);
}

hcl_status __real_hcl_mem_alloc(void **out, size_t count, size_t size, const char *who, struct hcl_err *err);
hcl_status __wrap_hcl_mem_alloc(void **out, size_t count, size_t size, const char *who, struct hcl_err *err);
hcl_status __real_hcl_mem_calloc(void **out, size_t count, size_t size, const char *who, struct hcl_err *err);
hcl_status __wrap_hcl_mem_calloc(void **out, size_t count, size_t size, const char *who, struct hcl_err *err);
hcl_status __real_hcl_mem_map(void **out, int fd, size_t bytes, bool writes, size_t charged, const char *who,
                              struct hcl_err *err);
hcl_status __wrap_hcl_mem_map(void **out, int fd, size_t bytes, bool writes, size_t charged, const char *who,
                              struct hcl_err *err);
void __real_hcl_mem_free(void *p);
void __wrap_hcl_mem_free(void *p);
void __real_hcl_mem_free_secret(void *p);
void __wrap_hcl_mem_free_secret(void *p);

hcl_status __wrap_hcl_mem_alloc(void **out, size_t count, size_t size, const char *who, struct hcl_err *err)
{
    const hcl_status st = __real_hcl_mem_alloc(out, count, size, who, err);
    add_block(*out, count, size, who);
    return st;
}

hcl_status __wrap_hcl_mem_calloc(void **out, size_t count, size_t size, const char *who, struct hcl_err *err)
{
    const hcl_status st = __real_hcl_mem_calloc(out, count, size, who, err);
    add_block(*out, count, size, who);
    return st;
}

/* What others read in this rank's memory. */
hcl_status __wrap_hcl_mem_map(void **out, int fd, size_t bytes, bool writes, size_t charged, const char *who,
                              struct hcl_err *err)
{
    const hcl_status st = __real_hcl_mem_map(out, fd, bytes, writes, charged, who, err);
    if (writes)
        add_block(*out, bytes / sizeof(hcl_fr), sizeof(hcl_fr), who);
    return st;
}

void __wrap_hcl_mem_free(void *p)
{
    remove_block(p);
    __real_hcl_mem_free(p);
}

void __wrap_hcl_mem_free_secret(void *p)
{
    remove_block(p);
    __real_hcl_mem_free_secret(p);
}

/* ---- moments ---- */

static struct {
    bool armed;
    long moment; /* counts down to the flip; < 0: it has been */
    uint64_t random;
    struct block block; /* where it was, and what */
    size_t byte;
    unsigned char bit;
    const char *phase; /* of the flip */
} fault;

static long moments; /* since the last reset */
static const char *phase_now;

static uint64_t next_random(uint64_t *state)
{
    uint64_t z = *state += 0x9e3779b97f4a7c15u;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

/* Bits 192.. of an element stay, lest it be none: the kernels may rely on it. */
static void flip(void)
{
    pthread_mutex_lock(&lock);
    fault.block = blocks[next_random(&fault.random) % num_blocks];
    do
        fault.byte = next_random(&fault.random) % fault.block.bytes;
    while (fault.block.bytes >= 32 && fault.byte % 32 >= 24);
    fault.bit = (unsigned char)(1u << next_random(&fault.random) % 8);
    fault.block.at[fault.byte] ^= fault.bit;
    fault.phase = phase_now;
    pthread_mutex_unlock(&lock);
}

/* What lasts longer than a proof gets its bit back. */
static void restore(const struct block *standing, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (standing[i].at == fault.block.at)
            fault.block.at[fault.byte] ^= fault.bit;
}

static void moment(void)
{
    moments++;
    if (fault.armed && fault.moment-- == 0)
        flip();
}

void __real_hcl_comm_alltoallv(struct hcl_comm *comm, const void *send, const size_t *send_counts, void *recv,
                               const size_t *recv_counts);
void __wrap_hcl_comm_alltoallv(struct hcl_comm *comm, const void *send, const size_t *send_counts, void *recv,
                               const size_t *recv_counts);
void __real_hcl_comm_allgather(struct hcl_comm *comm, const void *send, void *recv, size_t bytes);
void __wrap_hcl_comm_allgather(struct hcl_comm *comm, const void *send, void *recv, size_t bytes);
hcl_status __real_hcl_comm_agree(struct hcl_comm *comm, hcl_status st, struct hcl_err *err);
hcl_status __wrap_hcl_comm_agree(struct hcl_comm *comm, hcl_status st, struct hcl_err *err);
void __real_hcl_team_phase(struct hcl_team *t, const char *name);
void __wrap_hcl_team_phase(struct hcl_team *t, const char *name);

void __wrap_hcl_comm_alltoallv(struct hcl_comm *comm, const void *send, const size_t *send_counts, void *recv,
                               const size_t *recv_counts)
{
    moment();
    __real_hcl_comm_alltoallv(comm, send, send_counts, recv, recv_counts);
}

void __wrap_hcl_comm_allgather(struct hcl_comm *comm, const void *send, void *recv, size_t bytes)
{
    moment();
    __real_hcl_comm_allgather(comm, send, recv, bytes);
}

hcl_status __wrap_hcl_comm_agree(struct hcl_comm *comm, hcl_status st, struct hcl_err *err)
{
    moment();
    return __real_hcl_comm_agree(comm, st, err);
}

void __wrap_hcl_team_phase(struct hcl_team *t, const char *name)
{
    phase_now = name;
    moment();
    __real_hcl_team_phase(t, name);
}

/* ---- trials ---- */

struct subject {
    const char *name;
    const struct hcl_circuit *circuit;
    const struct hcl_srs *srs;
    const struct hcl_values *instances;
    struct hcl_witness_source witness;
    struct hcl_keys keys;
    long moments; /* of a proof */
};

struct count {
    long trials, harmless, named, missed;
};

static hcl_status prove(struct subject *s, struct hcl_comm *comm, struct hcl_err *err)
{
    const uint64_t seed = 7;
    const struct hcl_prove_options options = { .threads = 1, .seed = &seed };
    struct hcl_proof proof;
    const hcl_status st =
        hcl_prove(&proof, comm, &s->keys, s->srs, s->instances, &s->witness, &options, NULL, err);
    if (st == HCL_OK)
        hcl_proof_clear(&proof);
    return st;
}

static void try_one(struct subject *s, struct hcl_comm *comm, struct count *c, uint64_t trial)
{
    static struct block standing[MOST_BLOCKS];
    const size_t num_standing = num_blocks;
    struct hcl_err err = { "" };
    uint64_t random = trial;
    const int rank = (int)(next_random(&random) % (uint64_t)hcl_comm_size(comm));
    char name[24];
    memcpy(standing, blocks, num_blocks * sizeof *blocks);
    memset(&fault, 0, sizeof fault);
    fault.moment = (long)(next_random(&random) % (uint64_t)s->moments);
    fault.random = next_random(&random);
    fault.armed = hcl_comm_rank(comm) == rank;
    const hcl_status st = prove(s, comm, &err);
    const bool flipped = fault.block.at != NULL;
    EXPECT(comm, flipped == fault.armed);
    fault.armed = false;
    if (flipped)
        restore(standing, num_standing);
    snprintf(name, sizeof name, "rank %d", rank);
    const bool named = st == HCL_NO_RESOURCE && strncmp(err.msg, name, strlen(name)) == 0;
    c->trials++;
    c->harmless += st == HCL_OK;
    c->named += named;
    c->missed += st != HCL_OK && !named;
    if (st != HCL_OK && !named && flipped)
        fprintf(stderr, "%s, trial %llu: byte %zu of %zu flipped on rank %d during '%s': %s\n", s->name,
                (unsigned long long)trial, fault.byte, fault.block.bytes, rank,
                fault.phase ? fault.phase : "set up", err.msg);
}

static void try_many(struct subject *s, struct hcl_comm *comm, struct count *c, long refusals)
{
    const long enough = c->named + c->missed + refusals;
    EXPECT_OK(comm, hcl_keygen(&s->keys, comm, s->circuit, s->srs, NULL, NULL, 1, NULL, err));
    EXPECT_OK(comm, hcl_keys_prepare(&s->keys, comm, s->srs, 1, NULL, err));
    moments = 0;
    EXPECT_OK(comm, prove(s, comm, err));
    s->moments = moments;
    while (c->named + c->missed < enough)
        try_one(s, comm, c, (uint64_t)c->trials);
    hcl_keys_clear(&s->keys);
}

static void test_flips(struct hcl_comm *comm)
{
    static const char *const names[] = { "lookup", "permutation", "rotations" };
    struct linear_circuit linear;
    struct hcl_srs srs;
    const uint8_t seed[32] = { 5 };
    struct count c = { 0 };
    if (comm->nodes == 1) /* or as on a node for each */
        comm->windows = comm->windows && hcl_comm_size(comm) < 3;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct vector v;
        vector_load(&v, names[i]);
        EXPECT(comm, v.has_witness);
        struct subject s = { v.name, &v.circuit, &v.srs, &v.instances, vector_witness(&v), .moments = 0 };
        try_many(&s, comm, &c, REFUSALS / 4);
        vector_clear(&v);
    }
    linear_circuit_init(&linear);
    EXPECT_OK(comm, hcl_srs_create_unsafe(&srs, linear.circuit.k, seed, 1, err));
    struct subject s = {
        "linear", &linear.circuit, &srs, &linear.instances, linear_circuit_witness(&linear), .moments = 0
    };
    try_many(&s, comm, &c, REFUSALS / 4);
    hcl_srs_clear(&srs);
    linear_circuit_clear(&linear);
    if (hcl_comm_rank(comm) == 0)
        printf("%ld flips: %ld without consequence, %ld refused and the rank named, %ld refused only\n",
               c.trials, c.harmless, c.named, c.missed);
    EXPECT(comm, c.named + c.missed >= REFUSALS && 100 * c.missed <= c.named + c.missed);
}

/* A witness that is false is nobody's fault. */
static void test_false_witness(struct hcl_comm *comm)
{
    struct linear_circuit linear;
    struct hcl_srs srs;
    struct hcl_err said = { "" };
    const uint8_t seed[32] = { 5 };
    linear_circuit_init(&linear);
    linear.wrong_column = 3; /* a linear one: no round before the verification sees it */
    linear.wrong_row = 8;
    EXPECT_OK(comm, hcl_srs_create_unsafe(&srs, linear.circuit.k, seed, 1, err));
    struct subject s = {
        "linear", &linear.circuit, &srs, &linear.instances, linear_circuit_witness(&linear), .moments = 0
    };
    EXPECT_OK(comm, hcl_keygen(&s.keys, comm, s.circuit, s.srs, NULL, NULL, 1, NULL, err));
    EXPECT(comm, prove(&s, comm, &said) == HCL_FALSE_CLAIM);
    EXPECT(comm, strstr(said.msg, "the witness does not satisfy the circuit") != NULL);
    hcl_keys_clear(&s.keys);
    hcl_srs_clear(&srs);
    linear_circuit_clear(&linear);
}

int main(void)
{
    static const struct mpi_test tests[] = {
        { "flips", test_flips },
        { "false witness", test_false_witness },
    };
    return mpi_test_main(tests, sizeof tests / sizeof *tests);
}

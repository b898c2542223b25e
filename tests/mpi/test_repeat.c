/* SPDX-License-Identifier: Apache-2.0 */
/* A rank whose processor makes the same error each time: repeating the proof shows nothing, what another rank
 * repeats does. The linker routes multi-scalar multiplications, transforms to cosets (both halves of one by
 * all ranks together, too) and constraints here. */
#include "coordinator/run/prove.h"
#include "tests/mpi/linear_circuit.h"
#include "tests/mpi/mpi_test.h"
#include "worker/rounds/parts.h"

#include <string.h>

enum wrong { NOTHING, COMMITMENTS, TRANSFORMS, CONSTRAINTS, FIRST_HALF, SECOND_HALF, KINDS };
static const char *const subjects[KINDS] = { "",
                                             "commitments",
                                             "columns on a coset",
                                             "rows of the quotient",
                                             "columns on a coset",
                                             "columns on a coset" };
static enum wrong wrong;
static uint32_t circuit_k; /* rows of columns */

hcl_status __real_hcl_columns_msm(hcl_g1_jac *out, const struct hcl_scalars *scalars, size_t columns,
                                  const hcl_g1 *bases, bool merge, int threads, struct hcl_err *err);
hcl_status __wrap_hcl_columns_msm(hcl_g1_jac *out, const struct hcl_scalars *scalars, size_t columns,
                                  const hcl_g1 *bases, bool merge, int threads, struct hcl_err *err);
void __real_hcl_coset_ntt_batch(const struct hcl_domain_coset *c, const hcl_fr *const *in, hcl_fr *const *out,
                                size_t count, int threads);
void __wrap_hcl_coset_ntt_batch(const struct hcl_domain_coset *c, const hcl_fr *const *in, hcl_fr *const *out,
                                size_t count, int threads);
void __real_hcl_ntt_batch(const struct hcl_domain *d, hcl_fr *const *a, size_t columns, int threads);
void __wrap_hcl_ntt_batch(const struct hcl_domain *d, hcl_fr *const *a, size_t columns, int threads);
void __real_hcl_constraints_fold(hcl_fr *acc, const struct hcl_constraints *p,
                                 const struct hcl_constraint_scalars *s,
                                 const struct hcl_constraint_rows *rows, size_t count, hcl_fr *scratch);
void __wrap_hcl_constraints_fold(hcl_fr *acc, const struct hcl_constraints *p,
                                 const struct hcl_constraint_scalars *s,
                                 const struct hcl_constraint_rows *rows, size_t count, hcl_fr *scratch);

hcl_status __wrap_hcl_columns_msm(hcl_g1_jac *out, const struct hcl_scalars *scalars, size_t columns,
                                  const hcl_g1 *bases, bool merge, int threads, struct hcl_err *err)
{
    const hcl_status st = __real_hcl_columns_msm(out, scalars, columns, bases, merge, threads, err);
    for (size_t i = 0; st == HCL_OK && wrong == COMMITMENTS && i < columns; i++)
        hcl_g1_jac_add_affine(&out[i], &out[i], &bases[0]);
    return st;
}

void __wrap_hcl_coset_ntt_batch(const struct hcl_domain_coset *c, const hcl_fr *const *in, hcl_fr *const *out,
                                size_t count, int threads)
{
    __real_hcl_coset_ntt_batch(c, in, out, count, threads);
    const bool part = c->domain->k < circuit_k;
    for (size_t i = 0; (wrong == TRANSFORMS || (wrong == FIRST_HALF && part)) && i < count; i++)
        hcl_fr_add(&out[i][3], &out[i][3], &hcl_fr_one);
}

void __wrap_hcl_ntt_batch(const struct hcl_domain *d, hcl_fr *const *a, size_t columns, int threads)
{
    __real_hcl_ntt_batch(d, a, columns, threads);
    for (size_t i = 0; wrong == SECOND_HALF && i < columns; i++)
        hcl_fr_add(&a[i][1], &a[i][1], &hcl_fr_one);
}

void __wrap_hcl_constraints_fold(hcl_fr *acc, const struct hcl_constraints *p,
                                 const struct hcl_constraint_scalars *s,
                                 const struct hcl_constraint_rows *rows, size_t count, hcl_fr *scratch)
{
    __real_hcl_constraints_fold(acc, p, s, rows, count, scratch);
    if (wrong == CONSTRAINTS && count > 1)
        hcl_fr_add(&acc[1], &acc[1], &hcl_fr_one);
}

struct subject {
    struct linear_circuit linear;
    struct hcl_srs srs;
    struct hcl_keys keys;
};

static void subject_init(struct subject *s, struct hcl_comm *comm)
{
    const uint8_t seed[32] = { 5 };
    linear_circuit_init(&s->linear);
    circuit_k = s->linear.circuit.k;
    EXPECT_OK(comm, hcl_srs_create_unsafe(&s->srs, s->linear.circuit.k, seed, 1, err));
    EXPECT_OK(comm, hcl_keygen(&s->keys, comm, &s->linear.circuit, &s->srs, NULL, NULL, 1, NULL, err));
}

static void subject_clear(struct subject *s)
{
    hcl_keys_clear(&s->keys);
    hcl_srs_clear(&s->srs);
    linear_circuit_clear(&s->linear);
}

static hcl_status prove(struct subject *s, struct hcl_comm *comm, double repeat, struct hcl_savings savings,
                        struct hcl_proof *proof, struct hcl_err *err)
{
    const uint64_t seed = 7;
    const struct hcl_prove_options options = {
        .threads = 1, .seed = &seed, .repeat = repeat, .savings = savings
    };
    const struct hcl_witness_source witness = linear_circuit_witness(&s->linear);
    return hcl_prove(proof, comm, &s->keys, &s->srs, &s->linear.instances, &witness, &options, NULL, err);
}

/* Without a fault nothing is said, and the proof is the same. */
static void test_honest(struct hcl_comm *comm)
{
    static const double shares[] = { 0.1, 0.5, 1 };
    const struct hcl_savings ways[] = { { false, false, 1, false },
                                        { true, true, 1, false },
                                        { true, true, 4, false } };
    struct subject s;
    struct hcl_proof proof, reference;
    subject_init(&s, comm);
    EXPECT_OK(comm, prove(&s, comm, 0, ways[0], &reference, err));
    for (size_t i = 0; i < 9; i++) {
        EXPECT_OK(comm, prove(&s, comm, shares[i % 3], ways[i / 3], &proof, err));
        EXPECT(comm, proof.len == reference.len && memcmp(proof.data, reference.data, proof.len) == 0);
        hcl_proof_clear(&proof);
    }
    EXPECT_OK(comm, hcl_keys_prepare(&s.keys, comm, &s.srs, 1, NULL, err)); /* kept cosets */
    EXPECT_OK(comm, prove(&s, comm, 1, ways[0], &proof, err));
    EXPECT(comm, proof.len == reference.len && memcmp(proof.data, reference.data, proof.len) == 0);
    hcl_proof_clear(&proof);
    hcl_proof_clear(&reference);
    subject_clear(&s);
}

static bool names(const char *said, int rank, int ranks)
{
    char alone[64], first[64], second[64];
    snprintf(alone, sizeof alone, "rank %d computes something wrong", rank);
    snprintf(first, sizeof first, "rank %d or rank %d ", rank, (rank + 1) % ranks);
    snprintf(second, sizeof second, "rank %d or rank %d ", (rank + ranks - 1) % ranks, rank);
    return ranks > 2 ? strncmp(said, alone, strlen(alone)) == 0
                     : strncmp(said, first, strlen(first)) == 0 || strncmp(said, second, strlen(second)) == 0;
}

static void try_wrong(struct hcl_comm *comm, struct subject *s, int rank, enum wrong kind)
{
    const struct hcl_savings none = { false, false, 1, false };
    struct hcl_err said = { "" };
    struct hcl_proof proof;
    wrong = hcl_comm_rank(comm) == rank ? kind : NOTHING;
    EXPECT(comm, prove(s, comm, 0, none, &proof, &said) == HCL_FALSE_CLAIM);
    EXPECT(comm, strstr(said.msg, "computed") == NULL);
    EXPECT(comm, prove(s, comm, 1, none, &proof, &said) == HCL_NO_RESOURCE);
    const bool named = names(said.msg, rank, hcl_comm_size(comm)) && strstr(said.msg, subjects[kind]);
    if (!named)
        fprintf(stderr, "%s of rank %d: %s\n", subjects[kind], rank, said.msg);
    EXPECT(comm, named);
    wrong = NOTHING;
}

/* Each kind of error, of each rank. With kept cosets of the key three ranks, and seven, transform some
 * columns together, so that an error there is one of the proof. */
static void test_wrong(struct hcl_comm *comm)
{
    const int ranks = hcl_comm_size(comm);
    struct subject s;
    subject_init(&s, comm);
    for (int i = 0; i < CONSTRAINTS * ranks; i++)
        try_wrong(comm, &s, i / CONSTRAINTS, (enum wrong)(1 + i % CONSTRAINTS));
    EXPECT_OK(comm, hcl_keys_prepare(&s.keys, comm, &s.srs, 1, NULL, err));
    for (int i = 0; i < ranks && ranks > 2; i++) {
        try_wrong(comm, &s, i, FIRST_HALF);
        try_wrong(comm, &s, i, SECOND_HALF);
    }
    subject_clear(&s);
}

int main(void)
{
    static const struct mpi_test tests[] = { { "honest", test_honest }, { "wrong", test_wrong } };
    return mpi_test_main(tests, sizeof tests / sizeof *tests);
}

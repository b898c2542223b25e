/* SPDX-License-Identifier: Apache-2.0 */
/* A circuit with linear columns: the same proof, byte for byte, whether they are transformed one by one or
 * not at all, on however many ranks and threads. With the name of a folder as argument the circuit, the
 * public values and a proof of each scheme are written there, for the real verifier. */
#include "common/halo2/circuit_file.h"
#include "common/halo2/linear.h"
#include "common/io/file_write.h"
#include "common/sys/mem.h"
#include "coordinator/run/prove.h"
#include "tests/mpi/linear_circuit.h"
#include "tests/mpi/mpi_test.h"

#include <string.h>

struct fixture {
    struct linear_circuit l;
    struct hcl_srs srs;
    struct hcl_witness_source witness;
};

static void fixture_init(struct fixture *x, struct hcl_comm *comm)
{
    linear_circuit_init(&x->l);
    x->witness = linear_circuit_witness(&x->l);
    EXPECT_OK(comm, hcl_srs_read(&x->srs, HCL_SOURCE_DIR "/tests/vectors/halo2/srs/k6.raw", 0, NULL, 1, err));
}

static void fixture_clear(struct fixture *x)
{
    linear_circuit_clear(&x->l);
    hcl_srs_clear(&x->srs);
}

static hcl_status prove(struct hcl_proof *out, struct hcl_keys *keys, struct fixture *x,
                        struct hcl_comm *comm, hcl_scheme scheme, int threads, struct hcl_err *err)
{
    static const uint64_t seed = 4;
    const struct hcl_prove_options options = { .threads = threads, .scheme = scheme, .seed = &seed };
    return hcl_prove(out, comm, keys, &x->srs, &x->l.instances, &x->witness, &options, NULL, err);
}

static void test_found(struct hcl_comm *comm)
{
    struct fixture x;
    struct hcl_linear l;
    fixture_init(&x, comm);
    EXPECT_OK(comm, hcl_linear_init(&l, &x.l.circuit, err));
    EXPECT(comm, l.num_columns == LINEAR_FIXED + LINEAR_ADVICE + 1 && l.num_sums == LINEAR_SUMS);
    EXPECT(comm, 2 * l.num_columns > x.l.circuit.num_fixed + x.l.circuit.num_advice);
    hcl_linear_clear(&l);
    fixture_clear(&x);
}

/* There are linear columns of small integers and of field elements. */
static void expect_widths(struct hcl_comm *comm, const struct hcl_circuit *c)
{
    size_t small = 0;
    for (uint32_t i = c->num_fixed - LINEAR_FIXED; i < c->num_fixed; i++)
        small += c->fixed[i].width < HCL_COMPACT_FR;
    EXPECT(comm, small > 0 && small < LINEAR_FIXED);
}

static void test_same_bytes(struct hcl_comm *comm)
{
    struct fixture x;
    struct hcl_comm *self;
    fixture_init(&x, comm);
    EXPECT_OK(comm, hcl_comm_init_self(&self, err));
    for (int scheme = 0; scheme < 2; scheme++) {
        const hcl_scheme which = scheme ? HCL_SCHEME_GWC : HCL_SCHEME_SHPLONK;
        struct hcl_keys keys, plain_keys;
        struct hcl_proof proof, plain;
        hcl_linear_use(false);
        EXPECT_OK(comm, hcl_keygen(&plain_keys, self, &x.l.circuit, &x.srs, NULL, NULL, 1, NULL, err));
        EXPECT_OK(comm, prove(&plain, &plain_keys, &x, self, which, 1, err));
        hcl_linear_use(true);
        EXPECT_OK(comm, hcl_keygen(&keys, comm, &x.l.circuit, &x.srs, NULL, NULL, 1, NULL, err));
        expect_widths(comm, keys.circuit);
        EXPECT(comm, hcl_fr_eq(&keys.vk.transcript_repr, &plain_keys.vk.transcript_repr));
        for (int threads = 1; threads <= 3; threads++) {
            if (threads == 2) /* from here on with the key's columns on the cosets */
                EXPECT_OK(comm, hcl_keys_prepare(&keys, comm, &x.srs, 1, NULL, err));
            EXPECT_OK(comm, prove(&proof, &keys, &x, comm, which, threads, err));
            EXPECT(comm, proof.len == plain.len && memcmp(proof.data, plain.data, plain.len) == 0);
            hcl_proof_clear(&proof);
        }
        hcl_proof_clear(&plain);
        hcl_keys_clear(&keys);
        hcl_keys_clear(&plain_keys);
    }
    hcl_comm_finalize(self);
    fixture_clear(&x);
}

/* One wrong cell in any linear advice column: no proof. */
static void test_false_witness(struct hcl_comm *comm)
{
    struct fixture x;
    struct hcl_keys keys;
    fixture_init(&x, comm);
    EXPECT_OK(comm, hcl_keygen(&keys, comm, &x.l.circuit, &x.srs, NULL, NULL, 1, NULL, err));
    for (uint32_t i = 0; i < LINEAR_ADVICE; i++) {
        struct hcl_proof proof;
        x.l.wrong_column = 2 + i;
        x.l.wrong_row = 7 + i;
        EXPECT(comm, prove(&proof, &keys, &x, comm, HCL_SCHEME_SHPLONK, 1, NULL) == HCL_FALSE_CLAIM);
    }
    hcl_keys_clear(&keys);
    fixture_clear(&x);
}

/* Nothing is left, of keys that are loaded instead of generated neither. */
static void test_loaded_keys(struct hcl_comm *comm)
{
    struct fixture x;
    struct hcl_keys keys, loaded;
    struct hcl_proof proof, again;
    uint64_t before, after, peak;
    hcl_mem_usage(&before, &peak);
    fixture_init(&x, comm);
    EXPECT_OK(comm, hcl_keygen(&keys, comm, &x.l.circuit, &x.srs, NULL, NULL, 1, NULL, err));
    EXPECT_OK(comm, hcl_keys_load(&loaded, comm, &keys.vk, NULL, 1, err));
    EXPECT_OK(comm, prove(&proof, &keys, &x, comm, HCL_SCHEME_SHPLONK, 1, err));
    EXPECT_OK(comm, prove(&again, &loaded, &x, comm, HCL_SCHEME_SHPLONK, 1, err));
    EXPECT(comm, proof.len == again.len && memcmp(proof.data, again.data, proof.len) == 0);
    hcl_proof_clear(&proof);
    hcl_proof_clear(&again);
    hcl_keys_clear(&keys);
    hcl_keys_clear(&loaded);
    fixture_clear(&x);
    hcl_mem_usage(&after, &peak);
    EXPECT(comm, before == after);
}

static void write_to(const char *folder)
{
    static const char *const names[2] = { "proof.shplonk", "proof.gwc" };
    struct hcl_comm *comm;
    struct fixture x;
    struct hcl_keys keys;
    char path[512];
    if (hcl_comm_init_self(&comm, NULL) != HCL_OK)
        abort();
    fixture_init(&x, comm);
    EXPECT_OK(comm, hcl_keygen(&keys, comm, &x.l.circuit, &x.srs, NULL, NULL, 1, NULL, err));
    snprintf(path, sizeof path, "%s/circuit.json", folder);
    EXPECT_OK(comm, hcl_circuit_write(&x.l.circuit, path, HCL_CIRCUIT_INLINE, err));
    snprintf(path, sizeof path, "%s/instance.json", folder);
    EXPECT_OK(comm, hcl_values_write_instances(&x.l.instances, path, err));
    for (int scheme = 0; scheme < 2; scheme++) {
        struct hcl_proof proof;
        EXPECT_OK(comm, prove(&proof, &keys, &x, comm, scheme ? HCL_SCHEME_GWC : HCL_SCHEME_SHPLONK, 1, err));
        snprintf(path, sizeof path, "%s/%s", folder, names[scheme]);
        EXPECT_OK(comm, hcl_file_write(path, proof.data, proof.len, err));
        hcl_proof_clear(&proof);
    }
    hcl_keys_clear(&keys);
    fixture_clear(&x);
    hcl_comm_finalize(comm);
}

int main(int argc, char **argv)
{
    static const struct mpi_test tests[] = {
        { "found", test_found },
        { "same bytes", test_same_bytes },
        { "false witness", test_false_witness },
        { "loaded keys", test_loaded_keys },
    };
    if (argc == 2) {
        write_to(argv[1]);
        return 0;
    }
    return mpi_test_main(tests, sizeof tests / sizeof *tests);
}

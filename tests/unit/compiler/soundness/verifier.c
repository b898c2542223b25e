/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/compiler/soundness/verifier.h"
#include "common/halo2/srs.h"
#include "coordinator/run/prove.h"

bool verifier_accepts(struct lowered *l, const struct hcl_circuit *circuit)
{
    hcl_status st;
    struct hcl_err err = { "" };
    struct hcl_srs srs = { 0 };
    struct hcl_comm *comm = NULL;
    struct hcl_keys keys = { 0 };
    struct hcl_proof proof = { 0 };
    struct hcl_witness_source witness = hcl_witness_source(&l->w);
    struct hcl_prove_options options = { .threads = 1, .skip_verify = true };

    lowered_fill_again(l); /* the public values of the cells as they are */
    HCL_TRY(hcl_srs_create_unsafe(&srs, circuit->k, NULL, 1, &err));
    HCL_TRY(hcl_comm_init_self(&comm, &err));
    HCL_TRY(hcl_keygen(&keys, comm, circuit, &srs, NULL, NULL, 1, NULL, &err));
    HCL_TRY(hcl_prove(&proof, comm, &keys, &srs, &l->instances, &witness, &options, NULL, &err));
    st = hcl_verify(&keys.vk, &srs.verifier, &l->instances, proof.data, proof.len, options.scheme, &err);
done:
    if (st != HCL_OK && st != HCL_FALSE_CLAIM) {
        fprintf(stderr, "no verdict: %s\n", err.msg);
        abort();
    }
    hcl_proof_clear(&proof);
    hcl_keys_clear(&keys);
    hcl_comm_finalize(comm);
    hcl_srs_clear(&srs);
    return st == HCL_OK;
}

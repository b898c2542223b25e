/* SPDX-License-Identifier: Apache-2.0 */
/* One proof on all ranks. Every rank runs the same rounds and the same transcript: commitments and
 * evaluations are gathered by all, so challenges need no broadcast, and at the end all ranks compare their
 * transcripts. All random values have one root, which rank 0 chooses: the proof depends on it and not on who
 * computes what. */
#ifndef HCL_COORDINATOR_RUN_PROVE_H
#define HCL_COORDINATOR_RUN_PROVE_H

#include "common/halo2/verify.h"
#include "common/halo2/witness.h"
#include "coordinator/report/report.h"
#include "coordinator/run/checkpoint.h"
#include "coordinator/run/keygen.h"
#include "worker/rounds/blinding.h"

struct hcl_prove_options {
    int threads; /* OpenMP threads of this rank, at least 1 */
    hcl_scheme scheme;
    /* Reproducible proofs, for tests only: everything random comes from *seed, which must be the same on all
     * ranks. NULL: from the operating system. */
    const uint64_t *seed;
    const struct hcl_blinding *blinding; /* replaces both when not NULL; not with a checkpoint */
    /* NULL: none. Shared (hcl_checkpoint_share), and checked to be of this proof. */
    struct hcl_checkpoint *checkpoint;
    struct hcl_savings savings;  /* the same on all ranks; groups only if keys keep no cosets */
    struct hcl_scratch *scratch; /* this rank's, borrowed: if savings say so */
    double repeat;               /* the share of its work that another rank repeats; 0: none */
    bool skip_verify;            /* the caller verifies */
};

/** Collective. keys, srs, instances and options are the same on all ranks; each rank's witness fills the
 * columns it is asked for. HCL_OK: *proof is complete on every rank (free with hcl_proof_clear) and was
 * verified on rank 0. HCL_FALSE_CLAIM: the witness does not satisfy the circuit. Before it says so, a proof
 * that does not hold is made a second time to see whether a rank was wrong (blame.h), which is
 * HCL_NO_RESOURCE. Whatever fails on one rank fails on all with one message. HCL_STOPPED: as asked, with a
 * checkpoint. meter may be NULL. */
hcl_status hcl_prove(struct hcl_proof *proof, struct hcl_comm *comm, const struct hcl_keys *keys,
                     const struct hcl_srs *srs, const struct hcl_values *instances,
                     const struct hcl_witness_source *witness, const struct hcl_prove_options *options,
                     struct hcl_meter *meter, struct hcl_err *err);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* Where the prover gets advice values from. Implemented by the witness program (common/witness), by
 * witness.json and by the replay tests. */
#ifndef HCL_COMMON_HALO2_WITNESS_H
#define HCL_COMMON_HALO2_WITNESS_H

#include "common/poly/compact.h"
#include "common/sys/status.h"

struct hcl_witness_source {
    void *ctx;
    /** Fill rows [0, u) of the given advice columns, all of phase `phase`. out[i] points to n zeroed elements
     * for column cols[i]; only those columns need be filled, so every rank asks for its own. challenges[j] is
     * set for every challenge of an earlier phase. Phases are asked for in increasing order, each on every
     * rank, if need be with count 0. May be collective, or a failure that of this rank alone; a pure function
     * of ctx, phase and challenges. */
    hcl_status (*fill)(void *ctx, uint32_t phase, const hcl_fr *challenges, const uint32_t *cols,
                       size_t count, hcl_fr *const *out, int threads, struct hcl_err *err);
    /** The same rows of those of these columns that are integers: *out[i] becomes a secret column of n rows
     * that has room to list `room` more; n = 0 in it says that they are none, or that something failed
     * before. NULL: no column's are. Local. */
    hcl_status (*integers)(void *ctx, uint32_t phase, const uint32_t *cols, size_t count, size_t n,
                           size_t room, struct hcl_compact *const *out, int threads, struct hcl_err *err);
};

#endif

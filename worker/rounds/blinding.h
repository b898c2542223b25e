/* SPDX-License-Identifier: Apache-2.0 */
/* Where the random values of a proof come from. Every value has a place (purpose, index, row), and each place
 * is asked for once, by one rank, and the value depends on its place only, so that proofs are the same for
 * any number of ranks and threads. */
#ifndef HCL_WORKER_ROUNDS_BLINDING_H
#define HCL_WORKER_ROUNDS_BLINDING_H

#include "common/field/fr.h"
#include "common/sys/random.h"

typedef enum {
    HCL_BLIND_ADVICE,      /* index: column; rows [u, n) */
    HCL_BLIND_LOOKUP_A,    /* lookup; rows [u, n) */
    HCL_BLIND_LOOKUP_S,    /* lookup; rows [u, n) */
    HCL_BLIND_LOOKUP_Z,    /* lookup; rows (u, n) */
    HCL_BLIND_PERM_Z,      /* chunk; rows (u, n) */
    HCL_BLIND_RANDOM_POLY, /* index 0; coefficients [0, n); those from HCL_RANDOM_COEFFICIENTS on may be 0 */
} hcl_blind_purpose;

/* All that a proof shows of the random polynomial follows from its values at tau and x (docs/security.md),
 * for which two random coefficients would do. */
#define HCL_RANDOM_COEFFICIENTS 16

struct hcl_blinding {
    void *ctx;
    /** out[i] = the value at row first + i. Local; several threads may call at once. */
    hcl_status (*fill)(void *ctx, hcl_blind_purpose purpose, uint32_t index, size_t first, size_t count,
                       hcl_fr *out, struct hcl_err *err);
};

/** Uniform values from streams derived from *root (borrowed), which is the same on all ranks; coefficients of
 * the random polynomial from HCL_RANDOM_COEFFICIENTS on are 0. */
void hcl_blinding_from_random(struct hcl_blinding *b, struct hcl_random *root);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* The key's columns on the quotient's cosets, kept for the proofs under the key: more than half of a proof's
 * transforms, and with several ranks of what it moves. */
#ifndef HCL_WORKER_ROUNDS_KEY_COSETS_H
#define HCL_WORKER_ROUNDS_KEY_COSETS_H

#include "worker/rounds/coset.h"

struct hcl_key_cosets {
    struct hcl_coset *coset; /* [count] */
    size_t count;            /* 0: not kept */
};

/** Collective. w: of the same circuit, key, owners and ranks as the workers that will use them. What is in
 * w->lent is overwritten. */
hcl_status hcl_key_cosets_init(struct hcl_key_cosets *k, struct hcl_worker *w, struct hcl_err *err);
/** Collective: make the columns once more, coset by coset, and compare; HCL_NO_RESOURCE names the rank whose
 * rows are not the same. */
hcl_status hcl_key_cosets_check(const struct hcl_key_cosets *k, struct hcl_worker *w, struct hcl_err *err);
void hcl_key_cosets_clear(struct hcl_key_cosets *k);

#endif

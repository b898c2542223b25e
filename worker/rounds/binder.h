/* SPDX-License-Identifier: Apache-2.0 */
/* Everything that the constraints read at some rows, as pointers in the order in which they are read. */
#ifndef HCL_WORKER_ROUNDS_BINDER_H
#define HCL_WORKER_ROUNDS_BINDER_H

#include "worker/rounds/coset.h"

/* Walks the columns; with pointers == NULL it only counts. */
struct hcl_binder {
    const hcl_fr **pointers;
    size_t used;
    const struct hcl_worker *w;
    const struct hcl_coset *coset, *key; /* where the proof's columns are, and the key's */
    size_t at;
};

/** At this rank's rows of the loaded part from b->at on. groups: two per lookup, or NULL. */
void hcl_bind_all(struct hcl_binder *b, struct hcl_constraint_rows *rows, const hcl_fr *const **groups);

#endif

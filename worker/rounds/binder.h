/* SPDX-License-Identifier: Apache-2.0 */
/* What one thread needs to fold constraints: pointers to all that they read at some rows, in the order in
 * which they are read, and scratch. */
#ifndef HCL_WORKER_ROUNDS_BINDER_H
#define HCL_WORKER_ROUNDS_BINDER_H

#include "worker/rounds/coset.h"

/* Constraints on a coset that is loaded. */
struct hcl_fold {
    const struct hcl_worker *w;
    const struct hcl_groups *groups;     /* NULL: all constraints at once */
    size_t group;                        /* the one that is loaded */
    const struct hcl_coset *coset, *key; /* where the proof's columns are; the key's, and the vectors */
    const struct hcl_constraint_scalars *scalars; /* of all constraints at once */
};

struct hcl_binder {
    const struct hcl_fold *fold; /* borrowed */
    const hcl_fr **pointers;
    size_t count;                /* of pointers */
    const hcl_fr *const **lists; /* two per look-up argument, into pointers */
    hcl_fr *scratch;
};

/** To be cleared in any case. */
hcl_status hcl_binder_init(struct hcl_binder *b, const struct hcl_fold *fold, struct hcl_err *err);
void hcl_binder_clear(struct hcl_binder *b);
/** The pointers, at this rank's rows from `at` on. */
void hcl_binder_bind(struct hcl_binder *b, size_t at);
/** value[0..count) := the group's share of all constraints, over X^n - 1, by what the pointers point to.
 * count
 * <= HCL_EVAL_BLOCK. */
void hcl_binder_run(struct hcl_binder *b, hcl_fr *value, size_t count);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* A sample of what each rank has computed is computed once more by the next one, which finds what repetition
 * on the same rank cannot: a processor that makes the same error each time. What is repeated follows from
 * commitments and challenges, the same on all ranks and when a proof is made again, so it is random to a
 * fault, not to an enemy. All functions are collective and do nothing where t->repeat is 0 or there is one
 * rank. HCL_NO_RESOURCE: ranks do not agree; the message names the one that differs from both of its
 * neighbours, or else the two of which one is wrong, and t->disagreed is set. */
#ifndef HCL_WORKER_ROUNDS_REPEAT_H
#define HCL_WORKER_ROUNDS_REPEAT_H

#include "worker/rounds/coset.h"
#include "worker/rounds/parts.h"

/* Vectors that were committed in one call. */
struct hcl_repeat_commitments {
    const struct hcl_scalars *vectors; /* [count]; this rank's rows of them, or those it has whole */
    const uint32_t *owner;             /* of whole ones; NULL: every rank has its rows of each */
    const bool *split;                 /* of whole ones: not to be repeated */
    size_t count;
    const hcl_g1 *bases;  /* of all rows */
    const hcl_g1 *shares; /* [rank*count + i]: what each rank has got for vector i */
};

hcl_status hcl_repeat_commitments(struct hcl_team *t, const struct hcl_repeat_commitments *c,
                                  struct hcl_err *err);
/** Columns of a coset g*<w> that has just been loaded as a whole. coin: another number for each coset. */
hcl_status hcl_repeat_transforms(struct hcl_worker *w, const struct hcl_coset *s, const hcl_fr *g,
                                 uint64_t coin, struct hcl_err *err);
/** Tiles of constraints on the loaded part: acc is h on this rank's rows. */
hcl_status hcl_repeat_constraints(struct hcl_worker *w, const struct hcl_coset *s,
                                  const struct hcl_coset *key, const struct hcl_constraint_scalars *scalars,
                                  const hcl_fr *acc, uint64_t coin, struct hcl_err *err);

#endif

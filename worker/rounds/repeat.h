/* SPDX-License-Identifier: Apache-2.0 */
/* A sample of what each rank has computed is computed once more by the next one, which finds what repetition
 * on the same rank cannot: a processor that makes the same error each time. What is repeated follows from
 * commitments and challenges, the same on all ranks and when a proof is made again, so it is random to a
 * fault, not to an enemy. All functions are collective and do nothing where t->repeat is 0 or there is one
 * rank. HCL_NO_RESOURCE: ranks do not agree; the message names the one that differs from both of its
 * neighbours, or else the two of which one is wrong, and t->disagreed is set. */
#ifndef HCL_WORKER_ROUNDS_REPEAT_H
#define HCL_WORKER_ROUNDS_REPEAT_H

#include "common/halo2/pieces.h"
#include "worker/rounds/binder.h"
#include "worker/rounds/parts.h"

/* Vectors that were committed in one call. */
struct hcl_repeat_commitments {
    const struct hcl_pieces *pieces; /* of all ranks */
    const struct hcl_scalars *mine;  /* of this rank's, in their order */
    size_t count;                    /* vectors */
    const hcl_g1 *bases;             /* of all rows */
    const hcl_g1 *shares;            /* [rank*count + i]: what each rank has got for vector i */
};

hcl_status hcl_repeat_commitments(struct hcl_team *t, const struct hcl_repeat_commitments *c,
                                  struct hcl_err *err);
/** Columns of a coset g*<w> that this group has just brought, those that all ranks have made included. coin:
 * another number for each coset and group. */
hcl_status hcl_repeat_transforms(struct hcl_worker *w, struct hcl_coset *s, const hcl_fr *g, size_t group,
                                 uint64_t coin, struct hcl_err *err);

/* What this rank makes of the previous one's tiles, group by group of one coset. Zero it first. */
struct hcl_repeat_sums {
    hcl_fr *values;
};

void hcl_repeat_sums_clear(struct hcl_repeat_sums *s);
/** Tiles of the constraints of f->group, of a coset whose groups come in order; with the last one they are
 * compared with acc, which is h on this rank's rows. coin: another number for each coset. */
hcl_status hcl_repeat_constraints(struct hcl_worker *w, const struct hcl_fold *f,
                                  struct hcl_repeat_sums *sums, const hcl_fr *acc, uint64_t coin,
                                  struct hcl_err *err);

#endif

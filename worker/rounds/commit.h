/* SPDX-License-Identifier: Apache-2.0 */
/* Commitments by all ranks together. Collective; every rank gets all points, and the same status. */
#ifndef HCL_WORKER_ROUNDS_COMMIT_H
#define HCL_WORKER_ROUNDS_COMMIT_H

#include "worker/rounds/parts.h"
#include "worker/team.h"

/** Columns at their owners, in the Lagrange basis: columns[i] has n scalars at owner[i], nothing elsewhere.
 * Owners commit their columns whole; where some ranks have more to do than others, the surplus is split by
 * rows over all ranks. cost[i]: what the whole column costs, in any unit (NULL: all the same). Moves 64 B per
 * column and rank, and the split columns. */
hcl_status hcl_commit_columns(struct hcl_team *t, const uint32_t *owner, const double *cost,
                              const struct hcl_scalars *columns, size_t count, hcl_g1 *out,
                              struct hcl_err *err);
/** Vectors spread in row blocks: rows[i] is this rank's block of vector i; bases: all n of them, g or
 * g_lagrange. Moves 64 B per vector and rank. */
hcl_status hcl_commit_rows(struct hcl_team *t, const hcl_fr *const *rows, size_t count, const hcl_g1 *bases,
                           hcl_g1 *out, struct hcl_err *err);

/** Which columns to split, so that the slowest rank has least to do when a column costs cost[i] whole (NULL:
 * 1) and 1.1/ranks of that on each rank when split. A pure function; all ranks agree on it. */
hcl_status hcl_commit_split(bool *split, const uint32_t *owner, const double *cost, size_t count, int ranks,
                            struct hcl_err *err);

#endif

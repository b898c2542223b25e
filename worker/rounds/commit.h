/* SPDX-License-Identifier: Apache-2.0 */
/* Commitments by all ranks together. Collective; every rank gets all points, and the same status. */
#ifndef HCL_WORKER_ROUNDS_COMMIT_H
#define HCL_WORKER_ROUNDS_COMMIT_H

#include "common/halo2/pieces.h"
#include "worker/rounds/parts.h"
#include "worker/team.h"

/** Columns at their owners, in the Lagrange basis: columns[i] has n scalars at owner[i], and is not read
 * elsewhere. Pieces of them go to the ranks that have less to do (hcl_pieces_cut). cost[i]: what the whole
 * column costs, in any unit (NULL: all the same); moved: HCL_MOVED_*. Moves 64 B per column and rank, and
 * pieces. */
hcl_status hcl_commit_columns(struct hcl_team *t, const uint32_t *owner, const double *cost, double moved,
                              const struct hcl_scalars *columns, size_t count, hcl_g1 *out,
                              struct hcl_err *err);
/** Vectors spread in row blocks: rows[i] is this rank's block of vector i; bases: all n of them, g or
 * g_lagrange. Moves 64 B per vector and rank, and pieces of several vectors. */
hcl_status hcl_commit_rows(struct hcl_team *t, const hcl_fr *const *rows, size_t count, const hcl_g1 *bases,
                           hcl_g1 *out, struct hcl_err *err);

#endif

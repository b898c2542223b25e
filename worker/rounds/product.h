/* SPDX-License-Identifier: Apache-2.0 */
/* Grand products over rows that are spread in blocks. */
#ifndef HCL_WORKER_ROUNDS_PRODUCT_H
#define HCL_WORKER_ROUNDS_PRODUCT_H

#include "worker/worker.h"

/** Number of this rank's rows that are below `limit`. */
size_t hcl_rows_below(const struct hcl_team *t, size_t limit);

/** Collective. columns[i] holds this rank's rows of factor f_i (rows >= u are not read) and becomes z_i:
 * z_i[0] = 1, or when chained, z_i[0] = z_(i-1)[u] for i > 0; z_i[j+1] = z_i[j]*f_i[j] for j < u; rows above
 * u from the blinding source. *bad: the first i whose product z_i[u] is not 1 (chained: only the last
 * counts), else count. Moves one element per column and rank. */
hcl_status hcl_grand_products(struct hcl_worker *w, hcl_fr *const *columns, size_t count, bool chained,
                              hcl_blind_purpose purpose, size_t *bad, struct hcl_err *err);
/** Row blocks of proof columns to their owners' stores, and commit them from there. ids[i] gets columns[i].
 * cost: as in hcl_commit_columns. *memory, which the blocks are in, is wiped and freed before what a
 * commitment takes is there. */
hcl_status hcl_rows_to_store(struct hcl_worker *w, hcl_fr *const *columns, hcl_fr **memory, const size_t *ids,
                             const double *cost, size_t count, hcl_g1 *points, struct hcl_err *err);
/** num[i] := num[i]/den[i] for rows of this rank, zero denominators giving 0; den and scratch are
 * overwritten, count of the team's rows each. */
void hcl_divide_rows(hcl_fr *num, hcl_fr *den, hcl_fr *scratch, size_t count, int threads);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* What the rounds do with compact columns in the Lagrange basis: values at x and sums for the openings of
 * fixed columns, sigmas and linear columns (common/halo2/linear.h), sums of linear ones for the quotient. */
#ifndef HCL_WORKER_ROUNDS_LINEAR_H
#define HCL_WORKER_ROUNDS_LINEAR_H

#include "worker/worker.h"

/** Of a column that this rank owns: is it one that does not become coefficients, a fixed one, a sigma, a
 * linear one, or one that stays compact to save memory? */
bool hcl_stays_compact(const struct hcl_worker *w, struct hcl_poly_id poly);
/** Of any column: is it that with any savings, as every rank knows? */
bool hcl_always_compact(const struct hcl_worker *w, struct hcl_poly_id poly);
/** Columns that this rank owns become compact, from values. Local. */
hcl_status hcl_linear_compact(struct hcl_worker *w, struct hcl_err *err);
/** The sums that the gates read, as coefficients at their owners. Collective; every rank adds up its own
 * columns, and each sum moves twice. coefficients: of all terms. */
hcl_status hcl_linear_make_sums(struct hcl_worker *w, const hcl_fr *coefficients, struct hcl_err *err);
void hcl_linear_drop_sums(struct hcl_worker *w);
/** Evaluations of the columns that this rank owns into `evaluations`, in proof order; others stay.
 * Collective: values of the Lagrange basis, n elements, are made by all ranks, each its rows. */
hcl_status hcl_linear_evaluations(hcl_fr *evaluations, struct hcl_worker *w, struct hcl_err *err);

#endif

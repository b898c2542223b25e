/* SPDX-License-Identifier: Apache-2.0 */
/* The rounds of the prover (docs/formats: FORMAT sections 9 to 12), in the order of a proof. All are
 * collective: every rank calls them in the same order with the same challenges set in w->challenges, gets the
 * same status (an error names the rank), and all resulting points and scalars. None touches the transcript.
 * While w->team.recalling they return no points.
 */
#ifndef HCL_WORKER_ROUNDS_ROUNDS_H
#define HCL_WORKER_ROUNDS_ROUNDS_H

#include "worker/worker.h"

/** Instance columns into the store: values in their first rows, 0 beyond. Moves nothing. */
hcl_status hcl_round_instance(struct hcl_worker *w, const struct hcl_values *instances, struct hcl_err *err);
/** Fill and blind the advice columns of one phase; needs the challenges of earlier phases. Moves nothing. */
hcl_status hcl_round_witness(struct hcl_worker *w, uint32_t phase, const struct hcl_witness_source *witness,
                             struct hcl_err *err);
/** Commit them. points: one per column of the phase, in column order; *count says how many. */
hcl_status hcl_round_advice(struct hcl_worker *w, uint32_t phase, hcl_g1 *points, size_t *count,
                            struct hcl_err *err);
/** A', S' of all lookups: points[2l], points[2l + 1]. Needs theta. HCL_FALSE_CLAIM: an input is not in its
 * table. */
hcl_status hcl_round_lookup_permuted(struct hcl_worker *w, hcl_g1 *points, struct hcl_err *err);
/** Products z of all permutation chunks. Needs beta, gamma. HCL_FALSE_CLAIM: a copy constraint does not hold.
 */
hcl_status hcl_round_permutation(struct hcl_worker *w, hcl_g1 *points, struct hcl_err *err);
/** Elements of each rank's window in which that round reads others' columns: added to room[rank]. Local. */
hcl_status hcl_permutation_room(size_t *room, const struct hcl_worker *w, struct hcl_err *err);
/** Products Z of all lookups. Needs beta, gamma. */
hcl_status hcl_round_lookup_products(struct hcl_worker *w, hcl_g1 *points, struct hcl_err *err);
/** The random polynomial, in blocks of coefficients. */
hcl_status hcl_round_random(struct hcl_worker *w, hcl_g1 *point, struct hcl_err *err);
/** All proof columns become coefficients, but for those that w->savings lets stay compact; moves nothing. */
hcl_status hcl_round_coefficients(struct hcl_worker *w, struct hcl_err *err);
/** The quotient's pieces, degree - 1 points. Needs y. */
hcl_status hcl_round_quotient(struct hcl_worker *w, hcl_g1 *points, struct hcl_err *err);
/** Instead of it: room for pieces that are known already, contents undefined. */
hcl_status hcl_quotient_room(struct hcl_worker *w, struct hcl_err *err);
/** All evaluations of the proof into w->evaluations, in proof order. Needs x. */
hcl_status hcl_round_evaluate(struct hcl_worker *w, struct hcl_err *err);

/* The SHPLONK opening: between its two rounds the caller writes the first point and squeezes u. */
struct hcl_opening {
    hcl_fr *sums;   /* per set i: this rank's coefficients of F_i = sum_j y'^j f_(i,j) */
    hcl_fr *q;      /* and of q */
    hcl_fr *points; /* x*w^rotation of the plan's points */
};
/** w_point: the commitment of q. */
hcl_status hcl_round_shplonk_w(struct hcl_worker *w, struct hcl_opening *o, const hcl_fr *y, const hcl_fr *v,
                               hcl_g1 *w_point, struct hcl_err *err);
/** The second point; after it the opening is only cleared. HCL_NO_RESOURCE if u is one of the points. */
hcl_status hcl_round_shplonk_w2(struct hcl_worker *w, struct hcl_opening *o, const hcl_fr *v, const hcl_fr *u,
                                hcl_g1 *w2_point, struct hcl_err *err);
void hcl_opening_clear(struct hcl_opening *o);
/** The GWC opening: one point per distinct evaluation point, openings.num_points. */
hcl_status hcl_round_gwc(struct hcl_worker *w, const hcl_fr *v, hcl_g1 *points, struct hcl_err *err);

#endif

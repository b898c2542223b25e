/* SPDX-License-Identifier: Apache-2.0 */
/* Inverse transforms of vectors that lie in row blocks, by all ranks together, where each rank would else
 * wait for the one that has the vector. With n = A*B, j = a*B + b, k = c + A*d and w = 1/omega,
 *
 *   n*f_k = sum_b w^(A*b*d) (w^(b*c) sum_a w^(B*a*c) v_j):
 *
 * transforms of A elements, factors, transforms of B elements, each whole at a rank, and three transpositions
 * (hcl_transpose). Moves three times n/N elements out and in. D. H. Bailey, FFTs in external or hierarchical
 * memory, J. Supercomputing 4 (1990). */
#ifndef HCL_WORKER_ROUNDS_ROWS_INTT_H
#define HCL_WORKER_ROUNDS_ROWS_INTT_H

#include "worker/team.h"

#include <stdbool.h>

/* Nothing where a rank is alone. */
struct hcl_rows_intt {
    struct hcl_domain across, along; /* of A and of B elements */
    hcl_fr *values, *landing;        /* this rank's part of a vector; what comes */
    hcl_fr **rows;                   /* of values */
};

/** Whether so many vectors are transformed sooner so than each by one rank: of the way by all ranks together
 * a row takes twice as long, so that there must be more than two ranks to a vector. Local, the same on all.
 */
static inline bool hcl_rows_intt_pays(const struct hcl_team *t, size_t vectors)
{
    return (size_t)t->ranks > 2 * vectors;
}

/** Local. */
hcl_status hcl_rows_intt_init(struct hcl_rows_intt *s, const struct hcl_team *t, struct hcl_err *err);
/** Wiped; all zero is fine. */
void hcl_rows_intt_clear(struct hcl_rows_intt *s);
/** Collective: this rank's block of each vector, of values at omega^row -> of coefficients. Counts one of the
 * team's transforms for each on one rank, rank 0. */
void hcl_rows_intt(struct hcl_rows_intt *s, struct hcl_team *t, hcl_fr *const *blocks, size_t count);

#endif

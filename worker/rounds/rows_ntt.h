/* SPDX-License-Identifier: Apache-2.0 */
/* Transforms by all ranks together, where each rank would else wait for the one that has the vector. With
 * n = A*B, coefficients f_k, k = a*B + b, and values v_j, j = c + A*d, on the coset g*<w>
 *
 *   v_j = sum_b w^(A*b*d) ((g w^c)^b sum_a g^(B*a) w^(B*a*c) f_k):
 *
 * transforms of A elements, factors, transforms of B elements, each whole at a rank, with a transposition
 * (hcl_transpose) behind each of them, and one before, which is the same for all cosets. The inverse is the
 * same of v, with 1/w for w and without a coset. D. H. Bailey, FFTs in external or hierarchical memory,
 * J. Supercomputing 4 (1990). */
#ifndef HCL_WORKER_ROUNDS_ROWS_NTT_H
#define HCL_WORKER_ROUNDS_ROWS_NTT_H

#include "worker/team.h"

#include <stdbool.h>

/* Nothing where a rank is alone. */
struct hcl_rows_ntt {
    struct hcl_domain across, along; /* of A and of B elements */
    struct hcl_domain_coset coset;   /* of `across`; none without hcl_rows_ntt_init_cosets */
    hcl_fr g;                        /* of the coset */
    size_t most, room;               /* vectors at once; elements that any rank has of one, halos included */
    hcl_fr *values, *landing;        /* this rank's parts of vectors, `room` apart; what comes */
    hcl_fr *packed;                  /* what goes out; NULL: in the exchange's buffer, a vector at a time */
    hcl_fr **rows;                   /* of values */
    const hcl_fr **from;             /* rows that they are made of */
    struct hcl_transposed *moves;
};

/** Whether so many vectors are transformed sooner so than each by one rank: of the way by all ranks together
 * a row takes twice as long, so that there must be more than two ranks to a vector. Local, the same on all.
 */
static inline bool hcl_rows_intt_pays(const struct hcl_team *t, size_t vectors)
{
    return (size_t)t->ranks > 2 * vectors;
}

/** Local. For inverse transforms. */
hcl_status hcl_rows_ntt_init(struct hcl_rows_ntt *s, const struct hcl_team *t, struct hcl_err *err);
/** For transforms to cosets of up to `most` columns at once; halo: most halo rows of one, both sides
 * together. */
hcl_status hcl_rows_ntt_init_cosets(struct hcl_rows_ntt *s, const struct hcl_team *t, size_t most,
                                    uint32_t halo, struct hcl_err *err);
/** Wiped; all zero is fine. */
void hcl_rows_ntt_clear(struct hcl_rows_ntt *s);
/** Collective: this rank's block of each vector, of values at omega^row -> of coefficients. Counts one of the
 * team's transforms for each on one rank, rank 0. */
void hcl_rows_intt(struct hcl_rows_ntt *s, struct hcl_team *t, hcl_fr *const *blocks, size_t count);

/* A column that goes to cosets. */
struct hcl_rows_column {
    uint32_t owner;
    const hcl_fr *coeffs;   /* n at the owner, NULL elsewhere */
    hcl_fr *block;          /* this rank's first row of the values */
    uint32_t before, after; /* halo rows around the block */
};

/** Collective, several ranks: parts[i*s->room] := what this rank transforms of column i, from its owner.
 * Moves each column once. */
void hcl_rows_ntt_deal(struct hcl_rows_ntt *s, struct hcl_team *t, hcl_fr *parts,
                       const struct hcl_rows_column *columns, size_t count);
/** Local: the coset is g*<w> from here on. */
void hcl_rows_ntt_set(struct hcl_rows_ntt *s, const struct hcl_team *t, const hcl_fr *g);
/** Collective: from dealt parts to values on the coset, in two halves, between which s->values has what goes
 * into the second, s->room elements apart. shift: each rank does the work of the rank so many in front of
 * it, on that one's parts. Both together move each column twice. */
void hcl_rows_ntt_begin(struct hcl_rows_ntt *s, struct hcl_team *t, const hcl_fr *parts, size_t count,
                        int shift);
void hcl_rows_ntt_end(struct hcl_rows_ntt *s, struct hcl_team *t, const struct hcl_rows_column *columns,
                      size_t count, int shift);
/** Local: of what comes between the halves to a rank (of shift 0), of elements b = 0..B-1 of a row those
 * that rank r has made; of values on the coset, of rows c modulo A those that it has. */
void hcl_rows_ntt_made(const struct hcl_rows_ntt *s, const struct hcl_team *t, int r, size_t *first,
                       size_t *count);
void hcl_rows_ntt_had(const struct hcl_rows_ntt *s, const struct hcl_team *t, int r, size_t *first,
                      size_t *count);

#endif

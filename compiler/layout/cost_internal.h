/* SPDX-License-Identifier: Apache-2.0 */
#ifndef HCL_COMPILER_LAYOUT_COST_INTERNAL_H
#define HCL_COMPILER_LAYOUT_COST_INTERNAL_H

#include "compiler/layout/cost.h"

#define HCL_COST_ELEMENT 32
#define HCL_COST_POINT 64
#define HCL_COST_HALO 8 /* rows beside a block, at most */
/* Elements of one send buffer of an exchange (worker/store/exchange.c). */
#define HCL_COST_EXCHANGE_STEP ((double)(1 << 16))
/* Of one rotation; of the row above, too; of the row below; of a last row besides. */
#define HCL_COST_OPENING_SETS 4 /* polynomials that are opened at the same points (worker/rounds/open.c) */
#define HCL_COST_SUM_STEPS 8    /* in which a sum over ranks travels (worker/store/exchange.c) */

/* What follows from a shape, for the terms of time, memory and messages. */
struct hcl_cost_terms {
    const struct hcl_shape *s;
    struct hcl_cost *c;
    double n, ranks;
    double cells;           /* small ones */
    double weights, listed; /* cells of weight columns; random rows of all of them */
    double added;           /* weight rows that add anything */
    uint32_t sums;     /* of linear columns: the tables', and the weights' if there are two columns or more */
    uint32_t moving;   /* advice, products and the instance: transformed in each proof */
    uint32_t integers; /* of them advice columns of small integers, in all rows but the last */
    uint32_t key_fixed; /* fixed columns that are transformed */
    double msm;         /* s per full-size scalar of its own */
};

/* How all ranks together commit to the vectors of one round. */
struct hcl_cost_commitment {
    double all;     /* full-size scalars of their own, in units of n */
    double slowest; /* of the rank that takes longest, as many as take so long at full length */
    double moved;   /* rows that go to another rank, in units of n */
};

/* Who has which columns, and what follows. */
struct hcl_cost_commitments {
    struct hcl_cost_commitment small, full, products, quotient;
    uint32_t owner[HCL_WIDE]; /* of PHI, A0, A1, B, U, D, E */
    double uneven;   /* columns that the rank with most of them transforms to coefficients, next to the
                        average */
    double alone;    /* columns that it transforms to each coset, the key's included if they are made anew */
    double together; /* and those that all ranks transform together (hcl_owners_alone) */
    double lanes;    /* whose quotients and remainders a rank has use for: the share of all, on average */
    double lanes_most;       /* and of the rank that has use for most */
    bool few_lanes;          /* hcl_team_lanes_few */
    double wide, wide_maker; /* seconds of the columns of field elements that a rank makes of the witness:
                                most of any but D's owner, and D's owner */
    double weighing;         /* ranks that have linear columns of weights */
    double summands; /* of the opening: for each set of points the ranks that have polynomials of it as
                        coefficients, and those that have compact ones */
};

/** Sums of compact columns that the opening transforms. */
uint32_t hcl_cost_compact_sums(const struct hcl_cost_terms *t);
/** HCL_NO_RESOURCE: no memory for it, *out is nothing. */
hcl_status hcl_cost_share_commitments(struct hcl_cost_commitments *out, const struct hcl_cost_terms *t,
                                      struct hcl_err *err);
/** Seconds of a field element in new memory, of columns or other vectors of about their length. */
double hcl_cost_fresh(const struct hcl_cost_terms *t);
/** Seconds of a full-size scalar of its own, of so many rows. */
double hcl_cost_msm_of(double rows);
/** Ranks that read each other's memory: those of a node as the average rank sees them, and on the node with
 * fewest, where the last has what is left. */
double hcl_cost_near(const struct hcl_cost_terms *t);
double hcl_cost_fewest_near(const struct hcl_cost_terms *t);
/** Whether the factors of transforms to cosets are kept with the key's columns there. */
bool hcl_cost_keeps_factors(const struct hcl_cost_terms *t, const struct hcl_savings *s);
/** Columns that a step of an exchange moves. */
double hcl_cost_step(const struct hcl_cost_terms *t);
/** Whether columns on cosets stay at their owners, where the ranks of the only node read them. */
bool hcl_cost_in_place(const struct hcl_cost_terms *t);
/** Transforms of the quotient: of the key's columns and the proof's to all cosets, and back to coefficients
 * of those that are compact. */
uint32_t hcl_cost_quotient_ntts(const struct hcl_cost_terms *t, const struct hcl_savings *s);
/** Their seconds, of one thread of all ranks together. */
double hcl_cost_quotient_seconds(const struct hcl_cost_terms *t, const struct hcl_savings *s);
/** Those of the constraints. */
double hcl_cost_constraints_seconds(const struct hcl_cost_terms *t, const struct hcl_savings *s);
/** Choose c->savings, the fastest that fit the limit or else those that take least memory, unless they are
 * given; set c->memory_bytes. */
void hcl_cost_choose_savings(const struct hcl_cost_terms *t);

#endif

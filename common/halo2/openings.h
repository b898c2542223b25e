/* SPDX-License-Identifier: Apache-2.0 */
/* Which polynomial is opened where: the evaluations a proof carries and their order, the queries of the
 * multi-open argument and their order, and SHPLONK's rotation sets (docs/formats: FORMAT sections 9 and 12).
 * Prover and verifier work from one plan, a pure function of the circuit. Polynomials are told apart by
 * identity (kind, index), never by commitment; points by rotation modulo n. */
#ifndef HCL_COMMON_HALO2_OPENINGS_H
#define HCL_COMMON_HALO2_OPENINGS_H

#include "common/halo2/circuit.h"
#include "common/poly/domain.h"

typedef enum {
    HCL_POLY_ADVICE,   /* index: advice column */
    HCL_POLY_FIXED,    /* fixed column */
    HCL_POLY_SIGMA,    /* position in permutation[] */
    HCL_POLY_PERM_Z,   /* chunk */
    HCL_POLY_LOOKUP_Z, /* lookup: product */
    HCL_POLY_LOOKUP_A, /* lookup: permuted input A' */
    HCL_POLY_LOOKUP_S, /* lookup: permuted table S' */
    HCL_POLY_H,        /* sum of x^(n*i) h_i */
    HCL_POLY_RANDOM,
    HCL_POLY_KIND_COUNT
} hcl_poly_kind;

struct hcl_poly_id {
    hcl_poly_kind kind;
    uint32_t index;
};

/* One evaluation: of a polynomial at x*w^rotation. */
struct hcl_evaluation {
    struct hcl_poly_id poly;
    int32_t rotation; /* as the circuit writes it */
};

/* One query of the multi-open argument, all three as indices into the plan's arrays. */
struct hcl_open_query {
    uint32_t poly, point, evaluation;
};

/* A SHPLONK rotation set: the polynomials opened at exactly these points. */
struct hcl_open_set {
    uint32_t *points; /* ascending indices into plan->points */
    size_t num_points;
    uint32_t *polys; /* indices into plan->polys, in list order: the power of y' is the position */
    size_t num_polys;
};

#define HCL_NO_EVALUATION UINT32_MAX

struct hcl_open_plan {
    struct hcl_evaluation *evaluations; /* in proof order (FORMAT 9 step 13); one more, (H, 0), at the end */
    size_t num_evaluations;             /* scalars in the proof: without (H, 0) */
    uint32_t first_sigma, first_perm_z, first_lookup; /* the first evaluation of each */
    struct hcl_open_query *queries;                   /* FORMAT 12 order */
    size_t num_queries;
    struct hcl_poly_id *polys; /* in order of first occurrence among the queries */
    size_t num_polys;
    int32_t *points; /* rotations, distinct modulo n, in order of first occurrence */
    size_t num_points;
    uint32_t *evaluation_of; /* [poly*num_points + point]: index of the evaluation or HCL_NO_EVALUATION */
    struct hcl_open_set *sets;
    size_t num_sets;
    /* Points of the proof before the opening: A + 3L + C + 1 + D (FORMAT 9). */
    size_t num_commitments;
    size_t proof_bytes_shplonk, proof_bytes_gwc;
};

/** HCL_BAD_INPUT for a query collision (one polynomial twice at one point), which finish has already excluded
 * for columns, and for more points or sets than the limits below. */
hcl_status hcl_open_plan_init(struct hcl_open_plan *p, const struct hcl_circuit *c, struct hcl_err *err);
void hcl_open_plan_clear(struct hcl_open_plan *p);
/** Index in plan->evaluations of (kind, index) at `rotation`; HCL_NO_EVALUATION if it is not evaluated. For
 * columns, whose evaluations are in the order of the circuit's queries, see there. */
uint32_t hcl_open_find(const struct hcl_open_plan *p, hcl_poly_kind kind, uint32_t index, int32_t rotation);
/** points[i] = x*w^plan->points[i]. */
void hcl_open_points(hcl_fr *points, const struct hcl_open_plan *p, const struct hcl_domain *d,
                     const hcl_fr *x);

/* SHPLONK numbers shared by prover and verifier. */

/** zd[i] = product of (u - p) over the points p outside set i. */
void hcl_shplonk_zd(hcl_fr *zd, const struct hcl_open_plan *p, const hcl_fr *points, const hcl_fr *u);
/** Coefficients (num_points of the set) of R = sum_j y'^j R_{i,j}, R_{i,j} the interpolation of polynomial
 * j's evaluations on the set's points; evaluations has num_evaluations + 1 entries, the last is h(x). */
void hcl_shplonk_remainder(hcl_fr *coeffs, const struct hcl_open_plan *p, size_t set, const hcl_fr *points,
                           const hcl_fr *evaluations, const hcl_fr *y);

/* Most distinct points of one rotation set, of a whole plan, and sets: more than that any circuit needs, and
 * few enough for tables of all pairs. */
#define HCL_OPEN_MAX_POINTS HCL_MAX_ROTATIONS
#define HCL_OPEN_MAX_ALL_POINTS 1024
#define HCL_OPEN_MAX_SETS 1024

#endif

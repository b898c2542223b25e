/* SPDX-License-Identifier: Apache-2.0 */
/* The constraints e_0, e_1, ... and their fold acc = acc*y + e_i, in the order of FORMAT section 11: gates,
 * permutation, lookups. Written once over blocks of rows: the prover runs it on rows of a coset, the verifier
 * with count = 1 on the evaluations at x. Programs are immutable and shared by threads. */
#ifndef HCL_COMMON_HALO2_CONSTRAINTS_H
#define HCL_COMMON_HALO2_CONSTRAINTS_H

#include "common/halo2/linear.h"

/* Challenges of a proof, in the order they are squeezed. */
struct hcl_challenges {
    hcl_fr *phase; /* num_challenges */
    hcl_fr theta, beta, gamma, y, x;
};

struct hcl_constraints {
    const struct hcl_circuit *circuit;          /* borrowed */
    struct hcl_linear linear;                   /* none of the columns in a verifier's constraints */
    struct hcl_eval gates, permutation, lookup; /* the last is the same for all lookups */
    struct hcl_eval *lookup_inputs,
        *lookup_tables; /* per lookup: its expressions; fold with theta gives A and S */
    size_t max_scratch;
};

/** Gates that read the columns themselves. */
hcl_status hcl_constraints_init(struct hcl_constraints *p, const struct hcl_circuit *c, struct hcl_err *err);
/** Gates that read sums of linear columns where there are any. */
hcl_status hcl_constraints_init_linear(struct hcl_constraints *p, const struct hcl_circuit *c,
                                       struct hcl_err *err);
void hcl_constraints_clear(struct hcl_constraints *p);

/* The scalars of all programs for one proof's challenges. */
struct hcl_constraint_scalars {
    hcl_fr *gates, *permutation, *lookup, **lookup_inputs, **lookup_tables;
    hcl_fr *sums; /* coefficients of the linear sums' terms */
    hcl_fr theta, y;
    hcl_fr y_permutation, y_lookup; /* y to the number of constraints of the argument */
};
/** challenges: phase, theta, beta, gamma are read, y too (zero it when it is not known yet). */
hcl_status hcl_constraint_scalars_init(struct hcl_constraint_scalars *s, const struct hcl_constraints *p,
                                       const struct hcl_challenges *challenges, struct hcl_err *err);
void hcl_constraint_scalars_clear(struct hcl_constraint_scalars *s, const struct hcl_constraints *p);

/* What a block of `count` rows reads; every innermost pointer is to `count` values. Index i of the
 * permutation is the position in permutation[], c a chunk, l a lookup. */
struct hcl_constraint_rows {
    const hcl_fr *const *gates; /* per input of constraints.gates */
    const hcl_fr *const *const *lookup_inputs, *const *const *lookup_tables; /* [l][input of that program] */
    const hcl_fr *x;                                                         /* the points X themselves */
    const hcl_fr *l_0, *l_last, *l_active;
    const hcl_fr *const *perm_values; /* v_i */
    const hcl_fr *const *sigma;       /* sigma_i */
    const hcl_fr *const *z;           /* z_c(X) */
    const hcl_fr *const *z_next;      /* z_c(wX) */
    const hcl_fr *const *z_end;       /* z_c(w^-(b+1) X); the last chunk's is not read */
    const hcl_fr *const *lookup_z, *const *lookup_z_next, *const *lookup_a, *const *lookup_a_prev,
                                                                                *const *lookup_s;
};

/** Number of hcl_fr of scratch that one thread needs. */
size_t hcl_constraints_scratch(const struct hcl_constraints *p);
/** acc[0..count) := fold of all constraints, starting from the given acc (zero it first). count <=
 * HCL_EVAL_BLOCK. */
void hcl_constraints_fold(hcl_fr *acc, const struct hcl_constraints *p,
                          const struct hcl_constraint_scalars *s, const struct hcl_constraint_rows *rows,
                          size_t count, hcl_fr *scratch);
/** Number of constraints folded. */
size_t hcl_constraints_count(const struct hcl_circuit *c);

#endif

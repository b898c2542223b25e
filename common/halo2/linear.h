/* SPDX-License-Identifier: Apache-2.0 */
/* Linear columns: fixed and advice columns that the gates read at one rotation and only inside sums
 * sum_i a_i c_i, the a_i made of constants and challenges. Their constraints need the sums alone, so such a
 * column is never transformed: a few sums are, where there are many columns. What a column must be:
 *   - queried once, so that it is opened at one point;
 *   - not in the permutation, not read by a look-up argument;
 *   - one of a group of columns that take part in the same sums, of which there are fewer than columns.
 * A sum may be multiplied by anything. Columns of a group that the gates multiply by each other are in sums
 * of one column each, which are as many as the columns. A pure function of the circuit. */
#ifndef HCL_COMMON_HALO2_LINEAR_H
#define HCL_COMMON_HALO2_LINEAR_H

#include "common/halo2/eval.h"

/* Sum number i of a circuit is input (HCL_COL_SUM, i) of the gates, at its rotation. */
struct hcl_linear_sum {
    int32_t rotation;    /* of all its columns */
    size_t first, count; /* its terms */
};

struct hcl_linear {
    bool *fixed, *advice; /* [index]: is the column linear? */
    size_t num_columns;   /* that are */
    struct hcl_linear_sum *sums;
    size_t num_sums;
    hcl_column *columns; /* of each term */
    size_t num_terms;
    struct hcl_eval coefficients; /* output i: of term i; reads no rows */
};

/** The linear columns of a finished circuit; none while hcl_linear_use(false). *l is empty on failure. */
hcl_status hcl_linear_init(struct hcl_linear *l, const struct hcl_circuit *c, struct hcl_err *err);
/** The same, and the program of the gates that reads the sums in place of the columns. */
hcl_status hcl_linear_compile_gates(struct hcl_eval *out, struct hcl_linear *linear,
                                    const struct hcl_circuit *c, struct hcl_err *err);
void hcl_linear_clear(struct hcl_linear *l);
bool hcl_linear_has(const struct hcl_linear *l, hcl_column column);
/** Coefficients of all terms for the challenges of the circuit's phases. */
hcl_status hcl_linear_coefficients(hcl_fr *out, const struct hcl_linear *l, const hcl_fr *challenges,
                                   struct hcl_err *err);
/** Whether circuits are searched for linear columns; true at first. For tests that compare: keys and proofs
 * between two calls are made the same way. Not while other threads compute. */
void hcl_linear_use(bool use);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* The constraints of the permutation argument and of one lookup argument (docs/formats: FORMAT section 11) as
 * programs, so that they run like gates. Each program has one output, the fold of its constraints: what
 * Horner's rule in y makes of them, with the factors l_0, l_last and l_active taken out of the sums.
 *
 * An input of these programs is not a cell: its column index is a position in a list of row vectors, its
 * rotation says which list. */
#ifndef HCL_COMMON_HALO2_ARGUMENTS_INTERNAL_H
#define HCL_COMMON_HALO2_ARGUMENTS_INTERNAL_H

#include "common/halo2/eval.h"

typedef enum {
    HCL_ROWS_X, /* one vector each */
    HCL_ROWS_L_0,
    HCL_ROWS_L_LAST,
    HCL_ROWS_L_ACTIVE,
    HCL_ROWS_VALUE, /* permutation: per column */
    HCL_ROWS_SIGMA,
    HCL_ROWS_Z, /* per chunk */
    HCL_ROWS_Z_NEXT,
    HCL_ROWS_Z_END,
    HCL_ROWS_LOOKUP_Z, /* of one lookup */
    HCL_ROWS_LOOKUP_Z_NEXT,
    HCL_ROWS_LOOKUP_A,
    HCL_ROWS_LOOKUP_A_PREV,
    HCL_ROWS_LOOKUP_S,
    HCL_ROWS_LOOKUP_INPUT, /* compressed with theta */
    HCL_ROWS_LOOKUP_TABLE,
} hcl_row_list;

/* The challenges that hcl_eval_scalars wants for these programs, in this order. */
enum { HCL_ARGUMENT_BETA, HCL_ARGUMENT_GAMMA, HCL_ARGUMENT_Y, HCL_ARGUMENT_CHALLENGES };

enum { HCL_LOOKUP_CONSTRAINTS = 5 };
/** Number of constraints of the permutation argument. */
size_t hcl_permutation_constraints(const struct hcl_circuit *c);

/** A program without inputs if the circuit has no permutation. */
hcl_status hcl_compile_permutation(struct hcl_eval *out, const struct hcl_circuit *c, struct hcl_err *err);
hcl_status hcl_compile_lookup(struct hcl_eval *out, struct hcl_err *err);

#endif

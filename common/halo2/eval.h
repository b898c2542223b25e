/* SPDX-License-Identifier: Apache-2.0 */
/* Expressions compiled to a straight-line program that runs over blocks of rows. Compiling folds constants,
 * shares common subexpressions and moves everything made of constants and challenges only out of the row
 * loop; running works on blocks small enough to stay in the L1/L2 cache: with AVX-512 IFMA on lanes that keep
 * temporaries out of the memory format (eval_ifma.c), elsewhere with the *_vec field kernels (eval.c).
 *
 * A program reads `inputs`: distinct (column, rotation) pairs. For a block of `count` rows starting at row r
 * the caller passes one pointer per input, to `count` consecutive values: column[r+rotation ..]. How these
 * are laid out (whole columns, shards with halo rows, a coset, a single point with count = 1) is the caller's
 * business; hcl_eval_bind does it for whole columns of n values.
 *
 * A program is immutable after compile and may be shared by threads; each thread has its own scratch. */
#ifndef HCL_COMMON_HALO2_EVAL_H
#define HCL_COMMON_HALO2_EVAL_H

#include "common/halo2/circuit.h"

/* Most rows of one call. 128 values are 4 KiB. */
#define HCL_EVAL_BLOCK 128

/* Kinds of inputs that are no columns of the circuit: sums of columns (common/halo2/linear.h), and what
 * programs of groups read besides (common/halo2/groups.h): sigmas by position, the permutation's products by
 * chunk, vectors of the domain. */
#define HCL_COL_SUM ((hcl_column_kind)(HCL_COL_INSTANCE + 1))
#define HCL_COL_SIGMA ((hcl_column_kind)(HCL_COL_INSTANCE + 2))
#define HCL_COL_Z ((hcl_column_kind)(HCL_COL_INSTANCE + 3))
#define HCL_COL_ROWS ((hcl_column_kind)(HCL_COL_INSTANCE + 4))
#define HCL_COL_KINDS (HCL_COL_INSTANCE + 5)

struct hcl_eval_op; /* private */
struct hcl_lane_op;

struct hcl_eval {
    struct hcl_query *inputs; /* what rows[i] must point to */
    size_t num_inputs;
    size_t num_outputs;         /* = number of expressions compiled, in their order */
    size_t num_scalars;         /* elements that hcl_eval_scalars fills */
    size_t num_multiplications; /* per row, without the fold: for cost models */

    /* private */
    struct hcl_eval_op *ops, *scalar_ops;
    size_t num_ops, num_scalar_ops;
    size_t num_registers; /* temporaries of HCL_EVAL_BLOCK values */
    hcl_fr *constants;    /* the first num_constants scalars */
    size_t num_constants;
    struct hcl_lane_op *lane_ops; /* the same program for lanes */
    size_t num_lane_ops, num_lane_registers;
    uint32_t *factors; /* scalars that rows are multiplied by, prepared behind the num_values scalars */
    size_t num_factors, num_values;
};

/** Compile expressions of a finished circuit. Nothing of the circuit is borrowed. HCL_NO_RESOURCE without
 * memory; *out is empty then. */
hcl_status hcl_eval_compile(struct hcl_eval *out, const struct hcl_circuit *c, const hcl_expr *exprs,
                            size_t count, struct hcl_err *err);
/** All gate polynomials in order. */
hcl_status hcl_eval_compile_gates(struct hcl_eval *out, const struct hcl_circuit *c, struct hcl_err *err);
void hcl_eval_clear(struct hcl_eval *e);

/** Fill scalars[num_scalars] for given challenges (num_challenges values; those the program does not use may
 * be anything). Once per proof. */
void hcl_eval_scalars(hcl_fr *scalars, const struct hcl_eval *e, const hcl_fr *challenges);
/** Number of hcl_fr of scratch that one thread needs. */
size_t hcl_eval_scratch(const struct hcl_eval *e);

/** out[j][0..count) = expression j, count <= HCL_EVAL_BLOCK, 0 allowed. out[j] may be NULL to drop it;
 * outputs overlap neither inputs nor scratch nor each other. All elements canonical; scratch need not be
 * aligned and keeps nothing between calls. */
void hcl_eval_run(hcl_fr *const *out, const struct hcl_eval *e, const hcl_fr *scalars,
                  const hcl_fr *const *rows, size_t count, hcl_fr *scratch);
/** acc[i] = acc[i]*y + e_0, then *y + e_1, ... for all expressions in order. acc overlaps no input. */
void hcl_eval_fold(hcl_fr *acc, const hcl_fr *y, const struct hcl_eval *e, const hcl_fr *scalars,
                   const hcl_fr *const *rows, size_t count, hcl_fr *scratch);

/** rows[i] for a block of `count` rows from `first` when columns are whole: columns[kind][index] points to n
 * values. A block that wraps around row n is copied to edge (num_inputs*HCL_EVAL_BLOCK elements). */
void hcl_eval_bind(const hcl_fr **rows, hcl_fr *edge, const struct hcl_eval *e,
                   const hcl_fr *const *const columns[3], size_t n, size_t first, size_t count);

#endif

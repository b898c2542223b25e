/* SPDX-License-Identifier: Apache-2.0 */
/* Operators whose operands are constants are evaluated on the tensors of the file, before the graph knows of
 * them, and vanish: what converters leave of the arithmetic of shapes, weights in halves, loops' counters. A
 * result becomes a constant of the model like any other. Integers are exact, floats in double precision
 * rounded to float. */
#ifndef HCL_COMPILER_FRONTEND_FOLD_H
#define HCL_COMPILER_FRONTEND_FOLD_H

#include "compiler/frontend/import.h"

/** Whether there is a rule to evaluate operators of this number. */
bool hcl_fold_knows(int32_t code);
/** Whether the operator can be evaluated: there is a rule, and its operands are constants, or only their
 * shapes count, and the import knows these. */
bool hcl_fold_applies(const struct hcl_import *im, const struct hcl_tfl_op *op);
/** Evaluate it: its results are constants then. HCL_BAD_INPUT names operator and tensor. */
hcl_status hcl_fold(struct hcl_import *im, const struct hcl_tfl_op *op);
/** Which operators fold once shapes are known, by operator; *out of im->model->num_ops entries from malloc.
 */
hcl_status hcl_fold_pending(const struct hcl_import *im, bool **out);
/** Room for a constant; NULL with *st said why. */
void *hcl_fold_room(struct hcl_import *im, const char *name, size_t bytes, hcl_status *st);
/** Bytes of an element of a type of the file; 0: not one of numbers that is read. */
size_t hcl_fold_width(int32_t type);
/** All constants of halves in a model or in what it calls become floats. */
hcl_status hcl_fold_halves(struct hcl_import *im, struct hcl_tfl_model *m);

/** hcl_import_move on constants; `from` are tensors of the file. */
hcl_status hcl_fold_move(struct hcl_import *im, const struct hcl_tfl_op *op, size_t which,
                         const uint32_t *from, size_t count, uint32_t *map,
                         const struct hcl_map_shape *shape);

/* For the rules. */
/* An element of a constant: of a float type f, else i. */
union hcl_number {
    double f;
    int64_t i;
};
struct hcl_numbers {
    struct hcl_map_shape shape;
    size_t len;
    bool is_float;
    union hcl_number *at; /* from malloc */
};
/** Operand k. */
hcl_status hcl_fold_read(const struct hcl_import *im, const struct hcl_tfl_op *op, size_t k,
                         struct hcl_numbers *out);
/** The first result becomes these numbers, in its own type; takes *n. */
hcl_status hcl_fold_write(struct hcl_import *im, const struct hcl_tfl_op *op, struct hcl_numbers *n);
/** `len` numbers for a result of this shape. */
hcl_status hcl_fold_numbers(const struct hcl_import *im, const struct hcl_map_shape *shape, bool is_float,
                            struct hcl_numbers *out);
/** Whether the first result is of floats. */
bool hcl_fold_makes_floats(const struct hcl_import *im, const struct hcl_tfl_op *op);

/* Rules (folds.def). */
hcl_status hcl_fold_binary(struct hcl_import *im, const struct hcl_tfl_op *op);
hcl_status hcl_fold_unary(struct hcl_import *im, const struct hcl_tfl_op *op);
hcl_status hcl_fold_select(struct hcl_import *im, const struct hcl_tfl_op *op);
hcl_status hcl_fold_cast(struct hcl_import *im, const struct hcl_tfl_op *op);
hcl_status hcl_fold_copy(struct hcl_import *im, const struct hcl_tfl_op *op);
hcl_status hcl_fold_zeros(struct hcl_import *im, const struct hcl_tfl_op *op);
hcl_status hcl_fold_shape(struct hcl_import *im, const struct hcl_tfl_op *op);
hcl_status hcl_fold_rank(struct hcl_import *im, const struct hcl_tfl_op *op);
hcl_status hcl_fold_fill(struct hcl_import *im, const struct hcl_tfl_op *op);
hcl_status hcl_fold_broadcast_args(struct hcl_import *im, const struct hcl_tfl_op *op);
hcl_status hcl_fold_one_hot(struct hcl_import *im, const struct hcl_tfl_op *op);
hcl_status hcl_fold_where(struct hcl_import *im, const struct hcl_tfl_op *op);
hcl_status hcl_fold_range(struct hcl_import *im, const struct hcl_tfl_op *op);
hcl_status hcl_fold_reduce(struct hcl_import *im, const struct hcl_tfl_op *op);

#endif

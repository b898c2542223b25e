/* SPDX-License-Identifier: Apache-2.0 */
/* An import under way: shared by the operators (import_tflite.c) and the tensors (import_tensors.c). */
#ifndef HCL_COMPILER_FRONTEND_IMPORT_INTERNAL_H
#define HCL_COMPILER_FRONTEND_IMPORT_INTERNAL_H

#include "compiler/frontend/tflite_shim.h"
#include "compiler/graph/graph.h"

struct hcl_import {
    const struct hcl_tfl_model *model;
    const char *file;
    struct hcl_graph *graph;
    const struct hcl_tfl_op *op; /* being imported; NULL at the graph's inputs and outputs */
    uint32_t *tensor;            /* graph index of each file tensor, HCL_GRAPH_NONE before its first use */
    size_t constant_bytes;       /* copied so far; tensors may share one buffer of the file */
    size_t constant_limit;
    struct hcl_err *err;
};

/* What an operator is called in messages: that of its first output. */
static inline const char *hcl_import_op_tensor(const struct hcl_import *im, const struct hcl_tfl_op *op)
{
    return op->num_outputs > 0 ? im->model->tensors[op->outputs[0]].name : "?";
}

#define HCL_FAIL_OP(im, op, fmt, ...)                                                                        \
    hcl_fail((im)->err, HCL_BAD_INPUT, "'%s': operator %s at tensor '%s': " fmt, (im)->file, (op)->name,     \
             hcl_import_op_tensor(im, op), __VA_ARGS__)

/* What is wrong with a tensor; says for which operator it is read. */
#define HCL_FAIL_TENSOR(im, fmt, ...)                                                                        \
    hcl_fail((im)->err, HCL_BAD_INPUT, "'%s': %s%s" fmt, (im)->file, (im)->op != NULL ? (im)->op->name : "", \
             (im)->op != NULL ? ": " : "", __VA_ARGS__)

/** Four dimensions of a file tensor, 1s in front; fixed, positive, at most HCL_TENSOR_MAX_LEN elements. */
hcl_status hcl_import_dims(const struct hcl_import *im, const struct hcl_tfl_tensor *t, uint32_t dims[4]);
/** The graph tensor of file tensor t, made at its first use, float32 only. `as` (or NULL) is the shape to
 * give it instead of the file's; a tensor used under two shapes is refused by the checker. */
hcl_status hcl_import_tensor(struct hcl_import *im, int32_t t, const uint32_t *as, uint32_t *out);
/** The graph tensor of operand k, which must be there. */
hcl_status hcl_import_operand(struct hcl_import *im, const struct hcl_tfl_op *op, size_t k, uint32_t *out);
/** Operand k as an int32 or int64 constant of exactly n entries, each in 0..2^31-1. */
hcl_status hcl_import_ints(const struct hcl_import *im, const struct hcl_tfl_op *op, size_t k, uint32_t *out,
                           size_t n);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
#ifndef HCL_COMMON_HALO2_EVAL_INTERNAL_H
#define HCL_COMMON_HALO2_EVAL_INTERNAL_H

#include "common/halo2/eval.h"

/* Operands a, b of row operations: below num_inputs an input, else a register; "s" operands are scalar slots.
 */
typedef enum {
    HCL_OP_ADD,        /* dst = a + b */
    HCL_OP_SUB,        /* dst = a - b */
    HCL_OP_MUL,        /* dst = a * b */
    HCL_OP_SCALE,      /* dst = a * s(b) */
    HCL_OP_ADD_SCALAR, /* dst = a + s(b) */
    HCL_OP_AXPY,       /* dst = dst + a * s(b) */
    HCL_OP_HORNER,     /* dst = dst * s(b) + a */
    HCL_OP_OUT,        /* output dst = a */
    HCL_OP_OUT_NEG,    /* output dst = -a */
    HCL_OP_OUT_SCALAR, /* output dst = s(a) */
    /* scalar operations: all operands are scalar slots */
    HCL_OP_CHALLENGE, /* dst = challenge a */
    HCL_OP_S_ADD,
    HCL_OP_S_MUL,
    HCL_OP_S_NEG,
} hcl_eval_code;

struct hcl_eval_op {
    hcl_eval_code code;
    uint32_t dst, a, b;
};

#endif

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

/* Operations on lane registers: eight rows per vector, each value as five limbs of 52 bits
 * (common/field/ifma.h).
 *
 * Invariant: a register holds a*2^256 modulo r (the form of memory), its limbs are normalised, and its
 * integer is below HCL_LANE_MAX/HCL_LANE_UNIT = 8 times r. hcl_eval_lower tracks a bound of every register,
 * in units of r/64, and inserts HCL_LANE_REDUCE where an operation would break this or its own condition:
 *   load                  -> 64 (canonical memory)
 *   a + b                 -> a + b
 *   a - b + multiple*r    -> a + 64*multiple,         multiple in 1, 2, 4, 8 and 64*multiple >= b
 *   a * b                 -> 64*(1 + 16*a*b/(84*64^2)) + 1: a is shifted by 4 bits (a <= 5.25r, below 2^260),
 *                            and the division by 2^260 > 84r leaves a*b/2^260 + r(1 + 2^-50)
 *   a * factor            -> 328 = 5.125*64: of the five limbs of a < 8r < 2^257 four are below 2^52 and the
 *                            top one below 2^49, each times a number below r; plus 2^52*r of Montgomery's
 *                            step; all over 2^52
 *   reduce                -> 71 > 1.1*64 from anything below 8r
 * In a fold the accumulator times y plus an output stays in the invariant when the output is at most
 * 512 - 328 = 184, negated (2r - output) at most 128. */
typedef enum {
    HCL_LANE_LOAD,       /* dst = input a */
    HCL_LANE_ADD,        /* dst = a + b */
    HCL_LANE_SUB,        /* dst = a - b + 2^c * r */
    HCL_LANE_MUL,        /* dst = a * b */
    HCL_LANE_SQR,        /* dst = a * a */
    HCL_LANE_SCALE,      /* dst = a * factor(c) */
    HCL_LANE_SCALE_ADD,  /* dst = a * factor(c) + b */
    HCL_LANE_ADD_SCALAR, /* dst = a + s(b) */
    HCL_LANE_REDUCE,     /* dst = a */
    HCL_LANE_OUT,        /* output dst = a */
    HCL_LANE_OUT_NEG,    /* output dst = -a */
    HCL_LANE_OUT_SCALAR, /* output dst = s(a) */
} hcl_lane_code;

struct hcl_lane_op {
    hcl_lane_code code;
    uint32_t dst, a, b, c;
};

enum {
    HCL_LANE_UNIT = 64,
    HCL_LANE_MAX = 8 * HCL_LANE_UNIT,
    HCL_LANE_FIXED = 328,
    HCL_LANE_REDUCED = 71,
    HCL_LANE_OUT_MAX = HCL_LANE_MAX - HCL_LANE_FIXED,
    HCL_LANE_OUT_NEG_MAX = 2 * HCL_LANE_UNIT,
    HCL_LANE_ROWS = 64,       /* rows that go through the program together: a register is 2.5 KiB */
    HCL_LANE_FACTOR_SIZE = 7, /* elements of hcl_fr that hold the 25 limbs of a prepared factor */
};

/** The program for lanes from the finished one. */
hcl_status hcl_eval_lower(struct hcl_eval *e, struct hcl_err *err);
/** Prepare a factor: word 5*i + j of out = limb j of v*2^(52(i+1)) mod r. */
void hcl_eval_prepare_factor(hcl_fr out[HCL_LANE_FACTOR_SIZE], const hcl_fr *v);
/** Elements of scratch for lanes. */
size_t hcl_eval_lane_scratch(const struct hcl_eval *e);

/* eval_ifma.c: hcl_eval_run and hcl_eval_fold on lanes; only when hcl_field_has_ifma(). */
void hcl_eval_ifma_run(hcl_fr *const *out, const struct hcl_eval *e, const hcl_fr *scalars,
                       const hcl_fr *const *rows, size_t count, hcl_fr *scratch);
void hcl_eval_ifma_fold(hcl_fr *acc, const hcl_fr *y, const struct hcl_eval *e, const hcl_fr *scalars,
                        const hcl_fr *const *rows, size_t count, hcl_fr *scratch);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* What recurrent layers, which are written out step by step, are made of (recurrent.c). */
#ifndef HCL_COMPILER_FRONTEND_RECURRENT_H
#define HCL_COMPILER_FRONTEND_RECURRENT_H

#include "compiler/frontend/import.h"

/* A layer over the rows of its operand, which is of three dimensions and one batch. */
struct hcl_recurrent {
    struct hcl_import *im;
    const struct hcl_tfl_op *op;
    uint32_t input;
    uint32_t steps, wide, units; /* elements of a row and of the state */
};

/** Whether operand k is there. */
bool hcl_recurrent_has(const struct hcl_recurrent *r, size_t k);
/** Operand k as so many floats of a constant; absent: NULL. */
hcl_status hcl_recurrent_floats(const struct hcl_recurrent *r, size_t k, size_t len, const float **out);
/** Operand k is a state that starts at 0. */
hcl_status hcl_recurrent_zero_state(const struct hcl_recurrent *r, size_t k);
/** The operand, and as many units as the vector in operand `bias` has entries. */
hcl_status hcl_recurrent_read(struct hcl_recurrent *r, size_t bias);
/** `count` elements of a from `first` on, and then all of b, if any. */
hcl_status hcl_recurrent_pick(const struct hcl_recurrent *r, uint32_t a, size_t first, uint32_t count,
                              uint32_t b, uint32_t *out);
/** act(W x + b) */
hcl_status hcl_recurrent_dense(const struct hcl_recurrent *r, uint32_t x, uint32_t weights, uint32_t bias,
                               const struct hcl_function *act, uint32_t *out);
/** The operator's result: what `step` makes at each step, one behind the other. */
hcl_status hcl_recurrent_run(const struct hcl_recurrent *r,
                             hcl_status (*step)(void *layer, uint32_t number, uint32_t *h), void *layer);

static inline struct hcl_map_shape hcl_recurrent_vector(uint32_t len)
{
    return (struct hcl_map_shape){ 2, { 1, len } };
}

#endif

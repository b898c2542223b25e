/* SPDX-License-Identifier: Apache-2.0 */
/* LayerNorm, RMSNorm and GroupNorm are no operators of TFLite: converters spell them out. Recognised, with x
 * reduced over its last axis, in the third spelling over any axes, r = RSQRT(ADD(v, epsilon)), either order
 * of the operands of ADD and MUL, and no other reader of what lies between:
 *
 *   m = MEAN(x), v = MEAN(SQUARED_DIFFERENCE(x, m)), s = r or MUL(r, gain), MUL(x, s) +
 *       SUB(shift, MUL(m, s)), MUL(NEG(m), s) or ADD(MUL(NEG(m), s), shift)
 *   v = MEAN(MUL(x, x)) or MEAN(SQUARE(x)), MUL(x, r)
 *   m and v as in the first, or v = MEAN(SQUARE(SUB(x, m))), MUL(SUB(x, m), r) */
#ifndef HCL_COMPILER_FRONTEND_IMPORT_NORM_H
#define HCL_COMPILER_FRONTEND_IMPORT_NORM_H

#include "compiler/frontend/import.h"

struct hcl_norm_spelling {
    size_t last;            /* operator whose result is the norm's */
    int32_t x, gain, shift; /* file tensors; gain, shift: constants or HCL_TFL_ABSENT */
    uint32_t axes;          /* bit i: dimension i of x is reduced */
    float epsilon;
    bool centred;
};

struct hcl_norms {
    struct hcl_norm_spelling *list;
    size_t count;
    bool *taken;     /* by operator: part of a norm */
    size_t *part_of; /* by operator: the last one of its norm; itself: of none */
};

/** Find all of them in the model. */
hcl_status hcl_norms_find(struct hcl_norms *out, const struct hcl_tfl_model *m, struct hcl_err *err);
void hcl_norms_clear(struct hcl_norms *n);
/** Append the nodes of the norm that ends with operator i; nothing if none does. */
hcl_status hcl_norms_import(struct hcl_import *im, const struct hcl_norms *n, size_t i);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* Register programs over groups of up to L elements: one element per lane, one operand per row. */
#ifndef HCL_COMPILER_GADGETS_LANES_H
#define HCL_COMPILER_GADGETS_LANES_H

#include "compiler/gadgets/gadget.h"

/** R = c0*R + c1*Y + c2*R*Y with Y copied from cells[0..n), n <= L; further lanes hold zeros. Returns the
 * first Y cell. */
uint32_t hcl_lane_op(struct hcl_lower *c, int64_t c0, int64_t c1, int64_t c2, const uint32_t *cells,
                     uint32_t n);
/** The same with one cell in all n lanes. */
void hcl_lane_op_same(struct hcl_lower *c, int64_t c0, int64_t c1, uint32_t cell, uint32_t n);
/** S*q + r = R, r in `range`, y = fn(q). Returns the first of the n Y cells. */
uint32_t hcl_lane_rescale(struct hcl_lower *c, int64_t s, uint32_t fn, uint32_t range, uint32_t n);
/** Y = R for n lanes: Y = R by the register, and a second row whose look-up shows that nothing is left.
 * Values of any size, two rows. Returns the first of the n Y cells. */
uint32_t hcl_lane_emit(struct hcl_lower *c, uint32_t n);
/** Y cells [lo, hi]-checked by look-up, filled from sources; further lanes hold zeros. Returns the first of
 * the n Y cells. */
uint32_t hcl_lane_checked(struct hcl_lower *c, const hcl_src *sources, uint32_t n, int64_t lo, int64_t hi);

/* The elements of a tensor in channel-major order, which is how conv wants them. */
struct hcl_element {
    uint32_t y, x, c;
    size_t nhwc;
};
struct hcl_element hcl_element_at(const uint32_t dims[4], size_t i);

/* An operand: its cells. */
struct hcl_operand {
    const uint32_t *dims;
    struct hcl_view view;
};
/** Constants are weights: they are placed in Y cells whose sum in t is that of a pass over the weight
 * columns. */
struct hcl_operand hcl_operand_of(struct hcl_lower *c, uint32_t node, uint32_t tensor);
/* Vectors of `wide` elements, each from lane `origin` of a row of its own on; wide = 0: all elements are one
 * vector, which ends with its last row. */
struct hcl_run {
    uint32_t wide, origin;
};
/** The same; a constant that is not placed yet is placed so. */
struct hcl_operand hcl_operand_in_rows(struct hcl_lower *c, uint32_t node, uint32_t tensor,
                                       struct hcl_run run);
/** Y cell for element `nhwc` of the (possibly larger) result: NHWC index modulo the operand's length. */
uint32_t hcl_operand_cell(const struct hcl_lower *c, const struct hcl_operand *o, size_t nhwc);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* What the two layouts of a product share: product.c's and that of scores (scores.h). */
#ifndef HCL_COMPILER_GADGETS_PRODUCT_INTERNAL_H
#define HCL_COMPILER_GADGETS_PRODUCT_INTERNAL_H

#include "compiler/gadgets/product.h"

/* How the matrices of one operand lie: row k of matrix i is the rows [first[i] + k*stride, .. + rows), its
 * elements the cells from `origin` on. */
struct hcl_panels {
    const struct hcl_factors *f;
    bool copied, clear; /* clear: cells that are no elements hold 0, as in all copies */
    uint32_t rows, stride, origin;
    uint32_t *first;
};

/* One of the operands is summed in s, its elements are the positions of an output row; the other one in t. */
struct hcl_plan {
    struct hcl_panels s, t;
    const uint32_t *s_index, *t_index;
    uint64_t cost; /* rows */
};

/** The plan with the fewest rows; A in s if there is no difference. as_vectors: of those where a row of the
 * result is a vector from the first lane of a row on. first: room for either operand's panels. */
struct hcl_plan hcl_product_plan(const struct hcl_lower *c, const struct hcl_products *p, bool as_vectors,
                                 uint32_t *first);
/** Outputs of a matrix. */
uint32_t hcl_product_channels(const struct hcl_lower *c, const struct hcl_panels *t);
/** Of the first element: its channel among those that are laid out, or (as_cell) the cell of the first
 * channel. */
uint32_t hcl_product_first(const struct hcl_panels *t, bool as_cell);
/** Lanes of row `row` of an output that are elements of the result. */
uint32_t hcl_product_lanes(const struct hcl_lower *c, const struct hcl_panels *s, uint32_t row);
/** Place an operand: copies, if that is the plan. */
void hcl_product_operand(struct hcl_lower *c, const struct hcl_products *p, struct hcl_panels *x);
/** sum_i t^(O*(count-1-i)) sum_k X_ik(s) V_ik(t), O channels. */
struct hcl_cell hcl_product_right(struct hcl_lower *c, const struct hcl_products *p,
                                  const struct hcl_plan *plan);
/** The block of product i, from the next row on. */
struct hcl_block hcl_product_block(const struct hcl_lower *c, const struct hcl_products *p,
                                   const struct hcl_plan *plan, uint32_t i);

#endif

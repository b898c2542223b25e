/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of a node whose result is computed element by element: load the operands into the registers, combine,
 * rescale. */
#ifndef HCL_COMPILER_GADGETS_ELEMENTWISE_H
#define HCL_COMPILER_GADGETS_ELEMENTWISE_H

#include "compiler/gadgets/gadget.h"

/* One row: R = c0*R + c1*Y + c2*R*Y, Y the elements of operand `operand`. */
struct hcl_elementwise_step {
    uint32_t operand;
    int64_t c0, c1, c2;
};

/* Up to L elements of a node: cells[k] has those of operand k. */
struct hcl_elements {
    struct hcl_lower *c;
    const struct hcl_fx_node *n;
    uint32_t fn; /* the node's table */
    uint32_t count, cells[3][HCL_MAX_LANES];
};
/** The node's result by groups of elements: `rows` appends those of a group and returns the first of its
 * results' Y cells, which are neighbours. */
void hcl_gadget_by_elements(struct hcl_lower *c, uint32_t node,
                            uint32_t (*rows)(const struct hcl_elements *e, const void *with),
                            const void *with);

/** The node's result by `count` steps and a rescale: count + 1 rows for L elements. */
void hcl_gadget_elementwise(struct hcl_lower *c, uint32_t node, const struct hcl_elementwise_step *steps,
                            size_t count);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* Sums of vectors in one row per L elements, where the registers take three. */
#ifndef HCL_COMPILER_GADGETS_SUMS_H
#define HCL_COMPILER_GADGETS_SUMS_H

#include "compiler/gadgets/gadget.h"

/** The node's result fn(rescale(a*x + b*w)), or of a*x alone where it has one operand, if the vectors along
 * its last axis make that cheaper than steps of registers: false, and nothing is laid out, if not. */
bool hcl_gadget_vector_sum(struct hcl_lower *c, uint32_t node, int64_t a, int64_t b);

#endif

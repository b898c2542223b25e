/* SPDX-License-Identifier: Apache-2.0 */
#ifndef HCL_COMPILER_PRIMITIVES_SOFTMAX_SOFTMAX_H
#define HCL_COMPILER_PRIMITIVES_SOFTMAX_SOFTMAX_H

#include "compiler/gadgets/gadget.h"

/** Largest result: a little above 1 where the reciprocal is rounded up. */
int64_t hcl_softmax_most(const struct hcl_fx_node *n);
/** What sums of so many channels are in, divided. */
struct hcl_softmax_sums {
    int64_t lo, hi;
};
struct hcl_softmax_sums hcl_softmax_sums(const struct hcl_fx_node *n, uint32_t channels);
/** Remainders of sums have quotients by mark in [-marks, marks). */
int64_t hcl_softmax_marks(const struct hcl_fx_node *n);
/** Whether element i of the result takes part. */
static inline bool hcl_softmax_keeps(const struct hcl_fx_node *n, size_t i)
{
    return n->map == NULL || n->map[i] != HCL_FX_NONE;
}
void hcl_gadget_softmax(struct hcl_lower *c, uint32_t node);

#endif

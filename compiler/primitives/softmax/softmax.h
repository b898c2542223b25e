/* SPDX-License-Identifier: Apache-2.0 */
#ifndef HCL_COMPILER_PRIMITIVES_SOFTMAX_SOFTMAX_H
#define HCL_COMPILER_PRIMITIVES_SOFTMAX_SOFTMAX_H

#include "compiler/gadgets/gadget.h"

/** Largest result: a little above 1 where the reciprocal is rounded up. */
int64_t hcl_softmax_most(const struct hcl_fx_node *n);
/** Two limbs of so many bits hold sums and reciprocals of so many channels. */
uint32_t hcl_softmax_limb_bits(const struct hcl_fx_node *n, uint32_t channels);
/** Whether element i of the result takes part. */
static inline bool hcl_softmax_keeps(const struct hcl_fx_node *n, size_t i)
{
    return n->map == NULL || n->map[i] != HCL_FX_NONE;
}
void hcl_gadget_softmax(struct hcl_lower *c, uint32_t node);

#endif

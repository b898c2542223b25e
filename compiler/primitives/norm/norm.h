/* SPDX-License-Identifier: Apache-2.0 */
#ifndef HCL_COMPILER_PRIMITIVES_NORM_NORM_H
#define HCL_COMPILER_PRIMITIVES_NORM_NORM_H

#include "compiler/gadgets/gadget.h"

enum { HCL_NORM_MOST_LIMB_BITS = 16 };

/** Roots and reciprocals are two limbs of so many bits. */
uint32_t hcl_norm_limb_bits(const struct hcl_fx_graph *g, const struct hcl_fx_node *n);
void hcl_gadget_norm(struct hcl_lower *c, uint32_t node);

#endif

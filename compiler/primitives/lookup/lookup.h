/* SPDX-License-Identifier: Apache-2.0 */
#ifndef HCL_COMPILER_PRIMITIVES_LOOKUP_LOOKUP_H
#define HCL_COMPILER_PRIMITIVES_LOOKUP_LOOKUP_H

#include "compiler/gadgets/gadget.h"

void hcl_gadget_lookup(struct hcl_lower *c, uint32_t node);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
#ifndef HCL_COMPILER_PRIMITIVES_DEPTHWISE_DEPTHWISE_H
#define HCL_COMPILER_PRIMITIVES_DEPTHWISE_DEPTHWISE_H

#include "compiler/gadgets/gadget.h"

void hcl_gadget_depthwise(struct hcl_lower *c, uint32_t node);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
#ifndef HCL_COMPILER_PRIMITIVES_SOFTMAX_SOFTMAX_H
#define HCL_COMPILER_PRIMITIVES_SOFTMAX_SOFTMAX_H

#include "compiler/gadgets/gadget.h"

void hcl_gadget_softmax(struct hcl_lower *c, uint32_t node);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
#ifndef HCL_COMPILER_PRIMITIVES_CONV_CONV_H
#define HCL_COMPILER_PRIMITIVES_CONV_CONV_H

#include "compiler/gadgets/gadget.h"

void hcl_gadget_conv(struct hcl_lower *c, uint32_t node);
/** With one output position. */
void hcl_gadget_fully_connected(struct hcl_lower *c, uint32_t node);

#endif

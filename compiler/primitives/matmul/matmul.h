/* SPDX-License-Identifier: Apache-2.0 */
#ifndef HCL_COMPILER_PRIMITIVES_MATMUL_MATMUL_H
#define HCL_COMPILER_PRIMITIVES_MATMUL_MATMUL_H

#include "compiler/gadgets/gadget.h"

void hcl_gadget_matmul(struct hcl_lower *c, uint32_t node);

#endif

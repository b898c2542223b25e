/* SPDX-License-Identifier: Apache-2.0 */
/* Cells that random functionals of linear layers need beside the passes over tensors and weights. */
#ifndef HCL_COMPILER_GADGETS_FUNCTIONAL_H
#define HCL_COMPILER_GADGETS_FUNCTIONAL_H

#include "compiler/layout/machine.h"

/* 62-bit biases in limbs of 3 bits and more. */
#define HCL_MAX_BIAS_LIMBS 22

/** Cell with 1 + s + ... + s^(n-1), n >= 1. */
struct hcl_cell hcl_functional_geometric(struct hcl_machine *m, uint64_t n);
/** out[k] = unit * 2^(bits*k), k < limbs <= HCL_MAX_BIAS_LIMBS. */
void hcl_functional_limb_scales(struct hcl_machine *m, struct hcl_cell unit, uint32_t bits, uint32_t limbs,
                                struct hcl_cell *out);

#endif

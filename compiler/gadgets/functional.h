/* SPDX-License-Identifier: Apache-2.0 */
/* Cells that random functionals of linear layers need beside the passes over tensors and weights. */
#ifndef HCL_COMPILER_GADGETS_FUNCTIONAL_H
#define HCL_COMPILER_GADGETS_FUNCTIONAL_H

#include "compiler/layout/machine.h"

/** Cell with 1 + s + ... + s^(n-1), n >= 1. */
struct hcl_cell hcl_functional_geometric(struct hcl_machine *m, uint64_t n);

#endif

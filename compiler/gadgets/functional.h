/* SPDX-License-Identifier: Apache-2.0 */
/* Cells that random functionals of linear layers need beside the passes over tensors and weights. */
#ifndef HCL_COMPILER_GADGETS_FUNCTIONAL_H
#define HCL_COMPILER_GADGETS_FUNCTIONAL_H

#include "compiler/layout/machine.h"

/** Cell with 1 + c + ... + c^(n-1), n >= 1, where power(m, e) is the cell with c^e: hcl_machine_s_power or
 * hcl_machine_t_power. */
struct hcl_cell hcl_functional_geometric(struct hcl_machine *m, uint64_t n,
                                         struct hcl_cell (*power)(struct hcl_machine *m, uint64_t e));

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* The description of a finished machine: regions, counts. */
#ifndef HCL_COMPILER_LAYOUT_DESCRIBE_H
#define HCL_COMPILER_LAYOUT_DESCRIBE_H

#include "compiler/compile.h"
#include "compiler/layout/machine.h"

/** Fill everything of *out but candidates and cost. After hcl_machine_finish. */
hcl_status hcl_layout_describe(struct hcl_layout *out, const struct hcl_machine *m, uint32_t k,
                               uint32_t degree, size_t copies, struct hcl_err *err);

#endif

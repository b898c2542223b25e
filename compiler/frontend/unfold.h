/* SPDX-License-Identifier: Apache-2.0 */
/* A model without loops and branches: WHILE becomes as many copies of its body as it takes turns, which must
 * not depend on the input, IF the branch that is taken; on the way, what can be folded is (fold.h). */
#ifndef HCL_COMPILER_FRONTEND_UNFOLD_H
#define HCL_COMPILER_FRONTEND_UNFOLD_H

#include "compiler/frontend/import.h"

/** Rewrite im->model. What cannot be unfolded is refused (im->refused) and left out; the status is of what
 * ends an import. */
hcl_status hcl_unfold(struct hcl_import *im);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
#ifndef HCL_COMPILER_FRONTEND_IMPORT_PICKS_H
#define HCL_COMPILER_FRONTEND_IMPORT_PICKS_H

#include "compiler/frontend/import.h"

hcl_status hcl_import_arg_max(struct hcl_import *im, const struct hcl_tfl_op *op);
hcl_status hcl_import_top_k(struct hcl_import *im, const struct hcl_tfl_op *op);

#endif

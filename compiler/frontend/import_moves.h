/* SPDX-License-Identifier: Apache-2.0 */
/* Operators that append nodes of their own kinds, one or more to an operator, by themselves: the functions
 * that recipes.def names. */
#ifndef HCL_COMPILER_FRONTEND_IMPORT_MOVES_H
#define HCL_COMPILER_FRONTEND_IMPORT_MOVES_H

#include "common/sys/status.h"

struct hcl_import;
struct hcl_tfl_op;

#define HCL_RECIPE(name, number, parts, function)                                                            \
    hcl_status function(struct hcl_import *im, const struct hcl_tfl_op *op);
#define HCL_RECIPE_CUSTOM(name, function)                                                                    \
    hcl_status function(struct hcl_import *im, const struct hcl_tfl_op *op);
#include "compiler/frontend/recipes.def" /* NOLINT(readability-redundant-declaration): some serve two operators */
#undef HCL_RECIPE_CUSTOM

#endif

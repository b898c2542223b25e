/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of a constant table by computed indices: GATHER, EMBEDDING_LOOKUP, and what Keras puts in front of a
 * GATHER, by which negative indices count from the end: SELECT(LESS(x, 0), ADD(x, rows), x). An index is a
 * number of a row, 0..rows-1, so that this is x. */
#ifndef HCL_COMPILER_FRONTEND_IMPORT_LOOKUP_H
#define HCL_COMPILER_FRONTEND_IMPORT_LOOKUP_H

#include "compiler/frontend/import.h"

/** Append the look-up of table and indices, operands of the file, over dimension `axis` of the table. */
hcl_status hcl_import_rows(struct hcl_import *im, const struct hcl_tfl_op *op, int32_t table, int32_t indices,
                           int32_t axis);
hcl_status hcl_import_embedding_lookup(struct hcl_import *im, const struct hcl_tfl_op *op);

/** Mark operators that only wrap negative indices, by operator: they need no node. */
void hcl_wraps_find(bool *taken, const struct hcl_tfl_model *m);

/** After all operators: what ranges whole numbers have by the tables that they are indices of; an input that
 * is none may be a mask (hcl_pass_take_mask). HCL_BAD_INPUT: a look-up by real numbers. */
hcl_status hcl_import_numbers(struct hcl_import *im);

#endif

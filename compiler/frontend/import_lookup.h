/* SPDX-License-Identifier: Apache-2.0 */
/* Whole numbers: computed indices into rows of constant tables, and what Keras puts in front of a GATHER, by
 * which negative indices count from the end: SELECT(LESS(x, 0), ADD(x, rows), x). An index is a number of a
 * row, 0..rows-1, so that this is x. */
#ifndef HCL_COMPILER_FRONTEND_IMPORT_LOOKUP_H
#define HCL_COMPILER_FRONTEND_IMPORT_LOOKUP_H

#include "compiler/frontend/import.h"

/** The file tensor that `indices` wraps into a table of so many rows; else `indices`. */
int32_t hcl_import_unwrapped(const struct hcl_import *im, int32_t indices, int64_t rows);
/** Of a graph tensor of whole numbers how many they are, or HCL_NUMBERS_UNKNOWN; 0: they are real numbers. */
uint32_t hcl_import_whole(const struct hcl_import *im, uint32_t tensor);

/** Mark operators that only wrap negative indices, by operator: they need no node. */
void hcl_wraps_find(bool *taken, const struct hcl_tfl_model *m);

/** After all operators: what ranges whole numbers have by the tables that they are indices of; an input that
 * is none may be a mask (hcl_pass_take_mask). HCL_BAD_INPUT: a look-up by real numbers. */
hcl_status hcl_import_numbers(struct hcl_import *im);

#endif

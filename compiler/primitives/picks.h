/* SPDX-License-Identifier: Apache-2.0 */
/* What ARG_MAX and TOP share. */
#ifndef HCL_COMPILER_PRIMITIVES_PICKS_H
#define HCL_COMPILER_PRIMITIVES_PICKS_H

#include "compiler/gadgets/gadget.h"
#include "compiler/primitives/primitive.h"

/** The numbers of the `count` largest (least: smallest) of n elements, of equal ones the first comes first.
 */
void hcl_pick_numbers(const int64_t *x, size_t n, bool least, int64_t *out, size_t count);
/** The result has at most as many elements a vector as the operand; numbers: they are whole numbers. */
hcl_status hcl_primitive_check_picks(const struct hcl_fx_graph *g, const struct hcl_fx_node *n, bool numbers,
                                     struct hcl_err *err);
void hcl_primitive_picks_tables(const struct hcl_fx_graph *g, const struct hcl_fx_node *n,
                                struct hcl_tables *t);
/** The result's view: values (which = 0) or numbers (1) of the picks. */
void hcl_primitive_place_picks(struct hcl_lower *c, uint32_t node, bool least, uint32_t which);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* What ARG_MAX and TOP share: vectors along the last axis of the operand, `count` elements of each picked,
 * the largest (least: smallest) first and of equal ones the first. */
#ifndef HCL_COMPILER_OPERATORS_PICKS_H
#define HCL_COMPILER_OPERATORS_PICKS_H

#include "compiler/operators/float_operands.h"

hcl_status hcl_picks_check(const struct hcl_graph *g, const struct hcl_node *n, struct hcl_err *err);
/** Call `put` with each pick: element i of the result is element `from` of the operand. */
void hcl_picks_each(const struct hcl_float_operands *p, bool least,
                    void (*put)(const struct hcl_float_operands *p, size_t i, size_t from));

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* The largest elements of vectors, in order, the first one among equals (docs/arithmetization.md). */
#ifndef HCL_COMPILER_GADGETS_PICKS_H
#define HCL_COMPILER_GADGETS_PICKS_H

#include "compiler/gadgets/gadget.h"

/** Lay out the `count` largest (least: smallest) of each vector of a node's operand. Returns the Y cells
 * [vectors][count][2] of value and number, which the lowering owns; NULL: the machine failed. The same picks
 * asked for again, by another node, are the same cells. */
uint32_t *hcl_picks_place(struct hcl_lower *c, uint32_t node, uint32_t count, bool least);
/** The last entry of the table of differences, which begins with -1, of elements in [lo, hi] of which `count`
 * are picked. */
int64_t hcl_picks_most(int64_t lo, int64_t hi, uint32_t count);
/** Free what a lowering remembers of them. */
void hcl_picks_clear(struct hcl_lower *c);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* Planes that are copies, which an input of the model may be laid out as from the beginning. */
#ifndef HCL_COMPILER_GADGETS_PLANES_INTERNAL_H
#define HCL_COMPILER_GADGETS_PLANES_INTERNAL_H

#include "compiler/gadgets/planes.h"

/* Which positions of a padded image, at the pitch of a plane, a copy has: [first, end). `left` of its columns
 * lie at the end of the row above. */
struct hcl_plane_copy {
    uint64_t first, end;
    uint32_t left;
};

/** The planes a copy of a node's operand makes, of which only the view's size counts; first_row is not known
 * yet. */
struct hcl_planes hcl_planes_copied(const struct hcl_lower *c, const struct hcl_fx_node *nd, uint32_t items,
                                    struct hcl_plane_copy *t);
/** The elements' cells in a plane, as the views have them, HCL_NONE where there is none; returns how many
 * cells the plane has. */
uint32_t hcl_plane_cells(const struct hcl_lower *c, uint32_t node, const struct hcl_planes *p,
                         const struct hcl_plane_copy *t, uint32_t plane, uint32_t *cells);
/** The items, if positions of all of them can be numbered; else the machine has failed, and 1. */
uint32_t hcl_planes_items(struct hcl_lower *c, const struct hcl_fx_node *nd);

#endif

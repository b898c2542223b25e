/* SPDX-License-Identifier: Apache-2.0 */
/* Vectors of a NORM that are whole channels of an image, as those of a GroupNorm are: read and written
 * channel by channel, so that convolutions before and behind it share their rows with it. */
#ifndef HCL_COMPILER_PRIMITIVES_NORM_PLANES_H
#define HCL_COMPILER_PRIMITIVES_NORM_PLANES_H

#include "compiler/gadgets/gadget.h"

/* Vector p is the channels [p*each, .. + each); channel k lies in rows [first + k*stride, .. + rows), element
 * (y, x) of it is its cell before + y*pitch + x, and all other cells from the first channel to the last hold
 * 0.
 */
struct hcl_norm_planes {
    uint32_t channels, each, first, stride, rows;
    uint32_t w, before, pitch;
    uint32_t *lanes; /* by row of a channel: those that hold elements; owned */
    uint32_t *index; /* of each element of the NORM's operand in the image, NHWC; owned */
};

/** Whether a NORM reads this tensor, an image, in vectors of whole channels, which have so many rows that the
 * dot rows of each are worth it. */
bool hcl_norm_reads_planes(const struct hcl_lower *c, uint32_t tensor);
/** false: of a batch, or the node's vectors are no such ones, or shorter, or the machine has failed. May
 * append rows with copies, which the image's view then is. */
bool hcl_norm_planes_of(struct hcl_lower *c, uint32_t node, struct hcl_norm_planes *p);
void hcl_norm_planes_clear(struct hcl_norm_planes *p);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
#ifndef HCL_COMPILER_PRIMITIVES_CONV_CONV_H
#define HCL_COMPILER_PRIMITIVES_CONV_CONV_H

#include "compiler/gadgets/gadget.h"
#include "compiler/gadgets/planes.h"

void hcl_gadget_conv(struct hcl_lower *c, uint32_t node);
/** With one output position, one item of a batch. */
void hcl_gadget_fully_connected(struct hcl_lower *c, uint32_t node);
/* The same, items of a batch being the positions of a kernel of 1x1 over one plane for each input (inputs.c).
 */
/** Whether the items are to share their weights so: private weights have to be the same for all; else where
 * that is expected to cost less than passes of each item's own. */
bool hcl_inputs_shared(const struct hcl_lower *c, uint32_t node);
/** May append copy rows. */
struct hcl_planes hcl_inputs_planes(struct hcl_lower *c, uint32_t node);
/** The weights in the order of the planes, [O][planes]; as hcl_planes_kernel. */
int64_t *hcl_inputs_kernel(struct hcl_lower *c, uint32_t node, const struct hcl_planes *p);
/** Of an input of the window, element i of a row of the kernel: where it is in the image. false: outside. */
bool hcl_input_at(const struct hcl_fx_node *nd, const struct hcl_view *v, uint32_t i, uint32_t *y,
                  uint32_t *x);

#endif

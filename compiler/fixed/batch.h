/* SPDX-License-Identifier: Apache-2.0 */
/* A batch: several inferences of one model as one graph, to be proved together. Each item has inputs, nodes
 * and outputs of its own and the same constants, tables, scales and ranges, so what it computes is what it
 * would compute alone. Nodes that read the same constants lie side by side, and those whose gadget can
 * (struct hcl_primitive, joins_items) are laid out as one and share their weights.
 *
 * With N items and C computed tensors among the T of the graph that is repeated: item 0 has the tensors of
 * that graph at their own indices, item n > 0 the computed ones, in the same order, at T + (n-1)*C and
 * following; node i of item n is node i*N + n; inputs and outputs are item by item. */
#ifndef HCL_COMPILER_FIXED_BATCH_H
#define HCL_COMPILER_FIXED_BATCH_H

#include "compiler/fixed/fixed_graph.h"
#include "compiler/fixed/interpret.h"

#define HCL_MOST_ITEMS 4096

/** g, which is no batch and is borrowed, repeated for 2 to HCL_MOST_ITEMS items. *out is released with
 * hcl_fx_graph_clear, before g is. HCL_BAD_INPUT: too many tensors to be numbered; HCL_NO_RESOURCE. */
HCL_MUST_CHECK hcl_status hcl_fx_repeat(struct hcl_fx_graph *out, const struct hcl_fx_graph *g,
                                        uint32_t items, struct hcl_err *err);

/** The tensor of a batch of g, or of g itself with item 0, that stands for tensor t of g. */
uint32_t hcl_fx_item_tensor(const struct hcl_fx_graph *g, uint32_t t, uint32_t item);

/** One item's values, by the tensors of the graph that the batch repeats; v is borrowed. *out is released
 * with hcl_fx_item_clear. */
HCL_MUST_CHECK hcl_status hcl_fx_item_values(struct hcl_fx_values *out, const struct hcl_fx_graph *batch,
                                             const struct hcl_fx_values *v, uint32_t item,
                                             struct hcl_err *err);
void hcl_fx_item_clear(struct hcl_fx_values *v);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* The fixed-point interpreter: the definition of what a proof proves. Exact 64-bit integer arithmetic; the
 * graph must have passed hcl_fx_graph_check, which bounds every accumulator by 2^62. Single-threaded; several
 * value sets over one graph may run at the same time. */
#ifndef HCL_COMPILER_FIXED_INTERPRET_H
#define HCL_COMPILER_FIXED_INTERPRET_H

#include "common/sys/status.h"
#include "compiler/fixed/fixed_bounds.h"
#include "compiler/fixed/fixed_graph.h"
#include <stddef.h>
#include <stdint.h>

/* One value set: tensor[t] has the elements of tensor t in NHWC order. Constants point into the graph, the
 * rest into `arena`; a filter of 16 bits is read there, tensor[t] is NULL. Holds the witness:
 * hcl_fx_values_clear wipes it. */
struct hcl_fx_values {
    int64_t **tensor;
    size_t num_tensors;
    int64_t *arena;
};

HCL_MUST_CHECK hcl_status hcl_fx_values_init(struct hcl_fx_values *v, const struct hcl_fx_graph *g,
                                             struct hcl_err *err);
void hcl_fx_values_clear(struct hcl_fx_values *v);

/** v->tensor[g->inputs[which]] = round(x * 2^f), f = hcl_fx_element_bits, ties away from zero. len must be
 * the tensor's. NaN, infinity and values outside the tensor's [lo, hi] are HCL_BAD_INPUT naming the element.
 */
HCL_MUST_CHECK hcl_status hcl_fx_set_input(const struct hcl_fx_graph *g, struct hcl_fx_values *v,
                                           size_t which, const float *x, size_t len, struct hcl_err *err);
/** The same for all inputs: sample has their elements one after the other, hcl_fx_input_len of them. */
HCL_MUST_CHECK hcl_status hcl_fx_set_inputs(const struct hcl_fx_graph *g, struct hcl_fx_values *v,
                                            const float *sample, struct hcl_err *err);
/** Elements of all inputs together. */
size_t hcl_fx_input_len(const struct hcl_fx_graph *g);

/** Run all nodes on the inputs already in v; afterwards every computed tensor of v is filled. HCL_BAD_INPUT:
 * a q left its [q_lo, q_hi]; the message names node, tensor and element. */
HCL_MUST_CHECK hcl_status hcl_interpret(const struct hcl_fx_graph *g, struct hcl_fx_values *v,
                                        struct hcl_err *err);
/** The same on count <= HCL_MOST_BATCH value sets side by side, filters being read once for all: the same
 * values. Of several failures that of the earliest node is told. */
HCL_MUST_CHECK hcl_status hcl_interpret_batch(const struct hcl_fx_graph *g, struct hcl_fx_values *v,
                                              size_t count, struct hcl_err *err);
/** Run one node, whose operands are there. */
HCL_MUST_CHECK hcl_status hcl_interpret_node(const struct hcl_fx_graph *g, size_t node,
                                             struct hcl_fx_values *v, struct hcl_err *err);
/** How many value sets to run side by side: hcl_batch_of (compiler/graph/products.h). */
size_t hcl_fx_batch(const struct hcl_fx_graph *g);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* What of a model's outputs is asked for: reduced in the graph, and so in the circuit, before anything is
 * public. "[NAME][[SLICE]]/STEP/...": of the output or computed tensor NAME (else of each output) the
 * elements SLICE, "0,-1,2:5" from the first dimension on, then step by step
 *
 *   last     the last position: of the last dimension but one
 *   argmax   the number of the largest element along the last dimension, of equal ones the first
 *   topk=N   the N largest in order, and their numbers
 *
 * Softmax keeps the order of elements, so that the largest after a final SOFTMAX are those before it. */
#ifndef HCL_COMPILER_GRAPH_OUTPUTS_H
#define HCL_COMPILER_GRAPH_OUTPUTS_H

#include "compiler/graph/graph.h"

#define HCL_MOST_OUTPUTS 16

/** Make these the graph's outputs. The graph has passed hcl_graph_check, and has after this. HCL_BAD_INPUT
 * says what is wrong with which text. */
HCL_MUST_CHECK hcl_status hcl_graph_choose_outputs(struct hcl_graph *g, const char *const *texts,
                                                   size_t count, struct hcl_err *err);

#endif

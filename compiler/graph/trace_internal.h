/* SPDX-License-Identifier: Apache-2.0 */
/* What a tensor is of truth values: followed back, element by element, through moves, negations, choices
 * between constants, and sums and products with constants, to one tensor of them. That is the result of a
 * comparison, a product of such, or an input of the model that nothing else says anything of or that has
 * whole numbers below 2. */
#ifndef HCL_COMPILER_GRAPH_TRACE_INTERNAL_H
#define HCL_COMPILER_GRAPH_TRACE_INTERNAL_H

#include "compiler/graph/graph.h"

/* Element e of a tensor is off[e] where element at[e] of `source` is 0, on[e] where that is 1; the same
 * number twice where at[e] is HCL_GRAPH_NONE. */
struct hcl_traced {
    uint32_t source; /* HCL_GRAPH_NONE: nothing is computed */
    size_t len;
    uint32_t *at;
    float *off, *on;
};

/** *found: t is such a tensor, and *out, to be cleared, says how; else *out is empty. */
HCL_MUST_CHECK hcl_status hcl_trace_truth(const struct hcl_graph *g, uint32_t t, struct hcl_traced *out,
                                          bool *found, struct hcl_err *err);
/** Room for so many elements, of no source; false: no memory. Release with hcl_traced_clear, also then. */
bool hcl_traced_allocate(struct hcl_traced *t, size_t len);
void hcl_traced_clear(struct hcl_traced *t);

#endif

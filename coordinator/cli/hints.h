/* SPDX-License-Identifier: Apache-2.0 */
/* What would make an operator cheaper: where its rows and its time go, found in the layout and its nodes. */
#ifndef HCL_COORDINATOR_CLI_HINTS_H
#define HCL_COORDINATOR_CLI_HINTS_H

#include "compiler/compile.h"
#include "coordinator/cli/layers.h"

/* Rows that the results of an operator's nodes do not take by themselves. Zero-initialised: nothing yet. */
struct hcl_savings_hint {
    size_t copies, gaps, windows, steps, vectors, constants, products;
    size_t results;
    const struct hcl_fx_node *copies_for, *widest, *pool; /* with most copies; with most gaps; a pool */
    uint32_t wide;                                        /* elements of a vector */
    size_t most_copies, most_gaps;
};

#define HCL_HINT_TEXT 320

/** The next of the operator's layers; g: the graph of one inference that was laid out. */
void hcl_savings_hint_add(struct hcl_savings_hint *h, const struct hcl_layout *l,
                          const struct hcl_fx_graph *g, const struct hcl_layer *y);
/** The largest part of its predicted seconds that another model, or another option, would not have. sum: of
 * the operator's layers. */
void hcl_savings_hint_text(char out[HCL_HINT_TEXT], const struct hcl_savings_hint *h,
                           const struct hcl_layout *l, const struct hcl_layer_sum *sum);

#endif

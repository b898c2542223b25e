/* SPDX-License-Identifier: Apache-2.0 */
/* The float reference executor: what the model computes before quantisation. For calibration, for passes'
 * tests and for the accuracy reports; sums are accumulated in double, in an order that is the same on every
 * machine with any number of threads. Several value sets over one graph may run at the same time. The graph
 * must have passed hcl_graph_check. */
#ifndef HCL_COMPILER_GRAPH_EVALUATE_H
#define HCL_COMPILER_GRAPH_EVALUATE_H

#include "compiler/graph/graph.h"

struct hcl_float_values;
struct hcl_float_operands; /* compiler/operators/float_operands.h */

/* Ranks that evaluate one graph together: all go through the same nodes, of some of which each fills a part
 * only, and have the same values afterwards but for lo and hi, which are those of what a rank computed. */
struct hcl_float_team {
    void (*begin)(void *ctx, const struct hcl_graph *g, struct hcl_float_values *v); /* the inputs, for all */
    /** What this rank fills of a node: may change from, to and, with them, w and b. from == to: nothing.
     * False: all of it, as all ranks do. */
    bool (*part)(void *ctx, struct hcl_float_operands *p);
    /** The other parts, where `part` gave one; of a rank that failed whatever is there. */
    void (*gather)(void *ctx, const struct hcl_float_operands *p);
    /** After the last node. st: of this rank; what failed on one rank fails on all. */
    hcl_status (*end)(void *ctx, hcl_status st, struct hcl_err *err);
    void *ctx;
};

/* tensor[t]: the elements of tensor t, NHWC. Constants point into the graph, inputs and results into `arena`;
 * NULL: a constant whose elements the graph does not have (coordinator/cli/judge_team.h).
 * lo[t], hi[t]: the least and greatest value computed for tensor t BEFORE its activation, over all
 * evaluations since init; of graph inputs, their values. Empty ranges are [+inf, -inf]. */
struct hcl_float_values {
    float **tensor;
    size_t num_tensors;
    float *arena;
    double *lo, *hi;
    const struct hcl_float_team *team; /* NULL: this rank alone, else for one value set at a time. Borrowed */
};

HCL_MUST_CHECK hcl_status hcl_float_values_init(struct hcl_float_values *v, const struct hcl_graph *g,
                                                struct hcl_err *err);
void hcl_float_values_clear(struct hcl_float_values *v);

/** Put a sample, the elements of all inputs one after the other, where hcl_graph_evaluate reads them. */
void hcl_float_set_inputs(struct hcl_float_values *v, const struct hcl_graph *g, const float *sample);
/** Run every node; the inputs are already in v->tensor[g->inputs[i]]. HCL_NO_RESOURCE: out of memory. */
HCL_MUST_CHECK hcl_status hcl_graph_evaluate(const struct hcl_graph *g, struct hcl_float_values *v,
                                             struct hcl_err *err);
/** The same on count <= HCL_MOST_BATCH value sets side by side, filters being read once for all. Sums of a
 * layer with one position are taken in another order than alone. */
HCL_MUST_CHECK hcl_status hcl_graph_evaluate_batch(const struct hcl_graph *g, struct hcl_float_values *v,
                                                   size_t count, struct hcl_err *err);
/** How many value sets to run side by side: hcl_batch_of (compiler/graph/products.h). */
size_t hcl_graph_batch(const struct hcl_graph *g);
/** Run one node. */
HCL_MUST_CHECK hcl_status hcl_node_evaluate(const struct hcl_graph *g, const struct hcl_node *n,
                                            struct hcl_float_values *v, struct hcl_err *err);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* What passes need to rewrite a graph. Removing nodes leaves tensors that nothing mentions; they cost nothing
 * and are dropped by hcl_graph_compact. */
#ifndef HCL_COMPILER_GRAPH_EDIT_INTERNAL_H
#define HCL_COMPILER_GRAPH_EDIT_INTERNAL_H

#include "compiler/graph/graph.h"

/** The only node that reads t; HCL_GRAPH_NONE if there is none, several, or t is an output of the graph. */
uint32_t hcl_graph_only_reader(const struct hcl_graph *g, uint32_t t);
/** The node that computes t, or HCL_GRAPH_NONE. */
uint32_t hcl_graph_producer(const struct hcl_graph *g, uint32_t t);
/** Remove node i, which nothing takes over. */
void hcl_graph_remove_node(struct hcl_graph *g, size_t i);
/** Remove node i, which node `into` has taken over: that one is made of what both were. */
void hcl_graph_absorb(struct hcl_graph *g, size_t into, size_t i);
/** Every reader of `from`, and the output list, read `to` instead, which has the name and the shape in the
 * file of an output that it becomes. */
void hcl_graph_redirect(struct hcl_graph *g, uint32_t from, uint32_t to);
/** Drop tensors that no node, input or output mentions, and nodes whose result nobody reads. */
hcl_status hcl_graph_compact(struct hcl_graph *g, struct hcl_err *err);
/** A constant of its own with the elements of another from `first` on, in this shape. */
hcl_status hcl_graph_copy_constant(struct hcl_graph *g, uint32_t constant, size_t first,
                                   const uint32_t dims[4], uint32_t *copy, struct hcl_err *err);
/** A tensor called as another: a constant of zeros, or one to be computed. */
hcl_status hcl_graph_add_like(struct hcl_graph *g, uint32_t like, const uint32_t dims[4], bool constant,
                              uint32_t *out, struct hcl_err *err);
/** A private copy of constant t for `node`'s operand k, so that it may be changed. */
hcl_status hcl_graph_own_constant(struct hcl_graph *g, size_t node, size_t k, struct hcl_err *err);
/** The bias of a convolution, made of zeros when absent, its own to change. */
hcl_status hcl_graph_own_bias(struct hcl_graph *g, size_t node, size_t outputs, struct hcl_err *err);

#endif

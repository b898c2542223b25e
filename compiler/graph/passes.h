/* SPDX-License-Identifier: Apache-2.0 */
/* Graph passes: rewrites that keep the function the graph computes (over the reals) and make its circuit
 * smaller. They run in the order of the table in passes.c, the whole table repeated until nothing changes,
 * with hcl_graph_check after each. What is left computes every output, and the first operand of every node,
 * from the input; a model of which that is not so is refused. */
#ifndef HCL_COMPILER_GRAPH_PASSES_H
#define HCL_COMPILER_GRAPH_PASSES_H

#include "compiler/graph/graph.h"

/* A pass counts its rewrites in *changes. */
typedef hcl_status (*hcl_pass_run)(struct hcl_graph *g, size_t *changes, struct hcl_err *err);

struct hcl_pass {
    const char *name;
    hcl_pass_run run;
};

/* The table, ended by a NULL name. */
extern const struct hcl_pass hcl_passes[];

/** Run all passes. dump_after: name of a pass, or "all", whose result is printed to dump_to; NULL: none; of
 * no pass: HCL_BAD_INPUT with the list. */
HCL_MUST_CHECK hcl_status hcl_graph_optimize(struct hcl_graph *g, const char *dump_after, FILE *dump_to,
                                             struct hcl_err *err);

/* The passes. */
/** RESHAPE to the same shape, MOVE that moves nothing, PAD by nothing, RELU behind a result that is never
 * negative: removed. */
hcl_status hcl_pass_drop_noop(struct hcl_graph *g, size_t *changes, struct hcl_err *err);
/** A node whose operands are all constant becomes a constant. */
hcl_status hcl_pass_fold_constant(struct hcl_graph *g, size_t *changes, struct hcl_err *err);
/** Where one operand of ADD, SUB or MUL has become a constant, it is the second. */
hcl_status hcl_pass_order_operands(struct hcl_graph *g, size_t *changes, struct hcl_err *err);
/** x times LOGISTIC(x) is one function of x, SILU. */
hcl_status hcl_pass_fuse_silu(struct hcl_graph *g, size_t *changes, struct hcl_err *err);
/** MUL and ADD by constants per channel of an image, which no convolution takes in, are one: a depthwise
 * convolution of one tap, which has one rounding and a row where they have six. */
hcl_status hcl_pass_join_affine(struct hcl_graph *g, size_t *changes, struct hcl_err *err);
/** RELU or RELU6 as the only reader of a node that can carry an activation moves into it. */
hcl_status hcl_pass_fuse_activation(struct hcl_graph *g, size_t *changes, struct hcl_err *err);
/** PAD as the only source of a convolution becomes the convolution's padding. */
hcl_status hcl_pass_fuse_pad(struct hcl_graph *g, size_t *changes, struct hcl_err *err);
/** MUL and ADD by constants (per channel or one) behind a convolution without activation move into its filter
 * and bias. */
hcl_status hcl_pass_fold_affine_back(struct hcl_graph *g, size_t *changes, struct hcl_err *err);
/** MUL and ADD by constants (per channel or one) in front of a convolution that is their only reader move
 * into its filter and bias; ADD only where no padding is read, for padding is zero behind the ADD. */
hcl_status hcl_pass_fold_affine_ahead(struct hcl_graph *g, size_t *changes, struct hcl_err *err);
/** ADD or SELECT in front of a SOFTMAX that masks elements by computed truth values: these become its second
 * operand. An input of the model that they are is one of whole numbers, 0 and 1. */
hcl_status hcl_pass_take_mask(struct hcl_graph *g, size_t *changes, struct hcl_err *err);
/** ADD of a constant in front of a SOFTMAX that leaves nothing of some elements: they take no part in the
 * SOFTMAX, and the constant is 0 there. */
hcl_status hcl_pass_fold_mask(struct hcl_graph *g, size_t *changes, struct hcl_err *err);
/** A dense layer of several positions whose outputs are only split by channels becomes a layer for each part.
 */
hcl_status hcl_pass_split_dense(struct hcl_graph *g, size_t *changes, struct hcl_err *err);
/** MUL by one positive constant in front of a SOFTMAX goes into its factor. */
hcl_status hcl_pass_fold_factor(struct hcl_graph *g, size_t *changes, struct hcl_err *err);
/** ADD of two computed tensors of one shape, or of an image and a vector for all of its positions, of which a
 * convolution (or dense layer) without activation makes the one for nobody else: it adds the other, where the
 * ADD was, and takes over its activation. */
hcl_status hcl_pass_fuse_residual(struct hcl_graph *g, size_t *changes, struct hcl_err *err);
/** AVERAGE_POOL_2D without padding or activation goes into the filter of a convolution that is its only
 * reader, where that is expected to take fewer cells (layer_cells.h). */
hcl_status hcl_pass_fuse_pool(struct hcl_graph *g, size_t *changes, struct hcl_err *err);
/** A convolution whose only reader is one with a stride computes the phases that this reads as channels of
 * their own, where that is expected to take fewer cells. */
hcl_status hcl_pass_split_phases(struct hcl_graph *g, size_t *changes, struct hcl_err *err);

#endif

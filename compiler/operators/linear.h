/* SPDX-License-Identifier: Apache-2.0 */
/* What convolutions and dense layers share. */
#ifndef HCL_COMPILER_OPERATORS_LINEAR_H
#define HCL_COMPILER_OPERATORS_LINEAR_H

#include "compiler/graph/products.h"
#include "compiler/operators/float_operands.h"
#include "compiler/operators/operator.h"

/** Evaluate as a product of matrices; w->images value sets. */
hcl_status hcl_layer_evaluate(const struct hcl_float_operands *p, const struct hcl_windows *w,
                              struct hcl_err *err);
/** Whether a node with a fourth operand, a CONV_2D, adds a vector to every position. */
bool hcl_layer_adds_everywhere(const struct hcl_graph *g, const struct hcl_node *n);
/** The fourth operand, which is added to the sums, is computed and of the result's shape, if there is one. */
hcl_status hcl_layer_check_added(const struct hcl_graph *g, const struct hcl_node *n, struct hcl_err *err);
void hcl_layer_constrain(struct hcl_chooser *c, const struct hcl_node *n);
int hcl_layer_accumulator_bits(const struct hcl_scales *s, const struct hcl_graph *g, size_t node);
/** Filter at its own bits, bias at the accumulator's; the factor of what is added. */
hcl_status hcl_layer_quantize(struct hcl_builder *b, const struct hcl_node *from, struct hcl_fx_node *n);

#endif

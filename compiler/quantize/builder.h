/* SPDX-License-Identifier: Apache-2.0 */
/* Building the fixed-point graph, as the operators see it (struct hcl_operator, quantize). */
#ifndef HCL_COMPILER_QUANTIZE_BUILDER_H
#define HCL_COMPILER_QUANTIZE_BUILDER_H

#include "compiler/fixed/fixed_graph.h"
#include "compiler/graph/graph.h"

struct hcl_builder;

/** Fraction bits of a fixed tensor; of the weights of a node. */
int hcl_builder_bits(const struct hcl_builder *b, uint32_t fx_tensor);
int hcl_builder_weight_bits(const struct hcl_builder *b, const struct hcl_node *from);
/** A float tensor. */
const struct hcl_tensor *hcl_builder_tensor(const struct hcl_builder *b, uint32_t tensor);
/** Shape of a float tensor. */
const uint32_t *hcl_builder_dims(const struct hcl_builder *b, uint32_t tensor);
/** Largest magnitude of a float tensor on the samples. */
double hcl_builder_magnitude(const struct hcl_builder *b, uint32_t tensor);
/** HCL_BAD_INPUT: names the node. */
hcl_status hcl_builder_fail(struct hcl_builder *b, const struct hcl_node *from, const char *what);
/** Of the result of a node. */
int hcl_builder_result_bits(const struct hcl_builder *b, const struct hcl_node *from);
/** n gets a copy of the node's index map. */
hcl_status hcl_builder_map(struct hcl_builder *b, const struct hcl_node *from, struct hcl_fx_node *n);
/** A constant as used by one node: rounded to frac_bits, with its exact range. */
hcl_status hcl_builder_constant(struct hcl_builder *b, const struct hcl_fx_node *node, uint32_t t,
                                int frac_bits, uint32_t *index);
/** A filter: of 16 bits where they hold it, which they do at every setting of hcl_scales_choose. */
hcl_status hcl_builder_filter(struct hcl_builder *b, const struct hcl_fx_node *node, uint32_t t,
                              int frac_bits, uint32_t *index);
/** Make n's first operand rows of the weight's length, by a RESHAPE where it is not. */
hcl_status hcl_builder_rows(struct hcl_builder *b, const struct hcl_node *from, struct hcl_fx_node *n);

#endif

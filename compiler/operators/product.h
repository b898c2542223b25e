/* SPDX-License-Identifier: Apache-2.0 */
/* Scales of products of two operands; a constant second one has fraction bits of its own. */
#ifndef HCL_COMPILER_OPERATORS_PRODUCT_H
#define HCL_COMPILER_OPERATORS_PRODUCT_H

#include "compiler/operators/operator.h"

void hcl_product_constrain(struct hcl_chooser *c, const struct hcl_node *n);
int hcl_product_accumulator_bits(const struct hcl_scales *s, const struct hcl_graph *g, size_t node);
hcl_status hcl_product_quantize(struct hcl_builder *b, const struct hcl_node *from, struct hcl_fx_node *n);

#endif

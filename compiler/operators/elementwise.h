/* SPDX-License-Identifier: Apache-2.0 */
/* What operators share whose result is computed element by element. */
#ifndef HCL_COMPILER_OPERATORS_ELEMENTWISE_H
#define HCL_COMPILER_OPERATORS_ELEMENTWISE_H

#include "compiler/operators/operator.h"

/** A function as an operator of its own. */
const struct hcl_operator *hcl_function_operator(hcl_fn id);
hcl_op hcl_function_op(hcl_fn id);

/** Whether a sum's second operand is a constant of zeros and no function follows. */
bool hcl_sum_is_noop(const struct hcl_graph *g, const struct hcl_node *n);
/** Scales of a sum: both operands brought to the finer one's bits, a constant has the first one's. */
void hcl_sum_constrain(struct hcl_chooser *c, const struct hcl_node *n);
int hcl_sum_accumulator_bits(const struct hcl_scales *s, const struct hcl_graph *g, size_t node);
/** Multipliers of a sum; the second one's sign may be changed after. */
hcl_status hcl_sum_quantize(struct hcl_builder *b, const struct hcl_node *from, struct hcl_fx_node *n);
/** Tables of maxima and minima. */
void hcl_maximum_count_tables(struct hcl_table_sizes *s, size_t node);

#endif

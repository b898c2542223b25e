/* SPDX-License-Identifier: Apache-2.0 */
/* What CONV and DEPTHWISE share: a constant filter under windows of an image. */
#ifndef HCL_COMPILER_PRIMITIVES_FILTER_H
#define HCL_COMPILER_PRIMITIVES_FILTER_H

#include "compiler/primitives/primitive.h"

/** Filter, bias, windows and what is added fit; `outputs` channels come out. */
hcl_status hcl_filter_check(const struct hcl_fx_graph *g, const struct hcl_fx_node *n, uint32_t outputs,
                            struct hcl_err *err);
/** Of the sums of all output channels; channel o's taps are w[o * next + j * step], j < taps. */
struct hcl_interval hcl_filter_bounds(const struct hcl_fx_graph *g, const struct hcl_fx_node *n,
                                      size_t outputs, size_t next, size_t step);
/** Whether the fourth operand of a node that has one is a vector, whose element o is added to output o at
 * every position. */
bool hcl_filter_adds_everywhere(const struct hcl_fx_graph *g, const struct hcl_fx_node *n);
/** What is added to the sum of element `at`, which is of output o: the bias and the fourth operand. */
int64_t hcl_filter_offset(const struct hcl_fx_operands *p, size_t at, size_t o);

#endif

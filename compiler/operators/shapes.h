/* SPDX-License-Identifier: Apache-2.0 */
/* Parts of the operators' shape rules. All name the node in what they refuse. */
#ifndef HCL_COMPILER_OPERATORS_SHAPES_H
#define HCL_COMPILER_OPERATORS_SHAPES_H

#include "compiler/graph/graph.h"

#define HCL_DIMS "[%u,%u,%u,%u]"
#define HCL_DIMS_OF(d) (d)[0], (d)[1], (d)[2], (d)[3]

hcl_status hcl_expect_dims(struct hcl_err *err, const struct hcl_node *n, const char *what,
                           const uint32_t got[4], uint32_t a, uint32_t b, uint32_t c, uint32_t d);
/** The output has the first operand's shape. */
hcl_status hcl_shape_same(const struct hcl_graph *g, const struct hcl_node *n, struct hcl_err *err);
/** [1,..,1] in front, then b's dimensions are a's: element i of a meets element i mod len(b) of b. */
bool hcl_shape_is_suffix(const uint32_t b[4], const uint32_t a[4]);
/** The result has the first operand's shape. Element i of it meets element i mod length of the second, whose
 * shape are the first one's last dimensions, or element map[i] where there is a map. */
hcl_status hcl_shape_broadcast(const struct hcl_graph *g, const struct hcl_node *n, struct hcl_err *err);
/** The window fits and gives the output's shape with so many channels, and every position overlaps the image.
 */
hcl_status hcl_shape_window(const struct hcl_graph *g, const struct hcl_node *n, uint32_t channels,
                            struct hcl_err *err);
/** The same with the operand's channels. */
hcl_status hcl_shape_pool(const struct hcl_graph *g, const struct hcl_node *n, struct hcl_err *err);
/** The third operand, if any, is a constant of so many values. */
hcl_status hcl_shape_bias(const struct hcl_graph *g, const struct hcl_node *n, uint32_t channels,
                          struct hcl_err *err);
/** Second and third operands are constants. */
hcl_status hcl_shape_constants(const struct hcl_graph *g, const struct hcl_node *n, struct hcl_err *err);
/** Positions of a window over `span` elements along an axis of `in` with padding; 0 when it does not fit. */
uint32_t hcl_shape_positions(uint32_t in, uint32_t before, uint32_t after, uint64_t span, uint32_t stride);

#endif

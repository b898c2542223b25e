/* SPDX-License-Identifier: Apache-2.0 */
/* What passes weigh against each other: about how many cells of lanes a layer takes
 * (docs/arithmetization.md).
 */
#ifndef HCL_COMPILER_GRAPH_LAYER_CELLS_H
#define HCL_COMPILER_GRAPH_LAYER_CELLS_H

#include "compiler/graph/graph.h"

/* Filter and result of a CONV_2D, padding aside. */
struct hcl_layer_shape {
    uint32_t inputs, outputs; /* channels */
    uint32_t kernel_h, kernel_w, stride_y, stride_x;
    uint32_t out_h, out_w;
};

struct hcl_layer_shape hcl_layer_shape_of(const struct hcl_graph *g, const struct hcl_node *conv);
/** Elements of the filter. */
uint64_t hcl_layer_weights(const struct hcl_layer_shape *s);
/** Cells of its positions, of the copies that a stride takes (or any convolution whose operand does not lie
 * `in_place`), and what its weights come to. */
double hcl_layer_cells(const struct hcl_layer_shape *s, bool in_place);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* Outputs of a convolution of one tap (a dense layer over several positions) laid out position by position,
 * as what normalises or adds vectors along the channels wants them: sums over channels in the lanes and in t,
 * over positions in s by dot rows (docs/arithmetization.md). */
#ifndef HCL_COMPILER_PRIMITIVES_CONV_POSITIONS_H
#define HCL_COMPILER_PRIMITIVES_CONV_POSITIONS_H

#include "compiler/gadgets/planes.h"

/* The positions of all items of a batch, one item's behind the other's. Position i < count is cell `first` +
 * i of a plane of `cells` cells, all others are 0. Its outputs are the first cells of `rows` rows. */
struct hcl_positions {
    uint32_t node, count, first, outputs, rows;
    uint64_t cells;
    struct hcl_spread spread;               /* of a pass's weights, output o's being number count - 1 - o */
    uint32_t res_row, res_stride, res_bits; /* what is added lies in the same way; res_rows 0: nothing */
    uint32_t res_rows;
};

/** Whether the node's outputs should lie by position: it is of one tap, and a NORM reads them or a product
 * reads rows of them, or nobody does and rows are fewer. */
bool hcl_positions_wanted(const struct hcl_lower *c, uint32_t node, const struct hcl_planes *p);
/** May append copies of what is added. */
struct hcl_positions hcl_positions_of(struct hcl_lower *c, uint32_t node, const struct hcl_planes *p);
/** sum_i s^e(i), e(i) the cells of a plane behind position i. */
struct hcl_cell hcl_positions_ones(struct hcl_machine *m, const struct hcl_positions *q);
/** What the outputs sum to, from `sum`, that of products and biases. */
struct hcl_cell hcl_positions_right(struct hcl_machine *m, const struct hcl_positions *q,
                                    struct hcl_cell sum);
/** Append the output rows, which the node's output tensor then owns; returns their sum. passes, limbs: as
 * struct hcl_block says. */
struct hcl_cell hcl_positions_outputs(struct hcl_lower *c, const struct hcl_planes *p,
                                      const struct hcl_positions *q, const uint32_t *passes, uint32_t limbs);

#endif

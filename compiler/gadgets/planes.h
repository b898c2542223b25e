/* SPDX-License-Identifier: Apache-2.0 */
/* The input of a CONV or DEPTHWISE node as planes for a convolution with stride 1 (docs/arithmetization.md):
 * the producer's block itself where that is possible and not more rows than a copy, else copies, with a
 * stride split into its phases, or the window into its taps. Padding is zeros between the rows of an image,
 * and what is not there above and below it. */
#ifndef HCL_COMPILER_GADGETS_PLANES_H
#define HCL_COMPILER_GADGETS_PLANES_H

#include "compiler/gadgets/gadget.h"

/* Plane p = channel*phases + phase occupies rows [first_row + p*stride, .. + rows); position e of it is its
 * cell e, from 0 on. Position e of an output, -front_rows*L <= e < rows*L, is the sum over taps of position
 * e + dy*(gap_y + 1)*pitch + dx*(gap_x + 1) of the planes, 0 where there is none; output (y, x) is cell
 * out_origin + y*pitch + x of its (front_rows + rows)*L ones. A plane has the images of all items of a batch,
 * and an output its results: item n lies n*item_pitch positions further on, far enough for no valid output to
 * read of another item. */
struct hcl_planes {
    uint32_t first_row, rows, stride, count;
    bool copied; /* cells that are no elements hold 0 */
    uint32_t phases, phases_x;
    uint32_t step_y, step_x;     /* elements from one phase to the next */
    uint32_t kernel_h, kernel_w; /* of every phase; taps beyond the node's kernel do not exist */
    uint32_t gap_y, gap_x;       /* elements between neighbouring taps */
    uint32_t pitch, front_rows, out_origin;
    uint32_t items, item_pitch; /* item_pitch: 0 for one item */
};

/** How many positions from its own on tap number `tap` of an output reads. */
static inline uint64_t hcl_planes_shift(const struct hcl_planes *p, uint32_t tap)
{
    return (uint64_t)(tap / p->kernel_w) * (p->gap_y + 1) * p->pitch +
           (uint64_t)(tap % p->kernel_w) * (p->gap_x + 1);
}

/** Where an operand of an item of a batch lies, `node` being item 0's. */
const struct hcl_view *hcl_planes_item(const struct hcl_lower *c, uint32_t node, size_t operand,
                                       uint32_t item);
/** Of all items of a batch, node being item 0's. May append copy rows. */
struct hcl_planes hcl_planes_of(struct hcl_lower *c, uint32_t node);
/** The node that reads an input of the model as planes of a stride, if nothing else reads it; else HCL_NONE.
 */
uint32_t hcl_planes_input_reader(const struct hcl_lower *c, uint32_t tensor);
/** Lay out such an input, of all items, as the planes of that node. Item n's elements are the program's
 * inputs from number bases[n*apart] on. */
void hcl_planes_place_input(struct hcl_lower *c, uint32_t node, const uint32_t *bases, size_t apart);
/** Copy an image channel by channel, at a pitch that leaves a zero between its rows, which padded
 * convolutions behind it need; the copy is the tensor's view from then on. */
void hcl_planes_copy_view(struct hcl_lower *c, uint32_t node, uint32_t tensor);
/** Whether every cell of the planes that is no element is a copy of 0. */
bool hcl_planes_clear(const struct hcl_lower *c, uint32_t node, const struct hcl_planes *p);
/** The node's kernel element that tap (dy, dx) of a phase is: *ky, *kx; false if there is none. */
bool hcl_planes_tap(const struct hcl_planes *p, const struct hcl_fx_node *nd, uint32_t phase, uint32_t dy,
                    uint32_t dx, uint32_t *ky, uint32_t *kx);
/** The node's kernel in the order of the planes, [O][kernel_h][kernel_w][group] with the `group` planes each
 * output reads (CONV: all, DEPTHWISE: the phases of its channel); taps that do not exist are 0. The caller
 * frees it; NULL on a machine that only counts weights, and when out of memory: the machine has failed then.
 */
int64_t *hcl_planes_kernel(struct hcl_lower *c, const struct hcl_fx_node *nd, const struct hcl_planes *p,
                           uint32_t group);
/* What a CONV adds to its outputs: output o's cells are those of rows [first_row + o*stride, .. + rows), the
 * first of them at position `at` counted from position -front_rows*L. at = HCL_NONE: one cell, the o-th of
 * the last O of rows [first_row, .. + rows), at every position. */
struct hcl_residual {
    uint32_t first_row, rows, stride, at;
    uint32_t bits; /* it is multiplied by 2^bits */
};
/** May append copy rows. rows = 0: the node adds nothing. */
struct hcl_residual hcl_planes_residual(struct hcl_lower *c, uint32_t node, const struct hcl_planes *p);
/** Append the output rows of a linear node, which then own the views of its output tensors, one for each
 * item. passes, limbs: where its kernel is, as struct hcl_block says; r: what is added, or NULL. Returns the
 * first row; output o has *rows_each rows and its functional Z_o = sum_p z_p s^(..) in A0 of its last one.
 * gathers: sum_o t^(O-1-o) Z_o is in B of the very last one; else B is free in all of them. */
uint32_t hcl_planes_outputs(struct hcl_lower *c, uint32_t node, const struct hcl_planes *p, uint32_t group,
                            const uint32_t *passes, uint32_t limbs, const struct hcl_residual *r,
                            bool gathers, uint32_t *rows_each);

#endif

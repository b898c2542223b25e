/* SPDX-License-Identifier: Apache-2.0 */
/* An input whose channels are of different magnitudes, as features of a table are: shares beside incomes. One
 * scale for all of them would leave the small ones no bits. */
#ifndef HCL_COMPILER_QUANTIZE_EQUALIZE_H
#define HCL_COMPILER_QUANTIZE_EQUALIZE_H

#include "compiler/quantize/calibrate.h"

/** Of each input: where rounding it at one scale moves a score by more than `bound` of their range, and all
 * that reads it is linear with constant weights of its own: give channel i shift[i] fraction bits more than
 * the input has, so that all channels reach about as far as the largest, and divide the weights that meet it
 * by 2^shift[i], which is exact. margin: of the input's range. Updates c->most and c->channel_shift. */
HCL_MUST_CHECK hcl_status hcl_equalize_inputs(struct hcl_graph *g, struct hcl_calibration *c, double margin,
                                              double bound, struct hcl_err *err);

/** A node with a filter of its own: a constant that nothing else reads. */
bool hcl_equalize_is_layer(const struct hcl_graph *g, const struct hcl_node *n);
/** Such nodes, each by its channels, are all that reads a tensor, and there is one. */
bool hcl_equalize_read_by_layers(const struct hcl_graph *g, uint32_t tensor);

#endif

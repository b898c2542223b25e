/* SPDX-License-Identifier: Apache-2.0 */
/* Layers whose channels are of different magnitudes, as a batch normalisation leaves them that was folded
 * into a filter: a channel that hardly varies, behind it a weight of thousands. One scale for all channels
 * would leave the small ones no bits, and one for all weights none to the others. */
#ifndef HCL_COMPILER_QUANTIZE_EQUALIZE_LAYERS_H
#define HCL_COMPILER_QUANTIZE_EQUALIZE_LAYERS_H

#include "compiler/quantize/calibrate.h"

/* The graph of a calibration with other constants: of tensor t channel i is 2^shift[t][i] times what it is
 * there; shift[t] is NULL where all are 0. Nodes and everything else are the calibration's graph's. */
struct hcl_equalized {
    struct hcl_graph graph; /* tensors its own, data of constants if own[t] */
    float **own;
    int8_t **shift;
};

/** Where a layer's output is read by nothing but layers, and a filter of these would be at least 2 bits
 * longer for a few channels alone: each channel of the output takes bits that it lacks to the largest, from
 * the weights that make it to those that read it, which is exact. A function that clamps is not reached by
 * `margin` times what the channel showed on the samples. Updates c->most. Release with hcl_equalized_clear,
 * also after a failure. */
HCL_MUST_CHECK hcl_status hcl_equalize_layers(struct hcl_equalized *out, struct hcl_calibration *c,
                                              double margin, struct hcl_err *err);
void hcl_equalized_clear(struct hcl_equalized *e);

#endif

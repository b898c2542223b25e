/* SPDX-License-Identifier: Apache-2.0 */
/* Convolutions by computed filters, or with computed biases. */
#ifndef HCL_COMPILER_FRONTEND_IMPORT_PATCHES_H
#define HCL_COMPILER_FRONTEND_IMPORT_PATCHES_H

#include "compiler/frontend/import.h"

/* One axis: tap k of result o reads element (o*stride + k*step + first) / apart of x, where that is a whole
 * number and x has it, else 0. */
struct hcl_patch_axis {
    uint32_t in, out, taps;
    int64_t stride, step, first, apart;
};

/* What a convolution is; taps and channels of a result are one axis of matrices. */
struct hcl_patches {
    struct hcl_patch_axis axis[3]; /* depth, height, width; a depth of 1 where there is none */
    uint32_t batch, channels, groups, outputs;
    uint32_t x, filter, bias; /* of the graph; the filter as [groups, outputs, taps and channels], or else */
    bool turned;              /* [groups, taps and channels, outputs]; a bias of `outputs`, or none */
    struct hcl_function act;
};

/** Whether operand k is there and no constant. */
bool hcl_import_computes(const struct hcl_import *im, const struct hcl_tfl_op *op, size_t k);
/** The operator's result, of shape `to`. */
hcl_status hcl_import_patches(struct hcl_import *im, const struct hcl_tfl_op *op, const struct hcl_patches *p,
                              const struct hcl_map_shape *to);
/* CONV_2D, DEPTHWISE_CONV_2D and CONV_3D by a computed filter, or with a computed bias. */
hcl_status hcl_import_conv_2d_computed(struct hcl_import *im, const struct hcl_tfl_op *op);
hcl_status hcl_import_depthwise_computed(struct hcl_import *im, const struct hcl_tfl_op *op);
hcl_status hcl_import_conv_3d_computed(struct hcl_import *im, const struct hcl_tfl_op *op);

#endif

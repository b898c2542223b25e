/* SPDX-License-Identifier: Apache-2.0 */
/* Convolutions and dense layers as products of matrices (common/gemm/gemm.h), for the float model and for the
 * interpreter of the fixed-point one: windows are gathered as columns, filters are rows. */
#ifndef HCL_COMPILER_GRAPH_PRODUCTS_H
#define HCL_COMPILER_GRAPH_PRODUCTS_H

#include "common/gemm/gemm.h"

/* Images of height x width x channels and the windows on them. A dense layer over `rows` vectors is an image
 * of 1 x rows with a kernel of 1 x 1. */
struct hcl_windows {
    uint32_t height, width, channels;
    uint32_t kernel_h, kernel_w, stride_y, stride_x, pad_top, pad_left;
    uint32_t out_h, out_w, outputs;
    uint32_t images;
    uint32_t gap_y, gap_x; /* elements left out between neighbouring taps */
};

/* Samples that are run together, so that filters are read and packed once for all of them: as many as keep
 * their values fewer than the weights, which is where that pays. The same on every machine. */
#define HCL_MOST_BATCH 8
static inline size_t hcl_batch_of(size_t weights, size_t values)
{
    const size_t fit = weights / (values + 1);
    return fit < 1 ? 1 : fit < HCL_MOST_BATCH ? fit : HCL_MOST_BATCH;
}

/* Images in HWC order: as floats, each where it is, or as doubles, one after the other. */
struct hcl_window_images {
    const double *doubles;
    const float *const *floats; /* NULL: doubles */
};

/** *out: outputs x positions sums, without bias, for hcl_mem_free_secret; positions = images*out_h*out_w,
 * image after image; output o of position p is (*out)[o*positions + p]. filters:
 * outputs x (kernel_h*kernel_w*channels), taps in the order [ky][kx][channel]; what of a window lies outside
 * of the image is 0. Each sum is one chain in this order, or with one position the eight of hcl_gemv.
 * HCL_NO_RESOURCE: out of memory; *out is NULL then.
 */
HCL_MUST_CHECK hcl_status hcl_window_products(double **out, const struct hcl_windows *w,
                                              const struct hcl_window_images *x,
                                              const struct hcl_gemm_a *filters, int threads,
                                              struct hcl_err *err);

#endif

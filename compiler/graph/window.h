/* SPDX-License-Identifier: Apache-2.0 */
/* Where the window of a convolution or pool meets the image, along one axis. */
#ifndef HCL_COMPILER_GRAPH_WINDOW_H
#define HCL_COMPILER_GRAPH_WINDOW_H

#include <stdint.h>

/** Kernel positions [*first, *last) of the window at output `position` that are inside an image of `size`.
 *  before < kernel is the padding in front; image coordinate of kernel position k: position*stride + k -
 * before. */
static inline void hcl_window_inside(uint32_t position, uint32_t stride, uint32_t before, uint32_t kernel,
                                     uint32_t size, uint32_t *first, uint32_t *last)
{
    uint64_t start = (uint64_t)position * stride;
    uint64_t end = (uint64_t)size + before - start;
    *first = start < before ? (uint32_t)(before - start) : 0;
    *last = end < kernel ? (uint32_t)end : kernel;
}

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* Where the window of a convolution or pool meets the image, along one axis. */
#ifndef HCL_COMPILER_GRAPH_WINDOW_H
#define HCL_COMPILER_GRAPH_WINDOW_H

#include <stdint.h>

/** Elements that a window of `kernel` taps reaches over, `gap` being left out between neighbours. */
static inline uint64_t hcl_window_span(uint32_t kernel, uint32_t gap)
{
    return kernel + (uint64_t)(kernel - 1) * gap;
}

/** Kernel positions [*first, *last) of the window at output `position` that are inside an image of `size`;
 * *first = *last: none is. before < span is the padding in front; image coordinate of kernel position k:
 * position*stride + k*(gap + 1) - before. */
static inline void hcl_window_inside(uint32_t position, uint32_t stride, uint32_t gap, uint32_t before,
                                     uint32_t kernel, uint32_t size, uint32_t *first, uint32_t *last)
{
    const uint64_t start = (uint64_t)position * stride, step = (uint64_t)gap + 1;
    const uint64_t end = ((uint64_t)size + before - start + gap) / step;
    *last = end < kernel ? (uint32_t)end : kernel;
    *first = start < before ? (uint32_t)((before - start + gap) / step) : 0;
    *first = *first < *last ? *first : *last;
}

#endif

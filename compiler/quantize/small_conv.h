/* SPDX-License-Identifier: Apache-2.0 */
/* Convolutions of small numbers: operands that fit 16 bits, sums that fit 32, which is what quantised models
 * have. Every window is gathered once and multiplied with all filters, eight products to an instruction of
 * any x86-64. Exact: whoever uses it gets the sums that 64-bit arithmetic gives. Local, single-threaded. */
#ifndef HCL_COMPILER_QUANTIZE_SMALL_CONV_H
#define HCL_COMPILER_QUANTIZE_SMALL_CONV_H

#include "common/sys/status.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct hcl_small_conv {
    uint32_t outputs;
    size_t taps, stride; /* of a filter, and of one filter to the next: padded with zeros */
    int16_t *filters, *image, *patch;
    size_t image_len;
};

/** Convert an image and outputs x taps weights. *fits is false, and *c empty, when they are not small:
 *  an operand beyond 16 bits, or (largest pixel) * (largest sum of a filter's magnitudes) beyond 32.
 *  Free with hcl_small_conv_clear, which wipes what came from the image. */
HCL_MUST_CHECK hcl_status hcl_small_conv_init(struct hcl_small_conv *c, bool *fits, const int64_t *image,
                                              size_t image_len, const int64_t *weights, uint32_t outputs,
                                              size_t taps, struct hcl_err *err);
void hcl_small_conv_clear(struct hcl_small_conv *c);

/** c->patch[at ..] = the image's elements [from, from + count). The caller fills all taps but those outside
 *  of the image, which hcl_small_conv_blank has set to 0. */
void hcl_small_conv_blank(struct hcl_small_conv *c);
void hcl_small_conv_gather(struct hcl_small_conv *c, size_t at, size_t from, size_t count);

/** sums[o] = the sum of filter o over the patch, without bias. */
void hcl_small_conv_sums(const struct hcl_small_conv *c, int64_t *sums);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* Integer kernels of linear blocks: the polynomial product of an input channel with one tap, all positions,
 * those between and before the image included. Used by hcl_block_run (program.h), which is in the same
 * source. */
#ifndef HCL_COMMON_WITNESS_CONV_H
#define HCL_COMMON_WITNESS_CONV_H

#include <stddef.h>
#include <stdint.h>

/** acc[front + e - shift] += w*x[e] for e < n. acc has at least front + n entries, shift <= front.
 *  The caller bounds the sums below 2^63. */
void hcl_conv_channel(int64_t *acc, size_t front, const int64_t *x, size_t n, size_t shift, int64_t w);

#endif

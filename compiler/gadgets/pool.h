/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of a node that combines the elements of windows, channel by channel. Only windows with equally many
 * elements inside the image share rows. */
#ifndef HCL_COMPILER_GADGETS_POOL_H
#define HCL_COMPILER_GADGETS_POOL_H

#include "compiler/gadgets/lanes.h"

struct hcl_pool {
    struct hcl_lower *c;
    const struct hcl_fx_node *n;
    const uint32_t *in_dims, *dims;
    const struct hcl_view *in;
    uint32_t node, fn, zero_range; /* fn: of the rescale, or relu of differences */
    struct hcl_view out;
};

/** Of a node; fn and zero_range are the caller's to set. */
struct hcl_pool hcl_pool_of(struct hcl_lower *c, uint32_t node);
/** R = c0*R + c1*Y, Y the k-th window elements of n outputs. */
void hcl_pool_load(const struct hcl_pool *p, int64_t c0, int64_t c1, const size_t *outputs, uint32_t n,
                   uint32_t k);
/* Computes n outputs whose windows have `size` elements, in neighbouring Y cells from *first on. */
typedef void (*hcl_pool_rule)(const struct hcl_pool *p, const size_t *outputs, uint32_t n, uint32_t size,
                              uint32_t *first);
/** All outputs by a rule. */
void hcl_gadget_pool(struct hcl_lower *c, struct hcl_pool *p, hcl_pool_rule rule);

#endif

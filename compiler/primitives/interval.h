/* SPDX-License-Identifier: Apache-2.0 */
/* Interval arithmetic for the bounds of primitives. Operands are below 2^48 and tensors below 2^28 elements,
 * so sums of products stay below 2^125. */
#ifndef HCL_COMPILER_PRIMITIVES_INTERVAL_H
#define HCL_COMPILER_PRIMITIVES_INTERVAL_H

#include "compiler/fixed/fixed_graph.h"

struct hcl_interval {
    __int128 lo, hi;
};

static inline struct hcl_interval hcl_interval_of(int64_t lo, int64_t hi)
{
    return (struct hcl_interval){ lo, hi };
}

static inline struct hcl_interval hcl_interval_times(struct hcl_interval a, struct hcl_interval b)
{
    const __int128 p[4] = { a.lo * b.lo, a.lo * b.hi, a.hi * b.lo, a.hi * b.hi };
    struct hcl_interval r = { p[0], p[0] };
    for (int i = 1; i < 4; i++) {
        r.lo = p[i] < r.lo ? p[i] : r.lo;
        r.hi = p[i] > r.hi ? p[i] : r.hi;
    }
    return r;
}

static inline struct hcl_interval hcl_interval_plus(struct hcl_interval a, struct hcl_interval b)
{
    return (struct hcl_interval){ a.lo + b.lo, a.hi + b.hi };
}

static inline struct hcl_interval hcl_interval_hull(struct hcl_interval a, struct hcl_interval b)
{
    return (struct hcl_interval){ a.lo < b.lo ? a.lo : b.lo, a.hi > b.hi ? a.hi : b.hi };
}

static inline struct hcl_interval hcl_interval_scaled(struct hcl_interval a, int64_t by)
{
    return hcl_interval_times(a, hcl_interval_of(by, by));
}

/** What the elements of a tensor are in. */
static inline struct hcl_interval hcl_interval_range(const struct hcl_fx_graph *g, uint32_t tensor)
{
    return hcl_interval_of(g->tensors[tensor].lo, g->tensors[tensor].hi);
}

#endif

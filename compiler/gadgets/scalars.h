/* SPDX-License-Identifier: Apache-2.0 */
/* A few scalars, one per lane: hints and the rows that leave them one value. Each function takes n <= L
 * neighbouring Y cells from `first` on and returns the first of n. */
#ifndef HCL_COMPILER_GADGETS_SCALARS_H
#define HCL_COMPILER_GADGETS_SCALARS_H

#include "compiler/gadgets/gadget.h"

/* Numbers of up to 2*bits bits are two limbs in [0, 2^bits). */
struct hcl_limbs {
    uint32_t bits, fn, range;
};
struct hcl_limbs hcl_limbs_of(struct hcl_lower *c, uint32_t bits);

/* What hints are about: scalar j's are the `count` cells from first + j*stride on. */
struct hcl_hinted {
    uint32_t first, stride, count;
};
/** Y = hint and R = Y. */
uint32_t hcl_scalar_hint(struct hcl_lower *c, hcl_hint_kind kind, struct hcl_hinted of, int64_t by,
                         uint32_t n);
/** R in [0, 2^(2*bits)): leaves the lower limb in R, returns the cells of the upper one. */
uint32_t hcl_scalar_split(struct hcl_lower *c, const struct hcl_limbs *l, uint32_t n);
/** 0 <= R <= factor*u + add, u: the cells from `u` on. The bound must be below 2^(2*bits). */
void hcl_scalar_within(struct hcl_lower *c, const struct hcl_limbs *l, int64_t factor, uint32_t u,
                       int64_t add, uint32_t n);
/** by/u, rounded: floor((2*by + u) / (2*u)), for integers u > 0, 2*u and the quotient below 2^(2*bits), by <
 * 2^60. */
uint32_t hcl_scalar_quotient(struct hcl_lower *c, const struct hcl_limbs *l, int64_t by, uint32_t u,
                             uint32_t n);
/** floor(sqrt(v)) for integers v in [0, 2^(4*bits - 2)). */
uint32_t hcl_scalar_root(struct hcl_lower *c, const struct hcl_limbs *l, uint32_t v, uint32_t n);
/** R/by, rounded half up, for integers R with a quotient in +-2^(4*bits - 2). */
uint32_t hcl_scalar_divide(struct hcl_lower *c, const struct hcl_limbs *l, int64_t by, uint32_t n);

#endif

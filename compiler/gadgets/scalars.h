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

/* A row of registers: R = c0*R + c1*Y + c2*R*Y, R of the row above on the right. */
struct hcl_scalar_step {
    int64_t c0, c1, c2;
};
/** Y from the n cells. */
void hcl_scalar_op(struct hcl_lower *c, struct hcl_scalar_step by, uint32_t first, uint32_t n);
/** Y = hint: of scalar j's own cells, `stride` behind those of the scalar before. */
uint32_t hcl_scalar_hint(struct hcl_lower *c, struct hcl_scalar_step by, struct hcl_hint hint,
                         uint32_t stride, uint32_t n);
/** R in [0, 2^(2*bits)): leaves the lower limb in R, returns the cells of the upper one. */
uint32_t hcl_scalar_split(struct hcl_lower *c, const struct hcl_limbs *l, uint32_t n);
/** 0 <= R <= factor*u + add, u: the cells from `u` on. The bound must be below 2^(2*bits). */
void hcl_scalar_within(struct hcl_lower *c, const struct hcl_limbs *l, int64_t factor, uint32_t u,
                       int64_t add, uint32_t n);
/** The cells from y on are by/u, rounded: floor((2*by + u) / (2*u)), for integers u > 0, 2*u and the quotient
 * below 2^(2*bits), by < 2^60. */
void hcl_scalar_quotient(struct hcl_lower *c, const struct hcl_limbs *l, int64_t by, uint32_t u, uint32_t y,
                         uint32_t n);
/** floor(sqrt(R)) for integers R in [0, 2^(4*bits - 2)). Rides must have been started. */
uint32_t hcl_scalar_root(struct hcl_lower *c, const struct hcl_limbs *l, uint32_t n);
/** R/by, rounded half up, for integers R, if something else shows that it is an integer far below the field's
 * size divided by `by`. */
uint32_t hcl_scalar_divide(struct hcl_lower *c, int64_t by, uint32_t n);

#endif

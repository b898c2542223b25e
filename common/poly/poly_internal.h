/* SPDX-License-Identifier: Apache-2.0 */
/* Scans over sixteen neighbouring parts of equal length at once, one part per lane of two IFMA vectors.
 * Contracts as poly.c's functions for one part; part p is at [p*len, (p+1)*len). */
#ifndef HCL_COMMON_POLY_POLY_INTERNAL_H
#define HCL_COMMON_POLY_POLY_INTERNAL_H

#include "common/field/fr.h"

#include <stdbool.h>

enum { HCL_POLY_LANES = 16, HCL_POLY_TERMS = 16 };

/* Prepared weights of a combination. */
struct hcl_poly_factors {
    uint64_t limb[HCL_POLY_TERMS][5][5];
};
/** count <= HCL_POLY_TERMS. */
void hcl_poly_fix_lanes(struct hcl_poly_factors *out, const hcl_fr *weights, size_t count);
/** acc[i] = (add ? acc[i] : 0) + sum over j < count of factor[j]*f[j][i], i < n. */
void hcl_poly_combine_lanes(hcl_fr *acc, bool add, const hcl_fr *const *f,
                            const struct hcl_poly_factors *factors, size_t count, size_t n);
/** value[p] = part p as a polynomial at x. */
void hcl_poly_eval_lanes(hcl_fr *value, const hcl_fr *f, size_t len, const hcl_fr *x);
/** Synthetic division by X - z in place; carry[p] comes from above part p. */
void hcl_poly_div_lanes(hcl_fr *f, size_t len, const hcl_fr *z, const hcl_fr *carry);
/** value[p] = product of part p. */
void hcl_poly_product_lanes(hcl_fr *value, const hcl_fr *a, size_t len);
/** Running products in place, part p beginning with start[p]. */
void hcl_poly_prefix_lanes(hcl_fr *a, size_t len, const hcl_fr *start);
/** value[p] = Horner's rule over part p, its first element highest. */
void hcl_poly_horner_lanes(hcl_fr *value, const hcl_fr *b, size_t len, const hcl_fr *c);
/** The recurrence x -> c*x + b with all its steps, part p beginning with start[p]. out may be b. */
void hcl_poly_recur_lanes(hcl_fr *out, const hcl_fr *b, size_t len, const hcl_fr *c, const hcl_fr *start);

#endif

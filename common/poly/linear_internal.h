/* SPDX-License-Identifier: Apache-2.0 */
/* The sums of linear.h over integers below 2^32. A signed cell v of b bits goes in as the digit v + 2^(b-1),
 * which is not negative; what the offsets add is subtracted from the sums. A cell of 64 bits is two terms, of
 * its low and of its high 32 bits.
 *
 * Field elements take part as the integers of memory, a*2^256 mod r; an integer times that is again one, so
 * sums of products only have to be reduced modulo r. */
#ifndef HCL_COMMON_POLY_LINEAR_INTERNAL_H
#define HCL_COMMON_POLY_LINEAR_INTERNAL_H

#include "common/field/fr.h"

enum {
    HCL_LINEAR_TERMS = 128,    /* of one pass over the rows */
    HCL_LINEAR_ROWS = 8192,    /* most rows of one evaluation */
    HCL_LINEAR_TILE = 64,      /* rows of a step of a combination, */
    HCL_LINEAR_LONG_TILE = 256 /* of an evaluation */
};

typedef enum { HCL_LINEAR_8, HCL_LINEAR_16, HCL_LINEAR_32, HCL_LINEAR_LOW, HCL_LINEAR_HIGH } hcl_linear_load;

struct hcl_linear_term {
    const void *cells;
    size_t stored; /* cells from here on are 0 */
    hcl_linear_load load;
    uint32_t offset; /* digit of a cell that is 0 */
    hcl_fr factor;
};

struct hcl_linear_pass {
    struct hcl_linear_term term[HCL_LINEAR_TERMS];
    size_t count;
    hcl_fr minus_offsets; /* - sum of offset*factor */
};

/** out[i] = digit of row first + i. */
void hcl_linear_digits(uint32_t *out, const struct hcl_linear_term *t, size_t first, size_t count);

/* One pass over rows first.. : linear_scalar.c, or linear_ifma.c where hcl_field_has_ifma(). */

/** out[i] = (add ? out[i] : 0) + minus_offsets + sum over j of factor[j]*digit[j][first + i], i < count. */
void hcl_linear_combine_scalar(hcl_fr *out, bool add, const struct hcl_linear_pass *p, size_t first,
                               size_t count);
void hcl_linear_combine_lanes(hcl_fr *out, bool add, const struct hcl_linear_pass *p, size_t first,
                              size_t count);
/** sums[j] = sum of digit[j][first + i]*at[i], without the factors, and sums[p->count] = sum of at[i], i <
 * count <= HCL_LINEAR_ROWS. */
void hcl_linear_evaluate_scalar(hcl_fr *sums, const struct hcl_linear_pass *p, const hcl_fr *at, size_t first,
                                size_t count);
void hcl_linear_evaluate_lanes(hcl_fr *sums, const struct hcl_linear_pass *p, const hcl_fr *at, size_t first,
                               size_t count);

#endif

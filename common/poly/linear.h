/* SPDX-License-Identifier: Apache-2.0 */
/* Sums over many compact columns at once: combinations of columns, and evaluations of columns against one
 * vector. The integers are multiplied as they are, without becoming field elements first; cells of eight
 * bytes cost two multiplications, columns of field elements one of full size each.
 * `threads`: as in common/poly/poly.h. Results are canonical and do not depend on it. Nothing is allocated;
 * up to 160 KiB of stack. */
#ifndef HCL_COMMON_POLY_LINEAR_H
#define HCL_COMMON_POLY_LINEAR_H

#include "common/poly/compact.h"

/** out[i] = (add ? out[i] : 0) + sum over j < num of weights[j]*columns[j][first + i], i < count. A column
 * may come more than once. out overlaps no column of field elements. */
void hcl_linear_combine(hcl_fr *out, bool add, const struct hcl_compact *const *columns,
                        const hcl_fr *weights, size_t num, size_t first, size_t count, int threads);
/** values[j] = sum over i < count of columns[j][first + i]*at[i], j < num. */
void hcl_linear_evaluate(hcl_fr *values, const struct hcl_compact *const *columns, size_t num,
                         const hcl_fr *at, size_t first, size_t count, int threads);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* Which rank has which rows: consecutive blocks of whole units of HCL_ROWS_UNIT rows (or of the largest power
 * of two that divides n), whose sizes differ by at most one unit, longer ones first. So row b of a unit is
 * the rank's that has the unit, whatever part of a coset (worker/rounds/coset.h) it is in. The only place
 * where this is decided, for rows of Lagrange vectors, of cosets and for coefficients alike. */
#ifndef HCL_COMMON_HALO2_ROWS_H
#define HCL_COMMON_HALO2_ROWS_H

#include <stddef.h>

#define HCL_ROWS_UNIT 8

/** Block of `rank` among `ranks` > 0: rows [*first, *first + *count). Blocks are disjoint, in rank order and
 * cover [0, n); ranks beyond the units get none. */
void hcl_rows_of(size_t n, int ranks, int rank, size_t *first, size_t *count);

#endif

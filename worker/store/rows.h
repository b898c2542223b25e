/* SPDX-License-Identifier: Apache-2.0 */
/* Which rank has which rows: consecutive blocks whose sizes differ by at most one, longer ones first. The
 * only place where this is decided, for rows of Lagrange vectors, of cosets and for coefficients alike. */
#ifndef HCL_WORKER_STORE_ROWS_H
#define HCL_WORKER_STORE_ROWS_H

#include <stddef.h>

/** Block of `rank` among `ranks` > 0: rows [*first, *first + *count). Blocks are disjoint, in rank order and
 * cover [0, n); ranks beyond n get none. */
void hcl_rows_of(size_t n, int ranks, int rank, size_t *first, size_t *count);

#endif

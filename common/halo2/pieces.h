/* SPDX-License-Identifier: Apache-2.0 */
/* Who commits to which rows of several vectors. A multi-scalar multiplication of few rows costs more a row
 * than one of many, so ranks get few long pieces rather than rows of every vector: as if the vectors lay end
 * to end and were cut into parts that take equally long. */
#ifndef HCL_COMMON_HALO2_PIECES_H
#define HCL_COMMON_HALO2_PIECES_H

#include "common/sys/status.h"

#include <stddef.h>
#include <stdint.h>

/* Rows [first, first + count), count > 0, of a vector. */
struct hcl_piece {
    uint32_t vector, rank;
    size_t first, count;
};

/* Field elements are sent; integers become some. */
#define HCL_MOVED_VALUES 1.02
#define HCL_MOVED_INTEGERS 1.1

/* By vector, each in order of its rows; no rank has two pieces of one vector. */
struct hcl_pieces {
    struct hcl_piece *piece;
    size_t count;
};

/** A cost for these: of a vector of n rows, `own` of which have a scalar of their own and `again` one that
 * other rows have, too, or a small one; 1 for n scalars of their own. The same on all ranks. */
double hcl_pieces_cost(size_t n, size_t own, size_t again);
/** Cut vectors of n > 0 rows each. owner: of each the rank that has all of it, which keeps what it can, for
 * what others commit to has to move; NULL: they lie in row blocks (common/halo2/rows.h), which stay as they
 * are unless others save more than moving costs. cost: of each, committed to at once, in any unit, > 0; NULL:
 * all the same. moved: how much longer rows take that are another rank's, HCL_MOVED_*. A pure function
 * without anything that depends on the processor: all ranks get the same. */
hcl_status hcl_pieces_cut(struct hcl_pieces *out, size_t n, int ranks, const uint32_t *owner,
                          const double *cost, double moved, size_t vectors, struct hcl_err *err);
void hcl_pieces_clear(struct hcl_pieces *p);

/** What the slowest rank takes, in units of the costs, moving aside. */
double hcl_pieces_slowest(const struct hcl_pieces *p, size_t n, int ranks, const double *cost);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* Products of phase 1 that ride on register rows: those leave the accumulators of their rows alone, so a sum
 * of products a_0*b_0 + a_1*b_1 + .. takes no rows where enough registers follow. */
#ifndef HCL_COMPILER_GADGETS_RIDES_H
#define HCL_COMPILER_GADGETS_RIDES_H

#include "compiler/gadgets/gadget.h"

struct hcl_ride {
    struct hcl_cell a, b;
    bool cont;            /* goes on with the sum of the ride before */
    struct hcl_cell *sum; /* set to the A0 cell when it has a row; NULL: not wanted */
    struct hcl_cell equal;
    bool ties; /* the A0 cell is `equal` */
};
struct hcl_rides {
    struct hcl_ride *list;
    size_t count, next, cap;
    uint32_t last_row; /* of the ride before */
};

/** Products wait from here on for rows that hcl_lane_append appends, all of which follow each other until
 * hcl_rides_end: the sums that span several rows need that. */
void hcl_rides_start(struct hcl_lower *c, struct hcl_rides *r);
/** a*b, added to the sum of the product before if cont. a, b: as for hcl_machine_dot, in rows that exist. */
void hcl_ride(struct hcl_lower *c, struct hcl_cell a, struct hcl_cell b, bool cont, struct hcl_cell *sum);
/** The same; the sum is what this cell holds. */
void hcl_ride_equal(struct hcl_lower *c, struct hcl_cell a, struct hcl_cell b, bool cont,
                    struct hcl_cell equal);
/** Append a row, with the product that waits first if it can ride. */
uint32_t hcl_lane_append(struct hcl_lower *c, struct hcl_row_spec *spec);
/** Rows of their own for those that still wait. */
void hcl_rides_end(struct hcl_lower *c);

#endif

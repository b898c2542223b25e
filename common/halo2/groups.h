/* SPDX-License-Identifier: Apache-2.0 */
/* The fold of all constraints as a sum of programs that read few columns each, for a prover with too little
 * memory for all columns on a coset at once: it has those of one program there at a time, besides the ones
 * that several read. A gate that reads many columns, f*(a + b + ..), is f*a + f*b + .., whose terms may be in
 * different programs; columns that are multiplied by each other are in the same one, but for those that are
 * multiplied by so many that they had better stay. A pure function of the circuit. */
#ifndef HCL_COMMON_HALO2_GROUPS_H
#define HCL_COMMON_HALO2_GROUPS_H

#include "common/halo2/constraints.h"
#include "common/halo2/savings.h"

/* Inputs of kind HCL_COL_ROWS: the points X, l_0, l_last, l_active; by index. */
enum { HCL_ROWS_OF_X, HCL_ROWS_OF_FIRST, HCL_ROWS_OF_LAST, HCL_ROWS_OF_ACTIVE };

struct hcl_groups {
    struct hcl_eval *programs; /* [count]: one output each, their sum is the fold */
    hcl_fr **scalars;          /* [count]; NULL before hcl_groups_challenges */
    size_t count;
};

/** At most `most` programs, of columns or sums of them as hcl_constraints_init_linear has them, and no more
 * than there are columns that can be apart. The circuit has no look-up arguments. */
hcl_status hcl_groups_init(struct hcl_groups *g, const struct hcl_circuit *c, size_t most,
                           struct hcl_err *err);
/** The programs' scalars. */
hcl_status hcl_groups_challenges(struct hcl_groups *g, const struct hcl_circuit *c,
                                 const struct hcl_challenges *challenges, struct hcl_err *err);
void hcl_groups_clear(struct hcl_groups *g);
/* Whose a column is that the programs read: a rank. */
typedef uint32_t (*hcl_column_owner)(const void *ctx, hcl_column column);
/** Of the rank with most, its columns in memory at most, when those of a program are there only while it
 * runs, and those that several read all the time. owner: NULL with one rank. */
hcl_status hcl_groups_owned(size_t *most, const struct hcl_groups *g, size_t ranks, hcl_column_owner owner,
                            const void *ctx, struct hcl_err *err);
/** The same for each number of groups that savings may have: columns[most], most = 2, 4, .. HCL_MOST_GROUPS;
 * other places stay. */
hcl_status hcl_groups_count(uint32_t *columns, const struct hcl_circuit *c, size_t ranks,
                            hcl_column_owner owner, const void *ctx, struct hcl_err *err);

#endif

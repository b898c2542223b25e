/* SPDX-License-Identifier: Apache-2.0 */
/* Which rank has a column as a whole: each rank gets as many columns that are transformed as the others,
 * since owners do that alone, then about as much of what is committed together, which is cut into even pieces
 * anyway (pieces.h): the less of it moves. Pure functions: all ranks get the same. */
#ifndef HCL_COMMON_HALO2_OWNERS_H
#define HCL_COMMON_HALO2_OWNERS_H

#include <stddef.h>
#include <stdint.h>

/* One transform of a column in units of committing one: measured ratios are 1/20 to 1/10. A column is
 * transformed to coefficients once, then to each of the degree - 1 cosets. */
#define HCL_OWNERS_TRANSFORM 0.07
/* What linear columns cost instead: three passes over compact cells. */
#define HCL_OWNERS_LINEAR 0.005

/* A column that all ranks transform to a coset together (worker/rounds/rows_ntt.h) takes so many times as
 * long, all ranks' time, as one that its owner does alone. */
#define HCL_OWNERS_TOGETHER 2.5

/* By rank: commitments of the group at hand, and what is not shared. */
struct hcl_owners {
    double *group, *load;
    int ranks;
};

/* A column's kin is a number that it has in common with others which are made of the same cells. */
#define HCL_OWNERS_NO_KIN UINT32_MAX

void hcl_owners_begin(struct hcl_owners *o);
/** The rank with the least load, then the least of the group, then the lowest, gets one more column; of a
 * linear one, which is hardly any load, the rank with the least of the group, then the least load. */
uint32_t hcl_owners_take(struct hcl_owners *o, double commit, double rest);
/** A group of columns, dear ones first (the usual greedy rule for even loads). commit, rest: what
 * each is of the group and of the load. order: scratch, [count]. */
void hcl_owners_spread(struct hcl_owners *o, uint32_t *owner, const double *commit, const double *rest,
                       size_t count, uint32_t *order);
/** owned[rank]: columns that ranks have to transform at the same time. So many of its own each does, and
 * those that are left of ranks with more are done by all together, which takes least time; *together: how
 * many those are. */
size_t hcl_owners_alone(const size_t *owned, int ranks, size_t *together);

/* Columns that have owners, [count]. */
struct hcl_owned {
    uint32_t *owner;
    const uint32_t *phase, *kin; /* which are committed together; HCL_OWNERS_NO_KIN: of no kin */
    const double *commit, *rest; /* as hcl_owners_spread */
    size_t count;
};
/** Exchange owners of columns that are alike in phase, commit and rest, so that columns of one kin are on few
 * ranks, and few kins on each: no rank's load changes. scratch: [ranks + count]. */
void hcl_owners_join(const struct hcl_owned *c, int ranks, uint32_t *scratch);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* A few full-size scalars times a few points that many columns share: the blinded rows at the end of columns
 * of small values. Signed windows of all points together (Straus) over one table of multiples, which takes
 * 0.1 ms for six rows; buckets would take fifteen times that for any small number of terms. */
#ifndef HCL_WORKER_ROUNDS_TAIL_H
#define HCL_WORKER_ROUNDS_TAIL_H

#include "common/curve/g1.h"

enum { HCL_TAIL_MAX = 16, HCL_TAIL_WIDTH = 5, HCL_TAIL_MULTIPLES = 1 << (HCL_TAIL_WIDTH - 1) };

struct hcl_tail {
    size_t count;
    hcl_g1 multiple[HCL_TAIL_MAX][HCL_TAIL_MULTIPLES]; /* [i][j] = (j + 1)*bases[i] */
};

/** count <= HCL_TAIL_MAX. */
void hcl_tail_init(struct hcl_tail *t, const hcl_g1 *bases, size_t count);
/** *out = sum of scalars[i] times the last `count` of the bases, count <= t->count. */
void hcl_tail_sum(hcl_g1_jac *out, const struct hcl_tail *t, const hcl_fr *scalars, size_t count);

#endif

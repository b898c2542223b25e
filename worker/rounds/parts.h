/* SPDX-License-Identifier: Apache-2.0 */
/* The multi-scalar multiplications of several columns, shared out to the threads of one rank. */
#ifndef HCL_WORKER_ROUNDS_PARTS_H
#define HCL_WORKER_ROUNDS_PARTS_H

#include "worker/rounds/merge.h"

/* Rows [first, first + count) of one column: field elements, or a compact column. */
struct hcl_scalars {
    const hcl_fr *values;              /* [count], of row `first` on */
    const struct hcl_compact *compact; /* if values is NULL; of all rows */
    size_t first, count;
};

/** out[c] = sum of the scalars of column c times the bases of their rows. bases: of all rows. merge: equal
 * scalars are likely (hcl_terms_merge); within a limit (common/sys/mem.h) merged terms are there of as many
 * columns at a time as leave room to multiply. */
hcl_status hcl_columns_msm(hcl_g1_jac *out, const struct hcl_scalars *scalars, size_t columns,
                           const hcl_g1 *bases, bool merge, int threads, struct hcl_err *err);

/* A range of one column's terms; the sum of its parts is the column's. */
struct hcl_part {
    struct hcl_terms terms; /* owns nothing */
    size_t column;
    hcl_g1_jac sum;
};

/** Cuts columns into parts, so that `threads` threads that take one part after the other, in order, end at
 * about the same time. Parts of a column are in order of its terms in memory, none is empty. *out: malloc'ed,
 * *count of them; the longest first. */
hcl_status hcl_parts_cut(struct hcl_part **out, size_t *count, const struct hcl_terms *terms, size_t columns,
                         size_t threads, struct hcl_err *err);

#endif

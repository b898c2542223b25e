/* SPDX-License-Identifier: Apache-2.0 */
/* Weighted sums of compact columns, in blocks of rows. What every rank has, each adds up in its own rows; the
 * rest owners add up whole, and their summands travel. */
#ifndef HCL_WORKER_ROUNDS_COMPACT_SUM_H
#define HCL_WORKER_ROUNDS_COMPACT_SUM_H

#include "worker/worker.h"

/* Columns with their weights. */
struct hcl_weighted {
    const struct hcl_compact **columns;
    hcl_fr *weights;
    size_t count;
};

struct hcl_compact_sum {
    struct hcl_weighted mine, everywhere; /* of this rank alone; of all */
    bool *has;                            /* by rank: it has columns of the first kind */
    size_t ranks;
};

/** For sums of at most so many terms. Local. */
hcl_status hcl_compact_sum_init(struct hcl_compact_sum *s, const struct hcl_worker *w, size_t most,
                                struct hcl_err *err);
void hcl_compact_sum_clear(struct hcl_compact_sum *s);
/** A sum of nothing. */
void hcl_compact_sum_start(struct hcl_compact_sum *s);
/** Adds weight times a column, which is compact where it is. The same calls on all ranks; weight matters
 * where the column is. */
void hcl_compact_sum_add(struct hcl_compact_sum *s, const struct hcl_worker *w, size_t id,
                         const hcl_fr *weight);
/** block := this rank's rows of the sum. Collective; moves n elements out of each rank that has columns that
 * others do not, and in for each of them. Returns whether anything was added; if not, block is as it was. */
bool hcl_compact_sum_rows(const struct hcl_compact_sum *s, struct hcl_worker *w, hcl_fr *block);

#endif

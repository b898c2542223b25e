/* SPDX-License-Identifier: Apache-2.0 */
/* Shorter multi-scalar multiplications: sum s_i P_i over many equal s_i is the sum over distinct s of s times
 * the sum of their P_i. One addition replaces a term, which costs an addition per window of its scalar.
 * Columns of running products and sums stay the same for long, and those of look-up helpers repeat. */
#ifndef HCL_WORKER_ROUNDS_MERGE_H
#define HCL_WORKER_ROUNDS_MERGE_H

#include "common/curve/g1.h"
#include "common/poly/compact.h"

struct hcl_terms {
    const hcl_fr *scalars; /* or: */
    const void *integers;  /* signed ones of `width` bytes */
    int width;
    const hcl_g1 *bases;
    size_t count;
    double work;  /* estimate: 1 per full-size scalar that is not 0 */
    double fixed; /* the same of what a part costs that does not depend on its length */
    void *owned;  /* memory of merged terms, or NULL */
};

/** Terms with the same sum as scalars[i]*bases[i], i < n, which they may borrow. The scalars are merged where
 * that is worth it; without memory for it they are left as they are. Local, one thread. */
struct hcl_terms hcl_terms_merge(const hcl_fr *scalars, const hcl_g1 *bases, size_t n);
/** The terms as they are. */
struct hcl_terms hcl_terms_plain(const hcl_fr *scalars, const hcl_g1 *bases, size_t n);
/** The same of the cells of rows first..first+n-1 of a compact column of one digit, without its listed rows.
 */
struct hcl_terms hcl_terms_cells(const struct hcl_compact *c, size_t first, const hcl_g1 *bases, size_t n);
/** And of the listed ones among them, copied. */
hcl_status hcl_terms_listed(struct hcl_terms *t, const struct hcl_compact *c, size_t first,
                            const hcl_g1 *bases, size_t n, struct hcl_err *err);
/** Wipes what is owned. */
void hcl_terms_clear(struct hcl_terms *t);

#endif

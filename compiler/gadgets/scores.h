/* SPDX-License-Identifier: Apache-2.0 */
/* Products whose results are the scores of a SOFTMAX and nothing else: rows that hold differences from the
 * maximum of their vector and exponentials in place of the scores (docs/arithmetization.md). */
#ifndef HCL_COMPILER_GADGETS_SCORES_H
#define HCL_COMPILER_GADGETS_SCORES_H

#include "compiler/gadgets/product.h"

/* Vector h*a.width + p is row p of product h. */
struct hcl_scores {
    uint32_t node;        /* the SOFTMAX, for labels */
    uint32_t fn;          /* exponentials of differences */
    uint32_t range;       /* of scores: a table of them */
    const uint32_t *kept; /* [vector][b.width]: HCL_FX_NONE where an element takes no part; NULL: all do */
    int64_t gap;          /* what a computed mask takes from an element; 0: there is none */
    const uint32_t *mask; /* by vector: first row of its mask, from lane 0 on */
    uint32_t *rows;       /* filled: by vector, the first row of its exponentials, from lane 0 on */
};

/** The rows that products take so less those that they take otherwise, exponentials not counted. */
int64_t hcl_scores_price(const struct hcl_lower *c, const struct hcl_products *p);
/** Append the rows: of every vector with elements that take part, as Y cells of whole rows, what fn has of
 * their differences from the largest of them, and 0; passes in t over them and their totals, which both end
 * in the row with the last such element. p's function and results are not used. */
void hcl_gadget_scores(struct hcl_lower *c, const struct hcl_products *p, const struct hcl_scores *s);

#endif

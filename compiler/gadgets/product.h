/* SPDX-License-Identifier: Apache-2.0 */
/* Products of matrices that are both computed: C[p, o] = sum_k A[p, k] B[k, o], by
 *
 *   sum_o t^o Z_o(s) = sum_k X_k(s) V_k(t),   X_k = sum_p s^p A[p, k],   V_k = sum_o t^o B[k, o]
 *
 * (docs/arithmetization.md): a row of a product in `depth` rows, one lane of an output row for each element
 * of C, and no multiplication. */
#ifndef HCL_COMPILER_GADGETS_PRODUCT_H
#define HCL_COMPILER_GADGETS_PRODUCT_H

#include "compiler/gadgets/gadget.h"

/* The matrices of one operand: `count` of them, Y cells [count][depth][width]. */
struct hcl_factors {
    uint32_t *cells;
    uint32_t count, width;
};

/* `count` products of the same shape. Matrices that several of them read are listed once; what is read of
 * them is computed once. */
struct hcl_products {
    uint32_t count, depth;
    struct hcl_factors a, b;           /* width: of A rows, of B columns */
    const uint32_t *a_index, *b_index; /* [count]: which of the matrices */
    uint32_t fn, range;                /* of the outputs' rescale */
    int64_t divisor;
    bool along_b;  /* rows of the results are read as vectors: they had better lie side by side */
    uint32_t node; /* for labels */
    uint32_t *out; /* filled with Y cells: [count][a.width][b.width] */
};

/** Append the rows. The operands lie where they are if every one of their rows (A: column k, B: row k) is a
 * run of neighbouring cells, and that takes no more rows than copies; so it is with which of the two is
 * summed in s: with A the outputs of one o, with B those of one p are neighbours. */
void hcl_gadget_products(struct hcl_lower *c, const struct hcl_products *p);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of a tensor by computed scalars: y[p, i] = fn(rescale(a_p x[p, i] + b_p, S)). Once a_p and b_p are
 * cells this is linear: with X_p(t) = sum_i t^(N-1-i) x[p, i] over the N cells of a row, and Z_p likewise
 * over the accumulators,
 *
 *   Z_p(t) = a_p X_p(t) + b_p G(t),   G = sum of t^(N-1-i) over all N cells
 *
 * so a result takes one lane and a row a product or two (docs/arithmetization.md). Accumulators behind the
 * last element follow from whatever x is there; they are not looked up, and their y is 0. */
#ifndef HCL_COMPILER_GADGETS_SCALE_H
#define HCL_COMPILER_GADGETS_SCALE_H

#include "compiler/gadgets/gadget.h"

/* Vectors of n elements, each at the start of whole rows of its own: element e of vector p is Y cell (first +
 * p*rows)*L + e. The cells behind the last element hold 0. */
struct hcl_vectors {
    uint32_t first, rows, n, count;
};

/** The Y cells of a view, vectors along its channels one behind the other; from malloc. NULL: the machine
 * failed. */
uint32_t *hcl_vectors_of(struct hcl_lower *c, const struct hcl_view *v);
/** Vectors along the channels of a view: where they lie, or as copies. */
struct hcl_vectors hcl_vectors_of_view(struct hcl_lower *c, uint32_t node, const struct hcl_view *v);
/** The Y cells [count][n] as vectors: where they lie, or as copies. */
struct hcl_vectors hcl_vectors_place(struct hcl_lower *c, uint32_t node, const uint32_t *cells,
                                     uint32_t count, uint32_t n);
static inline uint32_t hcl_vectors_row(const struct hcl_vectors *v, uint32_t p)
{
    return v->first + p * v->rows;
}
static inline uint32_t hcl_vectors_cell(const struct hcl_machine *m, const struct hcl_vectors *v, uint32_t p)
{
    return hcl_vectors_row(v, p) * m->lanes;
}
/** Cell with G(t) of a vector in `rows` rows. */
struct hcl_cell hcl_vectors_ones(struct hcl_machine *m, uint32_t rows);

/* What all rows of a Scale share. */
struct hcl_scaling {
    uint32_t node, rows;
    int64_t divisor;
    uint32_t fn, limbs; /* limbs 2: the remainder is two look-ups, in two rows per element */
    uint32_t range, low_fn, low_range;
    int64_t low;    /* 2 limbs: r = low*q' + r' */
    uint16_t flags; /* more gates of the rows: passes over the results */
    uint16_t gate;  /* of the sum over accumulators: HCL_ROW_HT, or HCL_ROW_HZ, which is s for t */
};
/** fn: the table of the rescale. Two limbs where the remainder has more than four times as many values. */
struct hcl_scaling hcl_scaling_of(struct hcl_lower *c, uint32_t node, uint32_t rows, int64_t divisor,
                                  uint32_t fn);
/** The lower limb's length, a power of two of about half the divisor's bits, where the results' table has
 * `len` entries; 0: the remainder is one look-up. */
int64_t hcl_scale_low_limb(int64_t divisor, int64_t len);
/** The results of the vector of n elements in rows [in_row, ..): factor and shift are Y cells; no shift,
 * HCL_NONE, is 0, and without a factor it is taken from the elements. Returns their first row. goes_on: the
 * sum over accumulators goes on from the row above. */
uint32_t hcl_scale_rows(struct hcl_lower *c, const struct hcl_scaling *s, uint32_t in_row, uint32_t n,
                        uint32_t factor, uint32_t shift, bool goes_on);
/* The same where a mask is part of the shift: mask_mul times the Y cells of as many rows from mask_row on. */
struct hcl_scaled {
    uint32_t in_row, n, factor, shift;
    uint32_t mask_row, mask_mul; /* mask_mul = 0: there is none */
    bool constant;               /* mask_row is the place of constants in the pool instead */
    const uint32_t *elements;    /* by row: lanes that hold elements; NULL: those of the first n cells */
};
uint32_t hcl_scale_masked_rows(struct hcl_lower *c, const struct hcl_scaling *s, const struct hcl_scaled *v,
                               bool goes_on);
/** Z_p(t) of the results from row `first` on is `right`. */
void hcl_scale_equal(struct hcl_lower *c, const struct hcl_scaling *s, uint32_t first, struct hcl_cell right);

#endif

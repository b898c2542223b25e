/* SPDX-License-Identifier: Apache-2.0 */
/* The copy cycles and the sigma polynomials (docs/formats: FORMAT section 6). A cell is column*n + row, the
 * column being a position in permutation[]. */
#ifndef HCL_COMMON_HALO2_PERMUTATION_H
#define HCL_COMMON_HALO2_PERMUTATION_H

#include "common/halo2/circuit.h"

struct hcl_permutation {
    size_t columns, n;
    uint32_t *next; /* per cell: the cell after it in its cycle; NULL if there are no columns */
};

/** Cycles as halo2 builds them: the order of copies matters. HCL_NO_RESOURCE if there are 2^32 cells or more.
 */
hcl_status hcl_permutation_init(struct hcl_permutation *p, const struct hcl_circuit *c, struct hcl_err *err);
void hcl_permutation_clear(struct hcl_permutation *p);

/** Chunks of degree - 2 columns, each with a product. */
size_t hcl_permutation_chunks(const struct hcl_circuit *c);
/** rows[c] := rows in which a cell of chunk c < hcl_permutation_chunks is copied: in the others its product
 * stays what it was. */
hcl_status hcl_permutation_changes(size_t *rows, const struct hcl_circuit *c, struct hcl_err *err);

/** out[j] = sigma_column[first + j] = DELTA^i' * w^j', j < count. omega_powers: w^0..w^(n-1); delta_powers:
 * DELTA^0..DELTA^(columns-1). */
void hcl_permutation_sigma(hcl_fr *out, const struct hcl_permutation *p, size_t column, size_t first,
                           size_t count, const hcl_fr *omega_powers, const hcl_fr *delta_powers);
/** out[i] = base^i, i < count. */
void hcl_powers(hcl_fr *out, const hcl_fr *base, size_t count);

#endif

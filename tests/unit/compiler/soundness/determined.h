/* SPDX-License-Identifier: Apache-2.0 */
/* What the constraints leave free. Starting from inputs and weights, a cell counts as determined when some
 * constraint leaves it one value given determined cells, and as bounded when it must be the field image of an
 * integer of a known interval. Look-ups, copies and register programs are read from the circuit's fixed
 * columns and copies, not from the compiler's intentions. Taken as theorems: the polynomial identities of
 * linear blocks and of products of matrices, and that hints are tied (docs/arithmetization.md), but for
 * quotients of two operands or by constants and roots; everything around them is derived.
 *
 * A gap, a garbage position or an unused lane that something reads shows up as an output that is not
 * determined; a division whose operands may wrap around the field as one that is not bounded. */
#ifndef HCL_TESTS_DETERMINED_H
#define HCL_TESTS_DETERMINED_H

#include "tests/unit/compiler/support/lowered.h"

struct determined {
    size_t cells, free_cells;   /* Y cells of rows in use; of them not determined */
    size_t free_outputs;        /* elements of outputs and public values */
    size_t unbounded_inputs;    /* inputs and constants that no look-up keeps small */
    size_t divisions, wrapping; /* rescaling lanes; of them with an operand that is not bounded */
};

struct determined hcl_test_determined(const struct lowered *l);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* A circuit more than half of whose columns are linear, fixed and advice ones, at three rotations, with
 * values of every width; beside them a permutation, a look-up argument and a second phase. */
#ifndef HCL_TESTS_MPI_LINEAR_CIRCUIT_H
#define HCL_TESTS_MPI_LINEAR_CIRCUIT_H

#include "common/halo2/circuit.h"
#include "common/halo2/values.h"
#include "common/halo2/witness.h"

enum {
    LINEAR_FIXED = 6,  /* linear fixed columns, after the others */
    LINEAR_ADVICE = 6, /* linear advice columns of phase 0, after the others; there is one more of phase 1 */
    LINEAR_SUMS = 4,
};

struct linear_circuit {
    struct hcl_circuit circuit;
    struct hcl_values instances;
    uint32_t wrong_column; /* advice column and row whose cell is one too large; row SIZE_MAX: none */
    size_t wrong_row;
};

/** k = 6. Aborts with a message when it cannot. */
void linear_circuit_init(struct linear_circuit *l);
void linear_circuit_clear(struct linear_circuit *l);
struct hcl_witness_source linear_circuit_witness(struct linear_circuit *l);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* What is counted of a circuit and its witness program to say what committing to its columns takes: all of it
 * is there before any input. */
#ifndef HCL_COMPILER_LAYOUT_OWN_ROWS_H
#define HCL_COMPILER_LAYOUT_OWN_ROWS_H

#include "common/halo2/circuit.h"
#include "compiler/layout/cost.h"

/** s->own of a shape that says all else of the circuit and its program p. HCL_NO_RESOURCE: no memory, they
 * are not counted. */
hcl_status hcl_own_rows_count(struct hcl_shape *s, const struct hcl_program *p, const struct hcl_circuit *c,
                              struct hcl_err *err);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* Runs a witness program. First the small cells: from the quantised inputs, row by row, in 64-bit integers;
 * then, when the prover asks, columns of field elements (struct hcl_witness_source).
 *
 * The small cells hold the user's data: hcl_witness_clear wipes them. hcl_witness_source's fill is
 * thread-safe once hcl_witness_run has returned; everything else belongs to one thread. */
#ifndef HCL_COMMON_WITNESS_RUN_H
#define HCL_COMMON_WITNESS_RUN_H

#include "common/halo2/witness.h"
#include "common/witness/program.h"

struct hcl_witness {
    const struct hcl_program *prog; /* borrowed */
    struct hcl_witness_team *team;  /* borrowed; NULL: this rank alone. Set by the caller after init */
    struct hcl_cells cells;
    int64_t *multiplicity; /* by table row */
    int64_t *inputs;       /* concatenated */
    size_t num_inputs;
};

HCL_MUST_CHECK hcl_status hcl_witness_init(struct hcl_witness *w, const struct hcl_program *prog,
                                           struct hcl_err *err);
void hcl_witness_clear(struct hcl_witness *w);

/** Values of input tensor `which`, NHWC. HCL_BAD_INPUT: wrong length, or a value outside [lo, hi]. */
HCL_MUST_CHECK hcl_status hcl_witness_set_input(struct hcl_witness *w, size_t which, const int64_t *values,
                                                size_t len, struct hcl_err *err);
/** Fill all small cells and the multiplicities, on every rank of a team (common/witness/team.h) from the same
 * inputs: collective, and a failure is one of all ranks. HCL_BAD_INPUT: a value leaves its look-up table; the
 * message names the layer, row and lane. */
HCL_MUST_CHECK hcl_status hcl_witness_run(struct hcl_witness *w, struct hcl_err *err);
/** Output tensor `which`, NHWC; len elements. After run. */
HCL_MUST_CHECK hcl_status hcl_witness_output(const struct hcl_witness *w, size_t which, int64_t *out,
                                             size_t len, struct hcl_err *err);
/** The instance column: prog->num_instance values. After run. */
void hcl_witness_instance(const struct hcl_witness *w, hcl_fr *out);
/** The advice columns. w must outlive it. */
struct hcl_witness_source hcl_witness_source(struct hcl_witness *w);

/** Count the multiplicities again from the cells as they are, leaving out look-ups that no table row answers;
 * their number is returned. With cells changed by hand this is how tests build the best forgery a cheating
 *  prover could: everything that can be made consistent is. */
size_t hcl_witness_recount(struct hcl_witness *w);

#endif

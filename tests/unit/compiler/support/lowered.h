/* SPDX-License-Identifier: Apache-2.0 */
/* A fixed-point graph lowered to a circuit and run: everything a test needs to check, mutate or forge an
 * assignment. Failures that are not the test's subject end it with a message. */
#ifndef HCL_TESTS_LOWERED_H
#define HCL_TESTS_LOWERED_H

#include "common/halo2/check.h"
#include "common/halo2/circuit.h"
#include "common/witness/columns.h"
#include "common/witness/run.h"
#include "compiler/fixed/fixed_graph.h"
#include "compiler/places.h"
#include "tests/unit/compiler/support/fx_builder.h"

#define LOWERED_RANDOM_ROWS 5 /* of committed weights */

struct lowered {
    const struct hcl_fx_graph *g;
    struct hcl_circuit circuit;
    struct hcl_program prog;
    struct hcl_places places;
    struct hcl_witness w;
    struct hcl_values instances;
    hcl_fr challenges[HCL_NUM_CHALLENGES];
    hcl_fr **advice; /* n values per column */
    bool *copied;    /* [column << k | row]: the advice cell is in a copy constraint */
};

/** Check the graph, lower it with `lanes` lanes, k as small as possible. */
void lowered_build(struct lowered *l, const struct hcl_fx_graph *g, uint32_t lanes);
/** The same with so many weight columns; else there is one more than lanes. */
void lowered_build_columns(struct lowered *l, const struct hcl_fx_graph *g, uint32_t lanes, uint32_t columns);
/** Run on random inputs and compare every output with the interpreter. */
void lowered_run(struct lowered *l, struct hcl_test_random *r);
/** The same on given values of a model with one input, NHWC. */
void lowered_run_on(struct lowered *l, const float *x, size_t len);
/** Draw challenges and fill all advice and instance columns from the witness as it is now. */
void lowered_fill(struct lowered *l, struct hcl_test_random *r);
/** Same with the challenges in l. */
void lowered_fill_again(struct lowered *l);
/** Number of violations (up to 64), the first one printed when `print`. */
size_t lowered_violations(const struct lowered *l, bool print);
void lowered_clear(struct lowered *l);

/** Rows whose label has `what` in it. */
uint32_t lowered_rows_of(const struct lowered *l, const char *what);

#endif

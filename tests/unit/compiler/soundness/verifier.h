/* SPDX-License-Identifier: Apache-2.0 */
/* The whole way: commitments, challenges from the transcript, proof, verifier. */
#ifndef HCL_TESTS_VERIFIER_H
#define HCL_TESTS_VERIFIER_H

#include "tests/unit/compiler/support/lowered.h"

/** Prove `circuit` (of l's shape; usually &l->circuit) with the cells that l's witness holds now, forged or
 * not, without any check on the way, and ask the verifier. The public values are those of the witness. */
bool verifier_accepts(struct lowered *l, const struct hcl_circuit *circuit);

#endif

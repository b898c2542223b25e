/* SPDX-License-Identifier: Apache-2.0 */
/* Random chains of operators: views of one gadget as inputs of every other, gaps, copies and lists. */
#ifndef HCL_TESTS_RANDOM_CHAIN_H
#define HCL_TESTS_RANDOM_CHAIN_H

#include "tests/unit/compiler/support/fx_builder.h"

/** Append one input of at most 8 x 8 x 3, one to six operators, a softmax if wanted, and make the last tensor
 * the output. Visibilities are the caller's. */
void hcl_test_random_chain(struct hcl_fx_graph *g, struct hcl_test_random *r, bool softmax);

/** Append so many operators behind x, whose integers are about 30 at most; the last one's result. */
uint32_t hcl_test_random_steps(struct hcl_fx_graph *g, struct hcl_test_random *r, uint32_t x, uint32_t steps);

/** One block of attention without its norms, of `heads` heads of `depth` channels each, on an input of
 * `tokens` positions. */
void hcl_test_attention(struct hcl_fx_graph *g, struct hcl_test_random *r, uint32_t tokens, uint32_t heads,
                        uint32_t depth);

#endif

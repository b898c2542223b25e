/* SPDX-License-Identifier: Apache-2.0 */
/* What a proof is expected to take, step by step as progress shows them. At first that is what the last proof
 * of this model took here, which the cache keeps. In a first proof it is what the search for scales says of
 * the layout that it is going to find, and once the layout is known what the cost model says, as slow as
 * others that use the machines make it. Local to the rank that shows progress, where nothing else is said. */
#ifndef HCL_COORDINATOR_CLI_EXPECT_H
#define HCL_COORDINATOR_CLI_EXPECT_H

#include "coordinator/cli/session.h"

#define HCL_EXPECT_LEAST 1.0

/** Before compiling, on all ranks. */
void hcl_expect_begin(struct hcl_session *s);
/** Then, on the rank that shows progress. */
void hcl_expect_at_first(struct hcl_session *s);
/** After it, on all ranks: from the sharing of the plan on, by how busy others keep the rank's machine that
 * is busiest; `keys`: from keygen on, now that s->key_cached is known. What the past says stays, unless a key
 * is missing that it had. Collective. */
void hcl_expect_from_layout(struct hcl_session *s, bool keys);
/** When all is done: for the next time. Runs of less than HCL_EXPECT_LEAST seconds are not kept; a cache that
 * cannot be written is no matter. */
void hcl_expect_keep(const struct hcl_session *s);

#endif

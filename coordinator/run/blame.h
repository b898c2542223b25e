/* SPDX-License-Identifier: Apache-2.0 */
/* Which rank has computed something wrong, when a proof does not hold. Collective; HCL_OK: nothing was found,
 * HCL_NO_RESOURCE: the message names the rank and what it had wrong. Both kinds of fault are looked for: in
 * what a rank holds from one proof to the next, which is the same on all ranks or can be made anew and
 * compared, and in what it computed for this proof, which it does again. A proof is a function of what is
 * given and of its blinding, so ranks that repeat it send each other the same bytes; the first message that
 * differs comes from a rank that was wrong once, since all messages before, to all ranks, were the same. */
#ifndef HCL_COORDINATOR_RUN_BLAME_H
#define HCL_COORDINATOR_RUN_BLAME_H

#include "coordinator/run/keygen.h"

/** SRS, circuit and verifying key are the same on all ranks; sigmas and the kept cosets are what they should
 * be. */
hcl_status hcl_blame_standing(struct hcl_comm *comm, const struct hcl_keys *keys, const struct hcl_srs *srs,
                              int threads, struct hcl_err *err);
/** The messages of a proof and of its repetition. */
hcl_status hcl_blame_messages(struct hcl_comm *comm, const struct hcl_comm_log *first,
                              const struct hcl_comm_log *second, struct hcl_err *err);

#endif

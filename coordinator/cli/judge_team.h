/* SPDX-License-Identifier: Apache-2.0 */
/* The float model's products, shared among ranks: rank 0 evaluates the model and has the others multiply
 * their outputs' rows of the filters, which they were given before. Sums are the same as rank 0's alone.
 *
 * Shared are filters that are applied at JUDGE_POSITIONS positions or more: a weight that is used less often
 * costs more to send than to multiply. */
#ifndef HCL_COORDINATOR_CLI_JUDGE_TEAM_H
#define HCL_COORDINATOR_CLI_JUDGE_TEAM_H

#include "common/comm/comm.h"
#include "compiler/graph/graph.h"
#include "compiler/graph/products.h"
#include "compiler/layout/cost.h"

struct hcl_judge_filter; /* a filter that is shared */

struct hcl_judge_team {
    struct hcl_comm *comm; /* borrowed; NULL: there is no team */
    struct hcl_judge_filter *filters;
    uint64_t count;
    struct hcl_multiplier multiplier; /* rank 0: for the judge */
};

/** What is shared of a model that is evaluated `items` times. Local. */
struct hcl_shared_products hcl_judge_team_share(const struct hcl_graph *model, uint32_t items);

/** Each rank's rows of the filters of a model, which rank 0 has and the others pass NULL for. Collective; the
 * team may not be moved after it. */
HCL_MUST_CHECK hcl_status hcl_judge_team_init(struct hcl_judge_team *t, struct hcl_comm *comm,
                                              const struct hcl_graph *model, struct hcl_err *err);
/** Other ranks than 0: multiply until it says that it is done. What fails is rank 0's failure, too. */
void hcl_judge_team_serve(struct hcl_judge_team *t);
/** Rank 0: there is nothing more to multiply. */
void hcl_judge_team_finish(struct hcl_judge_team *t);
void hcl_judge_team_clear(struct hcl_judge_team *t);

#endif

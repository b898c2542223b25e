/* SPDX-License-Identifier: Apache-2.0 */
/* Ranks that judge an input together. All evaluate the float model, node by node, each a part of what is
 * worth cutting (compiler/graph/evaluate.h), and have all of every result then; and each compares tiles of it
 * with its cells (compiler/quantize/compare.h). Rank 0 leads: it has the model, judges, and says what is
 * next. Every number is the one that it would find alone.
 *
 * The others are given before, beside graph and places, of filters that are applied at JUDGE_POSITIONS
 * positions or more their rows, and what other constants nodes take that are no larger than the node's
 * result. What has larger ones rank 0 evaluates for all: a weight that is used less often costs more to send
 * than to multiply. */
#ifndef HCL_COORDINATOR_CLI_JUDGE_TEAM_H
#define HCL_COORDINATOR_CLI_JUDGE_TEAM_H

#include "common/comm/comm.h"
#include "compiler/graph/evaluate.h"
#include "compiler/layout/cost.h"
#include "compiler/quantize/compare.h"

struct hcl_judge_node; /* who evaluates it */

struct hcl_judge_team {
    struct hcl_comm *comm; /* borrowed; NULL: there is no team */
    const struct hcl_graph *model;
    struct hcl_graph own; /* other ranks: the model, without the constants that they have no use for */
    struct hcl_judge_node *nodes;
    float *part, *all;              /* one result on its way */
    struct hcl_float_values values; /* other ranks */
    struct hcl_float_team evaluating;
    struct hcl_comparison *compared; /* by item */
    uint32_t items;
    bool cells;                    /* every rank has them */
    struct hcl_tile_error *errors; /* of this rank's tiles */
    size_t *counts;                /* 2 per rank, for messages */
};

/* What rank 0 judges; borrowed. */
struct hcl_judge_subject {
    const struct hcl_graph *model;
    const struct hcl_fx_graph *fx; /* of one inference */
    const struct hcl_places *places;
    uint32_t items;
};

/** What is shared of a model that is evaluated `items` times. Local. */
struct hcl_shared_products hcl_judge_team_share(const struct hcl_graph *model, uint32_t items);

/** Rank 0 passes what is judged, the others NULL. cells: all ranks will have those of the witness, else rank
 * 0 compares alone. Collective; the team may not be moved after it, and is cleared on failure, too. */
HCL_MUST_CHECK hcl_status hcl_judge_team_init(struct hcl_judge_team *t, struct hcl_comm *comm,
                                              const struct hcl_judge_subject *subject, bool cells,
                                              struct hcl_err *err);
/** Other ranks than 0: help, with these cells, until it says that it is done. What fails is rank 0's failure,
 * too. */
void hcl_judge_team_serve(struct hcl_judge_team *t, const int64_t *y);
/** Rank 0, whose float values of the item are `want`: errors of all tiles. v: for what is computed. */
void hcl_judge_team_compare(struct hcl_judge_team *t, uint32_t item, const int64_t *y,
                            const struct hcl_fx_values *v, float *const *want, struct hcl_tile_error *errors);
/** Rank 0: there is nothing more to do. */
void hcl_judge_team_finish(struct hcl_judge_team *t);
void hcl_judge_team_clear(struct hcl_judge_team *t);

#endif

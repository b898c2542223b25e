/* SPDX-License-Identifier: Apache-2.0 */
/* Ranks that compute one witness together. All of them hold all values Y; the weights, and the products with
 * them, are shared out: an output of a linear block is computed by the rank that has the weight column which
 * holds its weights, and goes to the others as an integer of as few bytes as all of the block's fit. What has
 * no weights is shared out evenly. Quotients Q and remainders R of such outputs are where they are read
 * again: in the rows that a rank counts look-ups and adds up accumulators in, and in its lanes; on all ranks,
 * if one has use for more than half of all lanes. Functions with a team are collective: every rank calls
 * them for the same blocks in the same order, and what fails on one fails on all. */
#ifndef HCL_COMMON_WITNESS_TEAM_H
#define HCL_COMMON_WITNESS_TEAM_H

#include "common/comm/comm.h"
#include "common/witness/program.h"

struct hcl_witness_team {
    struct hcl_comm *comm; /* borrowed */
    const uint32_t *owner; /* by weight column: the rank that has it; borrowed */
    const uint32_t *lanes; /* by rank, bit j: it has use for Q and R of lane j in all rows; borrowed. NULL:
                              all ranks have for all lanes */
    const uint32_t *rows;  /* [ranks + 1]: first of the rows that each rank counts look-ups and adds up
                              accumulators in, and the end (hcl_team_cut_rows); borrowed. NULL: rows are
                              shared out evenly */
    bool ended;            /* something failed, and all ranks know */
};

/* Without a team there is one rank. */
static inline uint32_t hcl_team_ranks(const struct hcl_witness_team *team)
{
    return team ? (uint32_t)hcl_comm_size(team->comm) : 1;
}
static inline uint32_t hcl_team_rank(const struct hcl_witness_team *team)
{
    return team ? (uint32_t)hcl_comm_rank(team->comm) : 0;
}
static inline size_t hcl_team_first(const struct hcl_witness_team *team, size_t count, uint32_t r)
{
    return hcl_comm_first(count, hcl_team_ranks(team), r);
}
/** The first row that rank r counts look-ups and adds up accumulators in; of r = ranks: the end. */
static inline uint32_t hcl_team_first_row(const struct hcl_witness_team *team, const struct hcl_program *p,
                                          uint32_t r)
{
    return team && team->rows ? team->rows[r] : (uint32_t)hcl_team_first(team, p->num_rows, r);
}
/** rows: [ranks + 1], cut so that each rank has about as much to add up as the others: what a row takes hangs
 * on its gates. */
void hcl_team_cut_rows(uint32_t *rows, const struct hcl_program *p, uint32_t ranks);

/** Whether no rank has use for more than half of the lanes: then they hold no others. */
bool hcl_team_lanes_few(const uint32_t *lanes_of, uint32_t ranks, uint32_t lanes);
/** Whether each rank holds all Q and R. */
static inline bool hcl_team_whole(const struct hcl_witness_team *team)
{
    return !team || !team->lanes;
}

/** Whether all ranks need a weight column, not only its owner: the kernels of depthwise convolutions are in
 * the first one. */
bool hcl_program_needs_everywhere(const struct hcl_program *p, uint32_t column);

/** Bytes, at least, of each integer that ranks compute for each other in a block: those of all
 * whose quotients are in the table of the block's first row, or a few times as large. Others make a message
 * longer. */
int hcl_block_width(const struct hcl_program *p, const struct hcl_block *b);
/** Bytes of all such integers of all blocks; of their values, at most, where not all ranks have use for all.
 */
double hcl_program_gathered(const struct hcl_program *p, bool values);
/** Blocks whose outputs ranks compute for each other: each is exchanged before the next begins. */
uint32_t hcl_program_deliveries(const struct hcl_program *p);

/* The outputs of a block, and which of them are this rank's. */
struct hcl_outputs {
    struct hcl_witness_team *team; /* NULL: all are */
    uint32_t all, count;
    uint32_t *rank;  /* [all]; NULL without a team */
    uint32_t *mine;  /* [count], ascending */
    uint32_t *place; /* [all] among `mine`; HCL_NONE: another rank's */
};

/** spread: outputs that take their weights from one column each, output o from that of weight count - 1 - o;
 * NULL: outputs are shared out in runs. */
HCL_MUST_CHECK hcl_status hcl_outputs_init(struct hcl_outputs *out, struct hcl_witness_team *team,
                                           const struct hcl_program *p, uint32_t all,
                                           const struct hcl_spread *spread, struct hcl_err *err);
void hcl_outputs_clear(struct hcl_outputs *o);
/** *z: count*each integers, of this rank's outputs, from hcl_mem_alloc -> all*each, of all of them; they
 * travel in `width` bytes or as many more as they need. Collective; st: what became of this rank's part, *z
 * may be NULL if it failed. A failure is one of all ranks, and ends the team's work. */
HCL_MUST_CHECK hcl_status hcl_outputs_gather(const struct hcl_outputs *o, hcl_status st, int width,
                                             size_t each, int64_t **z, struct hcl_err *err);

/** Of v[0..count) the elements of this rank's share (hcl_team_first) := the sum over all ranks' v; the others
 * are of no more use. Collective; st: of this rank's v, a failure is one of all ranks. team == NULL: nothing
 * to do. */
HCL_MUST_CHECK hcl_status hcl_team_sum_share(const struct hcl_witness_team *team, hcl_status st, hcl_fr *v,
                                             size_t count, struct hcl_err *err);
/** v[0..count) := the sum over all ranks' v on the ranks that want it (by rank); elsewhere it is of no more
 * use. Collective; st: of this rank's v, a failure is one of all ranks. team == NULL: nothing to do. */
HCL_MUST_CHECK hcl_status hcl_team_sum(const struct hcl_witness_team *team, hcl_status st, hcl_fr *v,
                                       size_t count, const bool *wanted, struct hcl_err *err);

#endif

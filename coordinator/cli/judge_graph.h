/* SPDX-License-Identifier: Apache-2.0 */
/* The float model on ranks that help to judge (coordinator/cli/judge_team.h): its nodes, and those of its
 * constants that they take. */
#ifndef HCL_COORDINATOR_CLI_JUDGE_GRAPH_H
#define HCL_COORDINATOR_CLI_JUDGE_GRAPH_H

#include "common/comm/comm.h"
#include "compiler/graph/graph.h"

/* Who evaluates a node. */
enum hcl_judge_how {
    HCL_JUDGE_EVERYWHERE, /* all ranks, each for itself */
    HCL_JUDGE_PARTS,      /* each a part of its elements */
    HCL_JUDGE_FILTER,     /* each the outputs whose rows of the filter it has */
    HCL_JUDGE_ROOT        /* rank 0, for all */
};

struct hcl_judge_node {
    enum hcl_judge_how how;
    float *rows; /* other ranks than 0: of the filter */
    bool owns;   /* rows are this node's to free */
};

/* Positions from which on a filter is worth sending. */
#define HCL_JUDGE_POSITIONS ((size_t)16)

/** By the shapes of a model that has all of its constants. Local. */
enum hcl_judge_how hcl_judge_how_of(const struct hcl_graph *g, const struct hcl_node *n);
/** Rank 0's model and nodes; the others pass NULL and get the graph into *own, to be freed with
 * hcl_graph_clear, and the nodes into *nodes, to be freed. Collective. */
HCL_MUST_CHECK hcl_status hcl_judge_graph_share(struct hcl_comm *comm, const struct hcl_graph *model,
                                                struct hcl_graph *own, struct hcl_judge_node **nodes,
                                                struct hcl_err *err);

#endif

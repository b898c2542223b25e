/* SPDX-License-Identifier: Apache-2.0 */
/* A proof on a number of ranks of a cluster, as the cost model sees it (compiler/layout/cost.h): one rank per
 * NUMA node, the cores of a node shared out to its ranks. Threads are taken to share all of a rank's work.
 * What ranks of one node send each other costs copies; the rest goes through the node's one connection.
 * Local. */
#ifndef HCL_COORDINATOR_CLI_CLUSTER_H
#define HCL_COORDINATOR_CLI_CLUSTER_H

#include "compiler/compile.h"

#include <jansson.h>

struct hcl_cluster {
    uint32_t cores, numa; /* of a node */
    uint64_t memory;      /* bytes of a node; a share HCL_CLUSTER_MEMORY of them is for the ranks */
    double bandwidth;     /* of a node, bytes a second each way */
    double latency;       /* seconds of a message */
};

#define HCL_CLUSTER_MEMORY 0.8

typedef enum {
    HCL_LIMIT_COMPUTATION, /* work that more ranks share */
    HCL_LIMIT_REPEATED,    /* work that every rank does */
    HCL_LIMIT_NETWORK,
    HCL_LIMIT_MEMORY, /* it does not fit */
} hcl_cluster_limit;

struct hcl_cluster_plan {
    uint32_t ranks, nodes, ranks_per_node, threads; /* of a rank */
    uint32_t srs_copies;                            /* on a node */
    struct hcl_cost cost;
    double seconds[HCL_COST_PHASES],
        network[HCL_COST_PHASES]; /* network: of it, on the connection of a node */
    double total, node_seconds;
    double memory;       /* resident, of the rank with most */
    double memory_limit; /* of a rank */
    double sent;         /* bytes of a rank */
    double disk;         /* bytes of SRS, key's commitments and proof, at rank 0 */
    hcl_cluster_limit limit;
};

/** "cores=64,memory=256G,numa=2": what is named replaces what is there. */
hcl_status hcl_cluster_parse_node(struct hcl_cluster *c, const char *text, struct hcl_err *err);
/** "12.5GB/s,2us", "10Gb/s,30us". */
hcl_status hcl_cluster_parse_network(struct hcl_cluster *c, const char *text, struct hcl_err *err);
struct hcl_cluster_plan hcl_cluster_predict(const struct hcl_layout *l, const struct hcl_cluster *c,
                                            uint32_t ranks);
const char *hcl_cluster_limit_text(hcl_cluster_limit limit);
/** The least number of ranks, up to `most`, with which the proof fits; 0: none. */
uint32_t hcl_cluster_least_ranks(const struct hcl_layout *l, const struct hcl_cluster *c, uint32_t most);
/** NULL: out of memory. */
json_t *hcl_cluster_plan_json(const struct hcl_cluster_plan *p);

#endif

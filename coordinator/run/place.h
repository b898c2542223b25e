/* SPDX-License-Identifier: Apache-2.0 */
/* Threads of each rank, and where they run. */
#ifndef HCL_COORDINATOR_RUN_PLACE_H
#define HCL_COORDINATOR_RUN_PLACE_H

#include "common/comm/comm.h"
#include "common/sys/topo.h"

/** Collective, once, at start: share the node's cores out among the ranks that see the same ones, decide the
 * number of threads (wished for, or if 0: OMP_NUM_THREADS, or else one per core of the share; wish->cpus is
 * for all ranks of the node) and bind them if they fill the share. The plan says what came out; clear it with
 * hcl_topo_plan_clear. */
hcl_status hcl_place_threads(struct hcl_topo_plan *plan, struct hcl_comm *comm,
                             const struct hcl_topo_wish *wish, struct hcl_err *err);

#endif

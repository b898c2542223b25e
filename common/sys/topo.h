/* SPDX-License-Identifier: Apache-2.0 */
/* Which processors the threads of one process use, when several processes (ranks) may share a node. The plan
 * is a function of the topology, the position among the processes that see the same processors, and the
 * threads wanted; hwloc's HWLOC_SYNTHETIC="pack:2 [numa] core:4 pu:2" stands in for a machine in tests. */
#ifndef HCL_COMMON_SYS_TOPO_H
#define HCL_COMMON_SYS_TOPO_H

#include "common/sys/status.h"
#include <stdbool.h>
#include <stdint.h>

/* What is asked of a plan. */
struct hcl_topo_wish {
    int threads; /* 0: one per core of the share, more than it has processing units are not given */
    double cpus; /* processors' worth of time that the process gets; 0: no limit */
    bool forced; /* threads as wished, whatever there is for them */
};

struct hcl_topo_plan {
    int threads;    /* to run, at least 1 */
    int wished;     /* how many there would be if forced */
    unsigned *pus;  /* per thread: OS index of the processing unit it belongs on */
    int cores;      /* cores of this process's share */
    int units;      /* processing units of the share: hardware threads */
    int numa_nodes; /* NUMA nodes the share touches */
    int numa_node;  /* the first of them, by its number */
    bool confined;  /* to one NUMA node, whatever is bound: all that this process may use is there */
    bool exclusive; /* no other process of the plan has any of these cores */
};

/** Identity of what this process sees: equal for processes on one host with the same processors allowed
 * (cgroup and CPU affinity), different otherwise. A launcher that has already bound each rank to cores of its
 * own gives each its own identity, and then nothing is left to share out. */
hcl_status hcl_topo_identity(uint64_t *id, struct hcl_err *err);

/** Plan for process `position` of `processes` with the same identity. Cores, in the machine's order (so by
 * NUMA node), are dealt out in consecutive shares whose sizes differ by at most one; processes beyond the
 * number of cores share one. More threads than cores use the cores' further hardware threads; more than those
 * (if forced) repeat. Threads beyond cpus, rounded up, would only wait for their turn. Call before
 * hcl_topo_bind, which narrows what a process sees. */
hcl_status hcl_topo_plan_init(struct hcl_topo_plan *p, int position, int processes,
                              const struct hcl_topo_wish *wish, struct hcl_err *err);
void hcl_topo_plan_clear(struct hcl_topo_plan *p);

/** Bind OpenMP threads 0..threads-1 each to its processing unit. Does nothing (HCL_OK) when OMP_PROC_BIND or
 * OMP_PLACES say that the user has decided, or when the share is not exclusive or smaller than the threads:
 * then the scheduler does better. *bound tells; it may be NULL. A system that refuses is not an error.
 * Threads count as bound to a synthetic machine. */
hcl_status hcl_topo_bind(const struct hcl_topo_plan *p, bool *bound, struct hcl_err *err);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* What control groups (a container, a SLURM job, a systemd unit) leave to this process: memory and CPU time,
 * by groups of version 1 and 2, wherever they are mounted. A limit counts for all that is below it, so each
 * group up to the one that is mounted is looked at. */
#ifndef HCL_COMMON_SYS_CGROUP_H
#define HCL_COMMON_SYS_CGROUP_H

#include <stdint.h>

struct hcl_cgroup_limits {
    uint64_t memory; /* bytes; UINT64_MAX: no limit */
    double cpus;     /* processors' worth of time (cpu.max, cpu.cfs_quota_us); 0: no limit */
};

/** root: put in front of every path that is read, "" for this system's own. What cannot be read limits
 * nothing. */
void hcl_cgroup_read(struct hcl_cgroup_limits *out, const char *root);

#endif

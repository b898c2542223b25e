/* SPDX-License-Identifier: Apache-2.0 */
/* How much memory a rank takes when nobody says: 80 % of what the machine or the control group (a container,
 * a SLURM job) allows, shared by the ranks of the node. */
#ifndef HCL_COORDINATOR_CLI_BUDGET_H
#define HCL_COORDINATOR_CLI_BUDGET_H

#include <stdint.h>

uint64_t hcl_budget_default(int ranks_of_node);
/** Smallest limit of a version 2 control group, from `group` ("/a/b") up to the root under `mount`;
 * UINT64_MAX for none. */
uint64_t hcl_budget_cgroup(const char *mount, const char *group);

#endif

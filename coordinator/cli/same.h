/* SPDX-License-Identifier: Apache-2.0 */
/* One job, one command line. Ranks that were told different things would take different paths and wait for
 * each other for ever: another option in an MPMD line, another release of the program on one node. */
#ifndef HCL_COORDINATOR_CLI_SAME_H
#define HCL_COORDINATOR_CLI_SAME_H

#include "common/comm/comm.h"

/** Collective, before anything that depends on the arguments: HCL_OK when `version` and argv[1..argc) are the
 * same on all ranks (argv[0], the program's path, may differ), else HCL_BAD_INPUT naming the ranks and the
 * first thing that differs from rank 0. */
hcl_status hcl_cli_same(struct hcl_comm *comm, const char *version, int argc, char **argv,
                        struct hcl_err *err);

#endif

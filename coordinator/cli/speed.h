/* SPDX-License-Identifier: Apache-2.0 */
/* How fast this machine is next to the one that the cost model's constants are of. Layouts are chosen without
 * it: the same everywhere. Only what people are told of times takes it in. */
#ifndef HCL_COORDINATOR_CLI_SPEED_H
#define HCL_COORDINATOR_CLI_SPEED_H

#include "compiler/compile.h"

/** This machine's time over the reference machine's, by field multiplications of one thread: 0.67 on one that
 * is 1.5 times as fast. Measured at the first call, for some 3 ms. Not thread-safe. */
double hcl_speed_factor(void);
/** All times of a prediction on this machine. */
void hcl_speed_scale(struct hcl_cost *cost);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* How fast this machine is next to the one that the cost model's constants are of. Layouts are chosen without
 * it: the same everywhere. Only what people are told of times takes it in. `halocline bench calibrate`
 * measures it by kinds of work and keeps it in the cache, a file for each model of processor and kernel;
 * without that file field multiplications stand for all work. Not thread-safe. */
#ifndef HCL_COORDINATOR_CLI_SPEED_H
#define HCL_COORDINATOR_CLI_SPEED_H

#include "compiler/compile.h"

typedef enum { HCL_SPEED_FIELD, HCL_SPEED_MSM, HCL_SPEED_NTT, HCL_SPEED_KINDS } hcl_speed_kind;

/** This machine's time over the reference machine's, of one thread: 0.67 on one that is 1.5 times as fast.
 * Read, or measured for some 3 ms, at the first call. */
double hcl_speed_factor(hcl_speed_kind kind);
/** Whether `bench calibrate` has measured it. */
bool hcl_speed_calibrated(void);
/** All times of a prediction on this machine. */
void hcl_speed_scale(struct hcl_cost *cost);

/** Keep factors for this processor; *path: where, malloc'ed. HCL_NO_RESOURCE: there is no cache. */
hcl_status hcl_speed_keep(const double factor[HCL_SPEED_KINDS], char **path, struct hcl_err *err);
/** Of field multiplications, measured now. */
double hcl_speed_measure_field(void);
/** The processor's name, as the system has it. */
void hcl_speed_cpu(char out[80]);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* Which implementation of the field arithmetic is in use. Chosen once before main(): the best one the machine
 * can run, or the one that HALOCLINE_CPU=portable|adx|ifma names; a name that is unknown or that the machine
 * cannot run ends the process at once with a message. */
#ifndef HCL_COMMON_FIELD_KERNEL_H
#define HCL_COMMON_FIELD_KERNEL_H

#include "common/sys/status.h"
#include <stdbool.h>

/** "portable", "adx" or "ifma". */
const char *hcl_field_kernel_name(void);
/** May code built on common/field/ifma.h run? Only while "ifma" is the kernel in use. */
bool hcl_field_has_ifma(void);
/** Can this machine run the named kernel? False for an unknown name. */
bool hcl_field_kernel_usable(const char *name);
/** Change the kernel, for benchmarks and tests that compare them. Not while other threads compute.
 * HCL_BAD_INPUT for an unknown name, HCL_NO_RESOURCE for one the machine cannot run. */
hcl_status hcl_field_kernel_use(const char *name, struct hcl_err *err) HCL_MUST_CHECK;

#endif

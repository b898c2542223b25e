/* SPDX-License-Identifier: Apache-2.0 */
/* Runs of powers, through the vector field kernels. Local, one thread. */
#ifndef HCL_WORKER_ROUNDS_POWERS_H
#define HCL_WORKER_ROUNDS_POWERS_H

#include "common/field/fr.h"

/** out[i] = base^(first + i), i < count. */
void hcl_powers_run(hcl_fr *out, const hcl_fr *base, uint64_t first, size_t count);
/** out[i] = c, i < count. */
void hcl_fill_run(hcl_fr *out, const hcl_fr *c, size_t count);

#endif

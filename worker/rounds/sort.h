/* SPDX-License-Identifier: Apache-2.0 */
/* The permuted columns of halo2's lookup argument (docs/formats: FORMAT section 10). */
#ifndef HCL_WORKER_ROUNDS_SORT_H
#define HCL_WORKER_ROUNDS_SORT_H

#include "common/field/fr.h"
#include "common/sys/status.h"

/** In place on rows [0, u): a becomes its values sorted ascending as integers; s a permutation of its values
 * that has a[i] on the first row of each run of equal a, and its other values, ascending, on the remaining
 * rows from the last one upwards (the same choice as PSE halo2, so that proofs can be compared).
 * HCL_FALSE_CLAIM names the first row (of the original order) found whose value is not in s. Local, one
 * thread. */
hcl_status hcl_lookup_permute(hcl_fr *a, hcl_fr *s, size_t u, struct hcl_err *err);

#endif

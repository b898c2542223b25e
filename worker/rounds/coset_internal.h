/* SPDX-License-Identifier: Apache-2.0 */
#ifndef HCL_WORKER_ROUNDS_COSET_INTERNAL_H
#define HCL_WORKER_ROUNDS_COSET_INTERNAL_H

#include "worker/rounds/coset.h"

/* The batch, from coefficients to values on the coset for which s->tables are made. */
void hcl_coset_transform(struct hcl_coset *s, struct hcl_worker *w, size_t count);
/* x and the l_* on this rank's rows. scratch: twice as many rows and b + 2 more. */
void hcl_coset_make_vectors(struct hcl_coset *s, const struct hcl_worker *w, const hcl_fr *g,
                            hcl_fr *scratch);

#endif

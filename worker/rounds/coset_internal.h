/* SPDX-License-Identifier: Apache-2.0 */
#ifndef HCL_WORKER_ROUNDS_COSET_INTERNAL_H
#define HCL_WORKER_ROUNDS_COSET_INTERNAL_H

#include "worker/rounds/coset.h"

/* The batch, from coefficients to values on the coset for which s->tables are made. */
void hcl_coset_transform(struct hcl_coset *s, struct hcl_worker *w, size_t count);
/* x and the l_* on this rank's rows. */
void hcl_coset_make_vectors(struct hcl_coset *s, const struct hcl_worker *w, const hcl_fr *g);
/** Of the columns listed those that all ranks will transform together go to the end, s->shared.count of them.
 * Local, the same on all. */
hcl_status hcl_coset_share(struct hcl_coset *s, const struct hcl_worker *w, struct hcl_err *err);
/** What it takes; all zero is fine to clear. */
hcl_status hcl_coset_shared_init(struct hcl_coset *s, const struct hcl_worker *w, struct hcl_err *err);
void hcl_coset_shared_clear(struct hcl_coset_shared *x);
/** Collective: these columns, from coefficients to rows on g*<w>. */
void hcl_coset_shared_load(struct hcl_coset *s, struct hcl_worker *w, const hcl_fr *g);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
#ifndef HCL_WORKER_ROUNDS_COSET_INTERNAL_H
#define HCL_WORKER_ROUNDS_COSET_INTERNAL_H

#include "worker/rounds/coset.h"

/* g*w^part: the generator of a part. */
void hcl_coset_of_part(hcl_fr *out, const struct hcl_worker *w, const hcl_fr *g, uint32_t part);
/* The batch, from coefficients to values on out*<w^parts>, for which s->tables are made. */
void hcl_coset_transform(struct hcl_coset *s, struct hcl_worker *w, size_t count, const hcl_fr *out);
/* l_0 on all rows, when a coset begins, or on those of a part that is a block; x and the l_* of the part. */
void hcl_coset_begin_vectors(struct hcl_coset *s, const struct hcl_worker *w, const hcl_fr *g);
void hcl_coset_take_vectors(struct hcl_coset *s, const struct hcl_worker *w, const hcl_fr *g);

#endif

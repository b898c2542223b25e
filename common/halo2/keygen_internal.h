/* SPDX-License-Identifier: Apache-2.0 */
/* The commitments of a key one by one, for those who make one and those who compare one. */
#ifndef HCL_COMMON_HALO2_KEYGEN_INTERNAL_H
#define HCL_COMMON_HALO2_KEYGEN_INTERNAL_H

#include "common/halo2/keys.h"

/* Fixed columns first, then the permutation's: i counts through both. Another status than HCL_OK ends. */
typedef hcl_status hcl_key_commitment(void *ctx, size_t i, const hcl_g1 *point, struct hcl_err *err);
/** srs->k must be c->k. cache: as in hcl_vk_generate; NULL for those who compare, who trust no folder. */
hcl_status hcl_key_commitments(const struct hcl_circuit *c, const struct hcl_srs *srs,
                               const struct hcl_commit_cache *cache, hcl_key_commitment *take, void *ctx,
                               int threads, struct hcl_err *err);

#endif

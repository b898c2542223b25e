/* SPDX-License-Identifier: Apache-2.0 */
#ifndef HCL_COMMON_HALO2_SRS_INTERNAL_H
#define HCL_COMMON_HALO2_SRS_INTERNAL_H

#include "common/halo2/srs.h"
#include "common/io/reader.h"

#define HCL_SRS_MAX_K 28

/** Allocate both point arrays for 2^k; *out is empty on failure. */
hcl_status hcl_srs_alloc(struct hcl_srs *out, uint32_t k, struct hcl_err *err);
/** Decode `count` consecutive raw (64 bytes each) or compressed (32) points, in parallel. Infinity is
 * refused. */
hcl_status hcl_srs_decode(hcl_g1 *out, const uint8_t *bytes, size_t count, bool raw, const char *name,
                          const char *what, size_t first_offset, int threads, struct hcl_err *err);
/** gl from g: the inverse FFT over the group. */
hcl_status hcl_srs_derive_lagrange(struct hcl_srs *srs, int threads, struct hcl_err *err);
/** Everything from a known secret s. */
hcl_status hcl_srs_from_secret(struct hcl_srs *out, uint32_t k, const hcl_fr *s, int threads,
                               struct hcl_err *err);
/** snarkjs .ptau. */
hcl_status hcl_srs_parse_ptau(struct hcl_srs *out, struct hcl_reader *r, uint32_t max_k, int threads,
                              struct hcl_err *err);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
#ifndef HCL_COMMON_HALO2_SRS_INTERNAL_H
#define HCL_COMMON_HALO2_SRS_INTERNAL_H

#include "common/halo2/srs.h"
#include "common/io/reader.h"

#define HCL_SRS_MAX_K 28

/** Allocate both point arrays for 2^k; *out is empty on failure. */
hcl_status hcl_srs_alloc(struct hcl_srs *out, uint32_t k, struct hcl_err *err);
/** Raw (64 bytes each) or compressed (32) points of a file: point i at place i*step mod count, where step is
 * 1 unless count is a power of two. */
struct hcl_srs_points {
    const uint8_t *bytes;
    size_t count, step;
    bool raw;
    const char *file, *what; /* for messages: where, and what a point is called */
    size_t offset;           /* of bytes within the file */
};
/** Decode in parallel. Infinity is refused. */
hcl_status hcl_srs_decode(hcl_g1 *out, const struct hcl_srs_points *points, int threads, struct hcl_err *err);
/** gl from g: the inverse FFT over the group. */
hcl_status hcl_srs_derive_lagrange(struct hcl_srs *srs, int threads, struct hcl_err *err);
/** Does gl belong to g? By a random linear combination; points on the curve. */
hcl_status hcl_srs_check_lagrange(const struct hcl_srs *srs, int threads, struct hcl_err *err);
/** Everything from a known secret s. */
hcl_status hcl_srs_from_secret(struct hcl_srs *out, uint32_t k, const hcl_fr *s, int threads,
                               struct hcl_err *err);
/** snarkjs' roots of unity are those of the generator 5, ours of 7: 7^t = (5^t)^step, t = (r-1)/2^28. So our
 * Lagrange point i is its point step*i. */
#define HCL_SRS_PTAU_STEP 0x32626e1
/** snarkjs .ptau. Its Lagrange points are taken if it has them, and checked; else they are derived. */
hcl_status hcl_srs_parse_ptau(struct hcl_srs *out, struct hcl_reader *r, uint32_t max_k, int threads,
                              struct hcl_err *err);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
#ifndef HCL_COMMON_HALO2_SRS_INTERNAL_H
#define HCL_COMMON_HALO2_SRS_INTERNAL_H

#include "common/halo2/srs.h"
#include "common/halo2/srs_points.h"
#include "common/io/reader.h"

#define HCL_SRS_MAX_K 28

/** Allocate both point arrays for 2^k; *out is empty on failure. */
hcl_status hcl_srs_alloc(struct hcl_srs *out, uint32_t k, struct hcl_err *err);
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

/* Powers of s in a file that has no Lagrange points, or where those are of no use. */
struct hcl_srs_list {
    hcl_srs_format format;
    const char *name; /* "a gnark SRS", for messages */
    hcl_point_form form;
    const uint8_t *g; /* count points */
    size_t count;
    const uint8_t *g2, *s_g2; /* NULL: the standard generator; NULL: the file has none, or it is found_s_g2 */
    bool found;
    hcl_g2 found_s_g2; /* if found: already read */
};
/** Whose file is it? *is = false: of another program. HCL_BAD_INPUT: of this one, but it cannot be used, and
 * the message says why. Each is told by its length and by the generator that comes first, so that one of both
 * may be damaged. The list borrows r's bytes. */
typedef hcl_status hcl_srs_tell(struct hcl_srs_list *out, bool *is, const struct hcl_reader *r,
                                struct hcl_err *err);
hcl_srs_tell hcl_srs_tell_gnark, hcl_srs_tell_ark, hcl_srs_tell_aztec, hcl_srs_tell_zkey;
/** What a file is that is no SRS over BN254, as far as that can be told: always HCL_BAD_INPUT. */
hcl_status hcl_srs_tell_other(const struct hcl_reader *r, struct hcl_err *err);
/** Do the bytes at `at` begin with the generator of G1 in this form? */
bool hcl_srs_generator_at(const struct hcl_reader *r, size_t at, hcl_point_form form);
/** As many of the list's powers as max_k (0: a power of two of them) asks for, Lagrange points derived.
 * Without [s]G2 in the file it is s_g2 (may be NULL) or that of a known ceremony. */
hcl_status hcl_srs_from_list(struct hcl_srs *out, const struct hcl_srs_list *list, const struct hcl_reader *r,
                             const hcl_g2 *s_g2, uint32_t max_k, int threads, struct hcl_err *err);

#endif

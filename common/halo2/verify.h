/* SPDX-License-Identifier: Apache-2.0 */
/* The verifier (docs/formats: FORMAT sections 8-13). Stricter than stock halo2: trailing bytes and every
 * non-canonical encoding are refused. One MSM over the commitments and one product of two pairings.
 * Thread-safe. */
#ifndef HCL_COMMON_HALO2_VERIFY_H
#define HCL_COMMON_HALO2_VERIFY_H

#include "common/halo2/keys.h"
#include "common/halo2/transcript.h"
#include "common/halo2/values.h"

typedef enum { HCL_SCHEME_SHPLONK, HCL_SCHEME_GWC } hcl_scheme;

/** HCL_OK: the proof convinces. HCL_FALSE_CLAIM: it does not, *err says where it fails. HCL_BAD_INPUT:
 * instances do not fit the circuit (number of columns, more than usable rows). HCL_NO_RESOURCE: memory. */
hcl_status hcl_verify(const struct hcl_vk *vk, const struct hcl_srs_verifier *srs,
                      const struct hcl_values *instances, const uint8_t *proof, size_t proof_len,
                      hcl_scheme scheme, struct hcl_err *err);
/** Same with a transcript the caller has set up (hcl_transcript_init and an observer). */
hcl_status hcl_verify_with(struct hcl_transcript *t, const struct hcl_vk *vk,
                           const struct hcl_srs_verifier *srs, const struct hcl_values *instances,
                           const uint8_t *proof, size_t proof_len, hcl_scheme scheme, struct hcl_err *err);

/** Steps 1 and 2 of FORMAT section 9, for prover and verifier: absorb transcript_repr and the instances. */
hcl_status hcl_transcript_start(struct hcl_transcript *t, const struct hcl_vk *vk,
                                const struct hcl_values *instances, struct hcl_err *err);

#endif

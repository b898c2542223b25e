/* SPDX-License-Identifier: Apache-2.0 */
/* The Fiat-Shamir transcript (docs/formats: FORMAT section 8): BLAKE2b with 64-byte digests, personal
 * "Halo2-Transcript", one running state. Plain data: copy it to fork it or to checkpoint it. */
#ifndef HCL_COMMON_HALO2_TRANSCRIPT_H
#define HCL_COMMON_HALO2_TRANSCRIPT_H

#include "common/curve/g1.h"
#include "common/field/fr.h"
#include "common/io/reader.h"
#include "common/sys/status.h"
#include <sodium.h>

typedef enum {
    HCL_TRANSCRIPT_SCALAR, /* bytes: canonical, 32 */
    HCL_TRANSCRIPT_POINT,  /* bytes: canonical x then y, 64 */
    HCL_TRANSCRIPT_SQUEEZE /* bytes: the digest, 64 */
} hcl_transcript_event;

struct hcl_transcript {
    crypto_generichash_blake2b_state state;
    /* Optional: sees every item in order. For tests and audits. */
    void (*observe)(void *ctx, hcl_transcript_event event, const uint8_t *bytes);
    void *observe_ctx;
};

void hcl_transcript_init(struct hcl_transcript *t);
void hcl_transcript_absorb_scalar(struct hcl_transcript *t, const hcl_fr *s);
/** Infinity is absorbed as zero coordinates. */
void hcl_transcript_absorb_point(struct hcl_transcript *t, const hcl_g1 *p);
void hcl_transcript_squeeze(struct hcl_transcript *t, hcl_fr *out);

/* The proof under construction: scalars and compressed points, nothing else. */
struct hcl_proof {
    uint8_t *data;
    size_t len, cap;
};
void hcl_proof_clear(struct hcl_proof *p);
/** Absorb and append. */
hcl_status hcl_transcript_write_scalar(struct hcl_transcript *t, struct hcl_proof *p, const hcl_fr *s,
                                       struct hcl_err *err);
hcl_status hcl_transcript_write_point(struct hcl_transcript *t, struct hcl_proof *p, const hcl_g1 *q,
                                      struct hcl_err *err);

/* Read from a proof and absorb. Strict: HCL_FALSE_CLAIM for an end of data, a scalar >= r, an invalid or
 * non-canonical point; the message names `what`, its index and the byte offset. */
hcl_status hcl_transcript_read_scalar(struct hcl_transcript *t, struct hcl_reader *proof, hcl_fr *out,
                                      const char *what, size_t index, struct hcl_err *err);
hcl_status hcl_transcript_read_point(struct hcl_transcript *t, struct hcl_reader *proof, hcl_g1 *out,
                                     const char *what, size_t index, struct hcl_err *err);

#endif

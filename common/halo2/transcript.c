/* SPDX-License-Identifier: Apache-2.0 */
#include "common/halo2/transcript.h"
#include <string.h>

static const unsigned char personal[16] = { 'H', 'a', 'l', 'o', '2', '-', 'T', 'r',
                                            'a', 'n', 's', 'c', 'r', 'i', 'p', 't' };

enum { PREFIX_SQUEEZE = 0, PREFIX_POINT = 1, PREFIX_SCALAR = 2 };

void hcl_transcript_init(struct hcl_transcript *t)
{
    memset(t, 0, sizeof *t);
    crypto_generichash_blake2b_init_salt_personal(&t->state, NULL, 0, 64, NULL, personal);
}

static void absorb(struct hcl_transcript *t, hcl_transcript_event event, uint8_t prefix, const uint8_t *bytes,
                   size_t len)
{
    crypto_generichash_blake2b_update(&t->state, &prefix, 1);
    crypto_generichash_blake2b_update(&t->state, bytes, len);
    if (t->observe != NULL)
        t->observe(t->observe_ctx, event, bytes);
}

void hcl_transcript_absorb_scalar(struct hcl_transcript *t, const hcl_fr *s)
{
    uint8_t bytes[32];
    hcl_fr_to_bytes(bytes, s);
    absorb(t, HCL_TRANSCRIPT_SCALAR, PREFIX_SCALAR, bytes, sizeof bytes);
}

void hcl_transcript_absorb_point(struct hcl_transcript *t, const hcl_g1 *p)
{
    uint8_t bytes[64];
    hcl_fq_to_bytes(bytes, &p->x);
    hcl_fq_to_bytes(bytes + 32, &p->y);
    absorb(t, HCL_TRANSCRIPT_POINT, PREFIX_POINT, bytes, sizeof bytes);
}

void hcl_transcript_squeeze(struct hcl_transcript *t, hcl_fr *out)
{
    static const uint8_t prefix = PREFIX_SQUEEZE;
    crypto_generichash_blake2b_state copy;
    uint8_t digest[64];
    crypto_generichash_blake2b_update(&t->state, &prefix, 1);
    copy = t->state;
    crypto_generichash_blake2b_final(&copy, digest, sizeof digest);
    if (t->observe != NULL)
        t->observe(t->observe_ctx, HCL_TRANSCRIPT_SQUEEZE, digest);
    hcl_fr_from_bytes_wide(out, digest);
}

void hcl_proof_clear(struct hcl_proof *p)
{
    free(p->data);
    *p = (struct hcl_proof){ 0 };
}

static hcl_status append(struct hcl_proof *p, const uint8_t bytes[32], struct hcl_err *err)
{
    if (p->cap - p->len < 32) {
        size_t cap = p->cap == 0 ? 4096 : 2 * p->cap;
        void *bigger = realloc(p->data, cap);
        if (bigger == NULL)
            return hcl_fail(err, HCL_NO_RESOURCE, "no memory for a proof of %zu bytes", cap);
        p->data = bigger;
        p->cap = cap;
    }
    memcpy(p->data + p->len, bytes, 32);
    p->len += 32;
    return HCL_OK;
}

hcl_status hcl_transcript_write_scalar(struct hcl_transcript *t, struct hcl_proof *p, const hcl_fr *s,
                                       struct hcl_err *err)
{
    uint8_t bytes[32];
    hcl_fr_to_bytes(bytes, s);
    hcl_transcript_absorb_scalar(t, s);
    return append(p, bytes, err);
}

hcl_status hcl_transcript_write_point(struct hcl_transcript *t, struct hcl_proof *p, const hcl_g1 *q,
                                      struct hcl_err *err)
{
    uint8_t bytes[32];
    hcl_g1_to_compressed(bytes, q);
    hcl_transcript_absorb_point(t, q);
    return append(p, bytes, err);
}

static hcl_status take(struct hcl_reader *proof, const uint8_t **bytes, const char *what, size_t index,
                       struct hcl_err *err)
{
    if (!hcl_read_bytes(proof, bytes, 32))
        return hcl_fail(err, HCL_FALSE_CLAIM, "proof ends at byte %zu inside %s %zu", proof->len, what,
                        index);
    return HCL_OK;
}

hcl_status hcl_transcript_read_scalar(struct hcl_transcript *t, struct hcl_reader *proof, hcl_fr *out,
                                      const char *what, size_t index, struct hcl_err *err)
{
    const uint8_t *bytes;
    hcl_status st = take(proof, &bytes, what, index, err);
    if (st != HCL_OK)
        return st;
    if (!hcl_fr_from_bytes(out, bytes))
        return hcl_fail(err, HCL_FALSE_CLAIM, "%s %zu of the proof at byte %zu is not a scalar below r", what,
                        index, proof->pos - 32);
    hcl_transcript_absorb_scalar(t, out);
    return HCL_OK;
}

hcl_status hcl_transcript_read_point(struct hcl_transcript *t, struct hcl_reader *proof, hcl_g1 *out,
                                     const char *what, size_t index, struct hcl_err *err)
{
    const uint8_t *bytes;
    hcl_status st = take(proof, &bytes, what, index, err);
    if (st != HCL_OK)
        return st;
    if (!hcl_g1_from_compressed(out, bytes))
        return hcl_fail(err, HCL_FALSE_CLAIM,
                        "%s %zu of the proof at byte %zu is not a point of the curve in its only encoding",
                        what, index, proof->pos - 32);
    hcl_transcript_absorb_point(t, out);
    return HCL_OK;
}

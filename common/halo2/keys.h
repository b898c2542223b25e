/* SPDX-License-Identifier: Apache-2.0 */
/* Verifying key and proving key of a circuit.
 * vk bytes are halo2's (docs/formats: FORMAT section 6): they hold commitments only, so reading them needs
 * the circuit. Halocline's own vk file HCLVK001 (hcl_vk_file) holds all an auditor needs: the constraint
 * system without fixed values, the vk bytes, the SRS verifier part and a JSON text of the compiler's. */
#ifndef HCL_COMMON_HALO2_KEYS_H
#define HCL_COMMON_HALO2_KEYS_H

#include "common/halo2/circuit.h"
#include "common/halo2/commit_cache.h"
#include "common/halo2/permutation.h"
#include "common/halo2/srs.h"

typedef enum { HCL_SERDE_PROCESSED, HCL_SERDE_RAW } hcl_serde;

struct hcl_vk {
    const struct hcl_circuit *circuit; /* borrowed: must live as long as the key */
    hcl_g1 *fixed;                     /* num_fixed commitments */
    hcl_g1 *sigma;                     /* num_permutation commitments */
    hcl_fr transcript_repr;
};

/** Keygen. srs->k must equal circuit->k. Commitments are looked up in the cache, and kept there one by one;
 * NULL: none. A cache that cannot be written is worth a warning. */
hcl_status hcl_vk_generate(struct hcl_vk *out, const struct hcl_circuit *c, const struct hcl_srs *srs,
                           const struct hcl_commit_cache *cache, int threads, struct hcl_err *err);
/** From commitments computed elsewhere (copied): for keygen spread over ranks. Computes transcript_repr. */
hcl_status hcl_vk_from_commitments(struct hcl_vk *out, const struct hcl_circuit *c, const hcl_g1 *fixed,
                                   const hcl_g1 *sigma, struct hcl_err *err);
void hcl_vk_clear(struct hcl_vk *vk);

/** halo2's vk bytes, malloc'ed. */
hcl_status hcl_vk_format(const struct hcl_vk *vk, hcl_serde serde, uint8_t **out, size_t *len,
                         struct hcl_err *err);
/** Strict: version, k, flag, count, every point, and the exact length. */
hcl_status hcl_vk_parse(struct hcl_vk *out, const struct hcl_circuit *c, hcl_serde serde, const uint8_t *data,
                        size_t len, const char *name, struct hcl_err *err);

/** The text of the pinned vk (FORMAT section 7), zero-terminated, malloc'ed. */
hcl_status hcl_vk_pinned_text(const struct hcl_vk *vk, char **out, size_t *len, struct hcl_err *err);

/* The values of one fixed column as n Lagrange values (zero-padded). */
void hcl_fixed_values(hcl_fr *out, const struct hcl_circuit *c, uint32_t column);

/* What a prover holds besides the vk and the circuit, whose compact columns it reads: the values of the
 * sigmas. Columns that are not `mine` stay NULL, so that ranks can share them out. */
struct hcl_pk {
    const struct hcl_circuit *circuit; /* borrowed */
    hcl_fr **sigma;                    /* [num_permutation][n] */
};
/** mine(ctx, i): is sigma i? NULL: all are. */
hcl_status hcl_pk_init(struct hcl_pk *out, const struct hcl_circuit *c,
                       bool (*mine)(void *ctx, uint32_t index), void *ctx, int threads, struct hcl_err *err);
void hcl_pk_clear(struct hcl_pk *pk);

/* Everything a verifier needs in one file. Layout, integers LE: magic "HCLVK001" | u32 flags (bit 0: made
 * with an unsafe SRS) | four sections, each u64 length | bytes: circuit.json without values; vk bytes, raw; G
 * raw 64, G2 raw 128, [s]G2 raw 128; meta JSON | 32 bytes BLAKE2b-256 of all before. The hash is the key's
 * id: it covers the SRS, whose replacement would make every claim forgeable, the unsafe mark and the meaning
 * of the public values, which transcript_repr leaves out. Whoever relies on a vk must get it, or its id, from
 * a place they trust. */
#define HCL_VK_ID_BYTES 32
struct hcl_vk_file {
    struct hcl_circuit circuit; /* no fixed values, no copies */
    struct hcl_vk vk;           /* borrows circuit: do not move the struct by assignment */
    struct hcl_srs_verifier srs;
    char *meta; /* zero-terminated */
    uint8_t id[HCL_VK_ID_BYTES];
};
hcl_status hcl_vk_file_read(struct hcl_vk_file *out, const char *path, struct hcl_err *err);
hcl_status hcl_vk_file_parse(struct hcl_vk_file *out, const uint8_t *data, size_t len, const char *name,
                             struct hcl_err *err);
hcl_status hcl_vk_file_format(uint8_t **out, size_t *len, const struct hcl_vk *vk,
                              const struct hcl_srs_verifier *srs, const char *meta, struct hcl_err *err);
hcl_status hcl_vk_file_write(const char *path, const struct hcl_vk *vk, const struct hcl_srs_verifier *srs,
                             const char *meta, struct hcl_err *err);
void hcl_vk_file_clear(struct hcl_vk_file *f);
/** The id that the file of these parts has. */
hcl_status hcl_vk_file_id(uint8_t id[HCL_VK_ID_BYTES], const struct hcl_vk *vk,
                          const struct hcl_srs_verifier *srs, const char *meta, struct hcl_err *err);

#endif

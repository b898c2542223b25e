/* SPDX-License-Identifier: Apache-2.0 */
/* The structured reference string: g[i] = [s^i]G, gl[i] = [L_i(s)]G, G2 and [s]G2 for an s nobody may know.
 * Files it is read from:
 *   ParamsKZG raw or processed (FORMAT section 2), told apart by size; carries no mark, so reading one says
 * nothing about where it came from; HCLSRS01, Halocline's own: magic "HCLSRS01" | u32 LE flags (bit 0: unsafe
 * development SRS, s was known to the program that made it) | u32 LE 0 | 32 bytes BLAKE2b-256 of the flags
 * word and the body | body: ParamsKZG raw; snarkjs .ptau (powers of tau over BN254); lists of powers without
 * Lagrange points, which are then derived: gnark's (srs_gnark.c), arkworks' (srs_ark.c), Barretenberg's
 * (srs_aztec.c), of a PLONK .zkey (srs_zkey.c). Import checks everything
 * by pairings, since a wrong SRS makes every claim forgeable. Points are in the memory budget. Immutable
 * after reading, shareable by threads. */
#ifndef HCL_COMMON_HALO2_SRS_H
#define HCL_COMMON_HALO2_SRS_H

#include "common/curve/g1.h"
#include "common/curve/g2.h"
#include "common/sys/status.h"

/* What a verifier needs. */
struct hcl_srs_verifier {
    hcl_g1 g;        /* g[0] */
    hcl_g2 g2, s_g2; /* generator, [s]G2 */
    bool unsafe;     /* made by hcl_srs_create_unsafe */
};

struct hcl_srs {
    uint32_t k;
    size_t n;
    hcl_g1 *g, *g_lagrange; /* n each */
    struct hcl_srs_verifier verifier;
    /* Of the points as they came, where damage would be on several ranks alike; 0: unknown. */
    uint64_t digest;
};
/** Of the points as they are (common/sys/digest.h), never 0. */
uint64_t hcl_srs_digest(const struct hcl_srs *srs);

typedef enum {
    HCL_SRS_HALOCLINE,
    HCL_SRS_PARAMS_RAW,
    HCL_SRS_PARAMS_PROCESSED,   /* with halo2-axiom's flags; those below can only be read */
    HCL_SRS_PARAMS_PROCESSED_7, /* with those of halo2curves 0.7 and later */
    HCL_SRS_PTAU,
    HCL_SRS_GNARK,
    HCL_SRS_GNARK_DUMP,
    HCL_SRS_ARKWORKS,
    HCL_SRS_AZTEC,
    HCL_SRS_ZKEY,
    HCL_SRS_FORMATS
} hcl_srs_format;

/** "gnark", for people. */
const char *hcl_srs_format_name(hcl_srs_format format);

/* What is wanted of a file. */
struct hcl_srs_wish {
    uint32_t max_k; /* as for hcl_srs_read */
    const hcl_g2
        *s_g2; /* [s]G2 of powers that come without it; NULL: of the ceremony they are known to be of */
};

/** Read any of the formats, told apart by content. max_k: keep at most 2^max_k points (0: all); a bigger file
 * is truncated, its Lagrange part recomputed (not with a .ptau prepared for phase 2, which holds it for every
 * size; that is checked against the powers). Points are checked to be on the curve; the pairing checks are
 * hcl_srs_check. All but ParamsKZG and HCLSRS01 must have 2^max_k points. *format may be NULL. */
hcl_status hcl_srs_read(struct hcl_srs *out, const char *path, uint32_t max_k, hcl_srs_format *format,
                        int threads, struct hcl_err *err);
/** Likewise, with the file that has [s]G2 where the powers have none (NULL: bn254_g2.dat in the same folder,
 * if there is one). */
hcl_status hcl_srs_read_beside(struct hcl_srs *out, const char *path, const char *g2_path, uint32_t max_k,
                               hcl_srs_format *format, int threads, struct hcl_err *err);
/** From memory; name is for messages. */
hcl_status hcl_srs_parse_wish(struct hcl_srs *out, const uint8_t *data, size_t len, const char *name,
                              const struct hcl_srs_wish *wish, hcl_srs_format *format, int threads,
                              struct hcl_err *err);
/** Likewise, with nothing but a size wished for. */
hcl_status hcl_srs_parse(struct hcl_srs *out, const uint8_t *data, size_t len, const char *name,
                         uint32_t max_k, hcl_srs_format *format, int threads, struct hcl_err *err);
/** HCL_SRS_HALOCLINE, _PARAMS_RAW or _PARAMS_PROCESSED. The ParamsKZG formats cannot carry the unsafe mark.
 */
hcl_status hcl_srs_write(const struct hcl_srs *srs, const char *path, hcl_srs_format format,
                         struct hcl_err *err);
void hcl_srs_clear(struct hcl_srs *srs);

/** All of FORMAT section 2's demands: no infinity, G2 points on the curve and in the subgroup, g[0] = G and
 * the G2 generator, e(g[i+1], G2) = e(g[i], [s]G2) and the Lagrange part, by random linear combinations with
 * 128-bit coefficients from the system's generator. HCL_BAD_INPUT says which does not hold. */
hcl_status hcl_srs_check(const struct hcl_srs *srs, int threads, struct hcl_err *err);
/** The part of it that a verifier can see: both generators, [s]G2 in the subgroup and neither infinity nor
 * G2.
 */
hcl_status hcl_srs_check_verifier(const struct hcl_srs_verifier *v, struct hcl_err *err);

/** Only for development: s comes from the seed (32 bytes; NULL: the system's generator) and is wiped. */
hcl_status hcl_srs_create_unsafe(struct hcl_srs *out, uint32_t k, const uint8_t *seed, int threads,
                                 struct hcl_err *err);
/** g_lagrange from g: the inverse FFT over the group, k*n/2 multiplications of points. */
hcl_status hcl_srs_derive_lagrange(struct hcl_srs *srs, int threads, struct hcl_err *err);
/** Make srs smaller in place. k <= srs->k. */
hcl_status hcl_srs_truncate(struct hcl_srs *srs, uint32_t k, int threads, struct hcl_err *err);

/** Identity of the SRS as a verifier sees it: BLAKE2b-256 of raw g[0], G2, [s]G2. Equal for every truncation.
 */
void hcl_srs_id(uint8_t id[32], const struct hcl_srs_verifier *v);

/** HCL_OK if the SRS fits a circuit with 2^k rows, else HCL_NO_RESOURCE naming both sizes. */
hcl_status hcl_srs_require(const struct hcl_srs *srs, uint32_t k, struct hcl_err *err);

/** Commitments. v: n values at w^i (Lagrange basis), or `count` coefficients. srs->k must be the circuit's.
 */
hcl_status hcl_srs_commit_lagrange(hcl_g1 *out, const struct hcl_srs *srs, const hcl_fr *v, int threads,
                                   struct hcl_err *err);
hcl_status hcl_srs_commit_coeffs(hcl_g1 *out, const struct hcl_srs *srs, const hcl_fr *v, size_t count,
                                 int threads, struct hcl_err *err);

#endif

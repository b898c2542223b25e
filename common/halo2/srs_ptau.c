/* SPDX-License-Identifier: Apache-2.0 */
/* snarkjs powers-of-tau files. All integers LE: magic "ptau" | u32 version | u32 number of sections |
 * sections: u32 id | u64 size | bytes. Section 1: u32 bytes per coordinate (32) | the curve's prime q | u32
 * power | u32 ceremony power. Section 2: 2^(power+1) - 1 points [s^i]G1. Section 3: 2^power points [s^i]G2.
 * Section 12, once the file is prepared for phase 2: for 1, 2, 4, ... points one after the other the Lagrange
 * bases [L_i(s)]G1, in the order of snarkjs' roots of unity. Points are affine, coordinates in Montgomery
 * form with R = 2^256, which is our raw encoding. Other sections are skipped. */
#include "common/halo2/srs_internal.h"
#include <string.h>

static const uint8_t bn254_q[32] = {
    0x47, 0xfd, 0x7c, 0xd8, 0x16, 0x8c, 0x20, 0x3c, 0x8d, 0xca, 0x71, 0x68, 0x91, 0x6a, 0x81, 0x97,
    0x5d, 0x58, 0x81, 0x81, 0xb6, 0x45, 0x50, 0xb8, 0x29, 0xa0, 0x31, 0xe1, 0x72, 0x4e, 0x64, 0x30,
};

/* id: what this file calls a section, as snarkjs numbers them */
enum { HEADER, TAU_G1, TAU_G2, TAU_G1_LAGRANGE, WANTED };
static const uint32_t wanted[WANTED] = { 1, 2, 3, 12 };

struct section {
    const uint8_t *bytes;
    size_t len, offset;
};

static hcl_status keep_section(struct section s[WANTED], uint32_t id, struct section found, const char *name,
                               struct hcl_err *err)
{
    for (size_t i = 0; i < WANTED; i++) {
        if (id != wanted[i])
            continue;
        if (s[i].bytes != NULL)
            return hcl_fail(err, HCL_BAD_INPUT, "'%s' has section %u twice", name, id);
        s[i] = found;
    }
    return HCL_OK;
}

static hcl_status find_sections(struct section s[WANTED], struct hcl_reader *r, struct hcl_err *err)
{
    const uint8_t *magic;
    uint32_t version, count;
    hcl_status st = HCL_OK;
    if (!hcl_read_bytes(r, &magic, 4) || !hcl_read_u32le(r, &version) || !hcl_read_u32le(r, &count))
        return hcl_fail_short(err, r, "the ptau header");
    if (version != 1)
        return hcl_fail(err, HCL_BAD_INPUT, "'%s' is a ptau file of version %u, expected 1", r->file,
                        version);
    for (uint32_t i = 0; i < count; i++) {
        struct section found;
        uint32_t id;
        uint64_t size;
        if (!hcl_read_u32le(r, &id) || !hcl_read_u64le(r, &size) || size > hcl_left(r))
            return hcl_fail_short(err, r, "a ptau section");
        found = (struct section){ .len = (size_t)size, .offset = r->pos };
        hcl_read_bytes(r, &found.bytes, found.len);
        HCL_TRY(keep_section(s, id, found, r->file, err));
    }
    if (hcl_left(r) != 0)
        return hcl_fail(err, HCL_BAD_INPUT, "'%s' has %zu bytes after its last section, at byte %zu", r->file,
                        hcl_left(r), r->pos);
    for (size_t i = 0; i < TAU_G1_LAGRANGE; i++)
        if (s[i].bytes == NULL)
            return hcl_fail(err, HCL_BAD_INPUT, "'%s' is a ptau file without section %u", r->file, wanted[i]);
done:
    return st;
}

static hcl_status get_power(uint32_t *power, const struct section *s, const char *name, struct hcl_err *err)
{
    struct hcl_reader r = { .base = s->bytes, .len = s->len, .file = name };
    const uint8_t *q;
    uint32_t coordinate_bytes;
    if (!hcl_read_u32le(&r, &coordinate_bytes))
        return hcl_fail(err, HCL_BAD_INPUT, "the header section of '%s' is too short", name);
    if (coordinate_bytes != 32 || !hcl_read_bytes(&r, &q, 32) || memcmp(q, bn254_q, 32) != 0)
        return hcl_fail(err, HCL_BAD_INPUT, "'%s' is a ptau file of another curve%s, expected BN254 (bn128)",
                        name, coordinate_bytes == 48 ? " (BLS12-381)" : "");
    if (!hcl_read_u32le(&r, power))
        return hcl_fail(err, HCL_BAD_INPUT, "the header section of '%s' is too short", name);
    if (*power < 1 || *power > HCL_SRS_MAX_K)
        return hcl_fail(err, HCL_BAD_INPUT, "bad power %u in '%s', expected 1..%d", *power, name,
                        HCL_SRS_MAX_K);
    return HCL_OK;
}

static hcl_status get_g2(hcl_g2 *out, const struct section *s, size_t index, const char *name,
                         struct hcl_err *err)
{
    if (!hcl_point_g2(out, HCL_POINT_RAW, s->bytes + 128 * index))
        return hcl_fail(err, HCL_BAD_INPUT, "G2 point %zu in '%s' at byte %zu is not a point of BN254's G2",
                        index, name, s->offset + 128 * index);
    return HCL_OK;
}

static hcl_status get_powers(struct hcl_srs *out, const struct section s[WANTED], const char *name,
                             int threads, struct hcl_err *err)
{
    const struct hcl_srs_points points = { .bytes = s[TAU_G1].bytes,
                                           .count = out->n,
                                           .step = 1,
                                           .form = HCL_POINT_RAW,
                                           .file = name,
                                           .what = "tau point",
                                           .offset = s[TAU_G1].offset };
    hcl_status st;
    HCL_TRY(hcl_srs_decode(out->g, &points, threads, err));
    out->verifier.g = out->g[0];
    HCL_TRY(get_g2(&out->verifier.g2, &s[TAU_G2], 0, name, err));
    HCL_TRY(get_g2(&out->verifier.s_g2, &s[TAU_G2], 1, name, err));
done:
    return st;
}

/* Its block of 2^k points begins behind those of the smaller domains. One block of twice the file's power may
 * follow the last; it misses a power of tau and is of no use. */
static hcl_status get_lagrange(struct hcl_srs *out, const struct section *s, uint32_t power, const char *name,
                               int threads, struct hcl_err *err)
{
    const size_t begin = (out->n - 1) * 64, blocks = (((size_t)2 << power) - 1) * 64;
    const struct hcl_srs_points points = { .bytes = s->bytes + begin,
                                           .count = out->n,
                                           .step = HCL_SRS_PTAU_STEP,
                                           .form = HCL_POINT_RAW,
                                           .file = name,
                                           .what = "Lagrange point",
                                           .offset = s->offset + begin };
    hcl_status st;
    if (s->len != blocks && s->len != 2 * blocks + 64)
        return hcl_fail(
            err, HCL_BAD_INPUT,
            "'%s' has %zu bytes of Lagrange points (section 12), expected %zu or %zu for power %u", name,
            s->len, blocks, 2 * blocks + 64, power);
    HCL_TRY(hcl_srs_decode(out->g_lagrange, &points, threads, err));
    st = hcl_srs_check_lagrange(out, threads, err);
    if (st == HCL_BAD_INPUT)
        hcl_fail_prefix(err, st, "section 12 of '%s'", name);
done:
    return st;
}

hcl_status hcl_srs_parse_ptau(struct hcl_srs *out, struct hcl_reader *r, uint32_t max_k, int threads,
                              struct hcl_err *err)
{
    struct section s[WANTED] = { 0 };
    uint32_t power = 0, k;
    hcl_status st;
    HCL_TRY(find_sections(s, r, err));
    HCL_TRY(get_power(&power, &s[HEADER], r->file, err));
    if (s[TAU_G1].len != (((size_t)2 << power) - 1) * 64 || s[TAU_G2].len != ((size_t)1 << power) * 128)
        HCL_TRY(hcl_fail(err, HCL_BAD_INPUT,
                         "'%s' has %zu and %zu bytes of powers, expected %zu and %zu for power %u", r->file,
                         s[TAU_G1].len, s[TAU_G2].len, (((size_t)2 << power) - 1) * 64,
                         ((size_t)1 << power) * 128, power));
    if (max_k > power)
        HCL_TRY(hcl_fail(err, HCL_NO_RESOURCE, "'%s' has power %u, %u is needed", r->file, power, max_k));
    k = max_k == 0 ? power : max_k;
    HCL_TRY(hcl_srs_alloc(out, k, err));
    HCL_TRY(get_powers(out, s, r->file, threads, err));
    if (s[TAU_G1_LAGRANGE].bytes != NULL)
        HCL_TRY(get_lagrange(out, &s[TAU_G1_LAGRANGE], power, r->file, threads, err));
    else
        HCL_TRY(hcl_srs_derive_lagrange(out, threads, err));
done:
    return st;
}

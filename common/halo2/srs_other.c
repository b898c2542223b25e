/* SPDX-License-Identifier: Apache-2.0 */
/* Naming files that are no SRS over BN254: what someone may take for one. */
#include "common/halo2/srs_internal.h"

#include <string.h>

static bool has(const struct hcl_reader *r, size_t at, const void *bytes, size_t len)
{
    return r->len >= at && r->len - at >= len && memcmp(r->base + at, bytes, len) == 0;
}

static bool holds(const struct hcl_reader *r, const char *text)
{
    const size_t most = r->len < 65536 ? r->len : 65536;
    return memmem(r->base, most, text, strlen(text)) != NULL;
}

/* The generator of BLS12-381's G1 among the first bytes: x big-endian, whatever its flags, or little-endian.
 */
static bool is_bls(const struct hcl_reader *r)
{
    static const uint8_t be[8] = { 0xf1, 0xd3, 0xa7, 0x31, 0x97, 0xd7, 0x94, 0x26 };
    static const uint8_t le[8] = { 0xbb, 0xc6, 0x22, 0xdb, 0x0a, 0xf0, 0x3a, 0xfb };
    for (size_t at = 0; at < 80; at++)
        if (has(r, at, be, sizeof be) || has(r, at, le, sizeof le))
            return true;
    return false;
}

static const char *json_name(const struct hcl_reader *r)
{
    if (holds(r, "\"g1_lagrange\"") || holds(r, "\"g1_monomial\"") || holds(r, "\"setup_G1\""))
        return "a JSON trusted setup of EIP-4844, over BLS12-381";
    if (holds(r, "\"tauG1\""))
        return "the JSON that snarkjs exports from a .ptau, which has no points: import the .ptau itself";
    if (holds(r, "\"vk_alpha_1\"") || holds(r, "\"IC\"") || holds(r, "\"Qm\""))
        return "a verification key of snarkjs";
    return "a JSON file";
}

/* ParamsKZG's shape with points of other sizes, or the Pasta curves' ParamsIPA. */
static const char *params_name(const struct hcl_reader *r)
{
    uint32_t k;
    if (r->len < 4)
        return NULL;
    memcpy(&k, r->base, 4);
    if (k < 1 || k > HCL_SRS_MAX_K)
        return NULL;
    if (r->len == 4 + ((size_t)192 << k) + 384 || r->len == 4 + ((size_t)96 << k) + 192)
        return "as long as ParamsKZG over BLS12-381";
    if (r->len == 4 + ((size_t)64 << k) + 64)
        return "as long as halo2's ParamsIPA (Pasta curves), which has no secret and no pairing";
    return NULL;
}

static bool is_power_of_two(size_t n)
{
    return n > 0 && (n & (n - 1)) == 0;
}

/* snarkjs' challenge: a hash of 64 bytes and the points of a .ptau of n = 2^power, uncompressed: 2n-1 and 2n
 * of G1, n+1 of G2. */
static bool is_challenge(const struct hcl_reader *r)
{
    return r->len > 128 && hcl_srs_generator_at(r, 64, HCL_POINT_GNARK_FULL) && (r->len - 128) % 384 == 0 &&
           is_power_of_two((r->len - 128) / 384);
}

/* Its response: the same, compressed, with a public key of 768 bytes. */
static bool is_response(const struct hcl_reader *r)
{
    return r->len > 864 && (r->len - 864) % 192 == 0 && is_power_of_two((r->len - 864) / 192);
}

static const char *name_of(const struct hcl_reader *r)
{
    static const struct {
        const char *magic, *name;
    } magics[] = {
        { "HCLVK", "a verifying key of Halocline" },
        { "HCLSEED1", "a weight seed of Halocline, which is secret" },
        { "r1cs", "a circom circuit (.r1cs)" },
        { "wtns", "a circom witness (.wtns)" },
        { "\x1f\x8b", "compressed by gzip: unpack it first" },
        { "\x28\xb5\x2f\xfd", "compressed by zstd: unpack it first" },
        { "BZh", "compressed by bzip2: unpack it first" },
        { "\xfd"
          "7zXZ",
          "compressed by xz: unpack it first" },
        { "PK\3\4", "a zip archive: unpack it first" },
        { "4096\n65\n", "a text trusted setup of EIP-4844, over BLS12-381" },
        { "<", "a web page or XML, perhaps a download that failed" },
        { "version https://git-lfs", "a Git LFS pointer, not the file it stands for" },
    };
    for (size_t i = 0; i < sizeof magics / sizeof *magics; i++)
        if (has(r, 0, magics[i].magic, strlen(magics[i].magic)))
            return magics[i].name;
    if (has(r, 0, "{", 1))
        return json_name(r);
    if (is_bls(r))
        return "points of BLS12-381";
    if (is_challenge(r))
        return "a challenge of snarkjs' ceremony: import its .ptau instead";
    if (is_response(r))
        return "as long as a response of snarkjs' ceremony: import its .ptau instead";
    return params_name(r);
}

hcl_status hcl_srs_tell_other(const struct hcl_reader *r, struct hcl_err *err)
{
    const char *name = name_of(r);
    if (name)
        return hcl_fail(err, HCL_BAD_INPUT, "'%s' is not an SRS over BN254: it is %s", r->file, name);
    return hcl_fail(
        err, HCL_BAD_INPUT,
        "'%s' is not an SRS: neither HCLSRS01, nor ptau, nor ParamsKZG with k in 1..%d, nor of gnark, "
        "arkworks, Barretenberg or a PLONK .zkey",
        r->file, HCL_SRS_MAX_K);
}

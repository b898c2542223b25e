/* SPDX-License-Identifier: Apache-2.0 */
/* snarkjs' .zkey of the protocol PLONK, which keeps the powers of tau it was set up with: "zkey" | u32
 * version | u32 number of sections | sections as in a .ptau. Section 1: u32 protocol (1 Groth16, 2 PLONK, 10
 * fflonk). Section 2: u32 32 | the curve's prime | u32 32 | r | ... | [s]G2, its last 128 bytes. Section 14:
 * the powers, some more than the domain has rows. */
#include "common/halo2/srs_internal.h"

#include <string.h>

enum { PROTOCOL = 1, HEADER = 2, POWERS = 14, PLONK = 2 };

struct section {
    const uint8_t *bytes;
    size_t len;
};

/* One section; bytes = NULL if the file has none of this number. False: sections and length disagree. */
static bool find(struct section *out, struct hcl_reader r, uint32_t wanted)
{
    uint32_t count, id;
    uint64_t size;
    const uint8_t *bytes;
    *out = (struct section){ 0 };
    if (!hcl_read_bytes(&r, &bytes, 8) || !hcl_read_u32le(&r, &count))
        return false;
    for (uint32_t i = 0; i < count; i++) {
        if (!hcl_read_u32le(&r, &id) || !hcl_read_u64le(&r, &size) || size > hcl_left(&r))
            return false;
        hcl_read_bytes(&r, &bytes, (size_t)size);
        if (id == wanted)
            *out = (struct section){ bytes, (size_t)size };
    }
    return hcl_left(&r) == 0;
}

static uint32_t protocol_of(const struct section *s)
{
    uint32_t protocol = 0;
    if (s->bytes && s->len >= 4)
        memcpy(&protocol, s->bytes, 4);
    return protocol;
}

hcl_status hcl_srs_tell_zkey(struct hcl_srs_list *out, bool *is, const struct hcl_reader *r,
                             struct hcl_err *err)
{
    struct section protocol, header, powers;
    uint32_t coordinate = 0;
    *is = r->len >= 4 && memcmp(r->base, "zkey", 4) == 0;
    if (!*is)
        return HCL_OK;
    if (!find(&protocol, *r, PROTOCOL) || !find(&header, *r, HEADER) || !find(&powers, *r, POWERS))
        return hcl_fail(err, HCL_BAD_INPUT, "'%s' is a .zkey whose sections do not fit its %zu bytes",
                        r->file, r->len);
    if (protocol_of(&protocol) != PLONK)
        return hcl_fail(
            err, HCL_BAD_INPUT,
            "'%s' is a snarkjs .zkey of protocol %u%s, from which no powers of s can be taken: import the "
            ".ptau it was made with",
            r->file, protocol_of(&protocol), protocol_of(&protocol) == 1 ? " (Groth16)" : "");
    if (header.len >= 4)
        memcpy(&coordinate, header.bytes, 4);
    if (coordinate != 32)
        return hcl_fail(err, HCL_BAD_INPUT, "'%s' is a .zkey of another curve%s, expected BN254 (bn128)",
                        r->file, coordinate == 48 ? " (BLS12-381)" : "");
    if (header.len < 36 + 128 || powers.len % 64 != 0)
        return hcl_fail(
            err, HCL_BAD_INPUT,
            "'%s' is a PLONK .zkey with %zu bytes of header and %zu of powers (section 14), expected at "
            "least 164 and a multiple of 64",
            r->file, header.len, powers.len);
    *out = (struct hcl_srs_list){ .format = HCL_SRS_ZKEY,
                                  .name = "a PLONK .zkey",
                                  .form = HCL_POINT_RAW,
                                  .g = powers.bytes ? powers.bytes : r->base,
                                  .count = powers.len / 64,
                                  .s_g2 = header.bytes + header.len - 128 };
    return HCL_OK;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Field elements for tests: reproducible random ones and those of the golden vectors' hexadecimal text. */
#ifndef HCL_TESTS_SUPPORT_FIELD_SAMPLES_H
#define HCL_TESTS_SUPPORT_FIELD_SAMPLES_H

#include "common/field/fq.h"
#include "common/field/fr.h"

#include <stdio.h>
#include <string.h>

/** splitmix64: the state is the seed and moves on. */
static inline uint64_t sample_u64(uint64_t *state)
{
    uint64_t z = *state += 0x9e3779b97f4a7c15u;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

static inline hcl_fr sample_fr(uint64_t *state)
{
    uint8_t bytes[64];
    for (size_t i = 0; i < sizeof bytes; i += 8) {
        const uint64_t v = sample_u64(state);
        memcpy(bytes + i, &v, 8);
    }
    hcl_fr out;
    hcl_fr_from_bytes_wide(&out, bytes);
    return out;
}

/** 32 bytes little-endian from "0x" and 64 digits; false for any other text. */
static inline bool sample_hex(uint8_t out[32], const char *text)
{
    if (text == NULL || strlen(text) != 66 || text[0] != '0' || text[1] != 'x')
        return false;
    for (size_t i = 0; i < 32; i++) {
        unsigned v;
        if (sscanf(text + 2 + 2 * i, "%2x", &v) != 1)
            return false;
        out[31 - i] = (uint8_t)v;
    }
    return true;
}

static inline bool sample_fr_hex(hcl_fr *out, const char *text)
{
    uint8_t bytes[32];
    return sample_hex(bytes, text) && hcl_fr_from_bytes(out, bytes);
}

static inline bool sample_fq_hex(hcl_fq *out, const char *text)
{
    uint8_t bytes[32];
    return sample_hex(bytes, text) && hcl_fq_from_bytes(out, bytes);
}

#endif

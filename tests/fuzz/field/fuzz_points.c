/* SPDX-License-Identifier: Apache-2.0 */
/* Decoding of points: whatever the bytes, a reader either rejects and returns infinity, or returns a point on
 * the curve that encodes to the very same bytes. Input: one byte that picks the group and the encoding, then
 * the bytes; half the time an x is turned into a valid encoding first so that acceptance is reached. */
#include "common/curve/g1.h"
#include "common/curve/g2.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define REQUIRE(cond)                                                                                        \
    do {                                                                                                     \
        if (!(cond)) {                                                                                       \
            fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #cond);                                       \
            abort();                                                                                         \
        }                                                                                                    \
    } while (0)

static void g1(const uint8_t *in, bool compressed)
{
    uint8_t back[64];
    hcl_g1 p;
    const bool ok = compressed ? hcl_g1_from_compressed(&p, in) : hcl_g1_from_raw(&p, in);
    REQUIRE(ok || hcl_g1_is_infinity(&p));
    REQUIRE(hcl_g1_on_curve(&p));
    if (compressed)
        hcl_g1_to_compressed(back, &p);
    else
        hcl_g1_to_raw(back, &p);
    REQUIRE(!ok || memcmp(back, in, compressed ? 32 : 64) == 0);
}

static void g2(const uint8_t *in, bool compressed)
{
    uint8_t back[128];
    hcl_g2 p;
    const bool ok = compressed ? hcl_g2_from_compressed(&p, in) : hcl_g2_from_raw(&p, in);
    REQUIRE(ok || hcl_g2_is_infinity(&p));
    REQUIRE(hcl_g2_on_curve(&p));
    if (compressed)
        hcl_g2_to_compressed(back, &p);
    else
        hcl_g2_to_raw(back, &p);
    REQUIRE(!ok || memcmp(back, in, compressed ? 64 : 128) == 0);
}

/* A point's raw encoding from a multiple of the generator, with at most one byte changed. */
static void near_g1(const uint8_t *in)
{
    uint8_t raw[64], c[32];
    hcl_fr s;
    hcl_g1_jac t;
    hcl_g1 p;
    hcl_fr_from_bytes_wide(&s, in);
    hcl_g1_mul(&t, &hcl_g1_generator, &s);
    hcl_g1_jac_to_affine(&p, &t);
    hcl_g1_to_raw(raw, &p);
    hcl_g1_to_compressed(c, &p);
    raw[in[64] % 64] ^= in[65];
    c[in[64] % 32] ^= in[65];
    g1(raw, false);
    g1(c, true);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 129)
        return 0;
    switch (data[0] % 5) {
    case 0:
    case 1:
        g1(data + 1, data[0] % 5 == 0);
        break;
    case 2:
    case 3:
        g2(data + 1, data[0] % 5 == 2);
        break;
    default:
        near_g1(data + 1);
    }
    return 0;
}

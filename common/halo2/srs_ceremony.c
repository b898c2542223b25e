/* SPDX-License-Identifier: Apache-2.0 */
#include "common/halo2/srs_ceremony.h"

#include "common/curve/pairing.h"
#include "common/halo2/srs_points.h"

#include <sodium.h>

/* [s]G2 as x.c0 x.c1 y.c0 y.c1, big-endian. */
static const struct ceremony {
    const char *name, *s_g2;
} ceremonies[] = {
    { "Aztec Ignition", "0118c4d5b837bcc2bc89b5b398b5974e9f5944073b32078b7e231fec938883b0"
                        "260e01b251f6f1c7e7ff4e580791dee8ea51d87a358e038b4efe30fac09383c1"
                        "22febda3c0c0632a56475b4214e5615e11e6dd3f96e6cea2854a87d4dacc5e55"
                        "04fc6369f7110fe3d25156c1bb9a72859cf2a04641f99ba4ee413c80da6a5fe4" },
    { "Perpetual Powers of Tau, Hermez' beacon (powersOfTau28_hez_final)",
      "30441fd1b5d3370482c42152a8899027716989a6996c2535bc9f7fee8aaef79e"
      "26186a2d65ee4d2f9c9a5b91f86597d35f192cd120caf7e935d8443d1938e23d"
      "054793348f12c0cf5622c340573cb277586319de359ab9389778f689786b1e48"
      "1970ea81dd6992adfbc571effb03503adbbb6a857f578403c6c40e22d65b3c02" },
};
enum { CEREMONIES = sizeof ceremonies / sizeof *ceremonies };

static bool point_of(hcl_g2 *out, const struct ceremony *c)
{
    uint8_t bytes[128];
    return sodium_hex2bin(bytes, sizeof bytes, c->s_g2, 2 * sizeof bytes, NULL, NULL, NULL) == 0 &&
           hcl_point_g2(out, HCL_POINT_AZTEC_FULL, bytes);
}

const char *hcl_srs_ceremony_of(const hcl_g2 *s_g2)
{
    hcl_g2 known;
    for (size_t i = 0; i < CEREMONIES; i++)
        if (point_of(&known, &ceremonies[i]) && hcl_g2_eq(&known, s_g2))
            return ceremonies[i].name;
    return NULL;
}

/* e([s]G, G2) = e(G, [s]G2) */
bool hcl_srs_ceremony_find(hcl_g2 *s_g2, const hcl_g1 *s_g1)
{
    hcl_g1 points[2] = { *s_g1 };
    hcl_g2 against[2] = { hcl_g2_generator };
    hcl_g1_neg(&points[1], &hcl_g1_generator);
    for (size_t i = 0; i < CEREMONIES; i++)
        if (point_of(&against[1], &ceremonies[i]) && hcl_pairing_check(points, against, 2)) {
            *s_g2 = against[1];
            return true;
        }
    return false;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Constants of G1, G2 and the pairing; R = 2^256.
 * Limbs are least significant first. Written and checked by scripts/check-constants. */
#ifndef HCL_COMMON_CURVE_CURVE_PARAMS_INTERNAL_H
#define HCL_COMMON_CURVE_CURVE_PARAMS_INTERNAL_H

/* clang-format off */

/* 1*R mod p */
#define HCL_CURVE_ONE \
    { { 0xd35d438dc58f0d9d, 0x0a78eb28f5c70b3d, 0x666ea36f7879462c, 0x0e0a77c19a07df2f } }

/* 2*R mod p: y of G1's generator (1, 2) */
#define HCL_CURVE_TWO \
    { { 0xa6ba871b8b1e1b3a, 0x14f1d651eb8e167b, 0xccdd46def0f28c58, 0x1c14ef83340fbe5e } }

/* 3*R mod p: b of G1 */
#define HCL_CURVE_THREE \
    { { 0x7a17caa950ad28d7, 0x1f6ac17ae15521b9, 0x334bea4e696bd284, 0x2a1f6744ce179d8e } }

/* R/2 mod p */
#define HCL_CURVE_HALF \
    { { 0x87bee7d24f060572, 0xd0fd2add2f1c6ae5, 0x8f5f7492fcfd4f44, 0x1f37631a3d9cbfac } }

/* G2's generator times R: x */
#define HCL_G2_GENERATOR_X \
    { { { 0x8e83b5d102bc2026, 0xdceb1935497b0172, 0xfbb8264797811adf, 0x19573841af96503b } }, \
      { { 0xafb4737da84c6140, 0x6043dd5a5802d8c4, 0x09e950fc52a02f86, 0x14fef0833aea7b6b } } }

/* and y */
#define HCL_G2_GENERATOR_Y \
    { { { 0x619dfa9d886be9f6, 0xfe7fd297f59e9b78, 0xff9e1a62231b7dfe, 0x28fd7eebae9e4206 } }, \
      { { 0x64095b56c71856ee, 0xdc57f922327d3cbb, 0x55f935be33351076, 0x0da4a0e693fd6482 } } }

/* 3/(9 + u)*R: b of the twist */
#define HCL_G2_B \
    { { { 0x3bf938e377b802a8, 0x020b1b273633535d, 0x26b7edf049755260, 0x2514c6324384a86d } }, \
      { { 0x38e7ecccd1dcff67, 0x65f0b37d93ce0d3e, 0xd749d0dd22ac00aa, 0x0141b9ce4a688d4d } } }

/* 9/(9 + u)*R */
#define HCL_G2_3B \
    { { { 0x3baa927cb62e0d6a, 0xd71e7c52d1b664fd, 0x03873e63d95d4664, 0x0e75b5b1082ab8f4 } }, \
      { { 0xaab7c6667596fe35, 0x31d21a78bb6a27ba, 0x85dd7297680401ff, 0x03c52d6adf39a7e9 } } }

/* xi^((p-1)/3)*R: Frobenius on the twist is (conj(x)*this, conj(y)*the next) */
#define HCL_G2_FROBENIUS_X \
    { { { 0xb5773b104563ab30, 0x347f91c8a9aa6454, 0x7a007127242e0991, 0x1956bcd8118214ec } }, \
      { { 0x6e849f1ea0aa4757, 0xaa1c7b6d89f89141, 0xb6e713cdfae0ca3a, 0x26694fbb4e82ebc3 } } }

/* xi^((p-1)/2)*R */
#define HCL_G2_FROBENIUS_Y \
    { { { 0xe4bbdd0c2936b629, 0xbb30f162e133bacb, 0x31a9d1b6f9645366, 0x253570bea500f8dd } }, \
      { { 0xa1d77ce45ffe77c7, 0x07affd117826d1db, 0x6d16bd27bb7edc6b, 0x2c87200285defecc } } }

/* the BN parameter x */
#define HCL_BN_X \
    UINT64_C(4965661367192848881)

/* 6x + 2 in non-adjacent form */
#define HCL_BN_LOOP \
    { 0, 0, 0, 1, 0, 1, 0, -1, 0, 0, -1, 0, 0, 0, 1, 0, 0, -1, 0, -1, 0, 0, \
      0, 1, 0, -1, 0, 0, 0, 0, -1, 0, 0, 1, 0, -1, 0, 0, 1, 0, 0, 0, 0, 0, \
      -1, 0, 0, -1, 0, 1, 0, -1, 0, 0, 0, -1, 0, -1, 0, 0, 0, 1, 0, -1, 0, 1 }

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* Constants of the tower over Fq; R = 2^256.
 * Limbs are least significant first. Written and checked by scripts/check-constants. */
#ifndef HCL_COMMON_FIELD_TOWER_PARAMS_INTERNAL_H
#define HCL_COMMON_FIELD_TOWER_PARAMS_INTERNAL_H

/* clang-format off */

/* xi^(i*(p-1)/6)*R for i = 1..5, xi = 9 + u */
#define HCL_FQ12_FROBENIUS \
    { { { { 0xaf9ba69633144907, 0xca6b1d7387afb78a, 0x11bded5ef08a2087, 0x02f34d751a1f3a7c } }, \
      { { 0xa222ae234c492d72, 0xd00f02a4565de15b, 0xdc2ff3a253dfc926, 0x10a75716b3899551 } } }, \
      { { { 0xb5773b104563ab30, 0x347f91c8a9aa6454, 0x7a007127242e0991, 0x1956bcd8118214ec } }, \
      { { 0x6e849f1ea0aa4757, 0xaa1c7b6d89f89141, 0xb6e713cdfae0ca3a, 0x26694fbb4e82ebc3 } } }, \
      { { { 0xe4bbdd0c2936b629, 0xbb30f162e133bacb, 0x31a9d1b6f9645366, 0x253570bea500f8dd } }, \
      { { 0xa1d77ce45ffe77c7, 0x07affd117826d1db, 0x6d16bd27bb7edc6b, 0x2c87200285defecc } } }, \
      { { { 0x7361d77f843abe92, 0xa5bb2bd3273411fb, 0x9c941f314b3e2399, 0x15df9cddbb9fd3ec } }, \
      { { 0x5dddfd154bd8c949, 0x62cb29a5a4445b60, 0x37bc870a0c7dd2b9, 0x24830a9d3171f0fd } } }, \
      { { { 0xc970692f41690fe7, 0xe240342127694b0b, 0x32bee66b83c459e8, 0x12aabced0ab08841 } }, \
      { { 0x0d485d2340aebfa9, 0x05193418ab2fcc57, 0xd3b0a40b8a4910f5, 0x2f21ebb535d2925a } } } }

#endif

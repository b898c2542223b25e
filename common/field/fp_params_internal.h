/* SPDX-License-Identifier: Apache-2.0 */
/* Constants of the two primes; R = 2^256.
 * Limbs are least significant first. Written and checked by scripts/check-constants. */
#ifndef HCL_COMMON_FIELD_FP_PARAMS_INTERNAL_H
#define HCL_COMMON_FIELD_FP_PARAMS_INTERNAL_H

/* clang-format off */

/* r */
#define HCL_FR_MODULUS \
    { { 0x43e1f593f0000001, 0x2833e84879b97091, 0xb85045b68181585d, 0x30644e72e131a029 } }

/* -r^-1 mod 2^64 */
#define HCL_FR_NEG_INV64 \
    0xc2e1f593efffffff

/* R mod r */
#define HCL_FR_MONT_ONE \
    { { 0xac96341c4ffffffb, 0x36fc76959f60cd29, 0x666ea36f7879462e, 0x0e0a77c19a07df2f } }

/* R^2 mod r */
#define HCL_FR_MONT_R2 \
    { { 0x1bb8e645ae216da7, 0x53fe3ab1e35c59e3, 0x8c49833d53bb8085, 0x0216d0b17f4e44a5 } }

/* R^3 mod r */
#define HCL_FR_MONT_R3 \
    { { 0x5e94d8e1b4bf0040, 0x2a489cbe1cfbb6b8, 0x893cc664a19fcfed, 0x0cf8594b7fcc657c } }

/* p */
#define HCL_FQ_MODULUS \
    { { 0x3c208c16d87cfd47, 0x97816a916871ca8d, 0xb85045b68181585d, 0x30644e72e131a029 } }

/* -p^-1 mod 2^64 */
#define HCL_FQ_NEG_INV64 \
    0x87d20782e4866389

/* R mod p */
#define HCL_FQ_MONT_ONE \
    { { 0xd35d438dc58f0d9d, 0x0a78eb28f5c70b3d, 0x666ea36f7879462c, 0x0e0a77c19a07df2f } }

/* R^2 mod p */
#define HCL_FQ_MONT_R2 \
    { { 0xf32cfc5b538afa89, 0xb5e71911d44501fb, 0x47ab1eff0a417ff6, 0x06d89f71cab8351f } }

/* R^3 mod p */
#define HCL_FQ_MONT_R3 \
    { { 0xb1cd6dafda1530df, 0x62f210e6a7283db6, 0xef7f0b0c0ada0afb, 0x20fd6e902d592544 } }

/* 7*R mod r */
#define HCL_FR_MONT_GENERATOR \
    { { 0x3057819e4fffffdb, 0x307f6d866832bb01, 0x5c65ec9f484e3a89, 0x0180a96573d3d9f8 } }

/* 7^((r-1)/2^28)*R mod r */
#define HCL_FR_MONT_ROOT \
    { { 0x9632c7c5b639feb8, 0x985ce3400d0ff299, 0xb2dd880001b0ecd8, 0x1d69070d6d98ce29 } }

/* 7^(2^28)*R mod r */
#define HCL_FR_MONT_DELTA \
    { { 0x9a0c322befd78855, 0x46e82d14249b563c, 0x5983a663e0b0b7a7, 0x22ab452baaa111ad } }

/* (p + 1)/4; p = 3 mod 4 */
#define HCL_FQ_SQRT_EXP \
    { { 0x4f082305b61f3f52, 0x65e05aa45a1c72a3, 0x6e14116da0605617, 0x0c19139cb84c680a } }

#endif

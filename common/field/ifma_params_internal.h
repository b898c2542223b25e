/* SPDX-License-Identifier: Apache-2.0 */
/* Constants of the IFMA arithmetic, each with its formula, in limbs of 52 bits, least significant first.
 * scripts/check-constants recomputes all of them. */
#ifndef HCL_COMMON_FIELD_IFMA_PARAMS_INTERNAL_H
#define HCL_COMMON_FIELD_IFMA_PARAMS_INTERNAL_H

/* 0, r, 2r, 4r, 8r, 16r */
#define HCL_FR52_MULTIPLES                                                                                   \
    {                                                                                                        \
        { 0x0000000000000, 0x0000000000000, 0x0000000000000, 0x0000000000000, 0x0000000000000 },             \
            { 0x1f593f0000001, 0x4879b9709143e, 0x181585d2833e8, 0xa029b85045b68, 0x030644e72e131 },         \
            { 0x3eb27e0000002, 0x90f372e12287c, 0x302b0ba5067d0, 0x405370a08b6d0, 0x060c89ce5c263 },         \
            { 0x7d64fc0000004, 0x21e6e5c2450f8, 0x6056174a0cfa1, 0x80a6e14116da0, 0x0c19139cb84c6 },         \
            { 0xfac9f80000008, 0x43cdcb848a1f0, 0xc0ac2e9419f42, 0x014dc2822db40, 0x183227397098d },         \
        {                                                                                                    \
            0xf593f00000010, 0x879b9709143e1, 0x81585d2833e84, 0x029b85045b681, 0x30644e72e131a              \
        }                                                                                                    \
    }
/* limb i of 0, r, 2r, .. 7r */
#define HCL_FR52_TABLE                                                                                       \
    {                                                                                                        \
        { 0x0000000000000, 0x1f593f0000001, 0x3eb27e0000002, 0x5e0bbd0000003,                                \
          0x7d64fc0000004, 0x9cbe3b0000005, 0xbc177a0000006, 0xdb70b90000007 },                              \
            { 0x0000000000000, 0x4879b9709143e, 0x90f372e12287c, 0xd96d2c51b3cba,                            \
              0x21e6e5c2450f8, 0x6a609f32d6536, 0xb2da58a367974, 0xfb541213f8db2 },                          \
            { 0x0000000000000, 0x181585d2833e8, 0x302b0ba5067d0, 0x4840917789bb8,                            \
              0x6056174a0cfa1, 0x786b9d1c90389, 0x908122ef13771, 0xa896a8c196b59 },                          \
            { 0x0000000000000, 0xa029b85045b68, 0x405370a08b6d0, 0xe07d28f0d1238,                            \
              0x80a6e14116da0, 0x20d099915c908, 0xc0fa51e1a2470, 0x61240a31e7fd8 },                          \
        {                                                                                                    \
            0x0000000000000, 0x030644e72e131, 0x060c89ce5c263, 0x0912ceb58a394, 0x0c19139cb84c6,             \
                0x0f1f5883e65f8, 0x12259d6b14729, 0x152be2524285b                                            \
        }                                                                                                    \
    }
/* floor(2^52 / ((r >> 208) + 1)) */
#define HCL_FR52_QUOTIENT 84
/* 2^-52 mod r */
#define HCL_FR52_FOLD1                                                                                       \
    {                                                                                                        \
        0x82e644ee4c3d2, 0xf93893c98b1de, 0xd46fe04d0a4c7, 0x8f0aad55e2a1f, 0x005ed0447de83                  \
    }
/* 2^-104 mod r */
#define HCL_FR52_FOLD2                                                                                       \
    {                                                                                                        \
        0x74eccce9a797a, 0x16ddcc30bd8a4, 0x49ecd3539499e, 0xb23a6fcc592b8, 0x00e3bd49f6ee5                  \
    }
/* 2^260 mod r */
#define HCL_FR52_ONE                                                                                         \
    {                                                                                                        \
        0xb6b753fffffac, 0x380f271055b9d, 0x18f016ecef7c8, 0x724f85a9201d8, 0x01f16424e1bb7                  \
    }
/* -r^-1 mod 2^52 */
#define HCL_FR52_NEG_INV 0x1f593efffffff

/* 0, p, 2p, 4p, 8p, 16p */
#define HCL_FQ52_MULTIPLES                                                                                   \
    {                                                                                                        \
        { 0x0000000000000, 0x0000000000000, 0x0000000000000, 0x0000000000000, 0x0000000000000 },             \
            { 0x08c16d87cfd47, 0x916871ca8d3c2, 0x181585d97816a, 0xa029b85045b68, 0x030644e72e131 },         \
            { 0x1182db0f9fa8e, 0x22d0e3951a784, 0x302b0bb2f02d5, 0x405370a08b6d0, 0x060c89ce5c263 },         \
            { 0x2305b61f3f51c, 0x45a1c72a34f08, 0x60561765e05aa, 0x80a6e14116da0, 0x0c19139cb84c6 },         \
            { 0x460b6c3e7ea38, 0x8b438e5469e10, 0xc0ac2ecbc0b54, 0x014dc2822db40, 0x183227397098d },         \
        {                                                                                                    \
            0x8c16d87cfd470, 0x16871ca8d3c20, 0x81585d97816a9, 0x029b85045b681, 0x30644e72e131a              \
        }                                                                                                    \
    }
/* limb i of 0, p, 2p, .. 7p */
#define HCL_FQ52_TABLE                                                                                       \
    {                                                                                                        \
        { 0x0000000000000, 0x08c16d87cfd47, 0x1182db0f9fa8e, 0x1a4448976f7d5,                                \
          0x2305b61f3f51c, 0x2bc723a70f263, 0x3488912edefaa, 0x3d49feb6aecf1 },                              \
            { 0x0000000000000, 0x916871ca8d3c2, 0x22d0e3951a784, 0xb439555fa7b46,                            \
              0x45a1c72a34f08, 0xd70a38f4c22ca, 0x6872aabf4f68c, 0xf9db1c89dca4e },                          \
            { 0x0000000000000, 0x181585d97816a, 0x302b0bb2f02d5, 0x4840918c6843f,                            \
              0x60561765e05aa, 0x786b9d3f58714, 0x90812318d087f, 0xa896a8f2489e9 },                          \
            { 0x0000000000000, 0xa029b85045b68, 0x405370a08b6d0, 0xe07d28f0d1238,                            \
              0x80a6e14116da0, 0x20d099915c908, 0xc0fa51e1a2470, 0x61240a31e7fd8 },                          \
        {                                                                                                    \
            0x0000000000000, 0x030644e72e131, 0x060c89ce5c263, 0x0912ceb58a394, 0x0c19139cb84c6,             \
                0x0f1f5883e65f8, 0x12259d6b14729, 0x152be2524285b                                            \
        }                                                                                                    \
    }
/* floor(2^52 / ((p >> 208) + 1)) */
#define HCL_FQ52_QUOTIENT 84
/* 2^-52 mod p */
#define HCL_FQ52_FOLD1                                                                                       \
    {                                                                                                        \
        0xc93a3dee22c55, 0xe15f4ea250777, 0x37f0b49e7cd63, 0x2079e650a0895, 0x006234192d7a1                  \
    }
/* 2^-104 mod p */
#define HCL_FQ52_FOLD2                                                                                       \
    {                                                                                                        \
        0xad9de1582c255, 0x8ad2bc2a5fd8b, 0x09ad1fe489ff8, 0x8774e6c3bdfd7, 0x0131d64f7d9d6                  \
    }
/* 2^260 mod p */
#define HCL_FQ52_ONE                                                                                         \
    {                                                                                                        \
        0x20880f6fce4b4, 0x49baa989a8455, 0x18f014a498908, 0x724f85a9201d8, 0x01f16424e1bb7                  \
    }
/* -p^-1 mod 2^52 */
#define HCL_FQ52_NEG_INV 0x20782e4866389

#endif

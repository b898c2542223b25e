/* SPDX-License-Identifier: Apache-2.0 */
#include "common/sys/cpu.h"
#include <stdint.h>
#include <string.h>

#if defined(__x86_64__)
#include <cpuid.h>

/* Bits of XCR0 that must all be set for ZMM state: XMM, YMM, opmask, upper ZMM, upper 16 registers. */
enum { XCR0_ZMM = 1 << 1 | 1 << 2 | 1 << 5 | 1 << 6 | 1 << 7 };

static uint32_t xcr0(void)
{
    uint32_t low, high;
    __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    return low;
}

static bool system_saves_zmm(void)
{
    unsigned a, b, c, d;
    return __get_cpuid(1, &a, &b, &c, &d) && (c & bit_OSXSAVE) && (xcr0() & XCR0_ZMM) == XCR0_ZMM;
}

static void read_brand(char brand[49])
{
    for (unsigned leaf = 0; leaf < 3; leaf++) {
        unsigned r[4];
        if (!__get_cpuid(0x80000002 + leaf, &r[0], &r[1], &r[2], &r[3]))
            return;
        memcpy(brand + 16 * leaf, r, 16);
    }
}

void hcl_cpu_detect(struct hcl_cpu *out)
{
    enum {                                                         /* leaf 7, subleaf 0 */
           EBX_AVX512 = 1u << 16 | 1u << 17 | 1u << 21 | 1u << 30, /* F, DQ, IFMA, BW; VL is bit 31 */
           ECX_VBMI2 = 1u << 6,
    };
    unsigned a, b, c, d;
    *out = (struct hcl_cpu){ 0 };
    read_brand(out->brand);
    if (!__get_cpuid_count(7, 0, &a, &b, &c, &d))
        return;
    out->bmi2 = b >> 8 & 1;
    out->adx = b >> 19 & 1;
    out->ifma = (b & EBX_AVX512) == EBX_AVX512 && b >> 31 && (c & ECX_VBMI2) && system_saves_zmm();
}

#else

void hcl_cpu_detect(struct hcl_cpu *out)
{
    *out = (struct hcl_cpu){ 0 };
}

#endif

/* SPDX-License-Identifier: Apache-2.0 */
#include "common/field/bench_field_internal.h"
#include "common/field/ifma.h"

enum { GROUPS = HCL_BENCH_N / 8 };

/* Benchmarks run on one thread; the arrays are only theirs. */
static hcl_fp8 lanes_a[GROUPS], lanes_b[GROUPS], lanes_out[GROUPS];
static struct hcl_fp8_fixed fixed;

void hcl_bench_vpmadd52(void)
{
    enum { CHAINS = 12 }; /* more than the instruction's latency */
    __m512i c[CHAINS];
    const __m512i x = _mm512_set1_epi64(12345);
    for (int i = 0; i < CHAINS; i++)
        c[i] = _mm512_set1_epi64(i);
    for (int round = 0; round < HCL_BENCH_MADDS / CHAINS; round++)
        __asm__ volatile(
            "vpmadd52luq %12, %12, %0\n\tvpmadd52luq %12, %12, %1\n\tvpmadd52luq %12, %12, %2\n\t"
            "vpmadd52luq %12, %12, %3\n\tvpmadd52luq %12, %12, %4\n\tvpmadd52luq %12, %12, %5\n\t"
            "vpmadd52luq %12, %12, %6\n\tvpmadd52luq %12, %12, %7\n\tvpmadd52luq %12, %12, %8\n\t"
            "vpmadd52luq %12, %12, %9\n\tvpmadd52luq %12, %12, %10\n\tvpmadd52luq %12, %12, %11\n\t"
            : "+v"(c[0]), "+v"(c[1]), "+v"(c[2]), "+v"(c[3]), "+v"(c[4]), "+v"(c[5]), "+v"(c[6]), "+v"(c[7]),
              "+v"(c[8]), "+v"(c[9]), "+v"(c[10]), "+v"(c[11])
            : "v"(x));
}

void hcl_bench_lanes_init(const hcl_fr *a, const hcl_fr *b)
{
    for (int i = 0; i < GROUPS; i++) {
        lanes_a[i] = hcl_fp8_load(a[8 * i].l);
        lanes_b[i] = hcl_fp8_load(b[8 * i].l);
    }
    fixed = hcl_fr8_fix(lanes_b[0]);
}

/* The compiler must not see that the results are never read. */
static void keep(void)
{
    __asm__ volatile("" : : "r"(lanes_out) : "memory");
}

void hcl_bench_lanes_mul(void)
{
    for (int i = 0; i < GROUPS; i++)
        lanes_out[i] = hcl_fr8_mul(lanes_a[i], lanes_b[i]);
    keep();
}

void hcl_bench_lanes_sqr(void)
{
    for (int i = 0; i < GROUPS; i++)
        lanes_out[i] = hcl_fr8_sqr(lanes_a[i]);
    keep();
}

void hcl_bench_lanes_mul_fixed(void)
{
    for (int i = 0; i < GROUPS; i++)
        lanes_out[i] = hcl_fr8_mul_fixed(lanes_a[i], &fixed);
    keep();
}

void hcl_bench_lanes_add(void)
{
    for (int i = 0; i < GROUPS; i++)
        lanes_out[i] = hcl_fp8_add(lanes_a[i], lanes_b[i]);
    keep();
}

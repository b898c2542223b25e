/* SPDX-License-Identifier: Apache-2.0 */
#include "coordinator/cli/bench_internal.h"

#include "common/field/kernel.h"
#include "common/sys/clock.h"

#include <string.h>

static int ascending(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

hcl_status hcl_bench_measure(struct hcl_bench_time *out, const struct hcl_bench *b, hcl_bench_run *run,
                             hcl_bench_run *prepare, void *work, struct hcl_err *err)
{
    hcl_status st = HCL_OK;
    double *seconds = calloc((size_t)b->repeat, sizeof *seconds);
    if (seconds == NULL)
        return hcl_fail(err, HCL_NO_RESOURCE, "no memory for %ld times", b->repeat);
    for (long i = -1; i < b->repeat; i++) {
        if (prepare != NULL)
            HCL_TRY(prepare(work, err));
        const double start = hcl_clock_seconds();
        HCL_TRY(run(work, err));
        if (i >= 0)
            seconds[i] = hcl_clock_seconds() - start;
    }
    qsort(seconds, (size_t)b->repeat, sizeof *seconds, ascending);
    *out = (struct hcl_bench_time){ seconds[b->repeat / 2], seconds[0] };
done:
    free(seconds);
    return st;
}

/* Best of several, per step of a loop. */
static double best_step(void (*loop)(long), long steps)
{
    double best = 1;
    for (int i = 0; i < 12; i++) {
        const double start = hcl_clock_seconds();
        loop(steps);
        const double each = (hcl_clock_seconds() - start) / (double)steps;
        if (each < best)
            best = each;
    }
    return best;
}

/* Ten additions that wait for each other: ten cycles on every processor there is. */
static void additions(long steps)
{
    unsigned long x = 0;
    for (long i = 0; i < steps; i++)
        for (int j = 0; j < 10; j++) {
            x += 1;
            __asm__ volatile("" : "+r"(x));
        }
}

#ifdef HCL_HAVE_IFMA
/* Twelve independent multiply-adds, enough to hide the latency of four cycles. In assembly, so that no
 * compiler keeps the sums in memory. */
__attribute__((target("avx512f,avx512ifma"))) static void multiplications(long steps)
{
#define MADD(r) "vpmadd52luq %%zmm12, %%zmm12, %%zmm" #r "\n\t"
    for (long i = 0; i < steps; i++)
        __asm__ volatile(MADD(0) MADD(1) MADD(2) MADD(3) MADD(4) MADD(5) MADD(6) MADD(7) MADD(8) MADD(9)
                             MADD(10) MADD(11)
                         :
                         :
                         : "zmm0", "zmm1", "zmm2", "zmm3", "zmm4", "zmm5", "zmm6", "zmm7", "zmm8", "zmm9",
                           "zmm10", "zmm11");
#undef MADD
}
#endif

enum { VECTOR = 256 }; /* elements: three arrays fit the first-level cache */

static void field_multiplications(long steps)
{
    hcl_fr a[VECTOR], b[VECTOR], out[VECTOR];
    hcl_bench_fill(a, VECTOR, 1);
    hcl_bench_fill(b, VECTOR, 2);
    for (long i = 0; i < steps; i++)
        hcl_fr_mul_vec(out, a, b, VECTOR);
}

void hcl_bench_machine(struct hcl_bench *b)
{
    b->cycle_seconds = best_step(additions, 200000) / 10;
    b->limit_cycles = 0;
#ifdef HCL_HAVE_IFMA
    if (hcl_field_has_ifma())
        b->limit_cycles = best_step(multiplications, 200000) / 12 / b->cycle_seconds;
#endif
    b->mul_cycles = best_step(field_multiplications, 1000) / VECTOR / b->cycle_seconds;
}

static void cpu_name(char out[80])
{
    char line[256];
    snprintf(out, 80, "unknown");
    FILE *f = fopen("/proc/cpuinfo", "r");
    while (f != NULL && fgets(line, sizeof line, f) != NULL)
        if (strncmp(line, "model name", 10) == 0 && strchr(line, ':') != NULL) {
            snprintf(out, 80, "%.78s", strchr(line, ':') + 2);
            out[strcspn(out, "\n")] = '\0';
            break;
        }
    if (f != NULL)
        fclose(f);
}

json_t *hcl_bench_object(const struct hcl_bench *b, const char *name, struct hcl_bench_time time)
{
    char cpu[80];
    cpu_name(cpu);
    return json_pack("{s:s, s:s, s:s, s:i, s:f, s:f, s:f, s:f, s:f, s:f}", "bench", name, "kernel",
                     hcl_field_kernel_name(), "cpu", cpu, "threads", b->cli->threads, "median_s", time.median,
                     "best_s", time.best, "ghz", 1e-9 / b->cycle_seconds, "vpmadd52_cycles", b->limit_cycles,
                     "mul_cycles", b->mul_cycles, "mul_limit_cycles", hcl_bench_limit(b, 100));
}

void hcl_bench_fill(hcl_fr *out, size_t n, uint64_t seed)
{
    for (size_t i = 0; i < n; i++) {
        uint64_t word[8];
        for (int j = 0; j < 8; j++) { /* splitmix64 */
            uint64_t z = seed += 0x9e3779b97f4a7c15u;
            z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
            z = (z ^ z >> 27) * 0x94d049bb133111ebu;
            word[j] = z ^ z >> 31;
        }
        uint8_t bytes[64];
        memcpy(bytes, word, sizeof bytes);
        hcl_fr_from_bytes_wide(&out[i], bytes);
    }
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "coordinator/cli/bench_internal.h"
#include "coordinator/cli/speed.h"

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
    double *seconds = calloc(2 * (size_t)b->repeat, sizeof *seconds), *cpu = seconds + b->repeat;
    if (seconds == NULL)
        return hcl_fail(err, HCL_NO_RESOURCE, "no memory for %ld times", b->repeat);
    for (long i = -1; i < b->repeat; i++) {
        if (prepare != NULL)
            HCL_TRY(prepare(work, err));
        const double start = hcl_clock_seconds(), cpu_start = hcl_clock_cpu_seconds();
        HCL_TRY(run(work, err));
        if (i < 0)
            continue;
        seconds[i] = hcl_clock_seconds() - start;
        cpu[i] = hcl_clock_cpu_seconds() - cpu_start;
    }
    qsort(seconds, (size_t)b->repeat, sizeof *seconds, ascending);
    qsort(cpu, (size_t)b->repeat, sizeof *cpu, ascending);
    *out = (struct hcl_bench_time){ seconds[b->repeat / 2], seconds[0], cpu[b->repeat / 2] };
done:
    free(seconds);
    return st;
}

json_t *hcl_bench_object(const struct hcl_bench *b, const char *name, struct hcl_bench_time time)
{
    char cpu[80];
    hcl_speed_cpu(cpu);
    return json_pack("{s:s, s:s, s:s, s:i, s:f, s:f, s:f, s:f, s:f, s:f, s:f}", "bench", name, "kernel",
                     hcl_field_kernel_name(), "cpu", cpu, "threads", b->cli->threads, "median_s", time.median,
                     "best_s", time.best, "ghz", b->machine.ghz, "vpmadd52_per_cycle",
                     b->machine.vpmadd52_per_cycle, "products_per_cycle", b->machine.products_per_cycle,
                     "mul_cycles", b->machine.mul_cycles, "mul_limit_cycles",
                     hcl_field_bench_limit(&b->machine, 100));
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

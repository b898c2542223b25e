/* SPDX-License-Identifier: Apache-2.0 */
/* How fast the field arithmetic is on this machine, for `halocline bench field` and docs/kernels.md: cycles
 * per element next to the processor's own limits. Cycles are core cycles: time is scaled by a chain of
 * dependent additions that takes one cycle each, measured in the same run. Each figure is the best of many
 * short runs, so that other processes' time does not count. Takes about two seconds, on the calling thread.
 */
#ifndef HCL_COMMON_FIELD_BENCH_FIELD_H
#define HCL_COMMON_FIELD_BENCH_FIELD_H

#include <stdbool.h>
#include <stddef.h>

enum { HCL_FIELD_BENCH_MAX = 24 };

struct hcl_field_machine {
    double ghz;                /* core frequency during the run */
    double vpmadd52_per_cycle; /* 512-bit vpmadd52; 0 if the ifma kernel is not in use */
    double products_per_cycle; /* of two 64-bit words */
    double mul_cycles;         /* per element of hcl_fr_mul_vec in cache */
};

struct hcl_field_bench {
    struct hcl_field_machine machine;
    size_t count;
    struct {
        const char *name;   /* what was timed */
        double cycles;      /* per element */
        double limit;       /* cycles per element that the multiplier alone needs; 0 if it has no part */
        bool memory_format; /* elements come from and go to memory format; otherwise lanes in cache */
    } row[HCL_FIELD_BENCH_MAX];
};

/** Takes a tenth of a second. */
void hcl_field_bench_machine(struct hcl_field_machine *m);
/** Cycles that the multiplier alone needs for a multiplication: one eighth of `vpmadd52` instructions, or,
 * where the ifma kernel is not in use, the 36 products of words of Montgomery's method. */
double hcl_field_bench_limit(const struct hcl_field_machine *m, int vpmadd52);
void hcl_field_bench_run(struct hcl_field_bench *bench);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* Bodies of the benchmark that need instruction-set flags (bench_field_ifma.c). */
#ifndef HCL_COMMON_FIELD_BENCH_FIELD_INTERNAL_H
#define HCL_COMMON_FIELD_BENCH_FIELD_INTERNAL_H

#include "common/field/fr.h"

enum { HCL_BENCH_N = 256 }; /* elements per array: three arrays fit the first-level cache */

/* Issues HCL_BENCH_MADDS independent vpmadd52. */
enum { HCL_BENCH_MADDS = 1200 };
void hcl_bench_vpmadd52(void);
/* One pass over HCL_BENCH_N elements held as lanes in cache; init fills them from a and b. */
void hcl_bench_lanes_init(const hcl_fr *a, const hcl_fr *b);
void hcl_bench_lanes_mul(void);
void hcl_bench_lanes_sqr(void);
void hcl_bench_lanes_mul_fixed(void);
void hcl_bench_lanes_add(void);

#endif

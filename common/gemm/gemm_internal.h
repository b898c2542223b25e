/* SPDX-License-Identifier: Apache-2.0 */
/* What a kernel offers to gemm.c: one tile of rows x cols results. */
#ifndef HCL_COMMON_GEMM_GEMM_INTERNAL_H
#define HCL_COMMON_GEMM_GEMM_INTERNAL_H

#include <stddef.h>

enum { HCL_GEMM_MOST_ROWS = 8, HCL_GEMM_MOST_COLS = 24 };

struct hcl_gemm_kernel {
    size_t rows, cols;
    /** c[i*ldc + j] += sum_k a[k*rows + i] * b[k*cols + j] for the whole tile, k in order. */
    void (*tile)(double *c, size_t ldc, size_t depth, const double *a, const double *b);
};

extern const struct hcl_gemm_kernel hcl_gemm_portable;
#ifdef HCL_HAVE_GEMM_X86
extern const struct hcl_gemm_kernel hcl_gemm_avx2, hcl_gemm_avx512;
#endif

/** The best kernel of this machine. */
const struct hcl_gemm_kernel *hcl_gemm_kernel_now(void);

#endif

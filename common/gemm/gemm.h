/* SPDX-License-Identifier: Apache-2.0 */
/* Products of matrices in double precision, for the arithmetic around a proof: the float model, and the
 * accumulators of fixed-point layers, which are exact here as long as every sum of magnitudes stays below
 * 2^53 (hcl_gemm_exact).
 *
 * Every result is one sum in the order of k, with products that are exact for integers and for floats (24 by
 * 24 bits), so it is the same number on every machine, whatever its vectors, with any number of threads. That
 * matters: scales, and with them a circuit and its key, depend on the float model's results.
 *
 * Register blocking as in Goto and van de Geijn, Anatomy of High-Performance Matrix Multiplication (2008). */
#ifndef HCL_COMMON_GEMM_GEMM_H
#define HCL_COMMON_GEMM_GEMM_H

#include "common/sys/status.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Type of the elements of A. */
typedef enum { HCL_GEMM_I16, HCL_GEMM_I32, HCL_GEMM_I64, HCL_GEMM_F32 } hcl_gemm_type;

/* A: rows x depth, row-major, rows lda elements apart. */
struct hcl_gemm_a {
    const void *data;
    hcl_gemm_type type;
    size_t lda;
};

/** c[i*ldc + j] += sum over k < depth of A(i, k) * b[off[k] + j], i < rows, j < cols, k in order.
 * off: depth offsets into b, so that rows of B may overlap, as the taps of a convolution do. c does not
 * overlap b. threads >= 1. Scratch that held values of A or B is wiped. HCL_NO_RESOURCE: out of memory; c
 * then holds anything. */
HCL_MUST_CHECK hcl_status hcl_gemm(double *c, size_t ldc, size_t rows, size_t cols, size_t depth,
                                   const struct hcl_gemm_a *a, const double *b, const ptrdiff_t *off,
                                   int threads, struct hcl_err *err);

/** c[i] = sum over k of A(i, k) * x[k]. The sum is taken as eight sums over k mod 8, added in pairs: on every
 * machine the same. */
void hcl_gemv(double *c, size_t rows, size_t depth, const struct hcl_gemm_a *a, const double *x, int threads);

/* Columns of one call. */
#define HCL_GEMM_CYCLIC_MOST 4
/* Doubles of scratch for each sum. */
#define HCL_GEMM_CYCLIC_SCRATCH 8
/** sums[c*period + j] = sum over i < n with i mod period == j of w[c][i]*x[i], j < period, c < columns <=
 * HCL_GEMM_CYCLIC_MOST, where all sums of magnitudes are exact (then in any order). scratch:
 * HCL_GEMM_CYCLIC_SCRATCH*period doubles. */
void hcl_gemm_cyclic(double *sums, size_t period, const int16_t *const *w, size_t columns, const double *x,
                     size_t n, double *scratch);

/** The largest sum over k of |A(i, k)| over all rows; HUGE_VAL for what is not finite. */
double hcl_gemm_row_sum(const struct hcl_gemm_a *a, size_t rows, size_t depth, int threads);
/** Largest |x[i]|. */
double hcl_gemm_most(const double *x, size_t n);
/** Whether all partial sums of integers with these bounds are exact: row_sum * most + add <= 2^53. */
static inline bool hcl_gemm_exact(double row_sum, double most, double add)
{
    return row_sum * most + add <= 9007199254740992.0;
}

/** out[i] = x[i] as doubles. */
void hcl_gemm_from_i64(double *out, const int64_t *x, size_t n);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* Batches of products of matrices, for the float model and the interpreter: C[h] = A[h mod a_batch] *
 * B[h mod b_batch], by common/gemm. */
#ifndef HCL_COMPILER_GRAPH_MATMUL_H
#define HCL_COMPILER_GRAPH_MATMUL_H

#include "common/gemm/gemm.h"

/* A: rows x depth, or depth x rows if a_adjoint; B: depth x columns, or columns x depth if b_adjoint. */
struct hcl_matmul {
    uint32_t batch, a_batch, b_batch, rows, columns, depth;
    bool a_adjoint, b_adjoint;
};

/** Of operands of shape [1, batch, .., ..]. */
static inline struct hcl_matmul hcl_matmul_of(const uint32_t a[4], bool a_adjoint, const uint32_t b[4],
                                              bool b_adjoint)
{
    return (struct hcl_matmul){ .batch = a[1] > b[1] ? a[1] : b[1],
                                .a_batch = a[1],
                                .b_batch = b[1],
                                .rows = a[a_adjoint ? 3 : 2],
                                .columns = b[b_adjoint ? 2 : 3],
                                .depth = a[a_adjoint ? 2 : 3],
                                .a_adjoint = a_adjoint,
                                .b_adjoint = b_adjoint };
}

/** sums[h][i][j]. a, b: integers (HCL_GEMM_I64) or floats (HCL_GEMM_F32), row-major. *exact: whether every
 * partial sum of integers is; else sums hold anything. */
HCL_MUST_CHECK hcl_status hcl_matmul_run(double *sums, bool *exact, const struct hcl_matmul *d,
                                         hcl_gemm_type type, const void *a, const void *b, int threads,
                                         struct hcl_err *err);

/** The same for rows from..to-1 of the batch * rows of all products, from sums[0] on. */
HCL_MUST_CHECK hcl_status hcl_matmul_rows(double *sums, bool *exact, const struct hcl_matmul *d,
                                          hcl_gemm_type type, const void *a, const void *b, size_t from,
                                          size_t to, int threads, struct hcl_err *err);

/** Where element (i, k) of A and element (k, j) of B of product h are. */
static inline size_t hcl_matmul_a(const struct hcl_matmul *d, size_t h, size_t i, size_t k)
{
    return h % d->a_batch * d->rows * d->depth + (d->a_adjoint ? k * d->rows + i : i * d->depth + k);
}
static inline size_t hcl_matmul_b(const struct hcl_matmul *d, size_t h, size_t k, size_t j)
{
    return h % d->b_batch * d->depth * d->columns + (d->b_adjoint ? j * d->depth + k : k * d->columns + j);
}

#endif

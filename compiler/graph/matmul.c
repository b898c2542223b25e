/* SPDX-License-Identifier: Apache-2.0 */
#include "compiler/graph/matmul.h"
#include "common/sys/mem.h"
#include <string.h>

/* One product's operands as hcl_gemm wants them. */
struct buffers {
    void *a;
    double *b;
    ptrdiff_t *off;
};

static size_t size_of(hcl_gemm_type type)
{
    return type == HCL_GEMM_I64 ? sizeof(int64_t) : sizeof(float);
}

/* Rows first..first+rows-1 of A of product h, and B of it. */
static void gather(struct buffers *x, const struct hcl_matmul *d, hcl_gemm_type type, const void *a,
                   const void *b, size_t h, size_t first, size_t rows)
{
    for (size_t i = 0; i < rows; i++)
        for (size_t k = 0; k < d->depth; k++) {
            const size_t at = hcl_matmul_a(d, h, first + i, k);
            if (type == HCL_GEMM_I64)
                ((int64_t *)x->a)[i * d->depth + k] = ((const int64_t *)a)[at];
            else
                ((float *)x->a)[i * d->depth + k] = ((const float *)a)[at];
        }
    for (size_t k = 0; k < d->depth; k++)
        for (size_t j = 0; j < d->columns; j++) {
            const size_t at = hcl_matmul_b(d, h, k, j);
            x->b[k * d->columns + j] =
                type == HCL_GEMM_I64 ? (double)((const int64_t *)b)[at] : (double)((const float *)b)[at];
        }
}

hcl_status hcl_matmul_rows(double *sums, bool *exact, const struct hcl_matmul *d, hcl_gemm_type type,
                           const void *a, const void *b, size_t from, size_t to, int threads,
                           struct hcl_err *err)
{
    struct buffers x = { 0 };
    struct hcl_gemm_a left;
    hcl_status st;

    *exact = true;
    HCL_TRY(hcl_mem_calloc(&x.a, (size_t)d->rows * d->depth, size_of(type), "matrix", err));
    HCL_TRY(hcl_mem_calloc((void **)&x.b, (size_t)d->depth * d->columns, sizeof *x.b, "matrix", err));
    HCL_TRY(hcl_mem_calloc((void **)&x.off, d->depth, sizeof *x.off, "matrix", err));
    for (size_t k = 0; k < d->depth; k++)
        x.off[k] = (ptrdiff_t)(k * d->columns);
    left = (struct hcl_gemm_a){ x.a, type, d->depth };
    memset(sums, 0, (to - from) * d->columns * sizeof *sums);
    for (size_t row = from, next; row < to && *exact; row = next) {
        const size_t h = row / d->rows, end = (h + 1) * d->rows;
        next = end < to ? end : to;
        gather(&x, d, type, a, b, h, row % d->rows, next - row);
        *exact = type != HCL_GEMM_I64 || hcl_gemm_exact(hcl_gemm_row_sum(&left, next - row, d->depth, 1),
                                                        hcl_gemm_most(x.b, (size_t)d->depth * d->columns), 0);
        HCL_TRY(hcl_gemm(sums + (row - from) * d->columns, d->columns, next - row, d->columns, d->depth,
                         &left, x.b, x.off, threads, err));
    }
done:
    hcl_mem_free_secret(x.a);
    hcl_mem_free_secret(x.b);
    hcl_mem_free(x.off);
    return st;
}

hcl_status hcl_matmul_run(double *sums, bool *exact, const struct hcl_matmul *d, hcl_gemm_type type,
                          const void *a, const void *b, int threads, struct hcl_err *err)
{
    return hcl_matmul_rows(sums, exact, d, type, a, b, 0, (size_t)d->batch * d->rows, threads, err);
}

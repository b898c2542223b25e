/* SPDX-License-Identifier: Apache-2.0 */
/* One tile in registers. The includer defines TILE_KERNEL (its name), TILE_WIDTH (doubles of a vector),
 * TILE_VECTORS (vectors of a row) and TILE_ROWS, so that TILE_ROWS*TILE_VECTORS accumulators and TILE_VECTORS
 * operands fit the registers. */
#include "common/gemm/gemm_internal.h"

typedef double tile_vec __attribute__((vector_size(TILE_WIDTH * sizeof(double)), aligned(sizeof(double))));

static inline tile_vec load(const double *p)
{
    return *(const tile_vec *)(const void *)p;
}

static inline void store(double *p, tile_vec v)
{
    *(tile_vec *)(void *)p = v;
}

static void tile(double *c, size_t ldc, size_t depth, const double *a, const double *b)
{
    tile_vec acc[TILE_ROWS][TILE_VECTORS];

#pragma GCC unroll 8
    for (int i = 0; i < TILE_ROWS; i++)
#pragma GCC unroll 8
        for (int j = 0; j < TILE_VECTORS; j++)
            acc[i][j] = load(c + (size_t)i * ldc + (size_t)j * TILE_WIDTH);
    for (size_t k = 0; k < depth; k++, a += TILE_ROWS, b += TILE_WIDTH * TILE_VECTORS) {
        tile_vec x[TILE_VECTORS];
#pragma GCC unroll 8
        for (int j = 0; j < TILE_VECTORS; j++)
            x[j] = load(b + (size_t)j * TILE_WIDTH);
#pragma GCC unroll 8
        for (int i = 0; i < TILE_ROWS; i++) {
#pragma GCC unroll 8
            for (int j = 0; j < TILE_VECTORS; j++)
                acc[i][j] += x[j] * a[i];
        }
    }
#pragma GCC unroll 8
    for (int i = 0; i < TILE_ROWS; i++)
#pragma GCC unroll 8
        for (int j = 0; j < TILE_VECTORS; j++)
            store(c + (size_t)i * ldc + (size_t)j * TILE_WIDTH, acc[i][j]);
}

const struct hcl_gemm_kernel TILE_KERNEL = { TILE_ROWS, TILE_WIDTH *TILE_VECTORS, tile };

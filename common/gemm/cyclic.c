/* SPDX-License-Identifier: Apache-2.0 */
/* Products of a vector with columns of 16-bit integers, in which sums take turns. Eight neighbours at a time:
 * those from 8b on belong to sums (8b + lane) mod period. */
#include "common/gemm/gemm.h"
#include "common/sys/clones.h"
#include <string.h>

#define LANES 8

typedef double doubles __attribute__((vector_size(LANES * sizeof(double)), aligned(sizeof(double))));
typedef int32_t ints __attribute__((vector_size(LANES * sizeof(int32_t))));
typedef int16_t shorts __attribute__((vector_size(LANES * sizeof(int16_t)), aligned(sizeof(int16_t))));

#define DOUBLES(p) (*(const doubles *)(const void *)(p))
/* in two steps, for each of which there is an instruction */
#define SHORTS(p)                                                                                            \
    __builtin_convertvector(__builtin_convertvector(*(const shorts *)(const void *)(p), ints), doubles)

/* For a period that divides LANES: every block adds to the same sums, so those of four columns stay in
 * registers, two blocks in turns, and each element of x is read once. acc: of four columns. */
HCL_VECTOR_CLONES static void add_four(double *acc, const int16_t *const *w, const double *x, size_t blocks)
{
    const int16_t *w0 = w[0], *w1 = w[1], *w2 = w[2], *w3 = w[3];
    doubles a0 = { 0 }, a1 = { 0 }, a2 = { 0 }, a3 = { 0 }, b0 = { 0 }, b1 = { 0 }, b2 = { 0 }, b3 = { 0 };

    for (size_t i = 0; i + 2 * LANES <= blocks * LANES; i += 2 * LANES) {
        const doubles x0 = DOUBLES(x + i), x1 = DOUBLES(x + i + LANES);
        a0 += SHORTS(w0 + i) * x0;
        a1 += SHORTS(w1 + i) * x0;
        a2 += SHORTS(w2 + i) * x0;
        a3 += SHORTS(w3 + i) * x0;
        b0 += SHORTS(w0 + i + LANES) * x1;
        b1 += SHORTS(w1 + i + LANES) * x1;
        b2 += SHORTS(w2 + i + LANES) * x1;
        b3 += SHORTS(w3 + i + LANES) * x1;
    }
    if (blocks % 2 == 1) {
        const size_t i = (blocks - 1) * LANES;
        const doubles x0 = DOUBLES(x + i);
        a0 += SHORTS(w0 + i) * x0;
        a1 += SHORTS(w1 + i) * x0;
        a2 += SHORTS(w2 + i) * x0;
        a3 += SHORTS(w3 + i) * x0;
    }
    const doubles sums[HCL_GEMM_CYCLIC_MOST] = { a0 + b0, a1 + b1, a2 + b2, a3 + b3 };
    memcpy(acc, sums, sizeof sums);
}

/* For any period: block b adds to accumulator b mod period. */
HCL_VECTOR_CLONES static void add_blocks(double *restrict acc, size_t period, const int16_t *w,
                                         const double *x, size_t blocks)
{
    for (size_t b = 0; b < blocks; b += period, w += LANES * period, x += LANES * period) {
        const size_t count = (blocks - b < period ? blocks - b : period) * LANES;
        for (size_t i = 0; i < count; i++)
            acc[i] += (double)w[i] * x[i];
    }
}

void hcl_gemm_cyclic(double *sums, size_t period, const int16_t *const *w, size_t columns, const double *x,
                     size_t n, double *scratch)
{
    const size_t blocks = n / LANES;
    const bool together = LANES % period == 0;
    const int16_t *all[HCL_GEMM_CYCLIC_MOST];
    double four[HCL_GEMM_CYCLIC_MOST * LANES];

    memset(sums, 0, columns * period * sizeof *sums);
    for (size_t c = 0; c < HCL_GEMM_CYCLIC_MOST; c++)
        all[c] = w[c < columns ? c : 0];
    if (together)
        add_four(four, all, x, blocks);
    for (size_t c = 0; c < columns; c++, sums += period) {
        const size_t count = LANES * (together ? 1 : period);
        const double *acc = together ? four + c * LANES : scratch;
        if (!together) {
            memset(scratch, 0, count * sizeof *scratch);
            add_blocks(scratch, period, w[c], x, blocks);
        }
        for (size_t i = 0; i < count; i++)
            sums[i % period] += acc[i];
        for (size_t i = blocks * LANES; i < n; i++)
            sums[i % period] += (double)w[c][i] * x[i];
    }
    explicit_bzero(four, sizeof four);
}

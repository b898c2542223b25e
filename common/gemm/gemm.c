/* SPDX-License-Identifier: Apache-2.0 */
#include "common/gemm/gemm.h"
#include "common/gemm/gemm_internal.h"
#include "common/sys/clones.h"
#include "common/sys/mem.h"
#include <math.h>
#include <stdatomic.h>
#include <string.h>

/* Depth of a packed panel: with the most rows of a tile it fills half of a first-level cache of 32 KiB. */
#define PANEL ((size_t)256)
/* Columns of a packed block: with PANEL it takes 400 KiB. */
#define MOST_WIDTH 192
/* Rows of a task, if there are: each packs its columns for itself, at the cost of some two rows. */
#define LEAST_HEIGHT 32
/* Multiplications below which waking threads costs more than they save: about a fifth of a millisecond of
 * one. */
#define MIN_PARALLEL_WORK 1e6
#define GEMV_LANES 8

static double at_i16(const void *p, size_t i)
{
    return ((const int16_t *)p)[i];
}
static double at_i32(const void *p, size_t i)
{
    return ((const int32_t *)p)[i];
}
static double at_i64(const void *p, size_t i)
{
    return (double)((const int64_t *)p)[i];
}
static double at_f32(const void *p, size_t i)
{
    return (double)((const float *)p)[i];
}

/* panel[k*stride + row] = A(first + row, from + k), 0 beyond the last row. */
#define DEFINE_PACK(NAME, AT)                                                                                \
    static void NAME(double *panel, size_t stride, const struct hcl_gemm_a *a, size_t first, size_t rows,    \
                     size_t from, size_t depth)                                                              \
    {                                                                                                        \
        for (size_t i = 0; i < stride; i++)                                                                  \
            for (size_t k = 0; k < depth; k++)                                                               \
                panel[k * stride + i] = i < rows ? AT(a->data, (first + i) * a->lda + from + k) : 0;         \
    }
DEFINE_PACK(pack_i16, at_i16)
DEFINE_PACK(pack_i32, at_i32)
DEFINE_PACK(pack_i64, at_i64)
DEFINE_PACK(pack_f32, at_f32)

static void pack(double *panel, size_t stride, const struct hcl_gemm_a *a, size_t first, size_t rows,
                 size_t from, size_t depth)
{
    switch (a->type) {
    case HCL_GEMM_I16:
        pack_i16(panel, stride, a, first, rows, from, depth);
        break;
    case HCL_GEMM_I32:
        pack_i32(panel, stride, a, first, rows, from, depth);
        break;
    case HCL_GEMM_I64:
        pack_i64(panel, stride, a, first, rows, from, depth);
        break;
    case HCL_GEMM_F32:
        pack_f32(panel, stride, a, first, rows, from, depth);
        break;
    }
}

/* One product and how it is cut: tasks of up to `height` rows and `width` columns, both whole tiles. */
struct job {
    const struct hcl_gemm_kernel *kernel;
    double *c;
    size_t ldc, rows, cols, depth, height, width, row_tasks, tasks;
    const struct hcl_gemm_a *a;
    const double *b;
    const ptrdiff_t *off;
};

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

static size_t round_up(size_t n, size_t unit)
{
    return (n + unit - 1) / unit * unit;
}

/* block: for each tile of columns, depth x tile columns from column col on; 0 beyond the last column. */
static void pack_columns(double *block, const struct job *p, size_t col, size_t end, size_t k, size_t depth)
{
    const size_t tile = p->kernel->cols;

    for (; col < end; col += tile) {
        const size_t cols = least(end - col, tile);
        for (size_t d = 0; d < depth; d++, block += tile) {
            memcpy(block, p->b + p->off[k + d] + col, cols * sizeof *block);
            memset(block + cols, 0, (tile - cols) * sizeof *block);
        }
    }
}

/* A tile that the matrix does not fill: through a buffer. */
static void edge_tile(const struct job *p, double *c, size_t rows, size_t cols, size_t depth,
                      const double *panel, const double *block)
{
    double buffer[HCL_GEMM_MOST_ROWS * HCL_GEMM_MOST_COLS] = { 0 };

    for (size_t i = 0; i < rows; i++)
        memcpy(buffer + i * p->kernel->cols, c + i * p->ldc, cols * sizeof *c);
    p->kernel->tile(buffer, p->kernel->cols, depth, panel, block);
    for (size_t i = 0; i < rows; i++)
        memcpy(c + i * p->ldc, buffer + i * p->kernel->cols, cols * sizeof *c);
    explicit_bzero(buffer, sizeof buffer);
}

/* Rows [row, row + rows) of one tile, columns [col, end). */
static void run_row_tile(const struct job *p, size_t row, size_t rows, size_t col, size_t end, size_t depth,
                         const double *panel, const double *block)
{
    const size_t tile = p->kernel->cols;

    for (; col < end; col += tile, block += depth * tile) {
        double *c = p->c + row * p->ldc + col;
        if (rows == p->kernel->rows && end - col >= tile)
            p->kernel->tile(c, p->ldc, depth, panel, block);
        else
            edge_tile(p, c, rows, least(end - col, tile), depth, panel, block);
    }
}

static void run_task(const struct job *p, size_t task, double *panel, double *block)
{
    const size_t tile = p->kernel->rows;
    const size_t row = task % p->row_tasks * p->height, last = least(row + p->height, p->rows);
    const size_t col = task / p->row_tasks * p->width, end = least(col + p->width, p->cols);

    for (size_t k = 0; k < p->depth; k += PANEL) {
        const size_t depth = least(p->depth - k, PANEL);
        pack_columns(block, p, col, end, k, depth);
        for (size_t i = row; i < last; i += tile) {
            const size_t rows = least(last - i, tile);
            pack(panel, tile, p->a, i, rows, k, depth);
            run_row_tile(p, i, rows, col, end, depth, panel, block);
        }
    }
}

/* Columns in pieces whose packed block stays in a second-level cache; then rows, for four tasks a thread. */
static void cut(struct job *p, int threads)
{
    const size_t tile = p->kernel->rows;
    size_t pieces, col_tasks;

    p->width = least(round_up(MOST_WIDTH, p->kernel->cols), round_up(p->cols, p->kernel->cols));
    col_tasks = (p->cols + p->width - 1) / p->width;
    pieces = threads == 1 ? 1 : (4 * (size_t)threads + col_tasks - 1) / col_tasks;
    pieces = least(pieces, (p->rows + LEAST_HEIGHT - 1) / LEAST_HEIGHT);
    p->height = round_up((p->rows + pieces - 1) / pieces, tile);
    p->row_tasks = (p->rows + p->height - 1) / p->height;
    p->tasks = p->row_tasks * col_tasks;
}

hcl_status hcl_gemm(double *c, size_t ldc, size_t rows, size_t cols, size_t depth, const struct hcl_gemm_a *a,
                    const double *b, const ptrdiff_t *off, int threads, struct hcl_err *err)
{
    struct job p = { hcl_gemm_kernel_now(), c, ldc, rows, cols, depth, 0, 0, 0, 0, a, b, off };
    atomic_bool failed = false;

    if (rows == 0 || cols == 0)
        return HCL_OK;
    if ((double)rows * (double)cols * (double)depth < MIN_PARALLEL_WORK)
        threads = 1;
    cut(&p, threads);
#pragma omp parallel num_threads(threads) if (threads > 1)
    {
        const size_t most = least(depth, PANEL), panel_len = most * p.kernel->rows;
        double *panel;
        if (hcl_mem_alloc((void **)&panel, panel_len + most * p.width, sizeof *panel, "matrix product",
                          NULL) != HCL_OK)
            atomic_store(&failed, true);
#pragma omp for schedule(dynamic)
        for (size_t i = 0; i < p.tasks; i++)
            if (panel)
                run_task(&p, i, panel, panel + panel_len);
        hcl_mem_free_secret(panel);
    }
    return failed ? hcl_fail(err, HCL_NO_RESOURCE, "out of memory for a product of matrices") : HCL_OK;
}

/* Eight sums side by side; GCC turns the inner loop into vectors. */
#define DEFINE_DOT(NAME, AT)                                                                                 \
    HCL_VECTOR_CLONES static double NAME(const void *a, size_t first, const double *x, size_t n)             \
    {                                                                                                        \
        double s[GEMV_LANES] = { 0 };                                                                        \
        size_t k = 0;                                                                                        \
        for (; k + GEMV_LANES <= n; k += GEMV_LANES)                                                         \
            for (size_t j = 0; j < GEMV_LANES; j++)                                                          \
                s[j] += AT(a, first + k + j) * x[k + j];                                                     \
        for (size_t j = 0; k + j < n; j++)                                                                   \
            s[j] += AT(a, first + k + j) * x[k + j];                                                         \
        return ((s[0] + s[4]) + (s[2] + s[6])) + ((s[1] + s[5]) + (s[3] + s[7]));                            \
    }
DEFINE_DOT(dot_i16, at_i16)
DEFINE_DOT(dot_i32, at_i32)
DEFINE_DOT(dot_i64, at_i64)
DEFINE_DOT(dot_f32, at_f32)

static double dot(const struct hcl_gemm_a *a, size_t row, const double *x, size_t depth)
{
    switch (a->type) {
    case HCL_GEMM_I16:
        return dot_i16(a->data, row * a->lda, x, depth);
    case HCL_GEMM_I32:
        return dot_i32(a->data, row * a->lda, x, depth);
    case HCL_GEMM_I64:
        return dot_i64(a->data, row * a->lda, x, depth);
    case HCL_GEMM_F32:
        return dot_f32(a->data, row * a->lda, x, depth);
    }
    return 0;
}

void hcl_gemv(double *c, size_t rows, size_t depth, const struct hcl_gemm_a *a, const double *x, int threads)
{
    const bool parallel = threads > 1 && (double)rows * (double)depth > MIN_PARALLEL_WORK;

#pragma omp parallel for schedule(static) num_threads(threads) if (parallel)
    for (size_t i = 0; i < rows; i++)
        c[i] = dot(a, i, x, depth);
}

/* Sums of magnitudes: in no order that matters, every one is a bound. */
#define DEFINE_MAGNITUDES(NAME, AT)                                                                          \
    HCL_VECTOR_CLONES static double NAME(const void *a, size_t first, size_t n)                              \
    {                                                                                                        \
        double s[GEMV_LANES] = { 0 };                                                                        \
        size_t k = 0;                                                                                        \
        for (; k + GEMV_LANES <= n; k += GEMV_LANES)                                                         \
            for (size_t j = 0; j < GEMV_LANES; j++)                                                          \
                s[j] += fabs(AT(a, first + k + j));                                                          \
        for (size_t j = 0; k + j < n; j++)                                                                   \
            s[j] += fabs(AT(a, first + k + j));                                                              \
        return ((s[0] + s[4]) + (s[2] + s[6])) + ((s[1] + s[5]) + (s[3] + s[7]));                            \
    }
DEFINE_MAGNITUDES(magnitudes_i16, at_i16)
DEFINE_MAGNITUDES(magnitudes_i32, at_i32)
DEFINE_MAGNITUDES(magnitudes_i64, at_i64)
DEFINE_MAGNITUDES(magnitudes_f32, at_f32)

static double magnitudes(const struct hcl_gemm_a *a, size_t row, size_t depth)
{
    switch (a->type) {
    case HCL_GEMM_I16:
        return magnitudes_i16(a->data, row * a->lda, depth);
    case HCL_GEMM_I32:
        return magnitudes_i32(a->data, row * a->lda, depth);
    case HCL_GEMM_I64:
        return magnitudes_i64(a->data, row * a->lda, depth);
    case HCL_GEMM_F32:
        return magnitudes_f32(a->data, row * a->lda, depth);
    }
    return HUGE_VAL;
}

double hcl_gemm_row_sum(const struct hcl_gemm_a *a, size_t rows, size_t depth, int threads)
{
    const bool parallel = threads > 1 && (double)rows * (double)depth > MIN_PARALLEL_WORK;
    double most = 0;

#pragma omp parallel for schedule(static) reduction(max : most) num_threads(threads) if (parallel)
    for (size_t i = 0; i < rows; i++) {
        const double sum = magnitudes(a, i, depth);
        most = sum <= most ? most : sum == sum ? sum : HUGE_VAL;
    }
    return most;
}

double hcl_gemm_most(const double *x, size_t n)
{
    double most = 0;

    for (size_t i = 0; i < n; i++) {
        const double m = fabs(x[i]);
        most = m <= most ? most : m == m ? m : HUGE_VAL;
    }
    return most;
}

void hcl_gemm_from_i64(double *out, const int64_t *x, size_t n)
{
    for (size_t i = 0; i < n; i++)
        out[i] = (double)x[i];
}

const struct hcl_gemm_kernel *hcl_gemm_kernel_now(void)
{
#ifdef HCL_HAVE_GEMM_X86
    if (__builtin_cpu_supports("avx512f"))
        return &hcl_gemm_avx512;
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
        return &hcl_gemm_avx2;
#endif
    return &hcl_gemm_portable;
}

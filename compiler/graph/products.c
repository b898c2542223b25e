/* SPDX-License-Identifier: Apache-2.0 */
#include "compiler/graph/products.h"
#include "common/sys/mem.h"
#include "compiler/graph/window.h"
#include <string.h>

/* Elements of the windows gathered at a time: 1 MiB, which a second-level cache holds, or, where windows are
 * so large that this would be few, as many as are worth packing the filters for, in 8 MiB. */
#define GATHERED ((size_t)1 << 17)
#define MOST_GATHERED ((size_t)1 << 20)
#define WORTH_PACKING 384
/* Windows gathered side by side: a cache line of each row of the matrix. */
#define SIDE 8
#define OUTSIDE SIZE_MAX

static size_t depth_of(const struct hcl_windows *w)
{
    return (size_t)w->kernel_h * w->kernel_w * w->channels;
}

static size_t positions_of(const struct hcl_windows *w)
{
    return (size_t)w->images * w->out_h * w->out_w;
}

/* Where in its image the pixel under tap (ky, kx) of window `position` is, or OUTSIDE of it. */
static size_t pixel(const struct hcl_windows *w, size_t position, uint32_t ky, uint32_t kx)
{
    const size_t row = position / w->out_w % w->out_h;
    const size_t y = row * w->stride_y + (size_t)ky * (w->gap_y + 1),
                 column = position % w->out_w * w->stride_x + (size_t)kx * (w->gap_x + 1);

    if (y < w->pad_top || y - w->pad_top >= w->height || column < w->pad_left ||
        column - w->pad_left >= w->width)
        return OUTSIDE;
    return ((y - w->pad_top) * w->width + column - w->pad_left) * w->channels;
}

/* Columns of `to`, whose rows are ld apart, from count <= SIDE vectors of so many channels; NULL: of zeros.
 */
static void put_floats(const float *const *from, size_t count, size_t channels, double *to, size_t ld)
{
    bool whole = count == SIDE;

    for (size_t j = 0; j < count; j++)
        whole &= from[j] != NULL;
    for (size_t c = 0; whole && c < channels; c++, to += ld)
        for (size_t j = 0; j < SIDE; j++)
            to[j] = (double)from[j][c];
    for (size_t c = 0; !whole && c < channels; c++, to += ld)
        for (size_t j = 0; j < count; j++)
            to[j] = from[j] ? (double)from[j][c] : 0;
}

static void put_doubles(const double *const *from, size_t count, size_t channels, double *to, size_t ld)
{
    for (size_t c = 0; c < channels; c++, to += ld)
        for (size_t j = 0; j < count; j++)
            to[j] = from[j] ? from[j][c] : 0;
}

/* One tap of windows first..first+count-1, count <= SIDE: column j of `to`, whose rows are ld apart. */
static void gather_tap(const struct hcl_windows *w, const struct hcl_window_images *x, size_t first,
                       size_t count, uint32_t ky, uint32_t kx, double *to, size_t ld)
{
    const size_t image_len = (size_t)w->height * w->width * w->channels;
    const double *doubles[SIDE] = { NULL };
    const float *floats[SIDE] = { NULL };

    for (size_t j = 0; j < count; j++) {
        const size_t image = (first + j) / ((size_t)w->out_h * w->out_w), at = pixel(w, first + j, ky, kx);
        if (at == OUTSIDE)
            continue;
        if (x->floats)
            floats[j] = x->floats[image] + at;
        else
            doubles[j] = x->doubles + image * image_len + at;
    }
    if (x->floats)
        put_floats(floats, count, w->channels, to, ld);
    else
        put_doubles(doubles, count, w->channels, to, ld);
}

static void gather(const struct hcl_windows *w, const struct hcl_window_images *x, size_t first, size_t count,
                   double *to, int threads)
{
#pragma omp parallel for schedule(static) num_threads(threads) if (threads > 1 && count > 1024)
    for (size_t at = 0; at < count; at += SIDE) {
        double *column = to + at;
        for (uint32_t ky = 0; ky < w->kernel_h; ky++)
            for (uint32_t kx = 0; kx < w->kernel_w; kx++, column += (size_t)w->channels * count)
                gather_tap(w, x, first + at, count - at < SIDE ? count - at : SIDE, ky, kx, column, count);
    }
}

static hcl_status multiply(double *out, const struct hcl_windows *w, const struct hcl_window_images *x,
                           const struct hcl_gemm_a *filters, double *gathered, ptrdiff_t *off, size_t step,
                           int threads, struct hcl_err *err)
{
    const size_t positions = positions_of(w), depth = depth_of(w);
    hcl_status st = HCL_OK;

    for (size_t at = 0; st == HCL_OK && at < positions; at += step) {
        const size_t count = positions - at < step ? positions - at : step;
        gather(w, x, at, count, gathered, threads);
        for (size_t k = 0; k < depth; k++)
            off[k] = (ptrdiff_t)(k * count);
        if (positions == 1)
            hcl_gemv(out, w->outputs, depth, filters, gathered, threads);
        else
            st =
                hcl_gemm(out + at, positions, w->outputs, count, depth, filters, gathered, off, threads, err);
    }
    return st;
}

static size_t windows_at_a_time(size_t depth)
{
    const size_t most = MOST_GATHERED / (depth + 1), few = GATHERED / (depth + 1);
    const size_t n = few > WORTH_PACKING ? few : WORTH_PACKING;

    return (n < most ? n : most) / SIDE * SIDE;
}

hcl_status hcl_window_products(double **out, const struct hcl_windows *w, const struct hcl_window_images *x,
                               const struct hcl_gemm_a *filters, int threads, struct hcl_err *err)
{
    const size_t positions = positions_of(w), depth = depth_of(w);
    size_t step = windows_at_a_time(depth);
    double *gathered = NULL;
    ptrdiff_t *off = NULL;
    hcl_status st;

    step = step < SIDE ? SIDE : step > positions ? positions : step;
    *out = NULL;
    HCL_TRY(hcl_mem_calloc((void **)out, (size_t)w->outputs * positions, sizeof **out, "layer", err));
    HCL_TRY(hcl_mem_alloc((void **)&gathered, depth * step, sizeof *gathered, "windows", err));
    HCL_TRY(hcl_mem_alloc((void **)&off, depth, sizeof *off, "windows", err));
    HCL_TRY(multiply(*out, w, x, filters, gathered, off, step, threads, err));
done:
    if (st != HCL_OK) {
        hcl_mem_free_secret(*out);
        *out = NULL;
    }
    hcl_mem_free_secret(gathered);
    hcl_mem_free(off);
    return st;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* CONV: acc = b[o] + b_mul*r[y,x,o] + sum x[y*sy+dy-pt, x*sx+dx-pl, i] * w[o,dy,dx,i]. A dense layer is
 * kernel 1x1. r, which few have, is any tensor of the result's shape, or a vector r[o], and b_mul a power of
 * two. */
#include "compiler/primitives/conv/conv.h"
#include "common/sys/mem.h"
#include "common/sys/threads.h"
#include "compiler/graph/products.h"
#include "compiler/primitives/filter.h"
#include "compiler/primitives/operands.h"
#include <string.h>

static hcl_status check(const struct hcl_fx_graph *g, const struct hcl_fx_node *n, struct hcl_err *err)
{
    const uint32_t *x = g->tensors[n->inputs[0]].dims, *w = g->tensors[n->inputs[1]].dims;
    if (w[3] != x[3])
        return hcl_primitive_fail(err, n, "the filter's channels do not match the input's");
    return hcl_filter_check(g, n, w[0], err);
}

static struct hcl_interval bounds(const struct hcl_fx_graph *g, const struct hcl_fx_node *n)
{
    const size_t outputs = g->tensors[n->inputs[1]].dims[0];
    return hcl_filter_bounds(g, n, outputs, hcl_fx_tensor_len(g, n->inputs[1]) / outputs, 1);
}

/* Of n values and the weights from number `first` on. */
static int64_t dot(const struct hcl_fx_operands *p, const int64_t *x, size_t first, size_t n)
{
    int64_t acc = 0;
    for (size_t i = 0; i < n; i++)
        acc += x[i] * hcl_fx_weight(p, first + i);
    return acc;
}

static hcl_status conv_at(const struct hcl_fx_operands *p, const struct hcl_fx_window *w, size_t at,
                          uint32_t o)
{
    size_t channels = p->xd[3];
    int64_t acc = hcl_filter_offset(p, at, o);
    for (uint32_t ky = w->y0; ky < w->y1; ky++)
        for (uint32_t kx = w->x0; kx < w->x1; kx++)
            acc += dot(p, hcl_fx_pixel(p, w, ky, kx),
                       (((size_t)o * p->wd[1] + ky) * p->wd[2] + kx) * channels, channels);
    return hcl_operands_put(p, at, acc, p->n->divisor);
}

/* The results of one image, whose first position is number `first` of `all`. */
static hcl_status put_image(const struct hcl_fx_operands *p, const double *sums, size_t first, size_t all)
{
    const size_t outputs = p->yd[3];
    for (size_t i = 0; i < p->y_len; i++) {
        const size_t o = i % outputs;
        hcl_status st = hcl_operands_put(
            p, i, (int64_t)sums[o * all + first + i / outputs] + hcl_filter_offset(p, i, o), p->n->divisor);
        if (st != HCL_OK)
            return st;
    }
    return HCL_OK;
}

/* The same sums as conv_at's, all at once, exact as the bounds say. p: one for each image of x. */
static hcl_status multiply(const struct hcl_fx_operands *p, uint32_t images, const struct hcl_gemm_a *filters,
                           const double *x)
{
    const struct hcl_fx_node *n = p->n;
    const struct hcl_windows w = { p->xd[1],    p->xd[2],    p->xd[3],   n->kernel_h, n->kernel_w,
                                   n->stride_y, n->stride_x, n->pad_top, n->pad_left, p->yd[1],
                                   p->yd[2],    p->yd[3],    images,     n->gap_y,    n->gap_x };
    const size_t positions = (size_t)w.out_h * w.out_w;
    double *sums;
    const struct hcl_window_images images_of = { x, NULL };
    hcl_status st = hcl_window_products(&sums, &w, &images_of, filters, hcl_threads_available(), p->err);
    for (size_t k = 0; st == HCL_OK && k < images; k++)
        st = put_image(&p[k], sums, k * positions, images * positions);
    hcl_mem_free_secret(sums);
    return st;
}

static hcl_status convolve(const struct hcl_fx_operands *p, size_t images)
{
    const size_t taps = (size_t)p->wd[1] * p->wd[2] * p->wd[3];
    const struct hcl_gemm_a filters = p->short_w != NULL
                                          ? (struct hcl_gemm_a){ p->short_w, HCL_GEMM_I16, taps }
                                          : (struct hcl_gemm_a){ p->w, HCL_GEMM_I64, taps };
    double *x = NULL;
    hcl_status st;
    HCL_TRY(hcl_mem_alloc((void **)&x, images * p->x_len, sizeof *x, "layer", p->err));
    for (size_t k = 0; k < images; k++)
        hcl_gemm_from_i64(x + k * p->x_len, p[k].x, p->x_len);
    const double sum = hcl_gemm_row_sum(&filters, p->yd[3], taps, hcl_threads_available());
    if (hcl_gemm_exact(sum, hcl_gemm_most(x, images * p->x_len), 0))
        HCL_TRY(multiply(p, (uint32_t)images, &filters, x));
    else
        for (size_t k = 0; k < images; k++)
            HCL_TRY(hcl_operands_each_window(&p[k], conv_at));
done:
    hcl_mem_free_secret(x);
    return st;
}

static hcl_status convolve_one(const struct hcl_fx_operands *p)
{
    return convolve(p, 1);
}

/* A computed filter is each set's own. */
static hcl_status convolve_all(const struct hcl_fx_operands *p, size_t count)
{
    hcl_status st = HCL_OK;
    if (p->g->tensors[p->n->inputs[1]].data != NULL)
        return convolve(p, count);
    for (size_t k = 0; k < count && st == HCL_OK; k++)
        st = convolve(&p[k], 1);
    return st;
}

static double multiplications(const struct hcl_fx_graph *g, const struct hcl_fx_node *n)
{
    const uint32_t *y = g->tensors[n->output].dims, *w = g->tensors[n->inputs[1]].dims;
    return (double)y[1] * y[2] * y[3] * w[1] * w[2] * w[3];
}

const struct hcl_primitive hcl_primitive_conv = {
    .name = "conv",
    .operands = 2,
    .rescales = true,
    .residual = true,
    .short_constant = true,
    .check = check,
    .bounds = bounds,
    .interpret = convolve_one,
    .interpret_batch = convolve_all,
    .multiplications = multiplications,
    .joins_items = true,
    .gadget = hcl_gadget_conv,
};

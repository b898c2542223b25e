/* SPDX-License-Identifier: Apache-2.0 */
#include "compiler/quantize/interpret.h"
#include "common/sys/mem.h"
#include "common/sys/threads.h"
#include "compiler/graph/products.h"
#include "compiler/graph/window.h"
#include <math.h>
#include <string.h>

/* Elements of all constants or of all other tensors. */
static size_t elements(const struct hcl_fx_graph *g, bool constant)
{
    size_t total = 0;
    for (uint32_t t = 0; t < g->num_tensors; t++)
        total += (g->tensors[t].data != NULL) == constant ? hcl_fx_tensor_len(g, t) : 0;
    return total;
}

size_t hcl_fx_batch(const struct hcl_fx_graph *g)
{
    return hcl_batch_of(elements(g, true), elements(g, false));
}

hcl_status hcl_fx_values_init(struct hcl_fx_values *v, const struct hcl_fx_graph *g, struct hcl_err *err)
{
    const size_t total = elements(g, false);
    hcl_status st = HCL_OK;
    *v = (struct hcl_fx_values){ .num_tensors = g->num_tensors };
    v->tensor = calloc(g->num_tensors + 1, sizeof *v->tensor);
    if (v->tensor == NULL)
        return hcl_fail(err, HCL_NO_RESOURCE, "no memory for %zu tensors", g->num_tensors);
    HCL_TRY(hcl_mem_calloc((void **)&v->arena, total + 1, sizeof *v->arena, "fixed-point values", err));
    int64_t *next = v->arena;
    for (uint32_t t = 0; t < g->num_tensors; t++) {
        if (g->tensors[t].data != NULL) {
            v->tensor[t] = g->tensors[t].type == HCL_FX_I64 ? (int64_t *)g->tensors[t].data : NULL;
        } else {
            v->tensor[t] = next;
            next += hcl_fx_tensor_len(g, t);
        }
    }
done:
    if (st != HCL_OK)
        hcl_fx_values_clear(v);
    return st;
}

void hcl_fx_values_clear(struct hcl_fx_values *v)
{
    hcl_mem_free_secret(v->arena);
    free(v->tensor);
    *v = (struct hcl_fx_values){ 0 };
}

hcl_status hcl_fx_set_input(const struct hcl_fx_graph *g, struct hcl_fx_values *v, size_t which,
                            const float *x, size_t len, struct hcl_err *err)
{
    if (which >= g->num_inputs)
        return hcl_fail(err, HCL_BAD_INPUT, "the model has no input %zu, only %zu", which, g->num_inputs);
    const struct hcl_fx_tensor *t = &g->tensors[g->inputs[which]];
    int64_t *to = v->tensor[g->inputs[which]];
    if (len != hcl_fx_tensor_len(g, g->inputs[which]))
        return hcl_fail(err, HCL_BAD_INPUT, "input '%s' has %zu elements, expected %zu", t->name, len,
                        hcl_fx_tensor_len(g, g->inputs[which]));
    for (size_t i = 0; i < len; i++) {
        const int bits = hcl_fx_element_bits(t, i);
        const double scale = ldexp(1, bits);
        double scaled = (double)x[i] * scale;
        bool near = scaled > (double)t->lo - 1 && scaled < (double)t->hi + 1;
        to[i] = near ? hcl_fx_round(x[i], scale) : 0;
        if (!near || to[i] < t->lo || to[i] > t->hi)
            return hcl_fail(err, HCL_BAD_INPUT,
                            "input '%s' is %g at element %zu, expected a number in [%g, %g]", t->name,
                            (double)x[i], i, ldexp((double)t->lo, -bits), ldexp((double)t->hi, -bits));
    }
    return HCL_OK;
}

/* What a node's rule reads: operands, result and their shapes. */
struct operands {
    const struct hcl_fx_graph *g;
    const struct hcl_fx_node *n;
    const int64_t *x, *w, *b; /* w: x again for a node with one operand; b may be NULL */
    const int16_t *short_w;   /* the filter instead of w, or NULL */
    const uint32_t *xd, *wd, *yd;
    size_t x_len, w_len, y_len;
    int64_t *y;
    struct hcl_err *err;
};

static hcl_status fail_range(const struct operands *p, size_t element, int64_t q)
{
    return hcl_fail(
        p->err, HCL_BAD_INPUT,
        "%s: value %lld at element %zu of tensor '%s' is outside its range [%lld, %lld]: the input is"
        " unlike the calibration samples",
        p->n->name, (long long)q, element, p->g->tensors[p->n->output].name, (long long)p->n->q_lo,
        (long long)p->n->q_hi);
}

/* rescale, check, function: the end of every node with an accumulator. */
static hcl_status put(const struct operands *p, size_t element, int64_t acc, int64_t divisor)
{
    int64_t q = hcl_fx_rescale(acc, divisor);
    if (q < p->n->q_lo || q > p->n->q_hi)
        return fail_range(p, element, q);
    p->y[element] = p->n->fn != NULL ? p->n->fn[q - p->n->q_lo] : q;
    return HCL_OK;
}

/* The window of an output position: kernel rows [y0, y1) and columns [x0, x1) inside the image. */
struct window {
    uint32_t oy, ox, y0, y1, x0, x1;
};

static struct window window_at(const struct operands *p, uint32_t oy, uint32_t ox)
{
    const struct hcl_fx_node *n = p->n;
    struct window w = { .oy = oy, .ox = ox };
    hcl_window_inside(oy, n->stride_y, n->pad_top, n->kernel_h, p->xd[1], &w.y0, &w.y1);
    hcl_window_inside(ox, n->stride_x, n->pad_left, n->kernel_w, p->xd[2], &w.x0, &w.x1);
    return w;
}

static const int64_t *pixel(const struct operands *p, const struct window *w, uint32_t ky, uint32_t kx)
{
    size_t y = (size_t)w->oy * p->n->stride_y + ky - p->n->pad_top;
    size_t x = (size_t)w->ox * p->n->stride_x + kx - p->n->pad_left;
    return p->x + (y * p->xd[2] + x) * p->xd[3];
}

static int64_t weight_at(const struct operands *p, size_t i)
{
    return p->short_w != NULL ? p->short_w[i] : p->w[i];
}

/* Of n values and the weights from number `first` on. */
static int64_t dot(const struct operands *p, const int64_t *x, size_t first, size_t n)
{
    int64_t acc = 0;
    for (size_t i = 0; i < n; i++)
        acc += x[i] * weight_at(p, first + i);
    return acc;
}

static hcl_status conv_at(const struct operands *p, const struct window *w, size_t at, uint32_t o)
{
    size_t channels = p->xd[3];
    int64_t acc = p->b != NULL ? p->b[o] : 0;
    for (uint32_t ky = w->y0; ky < w->y1; ky++) {
        /* neighbouring pixels and taps are both contiguous: one dot product per kernel row */
        const size_t first = (((size_t)o * p->wd[1] + ky) * p->wd[2] + w->x0) * channels;
        acc += dot(p, pixel(p, w, ky, w->x0), first, (w->x1 - w->x0) * channels);
    }
    return put(p, at, acc, p->n->divisor);
}

static hcl_status depthwise_at(const struct operands *p, const struct window *w, size_t at, uint32_t o)
{
    uint32_t multiplier = p->wd[3] / p->xd[3];
    int64_t acc = p->b != NULL ? p->b[o] : 0;
    for (uint32_t ky = w->y0; ky < w->y1; ky++)
        for (uint32_t kx = w->x0; kx < w->x1; kx++)
            acc += pixel(p, w, ky, kx)[o / multiplier] *
                   weight_at(p, ((size_t)ky * p->wd[2] + kx) * p->wd[3] + o);
    return put(p, at, acc, p->n->divisor);
}

static hcl_status average_at(const struct operands *p, const struct window *w, size_t at, uint32_t o)
{
    int64_t sum = 0;
    for (uint32_t ky = w->y0; ky < w->y1; ky++)
        for (uint32_t kx = w->x0; kx < w->x1; kx++)
            sum += pixel(p, w, ky, kx)[o];
    return put(p, at, p->n->pool_mul * sum,
               p->n->divisor * (int64_t)(w->y1 - w->y0) * (int64_t)(w->x1 - w->x0));
}

static hcl_status maximum_at(const struct operands *p, const struct window *w, size_t at, uint32_t o)
{
    int64_t best = INT64_MIN;
    for (uint32_t ky = w->y0; ky < w->y1; ky++)
        for (uint32_t kx = w->x0; kx < w->x1; kx++) {
            int64_t v = pixel(p, w, ky, kx)[o];
            best = v > best ? v : best;
        }
    p->y[at] = best;
    return HCL_OK;
}

typedef hcl_status (*window_rule)(const struct operands *, const struct window *, size_t at, uint32_t o);

static hcl_status each_window(const struct operands *p, window_rule rule)
{
    size_t at = 0;
    for (uint32_t oy = 0; oy < p->yd[1]; oy++)
        for (uint32_t ox = 0; ox < p->yd[2]; ox++) {
            struct window w = window_at(p, oy, ox);
            for (uint32_t o = 0; o < p->yd[3]; o++) {
                hcl_status st = rule(p, &w, at++, o);
                if (st != HCL_OK)
                    return st;
            }
        }
    return HCL_OK;
}

/* The results of one image, whose first position is number `first` of `all`. */
static hcl_status put_image(const struct operands *p, const double *sums, size_t first, size_t all)
{
    const size_t outputs = p->yd[3];
    for (size_t i = 0; i < p->y_len; i++) {
        const size_t o = i % outputs;
        hcl_status st = put(p, i, (int64_t)sums[o * all + first + i / outputs] + (p->b != NULL ? p->b[o] : 0),
                            p->n->divisor);
        if (st != HCL_OK)
            return st;
    }
    return HCL_OK;
}

/* The same sums as conv_at's, all at once, exact as the bounds say. p: one for each image of x. */
static hcl_status multiply(const struct operands *p, uint32_t images, const struct hcl_gemm_a *filters,
                           const double *x)
{
    const struct hcl_fx_node *n = p->n;
    const struct hcl_windows w = { p->xd[1],    p->xd[2],    p->xd[3],   n->kernel_h, n->kernel_w,
                                   n->stride_y, n->stride_x, n->pad_top, n->pad_left, p->yd[1],
                                   p->yd[2],    p->yd[3],    images };
    const size_t positions = (size_t)w.out_h * w.out_w;
    double *sums;
    hcl_status st = hcl_window_products(&sums, &w, x, filters, hcl_threads_available(), p->err);
    for (size_t k = 0; st == HCL_OK && k < images; k++)
        st = put_image(&p[k], sums, k * positions, images * positions);
    hcl_mem_free_secret(sums);
    return st;
}

static hcl_status convolve(const struct operands *p, uint32_t images)
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
        HCL_TRY(multiply(p, images, &filters, x));
    else
        for (size_t k = 0; k < images; k++)
            HCL_TRY(each_window(&p[k], conv_at));
done:
    hcl_mem_free_secret(x);
    return st;
}

/* Element i of the first operand meets element i mod w_len of the second: equal shapes, channels or one. */
static hcl_status elementwise(const struct operands *p)
{
    for (size_t i = 0; i < p->y_len; i++) {
        int64_t acc = p->x[i];
        if (p->n->op == HCL_FX_ADD)
            acc = acc * p->n->a_mul + p->w[i % p->w_len] * p->n->b_mul;
        else if (p->n->op == HCL_FX_MUL)
            acc *= p->w[i % p->w_len];
        hcl_status st = put(p, i, acc, p->n->divisor);
        if (st != HCL_OK)
            return st;
    }
    return HCL_OK;
}

static hcl_status pad(const struct operands *p)
{
    size_t row = (size_t)p->xd[2] * p->xd[3];
    memset(p->y, 0, p->y_len * sizeof *p->y);
    for (uint32_t y = 0; y < p->xd[1]; y++)
        memcpy(p->y + ((size_t)(y + p->n->pad_top) * p->yd[2] + p->n->pad_left) * p->yd[3], p->x + y * row,
               row * sizeof *p->y);
    return HCL_OK;
}

static void softmax_row(const struct operands *p, const int64_t *x, int64_t *y, size_t channels)
{
    int frac = p->g->tensors[p->n->output].frac_bits;
    int64_t best = x[0], sum = 0;
    for (size_t c = 1; c < channels; c++)
        best = x[c] > best ? x[c] : best;
    for (size_t c = 0; c < channels; c++) {
        int64_t d = best - x[c];
        y[c] = p->n->exp_table[d < p->n->exp_len ? d : p->n->exp_len - 1];
        sum += y[c];
    }
    for (size_t c = 0; c < channels; c++)
        y[c] = ((y[c] << (frac + 1)) + sum) / (2 * sum);
}

static hcl_status softmax(const struct operands *p)
{
    size_t channels = p->yd[3];
    for (size_t at = 0; at < p->y_len; at += channels)
        softmax_row(p, p->x + at, p->y + at, channels);
    return HCL_OK;
}

static int64_t long_product(const struct operands *p, const struct hcl_matmul *d, size_t h, size_t i,
                            size_t j)
{
    int64_t acc = 0;
    for (size_t k = 0; k < d->depth; k++)
        acc += p->x[hcl_matmul_a(d, h, i, k)] * p->w[hcl_matmul_b(d, h, k, j)];
    return acc;
}

/* Sums that may leave 53 bits are taken in integers. */
static hcl_status matmul(const struct operands *p)
{
    const struct hcl_matmul d = hcl_fx_matmul_of(p->g, p->n);
    double *sums = NULL;
    hcl_status st;
    bool exact;
    HCL_TRY(hcl_mem_alloc((void **)&sums, p->y_len, sizeof *sums, "matrix", p->err));
    HCL_TRY(hcl_matmul_run(sums, &exact, &d, HCL_GEMM_I64, p->x, p->w, hcl_threads_available(), p->err));
    for (size_t i = 0; i < p->y_len; i++) {
        const size_t row = i / d.columns;
        HCL_TRY(put(p, i,
                    exact ? (int64_t)sums[i] : long_product(p, &d, row / d.rows, row % d.rows, i % d.columns),
                    p->n->divisor));
    }
done:
    hcl_mem_free_secret(sums);
    return st;
}

static hcl_status move(const struct operands *p)
{
    const size_t second = p->x_len + (p->n->inputs[1] != HCL_FX_NONE ? p->w_len : 0);
    for (size_t i = 0; i < p->y_len; i++) {
        const size_t from = p->n->map[i];
        p->y[i] = from == HCL_FX_NONE ? 0
                  : from < p->x_len   ? p->x[from]
                  : from < second     ? p->w[from - p->x_len]
                                      : p->b[from - second];
    }
    return HCL_OK;
}

static hcl_status run_node(const struct operands *p)
{
    switch (p->n->op) {
    case HCL_FX_CONV:
        return convolve(p, 1);
    case HCL_FX_DEPTHWISE:
        return each_window(p, depthwise_at);
    case HCL_FX_AVG_POOL:
        return each_window(p, average_at);
    case HCL_FX_MAX_POOL:
        return each_window(p, maximum_at);
    case HCL_FX_ADD:
    case HCL_FX_MUL:
    case HCL_FX_UNARY:
        return elementwise(p);
    case HCL_FX_RESHAPE:
        memcpy(p->y, p->x, p->y_len * sizeof *p->y);
        return HCL_OK;
    case HCL_FX_PAD:
        return pad(p);
    case HCL_FX_MATMUL:
        return matmul(p);
    case HCL_FX_MOVE:
        return move(p);
    case HCL_FX_SOFTMAX:
        return softmax(p);
    case HCL_FX_OP_COUNT:
        break;
    }
    return hcl_fail(p->err, HCL_BAD_INPUT, "%s: unknown operator %d", p->n->name, p->n->op);
}

static struct operands operands_of(const struct hcl_fx_graph *g, const struct hcl_fx_node *n,
                                   const struct hcl_fx_values *v, struct hcl_err *err)
{
    const uint32_t second = n->inputs[1] != HCL_FX_NONE ? n->inputs[1] : n->inputs[0];
    struct operands p = { .g = g,
                          .n = n,
                          .x = v->tensor[n->inputs[0]],
                          .xd = g->tensors[n->inputs[0]].dims,
                          .x_len = hcl_fx_tensor_len(g, n->inputs[0]),
                          .w = v->tensor[second],
                          .wd = g->tensors[second].dims,
                          .w_len = hcl_fx_tensor_len(g, second),
                          .y = v->tensor[n->output],
                          .yd = g->tensors[n->output].dims,
                          .y_len = hcl_fx_tensor_len(g, n->output),
                          .err = err };
    if (g->tensors[second].type == HCL_FX_I16)
        p.short_w = g->tensors[second].data;
    if (n->inputs[2] != HCL_FX_NONE)
        p.b = v->tensor[n->inputs[2]];
    return p;
}

hcl_status hcl_interpret_batch(const struct hcl_fx_graph *g, struct hcl_fx_values *v, size_t count,
                               struct hcl_err *err)
{
    struct operands p[HCL_MOST_BATCH];
    hcl_status st = HCL_OK;
    HCL_CHECK(count >= 1 && count <= HCL_MOST_BATCH);
    for (size_t i = 0; i < g->num_nodes && st == HCL_OK; i++) {
        const struct hcl_fx_node *n = &g->nodes[i];
        for (size_t k = 0; k < count; k++)
            p[k] = operands_of(g, n, &v[k], err);
        /* a computed filter is each set's own */
        if (n->op == HCL_FX_CONV && g->tensors[n->inputs[1]].data != NULL)
            st = convolve(p, (uint32_t)count);
        else
            for (size_t k = 0; k < count && st == HCL_OK; k++)
                st = run_node(&p[k]);
    }
    return st;
}

hcl_status hcl_interpret(const struct hcl_fx_graph *g, struct hcl_fx_values *v, struct hcl_err *err)
{
    return hcl_interpret_batch(g, v, 1, err);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "compiler/graph/evaluate.h"
#include "common/sys/mem.h"
#include "common/sys/threads.h"
#include "compiler/graph/matmul.h"
#include "compiler/graph/products.h"
#include "compiler/graph/window.h"
#include <math.h>
#include <string.h>

/* Elements of all constants or of all other tensors. */
static size_t elements(const struct hcl_graph *g, bool constant)
{
    size_t total = 0;
    for (size_t t = 0; t < g->num_tensors; t++)
        total += (g->tensors[t].data != NULL) == constant ? hcl_tensor_len(&g->tensors[t]) : 0;
    return total;
}

size_t hcl_graph_batch(const struct hcl_graph *g)
{
    return hcl_batch_of(elements(g, true), elements(g, false));
}

hcl_status hcl_float_values_init(struct hcl_float_values *v, const struct hcl_graph *g, struct hcl_err *err)
{
    const size_t total = elements(g, false);
    hcl_status st = HCL_OK;
    *v = (struct hcl_float_values){ .num_tensors = g->num_tensors };
    v->tensor = calloc(g->num_tensors + 1, sizeof *v->tensor);
    v->lo = calloc(g->num_tensors + 1, sizeof *v->lo);
    v->hi = calloc(g->num_tensors + 1, sizeof *v->hi);
    if (v->tensor == NULL || v->lo == NULL || v->hi == NULL) {
        hcl_float_values_clear(v);
        return hcl_fail(err, HCL_NO_RESOURCE, "no memory for %zu tensors", g->num_tensors);
    }
    HCL_TRY(hcl_mem_calloc((void **)&v->arena, total + 1, sizeof *v->arena, "float values", err));
    float *next = v->arena;
    for (size_t t = 0; t < g->num_tensors; t++) {
        v->lo[t] = INFINITY;
        v->hi[t] = -INFINITY;
        v->tensor[t] = g->tensors[t].data;
        if (v->tensor[t] == NULL) {
            v->tensor[t] = next;
            next += hcl_tensor_len(&g->tensors[t]);
        }
    }
done:
    if (st != HCL_OK)
        hcl_float_values_clear(v);
    return st;
}

void hcl_float_values_clear(struct hcl_float_values *v)
{
    hcl_mem_free_secret(v->arena);
    free(v->tensor);
    free(v->lo);
    free(v->hi);
    *v = (struct hcl_float_values){ 0 };
}

/* What a node's rule reads: operands, result and their shapes. */
struct operands {
    const struct hcl_node *n;
    const float *x, *w, *b; /* w: x again for a node with one operand; b may be NULL */
    const uint32_t *xd, *wd, *yd;
    size_t x_len, w_len;
    float *y;
    hcl_activation act;
    double *lo, *hi; /* of the result before the activation */
};

/* The end of every computed element: note the range, apply the activation. */
static float finish(const struct operands *p, double x)
{
    *p->lo = x < *p->lo ? x : *p->lo;
    *p->hi = x > *p->hi ? x : *p->hi;
    switch (p->act) {
    case HCL_ACT_RELU:
        return (float)(x > 0 ? x : 0);
    case HCL_ACT_RELU6:
        return (float)(x > 6 ? 6 : x > 0 ? x : 0);
    default:
        return (float)x;
    }
}

/* The window of output position (oy, ox): kernel rows [y0, y1) and columns [x0, x1) inside the image. */
struct window {
    uint32_t y0, y1, x0, x1;
};

static struct window window_at(const struct operands *p, uint32_t oy, uint32_t ox)
{
    const struct hcl_node *n = p->n;
    struct window w;
    hcl_window_inside(oy, n->stride_y, n->pad_top, n->kernel_h, p->xd[1], &w.y0, &w.y1);
    hcl_window_inside(ox, n->stride_x, n->pad_left, n->kernel_w, p->xd[2], &w.x0, &w.x1);
    return w;
}

/* The channels of the image under kernel position (ky, kx) of the window at (oy, ox). */
static const float *pixel(const struct operands *p, uint32_t oy, uint32_t ox, uint32_t ky, uint32_t kx)
{
    size_t y = (size_t)oy * p->n->stride_y + ky - p->n->pad_top;
    size_t x = (size_t)ox * p->n->stride_x + kx - p->n->pad_left;
    return p->x + (y * p->xd[2] + x) * p->xd[3];
}

static double depthwise_at(const struct operands *p, struct window w, uint32_t oy, uint32_t ox, uint32_t o)
{
    uint32_t multiplier = p->wd[3] / p->xd[3];
    double acc = p->b != NULL ? (double)p->b[o] : 0;
    for (uint32_t ky = w.y0; ky < w.y1; ky++)
        for (uint32_t kx = w.x0; kx < w.x1; kx++)
            acc += (double)pixel(p, oy, ox, ky, kx)[o / multiplier] *
                   (double)p->w[((size_t)ky * p->wd[2] + kx) * p->wd[3] + o];
    return acc;
}

static double average_at(const struct operands *p, struct window w, uint32_t oy, uint32_t ox, uint32_t o)
{
    double acc = 0;
    for (uint32_t ky = w.y0; ky < w.y1; ky++)
        for (uint32_t kx = w.x0; kx < w.x1; kx++)
            acc += (double)pixel(p, oy, ox, ky, kx)[o];
    return acc / ((double)(w.y1 - w.y0) * (double)(w.x1 - w.x0));
}

static double maximum_at(const struct operands *p, struct window w, uint32_t oy, uint32_t ox, uint32_t o)
{
    double best = -INFINITY;
    for (uint32_t ky = w.y0; ky < w.y1; ky++)
        for (uint32_t kx = w.x0; kx < w.x1; kx++)
            best = fmax(best, (double)pixel(p, oy, ox, ky, kx)[o]);
    return best;
}

typedef double (*window_rule)(const struct operands *, struct window, uint32_t oy, uint32_t ox, uint32_t o);

static void each_window(const struct operands *p, window_rule rule)
{
    float *y = p->y;
    for (uint32_t oy = 0; oy < p->yd[1]; oy++)
        for (uint32_t ox = 0; ox < p->yd[2]; ox++) {
            struct window w = window_at(p, oy, ox);
            for (uint32_t o = 0; o < p->yd[3]; o++)
                *y++ = finish(p, rule(p, w, oy, ox, o));
        }
}

/* The results of one image, whose first position is number `first` of `all`. */
static void finish_image(const struct operands *p, const struct hcl_windows *w, const double *sums,
                         size_t first, size_t all)
{
    float *y = p->y;
    for (size_t at = first; at < first + (size_t)w->out_h * w->out_w; at++)
        for (size_t o = 0; o < w->outputs; o++)
            *y++ = finish(p, (p->b != NULL ? (double)p->b[o] : 0) + sums[o * all + at]);
}

/* A convolution or dense layer as a product of matrices. p: one for each image. */
static hcl_status products(const struct operands *p, const struct hcl_windows *w, struct hcl_err *err)
{
    const size_t positions = (size_t)w->out_h * w->out_w, x_len = (size_t)w->height * w->width * w->channels;
    const struct hcl_gemm_a filters = { p->w, HCL_GEMM_F32, (size_t)w->kernel_h * w->kernel_w * w->channels };
    double *x = NULL, *sums = NULL;
    hcl_status st;

    HCL_TRY(hcl_mem_alloc((void **)&x, w->images * x_len, sizeof *x, "layer", err));
    for (size_t k = 0; k < w->images; k++)
        for (size_t i = 0; i < x_len; i++)
            x[k * x_len + i] = (double)p[k].x[i];
    HCL_TRY(hcl_window_products(&sums, w, x, &filters, hcl_threads_available(), err));
    for (size_t k = 0; k < w->images; k++)
        finish_image(&p[k], w, sums, k * positions, w->images * positions);
done:
    hcl_mem_free_secret(x);
    hcl_mem_free_secret(sums);
    return st;
}

static hcl_status convolve(const struct operands *p, uint32_t images, struct hcl_err *err)
{
    const struct hcl_node *n = p->n;
    const struct hcl_windows w = { p->xd[1],    p->xd[2],    p->xd[3],   n->kernel_h, n->kernel_w,
                                   n->stride_y, n->stride_x, n->pad_top, n->pad_left, p->yd[1],
                                   p->yd[2],    p->yd[3],    images };
    return products(p, &w, err);
}

static hcl_status fully_connected(const struct operands *p, uint32_t images, size_t y_len,
                                  struct hcl_err *err)
{
    const uint32_t outputs = p->wd[0], rows = (uint32_t)(y_len / outputs);
    const struct hcl_windows w = { 1, rows, p->wd[3], 1, 1, 1, 1, 0, 0, 1, rows, outputs, images };
    return products(p, &w, err);
}

/* Element i of the first operand meets element i mod w_len of the second: equal shapes, channels or one. */
static void add(const struct operands *p, size_t y_len)
{
    for (size_t i = 0; i < y_len; i++)
        p->y[i] = finish(p, (double)p->x[i] + (double)p->w[i % p->w_len]);
}

static void mul(const struct operands *p, size_t y_len)
{
    for (size_t i = 0; i < y_len; i++)
        p->y[i] = finish(p, (double)p->x[i] * (double)p->w[i % p->w_len]);
}

static void unary(const struct operands *p, size_t y_len)
{
    for (size_t i = 0; i < y_len; i++)
        p->y[i] = finish(p, (double)p->x[i]);
}

static void pad(const struct operands *p, size_t y_len)
{
    size_t row = (size_t)p->xd[2] * p->xd[3];
    memset(p->y, 0, y_len * sizeof *p->y);
    for (uint32_t y = 0; y < p->xd[1]; y++)
        memcpy(p->y + ((size_t)(y + p->n->pad_top) * p->yd[2] + p->n->pad_left) * p->yd[3], p->x + y * row,
               row * sizeof *p->y);
}

static void softmax(const struct operands *p, size_t y_len)
{
    size_t channels = p->yd[3];
    for (size_t at = 0; at < y_len; at += channels) {
        double best = -INFINITY, sum = 0;
        for (size_t c = 0; c < channels; c++)
            best = fmax(best, (double)p->x[at + c]);
        for (size_t c = 0; c < channels; c++)
            sum += exp((double)p->n->beta * ((double)p->x[at + c] - best));
        for (size_t c = 0; c < channels; c++)
            p->y[at + c] = (float)(exp((double)p->n->beta * ((double)p->x[at + c] - best)) / sum);
    }
}

static hcl_status matmul(const struct operands *p, size_t y_len, struct hcl_err *err)
{
    const struct hcl_matmul d = hcl_matmul_of(p->xd, p->n->adj_x, p->wd, p->n->adj_y);
    double *sums;
    bool exact;
    hcl_status st = hcl_mem_alloc((void **)&sums, y_len, sizeof *sums, "matrix", err);
    if (st == HCL_OK)
        st = hcl_matmul_run(sums, &exact, &d, HCL_GEMM_F32, p->x, p->w, hcl_threads_available(), err);
    for (size_t i = 0; st == HCL_OK && i < y_len; i++)
        p->y[i] = finish(p, sums[i]);
    hcl_mem_free_secret(sums);
    return st;
}

static void move(const struct operands *p, size_t y_len)
{
    const size_t first = p->x_len, second = first + (p->n->inputs[1] != HCL_GRAPH_NONE ? p->w_len : 0);
    for (size_t i = 0; i < y_len; i++) {
        const size_t from = p->n->map[i];
        p->y[i] = finish(p, (double)(from == HCL_GRAPH_NONE ? 0
                                     : from < first         ? p->x[from]
                                     : from < second        ? p->w[from - first]
                                                            : p->b[from - second]));
    }
}

static hcl_activation activation_of(const struct hcl_node *n)
{
    return n->op == HCL_OP_RELU ? HCL_ACT_RELU : n->op == HCL_OP_RELU6 ? HCL_ACT_RELU6 : n->act;
}

static struct operands operands_of(const struct hcl_graph *g, const struct hcl_node *n,
                                   const struct hcl_float_values *v)
{
    const uint32_t second = n->inputs[1] != HCL_GRAPH_NONE ? n->inputs[1] : n->inputs[0];
    struct operands p = { .n = n, .act = activation_of(n) };
    p.x = v->tensor[n->inputs[0]];
    p.xd = g->tensors[n->inputs[0]].dims;
    p.x_len = hcl_tensor_len(&g->tensors[n->inputs[0]]);
    p.y = v->tensor[n->output];
    p.yd = g->tensors[n->output].dims;
    p.lo = &v->lo[n->output];
    p.hi = &v->hi[n->output];
    p.w = v->tensor[second];
    p.wd = g->tensors[second].dims;
    p.w_len = hcl_tensor_len(&g->tensors[second]);
    if (n->inputs[2] != HCL_GRAPH_NONE)
        p.b = v->tensor[n->inputs[2]];
    return p;
}

/* Of what is no product of matrices. */
static void evaluate_alone(const struct operands *p, size_t y_len)
{
    switch (p->n->op) {
    case HCL_OP_DEPTHWISE_CONV_2D:
        each_window(p, depthwise_at);
        break;
    case HCL_OP_AVERAGE_POOL_2D:
        each_window(p, average_at);
        break;
    case HCL_OP_MAX_POOL_2D:
        each_window(p, maximum_at);
        break;
    case HCL_OP_ADD:
        add(p, y_len);
        break;
    case HCL_OP_MUL:
        mul(p, y_len);
        break;
    case HCL_OP_RELU:
    case HCL_OP_RELU6:
    case HCL_OP_RESHAPE:
        unary(p, y_len);
        break;
    case HCL_OP_PAD:
        pad(p, y_len);
        break;
    case HCL_OP_MOVE:
        move(p, y_len);
        break;
    case HCL_OP_SOFTMAX:
        softmax(p, y_len);
        break;
    default:
        break;
    }
}

/* One node on `count` value sets. */
static hcl_status evaluate(const struct hcl_graph *g, const struct hcl_node *n, struct hcl_float_values *v,
                           size_t count, struct hcl_err *err)
{
    const size_t y_len = hcl_tensor_len(&g->tensors[n->output]);
    struct operands p[HCL_MOST_BATCH];
    HCL_CHECK(count >= 1 && count <= HCL_MOST_BATCH);
    for (size_t k = 0; k < count; k++)
        p[k] = operands_of(g, n, &v[k]);
    if (n->op == HCL_OP_CONV_2D)
        return convolve(p, (uint32_t)count, err);
    if (n->op == HCL_OP_FULLY_CONNECTED)
        return fully_connected(p, (uint32_t)count, y_len, err);
    for (size_t k = 0; k < count; k++) {
        hcl_status st = HCL_OK;
        if (n->op == HCL_OP_BATCH_MATMUL)
            st = matmul(&p[k], y_len, err);
        else
            evaluate_alone(&p[k], y_len);
        if (st != HCL_OK)
            return st;
    }
    return HCL_OK;
}

hcl_status hcl_node_evaluate(const struct hcl_graph *g, const struct hcl_node *n, struct hcl_float_values *v,
                             struct hcl_err *err)
{
    return evaluate(g, n, v, 1, err);
}

static void track_input(const struct hcl_graph *g, uint32_t t, struct hcl_float_values *v)
{
    for (size_t i = 0; i < hcl_tensor_len(&g->tensors[t]); i++) {
        v->lo[t] = fmin(v->lo[t], (double)v->tensor[t][i]);
        v->hi[t] = fmax(v->hi[t], (double)v->tensor[t][i]);
    }
}

hcl_status hcl_graph_evaluate_batch(const struct hcl_graph *g, struct hcl_float_values *v, size_t count,
                                    struct hcl_err *err)
{
    hcl_status st = HCL_OK;
    for (size_t i = 0; i < g->num_inputs * count; i++)
        track_input(g, g->inputs[i / count], &v[i % count]);
    for (size_t i = 0; st == HCL_OK && i < g->num_nodes; i++)
        st = evaluate(g, &g->nodes[i], v, count, err);
    return st;
}

hcl_status hcl_graph_evaluate(const struct hcl_graph *g, struct hcl_float_values *v, struct hcl_err *err)
{
    return hcl_graph_evaluate_batch(g, v, 1, err);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* RESIZE_BILINEAR. Each axis is a weighted sum of two neighbours, as TFLite's kernel takes them. Enlarged by
 * whole factors the weights repeat: one depthwise convolution, whose outputs are the phases; else each axis
 * is a product by its matrix. */
#include "compiler/frontend/import.h"
#include "compiler/frontend/import_moves.h"
#include <math.h>
#include <string.h>

struct axis {
    uint32_t in, out;
    float scale; /* as the kernel computes it */
    bool half_pixel_centers;
    uint32_t factor;        /* of the repetition; 0: weights do not repeat */
    uint32_t before, after; /* taps beside the nearest element on the left, of a repetition */
};

struct resize {
    struct hcl_import *im;
    const struct hcl_tfl_op *op;
    uint32_t x, channels;
    struct axis h, w;
};

static void set_axis(struct axis *a, uint32_t in, uint32_t out, bool align_corners, bool half_pixel_centers)
{
    const bool corners = align_corners && out > 1;
    *a = (struct axis){ .in = in, .out = out, .half_pixel_centers = half_pixel_centers };
    a->scale = corners ? (float)(in - 1) / (float)(out - 1) : (float)in / (float)out;
    if (corners)
        a->factor = in > 1 && (out - 1) % (in - 1) == 0 ? (out - 1) / (in - 1) : 0;
    else
        a->factor = out % in == 0 ? out / in : 0;
    a->before = a->factor > 1 && half_pixel_centers ? 1 : 0;
    a->after = a->factor > 1 ? 1 : 0;
}

/* Result `at` is (1 - *part) times element *lower and *part times *upper. */
static void neighbours(const struct axis *a, uint32_t at, uint32_t *lower, uint32_t *upper, double *part)
{
    const float place = a->half_pixel_centers ? ((float)at + 0.5F) * a->scale - 0.5F : (float)at * a->scale;
    const double low = fmax(floor((double)place), 0), high = fmin(ceil((double)place), (double)a->in - 1);
    *lower = (uint32_t)fmin(low, (double)a->in - 1);
    *upper = (uint32_t)fmax(high, 0);
    *part = (double)place - low;
}

/* Weight of tap k of phase r: of element q - before + k, for result q*factor + r. */
static double phase_weight(const struct axis *a, uint32_t r, uint32_t k)
{
    const double place = a->factor < 2           ? 0
                         : a->half_pixel_centers ? (r + 0.5) / a->factor - 0.5
                                                 : (double)r / a->factor;
    const double distance = fabs(place - ((double)k - a->before));
    return distance < 1 ? 1 - distance : 0;
}

static uint32_t taps(const struct axis *a)
{
    return a->before + 1 + a->after;
}

static hcl_status no_memory(const struct resize *r)
{
    return hcl_fail(r->im->err, HCL_NO_RESOURCE, "no memory for the weights of %s",
                    hcl_op_result_text(r->im->model, r->op).text);
}

/* The image with its border's elements repeated as far as windows reach. */
static hcl_status repeat_border(const struct resize *r, uint32_t *out)
{
    const struct hcl_map_shape x = { 4, { 1, r->h.in, r->w.in, r->channels } };
    const uint32_t before[4] = { 0, r->h.before, r->w.before, 0 },
                   after[4] = { 0, r->h.after, r->w.after, 0 };
    struct hcl_node n = hcl_import_node(HCL_OP_MOVE, r->x, HCL_GRAPH_NONE);
    struct hcl_map_shape to;
    hcl_status st;
    HCL_TRY(hcl_map_pad(&to, &n.map, &x, before, after, HCL_PAD_SYMMETRIC, r->op->name, r->im->err));
    st = hcl_import_step(r->im, r->op, &n, &to, out);
done:
    return st;
}

static hcl_status phase_filter(const struct resize *r, uint32_t *out)
{
    const uint32_t phases = r->h.factor * r->w.factor;
    const uint32_t dims[4] = { 1, taps(&r->h), taps(&r->w), r->channels * phases };
    float *data = malloc((size_t)dims[1] * dims[2] * dims[3] * sizeof *data), *to = data;
    if (data == NULL)
        return no_memory(r);
    for (uint32_t ky = 0; ky < dims[1]; ky++)
        for (uint32_t kx = 0; kx < dims[2]; kx++)
            for (uint32_t o = 0; o < dims[3]; o++)
                *to++ = (float)(phase_weight(&r->h, o % phases / r->w.factor, ky) *
                                phase_weight(&r->w, o % r->w.factor, kx));
    return hcl_import_made(r->im, r->op, dims, data, out);
}

/* Phase (i, j) of channel c is channel c*phases + i*factor + j. */
static hcl_status interleave(const struct resize *r, uint32_t from)
{
    const uint32_t phases = r->h.factor * r->w.factor;
    const struct hcl_map_shape shape = { 4, { 1, r->h.out, r->w.out, r->channels } };
    uint32_t *map = malloc((hcl_map_len(&shape) + 1) * sizeof *map), *to = map;
    if (map == NULL)
        return no_memory(r);
    for (uint32_t y = 0; y < r->h.out; y++)
        for (uint32_t x = 0; x < r->w.out; x++)
            for (uint32_t c = 0; c < r->channels; c++) {
                const uint32_t position = y / r->h.factor * r->w.in + x / r->w.factor;
                *to++ =
                    (position * r->channels + c) * phases + y % r->h.factor * r->w.factor + x % r->w.factor;
            }
    return hcl_import_move(r->im, r->op, 0, &from, 1, map, &shape);
}

static hcl_status by_phases(const struct resize *r)
{
    const struct hcl_map_shape phases = { 4,
                                          { 1, r->h.in, r->w.in, r->channels * r->h.factor * r->w.factor } };
    struct hcl_node n = hcl_import_node(HCL_OP_DEPTHWISE_CONV_2D, HCL_GRAPH_NONE, HCL_GRAPH_NONE);
    uint32_t out;
    hcl_status st;
    n.kernel_h = taps(&r->h);
    n.kernel_w = taps(&r->w);
    n.stride_y = n.stride_x = 1;
    HCL_TRY(repeat_border(r, &n.inputs[0]));
    HCL_TRY(phase_filter(r, &n.inputs[1]));
    HCL_TRY(hcl_import_step(r->im, r->op, &n, &phases, &out));
    st = interleave(r, out);
done:
    return st;
}

static hcl_status matrix(const struct resize *r, const struct axis *a, uint32_t *out)
{
    const uint32_t dims[4] = { a->out, 1, 1, a->in };
    float *data = calloc((size_t)a->out * a->in, sizeof *data);
    if (data == NULL)
        return no_memory(r);
    for (uint32_t i = 0; i < a->out; i++) {
        uint32_t lower, upper;
        double part;
        neighbours(a, i, &lower, &upper, &part);
        data[(size_t)i * a->in + lower] += (float)(1 - part);
        data[(size_t)i * a->in + upper] += (float)part;
    }
    return hcl_import_made(r->im, r->op, dims, data, out);
}

/* *x of the shape *s, its dimensions in this order. */
static hcl_status turn(const struct resize *r, uint32_t *x, struct hcl_map_shape *s, const int32_t order[4])
{
    const struct hcl_map_shape from = *s;
    struct hcl_node n = hcl_import_node(HCL_OP_MOVE, *x, HCL_GRAPH_NONE);
    hcl_status st;
    HCL_TRY(hcl_map_transpose(s, &n.map, &from, order, r->op->name, r->im->err));
    st = hcl_import_step(r->im, r->op, &n, s, x);
done:
    return st;
}

/* The last dimension of *x by the axis' matrix. */
static hcl_status multiply(const struct resize *r, const struct axis *a, uint32_t *x, struct hcl_map_shape *s)
{
    struct hcl_node n = hcl_import_node(HCL_OP_FULLY_CONNECTED, *x, HCL_GRAPH_NONE);
    hcl_status st;
    HCL_TRY(matrix(r, a, &n.inputs[1]));
    s->dims[3] = a->out;
    st = hcl_import_step(r->im, r->op, &n, s, x);
done:
    return st;
}

static hcl_status by_products(const struct resize *r)
{
    struct hcl_map_shape s = { 4, { 1, r->h.in, r->w.in, r->channels } }, to;
    uint32_t x = r->x, *map;
    hcl_status st;
    HCL_TRY(turn(r, &x, &s, (const int32_t[]){ 0, 1, 3, 2 }));
    HCL_TRY(multiply(r, &r->w, &x, &s));
    HCL_TRY(turn(r, &x, &s, (const int32_t[]){ 0, 3, 2, 1 }));
    HCL_TRY(multiply(r, &r->h, &x, &s));
    HCL_TRY(hcl_map_transpose(&to, &map, &s, (const int32_t[]){ 0, 3, 1, 2 }, r->op->name, r->im->err));
    st = hcl_import_move(r->im, r->op, 0, &x, 1, map, &to);
done:
    return st;
}

hcl_status hcl_import_bilinear(struct hcl_import *im, const struct hcl_tfl_op *op)
{
    struct resize r = { .im = im, .op = op };
    int64_t size[2];
    size_t n;
    hcl_status st;
    if (hcl_import_is_batch(im, op, 0))
        return hcl_import_each_image(im, op, 0, hcl_import_bilinear);
    HCL_TRY(hcl_import_operand(im, op, 0, &r.x));
    HCL_TRY(hcl_import_integers(im, op, 1, size, 2, &n));
    const uint32_t *x = im->graph->tensors[r.x].dims;
    r.channels = x[3];
    if (n != 2 || size[0] < 1 || size[1] < 1 || size[0] > INT32_MAX || size[1] > INT32_MAX ||
        (uint64_t)size[0] * (uint64_t)size[1] > HCL_TENSOR_MAX_LEN / x[3])
        return HCL_FAIL_OP(im, op, "expected two sizes of at least 1 and at most %zu elements in all",
                           HCL_TENSOR_MAX_LEN);
    if (op->align_corners && op->half_pixel_centers)
        return HCL_FAIL_OP(im, op, "%s",
                           "align_corners and half_pixel_centers, expected one of them at most");
    set_axis(&r.h, x[1], (uint32_t)size[0], op->align_corners, op->half_pixel_centers);
    set_axis(&r.w, x[2], (uint32_t)size[1], op->align_corners, op->half_pixel_centers);
    st = r.h.factor > 0 && r.w.factor > 0 ? by_phases(&r) : by_products(&r);
done:
    return st;
}

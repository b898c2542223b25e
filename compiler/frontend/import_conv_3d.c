/* SPDX-License-Identifier: Apache-2.0 */
/* CONV_3D: each slice of the result is a convolution over the slices of x under its window, whose channels
 * lie side by side. All slices have the same filter, [O,kh,kw,kd*I]. */
#include "compiler/frontend/import.h"
#include "compiler/frontend/import_moves.h"
#include "compiler/frontend/import_patches.h"
#include <string.h>

/* One axis: result o reads element o*stride + k*dilation - pad for each tap k. */
struct axis {
    uint32_t in, kernel, stride, dilation, out, pad, after;
};

struct conv {
    struct hcl_import *im;
    const struct hcl_tfl_op *op;
    uint32_t x, filter, bias, channels, outputs;
    struct axis d, h, w;
    struct hcl_function act;
};

static hcl_status set_axis(const struct conv *c, struct axis *a, uint32_t in, uint32_t kernel, int32_t stride,
                           int32_t dilation)
{
    const uint64_t span = kernel + (uint64_t)(kernel - 1) * (uint32_t)(dilation - 1);
    uint64_t needed;
    if (stride < 1 || dilation < 1 || span > HCL_TENSOR_MAX_LEN || (stride > 1 && dilation > 1 && kernel > 1))
        return HCL_FAIL_OP(c->im, c->op, "stride %d and dilation %d of %u taps, expected one of them to be 1",
                           stride, dilation, kernel);
    *a = (struct axis){ in, kernel, (uint32_t)stride, (uint32_t)dilation, .pad = 0 };
    if (c->op->padding == HCL_TFL_SAME) {
        a->out = (in + a->stride - 1) / a->stride;
        needed = (uint64_t)(a->out - 1) * a->stride + span;
        a->pad = needed > in ? (uint32_t)(needed - in) / 2 : 0;
        a->after = needed > in ? (uint32_t)(needed - in) - a->pad : 0;
        return HCL_OK;
    }
    if (c->op->padding != HCL_TFL_VALID || span > in)
        return HCL_FAIL_OP(c->im, c->op, "padding kind %d and a window over %zu of %u elements",
                           c->op->padding, (size_t)span, in);
    a->out = (uint32_t)((in - span) / a->stride + 1);
    return HCL_OK;
}

/* w[kd,kh,kw,i,o] as [o][kh][kw][kd,i]. */
static hcl_status turn_filter(struct conv *c, const float *from)
{
    const uint32_t dims[4] = { c->outputs, c->h.kernel, c->w.kernel, c->d.kernel * c->channels };
    float *data = malloc((size_t)dims[0] * dims[1] * dims[2] * dims[3] * sizeof *data), *to = data;
    if (data == NULL)
        return hcl_fail(c->im->err, HCL_NO_RESOURCE, "no memory for the filter of CONV_3D");
    for (size_t o = 0; o < dims[0]; o++)
        for (size_t tap = 0; tap < (size_t)dims[1] * dims[2]; tap++)
            for (size_t i = 0; i < dims[3]; i++) {
                const size_t kd = i / c->channels, at = (kd * dims[1] * dims[2] + tap) * c->channels;
                *to++ = from[(at + i % c->channels) * c->outputs + o];
            }
    return hcl_import_made(c->im, c->op, dims, data, &c->filter);
}

static hcl_status read_conv(struct conv *c)
{
    const struct hcl_tfl_op *op = c->op;
    struct hcl_map_shape x, w, b;
    uint32_t filter;
    hcl_status st;
    HCL_TRY(hcl_import_activation(c->im, op, &c->act));
    HCL_TRY(hcl_import_any(c->im, op, 0, &c->x, &x));
    HCL_TRY(hcl_import_any(c->im, op, 1, &filter, &w));
    c->bias = HCL_GRAPH_NONE;
    if (x.rank != 5 || x.dims[0] != 1 || w.rank != 5 || w.dims[3] != x.dims[4])
        return HCL_FAIL_OP(c->im, op,
                           "operands of %u and %u dimensions, expected a filter of five with as many "
                           "channels as the other, and a batch of 1",
                           x.rank, w.rank);
    c->channels = w.dims[3];
    c->outputs = w.dims[4];
    if (op->num_inputs > 2 && op->inputs[2] != HCL_TFL_ABSENT) {
        HCL_TRY(hcl_import_any(c->im, op, 2, &c->bias, &b));
        if (hcl_map_len(&b) != c->outputs)
            return HCL_FAIL_OP(c->im, op, "a bias of %zu entries, expected %u", hcl_map_len(&b), c->outputs);
    }
    HCL_TRY(set_axis(c, &c->d, x.dims[1], w.dims[0], op->stride_d, op->dilation_d));
    HCL_TRY(set_axis(c, &c->h, x.dims[2], w.dims[1], op->stride_h, op->dilation_h));
    HCL_TRY(set_axis(c, &c->w, x.dims[3], w.dims[2], op->stride_w, op->dilation_w));
    st = turn_filter(c, c->im->graph->tensors[filter].data);
done:
    return st;
}

/* The slices of x under window z: [1,h,w,kd*channels]. */
static hcl_status gather(const struct conv *c, uint32_t z, uint32_t *out)
{
    const struct hcl_map_shape to = { 4, { 1, c->h.in, c->w.in, c->d.kernel * c->channels } };
    const size_t slice = (size_t)c->h.in * c->w.in;
    struct hcl_node n = hcl_import_node(HCL_OP_MOVE, c->x, HCL_GRAPH_NONE);
    if (hcl_map_len(&to) == 0)
        return HCL_FAIL_OP(c->im, c->op, "a window over more than %zu elements", HCL_TENSOR_MAX_LEN);
    n.map = malloc((hcl_map_len(&to) + 1) * sizeof *n.map);
    if (n.map == NULL)
        return hcl_fail(c->im->err, HCL_NO_RESOURCE, "no memory for %zu elements", hcl_map_len(&to));
    for (size_t i = 0; i < hcl_map_len(&to); i++) {
        const size_t position = i / to.dims[3], channel = i % to.dims[3];
        const uint64_t at = (uint64_t)z * c->d.stride + channel / c->channels * c->d.dilation;
        n.map[i] =
            at < c->d.pad || at - c->d.pad >= c->d.in
                ? HCL_MAP_NONE
                : (uint32_t)(((at - c->d.pad) * slice + position) * c->channels + channel % c->channels);
    }
    return hcl_import_step(c->im, c->op, &n, &to, out);
}

static hcl_status add_slice(const struct conv *c, uint32_t z, uint32_t *out)
{
    const struct hcl_map_shape to = { 4, { 1, c->h.out, c->w.out, c->outputs } };
    struct hcl_node n = hcl_import_node(HCL_OP_CONV_2D, HCL_GRAPH_NONE, c->filter);
    hcl_status st;
    HCL_TRY(gather(c, z, &n.inputs[0]));
    n.inputs[2] = c->bias;
    n.act = c->act;
    n.kernel_h = c->h.kernel;
    n.kernel_w = c->w.kernel;
    n.stride_y = c->h.stride;
    n.stride_x = c->w.stride;
    n.gap_y = c->h.kernel > 1 ? c->h.dilation - 1 : 0;
    n.gap_x = c->w.kernel > 1 ? c->w.dilation - 1 : 0;
    n.pad_top = c->h.pad;
    n.pad_bottom = c->h.after;
    n.pad_left = c->w.pad;
    n.pad_right = c->w.after;
    st = hcl_import_step(c->im, c->op, &n, &to, out);
done:
    return st;
}

hcl_status hcl_import_conv_3d(struct hcl_import *im, const struct hcl_tfl_op *op)
{
    struct conv c = { .im = im, .op = op };
    struct hcl_map_shape *shapes = NULL;
    uint32_t *slices = NULL;
    hcl_status st;
    HCL_TRY(hcl_import_options(im, op, HCL_TFL_OPTIONS_CONV_3D));
    if (hcl_import_computes(im, op, 1) || hcl_import_computes(im, op, 2))
        return hcl_import_conv_3d_computed(im, op);
    HCL_TRY(read_conv(&c));
    slices = calloc(c.d.out, sizeof *slices);
    shapes = calloc(c.d.out, sizeof *shapes);
    if (slices == NULL || shapes == NULL) {
        st = hcl_fail(im->err, HCL_NO_RESOURCE, "no memory for %u slices", c.d.out);
        goto done;
    }
    for (uint32_t z = 0; z < c.d.out; z++) {
        HCL_TRY(add_slice(&c, z, &slices[z]));
        shapes[z] = (struct hcl_map_shape){ 5, { 1, 1, c.h.out, c.w.out, c.outputs } };
    }
    st = hcl_import_joined(im, op, slices, shapes, c.d.out, 1);
done:
    free(slices);
    free(shapes);
    return st;
}

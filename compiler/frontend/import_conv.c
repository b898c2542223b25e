/* SPDX-License-Identifier: Apache-2.0 */
/* CONV_2D, in one or several groups, and TRANSPOSE_CONV as a convolution; import_patches.h has computed
 * filters. */
#include "compiler/frontend/import.h"
#include "compiler/frontend/import_moves.h"
#include "compiler/frontend/import_patches.h"
#include <string.h>

/* A convolution as read, before it is one node or several. */
struct conv {
    struct hcl_import *im;
    const struct hcl_tfl_op *op;
    struct hcl_node node;
    struct hcl_import_shape to;
    uint32_t channels, outputs, groups;
};

static const float *constant(const struct conv *c, size_t k)
{
    return c->node.inputs[k] == HCL_GRAPH_NONE ? NULL : c->im->graph->tensors[c->node.inputs[k]].data;
}

static hcl_status made(const struct conv *c, const uint32_t dims[4], float **data)
{
    *data = calloc((size_t)dims[0] * dims[1] * dims[2] * dims[3] + 1, sizeof **data);
    return *data != NULL ? HCL_OK
                         : hcl_fail(c->im->err, HCL_NO_RESOURCE, "no memory for the filter of %s",
                                    hcl_op_result_text(c->im->model, c->op).text);
}

static struct hcl_map_shape image(const uint32_t dims[4])
{
    return (struct hcl_map_shape){ 4, { 1, dims[1], dims[2], dims[3] } };
}

/* One node, whose result is the operator's. */
static hcl_status add_last(struct conv *c)
{
    const struct hcl_map_shape shape = image(c->to.dims);
    return hcl_import_last(c->im, c->op, &c->node, &shape);
}

/* As many groups as channels: a depthwise convolution. w[o,kh,kw,1] becomes w[1,kh,kw,o]. */
static hcl_status depthwise(struct conv *c)
{
    const uint32_t dims[4] = { 1, c->node.kernel_h, c->node.kernel_w, c->outputs };
    const float *from = constant(c, 1);
    const size_t taps = (size_t)dims[1] * dims[2];
    float *data;
    hcl_status st;
    HCL_TRY(made(c, dims, &data));
    for (size_t i = 0; i < taps; i++)
        for (size_t o = 0; o < dims[3]; o++)
            data[i * dims[3] + o] = from[o * taps + i];
    HCL_TRY(hcl_import_made(c->im, c->op, dims, data, &c->node.inputs[1]));
    c->node.op = HCL_OP_DEPTHWISE_CONV_2D;
    st = add_last(c);
done:
    return st;
}

/* Entries [first, first + count) of a constant whose first dimension counts them; absent stays absent. */
static hcl_status cut_constant(struct conv *c, size_t k, const uint32_t dims[4], size_t first, uint32_t *out)
{
    const size_t len = (size_t)dims[0] * dims[1] * dims[2] * dims[3];
    float *data;
    hcl_status st = HCL_OK;
    if (constant(c, k) == NULL)
        return HCL_OK;
    HCL_TRY(made(c, dims, &data));
    memcpy(data, constant(c, k) + first * len, len * sizeof *data);
    st = hcl_import_made(c->im, c->op, dims, data, out);
done:
    return st;
}

/* The convolution of group `which`: *out of so many outputs. */
static hcl_status one_group(struct conv *c, uint32_t which, uint32_t *out)
{
    const uint32_t *x = c->im->graph->tensors[c->node.inputs[0]].dims;
    const uint32_t depth = c->channels / c->groups, outputs = c->outputs / c->groups;
    const uint32_t part[4] = { 1, x[1], x[2], depth };
    const uint32_t filter[4] = { outputs, c->node.kernel_h, c->node.kernel_w, depth };
    const uint32_t bias[4] = { 1, 1, 1, outputs };
    const struct hcl_map_shape all = image(x), to = { 4, { 1, c->to.dims[1], c->to.dims[2], outputs } };
    const int64_t first[4] = { 0, 0, 0, (int64_t)which * depth }, step[4] = { 1, 1, 1, 1 };
    struct hcl_node slice = hcl_import_node(HCL_OP_MOVE, c->node.inputs[0], HCL_GRAPH_NONE), node = c->node;
    struct hcl_map_shape shape;
    hcl_status st;
    HCL_TRY(hcl_map_slice(&shape, &slice.map, &all, first, step, part, c->op->name, c->im->err));
    HCL_TRY(hcl_import_step(c->im, c->op, &slice, &shape, &node.inputs[0]));
    HCL_TRY(cut_constant(c, 1, filter, which, &node.inputs[1]));
    HCL_TRY(cut_constant(c, 2, bias, which, &node.inputs[2]));
    st = hcl_import_step(c->im, c->op, &node, &to, out);
done:
    return st;
}

static hcl_status grouped(struct conv *c)
{
    uint32_t *parts = calloc(c->groups, sizeof *parts);
    struct hcl_map_shape *shapes = calloc(c->groups, sizeof *shapes);
    hcl_status st = HCL_OK;
    if (parts == NULL || shapes == NULL) {
        st = hcl_fail(c->im->err, HCL_NO_RESOURCE, "no memory for %u groups", c->groups);
        goto done;
    }
    for (uint32_t i = 0; i < c->groups; i++) {
        HCL_TRY(one_group(c, i, &parts[i]));
        shapes[i] = (struct hcl_map_shape){ 4, { 1, c->to.dims[1], c->to.dims[2], c->outputs / c->groups } };
    }
    st = hcl_import_joined(c->im, c->op, parts, shapes, c->groups, 3);
done:
    free(parts);
    free(shapes);
    return st;
}

/* Groups follow from the filter's depth. */
static hcl_status read_groups(struct conv *c)
{
    const uint32_t *x = c->im->graph->tensors[c->node.inputs[0]].dims,
                   *w = c->im->graph->tensors[c->node.inputs[1]].dims;
    c->channels = x[3];
    c->outputs = w[0];
    c->groups = c->channels % w[3] == 0 ? c->channels / w[3] : 1;
    if (c->groups > 1 && c->outputs % c->groups != 0)
        return HCL_FAIL_OP(c->im, c->op, "%u outputs in %u groups", c->outputs, c->groups);
    if (c->groups > 1 && (constant(c, 1) == NULL || c->to.rank == 0 ||
                          (c->node.inputs[2] != HCL_GRAPH_NONE &&
                           (constant(c, 2) == NULL ||
                            hcl_tensor_len(&c->im->graph->tensors[c->node.inputs[2]]) != c->outputs))))
        return HCL_FAIL_OP(c->im, c->op,
                           "a convolution in %u groups takes a constant filter, a constant bias of %u "
                           "entries or none, and a window that fits",
                           c->groups, c->outputs);
    return HCL_OK;
}

hcl_status hcl_import_conv_2d(struct hcl_import *im, const struct hcl_tfl_op *op)
{
    struct conv c = { .im = im,
                      .op = op,
                      .node = hcl_import_node(HCL_OP_CONV_2D, HCL_GRAPH_NONE, HCL_GRAPH_NONE) };
    hcl_status st;
    HCL_TRY(hcl_import_options(im, op, HCL_TFL_OPTIONS_CONV_2D));
    if (hcl_import_computes(im, op, 1) || hcl_import_computes(im, op, 2))
        return hcl_import_conv_2d_computed(im, op);
    if (hcl_import_is_batch(im, op, 0))
        return hcl_import_each_image(im, op, 0, hcl_import_conv_2d);
    HCL_TRY(hcl_import_convolution(im, op, &c.node, &c.to));
    HCL_TRY(read_groups(&c));
    if (c.groups > 1)
        return c.groups == c.channels ? depthwise(&c) : grouped(&c);
    if (c.to.rank == 0) /* the window does not fit: the checker says how */
        HCL_TRY(hcl_import_dims(im, &im->model->tensors[op->outputs[0]], c.to.dims));
    st = add_last(&c);
done:
    return st;
}

/* One axis of a TRANSPOSE_CONV by stride s: element i of x adds tap k to element i*s + k - pad of the result.
 * With f = o + pad = q*s + r, result o is sum_j x[q - j] w[r + s*j], j < taps = ceil(kernel/s): position q of
 * a convolution of stride 1 whose filter for r is every s-th tap, backwards. */
struct axis {
    uint32_t in, out, kernel, stride, pad;
    uint32_t taps, first, count;    /* q runs from `first` on, `count` values */
    uint32_t before, after, beyond; /* padding of x; `beyond`: more of it than a window takes */
};

struct transposed {
    struct conv c;
    struct axis y, x;
    int32_t padding;
};

/* The padding is that of the convolution whose transpose this is, over the result. */
static hcl_status set_axis(const struct transposed *t, struct axis *a)
{
    const uint32_t s = a->stride;
    const uint32_t positions = t->padding == HCL_TFL_SAME ? (a->out + s - 1) / s
                               : a->out < a->kernel       ? 0
                                                          : (a->out - a->kernel + s) / s;
    const int64_t around = ((int64_t)positions - 1) * s + a->kernel - a->out;
    uint32_t needed;
    a->pad = around > 0 ? (uint32_t)(around / 2) : 0;
    a->taps = (a->kernel + s - 1) / s;
    a->first = a->pad / s;
    a->count = (a->out - 1 + a->pad) / s - a->first + 1;
    if (a->pad >= a->kernel)
        return HCL_FAIL_OP(t->c.im, t->c.op, "padding by %u of a window of %u", a->pad, a->kernel);
    a->before = a->taps - 1 - a->first;
    needed = a->count + a->taps - 1 - a->before; /* elements of x and behind it */
    a->after = needed > a->in ? needed - a->in : 0;
    a->beyond = a->after >= a->taps ? a->after - (a->taps - 1) : 0;
    a->after -= a->beyond;
    return HCL_OK;
}

/* Positions of the convolution: those of x that nothing needs give more. */
static uint32_t positions_of(const struct axis *a)
{
    return a->in + a->beyond + a->before + a->after - a->taps + 1;
}

/* w[o,kh,kw,i] as [r_y, r_x, o][taps_y][taps_x][i], the taps that do not exist 0. */
static hcl_status phase_filter(struct transposed *t)
{
    const struct axis *y = &t->y, *x = &t->x;
    const float *from = constant(&t->c, 1);
    const size_t depth = t->c.channels;
    const uint32_t dims[4] = { y->stride * x->stride * t->c.outputs, y->taps, x->taps, t->c.channels };
    float *data, *to;
    hcl_status st;
    HCL_TRY(made(&t->c, dims, &data));
    to = data;
    for (size_t row = 0; row < dims[0]; row++)
        for (uint32_t tap = 0; tap < y->taps * x->taps; tap++, to += depth) {
            const size_t o = row % t->c.outputs;
            const uint32_t ry = (uint32_t)(row / t->c.outputs / x->stride),
                           rx = (uint32_t)(row / t->c.outputs % x->stride);
            const uint32_t ky = ry + y->stride * (y->taps - 1 - tap / x->taps),
                           kx = rx + x->stride * (x->taps - 1 - tap % x->taps);
            if (ky < y->kernel && kx < x->kernel)
                memcpy(to, from + ((o * y->kernel + ky) * x->kernel + kx) * depth, depth * sizeof *to);
        }
    st = hcl_import_made(t->c.im, t->c.op, dims, data, &t->c.node.inputs[1]);
done:
    return st;
}

/* The bias once for each phase. */
static hcl_status phase_bias(struct transposed *t)
{
    const uint32_t dims[4] = { 1, 1, 1, t->y.stride * t->x.stride * t->c.outputs };
    const float *from = constant(&t->c, 2);
    float *data;
    hcl_status st = HCL_OK;
    if (from == NULL)
        return HCL_OK;
    HCL_TRY(made(&t->c, dims, &data));
    for (uint32_t i = 0; i < dims[3]; i++)
        data[i] = from[i % t->c.outputs];
    st = hcl_import_made(t->c.im, t->c.op, dims, data, &t->c.node.inputs[2]);
done:
    return st;
}

/* Zeros below and right of x that no window's own padding can be. */
static hcl_status pad_beyond(struct transposed *t)
{
    const uint32_t *x = t->c.im->graph->tensors[t->c.node.inputs[0]].dims;
    const struct hcl_map_shape to = { 4, { 1, x[1] + t->y.beyond, x[2] + t->x.beyond, x[3] } };
    struct hcl_node pad = hcl_import_node(HCL_OP_PAD, t->c.node.inputs[0], HCL_GRAPH_NONE);
    if ((t->y.beyond | t->x.beyond) == 0)
        return HCL_OK;
    pad.pad_bottom = t->y.beyond;
    pad.pad_right = t->x.beyond;
    return hcl_import_step(t->c.im, t->c.op, &pad, &to, &t->c.node.inputs[0]);
}

/* The phases side by side. */
static hcl_status interleave(struct transposed *t, uint32_t from, uint32_t width)
{
    const struct axis *y = &t->y, *x = &t->x;
    const size_t outputs = t->c.outputs, deep = (size_t)y->stride * x->stride * outputs;
    const struct hcl_map_shape shape = { 4, { 1, y->out, x->out, t->c.outputs } };
    uint32_t *map = malloc((hcl_map_len(&shape) + 1) * sizeof *map), *to = map;
    if (map == NULL)
        return hcl_fail(t->c.im->err, HCL_NO_RESOURCE, "no memory for %zu elements", hcl_map_len(&shape));
    for (uint32_t i = 0; i < y->out; i++)
        for (uint32_t j = 0; j < x->out; j++)
            for (size_t o = 0; o < outputs; o++) {
                const uint32_t fy = i + y->pad, fx = j + x->pad;
                const size_t position =
                    (size_t)(fy / y->stride - y->first) * width + fx / x->stride - x->first;
                const size_t phase = (size_t)(fy % y->stride) * x->stride + fx % x->stride;
                *to++ = (uint32_t)(position * deep + phase * outputs + o);
            }
    return hcl_import_move(t->c.im, t->c.op, 0, &from, 1, map, &shape);
}

/* Operands, by their place among the operator's, and what they must be. */
static hcl_status read_operands(struct transposed *t, size_t filter, size_t operand, size_t bias)
{
    struct hcl_import *im = t->c.im;
    const struct hcl_tfl_op *op = t->c.op;
    hcl_status st;
    HCL_TRY(hcl_import_operand(im, op, filter, &t->c.node.inputs[1]));
    HCL_TRY(hcl_import_operand(im, op, operand, &t->c.node.inputs[0]));
    if (op->num_inputs > bias && op->inputs[bias] != HCL_TFL_ABSENT)
        HCL_TRY(hcl_import_operand(im, op, bias, &t->c.node.inputs[2]));
    const uint32_t *x = im->graph->tensors[t->c.node.inputs[0]].dims,
                   *w = im->graph->tensors[t->c.node.inputs[1]].dims;
    t->c.channels = w[3];
    t->c.outputs = w[0];
    if (x[3] != w[3])
        return HCL_FAIL_OP(im, op, "expected a filter of %u channels, as the operand has", x[3]);
    const uint32_t b = t->c.node.inputs[2];
    if (b != HCL_GRAPH_NONE && hcl_tensor_len(&im->graph->tensors[b]) != w[0])
        return HCL_FAIL_OP(im, op, "expected a bias of %u entries", w[0]);
    t->y = (struct axis){ .in = x[1], .kernel = w[1] };
    t->x = (struct axis){ .in = x[2], .kernel = w[2] };
done:
    return st;
}

/* Strides and padding; SAME or VALID. */
static hcl_status read_window(struct transposed *t, int32_t stride_h, int32_t stride_w, int32_t padding)
{
    if (stride_h < 1 || stride_w < 1 || stride_h > 64 || stride_w > 64 ||
        (padding != HCL_TFL_SAME && padding != HCL_TFL_VALID))
        return HCL_FAIL_OP(t->c.im, t->c.op,
                           "stride %dx%d and padding kind %d, expected 1 to 64 and SAME or VALID", stride_h,
                           stride_w, padding);
    t->y.stride = (uint32_t)stride_h;
    t->x.stride = (uint32_t)stride_w;
    t->padding = padding;
    return HCL_OK;
}

/* By a computed filter: each element of x that a result reads under its taps. */
static hcl_status add_computed(const struct transposed *t)
{
    const struct hcl_node *n = &t->c.node;
    const struct hcl_map_shape to = { 4, { 1, t->y.out, t->x.out, t->c.outputs } };
    struct hcl_patches p = { .axis = { { 1, 1, 1, 1, 1, 0, 1 } },
                             .batch = 1,
                             .channels = t->c.channels,
                             .groups = 1,
                             .outputs = t->c.outputs,
                             .x = n->inputs[0],
                             .filter = n->inputs[1],
                             .bias = n->inputs[2],
                             .act = n->act };
    for (size_t i = 0; i < 2; i++) {
        const struct axis *a = i == 0 ? &t->y : &t->x;
        p.axis[1 + i] = (struct hcl_patch_axis){ a->in, a->out, a->kernel, 1, -1, a->pad, a->stride };
    }
    return hcl_import_patches(t->c.im, t->c.op, &p, &to);
}

/* All phases are outputs of one convolution over x as it is. Against zeros between the elements of x and one
 * convolution over them, a copy of x has stride_y*stride_x times fewer cells and the results as many. */
static hcl_status add_transposed(struct transposed *t)
{
    struct hcl_node *n = &t->c.node;
    uint32_t out = 0;
    hcl_status st;
    if ((uint64_t)t->y.out * t->x.out > HCL_TENSOR_MAX_LEN / t->c.outputs / 4096)
        return HCL_FAIL_OP(t->c.im, t->c.op, "a result of %u x %u is too large", t->y.out, t->x.out);
    HCL_TRY(set_axis(t, &t->y));
    HCL_TRY(set_axis(t, &t->x));
    if (constant(&t->c, 1) == NULL || (n->inputs[2] != HCL_GRAPH_NONE && constant(&t->c, 2) == NULL))
        return add_computed(t);
    HCL_TRY(phase_filter(t));
    HCL_TRY(phase_bias(t));
    HCL_TRY(pad_beyond(t));
    n->kernel_h = t->y.taps;
    n->kernel_w = t->x.taps;
    n->stride_y = n->stride_x = 1;
    n->pad_top = t->y.before;
    n->pad_bottom = t->y.after;
    n->pad_left = t->x.before;
    n->pad_right = t->x.after;
    const struct hcl_map_shape phases = {
        4, { 1, positions_of(&t->y), positions_of(&t->x), t->y.stride * t->x.stride * t->c.outputs }
    };
    HCL_TRY(hcl_import_step(t->c.im, t->c.op, n, &phases, &out));
    st = interleave(t, out, phases.dims[2]);
done:
    return st;
}

static hcl_status transpose_image(struct hcl_import *im, const struct hcl_tfl_op *op)
{
    struct transposed t = {
        .c = { .im = im, .op = op, .node = hcl_import_node(HCL_OP_CONV_2D, HCL_GRAPH_NONE, HCL_GRAPH_NONE) }
    };
    int64_t shape[4];
    size_t n;
    hcl_status st;
    HCL_TRY(hcl_import_integers(im, op, 0, shape, 4, &n));
    HCL_TRY(read_operands(&t, 1, 2, 3));
    HCL_TRY(hcl_import_activation(im, op, &t.c.node.act));
    HCL_TRY(read_window(&t, op->stride_h, op->stride_w, op->padding));
    if (n != 4 || shape[3] != t.c.outputs || shape[1] < 1 || shape[2] < 1 || shape[1] > INT32_MAX ||
        shape[2] > INT32_MAX)
        return HCL_FAIL_OP(im, op, "expected a result of four dimensions, the filter's %u outputs at its end",
                           t.c.outputs);
    t.y.out = (uint32_t)shape[1];
    t.x.out = (uint32_t)shape[2];
    st = add_transposed(&t);
done:
    return st;
}

hcl_status hcl_import_transpose_conv(struct hcl_import *im, const struct hcl_tfl_op *op)
{
    struct hcl_map_shape x;
    int64_t shape[4];
    size_t n;
    hcl_status st;
    HCL_TRY(hcl_import_options(im, op, HCL_TFL_OPTIONS_TRANSPOSE_CONV));
    HCL_TRY(hcl_import_integers(im, op, 0, shape, 4, &n));
    if (op->num_inputs < 3 || op->inputs[2] == HCL_TFL_ABSENT)
        return transpose_image(im, op); /* which says so */
    HCL_TRY(hcl_import_shape_of(im, op->inputs[2], &x));
    if (n == 4 && shape[0] != (x.rank == 4 ? x.dims[0] : 1))
        return HCL_FAIL_OP(im, op, "a result of %lld images of %u", (long long)shape[0],
                           x.rank == 4 ? x.dims[0] : 1);
    st = hcl_import_is_batch(im, op, 2) ? hcl_import_each_image(im, op, 2, transpose_image)
                                        : transpose_image(im, op);
done:
    return st;
}

/* What MediaPipe writes behind its name: int32 padding (1 SAME, 2 VALID), stride_w, stride_h, then things
 * that its kernel does not read. */
static hcl_status read_custom(const struct hcl_import *im, const struct hcl_tfl_op *op, int32_t options[3])
{
    if (op->custom_len < 3 * sizeof *options)
        return HCL_FAIL_OP(im, op, "%zu bytes of options, expected at least %zu", op->custom_len,
                           3 * sizeof *options);
    memcpy(options, op->custom_options, 3 * sizeof *options);
    if (options[0] != 1 && options[0] != 2)
        return HCL_FAIL_OP(im, op, "padding kind %d, expected 1 (SAME) or 2 (VALID)", options[0]);
    options[0] = options[0] == 1 ? HCL_TFL_SAME : HCL_TFL_VALID;
    return HCL_OK;
}

/* How many elements the result has if all of x's windows lie in it: its size is not an operand. */
static void fit(struct axis *a, int32_t padding)
{
    const uint32_t all = a->stride * (a->in - 1) + a->kernel, rest = (a->in - 1) % a->stride + 1;
    a->out = padding == HCL_TFL_SAME && a->kernel > rest ? all - (a->kernel - rest) : all;
}

/* MediaPipe's TRANSPOSE_CONV that computes its own size: operand, filter, bias. */
hcl_status hcl_import_transpose_conv_bias(struct hcl_import *im, const struct hcl_tfl_op *op)
{
    struct transposed t = {
        .c = { .im = im, .op = op, .node = hcl_import_node(HCL_OP_CONV_2D, HCL_GRAPH_NONE, HCL_GRAPH_NONE) }
    };
    int32_t options[3];
    hcl_status st;
    if (hcl_import_is_batch(im, op, 0))
        return hcl_import_each_image(im, op, 0, hcl_import_transpose_conv_bias);
    HCL_TRY(read_custom(im, op, options));
    HCL_TRY(read_operands(&t, 1, 0, 2));
    HCL_TRY(read_window(&t, options[2], options[1], options[0]));
    fit(&t.y, t.padding);
    fit(&t.x, t.padding);
    st = add_transposed(&t);
done:
    return st;
}

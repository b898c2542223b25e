/* SPDX-License-Identifier: Apache-2.0 */
#include "compiler/frontend/import_tflite.h"
#include "common/io/reader.h"
#include "compiler/frontend/file_kind.h"
#include "compiler/frontend/import_internal.h"
#include "compiler/frontend/import_moves.h"
#include <string.h>

#define MAX_FILE_BYTES ((size_t)2 << 30)
/* Constants may take up this many times the file's bytes: one buffer may be read under several shapes. */
#define MOST_SHAPES 16

/* Operator numbers of the file format. */
enum tfl_code {
    TFL_ADD = 0,
    TFL_AVERAGE_POOL_2D = 1,
    TFL_CONV_2D = 3,
    TFL_DEPTHWISE_CONV_2D = 4,
    TFL_FULLY_CONNECTED = 9,
    TFL_MAX_POOL_2D = 17,
    TFL_MUL = 18,
    TFL_RELU = 19,
    TFL_RELU6 = 21,
    TFL_RESHAPE = 22,
    TFL_SOFTMAX = 25,
    TFL_PAD = 34,
    TFL_CONCATENATION = 2,
    TFL_DEPTH_TO_SPACE = 5,
    TFL_SPACE_TO_DEPTH = 26,
    TFL_GATHER = 36,
    TFL_TRANSPOSE = 39,
    TFL_SQUEEZE = 43,
    TFL_STRIDED_SLICE = 45,
    TFL_SPLIT = 49,
    TFL_PADV2 = 60,
    TFL_SLICE = 65,
    TFL_TILE = 69,
    TFL_EXPAND_DIMS = 70,
    TFL_PACK = 83,
    TFL_UNPACK = 88,
    TFL_RESIZE_NEAREST_NEIGHBOR = 97,
    TFL_MIRROR_PAD = 100,
    TFL_SPLIT_V = 102,
    TFL_REVERSE_V2 = 105,
    TFL_BATCH_MATMUL = 126,
    TFL_BROADCAST_TO = 130,
};

static hcl_status read_activation(const struct hcl_import *im, const struct hcl_tfl_op *op,
                                  hcl_activation *out)
{
    switch (op->activation) {
    case HCL_TFL_NONE:
        *out = HCL_ACT_NONE;
        return HCL_OK;
    case HCL_TFL_RELU:
        *out = HCL_ACT_RELU;
        return HCL_OK;
    case HCL_TFL_RELU6:
        *out = HCL_ACT_RELU6;
        return HCL_OK;
    default:
        return HCL_FAIL_OP(im, op, "fused activation %s (%d) is not supported, expected NONE, RELU or RELU6",
                           hcl_tfl_activation_name(op->activation), op->activation);
    }
}

static hcl_status expect_options(const struct hcl_import *im, const struct hcl_tfl_op *op, int options)
{
    if (op->options == options)
        return HCL_OK;
    return HCL_FAIL_OP(im, op, "options of kind %d, expected kind %d", op->options, options);
}

/* Resolve SAME or VALID along one axis into padding before and after. */
static void resolve_padding(bool same, uint32_t in, uint32_t kernel, uint32_t stride, uint32_t *before,
                            uint32_t *after)
{
    *before = *after = 0;
    if (!same)
        return;
    uint64_t out = ((uint64_t)in + stride - 1) / stride;
    uint64_t needed = (out - 1) * stride + kernel;
    uint32_t total = needed > in ? (uint32_t)(needed - in) : 0;
    *before = total / 2;
    *after = total - total / 2;
}

/* Stride and padding of a windowed operator; n->kernel_* and n->inputs[0] are set. */
static hcl_status read_window(const struct hcl_import *im, const struct hcl_tfl_op *op, struct hcl_node *n)
{
    const uint32_t *x = im->graph->tensors[n->inputs[0]].dims;
    if (op->stride_w < 1 || op->stride_h < 1)
        return HCL_FAIL_OP(im, op, "stride %dx%d, expected at least 1x1", op->stride_h, op->stride_w);
    if (op->padding != HCL_TFL_SAME && op->padding != HCL_TFL_VALID)
        return HCL_FAIL_OP(im, op, "padding kind %d, expected SAME or VALID", op->padding);
    if (n->kernel_h > HCL_TENSOR_MAX_LEN || n->kernel_w > HCL_TENSOR_MAX_LEN)
        return HCL_FAIL_OP(im, op, "window %ux%u is too large", n->kernel_h, n->kernel_w);
    bool same = op->padding == HCL_TFL_SAME;
    n->stride_y = (uint32_t)op->stride_h;
    n->stride_x = (uint32_t)op->stride_w;
    resolve_padding(same, x[1], n->kernel_h, n->stride_y, &n->pad_top, &n->pad_bottom);
    resolve_padding(same, x[2], n->kernel_w, n->stride_x, &n->pad_left, &n->pad_right);
    return HCL_OK;
}

static hcl_status read_bias(struct hcl_import *im, const struct hcl_tfl_op *op, struct hcl_node *n)
{
    if (op->num_inputs < 3 || op->inputs[2] == HCL_TFL_ABSENT)
        return HCL_OK;
    return hcl_import_operand(im, op, 2, &n->inputs[2]);
}

/* Along an axis on which the filter has one tap there is nothing to spread. */
static hcl_status expect_no_dilation(const struct hcl_import *im, const struct hcl_tfl_op *op,
                                     const struct hcl_node *n)
{
    if (op->dilation_h < 1 || op->dilation_w < 1 || (op->dilation_h != 1 && n->kernel_h != 1) ||
        (op->dilation_w != 1 && n->kernel_w != 1))
        return HCL_FAIL_OP(im, op, "dilation %dx%d of a %ux%u filter is not supported", op->dilation_h,
                           op->dilation_w, n->kernel_h, n->kernel_w);
    return HCL_OK;
}

static hcl_status import_conv(struct hcl_import *im, const struct hcl_tfl_op *op, struct hcl_node *n)
{
    bool depthwise = n->op == HCL_OP_DEPTHWISE_CONV_2D;
    hcl_status st;
    HCL_TRY(expect_options(im, op, depthwise ? HCL_TFL_OPTIONS_DEPTHWISE_CONV_2D : HCL_TFL_OPTIONS_CONV_2D));
    HCL_TRY(hcl_import_operand(im, op, 0, &n->inputs[0]));
    HCL_TRY(hcl_import_operand(im, op, 1, &n->inputs[1]));
    HCL_TRY(read_bias(im, op, n));
    n->kernel_h = im->graph->tensors[n->inputs[1]].dims[1];
    n->kernel_w = im->graph->tensors[n->inputs[1]].dims[2];
    HCL_TRY(expect_no_dilation(im, op, n));
    HCL_TRY(read_window(im, op, n));
    HCL_TRY(read_activation(im, op, &n->act));
done:
    return st;
}

static hcl_status import_fully_connected(struct hcl_import *im, const struct hcl_tfl_op *op,
                                         struct hcl_node *n)
{
    uint32_t dims[4];
    hcl_status st;
    HCL_TRY(expect_options(im, op, HCL_TFL_OPTIONS_FULLY_CONNECTED));
    if (op->weights_format != 0)
        return HCL_FAIL_OP(im, op, "weights format %d is not supported, expected 0 (plain)",
                           op->weights_format);
    HCL_TRY(hcl_import_operand(im, op, 0, &n->inputs[0]));
    if (op->num_inputs < 2 || op->inputs[1] == HCL_TFL_ABSENT)
        return HCL_FAIL_OP(im, op, "operand %d is missing", 1);
    const struct hcl_tfl_tensor *w = &im->model->tensors[op->inputs[1]];
    HCL_TRY(hcl_import_dims(im, w, dims));
    if (w->rank != 2)
        return HCL_FAIL_OP(im, op, "weight '%s' has %u dimensions, expected 2", w->name, w->rank);
    const struct hcl_import_shape as_filter = { { dims[2], 1, 1, dims[3] }, w->rank };
    HCL_TRY(hcl_import_tensor(im, op->inputs[1], &as_filter, &n->inputs[1]));
    HCL_TRY(read_bias(im, op, n));
    HCL_TRY(read_activation(im, op, &n->act));
done:
    return st;
}

static hcl_status import_binary(struct hcl_import *im, const struct hcl_tfl_op *op, struct hcl_node *n)
{
    hcl_status st;
    if (op->options != HCL_TFL_OPTIONS_NONE) /* absent means no activation */
        HCL_TRY(expect_options(im, op, n->op == HCL_OP_ADD ? HCL_TFL_OPTIONS_ADD : HCL_TFL_OPTIONS_MUL));
    HCL_TRY(hcl_import_operand(im, op, 0, &n->inputs[0]));
    HCL_TRY(hcl_import_operand(im, op, 1, &n->inputs[1]));
    const struct hcl_tensor *a = &im->graph->tensors[n->inputs[0]], *b = &im->graph->tensors[n->inputs[1]];
    size_t la = hcl_tensor_len(a), lb = hcl_tensor_len(b);
    if (la < lb || (la == lb && a->data != NULL && b->data == NULL)) {
        uint32_t t = n->inputs[0];
        n->inputs[0] = n->inputs[1];
        n->inputs[1] = t;
    }
    HCL_TRY(read_activation(im, op, &n->act));
done:
    return st;
}

static hcl_status import_unary(struct hcl_import *im, const struct hcl_tfl_op *op, struct hcl_node *n)
{
    return hcl_import_operand(im, op, 0, &n->inputs[0]);
}

static hcl_status import_pool(struct hcl_import *im, const struct hcl_tfl_op *op, struct hcl_node *n)
{
    hcl_status st;
    HCL_TRY(expect_options(im, op, HCL_TFL_OPTIONS_POOL_2D));
    HCL_TRY(hcl_import_operand(im, op, 0, &n->inputs[0]));
    if (op->filter_h < 1 || op->filter_w < 1)
        return HCL_FAIL_OP(im, op, "window %dx%d, expected at least 1x1", op->filter_h, op->filter_w);
    n->kernel_h = (uint32_t)op->filter_h;
    n->kernel_w = (uint32_t)op->filter_w;
    HCL_TRY(read_window(im, op, n));
    HCL_TRY(read_activation(im, op, &n->act));
done:
    return st;
}

static hcl_status import_softmax(struct hcl_import *im, const struct hcl_tfl_op *op, struct hcl_node *n)
{
    hcl_status st = expect_options(im, op, HCL_TFL_OPTIONS_SOFTMAX);
    if (st != HCL_OK)
        return st;
    n->beta = op->beta;
    if (!(n->beta > 0 && n->beta < 1e6f))
        return HCL_FAIL_OP(im, op, "beta is %g, expected a positive number", (double)n->beta);
    return hcl_import_operand(im, op, 0, &n->inputs[0]);
}

/* `import` reads operands and options of one node, whose result import_node adds; `add` adds all nodes
 * itself. */
static const struct importer {
    enum tfl_code code;
    hcl_op op;
    hcl_status (*import)(struct hcl_import *, const struct hcl_tfl_op *, struct hcl_node *);
    hcl_status (*add)(struct hcl_import *, const struct hcl_tfl_op *);
} importers[] = {
    { TFL_CONV_2D, HCL_OP_CONV_2D, import_conv, NULL },
    { TFL_DEPTHWISE_CONV_2D, HCL_OP_DEPTHWISE_CONV_2D, import_conv, NULL },
    { TFL_FULLY_CONNECTED, HCL_OP_FULLY_CONNECTED, import_fully_connected, NULL },
    { TFL_ADD, HCL_OP_ADD, import_binary, NULL },
    { TFL_MUL, HCL_OP_MUL, import_binary, NULL },
    { TFL_RELU, HCL_OP_RELU, import_unary, NULL },
    { TFL_RELU6, HCL_OP_RELU6, import_unary, NULL },
    { TFL_MAX_POOL_2D, HCL_OP_MAX_POOL_2D, import_pool, NULL },
    { TFL_AVERAGE_POOL_2D, HCL_OP_AVERAGE_POOL_2D, import_pool, NULL },
    { TFL_SOFTMAX, HCL_OP_SOFTMAX, import_softmax, NULL },
    { TFL_BATCH_MATMUL, HCL_OP_BATCH_MATMUL, NULL, hcl_import_batch_matmul },
    { TFL_BROADCAST_TO, HCL_OP_MOVE, NULL, hcl_import_broadcast_to },
    { TFL_CONCATENATION, HCL_OP_MOVE, NULL, hcl_import_concatenation },
    { TFL_DEPTH_TO_SPACE, HCL_OP_MOVE, NULL, hcl_import_depth_to_space },
    { TFL_EXPAND_DIMS, HCL_OP_RESHAPE, NULL, hcl_import_expand_dims },
    { TFL_GATHER, HCL_OP_MOVE, NULL, hcl_import_gather },
    { TFL_MIRROR_PAD, HCL_OP_MOVE, NULL, hcl_import_mirror_pad },
    { TFL_PACK, HCL_OP_MOVE, NULL, hcl_import_pack },
    { TFL_PAD, HCL_OP_PAD, NULL, hcl_import_pad },
    { TFL_PADV2, HCL_OP_MOVE, NULL, hcl_import_pad_v2 },
    { TFL_RESHAPE, HCL_OP_RESHAPE, NULL, hcl_import_reshape },
    { TFL_RESIZE_NEAREST_NEIGHBOR, HCL_OP_MOVE, NULL, hcl_import_nearest },
    { TFL_REVERSE_V2, HCL_OP_MOVE, NULL, hcl_import_reverse },
    { TFL_SLICE, HCL_OP_MOVE, NULL, hcl_import_slice },
    { TFL_SPACE_TO_DEPTH, HCL_OP_MOVE, NULL, hcl_import_space_to_depth },
    { TFL_SPLIT, HCL_OP_MOVE, NULL, hcl_import_split },
    { TFL_SPLIT_V, HCL_OP_MOVE, NULL, hcl_import_split_v },
    { TFL_SQUEEZE, HCL_OP_RESHAPE, NULL, hcl_import_squeeze },
    { TFL_STRIDED_SLICE, HCL_OP_MOVE, NULL, hcl_import_strided_slice },
    { TFL_TILE, HCL_OP_MOVE, NULL, hcl_import_tile },
    { TFL_TRANSPOSE, HCL_OP_MOVE, NULL, hcl_import_transpose },
    { TFL_UNPACK, HCL_OP_MOVE, NULL, hcl_import_unpack },
};

/* A maximum has no rescale to carry an activation: it becomes a node of its own behind the pool. */
static hcl_status split_activation(struct hcl_import *im, struct hcl_node *n, struct hcl_node *act)
{
    const struct hcl_tensor *y = &im->graph->tensors[n->output];
    uint32_t dims[4], rank = y->rank;
    memcpy(dims, y->dims, sizeof dims);
    *act = (struct hcl_node){ .op = n->act == HCL_ACT_RELU ? HCL_OP_RELU : HCL_OP_RELU6,
                              .name = n->name,
                              .inputs = { HCL_GRAPH_NONE, HCL_GRAPH_NONE, HCL_GRAPH_NONE },
                              .output = n->output };
    n->act = HCL_ACT_NONE;
    hcl_status st = hcl_graph_add_tensor(im->graph, n->name, dims, rank, NULL, &n->output, im->err);
    act->inputs[0] = n->output;
    return st;
}

static const struct importer *find_importer(int32_t code)
{
    for (size_t i = 0; i < sizeof importers / sizeof *importers; i++)
        if ((int32_t)importers[i].code == code)
            return &importers[i];
    return NULL;
}

static bool is_supported(int32_t code)
{
    return find_importer(code) != NULL;
}

/* Whether results of this kind have their first operand's shape. */
static bool keeps_shape(hcl_op op)
{
    return op == HCL_OP_RELU || op == HCL_OP_RELU6 || op == HCL_OP_SOFTMAX || op == HCL_OP_ADD ||
           op == HCL_OP_MUL;
}

/* The result's shape where it is not as recorded. */
static bool follow_operand(const struct hcl_import *im, const struct hcl_tfl_op *op, const struct hcl_node *n,
                           struct hcl_import_shape *shape)
{
    const struct hcl_tensor *x = &im->graph->tensors[n->inputs[0]];
    uint32_t recorded[4];
    memcpy(shape->dims, x->dims, sizeof shape->dims);
    shape->rank = x->rank;
    return hcl_import_dims(im, &im->model->tensors[op->outputs[0]], recorded) != HCL_OK ||
           memcmp(recorded, x->dims, sizeof recorded) != 0;
}

/* Operands and options of *n, and its output. TFLite's runtime computes all shapes itself: behind a RESHAPE
 * that gives another shape than recorded, the recorded ones are wrong as well, and where a shape just follows
 * from the operand's it is the operand's. Elsewhere the checker compares. */
static hcl_status import_node(struct hcl_import *im, const struct hcl_tfl_op *op, struct hcl_node *n)
{
    const struct importer *importer = find_importer(op->code);
    struct hcl_import_shape shape = { .rank = 0 };
    bool known = false;
    hcl_status st;
    HCL_TRY(importer->import(im, op, n));
    if (keeps_shape(n->op))
        known = follow_operand(im, op, n, &shape);
    HCL_TRY(hcl_import_tensor(im, op->outputs[0], known ? &shape : NULL, &n->output));
    if (im->graph->tensors[n->output].data != NULL)
        return HCL_FAIL_OP(im, op, "%s", "its output is a constant");
done:
    return st;
}

static bool has_parts(int32_t code)
{
    return code == TFL_SPLIT || code == TFL_SPLIT_V || code == TFL_UNPACK;
}

static hcl_status import_op(struct hcl_import *im, const struct hcl_tfl_op *op)
{
    const struct importer *importer = find_importer(op->code);
    struct hcl_node n = { .inputs = { HCL_GRAPH_NONE, HCL_GRAPH_NONE, HCL_GRAPH_NONE } };
    struct hcl_node act = { .op = HCL_OP_COUNT };
    char name[HCL_TFL_NAME_LEN];
    hcl_status st;
    if (importer == NULL)
        return HCL_OK; /* refused already */
    if (op->num_outputs == 0 || (op->num_outputs != 1 && !has_parts(op->code)))
        return HCL_FAIL_OP(im, op, "%zu outputs, expected %s1", op->num_outputs,
                           has_parts(op->code) ? "at least " : "");
    if (importer->add != NULL)
        return importer->add(im, op);
    n.op = importer->op;
    HCL_TRY(import_node(im, op, &n));
    snprintf(name, sizeof name, "%s", im->graph->tensors[n.output].name);
    n.name = name;
    if (n.op == HCL_OP_MAX_POOL_2D && n.act != HCL_ACT_NONE)
        HCL_TRY(split_activation(im, &n, &act));
    HCL_TRY(hcl_graph_add_node(im->graph, &n, im->err));
    if (act.op != HCL_OP_COUNT)
        HCL_TRY(hcl_graph_add_node(im->graph, &act, im->err));
done:
    return st;
}

static hcl_status import_ends(struct hcl_import *im)
{
    const struct hcl_tfl_model *m = im->model;
    size_t n = m->num_inputs + m->num_outputs;
    uint32_t *ends = malloc((n == 0 ? 1 : n) * sizeof *ends);
    hcl_status st = HCL_OK;
    if (ends == NULL)
        return hcl_fail(im->err, HCL_NO_RESOURCE, "no memory for %zu inputs and outputs", n);
    for (size_t i = 0; i < n; i++)
        HCL_TRY(
            hcl_import_end(im, i < m->num_inputs ? m->inputs[i] : m->outputs[i - m->num_inputs], &ends[i]));
    HCL_TRY(
        hcl_graph_set_ends(im->graph, ends, m->num_inputs, ends + m->num_inputs, m->num_outputs, im->err));
done:
    free(ends);
    return st;
}

/* Each operator by itself: what is wrong with one hides nothing of the next. A tensor that several of them
 * read is wrong once. */
static hcl_status import_ops(struct hcl_import *im)
{
    char last[sizeof im->err->msg] = "";
    hcl_refuse_operators(&im->refused, im->model, is_supported);
    for (size_t i = 0; i < im->model->num_ops; i++) {
        im->op = &im->model->ops[i];
        hcl_status st = import_op(im, im->op);
        if (st == HCL_NO_RESOURCE)
            return st;
        if (st == HCL_BAD_INPUT && strcmp(last, im->err->msg) != 0) {
            snprintf(last, sizeof last, "%s", im->err->msg);
            hcl_refuse(&im->refused, last);
        }
    }
    im->op = NULL;
    return hcl_refusals_status(&im->refused, im->file, im->err);
}

static hcl_status import_model(struct hcl_import *im)
{
    hcl_status st;
    HCL_TRY(import_ops(im));
    HCL_TRY(import_ends(im));
    HCL_TRY(hcl_graph_check(im->graph, im->err));
done:
    return st == HCL_OK ? st : hcl_fail_prefix(im->err, st, "'%s'", im->file);
}

static hcl_status read_model(struct hcl_tfl_model *out, const uint8_t *bytes, size_t len, const char *file,
                             const char *signature, struct hcl_err *err)
{
    const bool identified = len >= 8 && memcmp(bytes + 4, "TFL3", 4) == 0;
    const char *kind = identified ? NULL : hcl_file_kind(bytes, len);
    if (kind != NULL)
        return hcl_fail(err, HCL_BAD_INPUT, "'%s' %s", file, kind);
    return hcl_tfl_read(out, bytes, len, file, signature, err);
}

/* keep: the bytes live as long as the graph, and constants may stay in them. */
static hcl_status import(struct hcl_graph *out, const uint8_t *bytes, size_t len, bool keep, const char *file,
                         const char *signature, struct hcl_err *err)
{
    struct hcl_tfl_model model = { 0 };
    struct hcl_err own; /* messages are collected even when nobody asks for them */
    *out = (struct hcl_graph){ 0 };
    hcl_status st = read_model(&model, bytes, len, file, signature, err);
    if (st != HCL_OK)
        return st;
    struct hcl_import im = { .model = &model,
                             .file = file,
                             .graph = out,
                             .keeps_file = keep,
                             .constant_limit = MOST_SHAPES * len,
                             .err = err != NULL ? err : &own };
    im.tensor = malloc((model.num_tensors + 1) * sizeof *im.tensor);
    im.wide = calloc(model.num_tensors + 1, sizeof *im.wide);
    if (im.tensor == NULL || im.wide == NULL) {
        st = hcl_fail(err, HCL_NO_RESOURCE, "no memory for %zu tensors", model.num_tensors);
    } else {
        memset(im.tensor, 0xff, (model.num_tensors + 1) * sizeof *im.tensor);
        st = import_model(&im);
    }
    hcl_import_forget_constants(&im);
    free(im.tensor);
    free(im.wide);
    hcl_tfl_clear(&model);
    if (st != HCL_OK)
        hcl_graph_clear(out);
    return st;
}

hcl_status hcl_tflite_import_bytes(struct hcl_graph *out, const uint8_t *bytes, size_t len, const char *file,
                                   const char *signature, struct hcl_err *err)
{
    return import(out, bytes, len, false, file, signature, err);
}

hcl_status hcl_tflite_import(struct hcl_graph *out, const char *path, const char *signature,
                             struct hcl_err *err)
{
    struct hcl_file file = { 0 };
    *out = (struct hcl_graph){ 0 };
    hcl_status st = hcl_file_read(&file, path, MAX_FILE_BYTES, err);
    if (st == HCL_OK)
        st = import(out, file.data, file.len, true, path, signature, err);
    if (st == HCL_OK)
        out->file = file.data;
    else
        hcl_file_clear(&file);
    return st;
}

hcl_status hcl_tflite_choose(struct hcl_tflite_choice *out, const char *path, const char *signature,
                             struct hcl_err *err)
{
    struct hcl_file file = { 0 };
    struct hcl_tfl_model model = { 0 };
    size_t at = 0;
    hcl_status st;
    *out = (struct hcl_tflite_choice){ .count = 0 };
    HCL_TRY(hcl_file_read(&file, path, MAX_FILE_BYTES, err));
    HCL_TRY(read_model(&model, file.data, file.len, path, signature, err));
    out->count = model.num_entries;
    snprintf(out->name, sizeof out->name, "%s", model.entries[model.entry].name);
    for (size_t i = 0; i < model.num_entries && at < sizeof out->all; i++) {
        const int n = snprintf(out->all + at, sizeof out->all - at, "%s'%s'", i == 0 ? "" : ", ",
                               model.entries[i].name);
        at += n < 0 ? 0 : (size_t)n;
    }
done:
    hcl_tfl_clear(&model);
    hcl_file_clear(&file);
    return st;
}

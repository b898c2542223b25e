/* SPDX-License-Identifier: Apache-2.0 */
/* FULLY_CONNECTED: x of any shape as rows of K, w[O,1,1,K], b[O], and a computed tensor that is added to the
 * sums. */
#include "compiler/frontend/import.h"
#include "compiler/operators/linear.h"
#include "compiler/operators/operator.h"
#include "compiler/operators/shapes.h"
#include "compiler/quantize/builder.h"

/* Rows of the weight's outputs; with keep_num_dims, the shape of x but for the last dimension. */
static void result_shape(struct hcl_import *im, const struct hcl_tfl_op *op, const struct hcl_node *n,
                         struct hcl_map_shape x, struct hcl_import_shape *to)
{
    const struct hcl_tensor *w = &im->graph->tensors[n->inputs[1]];
    const uint32_t outputs = w->dims[0], depth = w->dims[3];
    if (op->keep_num_dims && x.rank > 0 && x.dims[x.rank - 1] == depth)
        x.dims[x.rank - 1] = outputs;
    else
        x = (struct hcl_map_shape){ 2, { (uint32_t)(hcl_map_len(&x) / depth), outputs } };
    hcl_import_shape_as(im, op, &x, to);
}

static hcl_status import(struct hcl_import *im, const struct hcl_tfl_op *op, struct hcl_node *n,
                         struct hcl_import_shape *to)
{
    struct hcl_map_shape x;
    uint32_t dims[4];
    hcl_status st;
    HCL_TRY(hcl_import_options(im, op, HCL_TFL_OPTIONS_FULLY_CONNECTED));
    if (op->weights_format != 0)
        return HCL_FAIL_OP(im, op, "weights format %d is not supported, expected 0 (plain)",
                           op->weights_format);
    HCL_TRY(hcl_import_any(im, op, 0, &n->inputs[0], &x));
    if (op->num_inputs < 2 || op->inputs[1] == HCL_TFL_ABSENT)
        return HCL_FAIL_OP(im, op, "operand %d is missing", 1);
    const struct hcl_tfl_tensor *w = &im->model->tensors[op->inputs[1]];
    HCL_TRY(hcl_import_dims(im, w, dims));
    if (w->rank != 2)
        return HCL_FAIL_OP(im, op, "weight '%s' has %u dimensions, expected 2", w->name, w->rank);
    const struct hcl_import_shape as_filter = { { dims[2], 1, 1, dims[3] }, 4 };
    HCL_TRY(hcl_import_tensor(im, op->inputs[1], &as_filter, &n->inputs[1]));
    HCL_TRY(hcl_import_bias(im, op, n));
    HCL_TRY(hcl_import_activation(im, op, &n->act));
    result_shape(im, op, n, x, to);
done:
    return st;
}

static hcl_status check(const struct hcl_graph *g, const struct hcl_node *n, struct hcl_err *err)
{
    const struct hcl_tensor *x = &g->tensors[n->inputs[0]], *w = &g->tensors[n->inputs[1]];
    const struct hcl_tensor *y = &g->tensors[n->output];
    hcl_status st;
    HCL_TRY(hcl_shape_constants(g, n, err));
    HCL_TRY(hcl_expect_dims(err, n, "weight", w->dims, w->dims[0], 1, 1, w->dims[3]));
    if (hcl_tensor_len(x) % w->dims[3] != 0)
        return hcl_fail(err, HCL_BAD_INPUT,
                        "%s '%s': input of shape " HCL_DIMS " is not a multiple of the %u weight columns",
                        hcl_op_name(n->op), n->name, HCL_DIMS_OF(x->dims), w->dims[3]);
    HCL_TRY(hcl_shape_bias(g, n, w->dims[0], err));
    if (y->dims[3] != w->dims[0] || hcl_tensor_len(y) / w->dims[0] != hcl_tensor_len(x) / w->dims[3])
        return hcl_fail(err, HCL_BAD_INPUT, "%s '%s': output has shape " HCL_DIMS ", expected %zu rows of %u",
                        hcl_op_name(n->op), n->name, HCL_DIMS_OF(y->dims), hcl_tensor_len(x) / w->dims[3],
                        w->dims[0]);
    HCL_TRY(hcl_layer_check_added(g, n, err));
done:
    return st;
}

static hcl_status evaluate(const struct hcl_float_operands *p, size_t count, struct hcl_err *err)
{
    const uint32_t outputs = p->wd[0], rows = (uint32_t)(p->y_len / outputs);
    const struct hcl_windows w = { 1,    rows,    p->wd[3],        1, 1, 1, 1, 0, 0, 1,
                                   rows, outputs, (uint32_t)count, 0, 0 };
    return hcl_layer_evaluate(p, &w, err);
}

/* A 1x1 convolution over rows of the weight's length. */
static hcl_status quantize(struct hcl_builder *b, const struct hcl_node *from, struct hcl_fx_node *n)
{
    const hcl_status st = hcl_builder_rows(b, from, n);
    n->kernel_h = n->kernel_w = n->stride_y = n->stride_x = 1;
    return st == HCL_OK ? hcl_layer_quantize(b, from, n) : st;
}

const struct hcl_operator hcl_operator_fully_connected = {
    .name = "FULLY_CONNECTED",
    .code = 9,
    .least = 2,
    .most = 4,
    .primitive = HCL_FX_CONV,
    .carries_function = true,
    .filter = true,
    .own_scale = true,
    .cut = HCL_CUT_OUTPUTS,
    .import = import,
    .check = check,
    .evaluate = evaluate,
    .constrain = hcl_layer_constrain,
    .accumulator_bits = hcl_layer_accumulator_bits,
    .quantize = quantize,
};

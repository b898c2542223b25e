/* SPDX-License-Identifier: Apache-2.0 */
/* DEPTHWISE_CONV_2D: x, w[1,kh,kw,C*m], b[C*m], and a computed tensor that is added to the sums. */
#include "compiler/frontend/import.h"
#include "compiler/operators/linear.h"
#include "compiler/operators/operator.h"
#include "compiler/operators/shapes.h"

static hcl_status import(struct hcl_import *im, const struct hcl_tfl_op *op, struct hcl_node *n,
                         struct hcl_import_shape *to)
{
    return hcl_import_convolution(im, op, n, to);
}

static hcl_status check(const struct hcl_graph *g, const struct hcl_node *n, struct hcl_err *err)
{
    const uint32_t *x = g->tensors[n->inputs[0]].dims, *w = g->tensors[n->inputs[1]].dims;
    hcl_status st;
    HCL_TRY(hcl_shape_constants(g, n, err));
    if (x[3] == 0 || w[3] % x[3] != 0)
        return hcl_fail(err, HCL_BAD_INPUT,
                        "%s '%s': %u filter channels are not a multiple of %u input channels",
                        hcl_op_name(n->op), n->name, w[3], x[3]);
    HCL_TRY(hcl_expect_dims(err, n, "filter", w, 1, n->kernel_h, n->kernel_w, w[3]));
    HCL_TRY(hcl_shape_bias(g, n, w[3], err));
    HCL_TRY(hcl_shape_window(g, n, w[3], err));
    HCL_TRY(hcl_layer_check_added(g, n, err));
done:
    return st;
}

static double depthwise_at(const struct hcl_float_operands *p, struct hcl_float_window w, uint32_t oy,
                           uint32_t ox, uint32_t o)
{
    uint32_t multiplier = p->wd[3] / p->xd[3];
    double acc = p->b != NULL ? (double)p->b[o] : 0;
    if (p->r != NULL)
        acc += (double)p->r[((size_t)oy * p->yd[2] + ox) * p->yd[3] + o];
    for (uint32_t ky = w.y0; ky < w.y1; ky++)
        for (uint32_t kx = w.x0; kx < w.x1; kx++)
            acc += (double)hcl_float_pixel(p, oy, ox, ky, kx)[o / multiplier] *
                   (double)p->w[((size_t)ky * p->wd[2] + kx) * p->wd[3] + o];
    return acc;
}

static hcl_status evaluate(const struct hcl_float_operands *p, size_t count, struct hcl_err *err)
{
    (void)err;
    hcl_float_each_window(p, count, depthwise_at);
    return HCL_OK;
}

const struct hcl_operator hcl_operator_depthwise_conv_2d = {
    .name = "DEPTHWISE_CONV_2D",
    .code = -1, /* a recipe of the front end */
    .least = 2,
    .most = 4,
    .primitive = HCL_FX_DEPTHWISE,
    .carries_function = true,
    .filter = true,
    .depthwise = true,
    .own_scale = true,
    .import = import,
    .check = check,
    .evaluate = evaluate,
    .constrain = hcl_layer_constrain,
    .accumulator_bits = hcl_layer_accumulator_bits,
    .quantize = hcl_layer_quantize,
};

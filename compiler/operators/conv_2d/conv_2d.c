/* SPDX-License-Identifier: Apache-2.0 */
/* CONV_2D: x, w[O,kh,kw,I], b[O], and a computed tensor that is added to the sums. */
#include "compiler/operators/linear.h"
#include "compiler/operators/operator.h"
#include "compiler/operators/shapes.h"

static hcl_status check(const struct hcl_graph *g, const struct hcl_node *n, struct hcl_err *err)
{
    const uint32_t *x = g->tensors[n->inputs[0]].dims, *w = g->tensors[n->inputs[1]].dims;
    hcl_status st;
    HCL_TRY(hcl_shape_constants(g, n, err));
    HCL_TRY(hcl_expect_dims(err, n, "filter", w, w[0], n->kernel_h, n->kernel_w, x[3]));
    HCL_TRY(hcl_shape_bias(g, n, w[0], err));
    HCL_TRY(hcl_shape_window(g, n, w[0], err));
    HCL_TRY(hcl_layer_check_added(g, n, err));
done:
    return st;
}

static hcl_status evaluate(const struct hcl_float_operands *p, size_t count, struct hcl_err *err)
{
    const struct hcl_node *n = p->n;
    const struct hcl_windows w = { p->xd[1],    p->xd[2],    p->xd[3],        n->kernel_h, n->kernel_w,
                                   n->stride_y, n->stride_x, n->pad_top,      n->pad_left, p->yd[1],
                                   p->yd[2],    p->yd[3],    (uint32_t)count, n->gap_y,    n->gap_x };
    return hcl_layer_evaluate(p, &w, err);
}

const struct hcl_operator hcl_operator_conv_2d = {
    .name = "CONV_2D",
    .code = -1, /* a recipe of the front end */
    .least = 2,
    .most = 4,
    .primitive = HCL_FX_CONV,
    .carries_function = true,
    .filter = true,
    .own_scale = true,
    .cut = HCL_CUT_OUTPUTS,
    .check = check,
    .evaluate = evaluate,
    .constrain = hcl_layer_constrain,
    .accumulator_bits = hcl_layer_accumulator_bits,
    .quantize = hcl_layer_quantize,
};

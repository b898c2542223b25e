/* SPDX-License-Identifier: Apache-2.0 */
/* SUM_POOL_2D: of the elements inside the image. SUM is such a pool of one column. */
#include "compiler/operators/float_operands.h"
#include "compiler/operators/operator.h"
#include "compiler/operators/shapes.h"
#include "compiler/quantize/chooser.h"

static double sum_at(const struct hcl_float_operands *p, struct hcl_float_window w, uint32_t oy, uint32_t ox,
                     uint32_t o)
{
    double acc = 0;
    for (uint32_t ky = w.y0; ky < w.y1; ky++)
        for (uint32_t kx = w.x0; kx < w.x1; kx++)
            acc += (double)hcl_float_pixel(p, oy, ox, ky, kx)[o];
    return acc;
}

static hcl_status evaluate(const struct hcl_float_operands *p, size_t count, struct hcl_err *err)
{
    (void)err;
    hcl_float_each_window(p, count, sum_at);
    return HCL_OK;
}

/* A sum is no finer than its operand. */
static void constrain(struct hcl_chooser *c, const struct hcl_node *n)
{
    hcl_chooser_lower_quotient(c, n, hcl_chooser_bits(c, n->inputs[0]));
    hcl_chooser_lower(c, n->inputs[0], hcl_chooser_quotient(c, n) + hcl_chooser_setting(c)->remainder_bits);
}

static int accumulator_bits(const struct hcl_scales *s, const struct hcl_graph *g, size_t node)
{
    return s->tensor[g->nodes[node].inputs[0]];
}

static hcl_status quantize(struct hcl_builder *b, const struct hcl_node *from, struct hcl_fx_node *n)
{
    (void)b;
    (void)from;
    n->sums = true;
    return HCL_OK;
}

const struct hcl_operator hcl_operator_sum_pool_2d = {
    .name = "SUM_POOL_2D",
    .code = -1, /* a recipe of the front end */
    .least = 1,
    .most = 1,
    .primitive = HCL_FX_AVG_POOL,
    .carries_function = true,
    .sign = HCL_SIGN_OF_OPERANDS,
    .check = hcl_shape_pool,
    .evaluate = evaluate,
    .constrain = constrain,
    .accumulator_bits = accumulator_bits,
    .quantize = quantize,
};

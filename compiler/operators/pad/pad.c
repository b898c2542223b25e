/* SPDX-License-Identifier: Apache-2.0 */
/* PAD: zeros around height and width. */
#include "compiler/operators/float_operands.h"
#include "compiler/operators/operator.h"
#include "compiler/operators/shapes.h"
#include <string.h>

static hcl_status check(const struct hcl_graph *g, const struct hcl_node *n, struct hcl_err *err)
{
    const uint32_t *x = g->tensors[n->inputs[0]].dims;
    const uint32_t limit = HCL_TENSOR_MAX_LEN;
    if (n->pad_top > limit || n->pad_bottom > limit || n->pad_left > limit || n->pad_right > limit)
        return hcl_fail(err, HCL_BAD_INPUT, "%s '%s': padding %u,%u,%u,%u is too large", hcl_op_name(n->op),
                        n->name, n->pad_top, n->pad_left, n->pad_bottom, n->pad_right);
    return hcl_expect_dims(err, n, "output", g->tensors[n->output].dims, x[0],
                           x[1] + n->pad_top + n->pad_bottom, x[2] + n->pad_left + n->pad_right, x[3]);
}

static bool is_noop(const struct hcl_graph *g, const struct hcl_node *n)
{
    (void)g;
    return (n->pad_top | n->pad_bottom | n->pad_left | n->pad_right) == 0;
}

static void pad(const struct hcl_float_operands *p)
{
    size_t row = (size_t)p->xd[2] * p->xd[3];
    memset(p->y, 0, p->y_len * sizeof *p->y);
    for (uint32_t y = 0; y < p->xd[1]; y++)
        memcpy(p->y + ((size_t)(y + p->n->pad_top) * p->yd[2] + p->n->pad_left) * p->yd[3], p->x + y * row,
               row * sizeof *p->y);
}

static hcl_status evaluate(const struct hcl_float_operands *p, size_t count, struct hcl_err *err)
{
    (void)err;
    for (size_t k = 0; k < count; k++)
        pad(&p[k]);
    return HCL_OK;
}

const struct hcl_operator hcl_operator_pad = {
    .name = "PAD",
    .code = -1, /* a recipe of the front end */
    .least = 1,
    .most = 1,
    .primitive = HCL_FX_PAD,
    .keeps_bits = true,
    .sign = HCL_SIGN_OF_OPERANDS,
    .check = check,
    .is_noop = is_noop,
    .evaluate = evaluate,
};

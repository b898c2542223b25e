/* SPDX-License-Identifier: Apache-2.0 */
/* LOOKUP: for each index of the first operand that row of the constant second one, [1,1,rows,width]. */
#include "compiler/operators/float_operands.h"
#include "compiler/operators/operator.h"
#include "compiler/operators/shapes.h"
#include "compiler/quantize/builder.h"
#include "compiler/quantize/chooser.h"
#include <math.h>

static hcl_status check(const struct hcl_graph *g, const struct hcl_node *n, struct hcl_err *err)
{
    const struct hcl_tensor *x = &g->tensors[n->inputs[0]], *w = &g->tensors[n->inputs[1]];
    if (w->data == NULL || w->dims[0] != 1 || w->dims[1] != 1)
        return hcl_fail(err, HCL_BAD_INPUT, "%s '%s': its table '%s' is not a constant of rows",
                        hcl_op_name(n->op), n->name, w->name);
    if (hcl_tensor_len(&g->tensors[n->output]) != hcl_tensor_len(x) * w->dims[3])
        return hcl_fail(err, HCL_BAD_INPUT,
                        "%s '%s': " HCL_DIMS " is not a row of %u for each of %zu indices",
                        hcl_op_name(n->op), n->name, HCL_DIMS_OF(g->tensors[n->output].dims), w->dims[3],
                        hcl_tensor_len(x));
    return HCL_OK;
}

static hcl_status look_up(const struct hcl_float_operands *p, struct hcl_err *err)
{
    const uint32_t rows = p->wd[2], width = p->wd[3];
    for (size_t i = 0; i < p->x_len; i++) {
        const double index = (double)p->x[i];
        if (!(index >= 0 && index < rows && index == floor(index)))
            return hcl_fail(err, HCL_BAD_INPUT, "%s '%s': index %g at element %zu, expected 0..%u",
                            hcl_op_name(p->n->op), p->n->name, index, i, rows - 1);
        for (uint32_t k = 0; k < width; k++)
            p->y[i * width + k] = hcl_float_finish(p, (double)p->w[(size_t)index * width + k]);
    }
    return HCL_OK;
}

static hcl_status evaluate(const struct hcl_float_operands *p, size_t count, struct hcl_err *err)
{
    hcl_status st = HCL_OK;
    for (size_t k = 0; k < count && st == HCL_OK; k++)
        st = look_up(&p[k], err);
    return st;
}

/* The result is the table's rows as they are. */
static void constrain(struct hcl_chooser *c, const struct hcl_node *n)
{
    hcl_chooser_lower(c, n->output, hcl_chooser_most_weight_bits(c, n->inputs[1]));
}

static hcl_status quantize(struct hcl_builder *b, const struct hcl_node *from, struct hcl_fx_node *n)
{
    return hcl_builder_filter(b, n, from->inputs[1], hcl_builder_result_bits(b, from), &n->inputs[1]);
}

const struct hcl_operator hcl_operator_lookup = {
    .name = "LOOKUP",
    .code = -1, /* a recipe of the front end */
    .least = 2,
    .most = 2,
    .primitive = HCL_FX_LOOKUP,
    .sign = HCL_SIGN_ANY,
    .check = check,
    .evaluate = evaluate,
    .constrain = constrain,
    .quantize = quantize,
};

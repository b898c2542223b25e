/* SPDX-License-Identifier: Apache-2.0 */
/* SELECT: of two operands the first where a computed condition, 0 or 1, holds, else the second. */
#include "compiler/operators/float_operands.h"
#include "compiler/operators/operator.h"
#include "compiler/operators/shapes.h"
#include "compiler/quantize/builder.h"
#include "compiler/quantize/chooser.h"
#include <limits.h>

enum { MOST_GAP = 30 };

static hcl_status check(const struct hcl_graph *g, const struct hcl_node *n, struct hcl_err *err)
{
    const uint32_t *x = g->tensors[n->inputs[0]].dims;
    for (size_t k = 1; k < 3; k++)
        if (!hcl_shape_is_suffix(g->tensors[n->inputs[k]].dims, x))
            return hcl_fail(err, HCL_BAD_INPUT,
                            "%s '%s': operand '%s' does not have the condition's last dimensions",
                            hcl_op_name(n->op), n->name, g->tensors[n->inputs[k]].name);
    return hcl_shape_same(g, n, err);
}

static double element(const struct hcl_float_operands *p, size_t i)
{
    return (double)(p->x[i] != 0 ? p->w[i % p->w_len]
                                 : p->b[i % hcl_tensor_len(&p->g->tensors[p->n->inputs[2]])]);
}

/* The condition is worth no bit of its own: S = 2^(max(fa, fb) - fy). */
static void constrain(struct hcl_chooser *c, const struct hcl_node *n)
{
    int finest = INT_MIN;
    hcl_chooser_lower(c, n->inputs[0], 0);
    for (size_t k = 1; k < 3; k++) {
        const uint32_t x = n->inputs[k];
        if (hcl_chooser_is_constant(c, x))
            continue;
        hcl_chooser_lower(c, x, hcl_chooser_quotient(c, n) + hcl_chooser_setting(c)->remainder_bits);
        finest = hcl_chooser_bits(c, x) > finest ? hcl_chooser_bits(c, x) : finest;
    }
    if (finest != INT_MIN)
        hcl_chooser_lower_quotient(c, n, finest);
}

/* Of the finer operand; constants have the quotient's. */
static int finest_bits(const struct hcl_scales *s, const struct hcl_graph *g, const struct hcl_node *n)
{
    int finest = s->quotient[n->output];
    for (size_t k = 1; k < 3; k++)
        if (g->tensors[n->inputs[k]].data == NULL && s->tensor[n->inputs[k]] > finest)
            finest = s->tensor[n->inputs[k]];
    return finest;
}

static int accumulator_bits(const struct hcl_scales *s, const struct hcl_graph *g, size_t node)
{
    return s->tensor[g->nodes[node].inputs[0]] + finest_bits(s, g, &g->nodes[node]);
}

static hcl_status quantize(struct hcl_builder *b, const struct hcl_node *from, struct hcl_fx_node *n)
{
    int bits[3], finest = n->quotient_bits;
    hcl_status st = HCL_OK;
    for (size_t k = 0; k < 3; k++) {
        if (n->inputs[k] == HCL_FX_NONE)
            HCL_TRY(hcl_builder_constant(b, n, from->inputs[k], n->quotient_bits, &n->inputs[k]));
        bits[k] = hcl_builder_bits(b, n->inputs[k]);
        finest = k > 0 && bits[k] > finest ? bits[k] : finest;
    }
    if (bits[0] < 0)
        return hcl_builder_fail(b, from, "what its condition is joined with is too large for truth values");
    if (finest - bits[1] > MOST_GAP || finest - bits[2] > MOST_GAP)
        return hcl_builder_fail(b, from, "the magnitudes of its operands are too far apart");
    n->one = (int64_t)1 << bits[0];
    n->a_mul = (int64_t)1 << (finest - bits[1]);
    n->b_mul = (int64_t)1 << (finest - bits[2]);
done:
    return st;
}

const struct hcl_operator hcl_operator_select = {
    .name = "SELECT",
    .code = -1, /* a recipe of the front end */
    .least = 3,
    .most = 3,
    .primitive = HCL_FX_SELECT,
    .carries_function = true,
    .sign = HCL_SIGN_OF_OPERANDS,
    .check = check,
    .element = element,
    .constrain = constrain,
    .accumulator_bits = accumulator_bits,
    .quantize = quantize,
};

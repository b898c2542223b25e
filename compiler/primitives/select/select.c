/* SPDX-License-Identifier: Apache-2.0 */
/* SELECT: acc = c*(a*a_mul - b*b_mul) + one*b*b_mul: one times a where the condition c is `one`, times b
 * where it is 0. Element i meets element i mod length of a and of b, which may be constant. Four rows and a
 * rescale.
 *
 * c is 0 or `one` because it is computed: by a table of a truth value, or by products, maxima and moves of
 * such. */
#include "compiler/fixed/fixed_bounds.h"
#include "compiler/gadgets/elementwise.h"
#include "compiler/primitives/operands.h"
#include "compiler/primitives/primitive.h"

static hcl_status check(const struct hcl_fx_graph *g, const struct hcl_fx_node *n, struct hcl_err *err)
{
    const size_t len = hcl_fx_tensor_len(g, n->output);
    if (g->tensors[n->inputs[0]].data != NULL || g->tensors[n->inputs[0]].is_input)
        return hcl_primitive_fail(err, n, "expected a computed condition");
    if (len % hcl_fx_tensor_len(g, n->inputs[1]) != 0 || len % hcl_fx_tensor_len(g, n->inputs[2]) != 0)
        return hcl_primitive_fail(err, n, "the operands' shapes do not combine");
    if (n->one < 1)
        return hcl_primitive_fail(err, n, "there is no value of a condition that holds");
    return hcl_primitive_check_same(g, n, err);
}

static struct hcl_interval bounds(const struct hcl_fx_graph *g, const struct hcl_fx_node *n)
{
    const struct hcl_interval a = hcl_interval_scaled(hcl_interval_range(g, n->inputs[1]), n->a_mul),
                              b = hcl_interval_scaled(hcl_interval_range(g, n->inputs[2]), n->b_mul);
    return hcl_interval_plus(hcl_interval_times(hcl_interval_range(g, n->inputs[0]),
                                                hcl_interval_plus(a, hcl_interval_scaled(b, -1))),
                             hcl_interval_scaled(b, n->one));
}

static hcl_status interpret(const struct hcl_fx_operands *p)
{
    const struct hcl_fx_node *n = p->n;
    const size_t b_len = hcl_fx_tensor_len(p->g, n->inputs[2]);
    hcl_status st = HCL_OK;
    for (size_t i = 0; i < p->y_len && st == HCL_OK; i++) {
        const int64_t a = p->w[i % p->w_len] * n->a_mul, b = p->b[i % b_len] * n->b_mul;
        st = hcl_operands_put(p, i, p->x[i] * (a - b) + n->one * b, n->divisor);
    }
    return st;
}

static void gadget(struct hcl_lower *c, uint32_t node)
{
    const struct hcl_fx_node *n = &c->g->nodes[node];
    const struct hcl_elementwise_step steps[] = {
        { 1, 0, n->a_mul, 0 }, { 2, 1, -n->b_mul, 0 }, { 0, 0, 0, 1 }, { 2, 1, n->one * n->b_mul, 0 }
    };

    hcl_gadget_elementwise(c, node, steps, sizeof(steps) / sizeof(steps[0]));
}

const struct hcl_primitive hcl_primitive_select = {
    .name = "select",
    .operands = 3,
    .rescales = true,
    .check = check,
    .bounds = bounds,
    .interpret = interpret,
    .gadget = gadget,
};

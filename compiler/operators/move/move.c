/* SPDX-License-Identifier: Apache-2.0 */
/* MOVE: y[i] = element map[i] of the operands one behind the other, or 0. */
#include "compiler/operators/float_operands.h"
#include "compiler/operators/operator.h"
#include "compiler/quantize/builder.h"
#include <string.h>

static hcl_status check(const struct hcl_graph *g, const struct hcl_node *n, struct hcl_err *err)
{
    size_t all = 0;
    for (size_t k = 0; k < hcl_node_arity(n); k++)
        all += hcl_tensor_len(&g->tensors[n->inputs[k]]);
    if (n->map == NULL)
        return hcl_fail(err, HCL_BAD_INPUT, "%s '%s' has no index map", hcl_op_name(n->op), n->name);
    for (size_t i = 0; i < hcl_tensor_len(&g->tensors[n->output]); i++)
        if (n->map[i] != HCL_GRAPH_NONE && n->map[i] >= all)
            return hcl_fail(err, HCL_BAD_INPUT, "%s '%s': element %zu is element %u of %zu",
                            hcl_op_name(n->op), n->name, i, n->map[i], all);
    return HCL_OK;
}

static bool is_noop(const struct hcl_graph *g, const struct hcl_node *n)
{
    const struct hcl_tensor *x = &g->tensors[n->inputs[0]], *y = &g->tensors[n->output];
    if (memcmp(x->dims, y->dims, sizeof x->dims) != 0)
        return false;
    for (size_t i = 0; i < hcl_tensor_len(y); i++)
        if (n->map[i] != i)
            return false;
    return true;
}

static double element(const struct hcl_float_operands *p, size_t i)
{
    const size_t first = p->x_len, second = first + (p->n->inputs[1] != HCL_GRAPH_NONE ? p->w_len : 0);
    const size_t from = p->n->map[i];
    return (double)(from == HCL_GRAPH_NONE ? 0
                    : from < first         ? p->x[from]
                    : from < second        ? p->w[from - first]
                                           : p->b[from - second]);
}

static void run(const struct hcl_float_operands *p, size_t first, size_t count, double *x)
{
    const uint32_t *map = p->n->map + first;
    const bool one = p->n->inputs[1] == HCL_GRAPH_NONE;
    for (size_t i = 0; i < count; i++)
        x[i] = one && map[i] < p->x_len ? (double)p->x[map[i]] : element(p, first + i);
}

/* Constants at the result's bits, which all operands have. */
static hcl_status quantize(struct hcl_builder *b, const struct hcl_node *from, struct hcl_fx_node *n)
{
    hcl_status st = HCL_OK;
    for (size_t k = 0; k < hcl_node_arity(from); k++)
        if (n->inputs[k] == HCL_FX_NONE)
            HCL_TRY(
                hcl_builder_constant(b, n, from->inputs[k], hcl_builder_result_bits(b, from), &n->inputs[k]));
    HCL_TRY(hcl_builder_map(b, from, n));
done:
    return st;
}

const struct hcl_operator hcl_operator_move = {
    .name = "MOVE",
    .code = -1, /* a recipe of the front end */
    .least = 1,
    .most = 3,
    .primitive = HCL_FX_MOVE,
    .joins = true,
    .sign = HCL_SIGN_OF_OPERANDS,
    .check = check,
    .is_noop = is_noop,
    .element = element,
    .run = run,
    .quantize = quantize,
};

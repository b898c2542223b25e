/* SPDX-License-Identifier: Apache-2.0 */
/* RESHAPE: the same elements in the same order. */
#include "compiler/operators/float_operands.h"
#include "compiler/operators/operator.h"
#include "compiler/operators/shapes.h"
#include <string.h>

static hcl_status check(const struct hcl_graph *g, const struct hcl_node *n, struct hcl_err *err)
{
    const struct hcl_tensor *x = &g->tensors[n->inputs[0]], *y = &g->tensors[n->output];
    if (hcl_tensor_len(x) == hcl_tensor_len(y))
        return HCL_OK;
    return hcl_fail(err, HCL_BAD_INPUT, "%s '%s': " HCL_DIMS " cannot become " HCL_DIMS, hcl_op_name(n->op),
                    n->name, HCL_DIMS_OF(x->dims), HCL_DIMS_OF(y->dims));
}

static bool is_noop(const struct hcl_graph *g, const struct hcl_node *n)
{
    return memcmp(g->tensors[n->inputs[0]].dims, g->tensors[n->output].dims, sizeof g->tensors->dims) == 0;
}

static double element(const struct hcl_float_operands *p, size_t i)
{
    return (double)p->x[i];
}

static void run(const struct hcl_float_operands *p, size_t first, size_t count, double *x)
{
    for (size_t i = 0; i < count; i++)
        x[i] = (double)p->x[first + i];
}

const struct hcl_operator hcl_operator_reshape = {
    .name = "RESHAPE",
    .code = -1, /* a recipe of the front end */
    .least = 1,
    .most = 1,
    .primitive = HCL_FX_RESHAPE,
    .keeps_bits = true,
    .sign = HCL_SIGN_OF_OPERANDS,
    .check = check,
    .is_noop = is_noop,
    .element = element,
    .run = run,
};

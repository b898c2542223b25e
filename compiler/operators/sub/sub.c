/* SPDX-License-Identifier: Apache-2.0 */
/* SUB: a - b, or b - a where the larger operand, which comes first, is the one taken away. */
#include "compiler/frontend/import.h"
#include "compiler/operators/elementwise.h"
#include "compiler/operators/float_operands.h"
#include "compiler/operators/shapes.h"

static hcl_status import(struct hcl_import *im, const struct hcl_tfl_op *op, struct hcl_node *n,
                         struct hcl_import_shape *to)
{
    return hcl_import_binary(im, op, HCL_TFL_OPTIONS_SUB, n, to);
}

static double element(const struct hcl_float_operands *p, size_t i)
{
    const double d = (double)p->x[i] - hcl_float_second(p, i);
    return p->n->reversed ? -d : d;
}

static hcl_status quantize(struct hcl_builder *b, const struct hcl_node *from, struct hcl_fx_node *n)
{
    const hcl_status st = hcl_sum_quantize(b, from, n);
    if (from->reversed)
        n->a_mul = -n->a_mul;
    else
        n->b_mul = -n->b_mul;
    return st;
}

static bool is_noop(const struct hcl_graph *g, const struct hcl_node *n)
{
    return !n->reversed && hcl_sum_is_noop(g, n);
}

const struct hcl_operator hcl_operator_sub = {
    .name = "SUB",
    .code = 41,
    .least = 2,
    .most = 2,
    .primitive = HCL_FX_ADD,
    .carries_function = true,
    .swaps = true,
    .import = import,
    .check = hcl_shape_broadcast,
    .is_noop = is_noop,
    .element = element,
    .constrain = hcl_sum_constrain,
    .accumulator_bits = hcl_sum_accumulator_bits,
    .quantize = quantize,
};

/* SPDX-License-Identifier: Apache-2.0 */
/* ADD: a + b. */
#include "compiler/frontend/import.h"
#include "compiler/operators/elementwise.h"
#include "compiler/operators/float_operands.h"
#include "compiler/operators/operator.h"
#include "compiler/operators/shapes.h"

static hcl_status import(struct hcl_import *im, const struct hcl_tfl_op *op, struct hcl_node *n,
                         struct hcl_import_shape *to)
{
    return hcl_import_binary(im, op, HCL_TFL_OPTIONS_ADD, n, to);
}

static double element(const struct hcl_float_operands *p, size_t i)
{
    return (double)p->x[i] + hcl_float_second(p, i);
}

const struct hcl_operator hcl_operator_add = {
    .name = "ADD",
    .code = 0,
    .least = 2,
    .most = 2,
    .primitive = HCL_FX_ADD,
    .carries_function = true,
    .swaps = true,
    .sign = HCL_SIGN_OF_OPERANDS,
    .import = import,
    .check = hcl_shape_broadcast,
    .is_noop = hcl_sum_is_noop,
    .element = element,
    .constrain = hcl_sum_constrain,
    .accumulator_bits = hcl_sum_accumulator_bits,
    .quantize = hcl_sum_quantize,
};

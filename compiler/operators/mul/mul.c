/* SPDX-License-Identifier: Apache-2.0 */
/* MUL: a * b; a constant b has fraction bits of its own. */
#include "compiler/frontend/import.h"
#include "compiler/operators/float_operands.h"
#include "compiler/operators/operator.h"
#include "compiler/operators/product.h"
#include "compiler/operators/shapes.h"

static hcl_status import(struct hcl_import *im, const struct hcl_tfl_op *op, struct hcl_node *n,
                         struct hcl_import_shape *to)
{
    return hcl_import_binary(im, op, HCL_TFL_OPTIONS_MUL, n, to);
}

static double element(const struct hcl_float_operands *p, size_t i)
{
    return (double)p->x[i] * hcl_float_second(p, i);
}

const struct hcl_operator hcl_operator_mul = {
    .name = "MUL",
    .code = 18,
    .least = 2,
    .most = 2,
    .primitive = HCL_FX_MUL,
    .carries_function = true,
    .swaps = true,
    .sign = HCL_SIGN_OF_OPERANDS,
    .import = import,
    .check = hcl_shape_broadcast,
    .element = element,
    .own_scale = true,
    .constrain = hcl_product_constrain,
    .accumulator_bits = hcl_product_accumulator_bits,
    .quantize = hcl_product_quantize,
};

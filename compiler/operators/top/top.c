/* SPDX-License-Identifier: Apache-2.0 */
/* TOP: the largest elements along the last axis, the largest first; the values of a TOPK_V2. */
#include "compiler/operators/operator.h"
#include "compiler/operators/picks.h"

static void put(const struct hcl_float_operands *p, size_t i, size_t from)
{
    p->y[i] = hcl_float_finish(p, (double)p->x[from]);
}

static hcl_status evaluate(const struct hcl_float_operands *p, size_t count, struct hcl_err *err)
{
    (void)err;
    for (size_t k = 0; k < count; k++)
        hcl_picks_each(&p[k], false, put);
    return HCL_OK;
}

const struct hcl_operator hcl_operator_top = {
    .name = "TOP",
    .code = -1, /* a recipe of the front end */
    .least = 1,
    .most = 1,
    .primitive = HCL_FX_TOP,
    .keeps_bits = true,
    .sign = HCL_SIGN_OF_OPERANDS,
    .check = hcl_picks_check,
    .evaluate = evaluate,
};

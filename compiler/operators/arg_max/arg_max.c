/* SPDX-License-Identifier: Apache-2.0 */
/* ARG_MAX: the numbers of the largest elements along the last axis; with `least` ARG_MIN. */
#include "compiler/operators/operator.h"
#include "compiler/operators/picks.h"

static void put(const struct hcl_float_operands *p, size_t i, size_t from)
{
    p->y[i] = hcl_float_finish(p, (double)(from % p->xd[3]));
}

static hcl_status evaluate(const struct hcl_float_operands *p, size_t count, struct hcl_err *err)
{
    (void)err;
    for (size_t k = 0; k < count; k++)
        hcl_picks_each(&p[k], p->n->least, put);
    return HCL_OK;
}

static hcl_status quantize(struct hcl_builder *b, const struct hcl_node *from, struct hcl_fx_node *n)
{
    (void)b;
    n->least = from->least;
    return HCL_OK;
}

static void dump(const struct hcl_node *n, FILE *to)
{
    if (n->least)
        fputs(" least", to);
}

const struct hcl_operator hcl_operator_arg_max = {
    .name = "ARG_MAX",
    .code = -1, /* a recipe of the front end */
    .least = 1,
    .most = 1,
    .primitive = HCL_FX_ARG_MAX,
    .sign = HCL_SIGN_POSITIVE,
    .check = hcl_picks_check,
    .evaluate = evaluate,
    .quantize = quantize,
    .dump = dump,
};

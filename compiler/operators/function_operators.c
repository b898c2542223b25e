/* SPDX-License-Identifier: Apache-2.0 */
/* Functions as operators of their own: a table of one operand. A function that is exact at every scale keeps
 * its operand's. */
#include "compiler/frontend/import.h"
#include "compiler/operators/elementwise.h"
#include "compiler/operators/float_operands.h"
#include "compiler/operators/shapes.h"
#include "compiler/quantize/chooser.h"

static hcl_status import(struct hcl_import *im, const struct hcl_tfl_op *op, struct hcl_node *n,
                         struct hcl_import_shape *to)
{
    struct hcl_map_shape shape;
    const hcl_status st = hcl_import_any(im, op, 0, &n->inputs[0], &shape);
    if (st != HCL_OK)
        return st;
    n->act = (struct hcl_function){ .id = hcl_operator_of(n->op)->function, .param = { op->parameter } };
    hcl_import_shape_as(im, op, &shape, to);
    return HCL_OK;
}

static double element(const struct hcl_float_operands *p, size_t i)
{
    return (double)p->x[i];
}

/* What the function sees of an operand is no finer than the operand, and no coarser than the largest divisor.
 */
static void constrain(struct hcl_chooser *c, const struct hcl_node *n)
{
    const struct hcl_function f = hcl_node_function(n);
    hcl_chooser_lower_quotient(c, n, hcl_chooser_bits(c, n->inputs[0]));
    hcl_chooser_lower(c, n->inputs[0],
                      hcl_chooser_quotient(c, n) +
                          (hcl_function_has(&f, HCL_FN_STEP) ? 0 : hcl_chooser_setting(c)->remainder_bits));
}

static int accumulator_bits(const struct hcl_scales *s, const struct hcl_graph *g, size_t node)
{
    return s->tensor[g->nodes[node].inputs[0]];
}

static bool is_noop(const struct hcl_graph *g, const struct hcl_node *n)
{
    return n->op == HCL_OP_IDENTITY || (n->op == HCL_OP_RELU && hcl_graph_never_negative(g, n->inputs[0]));
}

const struct hcl_operator *hcl_function_operator(hcl_fn id)
{
    static const struct hcl_operator all[] = {
#define HCL_FUNCTION(function_name, number, fused, least_argument, properties, value)                        \
    { .name = #function_name,                                                                                \
      .code = number,                                                                                        \
      .least = 1,                                                                                            \
      .most = 1,                                                                                             \
      .primitive = HCL_FX_UNARY,                                                                             \
      .function = HCL_FN_##function_name,                                                                    \
      .keeps_bits = ((properties)&HCL_FN_EXACT) != 0,                                                        \
      .import = import,                                                                                      \
      .check = hcl_shape_same,                                                                               \
      .is_noop = is_noop,                                                                                    \
      .element = element,                                                                                    \
      .constrain = constrain,                                                                                \
      .accumulator_bits = accumulator_bits },
#include "compiler/functions/functions.def"
    };
    return &all[id];
}

hcl_op hcl_function_op(hcl_fn id)
{
    return (hcl_op)(HCL_OP_IDENTITY + (int)id);
}

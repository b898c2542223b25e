/* SPDX-License-Identifier: Apache-2.0 */
/* LOOKUP: y[p, :] = row x[p] of a constant table. x holds whole numbers; the circuit shows that each is the
 * number of a row by finding the pair of number and row in the table. */
#include "compiler/primitives/lookup/lookup.h"
#include "compiler/primitives/operands.h"
#include "compiler/primitives/primitive.h"
#include <string.h>

static hcl_status check(const struct hcl_fx_graph *g, const struct hcl_fx_node *n, struct hcl_err *err)
{
    const struct hcl_fx_tensor *x = &g->tensors[n->inputs[0]], *w = &g->tensors[n->inputs[1]];
    const size_t width = w->dims[3];
    if (w->data == NULL || w->type != HCL_FX_I16 || w->dims[0] != 1 || w->dims[1] != 1)
        return hcl_primitive_fail(err, n, "its table is not a constant of rows of 16-bit integers");
    if (x->frac_bits != 0 || !x->whole)
        return hcl_primitive_fail(err, n, "its indices are not whole numbers");
    if (hcl_fx_tensor_len(g, n->output) != hcl_fx_tensor_len(g, n->inputs[0]) * width)
        return hcl_primitive_fail(err, n, "its result is not a row for each index");
    return HCL_OK;
}

static struct hcl_interval bounds(const struct hcl_fx_graph *g, const struct hcl_fx_node *n)
{
    return hcl_interval_range(g, n->inputs[1]);
}

static hcl_status interpret(const struct hcl_fx_operands *p)
{
    const int64_t rows = p->wd[2];
    const size_t width = p->wd[3];
    for (size_t i = 0; i < p->x_len; i++) {
        if (p->x[i] < 0 || p->x[i] >= rows)
            return hcl_fail(p->err, HCL_BAD_INPUT, "%s: index %lld at element %zu of '%s', expected 0..%lld",
                            p->n->name, (long long)p->x[i], i, p->g->tensors[p->n->inputs[0]].name,
                            (long long)rows - 1);
        for (size_t k = 0; k < width; k++)
            p->y[i * width + k] = p->short_w[(size_t)p->x[i] * width + k];
    }
    return HCL_OK;
}

const struct hcl_primitive hcl_primitive_lookup = {
    .name = "lookup",
    .operands = 2,
    .short_constant = true,
    .check = check,
    .bounds = bounds,
    .interpret = interpret,
    .gadget = hcl_gadget_lookup,
};

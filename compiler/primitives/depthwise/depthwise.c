/* SPDX-License-Identifier: Apache-2.0 */
/* DEPTHWISE: as CONV, output channel c*m+j of input channel c alone; it may add a tensor, too. */
#include "compiler/primitives/depthwise/depthwise.h"
#include "compiler/primitives/filter.h"
#include "compiler/primitives/operands.h"

static hcl_status check(const struct hcl_fx_graph *g, const struct hcl_fx_node *n, struct hcl_err *err)
{
    const uint32_t *x = g->tensors[n->inputs[0]].dims, *w = g->tensors[n->inputs[1]].dims;
    if (w[0] != 1 || w[3] % x[3] != 0)
        return hcl_primitive_fail(err, n, "the filter's channels do not match the input's");
    return hcl_filter_check(g, n, w[3], err);
}

static struct hcl_interval bounds(const struct hcl_fx_graph *g, const struct hcl_fx_node *n)
{
    const size_t outputs = g->tensors[n->inputs[1]].dims[3];
    return hcl_filter_bounds(g, n, outputs, 1, outputs);
}

static hcl_status depthwise_at(const struct hcl_fx_operands *p, const struct hcl_fx_window *w, size_t at,
                               uint32_t o)
{
    uint32_t multiplier = p->wd[3] / p->xd[3];
    int64_t acc = hcl_filter_offset(p, at, o);
    for (uint32_t ky = w->y0; ky < w->y1; ky++)
        for (uint32_t kx = w->x0; kx < w->x1; kx++)
            acc += hcl_fx_pixel(p, w, ky, kx)[o / multiplier] *
                   hcl_fx_weight(p, ((size_t)ky * p->wd[2] + kx) * p->wd[3] + o);
    return hcl_operands_put(p, at, acc, p->n->divisor);
}

static hcl_status interpret(const struct hcl_fx_operands *p)
{
    return hcl_operands_each_window(p, depthwise_at);
}

static double multiplications(const struct hcl_fx_graph *g, const struct hcl_fx_node *n)
{
    const uint32_t *y = g->tensors[n->output].dims, *w = g->tensors[n->inputs[1]].dims;
    return (double)y[1] * y[2] * y[3] * w[1] * w[2];
}

const struct hcl_primitive hcl_primitive_depthwise = {
    .name = "depthwise",
    .operands = 2,
    .rescales = true,
    .short_constant = true,
    .residual = true,
    .check = check,
    .bounds = bounds,
    .interpret = interpret,
    .multiplications = multiplications,
    .joins_items = true,
    .gadget = hcl_gadget_depthwise,
};

/* SPDX-License-Identifier: Apache-2.0 */
/* AVERAGE_POOL_2D: of the elements inside the image. */
#include "compiler/frontend/import.h"
#include "compiler/operators/float_operands.h"
#include "compiler/operators/operator.h"
#include "compiler/operators/shapes.h"
#include "compiler/quantize/chooser.h"
#include "compiler/quantize/table_sizes.h"
#include <math.h>

enum { MOST_POOL_BITS = 16 };

static double average_at(const struct hcl_float_operands *p, struct hcl_float_window w, uint32_t oy,
                         uint32_t ox, uint32_t o)
{
    double acc = 0;
    for (uint32_t ky = w.y0; ky < w.y1; ky++)
        for (uint32_t kx = w.x0; kx < w.x1; kx++)
            acc += (double)hcl_float_pixel(p, oy, ox, ky, kx)[o];
    return acc / ((double)(w.y1 - w.y0) * (double)(w.x1 - w.x0));
}

static hcl_status evaluate(const struct hcl_float_operands *p, size_t count, struct hcl_err *err)
{
    (void)err;
    hcl_float_each_window(p, count, average_at);
    return HCL_OK;
}

static void constrain(struct hcl_chooser *c, const struct hcl_node *n)
{
    hcl_chooser_lower_quotient(c, n, hcl_chooser_bits(c, n->inputs[0]) + MOST_POOL_BITS);
    hcl_chooser_lower(c, n->inputs[0], hcl_chooser_quotient(c, n) + hcl_chooser_setting(c)->remainder_bits);
}

static int accumulator_bits(const struct hcl_scales *s, const struct hcl_graph *g, size_t node)
{
    return s->tensor[g->nodes[node].inputs[0]];
}

/* The divisor is a multiple of the number of elements. */
static void count_tables(struct hcl_table_sizes *s, size_t node)
{
    const struct hcl_node *n = &s->g->nodes[node];
    const int shift = hcl_scales_shift(s->scales, s->g, node);
    hcl_table_sizes_remainder(s, ldexp((double)n->kernel_h * n->kernel_w, shift > 0 ? shift : 0));
}

const struct hcl_operator hcl_operator_average_pool_2d = {
    .name = "AVERAGE_POOL_2D",
    .code = -1, /* a recipe of the front end */
    .least = 1,
    .most = 1,
    .primitive = HCL_FX_AVG_POOL,
    .carries_function = true,
    .sign = HCL_SIGN_OF_OPERANDS,
    .import = hcl_import_pool,
    .check = hcl_shape_pool,
    .evaluate = evaluate,
    .constrain = constrain,
    .accumulator_bits = accumulator_bits,
    .count_tables = count_tables,
};

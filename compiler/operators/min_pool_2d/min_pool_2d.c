/* SPDX-License-Identifier: Apache-2.0 */
/* MIN_POOL_2D: the least of the elements inside the image. REDUCE_MIN is such a pool of one column. */
#include "compiler/operators/elementwise.h"
#include "compiler/operators/float_operands.h"
#include "compiler/operators/operator.h"
#include "compiler/operators/shapes.h"
#include <math.h>

static double minimum_at(const struct hcl_float_operands *p, struct hcl_float_window w, uint32_t oy,
                         uint32_t ox, uint32_t o)
{
    double least = INFINITY;
    for (uint32_t ky = w.y0; ky < w.y1; ky++)
        for (uint32_t kx = w.x0; kx < w.x1; kx++)
            least = fmin(least, (double)hcl_float_pixel(p, oy, ox, ky, kx)[o]);
    return least;
}

static hcl_status evaluate(const struct hcl_float_operands *p, size_t count, struct hcl_err *err)
{
    (void)err;
    hcl_float_each_window(p, count, minimum_at);
    return HCL_OK;
}

static hcl_status quantize(struct hcl_builder *b, const struct hcl_node *from, struct hcl_fx_node *n)
{
    (void)b;
    (void)from;
    n->minimum = true;
    return HCL_OK;
}

const struct hcl_operator hcl_operator_min_pool_2d = {
    .name = "MIN_POOL_2D",
    .code = -1, /* a recipe of the front end */
    .least = 1,
    .most = 1,
    .primitive = HCL_FX_MAX_POOL,
    .keeps_bits = true,
    .sign = HCL_SIGN_OF_OPERANDS,
    .check = hcl_shape_pool,
    .evaluate = evaluate,
    .quantize = quantize,
    .count_tables = hcl_maximum_count_tables,
};

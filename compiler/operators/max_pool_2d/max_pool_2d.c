/* SPDX-License-Identifier: Apache-2.0 */
/* MAX_POOL_2D. */
#include "compiler/frontend/import.h"
#include "compiler/operators/elementwise.h"
#include "compiler/operators/float_operands.h"
#include "compiler/operators/operator.h"
#include "compiler/operators/shapes.h"
#include <math.h>

static double maximum_at(const struct hcl_float_operands *p, struct hcl_float_window w, uint32_t oy,
                         uint32_t ox, uint32_t o)
{
    double best = -INFINITY;
    for (uint32_t ky = w.y0; ky < w.y1; ky++)
        for (uint32_t kx = w.x0; kx < w.x1; kx++)
            best = fmax(best, (double)hcl_float_pixel(p, oy, ox, ky, kx)[o]);
    return best;
}

static hcl_status evaluate(const struct hcl_float_operands *p, size_t count, struct hcl_err *err)
{
    (void)err;
    hcl_float_each_window(p, count, maximum_at);
    return HCL_OK;
}

const struct hcl_operator hcl_operator_max_pool_2d = {
    .name = "MAX_POOL_2D",
    .code = -1, /* a recipe of the front end */
    .least = 1,
    .most = 1,
    .primitive = HCL_FX_MAX_POOL,
    .keeps_bits = true,
    .sign = HCL_SIGN_OF_OPERANDS,
    .import = hcl_import_pool,
    .check = hcl_shape_pool,
    .evaluate = evaluate,
    .count_tables = hcl_maximum_count_tables,
};

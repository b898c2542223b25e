/* SPDX-License-Identifier: Apache-2.0 */
/* MAX_POOL_2D. */
#include "compiler/frontend/import.h"
#include "compiler/operators/float_operands.h"
#include "compiler/operators/operator.h"
#include "compiler/operators/shapes.h"
#include "compiler/quantize/table_sizes.h"
#include <math.h>

static hcl_status check(const struct hcl_graph *g, const struct hcl_node *n, struct hcl_err *err)
{
    return hcl_shape_window(g, n, g->tensors[n->inputs[0]].dims[3], err);
}

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

/* Differences in relu's table: of values of one sign no more than they, else twice as much. */
static void count_tables(struct hcl_table_sizes *s, size_t node)
{
    const uint32_t x = s->g->nodes[node].inputs[0];
    const double positive = hcl_graph_never_negative(s->g, x) ? 1 : 2;
    hcl_table_sizes_reach(s, (struct hcl_function){ .id = HCL_FN_RELU }, 0,
                          positive * (double)s->setting->table_len / 2);
}

const struct hcl_operator hcl_operator_max_pool_2d = {
    .name = "MAX_POOL_2D",
    .code = 17,
    .least = 1,
    .most = 1,
    .primitive = HCL_FX_MAX_POOL,
    .keeps_bits = true,
    .sign = HCL_SIGN_OF_OPERANDS,
    .import = hcl_import_pool,
    .check = check,
    .evaluate = evaluate,
    .count_tables = count_tables,
};

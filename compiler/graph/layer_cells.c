/* SPDX-License-Identifier: Apache-2.0 */
#include "compiler/graph/layer_cells.h"

/* What weights come to in cells of lanes. A pass takes rows of its own, which are free as long as lanes have
 * as many; a weight costs some 1/256 of a cell in a proof, but is committed to once for a key. */
enum { CELLS_OF_A_PASS = 1, WEIGHTS_OF_A_CELL = 32 };

static double min_u32(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

struct hcl_layer_shape hcl_layer_shape_of(const struct hcl_graph *g, const struct hcl_node *conv)
{
    const uint32_t *x = g->tensors[conv->inputs[0]].dims, *y = g->tensors[conv->output].dims;
    return (struct hcl_layer_shape){ .inputs = x[3],
                                     .outputs = y[3],
                                     .kernel_h = conv->kernel_h,
                                     .kernel_w = conv->kernel_w,
                                     .stride_y = conv->stride_y,
                                     .stride_x = conv->stride_x,
                                     .out_h = y[1],
                                     .out_w = y[2] };
}

uint64_t hcl_layer_weights(const struct hcl_layer_shape *s)
{
    return (uint64_t)s->outputs * s->inputs * s->kernel_h * s->kernel_w;
}

double hcl_layer_cells(const struct hcl_layer_shape *s, bool in_place)
{
    const double passes = (double)s->inputs * s->kernel_h * s->kernel_w,
                 weights = passes * (CELLS_OF_A_PASS + (double)s->outputs / WEIGHTS_OF_A_CELL);
    const uint32_t kernel_h = (s->kernel_h + s->stride_y - 1) / s->stride_y, /* of a phase */
        kernel_w = (s->kernel_w + s->stride_x - 1) / s->stride_x;
    const double pitch = (double)s->out_w + kernel_w - 1, plane = ((double)s->out_h + kernel_h - 1) * pitch;
    const double before = (kernel_h - 1) * pitch + kernel_w - 1;
    const double planes = s->inputs * min_u32(s->stride_y, s->kernel_h) * min_u32(s->stride_x, s->kernel_w);
    const bool copied = !in_place || s->stride_y > 1 || s->stride_x > 1;
    if (s->out_h == 1 && s->out_w == 1) /* outputs are positions, operands cells anywhere */
        return s->outputs + weights;
    return s->outputs * (plane + before) + (copied ? planes * plane : 0) + weights;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "compiler/operators/float_operands.h"
#include "compiler/graph/window.h"

float hcl_float_finish(const struct hcl_float_operands *p, double x)
{
    *p->lo = x < *p->lo ? x : *p->lo;
    *p->hi = x > *p->hi ? x : *p->hi;
    return (float)(p->function.id == HCL_FN_IDENTITY ? x : hcl_function_apply(&p->function, x));
}

static struct hcl_float_window window_at(const struct hcl_float_operands *p, uint32_t oy, uint32_t ox)
{
    const struct hcl_node *n = p->n;
    struct hcl_float_window w;
    hcl_window_inside(oy, n->stride_y, n->gap_y, n->pad_top, n->kernel_h, p->xd[1], &w.y0, &w.y1);
    hcl_window_inside(ox, n->stride_x, n->gap_x, n->pad_left, n->kernel_w, p->xd[2], &w.x0, &w.x1);
    return w;
}

const float *hcl_float_pixel(const struct hcl_float_operands *p, uint32_t oy, uint32_t ox, uint32_t ky,
                             uint32_t kx)
{
    size_t y = (size_t)oy * p->n->stride_y + (size_t)ky * (p->n->gap_y + 1) - p->n->pad_top;
    size_t x = (size_t)ox * p->n->stride_x + (size_t)kx * (p->n->gap_x + 1) - p->n->pad_left;
    return p->x + (y * p->xd[2] + x) * p->xd[3];
}

static void one_by_windows(const struct hcl_float_operands *p, hcl_float_window_rule rule)
{
    float *y = p->y;
    for (uint32_t oy = 0; oy < p->yd[1]; oy++)
        for (uint32_t ox = 0; ox < p->yd[2]; ox++) {
            struct hcl_float_window w = window_at(p, oy, ox);
            for (uint32_t o = 0; o < p->yd[3]; o++)
                *y++ = hcl_float_finish(p, rule(p, w, oy, ox, o));
        }
}

void hcl_float_each_window(const struct hcl_float_operands *p, size_t count, hcl_float_window_rule rule)
{
    for (size_t k = 0; k < count; k++)
        one_by_windows(&p[k], rule);
}

void hcl_float_each_element(const struct hcl_float_operands *p, size_t count, hcl_float_element_rule rule)
{
    for (size_t k = 0; k < count; k++)
        for (size_t i = 0; i < p[k].y_len; i++)
            p[k].y[i] = hcl_float_finish(&p[k], rule(&p[k], i));
}

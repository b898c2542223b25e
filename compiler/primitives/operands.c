/* SPDX-License-Identifier: Apache-2.0 */
#include "compiler/primitives/operands.h"
#include "compiler/fixed/fixed_bounds.h"
#include "compiler/graph/window.h"

static hcl_status fail_range(const struct hcl_fx_operands *p, size_t element, int64_t q)
{
    return hcl_fail(
        p->err, HCL_BAD_INPUT,
        "%s: value %lld at element %zu of tensor '%s' is outside its range [%lld, %lld]: the input is"
        " unlike the calibration samples",
        p->n->name, (long long)q, element, p->g->tensors[p->n->output].name, (long long)p->n->q_lo,
        (long long)p->n->q_hi);
}

hcl_status hcl_operands_put(const struct hcl_fx_operands *p, size_t element, int64_t acc, int64_t divisor)
{
    int64_t q = hcl_fx_rescale(acc, divisor);
    if (q < p->n->q_lo || q > p->n->q_hi)
        return fail_range(p, element, q);
    p->y[element] = p->n->fn != NULL ? p->n->fn[q - p->n->q_lo] : q;
    return HCL_OK;
}

static struct hcl_fx_window window_at(const struct hcl_fx_operands *p, uint32_t oy, uint32_t ox)
{
    const struct hcl_fx_node *n = p->n;
    struct hcl_fx_window w = { .oy = oy, .ox = ox };
    hcl_window_inside(oy, n->stride_y, n->gap_y, n->pad_top, n->kernel_h, p->xd[1], &w.y0, &w.y1);
    hcl_window_inside(ox, n->stride_x, n->gap_x, n->pad_left, n->kernel_w, p->xd[2], &w.x0, &w.x1);
    return w;
}

hcl_status hcl_operands_each_window(const struct hcl_fx_operands *p, hcl_fx_window_rule rule)
{
    size_t at = 0;
    for (uint32_t oy = 0; oy < p->yd[1]; oy++)
        for (uint32_t ox = 0; ox < p->yd[2]; ox++) {
            struct hcl_fx_window w = window_at(p, oy, ox);
            for (uint32_t o = 0; o < p->yd[3]; o++) {
                hcl_status st = rule(p, &w, at++, o);
                if (st != HCL_OK)
                    return st;
            }
        }
    return HCL_OK;
}

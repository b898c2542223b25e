/* SPDX-License-Identifier: Apache-2.0 */
/* What the interpretation of a node reads and writes: operands, result and their shapes. */
#ifndef HCL_COMPILER_PRIMITIVES_OPERANDS_H
#define HCL_COMPILER_PRIMITIVES_OPERANDS_H

#include "compiler/fixed/fixed_graph.h"

struct hcl_fx_operands {
    const struct hcl_fx_graph *g;
    const struct hcl_fx_node *n;
    const int64_t *x, *w, *b, *r; /* w: x again for a node with one operand; b and r may be NULL */
    const int16_t *short_w;       /* the filter instead of w, or NULL */
    const uint32_t *xd, *wd, *yd;
    size_t x_len, w_len, y_len;
    int64_t *y;
    struct hcl_err *err;
};

/** Rescale, check, function: the end of every node with an accumulator. HCL_BAD_INPUT: the quotient is
 * outside the node's range; names node, tensor and element. */
hcl_status hcl_operands_put(const struct hcl_fx_operands *p, size_t element, int64_t acc, int64_t divisor);

/* The window of an output position: kernel rows [y0, y1) and columns [x0, x1) inside the image. */
struct hcl_fx_window {
    uint32_t oy, ox, y0, y1, x0, x1;
};

/* Computes element `at`, which is channel o of the position. */
typedef hcl_status (*hcl_fx_window_rule)(const struct hcl_fx_operands *p, const struct hcl_fx_window *w,
                                         size_t at, uint32_t o);
/** Every element of the result by a rule; stops at the first failure. */
hcl_status hcl_operands_each_window(const struct hcl_fx_operands *p, hcl_fx_window_rule rule);

/** The channels of the image under kernel position (ky, kx), which is inside it. */
static inline const int64_t *hcl_fx_pixel(const struct hcl_fx_operands *p, const struct hcl_fx_window *w,
                                          uint32_t ky, uint32_t kx)
{
    size_t y = (size_t)w->oy * p->n->stride_y + (size_t)ky * (p->n->gap_y + 1) - p->n->pad_top;
    size_t x = (size_t)w->ox * p->n->stride_x + (size_t)kx * (p->n->gap_x + 1) - p->n->pad_left;
    return p->x + (y * p->xd[2] + x) * p->xd[3];
}

/** The element of the second operand that element i of the result meets (hcl_primitive_check_broadcast). */
static inline int64_t hcl_fx_second(const struct hcl_fx_operands *p, size_t i)
{
    return p->w[p->n->map != NULL ? p->n->map[i] : i % p->w_len];
}

/** Element i of the second operand. */
static inline int64_t hcl_fx_weight(const struct hcl_fx_operands *p, size_t i)
{
    return p->short_w != NULL ? p->short_w[i] : p->w[i];
}

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* What the evaluation of a float node reads and writes: operands, result and their shapes. */
#ifndef HCL_COMPILER_OPERATORS_FLOAT_OPERANDS_H
#define HCL_COMPILER_OPERATORS_FLOAT_OPERANDS_H

#include "compiler/graph/graph.h"

struct hcl_float_operands {
    const struct hcl_graph *g;
    const struct hcl_node *n;
    const float *x, *w, *b, *r; /* w: x again for a node with one operand; b, r may be NULL */
    const uint32_t *xd, *wd, *yd;
    size_t x_len, w_len, y_len;
    /* What is to be filled, all of it or a rank's part (compiler/graph/evaluate.h): elements, or with
     * HCL_CUT_OUTPUTS outputs, which w and b begin with then. */
    size_t from, to;
    float *y;
    struct hcl_function function;
    double *lo, *hi;    /* of the result before the function */
    const double *sums; /* of products, before they are finished; an operator's own */
};

/** The element of the second operand that element i of the result meets (hcl_shape_broadcast). */
static inline double hcl_float_second(const struct hcl_float_operands *p, size_t i)
{
    return (double)p->w[p->n->map != NULL ? p->n->map[i] : i % p->w_len];
}
/** The end of every computed element: note the range, apply the function. */
float hcl_float_finish(const struct hcl_float_operands *p, double x);

/** The same for up to HCL_FLOAT_RUN elements, whose range *lo and *hi are widened by. */
#define HCL_FLOAT_RUN 256
void hcl_float_finish_run(const struct hcl_float_operands *p, float *y, const double *x, size_t count,
                          double *lo, double *hi);
/** What a thread of several has finished, in the result's range. */
void hcl_float_widen(const struct hcl_float_operands *p, double lo, double hi);

/* The window of output position (oy, ox): kernel rows [y0, y1) and columns [x0, x1) inside the image. */
struct hcl_float_window {
    uint32_t y0, y1, x0, x1;
};

/* Channel o of an output position. */
typedef double (*hcl_float_window_rule)(const struct hcl_float_operands *p, struct hcl_float_window w,
                                        uint32_t oy, uint32_t ox, uint32_t o);
/** Every element of `count` value sets by a rule. */
void hcl_float_each_window(const struct hcl_float_operands *p, size_t count, hcl_float_window_rule rule);
/* Element i of the result. */
typedef double (*hcl_float_element_rule)(const struct hcl_float_operands *p, size_t i);
void hcl_float_each_element(const struct hcl_float_operands *p, size_t count, hcl_float_element_rule rule);
/* x[0..count): elements of the result from `first` on. */
typedef void (*hcl_float_run_rule)(const struct hcl_float_operands *p, size_t first, size_t count, double *x);
void hcl_float_each_run(const struct hcl_float_operands *p, size_t count, hcl_float_run_rule rule);
/** The channels of the image under kernel position (ky, kx) of the window at (oy, ox). */
const float *hcl_float_pixel(const struct hcl_float_operands *p, uint32_t oy, uint32_t ox, uint32_t ky,
                             uint32_t kx);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
#include "compiler/operators/float_operands.h"
#include "common/sys/clones.h"
#include "common/sys/threads.h"
#include "compiler/graph/window.h"
#include <math.h>

#define SIDES 8           /* of a range that is searched side by side */
#define MIN_PARALLEL 8192 /* elements */

float hcl_float_finish(const struct hcl_float_operands *p, double x)
{
    *p->lo = x < *p->lo ? x : *p->lo;
    *p->hi = x > *p->hi ? x : *p->hi;
    return (float)(p->function.id == HCL_FN_IDENTITY ? x : hcl_function_apply(&p->function, x));
}

/* Of what is no number nothing is told. */
HCL_VECTOR_CLONES static void range_of(const double *x, size_t count, double *lo, double *hi)
{
    double least[SIDES], most[SIDES];
    for (size_t j = 0; j < SIDES; j++) {
        least[j] = *lo;
        most[j] = *hi;
    }
    size_t i = 0;
    for (; i + SIDES <= count; i += SIDES)
        for (size_t j = 0; j < SIDES; j++) {
            least[j] = x[i + j] < least[j] ? x[i + j] : least[j];
            most[j] = x[i + j] > most[j] ? x[i + j] : most[j];
        }
    for (size_t j = 0; i < count; i++, j++) {
        least[j] = x[i] < least[j] ? x[i] : least[j];
        most[j] = x[i] > most[j] ? x[i] : most[j];
    }
    for (size_t j = 0; j < SIDES; j++) {
        *lo = least[j] < *lo ? least[j] : *lo;
        *hi = most[j] > *hi ? most[j] : *hi;
    }
}

HCL_VECTOR_CLONES static void to_floats(float *y, const double *x, size_t count)
{
    for (size_t i = 0; i < count; i++)
        y[i] = (float)x[i];
}

void hcl_float_finish_run(const struct hcl_float_operands *p, float *y, const double *x, size_t count,
                          double *lo, double *hi)
{
    range_of(x, count, lo, hi);
    if (p->function.id == HCL_FN_IDENTITY)
        to_floats(y, x, count);
    else
        for (size_t i = 0; i < count; i++)
            y[i] = (float)hcl_function_apply(&p->function, x[i]);
}

void hcl_float_widen(const struct hcl_float_operands *p, double lo, double hi)
{
#pragma omp critical(hcl_float_range)
    {
        *p->lo = lo < *p->lo ? lo : *p->lo;
        *p->hi = hi > *p->hi ? hi : *p->hi;
    }
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

/* Elements from..to-1 of one value set, by runs or, if `run` is NULL, one by one. */
static void one_by_runs(const struct hcl_float_operands *p, hcl_float_run_rule run,
                        hcl_float_element_rule element)
{
    const int threads = hcl_threads_available();
    HCL_CHECK(run != NULL || element != NULL);
#pragma omp parallel num_threads(threads) if (threads > 1 && p->to - p->from > MIN_PARALLEL)
    {
        double lo = INFINITY, hi = -INFINITY;
#pragma omp for schedule(static)
        for (size_t at = p->from; at < p->to; at += HCL_FLOAT_RUN) {
            const size_t count = p->to - at < HCL_FLOAT_RUN ? p->to - at : HCL_FLOAT_RUN;
            double x[HCL_FLOAT_RUN];
            if (run != NULL)
                run(p, at, count, x);
            else
                for (size_t i = 0; i < count; i++)
                    x[i] = element(p, at + i);
            hcl_float_finish_run(p, p->y + at, x, count, &lo, &hi);
        }
        hcl_float_widen(p, lo, hi);
    }
}

void hcl_float_each_element(const struct hcl_float_operands *p, size_t count, hcl_float_element_rule rule)
{
    for (size_t k = 0; k < count; k++)
        one_by_runs(&p[k], NULL, rule);
}

void hcl_float_each_run(const struct hcl_float_operands *p, size_t count, hcl_float_run_rule rule)
{
    for (size_t k = 0; k < count; k++)
        one_by_runs(&p[k], rule, NULL);
}

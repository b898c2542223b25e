/* SPDX-License-Identifier: Apache-2.0 */
#include "compiler/operators/linear.h"
#include "common/sys/mem.h"
#include "common/sys/threads.h"
#include "compiler/operators/shapes.h"
#include "compiler/quantize/builder.h"
#include "compiler/quantize/chooser.h"
#include <math.h>

/* Of what is added to the accumulator's bits. */
enum { MOST_SHIFT = 30 };

/* Sums of a cache line: those of as many positions. */
#define LINE 8
#define MIN_PARALLEL 8192 /* elements */

/* Outputs from..from+count-1 at one position of an image, of `all` positions of all images. */
static void finish_position(const struct hcl_float_operands *p, const double *sums, size_t position,
                            size_t at, size_t all, size_t from, size_t count, double *lo, double *hi)
{
    const size_t outputs = p->yd[3];
    const bool everywhere = p->r != NULL && hcl_layer_adds_everywhere(p->g, p->n);
    const float *b = p->b == NULL ? NULL : p->b + (from - p->from);
    const float *r = p->r == NULL ? NULL : p->r + (everywhere ? 0 : position * outputs) + from;
    double x[HCL_FLOAT_RUN];
    sums += (from - p->from) * all + at;
    for (size_t o = 0; o < count; o++)
        x[o] = (b != NULL ? (double)b[o] : 0) + (r != NULL ? (double)r[o] : 0) + sums[o * all];
    hcl_float_finish_run(p, p->y + position * outputs + from, x, count, lo, hi);
}

/* The results of one image, whose first position is number `first` of `all`. */
static void finish_image(const struct hcl_float_operands *p, size_t positions, const double *sums,
                         size_t first, size_t all)
{
    const int threads = hcl_threads_available();
#pragma omp parallel num_threads(threads) if (threads > 1 && (p->to - p->from) * positions > MIN_PARALLEL)
    {
        double lo = INFINITY, hi = -INFINITY;
#pragma omp for schedule(static) collapse(2)
        for (size_t o = p->from; o < p->to; o += HCL_FLOAT_RUN)
            for (size_t line = 0; line < positions; line += LINE) {
                const size_t count = p->to - o < HCL_FLOAT_RUN ? p->to - o : HCL_FLOAT_RUN;
                for (size_t at = line; at < positions && at < line + LINE; at++)
                    finish_position(p, sums, at, first + at, all, o, count, &lo, &hi);
            }
        hcl_float_widen(p, lo, hi);
    }
}

hcl_status hcl_layer_evaluate(const struct hcl_float_operands *p, const struct hcl_windows *w,
                              struct hcl_err *err)
{
    const size_t positions = (size_t)w->out_h * w->out_w;
    const struct hcl_gemm_a filters = { p->w, HCL_GEMM_F32, (size_t)w->kernel_h * w->kernel_w * w->channels };
    struct hcl_windows part = *w; /* of the outputs */
    const float *x[HCL_MOST_BATCH];
    const struct hcl_window_images images = { NULL, x };
    double *sums = NULL;
    hcl_status st;

    HCL_CHECK(w->images <= HCL_MOST_BATCH);
    for (size_t k = 0; k < w->images; k++)
        x[k] = p[k].x;
    part.outputs = (uint32_t)(p->to - p->from);
    HCL_TRY(hcl_window_products(&sums, &part, &images, &filters, hcl_threads_available(), err));
    for (size_t k = 0; k < w->images; k++)
        finish_image(&p[k], positions, sums, k * positions, w->images * positions);
done:
    hcl_mem_free_secret(sums);
    return st;
}

bool hcl_layer_adds_everywhere(const struct hcl_graph *g, const struct hcl_node *n)
{
    const uint32_t *r = g->tensors[n->inputs[3]].dims, *y = g->tensors[n->output].dims;
    return n->op == HCL_OP_CONV_2D && y[1] * y[2] > 1 && r[0] * r[1] * r[2] == 1 && r[3] == y[3];
}

hcl_status hcl_layer_check_added(const struct hcl_graph *g, const struct hcl_node *n, struct hcl_err *err)
{
    const uint32_t *y = g->tensors[n->output].dims;
    if (n->inputs[3] == HCL_GRAPH_NONE)
        return HCL_OK;
    if (g->tensors[n->inputs[3]].data != NULL)
        return hcl_fail(err, HCL_BAD_INPUT, "%s '%s': operand '%s' is a constant, expected a computed tensor",
                        hcl_op_name(n->op), n->name, g->tensors[n->inputs[3]].name);
    if (hcl_layer_adds_everywhere(g, n))
        return HCL_OK;
    return hcl_expect_dims(err, n, "what is added", g->tensors[n->inputs[3]].dims, y[0], y[1], y[2], y[3]);
}

/* What is added is brought to the accumulator's bits by a power of two: it has no more than they, and not
 * many fewer. */
static void constrain_added(struct hcl_chooser *c, const struct hcl_node *n)
{
    const uint32_t x = n->inputs[0], r = n->inputs[3];
    const int remainder = hcl_chooser_setting(c)->remainder_bits;
    hcl_chooser_lower(c, r, hcl_chooser_quotient(c, n) + remainder);
    hcl_chooser_lower(c, r, hcl_chooser_bits(c, x) + hcl_chooser_most_weight_bits(c, n->inputs[1]));
    hcl_chooser_lower_quotient(c, n, hcl_chooser_bits(c, r) + MOST_SHIFT - remainder);
}

/* No more bits than the accumulator has, whose weights are bounded. */
void hcl_layer_constrain(struct hcl_chooser *c, const struct hcl_node *n)
{
    hcl_chooser_lower_quotient(
        c, n, hcl_chooser_bits(c, n->inputs[0]) + hcl_chooser_most_weight_bits(c, n->inputs[1]));
    if (n->inputs[3] != HCL_GRAPH_NONE)
        constrain_added(c, n);
}

int hcl_layer_accumulator_bits(const struct hcl_scales *s, const struct hcl_graph *g, size_t node)
{
    return s->tensor[g->nodes[node].inputs[0]] + s->weight[node];
}

hcl_status hcl_layer_quantize(struct hcl_builder *b, const struct hcl_node *from, struct hcl_fx_node *n)
{
    const int weight_bits = hcl_builder_weight_bits(b, from);
    hcl_status st;
    if (from->inputs[3] != HCL_GRAPH_NONE)
        n->b_mul = (int64_t)1 << (hcl_builder_bits(b, n->inputs[0]) + weight_bits -
                                  hcl_builder_bits(b, n->inputs[3]));
    HCL_TRY(hcl_builder_filter(b, n, from->inputs[1], weight_bits, &n->inputs[1]));
    if (from->inputs[2] != HCL_GRAPH_NONE)
        HCL_TRY(hcl_builder_constant(b, n, from->inputs[2], hcl_builder_bits(b, n->inputs[0]) + weight_bits,
                                     &n->inputs[2]));
done:
    return st;
}

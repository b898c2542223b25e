/* SPDX-License-Identifier: Apache-2.0 */
/* SOFTMAX over the last axis: y = softmax(beta x) of the elements that take part, 0 for the others. A mask
 * that is known leaves elements out by the node's map; one that is computed is a second operand, 1 where an
 * element takes no part. A vector of which it leaves nothing is taken as if it had no mask. */
#include "common/sys/threads.h"
#include "compiler/frontend/import.h"
#include "compiler/operators/float_operands.h"
#include "compiler/operators/operator.h"
#include "compiler/operators/shapes.h"
#include "compiler/quantize/builder.h"
#include "compiler/quantize/chooser.h"
#include "compiler/quantize/table_sizes.h"
#include <math.h>
#include <string.h>

#define MIN_PARALLEL 2048 /* elements */

static hcl_status import(struct hcl_import *im, const struct hcl_tfl_op *op, struct hcl_node *n,
                         struct hcl_import_shape *to)
{
    struct hcl_map_shape shape;
    hcl_status st;
    HCL_TRY(hcl_import_options(im, op, HCL_TFL_OPTIONS_SOFTMAX));
    n->beta = op->beta;
    if (!(n->beta > 0 && n->beta < 1e6f))
        return HCL_FAIL_OP(im, op, "beta is %g, expected a positive number", (double)n->beta);
    HCL_TRY(hcl_import_any(im, op, 0, &n->inputs[0], &shape));
    hcl_import_shape_as(im, op, &shape, to);
done:
    return st;
}

/* Each vector has an element that takes part. */
static hcl_status check(const struct hcl_graph *g, const struct hcl_node *n, struct hcl_err *err)
{
    const uint32_t channels = g->tensors[n->output].dims[3];
    hcl_status st = hcl_shape_same(g, n, err);
    if (st == HCL_OK && n->inputs[1] != HCL_GRAPH_NONE &&
        memcmp(g->tensors[n->inputs[1]].dims, g->tensors[n->output].dims, 4 * sizeof channels) != 0)
        st = hcl_fail(err, HCL_BAD_INPUT, "%s '%s': its mask '%s' does not have its shape",
                      hcl_op_name(n->op), n->name, g->tensors[n->inputs[1]].name);
    for (size_t at = 0; st == HCL_OK && n->map != NULL && at < hcl_tensor_len(&g->tensors[n->output]);
         at += channels) {
        uint32_t kept = 0;
        HCL_ASSERT(channels > 0);
        for (uint32_t c = 0; c < channels; c++)
            kept += n->map[at + c] == at + c;
        if (kept == 0)
            st = hcl_fail(err, HCL_BAD_INPUT, "%s '%s': no element of vector %zu takes part",
                          hcl_op_name(n->op), n->name, at / channels);
    }
    return st;
}

/* Element i, with the second operand as a mask or without. */
static bool takes_part(const struct hcl_float_operands *p, size_t i, bool masks)
{
    return (p->n->map == NULL || p->n->map[i] != HCL_GRAPH_NONE) && !(masks && p->w[i] != 0);
}

/* exp(beta (x - best)) of element i, 0 where it takes no part. */
static double exponential(const struct hcl_float_operands *p, size_t i, bool masks, double best)
{
    return takes_part(p, i, masks) ? exp((double)p->n->beta * ((double)p->x[i] - best)) : 0;
}

/* The largest element that takes part; -inf: none does. */
static double largest(const struct hcl_float_operands *p, size_t at, bool masks)
{
    double best = -INFINITY;
    for (size_t i = at; i < at + p->yd[3]; i++)
        if (takes_part(p, i, masks))
            best = fmax(best, (double)p->x[i]);
    return best;
}

static void vector(const struct hcl_float_operands *p, size_t at)
{
    const size_t channels = p->yd[3];
    bool masks = p->n->inputs[1] != HCL_GRAPH_NONE;
    double best = largest(p, at, masks), sum = 0;
    if (masks && best == -INFINITY) {
        masks = false;
        best = largest(p, at, masks);
    }
    for (size_t i = at; i < at + channels; i++)
        sum += exponential(p, i, masks, best);
    for (size_t i = at; i < at + channels; i++)
        p->y[i] = (float)(exponential(p, i, masks, best) / sum);
}

static void softmax(const struct hcl_float_operands *p)
{
    const int threads = hcl_threads_available();
#pragma omp parallel for schedule(static)                                                                    \
    num_threads(threads) if (threads > 1 && p->to - p->from > MIN_PARALLEL)
    for (size_t at = p->from; at < p->to; at += p->yd[3])
        vector(p, at);
}

static hcl_status evaluate(const struct hcl_float_operands *p, size_t count, struct hcl_err *err)
{
    (void)err;
    for (size_t k = 0; k < count; k++)
        softmax(&p[k]);
    return HCL_OK;
}

/* An earlier node has all tables of this one. */
static bool counted(const struct hcl_table_sizes *s, size_t node)
{
    const struct hcl_node *n = &s->g->nodes[node];
    for (size_t j = 0; j < node; j++) {
        const struct hcl_node *m = &s->g->nodes[j];
        if (m->op == n->op && m->beta == n->beta &&
            (m->inputs[1] == HCL_GRAPH_NONE) == (n->inputs[1] == HCL_GRAPH_NONE) &&
            s->g->tensors[m->output].dims[3] == s->g->tensors[n->output].dims[3] &&
            s->scales->tensor[m->inputs[0]] == s->scales->tensor[n->inputs[0]])
            return true;
    }
    return false;
}

static void count_tables(struct hcl_table_sizes *s, size_t node)
{
    const struct hcl_node *n = &s->g->nodes[node];
    if (counted(s, node))
        return;
    const uint32_t channels = s->g->tensors[n->output].dims[3];
    const int output_bits = s->scales->tensor[n->output];
    const struct hcl_softmax_bits bits =
        hcl_scales_softmax(hcl_tensor_len(&s->g->tensors[n->output]), channels, output_bits);
    const double sums = ldexp((double)channels - 1, bits.exp + bits.mark - bits.sum) + 2;
    const double masked =
        n->inputs[1] != HCL_GRAPH_NONE ? 2 : 1; /* at least: of differences with a gap too */
    s->others += masked * (double)s->setting->table_len + ldexp(1, output_bits) +
                 ldexp(1, bits.sum - bits.mark) + ldexp(1, bits.mark);
    hcl_table_sizes_reciprocals(s, sums);
    hcl_table_sizes_remainder(s, ldexp(1, bits.sum));
    hcl_table_sizes_scaling(s, (int64_t)1 << bits.shift, (int64_t)1 << output_bits);
}

/* A mask has whole numbers. */
static void constrain(struct hcl_chooser *c, const struct hcl_node *n)
{
    if (n->inputs[1] != HCL_GRAPH_NONE)
        hcl_chooser_lower(c, n->inputs[1], 0);
}

/* The integers but the table, which is made when the operand's range is known. */
static hcl_status quantize(struct hcl_builder *b, const struct hcl_node *from, struct hcl_fx_node *n)
{
    const uint32_t *dims = hcl_builder_dims(b, from->output);
    const struct hcl_softmax_bits bits =
        hcl_scales_softmax((size_t)dims[1] * dims[2] * dims[3], dims[3], hcl_builder_result_bits(b, from));
    if (n->inputs[1] != HCL_FX_NONE && hcl_builder_bits(b, n->inputs[1]) != 0)
        return hcl_builder_fail(b, from, "what its mask is joined with is too large for truth values");
    n->mark = (int64_t)1 << bits.mark;
    n->exp_top = ((int64_t)1 << (bits.exp + bits.mark)) + 1;
    n->sum_divisor = (int64_t)1 << bits.sum;
    n->numerator = (int64_t)1 << bits.numerator;
    n->divisor = (int64_t)1 << bits.shift;
    return from->map != NULL ? hcl_builder_map(b, from, n) : HCL_OK;
}

static void dump(const struct hcl_node *n, FILE *to)
{
    fprintf(to, " beta %g%s%s", (double)n->beta, n->map != NULL ? " masked" : "",
            n->inputs[1] != HCL_GRAPH_NONE ? " masked by second" : "");
}

const struct hcl_operator hcl_operator_softmax = {
    .name = "SOFTMAX",
    .code = 25,
    .least = 1,
    .most = 2,
    .primitive = HCL_FX_SOFTMAX,
    .sign = HCL_SIGN_POSITIVE,
    .fixed_output = true,
    .cut = HCL_CUT_VECTORS,
    .dear = true,
    .import = import,
    .check = check,
    .evaluate = evaluate,
    .constrain = constrain,
    .quantize = quantize,
    .count_tables = count_tables,
    .dump = dump,
};

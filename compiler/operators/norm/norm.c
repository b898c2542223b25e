/* SPDX-License-Identifier: Apache-2.0 */
/* NORM over the last axis: (x - mean)/sqrt(variance + epsilon) if centred, else x/sqrt(mean of squares +
 * epsilon). Gain and shift are a MUL and an ADD behind it. Files spell it out (frontend/import_norm.c). */
#include "compiler/primitives/norm/norm.h"
#include "common/sys/threads.h"
#include "compiler/operators/float_operands.h"
#include "compiler/operators/operator.h"
#include "compiler/operators/shapes.h"
#include "compiler/quantize/builder.h"
#include "compiler/quantize/table_sizes.h"
#include <math.h>

#define MIN_PARALLEL 4096 /* elements */

/* Bits of the reciprocal of the largest deviation, and of the root of one by one. */
enum { RECIPROCAL_BITS = 8, ROOT_BITS = 6, MOST_SHIFT = 31 };

static hcl_status check(const struct hcl_graph *g, const struct hcl_node *n, struct hcl_err *err)
{
    if (!(n->epsilon >= 0 && n->epsilon < 1e6f))
        return hcl_fail(err, HCL_BAD_INPUT, "NORM '%s': epsilon is %g, expected a number from 0 on", n->name,
                        (double)n->epsilon);
    return hcl_shape_same(g, n, err);
}

static void vector(const struct hcl_float_operands *p, size_t at, size_t len, double *lo, double *hi)
{
    double mean = 0, squares = 0, scale, x[HCL_FLOAT_RUN];
    for (size_t i = 0; p->n->centred && i < len; i++)
        mean += (double)p->x[at + i] / (double)len;
    for (size_t i = 0; i < len; i++)
        squares += ((double)p->x[at + i] - mean) * ((double)p->x[at + i] - mean);
    scale = 1 / sqrt(squares / (double)len + (double)p->n->epsilon);
    for (size_t i = 0; i < len; i += HCL_FLOAT_RUN) {
        const size_t count = len - i < HCL_FLOAT_RUN ? len - i : HCL_FLOAT_RUN;
        for (size_t j = 0; j < count; j++)
            x[j] = ((double)p->x[at + i + j] - mean) * scale;
        hcl_float_finish_run(p, p->y + at + i, x, count, lo, hi);
    }
}

static void vectors(const struct hcl_float_operands *p)
{
    const int threads = hcl_threads_available();
    const size_t len = p->yd[3];
#pragma omp parallel num_threads(threads) if (threads > 1 && p->to - p->from > MIN_PARALLEL)
    {
        double lo = INFINITY, hi = -INFINITY;
#pragma omp for schedule(static)
        for (size_t at = p->from; at < p->to; at += len)
            vector(p, at, len, &lo, &hi);
        hcl_float_widen(p, lo, hi);
    }
}

static hcl_status evaluate(const struct hcl_float_operands *p, size_t count, struct hcl_err *err)
{
    (void)err;
    for (size_t k = 0; k < count; k++)
        vectors(&p[k]);
    return HCL_OK;
}

/* Of the fixed-point node (compiler/primitives/norm): 2^root more bits for roots, divisor 2^shift. */
struct bits {
    int root, shift;
};

static struct bits bits_for(uint32_t len, double most, int x_bits, int y_bits)
{
    const int deviation = (int)ceil(log2(fmax(ldexp(most, x_bits), 1)));
    const int shift = RECIPROCAL_BITS + deviation - y_bits, root = ROOT_BITS - (int)log2(len);
    return (struct bits){ root > 0 ? root : 0, shift < 0 ? 0 : shift > MOST_SHIFT ? MOST_SHIFT : shift };
}

/* The node's epsilon and numerator, before they are rounded. */
static double epsilon_of(const struct hcl_node *n, uint32_t len, struct bits bits, int x_bits)
{
    return fmax(ldexp((double)n->epsilon * len * len, 2 * (x_bits + bits.root)), 1);
}

static double numerator_of(uint32_t len, struct bits bits, int y_bits)
{
    return ldexp(len, bits.shift + bits.root + y_bits);
}

static hcl_status quantize(struct hcl_builder *b, const struct hcl_node *from, struct hcl_fx_node *n)
{
    const uint32_t len = hcl_builder_dims(b, from->output)[3];
    const int x_bits = hcl_builder_bits(b, n->inputs[0]), y_bits = hcl_builder_result_bits(b, from);
    const struct bits bits = bits_for(len, hcl_builder_magnitude(b, from->inputs[0]), x_bits, y_bits);
    const double epsilon = epsilon_of(from, len, bits, x_bits), numerator = numerator_of(len, bits, y_bits);
    if (!(epsilon < 0x1p61 && numerator < 0x1p59 && numerator >= 1))
        return hcl_builder_fail(b, from, "the magnitudes of its operand and of its result are too far apart");
    n->centred = from->centred;
    n->spread = (int64_t)1 << 2 * bits.root;
    n->epsilon = (int64_t)(epsilon + 0.5);
    n->divisor = (int64_t)1 << bits.shift;
    n->numerator = (int64_t)numerator;
    return HCL_OK;
}

/* As hcl_norm_limb_bits: of the largest sum of squares' root, of the largest reciprocal. */
static void count_tables(struct hcl_table_sizes *s, size_t node)
{
    const struct hcl_node *n = &s->g->nodes[node];
    const uint32_t len = s->g->tensors[n->output].dims[3];
    const int x_bits = s->scales->tensor[n->inputs[0]], y_bits = s->scales->tensor[n->output];
    const struct bits bits = bits_for(len, s->most[n->inputs[0]], x_bits, y_bits);
    const double root = ldexp((double)len * (double)s->setting->table_len / 2, bits.root),
                 flat = numerator_of(len, bits, y_bits) / sqrt(epsilon_of(n, len, bits, x_bits));
    const double most = ceil(fmax(log2(root) + 1, log2(flat) + 1) / 2);
    hcl_table_sizes_limbs(s, most < HCL_NORM_MOST_LIMB_BITS ? (int)most : HCL_NORM_MOST_LIMB_BITS);
    if (n->centred)
        hcl_table_sizes_remainder(s, len);
    hcl_table_sizes_scaling(s, (int64_t)1 << bits.shift, (int64_t)s->setting->table_len);
}

static void dump(const struct hcl_node *n, FILE *to)
{
    fprintf(to, " epsilon %g%s", (double)n->epsilon, n->centred ? " centred" : "");
}

const struct hcl_operator hcl_operator_norm = {
    .name = "NORM",
    .code = -1,
    .least = 1,
    .most = 1,
    .primitive = HCL_FX_NORM,
    .carries_function = true,
    .cut = HCL_CUT_VECTORS,
    .check = check,
    .evaluate = evaluate,
    .quantize = quantize,
    .count_tables = count_tables,
    .dump = dump,
};

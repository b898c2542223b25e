/* SPDX-License-Identifier: Apache-2.0 */
/* FLOOR_DIV: floor(a / b) of a b above 0, followed by FLOOR, which changes nothing but the scale: quotients
 * are whole numbers, with no fraction bits, results have what bits they have. */
#include "compiler/operators/elementwise.h"
#include "compiler/operators/float_operands.h"
#include "compiler/operators/operator.h"
#include "compiler/operators/shapes.h"
#include "compiler/quantize/builder.h"
#include "compiler/quantize/chooser.h"
#include "compiler/quantize/table_sizes.h"
#include <math.h>

/* Between the operands' fraction bits; more of a constant that is no multiple of the dividend's step. */
enum { MOST_GAP = 16, MORE_BITS = 4 };

static double element(const struct hcl_float_operands *p, size_t i)
{
    return floor((double)p->x[i] / hcl_float_second(p, i));
}

static void constrain(struct hcl_chooser *c, const struct hcl_node *n)
{
    const uint32_t a = n->inputs[0], b = n->inputs[1];
    hcl_chooser_lower_quotient(c, n, 0);
    if (hcl_chooser_is_constant(c, b))
        return;
    hcl_chooser_lower(c, a, hcl_chooser_bits(c, b) + MOST_GAP);
    hcl_chooser_lower(c, b, hcl_chooser_bits(c, a) + MOST_GAP);
}

static int accumulator_bits(const struct hcl_scales *s, const struct hcl_graph *g, size_t node)
{
    (void)s;
    (void)g;
    (void)node;
    return 0;
}

/* A constant has the dividend's bits if these hold it. */
static int divisor_bits(const struct hcl_tensor *t, int a_bits)
{
    for (size_t i = 0; i < hcl_tensor_len(t); i++) {
        const double v = ldexp((double)t->data[i], a_bits);
        if (v != floor(v))
            return a_bits + MORE_BITS;
    }
    return a_bits;
}

static hcl_status quantize(struct hcl_builder *b, const struct hcl_node *from, struct hcl_fx_node *n)
{
    const int a_bits = hcl_builder_bits(b, n->inputs[0]);
    hcl_status st = HCL_OK;
    if (n->quotient_bits != 0)
        return hcl_builder_fail(b, from, "its quotients are too large for a table of whole numbers");
    if (n->inputs[1] == HCL_FX_NONE)
        HCL_TRY(hcl_builder_constant(b, n, from->inputs[1],
                                     divisor_bits(hcl_builder_tensor(b, from->inputs[1]), a_bits),
                                     &n->inputs[1]));
    const int b_bits = hcl_builder_bits(b, n->inputs[1]);
    if (b_bits > a_bits + MOST_GAP || a_bits > b_bits + MOST_GAP)
        return hcl_builder_fail(b, from, "the magnitudes of its operands are too far apart");
    st = hcl_sum_quantize(b, from, n); /* brings both to one scale, as of a sum */
done:
    return st;
}

/* Two limbs of a remainder, twice. */
static void count_tables(struct hcl_table_sizes *s, size_t node)
{
    const struct hcl_node *n = &s->g->nodes[node];
    const double reach = (double)s->setting->table_len / 2;
    const int gap = s->g->tensors[n->inputs[1]].data != NULL
                        ? MORE_BITS
                        : s->scales->tensor[n->inputs[0]] - s->scales->tensor[n->inputs[1]];
    hcl_table_sizes_limbs(s, (int)ceil((log2(reach) + (gap > 0 ? gap : 0)) / 2));
}

const struct hcl_operator hcl_operator_floor_div = {
    .name = "FLOOR_DIV",
    .code = -1, /* a recipe of the front end */
    .least = 2,
    .most = 2,
    .primitive = HCL_FX_FLOOR_DIV,
    .carries_function = true,
    .check = hcl_shape_broadcast,
    .element = element,
    .constrain = constrain,
    .accumulator_bits = accumulator_bits,
    .quantize = quantize,
    .count_tables = count_tables,
};

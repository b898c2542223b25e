/* SPDX-License-Identifier: Apache-2.0 */
#include "compiler/operators/product.h"
#include "compiler/operators/linear.h"
#include "compiler/quantize/builder.h"
#include "compiler/quantize/chooser.h"

/* S = 2^(fa + fb - fy): each operand gives half of the bits too many. Both by the same number, rounded up:
 * one of them may be bound to the result's scale, and lowering it alone would never end. */
static void constrain_product(struct hcl_chooser *c, const struct hcl_node *n)
{
    const uint32_t a = n->inputs[0], b = n->inputs[1];
    const int sum = hcl_chooser_bits(c, a) + hcl_chooser_bits(c, b);
    hcl_chooser_lower_quotient(c, n, sum);
    const int over = sum - hcl_chooser_quotient(c, n) - hcl_chooser_setting(c)->remainder_bits;
    if (over > 0) {
        const int by = (over + 1) / 2, a_bits = hcl_chooser_bits(c, a), b_bits = hcl_chooser_bits(c, b);
        hcl_chooser_lower(c, a, a_bits - by);
        hcl_chooser_lower(c, b, b_bits - by);
    }
}

void hcl_product_constrain(struct hcl_chooser *c, const struct hcl_node *n)
{
    if (hcl_chooser_is_constant(c, n->inputs[1]))
        hcl_layer_constrain(c, n);
    else
        constrain_product(c, n);
}

int hcl_product_accumulator_bits(const struct hcl_scales *s, const struct hcl_graph *g, size_t node)
{
    const uint32_t *x = g->nodes[node].inputs;
    return s->tensor[x[0]] + (g->tensors[x[1]].data != NULL ? s->weight[node] : s->tensor[x[1]]);
}

hcl_status hcl_product_quantize(struct hcl_builder *b, const struct hcl_node *from, struct hcl_fx_node *n)
{
    hcl_status st = HCL_OK;
    if (n->inputs[1] == HCL_FX_NONE)
        HCL_TRY(hcl_builder_constant(b, n, from->inputs[1], hcl_builder_weight_bits(b, from), &n->inputs[1]));
    if (from->map != NULL)
        HCL_TRY(hcl_builder_map(b, from, n));
done:
    return st;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "compiler/operators/elementwise.h"
#include "compiler/quantize/builder.h"
#include "compiler/quantize/chooser.h"
#include "compiler/quantize/table_sizes.h"

enum { MOST_OPERAND_GAP = 30 };

bool hcl_sum_is_noop(const struct hcl_graph *g, const struct hcl_node *n)
{
    const struct hcl_tensor *b = &g->tensors[n->inputs[1]];
    if (b->data == NULL || n->act.id != HCL_FN_IDENTITY)
        return false;
    for (size_t i = 0; i < hcl_tensor_len(b); i++)
        if (b->data[i] != 0)
            return false;
    return true;
}

/* Nothing is rounded: operands and quotient have the same bits. */
static void constrain_exact(struct hcl_chooser *c, const struct hcl_node *n)
{
    const uint32_t a = n->inputs[0], b = n->inputs[1];
    hcl_chooser_lower_quotient(c, n, hcl_chooser_bits(c, a));
    if (!hcl_chooser_is_constant(c, b)) {
        hcl_chooser_lower_quotient(c, n, hcl_chooser_bits(c, b));
        hcl_chooser_lower(c, b, hcl_chooser_quotient(c, n));
    }
    hcl_chooser_lower(c, a, hcl_chooser_quotient(c, n));
}

/* S = 2^(max(fa, fb) - fy). What an operand has beyond that, the result's rounding loses anyway. */
void hcl_sum_constrain(struct hcl_chooser *c, const struct hcl_node *n)
{
    const uint32_t a = n->inputs[0], b = n->inputs[1];
    const struct hcl_function f = hcl_node_function(n);
    if (hcl_function_has(&f, HCL_FN_STEP)) {
        constrain_exact(c, n);
        return;
    }
    hcl_chooser_lower(c, a, hcl_chooser_quotient(c, n) + hcl_chooser_setting(c)->remainder_bits);
    if (hcl_chooser_is_constant(c, b)) {
        hcl_chooser_lower_quotient(c, n, hcl_chooser_bits(c, a));
        return;
    }
    hcl_chooser_lower(c, b, hcl_chooser_quotient(c, n) + hcl_chooser_setting(c)->remainder_bits);
    hcl_chooser_lower(c, a, hcl_chooser_bits(c, b) + MOST_OPERAND_GAP);
    hcl_chooser_lower(c, b, hcl_chooser_bits(c, a) + MOST_OPERAND_GAP);
    hcl_chooser_lower_quotient(c, n,
                               hcl_chooser_bits(c, a) > hcl_chooser_bits(c, b) ? hcl_chooser_bits(c, a)
                                                                               : hcl_chooser_bits(c, b));
}

int hcl_sum_accumulator_bits(const struct hcl_scales *s, const struct hcl_graph *g, size_t node)
{
    const struct hcl_node *n = &g->nodes[node];
    const int a = s->tensor[n->inputs[0]];
    const int b = g->tensors[n->inputs[1]].data != NULL ? a : s->tensor[n->inputs[1]];
    return a > b ? a : b;
}

hcl_status hcl_sum_quantize(struct hcl_builder *b, const struct hcl_node *from, struct hcl_fx_node *n)
{
    hcl_status st = HCL_OK;
    const int a_bits = hcl_builder_bits(b, n->inputs[0]);
    if (n->inputs[1] == HCL_FX_NONE)
        HCL_TRY(hcl_builder_constant(b, n, from->inputs[1], a_bits, &n->inputs[1]));
    const int b_bits = hcl_builder_bits(b, n->inputs[1]);
    n->a_mul = (int64_t)1 << (b_bits > a_bits ? b_bits - a_bits : 0);
    n->b_mul = (int64_t)1 << (a_bits > b_bits ? a_bits - b_bits : 0);
    if (from->map != NULL)
        HCL_TRY(hcl_builder_map(b, from, n));
done:
    return st;
}

/* Differences in relu's table: of values of one sign no more than they, else twice as much. */
void hcl_maximum_count_tables(struct hcl_table_sizes *s, size_t node)
{
    const uint32_t x = s->g->nodes[node].inputs[0];
    const double positive = hcl_graph_never_negative(s->g, x) ? 1 : 2;
    hcl_table_sizes_reach(s, (struct hcl_function){ .id = HCL_FN_RELU }, 0,
                          positive * (double)s->setting->table_len / 2);
}

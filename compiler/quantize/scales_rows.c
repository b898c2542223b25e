/* SPDX-License-Identifier: Apache-2.0 */
/* Table rows by formula, before a graph is built: as hcl_fx_table_rows, but without what interval analysis
 * cuts off ranges. */
#include "compiler/gadgets/scale.h"
#include "compiler/quantize/scales.h"
#include <math.h>

struct sizes {
    const struct hcl_graph *g;
    const struct hcl_scales *scales;
    const double *most;
    const struct hcl_fx_setting *setting;
    double identity, relu,
        relu6[64];     /* largest quotient of each function; 0: not used. RELU6: by fraction bits */
    uint64_t divisors; /* bit b: 2^b */
    double others;
};

static double reach(const struct sizes *s, uint32_t t)
{
    return (double)hcl_scales_reach(s->scales, s->most, s->setting, t);
}

static void add_function(struct sizes *s, hcl_activation act, uint32_t t)
{
    double *const relu6 = &s->relu6[s->scales->tensor[t] & 63];
    double *const to = act == HCL_ACT_NONE ? &s->identity : act == HCL_ACT_RELU ? &s->relu : relu6;
    *to = fmax(*to, reach(s, t));
}

static const struct hcl_node *maker(const struct hcl_graph *g, uint32_t t)
{
    for (size_t i = 0; i < g->num_nodes; i++)
        if (g->nodes[i].output == t)
            return &g->nodes[i];
    return NULL;
}

static bool moves(const struct hcl_node *n)
{
    return n->op == HCL_OP_RESHAPE || n->op == HCL_OP_PAD || n->op == HCL_OP_MAX_POOL_2D;
}

/* Differences in relu's table: of values of one sign no more than they, else twice as much. */
static void add_maximum(struct sizes *s, const struct hcl_node *n)
{
    const struct hcl_node *from = maker(s->g, n->inputs[0]);
    while (from != NULL && moves(from))
        from = maker(s->g, from->inputs[0]);
    const bool positive = from != NULL && (from->act != HCL_ACT_NONE || from->op == HCL_OP_RELU ||
                                           from->op == HCL_OP_RELU6 || from->op == HCL_OP_SOFTMAX);
    s->relu = fmax(s->relu, (positive ? 1 : 2) * (double)s->setting->table_len / 2);
}

static void add_softmax(struct sizes *s, const struct hcl_node *n)
{
    const uint32_t channels = s->g->tensors[n->output].dims[3];
    const int output_bits = s->scales->tensor[n->output];
    const struct hcl_softmax_bits bits = hcl_scales_softmax(channels, output_bits);
    const double limb = sqrt(ldexp((double)channels, bits.exp + bits.mark + 1));
    s->others += (double)s->setting->table_len + ldexp(1, output_bits) + 2 * exp2(ceil(log2(limb))) +
                 (double)hcl_scale_table_rows((int64_t)1 << bits.shift, (int64_t)1 << output_bits);
}

static void add_node(struct sizes *s, size_t i)
{
    const struct hcl_node *n = &s->g->nodes[i];
    const int shift = hcl_scales_shift(s->scales, s->g, i);
    switch (n->op) {
    case HCL_OP_RESHAPE:
    case HCL_OP_PAD:
    case HCL_OP_MOVE:
        return;
    case HCL_OP_MAX_POOL_2D:
        add_maximum(s, n);
        return;
    case HCL_OP_SOFTMAX:
        add_softmax(s, n);
        return;
    case HCL_OP_AVERAGE_POOL_2D:
        s->others += ldexp((double)n->kernel_h * n->kernel_w, shift > 0 ? shift : 0);
        break;
    default:
        if (shift > 0 && shift < 64)
            s->divisors |= (uint64_t)1 << shift;
    }
    add_function(s,
                 n->op == HCL_OP_RELU    ? HCL_ACT_RELU
                 : n->op == HCL_OP_RELU6 ? HCL_ACT_RELU6
                                         : n->act,
                 n->output);
}

double hcl_scales_table_rows(const struct hcl_scales *scales, const struct hcl_graph *g, const double *most,
                             const struct hcl_fx_setting *setting)
{
    struct sizes s = { .g = g, .scales = scales, .most = most, .setting = setting };
    for (size_t i = 0; i < g->num_inputs; i++)
        add_function(&s, HCL_ACT_NONE, g->inputs[i]);
    for (size_t i = 0; i < g->num_nodes; i++)
        add_node(&s, i);
    for (int bits = 0; bits < 64; bits++)
        s.others += 2 * s.relu6[bits];
    /* a sum of different powers of two is the number that they are the bits of */
    return 2 * (s.identity + s.relu) + 3 + (double)s.divisors + s.others;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* As hcl_fx_table_rows, but without what interval analysis cuts off ranges. */
#include "compiler/gadgets/scale.h"
#include "compiler/operators/operator.h"
#include "compiler/quantize/table_sizes.h"
#include <math.h>

static void add_table(struct hcl_table_sizes *s, struct hcl_table_size t)
{
    if (hcl_function_has(&t.function, HCL_FN_EXACT))
        t.quotient_bits = t.result_bits = 0;
    for (size_t i = 0; i < s->num_tables; i++) {
        struct hcl_table_size *have = &s->tables[i];
        if (hcl_function_equal(&have->function, &t.function) && have->quotient_bits == t.quotient_bits &&
            have->result_bits == t.result_bits) {
            have->reach = fmax(have->reach, t.reach);
            return;
        }
    }
    s->tables[s->num_tables++] = t;
}

void hcl_table_sizes_reach(struct hcl_table_sizes *s, struct hcl_function f, int bits, double reach)
{
    add_table(s, (struct hcl_table_size){ f, bits, bits, reach });
}

static void add_remainders(struct hcl_table_sizes *s, int kind, double rows)
{
    for (size_t i = 0; i < s->num_remainders; i++)
        if ((int)s->remainders[i].kind == kind && s->remainders[i].rows == rows)
            return;
    s->remainders[s->num_remainders].kind = kind;
    s->remainders[s->num_remainders++].rows = rows;
}

void hcl_table_sizes_remainder(struct hcl_table_sizes *s, double divisor)
{
    add_remainders(s, HCL_CENTRED, divisor);
}

void hcl_table_sizes_reciprocals(struct hcl_table_sizes *s, double quotients)
{
    add_remainders(s, HCL_RECIPROCAL, quotients);
}

/* A range and a function of as many rows. */
void hcl_table_sizes_limbs(struct hcl_table_sizes *s, int bits)
{
    add_remainders(s, HCL_LIMB, ldexp(2, bits));
}

void hcl_table_sizes_scaling(struct hcl_table_sizes *s, int64_t divisor, int64_t len)
{
    const int64_t low = hcl_scale_low_limb(divisor, len), high = low != 0 ? divisor / low : 0;
    if (low == 0) {
        hcl_table_sizes_remainder(s, (double)divisor);
        return;
    }
    add_remainders(s, HCL_LOWER_LIMB, (double)low);
    add_remainders(s, HCL_UPPER_LIMB, (double)high);
}

static void add_tensor(struct hcl_table_sizes *s, struct hcl_function f, uint32_t t)
{
    add_table(s, (struct hcl_table_size){ f, s->scales->quotient[t], s->scales->tensor[t],
                                          (double)hcl_scales_reach(s->scales, s->most, s->setting, t) });
}

static void add_node(struct hcl_table_sizes *s, size_t i)
{
    const struct hcl_node *n = &s->g->nodes[i];
    const struct hcl_operator *kind = hcl_operator_of(n->op);
    const int shift = hcl_scales_shift(s->scales, s->g, i);
    if (kind->count_tables != NULL)
        kind->count_tables(s, i);
    else if (shift > 0 && shift < 64)
        hcl_table_sizes_remainder(s, ldexp(1, shift));
    if (kind->accumulator_bits != NULL)
        add_tensor(s, hcl_node_function(n), n->output);
}

hcl_status hcl_scales_table_rows(double *rows, const struct hcl_scales *scales, const struct hcl_graph *g,
                                 const double *most, const struct hcl_fx_setting *setting,
                                 struct hcl_err *err)
{
    struct hcl_table_sizes s = { .g = g, .scales = scales, .most = most, .setting = setting };
    hcl_status st = HCL_OK;
    s.tables = malloc((g->num_inputs + 2 * g->num_nodes + 1) * sizeof *s.tables);
    s.remainders = malloc((4 * g->num_nodes + 1) * sizeof *s.remainders);
    if (s.tables == NULL || s.remainders == NULL) {
        st = hcl_fail(err, HCL_NO_RESOURCE, "no memory for the tables of %zu nodes", g->num_nodes);
        goto done;
    }
    for (size_t i = 0; i < g->num_inputs; i++)
        if (g->tensors[g->inputs[i]].numbers == 0)
            add_tensor(&s, (struct hcl_function){ .id = HCL_FN_IDENTITY }, g->inputs[i]);
    for (size_t i = 0; i < g->num_nodes; i++)
        add_node(&s, i);
    for (size_t i = 0; i < s.num_tables; i++)
        s.others += 2 * s.tables[i].reach;
    for (size_t i = 0; i < s.num_remainders; i++)
        s.others += s.remainders[i].rows;
    *rows = s.others + 3;
done:
    free(s.tables);
    free(s.remainders);
    return st;
}

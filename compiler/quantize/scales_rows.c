/* SPDX-License-Identifier: Apache-2.0 */
/* As hcl_fx_table_rows, but without what interval analysis cuts off ranges. */
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
        s->divisors |= (uint64_t)1 << shift;
    if (kind->accumulator_bits != NULL)
        add_tensor(s, hcl_node_function(n), n->output);
}

hcl_status hcl_scales_table_rows(double *rows, const struct hcl_scales *scales, const struct hcl_graph *g,
                                 const double *most, const struct hcl_fx_setting *setting,
                                 struct hcl_err *err)
{
    struct hcl_table_sizes s = { .g = g, .scales = scales, .most = most, .setting = setting };
    s.tables = malloc((g->num_inputs + 2 * g->num_nodes + 1) * sizeof *s.tables);
    if (s.tables == NULL)
        return hcl_fail(err, HCL_NO_RESOURCE, "no memory for the tables of %zu nodes", g->num_nodes);
    for (size_t i = 0; i < g->num_inputs; i++)
        if (g->tensors[g->inputs[i]].numbers == 0)
            add_tensor(&s, (struct hcl_function){ .id = HCL_FN_IDENTITY }, g->inputs[i]);
    for (size_t i = 0; i < g->num_nodes; i++)
        add_node(&s, i);
    for (size_t i = 0; i < s.num_tables; i++)
        s.others += 2 * s.tables[i].reach;
    free(s.tables);
    /* a sum of different powers of two is the number that they are the bits of */
    *rows = s.others + 3 + (double)s.divisors;
    return HCL_OK;
}

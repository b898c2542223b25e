/* SPDX-License-Identifier: Apache-2.0 */
#include "compiler/primitives/primitive.h"
#include "compiler/primitives/tables.h"
#include "compiler/quantize/build.h"

static void add_node(struct hcl_tables *t, const struct hcl_fx_graph *g, const struct hcl_fx_node *n)
{
    const struct hcl_primitive *kind = hcl_primitive_of(n->op);
    if (kind->rescales)
        hcl_tables_add(t, HCL_TABLE_FUNCTION, n->q_lo, n->q_hi, n->fn);
    if (kind->tables != NULL)
        kind->tables(g, n, t);
    else if (kind->rescales)
        hcl_tables_remainder(t, n->divisor);
}

/* Inputs are looked up in any table of the identity. */
static void add_input(struct hcl_tables *t, const struct hcl_fx_graph *g, uint32_t input)
{
    const struct hcl_fx_tensor *x = &g->tensors[input];
    if (!hcl_fx_is_looked_up(g, input) && !hcl_fx_has_table(g, HCL_FN_IDENTITY, x->lo, x->hi))
        hcl_tables_add(t, HCL_TABLE_FUNCTION, x->lo, x->hi, NULL);
}

hcl_status hcl_fx_table_rows(const struct hcl_fx_graph *g, size_t *rows, struct hcl_err *err)
{
    struct hcl_tables t = { 0 };
    const int64_t one = 1;
    hcl_tables_add(&t, HCL_TABLE_FUNCTION, 0, 0, &one); /* the constant 1 */
    hcl_tables_add(&t, HCL_TABLE_RANGE, 0, 0, NULL);    /* and 0, which is in the same row */
    for (size_t i = 0; i < g->num_nodes; i++)
        add_node(&t, g, &g->nodes[i]);
    for (size_t i = 0; i < g->num_inputs; i++)
        add_input(&t, g, g->inputs[i]);
    const bool failed = t.failed;
    *rows = hcl_tables_rows(&t);
    hcl_tables_clear(&t);
    return failed ? hcl_fail(err, HCL_NO_RESOURCE, "no memory to count the tables of %zu nodes", g->num_nodes)
                  : HCL_OK;
}

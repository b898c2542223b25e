/* SPDX-License-Identifier: Apache-2.0 */
#include "compiler/primitives/primitive.h"
#include "compiler/quantize/build.h"

struct counter {
    const struct hcl_fx_graph *g;
    int64_t
        divisors[64]; /* seen so far; beyond 64 distinct ones each is counted: far past any useful graph */
    size_t num_divisors, rows;
};

static void add_range(struct counter *c, int64_t s)
{
    for (size_t i = 0; i < c->num_divisors; i++)
        if (c->divisors[i] == s)
            return;
    if (c->num_divisors < sizeof c->divisors / sizeof *c->divisors)
        c->divisors[c->num_divisors++] = s;
    c->rows += s > 1 ? (size_t)s : 0;
}

static bool same_table(const struct hcl_fx_graph *g, const struct hcl_fx_node *a, const struct hcl_fx_node *b)
{
    return hcl_fx_has_rescale(a->op) && hcl_fx_has_rescale(b->op) && hcl_fx_same_function(g, a, b) &&
           a->q_lo == b->q_lo && a->q_hi == b->q_hi;
}

static size_t length(int64_t lo, int64_t hi)
{
    return (size_t)(hi - lo) + 1;
}

static void add_divisor(void *to, int64_t divisor)
{
    add_range(to, divisor);
}

/* Whether b needs no table that a has not. */
static bool shares_tables(const struct hcl_fx_graph *g, const struct hcl_fx_node *a,
                          const struct hcl_fx_node *b)
{
    const struct hcl_primitive *kind = hcl_primitive_of(a->op);
    if (a->op == b->op && kind->same_tables != NULL)
        return kind->same_tables(g, a, b);
    return same_table(g, a, b);
}

static void add_node(struct counter *c, size_t i)
{
    const struct hcl_fx_node *n = &c->g->nodes[i];
    const struct hcl_primitive *kind = hcl_primitive_of(n->op);
    size_t j = 0;
    while (j < i && !shares_tables(c->g, &c->g->nodes[j], n))
        j++;
    if (kind->table_rows != NULL && j == i)
        c->rows += kind->table_rows(c->g, n);
    else if (kind->rescales && j == i)
        c->rows += length(n->q_lo, n->q_hi);
    if (kind->divisors != NULL)
        kind->divisors(c->g, n, add_divisor, c);
    else if (kind->rescales)
        add_range(c, n->divisor);
}

size_t hcl_fx_table_rows(const struct hcl_fx_graph *g)
{
    struct counter c = { .g = g };
    for (size_t i = 0; i < g->num_nodes; i++)
        add_node(&c, i);
    for (size_t i = 0; i < g->num_inputs; i++) {
        const struct hcl_fx_tensor *x = &g->tensors[g->inputs[i]];
        if (hcl_fx_is_looked_up(g, g->inputs[i]))
            continue;
        c.rows += hcl_fx_has_table(g, HCL_FN_IDENTITY, x->lo, x->hi) ? 0 : length(x->lo, x->hi);
    }
    return c.rows;
}

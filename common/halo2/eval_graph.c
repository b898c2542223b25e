/* SPDX-License-Identifier: Apache-2.0 */
#include "common/halo2/eval_graph_internal.h"
#include <string.h>

#define NONE UINT32_MAX
#define INPUT_KINDS HCL_COL_KINDS

bool hcl_value_is_scalar(const struct hcl_value_graph *g, uint32_t id)
{
    return g->values[id].code <= V_S_NEG;
}

static bool is_const(const struct hcl_value_graph *g, uint32_t id, const hcl_fr *v)
{
    return g->values[id].code == V_CONST && (v == NULL || hcl_fr_eq(&g->values[id].constant, v));
}

static uint64_t hash_value(const struct value *v)
{
    uint64_t h = (uint64_t)v->code * 0x9e3779b97f4a7c15u;
    h = (h ^ v->a) * 0xbf58476d1ce4e5b9u;
    h = (h ^ (h >> 29) ^ v->b) * 0x94d049bb133111ebu;
    if (v->code == V_CONST)
        h = (h ^ v->constant.l[0] ^ (v->constant.l[3] << 7)) * 0xbf58476d1ce4e5b9u;
    return h ^ (h >> 32);
}

static bool same_value(const struct value *x, const struct value *y)
{
    return x->code == y->code && x->a == y->a && x->b == y->b &&
           (x->code != V_CONST || hcl_fr_eq(&x->constant, &y->constant));
}

static bool grow_table(struct hcl_value_graph *g)
{
    size_t size = g->table_size == 0 ? 256 : 2 * g->table_size;
    uint32_t *table = malloc(size * sizeof *table);
    if (table == NULL)
        return false;
    memset(table, 0xff, size * sizeof *table);
    for (uint32_t i = 0; i < g->num_values; i++) {
        size_t at = hash_value(&g->values[i]) & (size - 1);
        while (table[at] != NONE)
            at = (at + 1) & (size - 1);
        table[at] = i;
    }
    free(g->table);
    g->table = table;
    g->table_size = size;
    return true;
}

/* The id of v, an old one if there is an equal value. Without memory the flag is set and 0 returned: value 0
 * is the constant 0 and always exists. */
static uint32_t intern(struct hcl_value_graph *g, struct value v)
{
    size_t at;
    if (g->num_values == g->cap_values) {
        size_t cap = g->cap_values == 0 ? 256 : 2 * g->cap_values;
        void *bigger = realloc(g->values, cap * sizeof *g->values);
        if (bigger != NULL) {
            g->values = bigger;
            g->cap_values = cap;
        }
        g->out_of_memory = g->out_of_memory || bigger == NULL;
    }
    if (!g->out_of_memory && 2 * g->num_values >= g->table_size)
        g->out_of_memory = !grow_table(g);
    if (g->out_of_memory)
        return 0;
    at = hash_value(&v) & (g->table_size - 1);
    for (; g->table[at] != NONE; at = (at + 1) & (g->table_size - 1))
        if (same_value(&g->values[g->table[at]], &v))
            return g->table[at];
    g->table[at] = (uint32_t)g->num_values;
    g->values[g->num_values] = v;
    return (uint32_t)g->num_values++;
}

uint32_t hcl_value_constant(struct hcl_value_graph *g, const hcl_fr *v)
{
    return intern(g, (struct value){ .code = V_CONST, .constant = *v });
}

static uint32_t pair(struct hcl_value_graph *g, value_code code, uint32_t a, uint32_t b)
{
    bool commutes = code == V_S_ADD || code == V_S_MUL || code == V_ADD || code == V_MUL;
    if (commutes && a > b) {
        uint32_t swap = a;
        a = b;
        b = swap;
    }
    return intern(g, (struct value){ .code = code, .a = a, .b = b });
}

static uint32_t scalar_neg(struct hcl_value_graph *g, uint32_t a)
{
    hcl_fr v;
    if (g->values[a].code == V_S_NEG)
        return g->values[a].a;
    if (!is_const(g, a, NULL))
        return pair(g, V_S_NEG, a, 0);
    hcl_fr_neg(&v, &g->values[a].constant);
    return hcl_value_constant(g, &v);
}

static uint32_t scalar_add(struct hcl_value_graph *g, uint32_t a, uint32_t b)
{
    hcl_fr v;
    if (is_const(g, a, &hcl_fr_zero))
        return b;
    if (is_const(g, b, &hcl_fr_zero))
        return a;
    if (!is_const(g, a, NULL) || !is_const(g, b, NULL))
        return pair(g, V_S_ADD, a, b);
    hcl_fr_add(&v, &g->values[a].constant, &g->values[b].constant);
    return hcl_value_constant(g, &v);
}

static uint32_t scalar_mul(struct hcl_value_graph *g, uint32_t a, uint32_t b)
{
    hcl_fr v;
    if (is_const(g, a, &hcl_fr_zero) || is_const(g, b, &hcl_fr_one))
        return a;
    if (is_const(g, b, &hcl_fr_zero) || is_const(g, a, &hcl_fr_one))
        return b;
    hcl_fr_neg(&v, &hcl_fr_one);
    if (is_const(g, a, &v))
        return scalar_neg(g, b);
    if (is_const(g, b, &v))
        return scalar_neg(g, a);
    if (!is_const(g, a, NULL) || !is_const(g, b, NULL))
        return pair(g, V_S_MUL, a, b);
    hcl_fr_mul(&v, &g->values[a].constant, &g->values[b].constant);
    return hcl_value_constant(g, &v);
}

struct signed_value hcl_value_negated(struct hcl_value_graph *g, struct signed_value a)
{
    if (hcl_value_is_scalar(g, a.id))
        return (struct signed_value){ scalar_neg(g, a.id), false };
    return (struct signed_value){ a.id, !a.neg };
}

/* vector a + scalar s. (-v) + s = -(v - s) */
static struct signed_value add_scalar(struct hcl_value_graph *g, struct signed_value a, uint32_t s)
{
    if (is_const(g, s, &hcl_fr_zero))
        return a;
    if (a.neg)
        s = scalar_neg(g, s);
    return (struct signed_value){ pair(g, V_ADD_SCALAR, a.id, s), a.neg };
}

/* a - s*b is a + (-s)*b, which one operation can do. */
static struct signed_value add_vectors(struct hcl_value_graph *g, struct signed_value a,
                                       struct signed_value b)
{
    const struct value *vb = &g->values[b.id];
    if (a.neg == b.neg)
        return (struct signed_value){ pair(g, V_ADD, a.id, b.id), a.neg };
    if (a.neg) {
        struct signed_value swap = a;
        a = b;
        b = swap;
        vb = &g->values[b.id];
    }
    if (vb->code == V_SCALE) {
        uint32_t x = vb->a, s = scalar_neg(g, vb->b);
        return (struct signed_value){ pair(g, V_ADD, a.id, pair(g, V_SCALE, x, s)), false };
    }
    if (a.id == b.id)
        return (struct signed_value){ hcl_value_constant(g, &hcl_fr_zero), false };
    return (struct signed_value){ pair(g, V_SUB, a.id, b.id), false };
}

struct signed_value hcl_value_sum(struct hcl_value_graph *g, struct signed_value a, struct signed_value b)
{
    if (hcl_value_is_scalar(g, a.id) && hcl_value_is_scalar(g, b.id))
        return (struct signed_value){ scalar_add(g, a.id, b.id), false };
    if (hcl_value_is_scalar(g, a.id))
        return add_scalar(g, b, a.id);
    if (hcl_value_is_scalar(g, b.id))
        return add_scalar(g, a, b.id);
    return add_vectors(g, a, b);
}

/* vector a * scalar s */
static struct signed_value scale(struct hcl_value_graph *g, struct signed_value a, uint32_t s)
{
    hcl_fr minus_one;
    hcl_fr_neg(&minus_one, &hcl_fr_one);
    if (is_const(g, s, &hcl_fr_zero))
        return (struct signed_value){ s, false };
    if (is_const(g, s, &hcl_fr_one))
        return a;
    if (is_const(g, s, &minus_one))
        return hcl_value_negated(g, a);
    return (struct signed_value){ pair(g, V_SCALE, a.id, s), a.neg };
}

struct signed_value hcl_value_product(struct hcl_value_graph *g, struct signed_value a, struct signed_value b)
{
    if (hcl_value_is_scalar(g, a.id) && hcl_value_is_scalar(g, b.id))
        return (struct signed_value){ scalar_mul(g, a.id, b.id), false };
    if (hcl_value_is_scalar(g, a.id))
        return scale(g, b, a.id);
    if (hcl_value_is_scalar(g, b.id))
        return scale(g, a, b.id);
    return (struct signed_value){ pair(g, V_MUL, a.id, b.id), a.neg != b.neg };
}

/* Inputs are interned under their query: a holds kind and column, b the rotation; both become the input's
 * number when the graph is complete. */
struct signed_value hcl_value_input(struct hcl_value_graph *g, struct hcl_query query)
{
    struct value v = { .code = V_INPUT,
                       .a = (uint32_t)query.column.kind + INPUT_KINDS * query.column.index,
                       .b = (uint32_t)query.rotation };
    return (struct signed_value){ intern(g, v), false };
}

struct hcl_query hcl_value_query(const struct value *v)
{
    return (struct hcl_query){ { (hcl_column_kind)(v->a % INPUT_KINDS), v->a / INPUT_KINDS }, (int32_t)v->b };
}

uint32_t hcl_value_challenge(struct hcl_value_graph *g, uint32_t index)
{
    return intern(g, (struct value){ .code = V_CHALLENGE, .a = index });
}

/* Recursion is at most HCL_MAX_EXPR_DEPTH deep in a finished circuit. */
struct signed_value hcl_value_graph_add(struct hcl_value_graph *g, hcl_expr i)
{
    const struct hcl_expr_node *node = &g->c->exprs[i];
    struct signed_value a = { 0 }, b = { 0 }, result = { 0 };
    if (g->of_node[i].id != NONE)
        return g->of_node[i];
    if (node->op >= HCL_EX_NEG)
        a = hcl_value_graph_add(g, node->a);
    if (node->op == HCL_EX_SUM || node->op == HCL_EX_PRODUCT)
        b = hcl_value_graph_add(g, node->b);
    switch (node->op) {
    case HCL_EX_CONST:
        result.id = hcl_value_constant(g, &node->value);
        break;
    case HCL_EX_COLUMN:
        result = hcl_value_input(g, (struct hcl_query){ node->column, node->rotation });
        break;
    case HCL_EX_CHALLENGE:
        result.id = hcl_value_challenge(g, node->a);
        break;
    case HCL_EX_NEG:
        result = hcl_value_negated(g, a);
        break;
    case HCL_EX_SUM:
        result = hcl_value_sum(g, a, b);
        break;
    case HCL_EX_PRODUCT:
        result = hcl_value_product(g, a, b);
        break;
    case HCL_EX_SCALED:
        result = hcl_value_product(g, a, (struct signed_value){ hcl_value_constant(g, &node->value), false });
        break;
    }
    g->of_node[i] = result;
    return result;
}

hcl_status hcl_value_graph_init(struct hcl_value_graph *g, const struct hcl_circuit *c, struct hcl_err *err)
{
    size_t nodes = c->num_exprs + 1;
    *g = (struct hcl_value_graph){ .c = c };
    g->of_node = malloc(nodes * sizeof *g->of_node);
    if (g->of_node != NULL)
        hcl_value_constant(g, &hcl_fr_zero);
    if (g->of_node == NULL || g->out_of_memory) {
        hcl_value_graph_clear(g);
        return hcl_fail(err, HCL_NO_RESOURCE, "no memory to compile expressions");
    }
    memset(g->of_node, 0xff, nodes * sizeof *g->of_node);
    return HCL_OK;
}

void hcl_value_graph_clear(struct hcl_value_graph *g)
{
    free(g->values);
    free(g->table);
    free(g->of_node);
    *g = (struct hcl_value_graph){ 0 };
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Expressions -> straight-line program, in three steps: build a graph of values with constants folded, equal
 * values shared and signs pushed outwards (build); count uses (count_uses); emit operations with registers
 * reused as soon as their last reader is done (emit). */
#include "common/halo2/eval_internal.h"
#include <string.h>

typedef enum {
    V_CONST,
    V_CHALLENGE,
    V_S_ADD,
    V_S_MUL,
    V_S_NEG,
    V_INPUT,
    V_ADD,
    V_SUB,
    V_MUL,
    V_SCALE,
    V_ADD_SCALAR
} value_code;

struct value {
    value_code code;
    uint32_t a, b; /* values; V_INPUT: input; V_CHALLENGE: challenge */
    hcl_fr constant;
    uint32_t uses;
    uint32_t place; /* scalar slot or operand (input or register) */
    bool fused;     /* V_SCALE computed inside its only reader, a V_ADD */
};

/* A value and a sign: v means +id or -id. Scalars are always positive. */
struct signed_value {
    uint32_t id;
    bool neg;
};

struct compile {
    const struct hcl_circuit *c;
    struct hcl_eval *e;
    struct value *values;
    size_t num_values, cap_values;
    uint32_t *table; /* hash of values, size a power of two, UINT32_MAX = empty */
    size_t table_size;
    struct signed_value *of_node; /* per expression node; id UINT32_MAX = not built */
    struct signed_value *roots;
    size_t *root_end; /* number of values when the root was complete */
    uint32_t *free_registers;
    size_t num_free;
    size_t cap_ops;
    bool out_of_memory;
};

#define NONE UINT32_MAX

static bool is_scalar(const struct compile *k, uint32_t id)
{
    return k->values[id].code <= V_S_NEG;
}

static bool is_const(const struct compile *k, uint32_t id, const hcl_fr *v)
{
    return k->values[id].code == V_CONST && (v == NULL || hcl_fr_eq(&k->values[id].constant, v));
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

static bool grow_table(struct compile *k)
{
    size_t size = k->table_size == 0 ? 256 : 2 * k->table_size;
    uint32_t *table = malloc(size * sizeof *table);
    if (table == NULL)
        return false;
    memset(table, 0xff, size * sizeof *table);
    for (uint32_t i = 0; i < k->num_values; i++) {
        size_t at = hash_value(&k->values[i]) & (size - 1);
        while (table[at] != NONE)
            at = (at + 1) & (size - 1);
        table[at] = i;
    }
    free(k->table);
    k->table = table;
    k->table_size = size;
    return true;
}

/* The id of v, an old one if there is an equal value. Without memory the flag is set and 0 returned: value 0
 * is the constant 0 and always exists. */
static uint32_t intern(struct compile *k, struct value v)
{
    size_t at;
    if (k->num_values == k->cap_values) {
        size_t cap = k->cap_values == 0 ? 256 : 2 * k->cap_values;
        void *bigger = realloc(k->values, cap * sizeof *k->values);
        if (bigger != NULL) {
            k->values = bigger;
            k->cap_values = cap;
        }
        k->out_of_memory = k->out_of_memory || bigger == NULL;
    }
    if (!k->out_of_memory && 2 * k->num_values >= k->table_size)
        k->out_of_memory = !grow_table(k);
    if (k->out_of_memory)
        return 0;
    at = hash_value(&v) & (k->table_size - 1);
    for (; k->table[at] != NONE; at = (at + 1) & (k->table_size - 1))
        if (same_value(&k->values[k->table[at]], &v))
            return k->table[at];
    k->table[at] = (uint32_t)k->num_values;
    k->values[k->num_values] = v;
    return (uint32_t)k->num_values++;
}

static uint32_t constant(struct compile *k, const hcl_fr *v)
{
    return intern(k, (struct value){ .code = V_CONST, .constant = *v });
}

static uint32_t pair(struct compile *k, value_code code, uint32_t a, uint32_t b)
{
    bool commutes = code == V_S_ADD || code == V_S_MUL || code == V_ADD || code == V_MUL;
    if (commutes && a > b) {
        uint32_t swap = a;
        a = b;
        b = swap;
    }
    return intern(k, (struct value){ .code = code, .a = a, .b = b });
}

static uint32_t scalar_neg(struct compile *k, uint32_t a)
{
    hcl_fr v;
    if (k->values[a].code == V_S_NEG)
        return k->values[a].a;
    if (!is_const(k, a, NULL))
        return pair(k, V_S_NEG, a, 0);
    hcl_fr_neg(&v, &k->values[a].constant);
    return constant(k, &v);
}

static uint32_t scalar_add(struct compile *k, uint32_t a, uint32_t b)
{
    hcl_fr v;
    if (is_const(k, a, &hcl_fr_zero))
        return b;
    if (is_const(k, b, &hcl_fr_zero))
        return a;
    if (!is_const(k, a, NULL) || !is_const(k, b, NULL))
        return pair(k, V_S_ADD, a, b);
    hcl_fr_add(&v, &k->values[a].constant, &k->values[b].constant);
    return constant(k, &v);
}

static uint32_t scalar_mul(struct compile *k, uint32_t a, uint32_t b)
{
    hcl_fr v;
    if (is_const(k, a, &hcl_fr_zero) || is_const(k, b, &hcl_fr_one))
        return a;
    if (is_const(k, b, &hcl_fr_zero) || is_const(k, a, &hcl_fr_one))
        return b;
    if (!is_const(k, a, NULL) || !is_const(k, b, NULL))
        return pair(k, V_S_MUL, a, b);
    hcl_fr_mul(&v, &k->values[a].constant, &k->values[b].constant);
    return constant(k, &v);
}

static struct signed_value negated(struct compile *k, struct signed_value a)
{
    if (is_scalar(k, a.id))
        return (struct signed_value){ scalar_neg(k, a.id), false };
    return (struct signed_value){ a.id, !a.neg };
}

/* vector a + scalar s. (-v) + s = -(v - s) */
static struct signed_value add_scalar(struct compile *k, struct signed_value a, uint32_t s)
{
    if (is_const(k, s, &hcl_fr_zero))
        return a;
    if (a.neg)
        s = scalar_neg(k, s);
    return (struct signed_value){ pair(k, V_ADD_SCALAR, a.id, s), a.neg };
}

/* a - s*b is a + (-s)*b, which one operation can do. */
static struct signed_value add_vectors(struct compile *k, struct signed_value a, struct signed_value b)
{
    const struct value *vb = &k->values[b.id];
    if (a.neg == b.neg)
        return (struct signed_value){ pair(k, V_ADD, a.id, b.id), a.neg };
    if (a.neg) {
        struct signed_value swap = a;
        a = b;
        b = swap;
        vb = &k->values[b.id];
    }
    if (vb->code == V_SCALE) {
        uint32_t x = vb->a, s = scalar_neg(k, vb->b);
        return (struct signed_value){ pair(k, V_ADD, a.id, pair(k, V_SCALE, x, s)), false };
    }
    if (a.id == b.id)
        return (struct signed_value){ constant(k, &hcl_fr_zero), false };
    return (struct signed_value){ pair(k, V_SUB, a.id, b.id), false };
}

static struct signed_value sum(struct compile *k, struct signed_value a, struct signed_value b)
{
    if (is_scalar(k, a.id) && is_scalar(k, b.id))
        return (struct signed_value){ scalar_add(k, a.id, b.id), false };
    if (is_scalar(k, a.id))
        return add_scalar(k, b, a.id);
    if (is_scalar(k, b.id))
        return add_scalar(k, a, b.id);
    return add_vectors(k, a, b);
}

/* vector a * scalar s */
static struct signed_value scale(struct compile *k, struct signed_value a, uint32_t s)
{
    hcl_fr minus_one;
    hcl_fr_neg(&minus_one, &hcl_fr_one);
    if (is_const(k, s, &hcl_fr_zero))
        return (struct signed_value){ s, false };
    if (is_const(k, s, &hcl_fr_one))
        return a;
    if (is_const(k, s, &minus_one))
        return negated(k, a);
    return (struct signed_value){ pair(k, V_SCALE, a.id, s), a.neg };
}

static struct signed_value product(struct compile *k, struct signed_value a, struct signed_value b)
{
    if (is_scalar(k, a.id) && is_scalar(k, b.id))
        return (struct signed_value){ scalar_mul(k, a.id, b.id), false };
    if (is_scalar(k, a.id))
        return scale(k, b, a.id);
    if (is_scalar(k, b.id))
        return scale(k, a, b.id);
    return (struct signed_value){ pair(k, V_MUL, a.id, b.id), a.neg != b.neg };
}

/* Inputs are interned under their query: a holds kind and column, b the rotation; both become the input's
 * number when the graph is complete. */
static struct signed_value input(struct compile *k, const struct hcl_expr_node *node)
{
    struct value v = { .code = V_INPUT,
                       .a = (uint32_t)node->column.kind + 3 * node->column.index,
                       .b = (uint32_t)node->rotation };
    return (struct signed_value){ intern(k, v), false };
}

/* Recursion is at most HCL_MAX_EXPR_DEPTH deep in a finished circuit. */
static struct signed_value build(struct compile *k, hcl_expr i)
{
    const struct hcl_expr_node *node = &k->c->exprs[i];
    struct signed_value a = { 0 }, b = { 0 }, result = { 0 };
    if (k->of_node[i].id != NONE)
        return k->of_node[i];
    if (node->op >= HCL_EX_NEG)
        a = build(k, node->a);
    if (node->op == HCL_EX_SUM || node->op == HCL_EX_PRODUCT)
        b = build(k, node->b);
    switch (node->op) {
    case HCL_EX_CONST:
        result.id = constant(k, &node->value);
        break;
    case HCL_EX_COLUMN:
        result = input(k, node);
        break;
    case HCL_EX_CHALLENGE:
        result.id = intern(k, (struct value){ .code = V_CHALLENGE, .a = node->a });
        break;
    case HCL_EX_NEG:
        result = negated(k, a);
        break;
    case HCL_EX_SUM:
        result = sum(k, a, b);
        break;
    case HCL_EX_PRODUCT:
        result = product(k, a, b);
        break;
    case HCL_EX_SCALED:
        result = product(k, a, (struct signed_value){ constant(k, &node->value), false });
        break;
    }
    k->of_node[i] = result;
    return result;
}

static bool has_b(value_code code)
{
    return code == V_S_ADD || code == V_S_MUL || code >= V_ADD;
}

static bool has_a(value_code code)
{
    return has_b(code) || code == V_S_NEG;
}

/* Readers of each value, dead ones not counting; and which scalings are done by the addition that reads them.
 */
static void count_uses(struct compile *k)
{
    for (size_t j = 0; j < k->e->num_outputs; j++)
        k->values[k->roots[j].id].uses++;
    for (size_t i = k->num_values; i-- > 0;) {
        struct value *v = &k->values[i];
        if (v->uses == 0)
            continue;
        if (has_a(v->code))
            k->values[v->a].uses++;
        if (has_b(v->code))
            k->values[v->b].uses++;
    }
    for (size_t i = 0; i < k->num_values; i++) {
        struct value *v = &k->values[i];
        struct value *a = &k->values[v->a], *b = &k->values[v->b];
        if (v->code != V_ADD || v->uses == 0)
            continue;
        if (b->code == V_SCALE && b->uses == 1)
            b->fused = true;
        else if (a->code == V_SCALE && a->uses == 1)
            a->fused = true;
    }
}

static hcl_status number_inputs(struct compile *k, struct hcl_err *err)
{
    struct hcl_eval *e = k->e;
    e->inputs = calloc(k->num_values, sizeof *e->inputs);
    if (e->inputs == NULL)
        return hcl_fail(err, HCL_NO_RESOURCE, "no memory to compile expressions");
    for (size_t i = 0; i < k->num_values; i++) {
        struct value *v = &k->values[i];
        if (v->code != V_INPUT || v->uses == 0)
            continue;
        e->inputs[e->num_inputs].column = (hcl_column){ (hcl_column_kind)(v->a % 3), v->a / 3 };
        e->inputs[e->num_inputs].rotation = (int32_t)v->b;
        v->place = (uint32_t)e->num_inputs++;
    }
    return HCL_OK;
}

static hcl_status emit_scalars(struct compile *k, struct hcl_err *err)
{
    struct hcl_eval *e = k->e;
    e->constants = calloc(k->num_values, sizeof *e->constants);
    e->scalar_ops = calloc(k->num_values, sizeof *e->scalar_ops);
    if (e->constants == NULL || e->scalar_ops == NULL)
        return hcl_fail(err, HCL_NO_RESOURCE, "no memory to compile expressions");
    for (size_t i = 0; i < k->num_values; i++) {
        struct value *v = &k->values[i];
        if (v->code != V_CONST || v->uses == 0)
            continue;
        e->constants[e->num_constants] = v->constant;
        v->place = (uint32_t)e->num_constants++;
    }
    e->num_scalars = e->num_constants;
    for (size_t i = 0; i < k->num_values; i++) {
        struct value *v = &k->values[i];
        struct hcl_eval_op op = { .a = v->a };
        if (v->code == V_CONST || v->code > V_S_NEG || v->uses == 0)
            continue;
        op.code = v->code == V_CHALLENGE ? HCL_OP_CHALLENGE
                  : v->code == V_S_ADD   ? HCL_OP_S_ADD
                  : v->code == V_S_MUL   ? HCL_OP_S_MUL
                                         : HCL_OP_S_NEG;
        if (has_a(v->code))
            op.a = k->values[v->a].place;
        if (has_b(v->code))
            op.b = k->values[v->b].place;
        v->place = op.dst = (uint32_t)e->num_scalars++;
        e->scalar_ops[e->num_scalar_ops++] = op;
    }
    return HCL_OK;
}

static uint32_t take_register(struct compile *k)
{
    if (k->num_free != 0)
        return k->free_registers[--k->num_free];
    return (uint32_t)(k->e->num_inputs + k->e->num_registers++);
}

/* One reader of a vector value is done. */
static void release(struct compile *k, uint32_t id)
{
    struct value *v = &k->values[id];
    if (--v->uses == 0 && v->code != V_INPUT)
        k->free_registers[k->num_free++] = v->place;
}

static bool dies(const struct compile *k, uint32_t id)
{
    return k->values[id].uses == 1 && k->values[id].code != V_INPUT;
}

static void put_op(struct compile *k, hcl_eval_code code, uint32_t dst, uint32_t a, uint32_t b)
{
    struct hcl_eval *e = k->e;
    HCL_CHECK(e->num_ops < k->cap_ops);
    e->ops[e->num_ops++] = (struct hcl_eval_op){ code, dst, a, b };
    if (code == HCL_OP_MUL || code == HCL_OP_SCALE || code == HCL_OP_AXPY || code == HCL_OP_HORNER)
        e->num_multiplications++;
}

/* v = other + x*s, the scaling not computed yet. In place when one of the two registers is read for the last
 * time. */
static void emit_fused_add(struct compile *k, struct value *v, uint32_t scaled, uint32_t other)
{
    uint32_t x = k->values[scaled].a, s = k->values[k->values[scaled].b].place;
    uint32_t px = k->values[x].place, po = k->values[other].place;
    if (dies(k, other) && x != other) {
        put_op(k, HCL_OP_AXPY, po, px, s);
        k->values[other].uses--;
        v->place = po;
        release(k, x);
    } else if (dies(k, x) && x != other) {
        put_op(k, HCL_OP_HORNER, px, po, s);
        k->values[x].uses--;
        v->place = px;
        release(k, other);
    } else {
        v->place = take_register(k);
        put_op(k, HCL_OP_SCALE, v->place, px, s);
        put_op(k, HCL_OP_ADD, v->place, v->place, po);
        release(k, x);
        release(k, other);
    }
}

static void emit_value(struct compile *k, struct value *v)
{
    uint32_t pa = k->values[v->a].place, pb = k->values[v->b].place;
    bool scalar_b = v->code == V_SCALE || v->code == V_ADD_SCALAR;
    if (v->code == V_ADD && k->values[v->b].fused) {
        emit_fused_add(k, v, v->b, v->a);
        return;
    }
    if (v->code == V_ADD && k->values[v->a].fused) {
        emit_fused_add(k, v, v->a, v->b);
        return;
    }
    release(k, v->a);
    if (!scalar_b)
        release(k, v->b);
    v->place = take_register(k); /* may be an operand's: row operations work in place */
    put_op(k,
           v->code == V_ADD     ? HCL_OP_ADD
           : v->code == V_SUB   ? HCL_OP_SUB
           : v->code == V_MUL   ? HCL_OP_MUL
           : v->code == V_SCALE ? HCL_OP_SCALE
                                : HCL_OP_ADD_SCALAR,
           v->place, pa, pb);
}

static hcl_status emit_rows(struct compile *k, struct hcl_err *err)
{
    struct hcl_eval *e = k->e;
    size_t at = 0;
    k->cap_ops = 2 * k->num_values + e->num_outputs;
    e->ops = calloc(k->cap_ops + 1, sizeof *e->ops);
    k->free_registers = calloc(k->num_values + 1, sizeof *k->free_registers);
    if (e->ops == NULL || k->free_registers == NULL)
        return hcl_fail(err, HCL_NO_RESOURCE, "no memory to compile expressions");
    for (size_t j = 0; j < e->num_outputs; j++) {
        uint32_t root = k->roots[j].id;
        for (; at < k->root_end[j]; at++) {
            struct value *v = &k->values[at];
            if (v->code >= V_ADD && v->uses != 0 && !v->fused)
                emit_value(k, v);
        }
        if (is_scalar(k, root)) {
            put_op(k, HCL_OP_OUT_SCALAR, (uint32_t)j, k->values[root].place, 0);
        } else {
            put_op(k, k->roots[j].neg ? HCL_OP_OUT_NEG : HCL_OP_OUT, (uint32_t)j, k->values[root].place, 0);
            release(k, root);
        }
    }
    return HCL_OK;
}

static hcl_status compile(struct compile *k, const hcl_expr *exprs, struct hcl_err *err)
{
    size_t count = k->e->num_outputs, nodes = k->c->num_exprs + 1;
    hcl_status st = HCL_OK;
    k->of_node = malloc(nodes * sizeof *k->of_node);
    k->roots = calloc(count + 1, sizeof *k->roots);
    k->root_end = calloc(count + 1, sizeof *k->root_end);
    if (k->of_node == NULL || k->roots == NULL || k->root_end == NULL)
        return hcl_fail(err, HCL_NO_RESOURCE, "no memory to compile expressions");
    memset(k->of_node, 0xff, nodes * sizeof *k->of_node);
    constant(k, &hcl_fr_zero);
    for (size_t j = 0; j < count && !k->out_of_memory; j++) {
        k->roots[j] = build(k, exprs[j]);
        k->root_end[j] = k->num_values;
    }
    if (k->out_of_memory)
        return hcl_fail(err, HCL_NO_RESOURCE, "no memory to compile expressions");
    count_uses(k);
    HCL_TRY(number_inputs(k, err));
    HCL_TRY(emit_scalars(k, err));
    HCL_TRY(emit_rows(k, err));
done:
    return st;
}

hcl_status hcl_eval_compile(struct hcl_eval *out, const struct hcl_circuit *c, const hcl_expr *exprs,
                            size_t count, struct hcl_err *err)
{
    struct compile k = { .c = c, .e = out };
    hcl_status st;
    *out = (struct hcl_eval){ .num_outputs = count };
    st = compile(&k, exprs, err);
    free(k.values);
    free(k.table);
    free(k.of_node);
    free(k.roots);
    free(k.root_end);
    free(k.free_registers);
    if (st != HCL_OK)
        hcl_eval_clear(out);
    return st;
}

hcl_status hcl_eval_compile_gates(struct hcl_eval *out, const struct hcl_circuit *c, struct hcl_err *err)
{
    size_t count = 0, at = 0;
    hcl_expr *all;
    hcl_status st;
    for (size_t i = 0; i < c->num_gates; i++)
        count += c->gates[i].count;
    all = malloc((count + 1) * sizeof *all);
    *out = (struct hcl_eval){ 0 };
    if (all == NULL)
        return hcl_fail(err, HCL_NO_RESOURCE, "no memory to compile the gates");
    for (size_t i = 0; i < c->num_gates; i++)
        for (size_t j = 0; j < c->gates[i].count; j++)
            all[at++] = c->gates[i].polys[j];
    st = hcl_eval_compile(out, c, all, count, err);
    free(all);
    return st;
}

void hcl_eval_clear(struct hcl_eval *e)
{
    free(e->inputs);
    free(e->ops);
    free(e->scalar_ops);
    free(e->constants);
    *e = (struct hcl_eval){ 0 };
}

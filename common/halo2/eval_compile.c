/* SPDX-License-Identifier: Apache-2.0 */
/* Expressions -> straight-line program: build a graph of values (eval_graph.c); count the readers of each
 * (count_uses); emit operations with registers reused as soon as their last reader is done (emit_*); write
 * the same program for lanes (eval_lower.c). */
#include "common/halo2/eval_graph_internal.h"
#include "common/halo2/eval_internal.h"
#include "common/halo2/groups_internal.h"
#include "common/halo2/linear_internal.h"
#include <string.h>

struct compile {
    struct hcl_value_graph *graph;
    struct hcl_eval *e;
    struct signed_value *roots;
    size_t *root_end; /* number of values when the root was complete */
    uint32_t *free_registers;
    size_t num_free;
    size_t cap_ops;
};

/* Readers of each value, dead ones not counting; and which scalings are done by the addition that reads them.
 */
static void count_uses(struct compile *k)
{
    for (size_t j = 0; j < k->e->num_outputs; j++)
        k->graph->values[k->roots[j].id].uses++;
    for (size_t i = k->graph->num_values; i-- > 0;) {
        struct value *v = &k->graph->values[i];
        if (v->uses == 0)
            continue;
        if (hcl_value_has_a(v->code))
            k->graph->values[v->a].uses++;
        if (hcl_value_has_b(v->code))
            k->graph->values[v->b].uses++;
    }
    for (size_t i = 0; i < k->graph->num_values; i++) {
        struct value *v = &k->graph->values[i];
        struct value *a = &k->graph->values[v->a], *b = &k->graph->values[v->b];
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
    e->inputs = calloc(k->graph->num_values, sizeof *e->inputs);
    if (e->inputs == NULL)
        return hcl_fail(err, HCL_NO_RESOURCE, "no memory to compile expressions");
    for (size_t i = 0; i < k->graph->num_values; i++) {
        struct value *v = &k->graph->values[i];
        if (v->code != V_INPUT || v->uses == 0)
            continue;
        e->inputs[e->num_inputs] = hcl_value_query(v);
        v->place = (uint32_t)e->num_inputs++;
    }
    return HCL_OK;
}

static hcl_status emit_scalars(struct compile *k, struct hcl_err *err)
{
    struct hcl_eval *e = k->e;
    e->constants = calloc(k->graph->num_values, sizeof *e->constants);
    e->scalar_ops = calloc(k->graph->num_values, sizeof *e->scalar_ops);
    if (e->constants == NULL || e->scalar_ops == NULL)
        return hcl_fail(err, HCL_NO_RESOURCE, "no memory to compile expressions");
    for (size_t i = 0; i < k->graph->num_values; i++) {
        struct value *v = &k->graph->values[i];
        if (v->code != V_CONST || v->uses == 0)
            continue;
        e->constants[e->num_constants] = v->constant;
        v->place = (uint32_t)e->num_constants++;
    }
    e->num_scalars = e->num_constants;
    for (size_t i = 0; i < k->graph->num_values; i++) {
        struct value *v = &k->graph->values[i];
        struct hcl_eval_op op = { .a = v->a };
        if (v->code == V_CONST || v->code > V_S_NEG || v->uses == 0)
            continue;
        op.code = v->code == V_CHALLENGE ? HCL_OP_CHALLENGE
                  : v->code == V_S_ADD   ? HCL_OP_S_ADD
                  : v->code == V_S_MUL   ? HCL_OP_S_MUL
                                         : HCL_OP_S_NEG;
        if (hcl_value_has_a(v->code))
            op.a = k->graph->values[v->a].place;
        if (hcl_value_has_b(v->code))
            op.b = k->graph->values[v->b].place;
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
    struct value *v = &k->graph->values[id];
    if (--v->uses == 0 && v->code != V_INPUT)
        k->free_registers[k->num_free++] = v->place;
}

static bool dies(const struct compile *k, uint32_t id)
{
    return k->graph->values[id].uses == 1 && k->graph->values[id].code != V_INPUT;
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
    uint32_t x = k->graph->values[scaled].a, s = k->graph->values[k->graph->values[scaled].b].place;
    uint32_t px = k->graph->values[x].place, po = k->graph->values[other].place;
    if (dies(k, other) && x != other) {
        put_op(k, HCL_OP_AXPY, po, px, s);
        k->graph->values[other].uses--;
        v->place = po;
        release(k, x);
    } else if (dies(k, x) && x != other) {
        put_op(k, HCL_OP_HORNER, px, po, s);
        k->graph->values[x].uses--;
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
    uint32_t pa = k->graph->values[v->a].place, pb = k->graph->values[v->b].place;
    bool scalar_b = v->code == V_SCALE || v->code == V_ADD_SCALAR;
    if (v->code == V_ADD && k->graph->values[v->b].fused) {
        emit_fused_add(k, v, v->b, v->a);
        return;
    }
    if (v->code == V_ADD && k->graph->values[v->a].fused) {
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
    k->cap_ops = 2 * k->graph->num_values + e->num_outputs;
    e->ops = calloc(k->cap_ops + 1, sizeof *e->ops);
    k->free_registers = calloc(k->graph->num_values + 1, sizeof *k->free_registers);
    if (e->ops == NULL || k->free_registers == NULL)
        return hcl_fail(err, HCL_NO_RESOURCE, "no memory to compile expressions");
    for (size_t j = 0; j < e->num_outputs; j++) {
        uint32_t root = k->roots[j].id;
        for (; at < k->root_end[j]; at++) {
            struct value *v = &k->graph->values[at];
            if (v->code >= V_ADD && v->uses != 0 && !v->fused)
                emit_value(k, v);
        }
        if (hcl_value_is_scalar(k->graph, root)) {
            put_op(k, HCL_OP_OUT_SCALAR, (uint32_t)j, k->graph->values[root].place, 0);
        } else {
            put_op(k, k->roots[j].neg ? HCL_OP_OUT_NEG : HCL_OP_OUT, (uint32_t)j,
                   k->graph->values[root].place, 0);
            release(k, root);
        }
    }
    return HCL_OK;
}

static hcl_status build(struct compile *k, const struct hcl_circuit *c, const hcl_expr *exprs, size_t count,
                        struct hcl_err *err)
{
    hcl_status st = hcl_value_graph_init(k->graph, c, err);
    if (st != HCL_OK)
        return st;
    k->roots = calloc(count + 1, sizeof *k->roots);
    k->root_end = calloc(count + 1, sizeof *k->root_end);
    if (k->roots == NULL || k->root_end == NULL)
        return hcl_fail(err, HCL_NO_RESOURCE, "no memory to compile expressions");
    for (size_t j = 0; j < count && !k->graph->out_of_memory; j++) {
        k->roots[j] = hcl_value_graph_add(k->graph, exprs[j]);
        k->root_end[j] = k->graph->num_values;
    }
    return k->graph->out_of_memory ? hcl_fail(err, HCL_NO_RESOURCE, "no memory to compile expressions")
                                   : HCL_OK;
}

/* From the graph to the program *k->e, which is empty on failure. */
static hcl_status emit(struct compile *k, size_t count, struct hcl_err *err)
{
    hcl_status st = HCL_OK;
    *k->e = (struct hcl_eval){ .num_outputs = count };
    count_uses(k);
    HCL_TRY(number_inputs(k, err));
    HCL_TRY(emit_scalars(k, err));
    HCL_TRY(emit_rows(k, err));
    HCL_TRY(hcl_eval_lower(k->e, err));
done:
    if (st != HCL_OK)
        hcl_eval_clear(k->e);
    return st;
}

static void compile_clear(struct compile *k)
{
    hcl_value_graph_clear(k->graph);
    free(k->roots);
    free(k->root_end);
    free(k->free_registers);
}

hcl_status hcl_eval_compile(struct hcl_eval *out, const struct hcl_circuit *c, const hcl_expr *exprs,
                            size_t count, struct hcl_err *err)
{
    struct hcl_value_graph graph = { 0 };
    struct compile k = { .graph = &graph, .e = out };
    *out = (struct hcl_eval){ 0 };
    hcl_status st = build(&k, c, exprs, count, err);
    if (st == HCL_OK)
        st = emit(&k, count, err);
    compile_clear(&k);
    return st;
}

static hcl_status rewrite(struct compile *to, const struct compile *from, size_t count,
                          const struct hcl_linear *linear, const struct hcl_linear_search *search,
                          struct hcl_err *err)
{
    const struct hcl_linear_gates gates = { from->graph, from->roots, from->root_end, count };
    to->roots = calloc(count + 1, sizeof *to->roots);
    to->root_end = calloc(count + 1, sizeof *to->root_end);
    if (to->roots == NULL || to->root_end == NULL)
        return hcl_fail(err, HCL_NO_RESOURCE, "no memory to compile expressions");
    return hcl_linear_rewrite(to->graph, to->roots, to->root_end, &gates, linear, search, err);
}

/* The program of the coefficients, on the graph of the gates as they are. */
static hcl_status compile_coefficients(struct compile *k, struct hcl_linear *linear,
                                       const struct hcl_linear_search *search, struct hcl_err *err)
{
    const size_t count = linear->num_terms;
    free(k->roots);
    free(k->root_end);
    k->roots = calloc(count + 1, sizeof *k->roots);
    k->root_end = calloc(count + 1, sizeof *k->root_end);
    if (k->roots == NULL || k->root_end == NULL)
        return hcl_fail(err, HCL_NO_RESOURCE, "no memory to compile expressions");
    for (size_t i = 0; i < count; i++) {
        k->roots[i] = (struct signed_value){ search->coefficient[i], false };
        k->root_end[i] = k->graph->num_values;
    }
    k->e = &linear->coefficients;
    return emit(k, count, err);
}

static hcl_status compile_linear(struct hcl_eval *out, struct hcl_linear *linear, const struct hcl_circuit *c,
                                 const hcl_expr *exprs, size_t count, struct hcl_err *err)
{
    struct hcl_value_graph columns = { 0 }, sums = { 0 };
    struct compile from = { .graph = &columns }, to = { .graph = &sums, .e = out };
    struct hcl_linear_search search = { 0 };
    hcl_status st = build(&from, c, exprs, count, err);
    if (st == HCL_OK)
        st = hcl_linear_find(linear, &search, &columns, from.roots, count, err);
    if (st == HCL_OK)
        st = rewrite(&to, &from, count, linear, &search, err);
    if (st == HCL_OK)
        st = emit(&to, count, err);
    if (st == HCL_OK)
        st = compile_coefficients(&from, linear, &search, err);
    hcl_linear_search_clear(&search);
    compile_clear(&from);
    compile_clear(&to);
    if (st != HCL_OK) {
        hcl_eval_clear(out);
        hcl_linear_clear(linear);
    }
    return st;
}

/* All gate polynomials in order; malloc'ed. */
static hcl_status list_gates(hcl_expr **all, size_t *count, const struct hcl_circuit *c, struct hcl_err *err)
{
    size_t at = 0;
    *count = 0;
    for (size_t i = 0; i < c->num_gates; i++)
        *count += c->gates[i].count;
    *all = calloc(*count + 1, sizeof **all);
    if (*all == NULL)
        return hcl_fail(err, HCL_NO_RESOURCE, "no memory to compile the gates");
    for (size_t i = 0; i < c->num_gates; i++)
        for (size_t j = 0; j < c->gates[i].count; j++)
            (*all)[at++] = c->gates[i].polys[j];
    return HCL_OK;
}

/* linear NULL: the columns as they are. */
static hcl_status compile_gates(struct hcl_eval *out, struct hcl_linear *linear, const struct hcl_circuit *c,
                                struct hcl_err *err)
{
    size_t count;
    hcl_expr *all;
    *out = (struct hcl_eval){ 0 };
    hcl_status st = list_gates(&all, &count, c, err);
    if (st != HCL_OK)
        return st;
    st = linear != NULL ? compile_linear(out, linear, c, all, count, err)
                        : hcl_eval_compile(out, c, all, count, err);
    free(all);
    return st;
}

hcl_status hcl_eval_compile_gates(struct hcl_eval *out, const struct hcl_circuit *c, struct hcl_err *err)
{
    return compile_gates(out, NULL, c, err);
}

hcl_status hcl_linear_compile_gates(struct hcl_eval *out, struct hcl_linear *linear,
                                    const struct hcl_circuit *c, struct hcl_err *err)
{
    *linear = (struct hcl_linear){ 0 };
    return compile_gates(out, hcl_linear_in_use() ? linear : NULL, c, err);
}

static hcl_status linear_values(struct compile *from, struct compile *to, const struct hcl_circuit *c,
                                const hcl_expr *exprs, size_t count, struct hcl_err *err)
{
    struct hcl_linear linear = { 0 };
    struct hcl_linear_search search = { 0 };
    hcl_status st = build(from, c, exprs, count, err);
    if (st == HCL_OK)
        st = hcl_linear_find(&linear, &search, from->graph, from->roots, count, err);
    if (st == HCL_OK)
        st = rewrite(to, from, count, &linear, &search, err);
    hcl_linear_search_clear(&search);
    hcl_linear_clear(&linear);
    return st;
}

hcl_status hcl_eval_gates_values(struct hcl_group_source *out, const struct hcl_circuit *c,
                                 struct hcl_err *err)
{
    struct hcl_value_graph columns = { 0 };
    struct compile from = { .graph = &columns }, to = { .graph = &out->graph };
    hcl_expr *all;
    hcl_status st = list_gates(&all, &out->count, c, err);
    if (st != HCL_OK)
        return st;
    st = hcl_linear_in_use() ? linear_values(&from, &to, c, all, out->count, err)
                             : build(&to, c, all, out->count, err);
    out->roots = to.roots;
    out->root_end = to.root_end;
    compile_clear(&from);
    free(all);
    return st;
}

hcl_status hcl_eval_emit(struct hcl_eval *out, struct hcl_value_graph *g, struct signed_value root,
                         struct hcl_err *err)
{
    size_t end = g->num_values;
    struct compile k = { .graph = g, .e = out, .roots = &root, .root_end = &end };
    const hcl_status st = emit(&k, 1, err);
    free(k.free_registers);
    return st;
}

hcl_status hcl_linear_init(struct hcl_linear *l, const struct hcl_circuit *c, struct hcl_err *err)
{
    struct hcl_eval gates;
    const hcl_status st = hcl_linear_compile_gates(&gates, l, c, err);
    hcl_eval_clear(&gates);
    return st;
}

void hcl_eval_clear(struct hcl_eval *e)
{
    free(e->inputs);
    free(e->ops);
    free(e->scalar_ops);
    free(e->constants);
    free(e->lane_ops);
    free(e->factors);
    *e = (struct hcl_eval){ 0 };
}

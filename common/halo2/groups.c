/* SPDX-License-Identifier: Apache-2.0 */
#include "common/halo2/groups.h"
#include "common/halo2/arguments_internal.h"
#include "common/halo2/eval_internal.h"
#include "common/halo2/groups_internal.h"

#include <string.h>

/* ---- columns ---- */

static hcl_status columns_init(struct hcl_group_columns *c, const struct hcl_circuit *circuit,
                               const struct hcl_group_source *gates, struct hcl_err *err)
{
    size_t kinds[HCL_COL_ROWS] = { [HCL_COL_FIXED] = circuit->num_fixed,
                                   [HCL_COL_ADVICE] = circuit->num_advice,
                                   [HCL_COL_INSTANCE] = circuit->num_instance,
                                   [HCL_COL_SIGMA] = circuit->num_permutation,
                                   [HCL_COL_Z] = hcl_perm_chunks(circuit) };
    for (size_t i = 0; i < gates->graph.num_values; i++) {
        const struct value *v = &gates->graph.values[i];
        const hcl_column sum = v->code == V_INPUT ? hcl_value_query(v).column : (hcl_column){ 0 };
        if (sum.kind == HCL_COL_SUM && sum.index >= kinds[HCL_COL_SUM])
            kinds[HCL_COL_SUM] = sum.index + 1;
    }
    for (size_t kind = 0; kind < HCL_COL_ROWS; kind++)
        c->base[kind + 1] = c->base[kind] + kinds[kind];
    c->count = c->base[HCL_COL_ROWS];
    c->group = calloc(c->count + 1, sizeof *c->group);
    return c->group ? HCL_OK : hcl_groups_no_memory(err);
}

/* ---- one group's share of the constraints ---- */

/* Each value is made twice: as it is, to multiply others by, and what of it is the group's: the shares of all
 * groups add up to the value. */
struct share {
    struct hcl_value_graph *to;
    const struct hcl_group_columns *columns;
    uint32_t group;
    uint32_t challenges;               /* of the circuit; those of the arguments follow */
    struct signed_value *whole, *part; /* [value of the source] */
    uint32_t *owner;                   /* group, HCL_GROUP_ALL or HCL_GROUP_SEVERAL */
};

static const struct signed_value zero = { 0, false };

static uint32_t owner_of_two(uint32_t a, uint32_t b)
{
    if (a == HCL_GROUP_ALL || a == b)
        return b;
    return b == HCL_GROUP_ALL ? a : HCL_GROUP_SEVERAL;
}

static uint32_t owner_of(const struct share *s, const struct hcl_group_source *from, const struct value *v)
{
    uint32_t owner = HCL_GROUP_ALL;
    if (v->code == V_INPUT) {
        const hcl_column column = hcl_group_query(from, v).column;
        return column.kind == HCL_COL_ROWS ? HCL_GROUP_ALL
                                           : s->columns->group[s->columns->base[column.kind] + column.index];
    }
    if (hcl_value_has_a(v->code))
        owner = s->owner[v->a];
    if (hcl_value_has_b(v->code))
        owner = owner_of_two(owner, s->owner[v->b]);
    return owner;
}

static struct signed_value whole_of(const struct share *s, const struct hcl_group_source *from,
                                    const struct value *v)
{
    struct hcl_value_graph *g = s->to;
    switch (v->code) {
    case V_CONST:
        return (struct signed_value){ hcl_value_constant(g, &v->constant), false };
    case V_CHALLENGE:
        return (struct signed_value){ hcl_value_challenge(g, v->a + (from->argument ? s->challenges : 0)),
                                      false };
    case V_INPUT:
        return hcl_value_input(g, hcl_group_query(from, v));
    case V_S_NEG:
        return hcl_value_negated(g, s->whole[v->a]);
    case V_S_ADD:
    case V_ADD:
    case V_ADD_SCALAR:
        return hcl_value_sum(g, s->whole[v->a], s->whole[v->b]);
    case V_SUB:
        return hcl_value_sum(g, s->whole[v->a], hcl_value_negated(g, s->whole[v->b]));
    case V_S_MUL:
    case V_SCALE:
    case V_MUL:
        return hcl_value_product(g, s->whole[v->a], s->whole[v->b]);
    }
    HCL_CHECK(false);
    return zero;
}

/* a*s; of a value that is itself scaled, by one scalar. */
static struct signed_value scaled(struct hcl_value_graph *g, struct signed_value a, struct signed_value s)
{
    const struct value v = g->values[a.id];
    if (v.code != V_SCALE)
        return hcl_value_product(g, a, s);
    const struct signed_value of = { v.a, a.neg }, by = { v.b, false };
    return hcl_value_product(g, of, hcl_value_product(g, by, s));
}

static struct signed_value part_of(const struct share *s, const struct value *v, size_t id)
{
    struct hcl_value_graph *g = s->to;
    const struct signed_value *part = s->part, *whole = s->whole;
    if (s->owner[id] == HCL_GROUP_ALL)
        return s->group == 0 ? whole[id] : zero;
    if (s->owner[id] != HCL_GROUP_SEVERAL)
        return s->owner[id] == s->group ? whole[id] : zero;
    switch (v->code) {
    case V_ADD:
    case V_ADD_SCALAR:
        return hcl_value_sum(g, part[v->a], part[v->b]);
    case V_SUB:
        return hcl_value_sum(g, part[v->a], hcl_value_negated(g, part[v->b]));
    case V_SCALE:
        return scaled(g, part[v->a], whole[v->b]);
    case V_MUL:
        HCL_CHECK(s->owner[v->a] == HCL_GROUP_ALL || s->owner[v->b] == HCL_GROUP_ALL);
        return s->owner[v->a] == HCL_GROUP_ALL ? hcl_value_product(g, whole[v->a], part[v->b])
                                               : hcl_value_product(g, part[v->a], whole[v->b]);
    default: /* scalars and inputs have one owner */
        HCL_CHECK(false);
        return zero;
    }
}

/* sum := sum*y^first, then *y + the group's share of each root */
static struct signed_value add_source(struct share *s, struct signed_value sum, size_t first,
                                      const struct hcl_group_source *from)
{
    const struct signed_value y = { hcl_value_challenge(s->to, s->challenges + HCL_ARGUMENT_Y), false };
    size_t at = 0;
    for (size_t i = 0; i < first; i++)
        sum = scaled(s->to, sum, y);
    for (size_t j = 0; j < from->count; j++) {
        for (; at < from->root_end[j]; at++) {
            const struct value *v = &from->graph.values[at];
            s->owner[at] = owner_of(s, from, v);
            s->whole[at] = whole_of(s, from, v);
            s->part[at] = part_of(s, v, at);
        }
        struct signed_value root = s->part[from->roots[j].id];
        if (from->roots[j].neg)
            root = hcl_value_negated(s->to, root);
        sum = hcl_value_sum(s->to, j > 0 ? scaled(s->to, sum, y) : sum, root);
    }
    return sum;
}

static hcl_status compile_group(struct hcl_eval *out, struct share *s, const struct hcl_circuit *c,
                                const struct hcl_group_source *sources, struct hcl_err *err)
{
    struct hcl_value_graph graph = { 0 };
    struct signed_value sum = zero;
    hcl_status st = hcl_value_graph_init(&graph, c, err);
    if (st != HCL_OK)
        return st;
    s->to = &graph;
    sum = add_source(s, sum, 0, &sources[0]);
    if (sources[1].count > 0)
        sum = add_source(s, sum, hcl_permutation_constraints(c), &sources[1]);
    st = graph.out_of_memory ? hcl_groups_no_memory(err) : hcl_eval_emit(out, &graph, sum, err);
    hcl_value_graph_clear(&graph);
    s->to = NULL;
    return st;
}

static hcl_status compile_groups(struct hcl_groups *g, const struct hcl_circuit *c,
                                 const struct hcl_group_columns *columns,
                                 const struct hcl_group_source *sources, struct hcl_err *err)
{
    struct share s = { .columns = columns, .challenges = c->num_challenges };
    hcl_status st = HCL_OK;
    size_t most = 1;
    for (size_t i = 0; i < HCL_GROUP_SOURCES; i++)
        most = sources[i].graph.num_values > most ? sources[i].graph.num_values : most;
    s.whole = calloc(most, sizeof *s.whole);
    s.part = calloc(most, sizeof *s.part);
    s.owner = calloc(most, sizeof *s.owner);
    if (!s.whole || !s.part || !s.owner)
        st = hcl_groups_no_memory(err);
    for (; st == HCL_OK && s.group < g->count; s.group++)
        st = compile_group(&g->programs[s.group], &s, c, sources, err);
    free(s.whole);
    free(s.part);
    free(s.owner);
    return st;
}

static void source_clear(struct hcl_group_source *s)
{
    hcl_value_graph_clear(&s->graph);
    free(s->roots);
    free(s->root_end);
}

hcl_status hcl_groups_init(struct hcl_groups *g, const struct hcl_circuit *c, size_t most,
                           struct hcl_err *err)
{
    struct hcl_group_source sources[HCL_GROUP_SOURCES] = { { .argument = false }, { .argument = true } };
    struct hcl_group_columns columns = { 0 };
    hcl_status st;
    HCL_CHECK(c->num_lookups == 0 && most > 0);
    *g = (struct hcl_groups){ .count = most };
    HCL_TRY(hcl_eval_gates_values(&sources[0], c, err));
    HCL_TRY(hcl_permutation_values(&sources[1], c, err));
    HCL_TRY(columns_init(&columns, c, &sources[0], err));
    HCL_TRY(hcl_groups_find(&columns, &g->count, sources, err));
    g->programs = calloc(g->count, sizeof *g->programs);
    g->scalars = calloc(g->count, sizeof *g->scalars);
    if (!g->programs || !g->scalars)
        HCL_TRY(hcl_groups_no_memory(err));
    st = compile_groups(g, c, &columns, sources, err);
done:
    for (size_t i = 0; i < HCL_GROUP_SOURCES; i++)
        source_clear(&sources[i]);
    free(columns.group);
    if (st != HCL_OK)
        hcl_groups_clear(g);
    return st;
}

hcl_status hcl_groups_challenges(struct hcl_groups *g, const struct hcl_circuit *c,
                                 const struct hcl_challenges *challenges, struct hcl_err *err)
{
    const size_t phase = c->num_challenges;
    hcl_fr *all = calloc(phase + HCL_ARGUMENT_CHALLENGES, sizeof *all);
    hcl_status st = all ? HCL_OK : hcl_groups_no_memory(err);
    if (all) {
        for (size_t i = 0; i < phase; i++)
            all[i] = challenges->phase[i];
        all[phase + HCL_ARGUMENT_BETA] = challenges->beta;
        all[phase + HCL_ARGUMENT_GAMMA] = challenges->gamma;
        all[phase + HCL_ARGUMENT_Y] = challenges->y;
    }
    for (size_t i = 0; st == HCL_OK && i < g->count; i++) {
        free(g->scalars[i]);
        g->scalars[i] = malloc((g->programs[i].num_scalars + 1) * sizeof *g->scalars[i]);
        if (g->scalars[i])
            hcl_eval_scalars(g->scalars[i], &g->programs[i], all);
        else
            st = hcl_groups_no_memory(err);
    }
    free(all);
    return st;
}

static bool reads(const struct hcl_eval *e, hcl_column column)
{
    for (size_t i = 0; i < e->num_inputs; i++)
        if (e->inputs[i].column.kind == column.kind && e->inputs[i].column.index == column.index)
            return true;
    return false;
}

static bool read_before(const struct hcl_eval *e, size_t input)
{
    const struct hcl_eval before = { .inputs = e->inputs, .num_inputs = input };
    return reads(&before, e->inputs[input].column);
}

/* A column that this program reads and none before it: whether a later one does. */
static bool stays(const struct hcl_groups *g, size_t program, hcl_column column)
{
    for (size_t k = program + 1; k < g->count; k++)
        if (reads(&g->programs[k], column))
            return true;
    return false;
}

static bool comes(const struct hcl_groups *g, size_t program, size_t input)
{
    const struct hcl_eval *e = &g->programs[program];
    if (e->inputs[input].column.kind == HCL_COL_ROWS || read_before(e, input))
        return false;
    for (size_t k = 0; k < program; k++)
        if (reads(&g->programs[k], e->inputs[input].column))
            return false;
    return true;
}

hcl_status hcl_groups_owned(size_t *most, const struct hcl_groups *g, size_t ranks, hcl_column_owner owner,
                            const void *ctx, struct hcl_err *err)
{
    size_t *staying = calloc(3 * ranks, sizeof *staying), *own = staying ? staying + ranks : NULL;
    size_t *largest = own ? own + ranks : NULL;
    *most = 0;
    if (!staying)
        return hcl_fail(err, HCL_NO_RESOURCE, "out of memory for %zu ranks", ranks);
    for (size_t i = 0; i < g->count; i++) {
        const struct hcl_eval *e = &g->programs[i];
        memset(own, 0, ranks * sizeof *own);
        for (size_t j = 0; j < e->num_inputs; j++)
            if (comes(g, i, j))
                (stays(g, i, e->inputs[j].column) ? staying
                                                  : own)[owner ? owner(ctx, e->inputs[j].column) : 0]++;
        for (size_t r = 0; r < ranks; r++)
            largest[r] = own[r] > largest[r] ? own[r] : largest[r];
    }
    for (size_t r = 0; r < ranks; r++)
        *most = staying[r] + largest[r] > *most ? staying[r] + largest[r] : *most;
    free(staying);
    return HCL_OK;
}

void hcl_groups_clear(struct hcl_groups *g)
{
    for (size_t i = 0; i < g->count; i++) {
        if (g->programs)
            hcl_eval_clear(&g->programs[i]);
        if (g->scalars)
            free(g->scalars[i]);
    }
    free(g->programs);
    free(g->scalars);
    *g = (struct hcl_groups){ 0 };
}

hcl_status hcl_groups_count(uint32_t *columns, const struct hcl_circuit *c, size_t ranks,
                            hcl_column_owner owner, const void *ctx, struct hcl_err *err)
{
    hcl_status st = HCL_OK;
    for (size_t most = 2; st == HCL_OK && most <= HCL_MOST_GROUPS; most *= 2) {
        struct hcl_groups g;
        size_t owned = 0;
        st = hcl_groups_init(&g, c, most, err);
        if (st == HCL_OK)
            st = hcl_groups_owned(&owned, &g, ranks, owner, ctx, err);
        hcl_groups_clear(&g);
        columns[most] = (uint32_t)owned;
    }
    return st;
}

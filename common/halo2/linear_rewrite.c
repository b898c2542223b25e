/* SPDX-License-Identifier: Apache-2.0 */
/* Each value is made twice: without the linear columns in its sum, for the sums it is part of; and with them,
 * as inputs, for what multiplies it. */
#include "common/halo2/linear_internal.h"

struct rewrite {
    struct hcl_value_graph *to;
    const struct hcl_linear *linear;
    const struct hcl_linear_search *search;
    size_t next_use;                   /* uses are in the order of values */
    struct signed_value *rest, *whole; /* [value] */
};

/* rest + the sums that the search has found in this value. */
static struct signed_value with_sums(struct rewrite *r, uint32_t id)
{
    struct signed_value v = r->rest[id];
    for (; r->next_use < r->search->num_uses && r->search->uses[r->next_use].value == id; r->next_use++) {
        const struct hcl_linear_use *use = &r->search->uses[r->next_use];
        const struct hcl_query query = { { HCL_COL_SUM, use->sum }, r->linear->sums[use->sum].rotation };
        struct signed_value sum = hcl_value_input(r->to, query);
        if (use->neg)
            sum = hcl_value_negated(r->to, sum);
        v = hcl_value_sum(r->to, v, sum);
    }
    return v;
}

static struct signed_value without(const struct rewrite *r, const struct value *v)
{
    struct hcl_value_graph *g = r->to;
    const struct signed_value *rest = r->rest, zero = { 0, false };
    switch (v->code) {
    case V_CONST:
        return (struct signed_value){ hcl_value_constant(g, &v->constant), false };
    case V_CHALLENGE:
        return (struct signed_value){ hcl_value_challenge(g, v->a), false };
    case V_INPUT:
        return hcl_linear_has(r->linear, hcl_value_query(v).column) ? zero
                                                                    : hcl_value_input(g, hcl_value_query(v));
    case V_S_NEG:
        return hcl_value_negated(g, rest[v->a]);
    case V_S_ADD:
    case V_ADD:
    case V_ADD_SCALAR:
        return hcl_value_sum(g, rest[v->a], rest[v->b]);
    case V_SUB:
        return hcl_value_sum(g, rest[v->a], hcl_value_negated(g, rest[v->b]));
    case V_S_MUL:
    case V_SCALE:
        return hcl_value_product(g, rest[v->a], rest[v->b]);
    case V_MUL:
        return hcl_value_product(g, r->whole[v->a], r->whole[v->b]);
    }
    HCL_CHECK(false);
    return zero;
}

static void rewrite(struct rewrite *r, struct signed_value *roots, size_t *root_end,
                    const struct hcl_linear_gates *gates)
{
    size_t at = 0;
    for (size_t j = 0; j < gates->count; j++) {
        for (; at < gates->root_end[j]; at++) {
            r->rest[at] = without(r, &gates->graph->values[at]);
            r->whole[at] = with_sums(r, (uint32_t)at);
        }
        roots[j] = r->whole[gates->roots[j].id];
        if (gates->roots[j].neg)
            roots[j] = hcl_value_negated(r->to, roots[j]);
        root_end[j] = r->to->num_values;
    }
}

hcl_status hcl_linear_rewrite(struct hcl_value_graph *to, struct signed_value *roots, size_t *root_end,
                              const struct hcl_linear_gates *gates, const struct hcl_linear *linear,
                              const struct hcl_linear_search *search, struct hcl_err *err)
{
    const size_t values = gates->graph->num_values;
    struct rewrite r = { .to = to, .linear = linear, .search = search };
    hcl_status st = HCL_OK;
    HCL_TRY(hcl_value_graph_init(to, gates->graph->c, err));
    r.rest = calloc(values + 1, sizeof *r.rest);
    r.whole = calloc(values + 1, sizeof *r.whole);
    if (r.rest != NULL && r.whole != NULL)
        rewrite(&r, roots, root_end, gates);
    if (r.rest == NULL || r.whole == NULL || to->out_of_memory)
        st = hcl_fail(err, HCL_NO_RESOURCE, "no memory to compile expressions");
done:
    free(r.rest);
    free(r.whole);
    return st;
}

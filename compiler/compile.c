/* SPDX-License-Identifier: Apache-2.0 */
#include "compiler/compile.h"
#include "compiler/gadgets/gadget.h"
#include "compiler/layout/cost.h"
#include "compiler/layout/describe.h"
#include "compiler/layout/finish.h"

enum { MIN_LANES = 2, MIN_DEGREE = 4, MAX_DEGREE = 5 };

/* The rows of a circuit with 2^k; only the machine is kept. */
static hcl_status lower(struct hcl_machine *m, const struct hcl_fx_graph *g, uint32_t lanes, uint32_t k,
                        struct hcl_err *err)
{
    struct hcl_lower c;
    hcl_status st = hcl_lower_graph(&c, m, g, lanes, ((uint32_t)1 << k) - HCL_MACHINE_RESERVED_ROWS, err);

    hcl_lower_clear(&c);
    return st;
}

/* Both degrees for one number of lanes. An error of the graph itself is an error for every number of lanes.
 */
static hcl_status try_lanes(const struct hcl_fx_graph *g, const struct hcl_compile_options *o, uint32_t lanes,
                            struct hcl_layout *l, struct hcl_err *err)
{
    struct hcl_machine m;
    uint32_t k;
    hcl_status st = lower(&m, g, lanes, o->k ? o->k : HCL_MAX_K, err);

    if (st != HCL_OK)
        return st;
    k = hcl_machine_min_k(&m);
    for (uint32_t degree = MIN_DEGREE; degree <= MAX_DEGREE; degree++) {
        struct hcl_candidate *c = &l->candidates[l->num_candidates];
        if (o->degree && degree != o->degree)
            continue;
        *c = (struct hcl_candidate){ .lanes = lanes,
                                     .k = o->k > k ? o->k : k,
                                     .degree = degree,
                                     .rows = m.prog.num_rows,
                                     .table_rows = m.prog.table_rows };
        c->cost = hcl_cost_of(lanes, c->k, degree, c->rows, m.public_weights);
        c->fits = c->k <= HCL_MAX_K && (!o->k || k <= o->k) &&
                  (!o->max_proof_bytes || c->cost.proof_bytes <= o->max_proof_bytes);
        l->num_candidates++;
    }
    hcl_machine_clear(&m);
    return HCL_OK;
}

static bool preferred(const struct hcl_cost *c, const struct hcl_compile_options *o)
{
    return o->max_proof_bytes || c->proof_bytes <= HCL_PREFERRED_PROOF_BYTES;
}

bool hcl_candidate_better(const struct hcl_candidate *a, const struct hcl_candidate *b,
                          const struct hcl_compile_options *o)
{
    if (preferred(&a->cost, o) != preferred(&b->cost, o))
        return preferred(&a->cost, o);
    return hcl_cost_better(&a->cost, &b->cost, o->objective);
}

static const struct hcl_candidate *choose(const struct hcl_layout *l, const struct hcl_compile_options *o)
{
    const struct hcl_candidate *best = NULL;

    for (size_t i = 0; i < l->num_candidates; i++) {
        const struct hcl_candidate *c = &l->candidates[i];
        if (c->fits && (!best || hcl_candidate_better(c, best, o)))
            best = c;
    }
    return best;
}

static hcl_status no_layout(const struct hcl_layout *l, const struct hcl_compile_options *o,
                            struct hcl_err *err)
{
    const struct hcl_candidate *c = l->num_candidates ? &l->candidates[0] : NULL;

    for (size_t i = 1; i < l->num_candidates; i++) {
        const struct hcl_candidate *n = &l->candidates[i];
        if (o->max_proof_bytes ? n->cost.proof_bytes < c->cost.proof_bytes : n->k < c->k)
            c = n;
    }
    if (!c)
        return hcl_fail(err, HCL_BAD_INPUT, "no layout with %u lanes and degree %u", o->lanes, o->degree);
    return hcl_fail(
        err, HCL_BAD_INPUT,
        "no layout fits k = %u and proofs of %zu bytes: the nearest has %u lanes, needs k = %u (%u rows, "
        "%u table rows) and makes proofs of %zu bytes",
        o->k, o->max_proof_bytes, c->lanes, c->k, c->rows, c->table_rows, c->cost.proof_bytes);
}

static hcl_status build(const struct hcl_fx_graph *g, const struct hcl_candidate *best,
                        struct hcl_compiled *out, struct hcl_err *err)
{
    hcl_status st;
    struct hcl_machine m;
    struct hcl_layout tried = out->layout;

    HCL_TRY(lower(&m, g, best->lanes, best->k, err));
    st = hcl_machine_circuit(&m, best->k, best->degree, &out->circuit, err);
    if (st == HCL_OK)
        st = hcl_layout_describe(&out->layout, &m, best->k, best->degree, out->circuit.num_copies, err);
    out->layout.candidates = tried.candidates;
    out->layout.num_candidates = tried.num_candidates;
    out->layout.cost = best->cost;
    if (st == HCL_OK)
        hcl_machine_take_program(&m, best->k, &out->program);
    hcl_machine_clear(&m);
done:
    return st;
}

static hcl_status check_options(const struct hcl_compile_options *o, struct hcl_err *err)
{
    if (o->k > HCL_MAX_K || (o->lanes && (o->lanes < MIN_LANES || o->lanes > HCL_MAX_LANES)) ||
        (o->degree && (o->degree < MIN_DEGREE || o->degree > MAX_DEGREE)))
        return hcl_fail(err, HCL_BAD_INPUT,
                        "k = %u, %u lanes, degree %u: expected k <= %d, 2..%d lanes, degree 4 or 5", o->k,
                        o->lanes, o->degree, HCL_MAX_K, HCL_MAX_LANES);
    return HCL_OK;
}

/* More lanes make longer proofs: pointless once a proof of preferred size is found. */
static bool worth_trying(uint32_t lanes, const struct hcl_layout *l, const struct hcl_compile_options *o)
{
    const struct hcl_candidate *best = choose(l, o);
    struct hcl_cost least = hcl_cost_of(lanes, HCL_MAX_K, MAX_DEGREE, 0, false);

    return !best || !preferred(&best->cost, o) || preferred(&least, o);
}

/* Fill l->candidates and find the best. */
static hcl_status try_all(const struct hcl_fx_graph *g, const struct hcl_compile_options *o, bool all,
                          struct hcl_layout *l, const struct hcl_candidate **best, struct hcl_err *err)
{
    hcl_status st;
    struct hcl_err first = { "" };

    HCL_TRY(check_options(o, err));
    HCL_TRY(hcl_fx_graph_check(g, err));
    l->candidates = calloc(2 * HCL_MAX_LANES, sizeof(*l->candidates));
    if (!l->candidates)
        return hcl_fail(err, HCL_NO_RESOURCE, "out of memory for the layout");
    for (uint32_t lanes = MIN_LANES; lanes <= HCL_MAX_LANES; lanes++) {
        if ((o->lanes && lanes != o->lanes) || (!all && !worth_trying(lanes, l, o)))
            continue;
        st = try_lanes(g, o, lanes, l, &first);
        if (st == HCL_NO_RESOURCE)
            return hcl_fail(err, st, "%s", first.msg);
    }
    *best = choose(l, o);
    if (!*best)
        return first.msg[0] ? hcl_fail(err, HCL_BAD_INPUT, "%s", first.msg) : no_layout(l, o, err);
    return HCL_OK;
done:
    return st;
}

hcl_status hcl_compile_estimate(const struct hcl_fx_graph *g, const struct hcl_compile_options *options,
                                struct hcl_candidate *out, struct hcl_err *err)
{
    struct hcl_layout l = { 0 };
    const struct hcl_candidate *best;
    hcl_status st = try_all(g, options, false, &l, &best, err);

    if (st == HCL_OK)
        *out = *best;
    hcl_layout_clear(&l);
    return st;
}

hcl_status hcl_compile(const struct hcl_fx_graph *g, const struct hcl_compile_options *options,
                       struct hcl_compiled *out, struct hcl_err *err)
{
    hcl_status st;
    const struct hcl_candidate *best;

    *out = (struct hcl_compiled){ 0 };
    HCL_TRY(try_all(g, options, true, &out->layout, &best, err));
    HCL_TRY(build(g, best, out, err));
done:
    if (st != HCL_OK)
        hcl_compiled_clear(out);
    return st;
}

void hcl_compiled_clear(struct hcl_compiled *c)
{
    hcl_circuit_clear(&c->circuit);
    hcl_program_clear(&c->program);
    hcl_layout_clear(&c->layout);
    *c = (struct hcl_compiled){ 0 };
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "compiler/compile.h"
#include "common/halo2/groups.h"
#include "common/witness/team.h"
#include "compiler/gadgets/gadget.h"
#include "compiler/layout/describe.h"
#include "compiler/layout/finish.h"
#include "compiler/layout/own_rows.h"
#include "compiler/primitives/primitive.h"
#include <string.h>

enum { MIN_LANES = 2, MIN_DEGREE = 4, MAX_DEGREE = 5, MORE_K = 2, MORE_COLUMNS = 3 };

static uint32_t rows_of(uint32_t k)
{
    return ((uint32_t)1 << k) - HCL_MACHINE_RESERVED_ROWS;
}

/* Rows of a circuit with 2^k; only the machine is kept. */
static hcl_status lower(struct hcl_machine *m, const struct hcl_fx_graph *g, uint32_t lanes, uint32_t columns,
                        uint32_t k, struct hcl_err *err)
{
    struct hcl_lower c;
    const struct hcl_lower_size size = { .lanes = lanes, .weight_columns = columns, .most_rows = rows_of(k) };
    hcl_status st = hcl_lower_graph(&c, m, g, &size, err);

    hcl_lower_clear(&c);
    return st;
}

uint32_t hcl_compile_random_rows(const struct hcl_fx_graph *g, const struct hcl_compile_options *o)
{
    uint32_t proofs = o->key_proofs ? o->key_proofs : HCL_KEY_PROOFS;
    bool any = false;

    for (size_t i = 0; i < g->num_tensors; i++)
        any |= g->tensors[i].data != NULL;
    return any && g->weight_visibility == HCL_COMMITTED ? proofs + HCL_KEY_SRS : 0;
}

/* The fewest weight columns for 2^k rows; 0: there are not enough. */
static uint32_t fewest_columns(const struct hcl_machine *m, uint32_t k, uint32_t random_rows)
{
    uint32_t lo = 1, hi = HCL_MAX_WEIGHT_COLUMNS;

    if (hcl_machine_min_k(m, hi, random_rows) > k)
        return 0;
    while (lo < hi) {
        uint32_t mid = lo + (hi - lo) / 2;
        if (hcl_machine_min_k(m, mid, random_rows) <= k)
            hi = mid;
        else
            lo = mid + 1;
    }
    return lo;
}

static hcl_status add_candidate(struct hcl_layout *l, const struct hcl_machine *m,
                                const struct hcl_compile_options *o, const struct hcl_shape *s,
                                struct hcl_err *err)
{
    struct hcl_candidate *c = &l->candidates[l->num_candidates++];

    *c = (struct hcl_candidate){ .lanes = s->lanes,
                                 .weight_columns = s->weight_columns,
                                 .k = s->k,
                                 .degree = s->degree,
                                 .rows = s->rows,
                                 .table_rows = m->prog.table_rows };
    c->weight_rows = s->weight_rows;
    c->shape = *s;
    const hcl_status st = hcl_cost_of(&c->cost, s, err);
    c->fits = !o->max_proof_bytes || c->cost.proof_bytes <= o->max_proof_bytes;
    return st;
}

static double node_multiplications(const struct hcl_fx_graph *g, const struct hcl_fx_node *n)
{
    const struct hcl_primitive *kind = hcl_primitive_of(n->op);

    return kind->multiplications ? kind->multiplications(g, n) : 0;
}

static double multiplications(const struct hcl_fx_graph *g)
{
    double sum = 0;

    for (size_t i = 0; i < g->num_nodes; i++)
        sum += node_multiplications(g, &g->nodes[i]);
    return sum;
}

/* What the graph knows of a region and the machine does not. The nodes of a batch are told as the one that
 * they repeat. */
static void describe_node(struct hcl_layout_region *r, const struct hcl_fx_graph *g)
{
    const struct hcl_fx_node *n = &g->nodes[r->node];

    r->node /= hcl_fx_items(g);
    r->origin = n->origin;
    r->primitive = hcl_primitive_of(n->op)->name;
}

/* What counts once for a node: of the last regions of it that follow each other, in which its results are,
 * all have their number, and the first one the multiplications. */
static void count_node(struct hcl_layout_region *r, const struct hcl_layout_region *first,
                       const struct hcl_fx_graph *g)
{
    const uint32_t node = r->node, items = hcl_fx_items(g);
    const struct hcl_fx_node *n = &g->nodes[(size_t)node * items];

    for (;; r--) {
        r->elements = items * hcl_fx_tensor_len(g, n->output);
        if (r == first || r[-1].node != node)
            break;
    }
    r->multiplications = items * node_multiplications(g, n);
}

static hcl_status describe_nodes(struct hcl_layout *l, const struct hcl_fx_graph *g, struct hcl_err *err)
{
    bool *counted = calloc(g->num_nodes + 1, sizeof(*counted));

    if (!counted)
        return hcl_fail(err, HCL_NO_RESOURCE, "out of memory for %zu nodes", g->num_nodes);
    for (size_t i = 0; i < l->num_regions; i++) {
        struct hcl_layout_region *r = &l->regions[i];
        if (r->node != HCL_NONE)
            describe_node(r, g);
        else if (r->tensor != HCL_NONE && g->tensors[r->tensor].item == 0)
            r->elements = hcl_fx_items(g) * hcl_fx_tensor_len(g, r->tensor);
    }
    for (size_t i = l->num_regions; i-- > 0;) {
        struct hcl_layout_region *r = &l->regions[i];
        if (r->node == HCL_NONE || counted[r->node])
            continue;
        counted[r->node] = true;
        count_node(r, l->regions, g);
    }
    free(counted);
    return HCL_OK;
}

static size_t looked_up(const struct hcl_machine *m)
{
    size_t lanes = 0;

    for (uint32_t row = 0; row < m->prog.num_rows; row++)
        lanes += (size_t)__builtin_popcount(m->prog.rows[row].lookups);
    return lanes;
}

static hcl_status add_degrees(const struct hcl_compile_options *o, const struct hcl_machine *m,
                              struct hcl_shape s, struct hcl_layout *l, struct hcl_err *err)
{
    hcl_status st = HCL_OK;

    for (s.degree = MIN_DEGREE; s.degree <= MAX_DEGREE; s.degree++)
        if (!o->degree || s.degree == o->degree)
            HCL_TRY(add_candidate(l, m, o, &s, err));
done:
    return st;
}

static uint32_t count_inputs(const struct hcl_program *p)
{
    uint32_t elements = 0;

    for (uint32_t i = 0; i < p->num_inputs; i++)
        elements += p->inputs[i].len;
    return elements;
}

/* One k: the fewest weight columns, and multiples of them as far as they have fewer weight rows. */
static hcl_status try_k(const struct hcl_fx_graph *g, const struct hcl_compile_options *o,
                        const struct hcl_machine *m, uint32_t k, struct hcl_layout *l, struct hcl_err *err)
{
    hcl_status st = HCL_OK;
    const uint32_t fewest = fewest_columns(m, k, hcl_compile_random_rows(g, o));
    struct hcl_shape s = { .lanes = m->lanes,
                           .k = k,
                           .rows = m->prog.num_rows,
                           .weight_rows = UINT32_MAX,
                           .weight_passes = (uint32_t)hcl_machine_weight_passes(m),
                           .registers = m->prog.registers,
                           .lookups = looked_up(m),
                           .copies = hcl_machine_copies(m),
                           .multiplications = multiplications(g),
                           .weight_digits = m->prog.weight_digits,
                           .private_weights = g->weight_visibility == HCL_PRIVATE,
                           .random_rows = hcl_compile_random_rows(g, o),
                           .row_tables = m->prog.num_row_tables > 0,
                           .table_rows = m->prog.table_rows,
                           .inputs = count_inputs(&m->prog),
                           .public_values = m->prog.num_instance,
                           .gathered = hcl_program_gathered(&m->prog, false),
                           .told = hcl_program_gathered(&m->prog, true),
                           .deliveries = hcl_program_deliveries(&m->prog) };

    for (uint32_t i = 1; fewest && i <= MORE_COLUMNS; i++) {
        const uint32_t before = s.weight_rows, columns = o->weight_columns ? o->weight_columns : i * fewest;
        if (columns < fewest || columns > HCL_MAX_WEIGHT_COLUMNS)
            break;
        s.weight_columns = columns;
        s.weight_rows = (uint32_t)hcl_machine_weight_rows(m, columns);
        s.idle_weight_rows = hcl_machine_idle_weight_rows(m, columns);
        if (s.weight_rows >= before)
            break;
        HCL_TRY(add_degrees(o, m, s, l, err));
    }
done:
    return st;
}

/* An error of the graph itself is an error for every number of lanes. */
static hcl_status try_lanes(const struct hcl_fx_graph *g, const struct hcl_compile_options *o, uint32_t lanes,
                            struct hcl_layout *l, struct hcl_err *err)
{
    struct hcl_machine m;
    uint32_t least;
    hcl_status st = lower(&m, g, lanes, 0, o->k ? o->k : HCL_MAX_K, err);

    if (st != HCL_OK)
        return st;
    least = hcl_machine_min_k(&m, HCL_MAX_WEIGHT_COLUMNS, hcl_compile_random_rows(g, o));
    if (o->k)
        st = try_k(g, o, &m, o->k, l, err);
    /* More rows only for fewer weight columns. */
    for (uint32_t k = least; st == HCL_OK && !o->k && k <= HCL_MAX_K && k <= least + MORE_K; k++)
        if (k == least || fewest_columns(&m, k, hcl_compile_random_rows(g, o)) <
                              fewest_columns(&m, k - 1, hcl_compile_random_rows(g, o)))
            st = try_k(g, o, &m, k, l, err);
    if (st == HCL_OK && o->k && least > o->k)
        (void)hcl_fail(err, HCL_BAD_INPUT,
                       "k = %u is too small: with %u lanes %u rows and %u table rows need k = %u", o->k,
                       lanes, m.prog.num_rows, m.prog.table_rows, least);
    hcl_machine_clear(&m);
    return st;
}

const struct hcl_candidate *hcl_candidate_best(const struct hcl_candidate *const *all, size_t count,
                                               hcl_objective objective)
{
    const struct hcl_candidate *best = NULL;

    for (size_t i = 0; i < count; i++)
        if (all[i]->fits && (!best || hcl_cost_better(&all[i]->cost, &best->cost, objective)))
            best = all[i];
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
    if (o->max_proof_bytes && c->cost.proof_bytes > o->max_proof_bytes)
        return hcl_fail(
            err, HCL_BAD_INPUT,
            "no layout makes proofs of at most %zu bytes: the shortest have %zu (%u lanes, k = %u, "
            "degree %u)",
            o->max_proof_bytes, c->cost.proof_bytes, c->lanes, c->k, c->degree);
    return hcl_fail(err, HCL_BAD_INPUT,
                    "k = %u is too small: with %u lanes %u rows and %u table rows need k = %u", o->k,
                    c->lanes, c->rows, c->table_rows, c->k);
}

static hcl_status build(const struct hcl_fx_graph *g, const struct hcl_compile_options *o,
                        const struct hcl_candidate *best, struct hcl_compiled *out, struct hcl_err *err)
{
    hcl_status st;
    struct hcl_machine m;
    struct hcl_lower c;
    struct hcl_layout tried = out->layout;
    const struct hcl_lower_size size = { best->lanes, best->weight_columns, rows_of(best->k),
                                         best->weight_rows };

    struct hcl_machine_shape shape = { .k = best->k,
                                       .degree = best->degree,
                                       .private_weights = g->weight_visibility == HCL_PRIVATE,
                                       .random_rows = hcl_compile_random_rows(g, o),
                                       .weight_seed =
                                           g->weight_visibility == HCL_COMMITTED ? o->weight_seed : NULL };

    HCL_TRY(hcl_lower_graph(&c, &m, g, &size, err));
    hcl_places_take(&out->places, &c);
    hcl_lower_clear(&c);
    if (shape.weight_seed)
        hcl_machine_blinding_id(&m, &shape, shape.blinding_id);
    memcpy(out->blinding_id, shape.blinding_id, sizeof(out->blinding_id));
    st = hcl_machine_circuit(&m, &shape, &out->circuit, err);
    if (st == HCL_OK)
        st = hcl_layout_describe(&out->layout, &m, best->k, best->degree, out->circuit.num_copies, err);
    if (st == HCL_OK)
        st = describe_nodes(&out->layout, g, err);
    out->layout.candidates = tried.candidates;
    out->layout.num_candidates = tried.num_candidates;
    out->layout.shape = best->shape;
    if (st == HCL_OK)
        st = hcl_groups_count(out->layout.shape.group_columns, &out->circuit, 1, NULL, NULL, err);
    out->layout.random_rows = shape.random_rows;
    if (st == HCL_OK) {
        hcl_machine_take_program(&m, &shape, &out->program);
        st = hcl_own_rows_count(&out->layout.shape, &out->program, &out->circuit, err);
    }
    if (st == HCL_OK)
        st = hcl_cost_of(&out->layout.cost, &out->layout.shape, err);
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

/* Fill l->candidates and find the best. */
static hcl_status try_all(const struct hcl_fx_graph *g, const struct hcl_compile_options *o,
                          struct hcl_layout *l, const struct hcl_candidate **best, struct hcl_err *err)
{
    hcl_status st;
    static const uint32_t lanes[] = { 2, 3, 4, 5, 6, 7, 8, 10, 12, 14, 16, 20, 24, 28, 32 };
    const size_t count = o->lanes ? 1 : sizeof(lanes) / sizeof(*lanes);
    const struct hcl_candidate **all = NULL;
    struct hcl_err first = { "" };

    HCL_TRY(check_options(o, err));
    HCL_TRY(hcl_fx_graph_check(g, err));
    l->candidates = calloc(2 * MORE_COLUMNS * (MORE_K + 1) * count, sizeof(*l->candidates));
    all = calloc(2 * MORE_COLUMNS * (MORE_K + 1) * count, sizeof(*all));
    if (!l->candidates || !all)
        HCL_TRY(hcl_fail(err, HCL_NO_RESOURCE, "out of memory for the layout"));
    for (size_t i = 0; i < count; i++) {
        st = try_lanes(g, o, o->lanes ? o->lanes : lanes[i], l, &first);
        if (st == HCL_NO_RESOURCE)
            HCL_TRY(hcl_fail(err, st, "%s", first.msg));
    }
    for (size_t i = 0; i < l->num_candidates; i++)
        all[i] = &l->candidates[i];
    *best = hcl_candidate_best(all, l->num_candidates, o->objective);
    st = HCL_OK;
    if (!*best)
        st = first.msg[0] ? hcl_fail(err, HCL_BAD_INPUT, "%s", first.msg) : no_layout(l, o, err);
done:
    free(all);
    return st;
}

hcl_status hcl_compile_estimate(const struct hcl_fx_graph *g, const struct hcl_compile_options *options,
                                struct hcl_candidate *out, struct hcl_candidates *all, struct hcl_err *err)
{
    struct hcl_layout l = { 0 };
    const struct hcl_candidate *best;
    hcl_status st = try_all(g, options, &l, &best, err);

    if (st == HCL_OK)
        *out = *best;
    if (all)
        *all = (struct hcl_candidates){ 0 };
    if (all && st == HCL_OK) {
        *all = (struct hcl_candidates){ l.candidates, l.num_candidates };
        l.candidates = NULL;
        l.num_candidates = 0;
    }
    hcl_layout_clear(&l);
    return st;
}

hcl_status hcl_compile(const struct hcl_fx_graph *g, const struct hcl_compile_options *options,
                       struct hcl_compiled *out, struct hcl_err *err)
{
    hcl_status st;
    const struct hcl_candidate *best;

    *out = (struct hcl_compiled){ 0 };
    HCL_TRY(try_all(g, options, &out->layout, &best, err));
    HCL_TRY(build(g, options, best, out, err));
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
    hcl_places_clear(&c->places);
    *c = (struct hcl_compiled){ 0 };
}

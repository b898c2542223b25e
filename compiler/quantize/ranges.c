/* SPDX-License-Identifier: Apache-2.0 */
#include "compiler/fixed/fixed_bounds.h"
#include "compiler/primitives/primitive.h"
#include "compiler/quantize/ranges_internal.h"
#include <math.h>

struct range {
    int64_t lo, hi;
};

static void cover(struct range *r, int64_t lo, int64_t hi)
{
    r->lo = lo < r->lo ? lo : r->lo;
    r->hi = hi > r->hi ? hi : r->hi;
}

/* Where the function is defined. */
static struct range defined(const struct hcl_fx_node *n, struct range q)
{
    const int64_t least = hcl_function_least(&n->function, n->quotient_bits);
    q.lo = q.lo < least ? least : q.lo;
    q.hi = q.hi < q.lo ? q.lo : q.hi;
    return q;
}

/* What the function makes of these quotients. */
static struct range results(const struct hcl_fx_graph *fx, const struct hcl_fx_node *n, struct range q)
{
    const int bits = fx->tensors[n->output].frac_bits;
    const struct range d = defined(n, q);
    if (hcl_function_has(&n->function, HCL_FN_CLAMP)) /* monotone, and ranges are as wide as 2^48 here */
        return (struct range){ hcl_function_round(&n->function, d.lo, n->quotient_bits, bits),
                               hcl_function_round(&n->function, d.hi, n->quotient_bits, bits) };
    struct range all = { INT64_MAX, INT64_MIN };
    for (int64_t i = d.lo; i <= d.hi; i++) {
        const int64_t y = hcl_function_round(&n->function, i, n->quotient_bits, bits);
        cover(&all, y, y);
    }
    return all;
}

static int64_t reach(const struct hcl_fx_ranging *r, uint32_t source)
{
    return hcl_scales_reach(r->scales, r->most, r->setting, source);
}

/* The quotients of node n: [q_lo, q_hi], as far as they are possible at all. Its result: those through the
 * function. */
static hcl_status result_range(const struct hcl_fx_ranging *r, const struct hcl_fx_node *n, struct range *q)
{
    struct hcl_fx_tensor *y = &r->fx->tensors[n->output];
    struct hcl_fx_bounds bounds;
    hcl_status st = hcl_fx_node_bounds(r->fx, n, &bounds, r->err);
    if (st != HCL_OK)
        return st;
    if (!hcl_fx_has_rescale(n->op)) {
        y->lo = bounds.acc_lo;
        y->hi = bounds.acc_hi;
        return HCL_OK;
    }
    q->lo = q->lo > bounds.q_lo ? q->lo : bounds.q_lo;
    q->hi = q->hi < bounds.q_hi ? q->hi : bounds.q_hi;
    if (q->lo > q->hi)
        return hcl_fail(r->err, HCL_BAD_INPUT, "%s: tensor '%s' has no possible value", n->name, y->name);
    *q = defined(n, *q);
    const struct range y_range = results(r->fx, n, *q);
    y->lo = y_range.lo;
    y->hi = y_range.hi;
    return HCL_OK;
}

static void own_inputs(const struct hcl_fx_ranging *r)
{
    for (size_t i = 0; i < r->fx->num_inputs; i++) {
        struct hcl_fx_tensor *x = &r->fx->tensors[r->fx->inputs[i]];
        if (x->whole)
            continue;
        x->hi = reach(r, r->g->inputs[i]);
        x->lo = -x->hi;
    }
}

/* Every node's own quotients, in topological order. 0 is among them, so that ranges of a kind overlap. */
static hcl_status own_ranges(const struct hcl_fx_ranging *r)
{
    hcl_status st = HCL_OK;
    own_inputs(r);
    for (size_t i = 0; i < r->fx->num_nodes; i++) {
        struct hcl_fx_node *n = &r->fx->nodes[i];
        struct range q = { 0, 0 };
        if (hcl_fx_has_rescale(n->op)) {
            q.hi = reach(r, r->source[i]);
            q.lo = -q.hi;
        }
        HCL_TRY(result_range(r, n, &q));
        n->q_lo = q.lo < 0 ? q.lo : 0;
        n->q_hi = q.hi > 0 ? q.hi : 0;
        if (hcl_fx_has_rescale(n->op))
            n->q_lo = defined(n, (struct range){ n->q_lo, n->q_hi }).lo;
    }
done:
    return st;
}

static bool same_function(const struct hcl_fx_ranging *r, const struct hcl_fx_node *a,
                          const struct hcl_fx_node *b)
{
    return hcl_fx_same_function(r->fx, a, b);
}

/* Nodes of n's function, and inputs if it is the identity, together and stretched. */
static struct range shared_range(const struct hcl_fx_ranging *r, const struct hcl_fx_node *n)
{
    struct range all = { n->q_lo, n->q_hi };
    for (size_t j = 0; j < r->fx->num_nodes; j++) {
        const struct hcl_fx_node *m = &r->fx->nodes[j];
        if (hcl_fx_has_rescale(m->op) && same_function(r, n, m))
            cover(&all, m->q_lo, m->q_hi);
    }
    for (size_t j = 0; j < r->fx->num_inputs && n->function.id == HCL_FN_IDENTITY; j++)
        if (!r->fx->tensors[r->fx->inputs[j]].whole)
            cover(&all, r->fx->tensors[r->fx->inputs[j]].lo, r->fx->tensors[r->fx->inputs[j]].hi);
    all.lo = defined(n, (struct range){ (int64_t)ceil((double)all.lo * r->setting->stretch), all.hi }).lo;
    all.hi = (int64_t)floor((double)all.hi * r->setting->stretch);
    return all;
}

static void set_range(const struct hcl_fx_ranging *r, const struct hcl_fx_node *like, struct range to)
{
    for (size_t j = 0; j < r->fx->num_nodes; j++) {
        struct hcl_fx_node *m = &r->fx->nodes[j];
        if (hcl_fx_has_rescale(m->op) && same_function(r, like, m)) {
            m->q_lo = to.lo;
            m->q_hi = to.hi;
        }
    }
    for (size_t j = 0; j < r->fx->num_inputs && like->function.id == HCL_FN_IDENTITY; j++) {
        if (r->fx->tensors[r->fx->inputs[j]].whole)
            continue;
        r->fx->tensors[r->fx->inputs[j]].lo = to.lo;
        r->fx->tensors[r->fx->inputs[j]].hi = to.hi;
    }
}

/* Whether a node before i has its function. */
static bool seen(const struct hcl_fx_ranging *r, size_t i)
{
    for (size_t j = 0; j < i; j++)
        if (hcl_fx_has_rescale(r->fx->nodes[j].op) && same_function(r, &r->fx->nodes[j], &r->fx->nodes[i]))
            return true;
    return false;
}

static void share_ranges(const struct hcl_fx_ranging *r)
{
    for (size_t i = 0; i < r->fx->num_nodes; i++) {
        const struct hcl_fx_node *n = &r->fx->nodes[i];
        if (hcl_fx_has_rescale(n->op) && !seen(r, i))
            set_range(r, n, shared_range(r, n));
    }
}

/* Where the elements of tensor t come from: the node that rescaled them, NULL for others. */
static const struct hcl_fx_node *origin(const struct hcl_fx_graph *fx, uint32_t t)
{
    for (size_t i = fx->num_nodes; i-- > 0;) {
        const struct hcl_fx_node *n = &fx->nodes[i];
        if (n->output != t)
            continue;
        if (!hcl_primitive_of(n->op)->moves)
            return hcl_fx_has_rescale(n->op) ? n : NULL;
        t = n->inputs[0];
    }
    return NULL;
}

/* Most of |a - b| for two elements of a maximum's operand, given the shared ranges. */
static int64_t largest_difference(const struct hcl_fx_ranging *r, const struct hcl_fx_node *maximum)
{
    const struct hcl_fx_node *from = origin(r->fx, maximum->inputs[0]);
    if (from == NULL) {
        const struct hcl_fx_tensor *x = &r->fx->tensors[maximum->inputs[0]];
        return (x->hi > 0 ? x->hi : 0) - (x->lo < 0 ? x->lo : 0);
    }
    const struct range all = results(r->fx, from, (struct range){ from->q_lo, from->q_hi });
    return all.hi - all.lo;
}

/* A maximum looks differences up in relu, so relu's table holds them, and every RELU's quotients may. Those
 * of a RELU's own results are below its largest quotient: one pass is enough. */
static void cover_differences(const struct hcl_fx_ranging *r)
{
    for (size_t i = 0; i < r->fx->num_nodes; i++) {
        const struct hcl_fx_node *n = &r->fx->nodes[i];
        if (!hcl_fx_has_rescale(n->op) || n->function.id != HCL_FN_RELU)
            continue;
        struct range all = { n->q_lo, n->q_hi };
        for (size_t j = 0; j < r->fx->num_nodes; j++)
            if (r->fx->nodes[j].op == HCL_FX_MAX_POOL) {
                const int64_t span = largest_difference(r, &r->fx->nodes[j]);
                cover(&all, -span, span);
            }
        set_range(r, n, all);
        return;
    }
}

static hcl_status make_table(const struct hcl_fx_ranging *r, struct hcl_fx_node *n)
{
    if (n->q_hi - n->q_lo >= HCL_FX_TABLE_MAX)
        return hcl_fail(r->err, HCL_BAD_INPUT,
                        "%s: values of '%s' up to %lld need a table of more than 2^24 rows", n->name,
                        r->fx->tensors[n->output].name, (long long)n->q_hi);
    if (n->function.id == HCL_FN_IDENTITY)
        return HCL_OK;
    n->fn = malloc((size_t)(n->q_hi - n->q_lo + 1) * sizeof *n->fn);
    if (n->fn == NULL)
        return hcl_fail(r->err, HCL_NO_RESOURCE, "no memory for a table of %lld entries",
                        (long long)n->q_hi - n->q_lo + 1);
    for (int64_t q = n->q_lo; q <= n->q_hi; q++)
        n->fn[q - n->q_lo] =
            hcl_function_round(&n->function, q, n->quotient_bits, r->fx->tensors[n->output].frac_bits);
    return HCL_OK;
}

/* Tensor ranges again: quotients may use the shared ranges. */
static hcl_status final_ranges(const struct hcl_fx_ranging *r)
{
    hcl_status st = HCL_OK;
    for (size_t i = 0; i < r->fx->num_nodes; i++) {
        struct hcl_fx_node *n = &r->fx->nodes[i];
        struct range q = { n->q_lo, n->q_hi };
        HCL_TRY(result_range(r, n, &q));
        if (hcl_fx_has_rescale(n->op))
            HCL_TRY(make_table(r, n));
    }
done:
    return st;
}

hcl_status hcl_fx_assign_ranges(const struct hcl_fx_ranging *r)
{
    hcl_status st = own_ranges(r);
    if (st != HCL_OK)
        return st;
    share_ranges(r);
    cover_differences(r);
    return final_ranges(r);
}

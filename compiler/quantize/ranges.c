/* SPDX-License-Identifier: Apache-2.0 */
#include "compiler/graph/fixed_bounds.h"
#include "compiler/quantize/ranges_internal.h"
#include <math.h>
#include <string.h>

#define MAX_TABLE ((double)(1 << 24))

hcl_status hcl_fx_calibrated_range(const struct hcl_fx_ranging *r, uint32_t source, int bits,
                                   const char *name, int64_t *lo, int64_t *hi)
{
    double from = fmin(r->lo[source], 0), to = fmax(r->hi[source], 0), room = r->margin * (to - from);
    double least = floor(ldexp(from - room, bits)) - 1, most = ceil(ldexp(to + room, bits)) + 1;
    if (!(most - least < MAX_TABLE))
        return hcl_fail(
            r->err, HCL_BAD_INPUT,
            "%s: tensor '%s' ranges over [%g, %g], which overflows a table of 2^24 rows at %d fraction bits",
            name, r->g->tensors[source].name, r->lo[source], r->hi[source], bits);
    *lo = (int64_t)least;
    *hi = (int64_t)most;
    return HCL_OK;
}

static int bits_of(const struct hcl_fx_ranging *r, uint32_t tensor)
{
    return r->fx->tensors[tensor].frac_bits;
}

/* What every function is: q, no less than lo, no more than hi. Monotone. */
struct clamp {
    int64_t lo, hi;
};

static struct clamp clamp_of(const char *fn_name, int bits)
{
    if (strcmp(fn_name, "identity") == 0)
        return (struct clamp){ INT64_MIN, INT64_MAX };
    return (struct clamp){ 0, strcmp(fn_name, "relu6") == 0 ? (int64_t)6 << bits : INT64_MAX };
}

static int64_t apply(struct clamp c, int64_t q)
{
    return q < c.lo ? c.lo : q > c.hi ? c.hi : q;
}

/* Output range of node n: quotients both in [q_lo, q_hi] and possible at all, through the function. */
static hcl_status result_range(const struct hcl_fx_ranging *r, const struct hcl_fx_node *n, int64_t *q_lo,
                               int64_t *q_hi)
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
    *q_lo = *q_lo > bounds.q_lo ? *q_lo : bounds.q_lo;
    *q_hi = *q_hi < bounds.q_hi ? *q_hi : bounds.q_hi;
    if (*q_lo > *q_hi)
        return hcl_fail(r->err, HCL_BAD_INPUT, "%s: tensor '%s' has no possible value", n->name, y->name);
    struct clamp clamp = clamp_of(n->fn_name, y->frac_bits);
    y->lo = apply(clamp, *q_lo);
    y->hi = apply(clamp, *q_hi);
    return HCL_OK;
}

/* Every node's own quotient range, in topological order. */
static hcl_status own_ranges(const struct hcl_fx_ranging *r)
{
    hcl_status st = HCL_OK;
    for (size_t i = 0; i < r->fx->num_nodes; i++) {
        struct hcl_fx_node *n = &r->fx->nodes[i];
        if (hcl_fx_has_rescale(n->op))
            HCL_TRY(
                hcl_fx_calibrated_range(r, r->source[i], bits_of(r, n->output), n->name, &n->q_lo, &n->q_hi));
        HCL_TRY(result_range(r, n, &n->q_lo, &n->q_hi));
    }
done:
    return st;
}

static bool same_function(const struct hcl_fx_ranging *r, const struct hcl_fx_node *x,
                          const struct hcl_fx_node *y)
{
    return strcmp(x->fn_name, y->fn_name) == 0 && bits_of(r, x->output) == bits_of(r, y->output);
}

static void widen(struct hcl_fx_node *n, int64_t lo, int64_t hi)
{
    n->q_lo = lo < n->q_lo ? lo : n->q_lo;
    n->q_hi = hi > n->q_hi ? hi : n->q_hi;
}

/* Nodes of equal function and bits get one range, the hull of theirs; identity's covers the graph inputs. */
static void share_ranges(const struct hcl_fx_ranging *r)
{
    struct hcl_fx_graph *fx = r->fx;
    for (size_t i = 0; i < fx->num_nodes; i++) {
        struct hcl_fx_node *n = &fx->nodes[i];
        if (!hcl_fx_has_rescale(n->op))
            continue;
        for (size_t j = 0; j < fx->num_nodes; j++) {
            const struct hcl_fx_node *m = &fx->nodes[j];
            if (hcl_fx_has_rescale(m->op) && same_function(r, n, m))
                widen(n, m->q_lo, m->q_hi);
        }
        for (size_t j = 0; j < fx->num_inputs && strcmp(n->fn_name, "identity") == 0; j++) {
            const struct hcl_fx_tensor *x = &fx->tensors[fx->inputs[j]];
            if (x->frac_bits == bits_of(r, n->output))
                widen(n, x->lo, x->hi);
        }
    }
}

static hcl_status make_table(const struct hcl_fx_ranging *r, struct hcl_fx_node *n)
{
    if (!hcl_fx_has_rescale(n->op) || strcmp(n->fn_name, "identity") == 0)
        return HCL_OK;
    n->fn = malloc((size_t)(n->q_hi - n->q_lo + 1) * sizeof *n->fn);
    if (n->fn == NULL)
        return hcl_fail(r->err, HCL_NO_RESOURCE, "no memory for a table of %lld entries",
                        (long long)n->q_hi - n->q_lo + 1);
    struct clamp clamp = clamp_of(n->fn_name, bits_of(r, n->output));
    for (int64_t q = n->q_lo; q <= n->q_hi; q++)
        n->fn[q - n->q_lo] = apply(clamp, q);
    return HCL_OK;
}

/* Tensor ranges again, now that quotients may use the shared ranges. */
static hcl_status final_ranges(const struct hcl_fx_ranging *r)
{
    hcl_status st = HCL_OK;
    for (size_t i = 0; i < r->fx->num_nodes; i++) {
        struct hcl_fx_node *n = &r->fx->nodes[i];
        int64_t q_lo = n->q_lo, q_hi = n->q_hi;
        HCL_TRY(result_range(r, n, &q_lo, &q_hi));
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
    return final_ranges(r);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "compiler/primitives/picks.h"
#include "compiler/fixed/fixed_bounds.h"
#include "compiler/gadgets/picks.h"
#include "compiler/primitives/tables.h"

static bool comes_before(const int64_t *x, size_t a, size_t b, bool least)
{
    if (x[a] != x[b])
        return least ? x[a] < x[b] : x[a] > x[b];
    return a < b;
}

void hcl_pick_numbers(const int64_t *x, size_t n, bool least, int64_t *out, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        size_t best = n;
        for (size_t e = 0; e < n; e++) {
            const bool picked =
                i > 0 && (e == (size_t)out[i - 1] || comes_before(x, e, (size_t)out[i - 1], least));
            if (!picked && (best == n || comes_before(x, e, best, least)))
                best = e;
        }
        out[i] = (int64_t)best;
    }
}

static uint32_t vectors(const struct hcl_fx_graph *g, const struct hcl_fx_node *n)
{
    return (uint32_t)(hcl_fx_tensor_len(g, n->inputs[0]) / g->tensors[n->inputs[0]].dims[3]);
}

static uint32_t count_of(const struct hcl_fx_graph *g, const struct hcl_fx_node *n)
{
    return (uint32_t)(hcl_fx_tensor_len(g, n->output) / vectors(g, n));
}

hcl_status hcl_primitive_check_picks(const struct hcl_fx_graph *g, const struct hcl_fx_node *n, bool numbers,
                                     struct hcl_err *err)
{
    const struct hcl_fx_tensor *x = &g->tensors[n->inputs[0]], *y = &g->tensors[n->output];
    if (hcl_fx_tensor_len(g, n->output) % vectors(g, n) != 0 || count_of(g, n) > x->dims[3])
        return hcl_primitive_fail(err, n, "its result has more elements than there are to pick");
    if (numbers ? y->frac_bits != 0 || !y->whole : y->frac_bits != x->frac_bits)
        return hcl_primitive_fail(err, n, "its result is of another scale than what is picked");
    if (x->hi - x->lo >= HCL_FX_TABLE_MAX / 4)
        return hcl_primitive_fail(err, n, "its elements are too far apart for a table of differences");
    return HCL_OK;
}

void hcl_primitive_picks_tables(const struct hcl_fx_graph *g, const struct hcl_fx_node *n,
                                struct hcl_tables *t)
{
    const struct hcl_fx_tensor *x = &g->tensors[n->inputs[0]];
    hcl_tables_add(t, HCL_TABLE_PICKS, -1, hcl_picks_most(x->lo, x->hi, count_of(g, n)), NULL);
}

void hcl_primitive_place_picks(struct hcl_lower *c, uint32_t node, bool least, uint32_t which)
{
    const struct hcl_fx_node *n = &c->g->nodes[node];
    const uint32_t *dims = c->g->tensors[n->output].dims;
    const uint32_t *cells = hcl_picks_place(c, node, count_of(c->g, n), least);
    struct hcl_view out = hcl_machine_view(c->m, dims[1], dims[2], dims[3]);

    for (size_t i = 0; cells && c->m->status == HCL_OK && i < hcl_fx_tensor_len(c->g, n->output); i++)
        out.cells[i] = cells[2 * i + which];
    hcl_gadget_set_output(c, node, hcl_view_simplified(c->m, &out));
}

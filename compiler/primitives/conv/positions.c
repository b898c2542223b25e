/* SPDX-License-Identifier: Apache-2.0 */
/* With N cells of a plane, M of an output's rows, e(i) = N-1-first-i, and w_o as weight M-1-o of a pass:
 *
 *   sum_i s^e(i) Z_i(t)  =  sum_k X_k(s) V_k(t) + sum_i s^e(i) sum_o t^(M-1-o) b_o + c sum_i s^e(i) R_i(t)
 *
 * Coefficient by coefficient: output o of position i is right, and the accumulators behind the outputs are 0,
 * where their Y is a copy of 0. Cells of a plane that are no position are 0, so the right side has no other
 * powers of s. */
#include "compiler/primitives/conv/positions.h"
#include "compiler/fixed/fixed_bounds.h"
#include "compiler/gadgets/functional.h"
#include "compiler/gadgets/scale.h"
#include "compiler/primitives/filter.h"
#include <string.h>

/* What reads a tensor, what only moves it looked through. */
struct readers {
    bool along_channels; /* a NORM, or a product whose sums take rows of it */
    bool any;
};

/* A product's second operand as it is, or its first one transposed: the inner index is not the last one. */
static bool multiplies_rows(const struct hcl_fx_node *n, size_t operand)
{
    return n->op == HCL_FX_MATMUL && (operand == 0 ? n->a_adjoint : !n->b_adjoint);
}

static void find_readers(const struct hcl_fx_graph *g, uint32_t tensor, bool moved, struct readers *r)
{
    for (size_t i = 0; i < g->num_nodes; i++)
        for (size_t k = 0; k < HCL_FX_MOST_OPERANDS; k++) {
            const struct hcl_fx_node *n = &g->nodes[i];
            if (n->inputs[k] != tensor)
                continue;
            if (n->op == HCL_FX_MOVE || n->op == HCL_FX_RESHAPE) {
                find_readers(g, n->output, true, r);
                continue;
            }
            r->any = true;
            r->along_channels =
                r->along_channels || multiplies_rows(n, k) || (n->op == HCL_FX_NORM && !moved);
        }
}

bool hcl_positions_wanted(const struct hcl_lower *c, uint32_t node, const struct hcl_planes *p)
{
    const struct hcl_fx_node *nd = &c->g->nodes[node];
    const uint32_t *out = c->g->tensors[nd->output].dims;
    const uint64_t count = (uint64_t)out[1] * out[2];
    struct readers readers = { 0 };

    if (nd->inputs[3] != HCL_FX_NONE && hcl_filter_adds_everywhere(c->g, nd))
        return false;
    if (p->kernel_h != 1 || p->kernel_w != 1 || nd->stride_y != 1 || nd->stride_x != 1 || p->phases != 1 ||
        p->front_rows || (out[1] > 1 && p->pitch != out[2]) || (p->items > 1 && p->item_pitch != count))
        return false;
    find_readers(c->g, nd->output, false, &readers);
    if (readers.any ? !readers.along_channels
                    : p->items * count * (hcl_rows_for(c->m, out[3]) + 1) >=
                          (uint64_t)out[3] * (p->front_rows + p->rows))
        return false;
    return hcl_planes_clear(c, node, p);
}

/* What is added, as vectors along its channels: where they lie if those of all items follow each other, else
 * copies. Returns their first row. */
static uint32_t residual_rows(struct hcl_lower *c, const struct hcl_positions *q, const struct hcl_planes *p)
{
    const struct hcl_view *v = hcl_planes_item(c, q->node, 3, 0);
    const uint32_t count = q->count / p->items;
    bool follow = true;
    uint32_t *cells, first = 0;

    for (uint32_t n = 0; n < p->items; n++) {
        const struct hcl_view *x = hcl_planes_item(c, q->node, 3, n);
        follow = follow && x->by_position && x->first_row == v->first_row + n * count * q->rows;
    }
    if (p->items == 1 || follow)
        return hcl_vectors_of_view(c, q->node, v).first;
    cells = malloc((size_t)q->count * q->outputs * sizeof(*cells));
    if (!cells)
        hcl_machine_fail(c->m, HCL_NO_RESOURCE, "out of memory for a copy of %u vectors", q->count);
    for (uint32_t n = 0; cells && n < p->items; n++) {
        uint32_t *one = hcl_vectors_of(c, hcl_planes_item(c, q->node, 3, n));
        if (one)
            memcpy(cells + (size_t)n * count * q->outputs, one, (size_t)count * q->outputs * sizeof(*one));
        free(one);
    }
    if (cells && c->m->status == HCL_OK)
        first = hcl_vectors_place(c, q->node, cells, q->count, q->outputs).first;
    free(cells);
    return first;
}

struct hcl_positions hcl_positions_of(struct hcl_lower *c, uint32_t node, const struct hcl_planes *p)
{
    const struct hcl_fx_node *nd = &c->g->nodes[node];
    const uint32_t *out = c->g->tensors[nd->output].dims;
    struct hcl_positions q = { .node = node,
                               .count = p->items * out[1] * out[2],
                               .first = p->out_origin,
                               .outputs = out[3],
                               .rows = hcl_rows_for(c->m, out[3]),
                               .spread = hcl_spread_first(c->m->prog.weight_digits, c->m->lanes, out[3]),
                               .cells = (uint64_t)p->rows * c->m->lanes };

    if (nd->inputs[3] == HCL_FX_NONE)
        return q;
    if (!c->placed[nd->inputs[3]]) {
        hcl_machine_fail(c->m, HCL_BAD_INPUT, "'%s': what it adds is not computed before it", nd->name);
        return q;
    }
    q.res_bits = (uint32_t)__builtin_ctzll((uint64_t)nd->b_mul);
    q.res_rows = q.res_stride = q.rows;
    q.res_row = residual_rows(c, &q, p);
    return q;
}

static struct hcl_cell power_of(struct hcl_machine *m, const struct hcl_positions *q, uint32_t i)
{
    return hcl_machine_s_power(m, q->cells - 1 - q->first - i);
}

struct hcl_cell hcl_positions_ones(struct hcl_machine *m, const struct hcl_positions *q)
{
    const struct hcl_cell g = hcl_functional_geometric(m, q->count, hcl_machine_s_power);
    const uint64_t behind = q->cells - q->first - q->count;

    return behind ? hcl_machine_dot(m, g, hcl_machine_s_power(m, behind), false) : g;
}

/* sum_i s^e(i) of position i's cells, summed as the weights are. ends: of each position, the cell with its
 * sum in t; those above hold the sums of the rows so far. */
static struct hcl_cell sum_positions(struct hcl_machine *m, const struct hcl_positions *q,
                                     const struct hcl_cell *ends)
{
    struct hcl_cell sums[HCL_MAX_CUTS];
    uint32_t at[HCL_MAX_CUTS];
    const uint32_t cuts = hcl_spread_cuts(&q->spread, at);

    for (uint32_t k = 0; k < cuts; k++)
        for (uint32_t i = 0; i < q->count; i++)
            sums[k] = hcl_machine_dot(m, hcl_cell_at(ends[i].row - at[k] / m->lanes, ends[i].at),
                                      power_of(m, q, i), i > 0);
    return hcl_machine_spread_sum(m, &q->spread, sums);
}

/* The ends of the positions' sums: of outputs in rows from first_row on, or of what is added. NULL: out of
 * memory. */
static struct hcl_cell *list_ends(struct hcl_machine *m, const struct hcl_positions *q, bool outputs,
                                  uint32_t first_row)
{
    struct hcl_cell *ends = calloc(q->count, sizeof(*ends));

    if (!ends)
        hcl_machine_fail(m, HCL_NO_RESOURCE, "out of memory for the sums of %u positions", q->count);
    for (uint32_t i = 0; ends && i < q->count; i++)
        ends[i] = outputs ? hcl_cell_at(first_row + (i + 1) * q->rows - 1, HCL_AT_A0)
                          : hcl_machine_hyt(m, q->res_row + i * q->res_stride, q->res_rows);
    return ends;
}

static void prepare_powers(struct hcl_machine *m, const struct hcl_positions *q)
{
    for (uint32_t i = 0; i < q->count; i++)
        power_of(m, q, i);
}

/* c sum_i s^e(i) R_i(t) */
static struct hcl_cell added(struct hcl_machine *m, const struct hcl_positions *q)
{
    const struct hcl_cell factor = hcl_machine_two_power(m, q->res_bits);
    struct hcl_cell *ends = list_ends(m, q, false, 0), sum = { 0 };

    prepare_powers(m, q);
    if (ends)
        sum = hcl_machine_dot(m, sum_positions(m, q, ends), factor, false);
    free(ends);
    return sum;
}

struct hcl_cell hcl_positions_right(struct hcl_machine *m, const struct hcl_positions *q, struct hcl_cell sum)
{
    const struct hcl_cell one = hcl_cell_y(m, hcl_machine_one(m));
    struct hcl_cell rest;

    if (q->res_rows == 0)
        return sum;
    rest = added(m, q);
    hcl_machine_dot(m, sum, one, false);
    return hcl_machine_dot(m, rest, one, true);
}

static void append(struct hcl_lower *c, const struct hcl_positions *q, const struct hcl_fx_node *nd)
{
    struct hcl_machine *m = c->m;
    struct hcl_row_spec spec = { .s = nd->divisor, .fn = hcl_gadget_fn(c, q->node) };

    spec.range = hcl_machine_remainder(m, nd->divisor);
    for (uint32_t i = 0; i < q->count; i++)
        for (uint32_t row = 0; row < q->rows; row++) {
            const uint32_t left = q->outputs - row * m->lanes, valid = left < m->lanes ? left : m->lanes;
            spec.flags = HCL_ROW_BLOCK | HCL_ROW_HT | (row ? HCL_ROW_CONT0 : 0);
            spec.lookups = hcl_lanes_below(valid);
            hcl_row_clear_gaps(m, &spec);
            hcl_machine_row(m, &spec);
        }
}

static void set_views(struct hcl_lower *c, const struct hcl_positions *q, const struct hcl_planes *p,
                      uint32_t first)
{
    const uint32_t *out = c->g->tensors[c->g->nodes[q->node].output].dims, count = q->count / p->items;

    for (uint32_t n = 0; n < p->items; n++)
        hcl_gadget_set_output(c, q->node + n,
                              hcl_machine_view_positions(c->m, out, first + n * count * q->rows, 0));
}

struct hcl_cell hcl_positions_outputs(struct hcl_lower *c, const struct hcl_planes *p,
                                      const struct hcl_positions *q, const uint32_t *passes, uint32_t limbs)
{
    const struct hcl_fx_node *nd = &c->g->nodes[q->node];
    struct hcl_machine *m = c->m;
    struct hcl_cell *ends, sum = { 0 };
    struct hcl_block b = { .kind = HCL_BLOCK_ROWS,
                           .label = q->node,
                           .in_row = p->first_row,
                           .in_rows = p->rows,
                           .in_stride = p->stride,
                           .in_channels = p->count,
                           .group = p->count,
                           .origin = q->first,
                           .out_rows = q->rows,
                           .out_channels = q->count,
                           .out_w = q->outputs,
                           .kernel_h = 1,
                           .kernel_w = 1,
                           .limbs = limbs,
                           .bias = HCL_NONE,
                           .res_row = q->res_row,
                           .res_rows = q->res_rows,
                           .res_stride = q->res_stride,
                           .res_bits = q->res_bits };

    hcl_gadget_region(c, q->node, "outputs", nd->output);
    prepare_powers(m, q);
    b.passes = hcl_machine_list(m, passes, p->count);
    if (nd->inputs[2] != HCL_FX_NONE)
        b.bias = hcl_machine_pool(m, c->g->tensors[nd->inputs[2]].data, q->outputs);
    b.out_row = hcl_machine_next_row(m);
    hcl_machine_block(m, &b);
    append(c, q, nd);
    set_views(c, q, p, b.out_row);
    ends = list_ends(m, q, true, b.out_row);
    if (ends)
        sum = sum_positions(m, q, ends);
    free(ends);
    return sum;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* A pick of a vector x of n elements: m and i, its value and number, of which h_e = [e = i] and b_e = [e < i]
 * are told in Y cells, 0 beyond the n elements and, b, in the last of them. With d_e = m - x_e (least: x_e -
 * m)
 *
 *   q_e = d_e - b_e - h_e + 2^w [picked before]      (q_e, h_e) looked up: (-1, 1), or (q, 0) for 0 <= q
 *   b_e - b_(e-1) = -h_e, b_(-1) = 1
 *
 * The second line has b fall from 1 to 0 where h is 1, and there only; so there is one such e, i = sum_e b_e,
 * q_i = -1 says that x_i = m, and the rest that x_e < m in front of it and x_e <= m behind it. What was
 * picked before is 2^w farther away than any two elements are from each other: it is not picked again. As
 * polynomials in t, of degree below N (B = sum_e t^(N-1-e) b_e, and so on):
 *
 *   Q + X + B + H = m G + 2^w sum H'                 (least: Q + B + H + m G = X + 2^w sum H')
 *   t H + t B = t^N + B
 *
 * All cells are of phase 0, so both hold coefficient by coefficient, up to an error of some 2N/r. */
#include "compiler/gadgets/picks.h"
#include "compiler/fixed/fixed_bounds.h"
#include "compiler/gadgets/functional.h"
#include "compiler/gadgets/scale.h"
#include <stdlib.h>

/* What was laid out for one operand. */
struct hcl_picks {
    struct hcl_picks *next;
    uint32_t operand, count, vectors;
    bool least;
    uint32_t *cells; /* [vectors][count][2] */
};

struct picking {
    struct hcl_lower *c;
    struct hcl_vectors x;
    uint32_t node, fn, range, width; /* width: w */
    bool least;
    struct hcl_cell one, ones, t, top, away; /* 1, G(t), t, t^N, 2^w */
};

static uint32_t width_of(int64_t span)
{
    uint32_t w = 0;

    while (w < 60 && (int64_t)1 << w <= span)
        w++;
    return w;
}

int64_t hcl_picks_most(int64_t lo, int64_t hi, uint32_t count)
{
    const int64_t span = hi - lo;

    return span + (count > 1 ? (int64_t)1 << width_of(span) : 0);
}

static uint32_t table(struct hcl_lower *c, int64_t most)
{
    int64_t *values = calloc((size_t)most + 2, sizeof(*values));
    uint32_t fn = 0;

    if (!values)
        hcl_machine_fail(c->m, HCL_NO_RESOURCE, "out of memory for a table");
    else {
        values[0] = 1;
        fn = hcl_machine_fn(c->m, -1, most, values);
    }
    free(values);
    return fn;
}

static void append_rows(const struct picking *p, struct hcl_row_spec spec, bool looked_up, uint32_t last_zero)
{
    struct hcl_machine *m = p->c->m;
    const uint32_t lanes = m->lanes;

    for (uint32_t row = 0; row < p->x.rows; row++) {
        const uint32_t left = p->x.n - row * lanes, valid = left < lanes ? left : lanes;
        struct hcl_row_spec s = spec;
        s.flags |= row ? HCL_ROW_CONT1 | (spec.flags & HCL_ROW_HT ? HCL_ROW_CONT0 : 0) : 0;
        s.lookups = looked_up ? hcl_lanes_below(valid) : 0;
        for (uint32_t j = 0; j < lanes; j++)
            if (row * lanes + j + last_zero >= p->x.n)
                s.y[j] = HCL_SRC_CELL | hcl_machine_zero(m);
        hcl_machine_row(m, &s);
    }
}

/* The cells of one pick; returns their first row. picked: the rows of earlier ones. */
static uint32_t append_block(const struct picking *p, uint32_t vector, const uint32_t *picked,
                             uint32_t before)
{
    struct hcl_machine *m = p->c->m;
    const struct hcl_row_spec q = {
        .flags = HCL_ROW_BLOCK | HCL_ROW_HT | HCL_ROW_HYT, .s = 1, .fn = p->fn, .range = p->range
    };
    const struct hcl_row_spec b = { .flags = HCL_ROW_BLOCK | HCL_ROW_HYT | HCL_ROW_SUM },
                              end = { .flags = HCL_ROW_BLOCK };
    const struct hcl_block block = { .kind = HCL_BLOCK_PICK,
                                     .label = p->node,
                                     .in_row = hcl_vectors_row(&p->x, vector),
                                     .in_rows = p->x.rows,
                                     .out_row = hcl_machine_next_row(m),
                                     .out_rows = 2 * p->x.rows + 1,
                                     .out_channels = 1,
                                     .out_w = p->x.n,
                                     .limbs = p->least ? 2 : 1,
                                     .in_list = hcl_machine_list(m, picked, before),
                                     .in_channels = before,
                                     .res_bits = p->width };

    hcl_machine_block(m, &block);
    append_rows(p, q, true, 0);
    append_rows(p, b, false, 1);
    hcl_machine_row(m, &end);
    return block.out_row;
}

/* Both identities. first: of the pick's rows; picked: of earlier ones. */
static void tie(const struct picking *p, uint32_t vector, uint32_t first, const uint32_t *picked,
                uint32_t before)
{
    struct hcl_machine *m = p->c->m;
    const uint32_t rows = p->x.rows, end = first + 2 * rows;
    const struct hcl_cell x = hcl_machine_hyt(m, hcl_vectors_row(&p->x, vector), rows);
    const struct hcl_cell q = hcl_cell_at(first + rows - 1, HCL_AT_A0),
                          h = hcl_cell_at(first + rows - 1, HCL_AT_A1), b = hcl_cell_at(end - 1, HCL_AT_A1),
                          value = hcl_cell_y(m, end * m->lanes);
    struct hcl_cell left, right;

    hcl_machine_dot(m, q, p->one, false);
    hcl_machine_dot(m, h, p->one, true);
    hcl_machine_dot(m, b, p->one, true);
    left = hcl_machine_dot(m, p->least ? p->ones : x, p->least ? value : p->one, true);
    right = hcl_machine_dot(m, p->least ? x : p->ones, p->least ? p->one : value, false);
    for (uint32_t i = 0; i < before; i++)
        right = hcl_machine_dot(m, hcl_cell_at(picked[i] + rows - 1, HCL_AT_A1), p->away, true);
    hcl_machine_equal(m, left, right);
    hcl_machine_dot(m, h, p->t, false);
    left = hcl_machine_dot(m, b, p->t, true);
    hcl_machine_dot(m, p->top, p->one, false);
    right = hcl_machine_dot(m, b, p->one, true);
    hcl_machine_equal(m, left, right);
    hcl_machine_equal(m, hcl_cell_at(end - 1, HCL_AT_B), hcl_cell_y(m, end * m->lanes + 1));
}

static void pick_all(const struct picking *p, struct hcl_picks *out)
{
    struct hcl_machine *m = p->c->m;
    uint32_t *rows = malloc(out->count * sizeof(*rows));

    if (!rows)
        hcl_machine_fail(m, HCL_NO_RESOURCE, "out of memory for the layout");
    for (uint32_t v = 0; rows && v < out->vectors && m->status == HCL_OK; v++)
        for (uint32_t i = 0; i < out->count && m->status == HCL_OK; i++) {
            uint32_t *to = out->cells + 2 * ((size_t)v * out->count + i);
            rows[i] = append_block(p, v, rows, i);
            tie(p, v, rows[i], rows, i);
            to[0] = (rows[i] + 2 * p->x.rows) * m->lanes;
            to[1] = to[0] + 1;
        }
    free(rows);
}

/* G(t): of a vector's n elements, without the cells behind them. */
static struct hcl_cell ones(struct hcl_machine *m, uint32_t rows, uint32_t n)
{
    const struct hcl_cell g = hcl_functional_geometric(m, n, hcl_machine_t_power);
    const uint32_t behind = rows * m->lanes - n;

    return behind ? hcl_machine_dot(m, g, hcl_machine_t_power(m, behind), false) : g;
}

static void start(struct picking *p, uint32_t operand, uint32_t count)
{
    struct hcl_machine *m = p->c->m;
    const struct hcl_fx_tensor *t = &p->c->g->tensors[operand];

    p->fn = table(p->c, hcl_picks_most(t->lo, t->hi, count));
    p->range = hcl_machine_range(m, 0, 0);
    p->one = hcl_cell_y(m, hcl_machine_one(m));
    p->ones = ones(m, p->x.rows, p->x.n);
    p->t = hcl_machine_t_power(m, 1);
    p->top = hcl_machine_t_power(m, (uint64_t)p->x.rows * m->lanes);
    p->width = count > 1 ? width_of(t->hi - t->lo) : 0;
    if (count > 1)
        p->away = hcl_machine_two_power(m, p->width);
}

static struct hcl_picks *remember(struct hcl_lower *c, uint32_t operand, uint32_t vectors, uint32_t count,
                                  bool least)
{
    struct hcl_picks *p = calloc(1, sizeof(*p));

    if (p) {
        *p = (struct hcl_picks){ c->picks, operand, count, vectors, least, NULL };
        p->cells = calloc((size_t)vectors * count * 2, sizeof(*p->cells));
    }
    if (!p || !p->cells) {
        free(p);
        hcl_machine_fail(c->m, HCL_NO_RESOURCE, "out of memory for the layout");
        return NULL;
    }
    c->picks = p;
    return p;
}

uint32_t *hcl_picks_place(struct hcl_lower *c, uint32_t node, uint32_t count, bool least)
{
    const uint32_t operand = c->g->nodes[node].inputs[0], *d = c->g->tensors[operand].dims;
    const uint32_t vectors = (uint32_t)(hcl_fx_tensor_len(c->g, operand) / d[3]);
    struct picking p = { .c = c, .node = node, .least = least };
    struct hcl_picks *out;

    for (struct hcl_picks *known = c->picks; known; known = known->next)
        if (known->operand == operand && known->count == count && known->least == least)
            return known->cells;
    out = remember(c, operand, vectors, count, least);
    if (out) {
        p.x = hcl_vectors_of_view(c, node, hcl_gadget_input(c, node));
        start(&p, operand, count);
        hcl_gadget_region(c, node, "picks", c->g->nodes[node].output);
        pick_all(&p, out);
    }
    return out ? out->cells : NULL;
}

void hcl_picks_clear(struct hcl_lower *c)
{
    while (c->picks) {
        struct hcl_picks *next = c->picks->next;
        free(c->picks->cells);
        free(c->picks);
        c->picks = next;
    }
}

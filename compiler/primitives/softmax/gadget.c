/* SPDX-License-Identifier: Apache-2.0 */
/* SOFTMAX over the last axis, two rows per element and some per L vectors, for the elements that take part:
 * vectors of equal numbers of rows are laid out together. Per vector p of N cells:
 *
 *   m_p is a hint; q_i = m_p - x_i in [0, exp_len) and e_i = exp_table[q_i] by look-up, the q_i by
 *   sum_i t^(N-1-i) q_i = m_p G(t) - X_p(t): m_p is at least every x_i. The table is a multiple of `mark` but
 *   at 0, where it is one more, so S_p = sum_i e_i mod mark is the number of q_i that are 0; that it is in
 *   [1, mark) shows m_p to be one of the x_i. S_p is a copy of the sum in B. inv_p = numerator/S_p, rounded,
 *   by hcl_scalar_quotient; y_i = rescale(e_i inv_p, S) is a Scale.
 *
 * A mask, cells that are 0 or 1, is one more pass: q_i = m_p - x_i + gap mask_i, with gap so large that only
 * e = 0 is left beside an element whose mask is 0 (softmax.c). Its rows are shared by all vectors with the
 * same mask.
 *
 * So from x on everything has one value. The identities of the q_i of up to L vectors are one. Behind the
 * elements of a vector, to the end of its last row, x may be anything: q is not looked up there and e is 0.
 */
#include "compiler/gadgets/lanes.h"
#include "compiler/gadgets/rides.h"
#include "compiler/gadgets/scalars.h"
#include "compiler/gadgets/scale.h"
#include "compiler/primitives/softmax/softmax.h"
#include <stdlib.h>
#include <string.h>

/* The elements of a vector that take part. */
struct vector {
    uint32_t *x, *mask,
        *elements; /* their Y cells; their masks'; which of the tensor they are, in ascending order */
    uint32_t n, row, mask_row; /* of the first, when they lie side by side */
};

struct softmax {
    struct hcl_lower *c;
    const struct hcl_fx_node *n;
    struct vector *vectors;
    uint32_t rows; /* of each vector under way */
    struct hcl_scaling exp, scale;
    struct hcl_limbs limbs;
    uint32_t counts;                        /* range [1, mark) */
    struct hcl_cell one, at[HCL_MAX_LANES]; /* G(t) t^(N k), k vectors above the end of a group */
    /* With a mask: gap t^(N k), and the sum of those up to k. */
    struct hcl_cell gap_at[HCL_MAX_LANES], gaps_up_to[HCL_MAX_LANES];
    uint32_t *out; /* the results' cells */
};

/* Up to L vectors of one number of rows. */
struct group {
    struct vector *v[HCL_MAX_LANES];
    uint32_t n;
};

static uint32_t bits_for(int64_t most)
{
    uint32_t bits = 1;

    while (bits < 62 && (int64_t)1 << bits <= most)
        bits++;
    return bits;
}

/* Sums and their doubles, reciprocals, and `mark`. */
uint32_t hcl_softmax_limb_bits(const struct hcl_fx_node *n, uint32_t channels)
{
    const uint32_t sum = bits_for(2 * n->exp_top * channels),
                   quotient = bits_for(n->numerator / n->exp_top + 1), mark = bits_for(n->mark);
    const uint32_t half = ((sum > quotient ? sum : quotient) + 1) / 2;

    return half > mark ? half : mark;
}

static void start_gaps(struct softmax *s, uint32_t largest)
{
    struct hcl_machine *m = s->c->m;
    const uint32_t one = hcl_machine_one(m);
    struct hcl_cell gap, power[HCL_MAX_LANES];

    hcl_lane_op(s->c, 0, s->n->gap, 0, &one, 1);
    gap = hcl_cell_y(m, hcl_lane_emit(s->c, 1));
    for (uint32_t k = 0; k < largest; k++)
        power[k] = hcl_machine_t_power(m, (uint64_t)s->rows * m->lanes * k);
    for (uint32_t k = 0; k < largest; k++)
        s->gap_at[k] = hcl_machine_dot(m, gap, power[k], false);
    for (uint32_t k = 0; k < largest; k++)
        s->gaps_up_to[k] = hcl_machine_dot(m, gap, power[k], k > 0);
}

/* Tables and what all vectors of s->rows rows share; at most `largest` are in a group. */
static void start(struct softmax *s, uint32_t largest)
{
    struct hcl_machine *m = s->c->m;
    const uint32_t node = (uint32_t)(s->n - s->c->g->nodes);

    s->limbs = hcl_limbs_of(s->c, hcl_softmax_limb_bits(s->n, s->c->g->tensors[s->n->output].dims[3]));
    s->counts = hcl_machine_range(m, 1, s->n->mark - 1);
    s->exp = hcl_scaling_of(s->c, node, s->rows, 1, hcl_machine_fn(m, 0, s->n->exp_len - 1, s->n->exp_table));
    s->exp.flags = HCL_ROW_HYT | HCL_ROW_SUM;
    s->scale = hcl_scaling_of(s->c, node, s->rows, s->n->divisor,
                              hcl_machine_fn(m, 0, hcl_softmax_most(s->n), NULL));
    s->one = hcl_cell_y(m, hcl_machine_one(m));
    s->at[0] = hcl_vectors_ones(m, s->rows);
    for (uint32_t k = 1; k < largest; k++)
        s->at[k] =
            hcl_machine_dot(m, s->at[0], hcl_machine_t_power(m, (uint64_t)s->rows * m->lanes * k), false);
    if (s->n->gap)
        start_gaps(s, largest);
}

/* Side by side from lane 0 on. */
static bool in_place(const struct hcl_machine *m, const uint32_t *cells, uint32_t n)
{
    if (cells[0] % m->lanes)
        return false;
    for (uint32_t i = 1; i < n; i++)
        if (cells[i] != cells[0] + i)
            return false;
    return true;
}

static uint32_t row_of(struct hcl_machine *m, const uint32_t *cells, uint32_t n)
{
    return in_place(m, cells, n) ? cells[0] / m->lanes : hcl_machine_copy_rows(m, cells, n, 0);
}

/* The rows of an earlier vector with the same mask, or its own. */
static uint32_t mask_row_of(const struct softmax *s, const struct vector *v)
{
    for (const struct vector *p = s->vectors; p < v; p++)
        if (p->n == v->n && memcmp(p->mask, v->mask, v->n * sizeof(*v->mask)) == 0)
            return p->mask_row;
    return row_of(s->c->m, v->mask, v->n);
}

static void place(const struct softmax *s, struct vector *v)
{
    v->row = row_of(s->c->m, v->x, v->n);
    if (v->mask)
        v->mask_row = mask_row_of(s, v);
}

/* Whether the vectors of a group follow each other: one pass is sum_j t^(N(n-1-j)) X_j(t). */
static bool joined(const struct softmax *s, const struct group *g)
{
    for (uint32_t j = 1; j < g->n; j++)
        if (g->v[j]->row != g->v[0]->row + j * s->rows)
            return false;
    return true;
}

/* The passes over x, and the powers that they are worth. They may append rows. */
static void prepare_passes(const struct softmax *s, const struct group *g)
{
    struct hcl_machine *m = s->c->m;

    for (uint32_t j = 0; j < g->n && g->v[0]->mask; j++)
        hcl_machine_hyt(m, g->v[j]->mask_row, s->rows);
    if (joined(s, g)) {
        hcl_machine_hyt(m, g->v[0]->row, g->n * s->rows);
        return;
    }
    for (uint32_t j = 0; j < g->n; j++) {
        hcl_machine_hyt(m, g->v[j]->row, s->rows);
        hcl_machine_t_power(m, (uint64_t)s->rows * m->lanes * (g->n - 1 - j));
    }
}

/* Adds sum_j t^(N(n-1-j)) X_j(t) to the ride before. */
static void ride_values(const struct softmax *s, const struct group *g, struct hcl_cell *sum)
{
    struct hcl_machine *m = s->c->m;

    if (joined(s, g)) {
        hcl_ride(s->c, hcl_machine_hyt(m, g->v[0]->row, g->n * s->rows), s->one, true, sum);
        return;
    }
    for (uint32_t j = 0; j < g->n; j++)
        hcl_ride(s->c, hcl_machine_hyt(m, g->v[j]->row, s->rows),
                 hcl_machine_t_power(m, (uint64_t)s->rows * m->lanes * (g->n - 1 - j)), true,
                 j + 1 < g->n ? NULL : sum);
}

static bool one_mask(const struct group *g)
{
    for (uint32_t j = 1; j < g->n; j++)
        if (g->v[j]->mask_row != g->v[0]->mask_row)
            return false;
    return true;
}

/* Adds sum_j gap t^(N(n-1-j)) K_j(t), K_j the pass over a mask, to the ride before. */
static void ride_masks(const struct softmax *s, const struct group *g, struct hcl_cell *sum)
{
    struct hcl_machine *m = s->c->m;

    if (one_mask(g)) {
        hcl_ride(s->c, hcl_machine_hyt(m, g->v[0]->mask_row, s->rows), s->gaps_up_to[g->n - 1], true, sum);
        return;
    }
    for (uint32_t j = 0; j < g->n; j++)
        hcl_ride(s->c, hcl_machine_hyt(m, g->v[j]->mask_row, s->rows), s->gap_at[g->n - 1 - j], true,
                 j + 1 < g->n ? NULL : sum);
}

static hcl_src maximum_of(const struct softmax *s, const struct vector *v)
{
    const uint32_t lanes = s->c->m->lanes;
    const struct hcl_hint h = { .kind = HCL_HINT_MAX,
                                .cell = v->row * lanes,
                                .count = v->n,
                                .other = v->mask_row * lanes,
                                .by = s->n->gap };

    return hcl_machine_hint_of(s->c->m, &h);
}

static uint32_t maxima_of(const struct softmax *s, const struct group *g)
{
    struct hcl_machine *m = s->c->m;
    struct hcl_row_spec spec = { .flags = HCL_ROW_REG, .c1 = 1 };

    for (uint32_t j = 0; j < m->lanes; j++)
        spec.y[j] = j < g->n ? maximum_of(s, g->v[j]) : HCL_SRC_CELL | hcl_machine_zero(m);
    return hcl_lane_append(s->c, &spec) * m->lanes;
}

/* The e of a group; returns their first row. */
static uint32_t exponentials(const struct softmax *s, const struct group *g, uint32_t maxima)
{
    const uint32_t first = hcl_machine_next_row(s->c->m);

    for (uint32_t j = 0; j < g->n; j++)
        hcl_scale_masked_rows(s->c, &s->exp,
                              &(struct hcl_scaled){ .in_row = g->v[j]->row,
                                                    .n = g->v[j]->n,
                                                    .factor = HCL_NONE,
                                                    .shift = maxima + j,
                                                    .mask_row = g->v[j]->mask_row,
                                                    .mask_mul = (uint32_t)s->n->gap },
                              j > 0);
    return first;
}

/* sum_j m_j G(t) t^(N (n-1-j)) and what it must be. */
static void tie_maxima(const struct softmax *s, const struct group *g, uint32_t maxima, uint32_t e,
                       struct hcl_cell sums[2])
{
    struct hcl_machine *m = s->c->m;

    for (uint32_t j = 0; j < g->n; j++)
        hcl_ride(s->c, hcl_cell_y(m, maxima + j), s->at[g->n - 1 - j], j > 0,
                 j + 1 < g->n || s->n->gap ? NULL : &sums[0]);
    if (s->n->gap)
        ride_masks(s, g, &sums[0]);
    hcl_ride(s->c, hcl_cell_at(e + g->n * s->rows - 1, HCL_AT_A0), s->one, false, NULL);
    ride_values(s, g, &sums[1]);
}

/* S_j, which is the sum in B, and its rest by `mark`. */
static uint32_t totals(const struct softmax *s, uint32_t n, uint32_t e)
{
    struct hcl_machine *m = s->c->m;
    const uint32_t all = s->rows * m->lanes;
    const uint32_t sums =
        hcl_scalar_hint(s->c, HCL_HINT_SUM, (struct hcl_hinted){ e * m->lanes, all, all }, 0, n);

    for (uint32_t j = 0; j < n; j++)
        hcl_machine_equal(m, hcl_cell_y(m, sums + j), hcl_cell_at(e + (j + 1) * s->rows - 1, HCL_AT_B));
    hcl_scalar_split(s->c, &s->limbs, n);
    hcl_lane_rescale(s->c, s->n->mark, s->limbs.fn, s->counts, n);
    return sums;
}

static void results(const struct softmax *s, const struct group *g, uint32_t e, uint32_t inverses,
                    const struct hcl_cell *right)
{
    uint32_t first[HCL_MAX_LANES];

    for (uint32_t j = 0; j < g->n; j++) {
        const struct vector *v = g->v[j];
        first[j] = hcl_scale_rows(s->c, &s->scale, e + j * s->rows, v->n, inverses + j, HCL_NONE, false);
        for (uint32_t i = 0; i < v->n; i++)
            s->out[v->elements[i]] = first[j] * s->c->m->lanes + i;
    }
    for (uint32_t j = 0; j < g->n; j++)
        hcl_scale_equal(s->c, &s->scale, first[j], right[j]);
}

static void lay_out(const struct softmax *s, const struct group *g)
{
    struct hcl_machine *m = s->c->m;
    struct hcl_cell sums[2] = { { 0 } }, right[HCL_MAX_LANES] = { { 0 } };
    struct hcl_rides rides;
    uint32_t e, maxima, inverses;

    for (uint32_t j = 0; j < g->n; j++)
        place(s, g->v[j]);
    prepare_passes(s, g);
    maxima = maxima_of(s, g);
    e = exponentials(s, g, maxima);
    hcl_rides_start(s->c, &rides);
    tie_maxima(s, g, maxima, e, sums);
    inverses = totals(s, g->n, e);
    inverses = hcl_scalar_quotient(s->c, &s->limbs, s->n->numerator, inverses, g->n);
    for (uint32_t j = 0; j < g->n; j++)
        hcl_ride(s->c, hcl_cell_at(e + (j + 1) * s->rows - 1, HCL_AT_A1), hcl_cell_y(m, inverses + j), false,
                 &right[j]);
    hcl_rides_end(s->c);
    hcl_machine_equal(m, sums[0], sums[1]);
    results(s, g, e, inverses, right);
}

/* All vectors of s->rows rows. */
static void lay_out_equal(struct softmax *s, uint32_t count)
{
    const uint32_t lanes = s->c->m->lanes;
    struct group g = { .n = 0 };
    uint32_t left = 0;

    for (uint32_t p = 0; p < count; p++)
        left += hcl_rows_for(s->c->m, s->vectors[p].n) == s->rows;
    if (left == 0)
        return;
    start(s, left < lanes ? left : lanes);
    for (uint32_t p = 0; s->c->m->status == HCL_OK && p < count; p++) {
        if (hcl_rows_for(s->c->m, s->vectors[p].n) != s->rows)
            continue;
        g.v[g.n++] = &s->vectors[p];
        left--;
        if (g.n < lanes && left > 0)
            continue;
        lay_out(s, &g);
        g.n = 0;
    }
}

/* What takes part of each vector, in x, mask (or NULL) and elements, which have room for all. */
static void collect(struct softmax *s, uint32_t *x, uint32_t *mask, uint32_t *elements, uint32_t count,
                    uint32_t channels)
{
    uint32_t at = 0;

    for (uint32_t p = 0; p < count; p++) {
        s->vectors[p] =
            (struct vector){ .x = x + at, .mask = mask ? mask + at : NULL, .elements = elements + at };
        for (uint32_t e = p * channels; e < (p + 1) * channels; e++)
            if (hcl_softmax_keeps(s->n, e)) {
                x[at] = x[e]; /* at <= e */
                if (mask)
                    mask[at] = mask[e];
                elements[at++] = e;
                s->vectors[p].n++;
            }
    }
}

void hcl_gadget_softmax(struct hcl_lower *c, uint32_t node)
{
    const struct hcl_view *in = hcl_gadget_input(c, node);
    const uint32_t count = in->h * in->w, channels = in->c;
    struct hcl_view out = hcl_machine_view(c->m, in->h, in->w, in->c);
    struct softmax s = { .c = c, .n = &c->g->nodes[node], .out = out.cells };
    uint32_t *x = hcl_vectors_of(c, in),
             *mask = s.n->gap ? hcl_vectors_of(c, &c->views[s.n->inputs[1]]) : NULL,
             *elements = malloc(((size_t)count * channels + 1) * sizeof(*elements));

    s.vectors = calloc((size_t)count + 1, sizeof(*s.vectors));
    hcl_gadget_region(c, node, "outputs", s.n->output);
    if (!x || !elements || !s.vectors) {
        hcl_machine_fail(c->m, HCL_NO_RESOURCE, "out of memory for the layout");
        goto done;
    }
    if (c->m->status == HCL_OK)
        collect(&s, x, mask, elements, count, channels);
    for (size_t i = 0; c->m->status == HCL_OK && i < (size_t)count * channels; i++)
        out.cells[i] = hcl_machine_zero(c->m);
    for (s.rows = 1; c->m->status == HCL_OK && s.rows <= hcl_rows_for(c->m, channels); s.rows++)
        lay_out_equal(&s, count);
done:
    free(s.vectors);
    free(elements);
    free(mask);
    free(x);
    hcl_gadget_set_output(c, node, out);
}

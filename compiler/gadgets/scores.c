/* SPDX-License-Identifier: Apache-2.0 */
/* Accumulators of vector p are z_i = S x_i + r_i, and
 *
 *   z_i - S m_p - S gap mask_i = S q_i + r_i,   q_i = x_i - m_p - gap mask_i,   e_i = exp(q_i) by look-up
 *
 * is what its rows hold, so that the identity of the product has S m_p G(s) and the masks' passes beside Z_p:
 *
 *   sum_p t^p (Z_p(s) + S m_p G(s) + S gap K_p(s)) = sum_k X_k(s) V_k(t)
 *
 * Everything but s and t is of phase 0, so coefficient by coefficient it gives each S q_i + r_i once m_p is
 * known. m_p is an integer in the range of scores by look-up or, where all elements of a vector are masked,
 * one in that range less gap, of which a looked-up 0 or 1 tells: gap is longer than the range, so that has
 * one value, too. All are integers far below the field's size, r_i is in the range of a remainder and q_i in
 * the table's, so q_i, r_i and e_i have one value each. Which integer m_p is, the SOFTMAX shows by the
 * totals. Sums over channels take dot rows, B has the totals. */
#include "compiler/gadgets/scores.h"
#include "compiler/gadgets/functional.h"
#include "compiler/gadgets/lanes.h"
#include "compiler/gadgets/product_internal.h"
#include <stdlib.h>
#include <string.h>

/* Rows of constants and their products, about, that exponentials in rows of their own do not need. */
enum { CONSTANT_ROWS = 8 };

struct scores {
    struct hcl_lower *c;
    const struct hcl_products *p;
    const struct hcl_scores *s;
    struct hcl_plan plan;
    uint32_t channels;     /* of each product */
    uint32_t maxima;       /* Y cell of the first channel's */
    uint32_t masked;       /* with masks, of whether all of its elements are masked */
    struct hcl_cell shift; /* sum of t^p (m_p G(s) + gap K_p(s)) */
};

int64_t hcl_scores_price(const struct hcl_lower *c, const struct hcl_products *p)
{
    uint32_t *first = calloc((size_t)p->a.count + p->b.count, sizeof(*first));
    struct hcl_plan free_plan, vectors;

    if (!first) {
        hcl_machine_fail(c->m, HCL_NO_RESOURCE, "out of memory for %u products", p->count);
        return 0;
    }
    free_plan = hcl_product_plan(c, p, false, first);
    vectors = hcl_product_plan(c, p, true, first);
    free(first);
    return (int64_t)vectors.cost - (int64_t)free_plan.cost + hcl_product_channels(c, &vectors.t) +
           CONSTANT_ROWS;
}

/* The vector that channel o of product i is, or HCL_NONE. */
static uint32_t vector_of(const struct scores *s, uint32_t i, uint32_t o)
{
    const uint32_t p = o - hcl_product_first(&s->plan.t, false); /* wraps before the first */

    return p < s->p->a.width ? i * s->p->a.width + p : HCL_NONE;
}

/* Lanes of row `row` of a vector that take part. */
static uint32_t kept_lanes(const struct scores *s, uint32_t vector, uint32_t row)
{
    const uint32_t lanes = s->c->m->lanes, all = hcl_product_lanes(s->c, &s->plan.s, row);
    uint32_t bits = 0;

    if (!s->s->kept)
        return all;
    for (uint32_t j = 0; j < lanes; j++)
        if (all >> j & 1 && s->s->kept[(size_t)vector * s->p->b.width + row * lanes + j] != HCL_FX_NONE)
            bits |= 1u << j;
    return bits;
}

/* Rows of a vector up to its last element that takes part. */
static uint32_t kept_rows(const struct scores *s, uint32_t vector)
{
    uint32_t rows = s->plan.s.rows;

    while (rows > 0 && kept_lanes(s, vector, rows - 1) == 0)
        rows--;
    return rows;
}

/* Cells of a number for each channel, which end with their last row, looked up in `table`; the blocks fill
 * them. Sets the first, returns the sum of t^p times them. */
static struct hcl_cell by_channel(const struct scores *s, uint32_t table, uint32_t *cell)
{
    struct hcl_machine *m = s->c->m;
    const uint32_t count = s->p->count * s->channels, rows = hcl_rows_for(m, count),
                   skip = rows * m->lanes - count, first = hcl_machine_next_row(m);

    for (uint32_t row = 0; row < rows; row++) {
        struct hcl_row_spec spec = { .flags = HCL_ROW_BLOCK, .fn = table };
        for (uint32_t j = 0; j < m->lanes; j++) {
            const uint32_t at = row * m->lanes + j - skip; /* wraps before the first */
            if (at < count && vector_of(s, at / s->channels, at % s->channels) != HCL_NONE)
                spec.lookups |= 1u << j;
        }
        spec.range = hcl_machine_range(m, 0, 0);
        hcl_row_clear_gaps(m, &spec);
        hcl_machine_row(m, &spec);
    }
    *cell = first * m->lanes + skip;
    return hcl_machine_hyt(m, first, rows);
}

static struct hcl_cell constant(const struct scores *s, int64_t v)
{
    const uint32_t one = hcl_machine_one(s->c->m);

    if (v == 1)
        return hcl_cell_y(s->c->m, one);
    hcl_lane_op(s->c, 0, v, 0, &one, 1);
    return hcl_cell_y(s->c->m, hcl_lane_emit(s->c, 1));
}

/* Neighbouring vectors of a product with the same mask: its pass, and the sum of their t^p. */
struct run {
    struct hcl_cell mask, powers;
};

/* The runs of product i; returns how many. */
static uint32_t runs_of(const struct scores *s, uint32_t i, struct run *runs)
{
    struct hcl_machine *m = s->c->m;
    const uint32_t *mask = s->s->mask + (size_t)i * s->p->a.width, n = s->p->a.width;
    const uint32_t behind = s->channels - hcl_product_first(&s->plan.t, false) - n;
    uint32_t count = 0;

    for (uint32_t p = 0, end; p < n; p = end) {
        struct run *r = &runs[count++];
        for (end = p + 1; end < n && mask[end] == mask[p];)
            end++;
        r->mask = hcl_machine_hy(m, mask[p], s->plan.s.rows);
        r->powers = hcl_machine_t_power(m, behind + n - end);
        if (end - p > 1)
            r->powers = hcl_machine_dot(m, hcl_functional_geometric(m, end - p, hcl_machine_t_power),
                                        r->powers, false);
    }
    return count;
}

/* The sum of t^p K_p(s) of all products. Those that have the masks of the one before have its sum. */
static struct hcl_cell masks(const struct scores *s, struct run *runs)
{
    struct hcl_machine *m = s->c->m;
    const uint32_t n = s->p->a.width, *mask = s->s->mask;
    const struct hcl_cell one = hcl_cell_y(m, hcl_machine_one(m)),
                          shift = hcl_machine_t_power(m, s->channels);
    struct hcl_cell own = { 0 }, sum = { 0 };

    for (uint32_t i = 0; i < s->p->count; i++) {
        if (i == 0 || memcmp(mask + (size_t)i * n, mask + (size_t)(i - 1) * n, n * sizeof(*mask)) != 0) {
            const uint32_t count = runs_of(s, i, runs);
            for (uint32_t k = 0; k < count; k++)
                own = hcl_machine_dot(m, runs[k].mask, runs[k].powers, k > 0);
        }
        if (i > 0)
            hcl_machine_dot(m, sum, shift, false);
        sum = hcl_machine_dot(m, own, one, i > 0);
    }
    return sum;
}

/* sum + gap times the sum of t^p (K_p(s) - a_p G(s)), a_p: all elements of vector p are masked. */
static struct hcl_cell with_masks(struct scores *s, struct hcl_cell all, struct hcl_cell ones)
{
    struct hcl_machine *m = s->c->m;
    struct run *runs = calloc(s->p->a.width, sizeof(*runs));
    struct hcl_cell of_masks, whole, gap, less;

    if (!runs) {
        hcl_machine_fail(m, HCL_NO_RESOURCE, "out of memory for %u masks", s->p->a.width);
        return all;
    }
    of_masks = masks(s, runs);
    free(runs);
    whole = by_channel(s, hcl_machine_fn(m, 0, 1, NULL), &s->masked);
    gap = constant(s, s->s->gap);
    less = hcl_machine_dot(m, ones, constant(s, -s->s->gap), false);
    hcl_machine_dot(m, all, ones, false);
    hcl_machine_dot(m, whole, less, true);
    return hcl_machine_dot(m, of_masks, gap, true);
}

static void shifts(struct scores *s)
{
    struct hcl_machine *m = s->c->m;
    const struct hcl_cell ones =
        hcl_functional_geometric(m, (uint64_t)s->plan.s.rows * m->lanes, hcl_machine_s_power);
    const struct hcl_cell all = by_channel(s, s->s->range, &s->maxima);

    s->shift = s->s->gap ? with_masks(s, all, ones) : hcl_machine_dot(m, all, ones, false);
}

/* Where the masks of the channels of product i are. */
static uint32_t mask_list(const struct scores *s, uint32_t i)
{
    uint32_t *cells = calloc((size_t)s->channels + 1, sizeof(*cells)), list = 0;

    if (!cells)
        hcl_machine_fail(s->c->m, HCL_NO_RESOURCE, "out of memory for %u masks", s->channels);
    for (uint32_t o = 0; cells && o < s->channels; o++)
        if (vector_of(s, i, o) != HCL_NONE)
            cells[o] = s->s->mask[vector_of(s, i, o)] * s->c->m->lanes;
    if (cells)
        list = hcl_machine_list(s->c->m, cells, s->channels);
    free(cells);
    return list;
}

/* The rows of one channel, with passes up to its last element. */
static void channel_rows(const struct scores *s, uint32_t vector)
{
    struct hcl_row_spec spec = { .s = s->p->divisor, .fn = s->s->fn, .range = s->p->range };
    const uint32_t ends = vector == HCL_NONE ? 0 : kept_rows(s, vector);

    if (vector != HCL_NONE)
        s->s->rows[vector] = hcl_machine_next_row(s->c->m);
    for (uint32_t row = 0; row < s->plan.s.rows; row++) {
        spec.flags = HCL_ROW_BLOCK | HCL_ROW_HZ | (row ? HCL_ROW_CONT0 : 0);
        if (row < ends)
            spec.flags |= HCL_ROW_HYT | HCL_ROW_SUM | (row ? HCL_ROW_CONT1 : 0);
        spec.lookups = vector == HCL_NONE ? 0 : kept_lanes(s, vector, row);
        hcl_row_clear_gaps(s->c->m, &spec);
        hcl_machine_row(s->c->m, &spec);
    }
}

/* Returns the first row of product i. */
static uint32_t output_rows(const struct scores *s, uint32_t i)
{
    struct hcl_block b = hcl_product_block(s->c, s->p, &s->plan, i);

    b.kind = HCL_BLOCK_SCORES;
    b.factor = s->maxima + i * s->channels;
    b.res_at = (uint32_t)s->s->gap;
    if (s->s->gap) {
        b.shift = s->masked + i * s->channels;
        b.in_list = mask_list(s, i);
    }
    hcl_machine_block(s->c->m, &b);
    for (uint32_t o = 0; o < s->channels; o++)
        channel_rows(s, vector_of(s, i, o));
    return b.out_row;
}

/* sum_p t^p Z_p(s) + S*shift */
static struct hcl_cell left_side(const struct scores *s, const uint32_t *first, struct hcl_cell divisor)
{
    struct hcl_machine *m = s->c->m;
    struct hcl_cell sum = { 0 };

    for (uint32_t i = 0; i < s->p->count; i++) {
        if (i > 0)
            hcl_machine_dot(m, sum, hcl_machine_t_power(m, s->channels), false);
        for (uint32_t o = 0; o < s->channels; o++) {
            const uint32_t last = first[i] + (o + 1) * s->plan.s.rows - 1;
            sum = hcl_machine_dot(m, hcl_cell_at(last, HCL_AT_A0),
                                  hcl_machine_t_power(m, s->channels - 1 - o), i > 0 || o > 0);
        }
    }
    return hcl_machine_dot(m, s->shift, divisor, true);
}

static void lay_out(struct scores *s, uint32_t *first)
{
    struct hcl_machine *m = s->c->m;
    const uint32_t behind = s->plan.t.rows * m->lanes - hcl_product_first(&s->plan.t, true) - s->channels;
    struct hcl_cell left, right, divisor;

    hcl_product_operand(s->c, s->p, &s->plan.s);
    hcl_product_operand(s->c, s->p, &s->plan.t);
    right = hcl_product_right(s->c, s->p, &s->plan);
    hcl_gadget_region(s->c, s->s->node, "maxima", HCL_FX_NONE);
    for (uint32_t o = 0; o <= s->channels; o++) /* first of all: they may append rows */
        hcl_machine_t_power(m, o);
    shifts(s);
    divisor = constant(s, s->p->divisor);
    hcl_gadget_region(s->c, s->p->node, "outputs", HCL_FX_NONE);
    for (uint32_t i = 0; i < s->p->count; i++)
        first[i] = output_rows(s, i);
    hcl_gadget_region(s->c, s->s->node, "sum of scores", HCL_FX_NONE);
    left = left_side(s, first, divisor);
    if (behind)
        left = hcl_machine_dot(m, left, hcl_machine_t_power(m, behind), false);
    hcl_machine_equal(m, left, right);
}

void hcl_gadget_scores(struct hcl_lower *c, const struct hcl_products *p, const struct hcl_scores *s)
{
    struct scores all = { .c = c, .p = p, .s = s };
    uint32_t *panels = calloc((size_t)p->a.count + p->b.count, sizeof(*panels)),
             *first = calloc(p->count, sizeof(*first));

    if (panels && first) {
        all.plan = hcl_product_plan(c, p, true, panels);
        all.plan.s.first = panels;
        all.plan.t.first = panels + all.plan.s.f->count;
        all.channels = hcl_product_channels(c, &all.plan.t);
        lay_out(&all, first);
    } else {
        hcl_machine_fail(c->m, HCL_NO_RESOURCE, "out of memory for %u products", p->count);
    }
    free(panels);
    free(first);
}

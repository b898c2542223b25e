/* SPDX-License-Identifier: Apache-2.0 */
/* SOFTMAX over the last axis, two rows per element, two dot rows per vector and a few rows per L vectors, for
 * the elements that take part: vectors of equal numbers of rows, of all items of a batch, are laid out
 * together. Per vector p of N cells:
 *
 *   m_p is a hint; q_i = x_i - m_p in (-exp_len, 0] and e_i = exp_table[-q_i] by look-up, the q_i by
 *   sum_i t^(N-1-i) q_i + m_p G(t) = X_p(t): m_p is at least every x_i. The table is a multiple of `mark` but
 *   at 0, where it is one more, so S_p = sum_i e_i mod mark is the number of q_i that are 0; that it is in
 *   [1, mark) shows m_p to be one of the x_i. S_p is a copy of the sum in B. S_p = D q + r with r in the
 *   centred range of the divisor D, a multiple of mark, and inv_p = round(numerator/q) by look-up; r mod mark
 *   is S_p mod mark. y_i = rescale(e_i inv_p, S) is a Scale.
 *
 * A mask, cells that are 0 or 1, is one more pass: q_i = x_i - m_p - gap mask_i, with gap so large that only
 * e = 0 is left beside an element whose mask is 0 (softmax.c). Its rows are shared by all vectors with the
 * same mask.
 *
 * So from x on everything has one value: m_p by the two bounds, q, e, S_p, its quotient, remainder and
 * inverse by look-ups of integers far below the field's size. Behind the elements of a vector, to the end of
 * its last row, x may be anything: q is not looked up there and e is 0.
 */
#include "compiler/fixed/fixed_bounds.h"
#include "compiler/gadgets/lanes.h"
#include "compiler/gadgets/rides.h"
#include "compiler/gadgets/scalars.h"
#include "compiler/gadgets/scale.h"
#include "compiler/primitives/softmax/softmax.h"
#include <stdlib.h>
#include <string.h>

/* The elements of a vector that take part. */
struct vector {
    uint32_t *x, *mask, *elements; /* their Y cells; their masks'; which of the tensor they are, in ascending
                                      order: of a batch, of all items' one behind the other */
    uint32_t n, row, mask_row;     /* of the first, when they lie side by side */
};

struct softmax {
    struct hcl_lower *c;
    const struct hcl_fx_node *n;
    struct vector *vectors;
    uint32_t each; /* vectors of an item of a batch */
    uint32_t rows; /* of each vector under way */
    struct hcl_scaling exp, scale;
    uint32_t inverse, sums; /* table and range of the quotient of a sum by D */
    uint32_t marks, counts; /* of its remainder by mark: any quotient, and the range [1, mark) */
    struct hcl_cell ones;   /* G(t) */
    struct hcl_cell gap;    /* with a mask: its constant */
    uint32_t *out;          /* the results' cells */
};

/* Up to L vectors of one number of rows. */
struct group {
    struct vector *v[HCL_MAX_LANES];
    uint32_t n;
};

/* The exponential of x - m = q, which is not positive. */
static int64_t exponential(const struct hcl_fx_node *n, int64_t q)
{
    return n->exp_table[-q];
}

static int64_t reciprocal(const struct hcl_fx_node *n, int64_t q)
{
    return hcl_fx_quotient(n->numerator, q);
}

static uint32_t table_of(const struct softmax *s, int64_t lo, int64_t hi,
                         int64_t (*value)(const struct hcl_fx_node *n, int64_t q))
{
    struct hcl_machine *m = s->c->m;
    int64_t *values = malloc((size_t)(hi - lo + 1) * sizeof(*values));
    uint32_t table;

    if (!values) {
        hcl_machine_fail(m, HCL_NO_RESOURCE, "out of memory for the layout");
        return 0;
    }
    for (int64_t q = lo; q <= hi; q++)
        values[q - lo] = value(s->n, q);
    table = hcl_machine_fn(m, lo, hi, values);
    free(values);
    return table;
}

/* Tables and what all vectors of s->rows rows share. */
static void start(struct softmax *s)
{
    struct hcl_machine *m = s->c->m;
    const uint32_t node = (uint32_t)(s->n - s->c->g->nodes), one = hcl_machine_one(m);
    const struct hcl_softmax_sums sums = hcl_softmax_sums(s->n, s->c->g->tensors[s->n->output].dims[3]);

    s->inverse = table_of(s, sums.lo, sums.hi, reciprocal);
    s->sums = hcl_machine_remainder(m, s->n->sum_divisor);
    s->marks = hcl_machine_fn(m, -hcl_softmax_marks(s->n), hcl_softmax_marks(s->n) - 1, NULL);
    s->counts = hcl_machine_range(m, 1, s->n->mark - 1);
    s->exp = hcl_scaling_of(s->c, node, s->rows, 1, table_of(s, 1 - (int64_t)s->n->exp_len, 0, exponential));
    s->exp.flags = HCL_ROW_HYT | HCL_ROW_SUM;
    s->scale = hcl_scaling_of(s->c, node, s->rows, s->n->divisor,
                              hcl_machine_fn(m, 0, hcl_softmax_most(s->n), NULL));
    s->ones = hcl_vectors_ones(m, s->rows);
    if (s->n->gap) {
        hcl_lane_op(s->c, 0, s->n->gap, 0, &one, 1);
        s->gap = hcl_cell_y(m, hcl_lane_emit(s->c, 1));
    }
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

/* The rows of an earlier vector of the item with the same mask, or its own. */
static uint32_t mask_row_of(const struct softmax *s, const struct vector *v)
{
    for (const struct vector *p = v - (v - s->vectors) % s->each; p < v; p++)
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

/* The passes over x and masks, which may append rows. */
static void prepare_passes(const struct softmax *s, const struct group *g)
{
    for (uint32_t j = 0; j < g->n; j++) {
        hcl_machine_hyt(s->c->m, g->v[j]->row, s->rows);
        if (s->n->gap)
            hcl_machine_hyt(s->c->m, g->v[j]->mask_row, s->rows);
    }
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

/* The e of a vector, and the identity of its q: a dot row or, with a mask, two go on with their sum. Returns
 * the first row. */
static uint32_t exponentials(const struct softmax *s, const struct vector *v, uint32_t maximum)
{
    struct hcl_machine *m = s->c->m;
    const struct hcl_scaled scaled = { .in_row = v->row,
                                       .n = v->n,
                                       .factor = HCL_NONE,
                                       .shift = maximum,
                                       .mask_row = v->mask_row,
                                       .mask_mul = (uint32_t)s->n->gap };
    const uint32_t first = hcl_scale_masked_rows(s->c, &s->exp, &scaled, false);
    struct hcl_cell sum = hcl_machine_dot(m, hcl_cell_y(m, maximum), s->ones, true);

    if (s->n->gap)
        sum = hcl_machine_dot(m, hcl_machine_hyt(m, v->mask_row, s->rows), s->gap, true);
    hcl_machine_equal(m, sum, hcl_machine_hyt(m, v->row, s->rows));
    return first;
}

/* From the first row of a vector's e to that of the next one's. */
static uint32_t distance(const struct softmax *s)
{
    return s->rows + (s->n->gap ? 2 : 1);
}

/* S_j, which is the sum in B, and its inverse. */
static uint32_t inverses_of(const struct softmax *s, uint32_t n, uint32_t e)
{
    struct hcl_machine *m = s->c->m;
    const struct hcl_hinted all = { e * m->lanes, distance(s) * m->lanes, s->rows * m->lanes };
    const uint32_t sums = hcl_scalar_hint(s->c, HCL_HINT_SUM, all, 0, n);

    for (uint32_t j = 0; j < n; j++)
        hcl_machine_equal(m, hcl_cell_y(m, sums + j),
                          hcl_cell_at(e + j * distance(s) + s->rows - 1, HCL_AT_B));
    return hcl_lane_rescale(s->c, s->n->sum_divisor, s->inverse, s->sums, n);
}

static void results(const struct softmax *s, const struct group *g, uint32_t e, uint32_t inverses,
                    const struct hcl_cell *right)
{
    uint32_t first[HCL_MAX_LANES];

    for (uint32_t j = 0; j < g->n; j++) {
        const struct vector *v = g->v[j];
        first[j] = hcl_scale_rows(s->c, &s->scale, e + j * distance(s), v->n, inverses + j, HCL_NONE, false);
        for (uint32_t i = 0; i < v->n; i++)
            s->out[v->elements[i]] = first[j] * s->c->m->lanes + i;
    }
    for (uint32_t j = 0; j < g->n; j++)
        hcl_scale_equal(s->c, &s->scale, first[j], right[j]);
}

static void lay_out(const struct softmax *s, const struct group *g)
{
    struct hcl_machine *m = s->c->m;
    struct hcl_cell right[HCL_MAX_LANES] = { { 0 } };
    struct hcl_rides rides;
    uint32_t e = 0, maxima, inverses;

    for (uint32_t j = 0; j < g->n; j++)
        place(s, g->v[j]);
    prepare_passes(s, g);
    maxima = maxima_of(s, g);
    for (uint32_t j = 0; j < g->n; j++) {
        const uint32_t first = exponentials(s, g->v[j], maxima + j);
        e = j == 0 ? first : e;
    }
    inverses = inverses_of(s, g->n, e);
    hcl_rides_start(s->c, &rides);
    for (uint32_t j = 0; j < g->n; j++)
        hcl_ride(s->c, hcl_cell_at(e + j * distance(s) + s->rows - 1, HCL_AT_A1), hcl_cell_y(m, inverses + j),
                 false, &right[j]);
    hcl_lane_rescale(s->c, s->n->mark, s->marks, s->counts, g->n);
    hcl_rides_end(s->c);
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
    start(s);
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
            if (hcl_softmax_keeps(s->n, e % (s->each * channels))) {
                x[at] = x[e]; /* at <= e */
                if (mask)
                    mask[at] = mask[e];
                elements[at++] = e;
                s->vectors[p].n++;
            }
    }
}

/* The Y cells of an operand of all items, one behind the other; from malloc. NULL: the machine failed. */
static uint32_t *cells_of(struct hcl_lower *c, uint32_t node, size_t operand)
{
    const struct hcl_view *v = &c->views[c->g->nodes[node].inputs[operand]];
    const size_t len = (size_t)v->h * v->w * v->c;
    uint32_t *all = calloc(len * hcl_fx_items(c->g) + 1, sizeof(*all));

    if (!all)
        hcl_machine_fail(c->m, HCL_NO_RESOURCE, "out of memory for the layout");
    for (uint32_t item = 0; all && c->m->status == HCL_OK && item < hcl_fx_items(c->g); item++) {
        uint32_t *one = hcl_vectors_of(c, &c->views[c->g->nodes[node + item].inputs[operand]]);
        if (one)
            memcpy(all + item * len, one, len * sizeof(*one));
        free(one);
    }
    return all;
}

static void set_outputs(const struct softmax *s, uint32_t node, size_t len)
{
    const struct hcl_view *in = &s->c->views[s->n->inputs[0]];

    for (uint32_t item = 0; item < hcl_fx_items(s->c->g); item++) {
        struct hcl_view out = hcl_machine_view(s->c->m, in->h, in->w, in->c);
        if (out.cells && s->out)
            memcpy(out.cells, s->out + item * len, len * sizeof(*out.cells));
        hcl_gadget_set_output(s->c, node + item, out);
    }
}

/* The items, if elements of all of them can be numbered; else the machine has failed, and 1. */
static uint32_t items_that_fit(struct hcl_lower *c, uint32_t node)
{
    const uint32_t items = hcl_fx_items(c->g);

    if (hcl_fx_tensor_len(c->g, c->g->nodes[node].output) <= UINT32_MAX / items)
        return items;
    hcl_machine_fail(c->m, HCL_BAD_INPUT, "'%s': its elements of a batch of %u are too many together",
                     c->g->nodes[node].name, items);
    return 1;
}

void hcl_gadget_softmax(struct hcl_lower *c, uint32_t node)
{
    const struct hcl_view *in = hcl_gadget_input(c, node);
    const uint32_t channels = in->c, count = in->h * in->w * items_that_fit(c, node);
    const size_t all = (size_t)count * channels;
    struct softmax s = {
        .c = c, .n = &c->g->nodes[node], .each = in->h * in->w, .out = malloc((all + 1) * sizeof(*s.out))
    };
    uint32_t *x = cells_of(c, node, 0), *mask = s.n->gap ? cells_of(c, node, 1) : NULL,
             *elements = calloc(all + 1, sizeof(*elements));

    s.vectors = calloc((size_t)count + 1, sizeof(*s.vectors));
    hcl_gadget_region(c, node, "outputs", s.n->output);
    if (!x || !elements || !s.vectors || !s.out) {
        hcl_machine_fail(c->m, HCL_NO_RESOURCE, "out of memory for the layout");
        goto done;
    }
    if (c->m->status == HCL_OK)
        collect(&s, x, mask, elements, count, channels);
    for (size_t i = 0; c->m->status == HCL_OK && i < all; i++)
        s.out[i] = hcl_machine_zero(c->m);
    for (s.rows = 1; c->m->status == HCL_OK && s.rows <= hcl_rows_for(c->m, channels); s.rows++)
        lay_out_equal(&s, count);
done:
    set_outputs(&s, node, (size_t)s.each * channels);
    free(s.vectors);
    free(elements);
    free(mask);
    free(x);
    free(s.out);
}

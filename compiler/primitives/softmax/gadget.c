/* SPDX-License-Identifier: Apache-2.0 */
/* SOFTMAX over the last axis, for the elements that take part, two rows per element and a few per vector:
 * vectors of equal numbers of rows, of all items of a batch, are laid out together. Per vector p of N cells:
 *
 *   m_p is a hint; q_i = x_i - m_p in (-exp_len, 0] and e_i = exp_table[-q_i] by look-up, the q_i by
 *   sum_i t^(N-1-i) q_i + m_p G(t) = X_p(t): m_p is at least every x_i. The table is a multiple of `mark` but
 *   at 0, where it is one more, so S_p = sum_i e_i mod mark is the number of q_i that are 0; that it is in
 *   [1, mark) shows m_p to be one of the x_i. S_p is a copy of the sum in B. S_p = D q + r with r in the
 *   centred range of the divisor D, a multiple of mark, and inv_p = round(numerator/q) by look-up; r mod mark
 *   is S_p mod mark. y_i = rescale(e_i inv_p, S) is a Scale.
 *
 * Where x is a product's result that nothing else reads, q and e are in the rows of the product (scores.h),
 * which costs no row but the one that the results take.
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
#include "compiler/gadgets/scores.h"
#include "compiler/primitives/matmul/matmul.h"
#include "compiler/primitives/softmax/softmax.h"
#include <stdlib.h>
#include <string.h>

/* The elements of a vector that take part. */
struct vector {
    uint32_t *x, *mask, *elements; /* their Y cells; their masks'; which of the tensor they are, in ascending
                                      order: of a batch, of all items' one behind the other */
    uint32_t n, row, mask_row;     /* of the first, when they lie side by side */
    uint32_t e;                    /* first row of their exponentials */
    uint32_t span;                 /* cells of those, up to the last */
};

struct softmax {
    struct hcl_lower *c;
    const struct hcl_fx_node *n;
    struct vector *vectors;
    uint32_t each, channels; /* vectors of an item of a batch, and elements of a vector */
    bool joined; /* with products: exponentials are where their elements are in the vector; else side by side
                  */
    uint32_t rows; /* of each vector under way */
    struct hcl_scaling exp, scale;
    uint32_t inverse, sums; /* table and range of the quotient of a sum by D */
    uint32_t marks, counts; /* of its remainder by mark: any quotient, and the range [1, mark) */
    struct hcl_cell ones;   /* G(t) */
    struct hcl_cell gap;    /* with a mask: its constant */
    uint32_t *lanes_of;     /* of a vector, by row: lanes with exponentials */
    uint32_t *out;          /* the results' cells */
};

/* Register rows of a group. */
enum { SCALAR_ROWS = 4 };

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

static uint32_t exponentials_table(const struct softmax *s)
{
    return table_of(s, 1 - (int64_t)s->n->exp_len, 0, exponential);
}

/* What differences from the maximum need. */
static void start_differences(struct softmax *s, uint32_t node)
{
    const uint32_t one = hcl_machine_one(s->c->m);

    s->exp = hcl_scaling_of(s->c, node, s->rows, 1, exponentials_table(s));
    s->exp.flags = HCL_ROW_HYT | HCL_ROW_SUM;
    s->ones = hcl_vectors_ones(s->c->m, s->rows);
    if (s->n->gap) {
        hcl_lane_op(s->c, 0, s->n->gap, 0, &one, 1);
        s->gap = hcl_cell_y(s->c->m, hcl_lane_emit(s->c, 1));
    }
}

/* Tables and what all vectors of s->rows rows share. */
static void start(struct softmax *s)
{
    struct hcl_machine *m = s->c->m;
    const uint32_t node = (uint32_t)(s->n - s->c->g->nodes);
    const struct hcl_softmax_sums sums = hcl_softmax_sums(s->n, s->channels);

    s->inverse = table_of(s, sums.lo, sums.hi, reciprocal);
    s->sums = hcl_machine_remainder(m, s->n->sum_divisor);
    s->marks = hcl_machine_fn(m, -hcl_softmax_marks(s->n), hcl_softmax_marks(s->n) - 1, NULL);
    s->counts = hcl_machine_range(m, 1, s->n->mark - 1);
    s->scale = hcl_scaling_of(s->c, node, s->rows, s->n->divisor,
                              hcl_machine_fn(m, 0, hcl_softmax_most(s->n), NULL));
    if (!s->joined)
        start_differences(s, node);
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

/* The e of a vector, and the identity of its q: a dot row or, with a mask, two go on with their sum. */
static void exponentials(const struct softmax *s, struct vector *v, uint32_t maximum)
{
    struct hcl_machine *m = s->c->m;
    const struct hcl_scaled scaled = { .in_row = v->row,
                                       .n = v->n,
                                       .factor = HCL_NONE,
                                       .shift = maximum,
                                       .mask_row = v->mask_row,
                                       .mask_mul = (uint32_t)s->n->gap };
    struct hcl_cell sum;

    v->e = hcl_scale_masked_rows(s->c, &s->exp, &scaled, false);
    sum = hcl_machine_dot(m, hcl_cell_y(m, maximum), s->ones, true);
    if (s->n->gap)
        sum = hcl_machine_dot(m, hcl_machine_hyt(m, v->mask_row, s->rows), s->gap, true);
    hcl_machine_equal(m, sum, hcl_machine_hyt(m, v->row, s->rows));
}

static void differences(const struct softmax *s, const struct group *g)
{
    uint32_t maxima;

    for (uint32_t j = 0; j < g->n; j++)
        place(s, g->v[j]);
    prepare_passes(s, g);
    maxima = maxima_of(s, g);
    for (uint32_t j = 0; j < g->n; j++)
        exponentials(s, g->v[j], maxima + j);
}

/* The last row of a vector's e, where its pass and total end. */
static uint32_t last_row(const struct softmax *s, const struct vector *v)
{
    return v->e + s->rows - 1;
}

/* S_j, which is the sum in B, and its inverse. */
static uint32_t inverses_of(const struct softmax *s, const struct group *g)
{
    struct hcl_machine *m = s->c->m;
    struct hcl_row_spec spec = { .flags = HCL_ROW_REG, .c1 = 1 };
    uint32_t sums;

    HCL_CHECK(m->lanes > 0);
    for (uint32_t j = 0; j < m->lanes; j++)
        spec.y[j] = j < g->n ? hcl_machine_hint(m, HCL_HINT_SUM, g->v[j]->e * m->lanes, s->rows * m->lanes, 0)
                             : HCL_SRC_CELL | hcl_machine_zero(m);
    sums = hcl_lane_append(s->c, &spec) * m->lanes;
    for (uint32_t j = 0; j < g->n; j++)
        hcl_machine_equal(m, hcl_cell_y(m, sums + j), hcl_cell_at(last_row(s, g->v[j]), HCL_AT_B));
    return hcl_lane_rescale(s->c, s->n->sum_divisor, s->inverse, s->sums, g->n);
}

/* Element i of a vector among the cells of its exponentials. */
static uint32_t cell_of(const struct softmax *s, const struct vector *v, uint32_t i)
{
    return s->joined ? v->elements[i] % s->channels : i;
}

static void find_lanes(const struct softmax *s, const struct vector *v)
{
    memset(s->lanes_of, 0, s->rows * sizeof(*s->lanes_of));
    for (uint32_t i = 0; i < v->n; i++)
        s->lanes_of[cell_of(s, v, i) / s->c->m->lanes] |= 1u << cell_of(s, v, i) % s->c->m->lanes;
}

static void results(const struct softmax *s, const struct group *g, uint32_t inverses,
                    const struct hcl_cell *right)
{
    uint32_t first[HCL_MAX_LANES];

    for (uint32_t j = 0; j < g->n; j++) {
        const struct vector *v = g->v[j];
        const struct hcl_scaled scaled = {
            .in_row = v->e, .n = v->span, .factor = inverses + j, .shift = HCL_NONE, .elements = s->lanes_of
        };
        find_lanes(s, v);
        first[j] = hcl_scale_masked_rows(s->c, &s->scale, &scaled, false);
        for (uint32_t i = 0; i < v->n; i++)
            s->out[v->elements[i]] = first[j] * s->c->m->lanes + cell_of(s, v, i);
    }
    for (uint32_t j = 0; j < g->n; j++)
        hcl_scale_equal(s->c, &s->scale, first[j], right[j]);
}

static void lay_out(const struct softmax *s, const struct group *g)
{
    struct hcl_cell right[HCL_MAX_LANES] = { { 0 } };
    struct hcl_rides rides;
    uint32_t inverses;

    if (!s->joined)
        differences(s, g);
    inverses = inverses_of(s, g);
    hcl_rides_start(s->c, &rides);
    for (uint32_t j = 0; j < g->n; j++)
        hcl_ride(s->c, hcl_cell_at(last_row(s, g->v[j]), HCL_AT_A1), hcl_cell_y(s->c->m, inverses + j), false,
                 &right[j]);
    hcl_lane_rescale(s->c, s->n->mark, s->marks, s->counts, g->n);
    hcl_rides_end(s->c);
    results(s, g, inverses, right);
}

/* How many of the vectors share the rows of their scalars: all lanes, or as few as take no more than a 256th
 * of the rows so far, so that other lanes need no register, whose evaluation each proof has. */
static uint32_t group_size(const struct softmax *s, uint32_t vectors)
{
    const struct hcl_machine *m = s->c->m;
    const uint32_t lanes = m->lanes, least = (vectors + lanes - 1) / lanes;
    uint32_t size = m->prog.registers ? m->prog.registers : 1;

    while (size < lanes &&
           (uint64_t)SCALAR_ROWS * ((vectors + size - 1) / size - least) > hcl_machine_next_row(m) / 256)
        size++;
    return size;
}

/* All vectors of s->rows rows. */
static void lay_out_equal(struct softmax *s, uint32_t count)
{
    struct group g = { .n = 0 };
    uint32_t left = 0, size;

    for (uint32_t p = 0; p < count; p++)
        left += hcl_rows_for(s->c->m, s->vectors[p].span) == s->rows;
    if (left == 0)
        return;
    start(s);
    size = group_size(s, left);
    for (uint32_t p = 0; s->c->m->status == HCL_OK && p < count; p++) {
        if (hcl_rows_for(s->c->m, s->vectors[p].span) != s->rows)
            continue;
        g.v[g.n++] = &s->vectors[p];
        left--;
        if (g.n < size && left > 0)
            continue;
        lay_out(s, &g);
        g.n = 0;
    }
}

/* Which elements of each vector take part; elements has room for all. */
static void find_elements(struct softmax *s, uint32_t *elements, uint32_t count)
{
    uint32_t at = 0;

    for (uint32_t p = 0; p < count; p++) {
        struct vector *v = &s->vectors[p];
        v->elements = elements + at;
        for (uint32_t e = p * s->channels; e < (p + 1) * s->channels; e++)
            if (hcl_softmax_keeps(s->n, e % (s->each * s->channels))) {
                elements[at++] = e;
                v->n++;
            }
        v->span = v->n;
    }
}

/* Their cells and those of their masks, or NULL. */
static void collect(struct softmax *s, uint32_t *x, uint32_t *mask, uint32_t count)
{
    uint32_t at = 0;

    for (uint32_t p = 0; p < count; p++) {
        struct vector *v = &s->vectors[p];
        v->x = x + at;
        v->mask = mask ? mask + at : NULL;
        for (uint32_t i = 0; i < v->n; i++, at++) {
            x[at] = x[v->elements[i]]; /* at <= that */
            if (mask)
                mask[at] = mask[v->elements[i]];
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
    const uint32_t *dims = s->c->g->tensors[s->n->output].dims;

    for (uint32_t item = 0; item < hcl_fx_items(s->c->g); item++) {
        struct hcl_view out = hcl_machine_view(s->c->m, dims[1], dims[2], dims[3]);
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

/* The MATMUL whose result an item of the node reads, if they are laid out together; else HCL_NONE. */
static uint32_t product_of(const struct softmax *s, uint32_t node)
{
    for (uint32_t i = 0; i < s->c->g->num_nodes; i++)
        if (s->c->g->nodes[i].op == HCL_FX_MATMUL &&
            s->c->g->nodes[i].output == s->c->g->nodes[node].inputs[0])
            return hcl_matmul_scores_of(s->c, i) == node ? i : HCL_NONE;
    return HCL_NONE;
}

/* Whether rows of exponentials are saved by joining: all of them, for what the products take more. */
static bool pays(struct softmax *s, uint32_t matmul)
{
    struct hcl_products p;
    int64_t saved = 0;

    for (uint32_t v = 0; v < s->each; v++)
        saved += hcl_rows_for(s->c->m, s->vectors[v].n);
    if (hcl_matmul_products(s->c, matmul, &p))
        saved -= hcl_scores_price(s->c, &p);
    hcl_matmul_products_clear(&p);
    return saved > 0;
}

/* By vector of an item: the first row of its mask, whole. */
static uint32_t *mask_rows(const struct softmax *s, uint32_t node)
{
    uint32_t *mask = hcl_vectors_of(s->c, &s->c->views[s->c->g->nodes[node].inputs[1]]),
             *rows = calloc(s->each, sizeof(*rows));
    const uint32_t n = s->channels;

    if (!rows)
        hcl_machine_fail(s->c->m, HCL_NO_RESOURCE, "out of memory for the layout");
    hcl_gadget_region(s->c, node, "masks", HCL_FX_NONE);
    for (uint32_t p = 0; mask && rows && p < s->each; p++) {
        uint32_t same = 0;
        while (same < p && memcmp(mask + (size_t)same * n, mask + (size_t)p * n, n * sizeof(*mask)) != 0)
            same++;
        rows[p] = same < p ? rows[same] : row_of(s->c->m, mask + (size_t)p * n, n);
    }
    free(mask);
    return rows;
}

/* The rows of an item's product with its vectors' exponentials, in v. */
static void join(struct softmax *s, uint32_t node, struct vector *v)
{
    struct hcl_scores scores = {
        .node = node, .kept = s->n->map, .gap = s->n->gap, .rows = calloc(s->each, sizeof(*scores.rows))
    };
    uint32_t matmul = product_of(s, node), *masks = s->n->gap ? mask_rows(s, node) : NULL;
    struct hcl_products p = { 0 };

    if (!scores.rows)
        hcl_machine_fail(s->c->m, HCL_NO_RESOURCE, "out of memory for the layout");
    scores.mask = masks;
    scores.fn = exponentials_table(s);
    scores.range = hcl_gadget_fn(s->c, matmul);
    if (scores.rows && s->c->m->status == HCL_OK && hcl_matmul_products(s->c, matmul, &p)) {
        hcl_gadget_scores(s->c, &p, &scores);
        for (uint32_t i = 0; i < s->each; i++)
            v[i].e = scores.rows[i];
    }
    hcl_matmul_products_clear(&p);
    free(scores.rows);
    free(masks);
}

/* The products that the node reads, where they are left to it; joined with it if that pays. */
static void lay_out_products(struct softmax *s, uint32_t node, uint32_t count)
{
    const uint32_t matmul = product_of(s, node);

    if (matmul == HCL_NONE)
        return;
    HCL_CHECK(s->channels > 0);
    s->joined = pays(s, matmul);
    for (uint32_t p = 0; s->joined && p < count; p++)
        s->vectors[p].span = s->vectors[p].elements[s->vectors[p].n - 1] % s->channels + 1;
    for (uint32_t item = 0; item < hcl_fx_items(s->c->g) && s->c->m->status == HCL_OK; item++)
        if (s->joined)
            join(s, node + item, &s->vectors[item * s->each]);
        else
            hcl_matmul_lay_out(s->c, product_of(s, node + item));
}

static void lay_out_all(struct softmax *s, uint32_t node, uint32_t count, uint32_t *elements)
{
    uint32_t *x = NULL, *mask = NULL;

    find_elements(s, elements, count);
    lay_out_products(s, node, count);
    hcl_gadget_region(s->c, node, "outputs", s->n->output);
    if (!s->joined) {
        (void)hcl_gadget_input(s->c, node);
        x = cells_of(s->c, node, 0);
        mask = s->n->gap ? cells_of(s->c, node, 1) : NULL;
        if (s->c->m->status == HCL_OK)
            collect(s, x, mask, count);
    }
    for (s->rows = 1; s->c->m->status == HCL_OK && s->rows <= hcl_rows_for(s->c->m, s->channels); s->rows++)
        lay_out_equal(s, count);
    free(x);
    free(mask);
}

void hcl_gadget_softmax(struct hcl_lower *c, uint32_t node)
{
    const uint32_t *dims = c->g->tensors[c->g->nodes[node].output].dims;
    struct softmax s = { .c = c, .n = &c->g->nodes[node], .each = dims[1] * dims[2], .channels = dims[3] };
    const uint32_t count = s.each * items_that_fit(c, node);
    const size_t all = (size_t)count * s.channels;
    uint32_t *elements = calloc(all + 1, sizeof(*elements));

    s.out = malloc((all + 1) * sizeof(*s.out));
    s.vectors = calloc((size_t)count + 1, sizeof(*s.vectors));
    s.lanes_of = calloc(hcl_rows_for(c->m, s.channels), sizeof(*s.lanes_of));
    if (elements && s.vectors && s.out && s.lanes_of) {
        for (size_t i = 0; i < all; i++)
            s.out[i] = hcl_machine_zero(c->m);
        lay_out_all(&s, node, count, elements);
    } else {
        hcl_machine_fail(c->m, HCL_NO_RESOURCE, "out of memory for the layout");
    }
    set_outputs(&s, node, (size_t)s.each * s.channels);
    free(s.lanes_of);
    free(s.vectors);
    free(elements);
    free(s.out);
}

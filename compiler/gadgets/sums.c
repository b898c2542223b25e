/* SPDX-License-Identifier: Apache-2.0 */
/* Each vector p of x lies in R rows of its own, all from the same lane on, and so does that of w, in place or
 * copied. The results z = a x + b w = S q + r lie likewise, and
 *
 *   Z_p(t) = a X_p(t) + b W_p(t)
 *
 * by passes in t over the rows. Cells of x and w are of phase 0, so coefficient by coefficient the identity
 * gives each z, and the look-ups of q and r leave one of each. A constant w has no cells: b W_p(t) is a pass
 * over weights, which are what the key says or, if they are private, fixed before t like cells. Cells beside
 * the elements may hold anything: there q and r are not looked up, and y is 0. */
#include "compiler/gadgets/sums.h"
#include "compiler/fixed/fixed_bounds.h"
#include "compiler/gadgets/lanes.h"
#include "compiler/gadgets/scale.h"
#include "compiler/gadgets/weights.h"
#include <stdlib.h>
#include <string.h>

/* Rows of constants, and of the sums of a vector. */
enum { FACTOR_ROWS = 6, DOT_ROWS = 2 };

struct term {
    uint32_t tensor;
    int64_t by;
    uint32_t *cells;       /* by element of the result; NULL: a constant, which has none */
    uint32_t *rows;        /* first ones, by vector, or where constants are in the pool; NULL: no such term */
    struct hcl_cell *sums; /* of a constant: b W_p(t), by vector */
    uint32_t factor;       /* Y cell that holds `by` */
    bool in_place;
};

struct sum {
    struct hcl_lower *c;
    const struct hcl_fx_node *n;
    uint32_t node, count, wide;
    uint32_t origin, rows; /* lane of first elements, rows of a vector */
    struct term lead, other;
};

static bool is_constant(const struct sum *s, uint32_t tensor)
{
    return s->c->g->tensors[tensor].data != NULL && !s->c->placed[tensor];
}

static bool find_cells(const struct sum *s, struct term *t, const uint32_t *map)
{
    const size_t len = (size_t)s->count * s->wide;
    struct hcl_operand o;

    t->rows = calloc((size_t)s->count + 1, sizeof(*t->rows));
    if (!t->rows)
        return false;
    if (is_constant(s, t->tensor)) {
        t->sums = calloc((size_t)s->count + 1, sizeof(*t->sums));
        return t->sums != NULL;
    }
    t->cells = calloc(len + 1, sizeof(*t->cells));
    if (!t->cells)
        return false;
    o = hcl_operand_of(s->c, s->node, t->tensor);
    for (size_t i = 0; i < len && s->c->m->status == HCL_OK; i++)
        t->cells[i] = hcl_operand_cell(s->c, &o, map ? map[i] : i);
    return true;
}

static void term_clear(struct term *t)
{
    free(t->cells);
    free(t->rows);
    free(t->sums);
}

/* Whether the vectors are runs of neighbours, all from lane `origin` on. */
static bool lies(const struct sum *s, const struct term *t, uint32_t origin)
{
    for (uint32_t p = 0; t->cells && p < s->count; p++) {
        const uint32_t *v = t->cells + (size_t)p * s->wide;
        if (v[0] % s->c->m->lanes != origin)
            return false;
        for (uint32_t e = 1; e < s->wide; e++)
            if (v[e] != v[0] + e)
                return false;
    }
    return t->cells != NULL;
}

/* The lead's vectors are where the results' are to be: in place, or copied where they are read as such or
 * a constant is added. */
static bool choose(struct sum *s)
{
    const uint32_t lanes = s->c->m->lanes;
    const bool two = s->other.rows != NULL;
    const size_t steps = (two ? 3 : 2) * ((size_t)s->count * s->wide / lanes);
    size_t rows;

    if (two && !(s->lead.cells && lies(s, &s->lead, s->lead.cells[0] % lanes)) && s->other.cells &&
        lies(s, &s->other, s->other.cells[0] % lanes)) {
        const struct term t = s->lead;
        s->lead = s->other;
        s->other = t;
    }
    if (!s->lead.cells || (two && (s->other.by < 1 || s->other.by > INT32_MAX)))
        return false;
    s->origin = s->lead.cells[0] % lanes;
    s->lead.in_place = lies(s, &s->lead, s->origin);
    if (!s->lead.in_place) {
        if (s->other.sums == NULL && !hcl_gadget_reads(s->c, HCL_FX_NORM, s->n->output) &&
            !hcl_gadget_reads(s->c, HCL_FX_SOFTMAX, s->n->output))
            return false;
        s->origin = 0;
    }
    s->other.in_place = !two || !s->other.cells || lies(s, &s->other, s->origin);
    s->rows = hcl_rows_for(s->c->m, (uint64_t)s->origin + s->wide);
    rows = (size_t)s->rows * (1 + !s->lead.in_place + !s->other.in_place) + DOT_ROWS;
    return rows * s->count + FACTOR_ROWS < steps;
}

static void copy_vectors(const struct sum *s, struct term *t)
{
    const uint32_t all = s->rows * s->c->m->lanes;
    uint32_t *line = malloc(all * sizeof(*line));

    if (!line) {
        hcl_machine_fail(s->c->m, HCL_NO_RESOURCE, "out of memory for a copy of %u vectors", s->count);
        return;
    }
    hcl_gadget_region(s->c, s->node, "copy of an operand", HCL_FX_NONE);
    for (uint32_t p = 0; p < s->count; p++) {
        for (uint32_t i = 0; i < all; i++)
            line[i] = i - s->origin < s->wide ? t->cells[(size_t)p * s->wide + i - s->origin]
                                              : hcl_machine_zero(s->c->m); /* wraps before the origin */
        t->rows[p] = hcl_machine_copy_rows(s->c->m, line, all, 0);
    }
    free(line);
}

/* What is added to the cells of vector p, last one first. */
static void constants_of(const struct sum *s, const struct term *t, uint32_t p, int64_t *values)
{
    const struct hcl_fx_tensor *w = &s->c->g->tensors[t->tensor];
    const size_t len = hcl_fx_tensor_len(s->c->g, t->tensor), first = (size_t)p * s->wide;
    const uint32_t all = s->rows * s->c->m->lanes;

    for (uint32_t i = 0; i < all; i++) {
        const uint32_t e = all - 1 - i - s->origin; /* wraps before the origin */
        values[i] = 0;
        if (e < s->wide)
            values[i] = hcl_fx_constant(w, s->n->map ? s->n->map[first + e] : (first + e) % len);
    }
}

/* The passes of a constant, and its values for the witness. */
static void place_constants(const struct sum *s, struct term *t)
{
    struct hcl_machine *m = s->c->m;
    const struct hcl_fx_tensor *w = &s->c->g->tensors[t->tensor];
    const uint32_t all = s->rows * m->lanes;
    const uint32_t limbs = hcl_weight_limbs(w->lo < 0 ? w->lo : 0, w->hi > 0 ? w->hi : 0);
    const struct hcl_spread plain = hcl_spread_plain(all); /* each vector's sum is one by itself */
    int64_t *values = calloc(3 * (size_t)all, sizeof(*values)), *before = values + all,
            *forwards = values + 2 * (size_t)all;
    struct hcl_cell scale[HCL_MAX_WEIGHT_LIMBS];

    if (!values) {
        hcl_machine_fail(m, HCL_NO_RESOURCE, "out of memory for constants");
        return;
    }
    hcl_gadget_region(s->c, s->node, "constants", t->tensor);
    hcl_weight_scales(m, hcl_cell_y(m, t->factor), limbs, scale);
    for (uint32_t p = 0; p < s->count && m->status == HCL_OK; p++) {
        constants_of(s, t, p, values);
        if (p > 0 && memcmp(values, before, all * sizeof(*values)) == 0) {
            t->sums[p] = t->sums[p - 1];
            t->rows[p] = t->rows[p - 1];
            continue;
        }
        memcpy(before, values, all * sizeof(*values));
        for (uint32_t i = 0; i < all; i++)
            forwards[i] = values[all - 1 - i];
        t->rows[p] = hcl_machine_pool(m, forwards, all);
        t->sums[p] = hcl_weight_pass(m, values, &plain, scale, limbs, false, NULL);
    }
    free(values);
}

static void place(const struct sum *s, struct term *t)
{
    const uint32_t lanes = s->c->m->lanes;

    t->factor = hcl_machine_one(s->c->m);
    if (t->by != 1) {
        hcl_lane_op(s->c, 0, t->by, 0, &t->factor, 1);
        t->factor = hcl_lane_emit(s->c, 1);
    }
    if (t->cells == NULL) {
        place_constants(s, t);
        return;
    }
    if (t->in_place)
        for (uint32_t p = 0; p < s->count; p++)
            t->rows[p] = t->cells[(size_t)p * s->wide] / lanes;
    else
        copy_vectors(s, t);
    for (uint32_t p = 0; p < s->count; p++) /* first of all: they may append rows */
        hcl_machine_hyt(s->c->m, t->rows[p], s->rows);
}

/* The lanes of elements, by row. */
static void find_lanes(const struct sum *s, uint32_t *lanes_of)
{
    const uint32_t lanes = s->c->m->lanes, end = s->origin + s->wide;

    for (uint32_t row = 0; row < s->rows; row++) {
        const uint32_t left = end - row * lanes;
        lanes_of[row] =
            hcl_lanes_below(left < lanes ? left : lanes) & ~(row == 0 ? hcl_lanes_below(s->origin) : 0);
    }
}

/* The results' rows, vector by vector; returns the first. */
static uint32_t outputs(const struct sum *s, const uint32_t *lanes_of)
{
    struct hcl_machine *m = s->c->m;
    const struct hcl_scaling scaling = { .node = s->node,
                                         .rows = s->rows,
                                         .divisor = s->n->divisor,
                                         .fn = hcl_gadget_fn(s->c, s->node),
                                         .limbs = 1,
                                         .range = hcl_machine_remainder(m, s->n->divisor),
                                         .gate = HCL_ROW_HT };
    const bool two = s->other.rows != NULL;
    const uint32_t first = hcl_machine_next_row(m);

    for (uint32_t p = 0; p < s->count; p++) {
        const struct hcl_scaled v = { .in_row = s->lead.rows[p],
                                      .n = s->origin + s->wide,
                                      .factor = s->lead.factor,
                                      .shift = HCL_NONE,
                                      .mask_row = two ? s->other.rows[p] : 0,
                                      .mask_mul = two ? (uint32_t)s->other.by : 0,
                                      .constant = two && s->other.cells == NULL,
                                      .elements = lanes_of };
        hcl_scale_masked_rows(s->c, &scaling, &v, false);
    }
    return first;
}

static void tie(const struct sum *s, uint32_t first)
{
    struct hcl_machine *m = s->c->m;

    for (uint32_t p = 0; p < s->count; p++) {
        struct hcl_cell right = hcl_machine_dot(m, hcl_machine_hyt(m, s->lead.rows[p], s->rows),
                                                hcl_cell_y(m, s->lead.factor), false);
        if (s->other.sums != NULL)
            right = hcl_machine_dot(m, s->other.sums[p], hcl_cell_y(m, hcl_machine_one(m)), true);
        else if (s->other.rows != NULL)
            right = hcl_machine_dot(m, hcl_machine_hyt(m, s->other.rows[p], s->rows),
                                    hcl_cell_y(m, s->other.factor), true);
        hcl_machine_equal(m, hcl_cell_at(first + (p + 1) * s->rows - 1, HCL_AT_A0), right);
    }
}

static void lay_out(struct sum *s, uint32_t *lanes_of)
{
    const uint32_t *dims = s->c->g->tensors[s->n->output].dims;
    uint32_t first;

    place(s, &s->lead);
    if (s->other.rows != NULL)
        place(s, &s->other);
    find_lanes(s, lanes_of);
    hcl_gadget_region(s->c, s->node, "outputs", s->n->output);
    first = outputs(s, lanes_of);
    tie(s, first);
    hcl_gadget_set_output(s->c, s->node, hcl_machine_view_positions(s->c->m, dims, first, s->origin));
}

bool hcl_gadget_vector_sum(struct hcl_lower *c, uint32_t node, int64_t a, int64_t b)
{
    const struct hcl_fx_node *n = &c->g->nodes[node];
    const uint32_t *dims = c->g->tensors[n->output].dims;
    struct sum s = { .c = c, .n = n, .node = node, .count = dims[1] * dims[2], .wide = dims[3] };
    uint32_t *lanes_of = NULL;
    bool done = false;

    s.lead = (struct term){ .tensor = n->inputs[0], .by = a };
    s.other = (struct term){ .tensor = n->inputs[1], .by = b };
    if (s.wide < 2 * c->m->lanes || a == 0 || is_constant(&s, n->inputs[0]))
        return false;
    if (!find_cells(&s, &s.lead, NULL) ||
        (s.other.tensor != HCL_FX_NONE && !find_cells(&s, &s.other, n->map)))
        hcl_machine_fail(c->m, HCL_NO_RESOURCE, "out of memory for the operands of '%s'", n->name);
    else if (c->m->status == HCL_OK && choose(&s)) {
        done = true;
        lanes_of = malloc(s.rows * sizeof(*lanes_of));
        if (lanes_of)
            lay_out(&s, lanes_of);
        else
            hcl_machine_fail(c->m, HCL_NO_RESOURCE, "out of memory for the rows of '%s'", n->name);
    }
    free(lanes_of);
    term_clear(&s.lead);
    term_clear(&s.other);
    return done;
}

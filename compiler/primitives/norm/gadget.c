/* SPDX-License-Identifier: Apache-2.0 */
/* NORM, one row per element and some per L vectors. The sums A of x and V2 of x^2 are hints; that A + t*V2 is
 * the total in B of the vector's rows fixes both, as they are there before t. w, r and b are scalars
 * (scalars.h), the result is the Scale r*x + b. Everything has one value given x.
 *
 * Vectors of whole channels (planes.h) are as many Scales, by passes in s, and their totals a sum of those of
 * the channels. */
#include "compiler/gadgets/functional.h"
#include "compiler/gadgets/lanes.h"
#include "compiler/gadgets/rides.h"
#include "compiler/gadgets/scalars.h"
#include "compiler/gadgets/scale.h"
#include "compiler/primitives/norm/norm.h"
#include "compiler/primitives/norm/planes.h"
#include <stdlib.h>

struct norm {
    struct hcl_lower *c;
    const struct hcl_fx_node *n;
    struct hcl_vectors x;
    struct hcl_scaling scale;
    struct hcl_limbs limbs;
    struct hcl_cell one, t, ones;  /* 1, t, G(t) */
    uint32_t *out;                 /* [count][n] */
    struct hcl_norm_planes planes; /* channels = 0: the vectors are none */
    struct hcl_cell *values;       /* by channel: X(s) */
    uint32_t *rows;                /* by channel: first row of its results */
    uint32_t *r, *b;               /* by vector: its scalars' Y cells */
};

/* By vector of a group. */
struct passes {
    struct hcl_cell values[HCL_MAX_LANES], totals[HCL_MAX_LANES]; /* X(t), A + t*V2 */
    struct hcl_cell right[HCL_MAX_LANES];
};

static void results(const struct norm *s, uint32_t p, uint32_t n, uint32_t r, uint32_t b,
                    const struct hcl_cell *right)
{
    const uint32_t lanes = s->c->m->lanes;

    for (uint32_t j = 0; j < n; j++) {
        const uint32_t first = hcl_scale_rows(s->c, &s->scale, hcl_vectors_row(&s->x, p + j), s->x.n, r + j,
                                              s->n->centred ? b + j : HCL_NONE, false);
        for (uint32_t i = 0; i < s->x.n; i++)
            s->out[(size_t)(p + j) * s->x.n + i] = first * lanes + i;
    }
    for (uint32_t j = 0; j < n; j++)
        hcl_scale_equal(s->c, &s->scale, s->out[(size_t)(p + j) * s->x.n] / lanes, right[j]);
}

/* Of the channels of vector p: X(s), and the sum of A + t*V2. */
static struct hcl_cell passes_over_planes(const struct norm *s, uint32_t p)
{
    const struct hcl_norm_planes *o = &s->planes;
    struct hcl_cell *totals = calloc(o->each, sizeof(*totals)), sum = { 0 };

    if (!totals)
        hcl_machine_fail(s->c->m, HCL_NO_RESOURCE, "out of memory for the layout");
    for (uint32_t k = 0; totals && k < o->each; k++)
        hcl_machine_squares(s->c->m, o->first + (p * o->each + k) * o->stride, o->rows, true,
                            &s->values[p * o->each + k], &totals[k]);
    for (uint32_t k = 0; totals && k < o->each; k++)
        sum = hcl_machine_dot(s->c->m, totals[k], s->one, k > 0);
    free(totals);
    return sum;
}

static void passes_over(const struct norm *s, uint32_t p, uint32_t n, struct passes *q)
{
    for (uint32_t j = 0; s->planes.channels && j < n; j++)
        q->totals[j] = passes_over_planes(s, p + j);
    if (s->planes.channels)
        return;
    for (uint32_t j = 0; j < n; j++)
        hcl_machine_squares(s->c->m, hcl_vectors_row(&s->x, p + j), s->x.rows, false, &q->values[j],
                            &q->totals[j]);
}

/* That A + t*V2 is the total fixes both. */
static void tie_sums(const struct norm *s, uint32_t n, uint32_t a, uint32_t v2, const struct passes *q)
{
    for (uint32_t j = 0; j < n; j++) {
        hcl_ride(s->c, hcl_cell_y(s->c->m, a + j), s->one, false, NULL);
        hcl_ride_equal(s->c, hcl_cell_y(s->c->m, v2 + j), s->t, true, q->totals[j]);
    }
}

static void right_sides(const struct norm *s, uint32_t n, uint32_t r, uint32_t b, struct passes *q)
{
    for (uint32_t j = 0; j < n; j++) {
        hcl_ride(s->c, q->values[j], hcl_cell_y(s->c->m, r + j), false, &q->right[j]);
        if (s->n->centred)
            hcl_ride(s->c, s->ones, hcl_cell_y(s->c->m, b + j), true, &q->right[j]);
    }
}

/* The results, channel by channel, all of one distance from each other; then what they are. */
static void scaled_planes(const struct norm *s)
{
    struct hcl_machine *m = s->c->m;
    const struct hcl_norm_planes *o = &s->planes;

    for (uint32_t k = 0; k < o->channels; k++)
        s->rows[k] = hcl_scale_masked_rows(s->c, &s->scale,
                                           &(struct hcl_scaled){ .in_row = o->first + k * o->stride,
                                                                 .n = o->rows * m->lanes,
                                                                 .factor = s->r[k / o->each],
                                                                 .shift = s->b[k / o->each],
                                                                 .elements = o->lanes },
                                           false);
    for (uint32_t k = 0; k < o->channels; k++) {
        struct hcl_cell right = hcl_machine_dot(m, s->values[k], hcl_cell_y(m, s->r[k / o->each]), false);
        if (s->n->centred)
            right = hcl_machine_dot(m, s->ones, hcl_cell_y(m, s->b[k / o->each]), true);
        hcl_scale_equal(s->c, &s->scale, s->rows[k], right);
    }
}

/* What hints are about: vector j of a group's are the `count` cells from first + j*stride on. */
struct hinted {
    uint32_t first, stride, count;
};

/* What hints of n vectors from p on are about: of planes, from the first channel to the last. */
static struct hinted hinted(const struct norm *s, uint32_t p)
{
    const struct hcl_norm_planes *o = &s->planes;
    const uint32_t lanes = s->c->m->lanes;

    if (o->channels == 0)
        return (struct hinted){ hcl_vectors_cell(s->c->m, &s->x, p), s->x.rows * lanes, s->x.n };
    return (struct hinted){ (o->first + p * o->each * o->stride) * lanes, o->each * o->stride * lanes,
                            ((o->each - 1) * o->stride + o->rows) * lanes };
}

/* R = V = spread*(N*V2 - A^2) + epsilon, without A unless centred; returns the cells of A. */
static uint32_t variance(const struct norm *s, uint32_t p, uint32_t n, const struct passes *q)
{
    const struct hinted of = hinted(s, p);
    const struct hcl_scalar_step load = { 0, 1, 0 },
                                 add = { s->n->centred ? -1 : 0, s->n->spread * s->x.n, 0 };
    struct hcl_hint hint = { .kind = HCL_HINT_SUM, .cell = of.first, .count = of.count };
    uint32_t a, v2;

    a = hcl_scalar_hint(s->c, load, hint, of.stride, n);
    if (s->n->centred)
        hcl_scalar_op(s->c, (struct hcl_scalar_step){ 0, 0, s->n->spread }, a, n);
    hint.kind = HCL_HINT_SQUARES;
    v2 = hcl_scalar_hint(s->c, add, hint, of.stride, n);
    tie_sums(s, n, a, v2, q);
    hcl_lane_op_same(s->c, 1, s->n->epsilon, hcl_machine_one(s->c->m), n);
    return a;
}

/* b = -r*A/N rounded, and *r: a results' element r*x + b is small by its look-ups, and so is b. */
static uint32_t shift(const struct norm *s, uint32_t w, uint32_t a, uint32_t n, uint32_t *r)
{
    const struct hcl_hint hint = { .kind = HCL_HINT_QUOTIENT, .cell = w, .count = 1, .by = s->n->numerator };

    *r = hcl_scalar_hint(s->c, (struct hcl_scalar_step){ 0, -1, 0 }, hint, 1, n);
    if (!s->n->centred)
        return 0;
    hcl_scalar_op(s->c, (struct hcl_scalar_step){ 0, 0, 1 }, a, n);
    return hcl_scalar_divide(s->c, s->x.n, n);
}

/* n <= L vectors from p on. */
static void group(const struct norm *s, uint32_t p, uint32_t n)
{
    struct passes q = { 0 };
    struct hcl_rides rides;
    uint32_t a, w, r, b;

    passes_over(s, p, n, &q);
    hcl_rides_start(s->c, &rides);
    a = variance(s, p, n, &q);
    w = hcl_scalar_root(s->c, &s->limbs, n);
    b = shift(s, w, a, n, &r);
    if (s->planes.channels == 0)
        right_sides(s, n, r, b, &q);
    hcl_scalar_quotient(s->c, &s->limbs, s->n->numerator, w, r, n);
    hcl_rides_end(s->c);
    for (uint32_t j = 0; s->planes.channels && j < n; j++) {
        s->r[p + j] = r + j;
        s->b[p + j] = s->n->centred ? b + j : HCL_NONE;
    }
    if (s->planes.channels == 0)
        results(s, p, n, r, b, q.right);
}

static void start(struct norm *s, uint32_t node)
{
    struct hcl_machine *m = s->c->m;

    s->limbs = hcl_limbs_of(s->c, hcl_norm_limb_bits(s->c->g, s->n));
    s->scale = hcl_scaling_of(s->c, node, s->x.rows, s->n->divisor, hcl_gadget_fn(s->c, node));
    s->one = hcl_cell_y(m, hcl_machine_one(m));
    s->t = hcl_machine_t_power(m, 1);
    s->ones = s->planes.channels
                  ? hcl_functional_geometric(m, (uint64_t)s->x.rows * m->lanes, hcl_machine_s_power)
                  : hcl_vectors_ones(m, s->x.rows);
    if (s->planes.channels)
        s->scale.gate = HCL_ROW_HZ;
}

/* Whether the node's vectors are whole channels, which are placed then. */
static bool place_planes(struct norm *s, uint32_t node, const struct hcl_view *in)
{
    if (!hcl_norm_planes_of(s->c, node, &s->planes))
        return false;
    s->x = (struct hcl_vectors){ .n = in->c, .rows = s->planes.rows };
    s->values = calloc(s->planes.channels, sizeof(*s->values));
    s->rows = calloc(s->planes.channels, sizeof(*s->rows));
    s->r = calloc(s->planes.channels, sizeof(*s->r));
    s->b = calloc(s->planes.channels, sizeof(*s->b));
    if (!s->values || !s->rows || !s->r || !s->b)
        hcl_machine_fail(s->c->m, HCL_NO_RESOURCE, "out of memory for the layout");
    return true;
}

/* The cells of the results, where those of a channel have their own rows. */
static void place_results(const struct norm *s, size_t len)
{
    const struct hcl_norm_planes *o = &s->planes;

    for (size_t e = 0; e < len; e++) {
        const uint32_t at = o->index[e] / o->channels;
        s->out[e] = s->rows[o->index[e] % o->channels] * s->c->m->lanes + o->before + at / o->w * o->pitch +
                    at % o->w;
    }
}

void hcl_gadget_norm(struct hcl_lower *c, uint32_t node)
{
    const struct hcl_fx_node *n = &c->g->nodes[node];
    const struct hcl_view *in = hcl_gadget_input(c, node);
    const uint32_t count = in->h * in->w;
    struct hcl_view out = hcl_machine_view(c->m, in->h, in->w, in->c);
    struct norm s = { .c = c, .n = n, .out = out.cells };

    if (!place_planes(&s, node, in))
        s.x = hcl_vectors_of_view(c, node, in);
    hcl_gadget_region(c, node, "outputs", n->output);
    if (c->m->status == HCL_OK)
        start(&s, node);
    for (uint32_t p = 0; c->m->status == HCL_OK && p < count; p += c->m->lanes)
        group(&s, p, count - p < c->m->lanes ? count - p : c->m->lanes);
    if (c->m->status == HCL_OK && s.planes.channels) {
        scaled_planes(&s);
        place_results(&s, (size_t)count * in->c);
    }
    free(s.values);
    free(s.rows);
    free(s.r);
    free(s.b);
    hcl_norm_planes_clear(&s.planes);
    hcl_gadget_set_output(c, node, out);
}

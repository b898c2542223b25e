/* SPDX-License-Identifier: Apache-2.0 */
/* SOFTMAX over the last axis, two rows per element and some per L vectors, for the elements that take part:
 * vectors of equal numbers of them are laid out together. Per vector p of n elements:
 *
 *   m_p is a hint; q_i = m_p - x_i in [0, exp_len) and e_i = exp_table[q_i] by look-up, the q_i by
 *   sum_i s^(N-1-i) q_i = m_p G(s) - X_p(s): m_p is at least every x_i. The table is a multiple of `mark` but
 *   at 0, where it is one more, so S_p = sum_i e_i mod mark is the number of q_i that are 0; that it is in
 *   [1, mark) shows m_p to be one of the x_i. S_p is a copy of the sum in B. inv_p = numerator/S_p, rounded,
 *   by hcl_scalar_quotient; y_i = rescale(e_i inv_p, S) is a Scale.
 *
 * So from x on everything has one value. The identities of the q_i of up to L vectors are one. */
#include "compiler/gadgets/lanes.h"
#include "compiler/gadgets/rides.h"
#include "compiler/gadgets/scalars.h"
#include "compiler/gadgets/scale.h"
#include "compiler/primitives/softmax/softmax.h"
#include <stdlib.h>

struct softmax {
    struct hcl_lower *c;
    const struct hcl_fx_node *n;
    struct hcl_vectors x;
    struct hcl_scaling exp, scale;
    struct hcl_limbs limbs;
    uint32_t counts;                        /* range [1, mark) */
    struct hcl_cell one, at[HCL_MAX_LANES]; /* G(s) s^(N k), k rows of vectors above the end of a group */
    uint32_t *out;                          /* [count][n]: the results' cells */
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

static void start(struct softmax *s)
{
    struct hcl_machine *m = s->c->m;
    const uint32_t largest = s->x.count < m->lanes ? s->x.count : m->lanes, cells = s->x.rows * m->lanes;

    s->limbs = hcl_limbs_of(s->c, hcl_softmax_limb_bits(s->n, s->c->g->tensors[s->n->output].dims[3]));
    s->counts = hcl_machine_range(m, 1, s->n->mark - 1);
    s->exp = hcl_scaling_of(s->c, (uint32_t)(s->n - s->c->g->nodes), &s->x, 1,
                            hcl_machine_fn(m, 0, s->n->exp_len - 1, s->n->exp_table));
    s->exp.flags = HCL_ROW_HY | HCL_ROW_SUM;
    s->scale = hcl_scaling_of(s->c, s->exp.node, &s->x, s->n->divisor,
                              hcl_machine_fn(m, 0, hcl_softmax_most(s->n), NULL));
    s->one = hcl_cell_y(m, hcl_machine_one(m));
    s->at[0] = hcl_vectors_ones(m, s->x.rows, s->x.n);
    for (uint32_t k = 1; k < largest; k++)
        s->at[k] = hcl_machine_dot(m, s->at[0], hcl_machine_s_power(m, (uint64_t)cells * k), false);
}

/* The e of `n` vectors from p on; returns their first row. */
static uint32_t exponentials(struct softmax *s, uint32_t p, uint32_t n, uint32_t maxima)
{
    const uint32_t first = hcl_machine_next_row(s->c->m);

    for (uint32_t j = 0; j < n; j++)
        hcl_scale_rows(s->c, &s->exp, hcl_vectors_row(&s->x, p + j), HCL_NONE, maxima + j, j > 0);
    return first;
}

/* sum_j m_j G(s) s^(N (n-1-j)) and what it must be. */
static void tie_maxima(struct softmax *s, uint32_t n, uint32_t maxima, struct hcl_cell x, uint32_t e,
                       struct hcl_cell sums[2])
{
    struct hcl_machine *m = s->c->m;

    for (uint32_t j = 0; j < n; j++)
        hcl_ride(s->c, hcl_cell_y(m, maxima + j), s->at[n - 1 - j], j > 0, j + 1 < n ? NULL : &sums[0]);
    hcl_ride(s->c, hcl_cell_at(e + n * s->x.rows - 1, HCL_AT_A0), s->one, false, NULL);
    hcl_ride(s->c, x, s->one, true, &sums[1]);
}

/* S_j, which is the sum in B, and its rest by `mark`. */
static uint32_t totals(struct softmax *s, uint32_t n, uint32_t e)
{
    struct hcl_machine *m = s->c->m;
    const uint32_t all = s->x.rows * m->lanes;
    const uint32_t sums =
        hcl_scalar_hint(s->c, HCL_HINT_SUM, (struct hcl_hinted){ e * m->lanes, all, all }, 0, n);

    for (uint32_t j = 0; j < n; j++)
        hcl_machine_equal(m, hcl_cell_y(m, sums + j), hcl_cell_at(e + (j + 1) * s->x.rows - 1, HCL_AT_B));
    hcl_scalar_split(s->c, &s->limbs, n);
    hcl_lane_rescale(s->c, s->n->mark, s->limbs.fn, s->counts, n);
    return sums;
}

static void results(struct softmax *s, uint32_t p, uint32_t n, uint32_t e, uint32_t inverses,
                    const struct hcl_cell *right)
{
    for (uint32_t j = 0; j < n; j++) {
        uint32_t first = hcl_scale_rows(s->c, &s->scale, e + j * s->x.rows, inverses + j, HCL_NONE, false);
        for (uint32_t i = 0; i < s->x.n; i++)
            s->out[(size_t)(p + j) * s->x.n + i] = first * s->c->m->lanes + i;
        if (s->scale.limbs == 1)
            hcl_scale_equal(s->c, &s->scale, first, right[j]);
    }
    for (uint32_t j = 0; s->scale.limbs == 2 && j < n; j++)
        hcl_scale_equal(s->c, &s->scale, s->out[(size_t)(p + j) * s->x.n] / s->c->m->lanes, right[j]);
}

/* n <= L vectors from p on. */
static void group(struct softmax *s, uint32_t p, uint32_t n)
{
    struct hcl_machine *m = s->c->m;
    struct hcl_cell x = hcl_machine_hy(m, hcl_vectors_row(&s->x, p), n * s->x.rows), sums[2] = { { 0 } },
                    right[HCL_MAX_LANES] = { { 0 } };
    const struct hcl_hinted elements = { hcl_vectors_cell(m, &s->x, p), s->x.rows * m->lanes, s->x.n };
    const uint32_t maxima = hcl_scalar_hint(s->c, HCL_HINT_MAX, elements, 0, n);
    struct hcl_rides rides;
    uint32_t e, inverses;

    e = exponentials(s, p, n, maxima);
    hcl_rides_start(s->c, &rides);
    tie_maxima(s, n, maxima, x, e, sums);
    inverses = totals(s, n, e);
    inverses = hcl_scalar_quotient(s->c, &s->limbs, s->n->numerator, inverses, n);
    for (uint32_t j = 0; j < n; j++)
        hcl_ride(s->c, hcl_cell_at(e + (j + 1) * s->x.rows - 1, HCL_AT_A1), hcl_cell_y(m, inverses + j),
                 false, &right[j]);
    hcl_rides_end(s->c);
    hcl_machine_equal(m, sums[0], sums[1]);
    results(s, p, n, e, inverses, right);
}

/* The vectors of which s->x.n elements take part: their cells one behind the other, then their results. */
struct bucket {
    uint32_t *cells;  /* [count][n] */
    size_t *elements; /* of the tensor */
    uint32_t count, n;
};

static void bucket_clear(struct bucket *b)
{
    free(b->cells);
    free(b->elements);
}

static uint32_t kept_of(const struct softmax *s, size_t vector, uint32_t channels)
{
    uint32_t kept = 0;

    for (uint32_t i = 0; i < channels; i++)
        kept += hcl_softmax_keeps(s->n, vector * channels + i);
    return kept;
}

/* The vectors with n elements that take part. */
static bool bucket_fill(struct softmax *s, struct bucket *b, const uint32_t *x, uint32_t vectors,
                        uint32_t channels)
{
    size_t at = 0;

    for (uint32_t p = 0; p < vectors; p++)
        b->count += kept_of(s, p, channels) == b->n;
    b->cells = malloc(((size_t)b->count * b->n + 1) * sizeof(*b->cells));
    b->elements = malloc(((size_t)b->count * b->n + 1) * sizeof(*b->elements));
    if (!b->cells || !b->elements) {
        hcl_machine_fail(s->c->m, HCL_NO_RESOURCE, "out of memory for the layout");
        return false;
    }
    for (uint32_t p = 0; p < vectors; p++) {
        if (kept_of(s, p, channels) != b->n)
            continue;
        for (size_t e = (size_t)p * channels; e < (size_t)(p + 1) * channels; e++)
            if (hcl_softmax_keeps(s->n, e)) {
                b->cells[at] = x[e];
                b->elements[at++] = e;
            }
    }
    return b->count > 0;
}

static void lay_out(struct softmax *s, struct bucket *b, uint32_t *out)
{
    const uint32_t node = (uint32_t)(s->n - s->c->g->nodes), lanes = s->c->m->lanes;

    s->x = hcl_vectors_place(s->c, node, b->cells, b->count, b->n);
    s->out = b->cells;
    hcl_gadget_region(s->c, node, "outputs", s->n->output);
    start(s);
    for (uint32_t p = 0; s->c->m->status == HCL_OK && p < b->count; p += lanes)
        group(s, p, b->count - p < lanes ? b->count - p : lanes);
    for (size_t i = 0; i < (size_t)b->count * b->n; i++)
        out[b->elements[i]] = b->cells[i];
}

void hcl_gadget_softmax(struct hcl_lower *c, uint32_t node)
{
    const struct hcl_view *in = hcl_gadget_input(c, node);
    struct hcl_view out = hcl_machine_view(c->m, in->h, in->w, in->c);
    struct softmax s = { .c = c, .n = &c->g->nodes[node] };
    uint32_t *x = hcl_vectors_of(c, in);

    for (size_t i = 0; c->m->status == HCL_OK && i < (size_t)in->h * in->w * in->c; i++)
        out.cells[i] = hcl_machine_zero(c->m);
    for (uint32_t n = 1; x && c->m->status == HCL_OK && n <= in->c; n++) {
        struct bucket b = { .n = n };
        if (bucket_fill(&s, &b, x, in->h * in->w, in->c))
            lay_out(&s, &b, out.cells);
        bucket_clear(&b);
    }
    free(x);
    hcl_gadget_set_output(c, node, out);
}

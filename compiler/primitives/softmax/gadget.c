/* SPDX-License-Identifier: Apache-2.0 */
/* SOFTMAX over the last axis, per position. With T = exp_len, E = exp_table[0]:
 *   m is a hint; d_i = m - x_i = T*h_i + l_i with h_i >= 0 and l_i in [0, T) by look-ups, so m is at least
 * every x_i; e_i = exp_table[l_i] * (h_i = 0): the table ends in 0, which is its value for all larger d; f_i
 * = E - e_i is 0 for d_i = 0 only, and the product of the f_i is shown to be 0: m is one of the x_i; s = C*E
 * - sum f_i; y_i is a hint, r = 2^(f+1)*(E - f_i) + s - 2*s*y_i, and y_i, r and 2s - 1 - r are put together
 * from limbs, all non-negative: with s >= E > 0 exactly one small y_i has r in [0, 2s). Rows for C channels:
 * about 22 per L elements, C for the sum, C for the product. */
#include "compiler/gadgets/lanes.h"
#include "compiler/primitives/softmax/softmax.h"
#include <stdlib.h>

struct softmax {
    struct hcl_lower *c;
    const struct hcl_fx_node *n;
    uint32_t channels, frac;
    uint32_t exp_fn, zero_fn, zero_range, around;
    uint32_t limb_bits, limb_range, limb_fn; /* q and rest of a limb pair, both [0, 2^limb_bits) */
    int64_t e0;
};

/* What the product of the f_i needs, and the end that larger d share. */
static bool table_ok(const struct hcl_fx_node *n)
{
    if (n->exp_len < 2 || n->exp_table[0] < 1 || n->exp_table[n->exp_len - 1] != 0)
        return false;
    for (uint32_t d = 1; d < n->exp_len; d++) {
        if (n->exp_table[d] >= n->exp_table[0])
            return false;
    }
    return true;
}

/* h -> (h = 0) over every h the input's range allows. */
static uint32_t is_zero_fn(struct hcl_lower *c, const struct hcl_fx_node *n)
{
    const struct hcl_fx_tensor *t = &c->g->tensors[n->inputs[0]];
    int64_t most = (t->hi - t->lo) / n->exp_len, *values = calloc((size_t)most + 1, sizeof(*values));
    uint32_t fn;

    if (!values) {
        hcl_machine_fail(c->m, HCL_NO_RESOURCE, "out of memory for a table");
        return 0;
    }
    values[0] = 1;
    fn = hcl_machine_fn(c->m, 0, most, values);
    free(values);
    return fn;
}

static void consecutive(uint32_t *cells, uint32_t first, uint32_t n)
{
    for (uint32_t j = 0; j < n; j++)
        cells[j] = first + j;
}

/* Y cells of f for n elements. */
static uint32_t exponential(const struct softmax *s, uint32_t m, const uint32_t *x, uint32_t n)
{
    uint32_t small, e, cells[HCL_MAX_LANES];

    hcl_lane_op_same(s->c, 0, 1, m, n);
    hcl_lane_op(s->c, 1, -1, 0, x, n);
    small = hcl_lane_rescale(s->c, s->n->exp_len, s->zero_fn, s->around, n);
    e = hcl_lane_rescale(s->c, 1, s->exp_fn, s->zero_range, n);
    consecutive(cells, e, n);
    hcl_lane_op(s->c, 0, 1, 0, cells, n);
    consecutive(cells, small, n);
    hcl_lane_op(s->c, 0, 0, 1, cells, n);
    hcl_lane_op_same(s->c, -1, s->e0, hcl_machine_one(s->c->m), n);
    return hcl_lane_emit(s->c, n);
}

static void exponentials(const struct softmax *s, const uint32_t *x, uint32_t *f)
{
    struct hcl_row_spec hint = { .y = { hcl_machine_max(s->c->m, x, s->channels) } };
    uint32_t lanes = s->c->m->lanes, m = hcl_machine_row(s->c->m, &hint) * lanes;

    for (uint32_t i = 0; i < s->channels; i += lanes) {
        uint32_t n = s->channels - i < lanes ? s->channels - i : lanes;
        consecutive(f + i, exponential(s, m, x + i, n), n);
    }
}

/* Y cell of s = C*E - sum f_i. */
static uint32_t total(const struct softmax *s, const uint32_t *f)
{
    hcl_lane_op_same(s->c, 0, s->e0 * s->channels, hcl_machine_one(s->c->m), 1);
    for (uint32_t i = 0; i < s->channels; i++)
        hcl_lane_op_same(s->c, 1, -1, f[i], 1);
    return hcl_lane_emit(s->c, 1);
}

/* product of the f_i = 0 */
static void product_is_zero(const struct softmax *s, const uint32_t *f)
{
    struct hcl_machine *m = s->c->m;
    struct hcl_cell p = hcl_cell_y(m, f[0]);

    for (uint32_t i = 1; i < s->channels; i++)
        p = hcl_machine_dot(m, p, hcl_cell_y(m, f[i]), false);
    hcl_machine_equal(m, p, hcl_cell_y(m, hcl_machine_zero(m)));
}

/* R >= 0: R = 2^bits*q + rest with both limbs in [0, 2^bits). Returns the cells of q; `rest` stays in R. */
static uint32_t limbs(const struct softmax *s, uint32_t n)
{
    return hcl_lane_rescale(s->c, (int64_t)1 << s->limb_bits, s->limb_fn, s->limb_range, n);
}

/* y for n elements: returns the first Y cell. */
static uint32_t divide(const struct softmax *s, const uint32_t *f, uint32_t total_cell, uint32_t n)
{
    struct hcl_lower *c = s->c;
    uint32_t y, cells[HCL_MAX_LANES];
    int64_t unit = (int64_t)2 << s->frac;
    struct hcl_row_spec hints = { 0 };

    for (uint32_t j = 0; j < n; j++)
        hints.y[j] = hcl_machine_ratio(c->m, f[j], total_cell, -unit, unit * s->e0);
    y = hcl_machine_row(c->m, &hints) * c->m->lanes;
    consecutive(cells, y, n);
    hcl_lane_op(c, 0, 1, 0, cells, n);
    limbs(s, n);
    hcl_lane_op_same(c, 0, -2, total_cell, n);
    hcl_lane_op(c, 0, 0, 1, cells, n);
    hcl_lane_op_same(c, 1, unit * s->e0, hcl_machine_one(c->m), n);
    hcl_lane_op(c, 1, -unit, 0, f, n);
    hcl_lane_op_same(c, 1, 1, total_cell, n);
    consecutive(cells, limbs(s, n), n);
    hcl_lane_op(c, -1, -((int64_t)1 << s->limb_bits), 0, cells, n);
    hcl_lane_op_same(c, 1, 2, total_cell, n);
    hcl_lane_op_same(c, 1, -1, hcl_machine_one(c->m), n);
    limbs(s, n);
    return y;
}

static void position(const struct softmax *s, const uint32_t *x, uint32_t *f, uint32_t *out)
{
    uint32_t lanes = s->c->m->lanes, sum, first, n;

    exponentials(s, x, f);
    sum = total(s, f);
    product_is_zero(s, f);
    for (uint32_t i = 0; i < s->channels; i += lanes) {
        n = s->channels - i < lanes ? s->channels - i : lanes;
        first = divide(s, f + i, sum, n);
        consecutive(out + i, first, n);
    }
}

/* Limb pairs that hold every r < 2s <= 2*C*E and every y <= 2^f. */
static void choose_limbs(struct softmax *s)
{
    int64_t most = 2 * s->e0 * s->channels, y = (int64_t)1 << s->frac;

    while ((int64_t)1 << (2 * s->limb_bits) < most || (int64_t)1 << (2 * s->limb_bits) <= y)
        s->limb_bits++;
    s->limb_range = hcl_machine_range(s->c->m, 0, ((int64_t)1 << s->limb_bits) - 1);
    s->limb_fn = hcl_machine_fn(s->c->m, 0, ((int64_t)1 << s->limb_bits) - 1, NULL);
}

static struct softmax softmax_of(struct hcl_lower *c, uint32_t node)
{
    const struct hcl_fx_node *n = &c->g->nodes[node];
    struct softmax s = { .c = c, .n = n, .channels = c->views[n->inputs[0]].c };

    s.frac = (uint32_t)c->g->tensors[n->output].frac_bits;
    if (!c->placed[n->inputs[0]] || s.frac > 20 || !table_ok(n)) {
        hcl_machine_fail(
            c->m, HCL_BAD_INPUT,
            "'%s': its exponential table must be largest at 0 alone and end in 0, with at most 20 "
            "fraction bits: try fewer activation bits",
            n->name);
        return s;
    }
    s.e0 = n->exp_table[0];
    s.exp_fn = hcl_machine_fn(c->m, 0, n->exp_len - 1, n->exp_table);
    s.zero_fn = is_zero_fn(c, n);
    s.zero_range = hcl_machine_range(c->m, 0, 0);
    s.around = hcl_machine_range_around(c->m, 0, n->exp_len - 1);
    choose_limbs(&s);
    return s;
}

void hcl_gadget_softmax(struct hcl_lower *c, uint32_t node)
{
    const struct hcl_fx_node *n = &c->g->nodes[node];
    struct softmax s = softmax_of(c, node);
    const struct hcl_view *in = &c->views[n->inputs[0]];
    struct hcl_view out = hcl_machine_view(c->m, in->h, in->w, in->c);
    uint32_t *x = calloc(2 * (size_t)in->c + 1, sizeof(*x));

    if (!x)
        hcl_machine_fail(c->m, HCL_NO_RESOURCE, "out of memory for the layout");
    hcl_gadget_region(c, node, "outputs", n->output);
    for (uint32_t p = 0; x && c->m->status == HCL_OK && p < in->h * in->w; p++) {
        for (uint32_t ch = 0; ch < in->c; ch++)
            x[ch] = hcl_view_cell(c->m, in, p / in->w, p % in->w, ch);
        position(&s, x, x + in->c, out.cells + (size_t)p * in->c);
    }
    free(x);
    c->views[n->output] = out;
    c->placed[n->output] = true;
}

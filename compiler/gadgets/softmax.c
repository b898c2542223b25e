/* SPDX-License-Identifier: Apache-2.0 */
/* SOFTMAX over the last axis, per position. With E = exp_table[0]:
 *   m is a hint; d_i = m - x_i is looked up in a table that begins at 0, so m is at least every x_i; the
 * table gives f_i = E - exp(d_i), which is 0 for d_i = 0 only, and the product of the f_i is shown to be 0: m
 * is one of the x_i; s = C*E - sum f_i; y_i is a hint in [0, 2^f] and r = 2^(f+1)*(E - f_i) + s - 2*s*y_i is
 * shown to be in [0, 2s): r and 2s - 1 - r are both put together from limbs. With s >= E > 0 exactly one y_i
 * passes. Rows for C channels: about 13 per L elements, C for the sum, C for the product. */
#include "compiler/gadgets/lanes.h"
#include <stdlib.h>

struct softmax {
    struct hcl_lower *c;
    const struct hcl_fx_node *n;
    uint32_t channels, exp_fn, zero_range, frac;
    uint32_t limb_bits, limb_range, limb_fn; /* r = 2^limb_bits*q + rest, both [0, 2^limb_bits) */
    int64_t e0;
};

/* Table d -> E - exp(d) over every difference the input's range allows. */
static uint32_t exp_fn(struct hcl_lower *c, const struct hcl_fx_node *n)
{
    const struct hcl_fx_tensor *t = &c->g->tensors[n->inputs[0]];
    int64_t span = t->hi - t->lo, *values;
    uint32_t fn;

    if (n->exp_len < 2 || n->exp_table[0] < 1 || n->exp_table[0] <= n->exp_table[1]) {
        hcl_machine_fail(
            c->m, HCL_BAD_INPUT,
            "'%s': the exponential table does not tell the largest element from the next: use fewer "
            "activation bits",
            n->name);
        return 0;
    }
    values = malloc((size_t)(span + 1) * sizeof(*values));
    if (!values) {
        hcl_machine_fail(c->m, HCL_NO_RESOURCE, "out of memory for a table");
        return 0;
    }
    for (int64_t d = 0; d <= span; d++) {
        values[d] = n->exp_table[0] - n->exp_table[d < n->exp_len ? d : n->exp_len - 1];
        if (d && values[d] < 1)
            hcl_machine_fail(c->m, HCL_BAD_INPUT, "'%s': the exponential table is not largest at 0", n->name);
    }
    fn = hcl_machine_fn(c->m, 0, span, values, NULL);
    free(values);
    return fn;
}

/* f[i] = Y cell of E - exp(m - x_i). */
static void exponentials(const struct softmax *s, const uint32_t *x, uint32_t *f)
{
    struct hcl_row_spec hint = { .y = { hcl_machine_max(s->c->m, x, s->channels) } };
    uint32_t lanes = s->c->m->lanes, m = hcl_machine_row(s->c->m, &hint) * lanes;

    for (uint32_t i = 0; i < s->channels; i += lanes) {
        uint32_t n = s->channels - i < lanes ? s->channels - i : lanes, first;
        hcl_lane_op_same(s->c, 0, 1, m, n);
        hcl_lane_op(s->c, 1, -1, 0, x + i, n);
        first = hcl_lane_rescale(s->c, 1, s->exp_fn, s->zero_range, n);
        for (uint32_t j = 0; j < n; j++)
            f[i + j] = first + j;
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
    uint32_t y, q, cells[HCL_MAX_LANES];
    int64_t unit = (int64_t)2 << s->frac;
    hcl_src hints[HCL_MAX_LANES];

    for (uint32_t j = 0; j < n; j++)
        hints[j] = hcl_machine_ratio(c->m, f[j], total_cell, -unit, unit * s->e0);
    y = hcl_lane_checked(c, hints, n, 0, unit / 2);
    for (uint32_t j = 0; j < n; j++)
        cells[j] = y + j;
    hcl_lane_op_same(c, 0, -2, total_cell, n);
    hcl_lane_op(c, 0, 0, 1, cells, n);
    hcl_lane_op_same(c, 1, unit * s->e0, hcl_machine_one(c->m), n);
    hcl_lane_op(c, 1, -unit, 0, f, n);
    hcl_lane_op_same(c, 1, 1, total_cell, n);
    q = limbs(s, n);
    for (uint32_t j = 0; j < n; j++)
        cells[j] = q + j;
    hcl_lane_op(c, -1, -((int64_t)1 << s->limb_bits), 0, cells, n);
    hcl_lane_op_same(c, 1, 2, total_cell, n);
    hcl_lane_op_same(c, 1, -1, hcl_machine_one(c->m), n);
    limbs(s, n);
    return y;
}

static void position(const struct softmax *s, const uint32_t *x, uint32_t *f, uint32_t *out)
{
    uint32_t lanes = s->c->m->lanes, sum;

    exponentials(s, x, f);
    sum = total(s, f);
    product_is_zero(s, f);
    for (uint32_t i = 0; i < s->channels; i += lanes) {
        uint32_t n = s->channels - i < lanes ? s->channels - i : lanes, first = divide(s, f + i, sum, n);
        for (uint32_t j = 0; j < n; j++)
            out[i + j] = first + j;
    }
}

/* Limbs for r < 2s <= 2*C*E. */
static void choose_limbs(struct softmax *s)
{
    int64_t most = 2 * s->e0 * s->channels;

    while ((int64_t)1 << (2 * s->limb_bits) < most)
        s->limb_bits++;
    s->limb_range = hcl_machine_range(s->c->m, 0, ((int64_t)1 << s->limb_bits) - 1);
    s->limb_fn = hcl_machine_fn(s->c->m, 0, ((int64_t)1 << s->limb_bits) - 1, NULL, NULL);
}

void hcl_gadget_softmax(struct hcl_lower *c, uint32_t node)
{
    const struct hcl_fx_node *n = &c->g->nodes[node];
    const struct hcl_view *in = &c->views[n->inputs[0]];
    struct softmax s = { .c = c, .n = n, .channels = in->c, .zero_range = hcl_machine_range(c->m, 0, 0) };
    struct hcl_view out = hcl_machine_view(c->m, in->h, in->w, in->c);
    uint32_t *x = calloc(2 * (size_t)in->c + 1, sizeof(*x));

    s.frac = (uint32_t)c->g->tensors[n->output].frac_bits;
    if (!c->placed[n->inputs[0]] || !x || s.frac > 20)
        hcl_machine_fail(c->m, x ? HCL_BAD_INPUT : HCL_NO_RESOURCE, "'%s' cannot be laid out", n->name);
    s.exp_fn = exp_fn(c, n);
    if (c->m->status == HCL_OK) {
        s.e0 = n->exp_table[0];
        choose_limbs(&s);
    }
    hcl_gadget_region(c, node, "outputs", n->output);
    for (uint32_t p = 0; c->m->status == HCL_OK && p < in->h * in->w; p++) {
        for (uint32_t ch = 0; ch < in->c; ch++)
            x[ch] = hcl_view_cell(c->m, in, p / in->w, p % in->w, ch);
        position(&s, x, x + in->c, out.cells + (size_t)p * in->c);
    }
    free(x);
    c->views[n->output] = out;
    c->placed[n->output] = true;
}

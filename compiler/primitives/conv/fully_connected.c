/* SPDX-License-Identifier: Apache-2.0 */
/* A convolution with one output position: all outputs are positions of one channel, summed in t as the
 * weights are: sum_o t^e(o) z_o = sum_k x_k sum_o t^e(o) w[o, k] + sum_o t^e(o) b_o, e(o) = O-1-o, with t^e
 * as struct hcl_spread says. */
#include "compiler/gadgets/weights.h"
#include "compiler/primitives/conv/conv.h"

struct dense {
    struct hcl_lower *c;
    const struct hcl_fx_node *nd;
    uint32_t node, outputs, inputs; /* inputs: inside the image */
    uint32_t *x;                    /* Y cells of the inputs */
    uint32_t *from;                 /* their places in a row of the kernel tensor */
    uint32_t row_len;               /* of the kernel tensor */
    uint32_t *passes;               /* by input */
    uint32_t limbs;
    struct hcl_spread spread;
    int64_t *column;
};

static void collect(struct dense *d)
{
    const struct hcl_fx_node *nd = d->nd;
    const struct hcl_view *v = &d->c->views[nd->inputs[0]];

    d->row_len = nd->kernel_h * nd->kernel_w * v->c;
    for (uint32_t i = 0; i < d->row_len; i++) {
        uint32_t y, x;
        if (hcl_input_at(nd, v, i, &y, &x)) {
            d->x[d->inputs] = hcl_view_cell(d->c->m, v, y, x, i % v->c);
            d->from[d->inputs++] = i;
        }
    }
}

/* Output rows; returns the cell with their sum. The outputs are the last positions; those before them are
 * shown to be 0 like any other. */
static struct hcl_cell outputs(struct dense *d)
{
    struct hcl_machine *m = d->c->m;
    const struct hcl_fx_node *nd = d->nd;
    uint32_t lanes = m->lanes, rows = hcl_rows_for(m, d->outputs), unused = rows * lanes - d->outputs;
    struct hcl_view v = hcl_machine_view(m, 1, 1, d->outputs);
    struct hcl_row_spec spec = { .s = nd->divisor, .fn = hcl_gadget_fn(d->c, d->node) };
    struct hcl_block b = { .kind = HCL_BLOCK_DENSE, .label = d->node, .out_channels = 1, .bias = HCL_NONE };
    struct hcl_cell sums[HCL_MAX_CUTS];
    uint32_t at[HCL_MAX_CUTS];

    spec.range = hcl_machine_remainder(m, nd->divisor);
    hcl_gadget_region(d->c, d->node, "outputs", nd->output);
    b.in_channels = b.group = d->inputs;
    b.in_list = hcl_machine_list(m, d->x, d->inputs);
    b.kernel_h = b.kernel_w = b.out_h = b.pitch = 1;
    b.out_row = hcl_machine_next_row(m);
    b.out_rows = rows;
    b.out_w = d->outputs;
    b.passes = hcl_machine_list(m, d->passes, d->inputs);
    b.limbs = d->limbs;
    if (nd->inputs[2] != HCL_FX_NONE)
        b.bias = hcl_machine_pool(m, d->c->g->tensors[nd->inputs[2]].data, d->outputs);
    hcl_machine_block(m, &b);
    for (uint32_t i = 0; i < rows; i++) {
        uint32_t skip = i ? 0 : unused;
        spec.flags = HCL_ROW_BLOCK | HCL_ROW_HT | (i ? HCL_ROW_CONT0 : 0);
        spec.lookups = hcl_lanes_below(lanes) & ~hcl_lanes_below(skip);
        hcl_row_clear_gaps(m, &spec);
        hcl_machine_row(m, &spec);
    }
    if (v.cells) {
        for (uint32_t o = 0; o < d->outputs; o++)
            v.cells[o] = b.out_row * lanes + unused + o;
        d->c->views[nd->output] = v;
        d->c->placed[nd->output] = true;
    }
    for (uint32_t i = hcl_spread_cuts(&d->spread, at); i-- > 0;)
        sums[i] = hcl_cell_at(b.out_row + rows - 1 - at[i] / lanes, HCL_AT_A0);
    return hcl_machine_spread_sum(m, &d->spread, sums);
}

/* D (+)= by * sum_o t^e(o) of element at + o*stride of a constant */
static struct hcl_cell pass(struct dense *d, const struct hcl_fx_tensor *from, size_t at, size_t stride,
                            const struct hcl_cell *by, uint32_t limbs, bool cont, uint32_t *first)
{
    for (uint32_t o = 0; d->c->m->weight_columns && o < d->outputs; o++)
        d->column[d->outputs - 1 - o] = hcl_fx_constant(from, at + o * stride);
    return hcl_weight_pass(d->c->m, d->column, &d->spread, by, limbs, cont, first);
}

/* The right side. */
static struct hcl_cell products(struct dense *d)
{
    struct hcl_machine *m = d->c->m;
    const struct hcl_fx_node *nd = d->nd;
    const struct hcl_fx_tensor *w = &d->c->g->tensors[nd->inputs[1]];
    struct hcl_cell sum = { 0 }, by[HCL_MAX_WEIGHT_LIMBS];

    d->limbs = hcl_weight_limbs(w->lo, w->hi);
    hcl_gadget_region(d->c, d->node, "weights", nd->inputs[1]);
    for (uint32_t i = 0; i < d->inputs; i++) {
        hcl_weight_scales(m, hcl_cell_y(m, d->x[i]), d->limbs, by);
        sum = pass(d, w, d->from[i], d->row_len, by, d->limbs, i > 0, &d->passes[i]);
    }
    if (nd->inputs[2] != HCL_FX_NONE) {
        const struct hcl_fx_tensor *bias = &d->c->g->tensors[nd->inputs[2]];
        uint32_t limbs = hcl_weight_limbs(bias->lo, bias->hi);
        hcl_weight_scales(m, hcl_cell_y(m, hcl_machine_one(m)), limbs, by);
        sum = pass(d, bias, 0, 1, by, limbs, true, NULL);
    }
    return sum;
}

static void lower(struct dense *d)
{
    struct hcl_machine *m = d->c->m;
    struct hcl_cell right;

    collect(d);
    if (d->inputs == 0) {
        hcl_machine_fail(m, HCL_BAD_INPUT, "'%s': the window lies outside of the image", d->nd->name);
        return;
    }
    right = products(d);
    hcl_machine_equal(m, outputs(d), right);
}

void hcl_gadget_fully_connected(struct hcl_lower *c, uint32_t node)
{
    const struct hcl_fx_node *nd = &c->g->nodes[node];
    struct dense d = { .c = c, .nd = nd, .node = node, .outputs = c->g->tensors[nd->output].dims[3] };
    size_t len = (size_t)nd->kernel_h * nd->kernel_w * c->g->tensors[nd->inputs[0]].dims[3];

    d.spread = hcl_spread_last(c->m->prog.weight_digits, c->m->lanes, d.outputs);
    d.x = calloc(len, sizeof(*d.x));
    d.from = calloc(len, sizeof(*d.from));
    d.passes = calloc(len, sizeof(*d.passes));
    d.column = calloc(d.outputs, sizeof(*d.column));
    if (d.x && d.from && d.passes && d.column)
        lower(&d);
    else
        hcl_machine_fail(c->m, HCL_NO_RESOURCE, "out of memory for the weights of '%s'", nd->name);
    free(d.x);
    free(d.from);
    free(d.passes);
    free(d.column);
}

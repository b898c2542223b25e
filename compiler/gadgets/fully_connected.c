/* SPDX-License-Identifier: Apache-2.0 */
/* A convolution with one output position: all outputs are positions of one channel, summed in t as the
 * weights are: sum_o t^(e_o) z_o = sum_k x_k sum_o t^(e_o) w[o, k] + sum_o t^(e_o) b_o. */
#include "compiler/gadgets/functional.h"
#include "compiler/gadgets/gadget.h"
#include "compiler/gadgets/weights.h"

struct dense {
    struct hcl_lower *c;
    const struct hcl_fx_node *nd;
    uint32_t outputs, inputs; /* inputs: inside the image */
    uint32_t *x;              /* Y cells of the inputs */
    uint32_t *from;           /* their places in a row of the kernel tensor */
    int64_t *weights;         /* [O][inputs] */
    int64_t *column;
};

static void collect(struct dense *d)
{
    const struct hcl_fx_node *nd = d->nd;
    const struct hcl_view *v = &d->c->views[nd->inputs[0]];
    const int64_t *w = d->c->g->tensors[nd->inputs[1]].data;
    uint32_t len = nd->kernel_h * nd->kernel_w * v->c;

    for (uint32_t i = 0; i < len; i++) {
        /* Wraps to a huge number before the image: outside as well. */
        uint32_t y = i / v->c / nd->kernel_w - nd->pad_top, x = i / v->c % nd->kernel_w - nd->pad_left;
        if (y < v->h && x < v->w) {
            d->x[d->inputs] = hcl_view_cell(d->c->m, v, y, x, i % v->c);
            d->from[d->inputs++] = i;
        }
    }
    for (uint32_t o = 0; o < d->outputs; o++)
        for (uint32_t i = 0; i < d->inputs; i++)
            d->weights[(size_t)o * d->inputs + i] = w[(size_t)o * len + d->from[i]];
}

/* Output rows; returns the A0 cell of their sum. Rows come in pairs because a weight row has 2L cells. */
static struct hcl_cell outputs(struct dense *d, uint32_t node)
{
    struct hcl_machine *m = d->c->m;
    const struct hcl_fx_node *nd = d->nd;
    uint32_t rows = 2 * hcl_weight_pass_rows(m, d->outputs), lanes = m->lanes;
    struct hcl_view v = hcl_machine_view(m, 1, 1, d->outputs);
    struct hcl_row_spec spec = { .s = nd->divisor, .fn = hcl_gadget_fn(d->c, node) };
    struct hcl_block b = { .kind = HCL_BLOCK_DENSE, .label = node, .out_channels = 1, .bias = HCL_NONE };

    spec.range = hcl_machine_remainder(m, nd->divisor);
    hcl_gadget_region(d->c, node, "outputs", nd->output);
    b.in_channels = b.group = d->inputs;
    b.in_list = hcl_machine_list(m, d->x, d->inputs);
    b.kernel_h = b.kernel_w = b.out_h = b.pitch = 1;
    b.out_row = hcl_machine_next_row(m);
    b.out_rows = rows;
    b.out_w = d->outputs;
    b.weights = hcl_machine_pool(m, d->weights, (size_t)d->outputs * d->inputs);
    if (nd->inputs[2] != HCL_FX_NONE)
        b.bias = hcl_machine_pool(m, d->c->g->tensors[nd->inputs[2]].data, d->outputs);
    hcl_machine_block(m, &b);
    for (uint32_t i = 0; i < rows; i++) {
        uint32_t left = d->outputs > i * lanes ? d->outputs - i * lanes : 0;
        spec.flags = HCL_ROW_BLOCK | HCL_ROW_HT | (i ? HCL_ROW_CONT0 : 0);
        spec.lookups = (uint8_t)((1u << (left < lanes ? left : lanes)) - 1);
        hcl_machine_row(m, &spec);
    }
    if (v.cells) {
        for (uint32_t o = 0; o < d->outputs; o++)
            v.cells[o] = b.out_row * lanes + o;
        d->c->views[nd->output] = v;
        d->c->placed[nd->output] = true;
    }
    return hcl_cell_at(b.out_row + rows - 1, HCL_AT_A0);
}

/* sum_i x_i sum_o t^(e_o) (limb of w[o, i]) */
static struct hcl_cell products(struct dense *d, const struct hcl_weight_format *format, uint32_t limb)
{
    struct hcl_machine *m = d->c->m;
    struct hcl_cell sum = { 0 };

    for (uint32_t i = 0; i < d->inputs; i++) {
        for (uint32_t o = 0; o < d->outputs; o++)
            d->column[o] = hcl_weight_kernel_limb(format, d->weights[(size_t)o * d->inputs + i], limb);
        sum = hcl_weight_pass(m, format, d->column, d->outputs, hcl_cell_y(m, d->x[i]), i > 0);
    }
    return sum;
}

static void lower(struct dense *d, uint32_t node)
{
    struct hcl_machine *m = d->c->m;
    const struct hcl_fx_node *nd = d->nd;
    struct hcl_weight_format format = hcl_weight_format_of(d->c, node);
    struct hcl_cell scale[HCL_MAX_BIAS_LIMBS], parts[HCL_MAX_KERNEL_LIMBS], left, right;

    collect(d);
    if (d->inputs == 0) {
        hcl_machine_fail(m, HCL_BAD_INPUT, "'%s': the window lies outside of the image", nd->name);
        return;
    }
    left = outputs(d, node);
    hcl_gadget_region(d->c, node, "weights", nd->inputs[1]);
    hcl_functional_limb_scales(m, hcl_cell_y(m, hcl_machine_one(m)), format.limb_bits, format.limbs, scale);
    for (uint32_t k = 0; k < format.kernel_limbs; k++)
        parts[k] = products(d, &format, k);
    right = hcl_weight_join(m, &format, parts);
    if (format.limbs)
        right = hcl_weight_bias_passes(m, &format, d->c->g->tensors[nd->inputs[2]].data, d->outputs, scale,
                                       right);
    hcl_machine_equal(m, left, right);
}

void hcl_gadget_fully_connected(struct hcl_lower *c, uint32_t node)
{
    const struct hcl_fx_node *nd = &c->g->nodes[node];
    struct dense d = { .c = c, .nd = nd, .outputs = c->g->tensors[nd->output].dims[3] };
    size_t len = (size_t)nd->kernel_h * nd->kernel_w * c->g->tensors[nd->inputs[0]].dims[3];

    d.x = calloc(len, sizeof(*d.x));
    d.from = calloc(len, sizeof(*d.from));
    d.weights = calloc(len * d.outputs, sizeof(*d.weights));
    d.column = calloc(d.outputs, sizeof(*d.column));
    if (d.x && d.from && d.weights && d.column)
        lower(&d, node);
    else
        hcl_machine_fail(c->m, HCL_NO_RESOURCE, "out of memory for the weights of '%s'", nd->name);
    free(d.x);
    free(d.from);
    free(d.weights);
    free(d.column);
}

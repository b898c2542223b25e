/* SPDX-License-Identifier: Apache-2.0 */
/* DEPTHWISE: Z_o(s) = sum_phases X(s) W_o(s) + G(s) b_o + c s^e R_o(s), one output channel at a time. */
#include "compiler/gadgets/gadget.h"
#include "compiler/gadgets/functional.h"
#include "compiler/gadgets/planes.h"
#include "compiler/gadgets/weights.h"
#include "compiler/primitives/depthwise/depthwise.h"

struct depthwise {
    struct hcl_lower *c;
    const struct hcl_fx_node *nd;
    struct hcl_planes p;
    uint32_t node, outputs, taps, limbs;
    int64_t *weights;      /* [O][taps][phases]; NULL: only counted */
    uint32_t *passes;      /* [O][phases][taps]: weight row; HCL_NONE: the tap does not exist */
    struct hcl_cell *by;   /* [taps][limbs]: s^shift * 2^(16k) */
    struct hcl_cell *w;    /* [O][phases]: W_o */
    struct hcl_cell *bias; /* by output: G(s)*b_o */
    struct hcl_residual r;
    struct hcl_cell r_by; /* c s^e, e positions behind its last cell */
};

/* R_o(s). Asked for again it appends nothing. */
static struct hcl_cell added(const struct depthwise *k, uint32_t o)
{
    return hcl_machine_hy(k->c->m, k->r.first_row + o * k->r.stride, k->r.rows);
}

static void prepare_residual(struct depthwise *k)
{
    struct hcl_machine *m = k->c->m;
    const uint64_t positions = (uint64_t)(k->p.front_rows + k->p.rows) * m->lanes;

    for (uint32_t o = 0; o < k->outputs; o++)
        added(k, o);
    k->r_by = hcl_machine_dot(m, hcl_machine_s_power(m, positions - k->r.at - (uint64_t)k->r.rows * m->lanes),
                              hcl_machine_two_power(m, k->r.bits), false);
}

/* Every cell that the sums multiply by. */
static void prepare(struct depthwise *k)
{
    struct hcl_machine *m = k->c->m;

    hcl_gadget_region(k->c, k->node, "powers", HCL_FX_NONE);
    for (uint32_t i = 0; i < k->p.count; i++)
        hcl_machine_hy(m, k->p.first_row + i * k->p.stride, k->p.rows);
    for (uint32_t tap = 0; tap < k->taps; tap++)
        hcl_weight_scales(m, hcl_machine_s_power(m, hcl_planes_shift(&k->p, tap)), k->limbs,
                          k->by + (size_t)tap * k->limbs);
    if (k->r.rows > 0)
        prepare_residual(k);
}

/* W_o of one phase: a pass of one weight per tap. */
static struct hcl_cell kernel(struct depthwise *k, uint32_t o, uint32_t phase)
{
    const struct hcl_spread one = hcl_spread_plain(1);
    struct hcl_cell end = { 0 };
    bool cont = false;

    for (uint32_t tap = 0; tap < k->taps; tap++) {
        uint32_t *pass = &k->passes[((size_t)o * k->p.phases + phase) * k->taps + tap], ky, kx;
        *pass = HCL_NONE;
        if (!hcl_planes_tap(&k->p, k->nd, phase, tap / k->p.kernel_w, tap % k->p.kernel_w, &ky, &kx))
            continue;
        const size_t at = ((size_t)o * k->taps + tap) * k->p.phases + phase;
        end = hcl_weight_pass(k->c->m, k->weights ? k->weights + at : NULL, &one,
                              k->by + (size_t)tap * k->limbs, k->limbs, cont, pass);
        cont = true;
    }
    return end;
}

static void kernels(struct depthwise *k)
{
    hcl_gadget_region(k->c, k->node, "weights", k->nd->inputs[1]);
    for (uint32_t o = 0; o < k->outputs; o++)
        for (uint32_t i = 0; i < k->p.phases; i++)
            k->w[(size_t)o * k->p.phases + i] = kernel(k, o, i);
}

static void biases(struct depthwise *k)
{
    const struct hcl_fx_tensor *bias = &k->c->g->tensors[k->nd->inputs[2]];
    uint32_t limbs = hcl_weight_limbs(bias->lo, bias->hi);
    struct hcl_cell scale[HCL_MAX_WEIGHT_LIMBS];
    const uint64_t positions = (uint64_t)(k->p.front_rows + k->p.rows) * k->c->m->lanes;
    const struct hcl_spread one = hcl_spread_plain(1);

    hcl_weight_scales(k->c->m, hcl_functional_geometric(k->c->m, positions, hcl_machine_s_power), limbs,
                      scale);
    for (uint32_t o = 0; o < k->outputs; o++)
        k->bias[o] =
            hcl_weight_pass(k->c->m, (const int64_t *)bias->data + o, &one, scale, limbs, false, NULL);
}

static void lower(struct depthwise *k)
{
    struct hcl_machine *m = k->c->m;
    const bool biased = k->nd->inputs[2] != HCL_FX_NONE;
    struct hcl_cell one = hcl_cell_y(m, hcl_machine_one(m));
    uint32_t rows_each, first, per_channel = k->outputs / (k->p.count / k->p.phases);

    prepare(k);
    kernels(k);
    if (biased)
        biases(k);
    first =
        hcl_planes_outputs(k->c, k->node, &k->p, k->p.phases, k->passes, k->limbs, &k->r, false, &rows_each);
    hcl_gadget_region(k->c, k->node, "products", k->nd->output);
    for (uint32_t o = 0; o < k->outputs; o++) {
        struct hcl_cell sum = { 0 };
        for (uint32_t i = 0; i < k->p.phases; i++) {
            uint32_t plane = o / per_channel * k->p.phases + i;
            struct hcl_cell x = hcl_machine_hy(m, k->p.first_row + plane * k->p.stride, k->p.rows);
            sum = hcl_machine_dot(m, x, k->w[(size_t)o * k->p.phases + i], i > 0);
        }
        if (biased)
            sum = hcl_machine_dot(m, one, k->bias[o], true);
        if (k->r.rows > 0)
            sum = hcl_machine_dot(m, added(k, o), k->r_by, true);
        hcl_machine_equal(m, hcl_cell_at(first + (o + 1) * rows_each - 1, HCL_AT_A0), sum);
    }
}

void hcl_gadget_depthwise(struct hcl_lower *c, uint32_t node)
{
    const struct hcl_fx_node *nd = &c->g->nodes[node];
    const struct hcl_fx_tensor *w = &c->g->tensors[nd->inputs[1]];
    struct depthwise k = { .c = c, .nd = nd, .node = node, .outputs = c->g->tensors[nd->output].dims[3] };
    size_t kernels;

    k.p = hcl_planes_of(c, node);
    k.r = hcl_planes_residual(c, node, &k.p);
    k.taps = k.p.kernel_h * k.p.kernel_w;
    kernels = (size_t)k.outputs * k.p.phases;
    k.weights = hcl_planes_kernel(c, nd, &k.p, k.p.phases);
    k.limbs = hcl_weight_limbs(w->lo, w->hi);
    k.passes = calloc(kernels * k.taps, sizeof(*k.passes));
    k.by = calloc((size_t)k.taps * k.limbs + 1, sizeof(*k.by));
    k.w = calloc(kernels, sizeof(*k.w));
    k.bias = calloc(k.outputs, sizeof(*k.bias));
    if ((k.weights || c->m->weight_columns == 0) && k.passes && k.by && k.w && k.bias)
        lower(&k);
    else
        hcl_machine_fail(c->m, HCL_NO_RESOURCE, "out of memory for the weights of '%s'", nd->name);
    free(k.weights);
    free(k.passes);
    free(k.by);
    free(k.w);
    free(k.bias);
}

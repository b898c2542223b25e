/* SPDX-License-Identifier: Apache-2.0 */
/* DEPTHWISE: Z_o(s) = sum_phases X(s) W_o(s) + G(s) b_o, one output channel at a time. */
#include "compiler/gadgets/functional.h"
#include "compiler/gadgets/gadget.h"
#include "compiler/gadgets/planes.h"
#include "compiler/gadgets/weights.h"

struct depthwise {
    struct hcl_lower *c;
    const struct hcl_fx_node *nd;
    struct hcl_planes p;
    struct hcl_weight_format format;
    uint32_t outputs, taps;
    int64_t *weights;   /* [O][taps][phases] */
    uint32_t bias_row;  /* limb k of output o: Y cell bias_row*L + o*limbs + k */
    struct hcl_cell *w; /* by phase: W_o */
    uint32_t chunks;    /* rows of a kernel row */
    /* shift: [kernel_h][chunks][kernel_limbs], s^shift * 2^(bits*limb) */
    struct hcl_cell *shift, scale[HCL_MAX_BIAS_LIMBS];
};

/* A row of Y cells from the pool, each in the weights' range. */
static struct hcl_row_spec weight_cells(struct depthwise *k)
{
    struct hcl_machine *m = k->c->m;
    struct hcl_row_spec spec = { .lookups = (uint8_t)((1u << m->lanes) - 1) };

    spec.fn = hcl_machine_fn(m, k->format.lo, k->format.hi, NULL);
    spec.range = hcl_machine_range(m, 0, 0);
    for (uint32_t j = 0; j < m->lanes; j++)
        spec.y[j] = HCL_SRC_CELL | hcl_machine_zero(m);
    return spec;
}

/* Limb of the taps of kernel row dy from column x0 on, last tap first, so that lane L-1-d has s^d. */
static struct hcl_row_spec kernel_row(struct depthwise *k, uint32_t o, uint32_t phase, uint32_t dy,
                                      uint32_t x0, uint32_t limb)
{
    struct hcl_machine *m = k->c->m;
    struct hcl_row_spec spec = weight_cells(k);
    uint32_t ky, kx;

    for (uint32_t d = 0; d < m->lanes && x0 + d < k->p.kernel_w; d++) {
        size_t tap = (size_t)dy * k->p.kernel_w + x0 + d;
        int64_t v = k->weights[((size_t)o * k->taps + tap) * k->p.phases + phase];
        v = hcl_weight_kernel_limb(&k->format, v, limb);
        if (hcl_planes_tap(&k->p, k->nd, phase, dy, x0 + d, &ky, &kx))
            spec.y[m->lanes - 1 - d] = HCL_SRC_POOL | hcl_machine_pool(m, &v, 1);
    }
    return spec;
}

/* W_o of one phase. */
static struct hcl_cell kernel(struct depthwise *k, uint32_t o, uint32_t phase)
{
    struct hcl_machine *m = k->c->m;
    uint32_t limbs = k->format.kernel_limbs, row = 0, ky, kx;
    bool cont = false;

    for (uint32_t i = 0; i < k->p.kernel_h * k->chunks * limbs; i++) {
        uint32_t dy = i / limbs / k->chunks, x0 = i / limbs % k->chunks * m->lanes;
        struct hcl_row_spec spec;
        if (!hcl_planes_tap(&k->p, k->nd, phase, dy, x0, &ky, &kx))
            continue;
        spec = kernel_row(k, o, phase, dy, x0, i % limbs);
        spec.flags = HCL_ROW_HY | HCL_ROW_DOT | (cont ? HCL_ROW_CONT0 : 0);
        spec.b = &k->shift[i];
        row = hcl_machine_row(m, &spec);
        cont = true;
    }
    return hcl_cell_at(row, HCL_AT_A0);
}

static void bias_cells(struct depthwise *k)
{
    struct hcl_machine *m = k->c->m;
    const int64_t *bias = k->c->g->tensors[k->nd->inputs[2]].data;
    uint32_t n = k->outputs * k->format.limbs;

    k->bias_row = hcl_machine_next_row(m);
    for (uint32_t i = 0; i < n; i += m->lanes) {
        struct hcl_row_spec spec = weight_cells(k);
        for (uint32_t j = 0; j < m->lanes && i + j < n; j++) {
            int64_t limb =
                hcl_weight_limb(&k->format, bias[(i + j) / k->format.limbs], (i + j) % k->format.limbs);
            spec.y[j] = HCL_SRC_POOL | hcl_machine_pool(m, &limb, 1);
        }
        hcl_machine_row(m, &spec);
    }
}

/* Every cell the sums refer to, so that no row comes between the rows of a sum. */
static void prepare(struct depthwise *k, uint32_t node, uint32_t rows_each)
{
    struct hcl_machine *m = k->c->m;

    hcl_gadget_region(k->c, node, "powers", HCL_FX_NONE);
    for (uint32_t i = 0; i < k->p.count; i++)
        hcl_machine_hy(m, k->p.first_row + i * k->p.stride, k->p.rows);
    for (uint32_t i = 0; i < k->p.kernel_h * k->chunks; i++)
        hcl_functional_limb_scales(
            m, hcl_machine_s_power(m, (uint64_t)(i / k->chunks) * k->p.pitch + i % k->chunks * m->lanes),
            k->format.limb_bits, k->format.kernel_limbs, k->shift + (size_t)i * k->format.kernel_limbs);
    if (k->format.limbs)
        hcl_functional_limb_scales(m, hcl_functional_geometric(m, (uint64_t)rows_each * m->lanes),
                                   k->format.limb_bits, k->format.limbs, k->scale);
}

static void lower(struct depthwise *k, uint32_t node)
{
    struct hcl_machine *m = k->c->m;
    uint32_t rows_each, first, per_channel = k->outputs / (k->p.count / k->p.phases);

    first = hcl_planes_outputs(k->c, node, &k->p, k->p.phases, k->weights, &rows_each);
    prepare(k, node, rows_each);
    hcl_gadget_region(k->c, node, "weights", k->nd->inputs[1]);
    if (k->format.limbs)
        bias_cells(k);
    for (uint32_t o = 0; o < k->outputs; o++) {
        struct hcl_cell sum = { 0 };
        for (uint32_t i = 0; i < k->p.phases; i++)
            k->w[i] = kernel(k, o, i);
        for (uint32_t i = 0; i < k->p.phases; i++) {
            uint32_t plane = o / per_channel * k->p.phases + i;
            struct hcl_cell x = hcl_machine_hy(m, k->p.first_row + plane * k->p.stride, k->p.rows);
            sum = hcl_machine_dot(m, x, k->w[i], i > 0);
        }
        for (uint32_t i = 0; i < k->format.limbs; i++)
            sum = hcl_machine_dot(m, k->scale[i],
                                  hcl_cell_y(m, k->bias_row * m->lanes + o * k->format.limbs + i), true);
        hcl_machine_equal(m, hcl_cell_at(first + (o + 1) * rows_each - 1, HCL_AT_A0), sum);
    }
}

void hcl_gadget_depthwise(struct hcl_lower *c, uint32_t node)
{
    const struct hcl_fx_node *nd = &c->g->nodes[node];
    struct depthwise k = { .c = c, .nd = nd, .outputs = c->g->tensors[nd->output].dims[3] };

    k.p = hcl_planes_of(c, node);
    k.format = hcl_weight_format_of(c, node);
    k.taps = k.p.kernel_h * k.p.kernel_w;
    k.weights = hcl_planes_kernel(c, nd, &k.p, k.p.phases);
    k.w = calloc(k.p.phases, sizeof(*k.w));
    k.chunks = (k.p.kernel_w + c->m->lanes - 1) / c->m->lanes;
    k.shift = calloc((size_t)k.p.kernel_h * k.chunks * k.format.kernel_limbs, sizeof(*k.shift));
    if (k.weights && k.w && k.shift)
        lower(&k, node);
    else
        hcl_machine_fail(c->m, HCL_NO_RESOURCE, "out of memory for the weights of '%s'", nd->name);
    free(k.weights);
    free(k.w);
    free(k.shift);
}

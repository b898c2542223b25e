/* SPDX-License-Identifier: Apache-2.0 */
/* CONV: sum_o t^(e_o) Z_o(s) = sum_i X_i(s) V_i(s, t) + G(s) sum_o t^(e_o) b_o, docs/arithmetization.md. */
#include "compiler/gadgets/functional.h"
#include "compiler/gadgets/gadget.h"
#include "compiler/gadgets/planes.h"
#include "compiler/gadgets/weights.h"

struct conv {
    struct hcl_lower *c;
    const struct hcl_fx_node *nd;
    struct hcl_planes p;
    struct hcl_weight_format format;
    uint32_t outputs, taps; /* taps of a plane */
    int64_t *weights;       /* [O][kernel_h][kernel_w][planes] */
    int64_t *column;        /* one weight of every output */
    struct hcl_cell *x, *v; /* by plane: X_i and V_i */
    uint32_t limb;          /* of the kernel, the one being laid out */
    struct hcl_cell scale[HCL_MAX_BIAS_LIMBS];
};

/* A0 (+)= by * sum_o t^(e_o) (limb of w[o, tap, plane]) */
static struct hcl_cell tap_pass(struct conv *k, uint32_t plane, uint32_t tap, struct hcl_cell by, bool cont)
{
    for (uint32_t o = 0; o < k->outputs; o++)
        k->column[o] = hcl_weight_kernel_limb(
            &k->format, k->weights[((size_t)o * k->taps + tap) * k->p.count + plane], k->limb);
    return hcl_weight_pass(k->c->m, &k->format, k->column, k->outputs, by, cont);
}

static uint64_t tap_shift(const struct conv *k, uint32_t tap)
{
    return (uint64_t)(tap / k->p.kernel_w) * k->p.pitch + tap % k->p.kernel_w;
}

static bool tap_exists(const struct conv *k, uint32_t plane, uint32_t tap)
{
    uint32_t ky, kx;

    return hcl_planes_tap(&k->p, k->nd, plane % k->p.phases, tap / k->p.kernel_w, tap % k->p.kernel_w, &ky,
                          &kx);
}

/* sum_i X_i V_i for one limb of the kernel; the row after it may continue the sum. */
static struct hcl_cell products(struct conv *k)
{
    struct hcl_machine *m = k->c->m;
    struct hcl_cell sum = { 0 };

    if (k->taps == 1) {
        for (uint32_t i = 0; i < k->p.count; i++)
            sum = tap_pass(k, i, 0, k->x[i], i > 0);
        return sum;
    }
    for (uint32_t i = 0; i < k->p.count; i++) {
        bool cont = false;
        for (uint32_t tap = 0; tap < k->taps; tap++) {
            if (tap_exists(k, i, tap)) {
                k->v[i] = tap_pass(k, i, tap, hcl_machine_s_power(m, tap_shift(k, tap)), cont);
                cont = true;
            }
        }
    }
    for (uint32_t i = 0; i < k->p.count; i++)
        sum = hcl_machine_dot(m, k->x[i], k->v[i], i > 0);
    return sum;
}

static struct hcl_cell all_limbs(struct conv *k)
{
    struct hcl_cell parts[HCL_MAX_KERNEL_LIMBS];

    for (k->limb = 0; k->limb < k->format.kernel_limbs; k->limb++)
        parts[k->limb] = products(k);
    return hcl_weight_join(k->c->m, &k->format, parts);
}

/* Every cell the sums refer to, so that no row comes between the rows of a sum. */
static void prepare(struct conv *k, uint32_t rows_each)
{
    struct hcl_machine *m = k->c->m;

    hcl_gadget_region(k->c, (uint32_t)(k->nd - k->c->g->nodes), "powers", HCL_FX_NONE);
    for (uint32_t i = 0; i < k->p.count; i++)
        k->x[i] = hcl_machine_hy(m, k->p.first_row + i * k->p.stride, k->p.rows);
    for (uint32_t tap = 0; tap < k->taps; tap++)
        hcl_machine_s_power(m, tap_shift(k, tap));
    for (uint32_t o = k->outputs; o-- > 0;)
        hcl_machine_t_power(m, hcl_weight_pass_power(m, k->outputs, o));
    if (k->format.limbs)
        hcl_functional_limb_scales(m, hcl_functional_geometric(m, (uint64_t)rows_each * m->lanes),
                                   k->format.limb_bits, k->format.limbs, k->scale);
}

static void lower(struct conv *k, uint32_t node)
{
    struct hcl_machine *m = k->c->m;
    struct hcl_cell left = { 0 }, right;
    uint32_t rows_each, first;

    first = hcl_planes_outputs(k->c, node, &k->p, k->p.count, k->weights, &rows_each);
    prepare(k, rows_each);
    hcl_gadget_region(k->c, node, "weights", k->nd->inputs[1]);
    right = all_limbs(k);
    if (k->format.limbs)
        right = hcl_weight_bias_passes(m, &k->format, k->c->g->tensors[k->nd->inputs[2]].data, k->outputs,
                                       k->scale, right);
    hcl_gadget_region(k->c, node, "sum of outputs", k->nd->output);
    for (uint32_t o = 0; o < k->outputs; o++)
        left = hcl_machine_dot(m, hcl_cell_at(first + (o + 1) * rows_each - 1, HCL_AT_A0),
                               hcl_machine_t_power(m, hcl_weight_pass_power(m, k->outputs, o)), o > 0);
    hcl_machine_equal(m, left, right);
}

void hcl_gadget_conv(struct hcl_lower *c, uint32_t node)
{
    const struct hcl_fx_node *nd = &c->g->nodes[node];
    const uint32_t *out = c->g->tensors[nd->output].dims;
    struct conv k = { .c = c, .nd = nd, .outputs = out[3] };

    if (out[1] == 1 && out[2] == 1) {
        hcl_gadget_fully_connected(c, node);
        return;
    }
    k.p = hcl_planes_of(c, node);
    k.format = hcl_weight_format_of(c, node);
    k.taps = k.p.kernel_h * k.p.kernel_w;
    k.weights = hcl_planes_kernel(c, nd, &k.p, k.p.count);
    k.column = calloc(k.outputs, sizeof(*k.column));
    k.x = calloc(k.p.count, sizeof(*k.x));
    k.v = calloc(k.p.count, sizeof(*k.v));
    if (k.weights && k.column && k.x && k.v)
        lower(&k, node);
    else
        hcl_machine_fail(c->m, HCL_NO_RESOURCE, "out of memory for the weights of '%s'", nd->name);
    free(k.weights);
    free(k.column);
    free(k.x);
    free(k.v);
}

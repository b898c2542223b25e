/* SPDX-License-Identifier: Apache-2.0 */
/* CONV: sum_o t^o Z_o(s) = sum_i X_i(s) V_i(s, t) + G(s) sum_o t^o b_o + c s^e sum_o t^(O-1-o) R_o(s),
 * docs/arithmetization.md, with t^o as struct hcl_spread says. */
#include "compiler/gadgets/functional.h"
#include "compiler/gadgets/planes.h"
#include "compiler/gadgets/weights.h"
#include "compiler/primitives/conv/conv.h"
#include "compiler/primitives/conv/positions.h"
#include "compiler/primitives/norm/planes.h"

struct conv {
    struct hcl_lower *c;
    const struct hcl_fx_node *nd;
    struct hcl_planes p;
    struct hcl_residual r;
    uint32_t node, outputs, taps; /* taps of a plane */
    uint32_t limbs;               /* of the kernel's elements */
    int64_t *weights;             /* [O][kernel_h][kernel_w][planes]; NULL: only counted */
    struct hcl_spread spread;     /* of a pass's weights */
    int64_t *column;              /* one weight of every output */
    uint32_t *passes;             /* [planes][taps]: first weight row; HCL_NONE: the tap does not exist */
    struct hcl_cell *by;    /* taps = 1: [planes][limbs], X_i*2^(16k); else [taps][limbs], s^shift*2^(16k) */
    struct hcl_cell *x, *v; /* by plane: X_i and V_i */
    struct hcl_cell r_by;   /* c s^e; of a vector c G(s) */
    uint32_t first, rows_each; /* of the outputs */
    bool by_position;          /* of outputs; then there is q instead of r */
    struct hcl_positions q;
};

/* D (+)= by * sum_o t^(O-1-o) w[o, tap, plane] */
static struct hcl_cell tap_pass(struct conv *k, uint32_t plane, uint32_t tap, const struct hcl_cell *by,
                                bool cont)
{
    HCL_ASSERT(!k->c->m->weight_columns || k->weights);
    for (uint32_t o = 0; k->c->m->weight_columns && o < k->outputs; o++)
        k->column[k->spread.count - 1 - o] = k->weights[((size_t)o * k->taps + tap) * k->p.count + plane];
    return hcl_weight_pass(k->c->m, k->column, &k->spread, by, k->limbs, cont,
                           &k->passes[(size_t)plane * k->taps + tap]);
}

static bool tap_exists(const struct conv *k, uint32_t plane, uint32_t tap)
{
    uint32_t ky, kx;

    return hcl_planes_tap(&k->p, k->nd, plane % k->p.phases, tap / k->p.kernel_w, tap % k->p.kernel_w, &ky,
                          &kx);
}

/* R_o(s). Asked for again it appends nothing. */
static struct hcl_cell added(const struct conv *k, uint32_t o)
{
    return hcl_machine_hy(k->c->m, k->r.first_row + o * k->r.stride, k->r.rows);
}

/* e: positions behind the last cell of the residual, which is worth s^0 in R_o. */
static void prepare_residual(struct conv *k)
{
    struct hcl_machine *m = k->c->m;
    const uint64_t positions = (uint64_t)(k->p.front_rows + k->p.rows) * m->lanes;

    if (k->r.at == HCL_NONE) {
        hcl_machine_hyt(m, k->r.first_row, k->r.rows);
        k->r_by = hcl_machine_dot(m, hcl_functional_geometric(m, positions, hcl_machine_s_power),
                                  hcl_machine_two_power(m, k->r.bits), false);
        return;
    }
    const struct hcl_cell power =
        hcl_machine_s_power(m, positions - k->r.at - (uint64_t)k->r.rows * m->lanes);
    const struct hcl_cell factor = hcl_machine_two_power(m, k->r.bits);

    for (uint32_t o = 0; o < k->outputs; o++)
        added(k, o);
    k->r_by = hcl_machine_dot(m, power, factor, false);
}

/* Every cell that the sums multiply by. */
static void prepare(struct conv *k)
{
    struct hcl_machine *m = k->c->m;

    hcl_gadget_region(k->c, k->node, "powers", HCL_FX_NONE);
    for (uint32_t i = 0; i < k->p.count; i++) {
        k->x[i] = hcl_machine_hy(m, k->p.first_row + i * k->p.stride, k->p.rows);
        if (k->taps == 1)
            hcl_weight_scales(m, k->x[i], k->limbs, k->by + (size_t)i * k->limbs);
    }
    for (uint32_t tap = 0; k->taps > 1 && tap < k->taps; tap++)
        hcl_weight_scales(m, hcl_machine_s_power(m, hcl_planes_shift(&k->p, tap)), k->limbs,
                          k->by + (size_t)tap * k->limbs);
    if (k->r.rows)
        prepare_residual(k);
}

/* The passes of the kernel. taps = 1: one sum over all of them, which is returned; else k->v. */
static struct hcl_cell kernel(struct conv *k)
{
    struct hcl_cell sum = { 0 };

    hcl_gadget_region(k->c, k->node, "weights", k->nd->inputs[1]);
    for (uint32_t i = 0; k->taps == 1 && i < k->p.count; i++)
        sum = tap_pass(k, i, 0, k->by + (size_t)i * k->limbs, i > 0);
    for (uint32_t i = 0; k->taps > 1 && i < k->p.count; i++) {
        bool cont = false;
        for (uint32_t tap = 0; tap < k->taps; tap++) {
            k->passes[(size_t)i * k->taps + tap] = HCL_NONE;
            if (!tap_exists(k, i, tap))
                continue;
            k->v[i] = tap_pass(k, i, tap, k->by + (size_t)tap * k->limbs, cont);
            cont = true;
        }
    }
    return sum;
}

/* D (+)= G(s) sum_o t^(O-1-o) b_o */
static struct hcl_cell biases(struct conv *k, bool cont)
{
    const struct hcl_fx_tensor *bias = &k->c->g->tensors[k->nd->inputs[2]];
    uint32_t limbs = hcl_weight_limbs(bias->lo, bias->hi);
    struct hcl_cell scale[HCL_MAX_WEIGHT_LIMBS];
    const uint64_t positions = (uint64_t)(k->p.front_rows + k->p.rows) * k->c->m->lanes;
    const struct hcl_cell ones = k->by_position
                                     ? hcl_positions_ones(k->c->m, &k->q)
                                     : hcl_functional_geometric(k->c->m, positions, hcl_machine_s_power);

    hcl_weight_scales(k->c->m, ones, limbs, scale);
    for (uint32_t o = 0; k->c->m->weight_columns && o < k->outputs; o++)
        k->column[k->spread.count - 1 - o] = hcl_fx_constant(bias, o);
    return hcl_weight_pass(k->c->m, k->column, &k->spread, scale, limbs, cont, NULL);
}

/* The right side of the identity. */
static struct hcl_cell products(struct conv *k)
{
    struct hcl_machine *m = k->c->m;
    const bool biased = k->nd->inputs[2] != HCL_FX_NONE;
    struct hcl_cell sum = kernel(k), bias = { 0 };

    if (biased)
        bias = biases(k, k->taps == 1);
    if (k->taps == 1)
        return biased ? bias : sum;
    for (uint32_t i = 0; i < k->p.count; i++)
        sum = hcl_machine_dot(m, k->x[i], k->v[i], i > 0);
    return biased ? hcl_machine_dot(m, hcl_cell_y(m, hcl_machine_one(m)), bias, true) : sum;
}

/* Of the outputs whose weights have digit d, the sum of of(k, o) t^index. */
static struct hcl_cell digit_sum(const struct conv *k, uint32_t d,
                                 struct hcl_cell (*of)(const struct conv *k, uint32_t o))
{
    const uint32_t length = hcl_spread_length(&k->spread);
    struct hcl_cell sum = { 0 };

    for (uint32_t i = 0; i < length; i++) {
        const uint32_t e = hcl_spread_weight(&k->spread, d, i);
        if (e != HCL_NONE)
            sum = hcl_machine_dot(k->c->m, of(k, k->outputs - 1 - e), hcl_machine_t_power(k->c->m, i), i > 0);
    }
    return sum;
}

/* The sum over all outputs as their weights are summed, in rows of dot products. */
static struct hcl_cell spread_sum(const struct conv *k,
                                  struct hcl_cell (*of)(const struct conv *k, uint32_t o))
{
    const uint32_t digits = hcl_spread_digits(&k->spread);
    struct hcl_machine *m = k->c->m;
    struct hcl_cell by_digit[HCL_MAX_DIGITS] = { 0 }, all;

    for (uint32_t i = 0; i < hcl_spread_length(&k->spread); i++) /* first of all: they may append rows */
        hcl_machine_t_power(m, i);
    for (uint32_t d = 0; d < digits; d++) {
        hcl_machine_digit(m, d);
        by_digit[d] = digit_sum(k, d, of);
    }
    all = by_digit[0];
    for (uint32_t d = 0; digits > 1 && d < digits; d++)
        all = hcl_machine_dot(m, by_digit[d], hcl_machine_digit(m, d), d > 0);
    return all;
}

/* Of a vector that is added to every position. */
static struct hcl_cell added_vector(const struct conv *k)
{
    struct hcl_machine *m = k->c->m;
    const struct hcl_cell end = hcl_machine_hyt(m, k->r.first_row, k->r.rows);
    struct hcl_cell sums[HCL_MAX_CUTS];
    uint32_t at[HCL_MAX_CUTS];

    for (uint32_t i = hcl_spread_cuts(&k->spread, at); i-- > 0;)
        sums[i] = hcl_cell_at(end.row - at[i] / m->lanes, HCL_AT_A1);
    return hcl_machine_spread_sum(m, &k->spread, sums);
}

/* sum + c s^e sum_o t^(O-1-o) R_o(s); sum + c G(s) R(t), R = sum_o t^(O-1-o) r_o */
static struct hcl_cell with_residual(struct conv *k, struct hcl_cell sum)
{
    struct hcl_machine *m = k->c->m;
    struct hcl_cell all;

    if (k->r.rows == 0)
        return sum;
    hcl_gadget_region(k->c, k->node, "sum of what is added", k->nd->inputs[3]);
    all = k->r.at == HCL_NONE ? added_vector(k) : spread_sum(k, added);
    hcl_machine_dot(m, all, k->r_by, false);
    return hcl_machine_dot(m, hcl_cell_y(m, hcl_machine_one(m)), sum, true);
}

static void lower_by_position(struct conv *k)
{
    struct hcl_machine *m = k->c->m;
    struct hcl_cell right;

    prepare(k);
    right = products(k);
    hcl_gadget_region(k->c, k->node, "sum of what is added", HCL_FX_NONE);
    right = hcl_positions_right(m, &k->q, right);
    hcl_machine_equal(m, hcl_positions_outputs(k->c, &k->p, &k->q, k->passes, k->limbs), right);
}

/* sum_o t^(O-1-o) Z_o(s), from what B holds where blocks of channels end. */
static struct hcl_cell gathered(const struct conv *k)
{
    struct hcl_cell sums[HCL_MAX_CUTS];
    uint32_t at[HCL_MAX_CUTS];

    for (uint32_t i = hcl_spread_cuts(&k->spread, at); i-- > 0;)
        sums[i] = hcl_cell_at(k->first + (k->outputs - at[i]) * k->rows_each - 1, HCL_AT_B);
    return hcl_machine_spread_sum(k->c->m, &k->spread, sums);
}

static struct hcl_cell output_sum(const struct conv *k, uint32_t o)
{
    return hcl_cell_at(k->first + (o + 1) * k->rows_each - 1, HCL_AT_A0);
}

/* The same in rows of its own, which leave B to the passes of a NORM. */
static struct hcl_cell sum_of_outputs(const struct conv *k)
{
    hcl_gadget_region(k->c, k->node, "sum of channels", k->nd->output);
    return spread_sum(k, output_sum);
}

static void lower(struct conv *k)
{
    struct hcl_machine *m = k->c->m;
    const bool gathers = !hcl_norm_reads_planes(k->c, k->nd->output);
    struct hcl_cell right;

    if (k->by_position) {
        lower_by_position(k);
        return;
    }
    prepare(k);
    right = with_residual(k, products(k));
    k->first = hcl_planes_outputs(k->c, k->node, &k->p, k->p.count, k->passes, k->limbs, &k->r, gathers,
                                  &k->rows_each);
    hcl_machine_equal(m, gathers ? gathered(k) : sum_of_outputs(k), right);
}

/* A vector that is added has its sums in t at the ends of rows. */
static struct hcl_spread channels(const struct conv *k)
{
    const bool vector = k->r.rows && k->r.at == HCL_NONE;

    return hcl_spread_channels(k->c->m->prog.weight_digits, vector ? k->c->m->lanes : 1, k->outputs);
}

/* joined: one output position, whose items are the positions. */
static void convolve(struct hcl_lower *c, uint32_t node, bool joined)
{
    const struct hcl_fx_node *nd = &c->g->nodes[node];
    const struct hcl_fx_tensor *w = &c->g->tensors[nd->inputs[1]];
    struct conv k = { .c = c, .nd = nd, .node = node, .outputs = c->g->tensors[nd->output].dims[3] };
    size_t multipliers;

    k.p = joined ? hcl_inputs_planes(c, node) : hcl_planes_of(c, node);
    k.by_position = hcl_positions_wanted(c, node, &k.p);
    if (k.by_position)
        k.q = hcl_positions_of(c, node, &k.p);
    else
        k.r = hcl_planes_residual(c, node, &k.p);
    k.spread = k.by_position ? k.q.spread : channels(&k);
    k.taps = k.p.kernel_h * k.p.kernel_w;
    k.weights = joined ? hcl_inputs_kernel(c, node, &k.p) : hcl_planes_kernel(c, nd, &k.p, k.p.count);
    k.limbs = hcl_weight_limbs(w->lo, w->hi);
    multipliers = (k.taps == 1 ? (size_t)k.p.count : k.taps) * k.limbs;
    k.column = calloc(k.spread.count, sizeof(*k.column));
    k.passes = calloc((size_t)k.p.count * k.taps, sizeof(*k.passes));
    k.by = calloc(multipliers + 1, sizeof(*k.by));
    k.x = calloc(k.p.count, sizeof(*k.x));
    k.v = calloc(k.p.count, sizeof(*k.v));
    if ((k.weights || c->m->weight_columns == 0) && k.column && k.passes && k.by && k.x && k.v)
        lower(&k);
    else
        hcl_machine_fail(c->m, HCL_NO_RESOURCE, "out of memory for the weights of '%s'", nd->name);
    free(k.weights);
    free(k.column);
    free(k.passes);
    free(k.by);
    free(k.x);
    free(k.v);
}

void hcl_gadget_conv(struct hcl_lower *c, uint32_t node)
{
    const uint32_t *out = c->g->tensors[c->g->nodes[node].output].dims;
    const bool dense = out[1] == 1 && out[2] == 1, joined = dense && hcl_inputs_shared(c, node);

    if (!dense || joined) {
        convolve(c, node, joined);
        return;
    }
    for (uint32_t n = 0; n < hcl_fx_items(c->g); n++)
        hcl_gadget_fully_connected(c, node + n);
}

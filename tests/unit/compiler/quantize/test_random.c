/* SPDX-License-Identifier: Apache-2.0 */
/* Random graphs: the passes keep the function, the fixed-point graph follows the float one, and no value
 * leaves the range that interval analysis and calibration gave its tensor. Samples side by side give what
 * each alone gives. */
#include "tests/unit/compiler/graph/build.h"

#include "compiler/fixed/interpret.h"
#include "compiler/graph/evaluate.h"
#include "compiler/graph/passes.h"
#include "compiler/quantize/build.h"
#include <math.h>

enum { GRAPHS = 300, MOST_NODES = 10, SAMPLES = 3 };

struct maker {
    struct hcl_graph g;
    uint32_t state, at; /* random state, the tensor to build on */
};

static uint32_t draw(struct maker *m, uint32_t below)
{
    m->state = m->state * 1664525u + 1013904223u;
    return (m->state >> 16) % below;
}

static const uint32_t *dims(const struct maker *m)
{
    return m->g.tensors[m->at].dims;
}

/* A window of up to 3x3 that fits, with up to one less of padding. */
static void add_windowed(struct maker *m, hcl_op op, uint32_t w, uint32_t b, uint32_t channels,
                         uint32_t kernel)
{
    uint32_t x = m->at, h = dims(m)[1], width = dims(m)[2], pad = kernel > 1 ? draw(m, 2) : 0,
             stride = 1 + draw(m, 2);
    uint32_t y = add_computed(&m->g, (h + 2 * pad - kernel) / stride + 1,
                              (width + 2 * pad - kernel) / stride + 1, channels);
    struct hcl_node *n = add_op(&m->g, op, x, w, b, y);
    n->kernel_h = n->kernel_w = kernel;
    n->stride_y = n->stride_x = stride;
    n->pad_top = n->pad_left = n->pad_bottom = n->pad_right = pad;
    m->at = y;
}

static void add_step(struct maker *m)
{
    const uint32_t d[3] = { dims(m)[1], dims(m)[2], dims(m)[3] };
    uint32_t small = d[0] < d[1] ? d[0] : d[1], kernel = 1 + draw(m, small < 3 ? small : 3), y;
    uint32_t channels = 1 + draw(m, 4), x = m->at;
    switch (draw(m, 10)) {
    case 0:
    case 1: {
        uint32_t w = add_constant(&m->g, channels, kernel, kernel, d[2]);
        uint32_t b = draw(m, 2) ? add_constant(&m->g, 1, 1, 1, channels) : NONE;
        add_windowed(m, HCL_OP_CONV_2D, w, b, channels, kernel);
        break;
    }
    case 2: {
        uint32_t w = add_constant(&m->g, 1, kernel, kernel, 2 * d[2]);
        add_windowed(m, HCL_OP_DEPTHWISE_CONV_2D, w, NONE, 2 * d[2], kernel);
        break;
    }
    case 3:
        add_windowed(m, draw(m, 2) ? HCL_OP_MAX_POOL_2D : HCL_OP_AVERAGE_POOL_2D, NONE, NONE, d[2], kernel);
        break;
    case 4:
    case 5: {
        uint32_t c = add_constant(&m->g, 1, 1, 1, draw(m, 2) ? d[2] : 1);
        y = add_computed(&m->g, d[0], d[1], d[2]);
        add_op(&m->g, draw(m, 2) ? HCL_OP_ADD : HCL_OP_MUL, x, c, NONE, y);
        m->at = y;
        break;
    }
    case 6:
        y = add_computed(&m->g, d[0], d[1], d[2]);
        add_op(&m->g, draw(m, 2) ? HCL_OP_RELU : HCL_OP_RELU6, x, NONE, NONE, y);
        m->at = y;
        break;
    case 7: {
        y = add_computed(&m->g, d[0] + 1, d[1] + 2, d[2]);
        struct hcl_node *n = add_op(&m->g, HCL_OP_PAD, x, NONE, NONE, y);
        n->pad_top = n->pad_left = n->pad_right = 1;
        m->at = y;
        break;
    }
    case 8: { /* a residual: x + relu(x) */
        uint32_t r = add_computed(&m->g, d[0], d[1], d[2]);
        y = add_computed(&m->g, d[0], d[1], d[2]);
        add_op(&m->g, HCL_OP_RELU, x, NONE, NONE, r);
        add_op(&m->g, HCL_OP_ADD, x, r, NONE, y);
        m->at = y;
        break;
    }
    default: {
        uint32_t w = add_constant(&m->g, channels, 1, 1, d[0] * d[1] * d[2]);
        y = add_computed(&m->g, 1, 1, channels);
        add_op(&m->g, HCL_OP_FULLY_CONNECTED, x, w, NONE, y);
        m->at = y;
    }
    }
}

static void make_graph(struct maker *m, uint32_t seed)
{
    *m = (struct maker){ .state = seed };
    uint32_t x = add_computed(&m->g, 3 + draw(m, 4), 3 + draw(m, 4), 1 + draw(m, 3));
    m->at = x;
    for (uint32_t i = 1 + draw(m, MOST_NODES); i > 0; i--)
        add_step(m);
    if (m->at == x)
        add_step(m);
    set_ends(&m->g, x, m->at);
}

static void fill_input(const struct hcl_graph *g, struct hcl_float_values *v, uint32_t seed)
{
    for (size_t i = 0; i < hcl_tensor_len(&g->tensors[g->inputs[0]]); i++)
        v->tensor[g->inputs[0]][i] = next_random(&seed);
}

/* Outputs of all samples, one after the other (to be freed). */
static double *evaluate(const struct hcl_graph *g, struct hcl_float_values *v, uint32_t seed)
{
    size_t len = hcl_tensor_len(&g->tensors[g->outputs[0]]);
    double *out = malloc(SAMPLES * len * sizeof *out);
    struct hcl_err err;
    assert_non_null(out);
    assert_ok(hcl_float_values_init(v, g, &err), err);
    for (uint32_t s = 0; s < SAMPLES; s++) {
        fill_input(g, v, seed + s);
        assert_ok(hcl_graph_evaluate(g, v, &err), err);
        for (size_t i = 0; i < len; i++)
            out[s * len + i] = (double)v->tensor[g->outputs[0]][i];
    }
    return out;
}

/* The same from all samples side by side. */
static void evaluate_together(const struct hcl_graph *g, const double *want, uint32_t seed)
{
    const size_t len = hcl_tensor_len(&g->tensors[g->outputs[0]]);
    struct hcl_float_values v[SAMPLES];
    struct hcl_err err;
    for (uint32_t s = 0; s < SAMPLES; s++) {
        assert_ok(hcl_float_values_init(&v[s], g, &err), err);
        fill_input(g, &v[s], seed + s);
    }
    assert_ok(hcl_graph_evaluate_batch(g, v, SAMPLES, &err), err);
    for (uint32_t s = 0; s < SAMPLES; s++) {
        for (size_t i = 0; i < len; i++)
            assert_true(fabs((double)v[s].tensor[g->outputs[0]][i] - want[s * len + i]) <=
                        1e-6 * (1 + fabs(want[s * len + i])));
        hcl_float_values_clear(&v[s]);
    }
}

static double scale_of(const double *x, size_t len)
{
    double most = 1;
    for (size_t i = 0; i < len; i++)
        most = fmax(most, fabs(x[i]));
    return most;
}

static void in_range(const struct hcl_fx_graph *fx, const struct hcl_fx_values *v)
{
    for (uint32_t t = 0; t < fx->num_tensors; t++)
        for (size_t i = 0; i < hcl_fx_tensor_len(fx, t); i++) {
            const struct hcl_fx_tensor *x = &fx->tensors[t];
            const int64_t value = x->data != NULL ? hcl_fx_constant(x, i) : v->tensor[t][i];
            assert_true(value >= x->lo && value <= x->hi);
        }
}

/* Sample s of `all`, which run side by side, has every value that it has alone, in v. */
static void interpret_together(const struct hcl_fx_graph *fx, const struct hcl_fx_values *v,
                               struct hcl_fx_values *all, uint32_t s)
{
    struct hcl_err err;
    if (s == 0)
        assert_ok(hcl_interpret_batch(fx, all, SAMPLES, &err), err);
    for (uint32_t t = 0; t < fx->num_tensors; t++)
        if (fx->tensors[t].data == NULL)
            assert_memory_equal(all[s].tensor[t], v->tensor[t],
                                hcl_fx_tensor_len(fx, t) * sizeof *v->tensor[t]);
}

/* Tables of 2^14 entries; graphs are shallow and weights below 1, so a result errs by less than 2 % of the
 * largest.
 */
static void compare_fixed(const struct hcl_graph *g, const struct hcl_float_values *v, const double *want,
                          uint32_t seed)
{
    const struct hcl_fx_setting setting = { 1 << 14, 14, 14, 10, 1.5, true, 1 };
    double *most = calloc(2 * g->num_tensors, sizeof *most);
    struct hcl_fx_graph fx;
    struct hcl_fx_values fv, all[SAMPLES];
    struct hcl_float_values in;
    struct hcl_err err;
    size_t len = hcl_tensor_len(&g->tensors[g->outputs[0]]);
    assert_non_null(most);
    hcl_scales_magnitudes(most, g, v->lo, v->hi);
    assert_ok(hcl_fx_build(&fx, g, most, &setting, &err), err);
    free(most);
    assert_ok(hcl_fx_values_init(&fv, &fx, &err), err);
    assert_ok(hcl_float_values_init(&in, g, &err), err);
    for (uint32_t s = 0; s < SAMPLES; s++) {
        fill_input(g, &in, seed + s);
        assert_ok(hcl_fx_values_init(&all[s], &fx, &err), err);
        assert_ok(hcl_fx_set_input(&fx, &all[s], 0, in.tensor[g->inputs[0]],
                                   hcl_tensor_len(&g->tensors[g->inputs[0]]), &err),
                  err);
    }
    for (uint32_t s = 0; s < SAMPLES; s++) {
        fill_input(g, &in, seed + s);
        assert_ok(hcl_fx_set_input(&fx, &fv, 0, in.tensor[g->inputs[0]],
                                   hcl_tensor_len(&g->tensors[g->inputs[0]]), &err),
                  err);
        assert_ok(hcl_interpret(&fx, &fv, &err), err);
        in_range(&fx, &fv);
        interpret_together(&fx, &fv, all, s);
        for (size_t i = 0; i < len; i++) {
            double got = ldexp((double)fv.tensor[fx.outputs[0]][i], -fx.tensors[fx.outputs[0]].frac_bits);
            if (fabs(got - want[s * len + i]) > 0.02 * scale_of(want, SAMPLES * len))
                fail_msg("graph %u: element %zu is %g in fixed point, %g in float", seed, i, got,
                         want[s * len + i]);
        }
    }
    for (uint32_t s = 0; s < SAMPLES; s++)
        hcl_fx_values_clear(&all[s]);
    hcl_float_values_clear(&in);
    hcl_fx_values_clear(&fv);
    hcl_fx_graph_clear(&fx);
}

static void passes_and_fixed_point_follow_the_graph(void **state)
{
    (void)state;
    size_t shorter = 0;
    for (uint32_t seed = 1; seed <= GRAPHS; seed++) {
        struct maker m;
        struct hcl_float_values v, after;
        struct hcl_err err;
        make_graph(&m, seed);
        size_t len = hcl_tensor_len(&m.g.tensors[m.g.outputs[0]]), nodes = m.g.num_nodes;
        double *want = evaluate(&m.g, &v, seed);
        evaluate_together(&m.g, want, seed);
        assert_ok(hcl_graph_optimize(&m.g, NULL, NULL, &err), err);
        double *got = evaluate(&m.g, &after, seed);
        for (size_t i = 0; i < SAMPLES * len; i++)
            if (fabs(got[i] - want[i]) > 1e-5 * scale_of(want, SAMPLES * len))
                fail_msg("graph %u: element %zu is %g after the passes, %g before", seed, i, got[i], want[i]);
        shorter += m.g.num_nodes < nodes;
        compare_fixed(&m.g, &after, want, seed);
        free(want);
        free(got);
        hcl_float_values_clear(&v);
        hcl_float_values_clear(&after);
        hcl_graph_clear(&m.g);
    }
    printf("%d graphs compared in fixed point, %zu made shorter\n", GRAPHS, shorter);
    assert_true(shorter > GRAPHS / 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(passes_and_fixed_point_follow_the_graph) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

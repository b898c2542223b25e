/* SPDX-License-Identifier: Apache-2.0 */
/* Random graphs whose inputs, weights and layers have magnitudes from 1e-6 to 1e6, through the search: none
 * is refused, and on the samples the scores are the float model's to the accuracy that was asked for; on
 * other inputs like them on average over an input's scores, which is what running and proving one state, or
 * the input is refused because it leaves a range. */
#include "tests/unit/compiler/graph/build.h"

#include "compiler/fixed/interpret.h"
#include "compiler/graph/evaluate.h"
#include "compiler/quantize/quantize.h"
#include <math.h>
#include <string.h>

enum { GRAPHS = 400, MOST_NODES = 6, SAMPLES = 16, OTHERS = 8 };

struct maker {
    struct hcl_graph g;
    uint32_t state, at;
    float input_size; /* largest input */
};

static uint32_t draw(struct maker *m, uint32_t below)
{
    m->state = m->state * 1664525u + 1013904223u;
    return (m->state >> 16) % below;
}

/* 10^-6 to 10^6. */
static float magnitude(struct maker *m)
{
    return powf(10, (float)draw(m, 1201) / 100 - 6);
}

/* As add_constant, times `size`. */
static uint32_t sized_constant(struct maker *m, uint32_t o, uint32_t h, uint32_t w, uint32_t c, float size)
{
    const uint32_t t = add_constant(&m->g, o, h, w, c);
    for (size_t i = 0; i < hcl_tensor_len(&m->g.tensors[t]); i++)
        m->g.tensors[t].data[i] *= size;
    return t;
}

static const uint32_t *dims(const struct maker *m)
{
    return m->g.tensors[m->at].dims;
}

static void add_linear(struct maker *m)
{
    const uint32_t h = dims(m)[1], w = dims(m)[2], c = dims(m)[3], channels = 2 + draw(m, 5);
    const uint32_t kernel = h >= 3 && w >= 3 && draw(m, 2) ? 3 : 1;
    const uint32_t filter = sized_constant(m, channels, kernel, kernel, c, magnitude(m));
    const uint32_t y = add_computed(&m->g, h - kernel + 1, w - kernel + 1, channels);
    struct hcl_node *n = add_op(&m->g, HCL_OP_CONV_2D, m->at, filter, NONE, y);
    n->kernel_h = n->kernel_w = kernel;
    n->stride_y = n->stride_x = 1;
    n->act.id = draw(m, 2) ? HCL_FN_RELU : HCL_FN_IDENTITY;
    m->at = y;
}

static void add_step(struct maker *m)
{
    const uint32_t h = dims(m)[1], w = dims(m)[2], c = dims(m)[3], x = m->at;
    uint32_t y;
    switch (draw(m, 7)) {
    case 0: /* a factor for each channel, or one for all */
        y = add_computed(&m->g, h, w, c);
        add_op(&m->g, HCL_OP_MUL, x, sized_constant(m, 1, 1, 1, draw(m, 2) ? c : 1, magnitude(m)), NONE, y);
        break;
    case 1:
        y = add_computed(&m->g, h, w, c);
        add_op(&m->g, HCL_OP_RELU, x, NONE, NONE, y);
        break;
    case 2: { /* a residual block of another magnitude */
        const uint32_t filter = sized_constant(m, c, 1, 1, c, powf(10, (float)draw(m, 5) - 2));
        const uint32_t r = add_computed(&m->g, h, w, c);
        struct hcl_node *n = add_op(&m->g, HCL_OP_CONV_2D, x, filter, NONE, r);
        n->kernel_h = n->kernel_w = n->stride_y = n->stride_x = 1;
        y = add_computed(&m->g, h, w, c);
        add_op(&m->g, HCL_OP_ADD, x, r, NONE, y);
        break;
    }
    case 3:
        if (h >= 2 && w >= 2) {
            y = add_computed(&m->g, h / 2, w / 2, c);
            struct hcl_node *n =
                add_op(&m->g, draw(m, 2) ? HCL_OP_MAX_POOL_2D : HCL_OP_AVERAGE_POOL_2D, x, NONE, NONE, y);
            n->kernel_h = n->kernel_w = n->stride_y = n->stride_x = 2;
            break;
        }
        /* fall through */
    default:
        add_linear(m);
        return;
    }
    m->at = y;
}

static void make_graph(struct maker *m, uint32_t seed)
{
    *m = (struct maker){ .state = seed * 2654435761u };
    const uint32_t x = add_computed(&m->g, 1 + draw(m, 6), 1 + draw(m, 6), 2 + draw(m, 4));
    m->at = x;
    m->input_size = magnitude(m);
    for (uint32_t i = 1 + draw(m, MOST_NODES); i > 0; i--)
        add_step(m);
    add_linear(m);
    set_ends(&m->g, x, m->at);
}

static void fill(const struct maker *m, float *x, size_t len, uint32_t seed)
{
    for (size_t i = 0; i < len; i++)
        x[i] = m->input_size * next_random(&seed);
}

/* Greatest minus least score over all samples, and the scores of all samples and others. */
static double run_float(struct maker *m, float *x, double *scores, size_t len, size_t out_len)
{
    struct hcl_float_values v;
    struct hcl_err err;
    double lo = INFINITY, hi = -INFINITY;
    assert_ok(hcl_float_values_init(&v, &m->g, &err), err);
    for (size_t s = 0; s < SAMPLES + OTHERS; s++) {
        memcpy(v.tensor[m->g.inputs[0]], x + s * len, len * sizeof *x);
        assert_ok(hcl_graph_evaluate(&m->g, &v, &err), err);
        for (size_t i = 0; i < out_len; i++) {
            const double y = (double)v.tensor[m->g.outputs[0]][i];
            scores[s * out_len + i] = y;
            lo = s < SAMPLES ? fmin(lo, y) : lo;
            hi = s < SAMPLES ? fmax(hi, y) : hi;
        }
    }
    hcl_float_values_clear(&v);
    return hi > lo ? hi - lo : 1;
}

struct tally {
    size_t refused, out_of_range, beyond;
    double worst;
};

static void compare(uint32_t seed, const struct hcl_fx_graph *fx, const float *x, const double *scores,
                    double range, size_t len, struct tally *t)
{
    struct hcl_fx_values v;
    struct hcl_err err;
    const struct hcl_fx_tensor *y = &fx->tensors[fx->outputs[0]];
    const size_t out_len = hcl_fx_tensor_len(fx, fx->outputs[0]);
    assert_ok(hcl_fx_values_init(&v, fx, &err), err);
    for (size_t s = 0; s < SAMPLES + OTHERS; s++) {
        double worst = 0, squares = 0;
        hcl_status st = hcl_fx_set_input(fx, &v, 0, x + s * len, len, &err);
        st = st == HCL_OK ? hcl_interpret(fx, &v, &err) : st;
        if (st != HCL_OK) {
            assert_true(s >= SAMPLES);
            assert_non_null(strstr(err.msg, "range"));
            t->out_of_range++;
            continue;
        }
        for (size_t i = 0; i < out_len; i++) {
            const double got = ldexp((double)v.tensor[fx->outputs[0]][i], -y->frac_bits);
            const double d = fabs(got - scores[s * out_len + i]) / range;
            worst = fmax(worst, d);
            squares += d * d;
        }
        if (s < SAMPLES && worst > 0.0201)
            fail_msg("graph %u: sample %zu errs by %g of the range", seed, s, worst);
        t->beyond += sqrt(squares / (double)out_len) > 0.02;
        t->worst = fmax(t->worst, worst);
    }
    hcl_fx_values_clear(&v);
}

static void try_graph(uint32_t seed, struct tally *t)
{
    struct maker m;
    struct hcl_quantize_options o;
    struct hcl_quantize_report report;
    struct hcl_fx_graph fx;
    struct hcl_err err;
    make_graph(&m, seed);
    const size_t len = hcl_tensor_len(&m.g.tensors[m.g.inputs[0]]);
    const size_t out_len = hcl_tensor_len(&m.g.tensors[m.g.outputs[0]]);
    float *x = malloc((SAMPLES + OTHERS) * len * sizeof *x);
    double *scores = malloc((SAMPLES + OTHERS) * out_len * sizeof *scores);
    assert_true(x != NULL && scores != NULL);
    for (uint32_t s = 0; s < SAMPLES + OTHERS; s++)
        fill(&m, x + s * len, len, seed * 100 + s);
    const double range = run_float(&m, x, scores, len, out_len);
    hcl_quantize_options_default(&o);
    o.samples = (struct hcl_samples){ x, SAMPLES, len };
    if (hcl_graph_to_fixed_report(&m.g, &o, &fx, &report, &err) == HCL_OK) {
        compare(seed, &fx, x, scores, range, len, t);
    } else {
        printf("graph %u: %s\n", seed, err.msg);
        t->refused++;
    }
    hcl_fx_graph_clear(&fx);
    free(x);
    free(scores);
}

static void no_magnitude_is_refused(void **state)
{
    struct tally t = { 0 };
    (void)state;
    for (uint32_t seed = 1; seed <= GRAPHS; seed++)
        try_graph(seed, &t);
    printf("%d graphs: %zu refused; of %d other inputs %zu leave a range, %zu err by more than 2 %% on "
           "average, worst "
           "%.3g\n",
           GRAPHS, t.refused, GRAPHS * OTHERS, t.out_of_range, t.beyond, t.worst);
    assert_int_equal(t.refused, 0);
    assert_true(t.beyond * 1000 <= GRAPHS * OTHERS); /* those are what proving stops for */
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(no_magnitude_is_refused) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

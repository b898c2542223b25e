/* SPDX-License-Identifier: Apache-2.0 */
/* Inputs whose channels are of different magnitudes, scores of tiny range before a SOFTMAX, and what is left
 * alone. */
#include "tests/unit/compiler/graph/build.h"

#include "compiler/fixed/interpret.h"
#include "compiler/quantize/quantize.h"
#include <math.h>
#include <string.h>

enum { SAMPLES = 32, CHANNELS = 3, CLASSES = 2 };

struct fixture {
    struct hcl_graph g;
    float x[SAMPLES * CHANNELS];
    struct hcl_fx_graph fx;
    struct hcl_err err;
};

/* A FULLY_CONNECTED layer on features of the given sizes, or on twice these; what each adds to the result is
 * of size `scores`.
 */
static uint32_t add_layer_behind(struct fixture *f, bool sum, const double sizes[CHANNELS], double scores)
{
    const uint32_t x = add_computed(&f->g, 1, 1, CHANNELS);
    const uint32_t w = add_constant(&f->g, CLASSES, 1, 1, CHANNELS);
    const uint32_t y = add_computed(&f->g, 1, 1, CLASSES);
    uint32_t seed = 9;
    for (size_t i = 0; i < CLASSES * CHANNELS; i++)
        f->g.tensors[w].data[i] *= (float)(scores / sizes[i % CHANNELS]);
    for (size_t i = 0; i < SAMPLES * CHANNELS; i++)
        f->x[i] = (float)sizes[i % CHANNELS] * next_random(&seed);
    uint32_t from = x;
    if (sum) {
        from = add_computed(&f->g, 1, 1, CHANNELS);
        add_op(&f->g, HCL_OP_ADD, x, x, NONE, from);
    }
    add_op(&f->g, HCL_OP_FULLY_CONNECTED, from, w, NONE, y);
    return y;
}

static uint32_t add_layer(struct fixture *f, const double sizes[CHANNELS], double scores)
{
    return add_layer_behind(f, false, sizes, scores);
}

static hcl_status quantise(struct fixture *f, uint32_t output)
{
    struct hcl_quantize_options o;
    set_ends(&f->g, 0, output);
    hcl_quantize_options_default(&o);
    o.samples = (struct hcl_samples){ f->x, SAMPLES, CHANNELS };
    return hcl_graph_to_fixed_report(&f->g, &o, &f->fx, NULL, &f->err);
}

static void channels_get_what_they_lack(void **state)
{
    struct fixture f = { .g = { 0 } };
    struct hcl_fx_values v;
    const double sizes[CHANNELS] = { 1, 4000, 100000 };
    (void)state;
    assert_ok(quantise(&f, add_layer(&f, sizes, 1)), f.err);
    const struct hcl_fx_tensor *x = &f.fx.tensors[f.fx.inputs[0]];
    assert_non_null(x->channel_shift);
    assert_in_range(x->channel_shift[0], 15, 17);
    assert_in_range(x->channel_shift[1], 3, 5);
    assert_int_equal(x->channel_shift[2], 0);
    /* the small channel is rounded as finely, for its size, as the large one */
    assert_ok(hcl_fx_values_init(&v, &f.fx, &f.err), f.err);
    assert_ok(hcl_fx_set_input(&f.fx, &v, 0, f.x, CHANNELS, &f.err), f.err);
    for (size_t i = 0; i < CHANNELS; i++) {
        const double got = ldexp((double)v.tensor[f.fx.inputs[0]][i], -hcl_fx_element_bits(x, i));
        assert_true(fabs(got - (double)f.x[i]) < sizes[i] / 50);
    }
    const float far[CHANNELS] = { 1000, 0, 0 };
    assert_int_equal(hcl_fx_set_input(&f.fx, &v, 0, far, CHANNELS, &f.err), HCL_BAD_INPUT);
    hcl_fx_values_clear(&v);
    hcl_fx_graph_clear(&f.fx);
}

/* Small channels that count little are left as they are: their weights are not larger. */
static void channels_that_do_not_matter_are_left(void **state)
{
    struct fixture f = { .g = { 0 } };
    const double sizes[CHANNELS] = { 1, 1, 1 };
    (void)state;
    const uint32_t y = add_layer(&f, sizes, 1);
    for (size_t i = 0; i < SAMPLES * CHANNELS; i++)
        f.x[i] *= i % CHANNELS == 0 ? 1e-4f : 1;
    assert_ok(quantise(&f, y), f.err);
    assert_null(f.fx.tensors[f.fx.inputs[0]].channel_shift);
    hcl_fx_graph_clear(&f.fx);
}

/* A sum reads the input: its channels must keep one scale, and the message names the tensor where that hurts.
 */
static void other_readers_prevent_it(void **state)
{
    struct fixture f = { .g = { 0 } };
    const double sizes[CHANNELS] = { 1, 4000, 1e7 };
    (void)state;
    assert_int_equal(quantise(&f, add_layer_behind(&f, true, sizes, 1)), HCL_BAD_INPUT);
    assert_non_null(strstr(f.err.msg, "a score is off by"));
    assert_non_null(strstr(f.err.msg, "tensor 't' errs by"));
}

/* Scores within 1e-6 of each other: the table of the exponentials ends where differences do. */
static void softmax_of_tiny_scores(void **state)
{
    struct fixture f = { .g = { 0 } };
    const double sizes[CHANNELS] = { 1, 1, 1 };
    (void)state;
    const uint32_t y = add_layer(&f, sizes, 1e-6), p = add_computed(&f.g, 1, 1, CLASSES);
    add_op(&f.g, HCL_OP_SOFTMAX, y, NONE, NONE, p)->beta = 1;
    assert_ok(quantise(&f, p), f.err);
    const struct hcl_fx_node *n = &f.fx.nodes[f.fx.num_nodes - 1];
    assert_int_equal(n->op, HCL_FX_SOFTMAX);
    assert_true(f.fx.tensors[n->inputs[0]].frac_bits > 20);
    assert_true(n->exp_len <= 1 << 12);
    assert_true(n->exp_table[n->exp_len - 1] > 0);
    hcl_fx_graph_clear(&f.fx);
}

enum { HIDDEN = 5 };

/* Two layers; hidden channel 0 is so many times smaller than the others, and its weights behind larger. */
static uint32_t add_two_layers(struct fixture *f, hcl_fn act, float smaller, uint32_t *hidden)
{
    const uint32_t x = add_computed(&f->g, 1, 1, CHANNELS), w1 = add_constant(&f->g, HIDDEN, 1, 1, CHANNELS);
    const uint32_t h = add_computed(&f->g, 1, 1, HIDDEN), w2 = add_constant(&f->g, CLASSES, 1, 1, HIDDEN);
    const uint32_t y = add_computed(&f->g, 1, 1, CLASSES);
    uint32_t seed = 9;
    for (size_t i = 0; i < CHANNELS; i++)
        f->g.tensors[w1].data[i] = 0.5F / smaller;
    for (size_t i = 0; i < CLASSES; i++)
        f->g.tensors[w2].data[i * HIDDEN] *= smaller;
    for (size_t i = 0; i < SAMPLES * CHANNELS; i++)
        f->x[i] = next_random(&seed);
    add_op(&f->g, HCL_OP_FULLY_CONNECTED, x, w1, NONE, h)->act.id = act;
    add_op(&f->g, HCL_OP_FULLY_CONNECTED, h, w2, NONE, y);
    *hidden = h;
    return y;
}

/* The integers that a layer's weights are, of the outlier and the largest of the others. */
static void largest_weights(const struct hcl_fx_graph *fx, int64_t *outlier, int64_t *others)
{
    const struct hcl_fx_tensor *w = &fx->tensors[fx->nodes[fx->num_nodes - 1].inputs[1]];
    *outlier = *others = 0;
    for (size_t i = 0; i < CLASSES * HIDDEN; i++) {
        int64_t *to = i % HIDDEN == 0 ? outlier : others;
        const int64_t v = llabs(hcl_fx_constant(w, i));
        *to = v > *to ? v : *to;
    }
}

static void layers_get_what_channels_lack(void **state)
{
    static const hcl_fn acts[] = { HCL_FN_IDENTITY, HCL_FN_RELU, HCL_FN_RELU6 };
    (void)state;
    for (size_t a = 0; a < sizeof acts / sizeof *acts; a++) {
        struct fixture f = { .g = { 0 } };
        int64_t outlier, others;
        uint32_t hidden;
        assert_ok(quantise(&f, add_two_layers(&f, acts[a], 4096, &hidden)), f.err);
        const struct hcl_fx_tensor *h = &f.fx.tensors[f.fx.nodes[0].output];
        assert_non_null(h->channel_shift);
        assert_in_range(h->channel_shift[0], 10, 13);
        for (size_t c = 1; c < HIDDEN; c++)
            assert_in_range(h->channel_shift[c], 0, 2);
        largest_weights(&f.fx, &outlier, &others);
        assert_true(outlier < 16 * others);
        hcl_fx_graph_clear(&f.fx);
    }
}

/* Where nothing is gained, where a clamp would be reached, and where something else reads the channels. */
static void other_layers_are_left(void **state)
{
    struct fixture f = { .g = { 0 } };
    uint32_t hidden, y;
    (void)state;
    assert_ok(quantise(&f, add_two_layers(&f, HCL_FN_RELU, 1, &hidden)), f.err);
    assert_null(f.fx.tensors[f.fx.nodes[0].output].channel_shift);
    hcl_fx_graph_clear(&f.fx);

    f = (struct fixture){ .g = { 0 } };
    y = add_two_layers(&f, HCL_FN_TANH, 4096, &hidden);
    (void)quantise(&f, y);
    for (size_t i = 0; i < f.fx.num_nodes; i++)
        assert_null(f.fx.tensors[f.fx.nodes[i].output].channel_shift);
    hcl_fx_graph_clear(&f.fx);

    f = (struct fixture){ .g = { 0 } };
    (void)add_two_layers(&f, HCL_FN_RELU, 4096, &hidden);
    y = add_computed(&f.g, 1, 1, HIDDEN);
    add_op(&f.g, HCL_OP_ADD, hidden, hidden, NONE, y);
    assert_ok(quantise(&f, y), f.err);
    assert_null(f.fx.tensors[f.fx.nodes[0].output].channel_shift);
    hcl_fx_graph_clear(&f.fx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(channels_get_what_they_lack),
        cmocka_unit_test(channels_that_do_not_matter_are_left),
        cmocka_unit_test(other_readers_prevent_it),
        cmocka_unit_test(softmax_of_tiny_scores),
        cmocka_unit_test(layers_get_what_channels_lack),
        cmocka_unit_test(other_layers_are_left),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(channels_get_what_they_lack),
        cmocka_unit_test(channels_that_do_not_matter_are_left),
        cmocka_unit_test(other_readers_prevent_it),
        cmocka_unit_test(softmax_of_tiny_scores),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

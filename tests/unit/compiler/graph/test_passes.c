/* SPDX-License-Identifier: Apache-2.0 */
/* Each pass: what it removes, what it must leave alone, and that the graph computes the same before and
 * after. */
#include "tests/unit/compiler/graph/build.h"

#include "compiler/graph/evaluate.h"
#include "compiler/graph/passes.h"
#include <math.h>

enum { MAX_OUT = 512 };

/* The output for a fixed random input. */
static size_t evaluate(const struct hcl_graph *g, float out[MAX_OUT])
{
    struct hcl_float_values v;
    struct hcl_err err;
    uint32_t seed = 99;
    size_t len = hcl_tensor_len(&g->tensors[g->outputs[0]]);
    assert_true(len <= MAX_OUT);
    assert_ok(hcl_float_values_init(&v, g, &err), err);
    for (size_t i = 0; i < hcl_tensor_len(&g->tensors[g->inputs[0]]); i++)
        v.tensor[g->inputs[0]][i] = 4 * next_random(&seed);
    assert_ok(hcl_graph_evaluate(g, &v, &err), err);
    memcpy(out, v.tensor[g->outputs[0]], len * sizeof *out);
    hcl_float_values_clear(&v);
    return len;
}

static void same_result(const float *want, const float *got, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (!(fabsf(want[i] - got[i]) <= 1e-5f * (1 + fabsf(want[i]))))
            fail_msg("element %zu: %g before, %g after", i, (double)want[i], (double)got[i]);
}

/* Run one pass, then everything; the result stays the same. Clears g. */
static void run_pass(struct hcl_graph *g, hcl_pass_run pass, size_t changes, size_t nodes_after)
{
    float want[MAX_OUT], got[MAX_OUT];
    struct hcl_err err;
    size_t done = 0, len = evaluate(g, want);
    assert_ok(pass(g, &done, &err), err);
    assert_ok(hcl_graph_check(g, &err), err);
    assert_int_equal(done, changes);
    assert_int_equal(g->num_nodes, nodes_after);
    assert_int_equal(evaluate(g, got), len);
    same_result(want, got, len);
    assert_ok(hcl_graph_optimize(g, NULL, NULL, &err), err);
    assert_int_equal(evaluate(g, got), len);
    same_result(want, got, len);
    hcl_graph_clear(g);
}

/* x * m + a -> conv, with padding or without. */
static void affine_then(struct hcl_graph *g, hcl_op conv, uint32_t pad, bool add)
{
    uint32_t x = add_computed(g, 5, 6, 3), m = add_constant(g, 1, 1, 1, 3), a = add_constant(g, 1, 1, 1, 3);
    uint32_t scaled = add_computed(g, 5, 6, 3), moved = add ? add_computed(g, 5, 6, 3) : scaled;
    bool depthwise = conv == HCL_OP_DEPTHWISE_CONV_2D;
    uint32_t w = depthwise ? add_constant(g, 1, 3, 3, 6) : add_constant(g, 4, 3, 3, 3);
    uint32_t b = add_constant(g, 1, 1, 1, depthwise ? 6 : 4);
    uint32_t y = add_computed(g, 3 + 2 * pad, 4 + 2 * pad, depthwise ? 6 : 4);
    add_op(g, HCL_OP_MUL, x, m, NONE, scaled);
    if (add)
        add_op(g, HCL_OP_ADD, scaled, a, NONE, moved);
    add_conv(g, conv, moved, w, b, pad, y)->act.id = HCL_FN_RELU6;
    set_ends(g, x, y);
}

static void affine_ahead_folds_where_no_padding_is_read(void **state)
{
    (void)state;
    struct hcl_graph g = { 0 };
    affine_then(&g, HCL_OP_CONV_2D, 0, true);
    run_pass(&g, hcl_pass_fold_affine_ahead, 2, 1);
    affine_then(&g, HCL_OP_DEPTHWISE_CONV_2D, 0, true);
    run_pass(&g, hcl_pass_fold_affine_ahead, 2, 1);
    affine_then(&g, HCL_OP_CONV_2D, 1, false); /* a factor keeps padding zero */
    run_pass(&g, hcl_pass_fold_affine_ahead, 1, 1);
    affine_then(&g, HCL_OP_CONV_2D, 1, true); /* a shift does not */
    run_pass(&g, hcl_pass_fold_affine_ahead, 0, 3);
}

/* FULLY_CONNECTED over a flattened image: columns go round the channels. */
static void affine_ahead_of_fully_connected(void **state)
{
    (void)state;
    struct hcl_graph g = { 0 };
    uint32_t x = add_computed(&g, 2, 3, 4), m = add_constant(&g, 1, 1, 1, 4),
             a = add_constant(&g, 1, 1, 1, 1);
    uint32_t s = add_computed(&g, 2, 3, 4), t = add_computed(&g, 2, 3, 4), w = add_constant(&g, 5, 1, 1, 24);
    uint32_t y = add_computed(&g, 1, 1, 5);
    add_op(&g, HCL_OP_MUL, x, m, NONE, s);
    add_op(&g, HCL_OP_ADD, s, a, NONE, t);
    add_op(&g, HCL_OP_FULLY_CONNECTED, t, w, NONE, y);
    set_ends(&g, x, y);
    run_pass(&g, hcl_pass_fold_affine_ahead, 2, 1);
}

/* Two readers, or an activation in between: the affine node has to stay. */
static void affine_ahead_leaves_shared_and_activated(void **state)
{
    (void)state;
    struct hcl_graph g = { 0 };
    affine_then(&g, HCL_OP_CONV_2D, 0, false);
    g.nodes[0].act.id = HCL_FN_RELU;
    run_pass(&g, hcl_pass_fold_affine_ahead, 0, 2);
    affine_then(&g, HCL_OP_CONV_2D, 1, false);
    uint32_t scaled = g.nodes[0].output, conv = g.nodes[1].output, w = add_constant(&g, 4, 3, 3, 3);
    uint32_t other = add_computed(&g, 5, 6, 4), y = add_computed(&g, 5, 6, 4);
    add_conv(&g, HCL_OP_CONV_2D, scaled, w, NONE, 1, other);
    add_op(&g, HCL_OP_ADD, conv, other, NONE, y);
    set_ends(&g, g.inputs[0], y);
    run_pass(&g, hcl_pass_fold_affine_ahead, 0, 4);
}

/* conv -> * m -> + a with RELU6 on the ADD; a constant filter shared with a second convolution stays as it
 * was. */
static void affine_back_folds_and_takes_the_activation(void **state)
{
    (void)state;
    const hcl_op convs[] = { HCL_OP_CONV_2D, HCL_OP_DEPTHWISE_CONV_2D };
    for (size_t i = 0; i < 2; i++) {
        struct hcl_graph g = { 0 };
        bool depthwise = convs[i] == HCL_OP_DEPTHWISE_CONV_2D;
        uint32_t x = add_computed(&g, 5, 5, 2);
        uint32_t w = depthwise ? add_constant(&g, 1, 3, 3, 4) : add_constant(&g, 4, 3, 3, 2);
        uint32_t m = add_constant(&g, 1, 1, 1, 4), a = add_constant(&g, 1, 1, 1, 4);
        uint32_t c1 = add_computed(&g, 5, 5, 4), c2 = add_computed(&g, 5, 5, 4),
                 s = add_computed(&g, 5, 5, 4);
        uint32_t t = add_computed(&g, 5, 5, 4), y = add_computed(&g, 5, 5, 4);
        add_conv(&g, convs[i], x, w, NONE, 1, c1);
        add_conv(&g, convs[i], x, w, NONE, 1, c2);
        add_op(&g, HCL_OP_MUL, c1, m, NONE, s);
        add_op(&g, HCL_OP_ADD, s, a, NONE, t)->act.id = HCL_FN_RELU6;
        add_op(&g, HCL_OP_ADD, t, c2, NONE, y);
        set_ends(&g, x, y);
        run_pass(&g, hcl_pass_fold_affine_back, 2, 3);
    }
}

static void affine_back_leaves_activated(void **state)
{
    (void)state;
    struct hcl_graph g = { 0 };
    uint32_t x = add_computed(&g, 5, 5, 2), w = add_constant(&g, 4, 3, 3, 2),
             m = add_constant(&g, 1, 1, 1, 4);
    uint32_t c = add_computed(&g, 3, 3, 4), y = add_computed(&g, 3, 3, 4);
    add_conv(&g, HCL_OP_CONV_2D, x, w, NONE, 0, c)->act.id = HCL_FN_RELU;
    add_op(&g, HCL_OP_MUL, c, m, NONE, y);
    set_ends(&g, x, y);
    run_pass(&g, hcl_pass_fold_affine_back, 0, 2);
}

static void activations_fuse_into_their_only_source(void **state)
{
    (void)state;
    struct hcl_graph g = { 0 };
    uint32_t x = add_computed(&g, 5, 5, 2), w = add_constant(&g, 4, 3, 3, 2);
    uint32_t c = add_computed(&g, 3, 3, 4), r = add_computed(&g, 3, 3, 4), y = add_computed(&g, 3, 3, 4);
    add_conv(&g, HCL_OP_CONV_2D, x, w, NONE, 0, c);
    add_op(&g, HCL_OP_RELU, c, NONE, NONE, r);
    add_op(&g, HCL_OP_RELU6, r, NONE, NONE, y);
    set_ends(&g, x, y);
    run_pass(&g, hcl_pass_fuse_activation, 2, 1);
    /* the source has another reader */
    g = (struct hcl_graph){ 0 };
    x = add_computed(&g, 5, 5, 2), w = add_constant(&g, 4, 3, 3, 2);
    c = add_computed(&g, 3, 3, 4), r = add_computed(&g, 3, 3, 4), y = add_computed(&g, 3, 3, 4);
    add_conv(&g, HCL_OP_CONV_2D, x, w, NONE, 0, c);
    add_op(&g, HCL_OP_RELU, c, NONE, NONE, r);
    add_op(&g, HCL_OP_ADD, r, c, NONE, y);
    set_ends(&g, x, y);
    run_pass(&g, hcl_pass_fuse_activation, 0, 3);
}

static void padding_moves_into_convolutions_only(void **state)
{
    (void)state;
    for (int pool = 0; pool < 2; pool++) {
        struct hcl_graph g = { 0 };
        uint32_t x = add_computed(&g, 4, 4, 2), p = add_computed(&g, 6, 5, 2),
                 w = add_constant(&g, 3, 3, 3, 2);
        uint32_t y = add_computed(&g, 4, 3, pool ? 2 : 3);
        struct hcl_node *pad = add_op(&g, HCL_OP_PAD, x, NONE, NONE, p);
        pad->pad_top = 2;
        pad->pad_right = 1;
        add_conv(&g, pool ? HCL_OP_AVERAGE_POOL_2D : HCL_OP_CONV_2D, p, pool ? NONE : w, NONE, 0, y);
        set_ends(&g, x, y);
        run_pass(&g, hcl_pass_fuse_pad, pool ? 0 : 1, pool ? 2 : 1);
    }
}

/* relu(conv3(x) + conv1(x)): the one with the larger window adds the other, where both are computed. */
static void sums_move_into_convolutions(void **state)
{
    (void)state;
    for (int swapped = 0; swapped < 2; swapped++) {
        struct hcl_graph g = { 0 };
        uint32_t x = add_computed(&g, 4, 4, 2), w = add_constant(&g, 3, 3, 3, 2);
        uint32_t w1 = add_constant(&g, 3, 1, 1, 2), b1 = add_constant(&g, 1, 1, 1, 3);
        uint32_t a = add_computed(&g, 4, 4, 3), b = add_computed(&g, 4, 4, 3), y = add_computed(&g, 4, 4, 3);
        add_conv(&g, HCL_OP_CONV_2D, x, w, NONE, 1, a);
        struct hcl_node *n = add_conv(&g, HCL_OP_CONV_2D, x, w1, b1, 0, b);
        n->kernel_h = n->kernel_w = 1;
        add_op(&g, HCL_OP_ADD, swapped ? b : a, swapped ? a : b, NONE, y)->act.id = HCL_FN_RELU;
        set_ends(&g, x, y);
        size_t done = 0;
        struct hcl_err err;
        float want[MAX_OUT], got[MAX_OUT];
        size_t len = evaluate(&g, want);
        assert_ok(hcl_pass_fuse_residual(&g, &done, &err), err);
        assert_int_equal(done, 1);
        assert_int_equal(g.num_nodes, 2);
        assert_int_equal(g.nodes[1].kernel_h, 3);
        assert_int_equal(g.nodes[1].inputs[3], b);
        assert_int_equal(g.nodes[1].act.id, HCL_FN_RELU);
        assert_int_equal(evaluate(&g, got), len);
        same_result(want, got, len);
        run_pass(&g, hcl_pass_fuse_residual, 0, 2);
    }
}

/* x + dense(z) over several rows, in either order; a dense layer that takes its rows apart stays. */
static void sums_move_into_dense_layers(void **state)
{
    (void)state;
    for (int way = 0; way < 3; way++) {
        struct hcl_graph g = { 0 };
        uint32_t x = add_computed(&g, 1, 4, way == 2 ? 6 : 3), w = add_constant(&g, 3, 1, 1, 3);
        uint32_t a = add_computed(&g, 1, way == 2 ? 8 : 4, 3), r = add_computed(&g, 1, way == 2 ? 8 : 4, 3),
                 y = add_computed(&g, 1, way == 2 ? 8 : 4, 3);
        add_op(&g, HCL_OP_FULLY_CONNECTED, x, w, NONE, a);
        add_op(&g, HCL_OP_RESHAPE, x, NONE, NONE, r);
        add_op(&g, HCL_OP_ADD, way ? r : a, way ? a : r, NONE, y);
        set_ends(&g, x, y);
        run_pass(&g, hcl_pass_fuse_residual, way < 2, way < 2 ? 2 : 3);
    }
}

/* A sum or difference of images that no convolution takes becomes a depthwise convolution that adds one of
 * them. */
static void image_sums_become_convolutions(void **state)
{
    (void)state;
    for (int i = 0; i < 4; i++) {
        struct hcl_graph g = { 0 };
        struct hcl_err err;
        size_t done = 0;
        const uint32_t x = add_computed(&g, 8, 8, 3), a = add_computed(&g, 8, 8, 3),
                       b = add_computed(&g, 8, 8, 3), y = add_computed(&g, 8, 8, 3);
        add_op(&g, HCL_OP_RELU, x, NONE, NONE, a);
        add_op(&g, HCL_OP_ABS, x, NONE, NONE, b);
        add_op(&g, i == 0 ? HCL_OP_ADD : HCL_OP_SUB, a, b, NONE, y);
        g.nodes[2].reversed = i == 2;
        if (i == 3)
            g.nodes[2].act.id = HCL_FN_ZERO; /* a comparison, exact at the operands' scale */
        set_ends(&g, x, y);
        assert_ok(hcl_pass_fuse_residual(&g, &done, &err), err);
        assert_int_equal(done, i < 3);
        if (i < 3) {
            const struct hcl_node *n = &g.nodes[2];
            assert_int_equal(n->op, HCL_OP_DEPTHWISE_CONV_2D);
            assert_int_equal(n->inputs[0], i == 1 ? b : a);
            assert_int_equal(n->inputs[3], i == 1 ? a : b);
            assert_true(g.tensors[n->inputs[1]].data[2] == (i == 0 ? 1 : -1));
        }
        assert_ok(hcl_graph_check(&g, &err), err);
        hcl_graph_clear(&g);
    }
}

/* A number in [least, most]. */
static uint32_t pick(uint32_t *seed, uint32_t least, uint32_t most)
{
    (void)next_random(seed);
    return least + (*seed >> 8) % (most - least + 1);
}

/* Positions of a window of k elements, padded; 0: none, or padding that is a window. */
static uint32_t positions(uint32_t size, uint32_t before, uint32_t after, uint32_t k, uint32_t gap,
                          uint32_t stride)
{
    const uint32_t span = k + (k - 1) * gap;
    return before < span && after < span && size + before + after >= span
               ? (size + before + after - span) / stride + 1
               : 0;
}

/* Any window, over an image of h x w. false: it does not fit. */
static bool window(uint32_t *seed, bool gaps, bool pads, uint32_t h, uint32_t w, struct hcl_node *n,
                   uint32_t *out_h, uint32_t *out_w)
{
    n->kernel_h = pick(seed, 1, 4);
    n->kernel_w = pick(seed, 1, 4);
    n->stride_y = pick(seed, 1, 3);
    n->stride_x = pick(seed, 1, 3);
    if (gaps && n->stride_y == 1 && n->stride_x == 1) {
        n->gap_y = pick(seed, 0, 2);
        n->gap_x = pick(seed, 0, 2);
    }
    if (pads) {
        n->pad_top = pick(seed, 0, 2);
        n->pad_bottom = pick(seed, 0, 2);
        n->pad_left = pick(seed, 0, 2);
        n->pad_right = pick(seed, 0, 2);
    }
    *out_h = positions(h, n->pad_top, n->pad_bottom, n->kernel_h, n->gap_y, n->stride_y);
    *out_w = positions(w, n->pad_left, n->pad_right, n->kernel_w, n->gap_x, n->stride_x);
    return *out_h > 0 && *out_w > 0;
}

static void set_window(struct hcl_node *to, const struct hcl_node *from)
{
    to->kernel_h = from->kernel_h;
    to->kernel_w = from->kernel_w;
    to->stride_y = from->stride_y;
    to->stride_x = from->stride_x;
    to->gap_y = from->gap_y;
    to->gap_x = from->gap_x;
    to->pad_top = from->pad_top;
    to->pad_bottom = from->pad_bottom;
    to->pad_left = from->pad_left;
    to->pad_right = from->pad_right;
}

/* Two layers with any windows, the second a convolution, that gives at most MAX_OUT results. */
static bool two_layers(struct hcl_graph *g, uint32_t *seed, bool pool)
{
    struct hcl_node a = { 0 }, b = { 0 };
    const uint32_t h = pick(seed, 3, 24), w = pick(seed, 3, 24), channels = pick(seed, 1, 3);
    const uint32_t middle = pool ? channels : pick(seed, 1, 8), outputs = pick(seed, 1, 4);
    uint32_t mh, mw, oh, ow;
    if (!window(seed, false, !pool, h, w, &a, &mh, &mw) || !window(seed, pool, true, mh, mw, &b, &oh, &ow) ||
        oh * ow * outputs > MAX_OUT)
        return false;
    *g = (struct hcl_graph){ 0 };
    const uint32_t x = add_computed(g, h, w, channels), m = add_computed(g, mh, mw, middle),
                   y = add_computed(g, oh, ow, outputs);
    const uint32_t bias = pick(seed, 0, 1) ? add_constant(g, 1, 1, 1, middle) : NONE;
    if (pool)
        set_window(add_op(g, HCL_OP_AVERAGE_POOL_2D, x, NONE, NONE, m), &a);
    else
        set_window(
            add_op(g, HCL_OP_CONV_2D, x, add_constant(g, middle, a.kernel_h, a.kernel_w, channels), bias, m),
            &a);
    g->nodes[0].act.id = pool ? HCL_FN_IDENTITY : HCL_FN_RELU;
    set_window(
        add_op(g, HCL_OP_CONV_2D, m, add_constant(g, outputs, b.kernel_h, b.kernel_w, middle), NONE, y), &b);
    set_ends(g, x, y);
    return true;
}

/* Of many pairs of windows: the pass keeps what is computed, applies to a good share and leaves the rest. */
static void windows_are_joined(hcl_pass_run pass, bool pool, size_t least)
{
    uint32_t seed = 7;
    size_t changed = 0, left = 0;
    for (int i = 0; i < 6000; i++) {
        struct hcl_graph g;
        struct hcl_err err;
        float want[MAX_OUT], got[MAX_OUT];
        size_t done = 0;
        if (!two_layers(&g, &seed, pool))
            continue;
        const size_t len = evaluate(&g, want);
        assert_ok(pass(&g, &done, &err), err);
        assert_ok(hcl_graph_check(&g, &err), err);
        assert_int_equal(evaluate(&g, got), len);
        same_result(want, got, len);
        assert_int_equal(g.num_nodes, pool ? 2 - done : 2);
        changed += done > 0;
        left += done == 0;
        hcl_graph_clear(&g);
    }
    if (changed < least || left < least)
        fail_msg("%zu pairs were joined, %zu left", changed, left);
}

static void pools_move_into_any_convolution(void **state)
{
    (void)state;
    windows_are_joined(hcl_pass_fuse_pool, true, 200);
}

static void convolutions_compute_any_phases(void **state)
{
    (void)state;
    windows_are_joined(hcl_pass_split_phases, false, 100);
}

/* A 2x2 pool in front of a 3x3 convolution. way 1: it is padded; 2: it has an activation; 3: somebody else
 * reads it; 4: weights are few; 5: the convolution's padding would begin inside of the image. */
static void pools_stay(void **state)
{
    (void)state;
    for (int way = 0; way < 6; way++) {
        struct hcl_graph g = { .few_weights = way == 4 };
        const uint32_t h = way == 1 ? 11 : way == 5 ? 13 : 12, pad = way == 5;
        uint32_t x = add_computed(&g, h, h, 2), p = add_computed(&g, 6, 6, 2),
                 w = add_constant(&g, 2, 3, 3, 2), y = add_computed(&g, 4 + 2 * pad, 4 + 2 * pad, 2),
                 z = add_computed(&g, 6, 6, 2);
        struct hcl_node *n = add_op(&g, HCL_OP_AVERAGE_POOL_2D, x, NONE, NONE, p);
        n->kernel_h = n->kernel_w = n->stride_y = n->stride_x = 2;
        n->pad_bottom = n->pad_right = way == 1;
        if (way == 2)
            n->act.id = HCL_FN_RELU;
        add_conv(&g, HCL_OP_CONV_2D, p, w, NONE, pad, y);
        if (way == 3)
            add_op(&g, HCL_OP_RELU, p, NONE, NONE, z);
        const uint32_t ends[] = { y, z };
        struct hcl_err err;
        size_t done = 0;
        assert_ok(hcl_graph_set_ends(&g, &x, 1, ends, way == 3 ? 2 : 1, &err), err);
        assert_ok(hcl_graph_check(&g, &err), err);
        assert_ok(hcl_pass_fuse_pool(&g, &done, &err), err);
        assert_int_equal(done, way == 0);
        hcl_graph_clear(&g);
    }
}

/* conv -> pool -> conv -> conv of stride 2: phases are handed on up to the input, whose copies are fewest. A
 * residual, a second reader, few weights: they stay. */
static void phases_go_up_to_the_input(void **state)
{
    (void)state;
    for (int way = 0; way < 4; way++) {
        struct hcl_graph g = { .few_weights = way == 3 };
        uint32_t x = add_computed(&g, 50, 50, 1), a = add_computed(&g, 48, 48, 8),
                 p = add_computed(&g, 24, 24, 8), b = add_computed(&g, 22, 22, 8),
                 y = add_computed(&g, 10, 10, 4), z = add_computed(&g, 22, 22, 8);
        uint32_t r = add_computed(&g, 22, 22, 8);
        add_conv(&g, HCL_OP_CONV_2D, x, add_constant(&g, 8, 3, 3, 1), NONE, 0, a)->act.id = HCL_FN_RELU;
        struct hcl_node *n = add_op(&g, HCL_OP_AVERAGE_POOL_2D, a, NONE, NONE, p);
        n->kernel_h = n->kernel_w = n->stride_y = n->stride_x = 2;
        if (way == 1)
            add_conv(&g, HCL_OP_CONV_2D, p, add_constant(&g, 8, 3, 3, 8), NONE, 0, r);
        n = add_conv(&g, HCL_OP_CONV_2D, p, add_constant(&g, 8, 3, 3, 8), add_constant(&g, 1, 1, 1, 8), 0, b);
        n->act.id = HCL_FN_RELU;
        n->inputs[3] = way == 1 ? r : NONE;
        n = add_conv(&g, HCL_OP_CONV_2D, b, add_constant(&g, 4, 3, 3, 8), NONE, 0, y);
        n->stride_y = n->stride_x = 2;
        if (way == 2)
            add_op(&g, HCL_OP_ABS, b, NONE, NONE, z);
        const uint32_t ends[] = { y, z };
        struct hcl_err err;
        float want[MAX_OUT], got[MAX_OUT];
        assert_ok(hcl_graph_set_ends(&g, &x, 1, ends, way == 2 ? 2 : 1, &err), err);
        const size_t len = evaluate(&g, want);
        assert_ok(hcl_graph_optimize(&g, NULL, NULL, &err), err);
        assert_int_equal(evaluate(&g, got), len);
        same_result(want, got, len);
        assert_int_equal(g.nodes[g.num_nodes - 1 - (way == 2)].stride_y, way == 0 ? 1 : 2);
        assert_int_equal(g.nodes[0].stride_y, way == 0 ? 4 : way == 2 ? 2 : 1);
        hcl_graph_clear(&g);
    }
}

/* Constants far above 0 where elements stay: what is masked is masked once, and the passes come to an end. */
static void masks_are_taken_once(void **state)
{
    (void)state;
    struct hcl_graph g = { 0 };
    struct hcl_err err;
    size_t done = 0;
    uint32_t x = add_computed(&g, 1, 1, 3), c = add_constant(&g, 1, 1, 1, 3), b = add_computed(&g, 1, 1, 3),
             y = add_computed(&g, 1, 1, 3);
    const float mask[] = { 5000, 5000, -1e9f };
    memcpy(g.tensors[c].data, mask, sizeof mask);
    add_op(&g, HCL_OP_ADD, x, c, NONE, b);
    add_op(&g, HCL_OP_SOFTMAX, b, NONE, NONE, y)->beta = 1;
    set_ends(&g, x, y);
    for (int time = 0; time < 3; time++)
        assert_ok(hcl_pass_fold_mask(&g, &done, &err), err);
    assert_int_equal(done, 1);
    hcl_graph_clear(&g);
}

/* A dense layer split by channels is a layer for each part; one that something else reads too stays. */
static void split_layers_become_several(void **state)
{
    (void)state;
    for (int way = 0; way < 2; way++) {
        struct hcl_graph g = { 0 };
        uint32_t x = add_computed(&g, 1, 3, 2), w = add_constant(&g, 5, 1, 1, 2),
                 b = add_constant(&g, 1, 1, 1, 5);
        uint32_t d = add_computed(&g, 1, 3, 5), p = add_computed(&g, 1, 3, 2), q = add_computed(&g, 1, 3, 2),
                 y = add_computed(&g, 1, 3, 2);
        add_op(&g, HCL_OP_FULLY_CONNECTED, x, w, b, d)->act.id = HCL_FN_RELU;
        for (int part = 0; part < 2; part++) {
            uint32_t *map = malloc(6 * sizeof *map);
            assert_non_null(map);
            for (uint32_t i = 0; i < 6; i++) /* channels 0 and 1; 3 and 4, or 2 of them reversed */
                map[i] = i / 2 * 5 + (part ? (way ? 4 - i % 2 : 3 + i % 2) : i % 2);
            add_op(&g, HCL_OP_MOVE, d, NONE, NONE, part ? q : p)->map = map;
        }
        add_op(&g, HCL_OP_MUL, p, q, NONE, y);
        set_ends(&g, x, y);
        run_pass(&g, hcl_pass_split_dense, way == 0, way ? 4 : 3);
    }
}

/* softmax(x - 1e9 m): m is whether x is 0, joined with itself `doublings` times, by products or sums. */
static void mask_of_doublings(struct hcl_graph *g, hcl_op by, size_t doublings)
{
    uint32_t x = add_computed(g, 1, 2, 3), c = add_constant(g, 1, 1, 1, 3), low = add_constant(g, 1, 1, 1, 1),
             truth = add_computed(g, 1, 2, 3), y;
    g->tensors[low].data[0] = -1e9f;
    add_op(g, HCL_OP_SUB, x, c, NONE, truth)->act.id = HCL_FN_ZERO;
    for (size_t i = 0; i < doublings; i++) {
        y = add_computed(g, 1, 2, 3);
        add_op(g, by, truth, truth, NONE, y);
        truth = y;
    }
    y = add_computed(g, 1, 2, 3);
    add_op(g, HCL_OP_MUL, truth, low, NONE, y);
    truth = y;
    y = add_computed(g, 1, 2, 3);
    add_op(g, HCL_OP_ADD, x, truth, NONE, y);
    truth = y;
    y = add_computed(g, 1, 2, 3);
    add_op(g, HCL_OP_SOFTMAX, truth, NONE, NONE, y)->beta = 1;
    set_ends(g, x, y);
}

/* Each doubling has twice as many ways to the comparison: a few are followed, of more than 2^60 none is. */
static void masks_are_followed_for_so_long(void **state)
{
    (void)state;
    for (size_t k = 0; k < 2; k++) {
        const hcl_op by = k == 0 ? HCL_OP_MUL : HCL_OP_ADD;
        struct hcl_graph g = { 0 };
        mask_of_doublings(&g, by, 3);
        run_pass(&g, hcl_pass_take_mask, 1, 8);
        mask_of_doublings(&g, by, 60);
        struct hcl_err err;
        size_t done = 0;
        assert_ok(hcl_pass_take_mask(&g, &done, &err), err);
        assert_int_equal(done, 0);
        hcl_graph_clear(&g);
        mask_of_doublings(&g, by, 21); /* fewer in a row than are followed */
        assert_ok(hcl_pass_take_mask(&g, &done, &err), err);
        assert_int_equal(done, 0);
        hcl_graph_clear(&g);
    }
}

/* softmax(2 x + mask), where what the mask leaves is not 0 everywhere; then it is, and the ADD goes. */
static void softmax_takes_its_mask_and_factor(void **state)
{
    (void)state;
    for (int zero = 0; zero < 2; zero++) {
        struct hcl_graph g = { 0 };
        uint32_t x = add_computed(&g, 1, 2, 3), m = add_constant(&g, 1, 1, 1, 1),
                 c = add_constant(&g, 1, 1, 2, 3);
        uint32_t a = add_computed(&g, 1, 2, 3), b = add_computed(&g, 1, 2, 3), y = add_computed(&g, 1, 2, 3);
        const uint32_t masked[] = { 1, 2, 5 };
        g.tensors[m].data[0] = 2;
        for (size_t i = 0; i < 6; i++)
            g.tensors[c].data[i] *= zero ? 0 : 1;
        for (size_t i = 0; i < 3; i++)
            g.tensors[c].data[masked[i]] = -1e9f;
        add_op(&g, HCL_OP_MUL, x, m, NONE, a);
        add_op(&g, HCL_OP_ADD, a, c, NONE, b);
        add_op(&g, HCL_OP_SOFTMAX, b, NONE, NONE, y)->beta = 1;
        set_ends(&g, x, y);
        float want[MAX_OUT], got[MAX_OUT];
        struct hcl_err err;
        size_t done = 0, len = evaluate(&g, want);
        assert_ok(hcl_pass_fold_mask(&g, &done, &err), err);
        assert_ok(hcl_pass_fold_mask(&g, &done, &err), err);
        assert_int_equal(done, 1);
        for (size_t i = 0; i < 3; i++) {
            assert_int_equal(g.nodes[2].map[masked[i]], NONE);
            assert_true(g.tensors[g.nodes[1].inputs[1]].data[masked[i]] == 0);
        }
        assert_int_equal(evaluate(&g, got), len);
        same_result(want, got, len);
        assert_ok(hcl_pass_drop_noop(&g, &done, &err), err);
        assert_int_equal(done, 1 + zero);
        run_pass(&g, hcl_pass_fold_factor, 1, zero ? 1 : 2);
    }
}

/* softmax(f x + c): what is added is divided by the factor, unless that is no float or somebody else reads f
 * x; constants that are added elsewhere stay as they are. */
static void softmax_takes_a_factor_past_a_sum(void **state)
{
    (void)state;
    for (int way = 0; way < 4; way++) {
        struct hcl_graph g = { 0 };
        uint32_t x = add_computed(&g, 1, 2, 3), m = add_constant(&g, 1, 1, 1, 1),
                 c = add_constant(&g, 1, 1, 2, 3), a = add_computed(&g, 1, 2, 3),
                 b = add_computed(&g, 1, 2, 3), y = add_computed(&g, 1, 2, 3), z = add_computed(&g, 1, 2, 3);
        g.tensors[m].data[0] = way == 3 ? -0.25f : 0.25f;
        if (way == 2)
            for (size_t i = 0; i < 6; i++)
                g.tensors[c].data[i] = 2e38f;
        add_op(&g, HCL_OP_MUL, x, m, NONE, a);
        add_op(&g, HCL_OP_ADD, a, c, NONE, b);
        add_op(&g, HCL_OP_SOFTMAX, b, NONE, NONE, y)->beta = 1;
        add_op(&g, HCL_OP_ADD, y, way == 1 ? a : c, NONE, z);
        set_ends(&g, x, z);
        const float before = g.tensors[c].data[1];
        struct hcl_err err;
        size_t done = 0;
        assert_ok(hcl_pass_fold_factor(&g, &done, &err), err);
        assert_int_equal(done, way == 0);
        if (way == 0) {
            assert_true(g.tensors[g.nodes[0].inputs[1]].data[1] == before / 0.25f);
            assert_true(g.tensors[g.nodes[2].inputs[1]].data[1] == before);
        }
        hcl_graph_clear(&g);
    }
}

/* A convolution that somebody else reads, or that clamps its result, stays. So does what cannot go through a
 * sum: a factor behind it, and the padding of what it adds. */
static void sums_stay_where_they_are_needed(void **state)
{
    (void)state;
    for (int way = 0; way < 2; way++) {
        struct hcl_graph g = { 0 };
        uint32_t x = add_computed(&g, 4, 4, 3), w = add_constant(&g, 3, 3, 3, 3);
        uint32_t a = add_computed(&g, 4, 4, 3), b = add_computed(&g, 4, 4, 3), y = add_computed(&g, 4, 4, 3);
        add_conv(&g, HCL_OP_CONV_2D, x, w, NONE, 1, a)->act.id = way ? HCL_FN_RELU : HCL_FN_IDENTITY;
        add_op(&g, HCL_OP_ADD, a, x, NONE, b);
        add_op(&g, HCL_OP_MUL, b, way ? x : a, NONE, y);
        set_ends(&g, x, y);
        run_pass(&g, hcl_pass_fuse_residual, 0, 3);
    }
    struct hcl_graph g = { 0 };
    uint32_t x = add_computed(&g, 3, 4, 3), w = add_constant(&g, 3, 3, 3, 3), p = add_computed(&g, 4, 4, 3);
    uint32_t c = add_computed(&g, 4, 4, 3), y = add_computed(&g, 4, 4, 3), m = add_constant(&g, 1, 1, 1, 3);
    uint32_t b = add_constant(&g, 1, 1, 1, 3);
    add_op(&g, HCL_OP_PAD, x, NONE, NONE, p)->pad_top = 1;
    struct hcl_node *n = add_conv(&g, HCL_OP_CONV_2D, x, w, b, 1, c);
    n->pad_top = 2;
    n->inputs[3] = p;
    add_op(&g, HCL_OP_MUL, c, m, NONE, y);
    set_ends(&g, x, y);
    run_pass(&g, hcl_pass_fuse_pad, 0, 3);
}

static void noops_are_dropped(void **state)
{
    (void)state;
    struct hcl_graph g = { 0 };
    uint32_t x = add_computed(&g, 2, 2, 3), a = add_computed(&g, 2, 2, 3), b = add_computed(&g, 2, 2, 3);
    uint32_t c = add_computed(&g, 2, 2, 3), d = add_computed(&g, 2, 2, 3), y = add_computed(&g, 1, 1, 12);
    add_op(&g, HCL_OP_RESHAPE, x, NONE, NONE, a);
    add_op(&g, HCL_OP_RELU6, a, NONE, NONE, b);
    add_op(&g, HCL_OP_PAD, b, NONE, NONE, c);
    add_op(&g, HCL_OP_RELU, c, NONE, NONE, d);
    add_op(&g, HCL_OP_RESHAPE, d, NONE, NONE, y);
    set_ends(&g, x, y);
    run_pass(&g, hcl_pass_drop_noop, 3, 2);
    /* input and output stay two tensors */
    g = (struct hcl_graph){ 0 };
    x = add_computed(&g, 2, 2, 3), y = add_computed(&g, 2, 2, 3);
    add_op(&g, HCL_OP_RESHAPE, x, NONE, NONE, y);
    set_ends(&g, x, y);
    run_pass(&g, hcl_pass_drop_noop, 0, 1);
}

static void constants_are_computed(void **state)
{
    (void)state;
    struct hcl_graph g = { 0 };
    uint32_t x = add_computed(&g, 1, 1, 4), k = add_constant(&g, 1, 1, 1, 4),
             l = add_constant(&g, 1, 1, 1, 4);
    uint32_t s = add_computed(&g, 1, 1, 4), r = add_computed(&g, 1, 1, 4), y = add_computed(&g, 1, 1, 4);
    add_op(&g, HCL_OP_ADD, k, l, NONE, s);
    add_op(&g, HCL_OP_RELU, s, NONE, NONE, r);
    add_op(&g, HCL_OP_MUL, x, r, NONE, y);
    set_ends(&g, x, y);
    run_pass(&g, hcl_pass_fold_constant, 2, 1);
}

/* Text in, text out: the driver's dump before and after all passes. */
static void dump_shows_the_rewritten_graph(void **state)
{
    (void)state;
    char *text = NULL;
    size_t len = 0;
    struct hcl_graph g = { 0 };
    struct hcl_err err;
    affine_then(&g, HCL_OP_CONV_2D, 0, true);
    FILE *to = open_memstream(&text, &len);
    assert_non_null(to);
    hcl_graph_dump(&g, to);
    assert_ok(hcl_graph_optimize(&g, "fold-affine-ahead", to, &err), err);
    fclose(to);
    char *second = strstr(text, "# after fold-affine-ahead: 0 changes\n");
    assert_non_null(second);
    *second = '\0';
    assert_string_equal(text, "inputs %0\n"
                              "%1 [1,1,1,3] = constant  # k\n"
                              "%2 [1,1,1,3] = constant  # k\n"
                              "%5 [4,3,3,3] = constant  # k\n"
                              "%6 [1,1,1,4] = constant  # k\n"
                              "%3 [1,5,6,3] = MUL(%0, %1)  # n\n"
                              "%4 [1,5,6,3] = ADD(%3, %2)  # n\n"
                              "%7 [1,3,4,4] = CONV_2D(%4, %5, %6) window 3x3 stride 1x1 act RELU6  # n\n"
                              "outputs %7\n"
                              "# after fold-affine-ahead: 2 changes\n"
                              "inputs %0\n"
                              "%1 [4,3,3,3] = constant  # k\n"
                              "%2 [1,1,1,4] = constant  # k\n"
                              "%3 [1,3,4,4] = CONV_2D(%0, %1, %2) window 3x3 stride 1x1 act RELU6  # n\n"
                              "outputs %3\n");
    free(text);
    hcl_graph_clear(&g);
}

static void logistic_times_its_argument_is_one_function(void **state)
{
    (void)state;
    for (int first = 0; first < 2; first++) {
        struct hcl_graph g = { 0 };
        uint32_t x = add_computed(&g, 3, 4, 2), s = add_computed(&g, 3, 4, 2), y = add_computed(&g, 3, 4, 2);
        add_op(&g, HCL_OP_LOGISTIC, x, NONE, NONE, s)->act.id = HCL_FN_LOGISTIC;
        add_op(&g, HCL_OP_MUL, first ? x : s, first ? s : x, NONE, y);
        set_ends(&g, x, y);
        run_pass(&g, hcl_pass_fuse_silu, 1, 2); /* the LOGISTIC is unread and goes later */
    }
    struct hcl_graph g = { 0 }; /* of something else */
    uint32_t x = add_computed(&g, 3, 4, 2), z = add_computed(&g, 3, 4, 2), s = add_computed(&g, 3, 4, 2),
             y = add_computed(&g, 3, 4, 2);
    add_op(&g, HCL_OP_RELU, x, NONE, NONE, z)->act.id = HCL_FN_RELU;
    add_op(&g, HCL_OP_LOGISTIC, x, NONE, NONE, s)->act.id = HCL_FN_LOGISTIC;
    add_op(&g, HCL_OP_MUL, z, s, NONE, y);
    set_ends(&g, x, y);
    run_pass(&g, hcl_pass_fuse_silu, 0, 3);
}

static void constants_come_second(void **state)
{
    (void)state;
    const hcl_op ops[] = { HCL_OP_ADD, HCL_OP_MUL, HCL_OP_SUB, HCL_OP_SUB };
    for (size_t i = 0; i < 4; i++) {
        struct hcl_graph g = { 0 };
        uint32_t x = add_computed(&g, 3, 4, 2), k = add_constant(&g, 1, 3, 4, 2),
                 y = add_computed(&g, 3, 4, 2);
        add_op(&g, ops[i], k, x, NONE, y)->reversed = i == 3;
        set_ends(&g, x, y);
        run_pass(&g, hcl_pass_order_operands, 1, 1);
    }
}

/* A MUL by so many constants on an image of so many positions, a shift behind it or none, read by a function
 * or a convolution. */
static void gain(struct hcl_graph *g, uint32_t side, uint32_t gains, bool shift, bool conv)
{
    uint32_t x = add_computed(g, side, side, 4), pooled = add_computed(g, side, side, 4),
             last = add_computed(g, side, side, 4), y = add_computed(g, side, side, 4);
    add_op(g, HCL_OP_RELU, x, NONE, NONE, pooled)->act.id = HCL_FN_RELU;
    add_op(g, HCL_OP_MUL, pooled, add_constant(g, 1, 1, 1, gains), NONE, last);
    if (shift) {
        const uint32_t moved = add_computed(g, side, side, 4);
        add_op(g, HCL_OP_ADD, last, add_constant(g, 1, 1, 1, 1), NONE, moved);
        last = moved;
    }
    if (conv)
        add_conv(g, HCL_OP_CONV_2D, last, add_constant(g, 4, 3, 3, 4), NONE, 1, y);
    else
        add_op(g, HCL_OP_TANH, last, NONE, NONE, y)->act.id = HCL_FN_TANH;
    set_ends(g, x, y);
}

static void gain_and_shift_become_one(void **state)
{
    (void)state;
    struct hcl_graph g = { 0 };
    gain(&g, 8, 4, true, false);
    run_pass(&g, hcl_pass_join_affine, 1, 3);
    gain(&g, 3, 4, true, false); /* too few positions */
    run_pass(&g, hcl_pass_join_affine, 0, 4);
    gain(&g, 8, 4, true, true); /* for the convolution to take in */
    run_pass(&g, hcl_pass_join_affine, 0, 4);
    gain(&g, 8, 4, true, true); /* which it cannot behind a function */
    g.nodes[2].act.id = HCL_FN_RELU;
    run_pass(&g, hcl_pass_join_affine, 1, 3);
}

static void gain_alone_becomes_one(void **state)
{
    (void)state;
    struct hcl_graph g = { 0 };
    gain(&g, 4, 4, false, false);
    run_pass(&g, hcl_pass_join_affine, 1, 3);
    gain(&g, 3, 4, false, false); /* too few positions */
    run_pass(&g, hcl_pass_join_affine, 0, 3);
    gain(&g, 8, 1, false, false); /* one for all channels: no gain */
    run_pass(&g, hcl_pass_join_affine, 0, 3);
    gain(&g, 8, 4, false, true); /* for the convolution to take in */
    run_pass(&g, hcl_pass_join_affine, 0, 3);
    gain(&g, 8, 4, false, true); /* which it cannot behind a function */
    g.nodes[1].act.id = HCL_FN_RELU;
    run_pass(&g, hcl_pass_join_affine, 1, 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pools_move_into_any_convolution),
        cmocka_unit_test(pools_stay),
        cmocka_unit_test(convolutions_compute_any_phases),
        cmocka_unit_test(phases_go_up_to_the_input),
        cmocka_unit_test(affine_ahead_folds_where_no_padding_is_read),
        cmocka_unit_test(affine_ahead_of_fully_connected),
        cmocka_unit_test(affine_ahead_leaves_shared_and_activated),
        cmocka_unit_test(affine_back_folds_and_takes_the_activation),
        cmocka_unit_test(affine_back_leaves_activated),
        cmocka_unit_test(activations_fuse_into_their_only_source),
        cmocka_unit_test(padding_moves_into_convolutions_only),
        cmocka_unit_test(sums_move_into_convolutions),
        cmocka_unit_test(sums_move_into_dense_layers),
        cmocka_unit_test(split_layers_become_several),
        cmocka_unit_test(softmax_takes_its_mask_and_factor),
        cmocka_unit_test(softmax_takes_a_factor_past_a_sum),
        cmocka_unit_test(image_sums_become_convolutions),
        cmocka_unit_test(masks_are_taken_once),
        cmocka_unit_test(masks_are_followed_for_so_long),
        cmocka_unit_test(sums_stay_where_they_are_needed),
        cmocka_unit_test(noops_are_dropped),
        cmocka_unit_test(constants_are_computed),
        cmocka_unit_test(dump_shows_the_rewritten_graph),
        cmocka_unit_test(logistic_times_its_argument_is_one_function),
        cmocka_unit_test(constants_come_second),
        cmocka_unit_test(gain_and_shift_become_one),
        cmocka_unit_test(gain_alone_becomes_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

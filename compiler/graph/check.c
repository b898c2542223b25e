/* SPDX-License-Identifier: Apache-2.0 */
#include "common/sys/clones.h"
#include "compiler/graph/graph.h"
#include "compiler/graph/matmul.h"
#include <float.h>
#include <math.h>
#include <string.h>

#define DIMS "[%u,%u,%u,%u]"
#define DIMS_OF(d) (d)[0], (d)[1], (d)[2], (d)[3]

static hcl_status fail_dims(struct hcl_err *err, const struct hcl_node *n, const char *what,
                            const uint32_t got[4], const uint32_t want[4])
{
    return hcl_fail(err, HCL_BAD_INPUT, "%s '%s': %s has shape " DIMS ", expected " DIMS, hcl_op_name(n->op),
                    n->name, what, DIMS_OF(got), DIMS_OF(want));
}

static hcl_status expect_dims(struct hcl_err *err, const struct hcl_node *n, const char *what,
                              const uint32_t got[4], uint32_t a, uint32_t b, uint32_t c, uint32_t d)
{
    const uint32_t want[4] = { a, b, c, d };
    return memcmp(got, want, sizeof want) == 0 ? HCL_OK : fail_dims(err, n, what, got, want);
}

/* Positions of a window of `kernel` along an axis of `in` with padding; 0 when it does not fit. */
static uint32_t positions(uint32_t in, uint32_t before, uint32_t after, uint32_t kernel, uint32_t stride)
{
    uint64_t padded = (uint64_t)in + before + after;
    if (stride == 0 || kernel == 0 || kernel > padded)
        return 0;
    return (uint32_t)((padded - kernel) / stride + 1);
}

/* The window fits, and every position overlaps the image: then a maximum or mean is of at least one element.
 */
static hcl_status window(const struct hcl_node *n, const uint32_t x[4], uint32_t out_c, const uint32_t y[4],
                         struct hcl_err *err)
{
    if (n->pad_top >= n->kernel_h || n->pad_bottom >= n->kernel_h || n->pad_left >= n->kernel_w ||
        n->pad_right >= n->kernel_w)
        return hcl_fail(err, HCL_BAD_INPUT,
                        "%s '%s': padding %u,%u,%u,%u is not smaller than the %ux%u window",
                        hcl_op_name(n->op), n->name, n->pad_top, n->pad_left, n->pad_bottom, n->pad_right,
                        n->kernel_h, n->kernel_w);
    uint32_t h = positions(x[1], n->pad_top, n->pad_bottom, n->kernel_h, n->stride_y);
    uint32_t w = positions(x[2], n->pad_left, n->pad_right, n->kernel_w, n->stride_x);
    if (h == 0 || w == 0)
        return hcl_fail(
            err, HCL_BAD_INPUT, "%s '%s': a %ux%u window with stride %ux%u does not fit into " DIMS,
            hcl_op_name(n->op), n->name, n->kernel_h, n->kernel_w, n->stride_y, n->stride_x, DIMS_OF(x));
    return expect_dims(err, n, "output", y, x[0], h, w, out_c);
}

static hcl_status bias(const struct hcl_graph *g, const struct hcl_node *n, uint32_t channels,
                       struct hcl_err *err)
{
    if (n->inputs[2] == HCL_GRAPH_NONE)
        return HCL_OK;
    return expect_dims(err, n, "bias", g->tensors[n->inputs[2]].dims, 1, 1, 1, channels);
}

static hcl_status constant_operands(const struct hcl_graph *g, const struct hcl_node *n, struct hcl_err *err)
{
    for (size_t k = 1; k < hcl_node_arity(n); k++)
        if (g->tensors[n->inputs[k]].data == NULL)
            return hcl_fail(err, HCL_BAD_INPUT, "%s '%s': operand '%s' is computed, expected a constant",
                            hcl_op_name(n->op), n->name, g->tensors[n->inputs[k]].name);
    return HCL_OK;
}

static hcl_status shape_conv(const struct hcl_graph *g, const struct hcl_node *n, struct hcl_err *err)
{
    const uint32_t *x = g->tensors[n->inputs[0]].dims, *w = g->tensors[n->inputs[1]].dims;
    hcl_status st;
    HCL_TRY(constant_operands(g, n, err));
    st = expect_dims(err, n, "filter", w, w[0], n->kernel_h, n->kernel_w, x[3]);
    if (st != HCL_OK && w[3] < x[3] && x[3] % w[3] == 0)
        return hcl_fail_prefix(err, st, "a convolution in %u groups is not supported", x[3] / w[3]);
    HCL_TRY(st);
    HCL_TRY(bias(g, n, w[0], err));
    HCL_TRY(window(n, x, w[0], g->tensors[n->output].dims, err));
done:
    return st;
}

static hcl_status shape_depthwise(const struct hcl_graph *g, const struct hcl_node *n, struct hcl_err *err)
{
    const uint32_t *x = g->tensors[n->inputs[0]].dims, *w = g->tensors[n->inputs[1]].dims;
    hcl_status st;
    HCL_TRY(constant_operands(g, n, err));
    if (x[3] == 0 || w[3] % x[3] != 0)
        return hcl_fail(err, HCL_BAD_INPUT,
                        "%s '%s': %u filter channels are not a multiple of %u input channels",
                        hcl_op_name(n->op), n->name, w[3], x[3]);
    HCL_TRY(expect_dims(err, n, "filter", w, 1, n->kernel_h, n->kernel_w, w[3]));
    HCL_TRY(bias(g, n, w[3], err));
    HCL_TRY(window(n, x, w[3], g->tensors[n->output].dims, err));
done:
    return st;
}

static hcl_status shape_fully_connected(const struct hcl_graph *g, const struct hcl_node *n,
                                        struct hcl_err *err)
{
    const struct hcl_tensor *x = &g->tensors[n->inputs[0]], *w = &g->tensors[n->inputs[1]];
    const struct hcl_tensor *y = &g->tensors[n->output];
    hcl_status st;
    HCL_TRY(constant_operands(g, n, err));
    HCL_TRY(expect_dims(err, n, "weight", w->dims, w->dims[0], 1, 1, w->dims[3]));
    if (hcl_tensor_len(x) % w->dims[3] != 0)
        return hcl_fail(err, HCL_BAD_INPUT,
                        "%s '%s': input of shape " DIMS " is not a multiple of the %u weight columns",
                        hcl_op_name(n->op), n->name, DIMS_OF(x->dims), w->dims[3]);
    HCL_TRY(bias(g, n, w->dims[0], err));
    if (y->dims[3] != w->dims[0] || hcl_tensor_len(y) / w->dims[0] != hcl_tensor_len(x) / w->dims[3])
        return hcl_fail(err, HCL_BAD_INPUT, "%s '%s': output has shape " DIMS ", expected %zu rows of %u",
                        hcl_op_name(n->op), n->name, DIMS_OF(y->dims), hcl_tensor_len(x) / w->dims[3],
                        w->dims[0]);
done:
    return st;
}

static hcl_status shape_broadcast(const struct hcl_graph *g, const struct hcl_node *n, struct hcl_err *err)
{
    const struct hcl_tensor *a = &g->tensors[n->inputs[0]], *b = &g->tensors[n->inputs[1]];
    const uint32_t channel[4] = { 1, 1, 1, a->dims[3] };
    if (memcmp(a->dims, b->dims, sizeof a->dims) != 0 && memcmp(b->dims, channel, sizeof channel) != 0 &&
        hcl_tensor_len(b) != 1)
        return hcl_fail(err, HCL_BAD_INPUT,
                        "%s '%s': operand '%s' of shape " DIMS " cannot be combined with " DIMS
                        ": supported are equal shapes, one value per channel, and one value",
                        hcl_op_name(n->op), n->name, b->name, DIMS_OF(b->dims), DIMS_OF(a->dims));
    return expect_dims(err, n, "output", g->tensors[n->output].dims, a->dims[0], a->dims[1], a->dims[2],
                       a->dims[3]);
}

static hcl_status shape_same(const struct hcl_graph *g, const struct hcl_node *n, struct hcl_err *err)
{
    const uint32_t *x = g->tensors[n->inputs[0]].dims;
    return expect_dims(err, n, "output", g->tensors[n->output].dims, x[0], x[1], x[2], x[3]);
}

static hcl_status shape_pool(const struct hcl_graph *g, const struct hcl_node *n, struct hcl_err *err)
{
    const uint32_t *x = g->tensors[n->inputs[0]].dims;
    return window(n, x, x[3], g->tensors[n->output].dims, err);
}

static hcl_status shape_reshape(const struct hcl_graph *g, const struct hcl_node *n, struct hcl_err *err)
{
    const struct hcl_tensor *x = &g->tensors[n->inputs[0]], *y = &g->tensors[n->output];
    if (hcl_tensor_len(x) == hcl_tensor_len(y))
        return HCL_OK;
    return hcl_fail(err, HCL_BAD_INPUT, "%s '%s': " DIMS " cannot become " DIMS, hcl_op_name(n->op), n->name,
                    DIMS_OF(x->dims), DIMS_OF(y->dims));
}

static hcl_status shape_pad(const struct hcl_graph *g, const struct hcl_node *n, struct hcl_err *err)
{
    const uint32_t *x = g->tensors[n->inputs[0]].dims;
    const uint32_t limit = HCL_TENSOR_MAX_LEN;
    if (n->pad_top > limit || n->pad_bottom > limit || n->pad_left > limit || n->pad_right > limit)
        return hcl_fail(err, HCL_BAD_INPUT, "%s '%s': padding %u,%u,%u,%u is too large", hcl_op_name(n->op),
                        n->name, n->pad_top, n->pad_left, n->pad_bottom, n->pad_right);
    return expect_dims(err, n, "output", g->tensors[n->output].dims, x[0], x[1] + n->pad_top + n->pad_bottom,
                       x[2] + n->pad_left + n->pad_right, x[3]);
}

static hcl_status shape_matmul(const struct hcl_graph *g, const struct hcl_node *n, struct hcl_err *err)
{
    const uint32_t *a = g->tensors[n->inputs[0]].dims, *b = g->tensors[n->inputs[1]].dims;
    const struct hcl_matmul d = hcl_matmul_of(a, n->adj_x, b, n->adj_y);
    if (b[n->adj_y ? 3 : 2] != d.depth || a[0] != 1 || b[0] != 1)
        return hcl_fail(err, HCL_BAD_INPUT, "%s '%s': " DIMS "%s times " DIMS "%s is no product of matrices",
                        hcl_op_name(n->op), n->name, DIMS_OF(a), n->adj_x ? " transposed" : "", DIMS_OF(b),
                        n->adj_y ? " transposed" : "");
    if (d.batch % d.a_batch != 0 || d.batch % d.b_batch != 0)
        return hcl_fail(err, HCL_BAD_INPUT, "%s '%s': batches of %u and %u matrices do not combine",
                        hcl_op_name(n->op), n->name, d.a_batch, d.b_batch);
    return expect_dims(err, n, "output", g->tensors[n->output].dims, 1, d.batch, d.rows, d.columns);
}

static hcl_status shape_move(const struct hcl_graph *g, const struct hcl_node *n, struct hcl_err *err)
{
    size_t all = 0;
    for (size_t k = 0; k < hcl_node_arity(n); k++)
        all += hcl_tensor_len(&g->tensors[n->inputs[k]]);
    if (n->map == NULL)
        return hcl_fail(err, HCL_BAD_INPUT, "%s '%s' has no index map", hcl_op_name(n->op), n->name);
    for (size_t i = 0; i < hcl_tensor_len(&g->tensors[n->output]); i++)
        if (n->map[i] != HCL_GRAPH_NONE && n->map[i] >= all)
            return hcl_fail(err, HCL_BAD_INPUT, "%s '%s': element %zu is element %u of %zu",
                            hcl_op_name(n->op), n->name, i, n->map[i], all);
    return HCL_OK;
}

typedef hcl_status (*shape_rule)(const struct hcl_graph *, const struct hcl_node *, struct hcl_err *);

static const struct {
    size_t least, most;
    shape_rule rule;
} rules[] = {
#define HCL_OP(name, least, most, rule) { least, most, shape_##rule },
#include "compiler/graph/ops.def"
#undef HCL_OP
};

HCL_VECTOR_CLONES static bool all_finite(const float *x, size_t len)
{
    unsigned bad = 0;
    for (size_t i = 0; i < len; i++)
        bad |= !(fabsf(x[i]) <= FLT_MAX);
    return bad == 0;
}

static hcl_status check_tensor(const struct hcl_tensor *t, struct hcl_err *err)
{
    size_t len = 1;
    for (int i = 0; i < 4; i++) {
        if (t->dims[i] == 0 || t->dims[i] > HCL_TENSOR_MAX_LEN / len)
            return hcl_fail(err, HCL_BAD_INPUT,
                            "tensor '%s' of shape " DIMS " is empty or has more than %zu elements", t->name,
                            DIMS_OF(t->dims), HCL_TENSOR_MAX_LEN);
        len *= t->dims[i];
    }
    if (t->dims[0] != 1 && t->data == NULL)
        return hcl_fail(err, HCL_BAD_INPUT, "tensor '%s' has shape " DIMS ", expected a batch of 1", t->name,
                        DIMS_OF(t->dims));
    if (t->data == NULL || all_finite(t->data, len))
        return HCL_OK;
    for (size_t i = 0; i < len; i++)
        if (!isfinite(t->data[i]))
            return hcl_fail(err, HCL_BAD_INPUT, "constant '%s' is not finite at element %zu", t->name, i);
    return HCL_OK;
}

static hcl_status check_node(const struct hcl_graph *g, const struct hcl_node *n, bool *defined,
                             struct hcl_err *err)
{
    if ((unsigned)n->op >= HCL_OP_COUNT || (unsigned)n->act >= HCL_ACT_COUNT)
        return hcl_fail(err, HCL_BAD_INPUT, "node '%s' has operator %d and activation %d", n->name, n->op,
                        n->act);
    size_t arity = hcl_node_arity(n);
    if (arity < rules[n->op].least || arity > rules[n->op].most)
        return hcl_fail(err, HCL_BAD_INPUT, "%s '%s' has %zu operands, expected %zu..%zu", hcl_op_name(n->op),
                        n->name, arity, rules[n->op].least, rules[n->op].most);
    for (size_t k = 0; k < arity; k++)
        if (n->inputs[k] >= g->num_tensors || !defined[n->inputs[k]])
            return hcl_fail(err, HCL_BAD_INPUT,
                            "%s '%s': operand %zu (tensor %u) is not computed before its use",
                            hcl_op_name(n->op), n->name, k, n->inputs[k]);
    if (n->output >= g->num_tensors || defined[n->output])
        return hcl_fail(err, HCL_BAD_INPUT, "%s '%s': its output (tensor %u) is defined twice",
                        hcl_op_name(n->op), n->name, n->output);
    defined[n->output] = true;
    return rules[n->op].rule(g, n, err);
}

static hcl_status check_ends(const struct hcl_graph *g, const bool *defined, struct hcl_err *err)
{
    if (g->num_inputs == 0 || g->num_outputs == 0)
        return hcl_fail(err, HCL_BAD_INPUT,
                        "the model has %zu inputs and %zu outputs, expected at least one of each",
                        g->num_inputs, g->num_outputs);
    for (size_t i = 0; i < g->num_outputs; i++)
        if (g->outputs[i] >= g->num_tensors || !defined[g->outputs[i]])
            return hcl_fail(err, HCL_BAD_INPUT, "output %zu (tensor %u) is never computed", i, g->outputs[i]);
    return HCL_OK;
}

static hcl_status define_sources(const struct hcl_graph *g, bool *defined, struct hcl_err *err)
{
    hcl_status st = HCL_OK;
    for (size_t i = 0; i < g->num_tensors; i++) {
        HCL_TRY(check_tensor(&g->tensors[i], err));
        defined[i] = g->tensors[i].data != NULL;
    }
    for (size_t i = 0; i < g->num_inputs; i++) {
        if (g->inputs[i] >= g->num_tensors || defined[g->inputs[i]])
            return hcl_fail(err, HCL_BAD_INPUT, "input %zu (tensor %u) is missing, constant or listed twice",
                            i, g->inputs[i]);
        defined[g->inputs[i]] = true;
    }
done:
    return st;
}

hcl_status hcl_graph_check(const struct hcl_graph *g, struct hcl_err *err)
{
    bool *defined = calloc(g->num_tensors + 1, sizeof *defined);
    hcl_status st;
    if (defined == NULL)
        return hcl_fail(err, HCL_NO_RESOURCE, "no memory to check %zu tensors", g->num_tensors);
    HCL_TRY(define_sources(g, defined, err));
    for (size_t i = 0; i < g->num_nodes; i++)
        HCL_TRY(check_node(g, &g->nodes[i], defined, err));
    HCL_TRY(check_ends(g, defined, err));
done:
    free(defined);
    return st;
}

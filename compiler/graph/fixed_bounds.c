/* SPDX-License-Identifier: Apache-2.0 */
#include "compiler/graph/fixed_bounds.h"
#include "common/sys/clones.h"

/* Operands are below 2^48 and tensors below 2^28 elements, so sums of products stay below 2^125. */
typedef __int128 wide;

/* So many values of up to HCL_FX_VALUE_MAX sum to less than 2^63. */
#define SMALL_COUNT ((size_t)1 << 14)

struct interval {
    wide lo, hi;
};

static struct interval times(struct interval a, struct interval b)
{
    const wide p[4] = { a.lo * b.lo, a.lo * b.hi, a.hi * b.lo, a.hi * b.hi };
    struct interval r = { p[0], p[0] };
    for (int i = 1; i < 4; i++) {
        r.lo = p[i] < r.lo ? p[i] : r.lo;
        r.hi = p[i] > r.hi ? p[i] : r.hi;
    }
    return r;
}

static struct interval plus(struct interval a, struct interval b)
{
    return (struct interval){ a.lo + b.lo, a.hi + b.hi };
}

static struct interval hull(struct interval a, struct interval b)
{
    return (struct interval){ a.lo < b.lo ? a.lo : b.lo, a.hi > b.hi ? a.hi : b.hi };
}

static struct interval scaled(struct interval a, int64_t by)
{
    return times(a, (struct interval){ by, by });
}

static struct interval range_of(const struct hcl_fx_graph *g, uint32_t t)
{
    return (struct interval){ g->tensors[t].lo, g->tensors[t].hi };
}

static bool has_padding(const struct hcl_fx_node *n)
{
    return (n->pad_top | n->pad_left | n->pad_bottom | n->pad_right) != 0;
}

/* Taps outside the image read 0. */
static struct interval image_range(const struct hcl_fx_graph *g, const struct hcl_fx_node *n)
{
    struct interval x = range_of(g, n->inputs[0]);
    return has_padding(n) ? hull(x, (struct interval){ 0, 0 }) : x;
}

static struct interval bias_of(const struct hcl_fx_graph *g, const struct hcl_fx_node *n, size_t o)
{
    if (n->inputs[2] == HCL_FX_NONE)
        return (struct interval){ 0, 0 };
    const struct hcl_fx_tensor *b = &g->tensors[n->inputs[2]];
    if (b->data == NULL)
        return range_of(g, n->inputs[2]);
    return (struct interval){ hcl_fx_constant(b, o), hcl_fx_constant(b, o) };
}

/* sum_j x*w_j: the weights of either sign reach their ends together, so their sums are enough. */
static struct interval filter_sum_small(struct interval x, const struct hcl_fx_tensor *w, size_t first,
                                        size_t step, size_t count)
{
    int64_t sum = 0, positive = 0;
    for (size_t j = 0; j < count; j++) {
        const int64_t v = hcl_fx_constant(w, first + j * step);
        sum += v;
        positive += v > 0 ? v : 0;
    }
    return plus(scaled(x, positive), scaled(x, sum - positive));
}

HCL_VECTOR_CLONES static void sum_piece(const int16_t *w, size_t count, int64_t *sum, int64_t *positive)
{
    int32_t s = 0, p = 0;
    for (size_t j = 0; j < count; j++) {
        s += w[j];
        p += w[j] > 0 ? w[j] : 0;
    }
    *sum += s;
    *positive += p;
}

/* The same for 16-bit weights side by side, in pieces whose sums stay below 2^31. */
static struct interval filter_sum_short(struct interval x, const int16_t *w, size_t count)
{
    int64_t sum = 0, positive = 0;
    while (count > 0) {
        const size_t piece = count < SMALL_COUNT ? count : SMALL_COUNT;
        sum_piece(w, piece, &sum, &positive);
        w += piece;
        count -= piece;
    }
    return plus(scaled(x, positive), scaled(x, sum - positive));
}

/* Output o of a filter whose entries for it are data[first + j * step], j < count. */
static struct interval filter_sum(struct interval x, const struct hcl_fx_tensor *w, size_t first, size_t step,
                                  size_t count)
{
    struct interval sum = { 0, 0 };
    if (w->data == NULL)
        return scaled(times(x, (struct interval){ w->lo, w->hi }), (int64_t)count);
    if (w->type == HCL_FX_I16 && step == 1)
        return filter_sum_short(x, (const int16_t *)w->data + first, count);
    if (w->lo >= -HCL_FX_VALUE_MAX && w->hi <= HCL_FX_VALUE_MAX && count <= SMALL_COUNT)
        return filter_sum_small(x, w, first, step, count);
    for (size_t j = 0; j < count; j++)
        sum = plus(sum, scaled(x, hcl_fx_constant(w, first + j * step)));
    return sum;
}

static struct interval conv_bounds(const struct hcl_fx_graph *g, const struct hcl_fx_node *n)
{
    const struct hcl_fx_tensor *w = &g->tensors[n->inputs[1]];
    bool depthwise = n->op == HCL_FX_DEPTHWISE;
    size_t outputs = depthwise ? w->dims[3] : w->dims[0];
    size_t taps = hcl_fx_tensor_len(g, n->inputs[1]) / outputs;
    struct interval x = image_range(g, n), all = { 0, 0 };
    for (size_t o = 0; o < outputs; o++) {
        struct interval one = filter_sum(x, w, depthwise ? o : o * taps, depthwise ? outputs : 1, taps);
        one = plus(one, bias_of(g, n, o));
        all = o == 0 ? one : hull(all, one);
    }
    return all;
}

static struct interval moved(const struct hcl_fx_graph *g, const struct hcl_fx_node *n)
{
    struct interval all = range_of(g, n->inputs[0]);
    for (size_t k = 1; k < 3; k++)
        if (n->inputs[k] != HCL_FX_NONE)
            all = hull(all, range_of(g, n->inputs[k]));
    for (size_t i = 0; i < hcl_fx_tensor_len(g, n->output); i++)
        if (n->map[i] == HCL_FX_NONE)
            return hull(all, (struct interval){ 0, 0 });
    return all;
}

static struct interval acc_bounds(const struct hcl_fx_graph *g, const struct hcl_fx_node *n)
{
    struct interval x = range_of(g, n->inputs[0]);
    switch (n->op) {
    case HCL_FX_CONV:
    case HCL_FX_DEPTHWISE:
        return conv_bounds(g, n);
    case HCL_FX_ADD:
        return plus(scaled(x, n->a_mul), scaled(range_of(g, n->inputs[1]), n->b_mul));
    case HCL_FX_MUL:
        return times(x, range_of(g, n->inputs[1]));
    case HCL_FX_AVG_POOL:
        return hull(scaled(x, n->pool_mul),
                    scaled(scaled(x, n->pool_mul), (int64_t)n->kernel_h * n->kernel_w));
    case HCL_FX_MATMUL:
        return scaled(times(x, range_of(g, n->inputs[1])), hcl_fx_matmul_of(g, n).depth);
    case HCL_FX_MOVE:
        return moved(g, n);
    case HCL_FX_PAD:
        return hull(x, (struct interval){ 0, 0 });
    case HCL_FX_SOFTMAX:
        return (struct interval){ 0, (wide)1 << g->tensors[n->output].frac_bits };
    default:
        return x;
    }
}

/* Windows at the border hold fewer elements and divide by fewer; odd counts round differently. */
static void average_quotients(struct interval x, const struct hcl_fx_node *n, struct hcl_fx_bounds *out)
{
    for (int64_t count = 1; count <= (int64_t)n->kernel_h * n->kernel_w; count++) {
        int64_t lo = hcl_fx_rescale((int64_t)x.lo * n->pool_mul * count, n->divisor * count);
        int64_t hi = hcl_fx_rescale((int64_t)x.hi * n->pool_mul * count, n->divisor * count);
        out->q_lo = count == 1 || lo < out->q_lo ? lo : out->q_lo;
        out->q_hi = count == 1 || hi > out->q_hi ? hi : out->q_hi;
    }
}

hcl_status hcl_fx_node_bounds(const struct hcl_fx_graph *g, const struct hcl_fx_node *n,
                              struct hcl_fx_bounds *out, struct hcl_err *err)
{
    struct interval acc = acc_bounds(g, n);
    if (acc.lo < -(wide)HCL_FX_ACC_MAX || acc.hi > (wide)HCL_FX_ACC_MAX)
        return hcl_fail(
            err, HCL_BAD_INPUT,
            "%s: the sums for tensor '%s' can exceed 62 bits: use fewer fraction bits or smaller ranges",
            n->name, g->tensors[n->output].name);
    *out = (struct hcl_fx_bounds){ (int64_t)acc.lo, (int64_t)acc.hi, (int64_t)acc.lo, (int64_t)acc.hi };
    if (n->op == HCL_FX_AVG_POOL) {
        average_quotients(range_of(g, n->inputs[0]), n, out);
    } else if (n->divisor > 1) {
        out->q_lo = hcl_fx_rescale((int64_t)acc.lo, n->divisor);
        out->q_hi = hcl_fx_rescale((int64_t)acc.hi, n->divisor);
    }
    return HCL_OK;
}

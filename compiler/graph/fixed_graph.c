/* SPDX-License-Identifier: Apache-2.0 */
#include "compiler/graph/fixed_graph.h"
#include "common/sys/clones.h"
#include "compiler/graph/fixed_bounds.h"
#include <string.h>

#define MAX_LEN ((size_t)1 << 28)
#define MAX_TABLE ((int64_t)1 << 24)
#define DIMS "[%u,%u,%u,%u]"
#define DIMS_OF(d) (d)[0], (d)[1], (d)[2], (d)[3]

void hcl_fx_graph_clear(struct hcl_fx_graph *g)
{
    for (size_t i = 0; i < g->num_tensors; i++) {
        free(g->tensors[i].name);
        free((void *)g->tensors[i].data);
        free(g->tensors[i].channel_shift);
    }
    for (size_t i = 0; i < g->num_nodes; i++) {
        free(g->nodes[i].name);
        free(g->nodes[i].fn);
        free(g->nodes[i].exp_table);
        free(g->nodes[i].map);
    }
    free(g->tensors);
    free(g->nodes);
    free(g->inputs);
    free(g->outputs);
    *g = (struct hcl_fx_graph){ 0 };
}

static hcl_status fail(struct hcl_err *err, const struct hcl_fx_node *n, const char *what)
{
    return hcl_fail(err, HCL_BAD_INPUT, "%s: %s", n->name, what);
}

static bool dims_are(const uint32_t *d, uint32_t a, uint32_t b, uint32_t c, uint32_t e)
{
    return d[0] == a && d[1] == b && d[2] == c && d[3] == e;
}

HCL_VECTOR_CLONES static bool short_within(const int16_t *x, size_t len, int64_t lo, int64_t hi)
{
    int16_t least = x[0], most = x[0];
    for (size_t i = 1; i < len; i++) {
        least = (int16_t)(x[i] < least ? x[i] : least);
        most = (int16_t)(x[i] > most ? x[i] : most);
    }
    return least >= lo && most <= hi;
}

static hcl_status check_constant(const struct hcl_fx_tensor *x, size_t len, struct hcl_err *err)
{
    if (x->type == HCL_FX_I16 && short_within(x->data, len, x->lo, x->hi))
        return HCL_OK;
    for (size_t i = 0; i < len; i++)
        if (hcl_fx_constant(x, i) < x->lo || hcl_fx_constant(x, i) > x->hi)
            return hcl_fail(err, HCL_BAD_INPUT,
                            "constant '%s' is outside its range [%lld, %lld] at element %zu", x->name,
                            (long long)x->lo, (long long)x->hi, i);
    return HCL_OK;
}

static hcl_status check_tensor(const struct hcl_fx_graph *g, uint32_t t, struct hcl_err *err)
{
    const struct hcl_fx_tensor *x = &g->tensors[t];
    size_t len = 1;
    for (int i = 0; i < 4; i++) {
        if (x->dims[i] == 0 || x->dims[i] > MAX_LEN / len)
            return hcl_fail(err, HCL_BAD_INPUT, "tensor '%s' has shape " DIMS ", expected 1..%zu elements",
                            x->name, DIMS_OF(x->dims), MAX_LEN);
        len *= x->dims[i];
    }
    if (x->data == NULL && x->dims[0] != 1)
        return hcl_fail(err, HCL_BAD_INPUT, "tensor '%s' has a batch of %u, expected 1", x->name, x->dims[0]);
    if (x->lo > x->hi || x->lo < -HCL_FX_ACC_MAX || x->hi > HCL_FX_ACC_MAX)
        return hcl_fail(err, HCL_BAD_INPUT, "tensor '%s' has range [%lld, %lld]", x->name, (long long)x->lo,
                        (long long)x->hi);
    return x->data != NULL ? check_constant(x, len, err) : HCL_OK;
}

static hcl_status check_positions(const struct hcl_fx_node *n, const uint32_t *x, const uint32_t *y,
                                  uint32_t channels, struct hcl_err *err)
{
    if (n->stride_y == 0 || n->stride_x == 0 || n->kernel_h == 0 || n->kernel_w == 0)
        return fail(err, n, "window or stride is 0");
    if (n->pad_top >= n->kernel_h || n->pad_bottom >= n->kernel_h || n->pad_left >= n->kernel_w ||
        n->pad_right >= n->kernel_w)
        return fail(err, n, "padding is not smaller than the window");
    uint64_t h = (uint64_t)x[1] + n->pad_top + n->pad_bottom, w = (uint64_t)x[2] + n->pad_left + n->pad_right;
    if (h < n->kernel_h || w < n->kernel_w)
        return fail(err, n, "the window is larger than the padded image");
    if (y[1] != (h - n->kernel_h) / n->stride_y + 1 || y[2] != (w - n->kernel_w) / n->stride_x + 1 ||
        y[3] != channels)
        return fail(err, n, "the output's shape does not follow from the window");
    return HCL_OK;
}

static hcl_status check_filter(const struct hcl_fx_graph *g, const struct hcl_fx_node *n, const uint32_t *x,
                               const uint32_t *y, struct hcl_err *err)
{
    const uint32_t *w = g->tensors[n->inputs[1]].dims;
    bool depthwise = n->op == HCL_FX_DEPTHWISE;
    uint32_t outputs = depthwise ? w[3] : w[0];
    if (depthwise ? w[0] != 1 || w[3] % x[3] != 0 : w[3] != x[3])
        return fail(err, n, "the filter's channels do not match the input's");
    if (w[1] != n->kernel_h || w[2] != n->kernel_w)
        return fail(err, n, "the filter's shape does not match the window");
    if (n->inputs[2] != HCL_FX_NONE && !dims_are(g->tensors[n->inputs[2]].dims, 1, 1, 1, outputs))
        return fail(err, n, "the bias does not have one entry per output channel");
    return check_positions(n, x, y, outputs, err);
}

static hcl_status check_broadcast(const struct hcl_fx_graph *g, const struct hcl_fx_node *n,
                                  const uint32_t *x, const uint32_t *y, struct hcl_err *err)
{
    const uint32_t *b = g->tensors[n->inputs[1]].dims;
    if (memcmp(b, x, 4 * sizeof *b) != 0 && !dims_are(b, 1, 1, 1, x[3]) && !dims_are(b, 1, 1, 1, 1))
        return fail(err, n, "the operands' shapes do not combine");
    return memcmp(x, y, 4 * sizeof *x) == 0 ? HCL_OK
                                            : fail(err, n, "the output's shape is not the first operand's");
}

static hcl_status check_softmax(const struct hcl_fx_graph *g, const struct hcl_fx_node *n,
                                struct hcl_err *err)
{
    int64_t most = 0;
    const struct hcl_fx_tensor *y = &g->tensors[n->output];
    if (n->exp_len == 0 || n->exp_table == NULL || n->exp_table[0] < 1 || n->exp_table[n->exp_len - 1] != 0)
        return fail(err, n, "the exponential table must begin above 0 and end with 0");
    for (uint32_t i = 0; i < n->exp_len; i++) {
        if (n->exp_table[i] < 0 || n->exp_table[i] >= MAX_TABLE)
            return fail(err, n, "an entry of the exponential table is out of range");
        most = n->exp_table[i] > most ? n->exp_table[i] : most;
    }
    /* 2^24 entries of 2^24 with 2^28 channels and 2^8 below stay in 62 bits */
    if (y->frac_bits < 0 || y->frac_bits > 24 || (__int128)most * y->dims[3] > HCL_FX_ACC_MAX >> 26)
        return fail(err, n, "the softmax sums can exceed 62 bits");
    if (y->lo > 0 || y->hi < (int64_t)1 << y->frac_bits)
        return fail(err, n, "the output's range does not hold 0..1");
    return HCL_OK;
}

static hcl_status check_matmul(const struct hcl_fx_graph *g, const struct hcl_fx_node *n, struct hcl_err *err)
{
    const struct hcl_matmul d = hcl_fx_matmul_of(g, n);
    const uint32_t *b = g->tensors[n->inputs[1]].dims, *y = g->tensors[n->output].dims;
    if (b[n->b_adjoint ? 3 : 2] != d.depth)
        return fail(err, n, "the operands' inner dimensions differ");
    if (d.batch % d.a_batch != 0 || d.batch % d.b_batch != 0)
        return fail(err, n, "the operands' batches do not combine");
    if (!dims_are(y, 1, d.batch, d.rows, d.columns))
        return fail(err, n, "the output's shape does not follow from the operands'");
    return HCL_OK;
}

static hcl_status check_move(const struct hcl_fx_graph *g, const struct hcl_fx_node *n, struct hcl_err *err)
{
    size_t all = 0;
    for (size_t k = 0; k < 3; k++)
        all += n->inputs[k] != HCL_FX_NONE ? hcl_fx_tensor_len(g, n->inputs[k]) : 0;
    if (n->map == NULL)
        return fail(err, n, "there is no index map");
    for (size_t i = 0; i < hcl_fx_tensor_len(g, n->output); i++)
        if (n->map[i] != HCL_FX_NONE && n->map[i] >= all)
            return fail(err, n, "the index map leaves the operands");
    return HCL_OK;
}

static hcl_status check_shape(const struct hcl_fx_graph *g, const struct hcl_fx_node *n, struct hcl_err *err)
{
    const uint32_t *x = g->tensors[n->inputs[0]].dims, *y = g->tensors[n->output].dims;
    bool same = memcmp(x, y, 4 * sizeof *x) == 0;
    switch (n->op) {
    case HCL_FX_CONV:
    case HCL_FX_DEPTHWISE:
        return check_filter(g, n, x, y, err);
    case HCL_FX_ADD:
    case HCL_FX_MUL:
        return check_broadcast(g, n, x, y, err);
    case HCL_FX_AVG_POOL:
    case HCL_FX_MAX_POOL:
        return check_positions(n, x, y, x[3], err);
    case HCL_FX_UNARY:
        return same ? HCL_OK : fail(err, n, "the output's shape is not the input's");
    case HCL_FX_RESHAPE:
        return hcl_fx_tensor_len(g, n->inputs[0]) == hcl_fx_tensor_len(g, n->output)
                   ? HCL_OK
                   : fail(err, n, "the output does not have the input's number of elements");
    case HCL_FX_PAD:
        return y[1] == x[1] + n->pad_top + n->pad_bottom && y[2] == x[2] + n->pad_left + n->pad_right &&
                       y[3] == x[3]
                   ? HCL_OK
                   : fail(err, n, "the output's shape does not follow from the padding");
    case HCL_FX_MATMUL:
        return check_matmul(g, n, err);
    case HCL_FX_MOVE:
        return check_move(g, n, err);
    case HCL_FX_SOFTMAX:
        return same ? check_softmax(g, n, err) : fail(err, n, "the output's shape is not the input's");
    default:
        return fail(err, n, "unknown operator");
    }
}

static bool is_linear(hcl_fx_op op)
{
    return op == HCL_FX_CONV || op == HCL_FX_DEPTHWISE;
}

static size_t operands_of(hcl_fx_op op)
{
    return is_linear(op) || op == HCL_FX_ADD || op == HCL_FX_MUL || op == HCL_FX_MATMUL ? 2 : 1;
}

static hcl_status check_operands(const struct hcl_fx_graph *g, const struct hcl_fx_node *n, bool *defined,
                                 struct hcl_err *err)
{
    for (size_t k = 0; k < 3; k++) {
        uint32_t t = n->inputs[k];
        if (t == HCL_FX_NONE && k >= operands_of(n->op))
            continue;
        if (t >= g->num_tensors || !defined[t])
            return fail(err, n, "an operand is missing or not computed before its use");
        if (g->tensors[t].type != HCL_FX_I64 && !(k == 1 && is_linear(n->op)))
            return hcl_fail(err, HCL_BAD_INPUT, "%s: constant '%s' has 16 bits, which only filters may have",
                            n->name, g->tensors[t].name);
        if (k < 2 && (g->tensors[t].lo < -HCL_FX_VALUE_MAX || g->tensors[t].hi > HCL_FX_VALUE_MAX))
            return hcl_fail(err, HCL_BAD_INPUT, "%s: tensor '%s' can exceed 48 bits", n->name,
                            g->tensors[t].name);
    }
    if (n->output >= g->num_tensors || defined[n->output])
        return fail(err, n, "the output is missing or defined twice");
    defined[n->output] = true;
    return HCL_OK;
}

static hcl_status check_range(const struct hcl_fx_node *n, const struct hcl_fx_tensor *y, int64_t lo,
                              int64_t hi, struct hcl_err *err)
{
    if (lo >= y->lo && hi <= y->hi)
        return HCL_OK;
    return hcl_fail(err, HCL_BAD_INPUT, "%s: values %lld..%lld do not fit tensor '%s' of range [%lld, %lld]",
                    n->name, (long long)lo, (long long)hi, y->name, (long long)y->lo, (long long)y->hi);
}

static hcl_status check_divisor(const struct hcl_fx_node *n, struct hcl_err *err)
{
    if (!hcl_fx_has_rescale(n->op))
        return HCL_OK;
    if (n->divisor < 1 || n->divisor > (int64_t)1 << 32 || n->q_lo > n->q_hi || n->q_lo < -HCL_FX_VALUE_MAX ||
        n->q_hi - n->q_lo >= MAX_TABLE || n->fn_name == NULL)
        return fail(err, n, "bad rescale: divisor, quotient range or function name");
    return HCL_OK;
}

void hcl_fx_fn_range(const struct hcl_fx_node *n, int64_t q_lo, int64_t q_hi, int64_t *lo, int64_t *hi)
{
    int64_t least = n->fn[q_lo - n->q_lo], most = least;
    for (int64_t q = q_lo; q <= q_hi; q++) {
        int64_t y = n->fn[q - n->q_lo];
        least = y < least ? y : least;
        most = y > most ? y : most;
    }
    *lo = least;
    *hi = most;
}

/* Quotients that interval analysis excludes do not count: the function's table may be shared with nodes of
 * wider range. */
static hcl_status check_rescale(const struct hcl_fx_node *n, const struct hcl_fx_tensor *y,
                                const struct hcl_fx_bounds *bounds, struct hcl_err *err)
{
    int64_t lo = bounds->q_lo > n->q_lo ? bounds->q_lo : n->q_lo;
    int64_t hi = bounds->q_hi < n->q_hi ? bounds->q_hi : n->q_hi;
    if (lo > hi)
        return fail(err, n, "no possible quotient is in the function's range");
    if (n->fn != NULL)
        hcl_fx_fn_range(n, lo, hi, &lo, &hi);
    return check_range(n, y, lo, hi, err);
}

static bool multiplier_ok(int64_t m)
{
    return m >= -((int64_t)1 << 31) && m <= (int64_t)1 << 31;
}

static hcl_status check_node(const struct hcl_fx_graph *g, const struct hcl_fx_node *n, bool *defined,
                             struct hcl_err *err)
{
    struct hcl_fx_bounds bounds;
    hcl_status st;
    if ((unsigned)n->op >= HCL_FX_OP_COUNT)
        return fail(err, n, "unknown operator");
    HCL_TRY(check_operands(g, n, defined, err));
    HCL_TRY(check_shape(g, n, err));
    if (!multiplier_ok(n->a_mul) || !multiplier_ok(n->b_mul) || !multiplier_ok(n->pool_mul))
        return fail(err, n, "a multiplier is out of range");
    HCL_TRY(check_divisor(n, err));
    HCL_TRY(hcl_fx_node_bounds(g, n, &bounds, err));
    if (hcl_fx_has_rescale(n->op))
        HCL_TRY(check_rescale(n, &g->tensors[n->output], &bounds, err));
    else
        HCL_TRY(check_range(n, &g->tensors[n->output], bounds.acc_lo, bounds.acc_hi, err));
done:
    return st;
}

static hcl_status define_sources(const struct hcl_fx_graph *g, bool *defined, struct hcl_err *err)
{
    hcl_status st = HCL_OK;
    for (uint32_t t = 0; t < g->num_tensors; t++) {
        HCL_TRY(check_tensor(g, t, err));
        defined[t] = g->tensors[t].data != NULL;
    }
    for (size_t i = 0; i < g->num_inputs; i++) {
        if (g->inputs[i] >= g->num_tensors || defined[g->inputs[i]])
            return hcl_fail(err, HCL_BAD_INPUT, "input %zu is missing, constant or listed twice", i);
        defined[g->inputs[i]] = true;
    }
done:
    return st;
}

hcl_status hcl_fx_graph_check(const struct hcl_fx_graph *g, struct hcl_err *err)
{
    bool *defined = calloc(g->num_tensors + 1, sizeof *defined);
    hcl_status st;
    if (defined == NULL)
        return hcl_fail(err, HCL_NO_RESOURCE, "no memory to check %zu tensors", g->num_tensors);
    HCL_TRY(define_sources(g, defined, err));
    for (size_t i = 0; i < g->num_nodes; i++)
        HCL_TRY(check_node(g, &g->nodes[i], defined, err));
    for (size_t i = 0; i < g->num_outputs; i++)
        if (g->outputs[i] >= g->num_tensors || !defined[g->outputs[i]]) {
            st = hcl_fail(err, HCL_BAD_INPUT, "output %zu is never computed", i);
            goto done;
        }
done:
    free(defined);
    return st;
}
